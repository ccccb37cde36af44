"""Bibliographies as reference managers export them: BibTeX, RIS and CSL-JSON (Zotero, Mendeley, JabRef …)."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Any

from kb.errors import BadDocument, BadId
from kb.identity import ArxivId

SUFFIXES = frozenset((".bib", ".bibtex", ".ris", ".json"))
_MAX_BYTES = 32 * 1024 * 1024
_DOI = re.compile(r"10\.[0-9]{4,9}/[^\s\"<>{}]+")
_ARXIV_IN_TEXT = re.compile(r"(?:arxiv:|arxiv\.org/(?:abs|pdf|html)/|10\.48550/arxiv\.)\s?([^\s\"<>{}(),;\]]+)", re.I)
_ENTRY = re.compile(r"^[ \t]*@[A-Za-z]+[ \t]*[{(]", re.MULTILINE)
_NO_ENTRY = re.compile(r"\s*@(?:string|preamble|comment)\b", re.IGNORECASE)
_MAX_TITLE, _MAX_NAME = 200, 60
_MAX_ENTRY, _MAX_JOINTS, _PATIENCE_SECONDS = 100_000, 200, 20.0


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry: its arXiv id where it has one, and what else names it."""

    arxiv_id: ArxivId | None
    doi: str = ""
    title: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.doi, self.title) if part) or "an entry without title and DOI"


@dataclass(frozen=True, slots=True)
class Bibliography:
    """What an export holds."""

    references: list[Reference]
    """Its entries, each once, in order."""
    damaged: list[str]
    """Where entries begin that cannot be read, each in words."""


def read_bibliography(path: Path) -> Bibliography:
    """The entries of an exported bibliography; one that is damaged does not take the others along.

    Raises:
        BadDocument: if it cannot be read, or holds no entry.
    """
    name = path.name
    try:
        if not path.is_file() or path.stat().st_size > _MAX_BYTES:
            raise BadDocument(f"{name} is not a file of at most {_MAX_BYTES // 2**20} MB", cure="Export it in parts")
        text = path.read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        raise BadDocument(f"{name} cannot be read ({error.strerror})", cure="Check that you may read it") from None
    damaged: list[str] = []
    try:
        entries = list(_READERS[path.suffix.lower()](text, damaged))
    except Exception as error:  # what the parsers raise on broken files is of no one kind
        first = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise BadDocument(f"{name} cannot be read as a bibliography ({first})", cure="Export it again") from None
    if not entries and not damaged:
        raise BadDocument(f"{name} holds no entry that can be read", cure="Export it again as BibTeX, RIS or CSL-JSON")
    return Bibliography(list(dict.fromkeys(map(reference_of, entries))), damaged)


def bibtex_entries(text: str, damaged: list[str]) -> Iterator[dict[str, Any]]:
    """The fields of each BibTeX entry; what cannot be read is added to `damaged` in words.

    Entry by entry, since the parser takes what follows an open bracket for a part of the entry. Its time grows with the
    square of an entry's parts, so entries that nobody wrote by hand are not given to it.

    Raises:
        BadDocument: if what cannot be read has taken too long.
    """
    from bibtexparser.bparser import BibTexParser

    parser = BibTexParser(common_strings=True, ignore_nonstandard_types=False, interpolate_strings=False)
    parser.expect_multiple_parse = True
    entries, wasted = parser.bib_database.entries, 0.0
    starts = [match.start() for match in _ENTRY.finditer(text)]
    for start, end in pairwise([*starts, len(text)]):
        piece, n_before, began = text[start:end], len(entries), monotonic()
        if len(piece) <= _MAX_ENTRY and piece.count("#") <= _MAX_JOINTS:
            with suppress(Exception):  # the parser's errors are of no one kind; that nothing was read says enough
                parser.parse(piece)
        if len(entries) == n_before and not _NO_ENTRY.match(piece):
            wasted += monotonic() - began
            if wasted > _PATIENCE_SECONDS:
                raise BadDocument("too much of it is damaged", cure="Export it again")
            line = text.count("\n", 0, start) + 1
            damaged.append(f"line {line}, {piece.split(maxsplit=1)[0][:_MAX_NAME].rstrip(',')}")
    yield from entries


def _ris(text: str, _damaged: list[str]) -> Iterator[dict[str, Any]]:
    import rispy

    yield from rispy.loads(text, skip_unknown_tags=True)


def _csl(text: str, _damaged: list[str]) -> Iterator[dict[str, Any]]:
    found = json.loads(text)
    items = found.get("items", []) if isinstance(found, dict) else found
    yield from (item for item in items if isinstance(item, dict))


_READERS = {".bib": bibtex_entries, ".bibtex": bibtex_entries, ".ris": _ris, ".json": _csl}


def reference_of(entry: Mapping[str, Any]) -> Reference:
    """An entry by the fields that may name an arXiv id or a DOI; these differ with program and version."""
    fields = {key.casefold(): value for key, value in entry.items()}
    archive = str(fields.get("archiveprefix", fields.get("eprinttype", ""))).casefold()
    bare = [str(fields["eprint"])] if "eprint" in fields and (not archive or "arxiv" in archive) else []
    if str(fields.get("journal", "")).casefold() == "corr":  # as DBLP writes it
        bare.append(str(fields.get("volume", "")).removeprefix("abs/"))
    texts = list(_texts(fields.values()))
    marked = [match[1].rstrip(".") for text in texts for match in _ARXIV_IN_TEXT.finditer(text)]
    doi = next((match[0].rstrip(".,;") for text in texts if (match := _DOI.search(text))), "")
    title = " ".join(
        str(fields.get("title") or fields.get("primary_title") or "").replace("{", "").replace("}", "").split()
    )
    return Reference(next(_ids([*bare, *marked]), None), doi, title[:_MAX_TITLE])


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, str))


def _ids(texts: Iterable[str]) -> Iterator[ArxivId]:
    for text in texts:
        try:
            yield ArxivId.parse(text)
        except BadId:
            continue
