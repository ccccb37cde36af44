"""Papers of arXiv that come as a file: the same evidence is not kept twice without a word."""

import json
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


TITLE = "On the Impact of Fine-Tuning on Chains of Thought"


def write(path: Path, title: str = TITLE, stamp: str = "") -> Path:
    """The paper as a PDF with a title and, where it is given, arXiv's stamp; made on a day that says nothing of it."""
    words = " ".join(text for section in SECTIONS_OF_TUNING.values() for text in section)
    shown = [Printed(stamp, 20, 300, 12)] if stamp else []
    page = [Printed(title, 60, 760, 18, bold=True), *column(words, top=700), *column(words, top=450), *shown]
    path.write_bytes(pdf([page], info="/CreationDate (D:20261121)"))
    return path


@pytest.fixture(params=[STAMPED, NAMED])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The paper's PDF, known by arXiv's stamp or by its name and title."""
    stamp = f"arXiv:{TUNING}v1 [cs.CL] 22 Nov 2024" if request.param == STAMPED else ""
    return write(tmp_path / request.param, stamp=stamp)


def pairs(library: Library) -> list[str]:
    return [problem.cure for problem in library.problems() if "are the same paper" in problem.what]


def test_a_file_of_a_paper_that_is_held_is_that_paper(library: Library, file: Path):
    """Answers would cite one paper as two."""
    library.add([TUNING])
    report = library.add([file])
    assert (report.added, report.failed) == ((), ())
    assert f"is arXiv:{TUNING}v1, which the library holds as {PAPER}" in " ".join(library.warnings)
    assert pairs(library) == []


def test_a_file_says_more_than_an_abstract(library: Library, file: Path):
    """A full text would be thrown away, or kept beside the paper, because the library has the paper's abstract."""
    library.add([TUNING], wishes=Wishes(abstract_only=True, topics=("steps",)))
    assert library.add([file]).updated == (PAPER,)
    paper = library.sources.show(TUNING)
    assert (paper.reading, paper.title, paper.date, paper.topics) == ("pdf", TITLE, "2024-11-22", ("steps",))
    assert paper.text.startswith("## Abstract")
    assert "41% of the answers" in paper.text
    assert (library.add([file]).changed, pairs(library)) == (False, [])


def test_a_file_of_a_paper_that_notes_cite_is_that_paper(library: Library, tmp_path: Path):
    """A quote could not be checked although its paper's text is there, and the paper would be as old as its file."""
    facts = {"id": TUNING, "title": TITLE.upper(), "authors": ["Ada Author"], "date": "2024-11"}
    (library.root / "notes" / "papers.jsonl").write_text(json.dumps(facts) + "\n")
    library.add([])
    assert library.add([write(tmp_path / NAMED)]).added == (PAPER,)
    paper = library.sources.show(PAPER)
    assert (paper.date, paper.authors, library.warnings) == ("2024-11", ("Ada Author",), [])
    assert library.add([TUNING]).updated == (PAPER,)
    assert library.sources.show(PAPER).reading == "html"


def test_a_files_text_stays_where_arxiv_has_no_full_text(library: Library, tmp_path: Path, arxiv: ArxivServer):
    """Asking for a paper by its id would leave its abstract in place of the text that was there."""
    stamped = write(tmp_path / STAMPED, stamp=f"arXiv:{TUNING}v1 [cs.CL] 22 Nov 2024")
    library.add([stamped])
    arxiv.papers[TUNING].forms.clear()
    report = library.add([TUNING])
    assert (report.changed, report.failed) == (False, ())
    assert library.sources.show(PAPER).reading == "pdf"
    assert f"the text stays that of {stamped}" in " ".join(library.warnings)


def test_a_file_of_another_title_is_no_such_paper(library: Library, tmp_path: Path):
    """Anybody's text would be quoted as a paper's, for its file's name."""
    library.add([TUNING], wishes=Wishes(abstract_only=True))
    (document,) = library.add([write(tmp_path / NAMED, "A Recipe for Bread")]).added
    (line,) = library.warnings
    assert f"which is “{TITLE}”, and “A Recipe for Bread” in it; it is kept as a document" in line
    assert line.endswith(f"`kb add arXiv:{TUNING}v1` adds the paper itself")
    assert library.sources.show(document).date == "2024-11"
    assert pairs(library) == []


def test_a_stamp_tells_a_paper_of_which_nothing_is_known(library: Library, tmp_path: Path):
    """Offline, papers from a disk would be documents dated by when somebody saved them."""
    stamped = write(tmp_path / STAMPED, "Other Words", f"arXiv:{TUNING}v2 [cs.CL] 30 Dec 2024")
    assert library.add([stamped]).added == (f"arxiv:{TUNING}v2",)
    paper = library.sources.show(TUNING)
    assert (paper.title, paper.date, paper.version_date) == ("Other Words", "2024-11", "2024-12-30")
    older = write(tmp_path / "older.pdf", "Older Words", f"arXiv:{TUNING}v1 [cs.CL] 22 Nov 2024")
    assert library.add([older]).added == (PAPER,)
    assert "kept as an older version" in " ".join(library.warnings)
    assert library.sources.superseded() == {PAPER: f"arxiv:{TUNING}v2"}


def test_a_stamped_paper_of_another_title_is_that_paper_and_both_titles_are_told(library: Library, tmp_path: Path):
    """Titles change between versions; nobody would see that a file has a stranger's stamp."""
    library.add([TUNING], wishes=Wishes(abstract_only=True))
    stamped = write(tmp_path / STAMPED, "A Recipe for Bread", f"arXiv:{TUNING}v1 [cs.CL] 22 Nov 2024")
    assert library.add([stamped]).updated == (PAPER,)
    assert f"there is “A Recipe for Bread”, and known here is “{TITLE}”" in " ".join(library.warnings)


def test_a_name_alone_is_a_document_until_the_paper_comes(library: Library, tmp_path: Path):
    """The library would hold two sources of one text, and nobody would know."""
    (document,) = library.add([write(tmp_path / NAMED)]).added
    assert "of which nothing is known here" in " ".join(library.warnings)
    assert pairs(library) == []
    library.add([TUNING])
    assert f"{document} and {PAPER} are the same paper" in " ".join(library.warnings)
    assert pairs(library) == [f"`kb source remove {document}` keeps the paper alone"]
    library.sources.remove(document)
    assert pairs(library) == []
