"""The map as one exported page, in a real browser: keys, history, narrow screens, the same paths as the command's."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, Page, expect

from graph.export import as_html
from graph.records import Map, MapEdge, MapNode, Node, NodeKind
from kb.domain import EdgeKind
from kb.library import Library

TITLE = ".kbmap-panel h2"
LOOSEN, ERODE = (
    "Does fine-tuning disconnect reasoning steps from final answers?",
    "Does RL erode reasoning faithfulness?",
)
MEASURE = """(pairs) => {
  const model = mapModel(JSON.parse(document.getElementById("data").textContent));
  return pairs.map(([a, b]) => model.path(model.byId.get(a), model.byId.get(b)).map((i) => model.nodes[i].id));
}"""


@pytest.fixture(scope="module")
def address(seed_library: Library, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of the seed library's map."""
    file = tmp_path_factory.mktemp("exported") / "map.html"
    file.write_text(seed_library.graph.export("html"), encoding="utf-8")
    return file.as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The map in a window of usual size."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


def click(page: Page, title: str) -> None:
    page.locator(f'[aria-label="Note: {title}"] circle').click()


def test_keys_answer_wherever_the_reader_clicked(page: Page):
    """After loading, or a click on empty space, the keys that the map promises would do nothing."""
    finder = page.get_by_role("combobox", name="Find a node")
    page.keyboard.press("/")
    expect(finder).to_be_focused()
    page.keyboard.type("does rl erode")
    page.keyboard.press("Enter")
    expect(page.locator(TITLE)).to_have_text(ERODE)
    page.mouse.click(5, 300)
    page.locator(".kbmap-panel").click(position={"x": 5, "y": 5})
    page.keyboard.press("Backspace")
    expect(page.locator(TITLE)).to_have_text(LOOSEN)
    page.mouse.click(5, 300)
    page.keyboard.press("/")
    expect(finder).to_be_focused()


def test_the_browsers_history_is_the_readers_way(page: Page, address: str):
    """The Back button would leave the page although each node has an address."""
    click(page, ERODE)
    expect(page.locator(TITLE)).to_have_text(ERODE)
    click(page, LOOSEN)
    page.go_back()
    expect(page.locator(TITLE)).to_have_text(ERODE)
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.locator(TITLE)).to_have_text(LOOSEN)
    expect(page.get_by_role("button", name="Back", exact=True)).to_be_disabled()
    page.go_forward()
    expect(page.locator(TITLE)).to_have_text(ERODE)
    assert page.title().startswith(ERODE)
    page.reload()
    expect(page.locator(TITLE)).to_have_text(ERODE)
    assert page.url.startswith(address)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
def test_nothing_covers_anything_and_words_can_be_read(
    browser: Browser, address: str, width: int, height: int, scheme: str
):
    """On a phone labels were five pixels high and the status line lay over the panel."""
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    boxes = [page.locator(part).bounding_box() for part in ("svg[role=group]", ".kbmap-legend", ".kbmap-status")]
    assert all(a["y"] + a["height"] <= b["y"] + 1 for a, b in pairwise(boxes))
    panel = page.locator(".kbmap-panel").bounding_box()
    assert panel["x"] >= boxes[0]["x"] + boxes[0]["width"] - 1 or panel["y"] >= boxes[2]["y"] + boxes[2]["height"] - 1
    labels = [label.bounding_box() for label in page.locator(".kbmap-node text:not(.kbmap-outer)").all()]
    assert len(labels) > 5
    assert all(box["height"] >= 13 and box["x"] >= 0 and box["x"] + box["width"] <= width for box in labels)
    rows = sorted((box for box in labels[1:] if box["x"] < width / 3), key=lambda box: box["y"])
    assert all(b["y"] - a["y"] >= 14 for a, b in pairwise(rows))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("combobox", name="Path to").fill("2305.04388")
    page.keyboard.press("Enter")
    picture = page.locator("svg[role=group]").bounding_box()
    for box in (label.bounding_box() for label in page.locator(".kbmap-node text").all()):
        assert box["x"] >= picture["x"]
        assert box["x"] + box["width"] <= picture["x"] + picture["width"]
    context.close()


COVERED = """() => {
  const boxes = (what) => [...document.querySelectorAll(what)].map((part) => part.getBoundingClientRect());
  const labels = boxes(".kbmap-node text:not(.kbmap-outer)");
  const signs = boxes(".kbmap-node:has(.kbmap-outer) > :is(circle, rect, path)");
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return [signs.length, labels.filter((label) => signs.some((sign) => meet(label, sign))).length];
}"""


@pytest.mark.parametrize(("width", "height"), [(1000, 700), (1100, 1000), (1440, 900)])
def test_no_sign_lies_on_a_label(browser: Browser, address: str, width: int, height: int):
    """A title would begin or end under the sign of another node."""
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(address)
    for title in (LOOSEN, ERODE, LOOSEN):
        expect(page.locator(TITLE)).to_have_text(title)
        n_signs, n_covered = page.evaluate(COVERED)
        assert n_signs > 10
        assert n_covered == 0
        click(page, ERODE if title == LOOSEN else LOOSEN)
    context.close()


def test_the_page_says_what_it_is_and_how_to_walk(page: Page):
    """Who was sent the page would see fields and dots and no word of what they are."""
    expect(page.get_by_role("heading", level=1)).to_contain_text("Concept map of")
    expect(page.locator(".kbmap-keys")).to_contain_text("Backspace goes back")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(browser: Browser, address: str, scheme: str):
    """The page would keep people out: too little contrast, no names for controls."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    report = axe.Axe().run(page).response
    context.close()
    assert len(report["passes"]) > 10, "the audit saw no page"
    assert not [v for v in report["violations"] if v["impact"] in ("serious", "critical")]


def test_a_node_that_all_others_hang_on_is_listed_in_part(browser: Browser, tmp_path: Path):
    """A table of contents with thousands of links would block the page for a second."""
    others = [Node(id=f"note:n{i}", kind=NodeKind.NOTE, title=f"Note {i}") for i in range(200)]
    hub = Node(id="note:hub", kind=NodeKind.NOTE, title="Contents")
    edges = tuple(MapEdge(source=hub.id, target=other.id, kind=EdgeKind.LINK) for other in others)
    nodes = tuple(MapNode(node=node) for node in (hub, *others))
    (tmp_path / "map.html").write_text(as_html(Map(title="M", nodes=nodes, edges=edges, clusters=())), encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "map.html").as_uri())
    expect(page.locator(TITLE)).to_have_text("Contents")
    entries = page.locator(".kbmap-panel li")
    assert 28 < entries.count() < 100
    page.get_by_role("button", name="List all 200").click()
    expect(entries).to_have_count(200)
    expect(page.locator(".kbmap-status")).to_have_text("200 direct connections, 200 within two steps, 172 not drawn.")
    page.close()


@pytest.mark.parametrize("query", ["2305.04388v2", "https://arxiv.org/abs/2305.04388v1", "arXiv:2305.04388"])
def test_a_paper_is_found_by_any_version(page: Page, query: str):
    """An id pasted from elsewhere would find nothing."""
    page.get_by_role("combobox", name="Find a node").fill(query)
    page.keyboard.press("Enter")
    expect(page.locator(".kbmap-id")).to_contain_text("arxiv:2305.04388")


def test_paths_are_those_of_the_command(page: Page, seed_library: Library):
    """The page and the command would lead over different notes."""
    ids = [entry.node.id for entry in seed_library.graph.map().nodes if entry.node.kind != "topic"]
    chance = Random(5)
    pairs = [chance.sample(ids, 2) for _ in range(150)]
    found = page.evaluate(MEASURE, pairs)
    assert max(map(len, found)) > 4
    for (start, end), way in zip(pairs, found, strict=True):
        steps = seed_library.graph.path(start, end).steps
        assert [start, *(step.target.id for step in steps)] == way


def test_the_page_is_a_file_by_itself(page: Page, address: str, tmp_path: Path):
    """A page that was sent to somebody would be empty."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(page.locator(TITLE)).to_have_text(LOOSEN)
    assert [url.partition("#")[0] for url in asked] == [address]
