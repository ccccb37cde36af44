"""What stands around a note or paper in the concept graph, as lists."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from graph.records import Connection, Neighbourhood, NodeKind
from kb.domain import EdgeKind
from kb.errors import NotFound
from kb.language import counted
from kb.library import Library
from kb.ui import links
from kb.ui.html import inside, listed, section
from kb.ui.safe import escaped, words

_KIND_WORDS = {
    EdgeKind.TENSION: "in tension",
    EdgeKind.CITES: "cited paper",
    EdgeKind.USES: "inquiry",
    EdgeKind.NEAR: "semantically near",
    EdgeKind.TOPIC: "same topic",
    EdgeKind.PROPOSED: "proposed by a model",
}


def of(library: Library, node: str) -> Neighbourhood | None:
    """What is around a node; nothing while the graph is behind."""
    try:
        return library.graph.show(node)
    except NotFound:
        return None


def figures(here: Neighbourhood) -> str:
    """How the node stands in the graph, in one line, with the way to the map."""
    found = here.cluster
    cluster = f" · cluster “{escaped(found.name)}”, {counted(found.n_nodes, 'node')}" if found else ""
    direct = f"<strong>{here.n_direct}</strong> direct connection{'s' * (here.n_direct != 1)}"
    counts = f"{direct} · <strong>{here.n_two_hop}</strong> in 2-hop network"
    way = inside(links.on_map(here.node.id), "Open in map")
    return f'<p class="kb-small">{counts} · {escaped(here.density)} cluster{cluster} · {way}</p>'


def heading(here: Neighbourhood) -> str:
    """The heading of the notes next to a note, with its figures."""
    return section(f"Related concepts in this collection: {len(_notes(here))}", figures(here))


def related(here: Neighbourhood) -> str:
    """Notes next to a note: those it links, those that link it, those that are near."""
    places = {c.node.id: "broader note" for c in here.parents} | {c.node.id: "narrower note" for c in here.children}
    return connections(_notes(here), places)


def _notes(here: Neighbourhood) -> list[Connection]:
    return [c for c in here.connections if c.node.kind in (NodeKind.NOTE, NodeKind.DOCUMENT)]


def connections(found: Iterable[Connection], places: Mapping[str, str] = MappingProxyType({})) -> str:
    """Connections as a list: title, how they hang together, the sentence that holds the link or else the summary.

    Args:
        found: what to list.
        places: which of them stand above or below, in words, by id.
    """
    return listed((_row(connection, places.get(connection.node.id, "")) for connection in found), "kb-list")


def titles(found: Iterable[Connection]) -> str:
    """Connections as a list of titles."""
    return listed(inside(links.source(c.node.id), c.node.title) for c in found)


def _row(connection: Connection, place: str) -> str:
    node = connection.node
    facts = [place, *_kinds(connection), node.date or "", _alike(connection), _held(connection)]
    how = " · ".join(filter(None, facts))
    why = connection.why or node.summary
    more = f'<p class="kb-small">{words(why)}</p>' if why else ""
    return f'{inside(links.source(node.id), node.title)}<p class="kb-small kb-faint">{escaped(how)}</p>{more}'


def _kinds(connection: Connection) -> Iterable[str]:
    for kind in connection.kinds:
        if kind is EdgeKind.LINK:
            yield from ["your link"] if connection.outward else []
            yield from ["linked from elsewhere"] if connection.inward else []
        elif kind is not EdgeKind.PARENT:
            yield _KIND_WORDS[kind]


def _alike(connection: Connection) -> str:
    return f"similarity {connection.cosine:.2f}" if connection.cosine is not None else ""


def _held(connection: Connection) -> str:
    return "" if connection.node.held else "known by its facts only"
