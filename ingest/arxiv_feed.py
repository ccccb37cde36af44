"""What arXiv's query API sends, judged before it is believed, and its entries as papers.

The `arxiv` package reads whatever it can of a damaged feed. So a feed is first held against what it says of itself:
well-formed, without a document type, as many entries as it announces, each whole.
Shapes: https://info.arxiv.org/help/api/user-manual.html#_details_of_atom_results_returned
"""

from typing import TYPE_CHECKING, Any

from ingest.withdrawn import is_withdrawn
from kb.domain import Paper
from kb.errors import BadId
from kb.identity import ArxivId, normalise, parse_date
from kb.ports import ArchivedPaper

if TYPE_CHECKING:
    from arxiv import Result

_ATOM = "{http://www.w3.org/2005/Atom}"
_OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
_ERROR = "/api/errors#"
_REQUIRED = ("title", "updated", "published")


def feed_problem(data: bytes) -> str:
    """What is wrong with a feed, in a few words; empty where it can be believed."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return "a damaged feed"
    if root.getroottree().docinfo.doctype or root.tag != f"{_ATOM}feed":
        return "something that is no feed"
    try:
        total, start, size = (
            int(root.findtext(f"{_OPENSEARCH}{name}", "")) for name in ("totalResults", "startIndex", "itemsPerPage")
        )
    except ValueError:
        return "a feed without counts"
    entries = root.findall(f"{_ATOM}entry")
    if len(entries) < min(size, total - start):
        return f"{len(entries)} of {min(size, total - start)} entries"
    return next((problem for entry in entries if (problem := _entry_problem(entry))), "")


def _entry_problem(entry: Any) -> str:
    entry_id = entry.findtext(f"{_ATOM}id", "")
    if _ERROR in entry_id:
        return ""
    missing = next((name for name in _REQUIRED if not entry.findtext(f"{_ATOM}{name}", "").strip()), "")
    if missing:
        return f"an entry without its {missing}"
    try:
        parse_date(entry.findtext(f"{_ATOM}updated")[:10])
        parse_date(entry.findtext(f"{_ATOM}published")[:10])
        return "" if ArxivId.parse(entry_id).version else "an entry without its version"
    except BadId:
        return "an entry whose id or dates cannot be read"


def feed_error(data: bytes) -> str:
    """Words of arXiv where it sent an error as an entry of a feed; empty where it did not."""
    from lxml import etree

    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return ""
    entries = (entry for entry in root.iter(f"{_ATOM}entry") if _ERROR in entry.findtext(f"{_ATOM}id", ""))
    return next((_line(entry.findtext(f"{_ATOM}summary", ""))[:200] or "an error" for entry in entries), "")


def archived_paper(result: "Result") -> ArchivedPaper:
    """An entry as a paper; its feed was found whole before.

    `version` is that of the entry: the newest unless another was asked for.
    """
    arxiv_id = ArxivId.parse(result.entry_id)
    abstract = normalise(result.summary).strip()
    comment = _line(result.comment or "")
    paper = Paper(
        id=arxiv_id.base,
        title=_line(result.title),
        authors=tuple(name for author in result.authors if (name := _line(author.name))),
        date=result.published.strftime("%Y-%m-%d"),
        categories=tuple(dict.fromkeys(_line(category) for category in result.categories)),
        version=arxiv_id.version,
        updated=result.updated.strftime("%Y-%m-%d"),
        withdrawn=is_withdrawn(comment, abstract),
        doi=_line(result.doi or ""),
        journal=_line(result.journal_ref or ""),
        comment=comment,
    )
    return ArchivedPaper(paper, abstract)


def _line(text: str) -> str:
    """A text on one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in normalise(text)).split())
