"""Markdown as readable text, wikilinks, and text that is safe to print. Standard library only, linear in time.

Every pattern keeps two rules that make it linear on hostile text: the body of a delimited thing excludes its opening
delimiter, so failed attempts never overlap, and repetitions that cannot need backtracking are possessive.
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

# Not the bar: before one, a backslash belongs to a table or to a wikilink in a table.
ESCAPE = r"\\[!-/:-@\[-`{}~]"
_IN_LINE = r"\n(?![ \t]*+(?:\n|\Z))"
CODE = (
    rf"(?<!`)`(?!`)(?>(?:[^`\n]++|{_IN_LINE})+)`(?!`)"
    rf"|(?<!`)``(?!`)(?>(?:[^`\n]++|`(?!`)|{_IN_LINE})+)``(?!`)"
)
# As in Pandoc: no space inside the dollars and no digit after them, so that "$5 and $10" stays two prices.
MATH = rf"\$\$[^$]++\$\$|\$(?![\s$])(?>(?:[^$\n\\]++|\\[^\n]|{_IN_LINE})+)(?<!\s)\$(?!\d)"
WIKILINK = r"!?\[\[([^\[\]\n]++)\]\]"
LINK = r"!?\[([^\[\]]*+)\]\([ \t]*+<?[^()\s]*+(?:\([^()\s]*+\)[^()\s]*+)?(?:\s++\"[^\"]*+\")?[ \t]*+\)"
URL = r"\b(?:https?|ftp)://[^\s<>()\[\]`\"]*[^\s<>()\[\]`\"*_~.,;:!?']"

_FENCE = (
    r"^[ \t>]*+(?P<fence>`{3,}|~{3,})[^`\n]*+(?:\n|\Z)"
    r"(?P<code>(?:(?![ \t>]*+(?P=fence))[^\n]*+(?:\n|\Z))*?)(?:[ \t>]*+(?P=fence)[`~]*+|\Z)"
)
_AUTOLINK = r"<(?:https?|ftp|mailto):[^<>\s]++>"
_KEPT = re.compile(rf"{_FENCE}|(?P<escape>{ESCAPE})|(?P<span>{CODE})|(?P<auto>{_AUTOLINK})|{MATH}|{URL}", re.MULTILINE)
# Most sentences have no markup at all, and need none of the work.
_ANY_MARKUP = re.compile(r"[\\`*_\[<>&$|~=#^\ue000\ue001]|://|^[ \t]*+(?:[-+:]|[0-9]++[.)])", re.MULTILINE)
_STORED = re.compile("\ue000(\\d+)\ue001")
_STORE_MARKS = re.compile("[\ue000\ue001]")

_LINE_MARK = r"[ \t]*+(?:>|[-*+](?=[ \t])|#{1,6}(?=[ \t]|$)|\[[ xX]\](?=[ \t])|\[![A-Za-z-]++\][-+]?|%s[.)](?=[ \t]))"
_MARKS = re.compile(rf"(?>(?:{_LINE_MARK % '[0-9]{1,9}'})+)")
# Inside a paragraph only "1." can begin a list: "2023." at the start of a wrapped line is a year.
_MARKS_IN_PARAGRAPH = re.compile(rf"(?>(?:{_LINE_MARK % '1'})+)")
_RULE_LINE = re.compile(r"[ \t]*+(?>(?:[-*_=|:][ \t]*+){2,})")
_HEADING_END = re.compile(r"(?<=[ \t])#++[ \t]*+$")

_WIKILINK = re.compile(WIKILINK)
_LINK = re.compile(LINK)
_REFERENCE = re.compile(r"(?<![\w\]])\[([^\[\]]++)\]\[[^\[\]]*+\]")
_FOOTNOTE = re.compile(r"\[\^[^\[\]\s]++\]:?")
_COMMENT = re.compile(r"<!--(?>(?:[^<-]++|(?!-->|<!--)[<-])*)-->")
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*+(?:[\s/][^<>]*+)?>")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_STARS = re.compile(r"(?<![0-9A-Za-z*])(\*{1,3})(?![\s*])([^*]*+)(?<!\s)\1(?!\*)")
_INNER_UNDERSCORE = r"(?<=[^\W_])_++(?=[^\W_])"
_UNDERSCORES = re.compile(rf"(?<!\w)(_{{1,3}})(?![\s_])((?>(?:[^_]++|{_INNER_UNDERSCORE})*))(?<!\s)\1(?!\w)")
_STRIKES = re.compile(r"(?<!~)~~(?![\s~])([^~]++)(?<!\s)~~(?!~)")
_HIGHLIGHTS = re.compile(r"(?<!=)==(?![\s=])([^=]++)(?<!\s)==(?!=)")
_MAX_EMPHASIS_DEPTH = 4

_LINKS_OR_LITERAL = re.compile(rf"{ESCAPE}|{CODE}|{MATH}|(?P<wiki>{WIKILINK})|(?P<link>{LINK})")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ATTACHMENTS = frozenset(
    "3gp avif base bmp canvas drawio epub excalidraw flac gif html jpeg jpg json m4a mkv mov mp3 mp4 ogg ogv pdf png"
    " pptx docx xlsx csv svg txt wav webm webp zip".split()
)
"""What Obsidian shows or opens beside notes, and its like."""
# Marks of a note's own, as Obsidian writes them: a tag, and the name of a block at the end of its last line.
TAG = r"(?<![^\s(])#(?=[^\s#\d]|\d[\w-]*[A-Za-z])"
BLOCK_ID = r"(?<![^\s])\^[A-Za-z0-9-]++[ \t]*+$"
_TAG_MARK, _BLOCK_ID = re.compile(TAG), re.compile(BLOCK_ID)

_ANSI = re.compile(r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]|\x1b\][^\x07\x1b\n]*+(?:\x07|\x1b\\)|\x1b[ -/]*+[0-~]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_LINE_SEPARATORS = re.compile("[\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Wikilink:
    """A link or embed as it stands in a text: `[[target#heading|alias]]`, half-open span in code points."""

    target: str
    heading: str
    alias: str
    char_start: int
    char_end: int


def wikilinks(text: str, start: int = 0, end: int | None = None) -> list[Wikilink]:
    """Wikilinks and embeds between two offsets, in order.

    What stands in inline code, in math or after a backslash is no link, nor is `[[#heading]]`, which stays in its note.
    Fenced code is not recognised here: pass the spans of blocks that are not code.
    """
    return [link for link, is_wiki in _links(text, start, end) if is_wiki and link.target]


def note_links(text: str, start: int = 0, end: int | None = None) -> list[Wikilink]:
    """Wikilinks, embeds and Markdown links that lead to notes, in order; images and other files are no notes.

    A Markdown link's target is its path as written, without escapes; its words are the alias. The target of a link to
    a heading of its own note is empty.
    """
    found = (link for link, _ in _links(text, start, end))
    # Dendron writes a heading of the same note behind the bar.
    return [link for link in found if not _is_attachment(link.target) and not link.alias.startswith("#")]


def _links(text: str, start: int, end: int | None) -> Iterator[tuple[Wikilink, bool]]:
    """All links that may lead to notes, each with whether it is a wikilink."""
    for match in _LINKS_OR_LITERAL.finditer(text, start, len(text) if end is None else end):
        if match["wiki"]:
            target, heading, alias = _link_parts(match["wiki"])
            if target or heading:
                yield Wikilink(target, heading, alias, match.start(), match.end()), True
        elif match["link"]:
            words, _, place = match["link"].rpartition("](")
            written = place[:-1].strip().partition(" ")[0].strip("<>")
            path, _, heading = unquote(written).partition("#")
            if (path.lower().endswith(".md") and not _ADDRESS.match(path)) or (heading and not path):
                yield Wikilink(path, heading, words.lstrip("!["), match.start(), match.end()), False


def _is_attachment(target: str) -> bool:
    return target.rpartition(".")[2].lower() in _ATTACHMENTS and "." in target


def _link_parts(wikilink: str) -> tuple[str, str, str]:
    """Target, heading and alias of a wikilink; in tables the bar before the alias is escaped."""
    inner = wikilink.lstrip("!").removeprefix("[[").removesuffix("]]")
    place, _, alias = inner.partition("|")
    target, _, heading = place.removesuffix("\\").partition("#")
    return target.strip(), heading.strip(), alias.strip()


def plain(markdown: str) -> str:
    """Markdown as one line of readable text: markup gone, words, math, code and identifiers as they were.

    >>> plain("- See [[gsm8k-drops|the **drop**]] at `0.5B`, in $x_1$.")
    'See the drop at 0.5B, in $x_1$.'
    """
    return _readable(markdown, _without_tags)


def shown(markdown: str) -> str:
    """Like `plain`, with HTML as it was written: what people read of a title or sentence leaves no word out.

    The result may hold anything that HTML can; who puts it into a page or a file escapes it there.

    >>> shown("**Gout** after <img src=x> in <i>E. coli</i>")
    'Gout after <img src=x> in <i>E. coli</i>'
    """
    return _readable(markdown, str)


def _without_tags(text: str) -> str:
    return _TAG.sub("", _COMMENT.sub("", text))


def _readable(markdown: str, without: Callable[[str], str]) -> str:
    """Markdown as one line, after `without` took from it what is to be left out."""
    if not _ANY_MARKUP.search(markdown):
        return " ".join(markdown.split())
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(_literal(match))
        return f"\ue000{len(kept) - 1}\ue001"

    text = _KEPT.sub(keep, _STORE_MARKS.sub("", markdown))
    text = _without_emphasis(_without_links("\n".join(_without_line_marks(text.split("\n")))))
    text = without(text)
    text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    return " ".join(_STORED.sub(lambda match: kept[int(match[1])], text.replace("\\|", "|")).split())


def _literal(match: re.Match[str]) -> str:
    """What is shown of text whose characters are no markup."""
    if match["fence"]:
        return match["code"]
    if match["escape"]:
        return match["escape"][1:]
    if match["auto"]:
        return match["auto"][1:-1]
    return match["span"].strip("`").strip() if match["span"] else match[0]


def _without_line_marks(lines: list[str]) -> Iterator[str]:
    """Lines without heading, list, task and quote marks, table frames and rules."""
    in_paragraph = False
    for line in lines:
        match = (_MARKS_IN_PARAGRAPH if in_paragraph else _MARKS).match(line)
        rest = line[match.end() :] if match else line
        in_paragraph = bool(rest.strip()) and not (match and match[0].strip()[0].isdigit())
        if _RULE_LINE.fullmatch(rest):
            continue
        if match and "#" in match[0]:
            rest = _HEADING_END.sub("", rest)
        rest = _TAG_MARK.sub("", _BLOCK_ID.sub("", rest))
        cells = rest.strip()
        yield cells[1:-1] if len(cells) > 1 and cells[0] == cells[-1] == "|" else rest


def _without_links(text: str) -> str:
    """Text with links, images and footnote marks replaced by the words that they show."""
    text = _FOOTNOTE.sub("", _WIKILINK.sub(_shown_words, text))
    # Twice, for an image inside a link.
    text = _LINK.sub(r"\1", _LINK.sub(r"\1", text))
    return _REFERENCE.sub(lambda match: match[0] if match[1].strip().isdigit() else match[1], text)


def _shown_words(match: re.Match[str]) -> str:
    target, heading, alias = _link_parts(match[0])
    name = target.rpartition("/")[2].removesuffix(".md") or heading
    return alias or (name if " " in name else name.replace("-", " "))


def _without_emphasis(text: str) -> str:
    """Text without the marks of bold, italic, struck and highlighted words; those nested deeper than 4 stay."""
    for _ in range(_MAX_EMPHASIS_DEPTH):
        before = text
        text = _UNDERSCORES.sub(r"\2", _STARS.sub(r"\2", text))
        if text == before:
            break
    return _HIGHLIGHTS.sub(r"\1", _STRIKES.sub(r"\1", text))


def terminal_safe(text: str) -> str:
    """Text without what a terminal would obey or hide: control and escape sequences, bidi overrides, zero-width marks.

    Newlines and tabs stay.
    """
    return _INVISIBLE.sub("", _ANSI.sub("", _LINE_SEPARATORS.sub("\n", text)))
