"""Reads papers in LaTeXML's HTML, as arXiv serves them: sections, prose, formulas, lists, tables and captions."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest import latexml_inline as inline
from ingest.boilerplate import is_boilerplate, is_terms_heading
from ingest.extracted import Extracted
from ingest.html_tree import classes, parse
from ingest.tidy import document, fenced, find_date, heading, names, one_line, paragraph, pipe_table
from kb.errors import BadDocument

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_LEVELS = {
    "ltx_part": 2, "ltx_chapter": 2, "ltx_section": 2, "ltx_appendix": 2, "ltx_acknowledgements": 2,
    "ltx_subsection": 3, "ltx_subsubsection": 4, "ltx_paragraph": 5, "ltx_subparagraph": 6,
}  # fmt: skip
_LEFT_OUT = frozenset((
    "ltx_bibliography", "ltx_authors", "ltx_date", "ltx_dates", "ltx_keywords", "ltx_classification", "ltx_TOC",
    "ltx_toc",
    "ltx_page_header", "ltx_page_footer", "ltx_page_navbar", "ltx_title", "ltx_ERROR", "ltx_pagination", "ltx_rdf",
    "ltx_index", "ltx_glossary", "ltx_role_newpage", "ltx_graphics", "ltx_rule", "ltx_author_notes",
    "package-alerts", "ltx_tag", "ltx_note", "ltx_page_logo", "ar5iv-footer", "keyboard-glossary",
))  # fmt: skip
_LEFT_OUT_TAGS = frozenset(("script", "style", "nav", "footer", "form", "dialog", "button", "img", "svg", "picture"))
_EQUATIONS = frozenset(("ltx_equation", "ltx_equationgroup", "ltx_eqn_table"))
_STAMP = re.compile(r"arXiv:\S{1,40}\s{1,9}\[[^\]]{1,40}\]\s{1,9}(.{1,40})")
_REFERENCES = re.compile(r"[\W\d]*(?:references|bibliography|literature cited)\W*", re.IGNORECASE)


def is_latexml(root: "HtmlElement") -> bool:
    """Whether a page was made by LaTeXML."""
    return _article(root) is not None


def read_latexml(data: bytes) -> Extracted:
    """Text and facts of a LaTeXML page.

    Raises:
        BadDocument: if it is no such page or has no text.
    """
    root = parse(data)
    article = _article(root)
    if article is None:
        raise BadDocument("this is not a LaTeXML page", cure="Add it as an ordinary web page")
    text = document(_Walk().blocks(article))
    if not text.strip():
        raise BadDocument("the page holds no text", cure="Add the PDF instead")
    return Extracted(text, "html", _title(article), _authors(article), _date(root, article))


def _article(root: "HtmlElement") -> "HtmlElement | None":
    # arXiv gives the same class to its notice of packages that it could not convert, which stands before the article.
    found = [element for element in root.find_class("ltx_document") if "package-alerts" not in classes(element)]
    return next((element for element in found if element.tag == "article"), next(iter(found), None))


def _title(article: "HtmlElement") -> str:
    element = next(iter(article.find_class("ltx_title_document")), None)
    return "" if element is None else one_line(inline.text(element))


def _authors(article: "HtmlElement") -> tuple[str, ...]:
    """Names among the lines about people; addresses and places of work stand between them."""
    lines = [line for person in article.find_class("ltx_personname") for line in inline.lines(person)]
    found = [name for line in lines for name in names(line)]
    return tuple(dict.fromkeys(found))


def _date(root: "HtmlElement", article: "HtmlElement") -> str:
    """When the paper was submitted, by arXiv's stamp, or the date that it bears."""
    stamp = root.get_element_by_id("watermark-tr", None)
    if stamp is not None and (match := _STAMP.search(stamp.text_content())):
        return find_date(match[1])
    dates = [*article.find_class("ltx_date"), *article.find_class("ltx_dates")]
    return next(filter(None, (find_date(inline.text(date)) for date in dates)), "")


class _Walk:
    """Goes through an article and yields Markdown blocks; footnotes follow the block that they belong to."""

    def blocks(self, parent: "HtmlElement", level: int = 1) -> Iterator[str]:
        """Blocks of an element's children; text that stands bare between them is a paragraph."""
        bare = inline.Words(parent.text or "")
        for child in parent:
            if isinstance(child.tag, str) and not inline.is_inline(child):
                yield from self.prose(bare)
                bare = inline.Words("")
                yield from self.block(child, level)
            else:
                bare.add(child)
            bare.add_text(child.tail or "")
        yield from self.prose(bare)

    def block(self, element: "HtmlElement", level: int) -> Iterator[str]:
        """Blocks of one element."""
        names_ = classes(element)
        if names_ & _LEFT_OUT or element.tag in _LEFT_OUT_TAGS:
            return
        if "ltx_abstract" in names_:
            yield "## Abstract"
            yield from self.blocks(element)
        elif section := next((_LEVELS[name] for name in names_ if name in _LEVELS), 0):
            if _REFERENCES.fullmatch(_own_title(element)) or is_terms_heading(_own_title(element)):
                return
            yield heading(section, _own_title(element))
            yield from self.blocks(element, section)
        elif names_ & {"ltx_theorem", "ltx_proof"}:
            yield from _led(_own_title(element), list(self.blocks(element, level)))
        elif element.tag == "figcaption" or "ltx_caption" in names_:
            yield from self.prose(inline.Words.of(element))
        elif names_ & _EQUATIONS:
            yield from filter(None, map(inline.display, _equations(element)))
        elif "ltx_tabular" in names_ or element.tag == "table":
            yield pipe_table(_rows(element))
        elif "ltx_listing" in names_ or element.tag == "pre":
            yield _listing(element)
        elif element.tag in ("ul", "ol", "dl"):
            yield from self.items(element, level)
        elif element.tag == "p" or "ltx_p" in names_:
            yield from self.prose(inline.Words.of(element))
        else:
            yield from self.blocks(element, level)

    def prose(self, words: inline.Words) -> Iterator[str]:
        """A paragraph and the footnotes in it."""
        text = paragraph(words.text)
        if text and not is_boilerplate(text):
            yield text
        for mark, note in words.footnotes:
            if not is_boilerplate(note):
                yield paragraph(f"Footnote {mark}: {note}" if mark else f"Footnote: {note}")

    def items(self, element: "HtmlElement", level: int) -> Iterator[str]:
        """A list: each item's blocks after its mark, further blocks indented below it."""
        number = 0
        for child in element:
            if child.tag not in ("li", "dt", "dd"):
                continue
            number += 1
            mark = f"{number}. " if element.tag == "ol" else "- "
            found = [block for block in self.blocks(child, level) if block]
            if term := _term(child):
                found = list(_led(term, found))
            if found:
                yield _indented(mark, found)


def _own_title(element: "HtmlElement") -> str:
    title = next((child for child in element if "ltx_title" in classes(child)), None)
    return "" if title is None else inline.text(title, with_tags=True)


def _led(title: str, found: list[str]) -> Iterator[str]:
    """Blocks whose first paragraph opens with a bold title, as theorems and named items do."""
    lead = f"**{one_line(title).rstrip('.: ')}.**" if one_line(title) else ""
    if lead and found and not found[0].startswith(("$$", "|", "```", "- ", "1. ")):
        yield f"{lead} {found[0].removeprefix(chr(92))}"
        found = found[1:]
    elif lead:
        yield lead
    yield from found


def _term(item: "HtmlElement") -> str:
    """What a description list calls an item; numbers and bullets are no names."""
    tag = next((child for child in item if "ltx_tag_item" in classes(child)), None)
    words = "" if tag is None else one_line(inline.text(tag, with_tags=True))
    return words if sum(character.isalpha() for character in words) > 2 else ""


def _indented(mark: str, found: list[str]) -> str:
    pad = " " * len(mark)
    first, *rest = (block.replace("\n", "\n" + pad) for block in found)
    return "\n\n".join([mark + first, *(pad + block for block in rest)])


def _equations(element: "HtmlElement") -> Iterator[tuple[str, str]]:
    """(TeX, number) of a displayed formula; each line on its own where more than one has a number."""
    rows = [row for row in element.iter("tr") if "ltx_eqn_row" in classes(row)] or [element]
    found = [(" ".join(filter(None, map(inline.formula, inline.formulas(row)))), _equation_number(row)) for row in rows]
    numbers = [number for _, number in found if number]
    if len(numbers) > 1:
        yield from found
    else:
        yield " \\\\ ".join(tex for tex, _ in found if tex), "".join(numbers)


def _equation_number(row: "HtmlElement") -> str:
    tags = row.find_class("ltx_tag_equation") or row.find_class("ltx_tag_equationgroup")
    return one_line(tags[0].text_content()).strip("()") if tags else ""


def _rows(table: "HtmlElement") -> Iterator[list[str]]:
    """Cells of each row. What spans rows stands in each of them; what spans columns, in the first."""
    hanging: dict[int, tuple[int, str]] = {}
    for row in table.iter("tr"):
        if table.tag == "table" and next(row.iterancestors("table"), None) is not table:
            continue
        cells: list[str] = []
        for cell in (part for part in row if part.tag in ("td", "th")):
            _hang(cells, hanging)
            words = inline.text(cell)
            if (height := _number(cell.get("rowspan"))) > 1:
                hanging[len(cells)] = (height - 1, words)
            cells += [words] + [""] * (_number(cell.get("colspan")) - 1)
        _hang(cells, hanging)
        yield cells


def _hang(cells: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    """Add cells that reach into this place from rows above."""
    while len(cells) in hanging:
        left, words = hanging.pop(len(cells))
        if left > 1:
            hanging[len(cells)] = (left - 1, words)
        cells.append(words)


def _number(text: str | None) -> int:
    return min(max(int(text), 1), 50) if text and text.isdecimal() and len(text) < 4 else 1


def _listing(element: "HtmlElement") -> str:
    """Lines of code or of an algorithm."""
    lines = element.find_class("ltx_listingline")
    if lines:
        return fenced(inline.text(line, with_tags=True) for line in lines)
    return fenced(element.text_content().split("\n"))
