"""What each note is worth to a question, by the notes alone, so that papers beside them change nothing."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.plain import plain
from kb.domain import Source
from kb.language import content_terms, spelled_out
from kb.ports import Catalog, Edge, Embedder, Vector
from kb.services.retrieve import likeness
from kb.services.text_vectors import text_vectors

WORDS, HEAD, PASSAGES, TITLE, FINDING, BESIDE = 0.5, 0.3, 0.3, 0.3, 0.3, 0.4
"""What a note's worth is made of, each as a share of what the best note has: the question's words in its passages, and
in its title and finding; the likeness of its passages, its title and its finding; and what the notes are worth that it
is linked with. Chosen on benchmarks/prompt-claims-dev.jsonl, where they are flat."""
LIKE_ENOUGH = 0.33
"""Likeness of the nearest note below which the notes have nothing on a question: of 56 questions that the seed notes
answer 2 lie below, of 50 others 27 (benchmarks/questions-dev.jsonl)."""
_READ_MOST = 400
_SEEN_FIRST = 40
"""Notes whose titles, findings and claims are looked at; it bounds what is embedded for a question."""
_SPREADING = 10
"""Best notes that lend worth to the notes which they are linked with."""
_K1, _B = 1.2, 0.75

_Scores = NDArray[np.float64]


def note_worths(
    question: str, asked: Vector, notes: Sequence[Source], catalog: Catalog, embedder: Embedder, edges: Sequence[Edge]
) -> dict[str, float]:
    """What the best notes are worth, by id; nothing where no note comes near the question.

    Args:
        question: in the asker's words.
        asked: its vector, shape (dimension,).
        notes: among which to choose.
        catalog: of the library.
        embedder: of the library.
        edges: of the concept graph; written links between these notes count.
    """
    ids = [note.id for note in notes]
    passages = catalog.keys_of(ids, _READ_MOST)
    like = _likeness(ids, passages, asked, catalog)
    if like.max(initial=0.0) < LIKE_ENOUGH:
        return {}
    words, head = _words(question, ids, passages, catalog)
    near = WORDS * of_best(words) + PASSAGES * of_best(like)
    near += BESIDE * of_best(_beside(near, _linked(ids, edges)))
    first = _best_first(near)[:_SEEN_FIRST]
    titles = text_vectors([spelled_out(plain(notes[i].title)) for i in first], catalog, embedder) @ asked
    findings = text_vectors([plain(notes[i].claim) for i in first], catalog, embedder) @ asked
    worth = (near + HEAD * of_best(head))[first] + TITLE * of_best(titles) + FINDING * of_best(findings)
    return {ids[i]: float(w) for i, w in zip(first, worth, strict=True)}


def _best_first(scores: _Scores) -> NDArray[np.intp]:
    """Places of scores, the best first; of equal ones the first."""
    return np.argsort(-np.round(scores, 6), kind="stable")


def of_best(scores: "NDArray[np.floating]") -> _Scores:
    """Scores as shares of the best one; negative ones are none."""
    top = scores.max(initial=0.0)
    shares: _Scores = np.maximum(scores, 0.0) / (top or 1.0)
    return shares


def _likeness(ids: Sequence[str], passages: Mapping[int, str], asked: Vector, catalog: Catalog) -> _Scores:
    keys, matrix = catalog.vectors(list(passages))
    found = likeness([passages[key] for key in keys.tolist()], keys, matrix, asked)
    return np.array([found[note][0] if note in found else 0.0 for note in ids])


def _words(question: str, ids: Sequence[str], passages: Mapping[int, str], catalog: Catalog) -> tuple[_Scores, _Scores]:
    """BM25 of the notes (Robertson and Zaragoza, 2009), and the weight of the question's words in their heads.

    A word counts once for each passage that has it, since the catalog knows no more without reading the texts. The head
    is a note's first passage, its finding, which is searched together with the title.
    """
    terms = content_terms(spelled_out(question))
    heads = catalog.keys_of(ids, 1).keys()
    lengths = Counter(passages.values())
    usual = sum(lengths.values()) / len(lengths)
    scores: defaultdict[str, float] = defaultdict(float)
    in_head: defaultdict[str, float] = defaultdict(float)
    for keys in catalog.containing(terms, list(passages)).values():
        counts = Counter(passages[key] for key in keys)
        weight = math.log1p((len(ids) - len(counts) + 0.5) / (len(counts) + 0.5))
        for note, n in counts.items():
            scores[note] += weight * n * (_K1 + 1) / (n + _K1 * (1 - _B + _B * lengths[note] / usual))
        for key in keys & heads:
            in_head[passages[key]] += weight
    return np.array([scores[note] for note in ids]), np.array([in_head[note] for note in ids])


def _linked(ids: Sequence[str], edges: Iterable[Edge]) -> defaultdict[int, set[int]]:
    """Which notes are linked with each, one way or the other, as places in `ids`."""
    place = {note: i for i, note in enumerate(ids)}
    linked: defaultdict[int, set[int]] = defaultdict(set)
    for edge in edges:
        a, b = place.get(edge.source), place.get(edge.target)
        if a is not None and b is not None and a != b:
            linked[a].add(b)
            linked[b].add(a)
    return linked


def _beside(near: _Scores, linked: Mapping[int, set[int]]) -> _Scores:
    """What each note gets from the best ones: each shares its worth out among the notes that it is linked with."""
    got = np.zeros(len(near))
    for i in _best_first(near)[:_SPREADING].tolist():
        for other in linked.get(i, ()):
            got[other] += near[i] / len(linked[i])
    return got
