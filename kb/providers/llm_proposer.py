"""A language model that proposes claims and relations, in a protocol of lines, numbers and short quotes.

What is asked for stands in `prompts/proposals.md`. What is read is what models make of it: list marks, bold, labels,
quotes on lines of their own. Nothing is checked here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from ingest.plain import terminal_safe
from kb.domain import RelationKind, Scope
from kb.errors import CutShort
from kb.ports import Deaf, LanguageModel, Prompt, SaidClaim, SaidQuote, SaidRelation, Shown
from kb.providers import task
from kb.providers.lines import sentence_lines
from kb.providers.marks import Mark, read_line
from kb.providers.model_errors import without_keys
from prompts import load

_RESERVED_CHARS = 2_000
"""Of a prompt, for the rules and the task."""
_TEXT = 0.8
"""Share of the rest that passages' texts may have, beside their titles and numbers."""
_MOST_CHARS = 12_000
"""Of passages in a call: small models lose the thread beyond."""
_LIST = r"[\s>*_#-]{0,12}(?:\d{1,2}[.)]\s{0,3})?[*_]{0,3}"
_CLAIM_LABEL = re.compile(rf"{_LIST}claim(?:\s\d{{1,2}})?[*_]{{0,3}}\s?:[*_]{{0,3}}\s?", re.IGNORECASE)
_SCOPE = re.compile(rf"{_LIST}(?:scope|conditions?)[*_]{{0,3}}\s?:[*_]{{0,3}}", re.IGNORECASE)
_KINDS = "|".join(RelationKind)
_RELATION = re.compile(
    rf"{_LIST}(?:relation\s?:\s?)?(?:source\s)?([AB])[*_]{{0,3}}\s[*_]{{0,3}}({_KINDS})[*_]{{0,3}}\s[*_]{{0,3}}"
    r"(?:source\s)?([AB])\b[*_]{0,3}\s?[:.,–—-]?\s?",
    re.IGNORECASE,
)
_RELATION_PART = re.compile(
    rf"{_LIST}(?:why|because|reason|evidence|quotes?)[*_]{{0,3}}\s?:[*_]{{0,3}}\s?", re.IGNORECASE
)
_NOTHING = frozenset(
    ("", "none", "n/a", "na", "unknown", "unspecified", "not specified", "not stated", "not given", "-", "–", "—")
)


class LlmProposer:
    """Proposes with a language model; implements `kb.ports.Proposer`."""

    def __init__(self, language_model: LanguageModel) -> None:
        self._language_model = language_model
        self.name = language_model.name
        self.version = load("proposals").label
        self.room = min(_MOST_CHARS, round(_TEXT * (language_model.room - _RESERVED_CHARS)))

    def claims(self, passages: Sequence[Shown]) -> tuple[list[SaidClaim], str]:
        """Claims that passages of one source make; see `kb.ports.Proposer`."""
        lines, cut_short = self._lines("claims_form", passages, load("proposals").parts["claims_task"])
        return _claims(lines), cut_short

    def relations(self, first: Sequence[Shown], second: Sequence[Shown]) -> tuple[list[SaidRelation], str]:
        """How two sources hang together; see `kb.ports.Proposer`."""
        what = load("proposals").fill("relation_task", last=str(len(first)), second=str(len(first) + 1))
        lines, cut_short = self._lines("relation_form", [*first, *second], what)
        return _relations(lines), cut_short

    def _lines(self, form: str, passages: Sequence[Shown], what: str) -> tuple[list[str], str]:
        """Whole lines of the answer, and why it ends early."""
        parts = load("proposals").parts
        material = task.fenced([(shown.title, shown.text) for shown in passages])
        prompt = Prompt(f"{parts['role']}\n\n{parts[form]}", material, what)
        lines: list[str] = []
        try:
            for line in sentence_lines(self._language_model.reply(prompt), Deaf()):
                lines.append(terminal_safe(without_keys(line)))
        except CutShort as cut:
            return lines, cut.message
        return lines, ""


def _claims(lines: Iterable[str]) -> list[SaidClaim]:
    found: list[SaidClaim] = []
    for line in lines:
        if scope := _SCOPE.match(line):
            if found:
                found[-1] = SaidClaim(found[-1].text, found[-1].quote, dict(_conditions(line[scope.end() :])))
            continue
        label = _CLAIM_LABEL.match(line)
        for marked in read_line(line[label.end() :] if label else line):
            if _says_something(marked.text):
                quotes = _quotes(marked.marks)
                found.append(SaidClaim(marked.text, quotes[0] if quotes else SaidQuote(0, "")))
    return found


def _relations(lines: Iterable[str]) -> list[SaidRelation]:
    return [_relation(match, rest) for match, rest in _relation_blocks(lines) if match[1].upper() != match[3].upper()]


def _relation_blocks(lines: Iterable[str]) -> Iterator[tuple[re.Match[str], str]]:
    """Each line that names a relation, and what belongs to it on that line and on those that follow."""
    begun: re.Match[str] | None = None
    rest = ""
    for line in lines:
        if match := _RELATION.match(line):
            if begun:
                yield begun, rest
            begun, rest = match, line[match.end() :]
        elif begun:
            label = _RELATION_PART.match(line)
            rest = f"{rest} {line[label.end() :] if label else line}"
    if begun:
        yield begun, rest


def _relation(match: re.Match[str], rest: str) -> SaidRelation:
    read = read_line(rest)
    quotes = [quote for marked in read for quote in _quotes(marked.marks)]
    why = " ".join(marked.text for marked in read if marked.text)
    return SaidRelation(RelationKind(match[2].lower()), match[1].upper() == "A", why, tuple(quotes))


def _quotes(marks: Sequence[Mark]) -> list[SaidQuote]:
    """Each quote with the passage that its mark names; a mark without a quote counts as an empty one."""
    return [
        SaidQuote(mark.numbers[0] if mark.numbers else 0, quote) for mark in marks for quote in (mark.quotes or ("",))
    ]


def _says_something(text: str) -> bool:
    """Whether a text is more than nothing, or the announcement of what follows."""
    return text.strip(" .:*_").casefold() not in _NOTHING and not text.rstrip("*_ ").endswith(":")


def _conditions(text: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"[;|]", text):
        name, _, value = part.replace("=", ":", 1).partition(":")
        name, value = name.strip(" *_`").casefold(), " ".join(value.strip(" *_`.").split())
        if name in Scope.model_fields and value.casefold() not in _NOTHING:
            yield name, value
