"""Map, Claims, Add, Verify and Overview as a session runs them."""

import html
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kb.config import find_library
from kb.domain import SourceKind
from kb.ledger import Standing
from kb.library import Library
from kb.ui import links, verifying, work
from tests.arxiv_server import ArxivServer
from tests.replies_library import PROMPT_ID, REPLIES
from tests.ui.pages import html_of, page, said

PAGES = ("map", "claims", "add", "verify", "overview")
PAYLOAD = "<img src=x onerror=alert(1)>"


def due_next() -> AppTest:
    """The view of what to test again, once it is worked out."""
    test = page("claims", view="Re-test next")
    for _ in range(600):
        if not test.session_state["claims-stale"][1].is_running:
            break
        time.sleep(0.1)
    return test.run()


def finished(test: AppTest, root: Path | None = None) -> AppTest:
    """The page once work in the background is done."""
    for _ in range(600):
        found = work.writing(root) if root else verification(test)
        if found and not found.is_running:
            return test.run()
        time.sleep(0.1)
    raise AssertionError("the work does not end")


def verified(test: AppTest) -> str:
    """The key in the address of a page that verifies; a list of one after some runs."""
    key = test.query_params["text"]
    return key if isinstance(key, str) else key[0]


def verification(test: AppTest) -> work.Work | None:
    """The work on the text that the address of a page names."""
    found = verifying.kept(find_library(), verified(test))
    return found.work if found else None


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens(root: Path, name: str):
    """A page would greet people with a failure."""
    test = page(name)
    assert not test.exception
    assert not test.error
    assert not test.warning
    assert f"<h1>{name.capitalize()}</h1>" in html_of(test)


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_library_says_what_to_do(empty: Path, name: str):
    """The first page that a person sees would be a failure or blank."""
    test = page(name)
    assert not test.exception
    assert not test.error
    if name in ("map", "claims", "overview"):
        shown = html_of(test)
        assert shown.index('href="add"') < shown.index("<code>kb add</code>"), "the command before the page"


def test_the_map_can_be_read_as_lists(root: Path):
    """People who see or use no picture would be left out."""
    test = page("map", node="note:does-tuning-loosen-steps")
    assert "5 notes" in said(test)
    test.segmented_control(key="map-view").set_value("Lists").run()
    shown = html_of(test)
    assert "Does tuning loosen the steps from the answer?" in shown
    assert "direct connections" in shown
    assert "In tension with (1)" in shown
    there = next(box for box in test.selectbox if box.label == "Path to")
    there.set_value("note:do-tools-lift-the-limit").run()
    assert "steps</h2>" in html_of(test)


def test_the_map_is_narrowed_by_topic_and_date(root: Path):
    """A large library could not be walked by what one looks for."""
    test = page("map")
    n_all = test.caption[0].value
    test.selectbox[0].set_value("small-models").run()
    narrowed = test.caption[0].value
    assert narrowed != n_all
    test.text_input[0].set_value("2031").run()
    assert "Widen the dates" in said(test)
    test.text_input[0].set_value("yesterday").run()
    assert "Write a date as" in said(test)


def test_a_title_cannot_do_anything(root: Path):
    """A note's title could run a script in the reader's page."""
    note = (root / "notes" / "does-tuning-loosen-steps.md").read_text(encoding="utf-8")
    hostile = note.replace("Does tuning loosen the steps from the answer?", f"Loose {PAYLOAD}")
    hostile = hostile.replace("text: Fine-tuning lowers", f"text: {PAYLOAD} Fine-tuning lowers")
    (root / "notes" / "does-tuning-loosen-steps.md").write_text(hostile, encoding="utf-8")
    for test in (page("map"), page("claims"), page("verify"), page("overview")):
        assert PAYLOAD not in html_of(test)
        assert not test.error
    test = page("map", node="note:does-tuning-loosen-steps")
    test.segmented_control(key="map-view").set_value("Lists").run()
    assert PAYLOAD not in html_of(test)
    assert f">Loose {html.escape(PAYLOAD)}<" in html_of(test)
    with Library.open(root) as library:
        claim = next(s for s in library.claims.list() if PAYLOAD in s.claim.text)
    shown = html_of(page("claims", claim=claim.id))
    assert "Fine-tuning lowers" in shown
    assert "<img" not in shown
    due = html_of(due_next())
    assert "<img" not in due
    assert "Fine-tuning lowers" in due


@pytest.mark.parametrize("view", ["Ledger", "Timeline", "By size", "Re-test next", "Answers"])
def test_every_view_of_claims_opens(root: Path, view: str):
    """One of the views would be a failure."""
    test = page("claims", view=view)
    assert not test.exception
    assert not test.error


def test_a_verdict_of_a_person_reaches_the_ledger(root: Path):
    """The form would lose what a person found."""
    with Library.open(root) as library:
        status = library.claims.list()[0]
    test = page("claims", claim=status.id)
    assert "Nobody has tested it yet" in said(test)
    test.selectbox[0].set_value("weakened")
    fields = {field.label: field for field in test.text_input}
    fields["Tested against"].set_value("arXiv:2502.07266")
    fields["Your name"].set_value("Ada")
    next(button for button in test.button if button.label.startswith("Write it")).click().run()
    assert not test.error
    shown = html_of(test)
    assert "weakened" in shown
    assert "Ada" in shown
    with Library.open(root) as library:
        assert library.claims.show(status.id).status.status is Standing.WEAKENED


def test_a_claim_that_is_not_there_is_said_in_words(root: Path):
    """An old bookmark would end in a failure."""
    shown = html_of(page("claims", claim="claim:0000"))
    assert "<h1>Not found</h1>" in shown
    assert "There is no claim" in shown
    assert "href='claims'" in shown.replace('"', "'")


def test_an_altered_quote_stands_beside_the_true_words(furnished: Path):
    """The page would tell less of an answer than the command does."""
    with Library.open(furnished) as library:
        reply = library.prompts.import_reply(
            (REPLIES / "36-html-table.md").read_text(encoding="utf-8"), prompt_id=PROMPT_ID
        )
    test = page("claims", reply=reply.id)
    assert not test.error
    shown = html_of(test)
    assert "“Models that call tools <mark>seldom</mark> solve puzzles with 20 disks”" in shown
    assert "“Models that call tools solve puzzles with 20 disks”" in shown
    assert "no verdict on C5 can be read" in shown


def test_an_answer_is_audited_and_decided_item_by_item(furnished: Path):
    """What a model said could enter the ledger unseen, or not at all."""
    test = page("claims", view="Answers")
    test.text_area(key="import-text").set_value((REPLIES / "01-block-and-prose.md").read_text(encoding="utf-8"))
    next(field for field in test.text_input if field.label == "Prompt").set_value(PROMPT_ID)
    next(button for button in test.button if button.label == "Audit it").click().run()
    assert not test.error
    with Library.open(furnished) as library:
        reply = library.prompts.replies()[0]
        assert not library.claims.export()
    assert len(reply.staged) >= 2
    first, second = reply.staged[0].number, reply.staged[1].number
    test = page("claims", reply=reply.id)
    test.button(key=f"accept-{first}").click().run()
    test.button(key=f"reject-{second}").click().run()
    assert not test.error
    with Library.open(furnished) as library:
        decided = {item.number: item for item in library.prompts.reply(reply.id).items}
        assert library.claims.export().count("\n") == 1
    assert decided[first].accepted
    assert decided[second].rejected
    assert not decided[second].accepted
    buttons = {button.key for button in page("claims", reply=reply.id).button}
    assert not {f"accept-{first}", f"accept-{second}"} & buttons


def ticked(test: AppTest, table: str, *rows: int) -> AppTest:
    """The page after some rows of a table were ticked."""
    test.session_state[table] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return test.run()


def test_ticked_claims_make_a_prompt_of_their_own(root: Path):
    """A prompt for a selection would ask about other claims."""
    stated = "".join(f"  - text: Small models fail at task {n}.\n    as_of: 2025-0{n}\n" for n in (1, 2, 3))
    note = f"---\ntitle: Which tasks are hard?\nkind: synthesis\nclaims:\n{stated}---\nSmall models fail at tasks.\n"
    (root / "notes" / "which-tasks-are-hard.md").write_text(note, encoding="utf-8")
    with Library.open(root) as library:
        library.refresh()
        claims = library.claims.list()
    test = ticked(page("claims"), "claims-table", 0, 2)
    assert claims[2].claim.text in html_of(test)
    test.button(key="claims-prompt").click().run()
    assert not test.error
    with Library.open(root) as library:
        made = library.prompts.show(test.session_state["claims-made"])
    assert {shown.claim.id for shown in made.claims} == {claims[0].id, claims[2].id}
    assert test.code[0].value == made.text.rstrip()


def test_a_note_that_is_handed_in_is_added(root: Path):
    """Dropping a file would do nothing."""
    note = (root / "notes" / "do-tools-lift-the-limit.md").read_text(encoding="utf-8")
    test = page("add")
    test.file_uploader[0].set_value(
        [("../new-note.md", note.replace("Do tools", "Will tools").encode(), "text/markdown")]
    )
    test.button(key="add-start").click().run()
    finished(test, root)
    assert "1 added" in said(test).replace("\\", "")
    assert (root / "notes" / "new-note.md").is_file()
    assert "Will tools lift" in html_of(_listed("note:new-note"))


def test_a_file_that_failed_bears_its_own_name_and_can_be_removed_from_the_list(root: Path):
    """A person would read a path of the server's, and what nobody wants would stay in the list for ever."""
    test = page("add")
    test.file_uploader[0].set_value([("todo.txt", b"Call Anna!", "text/plain")])
    test.button(key="add-start").click().run()
    finished(test, root)
    assert "todo.txt: there is too little text in it (8 letters of at least 40)" in said(test).replace("\\", "")
    (queue,) = (frame.value for frame in test.dataframe if "State" in frame.value)
    assert list(queue["Item"]) == ["todo.txt"]
    box = test.multiselect(key="add-undone")
    assert box.options == ["todo.txt"]
    box.select("todo.txt").run()
    test.button(key="add-forget").click().run()
    assert "Nothing waits and nothing failed" in said(test)
    assert not list((root / ".kb" / "uploads").iterdir())


def _listed(node: str) -> AppTest:
    test = page("map", node=node)
    return test.segmented_control(key="map-view").set_value("Lists").run()


def test_text_names_no_files(root: Path):
    """Whoever reaches the page could read files of the computer that serves it."""
    test = page("add")
    test.text_area(key="add-text").set_value("/etc/hostname ../kb.toml")
    test.button(key="add-start").click().run()
    assert "/etc/hostname" in said(test).replace("\\", "")
    assert not work.writing(root)
    test.text_area(key="add-text").set_value("file:///etc/hostname")
    test.button(key="add-start").click().run()
    finished(test, root)
    assert "is not an http or https address" in said(test)
    with Library.open(root) as library:
        assert library.stats()["document"] == 0


def test_papers_are_searched_ticked_and_added(root: Path, arxiv: ArxivServer):
    """Papers would have to be added by the command line."""
    test = page("add")
    next(field for field in test.text_input if field.label == "Search arXiv").set_value("tuning")
    next(button for button in test.button if button.label == "Search").click().run()
    for _ in range(100):
        if not test.session_state["arxiv-search"].is_running:
            break
        time.sleep(0.1)
    test.run()
    assert not test.warning, [w.value for w in test.warning]
    assert test.button(key="arxiv-add").disabled
    ids = list(test.dataframe[0].value["Id"])
    ticked(test, "arxiv-found", ids.index("2411.15382"))
    test.button(key="arxiv-add").click().run()
    finished(test, root)
    assert "1 added" in said(test).replace("\\", "")
    with Library.open(root) as library:
        assert [source.id for source in library.sources.find(SourceKind.PAPER)] == ["arxiv:2411.15382v1"]


def test_a_text_is_verified_sentence_by_sentence(root: Path):
    """The report would miss sentences or their state."""
    test = page("verify")
    text = "Fine-tuning rewards the final answer, so the steps of a small model can drift away from what decides it. "
    test.text_area[0].set_value(text + "Bananas are blue on Mars.")
    test.button[0].click().run()
    finished(test)
    shown = html_of(test)
    assert "2 sentences" in shown
    assert "❝ quoted word for word" in shown
    assert "✗ unsupported" in shown
    again = page("verify", text=verified(test))
    assert again.text_area[0].value.endswith("Bananas are blue on Mars.")
    assert html_of(again) == shown
    assert "Paste it again" in said(page("verify", text="unknown"))


def test_plots_come_with_words_and_tables(root: Path):
    """Who cannot see a plot would not know what it shows."""
    test = page("overview")
    plots = test.get("vega_lite_chart")
    assert len(plots) >= 3
    assert len(test.dataframe) == len(plots)
    assert all("chart" in caption.value or "plot" in caption.value for caption in test.caption[-1:])


def test_two_sessions_and_a_command_stay_consistent(root: Path):
    """One would show what another has changed already, or the library would break."""
    one, two = page("claims"), page("map")
    note = (root / "notes" / "do-tools-lift-the-limit.md").read_text(encoding="utf-8")
    added = root.parent / "a-new-note.md"
    added.write_text(note.replace("Do tools", "Might tools"), encoding="utf-8")
    command = [sys.executable, "-c", "from kb.cli import main; main()", "add", str(added), "--library", str(root)]
    with Library.open(root) as library:
        status = library.claims.list()[0]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "6 notes" in said(two.run())
    assert not one.run().error
    page("claims", claim=status.id)
    with Library.open(root) as library:
        assert not [problem for problem in library.problems() if "doctor" not in str(problem)]


def test_writes_wait_behind_the_lock_and_say_so(root: Path, monkeypatch: pytest.MonkeyPatch):
    """A page would hang or fail without a word while a command writes."""
    monkeypatch.setenv("KB_LOCK_TIMEOUT_SECONDS", "0.3")
    with Library.open(root) as library:
        status = library.claims.list()[0]
        test = page("claims", claim=status.id)
        with library.parts.lock.held():
            next(button for button in test.button if button.label.startswith("Write it")).click().run()
    assert "another process is writing" in test.warning[0].value.replace("\\", "")
    assert "Nothing was changed" in test.warning[0].value


def test_long_work_can_be_stopped_and_gone_on_with(root: Path, tmp_path: Path):
    """A person would have to end the server to stop a long ingest."""
    folder = shutil.copytree(root / "notes", tmp_path / "more")

    def task(library: Library, hear: object) -> object:
        for i in range(1_000):
            hear("reading", i, 1_000)
            time.sleep(0.01)
        return library.add([folder])

    going = work.begin_writing("Adding", root, task)
    with pytest.raises(Exception, match="still going on"):
        work.begin_writing("Adding more", root, task)
    going.stop()
    for _ in range(100):
        if not going.is_running:
            break
        time.sleep(0.05)
    assert not going.is_running
    assert "Stopped" in going.failure
    assert going.done < 999


def test_addresses_lead_to_nodes_and_claims():
    """A link to the map or a claim would lead elsewhere."""
    assert links.on_map("note:a b") == "map?node=note%3Aa%20b"
    assert links.claim("claim:1") == "claims?claim=claim%3A1"
    assert links.reply("r-1") == "claims?reply=r-1"


def test_a_view_of_claims_is_found_in_any_case_and_an_unknown_one_is_named(root: Path):
    """An address with a view would silently show the ledger."""
    assert not page("claims", view="answers").info
    assert "There is no view scale" in page("claims", view="scale").info[0].value
