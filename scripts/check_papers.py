"""Check notes/papers.jsonl against dumps of arXiv metadata: each paper exists, with this title and date.

    python scripts/check_papers.py METADATA.jsonl[.gz] …

A dump holds one JSON object a line with `id`, `title` and `versions` or `update_date`, as the public snapshot does.
"""

import gzip
import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.papers import read_papers
from kb.domain import Paper
from kb.identity import ArxivId, is_before

PAPERS = Path(__file__).resolve().parent.parent / "notes" / "papers.jsonl"


def records(path: Path, wanted: set[str]) -> Iterator[dict[str, Any]]:
    """Those records of a dump that are wanted."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if record.get("id") in wanted:
                yield record


def plain_title(title: str) -> str:
    """Letters and digits only: dumps differ in case, white space and LaTeX ("S$^2$R" is "S²R")."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", title)).casefold()


def problems(paper: Paper, record: dict[str, Any]) -> Iterator[str]:
    """What does not fit between a paper and its record."""
    if plain_title(paper.title) != plain_title(record["title"]):
        yield f"{paper.id}: title is {paper.title!r}, the dump says {record['title']!r}"
    versions = record.get("versions") or [{}]
    date = versions[0].get("created") or record.get("update_date") or ""
    if date and abs(months(paper.date) - months(date)) > 1:
        yield f"{paper.id}: dated {paper.date}, the dump says {date}"
    if is_before(paper.date, ArxivId.parse(paper.id).month):
        yield f"{paper.id}: dated {paper.date}, before its own id"


def months(date: str) -> int:
    """Months since year 0; a date that is only a year counts as its January."""
    parts = [int(part) for part in date[:10].split("-")]
    return 12 * parts[0] + (parts[1] if len(parts) > 1 else 1)


def main(dumps: list[str]) -> int:
    """Print what does not fit; 1 if anything does not."""
    papers, found = read_papers(PAPERS)
    unseen = {paper.id: paper for paper in papers}
    for dump in dumps:
        for record in records(Path(dump), set(unseen)):
            found += problems(unseen.pop(record["id"]), record)
    found += [f"{paper_id}: in none of the dumps" for paper_id in unseen]
    print("\n".join([*found, f"{len(papers)} papers, {len(unseen)} not found, {len(found)} remarks"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
