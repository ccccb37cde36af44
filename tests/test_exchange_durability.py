"""What a person said yes to, through killed processes and full disks: inquiries, prompts, answers, drafts, verdicts."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kb.library import Library
from tests.conftest import know_papers, write_notes
from tests.crash import Crasher
from tests.replies_library import PROMPT_ID, REPLIES, furnish
from tests.test_durability import n_moments, some

REPLY = REPLIES / "01-block-and-prose.md"
COMMANDS: dict[str, tuple[object, ...]] = {
    "save": ("ask", "do long chains of thought hurt small models", "--save"),
    "prompt": ("prompt", "do long chains of thought hurt small models"),
    "import": ("import", REPLY, "--prompt", PROMPT_ID),
    "accept": ("import", REPLY, "--prompt", PROMPT_ID, "--accept-all"),
    "draft": ("note", "draft", "--about", "faithfulness of small models", "--slug", "mine"),
    "update": ("note", "draft", "--update", "does-tuning-loosen-steps", "--accept"),
}
DONE_ALREADY = 2
"""A draft is not written over one that is there, so the same command again refuses what the killed one finished."""


@pytest.fixture(scope="module")
def crasher() -> Iterator[Crasher]:
    with Crasher() as crasher:
        yield crasher


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, crasher: Crasher) -> Path:
    """A library with notes, papers and a prompt; to be copied."""
    root = Library.create(tmp_path_factory.mktemp("before") / "library")
    write_notes(root / "notes")
    know_papers(root)
    with Library.open(root) as library:
        library.refresh()
        furnish(library)
    assert crasher("--library", root, "rebuild")["code"] == 0
    return root


def disturbed(before: Path, crasher: Crasher, folder: Path, command: tuple[object, ...], how: str) -> Iterator[Any]:
    """The state after each disturbance and the same command again, with where it was; the undisturbed one first."""
    counted = shutil.copytree(before, folder / "counted", copy_function=shutil.copy2)
    n = n_moments(crasher, counted, *command)
    yield n, crasher.state(counted)
    for point in some(n, 3):
        root = shutil.copytree(before, folder / f"{how}-{point}", copy_function=shutil.copy2)
        ran = crasher("--library", root, *command, **{how: point})
        assert "Traceback" not in ran["err"], (point, ran["err"])
        again = crasher("--library", root, *command)
        assert again["code"] in (0, DONE_ALREADY), (point, again)
        yield point, crasher.state(root)


@pytest.mark.parametrize("how", ["kill_at", "full_at"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_disturbed_command_is_finished_by_the_same_again(
    tmp_path: Path, crasher: Crasher, before: Path, name: str, how: str
):
    """An accepted verdict would be lost or counted twice, a note be half a note, or a kept answer be gone."""
    (n, undisturbed), *others = disturbed(before, crasher, tmp_path, COMMANDS[name], how)
    assert n > 1
    assert undisturbed != crasher.state(before)
    for point, state in others:
        assert state == undisturbed, point
