"""The row above a list that narrows it, and the pages below it.

All of it stands in the address, from which every widget takes its value: a list can be shared, and the back button
leads to the list as it was.
"""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from kb.domain import Source, SourceKind
from kb.language import topic_name
from kb.library import Library
from kb.library.reading import Wanted
from kb.ui.html import listed, show
from kb.ui.safe import option

PAGE_SIZE = 20
_NARROWING = ("topic", "cluster", "since", "until", "kind")


def narrowed(library: Library, kinds: Mapping[str, tuple[SourceKind, ...]]) -> Wanted:
    """What the person wants to see, as the address says and the row changes it.

    Args:
        library: knows topics and clusters.
        kinds: kinds of sources that the list can hold, by the word for each; the first unless another is asked.
    """
    find = typed("Search", "find", "Words in any order")
    is_narrowed = any(st.query_params.get(name) for name in _NARROWING)
    with st.expander("Filter by topic, cluster, date, kind", icon=":material/filter_list:", expanded=is_narrowed):
        left, right = st.columns(2)
        with left:
            counts = library.reading.topics()
            topic = _picked("Topic", "topic", {t: f"{topic_name(t)} ({n})" for t, n in counts.items()})
            since = typed("From", "since", "YYYY-MM", 10)
        with right:
            views = library.reading.clusters()
            names = {str(v.cluster.number): f"{v.cluster.name} ({v.cluster.n_nodes})" for v in views}
            cluster = _picked("Cluster", "cluster", names)
            until = typed("Until", "until", "YYYY-MM", 10)
        kind = ticked("Kind", "kind", list(kinds))
    remember(find=find, topic=topic, cluster=cluster, since=since, until=until, kind=kind)
    chosen = kinds.get(kind, next(iter(kinds.values())))
    return Wanted(chosen, find, topic, int(cluster) if cluster else None, since, until)


def listing(
    library: Library,
    title: str,
    kinds: Mapping[str, tuple[SourceKind, ...]],
    row: Callable[[Source], str],
    nothing: str,
) -> Wanted:
    """A page that lists sources: its heading, what narrows it, the rows and the way to further ones.

    Args:
        library: whose sources.
        title: the heading.
        kinds: as `narrowed` takes them.
        row: HTML of one source.
        nothing: HTML where none fits.
    """
    show(f"<h1>{title}</h1>")
    wanted = narrowed(library, kinds)
    _, n = library.reading.find(wanted, n=0)
    rows, below = st.container(), st.container()
    with below:
        first = leafed(n)
    found, _ = library.reading.find(wanted, first=first, n=PAGE_SIZE)
    with rows:
        if found:
            show(f'<p class="kb-small kb-faint" role="status">{n:,} found</p>', listed(map(row, found), "kb-list"))
        else:
            show(nothing)
    return wanted


def typed(title: str, name: str, example: str, longest: int = 500) -> str:
    """A field of text that the address knows as `name`."""
    value = st.query_params.get(name, "")[:longest]
    return (st.text_input(title, value, placeholder=example, max_chars=longest) or "").strip()


def ticked(title: str, name: str, options: Sequence[str]) -> str:
    """One of a few options; the first of them is no part of the address."""
    asked = st.query_params.get(name, "")
    index = options.index(asked) if asked in options else 0
    chosen = st.radio(title, options, index, horizontal=True) or options[0]
    return "" if chosen == options[0] else chosen


def _picked(title: str, name: str, options: Mapping[str, str]) -> str:
    """One of many options, given by what the address says and the words for it; empty for any."""
    values = ["", *options]
    asked = st.query_params.get(name, "")
    index = values.index(asked) if asked in options else 0
    return st.selectbox(title, values, index, format_func=lambda v: option(options[v]) if v else "Any") or ""


def remember(**values: str) -> None:
    """Put what was chosen into the address and make the page anew, where it is not there already."""
    wanted = {name: value for name, value in values.items() if value}
    known = {name: st.query_params[name] for name in values if st.query_params.get(name)}
    if wanted != known:
        st.query_params.from_dict(wanted)
        st.rerun()


def leafed(n: int) -> int:
    """Which row a page of the list begins with; draws the way to other pages where there are any."""
    n_pages = max(1, -(-n // PAGE_SIZE))
    asked = st.query_params.get("page", "1")
    page = min(max(1, int(asked)), n_pages) if asked.isdecimal() and len(asked) < 7 else 1
    if n_pages > 1:
        chosen = int(st.number_input(f"Page, of {n_pages:,}", 1, n_pages, page, width=160))
        if chosen != page:
            st.query_params["page"] = str(chosen)
            st.rerun()
    return (page - 1) * PAGE_SIZE
