"""Answers of chat models as data: the block of lines that the prompt asks for, and what prose says besides.

Nothing here judges or obeys: the result is what the answer says, each thing with the words it stands in.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product, zip_longest

from ingest.plain import terminal_safe
from ingest.reply_data import as_lines
from ingest.reply_hidden import invisible, without_hidden, without_struck
from ingest.reply_prose import parse_prose
from ingest.reply_tables import with_rows
from ingest.reply_words import find_ids, orders_in, other_words, rivals, tags_in, verdicts_in
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
_ELEMENT = re.compile(rf"<(?P<key>{_KEYS})>", re.IGNORECASE)
_ELEMENT_OF_CLAIM = re.compile(
    r"<[a-z]{2,20} {1,3}(?:tag|id|claim|name|ref)=[\"'“”]?(?P<tag>C[0-9]{1,2})[\"'“”]?/?>", re.IGNORECASE
)
_QUOTE_AND_PLACE = re.compile(r"[“\"„«](?P<quote>[^“”\"„«»]{8,1500})[”\"“»][ ]?[(\[][^()\[\]]{1,120}[)\]]\.?\Z")
_PROMPT_ID = re.compile(r"\bp-[0-9a-f]{8}\b")
_NOTHING = re.compile(r"(?:<[^<>]*>|none|n/?a|null|unknown|not found|nothing|keine?s?|[-–—.…\s]*)\Z", re.IGNORECASE)
_CUT = "the answer stops within this record; what its prose says of the same counts"
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
    unseen = invisible(text)
    text = terminal_safe(text)
    orders = list(dict.fromkeys(orders_in(text)))[:_MAX_ORDERS]
    text, hidden = without_hidden(text)
    records, pieces = _records(_labelled(as_lines(with_rows(without_struck(text)))))
    is_complete = any(kind == "end" for kind, _ in records)
    said, questions = _block_says(records)
    prose = parse_prose("".join(pieces))
    if is_complete:
        # The block is whole: what prose tells besides are papers to look at, not verdicts.
        said = _doubted(said, [one for other in prose for one in other.without(set())])
        said += _mentions(prose, {_base(i) for s in said for i in s.ids})
    else:
        others = [one for other in prose for one in other.without(set())]
        n_cut = len(_said_of(*records[-1])) if records and not pieces[-1].strip(" \t\n`~") else 0
        whole, cut = said[: len(said) - n_cut], said[len(said) - n_cut :]
        said = [*whole, *_as_cut(cut, others)]
        known = {
            (tag, i) for s in said if s.trouble != _CUT for tag in s.tags or ("",) for i in (*map(_base, s.ids), "")
        }
        said += (one for one in others if _pair(one) not in known)
    return ParsedReply(
        said=tuple(said),
        questions=tuple(dict.fromkeys(questions)),
        prompt_ids=tuple(dict.fromkeys(_PROMPT_ID.findall(text))),
        has_block=bool(records),
        is_complete=is_complete,
        orders=tuple(dict.fromkeys((*orders, *hidden[:_MAX_ORDERS], *unseen[:_MAX_ORDERS]))),
    )


def _block_says(records: Iterable[tuple[str, str]]) -> tuple[list[Said], list[str]]:
    """What a block's records say, and the questions that they propose."""
    said, questions, prompt_id = list[Said](), list[str](), ""
    for kind, body in records:
        if kind == "answer":
            prompt_id = next(iter(_PROMPT_ID.findall(body)), "")
        if kind == "question" and (text := _fields(body).get("text", "")):
            questions.append(text)
        said += (replace(one, prompt_id=prompt_id) for one in _said_of(kind, body))
    return said, questions


def _said_of(kind: str, body: str) -> list[Said]:
    return list(_said(kind, body, _fields(body))) if kind in {"claim", "new"} else []


def _mentions(prose: Iterable[Said], known: set[str]) -> Iterator[Said]:
    """The papers of prose alone, each once, without those that are known."""
    for one in prose:
        for arxiv_id in one.ids:
            if _base(arxiv_id) not in known:
                known.add(_base(arxiv_id))
                yield one.as_mention(arxiv_id)


def _doubted(said: Iterable[Said], prose: Iterable[Said]) -> list[Said]:
    """What the block says, with a doubt where prose gives the same claim and paper another verdict."""
    told: dict[tuple[str, str], set[Verdict]] = {}
    for one in prose:
        if one.verdict and one.tags and one.ids and not one.doubt:
            told.setdefault(_pair(one), set()).add(one.verdict)
    kept = []
    for one in said:
        others = told.get(_pair(one), {one.verdict})
        doubt = f"the prose says {sorted(filter(None, others))[0]} of it" if one.verdict not in others else ""
        kept.append(replace(one, doubt=doubt) if one.verdict and doubt else one)
    return kept


def _as_cut(last: Sequence[Said], prose: Sequence[Said]) -> list[Said]:
    """What the block's last record says, which the answer stops in; where prose tells the same, that counts instead."""
    told = {_pair(one) for one in prose if one.verdict}
    return [replace(one, trouble=_CUT) if _pair(one) in told else one for one in last]


def _base(arxiv_id: str) -> str:
    return re.sub(r"v[0-9]{1,3}\Z", "", arxiv_id)


def _pair(one: Said) -> tuple[str, str]:
    return next(iter(one.tags), ""), _base(next(iter(one.ids), ""))


def _records(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The block's records as (kind, rest), also where line ends got lost, and the pieces of text around them."""
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
    return records, [*prose, text[position:]]


def _labelled(text: str) -> str:
    """The text with elements of XML turned into the tags and labels that were asked for."""
    return _ELEMENT.sub(r"\n\g<key>: ", _ELEMENT_OF_CLAIM.sub(r"\n\n[\g<tag>]\n", text))


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
        if key == "quote" and (placed := _QUOTE_AND_PLACE.match(value)):
            value = placed["quote"]
        fields.setdefault(key, "" if _NOTHING.match(value) else value.strip(_WRAP))
    return fields


def _said(kind: str, body: str, fields: dict[str, str]) -> Iterator[Said]:
    """One thing said for each claim and paper of a record, or one without a claim or paper."""
    papers = find_ids(fields.get("paper", "")) or find_ids(fields.get("head", ""))
    written = fields.get("paper", "")
    ids = tuple(dict.fromkeys(p.text for p in papers)) or ((written[:60],) if _may_be_id(written) else ())
    verdicts = verdicts_in(fields.get("verdict", "").replace("_", " "))
    verdict = next(iter(verdicts), None) or _exact(fields.get("verdict", ""))
    head = fields.get("head", "")
    tags = tags_in(f"[{head.strip('[]: ')}]") or tags_in(f"Claim {head.strip('[]: ')}") if kind == "claim" else ()
    for tag, (i, arxiv_id) in product(tags or ("",), enumerate(ids or ("",))):
        yield Said(
            tags=(tag,) if tag else (),
            ids=(arxiv_id,) if arxiv_id else (),
            verdict=None if kind == "new" else verdict,
            verdict_words="" if kind == "new" else other_words(verdict, fields.get("verdict", "")),
            titles=tuple(filter(None, [fields.get("title", "")])) if i == 0 else (),
            quotes=tuple(filter(None, [fields.get("quote", "")])),
            date=fields.get("date", ""),
            words=fields.get("text" if kind == "new" else "why", ""),
            is_new=kind == "new",
            is_from_block=True,
            trouble=fields.get("trouble", ""),
            doubt="" if kind == "new" else rivals(verdicts),
        )


def _may_be_id(written: str) -> bool:
    """Whether digits are what somebody took for an id, rather than the year after authors' names."""
    return bool(re.search(r"[0-9]{3}", written)) and not re.search(r"\bet al|\([12][0-9]{3}[a-z]?\)", written)


def _exact(value: str) -> Verdict | None:
    try:
        return Verdict(value.strip().casefold().replace(" ", "_").replace("-", "_"))
    except ValueError:
        return None
