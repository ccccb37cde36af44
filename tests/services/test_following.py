"""Followed searches and updates: what is new, newer and withdrawn, in few requests and without losing a step."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.errors import BadInput, NotFound
from kb.library import Library, Wishes
from kb.services.following import search_from
from tests.arxiv_server import ArxivServer, ServedPaper, answer
from tests.conftest import write_notes
from tests.papers import LENGTH, TUNING, length, tuning
from tests.services.test_versions import renew

RECENT = search_from("2026-11-20")


@pytest.fixture
def library(tmp_path: Path, arxiv: ArxivServer) -> Iterator[Library]:
    root = Library.create(tmp_path / "library")
    with Library.open(root) as library:
        yield library


def many(n: int) -> list[ServedPaper]:
    return [
        dataclasses.replace(
            length(), id=f"2503.{i:05}", title=f"Paper {i}", abstract=f"Finding number {i} stands here."
        )
        for i in range(n)
    ]


def test_an_update_brings_the_new_papers_of_followed_searches(library: Library, arxiv: ArxivServer):
    """A researcher would have to search again by hand, and get the old papers with the new."""
    follow = library.arxiv.follow("steps", category="cs.AI", since="2025-01", topics=("lengths",))
    news, report = library.arxiv.update()
    assert news.new == [f"arXiv:{LENGTH}"]
    assert report.added == (f"arxiv:{LENGTH}v1",)
    assert library.sources.show(LENGTH).topics == ("lengths",)
    asked = [request.query["search_query"] for request in arxiv.requests if request.query.get("search_query")]
    assert asked == ["all:steps AND cat:cs.AI AND submittedDate:[202501010000 TO 299912312359]"]
    (after,) = library.arxiv.follows()
    assert (after.id, after.since > follow.since) == (follow.id, True)
    news, report = library.arxiv.update()
    assert (news.new, report.added, report.pending) == ([], (), 0)


def test_following_twice_is_following_once_and_can_be_stopped(library: Library):
    """Every new paper would come twice, for ever."""
    first = library.arxiv.follow("chain of  thought")
    assert library.arxiv.follow("Chain of thought").id == first.id
    assert [follow.id for follow in library.arxiv.follows()] == [first.id]
    library.arxiv.unfollow(first.id)
    assert library.arxiv.follows() == []
    with pytest.raises(NotFound):
        library.arxiv.unfollow(first.id)


@pytest.mark.parametrize(("query", "category"), [("", ""), ('"open', ""), ("x", "not a category")])
def test_what_cannot_be_searched_cannot_be_followed(library: Library, query: str, category: str):
    """The mistake would show at every update instead of once."""
    with pytest.raises(BadInput):
        library.arxiv.follow(query, category=category)
    assert library.arxiv.follows() == []


def test_an_update_brings_newer_versions_as_the_older_ones_were_read(library: Library, arxiv: ArxivServer):
    """A library of abstracts would fetch every full text, or one of full texts fall back to abstracts."""
    library.add([TUNING])
    library.add([LENGTH], wishes=Wishes(("kept",), abstract_only=True))
    renew(library, arxiv)
    arxiv.papers[LENGTH] = length(versions=3, forms={"html": b"not asked for"})
    n = len(arxiv.requests)
    news, report = library.arxiv.update()
    assert sorted(news.newer) == [f"arXiv:{TUNING}v2", f"arXiv:{LENGTH}v3"]
    assert sorted(report.added) == [f"arxiv:{TUNING}v2", f"arxiv:{LENGTH}v3"]
    assert library.sources.show(TUNING).reading == "html"
    new = library.sources.show(LENGTH)
    assert (new.reading, new.topics) == ("abstract", ("kept",))
    assert [request.path.split("?")[0] for request in arxiv.requests[n:]] == ["/api/query", f"/html/{TUNING}v2"]


def test_an_update_asks_for_a_hundred_papers_at_a_time(library: Library, arxiv: ArxivServer):
    """Ten thousand papers would take eight hours instead of five minutes."""
    for paper in many(130):
        arxiv.papers[paper.id] = paper
    library.add([paper.id for paper in many(130)], wishes=Wishes(abstract_only=True))
    renew(library, arxiv)
    n = len(arxiv.requests)
    news, _ = library.arxiv.update()
    assert news.n_asked == 130
    assert len(arxiv.requests) - n == 2


def test_an_update_tells_of_withdrawals_of_held_and_of_cited_papers(library: Library, arxiv: ArxivServer):
    """A note would rest on a withdrawn paper without anybody knowing."""
    write_notes(library.parts.place.notes)
    library.refresh()
    library.add([LENGTH])
    renew(library, arxiv)
    arxiv.papers[TUNING] = tuning(comment="Withdrawn by the authors")
    news, report = library.arxiv.update()
    assert news.withdrawn == [f"arXiv:{TUNING}"]
    assert report.added == ()
    assert any("which was withdrawn" in problem.what for problem in library.problems())
    assert library.arxiv.update()[0].withdrawn == []


def test_an_update_that_was_cut_short_goes_on(library: Library, arxiv: ArxivServer):
    """One bad minute at arXiv would lose new versions, or make the next update begin anew."""
    for paper in many(130):
        arxiv.papers[paper.id] = paper
    library.add([paper.id for paper in many(130)], wishes=Wishes(abstract_only=True))
    renew(library, arxiv)
    for paper in list(arxiv.papers.values()):
        arxiv.papers[paper.id] = dataclasses.replace(paper, versions=2)
    n = len(arxiv.requests)
    arxiv.then(None, *[answer(503, retry_after=7200)] * 5)
    news, report = library.arxiv.update()
    assert (len(news.newer), len(report.added)) == (100, 100)
    assert any("arXiv" in warning or "arxiv" in warning for warning in library.warnings)
    arxiv._tricks.clear()
    (library.parts.place.data / "arxiv" / "gate.json").unlink()  # two hours later
    del library.parts.__dict__["archive"]
    news, report = library.arxiv.update()
    assert (len(news.newer), len(report.added), news.n_asked) == (30, 30, 30)
    assert len(arxiv.requests) - n == 3


def test_without_a_network_an_update_ends_soon_and_says_so_once(library: Library, arxiv: ArxivServer, monkeypatch):
    """A person on a train would wait for minutes and read the same line twice."""
    library.arxiv.follow("steps", since="2025-01")
    monkeypatch.setenv("KB_TEST_SERVER", "http://127.0.0.1:9")
    with Library.open(library.root) as offline:
        offline.add([TUNING])
        offline.warnings.clear()
        _, report = offline.arxiv.update()
        assert (report.pending, report.undone) == (1, 1)
        (warning,) = offline.warnings
    assert "arXiv cannot be reached: 127.0.0.1 takes no connection" in warning
