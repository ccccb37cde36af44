"""The page Ask: as of a date, where something is missing, and while a language model writes."""

import html
import json
import threading
import time
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from kb.domain import Answer, SupportState
from kb.library import Library
from tests.model_server import Asked, Block, Handler, ModelServer, claude, ollama, status
from tests.ui.pages import html_of, page, said

QUESTION = "Why do smaller models lose reasoning faithfulness?"
WRONG = "Fine-tuning changes 87 % of the answers."


def ask(test: AppTest, question: str = QUESTION, as_of: str = "") -> AppTest:
    """Fill in the form and press its button."""
    fields = {field.label: field for field in test.text_input}
    fields["Inquiring line"].set_value(question)
    fields["As of (nothing later is evidence)"].set_value(as_of)
    return test.button[0].click().run()


# As of a date


def test_the_form_asks_as_of_a_date_and_the_address_remembers(root: Path):
    """A dated question would be answered as of today, or its address would lose the date."""
    test = ask(page("ask"), as_of="2026-09")
    assert test.query_params["as_of"] in ("2026-09", ["2026-09"])
    shown = html_of(test)
    assert "As of 2026-09: nothing that is dated later is evidence here." in shown
    assert "&amp;as_of=2026-09" in shown.partition("Next inquiring lines")[2]
    assert "As of 2026-09" in html_of(page("ask", q=QUESTION, as_of="2026-09"))


def test_a_dated_answer_is_shared_by_its_address(root: Path):
    """A colleague would be shown the answer of today."""
    shown = html_of(page("ask", q=QUESTION, as_of="2025-03"))
    with Library.open(root) as library:
        (kept,) = library.inquiries()
    assert f"./?inquiry={kept.id}" in shown
    again = page("ask", inquiry=kept.id)
    assert "As of 2025-03" in html_of(again)
    assert next(f for f in again.text_input if f.label.startswith("As of")).value == "2025-03"
    assert "as of 2025-03" in html_of(page("inquiries"))
    assert "As of" not in html_of(page("ask", q=QUESTION))


def test_the_prompt_of_a_dated_answer_begins_with_its_date(root: Path):
    """The prompt would bring in claims that the answer was asked to leave out."""
    test = page("ask", q=QUESTION, as_of="2025-02")
    test.toggle[0].set_value(True).run()
    assert f"{test.date_input[0].value}" == "2025-02-28"


@pytest.mark.parametrize("as_of", ["last spring", "2025-13", "<b>", "2025-03\n"])
def test_a_date_that_is_none_is_one_calm_line(root: Path, as_of: str):
    """A slip would be answered as if no date had been given, or end in a traceback."""
    test = page("ask", q=QUESTION, as_of=as_of)
    assert not test.exception
    if as_of.strip() == "2025-03":
        assert "As of 2025-03" in html_of(test)
    else:
        assert "is not a date" in said(test).replace("\\", "")
        assert test.text_input[0].value == QUESTION


# What is missing


def test_what_is_missing_leads_to_where_it_can_be_brought_in(root: Path):
    """A reader of the pages would be told of a command alone, or have to type again what is missing."""
    shown = html_of(page("ask", q="How do mangrove roots filter salt from sea water?"))
    address = html.unescape(shown.partition('href="add?')[2].partition('"')[0])
    assert shown.index("look on arXiv for") < shown.index("<code>kb add</code>")
    words = dict(parse_qsl(address))
    fields = {field.label: field.value for field in page("add", **words).text_input}
    assert fields["Search arXiv"] == words["find"]
    assert words["find"] in shown
    known = html_of(page("papers", paper="2411.15382"))
    assert 'href="add?item=arXiv%3A2411.15382"' in known
    assert page("add", item="arXiv:2411.15382").text_area[0].value == "arXiv:2411.15382"


# While a model writes


class Slow:
    """A model's stream of two sentences of the library and a wrong one between them, which halts before the last."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def __call__(self, handler: Handler, asked: Asked) -> None:
        first, last = (Block(str(asked.results[i]["content"][0]["text"]), ((i, 0, 1),)) for i in range(2))
        claude(first, "\n", Block(WRONG, ((0, 0, 1),)), "\n", last, during=self._halt)(handler, asked)

    def _halt(self, block: int) -> None:
        if block == 4:
            self.go_on.wait(60)


@pytest.fixture
def slow(root: Path, models: ModelServer):
    """The settings name a model, which is slow."""
    with (root / "kb.toml").open("a", encoding="utf-8") as settings:
        settings.write('llm = "anthropic"\n')
    play = Slow()
    models.plays = [play, claude("nothing better")]
    yield play
    play.go_on.set()


def until(test: AppTest, words: str) -> str:
    """The page, made anew as its clock does, once it shows some words."""
    for _ in range(200):
        if words in (shown := said(test.run())):
            return shown
        time.sleep(0.05)
    raise AssertionError(f"{words!r} does not appear in {said(test)[:2000]}")


def test_sentences_appear_as_they_are_verified(root: Path, slow: Slow, models: ModelServer):
    """A reader would look at nothing until the model is done, or at words that nobody checked."""
    test = ask(page("ask"))
    shown = until(test, WRONG)
    assert "is writing" in shown
    assert "quoted word for word" in shown
    assert "[✗ unsupported:" in shown
    assert 'aria-label="Source 1, quoted word for word">1' in shown, "numbers would come at the end only"
    assert "Being written, not checked yet" in until(test, "not checked yet")
    assert "What the library lacks" not in shown
    slow.go_on.set()
    whole = until(test, "What the library lacks")
    assert "is writing" not in whole
    assert "Written by anthropic" in whole
    assert len(models.calls) == 2


def test_stop_keeps_what_was_verified(root: Path, slow: Slow, models: ModelServer):
    """Stopping would throw away sentences that are paid for, or stop nothing."""
    test = ask(page("ask"))
    until(test, WRONG)
    test.button(key="stop-writing").click().run()
    assert "Stopping at the next word" in said(test)
    slow.go_on.set()
    shown = until(test, "it was stopped").replace("\\", "")
    assert "The answer is incomplete" in shown
    assert "<strong>Incomplete. What was verified before the writing ended" in shown
    assert "quoted word for word" in shown
    with Library.open(root) as library:
        (kept,) = library.inquiries()
    assert kept.answer.incomplete
    assert len(models.calls) == 1


def test_a_reload_and_another_session_see_the_same_writing(root: Path, slow: Slow, models: ModelServer):
    """A reload would lose what is being written, or pay for it again."""
    until(ask(page("ask")), WRONG)
    other = page("ask", q=QUESTION)
    assert "is writing" in said(other)
    assert "5 found" in html_of(page("notes"))
    slow.go_on.set()
    assert "Written by anthropic" in until(other, "What the library lacks")
    assert len([call for call in models.calls if "messages" in call.path]) == 2


def test_a_model_that_does_not_answer_leaves_a_way(root: Path, slow: Slow, models: ModelServer):
    """A reader would be left with nothing, or with an answer by another writer than they chose."""
    models.plays = [status(401)]
    test = ask(page("ask"), as_of="2026-09")
    shown = until(test, "that asks no model")
    assert test.error
    assert "sk-test" not in shown
    assert "&amp;as_of=2026-09" in shown
    assert "What the library lacks" in said(page("ask", q=QUESTION, as_of="2026-09"))


def settled(root: Path, models: ModelServer, *plays, llm: str = "anthropic") -> str:
    """The page with the answer of a model that does as it is told; without the backslashes that Markdown needs."""
    with (root / "kb.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'llm = "{llm}"\n')
    models.plays = list(plays)
    return until(ask(page("ask")), "What the library lacks").replace("\\", "")


def kept(root: Path) -> Answer:
    """The answer of the one inquiry that is kept."""
    with Library.open(root) as library:
        (inquiry,) = library.inquiries()
    return inquiry.answer


def test_nothing_that_passed_is_told_at_the_top(root: Path, models: ModelServer):
    """A reader would take made-up sentences for an answer, or the library for empty."""
    shown = settled(
        root, models, claude("Bananas rule the moon.\n", Block(WRONG, ((0, 0, 1),))), claude("nothing better")
    )
    banner, _, rest = shown.partition("This asks ")
    assert "<strong>The model wrote nothing that passed the checks. Ask again, written by “extractive”" in banner
    assert "Insufficient evidence" not in shown
    assert rest.count("[✗ unsupported:") == 2
    answer = kept(root)
    assert (answer.is_unwritten, answer.incomplete, answer.n_unsupported) == (True, False, 2)


@pytest.mark.parametrize("words", [[], ["I cannot help with that."]])
def test_a_model_that_declines_is_said_to_have_done_so(root: Path, models: ModelServer, words: list[str]):
    """A refusal would look like a library that holds nothing, or like a fault of the program."""
    shown = settled(root, models, claude(*words, stop="refusal"))
    banner, _, rest = shown.partition("This asks ")
    assert "The model wrote nothing that passed the checks." in banner
    assert "The answer is incomplete: the model declined to answer." in banner
    assert "What was verified" not in banner
    assert "A number opens" not in rest
    assert len(models.calls) == 1
    assert kept(root).is_unwritten


def test_a_stream_that_breaks_leaves_whole_sentences_that_say_so(root: Path, models: ModelServer):
    """Half a sentence would pass for a whole one, or paid sentences and the inquiry be lost with the connection."""

    def broken(handler: Handler, asked: Asked) -> None:
        whole = [Block(str(asked.results[i]["content"][0]["text"]), ((i, 0, 1),)) for i in range(2)]
        claude(whole[0], "\n", whole[1], "\n", "Half a sentence that bre", cut=True)(handler, asked)

    shown = settled(root, models, broken)
    banner, _, rest = shown.partition("This asks ")
    assert "<strong>Incomplete. What was verified before the writing ended is kept.</strong>" in banner
    assert "anthropic:claude-sonnet-5-5 broke off" in banner
    assert "Half a sentence" not in shown
    assert rest.count("<details") == 2
    answer = kept(root)
    assert [s.state for s in answer.sentences] == [SupportState.QUOTED] * 2
    assert answer.incomplete
    assert len(models.calls) == 1


def test_evidence_that_did_not_fit_stands_above_the_answer(root: Path, models: ModelServer, monkeypatch):
    """A reader would take an answer from a part of the evidence for one from all of it."""

    def copies(handler: Handler, asked: Asked) -> None:
        passage = asked.body["messages"][1]["content"].split("[1] ")[1].split("\n")[1]
        ollama(f"{passage.split('. ')[0]}. [1]")(handler, asked)

    monkeypatch.setenv("KB_LLM_OPTIONS", json.dumps({"base_url": models.url, "context_window": 2_048}))
    shown = settled(root, models, copies, llm="ollama:small")
    assert "sentences did not fit its window of 2,048 tokens" in shown.partition("This asks ")[0]
    assert kept(root).remarks


def test_what_a_model_made_up_opens_no_passage(root: Path, models: ModelServer, monkeypatch):
    """Words that stand nowhere would be marked in a passage, or a source that is none be called changed."""
    monkeypatch.setenv("KB_LLM_OPTIONS", json.dumps({"base_url": models.url}))
    wrong = 'Models are green. [1] "words of nobody in particular"\nModels are blue. [77]'
    shown = settled(root, models, ollama(wrong), ollama("nothing better"), llm="ollama:small")
    assert shown.count("<details") == 1
    assert "“<mark>words of nobody in particular</mark>” <em>This does not stand there.</em>" in shown
    assert "The source has changed" not in shown
    assert "Evidence:" not in shown
    assert "no passage of the evidence" in shown
