"""Readable names for clusters of the concept graph: two or three words that tell one from the others.

A name is made of topics that authors gave and of phrases in titles. They are weighed by class-based TF-IDF, for which a
cluster is one document (Grootendorst, 2022); a phrase that mostly stands inside a longer one is no term of its own
(Frantzi, Ananiadou and Mima, 2000).
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from kb.language import STOP_WORDS, base_form, rough_stem, topic_name, verb_base

Members = Sequence[tuple[str, Sequence[str]]]
"""Title and topics of each source in a cluster, the best connected first."""

_FEWEST_WORDS, _MOST_WORDS = 2, 3
_WORTH = {1: 1.0, 2: 1.6, 3: 1.7}
"""By number of words: phrases say more than words, though fewer titles share them."""
_TOPIC_WORTH = 2
"""A topic that an author gave says more than a phrase of a title."""
_APART = 1.5
"""How many times as often as elsewhere a cluster says what names it."""
_NESTED = 0.6
"""Share of a phrase's titles in which one longer phrase holds it, from which it is no term of its own."""
_HELD = 0.2
"""Share of a word's titles in which a phrase holds it, from which the phrase stands for the word."""
_SECOND = 0.5
"""Share of the first phrase's weight from which another one stands beside it, where words are left."""
_NAMESPACE = 3
"""Topics with the same first word from which that word says nothing, as in `status/seed` and `status/draft`."""
_PROPERTIES = frozenset(("kind", "stage", "status", "type"))
"""Of these, topics tell of the note and not of its subject."""
_SHARED = 0.05
"""Share of a cluster's members that say what names it, where there is such a thing."""
_LONGEST = 6
"""Words of a phrase that is looked at, more than a name has, so that it is seen where one holds another."""
_MAX_CHARS = 30
_WORD = re.compile(r"[^\W_]+(?:[-’'][^\W_]+)*")
_CHAIN = re.compile(r"\bchains?[ -]of[ -]thoughts?\b", re.IGNORECASE)

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
class _Words:
    """What the members of one cluster say: how many say each phrase, and how it is written."""

    n_members: int
    counts: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    """By phrase, the most titles in which one longer phrase holds it."""
    shown: dict[str, Counter[str]] = field(default_factory=dict)

    def written(self, phrase: str) -> str:
        """A phrase as it is mostly written."""
        return min(self.shown[phrase].items(), key=lambda form: (-form[1], form[0]))[0]


def cluster_names(members: Mapping[int, Members], taken: Collection[str] = ()) -> dict[int, str]:
    """A name for each cluster, no two alike; the same for the same members.

    Args:
        members: of each cluster, by its number.
        taken: names that other clusters bear.
    """
    namespaces = _namespaces({topic for own in members.values() for _, topics in own for topic in topics})
    said = {number: _read(own, namespaces) for number, own in members.items()}
    everywhere: Counter[str] = Counter()
    for words in said.values():
        everywhere.update(words.counts)
    n_members, mean = sum(w.n_members for w in said.values()), everywhere.total() / max(len(said), 1)
    names: dict[int, str] = {}
    for number, words in sorted(said.items(), key=lambda pair: (-pair[1].n_members, pair[0])):
        worth = {
            phrase: n * _WORTH[_length(phrase)] * math.log(1 + mean / everywhere[phrase])
            for phrase, n in words.counts.items()
            if n / words.n_members >= _APART * everywhere[phrase] / n_members or len(said) == 1
            if words.held[phrase] < _NESTED * n
        }
        names[number] = _name(words, worth, {*taken, *names.values()})
    return names


def _name(words: _Words, worth: Mapping[str, float], taken: Collection[str]) -> str:
    """The best phrase, with others beside it up to three words; it begins with the next best where it is taken."""
    most = max(map(words.counts.__getitem__, worth), default=0)
    shared = [p for p in worth if words.counts[p] >= min(most, max(2, _SHARED * words.n_members))]
    # Sorting is stable, so of equals the one that the better connected source says first goes before.
    best, rest = (sorted(listed, key=lambda p: -worth[p]) for listed in (shared, worth))
    name = "unnamed"
    for first in best:
        chosen = [next((p for p in rest if first in p and _stands_for(p, first, words)), first)]
        for phrase in rest:
            n_words, fewest = sum(map(_length, chosen)), worth[chosen[0]] * _SECOND
            fits = n_words + _length(phrase) <= _MOST_WORDS and (n_words < _FEWEST_WORDS or worth[phrase] >= fewest)
            if fits and not any(_repeats(phrase, other) for other in chosen):
                chosen.append(phrase)
        name = ", ".join(map(words.written, chosen))
        if name not in taken:
            return name
    return name if name not in taken else next(n for i in count(2) if (n := f"{name} {i}") not in taken)


def _stands_for(phrase: str, word: str, words: _Words) -> bool:
    """Whether a phrase holds a single word in many of its titles."""
    return (
        _length(word) == 1 < _length(phrase)
        and word in phrase.split()
        and words.counts[phrase] >= _HELD * words.counts[word]
    )


def _read(members: Members, namespaces: Collection[str]) -> _Words:
    """What the members of a cluster say."""
    words = _Words(len(members))
    longer: dict[str, Counter[str]] = {}
    for title, topics in members:
        said: dict[str, int] = {}
        for part_of_title in _phrases(title):
            key = _noted(part_of_title, words)
            said.setdefault(key, 1)
            for part in _parts(key):
                longer.setdefault(part, Counter())[key] += 1
        for topic in topics:
            named = topic_name(topic).split()
            if named[:1] and named[0] in namespaces:
                named = [] if named[0] in _PROPERTIES else named[1:]
            if len(named) <= _MOST_WORDS and not all(map(_is_of_the_field, named)):
                said[_noted(named, words)] = _TOPIC_WORTH
        words.counts.update(said)
    words.held.update({part: max(own.values()) for part, own in longer.items()})
    for phrase in [p for p in words.counts if _length(p) > _MOST_WORDS]:
        del words.counts[phrase]
    return words


def _namespaces(topics: Collection[str]) -> frozenset[str]:
    """First words that several topics share with most others: names of properties, as vaults write them."""
    firsts = Counter(name[0] for name in map(str.split, map(topic_name, topics)) if len(name) > 1)
    shared = frozenset(word for word, n in firsts.items() if n >= _NAMESPACE)
    return shared if sum(firsts[word] for word in shared) > len(topics) / 2 else frozenset()


def _phrases(title: str) -> Iterator[tuple[str, ...]]:
    """Words in a row, not all of the field, that no punctuation, function word or verb divides."""
    for run in _runs(_CHAIN.sub("chain-of-thought", title)):
        for start in range(len(run)):
            for end in range(start + 1, min(start + _LONGEST, len(run)) + 1):
                part = run[start:end]
                if not all(map(_is_of_the_field, part)) and "of" not in (part[0], part[-1]):
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
    is_short = len(word) < 2 or (len(word) == 2 and not word.isupper())
    return (
        is_verb or is_short or low in STOP_WORDS or _key(word) in _EMPTY or word[0].isdigit() or len(word) > _MAX_CHARS
    )


def _is_of_the_field(word: str) -> bool:
    return _key(word) in _FIELD or word == "of"


def _noted(phrase: Sequence[str], words: _Words) -> str:
    """The key under which forms of a phrase are counted together, after noting how it is written."""
    key = " ".join(map(_key, phrase))
    words.shown.setdefault(key, Counter())[" ".join(map(_written, phrase))] += 1
    return key


def _key(word: str) -> str:
    low = base_form(word.casefold())
    return low[:-1] if len(low) > 3 and low.endswith("s") and not low.endswith(("ss", "us", "is")) else low


def _written(word: str) -> str:
    """A word of a title in small letters, spelled as it is there (folded, ß were ss), but for names like LLM."""
    parts = re.split("([-’'])", word)
    return "".join(part if sum(map(str.isupper, part)) > 1 else part.lower() for part in parts)


def _parts(key: str) -> Iterator[str]:
    """The next shorter phrases that a phrase holds."""
    split = key.split()
    if len(split) > 1:
        yield " ".join(split[1:])
        yield " ".join(split[:-1])


def _length(phrase: str) -> int:
    """How many words it has, without an "of" between them."""
    return phrase.count(" ") - phrase.count(" of ") + 1


def _repeats(phrase: str, other: str) -> bool:
    """Whether a word of the one is a form of a word of the other, as in "math" and "mathematical reasoning"."""
    ours, theirs = ({rough_stem(part) for part in re.split("[ -]", p) if part != "of"} for p in (phrase, other))
    return any(a.startswith(b) or b.startswith(a) for a in ours for b in theirs)
