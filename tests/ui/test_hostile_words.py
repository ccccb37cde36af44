"""Words that mean harm, in every view: they are read, and do nothing."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kb.library import Library
from kb.ui.page import WIDE
from kb.ui.safe import label
from kb.ui.shelf import shelf
from tests.conftest import write_notes
from tests.hostile_words import FAMILIES, PAYLOADS, VECTORS, furnish, numbers
from tests.ui.pages import html_of, page

_TAGS = set(
    "p h1 h2 h3 h4 h5 h6 a em strong s code pre ul ol li blockquote hr br table thead tbody tr th td div span details"
    " summary mark".split()
)
_ATTRIBUTES = {"href", "class", "title", "target", "rel", "start", "style", "role", "aria-label"}
_LEADS = re.compile(r"(?:https?://|mailto:|add\b|notes\b|papers\b|inquiries\b|map\b|claims\b|\./).*|", re.DOTALL)
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u061c\u180e\ufeff\u00ad\x00-\x08\x0e-\x1f\x7f-\x9f]")
_OBEYED = re.compile(
    r"(?<!\\):[a-z][\w-]*(?:\[|:)|(?<!\\):material/|(?<!\\)\$|(?<!\\)<[a-z/!]|(?<!\\)\]\(|(?<!\\)!\[|(?<![\\*])\*\*"
)
"""What Streamlit's Markdown would make something of."""


class _Reader(HTMLParser):
    """Looks at tags and attributes as a browser's parser sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        style = found.get("style") or ""
        is_fine = tag in _TAGS and found.keys() <= _ATTRIBUTES and _LEADS.fullmatch(found.get("href") or "")
        if not is_fine or not re.fullmatch(r"(?:text-align:\w+)?", style):
            self.wrong.append(f"<{tag} {found}>")


def wrong_in(html: str) -> list[str]:
    """What of some HTML could do more than be read."""
    reader = _Reader()
    reader.feed(html)
    return reader.wrong + _UNSEEN.findall(html)


def markdown_of(test: AppTest) -> list[str]:
    """Everything on a page that Streamlit reads as Markdown."""
    parts = (
        test.title, test.header, test.subheader, test.caption, test.info, test.warning, test.error, test.success,
        test.markdown,
    )  # fmt: skip
    widgets = (test.button, test.toggle, test.checkbox, test.radio, test.selectbox, test.text_input, test.text_area)
    found = [str(element.value) for part in parts for element in part]
    found += [str(widget.label) for part in widgets for widget in part]
    found += [str(option) for box in test.radio for option in box.options]
    return found + [str(box.label) for box in test.expander]


@pytest.fixture(scope="module")
def furnished_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder of a library in which every word of others is a payload."""
    root = Library.create(tmp_path_factory.mktemp("hostile") / "library")
    write_notes(root / "notes")
    furnish(root)
    yield root
    shelf(str(root)).close()


@pytest.fixture
def hostile(furnished_once: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, found by the pages."""
    monkeypatch.setenv("KB_LIBRARY", str(furnished_once))
    return furnished_once


def wrong_on(test: AppTest) -> list[str]:
    """What on a page is more than words."""
    options = [str(option) for box in test.selectbox for option in box.options]
    obeyed = [text for text in markdown_of(test) if _OBEYED.search(text)]
    unseen = [text for text in (*markdown_of(test), *options) if _UNSEEN.search(text)]
    failed = [str(failure.value) for failure in test.exception]
    return [*failed, *wrong_in(html_of(test).replace(WIDE, "")), *obeyed, *unseen]


def looked_at(test: AppTest) -> set[str]:
    """The payloads that a page shows, after it was held to show them as words alone."""
    assert not wrong_on(test)
    options = [str(option) for box in test.selectbox for option in box.options]
    return numbers("\n".join([html_of(test), *(text.replace("\\", "") for text in markdown_of(test)), *options]))


def test_there_are_two_hundred_of_every_family():
    """A family of tricks would go untried."""
    assert len(PAYLOADS) == len(set(PAYLOADS)) >= 200
    assert {len(vectors) >= 6 for vectors in FAMILIES.values()} == {True}


@pytest.mark.parametrize("vector", VECTORS)
def test_a_label_obeys_nothing(vector: str):
    """A title in a button or a message would be coloured, become an icon, a formula, a link."""
    assert not _OBEYED.search(label(vector))
    assert not _UNSEEN.search(label(vector))


def test_notes(hostile: Path):
    """A note's title, claim, summary, body, topic or source would run in the list or on its page."""
    listed = set[str]().union(*(looked_at(page("notes", page=str(n))) for n in (1, 2)))
    assert len(listed) >= len(PAYLOADS) // 12
    with Library.open(hostile) as library:
        slugs = [note.id for note in library.notes() if note.id.startswith("note:hostile")]
    read = set[str]().union(*(looked_at(page("notes", note=slug)) for slug in slugs))
    assert len(read) == len(PAYLOADS)


def test_papers(hostile: Path):
    """An author's name, a comment of arXiv or an abstract would run in the list or on the paper's page."""
    assert len(looked_at(page("papers"))) > 100
    read = set[str]().union(*(looked_at(page("papers", paper=f"2501.{n:05d}")) for n in range(20)))
    assert len(read) == len(PAYLOADS)


def test_inquiries_and_answers(hostile: Path):
    """A question, a quote, a reason, a remark or a heading of an answer would run when it is opened again."""
    kept = -(-len(PAYLOADS) // 10)
    assert len(looked_at(page("inquiries"))) >= kept
    read = set[str]().union(*(looked_at(page("ask", inquiry=f"hostile-{n:02d}")) for n in range(kept)))
    assert len(read) == len(PAYLOADS)


@pytest.mark.parametrize("vector", VECTORS[::7])
def test_what_is_asked_and_looked_for(hostile: Path, vector: str):
    """A shared address would run what stands in it."""
    for name, field in (("ask", "q"), ("ask", "as_of"), ("notes", "find"), ("papers", "paper"), ("map", "node")):
        question = {"q": "What holds?"} if field == "as_of" else {}
        assert not wrong_on(page(name, **question, **{field: vector}))


@pytest.mark.parametrize(("view", "least"), [("Ledger", 15), ("Timeline", 10), ("By size", 0), ("Answers", 1)])
def test_views_of_claims(hostile: Path, view: str, least: int):
    """A claim, its scope or who tested it would run in a table or list."""
    test = page("claims", view=view)
    assert not wrong_on(test)
    tables = "".join(table.value.to_csv() for table in test.dataframe)
    assert len(looked_at(test) | numbers(tables)) >= least


def test_a_claim_with_its_history(hostile: Path):
    """A verdict's reason, quote or author would run on the claim's page."""
    with Library.open(hostile) as library:
        claims = [status.id for status in library.claims.list() if len(status.history) > 1]
    read = set[str]().union(*(looked_at(page("claims", claim=claim)) for claim in claims))
    assert len(read) > 150


def test_an_answer_that_came_back(hostile: Path):
    """What a model wrote would run in its audit."""
    assert len(looked_at(page("claims", reply="r-hostile"))) == len(PAYLOADS)


def test_the_map_as_lists_and_the_overview(hostile: Path):
    """A title would run in a box of options, a list or a plot's table."""
    test = page("map", node="note:hostile-01")
    test.segmented_control(key="map-view").set_value("Lists").run()
    assert len(looked_at(test)) > 15
    assert not wrong_on(page("overview"))


def test_what_is_added(hostile: Path):
    """An address that is refused, or why an item failed, would run on the page Add."""
    test = page("add")
    assert len(numbers(test.dataframe[0].value.to_csv())) > 100
    for vector in VECTORS[::6]:
        test.text_area(key="add-text").set_value(vector)
        test.button(key="add-start").click().run()
        assert not wrong_on(test)
