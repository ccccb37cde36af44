"""Versions of papers: only the newest is found, all resolve, and what a newer one takes back is flagged."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kb.errors import BadInput, NotFound
from kb.library import Library, Wishes
from kb.services import standing
from kb.services.add import add_sources
from kb.services.sentences import sentence_hash
from tests.arxiv_server import ArxivServer
from tests.conftest import write_notes
from tests.papers import LENGTH, TUNING, tuning

QUESTION = "how many answers of tuned models stay unchanged under early answering"


@pytest.fixture
def library(tmp_path: Path, arxiv: ArxivServer) -> Iterator[Library]:
    root = Library.create(tmp_path / "library")
    write_notes(root / "notes")
    with Library.open(root, long_lived=True) as library:
        library.refresh()
        yield library


def renew(library: Library, arxiv: ArxivServer) -> None:
    """Let arXiv have a second version of the paper; what is remembered of the first for a day is forgotten."""
    arxiv.papers[TUNING] = tuning(2)
    library.parts.__dict__.pop("archive", None)
    for file in (library.parts.place.data / "arxiv").rglob("*"):
        if file.is_file():
            file.unlink()


def found_anywhere(library: Library, source_id: str) -> dict[str, bool]:
    """In which of the indexes a source's passages are."""
    parts = library.parts
    with closing(sqlite3.connect(parts.place.data / "catalog.sqlite3")) as db:
        rows = db.execute("SELECT key FROM passages WHERE source_id = ?", (source_id,)).fetchall()
        keys = {row[0] for row in rows}
        words = {row[0] for row in db.execute("SELECT rowid FROM passages_fts WHERE passages_fts MATCH 'filler'")}
        wholes = db.execute(
            "SELECT count(*) FROM sources_fts f JOIN sources s ON s.number = f.rowid"
            " WHERE sources_fts MATCH 'filler' AND s.id = ?", (source_id,)
        ).fetchone()[0]  # fmt: skip
        names = db.execute("SELECT count(*) FROM names WHERE source_id = ?", (source_id,)).fetchone()[0]
        db.execute("INSERT INTO passages_fts (passages_fts) VALUES ('integrity-check')")
    assert keys
    vector = parts.embedder.embed(["Filler tokens in place of the steps"])[0]
    return {
        "scan": bool(keys & set(parts.catalog.passage_keys().tolist())),
        "chroma": bool(keys & {key for key, _ in parts.chroma.search(vector, 50)}),
        "words": bool(keys & words),
        "wholes": bool(wholes),
        "names": bool(names),
        "ids": source_id in parts.catalog.ids(),
    }


def test_only_the_newest_version_is_found_and_the_older_one_resolves(library: Library, arxiv: ArxivServer):
    """Answers would quote what the authors took back, or old citations would lead nowhere."""
    library.add([TUNING])
    old, new = f"arxiv:{TUNING}v1", f"arxiv:{TUNING}v2"
    assert set(found_anywhere(library, old).values()) == {True}
    cited = {passage.id: passage.text for passage in library.passages(old)}
    renew(library, arxiv)
    report = library.add([TUNING])
    assert report.added == (new,)
    assert set(found_anywhere(library, new).values()) == {True}
    assert set(found_anywhere(library, old).values()) == {False}
    assert {passage.id: passage.text for passage in library.passages(old)} == cited
    assert library.sources.superseded() == {old: new}
    assert library.sources.show(TUNING).id == new
    assert library.sources.show(f"{TUNING}v1").id == old
    assert library.stats()["superseded"] == 1
    assert not library.problems()


def test_a_version_that_only_withdraws_does_not_hide_the_text(library: Library, arxiv: ArxivServer):
    """The paper's words would be gone from the library, and with them what was taken back."""
    library.add([TUNING])
    stub = "This paper has been withdrawn by the authors due to an error in Table 2."
    renew(library, arxiv)
    arxiv.papers[TUNING] = tuning(2, abstract=stub, comment="withdrawn", forms={})
    news, report = library.arxiv.update()
    assert (news.withdrawn, news.newer, report.added) == ([f"arXiv:{TUNING}"], [], ())
    assert library.add([TUNING]).added == ()
    assert "only says so" in library.warnings[-1]
    old = f"arxiv:{TUNING}v1"
    assert set(found_anywhere(library, old).values()) == {True}
    assert library.sources.superseded() == {}
    assert library.sources.withdrawn(library.sources.show(TUNING))


def test_an_older_version_that_comes_later_stays_in_the_back(library: Library, arxiv: ArxivServer):
    """The order of adding would decide which version is quoted."""
    arxiv.papers[TUNING] = tuning(2)
    library.add([f"{TUNING}v2"])
    library.add([f"{TUNING}v1"])
    assert f"kept as an older version of arxiv:{TUNING}v2" in library.warnings[-1]
    dates = [library.sources.show(f"{TUNING}v{number}").version_date for number in (1, 2)]
    assert dates == ["2024-11-22", "2024-11-23"]
    assert library.sources.superseded() == {f"arxiv:{TUNING}v1": f"arxiv:{TUNING}v2"}
    assert set(found_anywhere(library, f"arxiv:{TUNING}v1").values()) == {False}
    assert set(found_anywhere(library, f"arxiv:{TUNING}v2").values()) == {True}


def test_retired_passages_survive_a_rebuild(library: Library, arxiv: ArxivServer):
    """The command that repairs would bring back what was superseded."""
    arxiv.papers[TUNING] = tuning(2)
    library.add([f"{TUNING}v1", f"{TUNING}v2"])
    report = library.rebuild()
    assert report.n_embedded == 0
    assert set(found_anywhere(library, f"arxiv:{TUNING}v1").values()) == {False}
    assert not library.problems()


def test_a_rebuild_keeps_the_vectors_of_full_texts_sentences(library: Library):
    """Every answer after it would embed the papers' sentences again, and look at fewer of them."""
    library.add([TUNING])
    before = library.parts.catalog.count("vectors")
    library.rebuild()
    assert library.parts.catalog.count("vectors") == before


def test_removing_the_newest_brings_the_older_one_back(library: Library, arxiv: ArxivServer):
    """The library would hold a paper that nothing can find."""
    arxiv.papers[TUNING] = tuning(2)
    library.add([f"{TUNING}v1", f"{TUNING}v2"])
    library.sources.remove(f"{TUNING}v2")
    assert library.sources.superseded() == {}
    assert set(found_anywhere(library, f"arxiv:{TUNING}v1").values()) == {True}
    assert not library.problems()


def test_a_version_read_from_metadata_without_one_is_superseded(library: Library, arxiv: ArxivServer):
    """A paper from a bulk file and the same from arXiv would both be quoted."""
    library.add([TUNING], wishes=Wishes(abstract_only=True))
    catalog, old = library.parts.catalog, library.sources.show(TUNING)
    catalog_source = old.model_copy(update={"id": f"arxiv:{LENGTH}", "topics": ("bulk",)})
    add_sources([catalog_source], catalog, library.parts.embedder)
    library.add([LENGTH])
    assert library.sources.superseded() == {f"arxiv:{LENGTH}": f"arxiv:{LENGTH}v1"}
    assert library.sources.show(LENGTH).topics == ("bulk",)


def test_a_quote_that_a_newer_version_took_back_is_flagged(library: Library, arxiv: ArxivServer):
    """A kept answer would go on citing a number that the authors corrected."""
    library.add([TUNING])
    inquiry = library.save(library.ask(QUESTION))
    assert "41%" in str(inquiry.answer.sentences)
    assert library.lost_quotes(inquiry) == []
    renew(library, arxiv)
    library.add([TUNING])
    (lost,) = library.lost_quotes(library.inquiry(inquiry.id))
    assert lost.startswith(f"arxiv:{TUNING}v2 no longer holds the quote “")
    assert "41%" in lost
    assert [p.what for p in library.problems()] == [f"inquiry {inquiry.id}: {lost}"]


def test_a_quote_whose_source_was_removed_is_flagged(library: Library):
    """A kept answer would look as if its evidence were at hand."""
    library.add([TUNING])
    inquiry = library.save(library.ask(QUESTION))
    _, citers = library.sources.remove(TUNING)
    assert citers.inquiries == (inquiry.id,)
    assert citers.notes == ("note:does-tuning-loosen-steps",)
    assert [words for _, words in citers.claims] == ["Fine-tuning lowers the faithfulness of chain-of-thought steps."]
    assert all("no longer in the library" in lost for lost in library.lost_quotes(inquiry))
    assert library.lost_quotes(inquiry)


def test_removal_takes_everything_along(library: Library):
    """A removed paper would go on being found, or its vectors would fill the disk."""
    before = {kind: library.parts.catalog.count(kind) for kind in ("passages", "vectors", "paper", "links")}
    with closing(sqlite3.connect(library.parts.place.data / "catalog.sqlite3")) as db:
        hashes = db.execute("SELECT count(*) FROM vectors").fetchone()
        library.add([TUNING])
        library.sources.remove(f"arXiv:{TUNING}")
        assert db.execute("SELECT count(*) FROM vectors").fetchone() == hashes
        assert db.execute("SELECT count(*) FROM jobs WHERE kind = 'paper'").fetchone() == (0,)
    assert {kind: library.parts.catalog.count(kind) for kind in before} == before
    with pytest.raises(NotFound):
        library.sources.show(TUNING)
    assert not library.problems()


def test_a_vector_that_another_passage_needs_stays(library: Library, arxiv: ArxivServer):
    """Removing one of two documents with the same words would make the other one impossible to find."""
    library.add([TUNING], wishes=Wishes(abstract_only=True))
    source = library.sources.show(TUNING)
    add_sources([source.model_copy(update={"id": "document:twin"})], library.parts.catalog, library.parts.embedder)
    library.sources.remove(TUNING)
    assert len(library.parts.catalog.passage_keys()) == library.parts.catalog.count("passages")


def test_a_sentence_that_another_source_says_keeps_its_vector(library: Library, tmp_path):
    """Removing one of two documents would change what is quoted from the other one."""
    said = 'Steps that are "cheap" decide nothing in small models.'
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text(f"The {name} text\n\n{said} This sentence stands in {name} alone.\n" * 3)
    library.add([tmp_path / "one.txt"])
    before = library.parts.catalog.count("vectors")
    library.add([tmp_path / "two.txt"])
    library.sources.remove("document:two")
    assert library.parts.catalog.vectors_of([sentence_hash(said)])
    assert not library.parts.catalog.vectors_of([sentence_hash("This sentence stands in two alone.")])
    assert library.parts.catalog.count("vectors") == before


def test_a_note_goes_only_with_its_file(library: Library):
    """It would come back with the next question."""
    with pytest.raises(BadInput, match=r"can-tuning-keep-steps\.md"):
        library.sources.remove("note:can-tuning-keep-steps")


def test_a_withdrawn_paper_is_marked_wherever_it_is_cited(library: Library, arxiv: ArxivServer):
    """A reader would build on what its authors no longer stand by."""
    arxiv.papers[TUNING] = tuning(comment="This paper has been withdrawn by the authors due to an error")
    kept = library.save(library.ask("do fine-tuned models loosen their steps"))
    library.add([TUNING])
    answer = library.ask(QUESTION)
    assert [source.withdrawn for source in answer.sources if source.id.startswith("arxiv:")] == [True]
    note = next(source for source in answer.sources if source.id == "note:does-tuning-loosen-steps")
    assert [paper.withdrawn for paper in note.rests_on] == [True]
    shown = library.inquiry(kept.id).answer
    assert any(paper.withdrawn for source in shown.sources for paper in source.rests_on)
    (problem,) = library.problems()
    assert problem.what == f"note:does-tuning-loosen-steps cites arXiv:{TUNING}, which was withdrawn"


def test_what_arxiv_says_of_a_cited_paper_goes_before_papers_jsonl(library: Library):
    """A note's sources would keep a month where the day is known."""
    note = library.note("does-tuning-loosen-steps")
    assert [paper.date for paper in library.rests_on(note)] == ["2024-11"]
    library.add([TUNING], wishes=Wishes(abstract_only=True))
    (paper,) = library.rests_on(note)
    assert (paper.date, paper.authors) == ("2024-11-22", ("Ada Author", "Ben Writer"))


def test_lost_quotes_of_notes_are_none(library: Library):
    """Every edit of a note would raise an alarm."""
    answer = library.ask("do long chains hurt small models")
    assert list(standing.lost_quotes(answer, library.parts.catalog)) == []


def test_a_quote_that_a_file_lost_when_it_was_read_again_is_flagged(library: Library, tmp_path: Path):
    """A kept answer would go on citing words that the document has no more, since its id stays the same."""
    told = (
        "Grey herons return to the same nest for {} years on average, and mend it each spring.\n"
        "The males bring the sticks from the trees around, while the females build them in.\n"
        "Old nests are wide and deep, and each of them holds the eggs of one pair alone, which sits in turns.\n"
    )
    file = tmp_path / "herons.txt"
    file.write_text(told.format("eleven"))
    library.add([file])
    inquiry = library.save(library.ask("how long do grey herons return to a nest"))
    assert library.lost_quotes(inquiry) == []
    file.write_text(told.format("nine"))
    library.add([file])
    (lost,) = library.lost_quotes(inquiry)
    assert lost.startswith("document:herons no longer holds the quote “Grey herons")
    assert " from document:" not in lost
