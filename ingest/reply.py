"""Answers of chat models as data: the block of lines that the prompt asks for, and what prose says besides.

Nothing here judges or obeys: the result is what the answer says, each thing with the words it stands in.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from ingest.plain import terminal_safe
from ingest.reply_data import as_lines
from ingest.reply_hidden import without_hidden
from ingest.reply_prose import parse_prose
from ingest.reply_words import find_ids, orders_in, tags_in, verdict_in
from ingest.said import Said
from kb.identity import normalise
from kb.ledger import Verdict

_KEYS = "verdict|paper|papers|date|title|quote|why|reason|text|scope"
_MARK = re.compile(
    r"(?:^|(?<=[\s`>*|]))@(?P<kind>claim(?=[ \t]*\[?C?[0-9])|new(?=[ \t]*\|)|question(?=[ \t]*\|)|answer(?=[ \t]+p-)"
    r"|end(?=[ \t]+p-|[ \t]*(?:`|$)))",
    re.IGNORECASE | re.MULTILINE,
)
_RECORD_END = re.compile(r"\n[ \t]*(?:\n|`{3}|~{3}|#{1,6} )")
_FIELD = re.compile(rf"\\?\|[ \t\n]*[*_`]{{0,2}}(?P<key>{_KEYS})[*_`]{{0,2}}[ \t]*[:=]", re.IGNORECASE)
_OBJECT = re.compile(r"\{[^{}]{10,4000}\}")
_ELEMENT = re.compile(rf"<(?P<key>{_KEYS})>", re.IGNORECASE)
_ELEMENT_OF_CLAIM = re.compile(
    r"<[a-z]{2,20} {1,3}(?:tag|id|claim|name|ref)=[\"'“”]?(?P<tag>C[0-9]{1,2})[\"'“”]?/?>", re.IGNORECASE
)
_PROMPT_ID = re.compile(r"\bp-[0-9a-f]{8}\b")
_NOTHING = re.compile(r"(?:<[^<>]*>|none|n/?a|null|unknown|not found|nothing|keine?s?|[-–—.…\s]*)\Z", re.IGNORECASE)
_WRAP = "\"'“”„‟«»‘’`*_ \t\n"
_MAX_ORDERS = 8


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """What an answer says."""

    said: tuple[Said, ...]
    questions: tuple[str, ...]
    prompt_ids: tuple[str, ...]
    """Prompts that the answer says it answers."""
    has_block: bool
    is_complete: bool
    """Whether the block's last line is there."""
    orders: tuple[str, ...]
    """Pieces that read like orders to this program; nobody follows them."""


def parse_reply(text: str) -> ParsedReply:
    """Read an answer; never raises, whatever the text."""
    text = normalise(text)
    orders = tuple(dict.fromkeys(orders_in(text)))[:_MAX_ORDERS]
    text, hidden = without_hidden(text)
    orders = tuple(dict.fromkeys((*orders, *hidden)))
    text = terminal_safe(text)
    records, prose = _records(_as_lines(as_lines(text)))
    said, questions = list[Said](), list[str]()
    prompt_id = ""
    for kind, body in records:
        if kind == "answer":
            prompt_id = next(iter(_PROMPT_ID.findall(body)), "")
        fields = _fields(body)
        if kind == "question":
            questions += [value for value in (fields.get("text", ""),) if value]
        elif kind in {"claim", "new"}:
            said += (replace(one, prompt_id=prompt_id) for one in _said(kind, body, fields))
    is_complete = any(kind == "end" for kind, _ in records)
    known = {(tag, i) for s in said for tag in (s.tags or ("",)) for i in (*map(_base, s.ids), "")}
    listed = {_base(i) for s in said for i in s.ids}
    for other in parse_prose(prose):
        if is_complete:
            # The block is whole: what prose tells besides are papers to look at, not verdicts.
            said += [other.as_mention(i) for i in other.ids if _base(i) not in listed]
            listed |= set(map(_base, other.ids))
        else:
            said += (one for one in other.without(set()) if _pair(one) not in known)
    return ParsedReply(
        said=tuple(said),
        questions=tuple(dict.fromkeys(questions)),
        prompt_ids=tuple(dict.fromkeys(_PROMPT_ID.findall(text))),
        has_block=bool(records),
        is_complete=is_complete,
        orders=orders,
    )


def _base(arxiv_id: str) -> str:
    return re.sub(r"v[0-9]{1,3}\Z", "", arxiv_id)


def _pair(one: Said) -> tuple[str, str]:
    return next(iter(one.tags), ""), _base(next(iter(one.ids), ""))


def _records(text: str) -> tuple[list[tuple[str, str]], str]:
    """The block's records as (kind, rest), also where line ends got lost, and the text without them."""
    marks = list(_MARK.finditer(text))
    records, prose, position = [], [], 0
    for mark, following in _with_next(marks):
        limit = following.start() if following else len(text)
        stop = _RECORD_END.search(text, mark.end(), limit)
        if mark["kind"].lower() in {"answer", "end"}:
            stop = re.compile(r"\n|\Z").search(text, mark.end(), limit)
        end = stop.start() if stop else limit
        prose.append(text[position : mark.start()])
        records.append((mark["kind"].lower(), text[mark.end() : end]))
        position = end
    return records, "".join([*prose, text[position:]])


def _as_lines(text: str) -> str:
    """The text with flat JSON objects and elements of XML turned into the lines and labels that were asked for."""

    def line(match: re.Match[str]) -> str:
        try:
            said = json.loads(match[0])
        except (ValueError, RecursionError):
            return match[0]
        fields = {str(k).casefold(): " ".join(str(v).split()) for k, v in said.items() if isinstance(v, str | int)}
        claim = next((fields[k] for k in ("claim", "tag", "claim_id", "id") if k in fields), "")
        keys = {"arxiv_id": "paper", "arxiv": "paper"}
        rest = " | ".join(f"{keys.get(k, k)}: {v}" for k, v in fields.items() if keys.get(k, k) in _KEYS.split("|"))
        return f"\n@claim {claim} | {rest}\n" if tags_in(f"[{claim.strip('[]')}]") and rest else match[0]

    text = _ELEMENT_OF_CLAIM.sub(r"\n\n[\g<tag>]\n", text)
    return _OBJECT.sub(line, _ELEMENT.sub(r"\n\g<key>: ", text))


def _with_next(marks: Sequence[re.Match[str]]) -> Iterator[tuple[re.Match[str], re.Match[str] | None]]:
    """Each match with the one after it."""
    return zip_longest(marks, marks[1:])


def _fields(body: str) -> dict[str, str]:
    """A record's fields by name; what stands before the first is `head`."""
    marks = list(_FIELD.finditer(body))
    fields = {"head": body[: marks[0].start() if marks else len(body)].strip()}
    for mark, following in _with_next(marks):
        key = {"papers": "paper", "reason": "why"}.get(mark["key"].lower(), mark["key"].lower())
        value = " ".join(body[mark.end() : following.start() if following else len(body)].split()).strip("| ")
        if key == "verdict" and fields.get(key, value) != value:
            fields["trouble"] = f"the record gives two verdicts, “{fields[key][:40]}” and “{value[:40]}”"
        fields.setdefault(key, "" if _NOTHING.match(value) else value.strip(_WRAP))
    return fields


def _said(kind: str, body: str, fields: dict[str, str]) -> Iterator[Said]:
    """One thing said for each paper of a record, or one without a paper."""
    papers = find_ids(fields.get("paper", "")) or find_ids(fields.get("head", ""))
    written = fields.get("paper", "")
    ids = tuple(dict.fromkeys(p.text for p in papers)) or ((written[:60],) if _may_be_id(written) else ())
    verdict = verdict_in(fields.get("verdict", "").replace("_", " ")) or _exact(fields.get("verdict", ""))
    head = fields.get("head", "")
    tags = tags_in(f"[{head.strip('[]: ')}]") or tags_in(f"Claim {head.strip('[]: ')}") if kind == "claim" else ()
    for i, arxiv_id in enumerate(ids or ("",)):
        yield Said(
            tags=tags,
            ids=(arxiv_id,) if arxiv_id else (),
            verdict=None if kind == "new" else verdict,
            titles=tuple(filter(None, [fields.get("title", "")])) if i == 0 else (),
            quotes=tuple(filter(None, [fields.get("quote", "")])),
            date=fields.get("date", ""),
            words=fields.get("text" if kind == "new" else "why", ""),
            is_new=kind == "new",
            is_from_block=True,
            trouble=fields.get("trouble", ""),
        )


def _may_be_id(written: str) -> bool:
    """Whether digits are what somebody took for an id, rather than the year after authors' names."""
    return bool(re.search(r"[0-9]{3}", written)) and not re.search(r"\bet al|\([12][0-9]{3}[a-z]?\)", written)


def _exact(value: str) -> Verdict | None:
    try:
        return Verdict(value.strip().casefold().replace(" ", "_").replace("-", "_"))
    except ValueError:
        return None
