"""Reads web pages: the main text of articles and posts, and papers where the page is one of LaTeXML's."""

import logging
from typing import TYPE_CHECKING

from ingest.extracted import Extracted
from ingest.html_tree import parse
from ingest.latexml import is_latexml, read_latexml
from ingest.tidy import document, names, one_line, paragraph, visible
from ingest.web_date import page_date
from kb.errors import BadDocument

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MIN_TEXT = 250
_TITLES = ("citation_title", "og:title", "dc.title", "twitter:title")
_AUTHORS = ("citation_author", "dc.creator", "article:author", "author")


def read_web_page(data: bytes) -> Extracted:
    """Main text of a page as Markdown, with its title, authors and date where it tells them.

    An abstract that the page gives in its metadata, as archives and publishers do, opens the text.

    Raises:
        BadDocument: if it cannot be read or has no text.
    """
    root = parse(data)
    if is_latexml(root):
        return read_latexml(data)
    facts = _facts(root)
    date = page_date(root, facts)
    title, authors, body = _main_text(root)
    abstract = one_line(facts.get("citation_abstract", [""])[0])
    if abstract:
        # The page around an abstract is navigation; what counts beside it would be prose of some length.
        body = body if len(body) > 4 * len(abstract) else ""
        body = document(["## Abstract", paragraph(abstract), "" if abstract[:80] in body else body])
    if not body.strip():
        raise BadDocument("no text was found on the page", cure="Save its text to a file and add that")
    return Extracted(
        text=body,
        reading="web",
        title=_first(facts, _TITLES) or one_line(title) or one_line(root.findtext(".//title") or ""),
        authors=_authors(facts) or authors,
        date=date,
    )


def _facts(root: "HtmlElement") -> dict[str, list[str]]:
    """What a page's `meta` elements say, by name in small letters."""
    facts: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or meta.get("itemprop") or "").casefold()
        if name and meta.get("content"):
            facts.setdefault(name, []).append(meta.get("content"))
    return facts


def _first(facts: dict[str, list[str]], keys: tuple[str, ...]) -> str:
    return next((one_line(facts[key][0]) for key in keys if facts.get(key)), "")


def _authors(facts: dict[str, list[str]]) -> tuple[str, ...]:
    """Authors by the metadata; `Family, Given` is turned round."""
    for key in _AUTHORS:
        found = [
            " ".join(reversed([part.strip() for part in value.split(",")])) if value.count(",") == 1 else value
            for value in facts.get(key, ())
        ]
        if people := tuple(name for value in found for name in names(value)):
            return people
    return ()


def _main_text(root: "HtmlElement") -> tuple[str, tuple[str, ...], str]:
    """(title, authors, Markdown) by trafilatura; a page where it finds little gives all its text."""
    import trafilatura
    from trafilatura.metadata import extract_metadata

    # It reports every page that it finds odd; what counts is what comes out.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    facts = extract_metadata(root)
    text = trafilatura.extract(
        root, output_format="markdown", include_comments=False, include_tables=True, include_formatting=True
    )
    if len(text or "") < _MIN_TEXT:
        text = trafilatura.extract(root, output_format="markdown", include_comments=False, favor_recall=True) or text
    body = document(block.strip("\n") for block in visible(text or "").split("\n\n"))
    people = names((facts.author or "").replace(";", ",")) if facts else ()
    return (facts.title or "", people, body) if facts else ("", (), body)
