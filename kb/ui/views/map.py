"""The concept map: walk from node to node in a picture, or read the same as lists."""

from collections.abc import Collection

import streamlit as st

from graph.records import Connection, Neighbourhood, NodeKind
from kb.language import counted, topic_name
from kb.library import Library
from kb.ui import links, page
from kb.ui.concept_map import concept_map
from kb.ui.html import inside, show, wayfinding
from kb.ui.relations import all_proposed
from kb.ui.safe import escaped, option
from kb.ui.shell import library

_MOST_NODES = 5_000
_SHOWN = 25
_VIEWS = ("Picture", "Lists", "Proposed")
_GROUPS = {
    "parents": "Belongs under", "children": "Holds below it", "tensions": "In tension with", "links": "Links to",
    "backlinks": "What links here", "cites": "Rests on", "cited_by": "Cited by", "inquiries": "Inquiries",
    "near": "Semantically near", "proposed": "Proposed by a model, accepted by nobody",
    "related_notes": "Related notes", "related_papers": "Related papers",
}  # fmt: skip
_OF_A_TOPIC = {"related_notes": "Notes under this topic", "related_papers": "Papers under this topic"}


def _topic(slug: str) -> str:
    return option(topic_name(slug)) or "All topics"


def _picture(opened: Library) -> str:
    """The walkable picture; the id of the node in its centre."""
    topics = list(opened.reading.topics())
    with st.expander("Only a topic, or a span of dates"):
        columns = st.columns([2, 1, 1])
        topic = columns[0].selectbox("Topic", ["", *topics], format_func=_topic)
        since = columns[1].text_input("From", placeholder="YYYY or YYYY-MM")
        until = columns[2].text_input("To", placeholder="YYYY or YYYY-MM")
    spans = [page.date_or_nothing(text) for text in (since, until)]
    shown = page.drawn(opened, _MOST_NODES, topic or "", *spans)
    if not shown.ids:
        st.info("Nothing is dated so or about that. Widen the dates or take all topics.")
        return ""
    start = _start(shown.ids) or shown.first
    n_all = opened.parts.catalog.count("note")
    st.caption(
        f"{counted(len(shown.ids), 'node')}, {counted(shown.n_edges, 'connection')}"
        + (", of the best connected ones" if len(shown.ids) >= _MOST_NODES else "")
        + f"; the library has {counted(n_all, 'note')}. Tab reaches the picture; arrow keys go round, Enter centres, "
        "Backspace goes back, / finds."
    )
    return concept_map(shown.data, version=shown.version, start=start, key="map")


def _start(ids: Collection[str]) -> str:
    """Where the reader was led from outside the picture. It stays as it is while they walk in it.

    All of the map would go to the browser anew with every step otherwise.
    """
    asked = str(st.query_params.get("node", ""))
    if asked in ids and asked != st.session_state.get("map-centre"):
        st.session_state["map-start"] = asked
    start = str(st.session_state.get("map-start", ""))
    return start if start in ids else ""


def _lists(opened: Library) -> str:
    """The same as lists: a node, what is next to it, and the path to another; the id of the node."""
    nodes = page.drawn(opened, _MOST_NODES).ids
    ids = sorted(nodes, key=lambda i: (nodes[i].kind != "note", nodes[i].title))
    asked = str(st.query_params.get("node", ""))
    first = ids.index(asked) if asked in nodes else 0
    here = st.selectbox("Node", ids, index=first, format_func=lambda i: option(f"{nodes[i].title} ({nodes[i].kind})"))
    there = st.selectbox(
        "Path to", ids, index=None, format_func=lambda i: option(nodes[i].title), placeholder="Where to"
    )
    if here and there:
        _path(opened, here, there)
    if here:
        _around(opened.graph.show(here))
    return here or ""


def _path(opened: Library, here: str, there: str) -> None:
    path = opened.graph.path(here, there)
    if not path.steps:
        st.info("Nothing connects the two." if here != there else "The two are the same.")
        return
    items = [f"<li>{page.linked(path.start)}</li>"]
    items += [
        f"<li>{page.linked(s.target)}{_faint(s.why)}{_faint(s.proposed) if s.proposed else ''}</li>" for s in path.steps
    ]
    show(f"<h2>{counted(len(path.steps), 'step')}</h2><ol>{''.join(items)}</ol>")


def _faint(text: str) -> str:
    return f"<p class='kb-small kb-faint'>{escaped(text)}</p>"


def _around(found: Neighbourhood) -> None:
    cluster = f" · cluster: {escaped(found.cluster.name)} ({found.cluster.label})" if found.cluster else ""
    direct = f"{found.n_direct} direct connection{'s' * (found.n_direct != 1)}"
    counts = f"{direct} · {found.n_two_hop} in 2-hop network ({found.density}){cluster}"
    is_topic = found.node.kind is NodeKind.TOPIC
    parts = [
        f"<h2>{page.linked(found.node)}</h2>",
        "" if is_topic else f"<p class='kb-small'>{counts}</p>",
        f"<p>{escaped(found.node.claim or found.node.summary)}</p>",
    ]
    for field, words in (_OF_A_TOPIC if is_topic else _GROUPS).items():
        if listed := getattr(found, field):
            rows = "".join(map(_row, listed[:_SHOWN]))
            more = f"<p class='kb-small'>and {len(listed) - _SHOWN} more</p>" if len(listed) > _SHOWN else ""
            more += f"<p class='kb-small'>{inside('map?view=proposed', 'Decide')}</p>" if field == "proposed" else ""
            parts.append(f"<h3>{words} ({len(listed)})</h3><ul>{rows}</ul>{more}")
    show(f"{''.join(parts)}")


def _row(connection: Connection) -> str:
    cosine = "" if connection.cosine is None else f" <span class='kb-small kb-faint'>{connection.cosine:.2f}</span>"
    why = _faint(connection.why) if connection.why else ""
    return f"<li>{inside(links.on_map(connection.node.id), connection.node.title)}{cosine}{why}</li>"


page.wide()
_asked = str(st.query_params.get("node", ""))
if _asked and _asked not in page.drawn(library(), _MOST_NODES).ids:
    with wayfinding("map", "Map"):
        library().graph.show(_asked)
show("<h1>Map</h1>")
_n_proposed = library().parts.catalog.count("relations")
_view = st.segmented_control(
    "View", _VIEWS, default=next((v for v in _VIEWS if v.casefold() == st.query_params.get("view")), _VIEWS[0]),
    format_func=lambda name: f"{name} ({_n_proposed})" if name == "Proposed" and _n_proposed else name,
    label_visibility="collapsed", key="map-view",
)  # fmt: skip
if "view" in st.query_params or _view != _VIEWS[0]:
    page.remember("view", (_view or _VIEWS[0]).casefold())
if not library().parts.catalog.count("sources"):
    show(page.empty("There is nothing to walk yet."))
elif _view == "Proposed":
    all_proposed(library())
else:
    _centre = _lists(library()) if _view == "Lists" else _picture(library())
    if _centre and _centre.startswith(("note:", "arxiv:", "document:", "inquiry:", "topic:")):
        st.session_state["map-centre"] = _centre
        page.remember("node", _centre)
        show(f"<p class='kb-small'>{inside(links.source(_centre), 'Read what is in the centre')}</p>")
