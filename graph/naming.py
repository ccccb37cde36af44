"""Readable names for clusters of the concept graph: two or three words that tell one from the others.

A name is made of topics that authors gave and of phrases in titles. They are weighed by class-based TF-IDF, for which a
cluster is one document (Grootendorst, 2022); a phrase that mostly stands inside a longer one is no term of its own
(Frantzi, Ananiadou and Mima, 2000). Clusters of few sources are named by what these have in common (`graph.common`).
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import count
from types import MappingProxyType

from graph.common import FEW, Common
from graph.phrases import Words, is_of_the_field, length, noted, parts, phrases, repeats
from kb.language import topic_name

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
_SHARED = 0.05
"""Share of a cluster's members that say what names it, where there is such a thing."""
_ADJECTIVE = re.compile(r"\w*(?:ical|ual|ional|cial|tial|rial|[eou]ral|odal|mal|gal|\w{3}able|ible|ive|ous)")
"""Of a single word that ends so, a reader asks: such what?"""
_PROPERTIES = frozenset(("kind", "stage", "status", "type"))
"""Of these, topics tell of the note and not of its subject."""


def cluster_names(
    members: Mapping[int, Members],
    taken: Collection[str] = (),
    texts: Mapping[int, Sequence[str]] = MappingProxyType({}),
) -> dict[int, str]:
    """A name for each cluster, no two alike; the same for the same members.

    Args:
        members: of each cluster, by its number.
        taken: names that other clusters bear.
        texts: by cluster, what stands beneath the titles of its first members; clusters that have none, and large ones,
            are named by titles and topics alone.
    """
    namespaces = _namespaces({topic for own in members.values() for _, topics in own for topic in topics})
    words = {number: Words(len(own)) for number, own in members.items()}
    heads = {number: _read(own, words[number], namespaces) for number, own in members.items()}
    everywhere: Counter[str] = Counter()
    for said in words.values():
        everywhere.update(said.counts)
    n_members, mean = sum(w.n_members for w in words.values()), everywhere.total() / max(len(words), 1)
    common = Common(heads, texts, words, everywhere, n_members)
    names: dict[int, str] = {}
    for number, said in sorted(words.items(), key=lambda pair: (-pair[1].n_members, pair[0])):
        worth = {
            phrase: n * _WORTH[length(phrase)] * math.log(1 + mean / everywhere[phrase])
            for phrase, n in said.counts.items()
            if n / said.n_members >= _APART * everywhere[phrase] / n_members or len(words) == 1
            if said.held[phrase] < _NESTED * n
        }
        counts, shared = common.worth(number) if said.n_members <= FEW else (said.counts, worth)
        named_by = (replace(said, counts=counts), shared) if shared else (said, worth)
        names[number] = _name(*named_by, {*taken, *names.values()})
    return names


def _name(words: Words, worth: Mapping[str, float], taken: Collection[str]) -> str:
    """The best phrase, with others beside it up to three words; it begins with the next best where it is taken."""
    most = max(map(words.counts.__getitem__, worth), default=0)
    shared = [p for p in worth if words.counts[p] >= min(most, max(2, _SHARED * words.n_members))]
    # Sorting is stable, so of equals the one that the better connected source says first goes before.
    best, rest = (sorted(listed, key=lambda p: -worth[p]) for listed in (shared, worth))
    name = "Unnamed"
    for first in best:
        held_by = next((p for p in rest if first in p and _stands_for(p, first, words)), first)
        name = _written(_beside(_whole(held_by, words), worth[held_by], rest, worth, words), words)
        if name not in taken:
            return name
    return name if name not in taken else next(n for i in count(2) if (n := f"{name} {i}") not in taken)


def _beside(first: str, weight: float, rest: Sequence[str], worth: Mapping[str, float], words: Words) -> list[str]:
    """A phrase with those that stand beside it."""
    chosen, head = [first], first.rpartition(" ")[2]
    for phrase in rest:
        n_words = sum(map(length, chosen))
        fits = n_words + length(phrase) <= _MOST_WORDS and (
            n_words < _FEWEST_WORDS or worth[phrase] >= weight * _SECOND
        )
        is_such = not _ADJECTIVE.fullmatch(phrase) or (length(first) > 1 and f"{phrase} {head}" in words.counts)
        is_such = is_such and (length(phrase) > 1 or words.counts[phrase] > 1)
        if chosen == [first] and n_words == length(phrase) == 1 and f"{phrase} {first}" in words.counts:
            chosen = [f"{phrase} {first}"]
        elif fits and is_such and not any(repeats(phrase, other) for other in chosen):
            chosen.append(phrase)
    return chosen


def _whole(phrase: str, words: Words) -> str:
    """A phrase, or where it is one adjective, what most sources say with it."""
    if not _ADJECTIVE.fullmatch(phrase):
        return phrase
    longer = [p for p, n in words.counts.items() if p.startswith(f"{phrase} ") and words.held[p] < _NESTED * n]
    return max(longer, key=lambda p: (words.counts[p], -length(p), p), default=phrase)


def _written(chosen: Sequence[str], words: Words) -> str:
    """Phrases as one name; adjectives share the noun of the first, as in "medical and clinical reasoning"."""
    first, *others = map(words.written, chosen)
    stem, _, head = first.rpartition(" ")
    alike = [word for key, word in zip(chosen[1:], others, strict=True) if _ADJECTIVE.fullmatch(key)]
    apart = [word for word in others if word not in alike]
    name = ", ".join([f"{' and '.join([stem, *alike])} {head}" if alike else first, *apart])
    return name[:1].upper() + name[1:]


def _stands_for(phrase: str, word: str, words: Words) -> bool:
    """Whether a phrase holds a single word in many of its titles."""
    return (
        length(word) == 1 < length(phrase)
        and word in phrase.split()
        and words.counts[phrase] >= _HELD * words.counts[word]
    )


def _read(members: Members, words: Words, namespaces: Collection[str]) -> list[dict[str, int]]:
    """What title and topics of each member say, phrases of no more words than a name has; all is noted in `words`."""
    longer: dict[str, Counter[str]] = {}
    heads = []
    for title, topics in members:
        said: dict[str, int] = {}
        for part_of_title in phrases(title):
            key = noted(part_of_title, words)
            said.setdefault(key, 1)
            for part in parts(key):
                longer.setdefault(part, Counter())[key] += 1
        for topic in topics:
            named = topic_name(topic).split()
            if named[:1] and named[0] in namespaces:
                named = [] if named[0] in _PROPERTIES else named[1:]
            if len(named) <= _MOST_WORDS and not all(map(is_of_the_field, named)):
                said[noted(named, words)] = _TOPIC_WORTH
        heads.append({phrase: n for phrase, n in said.items() if length(phrase) <= _MOST_WORDS})
        words.counts.update(heads[-1])
    words.held.update({part: max(own.values()) for part, own in longer.items()})
    return heads


def _namespaces(topics: Collection[str]) -> frozenset[str]:
    """First words that several topics share with most others: names of properties, as vaults write them."""
    firsts = Counter(name[0] for name in map(str.split, map(topic_name, topics)) if len(name) > 1)
    shared = frozenset(word for word, n in firsts.items() if n >= _NAMESPACE)
    return shared if sum(firsts[word] for word in shared) > len(topics) / 2 else frozenset()
