"""Adding and rebuilding: nothing twice, nothing embedded again."""

from pathlib import Path

from kb.library import Library
from tests.conftest import SMALL_NOTES


def count_embeddings(library: Library, monkeypatch) -> list[str]:
    embedded: list[str] = []
    embed = library.parts.embedder.embed

    def counted(texts, on_done=None):
        embedded.extend(texts)
        return embed(texts, on_done)

    monkeypatch.setattr(library.parts.embedder, "embed", counted)
    return embedded


def test_adding_again_changes_and_embeds_nothing(small_root: Path):
    """Every start would cost as much as the first."""
    with Library.open(small_root) as library:
        first = library.add([])
        assert len(first.added) == len(SMALL_NOTES)
        assert first.n_embedded > 0
        again = library.add([])
    assert (again.added, again.updated, again.removed, again.failed) == ((), (), (), ())
    assert again.unchanged == len(SMALL_NOTES)
    assert again.n_embedded == 0


def test_rebuilding_embeds_no_passage(small_root: Path, monkeypatch):
    """A torn index would cost hours of embedding, or money."""
    with Library.open(small_root) as library:
        library.refresh()
        before = library.ask("why do small models lose faithfulness")
        embedded = count_embeddings(library, monkeypatch)
        report = library.rebuild()
        texts = {p.text for note in library.notes() for p in library.passages(note.id)}
        assert report.n_embedded == 0
        assert not [text for text in embedded if any(text.endswith(t) for t in texts)]
        assert library.ask("why do small models lose faithfulness") == before


def test_a_text_that_comes_back_is_not_embedded_again(small_root: Path):
    """Undoing an edit would cost another embedding."""
    path = small_root / "notes" / "do-tools-lift-the-limit.md"
    text = path.read_text(encoding="utf-8")
    with Library.open(small_root) as library:
        library.refresh()
        path.write_text(text.replace("calculator", "computer"), encoding="utf-8")
        assert library.refresh().n_embedded > 0
        path.write_text(text, encoding="utf-8")
        back = library.refresh()
    assert back.updated == ("note:do-tools-lift-the-limit",)
    assert back.n_embedded == 0


def test_a_renamed_note_is_another_note(small_root: Path):
    """The old slug would go on being cited."""
    with Library.open(small_root) as library:
        library.refresh()
        path = small_root / "notes" / "do-tools-lift-the-limit.md"
        path.rename(path.with_name("tools.md"))
        report = library.refresh()
        assert report.added == ("note:tools",)
        assert report.removed == ("note:do-tools-lift-the-limit",)


def test_a_note_moved_into_a_folder_stays_the_same_note(small_root: Path):
    """Tidying up a vault would lose the history of its notes."""
    with Library.open(small_root) as library:
        library.refresh()
        path = small_root / "notes" / "do-tools-lift-the-limit.md"
        (path.parent / "tools").mkdir()
        path.rename(path.parent / "tools" / path.name)
        report = library.refresh()
        assert report.updated == ("note:do-tools-lift-the-limit",)
        assert (report.added, report.removed, report.n_embedded) == ((), (), 0)
        assert library.note("do-tools-lift-the-limit").origin == "tools/do-tools-lift-the-limit.md"
