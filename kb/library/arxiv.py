"""The part of the Python API that asks arXiv: searches, followed searches, updates. It goes to the network."""

from datetime import UTC, datetime

from kb.domain import AddReport, Follow
from kb.errors import NotFound, NotReached, Unavailable
from kb.library.sources import Sources
from kb.ports import ArchivedPaper, Progress, no_progress
from kb.services.following import News, Updater, search_from
from kb.services.intake import waiting
from kb.wiring import Parts


class Arxiv:
    """What a library asks of arXiv; `Library.arxiv` is one."""

    def __init__(self, parts: Parts, sources: Sources) -> None:
        self._parts, self._sources = parts, sources

    def search(
        self, query: str, *, category: str = "", since: str = "", until: str = "", limit: int = 20
    ) -> list[ArchivedPaper]:
        """Papers at arXiv, best first; see `kb.ports.PaperArchive.search`.

        Raises:
            BadInput: if there is nothing to search for, or a date or category cannot be read.
            Unavailable: if arXiv is out of reach.
        """
        found = self._parts.archive.search(query, category=category, since=since, until=until, limit=limit)
        return list(found)

    def follow(
        self,
        query: str,
        *,
        category: str = "",
        since: str = "",
        topics: tuple[str, ...] = (),
        abstract_only: bool = False,
    ) -> Follow:
        """Follow a search: `update` then brings the papers that are new since a week ago, or since a day.

        Raises:
            BadInput: if there is nothing to search for, or a date or category cannot be read.
        """
        from ingest.arxiv_query import search_query

        words = " ".join(query.split())
        search_query(words, category=category, since=since)
        follow = Follow(
            query=words,
            category=category,
            topics=topics,
            abstract_only=abstract_only,
            since=since or search_from(_today()),
        )
        with self._parts.lock.held(), self._parts.catalog.writing():
            self._parts.catalog.put_follow(follow)
        return follow

    def follows(self) -> list[Follow]:
        """Followed searches."""
        return self._parts.catalog.follows()

    def unfollow(self, follow_id: str) -> Follow:
        """Stop following a search, named by its id.

        Raises:
            NotFound: if none has it.
        """
        found = next((follow for follow in self.follows() if follow.id == follow_id.strip()), None)
        if found is None:
            raise NotFound(
                f"no followed search has the id {follow_id[:40]!r}", cure="List them with `kb arxiv following`"
            )
        with self._parts.lock.held(), self._parts.catalog.writing():
            self._parts.catalog.forget_follow(found.id)
        return found

    def update(self, progress: Progress = no_progress) -> tuple[News, AddReport]:
        """Bring in what is new: papers of followed searches, newer versions, withdrawals.

        If arXiv is out of reach, `Library.warnings` says so; the next update goes on from there.
        """
        parts = self._parts
        parts.check_model()
        updater = Updater(parts.catalog, parts.archive, parts.lock.held, _today())
        try:
            updater.search(progress)
            updater.compare(progress)
        except NotReached as error:
            parts.warnings.append(str(error))
            n = len(waiting(parts.catalog, failed_too=False))
            return updater.news, AddReport(pending=n, undone=n)
        except Unavailable as error:
            parts.warnings.append(str(error))
        report = self._sources.settle(waiting(parts.catalog, failed_too=False), progress, updater.news.known)
        return updater.news, report


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
