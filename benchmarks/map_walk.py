"""A walk over an exported map in a browser: how soon it shows, how soon a step is drawn, what blocks the page.

    python benchmarks/map_walk.py LIBRARY [--nodes 5000] [--steps 60] [--json]

Exports the map of a library's best connected nodes, opens it in Debian's Chromium, clicks from node to node at random
and types into both searches. The named alternative is the same page without a level of detail: every node and every
edge is drawn at every step. A third page has one note that links to all the others, where the walk begins. A step
counts from the click to the frame after the one in which it was drawn.
"""

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

from common import report
from playwright.sync_api import Browser, Page, sync_playwright

import graph.export
from graph.export import as_html
from graph.records import Map, MapEdge
from kb.domain import EdgeKind
from kb.library import Library

WORDS = ("faithfulness of reasoning", "small models", "distillation", "zzz", "2305.04388")
# Every node on one disc, those that are fewer steps away nearer to its middle; every edge is drawn.
EVERYTHING = """
function mapLayout(model, letter) {
  const usual = usualLayout(model, letter);
  function neighbourhood(centre, more, width, height) {
    const seen = new Set([centre]), queue = [centre];
    for (let k = 0; k < queue.length; k++)
      for (const other of model.around(queue[k]).keys()) if (!seen.has(other)) { seen.add(other); queue.push(other); }
    model.nodes.forEach((_, i) => { if (!seen.has(i)) queue.push(i); });
    const spots = new Map(queue.map((i, k) => {
      const far = Math.sqrt(k / queue.length) / 2, turn = k * 2.399963;
      const x = Math.cos(turn) * far * width, y = Math.sin(turn) * far * height;
      return [i, { x, y, ring: k ? 2 : 0, path: true, side: "right", chars: 40 }];
    }));
    return { ...usual.neighbourhood(centre, more, width, height), spots };
  }
  return { ...usual, neighbourhood };
}
"""
STEP = """async (chance) => {
  const dots = [...document.querySelectorAll("[data-node]:not(.kbmap-centre)")];
  const dot = dots[Math.floor(chance * dots.length)];
  if (!dot) return null;
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const began = performance.now();
  dot.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await frame();
  await frame();
  return performance.now() - began;
}"""
WATCH = """
  window.tasks = [];
  new PerformanceObserver((list) => list.getEntries().forEach((task) => window.tasks.push(task.duration)))
    .observe({ type: "longtask", buffered: true });
"""
PAINTED = """new Promise((done) => new PerformanceObserver((list) => {
  const found = list.getEntriesByName("first-contentful-paint")[0];
  if (found) done(found.startTime);
}).observe({ type: "paint", buffered: true }))"""


def pages(root: Path, nodes: int, folder: Path) -> dict[str, Path]:
    """The exported page, the same page drawing everything, and the page with a hub; by what they are called."""
    with Library.open(root) as library:
        library.refresh()
        found = library.graph.map(nodes)
        usual, hub = as_html(found), as_html(with_hub(found))
        script = graph.export.component_script()
        graph.export.component_script = lambda: (
            script.replace("function mapLayout", "function usualLayout") + EVERYTHING
        )
        everything = as_html(found)
    assert "usualLayout" in everything
    files = {}
    for name, text in {"level of detail": usual, "with a hub": hub, "everything drawn": everything}.items():
        files[name] = folder / f"{name.replace(' ', '-')}.html"
        files[name].write_text(text, encoding="utf-8")
    return files


def with_hub(found: Map) -> Map:
    """The map with links from its first note to everything else."""
    first = next(entry.node.id for entry in found.nodes if entry.node.kind == "note")
    others = [entry.node.id for entry in found.nodes if entry.node.id != first]
    links = [MapEdge(source=first, target=o, kind=EdgeKind.LINK, why="A sentence that holds a link.") for o in others]
    return found.model_copy(update={"edges": (*found.edges, *links)})


def measured(browser: Browser, file: Path, steps: int) -> dict[str, float]:
    """One visit: milliseconds, and MB of the page's file."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(300_000)
    page.add_init_script(WATCH)
    page.goto(file.as_uri())
    page.locator(".kbmap-panel h2").wait_for()
    shown = page.evaluate(PAINTED)
    opening = longest(page)
    chances = [(n * 0.618034) % 1 for n in range(steps)]
    taken = sorted(time for chance in chances if (time := page.evaluate(STEP, chance)) is not None)
    walking = longest(page)
    for name in ("Find a node", "Path to"):
        finder = page.get_by_role("combobox", name=name)
        for words in WORDS:
            finder.fill("")
            finder.press_sequentially(words)
            finder.press("Enter")
    searching = longest(page)
    page.context.close()
    return {
        "file_mb": file.stat().st_size / 1e6, "first_paint_ms": shown, "longest_task_opening_ms": opening,
        "step_p50_ms": statistics.median(taken), "step_p95_ms": taken[int(len(taken) * 0.95)],
        "longest_task_walking_ms": walking, "longest_task_searching_ms": searching,
    }  # fmt: skip


def longest(page: Page) -> float:
    """Milliseconds of the longest task on the main thread since this was last asked; 0 where none took 50."""
    page.wait_for_timeout(200)
    return float(page.evaluate("Math.max(0, ...window.tasks.splice(0))"))


def main() -> None:
    """Measure both pages in one run and print what they took."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("library", type=Path)
    arguments.add_argument("--nodes", type=int, default=5_000)
    arguments.add_argument("--steps", type=int, default=60)
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        files = pages(given.library, given.nodes, Path(folder))
        rows = [{"page": name, **measured(browser, file, given.steps)} for name, file in files.items()]
        browser.close()
    report("map_walk", rows, f"{given.nodes} nodes, {given.steps} steps, times in milliseconds")


if __name__ == "__main__":
    main()
