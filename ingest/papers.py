"""`papers.jsonl`: bibliographic facts about cited papers, one JSON object a line.

A line holds `id` (arXiv id without version), `title`, `authors` (list), `date` (`YYYY[-MM[-DD]]`) and `categories`.
"""

import json
from pathlib import Path

from pydantic import ValidationError

from kb.domain import Paper
from kb.errors import BadId, BadInput
from kb.identity import ArxivId

FILE_NAME = "papers.jsonl"
_MAX_BYTES = 64 * 1024 * 1024
_MAX_LINE_CHARS = 100_000


def read_papers(path: Path) -> tuple[list[Paper], list[str]]:
    """The papers of a file, and a line of words for each line that cannot be used; no file is no papers.

    Raises:
        BadInput: if the file as a whole cannot be read.
    """
    if not path.exists():
        return [], []
    try:
        if not path.is_file() or path.resolve().parent != path.parent.resolve():
            raise BadInput(f"{path.name} is not a regular file in its folder", cure="Copy the file itself there")
        if path.stat().st_size > _MAX_BYTES:
            raise BadInput(f"{path.name} is larger than {_MAX_BYTES:,} bytes", cure="Keep only the cited papers")
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.name} cannot be read ({error})", cure="Save it as UTF-8 text") from None
    papers: dict[str, Paper] = {}
    problems: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            paper = _paper(line)
        except (ValueError, RecursionError, BadId) as error:
            problems.append(f"{path.name} line {number}: {_first_line(error)}")
            continue
        if paper.id in papers:
            problems.append(f"{path.name} line {number}: {paper.id} stands there already")
        papers.setdefault(paper.id, paper)
    return list(papers.values()), problems


def _paper(line: str) -> Paper:
    if len(line) > _MAX_LINE_CHARS:
        raise ValueError(f"longer than {_MAX_LINE_CHARS:,} characters")
    paper = Paper.model_validate(json.loads(line))
    if ArxivId.parse(paper.id) != ArxivId(paper.id):
        raise BadId(f"{paper.id!r} is not a bare arXiv id without version")
    return paper


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"`{'.'.join(map(str, first['loc']))}`: {first['msg']}"
    return str(error).splitlines()[0]
