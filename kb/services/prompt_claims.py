"""Which of a library's dated claims a research prompt shows, in which order, and what pulls against what."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.domain import Claim, Source
from kb.identity import is_before
from kb.language import content_stems, content_terms, rough_stem, spelled_out
from kb.ports import Catalog, Edge, Embedder, Matrix, Vector
from kb.services.prompt_notes import FINDING, HEAD, LIKE_ENOUGH, PASSAGES, TITLE, WORDS, note_worths, of_best
from kb.services.text_vectors import text_vectors

_LIKENESS, _OWN_WORDS = 0.3, 0.2
"""What a claim adds to its note's worth, as shares of the best claim's: its cosine to the question and its share of the
question's words, both with its scope. Chosen on benchmarks/prompt-claims-dev.jsonl."""
_OPPOSED, _BEST = 0.5, 3
"""Share that a claim gains of what it lacks to the best one, if its note is in tension with one of so many best notes:
what speaks against a finding belongs beside it, not before it."""
_OPPOSED_TO_NAMED = 0.9
"""The same where a note or claim was named: to re-test a finding is above all to look at what speaks against it."""
_FLOOR = 0.65
"""Share of the best claim's worth below which a claim does not bear on the question."""
_SAME_NOTE = 0.03
"""What a claim loses for each claim of its note that stands before it, so that one note does not fill the prompt."""
_ALIKE = 0.75
"""Cosine above which a claim repeats one that stands before it."""


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
    sources: Iterable[Source],
    catalog: Catalog,
    embedder: Embedder,
    edges: Sequence[Edge],
    *,
    until: str,
    first: Iterable[str] = (),
    besides: Iterable[Claim] = (),
) -> Pool:
    """The claims of all notes that bear on a question and are not younger than a date, most relevant first.

    Papers and documents have no say in it: a library may hold any number of them beside its notes.

    Args:
        question: in the asker's words.
        sources: those that state claims.
        catalog: of the library.
        embedder: of the library.
        edges: of the concept graph; links between notes count, and those of kind `tension`.
        until: the prompt's date.
        first: ids of notes and claims that come first, however relevant they are.
        besides: claims that no note states, such as findings that the ledger took in.
    """
    # What a model wrote and no person accepted is no finding.
    stating = [note for note in sources if note.claims and not note.generated]
    notes = {note.id: note for note in stating}
    asked = embedder.embed([spelled_out(question).rstrip("?!. ") or question])[0]
    by_note = note_worths(question, asked, stating, catalog, embedder, edges)
    named = set(first)
    seen = [n for n in stating if n.id in by_note or n.id in named or named & {c.id for c in n.claims}]
    found = _candidates(sorted(seen, key=lambda n: (-by_note.get(n.id, 0.0), n.id)), besides, until)
    if not found:
        return Pool((), notes, np.zeros((0, embedder.dimension), dtype=np.float32))
    vectors = text_vectors([_as_searched(c.claim) for c in found], catalog, embedder)
    head = {c.row for c in found if c.claim.id in named or named & set(c.notes)}
    own = _worths(question, asked, found, vectors, by_note)
    floor = _FLOOR * max(own)
    worth = _with_opposed(own, found, edges, head)
    is_near = bool(by_note) | (vectors @ asked >= LIKE_ENOUGH)
    kept = [c for c in found if (worth[c.row] >= floor and is_near[c.row]) or c.row in head]
    return Pool(_in_order(kept, worth, vectors, head), notes, vectors)


def _worths(
    question: str, asked: Vector, found: Sequence[Candidate], vectors: Matrix, by_note: Mapping[str, float]
) -> list[float]:
    """What each claim is worth. One that no note states stands for a note of its own, without links."""
    cosines, shares = of_best(vectors @ asked), _word_shares(question, found)
    alone = (WORDS + HEAD) * shares + (PASSAGES + TITLE + FINDING) * cosines
    notes = [by_note.get(c.notes[0], 0.0) if c.notes else float(alone[c.row]) for c in found]
    return [note + float(own) for note, own in zip(notes, _LIKENESS * cosines + _OWN_WORDS * shares, strict=True)]


def _with_opposed(
    worth: Sequence[float], found: Sequence[Candidate], edges: Iterable[Edge], head: set[int]
) -> list[float]:
    """The same, with what claims gain that speak against what comes first: that is what was named, else the best."""
    first = [found[row] for row in sorted(head)] or sorted(found, key=lambda c: (-worth[c.row], c.row))
    leading = set(list(dict.fromkeys(c.notes[0] for c in first if c.notes))[:_BEST])
    pairs = [(e.source, e.target) for e in edges if e.kind == "tension"]
    opposed = {a for a, b in pairs if b in leading} | {b for a, b in pairs if a in leading}
    gain, most = _OPPOSED_TO_NAMED if head else _OPPOSED, max(worth)
    return [w + gain * (most - w) * (not opposed.isdisjoint(c.notes[:1])) for c, w in zip(found, worth, strict=True)]


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


def _word_shares(question: str, found: Sequence[Candidate]) -> NDArray[np.float64]:
    """The share of the question's words that each claim and its scope have; rare words weigh more. Shape (claims,)."""
    said = [set(map(rough_stem, content_terms(_as_searched(c.claim)))) for c in found]
    asked = set(map(rough_stem, content_terms(spelled_out(question))))
    weight = {term: math.log(1 + len(said) / (1 + sum(term in words for words in said))) for term in asked}
    total = sum(weight[term] for term in asked if any(term in words for words in said)) or 1.0
    return np.array([sum(weight[term] for term in asked & words) / total for words in said])


def _as_searched(claim: Claim) -> str:
    return f"{spelled_out(claim.text)} {claim.scope}".strip()


def _in_order(found: Sequence[Candidate], worth: Sequence[float], vectors: Matrix, head: set[int]) -> list[Candidate]:
    """Best first, where a claim is worth less beside its like."""
    left, taken, beside = list(found), list[Candidate](), Counter[str]()
    repeats = np.zeros(len(vectors))

    def value(c: Candidate) -> tuple[bool, float]:
        loss = _SAME_NOTE * beside[c.notes[0] if c.notes else ""] + float(repeats[c.row])
        return c.row in head, round(worth[c.row] - loss, 4)

    while left:
        best = max(left, key=lambda c: (value(c), c.claim.id))
        taken.append(best)
        left.remove(best)
        beside.update(best.notes[:1] or [""])
        np.maximum(repeats, vectors @ vectors[best.row] - _ALIKE, out=repeats)
    return taken


def tensions(shown: Sequence[Candidate], edges: Sequence[Edge], vectors: Matrix) -> list[tuple[int, int, str]]:
    """Pairs of shown claims whose notes disagree: places in `shown`, and the notes' own sentence on it."""
    words = {(e.source, e.target): e.why for e in edges if e.kind != "tension" and e.why}
    pairs = {frozenset((e.source, e.target)) for e in edges if e.kind == "tension"}
    found = []
    for a, b in sorted(sorted(pair) for pair in pairs if len(pair) == 2):
        sides = [[i for i, c in enumerate(shown) if side in c.notes] for side in (a, b)]
        why = words.get((a, b)) or words.get((b, a)) or ""
        if both := [(i, j) for i in sides[0] for j in sides[1] if i != j]:
            i, j = _clearest(both, why, shown, vectors)
            found.append((min(i, j), max(i, j), why))
    return sorted(found)


def _clearest(
    pairs: Iterable[tuple[int, int]], why: str, shown: Sequence[Candidate], vectors: Matrix
) -> tuple[int, int]:
    """The pair that has most of the words by which the notes tell of their disagreement; then the most alike."""
    told = content_stems(spelled_out(why))
    has = [len(told & content_stems(_as_searched(c.claim))) for c in shown]

    def clear(pair: tuple[int, int]) -> tuple[int, float, int, int]:
        i, j = pair
        return has[i] + has[j], round(float(vectors[shown[i].row] @ vectors[shown[j].row]), 4), -i, -j

    return max(pairs, key=clear)
