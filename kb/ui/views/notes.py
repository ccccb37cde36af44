"""Notes: the list, and a note with all that hangs together with it."""

import streamlit as st

from graph.export import component_data
from graph.records import Neighbourhood
from kb.domain import Claim, Source, SourceKind
from kb.language import counted, topic_name
from kb.library import Library
from kb.ui import around, links, shell
from kb.ui.answer import rests_on
from kb.ui.concept_map import concept_map
from kb.ui.filters import listing
from kb.ui.html import inside, listed, section, show, wayfinding
from kb.ui.prompt_box import prompt_box
from kb.ui.relations import proposed_of
from kb.ui.safe import article, escaped, words

_KINDS = {
    "Notes": (SourceKind.NOTE,),
    "Documents": (SourceKind.DOCUMENT,),
    "Both": (SourceKind.NOTE, SourceKind.DOCUMENT),
}


def page(library: Library) -> None:
    """The note of `?note=`, or the list."""
    if slug := st.query_params.get("note"):
        with wayfinding(links.NOTES, "Notes"):
            note = library.note(slug)
        _note(library, note)
    else:
        listing(
            library,
            "Notes",
            _KINDS,
            _row,
            f"<p>No note fits. Widen the search, or add notes on the page {inside(links.ADD, 'Add')} "
            "or to the library’s folder.</p>",
        )


def _row(note: Source) -> str:
    facts = " · ".join(filter(None, [note.date or "", *map(topic_name, note.topics)]))
    return (
        f'{inside(links.source(note.id), note.title)}<p class="kb-small">{words(note.summary)}</p>'
        f'<p class="kb-small kb-faint">{escaped(facts)}</p>'
    )


def _note(library: Library, note: Source) -> None:
    here = around.of(library, note.id)
    show(_head(note, here), _provenance(library, note))
    show(article(library.reading.body(note), lambda name: _address(library, name)))
    show(_claims(note), _lines(here))
    if here:
        show(around.heading(here))
        _map(library, note)
        show(around.related(here))
    show(_tensions(here))
    proposed_of(library, note.id)
    show(_papers(here))
    prompt_box(note.id, "Research prompt for your LLM")
    show(_original(note), _links_here(here))


def _map(library: Library, note: Source) -> None:
    """The note's neighbourhood as a picture to walk in; the list below it says the same."""
    if not st.toggle("Show the concept map", key=f"map {note.id}"):
        return
    found = library.graph.map_around(note.id)
    version = f"{library.parts.catalog.generation()}/{note.id}"
    with st.container(key="kb-wide"):
        concept_map(component_data(found), version=version, start=note.id, key=f"picture {note.id}")


def _address(library: Library, name: str) -> str:
    found = library.reading.resolve(name)
    return links.source(found) if found else ""


def _head(note: Source, here: Neighbourhood | None) -> str:
    topics = "".join(f"<li>{inside(links.source(f'topic:{t}'), topic_name(t))}</li>" for t in note.topics)
    parents = " · ".join(inside(links.source(c.node.id), c.node.title) for c in here.parents) if here else ""
    return (
        f'<ul class="kb-topics kb-small" aria-label="Topics">{topics}</ul><h1>{words(note.title)}</h1>'
        + (f'<p class="kb-small">Part of: {parents}</p>' if parents else "")
        + f'<p class="kb-lede">{words(note.summary)}</p>'
    )


def _provenance(library: Library, note: Source) -> str:
    """Kind, date, and the papers that the note is sourced from."""
    known = {paper.reference: paper for paper in library.rests_on(note)}
    kind = "Draft by a model, accepted by nobody yet" if note.generated else "Synthesis note"
    line = " · ".join(map(escaped, filter(None, [kind, note.date or "", note.origin])))
    papers = listed(rests_on(reference, known) for reference in note.references)
    works = counted(len(note.references), "work")
    more = f"<details class='kb-more'><summary>Sourced from {works}</summary>{papers}</details>"
    return f'<div class="kb-small kb-note"><p>{line}</p>{more if papers else ""}</div>'


def _claims(note: Source) -> str:
    return section("Dated claims", listed(map(_claim, note.claims)))


def _claim(claim: Claim) -> str:
    facts = " · ".join(filter(None, [f"as of {claim.as_of}", str(claim.scope), ", ".join(claim.evidence)]))
    way = inside(links.claim(claim.id), "history")
    return f'{words(claim.text)} <span class="kb-small kb-faint">{escaped(facts)} · {way}</span>'


def _lines(here: Neighbourhood | None) -> str:
    found = here.inquiries if here else ()
    rows = listed(inside(links.source(c.node.id), c.node.title) for c in found)
    none = '<p class="kb-small kb-faint">No kept inquiry quotes this note yet.</p>'
    return section(f"Inquiring lines that use this note as a source: {len(found)}", rows or none)


def _tensions(here: Neighbourhood | None) -> str:
    return section("In tension with", around.connections(here.tensions)) if here else ""


def _papers(here: Neighbourhood | None) -> str:
    found = here.related_papers if here else ()
    none = (
        '<p class="kb-small kb-faint">The library holds no paper’s text that could be compared. '
        f"Papers that a note cites are known by their id only until they are {inside(links.ADD, 'added')}.</p>"
    )
    rows = around.connections(found) or none
    return section(f"Related papers in this collection: {len(found)}", rows)


def _original(note: Source) -> str:
    return section("Original note title", f"<p>{words(note.claim)}</p>" if note.claim else "")


def _links_here(here: Neighbourhood | None) -> str:
    return section(f"What links here: {len(here.backlinks)}", around.titles(here.backlinks)) if here else ""


page(shell.library())
