"""Papers and documents: the list, and one with its versions, its text and who cites it."""

import streamlit as st

from graph.records import Neighbourhood
from kb.domain import Paper, Source, SourceKind
from kb.errors import NotFound
from kb.language import topic_name
from kb.library import Library
from kb.services.citers import Citers
from kb.ui import around, links, shell
from kb.ui.filters import listing
from kb.ui.html import inside, listed, outside, section, show, wayfinding
from kb.ui.relations import proposed_of
from kb.ui.safe import article, escaped, words

_KINDS = {
    "Both": (SourceKind.PAPER, SourceKind.DOCUMENT),
    "Papers": (SourceKind.PAPER,),
    "Documents": (SourceKind.DOCUMENT,),
}
_SHOWN_CHARACTERS = 200_000
_AUTHORS = 12


def page(library: Library) -> None:
    """The paper or document of `?paper=`, or the list."""
    if name := st.query_params.get("paper"):
        _one(library, name)
    else:
        _list(library)


def _list(library: Library) -> None:
    nothing = (
        "<p>The library holds no text of a paper or document that fits. Bring one in "
        f"by its arXiv id, a file or an address on the page {inside(links.ADD, 'Add')}.</p>"
    )
    wanted = listing(library, "Papers and documents", _KINDS, _row, nothing)
    if known := library.reading.cited_papers(wanted.words):
        show(section(f"Cited by notes, known by their facts: {len(known):,}", listed(map(_known, known[:200]))))


def _row(source: Source) -> str:
    facts = " · ".join(filter(None, [source.date or "", _authors(source.authors), source.id]))
    return f'{inside(links.source(source.id), source.title)}<p class="kb-small kb-faint">{escaped(facts)}</p>'


def _known(paper: Paper) -> str:
    facts = f"{paper.date}, withdrawn" if paper.withdrawn else paper.date
    way = inside(links.source(f"arxiv:{paper.id}"), paper.title)
    return f'{way} <span class="kb-small kb-faint kb-whole">{escaped(facts)}</span>'


def _authors(authors: tuple[str, ...]) -> str:
    return ", ".join(authors[:_AUTHORS]) + (f" and {len(authors) - _AUTHORS} more" if len(authors) > _AUTHORS else "")


def _one(library: Library, name: str) -> None:
    with wayfinding(links.PAPERS, "Papers and documents"):
        source, paper = _named(library, name)
    if not source.text and paper:
        _facts_alone(library, source, paper)
        return
    here = around.of(library, source.id)
    show(_head(source, paper), _versions(library, source))
    show(_citers(library, library.sources.citers(source)), _near(here))
    proposed_of(library, source.id)
    whole = library.reading.body(source)
    text = whole[:_SHOWN_CHARACTERS]
    show(f"<h2>{'Abstract' if source.reading == 'abstract' else 'Text'}</h2>", article(text, lambda _: ""))
    if len(whole) > len(text):
        show('<p class="kb-small kb-faint">The rest of this text is too long for a page.</p>')


def _named(library: Library, name: str) -> tuple[Source, Paper | None]:
    """What a name stands for and what is known of it; of a paper that notes cite and the library lacks, no text.

    Raises:
        NotFound: if there is neither.
        BadId: if it is an arXiv id that cannot be.
    """
    try:
        source = library.sources.show(name)
        return source, library.reading.paper(source.id)
    except NotFound as error:
        if (paper := library.reading.paper(name)) is None:
            raise NotFound(f"there is no paper or document {name[:80]!r}", cure="See the list of papers") from error
    known = {"title": paper.title, "date": paper.date, "authors": paper.authors}
    return Source(id=f"arxiv:{paper.id}", kind=SourceKind.PAPER, text="", **known), paper


def _facts_alone(library: Library, source: Source, paper: Paper) -> None:
    """A paper that notes cite and whose text the library does not hold."""
    show(_head(source, paper))
    show(
        '<p class="kb-note kb-small">The library knows this paper’s facts and does not hold its text. '
        f"{inside(links.add(item=paper.reference), 'Bring it in')}, "
        f"or use <code>kb add {escaped(paper.reference)}</code>.</p>"
    )
    show(_citers(library, library.sources.citers(source)), _near(around.of(library, source.id)))


def _head(source: Source, paper: Paper | None) -> str:
    withdrawn = paper is not None and paper.withdrawn
    banner = '<p class="kb-note"><strong>Withdrawn by its authors or arXiv.</strong></p>' if withdrawn else ""
    facts = [source.kind.value, source.date or "", _authors(source.authors)]
    if source.version_date and source.version_date != source.date:
        facts.insert(2, f"this version {source.version_date}")
    if paper:
        facts += [paper.journal, f"doi {paper.doi}" if paper.doi else "", ", ".join(paper.categories), paper.comment]
    address = links.arxiv(source.id) or source.origin
    way = f" · {outside(address, 'read at arXiv' if links.arxiv(source.id) else address)}" if address else ""
    topics = "".join(f"<li>{inside(links.source(f'topic:{t}'), topic_name(t))}</li>" for t in source.topics)
    return (
        f'<p class="kb-small kb-faint">{escaped(source.id)}</p><h1>{words(source.title)}</h1>{banner}'
        f'<p class="kb-small">{" · ".join(words(fact) for fact in facts if fact)}{way}</p>'
        + (f'<ul class="kb-topics kb-small" aria-label="Topics">{topics}</ul>' if topics else "")
    )


def _versions(library: Library, source: Source) -> str:
    held = library.reading.versions(source)
    rows = listed(inside(links.source(i), i) + (" (shown)" if i == source.id else "") for i in held)
    return section("Versions", rows) if len(held) > 1 else ""


def _citers(library: Library, found: Citers) -> str:
    titles = library.reading.titles([*found.notes, *(note for note, _ in found.claims)])
    notes = listed(inside(links.source(i), titles.get(i, i)) for i in found.notes)
    claims = listed(
        f'{words(text)} <span class="kb-small kb-faint">in {inside(links.source(i), titles.get(i, i))}</span>'
        for i, text in found.claims
    )
    inquiries = listed(inside(links.inquiry(i), i.replace("-", " ")) for i in found.inquiries)
    return (
        section(f"Notes that cite it: {len(found.notes)}", notes)
        + section(f"Claims that rest on it: {len(found.claims)}", claims)
        + section(f"Inquiries that quote it: {len(found.inquiries)}", inquiries)
    )


def _near(here: Neighbourhood | None) -> str:
    if here is None:
        return ""
    papers = section(f"Nearest papers: {len(here.related_papers)}", around.connections(here.related_papers))
    return papers + section("In its neighbourhood", around.figures(here))


page(shell.library())
