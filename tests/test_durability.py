"""What a library goes through: killed processes, full disks, two writers. Nothing accepted may be lost."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kb.library import Library
from kb.stores.lock import WriterLock
from tests.conftest import IS_FULL, SMALL_NOTES, write_notes
from tests.crash import REPOSITORY, Crasher

KB = [sys.executable, "-c", "from kb.cli import main; main()"]


@pytest.fixture(scope="module")
def crasher() -> Iterator[Crasher]:
    with Crasher() as crasher:
        yield crasher


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Notes for more than one transaction."""
    small = {f"note-{i}": f"# Note {i}\n\nStep {i} of the chain leads to [[note-{(i + 1) % 14}]].\n" for i in range(14)}
    return write_notes(tmp_path_factory.mktemp("given") / "vault", SMALL_NOTES | small)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, folder: Path, crasher: Crasher) -> Path:
    """A library to which the folder was added without disturbance; to be copied, not changed."""
    root = Library.create(tmp_path_factory.mktemp("undisturbed") / "library")
    assert crasher("--library", root, "add", folder)["code"] == 0
    return root


@pytest.fixture(scope="module")
def undisturbed(built: Path, crasher: Crasher) -> dict[str, Any]:
    return crasher.state(built)


def some(n_moments: int, n: int, first: int = 1) -> list[int]:
    """Moments spread over a run, the last among them; all of them where everything is tried."""
    return (
        list(range(first, n_moments + 1))
        if IS_FULL
        else sorted({first + round(i * (n_moments - first) / (n - 1)) for i in range(n)})
    )


def n_moments(crasher: Crasher, root: Path, *command: object) -> int:
    done = crasher("--library", root, *command)
    assert done["code"] == 0, done["err"]
    return int(done["moments"])


def assert_well(crasher: Crasher, root: Path) -> None:
    said = crasher("--library", root, "doctor")
    assert (said["code"], said["out"]) == (0, "All is well.\n"), said


def test_the_undisturbed_library_is_whole(undisturbed: dict[str, Any]):
    """The measure of the other tests would itself be wrong."""
    assert len(undisturbed["sources"]) == 19
    assert undisturbed["integrity"] == [["ok"]]
    assert all(value is not False for value in undisturbed.values())
    assert not undisturbed["leftovers"]


def test_an_add_killed_at_any_moment_is_finished_by_the_next(tmp_path, crasher, folder, undisturbed):
    """A power cut would lose notes, or leave a library that the same command does not mend."""
    n = n_moments(crasher, Library.create(tmp_path / "counted"), "add", folder)
    # Most moments are copies of single notes; what follows them differs more.
    points = [*some(n - 45, 5), *some(n, 11, n - 44)]
    for point in points:
        root = Library.create(tmp_path / f"killed-at-{point}")
        assert crasher("--library", root, "add", folder, kill_at=point)["code"] == -9, point
        again = crasher("--library", root, "add", folder)
        assert again["code"] == 0, (point, again)
        assert crasher.state(root) == undisturbed, point
        if point in points[::8]:
            assert_well(crasher, root)


def test_an_add_killed_after_any_time_is_finished_by_the_next(tmp_path, crasher, folder, undisturbed):
    """As above, but also in the middle of what SQLite, Chroma and the model do natively."""
    for tenths in (1, 3, 6):
        root = Library.create(tmp_path / f"killed-after-{tenths}")
        assert crasher("--library", root, "add", folder, kill_after_seconds=tenths / 10)["code"] in (0, -9)
        assert crasher("--library", root, "add", folder)["code"] == 0, tenths
        assert crasher.state(root) == undisturbed, tenths


def test_a_killed_rebuild_is_finished_by_the_next(tmp_path, crasher, built, undisturbed):
    """The command that repairs would itself break a library for good."""
    n = n_moments(crasher, shutil.copytree(built, tmp_path / "counted"), "rebuild")
    for point in some(n, 7):
        root = shutil.copytree(built, tmp_path / f"killed-at-{point}")
        assert crasher("--library", root, "rebuild", kill_at=point)["code"] == -9, point
        assert crasher("--library", root, "rebuild")["code"] == 0, point
        assert crasher.state(root) == undisturbed, point
    assert_well(crasher, root)


def test_a_killed_update_is_finished_by_the_next(tmp_path, crasher, built):
    """Edited and deleted notes take other paths through catalog and index than new ones."""

    def edited(root: Path) -> Path:
        shutil.copytree(built, root)
        (root / "notes" / "vault" / "note-3.md").write_text("# Note 3\n\nIt says something else now.\n")
        (root / "notes" / "vault" / "note-7.md").unlink()
        return root

    counted = edited(tmp_path / "counted")
    n = n_moments(crasher, counted, "add")
    expected = crasher.state(counted)
    assert len(expected["sources"]) == 18
    for point in some(n, 7):
        root = edited(tmp_path / f"killed-at-{point}")
        assert crasher("--library", root, "add", kill_at=point)["code"] == -9, point
        assert crasher("--library", root, "add")["code"] == 0, point
        assert crasher.state(root) == expected, point


def test_a_note_that_goes_after_a_crash_leaves_no_job_behind(tmp_path, crasher, built):
    """`kb doctor` would speak of unread notes for ever."""
    root = shutil.copytree(built, tmp_path / "library")
    new = root / "notes" / "new.md"
    new.write_text("# New\n\nA note that is announced and never read.\n")
    for point in range(1, 40):
        crasher("--library", root, "add", kill_at=point)
        with Library.open(root) as library:
            if library.parts.catalog.jobs("pending"):
                break
    else:
        pytest.fail("no moment lies between announcing and reading")
    new.unlink()
    assert crasher("--library", root, "add")["code"] == 0
    assert_well(crasher, root)


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path, crasher, folder, undisturbed):
    """A traceback, a "done" that is none, or a library that stays broken when there is room again."""
    n = n_moments(crasher, Library.create(tmp_path / "counted"), "add", folder)
    for point in [2, 4, *some(n - 10, 8, 6)]:
        root = Library.create(tmp_path / f"full-at-{point}")
        full = crasher("--library", root, "add", folder, full_at=point)
        said = [line for line in full["err"].splitlines() if line.startswith("kb: ")]
        assert "Traceback" not in full["err"], (point, full["err"])
        assert said, (point, full)
        if full["code"] == 0:  # the catalog has everything, only the derived index does not
            assert "19 added" in full["out"], (point, full)
            assert "Chroma index" in said[-1], (point, full)
        else:
            assert len(said) == 1 or full["code"] == 7, (point, said)
        assert crasher("--library", root, "add", folder)["code"] == 0, point
        assert crasher.state(root) == undisturbed, point


def test_adding_twice_changes_nothing(tmp_path, crasher, built, folder, undisturbed):
    """Every scheduled run would embed and write everything again."""
    root = shutil.copytree(built, tmp_path / "library")
    report = json.loads(crasher("--library", root, "add", folder, "--json")["out"])
    nothing = {
        "added": [],
        "updated": [],
        "removed": [],
        "failed": [],
        "flawed": [],
        "pending": 0,
        "undone": 0,
        "n_embedded": 0,
    }
    assert report == {**nothing, "unchanged": 19}
    assert crasher.state(root) == undisturbed


def test_a_mended_origin_is_copied_again_after_a_crash(tmp_path, crasher):
    """A copy whose origin was not written down would be taken for a note that somebody else wrote."""
    given = write_notes(tmp_path / "vault", {"note": "# Note\n\nIt says one thing.\n"})
    for point in range(1, 30):
        root = Library.create(tmp_path / f"library-{point}")
        assert crasher("--library", root, "add", given, kill_at=point)["code"] == -9
        if (root / "notes" / "vault" / "note.md").exists():
            break
    assert crasher("--library", root, "add", given)["code"] == 0
    (given / "note.md").write_text("# Note\n\nIt says another thing.\n")
    again = crasher("--library", root, "add", given)
    assert (again["code"], again["out"][:20]) == (0, "0 added, 1 updated, "), again


def kb(root: Path, *arguments: object) -> "subprocess.Popen[str]":
    command = [*KB, "--library", str(root), *map(str, arguments)]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_may_add_at_once(tmp_path, crasher):
    """Two terminals, or a terminal and a schedule, would lose notes or corrupt the library they make together."""
    for i in range(2):
        halves = [dict(list(SMALL_NOTES.items())[:2]), dict(list(SMALL_NOTES.items())[2:])]
        folders = [write_notes(tmp_path / str(i) / name, notes) for name, notes in zip("ab", halves, strict=True)]
        root = Library.create(tmp_path / str(i) / "library")
        both = [kb(root, "add", folder) for folder in folders]
        for process in both:
            _, err = process.communicate(timeout=100)
            assert process.returncode == 0, err
        state = crasher.state(root)
        assert len(state["sources"]) == 5
        assert all(value is not False for value in state.values()), state
        assert state["integrity"] == [["ok"]]
    assert_well(crasher, root)


def test_a_writer_that_waits_too_long_says_for_whom(tmp_path, crasher, built, monkeypatch):
    """It would hang, or go on and corrupt what the other writes."""
    root = shutil.copytree(built, tmp_path / "library")
    (root / "kb.toml").write_text("lock_timeout_seconds = 0.1\n")
    before = crasher.state(root)
    with WriterLock(root / ".kb").held():
        refused = crasher("--library", root, "add", write_notes(tmp_path / "given"))
    assert refused["code"] == 4
    assert "another process is writing to this library: process " in refused["err"]
    assert len(refused["err"].splitlines()) == 1
    assert crasher.state(root) == before
