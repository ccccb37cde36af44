"""Questions as of a date, of papers in several versions: the one of the time speaks, with its own date."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kb.domain import Answer, AnswerStatus, Paper, Source, SourceKind
from kb.library import Library
from kb.services.add import add_sources, vectors_of_versions
from kb.services.horizon import horizon
from kb.services.settle import retire_older
from kb.stores.until import CatalogUntil
from tests.conftest import write_notes

QUESTION = "Why do smaller models lose reasoning faithfulness?"
BASE = "2410.00009"
WORDS = "Smaller models lose reasoning faithfulness under paraphrase of arithmetic, {} percent of it on average."


def version(number: int, share: str, version_date: str | None) -> Source:
    """One version of the paper, told apart by its figure."""
    return Source(
        id=f"arxiv:{BASE}v{number}", kind=SourceKind.PAPER, title="Faithfulness of small models under paraphrase",
        text=WORDS.format(share), date="2024-10-04", version_date=version_date,
    )  # fmt: skip


def build(root: Path, versions: list[Source], newest: int, updated: str) -> Library:
    """A library of two notes and the paper, of which the newest version is in force."""
    write_notes(Library.create(root) / "notes")
    library = Library.open(root)
    library.refresh()
    catalog = library.parts.catalog
    add_sources(versions, catalog, library.parts.embedder)
    with catalog.writing():
        retire_older(catalog, BASE)
        known = Paper(id=BASE, title="Paraphrase", date="2024-10-04", version=newest, updated=updated)
        catalog.put_papers([known], origin="arxiv")
    return library


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Four versions are held; when the third was submitted is not known."""
    shares = {1: "eleven", 2: "twelve", 3: "thirteen", 4: "fourteen"}
    dates = {1: "2024-10-04", 2: "2025-01-15", 3: None, 4: "2025-09-01"}
    with build(tmp_path / "library", [version(n, shares[n], dates[n]) for n in shares], 4, "2025-09-01") as library:
        yield library


def figures(answer: Answer) -> set[str]:
    """The versions that an answer quotes, by their figures."""
    told = " ".join(sentence.text for sentence in answer.sentences)
    return {figure for figure in ("eleven", "twelve", "thirteen", "fourteen") if figure in told}


@pytest.mark.parametrize(
    ("until", "figure", "date"),
    [
        ("2024-10", "eleven", "2024-10-04"), ("2025-01", "twelve", "2025-01-15"), ("2025-08", "twelve", "2025-01-15"),
        ("2025-09", "fourteen", "2025-09-01"),
    ],
)  # fmt: skip
def test_the_version_of_the_time_speaks(library: Library, until: str, figure: str, date: str):
    """A question of a time would be answered with what the authors wrote later, or not at all."""
    answer = library.ask(QUESTION, as_of=until)
    assert figures(answer) == {figure}
    assert [source.date for source in answer.sources if BASE in source.id] == [date]
    cited = {c.source: c.quote for s in answer.sentences for c in s.citations if BASE in c.source}
    assert all(quote in library.sources.show(source).text for source, quote in cited.items())
    assert library.ask(f"What does arXiv:{BASE} say?", as_of=until).sources[0].id in cited


@pytest.mark.parametrize("until", ["2024-09", "2024-10-03"])
def test_before_the_first_version_there_is_none(library: Library, until: str):
    """A version without a date would be taken for one of any time, or a paper of later that month for one of the day."""
    answer = library.ask(QUESTION, as_of=until)
    assert not figures(answer)
    assert "version" not in answer.left_out


def test_a_version_of_unknown_date_is_left_out_and_said_to_be(library: Library):
    """A date would be guessed, or a reader take the version shown for the only one of the time."""
    words = {until: library.ask(QUESTION, as_of=until).left_out for until in ("2024-10", "2025-08", "2025-09")}
    assert "not known" not in words["2024-10"], "what is newer than a later version is later itself"
    assert "1 paper an earlier version was read" in words["2025-08"]
    assert "1 paper a version was left out because its date is not known" in words["2025-08"]
    assert "version" not in words["2025-09"]


def test_a_version_in_force_counts_from_the_latest_date_that_it_can_have(tmp_path: Path):
    """What may be later would pass for evidence of the time, or a version that was there by then be lost for good."""
    held = [version(1, "eleven", "2024-10-04"), version(2, "twelve", None)]
    with build(tmp_path / "library", held, 3, "2025-09-01") as library:
        assert figures(library.ask(QUESTION, as_of="2025-08")) == {"eleven"}
        assert "its date is not known" in library.ask(QUESTION, as_of="2025-08").left_out
        assert figures(library.ask(QUESTION, as_of="2025-09")) == {"twelve"}


def test_only_later_versions_are_no_evidence(tmp_path: Path):
    """The words of a later version would stand for those of a version that the library does not hold."""
    with build(tmp_path / "library", [version(2, "twelve", "2025-01-15")], 2, "2025-01-15") as library:
        answer = library.ask(f"What does arXiv:{BASE} say?", as_of="2024-12")
        assert answer.status is AnswerStatus.INSUFFICIENT
        assert "only later versions" in library.ask(QUESTION, as_of="2024-12").left_out


def test_an_earlier_version_scores_as_it_would_in_force(library: Library):
    """An earlier version would be ranked by another measure than the sources beside it."""
    catalog, terms = library.parts.catalog, ["paraphrase", "arithmetic", "smaller", "models"]
    in_force = dict(catalog.lexical_sources(terms, 50))[f"arxiv:{BASE}v4"]
    passage = max(score for key, score in catalog.lexical(terms, 50) if BASE in catalog.source_ids([key])[key])
    model = (library.parts.embedder.model_id, library.parts.embedder.dimension)
    with closing(CatalogUntil(library.parts.catalog_file, *model)) as then, then.reading():
        seen = horizon(then, "2025-01")
        then.see(seen, *vectors_of_versions(then, library.parts.embedder, seen.versions))
        assert dict(then.lexical_sources(terms, 50))[f"arxiv:{BASE}v2"] == pytest.approx(in_force)
        assert max(score for _, score in then.lexical(terms, 50)) == pytest.approx(passage)
        found = then.source_ids([key for key, _ in then.lexical(terms, 50)])
    assert f"arxiv:{BASE}v4" not in found.values()


def test_the_library_itself_stays_as_it_is(library: Library):
    """A dated question would bring superseded versions back for everybody."""
    before = (library.parts.catalog.generation(), library.sources.superseded())
    library.ask(QUESTION, as_of="2025-01")
    assert (library.parts.catalog.generation(), library.sources.superseded()) == before
    assert figures(library.ask(QUESTION)) == {"fourteen"}


def test_a_rebuild_keeps_the_vectors_of_earlier_versions(library: Library):
    """Every dated question after it would embed them again."""
    library.rebuild()
    hashes = library.parts.catalog.count("vectors")
    seen = horizon(library.parts.catalog, "2025-01")
    assert seen.versions == {f"arxiv:{BASE}v2"}
    assert figures(library.ask(QUESTION, as_of="2025-01")) == {"twelve"}
    library.rebuild()
    assert library.parts.catalog.count("vectors") == hashes


def test_quoting_the_version_of_the_time_loses_nothing(library: Library):
    """Every dated answer from an earlier version would be warned of for doing what was asked, and `doctor` fail."""
    dated = library.save(library.ask(QUESTION, as_of="2025-01"))
    assert figures(dated.answer) == {"twelve"}
    assert library.lost_quotes(dated) == []
    assert library.problems() == []
    library.sources.remove(f"arxiv:{BASE}v2")
    (lost,) = library.lost_quotes(dated)
    assert lost.startswith(f"arxiv:{BASE}v2, which is quoted with “")
    assert lost.endswith("is no longer in the library")


def test_an_undated_answer_still_loses_what_a_newer_version_took_back(library: Library):
    """The mercy for dated answers would hide corrections from all others."""
    dated = library.ask(QUESTION, as_of="2025-01")
    inquiry = library.save(dated.model_copy(update={"until": ""}))
    (lost,) = library.lost_quotes(inquiry)
    assert lost.startswith(f"arxiv:{BASE}v4 no longer holds the quote “")
