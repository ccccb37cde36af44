"""The readers on real papers, pages and sources, where they are at hand."""

import io
import re
import tarfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.chunk import chunk
from ingest.plain import plain
from ingest.readers import Readers
from ingest.sanity import check
from kb.domain import Source, SourceKind
from kb.identity import normalise

SHARED = Path(__file__).resolve().parents[3] / "shared"
FORMATS = SHARED / "data" / "formats"
FILES = sorted([*FORMATS.glob("html/*.html"), *FORMATS.glob("pdf/*.pdf"), *SHARED.glob("seeds/*.txt")])
TEX = sorted(path.parent for path in FORMATS.glob("tex/*/main.tex"))

pytestmark = pytest.mark.skipif(not FILES, reason="the shared real documents are not here")


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    with Readers() as opened:
        yield opened


def _packed(folder: Path) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".md":
                tar.add(path, str(path.relative_to(folder)))
    return out.getvalue()


def _assert_tidy(text: str, pages: tuple[int, ...]) -> None:
    assert text == normalise(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\ue000-\uf8ff\ufb00-\ufb06\ufffe]", text)
    assert all(0 <= first <= second <= len(text) for first, second in pairwise(pages))
    source = Source(id="document:x", kind=SourceKind.DOCUMENT, title="x", text=text, pages=pages)
    passages = chunk(source, lambda words: len(words.split()), 200)
    assert sum(len(passage.sentences) for passage in passages) >= 3
    assert not any("\n\n" in plain(text[slice(*span)]) for passage in passages for span in passage.sentences)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_real_files_pass_the_gate_and_are_tidy(path: Path, readers: Readers) -> None:
    """Broken: a real paper, page or seed is refused, or arrives with characters that nobody can read."""
    found = readers.read(path.read_bytes(), name=path.name)
    if "pg9" not in path.name:  # a single page out of a paper has no title
        check(found)
    _assert_tidy(found.text, found.pages)
    assert not re.search(r"^#+ \W*(?:references|bibliography)\W*$", found.text, re.IGNORECASE | re.MULTILINE)


@pytest.mark.parametrize("folder", TEX, ids=lambda path: path.name)
def test_real_tex_sources_are_tidy(folder: Path, readers: Readers) -> None:
    """Broken: a real source comes out with macros, comments or file names in its prose."""
    found = readers.read(_packed(folder), name=folder.name)
    check(found)
    _assert_tidy(found.text, found.pages)
    assert found.title
    prose = re.sub(r"\$\$[^$]*\$\$|\$[^$]*\$|```[^`]*```|^\|.*$", "", found.text, flags=re.MULTILINE)
    assert not re.search(r"\\(?:begin|cite|label|ref|includegraphics|textbf)\b", prose)


def test_the_seeds_tables_arrive_whole(readers: Readers) -> None:
    """Broken: a table of the seed documents is torn into lines."""
    path = next(SHARED.glob("seeds/002_*.txt"))
    text = readers.read(path.read_bytes(), name=path.name).text
    assert "\n\n| Student | Base | Normal | Gold | Titanium | Diamond |\n|---|---|---|---|---|---|\n| 0.5B |" in text
    assert "\n| 7B* | — | 88.3 | 90.3 | 81.3 | 87.7 |\n\n" in text


def test_a_two_column_paper_keeps_its_sections_sentences_and_pages(readers: Readers) -> None:
    """Broken: sections vanish, a sentence is cut where the column ends, or a page begins elsewhere."""
    path = FORMATS / "pdf" / "2305.14627_ALCE.pdf"
    found = readers.read(path.read_bytes(), name=path.name)
    headings = re.findall(r"^## (\d .*)$", found.text, re.MULTILINE)
    assert headings[:4] == ["1 Introduction", "2 Task Setup and Datasets", "3 Automatic Evaluation", "4 Modeling"]
    crossing = "We argue that the absence of automated evaluation hinders the advances of such systems."
    assert found.text.find(crossing) < found.pages[1] < found.text.find(crossing) + len(crossing)
    assert "Prompts" in found.text[found.pages[-6] :]
