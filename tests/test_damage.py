"""A damaged catalog is named, made anew, and what it alone held is saved as far as it can be read."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kb.domain import Follow, Job, JobState, Source, SourceKind
from kb.errors import DamagedCatalog
from kb.library import Library
from kb.services.add import add_sources
from kb.stores.damage import damage_in

QUESTION = "why do small models lose faithfulness"
OTHER = "do tools lift the limit on execution"
_JUNK = b"\xa5"


def _document(slug: str, text: str) -> Source:
    return Source(id=f"document:{slug}", kind=SourceKind.DOCUMENT, title=slug, text=text, reading="plain")


@pytest.fixture
def root(small_root: Path) -> Path:
    """A library with two inquiries, a prompt, a followed search and two documents, one of which is superseded."""
    with Library.open(small_root) as library:
        for question in (QUESTION, OTHER):
            library.ask(question, save=True)
        catalog, embedder = library.parts.catalog, library.parts.embedder
        texts = {"old": "The first draft of this report.", "new": "The report says that traces are kept short."}
        add_sources([_document(*pair) for pair in texts.items()], catalog, embedder)
        with catalog.writing():
            catalog.retire("document:old", "document:new")
            catalog.put_follow(Follow(query="faithful reasoning", since="2026-10-01"))
            for name in ("new", "gone"):
                job = Job(target=f"{name}.txt", kind="document", state=JobState.DONE, source_id=f"document:{name}")
                catalog.put_job(job)
        library.prompts.render(QUESTION, as_of="2026-11")
    return small_root


def _catalog(root: Path) -> Path:
    return root / ".kb" / "catalog.sqlite3"


def _break_page_of(root: Path, table: str) -> None:
    """Overwrite a table's first page."""
    with closing(sqlite3.connect(_catalog(root))) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    _overwrite(root, (page - 1) * size, size)


def _overwrite(root: Path, place: int, n_bytes: int) -> None:
    with _catalog(root).open("r+b") as file:
        file.seek(place)
        file.write(_JUNK * n_bytes)


def test_a_sound_catalog_is_called_sound_and_stays(root: Path, kb):
    """Every rebuild would make the catalog anew; superseded texts are in no index, which is no damage."""
    assert damage_in(_catalog(root)) == damage_in(_catalog(root), thorough=True) == ""
    before = _catalog(root).stat().st_ino
    assert "damaged" not in kb("--library", root, "rebuild").err
    assert _catalog(root).stat().st_ino == before


@pytest.mark.parametrize("table", ["passages", "passages_fts_data"])
def test_a_damaged_catalog_is_named_with_a_cure_that_works(root: Path, kb, table: str):
    """A person would look at the vector index, or at the disk's free space, and find nothing to do."""
    _break_page_of(root, table)
    asked = kb("--library", root, "ask", QUESTION)
    assert asked.code == 2
    assert "catalog.sqlite3 is damaged" in asked.err
    assert "kb rebuild" in asked.err
    assert kb("--library", root, "doctor").code == 1
    rebuilt = kb("--library", root, "rebuild")
    assert rebuilt.code == 0
    assert "Nothing of these was lost" in rebuilt.err
    assert kb("--library", root, "ask", QUESTION).code == 0
    assert "catalog" not in kb("--library", root, "doctor").out


def test_doctor_blames_the_catalog_and_nothing_else(root: Path, kb):
    """Doctor would blame the vector index, whose cure does not help."""
    _break_page_of(root, "passages")
    lines = kb("--library", root, "doctor").out.splitlines()
    assert len(lines) == 1
    assert "catalog.sqlite3 is damaged" in lines[0]


def test_what_only_the_catalog_held_is_saved(root: Path, kb):
    """Inquiries, prompts, follows and documents would be gone with the damaged file, without a word."""
    with Library.open(root) as library:
        before = library.inquiries(), library.parts.catalog.prompts(), library.parts.catalog.follows()
        document = library.sources.show("document:new")
    _break_page_of(root, "passages")
    told = kb("--library", root, "rebuild").err
    with Library.open(root) as library:
        assert (library.inquiries(), library.parts.catalog.prompts(), library.parts.catalog.follows()) == before
        assert library.sources.show("document:new") == document
        assert library.sources.superseded() == {"document:old": "document:new"}
        assert len(library.notes()) == 5
        assert [job.target for job in library.pending()] == ["gone.txt"]
    assert "2 inquiries, 1 research prompt, 0 replies" in told
    assert "2 papers and documents" in told
    assert "To be fetched again: 1 paper or document." in told
    assert _catalog(root).with_name("catalog.sqlite3.damaged").stat().st_size


def test_what_cannot_be_read_is_said_to_be_lost(root: Path, kb):
    """A record torn in its middle would come back as nonsense, or a loss would pass for none."""
    with Library.open(root) as library:
        lost, kept = library.inquiries()
    data = _catalog(root).read_bytes()
    for place in (data.find(lost.id.encode()), data.rfind(lost.answer.reading.encode())):
        _overwrite(root, place, 12)
    _break_page_of(root, "passages")
    told = kb("--library", root, "rebuild").err
    with Library.open(root) as library:
        assert library.inquiries() == [kept]
    assert "1 inquiry" in told
    assert "are lost: inquiries" in told


def test_a_file_that_is_no_catalog_any_more_is_replaced_and_kept(root: Path, kb):
    """A library whose catalog lost its beginning could never be used again, or a second loss would hide the first."""
    for name in ("catalog.sqlite3.damaged", "catalog.sqlite3.damaged-2"):
        _overwrite(root, 0, 100)
        told = kb("--library", root, "rebuild")
        assert told.code == 0
        assert name in told.err
        assert _catalog(root).with_name(name).exists()
    assert kb("--library", root, "stats", "--json").json["note"] == 5


def test_a_damaged_catalog_is_not_made_anew_without_its_notes(root: Path, kb):
    """The notes would be lost to the library where their folder is only out of reach."""
    _break_page_of(root, "passages")
    (root / "notes").rename(root / "elsewhere")
    assert kb("--library", root, "rebuild").code == 3
    assert not list((root / ".kb").glob("*.damaged*"))
    (root / "elsewhere").rename(root / "notes")
    assert kb("--library", root, "rebuild").code == 0


def test_the_python_api_names_the_catalog_too(root: Path):
    """Who uses a library from a program would get SQLite's words without a cure."""
    _overwrite(root, 0, 100)
    with Library.open(root) as library, pytest.raises(DamagedCatalog, match="kb rebuild"):
        library.ask(QUESTION)
