"""Recording papers and documents: a transaction for each batch, with what becomes of older versions and of the jobs."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from kb.domain import AddReport, Job, JobState, Paper, Source, SourceKind
from kb.errors import KbError
from kb.identity import ArxivId
from kb.ports import Catalog, Embedder
from kb.services.add import prepare, record

_ADVICE = "Try again with `kb add --retry`"


@dataclass(slots=True)
class Tally:
    """What became of the items of a run."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    failed: list[Job] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What a person should know of items that are done."""
    n_unchanged: int = 0
    n_embedded: int = 0

    def report(self, pending: int, undone: int) -> AddReport:
        """The same as a record, with how many items wait, and how many of these the run was to do."""
        return AddReport(
            added=tuple(self.added),
            updated=tuple(self.updated),
            unchanged=self.n_unchanged,
            failed=tuple(self.failed),
            pending=pending,
            undone=undone,
            n_embedded=self.n_embedded,
        )


@dataclass(frozen=True, slots=True)
class Finished:
    """An item whose text is at hand."""

    job: Job
    source: Source
    paper: Paper | None = None
    remark: str = ""
    """What is to be said of how the text was come by."""


class Recorder:
    """Brings finished and failed items into the catalog, under the writer's lock only as long as that takes.

    Args:
        catalog: of the library.
        embedder: of the library.
        held: holds the writer's lock for a while.
    """

    def __init__(self, catalog: Catalog, embedder: Embedder, held: Callable[[], AbstractContextManager[None]]) -> None:
        self._catalog, self._embedder, self._held = catalog, embedder, held
        self.tally = Tally()

    def done(self, finished: Sequence[Finished]) -> None:
        """Record items with their passages and vectors; what is recorded as it is already stays untouched."""
        known = {item.source.id: self._catalog.source_hash(item.source.id) for item in finished}
        new = {f.source.id: f.source for f in finished if known[f.source.id] != f.source.content_hash}
        prepared = prepare(list(new.values()), self._catalog, self._embedder)
        with self._held(), self._catalog.writing():
            record(prepared, self._catalog)
            self._put_papers([item.paper for item in finished if item.paper])
            papers = {item.source.id for item in finished if item.source.kind is SourceKind.PAPER}
            for base in {ArxivId.parse(source_id).base for source_id in papers}:
                retire_older(self._catalog, base)
            for item in finished:
                job = {"state": JobState.DONE, "source_id": item.source.id, "reason": item.remark, "advice": ""}
                self._catalog.put_job(item.job.model_copy(update=job))
        self.tally.n_embedded += len(prepared.vectors)
        self.tally.n_unchanged += len(known) - len(new)
        self.tally.remarks += [f"{item.job.target}: {item.remark}" for item in finished if item.remark]
        for source_id in new:
            (self.tally.updated if known[source_id] else self.tally.added).append(source_id)

    def failed(self, job: Job, error: KbError | OSError) -> None:
        """Write down why an item could not be added."""
        reason = error.message if isinstance(error, KbError) else f"cannot be read ({error.strerror or error})"
        advice = (isinstance(error, KbError) and error.cure) or _ADVICE
        settled = job.model_copy(update={"state": JobState.FAILED, "reason": reason, "advice": advice})
        with self._held(), self._catalog.writing():
            self._catalog.put_job(settled)
        self.tally.failed.append(settled)

    def _put_papers(self, papers: Sequence[Paper]) -> None:
        """Keep what arXiv says of papers; what it said of a newer version stays."""
        known = self._catalog.papers(paper.id for paper in papers)
        newer = [p for p in papers if p.id not in known or known[p.id].version <= p.version]
        self._catalog.put_papers(newer, origin="arxiv")


def retire_older(catalog: Catalog, base: str) -> None:
    """Let only the newest version of a paper be found; the others stay for what cites them. Call within `writing`."""
    *older, newest = catalog.versions_of(base)
    for source_id in older:
        catalog.retire(source_id, newest)


def bring_back(catalog: Catalog, embedder: Embedder, base: str) -> str | None:
    """Let the newest version that is left be found again; its id. Call within `writing`."""
    left = catalog.versions_of(base)
    if not left:
        return None
    source = catalog.source(left[-1])
    if source is not None and left[-1] in catalog.superseded():
        record(prepare([source], catalog, embedder), catalog)
    for source_id in left[:-1]:
        catalog.retire(source_id, left[-1])
    return left[-1]


def newest_version(sources: Iterable[Source]) -> Source | None:
    """The newest of some versions of a paper."""
    return max(sources, key=lambda source: ArxivId.parse(source.id).version, default=None)
