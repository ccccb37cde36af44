"""`kb ask --llm` and `kb eval answers --llm` as a person or a script sees them."""

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console
from rich.live import Live

from kb.cli.stream import Preview
from kb.domain import Citation, Sentence, SupportState
from tests.model_server import KEY, Asked, Block, Handler, ModelServer, claude, ollama, status

QUESTION = "why do small models lose faithfulness"


def honest(handler: Handler, asked: Asked) -> None:
    text = asked.results[0]["content"][0]["text"]
    claude(Block(text, ((0, 0, 1),)), "\n", "Of this 87 % is \x1b[31mmade up.")(handler, asked)


def test_json_says_who_wrote_and_what_failed(kb, shared_root, models: ModelServer):
    """A script could not tell a model's words from the library's, or count what failed."""
    models.plays = [honest, claude("nothing better")]
    ran = kb("--library", shared_root, "ask", QUESTION, "--llm", "anthropic", "--json")
    assert ran.code == 0, ran.err
    facts = {name: ran.json[name] for name in ("writer", "model", "incomplete", "n_unsupported", "n_withheld")}
    assert facts == {"writer": "anthropic", "model": "anthropic:claude-sonnet-5-5", "incomplete": False, "n_unsupported": 1, "n_withheld": 0}  # fmt: skip
    assert [s["state"] for s in ran.json["sentences"]] == ["quoted", "unsupported"]
    assert KEY not in ran.out + ran.err


@pytest.mark.parametrize("form", [[], ["--markdown"]])
def test_print_outs_mark_what_failed_and_name_the_writer(kb, shared_root, models: ModelServer, form):
    """A sentence without evidence would read like the others; a model's control sequences would reach the terminal."""
    models.plays = [honest, claude("nothing better")]
    ran = kb("--library", shared_root, "ask", QUESTION, "--llm", "anthropic", *form)
    assert "unsupported: " in ran.out
    assert "Written by anthropic:claude-sonnet-5-5: 1 quoted, 1 unsupported." in " ".join(ran.out.split())
    assert "\x1b" not in ran.out
    models.plays = [honest, claude("nothing better")]
    ran = kb("--library", shared_root, "ask", QUESTION, "--llm", "anthropic", "--strict", *form)
    assert "made up" not in ran.out
    assert "1 failed the gate and was withheld" in " ".join(ran.out.split())


@pytest.mark.parametrize("play", [claude("Bananas rule the moon since 1850."), claude(), claude(stop="refusal")])
@pytest.mark.parametrize("form", [[], ["--markdown"], ["--strict"]])
def test_a_model_that_wrote_nothing_that_passed_is_not_a_library_without_evidence(
    kb, shared_root, models: ModelServer, form, play
):
    """A person would believe that the library holds nothing on a question that it can answer."""
    models.plays = [play, claude("nothing better")]
    ran = kb("--library", shared_root, "ask", QUESTION, "--llm", "anthropic", *form)
    assert ran.code == 8
    assert "wrote nothing that passed the checks" in " ".join(ran.out.split())
    assert "Insufficient evidence" not in ran.out
    models.plays = [play, claude("nothing better")]
    assert kb("--library", shared_root, "ask", QUESTION, "--llm", "anthropic", "--json").json["status"] == (
        "insufficient_evidence"
    )


def test_what_a_model_made_up_is_no_lost_quote(kb, small_root, models: ModelServer, monkeypatch):
    """A source that never was would be reported as gone, whenever the inquiry is looked at and by `kb doctor`."""
    monkeypatch.setenv("KB_LLM_OPTIONS", json.dumps({"base_url": models.url}))
    models.plays = [ollama('Models are green. [1] "words of nobody"\nModels are blue. [77]'), ollama("nothing better")]
    ran = kb("--library", small_root, "ask", QUESTION, "--llm", "ollama:small", "--save")
    assert "Cited by unsupported sentences alone." in ran.out
    name = kb("--library", small_root, "inquiry", "list", "--json").json[0]["id"]
    assert kb("--library", small_root, "inquiry", "show", name).err == ""
    assert kb("--library", small_root, "doctor").out.strip() == "All is well."


def test_a_paragraph_without_a_source_says_so(kb, shared_root, models: ModelServer):
    """A heading would promise a theme of the library above words that come from nowhere."""
    models.plays = [claude("Bananas rule the moon since 1850."), claude("nothing better")]
    ran = kb("--library", shared_root, "ask", QUESTION, "--llm", "anthropic")
    assert "\nWithout a source\n<< unsupported: Bananas" in ran.out
    assert "Theme" not in ran.out


def test_a_judge_that_cannot_be_set_up_is_named_as_one(kb, shared_root, monkeypatch):
    """A person would look for a mistake in the name of the writer."""
    monkeypatch.setenv("KB_JUDGE", "nonsense")
    ran = kb("--library", shared_root, "ask", QUESTION, "--llm", "ollama:small")
    assert ran.code == 2
    assert "the judge cannot be set up: there is no language model 'nonsense'" in ran.err
    assert "Without `judge`" in ran.err


@pytest.mark.parametrize("command", [["verify", "claims.txt"], ["retest"]])
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "Set `api_base` in `judge_options`, such as http://127.0.0.1:8080/v1. Without `judge`"),
        ({"api_bse": "x"}, "Did you mean `api_base`, in `judge_options`? Without `judge`"),
    ],
)
def test_a_judge_is_set_up_before_it_is_announced(
    kb, shared_root, tmp_path, monkeypatch, command: list[str], options: dict[str, str], told: str
):
    """A price would be told of calls that cannot be made, and the cure run into the next sentence."""
    monkeypatch.chdir(tmp_path)
    Path("claims.txt").write_text("Tuning loosens the steps of small models from their answers.", encoding="utf-8")
    monkeypatch.setenv("KB_JUDGE", "openai-like:judge")
    monkeypatch.setenv("KB_JUDGE_OPTIONS", json.dumps(options))
    ran = kb("--library", shared_root, *command)
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)
    assert told in ran.err


def test_an_incomplete_answer_is_kept_and_ends_with_a_code_of_its_own(kb, small_root, models: ModelServer):
    """Half an answer would pass for a whole one in a script, and the inquiry be lost."""
    models.plays = [claude("Half a", cut=True)]
    ran = kb("--library", small_root, "ask", QUESTION, "--llm", "anthropic", "--save")
    assert ran.code == 8
    assert "incomplete" in ran.err
    assert "Incomplete." in ran.out
    kept = kb("--library", small_root, "inquiry", "list", "--json").json
    assert [row["question"] for row in kept] == [QUESTION]


def test_the_setting_and_the_variable_name_the_writer_and_the_option_wins(
    kb, small_root, models: ModelServer, monkeypatch
):
    """A person would pay for a model that they meant to leave out."""
    (small_root / "kb.toml").write_text('llm = "anthropic"\n')
    models.plays = [honest, claude("nothing better")]
    assert kb("--library", small_root, "ask", QUESTION, "--json").json["writer"] == "anthropic"
    n_calls = len(models.requests)
    assert kb("--library", small_root, "ask", QUESTION, "--llm", "extractive", "--json").json["writer"] == "extractive"
    monkeypatch.setenv("KB_LLM", "extractive")
    assert kb("--library", small_root, "ask", QUESTION, "--json").json["writer"] == "extractive"
    assert len(models.requests) == n_calls


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [("anthropic", 8, "Try again"), ("ollama:small", 8, "529: not now"), ("nonsense", 2, "extractive")],
)
def test_what_does_not_answer_is_one_line(kb, shared_root, models: ModelServer, monkeypatch, name, code, words):
    """A person would see a traceback and not know that the question can be answered without a model."""
    monkeypatch.setenv("KB_LLM_OPTIONS", json.dumps({"base_url": models.url}))
    models.plays = [status(529, retry_after="999")]
    ran = kb("--library", shared_root, "ask", QUESTION, "--llm", name)
    assert ran.code == code
    assert words in ran.err
    assert "extractive" in ran.err
    assert len([line for line in ran.err.strip().split("\n") if "is asked up to" not in line]) == 1
    assert KEY not in ran.err


def test_answers_of_a_model_are_scored(kb, shared_root, models: ModelServer, monkeypatch, tmp_path):
    """A writer could not be compared with the extractive one."""

    def cite_all(handler: Handler, asked: Asked) -> None:
        found = re.findall(r"^\[(\d+)\] [^\n]*\n([^\n]+?\.)", asked.body["messages"][1]["content"], re.MULTILINE)
        ollama("\n".join(f"{text} [{number}]" for number, text in found))(handler, asked)

    monkeypatch.setenv("KB_LLM_OPTIONS", json.dumps({"base_url": models.url}))
    models.plays = [cite_all]
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps({"question": QUESTION, "expected": ["does-tuning-loosen-steps"], "answerable": True}))
    ran = kb("--library", shared_root, "eval", "answers", file, "--llm", "ollama:small", "--yes", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["source_recall"] == 1.0
    n_calls = len(models.calls)
    assert n_calls
    refused = kb("--library", shared_root, "eval", "answers", file, "--llm", "ollama:small")
    assert refused.code == 2
    assert "ollama:small will be called up to 2 times" in refused.err
    monkeypatch.setenv("KB_LLM_SPENDING_LIMIT_USD", "0.001")
    dear = kb("--library", shared_root, "eval", "answers", file, "--llm", "anthropic", "--yes")
    assert (dear.code, "$0.00 may be spent" in dear.err) == (2, True)
    assert len(models.calls) == n_calls
    models.plays = [ollama("Bananas rule the moon.")]
    ran = kb("--library", shared_root, "eval", "answers", file, "--llm", "ollama:small", "--yes", "--json")
    assert (ran.json["source_recall"], ran.json["refusal_precision"]) == (0.0, None)


def test_the_preview_marks_drafts_and_is_gone_in_the_end():
    """A person would take a draft for checked, or find the preview among the answer."""
    drawn = io.StringIO()
    with Live(console=Console(file=drawn, force_terminal=True, width=80), transient=True, auto_refresh=False) as live:
        preview = Preview(live)
        preview.drafting("Half a sen\x1b[31m")
        live.refresh()
        assert "… Half a sen" in drawn.getvalue()
        cited = Citation(source="note:a", passage="note:a#1", quote="A", char_start=0, char_end=1)
        preview.written(Sentence(text="A whole sentence.", state=SupportState.CONSISTENT, theme="", citations=(cited,)))
        live.refresh()
        assert "~ A whole sentence. [1]" in drawn.getvalue()
        made_up = Citation(source="the evidence", passage="[9]", quote="", char_start=0, char_end=0)
        preview.written(Sentence(text="Refused.", state=SupportState.UNSUPPORTED, theme="", citations=(made_up,)))
        live.refresh()
        assert "! Refused. [" not in drawn.getvalue()
    assert "\x1b[31m" not in drawn.getvalue()
    assert drawn.getvalue().rstrip().endswith("\x1b[2K") or "\x1b[1A" in drawn.getvalue()
