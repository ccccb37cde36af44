"""What every reader of papers, pages and files hands on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extracted:
    """A document's text, ready to be kept, with what it tells of itself."""

    text: str
    """Markdown, normalised (`kb.identity.normalise`): headings for sections, formulas as TeX between dollar signs,
    tables as pipe tables; without references, navigation and other boilerplate."""
    reading: str
    """How it was come by: html, pdf, tex, text or web."""
    title: str = ""
    authors: tuple[str, ...] = ()
    date: str = ""
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`; empty where the document does not tell."""
    pages: tuple[int, ...] = ()
    """Offset in `text` at which each page begins, ascending; empty where there are no pages."""
    arxiv_id: str = ""
    """The id of arXiv's stamp as it is printed; empty where there is none."""
