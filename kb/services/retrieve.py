"""Retrieval: lexical and dense candidates, fused, widened over the graph, ranked by sentences, then made diverse.

Sources are ranked; passages speak for them. The weights were chosen on SciFact's training split, where they are flat.

Every stage can be switched off, so that what it adds can be measured. The same question on the same library gives the
same hits: ties are broken by passage key.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest, nsmallest
from types import MappingProxyType

import numpy as np

from graph.walk import Walker
from kb.domain import Passage
from kb.language import content_terms, spelled_out
from kb.ports import Catalog, Embedder, Keys, Matrix, SentenceHit, Vector, VectorIndex
from kb.services.at_once import at_once
from kb.services.sentences import best_sentences

STAGES = ("lexical", "dense", "graph", "sentences", "diversity")

_DIVERSE_HEAD = 30
_READ_FIRST = 12
"""Passages of a source that are always looked at; of a long source also those that are like the question."""
_READ_MOST = 400
"""The same of a source that a person has named."""
_VERY_BEST = 3
"""Sources of which one will most likely open the answer."""
_OFTEN = 10
"""A source is met often if the walk meets only nine others more often."""
_USUAL_LIKENESS = 0.6
"""Two passages on one subject are about this similar without saying the same."""


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """Which stages run and with which weights."""

    lexical: bool = True
    dense: bool = True
    graph: bool = True
    sentences: bool = True
    diversity: bool = True
    pool: int = 200
    """Sources that the lexical stage and passages that the dense stage contribute at most."""
    dense_weight: float = 0.5
    """Share of the dense score in the fused one; the lexical score has the rest."""
    other_words_weight: float = 0.5
    """What the words of a question count beside the facets count for, mostly verbs."""
    graph_sources: int = 20
    """Best sources that the walk over the graph starts from."""
    graph_added: int = 50
    """Sources that the walk may add to the pool."""
    graph_weight: float = 0.8
    """What being met on the walk adds to the score of a source behind the best ones, at most."""
    sentence_depth: int = 10
    """Best sources whose sentences are looked at."""
    writing_depth: int = 14
    """The same where an answer is to be written from them."""
    sentence_weight: float = 0.2
    """What the best sentence of a source adds to its score, as a share of the best dense score."""
    like_penalty: float = 0.2
    """How much a source loses for being like a better one."""

    def without(self, stage: str) -> "RetrievalSettings":
        """The same with one stage switched off."""
        return replace(self, **{stage: False})

    def only(self, stage: str) -> "RetrievalSettings":
        """The same with one stage alone."""
        return replace(self, **{other: other == stage for other in STAGES})


@dataclass(frozen=True, slots=True)
class Ranked:
    """A source with its score."""

    source_id: str
    score: float
    best_key: int
    """Catalog key of the passage most like the question."""
    passage_keys: frozenset[int]
    """The passages that were compared with the question."""
    sentences: tuple[SentenceHit, ...] = ()
    """In reading order; of the best sources only."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found for a question."""

    similarity: float
    """Cosine of the question and the passage most like it; 0 where dense retrieval is off."""
    vector: Vector
    """Of the question."""
    ranked: tuple[Ranked, ...]
    """Sources, best first."""


class Retriever:
    """Finds the sources that speak to a question in one library."""

    def __init__(
        self,
        catalog: Catalog,
        index: VectorIndex,
        embedder: Embedder,
        walker: Callable[[], Walker],
        settings: RetrievalSettings | None = None,
    ) -> None:
        self._catalog, self._index, self._embedder, self._walker = catalog, index, embedder, walker
        self.settings = settings or RetrievalSettings()

    def retrieve(
        self,
        text: str,
        k: int = 100,
        *,
        about: str | None = None,
        for_writing: bool = False,
        partners: Mapping[str, Collection[str]] = MappingProxyType({}),
        also: Sequence[str] = (),
        meanwhile: Callable[[], object] | None = None,
    ) -> Retrieval:
        """The k best sources for a question.

        Args:
            text: the question.
            k: how many sources at most.
            about: the words that matter most, where these are not all of the question's.
            for_writing: whether the best sources' sentences are wanted even where they do not count for the ranking.
            partners: sources whose sentences are wanted where a source is among the very best: those that disagree.
            also: texts whose vectors are wanted next; an embedder that remembers then has them.
            meanwhile: what else is to be done while sentences are embedded, if any are.
        """
        on = self.settings
        # With and without its question mark a question is the same.
        text = spelled_out(text).rstrip("?!. ") or text
        vectors, lexical = at_once(
            lambda: self._embedder.embed([text, *also]),
            lambda: self._worded(text, spelled_out(about or text)) if on.lexical else {},
        )
        vector = vectors[0]
        near = dict(self._index.search(vector, on.pool)) if on.dense else {}
        compared = self._compared(vector, lexical, near)
        ranked = self._fused(lexical, compared)
        if on.graph and (met := self._met(ranked)):
            new = nsmallest(on.graph_added, met.keys() - compared.keys(), key=lambda s: (-met[s], s))
            wider = self._compared(vector, new, {})
            ranked = self._raised(self._fused(lexical, compared | wider), met)
        ranked, drafts = self._parted(ranked)
        if (on.sentences or for_writing) and ranked:
            wanted = {p for r in ranked[:_VERY_BEST] for p in partners.get(r.source_id, ())}
            depth = on.writing_depth if for_writing else on.sentence_depth
            head = ranked[:depth] + [r for r in ranked[depth:] if r.source_id in wanted]
            floor = ranked[depth - 1].score if len(ranked) >= depth else 0.0
            close = [r for r in drafts if r.score >= floor]
            drafts = self._by_sentences(text, vector, close, drafts[len(close) :]) if close else drafts
            others = [r for r in ranked[depth:] if r.source_id not in wanted]
            ranked = self._by_sentences(text, vector, head, others, meanwhile)
        if on.diversity:
            ranked = self._diversify(ranked)
        # Drafts come behind all that were looked at closely.
        ranked = [*ranked[:_DIVERSE_HEAD], *drafts, *ranked[_DIVERSE_HEAD:]]
        return Retrieval(max(near.values(), default=0.0), vector, tuple(ranked[:k]))

    def _parted(self, ranked: list[Ranked]) -> tuple[list[Ranked], list[Ranked]]:
        """Sources, and drafts that nobody has accepted, which take no source's place and make none less welcome."""
        drafts = self._catalog.generated(r.source_id for r in ranked)
        return [r for r in ranked if r.source_id not in drafts], [r for r in ranked if r.source_id in drafts]

    def _worded(self, text: str, about: str) -> dict[str, float]:
        """Sources by BM25 over what a question is about; its other words, mostly verbs, count less."""
        terms = content_terms(about)
        found = dict(self._catalog.lexical_sources(terms, self.settings.pool))
        others = [term for term in content_terms(text) if term not in terms]
        for source_id, score in self._catalog.lexical_sources(others, self.settings.pool):
            found[source_id] = found.get(source_id, 0.0) + self.settings.other_words_weight * score
        return found

    def among(self, text: str, source_ids: Collection[str]) -> tuple[Vector, list[Ranked]]:
        """Some sources, best first, with their sentences; and the vector of the question, by which they are ranked."""
        vector = self._embedder.embed([text])[0]
        owner = self._catalog.keys_of(source_ids, _READ_MOST)
        keys, matrix = self._catalog.vectors(list(owner))
        like = likeness([owner[key] for key in keys.tolist()], keys, matrix, vector)
        own: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for key, cosine in zip(keys.tolist(), np.vecdot(matrix, vector).tolist(), strict=True):
            own[owner[key]].append((-cosine, key))
        nearest = {s: frozenset(key for _, key in sorted(found)[:_READ_FIRST]) for s, found in own.items()}
        ranked = [Ranked(s, score, best, nearest[s]) for s, (score, best) in like.items()]
        ranked.sort(key=lambda r: (-r.score, r.best_key))
        head = ranked[: self.settings.sentence_depth]
        return vector, self._by_sentences(text, vector, head, []) if head else []

    def _compared(self, vector: Vector, sources: Collection[str], near: Mapping[int, float]) -> dict[str, Ranked]:
        """How like the question some sources are, and those of the nearest passages; by source."""
        hit = self._catalog.source_ids(near)
        owner = {**self._catalog.keys_of({*sources, *hit.values()}, _READ_FIRST), **hit}
        keys, matrix = self._catalog.vectors(list(owner))
        own: dict[str, list[int]] = defaultdict(list)
        for key in keys.tolist():
            own[owner[key]].append(key)
        like = likeness([owner[key] for key in keys.tolist()], keys, matrix, vector)
        return {s: Ranked(s, score, best, frozenset(own[s])) for s, (score, best) in like.items()}

    def _fused(self, lexical: Mapping[str, float], compared: Mapping[str, Ranked]) -> list[Ranked]:
        """Sources by a convex combination of both scores, each as a share of the best one.

        Bruch, Gai and Ingber (2023, ACM TOIS 42) on why convex; as a share of the best, because that needs no pool.

        Args:
            lexical: scores by words.
            compared: sources with their likeness to the question.
        """
        parts = self._weighted(lexical, {s: r.score for s, r in compared.items()})
        tops = [(weight, scores, max(scores.values(), default=0.0) or 1.0) for weight, scores in parts]
        ranked = [
            Ranked(
                s, sum(w * max(scores.get(s, 0.0), 0.0) / top for w, scores, top in tops), r.best_key, r.passage_keys
            )
            for s, r in compared.items()
        ]
        return sorted(ranked, key=lambda r: (-r.score, r.best_key))

    def _weighted(
        self, lexical: Mapping[str, float], dense: Mapping[str, float]
    ) -> list[tuple[float, Mapping[str, float]]]:
        """The scores that count, with their weights."""
        if not self.settings.dense:
            return [(1.0, lexical)]
        if not self.settings.lexical:
            return [(1.0, dense)]
        return [(1 - self.settings.dense_weight, lexical), (self.settings.dense_weight, dense)]

    def _met(self, ranked: list[Ranked]) -> dict[str, float]:
        """How often a walk from the best sources meets each source."""
        return self._walker().walk({r.source_id: r.score for r in ranked[: self.settings.graph_sources] if r.score > 0})

    def _raised(self, ranked: list[Ranked], met: Mapping[str, float]) -> list[Ranked]:
        """The best sources as they are, and behind them the others, raised by how often the walk met them.

        The walk finds what belongs to a subject, not what answers a question: it raises recall, and would lower
        precision if it could move the first places. So nothing is raised above the last of these.
        """
        head, tail = ranked[: self.settings.sentence_depth], ranked[self.settings.sentence_depth :]
        often = nlargest(_OFTEN, met.values())[-1]
        raised = [(r.score + self.settings.graph_weight * min(1.0, met.get(r.source_id, 0.0) / often), r) for r in tail]
        raised.sort(key=lambda pair: (-pair[0], pair[1].best_key))
        return head + [
            Ranked(r.source_id, min(score, head[-1].score), r.best_key, r.passage_keys) for score, r in raised
        ]

    def _by_sentences(
        self,
        text: str,
        vector: Vector,
        head: list[Ranked],
        tail: list[Ranked],
        meanwhile: Callable[[], object] | None = None,
    ) -> list[Ranked]:
        """The best sources by their best sentence, too; the others stay behind them."""
        passages: dict[str, list[Passage]] = {r.source_id: [] for r in head}
        read = self._catalog.passages(key for r in head for key in r.passage_keys)
        for passage in sorted(read.values(), key=lambda p: p.ordinal):
            passages[passage.source_id].append(passage)
        found = best_sentences(text, vector, passages, self._catalog, self._embedder, meanwhile=meanwhile)
        top = max((hit.likeness for own in found.values() for hit in own), default=0.0) or 1.0
        weight = self.settings.sentence_weight / top if self.settings.sentences else 0.0
        scored = []
        for r in head:
            best = max((hit.likeness for hit in found[r.source_id]), default=0.0)
            scored.append(replace(r, score=r.score + weight * best, sentences=tuple(found[r.source_id])))
        return sorted(scored, key=lambda r: (-r.score, r.best_key)) + tail

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
        alike = np.clip(np.vecdot(vectors[:, None], vectors) - _USUAL_LIKENESS, 0.0, 1.0)
        scores = np.array([r.score for r in head])
        chosen: list[int] = []
        worst = np.zeros(len(head))
        while len(chosen) < len(head):
            worth = scores - self.settings.like_penalty * worst
            worth[chosen] = -np.inf
            chosen.append(int(np.argmax(worth)))
            worst = np.maximum(worst, alike[chosen[-1]])
        return [head[i] for i in chosen] + tail


def likeness(owners: Sequence[str], keys: Keys, matrix: Matrix, vector: Vector) -> dict[str, tuple[float, int]]:
    """How like the question each source is, and the key of its passage that is most like it.

    That is the mean of two cosines: of its best passage, and of the source as a whole, the direction of its passages'
    sum.

    Args:
        owners: source of each passage.
        keys: of the passages, shape (n,).
        matrix: their vectors, shape (n, dimension).
        vector: of the question, shape (dimension,).
    """
    if not owners:
        return {}
    sources = list(dict.fromkeys(owners))
    place = {source: i for i, source in enumerate(sources)}
    group = np.array([place[owner] for owner in owners])
    # Of each source's passages the one that is most like the question comes first, of equal ones the one before.
    cosines = np.vecdot(matrix, vector)
    order = np.lexsort((keys, -cosines, group))
    first = np.flatnonzero(np.diff(group[order], prepend=-1))
    lengths = np.linalg.norm(np.add.reduceat(matrix[order], first), axis=1)
    wholes = np.add.reduceat(cosines[order], first) / np.where(lengths, lengths, 1.0)
    scores = (cosines[order][first] + wholes) / 2
    return dict(zip(sources, zip(scores.tolist(), keys[order][first].tolist(), strict=True), strict=True))
