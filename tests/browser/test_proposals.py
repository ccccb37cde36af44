"""A person decides on what a model proposes, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from kb.library import Library
from tests.browser.conftest import Site, serving, settled, visiting
from tests.conftest import write_notes
from tests.proposed import KEEP, LOOSEN, QUOTES, WHY, propose


@pytest.fixture
def proposing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The pages over five notes, of two of which a relation is proposed."""
    root = Library.create(tmp_path_factory.mktemp("proposing") / "library")
    write_notes(root / "notes")
    with Library.open(root) as library:
        propose(library)
    with serving(root) as served:
        yield served


def test_a_relation_is_read_accepted_by_key_and_then_a_link_like_others(browser, proposing: Site) -> None:
    """What a model proposes could be decided on in a terminal only, or be written without a word."""
    with visiting(browser, proposing.address) as visit:
        page = visit.page
        page.goto(f"{proposing.address}/map")
        settled(page)
        page.get_by_text("Proposed (1)").click()
        page.wait_for_url("**/map?*view=proposed*")
        for words in (*QUOTES.values(), f"Challenges [[{LOOSEN}]]: {WHY}"):
            expect(page.get_by_text(words).first).to_be_visible()
        page.get_by_role("button", name="Accept").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"It is written at the end of {KEEP}.md")).to_be_visible()
        expect(page.get_by_text("No relation waits for a decision")).to_be_visible()
        page.goto(f"{proposing.address}/notes?note={KEEP}")
        settled(page)
        expect(page.get_by_role("heading", name="Proposed by a model")).to_have_count(0)
        expect(page.get_by_role("heading", name="See also")).to_be_visible()
        assert not visit.errors
    written = (proposing.root / "notes" / f"{KEEP}.md").read_text(encoding="utf-8")
    assert written.endswith(f"## See also\n\n- Challenges [[{LOOSEN}]]: {WHY}\n")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_proposals_can_be_read_and_reached_by_all(browser, proposing: Site, scheme: str) -> None:
    """The buttons that decide would have no names or too little contrast, or not fit on a phone."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{proposing.address}/map?view=proposed")
    settled(page)
    page.get_by_role("button", name="Reject").wait_for()
    report = axe.Axe().run(page).response
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert width <= 390
    assert len(report["passes"]) > 10, "the audit saw no page"
    assert not [v["id"] for v in report["violations"] if v["impact"] in ("serious", "critical")]
