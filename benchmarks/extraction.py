"""How well and how fast papers are read: LaTeXML pages, TeX sources and PDF files, against Markdown of the same papers.

    python benchmarks/extraction.py [--json]

Needs the shared papers. The reference is Markdown that another program made of the TeX sources; it has faults of its
own, such as names that it lost with a macro. **Similarity** is difflib's ratio over words, weighted by their letters:
twice the letters in words that stand in both texts in the same order, divided by the letters of both. Formulas,
citations, markup, what stands before the first section, and references are taken out of both texts before. **Section
recall** is the share of the reference's headings that are headings here.

PDF files of papers with a reference are printed here from their LaTeXML pages, in two columns, by Chromium if it is
installed. `pypdf` (`pip install pypdf`) is the alternative where it can be imported; it knows no headings, so a line
that holds nothing else counts as one.
"""

import difflib
import io
import re
import shutil
import statistics
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from common import SHARED, report, seconds

from ingest.latexml import read_latexml
from ingest.pdf import read_pdf
from ingest.tex import read_tex

FORMATS = SHARED / "formats"
ROUNDS = 3
_REFERENCES = re.compile(r"^#+ \W*(?:references|bibliography)\W*$", re.IGNORECASE | re.MULTILINE)
_DROPPED = re.compile(
    r"\$\$[^$]*\$\$|\$[^$\n]*\$|^```\w*$|<!--.*?-->|!?\[[^\]\n]*\](?:\([^)\n]*\))?|\([^()\n]*\d{4}[a-z]?\)"
    r"|^\|[-| :]+\|$|^Image:.*$",
    re.MULTILINE,
)
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_NUMBER = re.compile(r"^(?:(?:[0-9]+|[A-Z])(?:\.[0-9]+)*\.?|Appendix [A-Z]\.?) +")
_TWO_COLUMNS = (
    "<style>body{column-count:2;font:10pt serif} h1,.ltx_authors{column-span:all}"
    ".ltx_bibliography,footer,img{display:none}"
    "@page{size:A4;margin:20mm}</style></head>"
)


def main() -> None:
    """Quality row by row, then speed."""
    if not FORMATS.is_dir():
        print("The shared papers are not here.")
        return
    rows = [*quality("TeX", tex_papers(), lambda data: read_tex(data).text)]
    rows += quality("LaTeXML page", html_papers(), lambda data: read_latexml(data).text)
    printed = list(printed_papers())
    rows += quality("printed PDF", iter(printed), lambda data: read_pdf(data).text)
    alternative = pypdf_text()
    if alternative:
        rows += quality("printed PDF, pypdf", iter(printed), lambda data: lined(alternative(data)))
    report(
        "extraction", rows, "Similarity and section recall, 0 to 1. " + ("" if printed else "Chromium is not here. ")
    )
    speed(alternative)


def references() -> Iterator[tuple[str, Path]]:
    """(name, file) of every reference."""
    for path in sorted(FORMATS.glob("tex/*/docling_groundtruth.md")):
        yield path.parent.name, path


def tex_papers() -> Iterator[tuple[str, str, bytes]]:
    """(name, reference, archive of its TeX)."""
    for name, path in references():
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as tar:
            for file in sorted(path.parent.rglob("*")):
                if file.is_file() and file != path:
                    tar.add(file, str(file.relative_to(path.parent)))
        yield name, path.read_text(encoding="utf-8"), out.getvalue()


def html_papers() -> Iterator[tuple[str, str, bytes]]:
    """(name, reference, LaTeXML page)."""
    for name, path in references():
        page = FORMATS / "html" / f"latexml_{name}.html"
        if page.is_file():
            yield name, path.read_text(encoding="utf-8"), page.read_bytes()


def printed_papers() -> Iterator[tuple[str, str, bytes]]:
    """(name, reference, PDF in two columns)."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    for name, reference, page in html_papers() if browser else ():
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "page.html"), Path(folder, "page.pdf")
            source.write_text(page.decode("utf-8").replace("</head>", _TWO_COLUMNS), encoding="utf-8")
            flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking".split()
            command = [str(browser), *flags, "--no-pdf-header-footer", f"--print-to-pdf={target}", source.as_uri()]
            subprocess.run(command, check=True, capture_output=True, timeout=120)
            yield name, reference, target.read_bytes()


def quality(
    form: str, papers: Iterator[tuple[str, str, bytes]], read: Callable[[bytes], str]
) -> Iterator[dict[str, Any]]:
    """One row for each paper."""
    for name, reference, data in papers:
        text = read(data)
        yield {
            "form": form,
            "paper": name,
            "similarity": similarity(words(reference), words(text)),
            "section_recall": section_recall(reference, text),
        }


def words(markdown: str) -> list[str]:
    """The words that are compared."""
    begin = re.search(r"^##+ ", markdown, re.MULTILINE)
    text = markdown[begin.start() if begin else 0 :]
    if end := _REFERENCES.search(text):
        after = _HEADING.search(text, end.end())
        text = text[: end.start()] + (text[after.start() :] if after else "")
    return re.findall(r"[^\W_]+", _DROPPED.sub(" ", text).casefold())


def similarity(first: list[str], second: list[str]) -> float:
    """Share of letters in words that both have in the same order."""
    blocks = difflib.SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    shared = sum(len(word) for block in blocks for word in first[block.a : block.a + block.size])
    return 2 * shared / max(1, sum(map(len, first)) + sum(map(len, second)))


def section_recall(reference: str, text: str) -> float:
    """Share of the reference's headings, without its title and references, that the text has."""
    wanted = headings(reference) - headings("\n".join(re.findall(r"^# .+$", reference, re.MULTILINE)))
    wanted = {heading for heading in wanted if heading not in ("references", "bibliography", "")}
    return len(wanted & headings(text)) / max(1, len(wanted))


def headings(markdown: str) -> set[str]:
    """Headings without numbers, formulas and case."""
    found = (_DROPPED.sub("", heading) for heading in _HEADING.findall(markdown))
    return {" ".join(re.findall(r"[^\W_]+", _NUMBER.sub("", heading.strip()).casefold())) for heading in found}


def lined(text: str) -> str:
    """Bare text whose short lines are taken for headings, as the kindest reading of text without any."""
    return re.sub(r"^(?=\S.{2,70}$)(?=(?:[0-9.]+ )?[A-Z])", "# ", text, flags=re.MULTILINE)


def pypdf_text() -> Callable[[bytes], str] | None:
    """Text of a PDF by pypdf, where it is installed."""
    try:
        import pypdf
    except ImportError:
        return None

    def read(data: bytes) -> str:
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)

    return read


def speed(alternative: Callable[[bytes], str] | None) -> None:
    """Pages a second over all real PDF files, the two readers in turn."""
    files = [path.read_bytes() for path in sorted(FORMATS.glob("pdf/*.pdf"))]
    pages = sum(len(read_pdf(data).pages) for data in files)
    work: dict[str, Callable[[bytes], Any]] = {"ours": read_pdf}
    if alternative:
        work["pypdf"] = alternative
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, read in work.items():
            times[name].append(seconds(lambda read=read: [read(data) for data in files]))  # type: ignore[misc]
    rows = [{"reader": name, "pages_per_second": pages / statistics.median(taken)} for name, taken in times.items()]
    ratio = statistics.median(times["pypdf"]) / statistics.median(times["ours"]) if alternative else 0.0
    report(
        "extraction_speed", rows, f"{pages} pages in {len(files)} files, {ROUNDS} rounds; {ratio:.1f} times as fast."
    )


if __name__ == "__main__":
    main()
