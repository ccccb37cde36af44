"""Retrieval: lexical and dense candidates, fused, widened over the graph, ranked by sentences, then made diverse.

Every stage can be switched off, so that what it adds can be measured. The same question on the same library gives the
same hits: ties are broken by passage key.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from graph.walk import Walker
from kb.domain import Hit, Passage
from kb.language import content_terms, spelled_out
from kb.ports import Catalog, Edge, Embedder, SentenceHit, Vector, VectorIndex
from kb.services.sentences import best_sentences

STAGES = ("lexical", "dense", "graph", "sentences", "diversity")

_DIVERSE_HEAD = 30
_READ_WHOLE = 12
"""Passages of a source that are always looked at."""
# Two passages on one subject are about this similar without saying the same.
_USUAL_LIKENESS = 0.6


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """Which stages run and with which weights; the weights were chosen on SciFact's training split."""

    lexical: bool = True
    dense: bool = True
    graph: bool = True
    sentences: bool = True
    diversity: bool = True
    pool: int = 200
    """Passages that the lexical and the dense stage each contribute at most."""
    dense_weight: float = 0.5
    """Share of the dense score in the fused one; the lexical score has the rest."""
    graph_sources: int = 8
    """Sources that the walk over the graph may add to the pool."""
    sentence_depth: int = 10
    """Best sources whose sentences are looked at."""
    sentence_weight: float = 0.25
    """What the best sentence of a source adds to its score, as a share of the best dense score."""
    like_penalty: float = 0.2
    """How much a hit loses for being like a better one."""

    def without(self, stage: str) -> "RetrievalSettings":
        """The same with one stage switched off."""
        return replace(self, **{stage: False})

    def only(self, stage: str) -> "RetrievalSettings":
        """The same with one stage alone."""
        return replace(self, **{other: other == stage for other in STAGES})


@dataclass(frozen=True, slots=True)
class Ranked:
    """A source with its score and its hits, best first."""

    source_id: str
    score: float
    hits: tuple[Hit, ...]
    best_key: int
    """Catalog key of the first hit's passage."""
    sentences: tuple[SentenceHit, ...] = ()
    """In reading order; of the best sources only."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found for a question."""

    similarity: float
    """Cosine of the question and the passage most like it; 0 where dense retrieval is off."""
    ranked: tuple[Ranked, ...]
    """Sources, best first."""


class Retriever:
    """Finds passages and sources for questions in one library."""

    def __init__(
        self,
        catalog: Catalog,
        index: VectorIndex,
        embedder: Embedder,
        edges: Callable[[], list[Edge]],
        settings: RetrievalSettings | None = None,
    ) -> None:
        self._catalog, self._index, self._embedder, self._edges = catalog, index, embedder, edges
        self.settings = settings or RetrievalSettings()
        self._walker: tuple[int, Walker] | None = None

    def retrieve(self, text: str, k: int = 100, *, for_writing: bool = False) -> Retrieval:
        """The k best sources for a question, with the passages that speak for them.

        Args:
            text: the question.
            k: how many sources at most.
            for_writing: whether the best sources' sentences are wanted even where they do not count for the ranking.
        """
        text = spelled_out(text)
        vector = self._embedder.embed([text])[0]
        lexical = dict(self._catalog.lexical(content_terms(text), self.settings.pool)) if self.settings.lexical else {}
        dense = dict(self._index.search(vector, self.settings.pool)) if self.settings.dense else {}
        ranked = self._rank(vector, lexical, dense)
        if self.settings.graph and (wider := self._neighbours(ranked)):
            ranked = self._rank(vector, lexical, dense, wider)
        if (self.settings.sentences or for_writing) and ranked:
            ranked = self._by_sentences(text, vector, ranked)
        if self.settings.diversity:
            ranked = self._diversify(ranked)
        return Retrieval(max(dense.values(), default=0.0), tuple(ranked[:k]))

    def _rank(
        self, vector: Vector, lexical: Mapping[int, float], dense: Mapping[int, float], wider: Iterable[int] = ()
    ) -> list[Ranked]:
        """Sources by their best fused passage."""
        keys = sorted(lexical.keys() | dense.keys() | set(wider))
        if self.settings.dense and (unseen := [key for key in keys if key not in dense]):
            found, matrix = self._catalog.vectors(unseen)
            dense = {**dense, **dict(zip(found.tolist(), (matrix @ vector).tolist(), strict=True))}
        fused = _fuse(keys, lexical, dense, self.settings)
        passages = self._catalog.passages(keys)
        by_source: dict[str, list[Hit]] = defaultdict(list)
        best: dict[str, int] = {}
        for key in sorted(passages, key=lambda key: (-fused[key], key)):
            stages = {"lexical": lexical.get(key, 0.0), "dense": dense.get(key, 0.0)}
            passage = passages[key]
            best.setdefault(passage.source_id, key)
            by_source[passage.source_id].append(Hit(passage=passage, score=fused[key], stages=stages))
        return [Ranked(source_id, hits[0].score, tuple(hits), best[source_id]) for source_id, hits in by_source.items()]

    def _neighbours(self, ranked: list[Ranked]) -> list[int]:
        """Passages of sources that a walk from the best ones meets most and that are not in the pool yet."""
        walker = self._current_walker()
        seeds = {r.source_id: r.score for r in ranked[: self.settings.graph_sources] if r.score > 0}
        known = {r.source_id for r in ranked}
        met = walker.walk(seeds)
        new = sorted((s for s in met if s not in known), key=lambda s: (-met[s], s))[: self.settings.graph_sources]
        return list(self._catalog.passages_of(new)) if new else []

    def _current_walker(self) -> Walker:
        generation = self._catalog.generation()
        if self._walker is None or self._walker[0] != generation:
            self._walker = (generation, Walker(self._edges()))
        return self._walker[1]

    def _by_sentences(self, text: str, vector: Vector, ranked: list[Ranked]) -> list[Ranked]:
        """The best sources by their best sentence, too; the others stay behind them."""
        head, tail = ranked[: self.settings.sentence_depth], ranked[self.settings.sentence_depth :]
        passages: dict[str, list[Passage]] = {r.source_id: [] for r in head}
        for passage in sorted(self._catalog.passages_of(passages).values(), key=lambda p: p.ordinal):
            passages[passage.source_id].append(passage)
        readable = {r.source_id: self._readable(r, passages) for r in head}
        found = best_sentences(text, vector, readable, self._catalog, self._embedder)
        top = max((hit.likeness for own in found.values() for hit in own), default=0.0) or 1.0
        scored = []
        for r in head:
            own = found[r.source_id]
            best = max((hit.likeness for hit in own), default=0.0)
            bonus = self.settings.sentence_weight * best / top if self.settings.sentences else 0.0
            scored.append(replace(r, score=r.score + bonus, sentences=tuple(own)))
        return sorted(scored, key=lambda r: (-r.score, r.best_key)) + tail

    def _readable(self, ranked: Ranked, passages: Mapping[str, list[Passage]]) -> list[Passage]:
        """All passages of a short source; of a long one its beginning and what was hit."""
        hit = {h.passage.id for h in ranked.hits}
        return [p for p in passages[ranked.source_id] if p.ordinal < _READ_WHOLE or p.id in hit]

    def _diversify(self, ranked: list[Ranked]) -> list[Ranked]:
        """Maximal marginal relevance over the best sources (Carbonell and Goldstein, 1998); the others stay in order.

        A source loses by how much its best passage is like one already taken, beyond what any two passages share.
        """
        head, tail = ranked[:_DIVERSE_HEAD], ranked[_DIVERSE_HEAD:]
        if len(head) < 3:
            return ranked
        found, matrix = self._catalog.vectors([r.best_key for r in head])
        row = {int(key): i for i, key in enumerate(found)}
        if len(row) < len(head):
            return ranked
        vectors = matrix[[row[r.best_key] for r in head]]
        likeness = np.clip(vectors @ vectors.T - _USUAL_LIKENESS, 0.0, 1.0)
        scores = np.array([r.score for r in head])
        chosen: list[int] = []
        worst = np.zeros(len(head))
        while len(chosen) < len(head):
            worth = scores - self.settings.like_penalty * worst
            worth[chosen] = -np.inf
            chosen.append(int(np.argmax(worth)))
            worst = np.maximum(worst, likeness[chosen[-1]])
        return [head[i] for i in chosen] + tail


def _fuse(
    keys: list[int], lexical: Mapping[int, float], dense: Mapping[int, float], settings: RetrievalSettings
) -> dict[int, float]:
    """Convex combination of scores, each as a share of the best one (Bruch, Gai and Ingber, 2023, ACM TOIS 42)."""
    if settings.lexical and settings.dense:
        weights = ((1 - settings.dense_weight, lexical), (settings.dense_weight, dense))
    else:
        weights = ((1.0, lexical), (1.0, dense))
    fused = dict.fromkeys(keys, 0.0)
    for weight, scores in weights:
        top = max(scores.values(), default=0.0) or 1.0
        for key in keys:
            fused[key] += weight * max(scores.get(key, 0.0), 0.0) / top
    return fused
