"""What is handed in through a page: ids and addresses in text, files by name and bytes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import BadInput
from kb.services.handed_in import discard, items_in, keep, own_name


def test_ids_and_addresses_are_told_from_the_rest():
    """A path or a word would be taken for something to fetch."""
    items, refused = items_in(
        "2402.13950 arXiv:2402.13950v2, cs/0112017\nhttps://example.org/a ~/notes.md word 2402.13950"
    )
    assert items == ["arXiv:2402.13950", "arXiv:2402.13950v2", "arXiv:cs/0112017", "https://example.org/a"]
    assert refused == ["~/notes.md", "word"]


def test_too_many_items_are_refused():
    """A pasted book would become as many requests."""
    with pytest.raises(BadInput, match="too many"):
        items_in("x " * 3_000)


@given(name=st.text(max_size=300))
def test_a_file_never_leaves_its_folder(tmp_path_factory: pytest.TempPathFactory, name: str):
    """A file's name could write over something else."""
    folder = tmp_path_factory.mktemp("uploads")
    (path,) = keep(folder, [(name.encode("utf-8", "ignore").decode(), b"words")])
    assert path.resolve().is_relative_to(folder.resolve())
    assert path.parent.parent == folder
    assert path.read_bytes() == b"words"
    assert not path.name.startswith(".")


def test_only_what_was_handed_in_is_discarded(tmp_path: Path):
    """Giving up an item on a page would delete a file of the person's own."""
    uploads, own = tmp_path / "uploads", tmp_path / "own.txt"
    own.write_text("mine")
    (kept,) = keep(uploads, [("meeting.txt", b"words")])
    assert own_name(uploads, str(kept)) == "meeting.txt"
    assert own_name(uploads, str(own)) == str(own)
    for target in (own, uploads / "x" / ".." / ".." / "own.txt", uploads / ".." / "own.txt"):
        discard(uploads, str(target))
    assert own.read_text() == "mine"
    discard(uploads, str(kept))
    assert not kept.parent.exists()


def test_the_same_file_again_is_the_same_path(tmp_path: Path):
    """Dropping a file twice would add it twice."""
    first, again = keep(tmp_path, [("a.pdf", b"1")]), keep(tmp_path, [("a.pdf", b"1")])
    other = keep(tmp_path, [("a.pdf", b"2")])
    assert first == again
    assert first[0].name == "a.pdf"
    assert first != other
