"""The plain protocol: sentences with numbered marks and short quotes, as even small models can write them.

Asked for is one sentence a line with its marks and quotes at the end: `Tuned models guess. [2] "they guess"`. Read is
what models make of that: marks as `[1, 3]`, `[Passage 2]`, `【2】` or `[^2]`, before the full stop or after it, several
sentences on a line, quotes on a line of their own, curly quotation marks, list marks, bold. Linear in the text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.sentences import sentences

_NUMBERS = r"\d{1,3}(?:\s?[,;&–-]\s?(?:passage\s?|source\s?)?\^?\d{1,3})*"
_TOKEN = re.compile(
    rf"[\[【]\s?(?:(?:passages?|sources?|refs?|p|no)\.?\s?)?[\^#]?(?P<numbers>{_NUMBERS})\s?[\]】](?!\()"
    r"|\"(?P<straight>[^\"\n]{1,600})\"|[“„](?P<curly>[^“”„\n]{1,600})[”“]|«(?P<angled>[^«»\n]{1,600})»",
    re.IGNORECASE,
)
_GLUE = re.compile(r"[\s.,;:()*_–—-]{0,12}(?:(?:and|quotes?|quoted|from|see|cf)\b[\s.,:*_]{0,6})?", re.IGNORECASE)
_LIST_MARK = re.compile(r"\s*(?:[-*•–>]\s+|\d{1,2}[.)]\s+)+")
_MARKUP = re.compile(r"\*\*|__|`")
_REST = re.compile(r"[\s.,;:!?)*_]*")
"""Punctuation that closes a sentence after its marks."""
_STOPS = ".!?…:。！？"


@dataclass(frozen=True, slots=True)
class Mark:
    """Passages named by number, with the quotes that belong to them."""

    numbers: tuple[int, ...]
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence without its marks, and the marks."""

    text: str
    marks: tuple[Mark, ...]


def read_line(line: str) -> list[Marked]:
    """The sentences of a line; the first has an empty text where the line begins with marks or quotes of the last."""
    mark = _LIST_MARK.match(line)
    body = line[mark.end() :] if mark else line
    found: list[Marked] = []
    begin = 0
    for chain in _chains(body):
        start, end = chain[0].start(), chain[-1].end()
        if _closes(body, begin, chain):
            found += _sentences(body[begin:start], _marks(chain))
            begin = _REST.match(body, end).end()  # type: ignore[union-attr]  # matches nothing, too
    return [*found, *_sentences(body[begin:], ())]


def _chains(body: str) -> Iterator[list[re.Match[str]]]:
    """Marks and quotes that follow each other with nothing but punctuation in between."""
    chain: list[re.Match[str]] = []
    for token in _TOKEN.finditer(body):
        # A quote inside a sentence is part of its words; one that follows a mark or a stop is evidence.
        before = body[: token.start()].rstrip(" *_(")[-1:]
        follows = bool(chain) and bool(_GLUE.fullmatch(body, chain[-1].end(), token.start()))
        if chain and not follows:
            yield chain
            chain = []
        if token["numbers"] or follows or not before or before in _STOPS:
            chain.append(token)
    if chain:
        yield chain


def _closes(body: str, begin: int, chain: Sequence[re.Match[str]]) -> bool:
    """Whether marks end a sentence rather than stand inside one."""
    before, after = body[begin : chain[0].start()].rstrip(" *_(")[-1:], body[chain[-1].end() :].lstrip(" *_)")
    is_leading = not body[begin : chain[0].start()].strip() and begin == 0
    if not any(token["numbers"] for token in chain):
        return is_leading
    return not after or is_leading or before in _STOPS or after[0] in _STOPS


def _marks(chain: Sequence[re.Match[str]]) -> tuple[Mark, ...]:
    marks: list[Mark] = []
    early: list[str] = []
    for token in chain:
        quote = token["straight"] or token["curly"] or token["angled"]
        if token["numbers"]:
            marks.append(Mark(_numbers(token["numbers"]), tuple(early)))
            early = []
        elif marks:
            marks[-1] = Mark(marks[-1].numbers, (*marks[-1].quotes, quote))
        else:
            early.append(quote)
    return (*marks, *([Mark((), tuple(early))] if early else []))


def _numbers(text: str) -> tuple[int, ...]:
    span = re.fullmatch(r"(\d+)\s?[–-]\s?(\d+)", text)
    if span and int(span[1]) < int(span[2]) <= int(span[1]) + 20:
        return tuple(range(int(span[1]), int(span[2]) + 1))
    return tuple(int(n) for n in re.findall(r"\d+", text))


def _sentences(text: str, marks: tuple[Mark, ...]) -> list[Marked]:
    """The sentences of a stretch; its marks belong to the last, those inside a sentence to it."""
    found = []
    for start, end in sentences(text, 0, len(text)):
        inner = tuple(Mark(_numbers(m["numbers"])) for m in _TOKEN.finditer(text, start, end) if m["numbers"])
        bare = _TOKEN.sub(lambda m: "" if m["numbers"] else m[0], text[start:end])
        words = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(_MARKUP.sub("", bare).split()))
        if words.strip(" .,;:!?()"):
            found.append(Marked(words, inner))
    if not found:
        return [Marked("", marks)] if marks else []
    last = Marked(_stopped(found[-1].text), (*found[-1].marks, *marks)) if marks else found[-1]
    return [*found[:-1], last]


def _stopped(words: str) -> str:
    """With a full stop where the marks stood before it."""
    return words if words[-1:] in _STOPS + "”\"')" else words + "."
