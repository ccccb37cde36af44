"""Every page, audited with axe in both schemes."""

import pytest

from tests.browser.conftest import Site, settled

VIEWS = [
    "/", "/?q=Why do smaller models lose reasoning faithfulness?", "/?q=Do long chains hurt small models?&as_of=2026-09",
    "/inquiries", "/notes", "/notes?note=does-tuning-loosen-steps", "/papers", "/papers?paper=2411.15382", "/map",
    "/claims", "/claims?view=By size", "/claims?view=Answers", "/add", "/verify", "/overview",
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_accessibility(browser, site: Site, view: str, scheme: str) -> None:
    """A page would keep people out: too little contrast, no names for controls, no structure."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(site.address + view)
    settled(page)
    page.wait_for_timeout(800)
    report = axe.Axe().run(page).response
    assert len(report["passes"]) > 10, "the audit saw no page"
    found = [v for v in report["violations"] if v["impact"] in ("serious", "critical")]
    context.close()
    assert not [f"{v['id']}: {n['html'][:200]}" for v in found for n in v["nodes"]]
