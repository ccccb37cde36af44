"""Where papers come from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from kb.domain import Paper
from kb.identity import ArxivId


@dataclass(frozen=True, slots=True)
class ArchivedPaper:
    """An arXiv work as its metadata tells of it."""

    paper: Paper
    abstract: str


@dataclass(frozen=True, slots=True)
class FullText:
    """The bytes of a paper's full text in one form."""

    form: str
    """html, pdf or tex."""
    data: bytes
    url: str


class PaperArchive(Protocol):
    """Where papers come from: arXiv."""

    def by_ids(self, ids: Sequence[ArxivId]) -> dict[ArxivId, ArchivedPaper]:
        """Papers by id as asked, of the version asked for or else the newest; ids that name no paper are left out.

        Raises:
            Unavailable: if the archive could not be reached or did not answer in time.
        """
        ...

    def search(
        self,
        query: str,
        *,
        category: str = "",
        since: str = "",
        until: str = "",
        limit: int = 100,
        newest_first: bool = False,
    ) -> Iterator[ArchivedPaper]:
        """Papers that fit; dates are `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.

        Raises as `by_ids`, and `BadInput` if the search cannot be read.
        """
        ...

    def full_texts(self, arxiv_id: ArxivId) -> Iterator[FullText]:
        """The forms that there are, best first (HTML, PDF, TeX), each fetched when asked for.

        Raises as `by_ids`, and `BadInput` at the end if there are only forms that are too large.
        """
        ...
