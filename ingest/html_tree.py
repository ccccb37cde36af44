"""HTML as a tree, within limits that no real page reaches."""

from typing import TYPE_CHECKING

from kb.errors import BadDocument

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MAX_DEPTH = 150
_MAX_ELEMENTS = 1_500_000


def parse(data: bytes) -> "HtmlElement":
    """The root of a page; external things are never loaded and entities of its own are not expanded.

    Raises:
        BadDocument: if there are no elements, too many, or too many inside each other.
    """
    from lxml import etree, html

    parser = html.HTMLParser(encoding=encoding(data), remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = html.document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise BadDocument("the page cannot be read as HTML", cure="Save it again from a browser") from error
    _check(root)
    return root


def _check(root: "HtmlElement") -> None:
    from lxml import etree

    depth = 0
    for count, (event, _) in enumerate(etree.iterwalk(root, events=("start", "end"))):
        depth += 1 if event == "start" else -1
        if depth > _MAX_DEPTH:
            raise BadDocument(
                f"the page nests elements more than {_MAX_DEPTH} deep", cure="Save its text, and add that"
            )
        if count > 2 * _MAX_ELEMENTS:
            raise BadDocument(f"the page has more than {_MAX_ELEMENTS} elements", cure="Split it, or save its text")


def encoding(data: bytes) -> str | None:
    """The encoding where the bytes tell it for certain; None leaves it to the page's own declaration."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"


def classes(element: "HtmlElement") -> frozenset[str]:
    """The classes of an element."""
    return frozenset((element.get("class") or "").split()) if isinstance(element.tag, str) else frozenset()
