"""Which of a library's dated claims a research prompt shows, in which order, and what pulls against what."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.plain import plain
from kb.domain import Claim, Source, SourceKind
from kb.identity import is_before
from kb.language import content_terms, rough_stem, spelled_out
from kb.ports import Catalog, Edge, Embedder, Matrix, Vector
from kb.services.retrieve import Retrieval
from kb.services.sentences import sentence_hash

_LIKENESS, _WORDS, _TITLE, _FINDING, _RANK = 0.2, 0.25, 0.5, 0.2, 0.2
"""What a claim's worth is made of: its cosine to the question, the share of the question's words that it or its note's
title has, and of the note that states it the cosines of title and main finding and its rank among the notes found."""
_RANKED = 16
"""Notes whose rank counts. Papers have none, so that those beside the notes push no claim out."""
_FLOOR = 0.55
"""Worth below which a claim does not bear on the question."""
_SAME_NOTE = 0.02
"""What a claim loses for each claim of its note that stands before it, so that one note does not fill the prompt."""
_ALIKE = 0.75
"""Cosine above which a claim repeats one that stands before it."""
_OPPOSED = 0.08
"""What a claim gains when its note is in tension with one that is shown already."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claim that bears on the question."""

    claim: Claim
    notes: tuple[str, ...]
    """Ids of the notes that state it, the best one first."""
    row: int
    """Its vector's place in `Pool.vectors`."""


@dataclass(frozen=True, slots=True)
class Pool:
    """All claims that bear on a question, in the order in which a prompt shows them."""

    candidates: Sequence[Candidate]
    notes: Mapping[str, Source]
    """The notes that state them."""
    vectors: Matrix


def relevant_claims(
    question: str,
    retrieval: Retrieval,
    catalog: Catalog,
    embedder: Embedder,
    edges: Iterable[Edge],
    *,
    until: str,
    first: Iterable[str] = (),
    besides: Iterable[Claim] = (),
) -> Pool:
    """The claims of all notes that bear on a question and are not younger than a date, most relevant first.

    Args:
        question: in the asker's words.
        retrieval: the sources that were found for it; only the order of notes among them counts.
        catalog: of the library.
        embedder: of the library.
        edges: of the concept graph; those of kind `tension` count.
        until: the prompt's date.
        first: ids of notes and claims that come first, however relevant they are.
        besides: claims that no note states, such as findings that the ledger took in.
    """
    # What a model wrote and no person accepted is no finding.
    notes = {note.id: note for note in catalog.sources(kind=SourceKind.NOTE) if note.claims and not note.generated}
    asked = embedder.embed([spelled_out(question)])[0]
    by_note = _note_worths(list(notes.values()), asked, catalog, embedder)
    ranked = [r.source_id for r in retrieval.ranked if r.source_id in notes][:_RANKED]
    for rank, note_id in enumerate(ranked):
        by_note[note_id] += _RANK * (1 - rank / _RANKED)
    found = _candidates(sorted(notes.values(), key=lambda n: (-by_note[n.id], n.id)), besides, until)
    if not found:
        return Pool((), notes, np.zeros((0, embedder.dimension), dtype=np.float32))
    vectors = _embedded([_as_searched(c.claim) for c in found], catalog, embedder)
    cosines, shares = vectors @ asked, _word_shares(question, found, notes)
    worth = [
        _LIKENESS * float(cosines[c.row])
        + _WORDS * shares[c.row]
        + (by_note[c.notes[0]] if c.notes else (_TITLE + _FINDING) * float(cosines[c.row]))
        for c in found
    ]
    named = set(first)
    head = {c.row for c in found if c.claim.id in named or named & set(c.notes)}
    kept = [c for c in found if worth[c.row] >= _FLOOR or c.row in head]
    opposed = frozenset(p for e in edges if e.kind == "tension" for p in ((e.source, e.target), (e.target, e.source)))
    return Pool(_in_order(kept, worth, vectors, opposed, head), notes, vectors)


def _note_worths(notes: Sequence[Source], asked: Vector, catalog: Catalog, embedder: Embedder) -> dict[str, float]:
    """What each note adds to the worth of its claims, by id."""
    if not notes:
        return {}
    titles = _embedded([spelled_out(plain(note.title)) for note in notes], catalog, embedder) @ asked
    findings = _embedded([plain(note.claim) for note in notes], catalog, embedder) @ asked
    return {n.id: _TITLE * float(t) + _FINDING * float(f) for n, t, f in zip(notes, titles, findings, strict=True)}


def _embedded(texts: Sequence[str], catalog: Catalog, embedder: Embedder) -> Matrix:
    """Vectors of texts, those that the catalog keeps from there; shape (texts, dimension)."""
    hashes = [sentence_hash(text) for text in texts]
    kept = catalog.vectors_of(hashes)
    new = list(dict.fromkeys(text for text, text_hash in zip(texts, hashes, strict=True) if text_hash not in kept))
    made = dict(zip(new, embedder.embed(new), strict=True)) if new else {}
    return np.stack([kept[h] if h in kept else made[text] for text, h in zip(texts, hashes, strict=True)])


def _candidates(notes: Sequence[Source], besides: Iterable[Claim], until: str) -> list[Candidate]:
    """The notes' claims and others, each once, without those that are younger than the date."""
    stated: dict[str, list[str]] = {}
    claims: dict[str, Claim] = {}
    for note in notes:
        for claim in note.claims:
            if not is_before(until, claim.as_of):
                stated.setdefault(claim.id, []).append(note.id)
                claims.setdefault(claim.id, claim)
    for claim in besides:
        if not is_before(until, claim.as_of):
            stated.setdefault(claim.id, [])
            claims.setdefault(claim.id, claim)
    return [Candidate(claim, tuple(stated[i]), row) for row, (i, claim) in enumerate(claims.items())]


def _word_shares(question: str, found: Sequence[Candidate], notes: Mapping[str, Source]) -> list[float]:
    """The share of the question's words that each claim, its scope and its note's title have; rare words weigh more."""
    texts = [f"{_as_searched(c.claim)} {plain(notes[c.notes[0]].title) if c.notes else ''}" for c in found]
    said = [set(map(rough_stem, content_terms(spelled_out(text)))) for text in texts]
    asked = set(map(rough_stem, content_terms(spelled_out(question))))
    weight = {term: math.log(1 + len(said) / (1 + sum(term in words for words in said))) for term in asked}
    total = sum(weight[term] for term in asked if any(term in words for words in said)) or 1.0
    return [sum(weight[term] for term in asked & words) / total for words in said]


def _as_searched(claim: Claim) -> str:
    return f"{spelled_out(claim.text)} {claim.scope}".strip()


def _in_order(
    found: Sequence[Candidate],
    worth: Sequence[float],
    vectors: Matrix,
    opposed: frozenset[tuple[str, str]],
    head: set[int],
) -> list[Candidate]:
    """Best first, where a claim is worth less beside its like and more beside what it disagrees with."""
    left, taken = list(found), list[Candidate]()
    while left:
        shown = [c.row for c in taken]
        notes = [note for c in taken for note in c.notes[:1]]

        def value(c: Candidate, shown: list[int] = shown, notes: list[str] = notes) -> tuple[bool, float]:
            alike = max((float(vectors[c.row] @ vectors[row]) for row in shown), default=0.0)
            own = c.notes[0] if c.notes else ""
            gain = _OPPOSED * any((own, note) in opposed for note in notes)
            loss = _SAME_NOTE * notes.count(own) + max(0.0, alike - _ALIKE)
            return c.row in head, round(worth[c.row] + gain - loss, 4)

        best = max(left, key=lambda c: (value(c), c.claim.id))
        taken.append(best)
        left.remove(best)
    return taken


def tensions(shown: Sequence[Candidate], edges: Sequence[Edge], vectors: Matrix) -> list[tuple[int, int, str]]:
    """Pairs of shown claims whose notes disagree: places in `shown`, and the notes' own sentence on it."""
    words = {(e.source, e.target): e.why for e in edges if e.kind != "tension" and e.why}
    pairs = {frozenset((e.source, e.target)) for e in edges if e.kind == "tension"}
    found = []
    for pair in sorted(pairs, key=sorted):
        if len(pair) != 2:
            continue
        a, b = sorted(pair)
        sides = [[i for i, c in enumerate(shown) if side in c.notes] for side in (a, b)]
        if all(sides):
            # The two that are most alike speak of the same thing.
            i, j = max(
                ((i, j) for i in sides[0] for j in sides[1] if i != j),
                key=lambda p: (round(float(vectors[shown[p[0]].row] @ vectors[shown[p[1]].row]), 4), -p[0], -p[1]),
                default=(0, 0),
            )
            if i != j:
                found.append((min(i, j), max(i, j), words.get((a, b)) or words.get((b, a)) or ""))
    return sorted(found)
