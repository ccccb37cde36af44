"""A verdict that an answer gives in words of its own stands beside the one that was read."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.reply_words import other_words, verdict_in
from kb.cli.show_reply import shown
from kb.exchange import Reply, ReplyItem
from kb.ledger import Verdict
from kb.library import Library
from tests.replies_library import PROMPT_ID, furnish


@pytest.fixture
def library(shared_root: Path, tmp_path: Path) -> Iterator[Library]:
    """A library of its own with papers and the prompt."""
    with Library.open(shutil.copytree(shared_root, tmp_path / "library", copy_function=shutil.copy2)) as opened:
        furnish(opened)
        yield opened


def reply(library: Library, text: str) -> Reply:
    return library.prompts.import_reply(text, prompt_id=PROMPT_ID, model="a model")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("partially holds", "partially holds"),
        ("weakened", ""),
        ("scope_differs", ""),
        ("holds", ""),
        ("The claim is confirmed by it.", "confirmed"),
        ("widerlegt", "widerlegt"),
        ("nothing of the kind", ""),
    ],
)
def test_words_that_are_not_ours_are_kept(said: str, words: str):
    """A person would accept a verdict that no model gave."""
    assert other_words(verdict_in(said.replace("_", " ")), said) == words


@pytest.mark.parametrize(
    "text",
    [
        f"@claim C1 | verdict: partially holds | paper: arXiv:2505.05410 | why: one of two tests\n@end {PROMPT_ID}\n",
        "| Claim | Verdict | Paper |\n|---|---|---|\n| C1 | partially holds | arXiv:2505.05410 |\n",
        "[C1] It partially holds, by arXiv:2505.05410.\n",
    ],
)
def test_an_answers_own_words_are_shown_beside_what_was_read(library: Library, text: str):
    """“Partially holds” would stand in the ledger as weakened, and its words nowhere."""
    found = reply(library, text)
    item = found.items[0]
    assert (item.verdict, item.verdict_words) == (Verdict.WEAKENED, "partially holds")
    assert "“partially holds”, read as weakened" in shown(found)
    assert "“partially holds”, read as weakened" in item.told


def test_our_own_words_stand_alone(library: Library):
    """Every item would repeat its verdict."""
    item = reply(library, f"@claim C1 | verdict: weakened | paper: arXiv:2505.05410\n@end {PROMPT_ID}\n").items[0]
    assert item.told == "weakened"


def test_a_kept_answer_of_before_can_be_read():
    """Answers that were imported before would no longer open."""
    assert ReplyItem.model_validate_json('{"number": 1, "verdict": "holds"}').told == "holds"
