"""Notes that are copied into a library: where the copy is renamed or both sides are edited."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.library import Library

TEXT = "# Self-consistency\n\nVoting over ten chains lifts the accuracy of small models from 48% to 57%.\n"


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    folder = tmp_path / "vault"
    folder.mkdir()
    (folder / "voting.md").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.fixture
def library(tmp_path: Path, vault: Path) -> Iterator[Library]:
    """A library with the vault's note, renamed in the library since."""
    with Library.open(Library.create(tmp_path / "library")) as library:
        library.add([vault])
        copy = library.root / "notes" / "vault" / "voting.md"
        copy.rename(copy.with_name("self-consistency.md"))
        yield library


def notes(library: Library) -> dict[str, str]:
    folder = library.root / "notes"
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.md")}


def test_a_copy_that_was_renamed_does_not_come_back_under_its_old_name(library: Library, vault: Path):
    """The library would have the same text twice, and answers cite both."""
    report = library.add([vault])
    assert notes(library) == {"vault/self-consistency.md": TEXT}
    assert ([source.id for source in library.notes()], report.failed) == (["note:self-consistency"], ())


def test_an_edit_outside_goes_to_the_renamed_copy_and_is_told(library: Library, vault: Path):
    """The edit would make a second note, beside the old words."""
    for figure in ("75%", "76%"):
        (vault / "voting.md").write_text(TEXT.replace("57%", figure), encoding="utf-8")
        assert library.add([vault]).failed == ()
        assert notes(library) == {"vault/self-consistency.md": TEXT.replace("57%", figure)}
        assert library.warnings.pop().endswith("was renamed to vault/self-consistency.md and is updated there")


def test_another_copy_of_the_same_text_is_not_taken_for_a_renamed_one(library: Library, vault: Path):
    """An edit of one note would be written over another."""
    (library.root / "notes" / "vault" / "self-consistency.md").unlink()
    (vault / "twin.md").write_text(TEXT, encoding="utf-8")
    library.add([vault / "twin.md"])
    (vault / "voting.md").write_text(TEXT.replace("57%", "75%"), encoding="utf-8")
    library.add([vault])
    assert notes(library)["twin.md"] == TEXT
    assert "75%" in notes(library)["vault/voting.md"]


def test_a_renamed_copy_that_was_edited_stays_as_it_is(library: Library, vault: Path):
    """A person's edit in the library would be lost."""
    renamed = library.root / "notes" / "vault" / "self-consistency.md"
    renamed.write_text(TEXT + "\nMy own line.\n", encoding="utf-8")
    (vault / "voting.md").write_text(TEXT.replace("57%", "75%"), encoding="utf-8")
    library.add([vault])
    assert renamed.read_text(encoding="utf-8") == TEXT + "\nMy own line.\n"
    assert "75%" in notes(library)["vault/voting.md"]
