"""What has happened to sources since they were cited: withdrawn, superseded, reworded, removed."""

from collections.abc import Iterator
from dataclasses import dataclass

from kb.domain import Answer, Citation, Inquiry
from kb.ports import Catalog
from kb.services.citers import arxiv_base
from kb.services.quote_survival import survives

_SHOWN = 90


@dataclass(frozen=True, slots=True)
class Lost:
    """A quote that stands no more in the source that it is looked for in, or whose source is gone."""

    citation: Citation
    place: str
    """Id of the source that it was looked for in; empty where the library has none any more."""

    def __str__(self) -> str:
        quote = " ".join(self.citation.quote.split())
        shown = quote if len(quote) <= _SHOWN else f"{quote[:_SHOWN]}…"
        if not self.place:
            return f"{self.citation.source}, which is quoted with “{shown}”, is no longer in the library"
        other = f" from {self.citation.source}" if self.place != self.citation.source else ""
        return f"{self.place} no longer holds the quote “{shown}”{other}"


def lost_quotes(answer: Answer, catalog: Catalog) -> Iterator[Lost]:
    """Quotes of papers and documents whose words the newest version lacks; notes are edited, and are not looked at.

    An answer as of a date quotes the version of that time on purpose: the words need only stand in that one still.
    """
    superseded = {} if answer.until else catalog.superseded()
    for citation in {(c.source, c.quote): c for sentence in answer.held for c in sentence.citations}.values():
        if citation.source.startswith("note:"):
            continue
        place = superseded.get(citation.source, citation.source)
        if not answer.until and catalog.source_hash(place) is None:
            versions = catalog.versions_of(base) if (base := arxiv_base(place)) else []
            place = versions[-1] if versions else ""
        source = catalog.source(place) if place else None
        if source is None or not (citation.quote in source.text or survives(citation.quote, source.text)):
            yield Lost(citation, place if source else "")


def all_lost_quotes(catalog: Catalog) -> Iterator[tuple[Inquiry, Lost]]:
    """The lost quotes of every kept inquiry."""
    for inquiry in catalog.inquiries():
        for lost in lost_quotes(inquiry.answer, catalog):
            yield inquiry, lost


def marked(answer: Answer, catalog: Catalog) -> Answer:
    """A kept answer with its sources as they are known now: an author may have withdrawn a paper since."""
    bases = {arxiv_base(source.id) or "" for source in answer.sources}
    bases |= {paper.id for source in answer.sources for paper in source.rests_on}
    papers = catalog.papers(bases - {""})
    gone = {paper.id for paper in papers.values() if paper.withdrawn}
    sources = tuple(
        source.model_copy(
            update={
                "withdrawn": source.withdrawn or (source.id.startswith("arxiv:") and arxiv_base(source.id) in gone),
                "rests_on": tuple(papers.get(paper.id, paper) for paper in source.rests_on),
            }
        )
        for source in answer.sources
    )
    return answer.model_copy(update={"sources": sources})
