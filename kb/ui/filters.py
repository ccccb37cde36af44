"""The row above a list that narrows it, and the pages below it; all of it is kept in the address."""

import streamlit as st

from kb.domain import SourceKind
from kb.library import Library
from kb.library.reading import Wanted
from kb.ui.safe import label

PAGE_SIZE = 20


def narrowed(library: Library, kinds: dict[str, tuple[SourceKind, ...]]) -> Wanted:
    """What the person wants to see, as the address says and the row changes it.

    Args:
        library: knows topics and clusters.
        kinds: kinds of sources that the list can hold, by the word for each; the first is all of them.
    """
    words = st.text_input("Search", key="find", bind="query-params", max_chars=500, placeholder="Words in any order")
    with st.expander("Filter by topic, cluster, date, kind", icon=":material/filter_list:"):
        left, right = st.columns(2)
        counts = library.reading.topics()
        topic = left.selectbox(
            "Topic",
            ["", *counts],
            key="topic",
            bind="query-params",
            format_func=lambda t: label(f"{t.replace('-', ' ')} ({counts[t]})") if t else "Any",
        )
        names = {str(view.cluster.number): view.cluster for view in library.reading.clusters()}
        cluster = right.selectbox(
            "Cluster",
            ["", *names],
            key="cluster",
            bind="query-params",
            format_func=lambda c: label(f"{names[c].name} ({names[c].n_nodes})") if c else "Any",
        )
        since = left.text_input("From", key="since", bind="query-params", placeholder="YYYY-MM", max_chars=10)
        until = right.text_input("Until", key="until", bind="query-params", placeholder="YYYY-MM", max_chars=10)
        kind = st.radio("Kind", list(kinds), key="kind", bind="query-params", horizontal=True)
    return Wanted(
        kinds=kinds[kind or next(iter(kinds))],
        words=words or "",
        topic=topic or "",
        cluster=int(cluster) if cluster else None,
        since=(since or "").strip(),
        until=(until or "").strip(),
    )


def leafed(n: int) -> int:
    """Which row a page of the list begins with; draws the way to other pages where there are any."""
    n_pages = max(1, -(-n // PAGE_SIZE))
    page = min(max(1, int(st.session_state.get("page", 1))), n_pages)
    if n_pages > 1:
        page = int(st.number_input(f"Page of {n_pages:,}", 1, n_pages, page, key="page"))
    return (page - 1) * PAGE_SIZE
