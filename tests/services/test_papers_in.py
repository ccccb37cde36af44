"""Papers in: facts, full text, what becomes of items that fail, and of what is added twice."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.extracted import Extracted
from kb.domain import JobState, SourceKind
from kb.identity import ArxivId
from kb.library import Library, Wishes
from kb.services.papers_in import composed
from tests.arxiv_server import ArxivServer, answer, cut_feed
from tests.papers import ABSTRACT_OF_TUNING, LENGTH, TUNING, length, page, tuning

FIGURE = "Early answering leaves 41% of the answers of tuned models unchanged"


@pytest.fixture
def library(tmp_path: Path, arxiv: ArxivServer) -> Iterator[Library]:
    with Library.open(Library.create(tmp_path / "library")) as library:
        yield library


def test_a_paper_comes_whole_with_its_facts(library: Library, arxiv: ArxivServer):
    """A citation would lack the date, the version or the words that it points into."""
    report = library.add([f"https://arxiv.org/pdf/{TUNING}v1.pdf"], wishes=Wishes(("Chain Of Thought",), "read first"))
    assert report.added == (f"arxiv:{TUNING}v1",)
    source = library.sources.show(TUNING)
    assert (source.kind, source.reading, source.date) == (SourceKind.PAPER, "html", "2024-11-22")
    assert (source.topics, source.remark) == (("chain-of-thought",), "read first")
    assert source.authors == ("Ada Author", "Ben Writer")
    assert source.text.startswith(f"## Abstract\n\n{ABSTRACT_OF_TUNING}\n\n")
    assert source.text.count(ABSTRACT_OF_TUNING) == 1
    assert FIGURE in source.text
    assert library.parts.catalog.papers([TUNING])[TUNING].version == 1
    for passage in library.passages(source.id):
        assert source.text[passage.char_start : passage.char_end] == passage.text


def test_an_answer_quotes_the_full_text(library: Library):
    """The paper would be kept, but not be found."""
    library.add([TUNING])
    answer = library.ask("how many answers of tuned models stay unchanged under early answering")
    quotes = [c.quote for s in answer.sentences for c in s.citations]
    assert any(quote.startswith(FIGURE) for quote in quotes), quotes
    assert answer.sources[0].id == f"arxiv:{TUNING}v1"


def test_facts_of_many_papers_take_one_request(library: Library, arxiv: ArxivServer):
    """A hundred papers would take five minutes of waiting before the first is read."""
    for i in range(40):
        paper = dataclasses.replace(length(), id=f"2503.{i:05}", title=f"Paper {i}", abstract=f"Finding number {i}.")
        arxiv.papers[paper.id] = paper
    wanted = [paper for paper in arxiv.papers if paper.startswith("2503.")]
    report = library.add(wanted, wishes=Wishes(abstract_only=True))
    assert len(report.added) == 40
    assert [request.path.split("?")[0] for request in arxiv.requests] == ["/api/query"]


def test_without_a_form_that_can_be_read_the_abstract_is_kept_and_that_is_said(library: Library, arxiv: ArxivServer):
    """A person would take an abstract for the paper, or the paper for lost."""
    robot = b"<html><body><h1>Are you a robot?</h1><p>Please solve the CAPTCHA to go on.</p></body></html>"
    arxiv.papers[LENGTH] = length(forms={"html": robot, "pdf": b"%PDF-1.7\nnothing of use"})
    report = library.add([LENGTH])
    assert report.added == (f"arxiv:{LENGTH}v1",)
    assert not report.failed
    source = library.sources.show(LENGTH)
    assert (source.reading, "CAPTCHA" in source.text) == ("abstract", False)
    assert source.text.startswith("Accuracy rises and then falls")
    (said,) = library.warnings
    assert said.startswith(f"arXiv:{LENGTH}: abstract only")
    assert "html: " in said
    assert "pdf: " in said


def test_a_full_text_that_comes_later_takes_the_abstracts_place(library: Library, arxiv: ArxivServer):
    """Who added abstracts first could never have the papers."""
    library.add([TUNING], wishes=Wishes(("first",), abstract_only=True))
    assert library.sources.show(TUNING).reading == "abstract"
    report = library.add([TUNING], wishes=Wishes(("second",)))
    assert report.updated == (f"arxiv:{TUNING}v1",)
    source = library.sources.show(TUNING)
    assert (source.reading, source.topics) == ("html", ("first", "second"))
    again = library.add([TUNING], wishes=Wishes(abstract_only=True))
    assert (again.unchanged, library.sources.show(TUNING).reading) == (1, "html")


def test_adding_twice_fetches_and_embeds_nothing(library: Library, arxiv: ArxivServer):
    """A scheduled run would load arXiv and the computer for nothing."""
    library.add([TUNING])
    n_requests, generation = len(arxiv.requests), library.parts.catalog.generation()
    report = library.add([f"arXiv:{TUNING}", f"https://arxiv.org/abs/{TUNING}"])
    assert (report.added, report.updated, report.unchanged, report.n_embedded) == ((), (), 1, 0)
    assert len(arxiv.requests) == n_requests
    assert library.parts.catalog.generation() == generation


def test_a_paper_that_does_not_exist_is_a_failed_item(library: Library):
    """It would pass for added, or end the batch."""
    report = library.add(["2412.99999", TUNING])
    assert report.added == (f"arxiv:{TUNING}v1",)
    (failed,) = report.failed
    assert (failed.target, failed.reason) == ("arXiv:2412.99999", "arXiv has no paper arXiv:2412.99999")
    assert library.problems()[0].what == "arXiv:2412.99999: arXiv has no paper arXiv:2412.99999"
    assert library.sources.remove("2412.99999")[0] == "arXiv:2412.99999"
    assert not library.problems()


def test_a_version_that_does_not_exist_is_told_from_a_paper_that_does_not(library: Library):
    """A person would look for a mistake in an id that is right."""
    (failed,) = library.add([f"{TUNING}v9"]).failed
    assert failed.reason == f"arXiv:{TUNING} has no version 9; the newest is v1"
    assert failed.target == f"arXiv:{TUNING}v9"


def test_an_archive_that_does_not_answer_leaves_everything_pending(library: Library, arxiv: ArxivServer):
    """Nothing would be tried again, or every paper of a long list would be reported on its own."""
    arxiv.then(*[answer(503, retry_after=3600)] * 9)
    report = library.add([TUNING, LENGTH])
    assert (report.added, report.failed, report.pending) == ((), (), 2)
    assert len(library.parts.catalog.jobs(JobState.PENDING)) == 2
    assert "still to be added" in library.problems()[0].what


def test_what_is_pending_goes_on_without_being_named(library: Library, arxiv: ArxivServer):
    """A run that was cut short could only be repeated by who remembers what it was given."""
    arxiv.then(*[cut_feed] * 9)
    assert library.add([TUNING], wishes=Wishes(("kept",))).pending == 1
    arxiv._tricks.clear()
    report = library.add([])
    assert (report.added, report.pending) == ((f"arxiv:{TUNING}v1",), 0)
    assert library.sources.show(TUNING).topics == ("kept",)


def test_adding_notes_does_not_go_on_with_papers(library: Library, arxiv: ArxivServer, tmp_path: Path):
    """Adding a note would open connections that nobody asked for."""
    arxiv.then(*[cut_feed] * 9)
    library.add([TUNING])
    arxiv._tricks.clear()
    n_requests = len(arxiv.requests)
    (tmp_path / "note.md").write_text("# A note\n\nIt says one thing.\n")
    report = library.add([tmp_path / "note.md"])
    assert (report.added, report.pending) == (("note:note",), 1)
    assert len(arxiv.requests) == n_requests


def test_what_failed_is_tried_again_only_when_asked(library: Library, arxiv: ArxivServer):
    """Every run would ask for what does not exist, or a paper that came late could never be had."""
    library.add(["2412.00001"])
    arxiv.papers["2412.00001"] = dataclasses.replace(length(), id="2412.00001")
    assert not library.add([]).added
    report = library.add([], retry=True)
    # The answer that there is no such paper is remembered for a day.
    assert report.added == ("arxiv:2412.00001v1",) or report.failed


def test_markup_in_a_title_and_an_abstract_stays_text(library: Library, arxiv: ArxivServer):
    """A paper could draw on the terminal of who reads it."""
    title = "Steps \x1b[31m<script>alert(1)</script> [x](javascript:alert(1))"
    arxiv.papers[LENGTH] = length(title=title.replace("\x1b", ""), abstract="One <b>claim</b> & another stand here.")
    library.add([LENGTH])
    source = library.sources.show(LENGTH)
    assert source.text == "One <b>claim</b> & another stand here."
    assert library.passages(source.id)[0].text == source.text


@pytest.mark.parametrize("heading", ["## Abstract", "# Abstract", "## ABSTRACT.", "###### Abstract"])
def test_the_abstract_stands_once_and_pages_keep_their_place(heading: str):
    """The same sentence would be quoted twice, or a citation would name the wrong page."""
    body = f"# The Title\n\n{heading}\n\nOld words of it.\n\n## Introduction\n\nFirst page.\n\nSecond page.\n"
    text = Extracted(body, "pdf", title="The Title", pages=(0, body.index("Second")))
    whole, pages = composed("New words of it.", text)
    assert whole == "## Abstract\n\nNew words of it.\n\n## Introduction\n\nFirst page.\n\nSecond page.\n"
    assert pages == (0, whole.index("Second"))


def test_a_paper_without_an_abstract_of_its_own_keeps_all_its_text():
    """A heading that merely looks like one would swallow the paper."""
    body = "## Abstract\n\nAll of the text stands here, and no heading follows.\n"
    whole, _ = composed("Words.", Extracted(body, "tex"))
    assert "All of the text stands here" in whole
    far = f"## Abstract\n\n{'The introduction has no heading. ' * 60}\n\n## Results\n\nThey are here.\n"
    assert "The introduction has no heading." in composed("Words.", Extracted(far, "pdf"))[0]


def test_the_kept_facts_are_those_of_the_newest_version(library: Library, arxiv: ArxivServer):
    """Adding an old version would make the library forget that there is a newer one, or that it was withdrawn."""
    arxiv.papers[TUNING] = tuning(2, comment="This paper has been withdrawn by the authors")
    library.add([f"{TUNING}v1"])
    paper = library.parts.catalog.papers([TUNING])[TUNING]
    assert (paper.version, paper.withdrawn) == (2, True)
    assert [ArxivId.parse(s.id).version for s in library.sources.find(SourceKind.PAPER)] == [1]


def test_a_page_about_something_else_is_not_taken_for_the_paper(library: Library, arxiv: ArxivServer):
    """The words "no HTML for this paper" would be quoted as its finding."""
    notice = page("No HTML", "No HTML for this paper is available.", {})
    arxiv.papers[LENGTH] = length(forms={"html": notice})
    library.add([LENGTH])
    assert "No HTML" not in library.sources.show(LENGTH).text
