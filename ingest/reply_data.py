"""Answers in JSON or YAML, read whole and turned into the lines that the prompt asks for."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import dedent

from ingest.reply_words import tags_at_start, tags_in
from kb.errors import BadNote

_START = re.compile(r"^[ \t]*(?=[\[{])", re.MULTILINE)
_FLAT_OBJECT = re.compile(r"\{[^{}]{10,4000}\}")
_MAX_DOCUMENTS = 20
_JSON_PIECE = re.compile(
    r'"(?>(?:[^"\\\n]++|\\.)*)"|(?P<note>//[^\n]*|/\*(?>(?:[^*]|\*(?!/)){0,2000})\*/)|(?P<opens>[\[{])|(?P<closes>[\]}])'
)
_LAST_COMMA = re.compile(r'("(?>(?:[^"\\\n]++|\\.)*)")|,(?=\s{0,200}[\]}])')
_YAML_START = re.compile(
    r"^[ \t]{0,8}(?:answer[ \t]*:[ \t]*[\"']?p-[0-9a-f]{8}"
    r"|(?:claims|results|findings|verdicts|assessments|items|answers)[ \t]*:[ \t]*(?:#[^\n]*)?$"
    r"|-[ \t]+(?:claims?|tags?|findings?|constraints?|claim_id|id)[ \t]*:)",
    re.IGNORECASE | re.MULTILINE,
)
_YAML_LINE = re.compile(r"(?:[ \t]+\S.*|[\"']?[\w -]{1,30}[\"']?[ \t]*:(?:[ \t].*)?|-[ \t].*|[ \t]*(?:#.*)?)\Z")
_YAML_FIELD = re.compile(r"(?P<lead>[ \t]*(?:-[ \t]+)?[a-z_]{2,12}[ \t]*:[ \t]+)(?P<value>[^|>\[{\s].*)\Z")
_YAML_NOTE = re.compile(r"[ \t]#[ \t].*\Z")
_YAML_ITEM = re.compile(r"^[ \t]*-[ \t]", re.MULTILINE)
_FENCES = ("`" * 3, "~" * 3)
_MAX_YAML_CHARS, _MAX_YAML_LINES = 60_000, 1_500
_MAX_YAML_DOCUMENTS, _MAX_CUTS = 3, 3
_TAG_KEYS = ("claim", "tag", "claim_id", "finding", "constraint", "id")
_TAGS_KEYS = ("claims", "tags", "findings", "constraints")
"""Keys of several claims; they count where a verdict or paper stands beside them, else they are a list's name."""
_KEYS = {
    "arxiv_id": "paper", "arxiv": "paper", "papers": "paper", "arxiv_ids": "paper", "source": "paper",
    "reason": "why", "explanation": "why", "rationale": "why", "justification": "why", "comment": "why",
    "status": "verdict", "assessment": "verdict", "judgement": "verdict", "judgment": "verdict", "rating": "verdict",
    "month": "date", "published": "date",
}  # fmt: skip
_FIELDS = ("verdict", "paper", "date", "title", "quote", "why", "text")


def as_lines(text: str) -> str:
    """The text with each JSON or YAML document that parses and tells of claims turned into lines of the block.

    Of a JSON document that does not parse, such as one that was cut, the innermost objects are read.
    """
    return _FLAT_OBJECT.sub(_object_as_line, _yaml_as_lines(_json_as_lines(text)))


def _json_as_lines(text: str) -> str:
    kept, position, tried = [], 0, 0
    while (match := _START.search(text, position)) and tried < _MAX_DOCUMENTS:
        tried += 1
        said, end = _json_at(text, match.end())
        lines = _told(said)
        kept.append(text[position : match.start()] if lines else text[position:end])
        kept.append(_block(lines, is_whole=True))
        position = end
    return "".join([*kept, text[position:]])


def _json_at(text: str, start: int) -> tuple[object, int]:
    """The document that begins at an offset and where it ends; None and the next offset where there is none."""
    try:
        return json.JSONDecoder(parse_float=str).raw_decode(text, start)
    except (ValueError, RecursionError):
        end = _closing(text, start)
        said = _lenient(text[start:end]) if end else None
        return (said, end) if end and said is not None else (None, start + 1)


def _closing(text: str, start: int) -> int | None:
    """Where the bracket that opens at an offset is closed."""
    depth = 0
    for piece in _JSON_PIECE.finditer(text, start):
        depth += bool(piece["opens"]) - bool(piece["closes"])
        if not depth and piece["closes"]:
            return piece.end()
    return None


def _lenient(text: str) -> object:
    """A JSON document as people write them, with comments and commas after the last value; None if it is none."""
    bare = _JSON_PIECE.sub(lambda piece: " " if piece["note"] else piece[0], text)
    try:
        return json.loads(_LAST_COMMA.sub(lambda match: match[1] or "", bare), parse_float=str)
    except (ValueError, RecursionError):
        return None


def _object_as_line(match: re.Match[str]) -> str:
    lines = [line for line in _told(_lenient(match[0])) if not line.startswith("@claim [0]")]
    return "\n".join(["", *lines, ""]) if lines else match[0]


def _yaml_as_lines(text: str) -> str:
    kept, position, tried = [], 0, 0
    while (match := _YAML_START.search(text, position)) and tried < _MAX_YAML_DOCUMENTS:
        tried += 1
        end = _yaml_end(text, match.start())
        lines = _told(_yaml(text[match.start() : end]))
        is_closed = text[end:].lstrip().startswith(_FENCES)
        kept.append(text[position : match.start()] if lines else text[position:end])
        # Nothing but a fence says that YAML was not cut.
        kept.append(_block(lines, is_closed))
        position = end
    return "".join([*kept, text[position:]])


def _yaml_end(text: str, start: int) -> int:
    """The end of the lines that may belong to a YAML document."""
    margin = len(text[start:]) - len(text[start:].lstrip(" \t"))
    end = start
    for line in text[start:].splitlines(keepends=True):
        bare = line[margin:] if not line[:margin].strip() else line
        if line.lstrip().startswith(_FENCES) or not _YAML_LINE.match(bare.rstrip()):
            break
        end += len(line)
    return end


def _yaml(text: str) -> object:
    """A YAML document; None if it is none, holds tags, anchors or aliases, or is deep or long beyond measure.

    What keeps it from being read is mended: values with a colon are quoted, a piece that was cut off is dropped.
    """
    from ingest.yaml_tree import read_mapping

    if len(text) > _MAX_YAML_CHARS or text.count("\n") > _MAX_YAML_LINES:
        return None
    rest = dedent(text.expandtabs(4)).rstrip()
    if rest.startswith("-"):
        rest = f"claims:\n{rest}"
    for _ in range(_MAX_CUTS):
        for written in (rest, _quoted(rest)):
            try:
                return {key: value.content for key, value in read_mapping(written, 0, 1)[0].items()}
            except BadNote:
                continue
        items = [match.start() for match in _YAML_ITEM.finditer(rest)]
        if len(items) < 2:
            return None
        rest = rest[: items[-1]]
    return None


def _quoted(yaml: str) -> str:
    """The same lines with each value that stands on one line in quotation marks."""
    lines = yaml.split("\n")
    for i, line in enumerate(lines):
        match = _YAML_FIELD.match(line)
        following = lines[i + 1] if i + 1 < len(lines) else ""
        goes_on = following[:1].isspace() and not re.match(r"[ \t]*(?:-[ \t]|[\w-]{1,20}[ \t]*:|#|\Z)", following)
        if match and not goes_on:
            value = _YAML_NOTE.sub("", match["value"]).strip()
            is_whole = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
            bare = value[1:-1] if is_whole else value
            lines[i] = match["lead"] + json.dumps(bare.replace('\\"', '"'), ensure_ascii=False)
    return "\n".join(lines)


def _block(lines: Sequence[str], is_whole: bool) -> str:
    return "\n".join(["", *lines, *(["@end"] if is_whole else []), "", ""]) if lines else ""


def _told(said: object) -> list[str]:
    """Lines of the block for all that a document says of claims; none if it is too deep to walk."""
    try:
        return list(_lines(said))
    except RecursionError:
        return []


def _lines(said: object, outer: Mapping[str, str] | None = None) -> Iterator[str]:
    if isinstance(said, list):
        for one in said:
            yield from _lines(one, outer)
    if not isinstance(said, dict):
        return
    asked = {str(k).casefold(): v for k, v in said.items()}
    # A key that was asked for counts before one that means the same.
    named = {_KEYS.get(k, k): v for k, v in asked.items()} | {k: v for k, v in asked.items() if k not in _KEYS}
    flat = {k: text for k, v in named.items() if (text := _flat(v)) is not None}
    nested = {k: v for k, v in named.items() if k not in flat and isinstance(v, list | dict)}
    keys = (*_TAG_KEYS, *(_TAGS_KEYS if named.keys() & {"verdict", "paper"} else ()))
    tag = next((flat[k] for k in keys if k in flat), (outer or {}).get("tag", ""))
    fields = {**(outer or {}), **{k: flat[k] for k in _FIELDS if k in flat}, "tag": tag}
    inner = [line for k, v in nested.items() if not _asks(k) for line in _lines(v, fields if tag else None)]
    if inner:
        yield from inner
    elif "verdict" in fields or "paper" in fields:
        yield from (_line(fields, tag) for tag in _tags(fields["tag"]) or ("",))
    for question in (one for k, v in named.items() if _asks(k) and isinstance(v, list) for one in v):
        if isinstance(question, str):
            yield f"@question | text: {' '.join(question.split())}"


def _asks(key: str) -> bool:
    """Whether a key holds questions that the answer proposes."""
    return key.endswith("questions")


def _flat(value: object) -> str | None:
    """A value as one line without bars; None where it holds more than texts."""
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        value = "; ".join(value)
    return " ".join(str(value).split()).replace("|", "¦") if isinstance(value, str | int) else None


def _tags(written: str) -> tuple[str, ...]:
    """All tags that stand for the claim of a record: `C4`, `C4, C5`, `C4/C5`, `C4–C6`."""
    bare = written.strip("[] ")
    listed = tags_in(f"[{bare}]")
    return listed if len(listed) > 1 else tags_at_start(bare) or listed


def _line(fields: Mapping[str, str], tag: str) -> str:
    rest = {k: v for k, v in fields.items() if k != "tag"}
    if not tag and fields["tag"]:
        rest.setdefault("why", fields["tag"])
    kind = "@new" if "text" in rest and not tag and "verdict" not in rest else f"@claim {tag or '[0]'}"
    return " | ".join([kind, *(f"{k}: {v}" for k, v in rest.items())])
