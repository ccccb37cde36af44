"""Rows of tables that are ticked, in a real browser."""

from pathlib import Path

from playwright.sync_api import Page, expect

from kb.library import Library
from tests.arxiv_server import ArxivServer
from tests.browser.conftest import serving, settled, visiting
from tests.conftest import write_notes
from tests.papers import LENGTH

_HEAD = _ROW = 35
"""Height of a table's head and of each row, in pixels."""


def tick(page: Page, *rows: int) -> None:
    """Click the boxes before some rows, from 0."""
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    for row in rows:
        table.click(position={"x": 15, "y": _HEAD + _ROW * row + _ROW / 2})
        page.wait_for_timeout(300)
        settled(page)


def test_ticked_claims_make_a_prompt_for_them_and_no_others(browser, tmp_path: Path) -> None:
    """The prompt would ask about rows that nobody ticked."""
    root = Library.create(tmp_path / "library", seed=True)
    with Library.open(root) as library:
        library.refresh()
        claims = [status.claim.text for status in library.claims.list()]
    with serving(root) as site, visiting(browser, site.address) as visit:
        page = visit.page
        page.goto(f"{site.address}/claims")
        settled(page)
        tick(page, 0, 2)
        page.get_by_role("button", name="Make a prompt for 2 claims").click()
        prompt = page.get_by_test_id("stCode")
        prompt.wait_for()
        asked = prompt.locator("code").inner_text()
        expect(page.locator(".kb li", has_text=claims[2])).to_be_visible()
        assert not visit.errors
    assert claims[0] in asked
    assert claims[2] in asked
    assert not [claim for claim in claims if claim not in (claims[0], claims[2]) and claim in asked]


def test_ticked_papers_are_added(browser, tmp_path: Path, arxiv: ArxivServer) -> None:
    """A paper that was found and ticked would not come in, or another one would."""
    root = Library.create(tmp_path / "library")
    write_notes(root / "notes")
    with serving(root, KB_TEST_SERVER=arxiv.url) as site, visiting(browser, site.address) as visit:
        page = visit.page
        page.goto(f"{site.address}/add")
        settled(page)
        page.get_by_label("Search arXiv").fill("chain")
        page.get_by_role("button", name="Search").click()
        add = page.get_by_role("button", name="Add 0 papers")
        expect(add).to_be_disabled()
        with Library.open(root) as library:
            found = [one.paper.id for one in library.arxiv.search("chain")]
        tick(page, found.index(LENGTH))
        page.get_by_role("button", name="Add 1 paper").click()
        expect(page.get_by_text("1 added")).to_be_visible()
        assert not visit.errors
    with Library.open(root) as library:
        held = [source.id for source in library.sources.find("paper")]
    assert held == [f"arxiv:{LENGTH}v1"]
