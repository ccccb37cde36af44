"""A language model writes while a reader looks on, in a real browser."""

import threading
from pathlib import Path

from playwright.sync_api import expect

from kb.library import Library
from tests.browser.conftest import serving, settled, visiting
from tests.conftest import write_notes
from tests.model_server import KEY, Asked, Block, Handler, ModelServer, claude

expect.set_options(timeout=60_000)

QUESTION = "Why do smaller models lose reasoning faithfulness?"


def test_sentences_appear_and_stop_keeps_them(browser, tmp_path: Path, models: ModelServer) -> None:
    """The page would stay empty until the model is done, or lose what it wrote when it is stopped."""
    go_on = threading.Event()

    def slow(handler: Handler, asked: Asked) -> None:
        parts = [Block(str(asked.results[i]["content"][0]["text"]), ((i, 0, 1),)) for i in range(3)]
        claude(parts[0], "\n", parts[1], "\n", parts[2], during=lambda n: n == 4 and go_on.wait(60))(handler, asked)

    models.plays = [slow]
    root = Library.create(tmp_path / "library")
    write_notes(root / "notes")
    with (root / "kb.toml").open("a", encoding="utf-8") as settings:
        settings.write('llm = "anthropic"\n')
    key = {"ANTHROPIC_BASE_URL": models.url, "ANTHROPIC_API_KEY": KEY}
    with serving(root, **key) as site, visiting(browser, site.address) as visit:
        page = visit.page
        page.goto(site.address)
        settled(page)
        page.get_by_role("textbox", name="Inquiring line").fill(QUESTION)
        page.get_by_role("button", name="Ask", exact=True).click()
        written = page.get_by_role("log", name="Sentences so far").locator(".p")
        expect(written).to_have_count(2)
        expect(page.get_by_text("Being written, not checked yet")).to_be_visible()
        page.reload()
        expect(written).to_have_count(2)
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("Stopping at the next word")).to_be_visible()
        go_on.set()
        expect(page.get_by_text("it was stopped")).to_be_visible()
        expect(page.locator("details.kb-cite")).to_have_count(2)
        assert not visit.errors
        assert not visit.strangers
    with Library.open(root) as library:
        (kept,) = library.inquiries()
    assert kept.answer.incomplete
    assert len(kept.answer.sentences) == 2
    assert len(models.calls) == 1
