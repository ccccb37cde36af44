"""A map in formats that other programs read, and as a page that opens offline.

Words of notes and papers are data in all of them, escaped as each format wants; that a map's words hold no control
characters is the doing of whoever made it.
"""

import base64
import hashlib
import html
import json
import math
import re
from collections import defaultdict
from importlib import resources
from string import Template
from typing import Any

from graph.adjacency import STRENGTH
from graph.records import Map, MapEdge, MapNode, NodeKind
from kb.domain import EdgeKind

_MAP_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; }
@media (min-width: 52.01rem) { #map { height: 100vh; } }
"""
_MOUNT = """
mountMap(document.getElementById("map"), JSON.parse(document.getElementById("data").textContent), { isPage: true });
"""
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CARD_WIDTH, _CARD_HEIGHT, _GAP = 380, 160, 60


def as_json(found: Map) -> str:
    """The map's record."""
    return found.model_dump_json(indent=1)


def as_graphml(found: Map) -> str:
    """GraphML (http://graphml.graphdrawing.org), as networkx writes it."""
    import networkx as nx

    graph = nx.MultiDiGraph()
    for entry in found.nodes:
        node = entry.node
        graph.add_node(node.id, kind=str(node.kind), title=_in_xml(node.title), cluster=entry.cluster)
    for edge in found.edges:
        known: dict[str, str | float] = {"kind": str(edge.kind), "why": _in_xml(edge.why)}
        if edge.cosine is not None:
            known |= {"cosine": edge.cosine}
        if edge.relation is not None:
            known |= {"relation": str(edge.relation)}
        graph.add_edge(edge.source, edge.target, **known)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + "\n".join(nx.generate_graphml(graph))


def as_dot(found: Map) -> str:
    """Graphviz's language (https://graphviz.org/doc/info/lang.html)."""
    lines = ["digraph kb {", "  node [shape=box];"]
    for entry in found.nodes:
        shape = "ellipse" if entry.node.kind is NodeKind.NOTE else "box"
        lines.append(f"  {_quoted(entry.node.id)} [label={_quoted(entry.node.title)}, shape={shape}];")
    for edge in found.edges:
        undirected = ", dir=none" if edge.kind in (EdgeKind.NEAR, EdgeKind.TENSION) else ""
        dotted = ", style=dotted" if edge.relation else ""
        label = _quoted(_label(edge))
        lines.append(f"  {_quoted(edge.source)} -> {_quoted(edge.target)} [label={label}{undirected}{dotted}];")
    return "\n".join([*lines, "}"])


def as_canvas(found: Map) -> str:
    """JSON Canvas 1.0 (https://jsoncanvas.org/spec/1.0/), which Obsidian opens; notes are cards of their files.

    A cluster is a block of cards, the blocks stand side by side; papers and inquiries are cards of text.
    """
    members: dict[int, list[MapNode]] = defaultdict(list)
    for entry in found.nodes:
        if entry.node.kind is not NodeKind.TOPIC:
            members[entry.cluster].append(entry)
    names = {entry.node.id: f"n{i}" for i, entry in enumerate(found.nodes)}
    cards: list[dict[str, Any]] = []
    left = 0
    for cluster in sorted(members, key=lambda number: (number < 0, number)):
        own = members[cluster]
        columns = math.ceil(math.sqrt(len(own)))
        cards += [_card(entry, names, left, i % columns, i // columns) for i, entry in enumerate(own)]
        left += columns * (_CARD_WIDTH + _GAP) + 3 * _GAP
    edges = [
        {"id": f"e{i}", "fromNode": names[e.source], "toNode": names[e.target], "label": _label(e)}
        for i, e in enumerate(found.edges)
        if e.kind is not EdgeKind.TOPIC
    ]
    return json.dumps({"nodes": cards, "edges": edges}, ensure_ascii=False, indent=1)


def as_html(found: Map) -> str:
    """One page that holds everything it needs, loads nothing and runs no script but its own.

    The page's policy names its script and style by their hashes, so nothing that a title smuggles in could run even if
    it were not escaped.
    """
    script, style = component_script() + _MOUNT, asset("map.css") + _MAP_STYLE
    return Template(asset("page.html")).substitute(
        title=html.escape(found.title),
        script=script,
        style=style,
        script_hash=_hash(script),
        style_hash=_hash(style),
        data=_json_in_html(component_data(found)),
    )


def component_data(found: Map) -> dict[str, Any]:
    """What `mountMap` of assets/map.js draws; its comment says what stands where."""
    place = {entry.node.id: i for i, entry in enumerate(found.nodes)}
    kinds = list(EdgeKind)
    nodes = []
    for entry in found.nodes:
        node = entry.node
        words = (node.title, node.claim, node.summary)
        nodes.append([node.id, str(node.kind), *words, node.date, entry.cluster, node.held])
    edges = [[place[e.source], place[e.target], kinds.index(e.kind), e.why, e.cosine] for e in found.edges]
    return {
        "title": found.title,
        "nodes": nodes,
        "edges": edges,
        "kinds": [str(kind) for kind in kinds],
        "strengths": [STRENGTH[kind] for kind in kinds],
        "clusters": [[cluster.name, cluster.label] for cluster in found.clusters],
    }


def component_script() -> str:
    """The map's script: what it knows, where it draws, and the map itself."""
    return "".join(map(asset, ("map_model.js", "map_layout.js", "map.js")))


def asset(name: str) -> str:
    """A file of the map's component: one of its scripts, map.css or page.html."""
    return resources.files("graph").joinpath("assets", name).read_text(encoding="utf-8")


EXPORTS = {"graphml": as_graphml, "json": as_json, "html": as_html, "dot": as_dot, "obsidian-canvas": as_canvas}
"""Writers by the name of their format."""


def _label(edge: MapEdge) -> str:
    """What an edge is; one that a model proposes says so and how the one bears on the other."""
    return f"{edge.kind}: {edge.relation}" if edge.relation else str(edge.kind)


def _card(entry: MapNode, names: dict[str, str], left: int, column: int, row: int) -> dict[str, Any]:
    node = entry.node
    card: dict[str, Any] = {
        "id": names[node.id],
        "x": left + column * (_CARD_WIDTH + _GAP),
        "y": row * (_CARD_HEIGHT + _GAP),
        "width": _CARD_WIDTH,
        "height": _CARD_HEIGHT,
    }
    if node.file:
        return card | {"type": "file", "file": node.file}
    return card | {"type": "text", "text": _markdown(f"{node.title} ({node.id})")}


def _markdown(text: str) -> str:
    """Words as Markdown that shows them and nothing else."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#+!|$~=" else c for c in text)


def _in_xml(text: str) -> str:
    """Text without the characters that XML has no way to write (https://www.w3.org/TR/xml/#charsets)."""
    return _NOT_IN_XML.sub("", text)


def _quoted(text: str) -> str:
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _json_in_html(value: object) -> str:
    """JSON that no HTML parser reads as anything else."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written


def _hash(text: str) -> str:
    """A source expression of Content Security Policy Level 3."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
