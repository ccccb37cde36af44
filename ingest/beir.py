"""Labelled retrieval collections in BEIR form (Thakur et al., 2021; https://github.com/beir-cellar/beir/wiki).

`corpus.jsonl` and `queries*.jsonl` hold one JSON object a line, `qrels/*.tsv` or `qrels*.tsv` lines of query, document
and grade after a header. Ids may be called `_id`, `id` or `doc_id`; a text may be a string or a list of sentences,
under `text` or `abstract`.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.domain import Source, SourceKind
from kb.errors import BadInput
from kb.identity import normalise

_CURE = "A BEIR folder holds corpus.jsonl, queries.jsonl and qrels/test.tsv"


@dataclass(frozen=True, slots=True)
class Collection:
    """Labelled questions over documents."""

    corpus: Path
    queries: dict[str, str]
    """Question by id; only those with a judgement."""
    judgements: dict[str, dict[str, int]]
    """Grade by document id, by question id; grades above 0 are relevant."""

    def documents(self) -> Iterator[Source]:
        """The corpus, one source a document, read as it is asked for."""
        for number, record in _lines(self.corpus):
            yield _document(record, f"{self.corpus.name} line {number}")


def read_collection(folder: Path, split: str = "") -> Collection:
    """A collection, with the judgements of one split.

    Args:
        folder: in BEIR form.
        split: `train`, `dev` or `test`; needed only where the folder has several.

    Raises:
        BadInput: if a file is missing or not in the form, naming file and line.
    """
    corpus = folder / "corpus.jsonl"
    if not corpus.is_file():
        raise BadInput(f"{folder} has no corpus.jsonl", cure=_CURE)
    judgements = _read_judgements(_pick(folder, ("qrels/*.tsv", "qrels*.tsv"), split))
    queries = {}
    for _, record in _lines(_pick(folder, ("queries*.jsonl",), split)):
        query_id = _id(record)
        if query_id in judgements:
            queries[query_id] = normalise(str(record.get("text", "")))
    if not queries:
        raise BadInput(
            f"{folder}: no question has a judgement", cure="Name the split whose queries and qrels fit together"
        )
    return Collection(corpus, queries, judgements)


def _pick(folder: Path, patterns: tuple[str, ...], split: str) -> Path:
    """The one file that fits the patterns and the split; a file without a split's name serves all of them."""
    found = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
    named = [path for path in found if split and split in path.stem] or found
    if len(named) != 1:
        what = "none" if not named else ", ".join(path.name for path in named)
        raise BadInput(
            f"{folder}: one of {' and '.join(patterns)} is wanted, found {what}", cure=f"{_CURE}; else use --split"
        )
    return named[0]


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Numbered objects of a JSON-lines file."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError as error:
                raise BadInput(f"{path.name} line {number}: {error}", cure="Every line is one JSON object") from None
            if not isinstance(record, dict):
                raise BadInput(f"{path.name} line {number} is no JSON object", cure="Every line is one JSON object")
            yield number, record


def _id(record: dict[str, Any]) -> str:
    return str(next((record[key] for key in ("_id", "id", "doc_id") if key in record), ""))


def _document(record: dict[str, Any], where: str) -> Source:
    document_id = _id(record)
    if not document_id:
        raise BadInput(f"{where} has no _id", cure=_CURE)
    text = record.get("text", record.get("abstract", ""))
    joined = " ".join(map(str, text)) if isinstance(text, list) else str(text)
    title = normalise(str(record.get("title") or "")).strip()
    # A document that is only a title is still found by it.
    body = normalise(joined).strip() or title or document_id
    return Source(id=f"document:{document_id}", kind=SourceKind.DOCUMENT, title=title, text=body)


def _read_judgements(path: Path) -> dict[str, dict[str, int]]:
    judgements: dict[str, dict[str, int]] = defaultdict(dict)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        cells = line.split("\t")
        if len(cells) == 4:  # TREC form has a second column that nobody uses
            del cells[1]
        if number == 1 and not cells[-1].strip().lstrip("-").isdigit():
            continue
        try:
            query_id, document_id, grade = cells
            judgements[query_id][document_id] = int(grade)
        except ValueError:
            cure = "A line is query id, document id and grade, separated by tabs"
            raise BadInput(f"{path.name} line {number}: {line[:80]!r}", cure=cure) from None
    return {query: grades for query, grades in judgements.items() if any(grade > 0 for grade in grades.values())}
