"""`kb arxiv snapshot` as a person and as a script use it."""

import json
from pathlib import Path

import pytest

from kb.library import Library
from tests.services.test_snapshot_in import record, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Library.create(tmp_path / "library")


def test_adding_and_adding_again(kb, root, tmp_path):
    """Broken: the command does not add, or does not say what it did, or does it twice."""
    file = write(tmp_path / "s.gz", [record(n) for n in range(1, 13)])
    first = kb("--library", root, "arxiv", "snapshot", file, "--category", "cs.*", "--since", "2024-11")
    assert (first.code, first.out) == (
        0, "12 lines read: 6 added, 0 updated, 0 unchanged, 0 kept; 6 texts embedded.\n",
    )  # fmt: skip
    assert "Reading and embedding papers" in first.err
    again = kb("--library", root, "arxiv", "snapshot", file, "--category", "cs.*", "--since", "2024-11", "--json")
    assert (again.code, again.json["added"], again.json["n_embedded"], again.json["finished"]) == (0, 6, 0, True)
    assert (again.err, again.json["repeated"]) == ("", True)
    third = kb("--library", root, "arxiv", "snapshot", file, "--category", "cs.*", "--since", "2024-11")
    assert third.out.startswith("Nothing to do: ")
    assert kb("--library", root, "doctor").out == "All is well.\n"


def test_a_limit_that_ended_an_earlier_run_is_named(kb, root, tmp_path):
    """Broken: a file of which most was left is said to be read to its end."""
    file = write(tmp_path / "s.gz", [record(n) for n in range(1, 13)])
    kb("--library", root, "arxiv", "snapshot", file, "--limit", 3)
    again = kb("--library", root, "arxiv", "snapshot", file, "--limit", 3)
    assert again.out == f"Nothing to do: the limit of 3 papers of {file} was reached at line 3.\n"
    kb("--library", root, "arxiv", "snapshot", file, "--limit", 30)
    whole = kb("--library", root, "arxiv", "snapshot", file, "--limit", 30)
    assert whole.out == f"Nothing to do: {file} was read to its end before (12 lines).\n"


def test_broken_lines_are_named_without_control_characters(kb, root, tmp_path):
    """Broken: nobody learns which lines were lost, or a file's text commands the terminal."""
    file = tmp_path / "s.json"
    file.write_text(json.dumps(record(1)) + "\n" + json.dumps(record(2, id="\x1b[31m\nx")) + "\n{\n")
    ran = kb("--library", root, "arxiv", "snapshot", file)
    assert ran.code == 0
    assert "1 added" in ran.out
    assert "2 lines that cannot be used" in ran.out
    assert "kb: line 2: " in ran.err
    assert "kb: line 3: not JSON" in ran.err
    assert "\x1b" not in ran.err


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n" + bytes(range(256)) * 40, b"\n\n"])
def test_a_file_of_another_kind_is_refused(kb, root, tmp_path, data):
    """Broken: a slip in the name ends in twenty lines about bytes, and in success."""
    (tmp_path / "paper.pdf").write_bytes(data)
    ran = kb("--library", root, "arxiv", "snapshot", tmp_path / "paper.pdf")
    lines = [line for line in ran.err.splitlines() if line.startswith("kb: ")]
    assert (ran.code, ran.out, len(lines)) == (2, "", 1)
    assert "holds no paper's record" in lines[0]
    assert "paper.pdf" not in kb("--library", root, "doctor").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.gz"], "Name a snapshot file"),
        (["FILE", "--since", "yesterday"], "is not a date"),
        (["FILE", "--limit", "0"], "takes nothing"),
    ],
)
def test_one_line_for_what_cannot_be_done(kb, root, tmp_path, arguments, said):
    """Broken: a slip ends in a traceback, or looks like success."""
    file = write(tmp_path / "s.gz", [record(1)])
    ran = kb("--library", root, "arxiv", "snapshot", *[file if word == "FILE" else word for word in arguments])
    assert ran.code == 2
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1
