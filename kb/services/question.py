"""What a question is made of: its facets, and how it reads as a sentence.

Questions are short: function words and a list of common verbs split them well enough.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from kb.errors import BadId, BadInput
from kb.identity import ArxivId, normalise
from kb.language import COMPARATIVES, STOP_WORDS, VERBS, content_terms, verb_base
from kb.services.asking import core_of, how_many

MAX_QUESTION_CHARS = 2_000
_MAX_FACETS = 8

# A hyphenated compound is one word of a facet, several search terms.
_COMPOUND = re.compile(r"[^\W_]+(?:[-–.'’/][^\W_]+)*")
_NEXT_SENTENCE = re.compile(r"[?!.]\s")
# Behind "languages other than" stands what is not asked about.
_LEFT_OUT = re.compile(r"\b(?:other than|except(?: for)?|apart from)\s", re.IGNORECASE)
# "Dots rather than words" is one thing that was done, and "more than half" a share: nothing that a study must compare.
_NO_COMPARISON = re.compile(
    r"\b(?:rather than|other than|(?:more|less|fewer|better|worse) than(?= (?:half|once|twice|one|two|three|ever"
    r"|chance|an?|the (?:half|chance)|usual|expected|[0-9])\b))"
)
_CHUNK_END = re.compile(r"[,;:?!()\"“”]|\.(?:\s|$)")

_VAGUE = frozenset(
    """
approach case cases effect effects example examples evidence finding findings good bad kind kinds literature
library method methods paper papers people question reason reasons research result results role sometimes study
studies tendency tendencies today topic type types way ways work current currently recent recently really actually
even truly generally usually always never mainly different difference differences known concerned list lists ones
first inside
""".split()
) - {"accuracy"}
# Adverbs and adjectives that end a noun phrase rather than belong to it ("is monitoring robust", "sometimes damage").
_PREDICATES = frozenset(
    """
able actually always even fully generally likely mainly mostly necessary needed never possible real really robust
sometimes true truly useful usually worth alone instead together anyway afterwards later earlier simply merely
particularly especially exactly already almost enough else elsewhere perhaps maybe somehow somewhat well badly
""".split()
)
# Join two things, each of which an answer must be about ("faithful across languages").
_JOINTS = frozenset("across among amongst beyond despite besides throughout via per less fewer showed shown".split())
# Stand for things without naming them.
_PRONOUNS = frozenset(
    """
something nothing everything someone nobody everybody somebody everyone none themselves itself myself yourself oneself
one's mine ourselves himself herself another whoever onto
""".split()
)
# Say how the asker sees a thing, not which thing it is: a source on the length of chains need not call it right.
_ATTITUDES = frozenset(
    """
right wrong good better best bad worse worst known final full sudden published exact obvious normal typical usual common
main big large-scale overall particular specific certain real claimed alleged so-called plus something anything
""".split()
)
_BEFORE_NOUNS = frozenset("a an the its their our my your his her this that these those no any some more less".split())
_MOODS = frozenset("do does did is are was were can could should would will may might must has have had".split())


@dataclass(frozen=True, slots=True)
class Question:
    """A question, cleaned and taken apart."""

    text: str
    """As asked, on one line."""
    core: str
    """The same without the words by which people ask; this is searched for."""
    facets: tuple[str, ...]
    """Noun phrases and compared things that an answer must be about, in order."""
    compared: tuple[str, ...]
    """The two sides of a comparison ("smaller models", "larger models"), or nothing."""
    papers: tuple[str, ...] = ()
    """arXiv ids without versions, where the question names nothing else."""
    read_as: tuple[tuple[str, str], ...] = ()
    """Words that were taken for misspelt, each with the word that it was read as."""


def parse_question(text: str) -> Question:
    """Take a question apart.

    Raises:
        BadInput: if it is empty, longer than 2,000 characters, or has no word to search for.
    """
    clean = " ".join("".join(c if c.isprintable() else " " for c in normalise(text)).split())
    if not clean:
        raise BadInput("the question is empty", cure='Ask like this: kb ask "why do small models lose faithfulness"')
    if len(clean) > MAX_QUESTION_CHARS:
        raise BadInput(
            f"the question has {len(clean):,} characters, {MAX_QUESTION_CHARS:,} are the most",
            cure="Ask the core of it in a sentence or two",
        )
    if not content_terms(clean):
        raise BadInput(f"{clean[:60]!r} has no word to search for", cure="Name the things that the question is about")
    ids = _ids(clean)
    others = " ".join(word for word in clean.split() if word not in ids)
    papers = tuple(dict.fromkeys(ids.values()))
    if papers and all(term in _VAGUE or verb_base(term) for term in content_terms(others)):
        return Question(clean, clean, papers, (), papers)
    core = core_of(clean)
    facets = _facets(" ".join(ids.get(word, word) for word in core.split()))
    return Question(clean, core, facets, _compared(core, facets))


def _ids(text: str) -> dict[str, str]:
    """Ids of arXiv without version, by the words that name them: "arXiv:2411.15382v2", an address."""
    found = {}
    for word in text.split():
        with suppress(BadId):
            found[word] = ArxivId.parse(word.strip('.,;?!()“”"')).base
    return found


def question_key(text: str) -> str:
    """What two ways of writing the same question share."""
    return " ".join(text.casefold().rstrip("?!. ").split())


def _facets(text: str) -> tuple[str, ...]:
    """Noun phrases in order; those are left out that another one contains, or that the question excepts."""
    asked, *excepted = _LEFT_OUT.split(text)
    found = _phrases(asked) + [phrase for part in excepted for phrase in _phrases(part)[1:]]
    phrases = dict.fromkeys(
        p for p in found if any(w not in _VAGUE and w not in COMPARATIVES for w in content_terms(p))
    )
    kept = [p for p in phrases if not any(p != q and f" {p.casefold()} " in f" {q.casefold()} " for q in phrases)]
    return tuple(kept[:_MAX_FACETS]) or (" ".join(content_terms(text)),)


def _phrases(text: str) -> list[str]:
    """Runs of content words between function words, verbs and punctuation."""
    found: list[str] = []
    for clause in _CHUNK_END.split(text):
        run: list[str] = []
        words = [*_COMPOUND.findall(clause), ""]
        for word, following in pairwise([*words, ""]):
            is_joint = word == "of" and run and following and not _is_boundary(following.casefold())
            if is_joint or (word and not _is_boundary(word.casefold())):
                run.append(word)
            elif run:
                found.append(" ".join(_thing(run)))
                run = []
    return found


def _thing(run: list[str]) -> list[str]:
    """A noun phrase without words before and after it that only say how it is seen."""
    while len(run) > 1 and run[0].casefold() in _ATTITUDES:
        run = run[1:]
    while len(run) > 1 and run[-1].casefold() in _ATTITUDES:
        run = run[:-1]
    return run


def _is_boundary(word: str) -> bool:
    bare = word.replace("’", "'")
    # "can't", "it's", "we've": an auxiliary or a pronoun stands in each.
    if bare.endswith("n't") or bare.partition("'")[0] in STOP_WORDS:
        return True
    return word in _PREDICATES or word in _PRONOUNS or word in _JOINTS or verb_base(word) is not None


def _compared(text: str, facets: tuple[str, ...]) -> tuple[str, ...]:
    """Both sides of "A … than B", "A versus B" or "between A and B", where both are facets."""
    lowered = _NO_COMPARISON.sub("not", text.casefold())
    if not re.search(r"\b(?:than|versus|vs|compared (?:to|with)|between)\b", lowered):
        return ()
    placed = sorted((lowered.find(f.casefold()), f) for f in facets)
    cue = re.search(r"\b(?:than|versus|vs|compared (?:to|with))\b", lowered)
    at = cue.start() if cue else 0
    if cue:
        before, after = [f for i, f in placed if i < at], [f for i, f in placed if i > at]
        if not before or not after:
            return ()
        # "smaller models lose faithfulness more than larger models": the side that shares a word with the other.
        shared = [f for f in before if set(content_terms(f)) & set(content_terms(after[0]))]
        return ((shared or before)[0], after[0])
    sides = [f for i, f in placed if i > lowered.find("between")]
    return tuple(sides[:2]) if len(sides) >= 2 else ()


def counted_thing(question: Question) -> str:
    """What a question asks the number of; empty where it does not, or asks for nothing by name."""
    return next(iter(_phrases(how_many(question.text))), "")


def reads_as(question: Question) -> str:
    """The question as what "This asks …" is followed by: "why small models lose faithfulness".

    Only where English lets the auxiliary simply go ("why do X lose Y"); other questions are quoted whole.
    """
    bare = question.text.rstrip("?!. ")
    if _NEXT_SENTENCE.search(bare):
        return f"“{question.text}”"
    words = bare.split()
    lead, mood = words[0].casefold(), words[1].casefold() if len(words) > 1 else ""
    if lead in {"why", "how", "when", "where"} and mood == "do" and len(words) > 3:
        return " ".join([lead, *words[2:]])
    if lead == "do" and len(words) > 2:
        return " ".join(["whether", *words[1:]])
    is_statement = not _MOODS & {word.casefold() for word in words[1:]}
    if (lead in {"what", "which", "who", "how", "why", "when", "where"} and is_statement) or lead == "whether":
        return " ".join([lead, *words[1:]])
    if lead in {"why", "how", "when", "where"} and mood == "does" and (inflected := _third_person(words[2:])):
        return f"{lead} {inflected}"
    if lead == "does" and (inflected := _third_person(words[1:])):
        return f"whether {inflected}"
    return f"“{question.text.rstrip('. ')}”"


def _third_person(words: list[str]) -> str | None:
    """The words with their first verb in the third person, None where there is no certain verb."""
    # After "its" or "a" stands a noun: "its lack of depth".
    verbs = [i for i, word in enumerate(words) if i and word in VERBS and words[i - 1] not in _BEFORE_NOUNS]
    # Many verbs are nouns as well ("the train set"): with two of them it is not certain which one is the verb.
    if len(verbs) != 1 or {"or", "and"} & set(words[verbs[0] :]):
        return None
    i = verbs[0]
    word = words[i]
    ending = "es" if word.endswith(("s", "x", "ch", "sh", "o")) else "s"
    inflected = word[:-1] + "ies" if word.endswith("y") and word[-2] not in "aeiou" else word + ending
    return " ".join([*words[:i], inflected, *words[i + 1 :]])
