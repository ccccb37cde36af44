"""Folders that are missing, read-only or linked: nothing is lost, nothing is passed over in silence."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from graph import snapshot
from kb.errors import NotFound
from kb.library import Library
from tests.conftest import REPOSITORY
from tests.proposed import KEEP, propose

QUESTION = "why do small models lose faithfulness"
KB = (sys.executable, "-c", "from kb.cli import main; main()")
_BOUND = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""What makes root obey the permissions of files, as everybody else does."""


@pytest.fixture
def root(small_root: Path) -> Path:
    """A library that has read its notes, with an inquiry."""
    with Library.open(small_root) as library:
        library.ask(QUESTION, save=True)
    return small_root


@contextmanager
def _sealed(root: Path) -> Iterator[Path]:
    """A folder that nobody may write to."""
    places = [root, *root.rglob("*")]
    for place in places:
        place.chmod(place.stat().st_mode & ~0o222)
    try:
        yield root
    finally:
        for place in places:
            place.chmod(place.stat().st_mode | 0o200)


@pytest.fixture
def read_only(root: Path) -> Iterator[Path]:
    """The same in a folder that nobody may write to."""
    with _sealed(root):
        yield root


def _run_bound(command: Sequence[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a program without the right to pass over permissions."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root and not shutil.which(_BOUND[0]):
        pytest.skip("root may write everywhere, and there is no setpriv to forbid it")
    command = [*(_BOUND if is_root else ()), *command]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})


def _bound(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in the same way."""
    return _run_bound([*KB, "--library", str(root), *arguments])


# The notes folder is missing


def test_a_missing_notes_folder_empties_nothing(root: Path, kb):
    """A drive that is not mounted would take every note out of the library."""
    (root / "notes").rename(root / "away")
    for command in ("add", "rebuild"):
        refused = kb("--library", root, command)
        assert refused.code == 3
        assert "notes is missing" in refused.err
    assert not (root / "notes").exists()
    asked = kb("--library", root, "ask", QUESTION)
    assert asked.code == 0
    assert "Answering from the library as it was: the notes folder" in asked.err
    assert kb("--library", root, "stats", "--json").json["note"] == 5
    assert "notes is missing" in kb("--library", root, "doctor").out


def test_a_draft_is_not_saved_where_the_notes_folder_is_missing(root: Path):
    """The folder would be made anew with one note in it, and the next command would remove all others."""
    with Library.open(root) as library:
        draft = library.drafts.draft("how long chains hurt small models")
        (root / "notes").rename(root / "away")
        with pytest.raises(NotFound, match="notes is missing"):
            library.drafts.save(draft)
    assert not (root / "notes").exists()


def test_an_empty_notes_folder_means_that_the_notes_went(root: Path, kb):
    """Deleted notes would be cited for ever."""
    for file in (root / "notes").iterdir():
        file.unlink()
    assert "5 removed" in kb("--library", root, "add").out
    assert kb("--library", root, "stats", "--json").json["note"] == 0


def test_a_new_library_needs_no_notes_folder(tmp_path: Path, kb):
    """A library of papers alone could not be begun."""
    root = Library.create(tmp_path / "new")
    (root / "notes").rmdir()
    assert kb("--library", root, "add").code == 0
    assert (root / "notes").is_dir()


# The library cannot be written


def test_a_read_only_library_can_be_asked_and_looked_at(read_only: Path):
    """A library on a disc, a share or a backup could not be read at all."""
    for arguments in (["ask", QUESTION], ["note", "list"], ["inquiry", "list"], ["stats"]):
        ran = _bound(read_only, *arguments)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert ran.stdout
    assert _bound(read_only, "doctor").stdout == "All is well.\n"


def test_writing_to_a_read_only_library_is_one_line_that_loses_nothing(read_only: Path):
    """A person would be told to move the catalog away, or see a traceback."""
    for arguments in (["add"], ["rebuild"], ["ask", QUESTION, "--save"]):
        ran = _bound(read_only, *arguments)
        assert ran.returncode == 1
        (line,) = ran.stderr.splitlines()
        assert "cannot be written" in line
        assert "Nothing is lost" in line


DECIDING = """
from tests.ui.pages import page, said
test = page("map", view="proposed")
for name in ("accept", "reject"):
    print(said(test.button(key=f"{name}-RELATION").click().run()))
"""


def test_a_relation_in_a_read_only_library_waits_and_the_reason_is_told(root: Path):
    """A note would be written and the decision lost, or the page end in a failure that nobody understands."""
    pytest.importorskip("streamlit", reason="the pages need streamlit")
    with Library.open(root) as library:
        relation = propose(library)
    before = {path: path.read_bytes() for path in (root / "notes").iterdir()}
    with _sealed(root):
        for option in ("--accept", "--reject"):
            ran = _bound(root, "graph", "relate", option, relation.id)
            assert (ran.returncode, "cannot be written" in ran.stderr) == (1, True)
        program = [sys.executable, "-c", DECIDING.replace("RELATION", relation.id)]
        ran = _run_bound(program, KB_LIBRARY=str(root), PYTHONPATH=str(REPOSITORY))
        assert ran.stdout.replace("\\", "").count("cannot be written (Permission denied). Nothing is lost") == 2, (
            ran.stderr
        )
    for place in (root / "notes", root / "notes" / f"{KEEP}.md"):
        place.chmod(place.stat().st_mode & ~0o222)
    ran = _bound(root, "graph", "relate", "--accept", relation.id)
    assert (ran.returncode, "could not be written" in ran.stderr) == (1, True)
    assert {path: path.read_bytes() for path in (root / "notes").iterdir()} == before
    with Library.open(root) as library:
        assert [r.id for r in library.relations.list()] == [relation.id]
    (root / "notes").chmod(0o755)


def test_notes_that_changed_in_a_read_only_library_are_told_of(read_only: Path):
    """An answer would pass for one from the notes as they are."""
    note = next((read_only / "notes").glob("*.md"))
    os.utime(note, (1, 1))
    ran = _bound(read_only, "ask", QUESTION)
    assert ran.returncode == 0
    assert "notes have changed, but the library's folder cannot be written" in ran.stderr
    assert "notes have changed" in _bound(read_only, "doctor").stdout


# Links to folders


@pytest.mark.parametrize(
    ("target", "said"),
    [("../../outside", "a link to a folder outside notes is not followed"), (".", "read where it is")],
)
def test_a_linked_folder_is_reported_by_add_and_doctor(root: Path, kb, target: str, said: str):
    """Notes behind a link would be missing without a word; a link to the folder itself would be walked for ever."""
    (root.parent / "outside").mkdir()
    (root / "notes" / "linked").symlink_to(target, target_is_directory=True)
    added = kb("--library", root, "add")
    assert added.code == 7
    assert said in added.err
    assert said in kb("--library", root, "doctor").out
    (root / "notes" / "linked").unlink()
    assert kb("--library", root, "add").code == 0
    assert kb("--library", root, "doctor").code == 0


def test_a_linked_folder_in_a_vault_is_reported(root: Path, tmp_path: Path, kb):
    """A vault would be added in part, as if that were all of it."""
    vault, elsewhere = tmp_path / "vault", tmp_path / "elsewhere"
    vault.mkdir()
    elsewhere.mkdir()
    (vault / "inside.md").write_text("# Inside\n\nA sentence of the vault.\n")
    (elsewhere / "behind.md").write_text("# Behind\n\nA sentence behind the link.\n")
    (vault / "more").symlink_to(elsewhere, target_is_directory=True)
    added = kb("--library", root, "add", vault)
    assert added.code == 7
    assert "1 added" in added.out
    assert "more: a link to a folder outside vault is not followed" in added.err


def test_a_full_disk_leaves_the_library_to_be_asked(small_root: Path, kb, monkeypatch: pytest.MonkeyPatch):
    """Broken: who has no room left for the graph gets a number of the system instead of an answer."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    kb("--library", small_root, "add")
    next((small_root / ".kb").glob("graph*")).unlink()
    monkeypatch.setattr(snapshot, "save", full)
    asked = kb("--library", small_root, "ask", "do long chains of thought hurt small models", "--json")
    assert asked.code == 0
    assert asked.json["sentences"]
    assert "the disk is full" in asked.err
