"""The catalog: whole items or none, nothing lost, nothing obeyed that a text says."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from kb.domain import Claim, Link, Passage, Source, SourceKind
from kb.errors import BadInput, DamagedCatalog, IndexMismatch
from kb.ports import Entry
from kb.stores import schema
from kb.stores.catalog import SqliteCatalog


@pytest.fixture
def catalog(tmp_path: Path):
    catalog = SqliteCatalog(tmp_path / "catalog.sqlite3", "test-model", 4)
    yield catalog
    catalog.close()


def entry(
    slug: str, text: str, *, title: str = "", links: tuple[Link, ...] = (), aliases: tuple[str, ...] = ()
) -> Entry:
    source = Source(
        id=f"note:{slug}", kind=SourceKind.NOTE, title=title or slug, text=text, links=links, aliases=aliases,
        claims=(Claim(text=text, as_of="2024-11"),),
    )  # fmt: skip
    passage = Passage(
        source_id=source.id, ordinal=0, char_start=0, char_end=len(text), text=text, sentences=((0, len(text)),)
    )
    return Entry(source, [passage], [text], [f"hash-{text}"])


def put(catalog: SqliteCatalog, *entries: Entry) -> None:
    with catalog.writing():
        for e in entries:
            catalog.put(e)


def test_a_source_comes_back_as_it_went_in(catalog: SqliteCatalog):
    """A note would be shown or hashed differently after it was stored."""
    e = entry("a", "Größe 𝒳 matters — “quoted”.", aliases=("Other name",))
    put(catalog, e)
    assert catalog.source("note:a") == e.source
    assert catalog.source_hash("note:a") == e.source.content_hash
    assert list(catalog.passages_of(["note:a"]).values()) == list(e.passages)


def test_passage_texts_are_cut_by_code_points(catalog: SqliteCatalog):
    """Quotes after an emoji or a combining character would be shifted."""
    text = "👩‍🔬 é مرحبا 𝒳𝒴 end"
    source = Source(id="note:u", kind=SourceKind.NOTE, title="u", text=text)
    passage = Passage(source_id="note:u", ordinal=0, char_start=6, char_end=14, text=text[6:14])
    put(catalog, Entry(source, [passage], ["x"], ["h"]))
    assert next(iter(catalog.passages_of(["note:u"]).values())).text == text[6:14]


def test_a_failed_transaction_leaves_nothing(catalog: SqliteCatalog):
    """Half a note would be answered from."""
    generation = catalog.generation()
    with pytest.raises(RuntimeError, match="stop"), catalog.writing():
        catalog.put(entry("a", "Text."))
        raise RuntimeError("stop")
    assert catalog.source("note:a") is None
    assert catalog.lexical(["text"], 5) == []
    assert catalog.generation() == generation


def test_replacing_and_removing_a_source_takes_everything_along(catalog: SqliteCatalog):
    """Search would find words that no note holds any more."""
    put(catalog, entry("a", "Old words."), entry("b", "Other words."))
    put(catalog, entry("a", "New words."))
    assert catalog.lexical(["old"], 5) == []
    assert len(catalog.lexical(["new"], 5)) == 1
    with catalog.writing():
        catalog.remove("note:a")
    assert catalog.lexical(["new"], 5) == []
    assert [c.text for c in catalog.claims()] == ["Other words."]
    assert (catalog.count("note"), catalog.count("passages")) == (1, 1)


def test_passage_keys_are_never_used_again(catalog: SqliteCatalog):
    """An index that is behind would take a new passage for an old one."""
    put(catalog, entry("a", "One."))
    first = set(catalog.passages_of(["note:a"]))
    put(catalog, entry("a", "Two."))
    assert not first & set(catalog.passages_of(["note:a"]))


def test_the_generation_counts_changes_of_passages_only(catalog: SqliteCatalog):
    """Indexes would be rebuilt for nothing, or miss a change."""
    put(catalog, entry("a", "One."))
    generation = catalog.generation()
    with catalog.writing():
        catalog.set_setting("x", "y")
    assert catalog.generation() == generation
    put(catalog, entry("a", "Two."))
    assert catalog.generation() == generation + 1


def test_vectors_are_kept_by_text_and_model(catalog: SqliteCatalog, tmp_path: Path):
    """A text that comes back would be embedded again, or vectors of two models be mixed."""
    vector = np.array([0.5, 0.5, 0.5, 0.5], dtype=np.float32)
    e = entry("a", "One.")
    with catalog.writing():
        catalog.put_vectors({"hash-One.": vector})
        catalog.put(e)
        catalog.remove("note:a")
        catalog.put(e)
    assert catalog.missing_vectors(["hash-One.", "hash-Two."]) == {"hash-Two."}
    keys, matrix = catalog.vectors()
    assert keys.tolist() == catalog.passage_keys().tolist() == list(catalog.passages_of(["note:a"]))
    assert np.allclose(matrix, vector)
    other = SqliteCatalog(tmp_path / "catalog.sqlite3", "other-model", 4)
    assert other.missing_vectors(["hash-One."]) == {"hash-One."}
    assert len(other.passage_keys()) == 0
    other.close()


def test_operators_in_search_terms_are_just_words(catalog: SqliteCatalog):
    """A question with quotes or operators would be an SQL error, or another query."""
    put(catalog, entry("a", "Near misses or not."))
    for terms in (['"'], ["near", 'x" OR "y'], ["NOT"], ["a*"], ["title:"], ["(", ")"], ["'; DROP TABLE sources; --"]):
        catalog.lexical(terms, 5)
        catalog.term_counts(terms)
    assert catalog.count("note") == 1


def test_links_resolve_by_slug_before_title_before_alias(catalog: SqliteCatalog):
    """A link could lead to another note than its author meant."""
    links = tuple(Link(target=t, kind="link") for t in ("b", "The Title", "folder/C Alias", "../../etc/passwd", "b.md"))
    put(catalog, entry("a", "A.", links=links), entry("b", "B.", title="x"), entry("t", "T.", title="The title"))
    put(catalog, entry("c", "C.", aliases=("c alias", "b")))
    assert [(e.source, e.target) for e in catalog.edges()] == [
        ("note:a", "note:b"), ("note:a", "note:t"), ("note:a", "note:c"), ("note:a", "note:b"),
    ]  # fmt: skip
    assert [target for _, target, _ in catalog.unresolved()] == ["../../etc/passwd"]


def test_more_values_than_sqlite_binds_are_asked_in_batches(catalog: SqliteCatalog):
    """A large library would fail with “too many SQL variables”."""
    put(catalog, entry("a", "One."))
    assert len(catalog.passages(range(100_000))) == 1


def test_a_catalog_of_a_newer_version_is_refused(tmp_path: Path):
    """An older program would damage what it does not understand."""
    path = tmp_path / "c.sqlite3"
    SqliteCatalog(path, "m", 4).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(IndexMismatch, match="newer version"):
        SqliteCatalog(path, "m", 4)


def test_an_older_catalog_is_backed_up_and_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A migration that goes wrong would cost the library."""
    path = tmp_path / "c.sqlite3"
    old = SqliteCatalog(path, "m", 4)
    put(old, entry("a", "One."))
    old.close()
    monkeypatch.setattr(
        schema, "MIGRATIONS", [*schema.MIGRATIONS, "CREATE TABLE extra (x);\nINSERT INTO extra VALUES (1);"]
    )
    new = SqliteCatalog(path, "m", 4)
    assert new.source("note:a") is not None
    new.close()
    backup = sqlite3.connect(tmp_path / f"c.sqlite3.v{len(schema.MIGRATIONS) - 1}.backup")
    assert backup.execute("SELECT count(*) FROM sources").fetchone() == (1,)
    backup.close()


def test_a_failed_migration_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Half-migrated tables would fit no version."""
    path = tmp_path / "c.sqlite3"
    SqliteCatalog(path, "m", 4).close()
    before = len(schema.MIGRATIONS)
    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, "CREATE TABLE extra (x);\nNONSENSE;"])
    with pytest.raises(BadInput):
        SqliteCatalog(path, "m", 4)
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (before,)
    assert not db.execute("SELECT name FROM sqlite_master WHERE name = 'extra'").fetchall()
    db.close()


def test_a_new_catalog_may_be_opened_by_many_at_once(tmp_path: Path):
    """Two terminals that begin with a new library would meet: one would be told that its catalog is locked."""
    for turn in range(25):
        start = Barrier(4)

        def opened(start: Barrier = start, path: Path = tmp_path / f"{turn}.sqlite3") -> str | None:
            start.wait()
            with closing(SqliteCatalog(path, "m", 4)) as catalog:
                return catalog.setting("generation")

        with ThreadPoolExecutor(4) as threads:
            assert [each.result() for each in [threads.submit(opened) for _ in range(4)]] == ["0"] * 4


def test_a_file_that_is_no_catalog_is_one_clear_line(tmp_path: Path):
    """A torn or foreign file would end in a traceback."""
    path = tmp_path / "c.sqlite3"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(DamagedCatalog, match=r"c\.sqlite3 is damaged .*Run `kb rebuild`"):
        SqliteCatalog(path, "m", 4)
