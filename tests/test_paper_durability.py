"""Papers and documents through killed processes and full disks: nothing that was asked for may be lost."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kb.library import Library
from tests.arxiv_server import ArxivServer
from tests.crash import Crasher
from tests.papers import LENGTH, SECTIONS_OF_TUNING, TUNING, length, page, tuning
from tests.test_durability import assert_well, n_moments, some


@pytest.fixture(scope="module")
def crasher() -> Iterator[Crasher]:
    """With a server that has two versions of one paper and the abstract of another."""
    with ArxivServer([tuning(2), length()]) as server:
        os.environ["KB_TEST_SERVER"] = server.url
        try:
            with Crasher() as crasher:
                yield crasher
        finally:
            del os.environ["KB_TEST_SERVER"]


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """A new version of what the library has, a paper without full text, a document, and one that cannot be had."""
    post = tmp_path_factory.mktemp("given") / "post.html"
    post.write_bytes(page("A post", "On steps.", SECTIONS_OF_TUNING))
    return ["add", f"{TUNING}v2", LENGTH, "2412.99999", post, "--topic", "steps"]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, crasher: Crasher) -> Path:
    """A library that holds the first version; to be copied."""
    root = Library.create(tmp_path_factory.mktemp("before") / "library")
    assert crasher("--library", root, "add", f"{TUNING}v1")["code"] == 0
    return root


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, crasher: Crasher, before: Path, items: list[object]) -> Any:
    root = shutil.copytree(before, tmp_path_factory.mktemp("undisturbed") / "library")
    ran = crasher("--library", root, *items)
    assert (ran["code"], ran["out"][:8]) == (7, "3 added,"), ran
    return crasher.state(root)


def test_the_undisturbed_library_is_whole(undisturbed: dict[str, Any]):
    """The measure of the other tests would itself be wrong."""
    assert len(undisturbed["sources"]) == 4
    assert sum(f"'arxiv:{TUNING}v2')" in row for row in undisturbed["sources"]) == 1
    assert all(value is not False for value in undisturbed.values())


@pytest.mark.parametrize("go_on", ["the same command", "kb add"])
def test_an_intake_killed_at_any_moment_is_finished_by_the_next(
    tmp_path: Path, crasher: Crasher, before: Path, items: list[object], undisturbed: dict[str, Any], go_on: str
):
    """A power cut would lose papers, keep half of one, or leave both versions to be found."""
    counted = crasher("--library", shutil.copytree(before, tmp_path / "counted"), *items)
    points = some(counted["moments"], 6) if go_on == "kb add" else some(counted["moments"] - 1, 6, 2)
    for point in points:
        root = shutil.copytree(before, tmp_path / f"killed-at-{point}")
        assert crasher("--library", root, *items, kill_at=point)["code"] == -9, point
        again = items if go_on == "the same command" or not _is_announced(root) else ["add", "--retry"]
        assert crasher("--library", root, *again)["code"] == 7, point
        assert crasher.state(root) == undisturbed, point


def _is_announced(root: Path) -> bool:
    """Whether the run came to write down what it was given; before that, nothing was accepted."""
    with Library.open(root) as library:
        return library.parts.catalog.job(f"arXiv:{LENGTH}") is not None


def test_a_disk_that_fills_up_keeps_what_was_there(
    tmp_path: Path, crasher: Crasher, before: Path, items: list[object], undisturbed: dict[str, Any]
):
    """Half a paper would be kept, or the library stay broken when there is room again."""
    counted = crasher("--library", shutil.copytree(before, tmp_path / "counted"), *items)
    for point in some(counted["moments"] - 3, 4, 3):
        root = shutil.copytree(before, tmp_path / f"full-at-{point}")
        full = crasher("--library", root, *items, full_at=point)
        assert "Traceback" not in full["err"], (point, full["err"])
        assert [line for line in full["err"].splitlines() if line.startswith("kb: ")], (point, full)
        assert crasher("--library", root, *items)["code"] == 7, point
        assert crasher.state(root) == undisturbed, point


def test_a_removal_killed_at_any_moment_is_finished_by_the_next(
    tmp_path: Path, crasher: Crasher, before: Path, items: list[object]
):
    """A source would be gone from the list and still be found, or lose its older version with it."""
    both = shutil.copytree(before, tmp_path / "both")
    crasher("--library", both, *items)
    command = ("source", "remove", f"{TUNING}v2", LENGTH)
    undisturbed = shutil.copytree(both, tmp_path / "undisturbed")
    n = n_moments(crasher, undisturbed, *command)
    expected = crasher.state(undisturbed)
    assert len(expected["sources"]) == 2
    for point in some(n, 4, 2):
        root = shutil.copytree(both, tmp_path / f"killed-at-{point}")
        assert crasher("--library", root, *command, kill_at=point)["code"] == -9, point
        for name in command[2:]:
            assert crasher("--library", root, "source", "remove", name)["code"] in (0, 3), (point, name)
        assert crasher("--library", root, "add")["code"] == 0, point
        assert crasher.state(root) == expected, point
    crasher("--library", root, "source", "remove", "2412.99999")
    assert_well(crasher, root)
