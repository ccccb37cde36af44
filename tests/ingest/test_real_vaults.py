"""Vaults that people really keep: every note reads or says in one line why not."""

import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from ingest.chunk import chunk
from ingest.front_matter import read_front_matter
from ingest.notes import find_notes, read_note
from ingest.plain import plain
from kb.domain import Source
from kb.errors import BadNote

VAULTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "vaults"


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> list[Source]:
    """Every third note of all vaults, if it can be read."""
    archives = sorted(VAULTS.glob("*.tar.gz"))
    if not archives:
        pytest.skip("no vaults beside this checkout")
    root = tmp_path_factory.mktemp("vaults")
    for archive in archives:
        with tarfile.open(archive) as tar:
            tar.extractall(root, filter="data")
    found = []
    paths = find_notes(root)[::3]
    for path in paths:
        with suppress(BadNote):
            found.append(read_note(path, root))
    # 1 of 100 may truly be broken.
    assert len(found) >= 0.99 * len(paths)
    return found


def test_real_notes_are_cut_into_exact_passages(notes: list[Source], count_words: Callable[[str], int]) -> None:
    """Else the rules work on examples only."""
    for note in notes[::2]:
        for passage in chunk(note, count_words, 120):
            assert passage.text == note.text[passage.char_start : passage.char_end]
            assert max(count_words(passage.text), count_words(plain(passage.text))) <= 120


def test_real_front_matter_survives_an_edit(notes: list[Source]) -> None:
    """Else editing a note of a foreign vault changes what its author wrote."""
    for note in notes[1::2]:
        front = read_front_matter(note.text)
        assert front.text == note.text
        if front.fields and not front.in_braces:
            key, value = next(iter(front.content.items()))
            edited = front.with_value("title", "New: title?")
            assert edited.content == front.content | {"title": "New: title?"}
            assert edited.text[edited.body_start :] == note.text[front.body_start :]
            assert key == "title" or edited.content[key] == value
