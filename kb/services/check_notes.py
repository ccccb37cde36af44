"""Lint for notes: what a careful reader would hold against them.

Each rule is a function from the library's notes to findings. A finding names note, line and what to do.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kb.domain import Claim, JobState, Paper, Source, SourceKind
from kb.errors import BadId
from kb.identity import ArxivId, is_before
from kb.ports import Catalog, Edge, Embedder
from kb.services.headings import LostHeading, lost_headings

_NEAR_DUPLICATE = 0.93
"""Cosine of claim and summary above which two notes say the same."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend."""

    note: str
    """Slug."""
    line: int
    """In the note's file, from 1; 0 where it concerns the whole."""
    rule: str
    what: str
    file: str
    """Path of the note's file under the notes folder."""


@dataclass(frozen=True, slots=True)
class _Library:
    notes: Sequence[Source]
    edges: Sequence[Edge]
    unresolved: Sequence[tuple[str, str, int]]
    lost_headings: Sequence[LostHeading]
    papers: Mapping[str, Paper]
    texts: Mapping[str, str]
    """Text of each paper that the library holds, by arXiv id without version."""


def check_notes(catalog: Catalog, embedder: Embedder, today: str) -> list[Finding]:
    """Everything that the rules find, in order of note and line; `today` is `YYYY-MM-DD`."""
    notes = catalog.sources(kind=SourceKind.NOTE)
    cited = {arxiv_id for note in notes for reference in _references(note) if (arxiv_id := _base(reference))}
    held = {ArxivId.parse(s.id).base: s.text for s in catalog.sources(kind=SourceKind.PAPER)}
    library = _Library(
        notes, catalog.edges(), catalog.unresolved(), lost_headings(catalog), catalog.papers(cited), held
    )
    rules = (_missing_fields, _links, _tensions, _orphans, _claims, _sources, _numbers)
    found = [finding for rule in rules for finding in rule(library)]
    found += _bad_fields(catalog)
    found += _future_dates(notes, today)
    found += _near_duplicates(notes, embedder)
    return sorted(found, key=lambda f: (f.note, f.line, f.rule, f.what))


def _slug(source_id: str) -> str:
    return source_id.split(":", 1)[1]


def _finding(note: Source, rule: str, what: str, needle: str = "") -> Finding:
    """A finding at the line where the needle first stands."""
    place = note.text.find(needle) if needle else -1
    return Finding(_slug(note.id), note.text.count("\n", 0, place) + 1 if place >= 0 else 0, rule, what, note.origin)


def _base(reference: str) -> str | None:
    try:
        return ArxivId.parse(reference).base
    except BadId:
        return None


def _references(note: Source) -> list[str]:
    return [*note.references, *(e for claim in note.claims for e in claim.evidence)]


def _missing_fields(library: _Library) -> Iterator[Finding]:
    for note in library.notes:
        wanted = {
            "a `title` that is a question": note.title.rstrip().endswith("?"),
            "a `claim`": note.claim,
            "a `summary`": note.summary,
            "a `date`": note.date,
            "`topics`": note.topics,
            "`sources`": note.references,
            "dated `claims`": note.claims,
        }
        for what, is_there in wanted.items():
            if not is_there:
                yield _finding(note, "missing-field", f"has no {what.removeprefix('a ')}")


def _bad_fields(catalog: Catalog) -> Iterator[Finding]:
    """Fields that notes were read without."""
    for job in catalog.jobs(JobState.DONE):
        for flaw in job.flaws:
            slug = _slug(job.source_id or f"note:{job.target}")
            yield Finding(slug, flaw.line, "bad-field", f"{flaw.what}. {flaw.cure}", job.target)


def _future_dates(notes: Sequence[Source], today: str) -> Iterator[Finding]:
    """Dates over a year ahead, which no clock that is a little off explains: such a claim would never be called old."""
    latest = f"{int(today[:4]) + 1}{today[4:]}"
    for note in notes:
        for date in dict.fromkeys([note.date or "", *(claim.as_of for claim in note.claims)]):
            if date and is_before(latest, date):
                yield _finding(note, "future-date", f"is dated {date}, which lies in the future", date)


def _links(library: _Library) -> Iterator[Finding]:
    files = {note.id: note.origin for note in library.notes}
    for source_id, target, line in library.unresolved:
        what = f"links to [[{target}]], which no note is called"
        yield Finding(_slug(source_id), line, "broken-link", what, files.get(source_id, ""))
    for link in library.lost_headings:
        what = f"links to {link.written}, but {link.there}; {link.cure}"
        yield Finding(_slug(link.source), link.line, "broken-heading", what, files.get(link.source, ""))


def _tensions(library: _Library) -> Iterator[Finding]:
    pairs = {(e.source, e.target) for e in library.edges if e.kind == "tension"}
    worded = {(e.source, e.target) for e in library.edges if e.kind == "link" and e.why}
    notes = {note.id: note for note in library.notes}
    for source, target in sorted(pairs):
        if (target, source) not in pairs:
            what = f"names a tension with {_slug(target)}, which does not name it back"
            yield _finding(notes[source], "one-way-tension", what, _slug(target))
        if (source, target) not in worded:
            what = f"names a tension with {_slug(target)}, but no sentence links there and says what it is about"
            yield _finding(notes[source], "wordless-tension", what, _slug(target))


def _orphans(library: _Library) -> Iterator[Finding]:
    linked = {node for edge in library.edges for node in (edge.source, edge.target)}
    if len(library.notes) > 1:
        for note in library.notes:
            if note.id not in linked:
                yield _finding(note, "orphan", "is linked with no other note")


def _claims(library: _Library) -> Iterator[Finding]:
    for note in library.notes:
        sources = {_base(r) or r for r in note.references}
        for claim in note.claims:
            if not claim.evidence:
                yield _claim_finding(note, claim, "claim-without-evidence", "names no evidence")
            for reference in claim.evidence:
                if (_base(reference) or reference) not in sources:
                    what = f"rests on {reference}, which is not among the note's sources"
                    yield _claim_finding(note, claim, "evidence-not-in-sources", what)
                paper = library.papers.get(_base(reference) or "")
                if paper and is_before(claim.as_of, paper.date):
                    what = f"is dated {claim.as_of}, before its evidence {paper.reference} of {paper.date}"
                    yield _claim_finding(note, claim, "claim-before-paper", what)


def _claim_finding(note: Source, claim: Claim, rule: str, what: str) -> Finding:
    return _finding(note, rule, f"claim “{claim.text[:60]}” {what}", claim.text[:30])


def _sources(library: _Library) -> Iterator[Finding]:
    for note in library.notes:
        for reference in dict.fromkeys(_references(note)):
            base = _base(reference)
            if base is None and reference.casefold().startswith("arxiv:"):
                yield _finding(
                    note, "unknown-id", f"cites {reference}, which is no arXiv id", reference.split(":", 1)[1]
                )
            if base and base not in library.papers and base not in library.texts:
                yield _finding(note, "unknown-id", f"cites {reference}, which papers.jsonl does not list", base)


def _numbers(library: _Library) -> Iterator[Finding]:
    """Numbers of claims whose evidence the library holds in full must stand in that text."""
    for note in library.notes:
        for claim in note.claims:
            texts = [library.texts[b] for r in claim.evidence if (b := _base(r)) and b in library.texts]
            if not texts or len(texts) < len(claim.evidence):
                continue
            known = {number for text in texts for number in _plain_numbers(text)}
            for number in sorted(_plain_numbers(claim.text) - known):
                yield _claim_finding(
                    note, claim, "number-not-in-evidence", f"says {number}, which its evidence does not"
                )


def _plain_numbers(text: str) -> set[str]:
    """Numbers as values: thousands separators go, so that 10,506 is 10506."""
    return {match.replace(",", "") for match in _NUMBER.findall(text)}


def _near_duplicates(notes: Sequence[Source], embedder: Embedder) -> Iterator[Finding]:
    told = [note for note in notes if note.claim and note.summary]
    if len(told) < 2:
        return
    vectors = embedder.embed([f"{note.claim}\n{note.summary}" for note in told])
    likeness = np.triu(vectors @ vectors.T, k=1)
    for i, j in zip(*np.nonzero(likeness > _NEAR_DUPLICATE), strict=True):
        what = f"says nearly the same as {_slug(told[j].id)} (cosine {likeness[i, j]:.2f})"
        yield _finding(told[i], "near-duplicate", what)
