"""Words that mean harm, in a real browser: no script runs, no stranger is asked, no dialog opens."""

from collections.abc import Iterator

import pytest

from kb.library import Library
from tests.browser.conftest import Site, serving, settled, visiting
from tests.conftest import write_notes
from tests.hostile_words import furnish, numbers

VIEWS = {
    "/notes": 15, "/notes?note=hostile-00": 12, "/notes?note=hostile-05": 12, "/papers": 100, "/papers?paper=2501.00003": 8,
    "/inquiries": 15, "/?inquiry=hostile-00": 10, "/?inquiry=hostile-07": 10, "/?q=Do small models lose <img src=x>?": 1,
    "/claims?view=Timeline": 10, "/claims?reply=r-hostile": 200, "/claims": 0, "/map?node=note:hostile-02": 1, "/add": 0,
    "/overview": 0,
}  # fmt: skip
"""Each with how many payloads it shows at least, outside its canvases."""


@pytest.fixture(scope="module")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The pages over a library in which every word of others is a payload."""
    root = Library.create(tmp_path_factory.mktemp("hostile") / "library")
    write_notes(root / "notes")
    furnish(root)
    with serving(root) as served:
        yield served


@pytest.mark.parametrize("view", VIEWS)
def test_hostile_words_do_nothing(browser, hostile_site: Site, view: str) -> None:
    """A text would run script on the page, load from elsewhere, open a dialog, or carry links that run script."""
    dialogs: list[str] = []
    with visiting(browser, hostile_site.address) as visit:
        page = visit.page
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.goto(hostile_site.address + view)
        settled(page)
        page.wait_for_timeout(500)
        for fold in page.locator(".kb details > summary").all()[:12]:
            fold.click()
        page.mouse.move(300, 400)
        assert page.evaluate("window.pwned") is None
        links = page.eval_on_selector_all(".kb a[href]", "all => all.map(a => a.protocol)")
        assert set(links) <= {"http:", "https:", "mailto:"}
        assert not page.locator(
            ".kb :is(img, svg, script, iframe, form, input, style, base, meta, object, [onclick])"
        ).count()
        if view.startswith("/map"):
            page.locator(".kbmap-panel h2").wait_for()
            assert numbers(page.locator(".kbmap").inner_text())
            page.get_by_text("Lists", exact=True).click()
            page.get_by_role("combobox", name="Node", exact=True).click()
            page.get_by_role("option").first.wait_for()
        shown = " ".join(page.locator("[data-testid=stMain], .kbmap").all_inner_texts())
        assert len(numbers(shown)) >= VIEWS[view]
        assert not dialogs
        assert not visit.strangers
        assert page.url.startswith(hostile_site.address)
