"""Exports: other programs read them, and nothing that a title holds does anything."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.export import EXPORTS, as_canvas, as_dot, as_graphml, as_html, as_json, component_script
from graph.records import Cluster, Map, MapEdge, MapNode, Node, NodeKind
from kb.domain import EdgeKind, RelationKind

PAYLOADS = (
    "<script>document.title='owned'</script>",
    "</script><script>document.title='owned'</script>",
    "<!--<script>document.title='owned'",
    "<img src=x onerror=\"document.title='owned'\">",
    "<svg onload=document.title='owned'>",
    "]]><b>&amp;\"'\\\u2028${document.title='owned'}",
    "$script $data ${style}",
    'x"]; evil [label="',
)


def a_map(titles: tuple[str, ...]) -> Map:
    """A ring of nodes with these titles, the last of them a topic; a model proposes something of the first."""
    kinds = [NodeKind.NOTE, NodeKind.PAPER, NodeKind.INQUIRY, NodeKind.DOCUMENT]
    nodes = [
        MapNode(node=Node(id=f"note:n{i}", kind=kinds[i % 4], title=t, claim=t, summary=t, file=f"n{i}.md"), cluster=0)
        for i, t in enumerate(titles)
    ]
    nodes.append(MapNode(node=Node(id="topic:t", kind=NodeKind.TOPIC, title="t")))
    edges = [
        MapEdge(source=f"note:n{i}", target=f"note:n{(i + 1) % len(titles)}", kind=kind, why=t, cosine=0.5)
        for i, (t, kind) in enumerate(zip(titles, list(EdgeKind)[:-1] * len(titles), strict=False))
    ]
    proposal = {"kind": EdgeKind.PROPOSED, "relation": RelationKind.REBUTS, "why": f"rebuts: {titles[-1]}"}
    edges.append(MapEdge(source="note:n0", target=f"note:n{len(titles) - 1}", **proposal))
    edges.append(MapEdge(source="note:n0", target="topic:t", kind=EdgeKind.TOPIC))
    cluster = Cluster(name=titles[0], number=0, n_nodes=len(titles), label="small")
    return Map(title=titles[0], nodes=tuple(nodes), edges=tuple(edges), clusters=(cluster,))


HOSTILE = a_map(PAYLOADS)


class _Page(HTMLParser):
    """What an HTML parser makes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {}
        self.open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open = dict(attrs).get("id") or tag

    def handle_endtag(self, tag: str) -> None:
        self.open = ""

    def handle_data(self, data: str) -> None:
        self.inside.setdefault(self.open, []).append(data)


def parsed(text: str) -> _Page:
    page = _Page()
    page.feed(text)
    page.close()
    return page


def test_a_page_holds_its_own_tags_only():
    """A title could bring its own script, image or frame."""
    page = parsed(as_html(HOSTILE))
    names = [tag for tag, _ in page.tags]
    assert sorted(set(names)) == ["body", "head", "html", "main", "meta", "noscript", "p", "script", "style", "title"]
    assert names.count("script") == 2
    assert not any(name.startswith("on") or name in ("src", "href") for _, own in page.tags for name in own)


def test_the_page_allows_its_own_script_and_nothing_from_elsewhere():
    """A page that is sent around would call home, or run what a title smuggled in."""
    text = as_html(HOSTILE)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    page = parsed(text)
    for tag, name in (("script", "script-src"), ("style", "style-src")):
        body = "".join(page.inside[tag])
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy[1]
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", component_script())


def test_the_page_gives_the_words_back():
    """What protects from a title would also change it."""
    data = json.loads("".join(parsed(as_html(HOSTILE)).inside["data"]))
    assert [node[2] for node in data["nodes"][:-1]] == list(PAYLOADS)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), min_size=1, max_size=3).map(tuple))
def test_any_title_survives_every_format(titles: tuple[str, ...]):
    """One odd character would make a whole export unreadable."""
    found = a_map(titles)
    data = json.loads("".join(parsed(as_html(found)).inside["data"]))
    assert [node[2] for node in data["nodes"][:-1]] == list(titles)
    assert len(json.loads(as_canvas(found))["nodes"]) == len(titles)
    assert Map.model_validate_json(as_json(found)) == found
    graph = nx.parse_graphml(as_graphml(found).encode("utf-8"), force_multigraph=True)
    assert graph.number_of_nodes() == len(titles) + 1
    # Outside of quoted words a line of DOT is as it was written.
    for line in as_dot(found).split("\n")[2:-1]:
        assert re.fullmatch(r'  "(?:[^"\\]|\\.)*"(?: -> "(?:[^"\\]|\\.)*")? \[[a-z=", A-Z0-9]*.*\];', line, re.DOTALL)


def test_graphml_keeps_kinds_and_reasons():
    """An analysis elsewhere could not tell a tension from a likeness."""
    graph = nx.parse_graphml(as_graphml(a_map(("One", "Two"))), force_multigraph=True)
    assert graph.nodes["note:n0"] == {"kind": "note", "title": "One", "cluster": 0}
    assert {data["kind"] for _, _, data in graph.edges(data=True)} == {"link", "parent", "topic", "proposed"}


def test_what_a_model_proposes_is_told_apart_in_every_format():
    """A guess of a model would pass for a link that somebody wrote."""
    found = a_map(("One", "Two"))
    graph = nx.parse_graphml(as_graphml(found), force_multigraph=True)
    kinds = {(data["kind"], data.get("relation")) for _, _, data in graph.edges(data=True)}
    assert kinds == {("link", None), ("parent", None), ("topic", None), ("proposed", "rebuts")}
    assert '[label="proposed: rebuts", style=dotted]' in as_dot(found)
    assert [e["label"] for e in json.loads(as_canvas(found))["edges"]] == ["link", "parent", "proposed: rebuts"]
    assert [e["relation"] for e in json.loads(as_json(found))["edges"]] == [None, None, "rebuts", None]


def test_a_canvas_shows_notes_as_their_files_and_nothing_on_top_of_each_other():
    """Obsidian would open a heap of cards."""
    canvas = json.loads(as_canvas(a_map(tuple("abcdefghij"))))
    places = [(card["x"], card["y"]) for card in canvas["nodes"]]
    assert len(set(places)) == len(places) == 10
    assert all(card["type"] == "file" and card["file"].endswith(".md") for card in canvas["nodes"])
    known = {card["id"] for card in canvas["nodes"]}
    assert all({edge["fromNode"], edge["toNode"]} <= known for edge in canvas["edges"])


def test_every_format_can_be_made_of_an_empty_map():
    """A new library could not be exported."""
    empty = Map(title="Empty", nodes=(), edges=(), clusters=())
    assert all(write(empty) for write in EXPORTS.values())


@pytest.mark.timeout(60)
def test_a_browser_draws_the_page_and_runs_no_payload(tmp_path: Path):
    """Escaping that looks right could still fail where it counts."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium here")
    (tmp_path / "map.html").write_text(as_html(HOSTILE), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    flags += ["--disable-component-update", "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}"]
    command = [browser, *flags, "--virtual-time-budget=2000", "--dump-dom", (tmp_path / "map.html").as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=50, check=True).stdout
    page = parsed(dom)
    assert "".join(page.inside["title"]).strip() != "owned"
    assert "<title>owned" not in dom
    assert not {"img", "iframe", "b"} & {tag for tag, _ in page.tags}
    assert sum("data-node" in own for _, own in page.tags) >= 4
    assert "direct connections" in dom
    # The legend tells of what a model proposes; it is drawn when the reader asks for it.
    assert "proposed by a model" in page.inside[""]
    drawn = [own.get("class") or "" for tag, own in page.tags if tag == "line"]
    assert len([name for name in drawn if "kbmap-link" in name]) > 1
    assert len([name for name in drawn if "kbmap-proposed" in name]) == 1
