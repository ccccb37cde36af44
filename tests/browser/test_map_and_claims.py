"""From a note to the map, to a prompt, and back with an answer that reaches the ledger, in a real browser."""

import re

from playwright.sync_api import Locator, Page, expect

from kb.library import Library
from tests.browser.conftest import Site, Visit, settled

ANSWER = """\
The loss of faithfulness was measured again.

```text
@answer {prompt}
@claim C1 | verdict: weakened | paper: arXiv:2502.07266 | date: 2025-02 | title: When More Is Less | why: length matters more
@end {prompt}
```
"""


def in_centre(page: Page) -> str:
    """The title of the node in the map's centre."""
    return str(page.locator(".kbmap-panel h2").inner_text())


def dot(page: Page, title: str) -> Locator:
    """A note's sign in the picture."""
    return page.get_by_role("button", name=f"Note: {title}").locator("circle")


def test_from_a_note_over_the_map_to_the_ledger(visit: Visit, site: Site) -> None:
    """The loop that the library is for would be broken somewhere: walk, ask another model, take its answer in."""
    page = visit.page
    page.goto(f"{site.address}/notes?note=does-tuning-loosen-steps")
    settled(page)
    page.get_by_role("link", name="Open in map").first.click()
    page.locator(".kbmap-panel h2").wait_for()
    assert in_centre(page) == "Does tuning loosen the steps from the answer?"
    dot(page, "Can tuning keep the steps honest?").click()
    page.wait_for_url("**/map?node=note%3Acan-tuning-keep-steps")
    assert in_centre(page) == "Can tuning keep the steps honest?"
    page.get_by_role("button", name="Back", exact=True).click()
    page.wait_for_url("**/map?node=note%3Adoes-tuning-loosen-steps")

    with Library.open(site.root) as library:
        claim = library.claims.list()[0]
    page.goto(f"{site.address}/claims?claim={claim.id}")
    settled(page)
    page.get_by_role("button", name="Make a prompt for this claim").click()
    code = page.get_by_test_id("stCode")
    code.wait_for()
    code.hover()
    page.get_by_role("button", name="Copy to clipboard").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert claim.claim.text in copied
    prompt_id = re.search(r"p-[0-9a-f]{8}", copied)[0]

    page.goto(f"{site.address}/claims?view=Answers")
    settled(page)
    page.get_by_label("Answer").fill(ANSWER.format(prompt=prompt_id))
    page.get_by_role("button", name="Audit it").click()
    page.wait_for_url("**/claims?*reply=r-*")
    page.get_by_role("button", name="Accept", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 accepted")
    page.goto(f"{site.address}/claims?claim={claim.id}")
    settled(page)
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    expect(page.locator(".kb", has_text="arXiv:2502.07266").first).to_be_visible()
    assert not visit.errors
    assert not visit.strangers


def test_the_map_is_walked_by_keyboard(visit: Visit, site: Site) -> None:
    """Who uses no mouse could not walk."""
    page = visit.page
    page.goto(f"{site.address}/map?node=note%3Adoes-tuning-loosen-steps")
    page.locator(".kbmap-centre").focus()
    before = in_centre(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".kbmap-panel h2")).not_to_have_text(before)
    page.keyboard.press("Backspace")
    expect(page.locator(".kbmap-panel h2")).to_have_text(before)
    assert not visit.errors


def test_a_reload_keeps_where_one_is(visit: Visit, site: Site) -> None:
    """Work would be lost on a reload."""
    page = visit.page
    page.goto(f"{site.address}/map")
    dot(page, "Do long chains hurt small models?").click()
    page.wait_for_url("**/map?node=note%3Adoes-length-hurt-small-models")
    page.reload()
    page.locator(".kbmap-panel h2").wait_for()
    assert in_centre(page) == "Do long chains hurt small models?"
