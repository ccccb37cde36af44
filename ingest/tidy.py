"""What all readers share: characters put in order, Markdown that means only what it should, dates and names."""

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from kb.errors import BadId
from kb.identity import normalise, parse_date

_LIGATURES = dict(zip(range(0xFB00, 0xFB07), "ff fi fl ffi ffl st st".split(), strict=True))
_REMOVED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)
_BLANKS = re.compile("[ \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]++")
_BLANKS_AND_LINES = re.compile(r"\s++")
# What would turn a paragraph into a heading, fence, quotation, table frame, HTML block or link definition.
_BLOCK_START = re.compile(r"(?:#{1,6}(?=\s|\Z)|```|~~~|>|<(?=[A-Za-z/!?])|\[[^\]\n]*+\]:|[|])")
_ONLY_MARKS = re.compile(r"[-=*_|:\s]+")
_WIKILINK_OPENING = re.compile(r"\[(?=\[)")

_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATES = (
    (re.compile(r"\b((?:19|20)\d\d)[-/](\d\d)[-/](\d\d)(?!\d)"), "ymd"),
    (re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\.? {_MONTH},? ((?:19|20)\d\d)\b", re.IGNORECASE), "dmy"),
    (re.compile(rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?,? ((?:19|20)\d\d)\b", re.IGNORECASE), "mdy"),
    (re.compile(rf"\b{_MONTH},? ((?:19|20)\d\d)\b", re.IGNORECASE), "my"),
    (re.compile(r"\b((?:19|20)\d\d)-(\d\d)(?![\d-])"), "ym"),
    (re.compile(r"\A\s*((?:19|20)\d\d)\s*\Z"), "y"),
)
_NOT_A_NAME = re.compile(
    r"[@\d:/{}\\$]|\b(?:university|universit\w+|institut\w*|department|school|college|laborator\w+|labs?|research|center|"
    r"centre|google|inc|ltd|gmbh|brain|deepmind|openai|microsoft|meta|faculty|academy|group|team|equal|technolog\w+|systems?|health|key|words|hospitals?|press|conference|contribut\w+|"
    r"corresponding|author|abstract|division|hospital|ministry|usa|china|germany|france)\b",
    re.IGNORECASE,
)
_NAME_MARKS = re.compile(r"[*†‡§¶∗⋆♠♡♢♣♦□⋄◇∥‖#^⁰¹²³⁴-⁹]+\d{0,2}|\[\d+\]|(?<=[^\W\d_])\d[\d,]*(?=\s|,|;|\Z)")
_BETWEEN_NAMES = re.compile(r"[,;&\n]|\\(?:AND|And|and)\b|\band\b")
_MAX_NAME = 60


def visible(text: str) -> str:
    """Text normalised, with ligatures spelled out and without control, invisible and private characters."""
    return normalise(_REMOVED.sub("", normalise(text).translate(_LIGATURES)))


def clean(text: str) -> str:
    """Visible text with blanks of all kinds as single spaces; line feeds stay."""
    return _BLANKS.sub(" ", visible(text))


def one_line(text: str) -> str:
    """Clean text without line breaks or blanks around it."""
    return _BLANKS_AND_LINES.sub(" ", clean(text)).strip()


def paragraph(text: str) -> str:
    """Prose as one Markdown paragraph on one line, its first characters escaped where they would be block markup."""
    line = _WIKILINK_OPENING.sub(r"\\[", one_line(text))
    if _ONLY_MARKS.fullmatch(line):
        return ""
    return "\\" + line if _BLOCK_START.match(line) else line


def heading(level: int, text: str) -> str:
    """A Markdown heading, empty where there are no words; levels beyond 6 are 6."""
    words = one_line(text).rstrip("#").strip()
    return f"{'#' * min(max(level, 1), 6)} {words}" if words else ""


def pipe_table(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as a Markdown table whose first row is its head; empty where no cell has words.

    A table of one column is no table but its lines.
    """
    lines = [[one_line(cell).replace("|", "\\|") for cell in row] for row in rows]
    lines = [row for row in lines if any(row)]
    if not lines:
        return ""
    columns = [column for column in zip_longest(*lines, fillvalue="") if any(column)]
    if len(columns) == 1:
        return "\n\n".join(paragraph(cell) for cell in columns[0] if cell)
    head, *body = ("| " + " | ".join(row) + " |" for row in zip(*columns, strict=True))
    return "\n".join([head, "|" + "---|" * len(columns), *body])


def fenced(lines: Iterable[str]) -> str:
    """Lines that are no prose, such as code or the cells of a table, as a fenced block."""
    kept = [visible(line).rstrip().replace("```", "'''") for line in lines]
    return "\n".join(["```", *kept, "```"]) if any(kept) else ""


def document(blocks: Iterable[str]) -> str:
    """Blocks as one Markdown text, normalised, with a blank line between them."""
    return normalise("\n\n".join(block for block in blocks if block.strip()) + "\n")


def find_date(text: str) -> str:
    """The first date in a text, as precise as it stands there (`YYYY`, `YYYY-MM`, `YYYY-MM-DD`); empty if none."""
    for pattern, order in _DATES:
        if match := pattern.search(text):
            parts = dict(zip(order, match.groups(), strict=True))
            month = parts.get("m", "")[:3].lower()
            parts["m"] = f"{_MONTHS[month]:02}" if month in _MONTHS else month
            written = "-".join(parts[key].zfill(2) for key in "ymd" if parts.get(key))
            try:
                return parse_date(written)
            except BadId:
                continue
    return ""


def names(text: str) -> tuple[str, ...]:
    """Personal names in a line of authors, separated by commas, semicolons, `&`, `and` or footnote marks.

    What follows something that is no name, such as an institution, is left out: it may be a place.
    """
    found: list[str] = []
    for part in _BETWEEN_NAMES.split(_NAME_MARKS.sub(",", clean(text))):
        name = one_line(part).strip(" .,;:·•")
        if name and not is_name(name):
            break
        found += [name] if name else []
    return tuple(dict.fromkeys(found))


def is_name(text: str) -> bool:
    """Whether a text looks like a person's name: two to six words with capitals, no digits, not an institution."""
    words = text.split()
    big = [word for word in words if word[0].isalpha() and not word[0].islower()]
    proper = bool(words) and words[0] in big and words[-1] in big and len(words) - len(big) <= 2
    return 2 <= len(words) <= 6 and len(text) <= _MAX_NAME and proper and not _NOT_A_NAME.search(text)
