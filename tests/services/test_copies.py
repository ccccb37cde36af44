"""Papers of arXiv that come as a file: the same evidence is not kept twice without a word."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.library import Library, Wishes
from tests.arxiv_server import ArxivServer
from tests.ingest.small_documents import Printed, column, pdf
from tests.papers import SECTIONS_OF_TUNING, TUNING

STAMPED, NAMED = "download.pdf", f"{TUNING}v1.pdf"
PAPER = f"arxiv:{TUNING}v1"


@pytest.fixture
def library(tmp_path: Path, arxiv: ArxivServer) -> Iterator[Library]:
    with Library.open(Library.create(tmp_path / "library")) as library:
        yield library


@pytest.fixture(params=[STAMPED, NAMED])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The paper's PDF, known by arXiv's stamp or by its name alone."""
    words = " ".join(text for section in SECTIONS_OF_TUNING.values() for text in section)
    stamp = [Printed(f"arXiv:{TUNING}v1 [cs.CL] 22 Nov 2024", 20, 300, 12)] if request.param == STAMPED else []
    path = tmp_path / request.param
    path.write_bytes(pdf([[*column(words), *column(words, top=500), *stamp]]))
    return path


def pairs(library: Library) -> list[str]:
    return [problem.cure for problem in library.problems() if "are the same paper" in problem.what]


def test_a_file_of_a_paper_that_is_held_is_that_paper(library: Library, file: Path):
    """Answers would cite one paper as two."""
    library.add([TUNING])
    report = library.add([file])
    assert (report.added, report.failed) == ((), ())
    assert f"is arXiv:{TUNING}v1, which the library holds as {PAPER}" in " ".join(library.warnings)
    assert pairs(library) == []


def test_a_paper_that_came_as_a_file_before_is_named_with_the_cure(library: Library, file: Path):
    """The library would hold two sources of one text, and nobody would know."""
    (document,) = library.add([file]).added
    assert pairs(library) == []
    library.add([TUNING])
    assert f"{document} and {PAPER} are the same paper" in " ".join(library.warnings)
    assert pairs(library) == [f"`kb source remove {document}` keeps the paper alone"]
    library.sources.remove(document)
    assert pairs(library) == []


def test_a_file_says_more_than_an_abstract(library: Library, file: Path):
    """A full text would be thrown away because the library has the paper's abstract."""
    library.add([TUNING], wishes=Wishes(abstract_only=True))
    (document,) = library.add([file]).added
    assert document in " ".join(library.warnings)
    assert len(pairs(library)) == 1
