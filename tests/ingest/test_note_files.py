"""Note files on disk: found, refused where they are not notes, and written without loss."""

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import files
from ingest.notes import find_notes, read_note, write_note
from kb.errors import BadNote, KbError
from kb.identity import content_hash

Write = Callable[[str, str | bytes], Path]


def test_notes_are_found_sorted_without_hidden_folders_and_the_readme(write: Write, tmp_path: Path) -> None:
    """Else the library reads its own index, git's files or a template of Obsidian's as notes."""
    for name in ("b.md", "a/z.md", "a/README.md", "README.md", ".kb/x.md", ".obsidian/y.md", "a/.trash/n.md", ".n.md"):
        write(name, "x")
    for name in ("c.txt", "d.MD", "papers.jsonl"):
        write(name, "x")
    found = [path.relative_to(tmp_path).as_posix() for path in find_notes(tmp_path)]
    assert found == ["a/README.md", "a/z.md", "b.md", "d.MD"]
    assert find_notes(tmp_path / "missing") == []


def test_linked_folders_are_listed_and_not_followed(write: Write, tmp_path: Path) -> None:
    """Else a link to `/` or to the folder above makes the search endless, or what is behind a link is missed unsaid."""
    write("notes/a.md", "x")
    write("outside/b.md", "x")
    (tmp_path / "notes" / "out").symlink_to(tmp_path / "outside")
    (tmp_path / "notes" / "loop").symlink_to(tmp_path / "notes")
    assert [path.name for path in find_notes(tmp_path / "notes")] == ["a.md", "loop", "out"]
    for name, said in (("loop", "read where it is"), ("out", "outside notes is not followed")):
        with pytest.raises(BadNote, match=said):
            files.read_text(tmp_path / "notes" / name, tmp_path / "notes")


def test_text_is_normalised_once_and_offsets_count_in_it(write: Write, tmp_path: Path) -> None:
    """Else offsets differ between a file from Windows and the same from Linux."""
    path = write("Café.md", "\ufeff---\r\ntitle: Cafe\u0301\r\n---\r\nBody\r\n".encode())
    note = read_note(path, tmp_path)
    assert note.text == "---\ntitle: Café\n---\nBody\n"
    assert (note.id, note.title, note.origin) == ("note:café", "Café", "Café.md")


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0", 3, "binary file, with a NUL at byte 8"),
        ("Text\n".encode("utf-16"), 1, "binary file"),
        (b"good\nbad \xff here", 2, "byte 9 is not valid UTF-8"),
        (b"\xc0\xaf", 1, "byte 0 is not valid UTF-8"),
        (b"caf\xe9", 1, "byte 3 is not valid UTF-8"),
        (b"\xed\xa0\x80", 1, "byte 0 is not valid UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(
    write: Write, tmp_path: Path, content: bytes, line: int, words: str
) -> None:
    """Else binary rubbish is indexed, or the person cannot find the broken byte."""
    with pytest.raises(BadNote, match=words) as caught:
        read_note(write("a.md", content), tmp_path)
    assert caught.value.line == line
    assert caught.value.cure


def test_a_huge_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    """Else a database dump called .md fills the memory."""
    path = tmp_path / "huge.md"
    with path.open("wb") as file:
        file.truncate(50 * 2**20)
    tracemalloc.start()
    with pytest.raises(BadNote, match="50 MB"):
        read_note(path, tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_a_link_out_of_the_folder_is_refused(write: Write, tmp_path: Path) -> None:
    """Else a note in a shared vault can show any file of the person's computer."""
    secret = write("secret.md", "secret")
    root = tmp_path / "notes"
    root.mkdir()
    (root / "out.md").symlink_to(secret)
    for path in (root / "out.md", root / ".." / "secret.md", secret):
        with pytest.raises(BadNote, match="leads out"):
            read_note(path, root)


def test_a_link_inside_the_folder_is_a_note_of_its_own_name(write: Write, tmp_path: Path) -> None:
    """Else a vault that links its notes within itself cannot be read."""
    (tmp_path / "b.md").symlink_to(write("sub/a.md", "Text"))
    assert read_note(tmp_path / "b.md", tmp_path).origin == "b.md"
    link = tmp_path / "linked-root"
    link.symlink_to(tmp_path / "sub")
    assert read_note(link / "a.md", link).origin == "a.md"
    assert read_note(tmp_path / "sub" / "a.md", link).origin == "a.md"


def test_what_is_no_file_is_one_clear_line(tmp_path: Path) -> None:
    """Else a named pipe hangs the ingest, or a loop of links ends in a traceback."""
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "loop.md").symlink_to(tmp_path / "loop.md")
    os.mkfifo(tmp_path / "pipe.md")
    for name, words in (
        ("folder.md", "not a regular file"),
        ("pipe.md", "not a regular file"),
        ("loop.md", "cannot be read"),
        ("gone.md", "No such file"),
    ):
        with pytest.raises(BadNote, match=words):
            read_note(tmp_path / name, tmp_path)


def test_a_new_note_is_written_and_one_that_is_known_is_replaced(tmp_path: Path) -> None:
    """Else nothing can be saved."""
    path = tmp_path / "a.md"
    write_note(path, "one\n", None)
    path.chmod(0o640)
    write_note(path, "zwei é\n", content_hash("one\n"))
    assert path.read_bytes() == "zwei é\n".encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.md"]


def test_the_hash_of_a_read_note_is_what_writing_expects(write: Write, tmp_path: Path) -> None:
    """Else every note with Windows line ends is a conflict."""
    path = write("a.md", "\ufeffone\r\n")
    write_note(path, "two\n", content_hash(read_note(path, tmp_path).text))
    assert path.read_text() == "two\n"


@pytest.mark.parametrize("expected", [None, content_hash("what was read\n")])
def test_a_note_that_somebody_changed_is_kept_beside_the_new_text(
    write: Write, tmp_path: Path, expected: str | None
) -> None:
    """Else the program overwrites what a person just typed."""
    path = write("a.md", "typed by hand\n")
    for text, beside in (("new\n", "a.conflict.md"), ("newer\n", "a.conflict-2.md")):
        with pytest.raises(KbError, match=r"a\.md was changed") as caught:
            write_note(path, text, expected)
        assert beside in str(caught.value)
        assert (tmp_path / beside).read_text() == text
    assert path.read_text() == "typed by hand\n"


def test_a_note_that_vanished_or_became_binary_is_a_conflict_too(write: Write, tmp_path: Path) -> None:
    """Else a deletion is silently undone, or a foreign file is replaced."""
    with pytest.raises(KbError):
        write_note(tmp_path / "gone.md", "new\n", content_hash("old\n"))
    with pytest.raises(KbError):
        write_note(write("bin.md", b"\xff\xfe"), "new\n", content_hash("old\n"))
    assert not (tmp_path / "gone.md").exists()
    assert (tmp_path / "bin.md").read_bytes() == b"\xff\xfe"


@pytest.mark.parametrize("fault", ["fsync", "replace"])
def test_a_fault_while_writing_leaves_the_old_note_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Else a full disk costs the note, or ends in a traceback."""
    path = tmp_path / "a.md"
    write_note(path, "old\n", None)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((files.os, "fsync") if fault == "fsync" else (Path, "replace")), fail)
    with pytest.raises(KbError, match="No space"):
        write_note(path, "new\n", content_hash("old\n"))
    assert path.read_text() == "old\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.md"]


def test_a_name_of_the_longest_kind_can_be_written(tmp_path: Path) -> None:
    """Else the temporary file's name is too long for the file system."""
    path = tmp_path / ("字" * 80 + ".md")
    write_note(path, "x\n", None)
    assert path.read_text() == "x\n"


def test_data_is_on_disk_before_the_name_points_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a power cut leaves an empty file under the note's name."""
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(files.os, "fsync", lambda descriptor: (steps.append("fsync"), fsync(descriptor))[1])
    monkeypatch.setattr(Path, "replace", lambda self, to: (steps.append("replace"), replace(self, to))[1])
    write_note(tmp_path / "a.md", "x", None)
    assert steps == ["fsync", "replace", "fsync"]


def test_every_file_of_a_hostile_folder_is_a_note_or_one_bad_note(write: Write, tmp_path: Path) -> None:
    """Else a single file of a downloaded vault stops or harms the program."""
    root = tmp_path / "vault"
    bomb = "\n".join(f"{b}: &{b} [*{a}, *{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    bad: dict[str, str | bytes] = {
        "yaml.md": "---\ntitle: [unclosed\n---\n",
        "open.md": "---\ntitle: never closed\n",
        "binary.md": os.urandom(512) + b"\0",
        "utf8.md": b"caf\xe9\n",
        "utf16.md": "text".encode("utf-16"),
        "bomb.md": f"---\na: &a [x]\n{bomb}\n---\n",
        "tag.md": "---\na: !!python/object/new:os.system [touch pwned]\n---\n",
        "deep.md": "---\na: " + "[" * 10_000 + "\n---\n",
        "deeper.md": "---\n" + "- " * 10_000 + "\n---\n",
        "twice.md": "---\ntitle: a\ntitle: b\n---\n",
        "large.md": "---\na: " + "x " * 500_000 + "\n---\n",
    }
    good: dict[str, str | bytes] = {
        "type.md": "---\ntitle: {a: b}\n---\n",
        "rtl.md": "# \u202eRTL\u202c \u05e9\u05dc\u05d5\u05dd e\u0301\u0301\u0301\n\nText.\n",
        "path.md": "See [[../../etc/passwd]] and ![[/etc/shadow]] and [[C:\\x]].\n",
        "html.md": "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)> [x](javascript:alert(1))\n",
        "quotes.md": "> " * 5_000 + "deep\n",
        "lists.md": "- " * 5_000 + "deep\n",
        "line.md": "[[" * 100_000,
        "empty.md": "",
        "con.md": "a reserved name",
        "..md": "dots",
    }
    for name, content in (bad | good).items():
        write(f"vault/{name}", content)
    with (root / "sparse.md").open("wb") as file:
        file.truncate(50 * 2**20)
    (root / "passwd.md").symlink_to("/etc/passwd")
    refused: dict[str, BadNote] = {}
    for path in find_notes(root):
        try:
            assert "/" not in read_note(path, root).id
        except BadNote as error:
            refused[path.name] = error
    assert set(refused) == set(bad) | {"sparse.md", "passwd.md"}
    assert all(error.cure and "\n" not in str(error) and len(str(error)) < 300 for error in refused.values())
    assert not (root / "pwned").exists()


def test_a_name_that_is_no_utf8_is_found_shown_and_refused(tmp_path: Path) -> None:
    """Else a file from an old archive ends the ingest with an encoding error."""
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.md")).write_text("x")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (path,) = find_notes(tmp_path)
    assert files.shown_path(path.relative_to(tmp_path)) == "caf\\xe9.md"
    with pytest.raises(BadNote, match="name is not UTF-8"):
        read_note(path, tmp_path)
