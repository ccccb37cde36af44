"""A catalog made by the version before this one: everything is there afterwards, and works."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from kb.domain import Inquiry, Job, Paper, Passage, Source, SourceKind
from kb.identity import content_hash
from kb.ports import Entry
from kb.stores.catalog import SqliteCatalog
from kb.stores.schema import MIGRATIONS

MODEL, DIMENSION = "test-model", 4
TEXT = "Filler words stand in for steps. They cost no accuracy."


def source(number: int) -> Source:
    return Source(id=f"arxiv:2411.15382v{number}", kind=SourceKind.PAPER, title=f"Steps {number}", text=TEXT)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[SqliteCatalog]:
    """A catalog of version 1 with one paper, opened by this version of the program."""
    path = tmp_path / "catalog.sqlite3"
    old = source(1)
    known = Paper(id="2411.15382", title="Steps", date="2024-11")
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(MIGRATIONS[0])
        db.execute("PRAGMA user_version = 1")
        db.execute(
            "INSERT INTO sources (id, kind, title, text, record, content_hash) VALUES (?, ?, ?, ?, ?, ?)",
            (old.id, old.kind, old.title, old.text, old.model_dump_json(exclude={"text"}), old.content_hash),
        )
        db.execute("INSERT INTO names VALUES ('steps-1', 1, ?)", (old.id,))
        db.execute(
            "INSERT INTO passages (source_id, ordinal, kind, section, char_start, char_end, sentences, text_hash, title,"
            " body) VALUES (?, 0, 'body', '[]', 0, ?, '[]', 'hash-1', ?, ?)",
            (old.id, len(TEXT), old.title, TEXT),
        )
        db.execute("INSERT INTO sources_fts (rowid, title, body) VALUES (1, ?, ?)", (old.title, TEXT))
        vector = np.eye(1, DIMENSION, dtype="<f2").tobytes()
        db.execute("INSERT INTO vectors VALUES ('hash-1', ?, ?, ?)", (MODEL, DIMENSION, vector))
        db.execute("INSERT INTO papers VALUES (?, ?)", (known.id, known.model_dump_json(exclude={"version", "doi"})))
        db.execute(
            "INSERT INTO jobs VALUES ('a.md', 'note', 'done', ?)", (json.dumps({"target": "a.md", "state": "done"}),)
        )
        db.execute("UPDATE settings SET value = '7' WHERE name = 'generation'")
    catalog = SqliteCatalog(path, MODEL, DIMENSION)
    yield catalog
    catalog.close()


def put(catalog: SqliteCatalog, number: int) -> None:
    new = source(number)
    passage = Passage(source_id=new.id, ordinal=0, char_start=0, char_end=len(TEXT), text=TEXT)
    with catalog.writing():
        catalog.put_vectors({f"hash-{number}": np.eye(1, DIMENSION, dtype=np.float32)[0]})
        catalog.put(Entry(new, [passage], [TEXT], [f"hash-{number}"]))


def test_everything_is_there_after_the_change(catalog: SqliteCatalog, tmp_path: Path):
    """An update of the program would cost a library its contents."""
    assert catalog.source(source(1).id) == source(1)
    assert catalog.ids() == [source(1).id]
    assert [key for key, _ in catalog.lexical(["filler"], 5)] == [1]
    assert [found for found, _ in catalog.lexical_sources(["filler"], 5)] == [source(1).id]
    assert catalog.passage_keys().tolist() == [1]
    assert catalog.papers(["2411.15382"])["2411.15382"].date == "2024-11"
    assert catalog.jobs() == [Job(target="a.md", state="done")]
    assert catalog.inquiries() == list[Inquiry]()
    assert (catalog.generation(), catalog.superseded(), catalog.follows()) == (7, {}, [])
    with closing(sqlite3.connect(tmp_path / "catalog.sqlite3.v1.backup")) as backup:
        assert backup.execute("PRAGMA user_version").fetchone() == (1,)
        assert backup.execute("SELECT count(*) FROM passages").fetchone() == (1,)


def test_what_an_older_version_recorded_can_be_retired_and_removed(catalog: SqliteCatalog, tmp_path: Path):
    """Full-text rows of before the change would be left behind, and searches find what is gone."""
    put(catalog, 2)
    with catalog.writing():
        catalog.retire(source(1).id, source(2).id)
    assert catalog.ids() == [source(2).id]
    assert catalog.superseded() == {source(1).id: source(2).id}
    assert [found for found, _ in catalog.lexical_sources(["filler"], 5)] == [source(2).id]
    assert [key for key, _ in catalog.lexical(["filler"], 5)] == catalog.passage_keys().tolist() == [2]
    assert catalog.count("passages") == 1
    assert [p.text for p in catalog.passages_of([source(1).id]).values()] == [TEXT]
    for number in (1, 2):
        with catalog.writing():
            catalog.remove(source(number).id)
    assert (catalog.lexical(["filler"], 5), catalog.lexical_sources(["filler"], 5)) == ([], [])
    with closing(sqlite3.connect(tmp_path / "catalog.sqlite3")) as db:
        db.execute("INSERT INTO passages_fts (passages_fts) VALUES ('integrity-check')")
        assert db.execute("SELECT count(*) FROM sources_fts_docsize").fetchone() == (0,)


def test_retiring_twice_is_retiring_once(catalog: SqliteCatalog):
    """A third version would take the first's words from the index again, and spoil it."""
    put(catalog, 2)
    put(catalog, 3)
    for old, new in ((1, 2), (1, 3), (2, 3)):
        with catalog.writing():
            catalog.retire(source(old).id, source(new).id)
    assert catalog.superseded() == {source(1).id: source(3).id, source(2).id: source(3).id}
    assert [found for found, _ in catalog.lexical_sources(["filler"], 5)] == [source(3).id]
    put(catalog, 1)
    assert catalog.superseded() == {source(2).id: source(3).id}
    assert len(catalog.lexical_sources(["filler"], 5)) == 2


def test_versions_are_told_apart_and_put_in_order(catalog: SqliteCatalog):
    """Version 10 would come before version 2, or another paper's id pass for a version."""
    for number in (10, 2):
        put(catalog, number)
    others = [
        Source(id=i, kind=SourceKind.PAPER, title="T", text=TEXT)
        for i in ("arxiv:2411.15382", "arxiv:2411.1538v1", "arxiv:2411.15383v1")
    ]
    with catalog.writing():
        for other in others:
            catalog.put(Entry(other, [], [], []))
    found = catalog.versions_of("2411.15382")
    assert found == ["arxiv:2411.15382", *(source(n).id for n in (1, 2, 10))]


def test_a_vector_goes_only_when_no_passage_has_its_text(catalog: SqliteCatalog):
    """A passage would be left that nothing finds by meaning."""
    with catalog.writing():
        assert catalog.forget_vectors(["hash-1", content_hash("unknown")]) == 0
        catalog.remove(source(1).id)
        assert catalog.forget_vectors(["hash-1"]) == 1
