"""Papers of arXiv that came as PDF files: a document that is a paper, which the library may hold as one, too."""

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from ingest.abstracts import READING as ABSTRACT
from ingest.extracted import Extracted
from kb.domain import Source
from kb.errors import BadId
from kb.identity import ArxivId
from kb.ports import Catalog
from kb.services.settle import newest_version

BEARS = "bears"
"""Option of a document's job: the arXiv id that its file bears."""


def borne_by(name: str, text: Extracted) -> ArxivId | None:
    """The arXiv id that a PDF bears, in arXiv's stamp or as its file name."""
    if text.reading != "pdf":
        return None
    for told in (text.arxiv_id, PurePath(name).name):
        try:
            return ArxivId.parse(told)
        except BadId:
            continue
    return None


def same_text(held: Iterable[Source], bears: ArxivId) -> Source | None:
    """The version among those held that a file is, read in full; the newest where the file tells no version."""
    return newest_version(
        source
        for source in held
        if source.reading != ABSTRACT and bears.version in (0, ArxivId.parse(source.id).version)
    )


def copies_of(catalog: Catalog, base: str) -> list[str]:
    """Ids of the documents that are some version of a paper, in order."""
    return [document for document, bears in catalog.borne_ids() if ArxivId.parse(bears).base == base]


def held_twice(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Documents that are a paper that the library holds, each with the id of its newest version."""
    for document, bears in catalog.borne_ids():
        if held := catalog.versions_of(ArxivId.parse(bears).base):
            yield document, held[-1]


def said_of_pair(document: str, paper: str) -> str:
    """What is said of a paper that is there twice, with the cure."""
    return f"{document} and {paper} are the same paper, and answers may cite both. {cure(document)}"


def cure(document: str) -> str:
    """How a paper that is there twice becomes one source."""
    return f"`kb source remove {document}` keeps the paper alone"
