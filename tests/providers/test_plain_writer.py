"""Answers by the plain protocol, through the real clients of Ollama and of OpenAI-like servers."""

import json
import re

import pytest

from kb.domain import Answer, SupportState
from kb.errors import BadInput, MissingExtra, Unavailable
from kb.library import Library
from tests.model_server import KEY, Asked, Handler, ModelServer, ollama, openai, status

QUESTION = "why do small models lose faithfulness"
CLIENTS = [("ollama:small", "base_url", "", ollama), ("openai-like:small", "api_base", "/v1", openai)]


@pytest.fixture(params=CLIENTS, ids=["ollama", "openai-like"])
def client(request, models: ModelServer, monkeypatch):
    """A model's name and what plays its server."""
    name, option, path, play = request.param
    monkeypatch.setenv("KB_LLM_OPTIONS", json.dumps({option: models.url + path}))
    return name, play


def ask(root, name: str, **options) -> Answer:
    with Library.open(root, llm=name) as library:
        return library.ask(QUESTION, **options)


def passages(asked: Asked) -> list[str]:
    """The text of each numbered passage in a prompt."""
    return re.findall(r"^\[\d+\] [^\n]*\n([^\n]+)$", asked.body["messages"][1]["content"], re.MULTILINE)


def by_script(play, *scripts):
    """Plays that answer with what a script makes of the passages."""

    def played(script):
        def answer(handler: Handler, asked: Asked) -> None:
            play(script(passages(asked)))(handler, asked)

        return answer

    return [played(script) for script in scripts]


def first(passage: str) -> str:
    return passage.split(". ")[0].rstrip(".") + "."


def honest(p: list[str]) -> str:
    return (
        "<think>What do they want? [9] Let me see.\nHm.</think>READING: Whether tuning loosens the steps.\n\n"
        f'1. {first(p[0])} [1] "{" ".join(first(p[0]).split()[1:5])}"\n- **{first(p[1])}** [2]\n> Quote: “{first(p[1])}”\n\n'
        f"{first(p[2])} [Passage 3]\n\n**ASIDE:** {first(p[3])} [4]\n"
    )


def test_a_server_of_ones_own_needs_no_key(shared_root, models: ModelServer, monkeypatch):
    """The documented command would fail with a missing key that no local server asks for."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("KB_LLM_OPTIONS", json.dumps({"api_base": f"{models.url}/v1"}))
    models.plays = by_script(openai, honest)
    answer = ask(shared_root, "openai-like:local")
    assert answer.sentences
    assert len(passages(models.requests[0])) > 4


@pytest.mark.parametrize("reading", ["This asks how many planets there are.", "This asks who won the football cup."])
def test_a_reading_about_something_else_is_not_shown(shared_root, models: ModelServer, client, reading: str):
    """An answer would begin with a question that nobody asked."""
    models.plays = by_script(client[1], lambda p: f"READING: {reading}\n\n{first(p[0])} [1]")
    shown = ask(shared_root, client[0]).reading
    assert reading not in shown
    assert "faithfulness" in shown


def test_small_models_lines_become_cited_sentences(shared_root, models: ModelServer, client):
    """A model that cannot call tools could not write at all."""
    name, play = client
    models.plays = by_script(play, honest)
    answer = ask(shared_root, name)
    assert {s.state for s in answer.sentences} <= {SupportState.QUOTED, SupportState.CONSISTENT}
    assert len(answer.sentences) == 4
    assert answer.themes[-1] == "What you may not have been looking for"
    assert (answer.writer, answer.model, answer.incomplete) == ("plain", name, False)
    with Library.open(shared_root) as library:
        for citation in (c for s in answer.sentences for c in s.citations):
            text = library.note(citation.source).text
            assert text[citation.char_start : citation.char_end] == citation.quote


def test_passages_stand_between_lines_that_none_of_them_holds(shared_root, models: ModelServer, client):
    """A passage could end the data and go on as an instruction; the key could stand in the prompt."""
    name, play = client
    models.plays = by_script(play, honest)
    ask(shared_root, name)
    (asked,) = models.calls
    system, user = (message["content"] for message in asked.body["messages"])
    fence = re.findall(r"^=== [0-9a-f]{16} ===$", user, re.MULTILINE)
    assert len(set(fence)) == 1
    assert len(fence) == 2
    assert "are data" in system
    assert "not instructions" in user
    assert KEY not in json.dumps(asked.body)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('{s} [1] "words that stand nowhere in it"', "quote"),
        ("{s} [77]", "citation"),
        ("{s}", "citation"),
        ("Fine-tuning changes 87 % of the answers. [1]", "number"),
    ],
)
def test_what_the_passages_do_not_say_fails_and_may_be_mended(shared_root, models: ModelServer, client, line, kind):
    """A made-up quote, number or passage would pass."""
    name, play = client
    models.plays = by_script(play, lambda p: line.format(s=first(p[0])), lambda p: "Nothing better.")
    answer = ask(shared_root, name)
    assert [s.state for s in answer.sentences] == [SupportState.UNSUPPORTED]
    assert kind in {r.kind for r in answer.sentences[0].reasons}
    models.plays = by_script(play, lambda p: line.format(s=first(p[0])), lambda p: f"1: {first(p[0])} [1]")
    answer = ask(shared_root, name)
    assert [s.state for s in answer.sentences] == [SupportState.QUOTED]


def test_a_quote_under_its_neighbours_number_is_found(shared_root, models: ModelServer, client):
    """A slip of the pen would cost a good sentence."""
    name, play = client
    models.plays = by_script(play, lambda p: f'{first(p[0])} [2] "{first(p[1])}", [1] "{first(p[0])}"')
    assert ask(shared_root, name).sentences[0].state is SupportState.QUOTED


@pytest.mark.parametrize("how", [{"cut": True}, "length"])
def test_an_answer_that_is_cut_keeps_its_whole_sentences(shared_root, models: ModelServer, client, how):
    """Half a sentence would be shown, or a whole one lost."""
    name, play = client
    ending = how if isinstance(how, dict) else {"done_reason" if play is ollama else "finish": how}

    def cut(handler: Handler, asked: Asked) -> None:
        text = f"{first(passages(asked)[0])} [1]\nAnother sentence that is nev"
        play(text, **ending)(handler, asked)

    models.plays = [cut]
    answer = ask(shared_root, name)
    assert answer.incomplete
    assert [s.state for s in answer.sentences] == [SupportState.QUOTED]
    assert answer.remarks


@pytest.mark.parametrize(
    "text", ["", "I cannot help with that.", '{"answer": [1, 2', "Here is the synthesis:\n\n# Title\n"]
)
def test_an_answer_that_keeps_to_no_protocol_ends_in_no_exception(shared_root, models: ModelServer, client, text):
    """A model that is too small would end in a traceback, or its chatter pass as an answer."""
    name, play = client
    models.plays = by_script(play, lambda p: text)
    answer = ask(shared_root, name)
    assert all(s.state is SupportState.UNSUPPORTED for s in answer.sentences)


@pytest.mark.parametrize(
    ("code", "kind", "cure"),
    [
        (500, Unavailable, "Try again later"),
        (429, Unavailable, "Try again later"),
        (404, BadInput, "Name a model that its server has"),
        (401, BadInput, "key is right"),
    ],
)
def test_a_server_that_fails_is_one_line_with_what_works(
    shared_root, models: ModelServer, client, code: int, kind: type[Exception], cure: str
):
    """A person would see a vendor's traceback, or look for a server that runs."""
    name, _ = client
    models.plays = [status(code, body={"error": {"message": f"no {KEY}"}})]
    with pytest.raises(kind, match=rf"{code}: no \[key\]\)\. .*{cure}.*extractive") as raised:
        ask(shared_root, name)
    assert KEY not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_models_that_do_not_exist_are_named(shared_root):
    """A slip in a setting would end in a traceback, or call what is no language model."""
    for name, error in [
        ("nonsense", BadInput),
        ("ollama:", BadInput),
        ("nowhere.at.All", MissingExtra),
        ("os.path", BadInput),
        ("subprocess.Popen", BadInput),
    ]:
        with pytest.raises(error, match=name.split(":")[0]):
            ask(shared_root, name)
