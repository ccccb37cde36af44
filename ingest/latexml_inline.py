"""The words of a LaTeXML element: citations as short text, formulas as TeX between dollar signs, footnotes aside."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.html_tree import classes
from ingest.tidy import one_line

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_INLINE_TAGS = frozenset(
    "a abbr b bdi bdo big br cite code del dfn em font i ins kbd mark math q s samp small span strong sub sup tt u var "
    "wbr".split()
)
_BLOCKS_AS_SPANS = frozenset((
    "ltx_inline-block", "ltx_p", "ltx_para", "ltx_inline-para", "ltx_minipage", "ltx_parbox", "ltx_tabular",
    "ltx_listing",
    "ltx_equation", "ltx_equationgroup", "ltx_logical-block",
))  # fmt: skip
_SILENT = frozenset(
    ("ltx_ERROR", "ltx_rule", "ltx_note_mark", "ltx_note_type", "ltx_graphics", "ltx_bibblock", "ltx_tag_item")
)
_FOOTNOTES = frozenset(("ltx_role_footnote", "ltx_role_footnotetext", "ltx_role_endnote"))
_MATH = frozenset(("ltx_Math", "ltx_DisplayMath"))
_NUMBER = re.compile(r"[-+]?[0-9](?:[0-9.,]|\{,\})*(?:\\?%)?")
_LINE_END_COMMENT = re.compile(r"(?<!\\)%\n")
_DOLLARS = re.compile(r"(?<!\\)\$")
_NOISE = re.compile(r"\\(?:displaystyle|textstyle|scriptstyle|scriptscriptstyle)(?![A-Za-z])")
_LOOSE_COMMA = re.compile(r", ?(?=[);\]])")
_MAX_FORMULA = 3_000


class Words:
    """Text that is gathered from mixed content, and the footnotes that were met in it."""

    def __init__(self, text: str = "") -> None:
        self._parts = [text]
        self.footnotes: list[tuple[str, str]] = []

    @classmethod
    def of(cls, element: "HtmlElement", *, with_tags: bool = True) -> "Words":
        """The words of an element."""
        words = cls(element.text or "")
        words._children(element, with_tags)
        return words

    @property
    def text(self) -> str:
        """The words as one line."""
        return one_line("".join(self._parts)).replace("( ", "(").replace(" )", ")")

    def add_text(self, text: str) -> None:
        """Append bare text."""
        self._parts.append(text)

    def add(self, element: "HtmlElement", with_tags: bool = True) -> None:
        """Append an element's words, its tail not included."""
        if not isinstance(element.tag, str) or element.tag in ("script", "style", "button", "img", "svg"):
            return
        names = classes(element)
        if element.tag == "math" or names & _MATH:
            self._parts.append(_in_text(formula(element)))
        elif "ltx_note" in names:
            self._note(element, names)
        elif names & _SILENT or (not with_tags and "ltx_tag" in names):
            return
        elif element.tag == "cite":
            self._parts.append(_citation(element))
        elif element.tag == "br":
            self._parts.append("\n")
        else:
            self._element(element, with_tags, names)

    def _element(self, element: "HtmlElement", with_tags: bool, names: frozenset[str]) -> None:
        apart = element.tag not in _INLINE_TAGS or bool(names & _BLOCKS_AS_SPANS)
        self._parts.append((" " if apart else "") + (element.text or ""))
        self._children(element, with_tags)
        if apart:
            self._parts.append(" ")

    def _children(self, element: "HtmlElement", with_tags: bool) -> None:
        for child in element:
            self.add(child, with_tags)
            self._parts.append(child.tail or "")

    def _note(self, element: "HtmlElement", names: frozenset[str]) -> None:
        content = next(iter(element.find_class("ltx_note_content")), None)
        if not names & _FOOTNOTES or content is None:
            return
        inner = Words.of(content, with_tags=False)
        marks = element.find_class("ltx_note_mark")
        if inner.text:
            self.footnotes.append((one_line(marks[0].text_content()) if marks else "", inner.text))


def is_inline(element: "HtmlElement") -> bool:
    """Whether an element is part of a line of text."""
    return element.tag in _INLINE_TAGS and not classes(element) & _BLOCKS_AS_SPANS


def text(element: "HtmlElement", *, with_tags: bool = False) -> str:
    """The words of an element as one line; `with_tags` keeps numbers that LaTeX gave it."""
    return Words.of(element, with_tags=with_tags).text


def lines(element: "HtmlElement") -> list[str]:
    """The words of an element, one entry for each line that it shows."""
    return "".join(Words.of(element, with_tags=False)._parts).replace("&", "\n").split("\n")


def formulas(element: "HtmlElement") -> Iterator["HtmlElement"]:
    """The formulas in an element, in order."""
    return (part for part in element.iter() if part.tag == "math" or classes(part) & _MATH)


def formula(element: "HtmlElement") -> str:
    """TeX of a formula on one line, or its characters where the page does not tell the TeX."""
    tex = element.get("alttext") or ""
    if not tex:
        notes = [note.text for note in element.iter("annotation") if "tex" in (note.get("encoding") or "").lower()]
        labels = [part.get("aria-label") for part in element.iter() if part.get("aria-label")]
        tex = next(filter(None, [*notes, *labels]), "") or element.text_content()
    tex = _DOLLARS.sub("", _NOISE.sub("", _LINE_END_COMMENT.sub("", tex)))
    return one_line(tex)[:_MAX_FORMULA]


def display(equation: tuple[str, str]) -> str:
    """A formula on lines of its own, with its number."""
    tex, number = equation
    return f"$$ {tex} \\tag{{{number}}} $$" if tex and number else f"$$ {tex} $$" if tex else ""


def _in_text(tex: str) -> str:
    """A formula within prose; a mere number is text."""
    if _NUMBER.fullmatch(tex):
        return tex.replace("{,}", ",").replace("\\%", "%")
    tex = tex.rstrip("\\").strip()
    return f"${tex}$" if tex else ""


def _citation(element: "HtmlElement") -> str:
    """A citation as people read it; keys that were not resolved stand in brackets."""
    words = Words(element.text or "")
    words._children(element, False)
    written = words.text
    if element.find_class("ltx_missing_citation"):
        return written if written.startswith(("[", "(")) else f"[{written}]"
    return _LOOSE_COMMA.sub("", written).replace("[[", "[").replace("]]", "]")
