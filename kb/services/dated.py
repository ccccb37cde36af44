"""When sources were published, as far as it is known, and how much time lies between two dates."""

from collections.abc import Iterable

from kb.domain import SourceKind
from kb.errors import BadId
from kb.identity import ArxivId
from kb.ports import Catalog


class SourceDates:
    """Date and title of papers and documents, looked up once each; notes have none, since they are no evidence."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[str, tuple[str, str] | None] = {}

    def of(self, source_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Date (empty where unknown) and title of those sources that can be evidence, by id."""
        wanted = list(dict.fromkeys(source_ids))
        for source in self._catalog.sources(s for s in wanted if s not in self._known and not s.startswith("note:")):
            is_evidence = source.kind is not SourceKind.NOTE and not source.generated
            self._known[source.id] = (source.date or month_of(source.id), source.title) if is_evidence else None
        return {s: known for s in wanted if (known := self._known.get(s))}


def month_of(reference: str) -> str:
    """The month that an arXiv id itself tells, empty for anything else."""
    try:
        return ArxivId.parse(reference).month
    except BadId:
        return ""


def base_of(reference: str) -> str:
    """An arXiv id without prefix and version, so that all its versions are one paper; anything else as it is."""
    try:
        return ArxivId.parse(reference).base
    except BadId:
        return reference


def months_between(earlier: str, later: str) -> int:
    """Whole months from one date to another, at least 0; a date without month counts from its middle."""
    return max(0, _month_number(later) - _month_number(earlier))


def _month_number(date: str) -> int:
    year, _, rest = date.partition("-")
    return 12 * int(year) + (int(rest[:2]) if rest else 6)
