"""Answers in JSON, read whole and turned into the lines that the prompt asks for."""

import json
import re
from collections.abc import Iterator, Mapping

from ingest.reply_words import tags_in

_START = re.compile(r"^[ \t]*(?=[\[{])", re.MULTILINE)
_MAX_DOCUMENTS = 20
_TAG_KEYS = ("claim", "tag", "claim_id", "finding", "constraint", "id")
_KEYS = {"arxiv_id": "paper", "arxiv": "paper", "reason": "why", "explanation": "why"}
_FIELDS = ("verdict", "paper", "date", "title", "quote", "why", "text")


def as_lines(text: str) -> str:
    """The text with each JSON document that parses and tells of claims turned into lines of the block."""
    kept, position, tried = [], 0, 0
    while (match := _START.search(text, position)) and tried < _MAX_DOCUMENTS:
        tried += 1
        try:
            said, end = json.JSONDecoder().raw_decode(text, match.end())
            lines = list(_lines(said))
        except (ValueError, RecursionError):
            lines, end = [], match.end() + 1
        kept.append(text[position : match.start()] if lines else text[position:end])
        kept.append("\n" + "\n".join([*lines, "@end", ""]) if lines else "")
        position = end
    return "".join([*kept, text[position:]])


def _lines(said: object, outer: Mapping[str, str] | None = None) -> Iterator[str]:
    if isinstance(said, list):
        for one in said:
            yield from _lines(one, outer)
    if not isinstance(said, dict):
        return
    named = {_KEYS.get(str(k).casefold(), str(k).casefold()): v for k, v in said.items()}
    flat = {k: " ".join(str(v).split()).replace("|", "¦") for k, v in named.items() if isinstance(v, str | int)}
    nested = {k: v for k, v in named.items() if isinstance(v, list | dict)}
    tag = next((flat[k] for k in _TAG_KEYS if k in flat), (outer or {}).get("tag", ""))
    fields = {**(outer or {}), **{k: flat[k] for k in _FIELDS if k in flat}, "tag": tag}
    inner = [line for k, v in nested.items() if k != "questions" for line in _lines(v, fields if tag else None)]
    if inner:
        yield from inner
    elif "verdict" in fields or "paper" in fields:
        yield _line(fields)
    for question in nested.get("questions", ()):
        if isinstance(question, str):
            yield f"@question | text: {' '.join(question.split())}"


def _line(fields: Mapping[str, str]) -> str:
    tags = tags_in(f"[{fields['tag'].strip('[] ')}]")
    rest = {k: v for k, v in fields.items() if k != "tag"}
    if not tags and fields["tag"]:
        rest.setdefault("why", fields["tag"])
    kind = "@new" if "text" in rest and not tags and "verdict" not in rest else f"@claim {tags[0] if tags else '[0]'}"
    return " | ".join([kind, *(f"{k}: {v}" for k, v in rest.items())])
