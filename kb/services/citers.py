"""Who cites a source, and taking a source out of a library."""

from collections.abc import Sequence
from dataclasses import dataclass

from kb.domain import Source, SourceKind
from kb.errors import BadId
from kb.identity import ArxivId
from kb.language import counted
from kb.ports import Catalog, Embedder
from kb.services.add import entry_of, sentences_of
from kb.services.settle import bring_back


@dataclass(frozen=True, slots=True)
class Citers:
    """What in a library cites a source."""

    notes: tuple[str, ...] = ()
    """Ids of notes that name it among their sources."""
    claims: tuple[tuple[str, str], ...] = ()
    """Claims that name it as evidence, each as (id of the note, words)."""
    inquiries: tuple[str, ...] = ()
    """Ids of kept inquiries that quote it."""

    def __bool__(self) -> bool:
        return bool(self.notes or self.claims or self.inquiries)

    def in_words(self) -> str:
        """One clause, such as "2 notes (note:a, note:b) and 1 claim"."""
        parts = [
            _named(len(self.notes), "note", self.notes),
            _named(len(self.claims), "claim", [f"“{words}”" for _, words in self.claims]),
            _named(len(self.inquiries), "inquiry", self.inquiries, "inquiries"),
        ]
        return "; ".join(part for part in parts if part)


def _named(n: int, noun: str, names: Sequence[str], plural: str = "") -> str:
    shown = ", ".join(names[:3]) + (", …" if n > 3 else "")
    return f"{counted(n, noun, plural)} ({shown})" if n else ""


def citers(source: Source, catalog: Catalog) -> Citers:
    """Notes and claims that name a source, whichever version of it, and inquiries that quote it."""
    names = _names(source)
    # Front matter may make a note's kind a document; papers name no references.
    notes = [*catalog.outlines(SourceKind.NOTE), *catalog.outlines(SourceKind.DOCUMENT)]
    return Citers(
        notes=tuple(note.id for note in notes if any(_name(r) in names for r in note.references)),
        claims=tuple(
            (note.id, claim.text)
            for note in notes
            for claim in note.claims
            if not note.generated and names & set(map(_name, claim.evidence))
        ),
        inquiries=tuple(
            inquiry.id
            for inquiry in catalog.inquiries()
            if any(c.source == source.id for s in inquiry.answer.sentences for c in s.citations)
        ),
    )


def citing_withdrawn(catalog: Catalog) -> list[tuple[str, str]]:
    """Notes with the withdrawn papers that they name, whichever version of them, as (id, reference)."""
    withdrawn = {paper.reference for paper in catalog.withdrawn_papers()}
    notes = catalog.outlines(SourceKind.NOTE) if withdrawn else []
    return [(note.id, name) for note in notes for name in sorted(withdrawn & set(map(_name, note.references)))]


def _names(source: Source) -> set[str]:
    """What references may call a source."""
    return {_name(source.id), source.id, source.origin} - {""}


def _name(reference: str) -> str:
    """A reference in one spelling; of a paper without its version."""
    base = arxiv_base(reference)
    return str(ArxivId(base)) if base else reference


def arxiv_base(reference: str) -> str | None:
    """The arXiv id without version that a reference or a source's id names, if it names one."""
    try:
        return ArxivId.parse(reference).base
    except BadId:
        return None


def is_withdrawn(source: Source, catalog: Catalog) -> bool:
    """Whether a source is a paper that was withdrawn, as far as is known."""
    base = arxiv_base(source.id) if source.kind is SourceKind.PAPER else None
    paper = catalog.papers([base]).get(base) if base else None
    return paper is not None and paper.withdrawn


def remove(source: Source, catalog: Catalog, embedder: Embedder) -> None:
    """Take a source out: passages, names, links, its job, and vectors of what no other source says.

    Of a paper's versions the newest that is left is found again.
    """
    # Of a retired source, too, whose passages do not tell which texts were embedded for them.
    entry, _ = entry_of(source, embedder)
    said = dict(sentences_of(entry))
    base = arxiv_base(source.id) if source.kind is SourceKind.PAPER else None
    with catalog.writing():
        catalog.remove(source.id)
        if base:
            bring_back(catalog, embedder, base)
        others = {other for text in said.values() for other in catalog.saying(text)}
        said_elsewhere = {h for other in catalog.sources(others) for h, _ in sentences_of(entry_of(other, embedder)[0])}
        catalog.forget_vectors({*entry.text_hashes, *said} - said_elsewhere)
        catalog.forget_jobs_of(source.id)
