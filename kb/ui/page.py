"""What several pages need: a wide column, links to nodes and claims, a table beside a plot, values in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from graph.export import component_data
from graph.records import Node
from kb.errors import KbError
from kb.identity import parse_date
from kb.library import Library
from kb.ui import links
from kb.ui.html import inside, outside, show
from kb.ui.safe import escaped

WIDE = "<style>.stMainBlockContainer { max-width: 82rem; } .stMainBlockContainer .kb { max-width: 46rem; }</style>"
"""The only style that a page brings along."""


def wide() -> None:
    """Give the page the room that tables and pictures need; lines of text stay narrow."""
    st.html(WIDE)


def empty(what: str, more: str = "") -> str:
    """That a page has nothing to show, in HTML, and where something can be brought in; `more` is HTML."""
    way = f"Bring in notes, papers and files on the page {inside(links.ADD, 'Add')}, or use <code>kb add</code>."
    return f'<p class="kb-note">{escaped(what)} {way} {more}</p>'


def linked(node: Node) -> str:
    """A node's title in HTML, as a link to where it is read."""
    return inside(links.source(node.id), node.title)


def source_link(source_id: str, title: str = "") -> str:
    """A source in HTML, as a link to where it is read."""
    return inside(links.source(source_id), title or source_id)


def reference_link(reference: str) -> str:
    """A reference in HTML: papers and addresses as links, files as words."""
    if reference.startswith(("note:", "arxiv:", "document:", "inquiry:")):
        return source_link(reference)
    return outside(links.arxiv(reference) or reference, reference)


def date_or_nothing(text: str) -> str:
    """A date as a person wrote it; nothing, with a word to the person, where it is none."""
    try:
        return parse_date(text.strip()) if text.strip() else ""
    except KbError:
        st.warning("Write a date as YYYY, YYYY-MM or YYYY-MM-DD. It is left out as it stands.")
        return ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A part of the map, ready for the picture."""

    data: dict[str, Any]
    ids: dict[str, Node]
    n_edges: int
    first: str
    """The note with most connections, where nothing else says where to begin."""
    version: str


def drawn(opened: Library, limit: int, topic: str = "", since: str = "", until: str = "") -> Drawn:
    """A part of the map; made once for each state of the library, as every step of a walk asks for it."""
    catalog = opened.parts.catalog
    overlaid = f"{catalog.count('inquiries')}/{catalog.count('relations')}"
    state = f"{opened.root}/{catalog.identity()}/{catalog.generation()}/{overlaid}"
    return _drawn(state, limit, topic, since, until, opened)


@st.cache_resource(show_spinner="Drawing the map …", max_entries=6)
def _drawn(state: str, limit: int, topic: str, since: str, until: str, _opened: Library) -> Drawn:
    found = _opened.graph.map(limit, topic=topic, since=since, until=until)
    degrees = {entry.node.id: 0 for entry in found.nodes}
    for edge in found.edges:
        degrees[edge.source] += 1
        degrees[edge.target] += 1
    return Drawn(
        data=component_data(found),
        ids={entry.node.id: entry.node for entry in found.nodes},
        n_edges=len(found.edges),
        first=max(degrees, key=lambda i: (i.startswith("note:"), degrees[i], i), default=""),
        version="/".join([state, topic, since, until]),
    )


def remember(name: str, value: str) -> None:
    """Put a value into the page's address, so that a reload, a bookmark and the back button find it."""
    if value and st.query_params.get(name) != value:
        st.query_params[name] = value


def plot(title: str, spec: dict[str, Any], rows: Sequence[dict[str, Any]], words: str = "") -> None:
    """A plot under a heading, with a sentence on it and its rows as a table that can be opened."""
    show(f"<h2>{title}</h2>")
    if words:
        st.caption(words)
    st.vega_lite_chart(spec=spec, width="stretch")
    with st.expander("The same as a table"):
        st.caption(spec["description"])
        st.dataframe(list(rows), hide_index=True, width="stretch")
