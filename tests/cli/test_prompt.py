"""`kb prompt` and `kb import` as a person uses them."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.cli import clipboard
from kb.library import Library
from tests.conftest import Ran
from tests.replies_library import PROMPT_ID, REPLIES, furnish

KB = Callable[..., Ran]
QUESTION = "does fine-tuning loosen the steps of small models"


@pytest.fixture
def root(shared_root: Path, tmp_path: Path) -> Path:
    folder = shutil.copytree(shared_root, tmp_path / "library", copy_function=shutil.copy2)
    with Library.open(folder) as library:
        furnish(library)
    return folder


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that a browser was asked to open."""
    addresses: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: addresses.append(address) or True)
    return addresses


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A clipboard: the only tools on the path are scripts that keep it in a file."""
    folder, kept = tmp_path / "tools", tmp_path / "clipboard"
    folder.mkdir()
    for name, body in (
        ("pbcopy", "data = sys.stdin.buffer.read(); open(kept, 'wb').write(data)"),
        ("pbpaste", "sys.stdout.buffer.write(open(kept, 'rb').read())"),
    ):
        script = folder / name
        script.write_text(f"#!{sys.executable}\nimport sys\nkept = {str(kept)!r}\n{body}\n", encoding="utf-8")
        script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return kept


def test_a_prompt_is_printed_and_kept(kb: KB, root: Path):
    """The prompt would not reach the person, or its answer not find it again."""
    ran = kb("prompt", QUESTION, "--as-of", "2026-11", "--library", root)
    assert ran.code == 0
    made = ran.out.split()[2].rstrip(",")
    assert ran.out.rstrip().endswith(f"@end {made}\n```")
    assert f"kb import ANSWER.md --prompt {made}" in ran.err
    assert kb("prompt", made, "--library", root).out == ran.out
    assert made in kb("prompt", "--list", "--library", root).out
    listed: list[dict[str, Any]] = kb("prompt", "--list", "--json", "--library", root).json
    assert {row["id"] for row in listed} == {made, PROMPT_ID}


def test_what_was_left_out_is_said_once(kb: KB, root: Path):
    """A kept prompt comes as it was, so that advice to make room for more would lead nowhere."""
    with Library.open(root) as library:
        asked = library.prompts.render(QUESTION, as_of="2026-11")
        kept = asked.model_copy(update={"id": "p-11111111", "n_left_out": 3})
        with library.parts.catalog.writing():
            library.parts.catalog.put_prompt(kept, "2026-11-21T10:00:00Z")
    again = kb("prompt", kept.id, "--library", root)
    assert (again.code, "left out" in again.err, "kb import ANSWER.md" in again.err) == (0, False, True)


@pytest.mark.parametrize("subject", ["", "  "])
def test_without_a_question_the_command_names_itself(kb: KB, root: Path, subject: str):
    """A person who asked for a prompt would be sent to another command."""
    ran = kb("prompt", subject, "--library", root)
    assert (ran.code, 'kb prompt "…"' in ran.err, "kb ask" in ran.err) == (2, True, False)


def test_json_and_files_hold_the_same_text(kb: KB, root: Path, tmp_path: Path):
    """A script would get another prompt than a person."""
    file = tmp_path / "prompt.md"
    arguments = ("prompt", QUESTION, "--as-of", "2026-11", "--library", root)
    record = kb(*arguments, "--json").json
    assert kb(*arguments, "-o", file).out == ""
    assert file.read_text(encoding="utf-8") == record["text"]
    assert {"id", "question", "claims", "n_left_out", "n_tokens", "version"} <= record.keys()
    assert kb(*arguments, "-o", tmp_path / "no" / "folder.md").code == 2


def test_the_clipboard_takes_prompts_and_gives_answers(kb: KB, root: Path, tools: Path):
    """Copying by hand would lose the block."""
    ran = kb("prompt", QUESTION, "--as-of", "2026-11", "--copy", "--library", root)
    assert "Copied with pbcopy" in ran.err
    assert tools.read_text(encoding="utf-8").rstrip() == ran.out.rstrip()
    tools.write_text((REPLIES / "17-collapsed-block.md").read_text(encoding="utf-8"), encoding="utf-8")
    assert len(kb("import", "--clipboard", "--json", "--library", root).json["items"]) == 3


def test_without_a_clipboard_there_is_a_cure(kb: KB, root: Path, monkeypatch: pytest.MonkeyPatch):
    """The command would fail without saying what to do."""
    monkeypatch.setenv("PATH", "")
    ran = kb("prompt", QUESTION, "--copy", "--library", root)
    assert (ran.code, "-o FILE" in ran.err) == (2, True)
    assert kb("import", "--clipboard", "--library", root).code == 2


def test_a_terminal_takes_what_no_tool_does(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Over a remote shell nothing could be copied."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert "terminal" in clipboard.copy("hallo")
    assert "\x1b]52;c;aGFsbG8=\x07" in capsys.readouterr().err


def test_a_chat_opens_only_when_asked(
    kb: KB, root: Path, opened: list[str], tools: Path, monkeypatch: pytest.MonkeyPatch
):
    """A browser would open by itself, or a long prompt arrive cut."""
    kb("prompt", QUESTION, "--library", root)
    assert not opened
    monkeypatch.setattr("kb.services.chats._MAX_URL", 1_000)
    ran = kb("prompt", QUESTION, "--open", "claude", "--library", root)
    assert opened == ["https://claude.ai/new"]
    assert "paste it there" in ran.err
    monkeypatch.setattr("kb.services.chats._MAX_URL", 100_000)
    kb("prompt", QUESTION, "--open", "chatgpt", "--library", root)
    assert opened[-1].startswith("https://chatgpt.com/?q=Research%20prompt%20p-")
    ran = kb("prompt", QUESTION, "--open", "elsewhere", "--library", root)
    assert (ran.code, "claude, chatgpt" in ran.err) == (2, True)


def test_an_answer_is_audited_and_taken_in_step_by_step(kb: KB, root: Path):
    """A person could not see what would enter the ledger before it does."""
    file = REPLIES / "01-block-and-prose.md"
    ran = kb("import", file, "--model", "model-x", "--library", root)
    assert ran.code == 0
    assert "5 items, 5 staged, 0 accepted" in ran.out
    assert "+ 1. [C1] weakened against arXiv:2601.04321" in ran.out
    reply_id = ran.out.split()[1]
    some = kb("import", reply_id, "--accept", "1,3", "--json", "--library", root).json
    assert [item["number"] for item in some["items"] if item["accepted"]] == [1, 3]
    rest = kb("import", file, "--accept-all", "--library", root)
    assert "5 items, 0 staged, 5 accepted" in rest.out
    with Library.open(root) as library:
        events = library.parts.catalog.events()
        assert len(events) == 5
    stated = next(event.claim_id for event in events if event.kind == "stated")
    assert "No note states it; the ledger took it in" in kb("claims", "show", stated, "--library", root).out
    assert reply_id in kb("import", "--list", "--library", root).out
    assert kb("import", "--list", "--json", "--library", root).json[0]["n_staged"] == 0


def test_what_accepting_did_is_said(kb: KB, root: Path, tmp_path: Path):
    """Accepting all would do nothing without saying so, or be offered where it can do nothing."""
    file = tmp_path / "answer.md"
    quote = "entirely other words about things that nobody wrote"
    file.write_text(f"@claim C2 | verdict: weakened | paper: arXiv:2603.07777 | quote: {quote}\n", encoding="utf-8")
    arguments = ("import", file, "--prompt", PROMPT_ID, "--library", root)
    ran = kb(*arguments)
    assert "--accept-all" not in ran.out
    assert "to be taken in only by" in ran.out
    ran = kb(*arguments, "--accept-all")
    assert "Accepted none. 1 left: to be looked at first, by number only." in ran.out
    assert "Accepted 1: 1. None left." in kb(*arguments, "--accept", "1").out


def test_an_altered_quote_stands_above_the_true_words(kb: KB, root: Path):
    """A person would have to search the paper for the word that was changed."""
    ran = kb("import", REPLIES / "33-ellipses-and-hidden.md", "--prompt", PROMPT_ID, "--library", root)
    given, true = (line for line in ran.out.splitlines() if line.strip().startswith(("answer:", "paper:")))
    assert "and the gap [widens] on commonsense questions" in given
    assert "and the gap [reverses] on commonsense questions" in true


def test_what_is_put_aside_is_said_and_can_still_be_taken_in(kb: KB, root: Path):
    """A rejected item would look like one to decide, or be lost for good."""
    file = REPLIES / "01-block-and-prose.md"
    ran = kb("import", file, "--reject", "2", "--library", root)
    assert "5 items, 4 staged, 0 accepted, 1 rejected" in ran.out
    assert "~ 2. [C2]" in ran.out
    assert "4 accepted, 1 rejected" in kb("import", file, "--accept-all", "--library", root).out
    assert "5 accepted" in kb("import", file, "--accept", "2", "--library", root).out


def test_json_names_checks_and_problems(kb: KB, root: Path):
    """A script could not tell which id or quote is wrong."""
    report = kb("import", REPLIES / "08-invented-ids.md", "--json", "--library", root).json
    assert len(report["items"]) == 6
    for item in report["items"]:
        assert {"claim", "verdict", "arxiv_id", "checks", "problems", "staged"} <= item.keys()
        assert set(item["checks"]) == {"id", "title", "date", "quote"}
        assert item["arxiv_id"] in " ".join(item["problems"])
        assert item["staged"] is False


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("missing.md",), 2, "cannot be read"),
        ((), 2, "no answer to import"),
        (("r-00000000",), 3, "no reply 'r-00000000'"),
        ((REPLIES / "15-empty.md", "--prompt", "p-ffffffff"), 3, "no prompt"),
        ((REPLIES / "01-block-and-prose.md", "--accept", "one"), 2, "names no items"),
        ((REPLIES / "01-block-and-prose.md", "--reject", "one"), 2, "--reject 'one' names no items"),
        ((REPLIES / "01-block-and-prose.md", "--reject", "77"), 2, "item 77 is not staged"),
        ((REPLIES / "01-block-and-prose.md", "--accept", "77"), 2, "item 77 cannot be accepted"),
    ],
)
def test_mistakes_are_one_line_with_a_cure(kb: KB, root: Path, arguments: tuple[object, ...], code: int, words: str):
    """A slip would end in a traceback, or with nothing said."""
    ran = kb("import", *arguments, "--library", root)
    assert ran.code == code
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_an_answer_cannot_move_the_terminal(kb: KB, root: Path, tmp_path: Path):
    """Control characters of an answer would reach the terminal."""
    file = tmp_path / "answer.md"
    file.write_text(
        "@claim C1 | verdict: holds | paper: arXiv:2601.04321 | why: \x1b[2J\x1b]0;x\x07 \u202ered\n", encoding="utf-8"
    )
    ran = kb("import", file, "--prompt", PROMPT_ID, "--library", root)
    assert not {"\x1b", "\x07", "\u202e"} & set(ran.out + ran.err)
