"""Files and pages that cannot be had: what their job says, and what a person is told to do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.kinds import MAX_BYTES
from kb.errors import NotFound
from kb.library import Library
from kb.services import intake
from kb.services.citers import Citers
from tests.arxiv_server import ArxivServer, answer

BY_HAND = "get its PDF by hand and add that: `kb add FILE`"
CHALLENGE = b"<html><title>Just a moment...</title><body><h1>Checking your browser</h1><p>Verify you are human.</p>"


@pytest.fixture
def library(tmp_path: Path, arxiv: ArxivServer) -> Iterator[Library]:
    with Library.open(Library.create(tmp_path / "library")) as library:
        yield library


@pytest.mark.parametrize(
    ("reply", "reason", "advice"),
    [
        (answer(403), "the page that this DOI leads to is not open to everyone (HTTP 403)", f"G{BY_HAND[1:]}"),
        (answer(404), "the page that this DOI leads to does not exist (HTTP 404)", f"G{BY_HAND[1:]}"),
        (answer(503), "the page that this DOI leads to cannot be had now (HTTP 503)", f"Try again later with `kb add --retry`. Or {BY_HAND}"),
        (answer(200, CHALLENGE, "text/html"), "the page that this DOI leads to: the page asks ", f"G{BY_HAND[1:]}"),
    ],
)  # fmt: skip
def test_a_publisher_that_refuses_programs_leaves_the_pdf(
    library: Library, arxiv: ArxivServer, monkeypatch, reply: object, reason: str, advice: str
):
    """A person would check an address that is right, or wait for a page that no program ever gets."""
    monkeypatch.setattr(intake, "_RESOLVER", f"{arxiv.url}/doi/")
    arxiv.pages["/doi/10.1000/two"] = answer(302, location="/article")
    arxiv.pages["/article"] = reply  # type: ignore[assignment]
    (job,) = library.add(["10.1000/two"]).failed
    assert job.reason.startswith(reason)
    assert job.advice == advice
    assert "\n" not in job.in_words


def test_minutes_of_a_meeting_are_a_document_and_an_empty_phrase_can_be_given_up(library: Library, tmp_path: Path):
    """A person's own short text would be refused, or what was refused stay in the list for ever."""
    (tmp_path / "meeting.txt").write_text("We test the 7B model first.\n\nAnna reads the paper on filler tokens.\n")
    (tmp_path / "todo.txt").write_text("Call Anna!\n")
    (tmp_path / "broken.md").write_text("---\na: [\n---\n")
    report = library.add([tmp_path / name for name in ("meeting.txt", "todo.txt", "broken.md")])
    assert report.added == ("document:meeting",)
    assert "8 letters of at least 40" in " ".join(job.reason for job in report.failed)
    assert {job.target for job in library.sources.undone()} == {str(tmp_path / "todo.txt"), str(tmp_path / "broken.md")}
    for job in report.failed:
        assert library.sources.remove(job.target) == (job.target, Citers())
    assert library.problems() == []
    assert (tmp_path / "todo.txt").is_file()
    with pytest.raises(NotFound, match="nothing failed"):
        library.sources.forget(str(tmp_path / "meeting.txt"))


def test_a_file_that_is_too_large_is_not_read(library: Library, tmp_path: Path):
    """A disk image among the papers would fill the memory before anybody looked at its size."""
    for name in ("image.pdf", "image.tex", "image.bib"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(MAX_BYTES + 1)
        (job,) = library.add([tmp_path / name]).failed
        assert f"{name} " in job.reason
        assert " MB" in job.reason
        assert job.advice
