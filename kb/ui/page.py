"""What several pages need: a wide column, links to nodes and claims, a table beside a plot, values in the address."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from graph.records import Map, Node
from kb.errors import KbError
from kb.identity import parse_date
from kb.ui import links
from kb.ui.html import inside, outside


def wide() -> None:
    """Give the page the room that tables and pictures need; lines of text stay narrow."""
    st.html(
        "<style>.stMainBlockContainer { max-width: 82rem; } .stMainBlockContainer .kb { max-width: 46rem; }</style>"
    )


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


def best_connected(shown: Map) -> str:
    """The note with most connections, where nothing else says where to begin."""
    degrees: dict[str, int] = {entry.node.id: 0 for entry in shown.nodes}
    for edge in shown.edges:
        degrees[edge.source] += 1
        degrees[edge.target] += 1
    return max(degrees, key=lambda i: (i.startswith("note:"), degrees[i], i))


def remember(name: str, value: str) -> None:
    """Put a value into the page's address, so that a reload, a bookmark and the back button find it."""
    if value and st.query_params.get(name) != value:
        st.query_params[name] = value


def plot(title: str, spec: dict[str, Any], rows: Sequence[dict[str, Any]], words: str = "") -> None:
    """A plot under a heading, with a sentence on it and its rows as a table that can be opened."""
    st.subheader(title)
    if words:
        st.caption(words)
    st.vega_lite_chart(spec=spec, width="stretch")
    with st.expander("The same as a table"):
        st.caption(spec["description"])
        st.dataframe(list(rows), hide_index=True, width="stretch")
