"""Phrases of titles and texts: words in a row that name a subject, however they are inflected."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kb.language import STOP_WORDS, base_form, rough_stem, verb_base

_LONGEST = 6
"""Words of a phrase that is looked at, more than a name has, so that it is seen where one holds another."""
_MAX_CHARS = 30
_SOME = 0.2
"""As often as the usual way of writing, from which another way is no slip."""
_WORD = re.compile(r"[^\W_]+(?:[-’'][^\W_]+)*")
_CHAIN = re.compile(r"\bchains?[ -]of[ -]thoughts?\b", re.IGNORECASE)
_SHORTENED = ("n't", "n’t", "'ll", "’ll", "'re", "’re", "'ve", "’ve")

# Words of the field: part of a name, never one by themselves.
_FIELD = frozenset("""
ai chain-of-thought cot data fine-tuning finetuning generation generative inference information instruction knowledge
language large learning llm lm lrm machine model neural nlp performance pre-trained pretrained prompt prompting
reasoner reasoning slm text thinking thought tool training transformer tuning
""".split())  # fmt: skip
# Words of titles that name no subject; no phrase goes over them.
_EMPTY = frozenset("""
ability advance advanced advancing analysis analyzing answer answering application approach assessing based benchmark
benchmarking better beyond boosting bridging building capability case challenge chatgpt comparative comparing
comprehensive dataset deep effect effective effectively effectiveness efficient efficiently eliciting empirical
enabling end enhance enhanced enhancement enhancing evaluating evaluation examining experiment exploration exploring
fast first framework general good gpt gpt-3 gpt-4 guide harnessing high human impact improved improvement improving
incorporating insight integrating introducing introduction investigating investigation key large-scale lens leveraging
making method mitigating novel open overview paper perspective potential power practical preliminary problem progress
question report result rethinking review revisiting role simple solving state step strategy strong study studying
survey system systematic task technical technique toward two unified unifying universal unleash unleashing unlocking
unveiling usage
""".split())  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """What the members of one cluster say: how many say each phrase, and how it is written."""

    n_members: int
    counts: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    """By phrase, the most titles in which one longer phrase holds it."""
    shown: dict[str, Counter[str]] = field(default_factory=dict)

    def written(self, phrase: str) -> str:
        """A phrase as it is mostly written; with capitals where some do so, for topics have lost them."""
        forms = self.shown[phrase]
        usual = [form for form, n in forms.items() if n >= _SOME * max(forms.values())]
        return min(usual, key=lambda form: (form.islower(), -forms[form], form))


def phrases(title: str) -> Iterator[tuple[str, ...]]:
    """Words in a row, not all of the field, that no punctuation, function word or verb divides."""
    for run in _runs(_CHAIN.sub("chain-of-thought", title)):
        for start in range(len(run)):
            for end in range(start + 1, min(start + _LONGEST, len(run)) + 1):
                part = run[start:end]
                if not all(map(is_of_the_field, part)) and "of" not in (part[0], part[-1]):
                    yield tuple(part)


def _runs(title: str) -> Iterator[list[str]]:
    run: list[str] = []
    end = 0
    for found in _WORD.finditer(title):
        word, low = found[0], found[0].casefold()
        if title[end : found.start()].strip() or (_divides(word) and not (low == "of" and run)):
            yield run
            run = []
        if not _divides(word) or (low == "of" and run):
            run.append("of" if low == "of" else word)
        end = found.end()
    yield run


def _divides(word: str) -> bool:
    low = word.casefold()
    is_verb = verb_base(low) is not None and not low.endswith("ing")
    is_short = low.endswith(_SHORTENED) or len(word) < 2 or (len(word) == 2 and not word.isupper())
    return (
        is_verb or is_short or low in STOP_WORDS or _key(word) in _EMPTY or word[0].isdigit() or len(word) > _MAX_CHARS
    )


def is_of_the_field(word: str) -> bool:
    """Whether a word says nothing by itself where all sources are of one field."""
    return _key(word) in _FIELD or word == "of"


def noted(phrase: Sequence[str], words: Words) -> str:
    """The key under which forms of a phrase are counted together, after noting how it is written."""
    key = " ".join(map(_key, phrase))
    words.shown.setdefault(key, Counter())[" ".join(map(_written, phrase))] += 1
    return key


def _key(word: str) -> str:
    low = base_form(word.casefold())
    if len(low) > 4 and low.endswith("ies"):
        return f"{low[:-3]}y"
    return low[:-1] if len(low) > 3 and low.endswith("s") and not low.endswith(("ss", "us", "is")) else low


def _written(word: str) -> str:
    """A word of a title in small letters, spelled as it is there (folded, ß were ss), but for names like LLM."""
    parts = re.split("([-’'])", word)
    return "".join(part if sum(map(str.isupper, part)) > 1 else part.lower() for part in parts)


def parts(key: str) -> Iterator[str]:
    """The next shorter phrases that a phrase holds."""
    split = key.split()
    if len(split) > 1:
        yield " ".join(split[1:])
        yield " ".join(split[:-1])


def length(phrase: str) -> int:
    """How many words it has, without an "of" between them."""
    return phrase.count(" ") - phrase.count(" of ") + 1


def repeats(phrase: str, other: str) -> bool:
    """Whether a word of the one is a form of a word of the other, as in "math" and "mathematical reasoning"."""
    ours, theirs = ({rough_stem(part) for part in re.split("[ -]", p) if part != "of"} for p in (phrase, other))
    return any(a.startswith(b) or b.startswith(a) for a in ours for b in theirs)
