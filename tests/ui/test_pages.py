"""Every page as a person meets it, over a real library."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from kb.library import Library
from kb.ui.shelf import shelf
from tests.arxiv_server import ArxivServer
from tests.conftest import REPOSITORY, SMALL_NOTES
from tests.papers import tuning

QUESTION = "Why do smaller models lose reasoning faithfulness?"
Open = Callable[..., AppTest]


@pytest.fixture
def library_root(small_root: Path) -> Path:
    """A library of five notes that the pages may change."""
    return small_root


@pytest.fixture
def open_page(library_root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a page with an address, as a session of its own."""
    monkeypatch.setenv("KB_LIBRARY", str(library_root))

    def open_it(view: str = "ask", **params: str) -> AppTest:
        app = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=120)
        if view != "ask":
            app.run()
            app.switch_page(f"kb/ui/views/{view}.py")
        for name, value in params.items():
            app.query_params[name] = value
        return app.run()

    yield open_it
    shelf(str(library_root)).close()
    st.cache_resource.clear()


def shown(app: AppTest) -> str:
    """All HTML of a page."""
    assert not app.exception
    assert not app.error
    return "".join(node.proto.body for node in app.get("html"))


def test_first_page_reads_the_library_and_proposes_its_questions(open_page: Open) -> None:
    """A first visit would show an empty page or fail where nothing had read the notes yet."""
    text = shown(open_page())
    assert "Open lines" in text
    assert "Does tuning loosen the steps from the answer?" in text


def test_an_answer_has_everything_that_an_inquiry_has(open_page: Open, library_root: Path) -> None:
    """A question would lack citations, passages, states, sources, absence, or its kept address."""
    text = shown(open_page(q=QUESTION))
    for part in (
        "What the library lacks",
        "Sources:",
        "Next inquiring lines",
        "<mark>",
        "quoted word for word",
        "Evidence:",
    ):
        assert part in text, part
    assert "arxiv.org/abs/2411.15382" in text
    with Library.open(library_root) as library:
        (kept,) = library.inquiries()
    assert f"./?inquiry={kept.id}" in text


def test_a_kept_inquiry_is_reopened_by_its_address(open_page: Open, library_root: Path) -> None:
    """A shared address would ask anew or show nothing."""
    with Library.open(library_root) as library:
        library.ask(QUESTION, save=True)
        (kept,) = library.inquiries()
    assert "lose reasoning faithfulness?" in shown(open_page(inquiry=kept.id))


def test_the_form_asks_and_the_address_remembers(open_page: Open) -> None:
    """Typing a question and pressing the button would lead nowhere."""
    app = open_page()
    app.text_input[0].set_value(QUESTION)
    app.button[0].click().run()
    assert app.query_params["q"] in (QUESTION, [QUESTION])
    assert "Sources:" in shown(app)


def test_a_link_asks_no_language_model(open_page: Open, library_root: Path) -> None:
    """A link from anywhere would spend money; here the model has no key, and asking it would fail."""
    with (library_root / "kb.toml").open("a", encoding="utf-8") as settings:
        settings.write('llm = "anthropic"\n')
    app = open_page(q=QUESTION)
    assert "Sources:" in shown(app)
    assert app.radio[0].options == ["anthropic", "extractive"]


def test_what_the_library_does_not_hold_is_said(open_page: Open) -> None:
    """A question from another field would be answered as if the library knew."""
    text = shown(open_page(q="How do mangrove roots filter salt from sea water?"))
    assert "Insufficient evidence" in text
    assert "not covered" in text


def test_a_note_has_every_element_of_the_reading_page(open_page: Open) -> None:
    """An element of the note page would be missing."""
    text = shown(open_page("notes", note="does-tuning-loosen-steps"))
    elements = (
        "Does tuning loosen the steps from the answer?", "Cutting a chain short", "Synthesis note", "2026-10-02",
        "chain-of-thought faithfulness", "Sourced from 1 work", "faithful training", "Dated claims", "Inquiring lines that use",
        "Related concepts in this collection", "direct connections", "in 2-hop network", "cluster", "In tension with",
        "Related papers in this collection", "Original note title", "let their stated steps decide", "What links here",
    )  # fmt: skip
    for element in elements:
        assert element in text, element
    assert 'href="notes?note=can-tuning-keep-steps"' in text


def test_a_title_with_tags_is_shown_as_it_is_written(open_page: Open, library_root: Path) -> None:
    """Words of a title would be missing that look like a tag, or a tag would be one."""
    title = "Does <img src=x> gout follow a < b in <i>E. coli</i>?"
    (library_root / "notes" / "gout.md").write_text(f"---\ntitle: '{title}'\n---\nCrystals do.\n", encoding="utf-8")
    written = "Does &lt;img src=x&gt; gout follow a &lt; b in &lt;i&gt;E. coli&lt;/i&gt;?"
    for view, params in (("notes", {}), ("notes", {"note": "gout"}), ("ask", {"q": title})):
        text = shown(open_page(view, **params))
        assert written in text, (view, params)
        assert "<img" not in text


def test_the_map_around_a_note_holds_what_is_near(open_page: Open, library_root: Path) -> None:
    """The picture would be empty, or be that of the whole library."""
    app = open_page("notes", note="do-tools-lift-the-limit")
    app.toggle(key="map note:do-tools-lift-the-limit").set_value(True).run()
    shown(app)
    with Library.open(library_root) as library:
        found = library.graph.map_around("note:do-tools-lift-the-limit")
        near = library.graph.show("do-tools-lift-the-limit")
    ids = {entry.node.id for entry in found.nodes}
    assert {connection.node.id for connection in near.connections} <= ids
    assert len([i for i in ids if not i.startswith("topic:")]) == near.n_two_hop + 1


def test_notes_are_searched_and_filtered(open_page: Open) -> None:
    """The list would show everything whatever was asked for."""
    assert "5 found" in shown(open_page("notes"))
    assert "Do tools lift the limit" in shown(open_page("notes", find="calculator"))
    by_topic = shown(open_page("notes", topic="tool-use"))
    assert "1 found" in by_topic
    assert "3 found" in shown(open_page("notes", since="2026-09"))
    assert "1 found" in shown(open_page("notes", until="2026-07"))


def test_a_paper_known_by_its_facts_names_who_cites_it(open_page: Open) -> None:
    """A reference could not be followed where the library does not hold the paper's text."""
    text = shown(open_page("papers", paper="2411.15382"))
    assert "On the Impact of Fine-Tuning" in text
    assert "Notes that cite it: 1" in text
    assert "Claims that rest on it: 1" in text
    assert "known by their facts: 2" in shown(open_page("papers"))


@pytest.mark.parametrize(
    ("words", "n"), [("tuning impact", 1), ("2411.15382", 1), ("a. author", 1), ("arxiv", 2), ("graphs", 0)]
)
def test_cited_papers_are_found_by_words(open_page: Open, words: str, n: int) -> None:
    """A paper that was in the list a moment ago would be gone for who searches for its title."""
    text = shown(open_page("papers", find=words))
    assert (f"known by their facts: {n}" in text) == bool(n)
    assert text.count("On the Impact of Fine-Tuning") == bool(n)


def test_a_held_paper_shows_its_text_versions_and_standing(
    open_page: Open, library_root: Path, arxiv: ArxivServer
) -> None:
    """A paper's page would lack its text, an older version, or that it was withdrawn."""
    arxiv.papers["2411.15382"] = tuning(2, comment="This paper has been withdrawn by the authors due to an error")
    with Library.open(library_root) as library:
        library.add(["arXiv:2411.15382v1"])
        library.add(["arXiv:2411.15382v2"])
    text = shown(open_page("papers", paper="2411.15382"))
    for part in (
        "38% of the answers",
        "Withdrawn by its authors",
        "Versions",
        "arxiv:2411.15382v1",
        "Notes that cite it: 1",
    ):
        assert part in text, part
    assert "arxiv:2411.15382v1</a> (shown)" in shown(open_page("papers", paper="2411.15382v1"))
    assert "1 found" in shown(open_page("papers", kind="Papers"))


def test_inquiries_are_listed_and_searched(open_page: Open, library_root: Path) -> None:
    """Kept work could not be found again."""
    assert "Nothing is kept yet" in shown(open_page("inquiries"))
    with Library.open(library_root) as library:
        library.ask(QUESTION, save=True)
    assert "smaller models" in shown(open_page("inquiries"))
    assert "0 of 1" in shown(open_page("inquiries", find="mangrove"))


def test_a_prompt_is_made_when_its_box_is_opened(open_page: Open) -> None:
    """The research prompt would be missing, or made for everybody who only reads."""
    app = open_page("notes", note="does-tuning-loosen-steps")
    assert not app.code
    app.toggle(key="prompt note:does-tuning-loosen-steps").set_value(True).run()
    assert "RE-TEST" in app.code[0].value.upper()
    assert "arXiv:2411.15382" in app.code[0].value


@pytest.mark.parametrize(
    ("view", "params"),
    [
        ("ask", {"inquiry": "nothing-of-the-kind"}),
        ("notes", {"note": "nothing-of-the-kind"}),
        ("papers", {"paper": "../../etc/passwd"}),
        ("ask", {"q": "\x00\x1b[31m"}),
        ("notes", {"page": "99999999999", "cluster": "x", "topic": "<b>"}),
    ],
)
def test_a_wrong_address_is_one_calm_line(open_page: Open, view: str, params: dict[str, str]) -> None:
    """A mistyped or hostile address would end in a traceback."""
    app = open_page(view, **params)
    assert not app.exception
    assert "Traceback" not in "".join(error.value for error in app.error)


def test_a_note_that_changes_is_shown_changed(open_page: Open, library_root: Path) -> None:
    """A page would go on showing what the library held when the server started."""
    assert "5 found" in shown(open_page("notes"))
    text = SMALL_NOTES["do-tools-lift-the-limit"].replace("Do tools lift", "Do levers lift")
    (library_root / "notes" / "do-levers-lift.md").write_text(text, encoding="utf-8")
    assert "6 found" in shown(open_page("notes"))


def test_no_library_is_said_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A wrong KB_LIBRARY would end in a traceback."""
    monkeypatch.setenv("KB_LIBRARY", str(tmp_path))
    app = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=60).run()
    assert not app.exception
    assert "is not a library" in app.error[0].value.replace("\\", "")


@pytest.mark.parametrize(
    ("view", "name", "way"),
    [
        ("ask", "inquiry", "inquiries"),
        ("notes", "note", "notes"),
        ("claims", "claim", "claims"),
        ("map", "node", "map"),
        ("papers", "paper", "papers"),
    ],
)
def test_what_is_not_there_has_a_heading_and_a_way_back(open_page: Open, view: str, name: str, way: str) -> None:
    """A mistyped address would end in a blank page, or show something else without a word."""
    for nothing in ("zzz-nothing", "x", "9999.99999"):
        app = open_page(view, **{name: nothing})
        text = shown(app)
        assert "<h1>Not found</h1>" in text
        assert f'href="{way}"' in text
        assert nothing in str(app.query_params[name])
