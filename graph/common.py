"""What the sources of a small cluster have in common: its name, where no two titles need share a word.

A cluster of two or three papers has too few titles to count in. So phrases of the texts beneath them count as well, and
one that most of the sources say, and few others do, names the cluster.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from graph.phrases import Words, length, noted, phrases

FEW = 4
"""Sources up to which a cluster is named by what they share; of larger ones titles tell enough."""
_ENOUGH = 40
"""Texts from which it can be told what many texts say."""
_COMMON = 0.05
"""Share of texts up to which a phrase that stands in no title says something."""
_EVERYWHERE = 0.03
"""Share of all titles from which a phrase says nothing of a small cluster."""
_WORTH = {1: 1.0, 2: 1.6, 3: 1.7}


class Common:
    """Weighs what small clusters share.

    Args:
        heads: by cluster, what title and topics of each source say, the best connected first.
        texts: by cluster, the words beneath the titles of its first sources; those of large clusters only tell what
            many texts say.
        words: by cluster, how phrases are written; phrases of texts are noted there.
        in_titles: how many titles of all clusters have a phrase.
        n_titles: of all clusters.
    """

    def __init__(
        self, heads: Mapping[int, Sequence[Collection[str]]], texts: Mapping[int, Sequence[str]],
        words: Mapping[int, Words], in_titles: Mapping[str, int], n_titles: int,
    ) -> None:  # fmt: skip
        self._in_titles, self._n_titles = in_titles, n_titles
        self._heads, self._told = heads, dict[int, list[set[str]]]()
        self._in_texts: Counter[str] = Counter()
        for number, own in texts.items():
            told = [{*head, *_keys(text, words[number])} for head, text in zip(heads[number], own, strict=False)]
            self._told[number] = told
            for said in told:
                self._in_texts.update(said)
        self._n_texts = sum(map(len, self._told.values()))

    def worth(self, number: int) -> tuple[Counter[str], dict[str, float]]:
        """How many sources of a cluster say each phrase, and what those that are shared are worth as its name."""
        told = self._told.get(number, [])
        n_heads, n_told = (Counter(p for own in listed for p in own) for listed in (self._heads[number], told))
        enough = max(2, math.ceil(len(told) / 2))
        worth = {
            phrase: (n + n_heads[phrase]) / len(told) * _WORTH[length(phrase)] * self._rarity(phrase)
            for phrase, n in sorted(n_told.items())
            if n >= enough and self._is_telling(phrase, n_heads[phrase])
        }
        best = max(worth, key=worth.__getitem__, default="")
        # What no title says stands alone.
        kept = [best] if best and not n_heads[best] else [phrase for phrase in worth if n_heads[phrase]]
        return n_told, {phrase: worth[phrase] for phrase in kept}

    def _is_telling(self, phrase: str, n_heads: int) -> bool:
        """Whether a phrase can name a cluster: one of titles, or else one of several words that few texts have.

        A single word is to stand in two titles.
        """
        if self._in_titles.get(phrase, 0) > max(2, _EVERYWHERE * self._n_titles):
            return False
        if length(phrase) == 1 or n_heads:
            return n_heads > int(length(phrase) == 1)
        return self._n_texts >= _ENOUGH and self._in_texts[phrase] <= max(2, _COMMON * self._n_texts)

    def _rarity(self, phrase: str) -> float:
        of_texts = math.log(1 + self._n_texts / self._in_texts[phrase])
        return of_texts + math.log(1 + self._n_titles / (1 + self._in_titles.get(phrase, 0))) / 2


def _keys(text: str, words: Words) -> set[str]:
    """Phrases of a text, of no more words than a name has."""
    found = (part for part in phrases(text) if length(" ".join(part)) in _WORTH)
    return {noted(part, words) for part in found}
