"""A paper's abstract as a source: what the library keeps of a paper whose full text it has not read."""

from kb.domain import Source, SourceKind
from kb.identity import normalise
from kb.ports import ArchivedPaper

READING = "abstract"


def abstract_source(archived: ArchivedPaper) -> Source:
    """The abstract as a source named by the paper's id and, where it is known, its version."""
    paper = archived.paper
    version = f"v{paper.version}" if paper.version else ""
    return Source(
        id=f"arxiv:{paper.id}{version}",
        kind=SourceKind.PAPER,
        title=paper.title,
        text=abstract_text(archived.abstract),
        date=paper.date,
        version_date=paper.date if paper.version == 1 else paper.updated if paper.version else None,
        authors=paper.authors,
        origin=f"https://arxiv.org/abs/{paper.id}{version}",
        reading=READING,
    )


def abstract_text(abstract: str) -> str:
    """An abstract with its lines joined; a line that begins with a space begins a paragraph, as arXiv has it."""
    paragraphs: list[list[str]] = []
    for line in normalise(abstract).split("\n"):
        if not paragraphs or not line.strip() or line[0].isspace():
            paragraphs.append([])
        paragraphs[-1] += line.split()
    return "\n\n".join(" ".join(words) for words in paragraphs if words)
