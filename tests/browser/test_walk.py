"""Walks that a researcher takes, in a real browser."""

from playwright.sync_api import expect

from tests.browser.conftest import Site, Visit, settled

QUESTION = "Why do smaller models lose reasoning faithfulness?"


def test_from_a_question_to_its_passage_and_note_and_back(visit: Visit, site: Site) -> None:
    """A researcher could not follow a sentence to what it stands on, or would lose the way back."""
    page = visit.page
    page.goto(site.address)
    page.get_by_role("textbox", name="Inquiring line").fill(QUESTION)
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("heading", level=1, name=QUESTION)).to_be_visible()
    citation = page.locator("details.kb-cite").first
    expect(citation.locator("mark")).to_be_hidden()
    citation.locator("summary").press("Enter")
    expect(citation.locator("mark")).to_be_visible()
    title = citation.locator("a.kb-in").first.inner_text()
    page.evaluate("window.sameDocument = true")
    citation.locator("a.kb-in").first.click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    assert "/notes?note=" in page.url
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"
    page.go_back()
    expect(page.get_by_role("heading", level=1, name=QUESTION)).to_be_visible()
    assert not visit.errors
    assert not visit.strangers


def test_a_kept_inquiry_is_shared_by_its_address(visit: Visit, site: Site) -> None:
    """An address sent to a colleague would show something else."""
    page = visit.page
    page.goto(f"{site.address}/?q={QUESTION}")
    settled(page)
    page.get_by_role("link", name="this address").click()
    page.wait_for_url("**/?inquiry=*")
    answer = page.locator(".kb details.kb-cite").count()
    page.goto(page.url)
    settled(page)
    expect(page.get_by_role("heading", level=1, name=QUESTION)).to_be_visible()
    assert page.locator(".kb details.kb-cite").count() == answer > 0


def test_a_prompt_is_copied(visit: Visit, site: Site) -> None:
    """The copy button would copy something else than the prompt, or nothing."""
    page = visit.page
    page.goto(f"{site.address}/?q={QUESTION}")
    settled(page)
    page.get_by_text("Research prompt for your LLM").click()
    code = page.get_by_test_id("stCode")
    code.wait_for()
    code.hover()
    page.get_by_role("button", name="Copy to clipboard").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "arXiv:2411.15382" in copied
    assert copied.strip() == code.locator("code").inner_text().strip()
