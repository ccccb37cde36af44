"""What is new at arXiv: papers that fit followed searches, newer versions and withdrawals of what the library has.

Every step that is done is written down with what it found, so that an update that was cut short goes on from there.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, timedelta

from ingest.abstracts import READING as ABSTRACT
from ingest.withdrawn import says_only_withdrawn
from kb.domain import Follow, Job, Source, SourceKind
from kb.identity import ArxivId
from kb.ports import ArchivedPaper, Catalog, PaperArchive, Progress, no_progress
from kb.services.citers import arxiv_base
from kb.services.intake import announce
from kb.services.papers_in import paper_job
from kb.services.settle import newest_version

_AT_ONCE = 100
_AT_MOST = 10_000
"""New papers of one followed search in one update."""
_CURSOR = "arxiv_update"
_OVERLAP_DAYS = 7
"""A paper is listed up to some days after the day of its submission, by which it is found."""


@dataclass(slots=True)
class News:
    """What an update found; the papers are to be brought in then."""

    new: list[str] = field(default_factory=list)
    """Papers that followed searches found."""
    newer: list[str] = field(default_factory=list)
    """Newer versions of papers that the library has."""
    withdrawn: list[str] = field(default_factory=list)
    """Papers that were withdrawn since this was last asked."""
    n_asked: int = 0
    """Papers whose state was asked for."""
    known: dict[ArxivId, ArchivedPaper] = field(default_factory=dict)
    """Metadata of the new papers and versions."""


def search_from(today: str) -> str:
    """First day of the next search for new papers."""
    return (date.fromisoformat(today) - timedelta(days=_OVERLAP_DAYS)).isoformat()


class Updater:
    """Asks arXiv what is new for one library.

    Args:
        catalog: of the library.
        archive: arXiv.
        held: holds the writer's lock for a while; it is not held while arXiv is waited for.
        today: `YYYY-MM-DD`.
    """

    def __init__(
        self, catalog: Catalog, archive: PaperArchive, held: Callable[[], AbstractContextManager[None]], today: str
    ) -> None:
        self._catalog, self._archive, self._held, self._today = catalog, archive, held, today
        self.news = News()

    def search(self, progress: Progress = no_progress) -> None:
        """Announce the papers that followed searches find since the last update and that the library has not.

        Raises:
            Unavailable: if arXiv is out of reach; what was announced stays announced.
        """
        follows = self._catalog.follows()
        for done, follow in enumerate(follows, 1):
            found = self._archive.search(
                follow.query, category=follow.category, since=follow.since, limit=_AT_MOST, newest_first=True
            )
            new = [archived for archived in found if not self._catalog.versions_of(archived.paper.id)]
            options = {name: value for name, value in _options(follow).items() if value}
            jobs = [paper_job(ArxivId(archived.paper.id), options) for archived in new]
            with self._held():
                announce(jobs, self._catalog)
                with self._catalog.writing():
                    self._catalog.put_follow(follow.model_copy(update={"since": search_from(self._today)}))
            self.news.new += [job.target for job in jobs if job.target not in self.news.new]
            self._remember(new)
            progress("Searching arXiv", done, len(follows))

    def compare(self, progress: Progress = no_progress) -> None:
        """Ask for the state of every paper in the library, cited ones too, a hundred a request.

        Newer versions are announced, withdrawals recorded. An update that was cut short goes on where it was.

        Raises:
            Unavailable: as `search`.
        """
        held = _held_papers(self._catalog.outlines(SourceKind.PAPER))
        cited = {
            base for note in self._catalog.outlines(SourceKind.NOTE) for r in note.references if (base := arxiv_base(r))
        }
        everything = sorted({*held, *cited})
        wanted = [base for base in everything if base > self._cursor()]
        for start in range(0, len(wanted), _AT_ONCE):
            batch = wanted[start : start + _AT_ONCE]
            self._compare(self._archive.by_ids([ArxivId(base) for base in batch]).values(), held, batch[-1])
            progress("Asking for versions", len(everything) - len(wanted) + start + len(batch), len(everything))
        with self._held(), self._catalog.writing():
            self._catalog.set_setting(_CURSOR, "")

    def _compare(self, found: Iterable[ArchivedPaper], held: dict[str, Source], last: str) -> None:
        archived = list(found)
        known = self._catalog.papers(a.paper.id for a in archived)
        newer = [a for a in archived if (own := held.get(a.paper.id)) and _is_newer(a, own)]
        jobs = [_job(a, held[a.paper.id]) for a in newer]
        with self._held():
            announce(jobs, self._catalog)
            with self._catalog.writing():
                self._catalog.put_papers([a.paper for a in archived], origin="arxiv")
                self._catalog.set_setting(_CURSOR, f"{self._today} {last}")
        self.news.n_asked += len(archived)
        self.news.newer += [job.target for job in jobs]
        gone = (a.paper for a in archived if a.paper.withdrawn)
        self.news.withdrawn += [p.reference for p in gone if not (p.id in known and known[p.id].withdrawn)]
        self._remember(newer)

    def _cursor(self) -> str:
        """The last paper that an update of today asked for, if it did not come to its end."""
        day, _, last = (self._catalog.setting(_CURSOR) or "").partition(" ")
        return last if day == self._today else ""

    def _remember(self, found: Sequence[ArchivedPaper]) -> None:
        for archived in found:
            paper = archived.paper
            self.news.known |= {ArxivId(paper.id): archived, ArxivId(paper.id, paper.version): archived}


def _options(follow: Follow) -> dict[str, object]:
    return {"topics": list(follow.topics), "abstract_only": follow.abstract_only}


def _held_papers(sources: Iterable[Source]) -> dict[str, Source]:
    """The newest version of each paper, by arXiv id without version."""
    found: dict[str, Source] = {}
    for source in sources:
        base = ArxivId.parse(source.id).base
        found[base] = newest_version(s for s in (found.get(base), source) if s) or source
    return found


def _is_newer(archived: ArchivedPaper, held: Source) -> bool:
    """Whether arXiv has a newer version that says more than that the paper was withdrawn."""
    is_empty = archived.paper.withdrawn and says_only_withdrawn(archived.abstract)
    return _version(held) < archived.paper.version and not is_empty


def _version(source: Source) -> int:
    return ArxivId.parse(source.id).version


def _job(archived: ArchivedPaper, held: Source) -> Job:
    """The newer version is read as the older one was."""
    arxiv_id = ArxivId(archived.paper.id, archived.paper.version)
    return paper_job(arxiv_id, {"abstract_only": True} if held.reading == ABSTRACT else {})
