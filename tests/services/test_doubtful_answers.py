"""What of an answer is in doubt or was not understood: a person is told, and decides item by item."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.library import Library
from tests.replies_library import PROMPT_ID, REPLIES, furnish


@pytest.fixture
def library(shared_root: Path, tmp_path: Path) -> Iterator[Library]:
    """A library of its own with papers and the prompt."""
    with Library.open(shutil.copytree(shared_root, tmp_path / "library", copy_function=shutil.copy2)) as opened:
        furnish(opened)
        yield opened


def test_a_claim_of_which_nothing_could_be_read_is_named(library: Library):
    """A verdict in words that are not understood would be lost without a word."""
    text = "**C4 – holds.** arXiv:2604.02222 repeats it.\n\n**C3 – nyitott kérdés.**\n"
    reply = library.prompts.import_reply(text, prompt_id=PROMPT_ID)
    assert [item.tag for item in reply.staged] == ["C4"]
    assert any(warning.startswith("Nothing could be read of C3,") for warning in reply.warnings)


def test_doubtful_items_are_taken_in_by_number_alone(library: Library):
    """“Accept all” would take in a verdict that nobody looked at, or a person could not take it in at all."""
    reply = library.prompts.import_reply(
        (REPLIES / "46-sentence-before.md").read_text(encoding="utf-8"), prompt_id=PROMPT_ID
    )
    doubtful = [item for item in reply.staged if item.is_doubtful]
    assert [item.tag for item in doubtful] == ["C1", "C4"]
    assert all("sentence before" in item.remarks[0] for item in doubtful)
    assert not any(item.accepted for item in library.prompts.accept(reply.id).items)
    taken = library.prompts.accept(reply.id, [doubtful[0].number])
    assert [item.tag for item in taken.items if item.accepted] == ["C1"]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("C4 holds, I think. arXiv:2604.02222 reports something.", "holds"),
        ("[C4] Verdict: holds / weakened. Paper: arXiv:2604.02222", "holds"),
        ("@claim C4 | verdict: weakened or contradicted | paper: arXiv:2604.02222\n@end", "weakened"),
    ],
)
def test_a_verdict_that_may_be_another_is_not_taken_in_with_all(library: Library, text: str, verdict: str):
    """A paper would enter the ledger with a verdict that the answer does not give it, or gives it among others."""
    reply = library.prompts.import_reply(text, prompt_id=PROMPT_ID)
    assert [(item.verdict, item.is_doubtful) for item in reply.staged] == [(verdict, True)]
    assert not any(item.accepted for item in library.prompts.accept(reply.id).items)


def test_a_paper_that_decides_nothing_is_not_staged(library: Library):
    """The verdict of a rumour would be recorded against a paper that does not test the claim."""
    text = "C1 is contradicted by a rumour. arXiv:2604.02222 does not test fine-tuning at all."
    reply = library.prompts.import_reply(text, prompt_id=PROMPT_ID)
    assert any("no verdict on C1 can be read" in problem for item in reply.items for problem in item.problems)
    assert not reply.staged
