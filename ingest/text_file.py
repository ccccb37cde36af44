"""Reads Markdown and plain text: Markdown stays as it is, plain text gets the paragraphs and headings that it shows."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingest.extracted import Extracted
from ingest.front_matter import read_front_matter
from ingest.markdown import blocks
from ingest.plain import plain
from ingest.tidy import document, find_date, heading, names, one_line, paragraph, visible
from ingest.yaml_tree import Content
from kb.errors import BadDocument, BadNote

_MARKDOWN_NAMES = (".md", ".markdown", ".mdown", ".qmd", ".rmd")
_TABLE_ROW = re.compile(r"\s*\|.*\|\s*")
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|[0-9]{1,9}[.)])\s+\S")
_BULLET = re.compile(r"\A\s*[•▪◦‣∙]\s+")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_MARKED_HEADING = re.compile(r"#{1,6}\s+\S")
# A list's item that a page's text put after the one before it: `… at all. - Gold — with care.`
_INNER_ITEM = re.compile(r"(?<=[.!?…]) - (?=[A-Z][\w ]{0,40} [—–] )")
_READING_TIME = re.compile(r"·\s*[0-9]{1,3} ?min\b|\b[0-9]{1,3} ?min(?:ute)?s? (?:read\b|·)", re.IGNORECASE)
_LONGEST_BANNER = 60
_LONGEST_WRAPPED = 100
_MAX_HEADING = 90
_MAX_FACT_LINE = 120
_N_FIRST_LINES = 12
_TITLE_WORDS = 4
_MAX_TITLE = 200
_BYLINE = re.compile(r"(?:by|von|par|author(?:s)?:)\s+(.{3,80})", re.IGNORECASE)


def read_text_file(data: bytes, name: str = "") -> Extracted:
    """Text of a Markdown or plain text file, with title, authors and date where front matter or first lines tell them.

    Raises:
        BadDocument: if it is empty, binary, or in an encoding that cannot be told.
    """
    text = visible(_decoded(data))
    if not text.strip():
        raise BadDocument("the file is empty", cure="Add a file with text in it")
    return _markdown(text) if _is_markdown(text, name) else _plain_text(text)


def _decoded(data: bytes) -> str:
    for mark, encoding in ((b"\xff\xfe\0\0", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data:
        raise BadDocument("this is a binary file", cure="Add PDF, HTML, TeX, Markdown or text files")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        best = from_bytes(data[:200_000]).best()
        if best is None:
            raise BadDocument("the file's encoding cannot be told", cure="Save it as UTF-8") from None
        return data.decode(best.encoding, "replace")


def _is_markdown(text: str, name: str) -> bool:
    return name.casefold().endswith(_MARKDOWN_NAMES) or any(map(_MARKED_HEADING.match, text.split("\n")[:200]))


def _markdown(text: str) -> Extracted:
    """Markdown without its front matter."""
    try:
        front = read_front_matter(text)
        fields, body = front.content, text[front.body_start :].lstrip("\n")
    except BadNote:
        fields, body = {}, text
    headings = (block for block in blocks(body) if block.kind == "heading")
    shown = (plain(body[block.char_start : block.char_end]) for block in headings)
    first = next((words for words in shown if _has_words(words)), "")
    people = [*_texts(fields.get("authors")), *_texts(fields.get("author"))]
    return Extracted(
        text=body.rstrip() + "\n",
        reading="text",
        title=one_line(next(iter(_texts(fields.get("title"))), "")) or first or _first_line(body),
        authors=tuple(dict.fromkeys(one_line(person) for person in people if person.strip())),
        date=next(filter(None, (find_date(text) for text in _texts(fields.get("date")))), ""),
    )


def _texts(content: Content) -> list[str]:
    if isinstance(content, list):
        return [item for item in content if isinstance(item, str)]
    return [content] if isinstance(content, str) else []


def _plain_text(text: str) -> Extracted:
    body = _without_banner(text)
    paragraphs = list(_paragraphs(_INNER_ITEM.sub("\n- ", body).split("\n")))
    first = [line.strip() for line in text.split("\n") if line.strip()][:_N_FIRST_LINES]
    bylines = (match[1] for line in first if (match := _BYLINE.fullmatch(line)))
    return Extracted(
        text=document(_shown(block, paragraphs[index + 1 : index + 2]) for index, block in enumerate(paragraphs)),
        reading="text",
        title=_title(first, paragraphs) if body == text else one_line(body.partition("\n")[0])[:_MAX_TITLE],
        authors=next(filter(None, map(names, bylines)), ()),
        date=next(filter(None, (find_date(line) for line in first if len(line) <= _MAX_FACT_LINE)), ""),
    )


def _without_banner(text: str) -> str:
    """A page's text without the short lines above its title that tell how long it takes to read."""
    banner, _, body = text.lstrip("\n").partition("\n\n")
    lines = banner.split("\n")
    is_banner = 1 < len(lines) <= _N_FIRST_LINES and all(len(line) <= _LONGEST_BANNER for line in lines)
    return body.lstrip("\n") if is_banner and body.strip() and any(map(_READING_TIME.search, lines)) else text


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Blocks of plain text. In a text whose lines are long every line is a paragraph; else blank lines part them."""
    lengths = sorted(len(line) for line in lines if line.strip())
    wrapped = lengths[9 * len(lengths) // 10] <= _LONGEST_WRAPPED
    group: list[str] = []
    fenced = False
    for line in lines:
        fence = bool(_FENCE.match(line))
        goes_on = fenced or (bool(group) and bool(line.strip()) and _goes_on(group[-1], line, wrapped))
        if group and not goes_on:
            yield "\n".join(group)
            group = []
        if line.strip() or fenced:
            group.append(line if fenced or fence else _BULLET.sub("- ", line).strip())
        fenced ^= fence
    if group:
        yield "\n".join(group)


def _goes_on(last: str, line: str, wrapped: bool) -> bool:
    """Whether a line belongs to the block of the one before it."""
    if _TABLE_ROW.fullmatch(last) or _TABLE_ROW.fullmatch(line):
        return bool(_TABLE_ROW.fullmatch(last) and _TABLE_ROW.fullmatch(line))
    return wrapped and not _LIST_ITEM.match(line) and not _BULLET.match(line) and not _FENCE.match(line)


def _shown(block: str, after: Sequence[str]) -> str:
    """A block as Markdown: a short line above a paragraph is a heading."""
    if _is_heading(block, after[0] if after else ""):
        return heading(2, block)
    if "\n" in block or _LIST_ITEM.match(block) or _TABLE_ROW.fullmatch(block):
        return block
    return paragraph(block)


def _is_heading(block: str, following: str) -> bool:
    """Whether a line is short, stands alone, is no sentence, and has sentences below it."""
    is_text = len(following) > max(len(block), _MAX_HEADING) and not following.startswith(("|", "- "))
    has_sentences = ". " in following or following.endswith((".", "?", "!", "。"))
    is_open = block.endswith("?") or block[-1].isalnum() or block[-1] in "”\"')"
    is_short = "\n" not in block and len(block) <= _MAX_HEADING and ". " not in block and 1 < len(block.split()) <= 14
    starts = block[0].isupper() or block[0].isdigit()
    return is_text and has_sentences and is_open and is_short and starts and any(map(str.isalpha, block))


def _title(first: Sequence[str], paragraphs: Sequence[str]) -> str:
    """The first line if it has some words or stands as a title does; else the first heading or line with words."""
    if first and (len(first[0].split()) >= _TITLE_WORDS or _is_short_title(first, paragraphs)):
        return one_line(first[0])[:_MAX_TITLE]
    pairs = pairwise(paragraphs[:_N_FIRST_LINES])
    found = [block for block, after in pairs if _is_heading(block, after)] + list(first)
    worded = (line for line in found if len(line.split()) >= _TITLE_WORDS and "·" not in line)
    return one_line(next(worded, first[0] if first else ""))[:_MAX_TITLE]


def _is_short_title(first: Sequence[str], paragraphs: Sequence[str]) -> bool:
    """Whether a first line of few words, without closing punctuation, stands alone or above a byline or a date."""
    line, below = first[0], first[1] if len(first) > 1 else ""
    is_alone = paragraphs[0] == line and any(map(str.isalpha, below))
    is_above_facts = len(below) <= _MAX_FACT_LINE and bool(_BYLINE.fullmatch(below) or find_date(below))
    is_open = line[0].isalnum() and line[-1] not in ".,;:!…" and "·" not in line and find_date(line) == ""
    return is_open and any(map(str.isalpha, line)) and (is_alone or is_above_facts)


def _first_line(text: str) -> str:
    return next((plain(line)[:200] for line in text.split("\n") if _has_words(plain(line))), "")


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))
