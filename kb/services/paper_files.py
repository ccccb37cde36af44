"""PDF files that are papers of arXiv: which one a file is, and the file as that paper.

arXiv's stamp tells it; a file's name alone does where the paper's known title stands in the file.
"""

import unicodedata

from ingest.abstracts import READING as ABSTRACT
from ingest.extracted import Extracted
from kb.domain import Paper, Source, SourceKind
from kb.identity import ArxivId
from kb.services.audit import SAME_TITLE, title_likeness
from kb.services.papers_in import composed

_HEAD = 2_000
"""Characters of a file within which its title stands."""


def is_surely(text: Extracted, known: Paper | None) -> bool:
    """Whether a file that bears an arXiv id is that paper, of which something may be known."""
    return bool(text.arxiv_id) or (known is not None and _is_titled(text, known.title))


def doubt(bears: ArxivId, text: Extracted, known: Paper | None) -> str:
    """Why a file that is named by an id was not taken for that paper, and what to do."""
    if known is None:
        why = f"has the name of {bears}, of which nothing is known here that its title could be compared with"
    else:
        own = f"“{text.title[:120]}”" if text.title else "no title that could be read"
        why = f"has the name of {bears}, which is “{known.title[:120]}”, and {own} in it"
    return f"{why}; it is kept as a document. `kb add {bears}` adds the paper itself"


def said_of_title(bears: ArxivId, text: Extracted, known: Paper | None) -> str:
    """What is said of a stamped paper whose title is another than the known one, as between versions."""
    if known is None or not text.title or _is_titled(text, known.title):
        return ""
    return f"is {bears} by its stamp; its title there is “{text.title[:120]}”, and known here is “{known.title[:120]}”"


def date_of(bears: ArxivId, text: Extracted) -> str:
    """Day of arXiv's stamp, or the month that the id tells; when the file was made says nothing of a paper."""
    return text.date if text.arxiv_id and text.date else bears.month


def as_paper(
    bears: ArxivId, text: Extracted, known: Paper | None, before: Source | None, *, origin: str, name: str
) -> Source:
    """A file as the paper that it is.

    Args:
        bears: its id; without a version it is taken for the one that the library has the abstract of.
        text: of the file.
        known: the paper's facts, if there are any.
        before: the newest version that the library holds, if any.
        origin: where the file lies.
        name: what the paper is called where nothing else tells.
    """
    held = ArxivId.parse(before.id) if before else bears
    version = bears.version or held.version
    abstract = before.text if before and before.reading == ABSTRACT and held.version == version else ""
    whole, pages = composed(abstract, text) if abstract else (text.text, text.pages)
    is_first, told = version == 1, date_of(bears, text)
    return Source(
        id=f"arxiv:{bears.base}" + (f"v{version}" if version else ""),
        kind=SourceKind.PAPER,
        title=known.title if known else " ".join(text.title.split()) or name,
        text=whole,
        date=known.date if known else told if is_first else bears.month,
        version_date=told if text.arxiv_id else known.date if known and is_first else None,
        authors=known.authors if known else text.authors,
        origin=origin,
        pages=pages,
        reading=text.reading,
    )


def _is_titled(text: Extracted, title: str) -> bool:
    head = f"{text.title}\n{text.text[:_HEAD]}"
    return title_likeness(text.title, title) >= SAME_TITLE or _letters(title) in _letters(head)


def _letters(text: str) -> str:
    """Letters and digits alone: a PDF breaks a title's words wherever its lines end."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
