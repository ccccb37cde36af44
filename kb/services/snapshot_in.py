"""A metadata snapshot in: papers by their abstracts, in batches, resumed where an earlier run stopped.

Reading, cutting and writing go on in one thread while the texts of the next batches are embedded in others. Every batch
is one transaction together with the place in the file that it reaches, so that whatever ends the process, the same
command goes on from there. Memory holds a few batches, however long the file is.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.abstracts import READING, abstract_source
from ingest.snapshot import Line, Position, Wanted, fingerprint, read_snapshot
from ingest.withdrawn import says_only_withdrawn
from kb.domain import Job, JobState, Paper, SnapshotReport, Source
from kb.errors import BadInput
from kb.identity import ArxivId
from kb.ports import ArchivedPaper, Catalog, Embedder, Entry, HeldPaper, Progress, Vector, no_progress
from kb.services.add import Prepared, cut, embedded, record

KIND = "snapshot"
_PAPERS, _LINES = 96, 5_000
"""A batch ends after so many wanted papers or lines: few enough that little is done again after a crash."""
_AHEAD = 3
"""Batches that may wait to be embedded, so that the embedder never does."""
_MAX_FLAWS = 20


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be taken from a snapshot."""

    path: Path
    wanted: Wanted = field(default_factory=Wanted)
    limit: int | None = None
    """Wanted papers after which to stop."""
    topics: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """The file and all that decides what is taken from it: another order starts from the beginning."""
        parts = [str(self.path.resolve()), *self.wanted.categories, *(f"topic {topic}" for topic in self.topics)]
        parts += [f"since {self.wanted.since}"] if self.wanted.since else []
        parts += [f"first {self.limit}"] if self.limit is not None else []
        return ", ".join(parts)


def take(order: Order, catalog: Catalog, embedder: Embedder, progress: Progress = no_progress) -> SnapshotReport:
    """Record the papers of a snapshot that an order asks for, from where an earlier run of it stopped.

    A paper that the library holds in a newer version, or read more fully than by its abstract, stays as it is.

    Raises:
        BadInput: if the file cannot be read; what was read before is kept.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="embed-batches") as pool:
        run = _Run(order, catalog, embedder, pool)
        try:
            if run.report.finished:
                return run.report.model_copy(update={"repeated": True})
            run.go(progress)
        except BadInput as error:
            run.settle(JobState.FAILED, error)
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    if not run.is_snapshot:
        raise BadInput(f"{order.path} holds no paper's record", cure="Name a file of arXiv's metadata as JSON lines")
    return run.report


@dataclass(frozen=True, slots=True)
class _Batch:
    """Lines that are recorded together."""

    tally: "_Tally"
    papers: tuple[Paper, ...]
    outdated: tuple[tuple[str, str], ...]
    """Sources with those that supersede them."""
    entries: tuple[Entry, ...]
    vectors: Future[dict[str, Vector]]


@dataclass(slots=True)
class _Tally:
    """How things stand after a line."""

    end: Position
    wanted: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: int = 0
    broken: int = 0
    flaws: tuple[str, ...] = ()

    @classmethod
    def of(cls, report: SnapshotReport) -> "_Tally":
        """Where a report left off."""
        counts = {name: getattr(report, name) for name in ("wanted", "added", "updated", "unchanged", "kept", "broken")}
        return cls(Position(report.byte, report.line), **counts, flaws=report.flaws)

    def note(self, line: Line) -> None:
        """Count a line that was read."""
        self.end = line.end
        if line.flaw:
            self.broken += 1
            if len(self.flaws) < _MAX_FLAWS:
                self.flaws += (f"line {line.end.line}: {line.flaw}",)


@dataclass(slots=True)
class _Draft:
    """A batch while its lines are looked at."""

    sources: list[Source] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    outdated: list[tuple[str, str]] = field(default_factory=list)


class _Run:
    """One pass over a snapshot."""

    def __init__(self, order: Order, catalog: Catalog, embedder: Embedder, pool: ThreadPoolExecutor) -> None:
        self._order, self._catalog, self._embedder, self._pool = order, catalog, embedder, pool
        self._fingerprint = fingerprint(order.path)
        self.report = self._so_far()
        self.is_snapshot = self.report.line > 0
        """Whether a line could be used; a file of another kind has none, and leaves no job behind."""

    def _so_far(self) -> SnapshotReport:
        """What an earlier run of the same order reached in the same file."""
        job = self._catalog.job(self._order.target)
        if job and job.options.get("fingerprint") == self._fingerprint:
            return SnapshotReport.model_validate({**job.options["report"], "n_embedded": 0}, extra="ignore")
        return SnapshotReport(path=str(self._order.path))

    def go(self, progress: Progress) -> None:
        """Read to the end of the file or the limit; batches are recorded in order while later ones are embedded."""
        waiting: deque[_Batch] = deque()
        tally = _Tally.of(self.report)
        share = 0.0
        for lines in self._batches(tally):
            share = lines[-1].share or share
            waiting.append(self._begun(lines, tally))
            if len(waiting) > _AHEAD:
                self._finish(waiting.popleft())
                done = self.report.line
                progress("Reading and embedding papers", done, max(done, round(tally.end.line / (share or 1))))
        while waiting:
            self._finish(waiting.popleft())
            progress("Reading and embedding papers", self.report.line, tally.end.line)
        if not self.is_snapshot:
            return
        self.report = self.report.model_copy(update={"finished": True})
        self.settle(JobState.DONE)

    def _batches(self, tally: _Tally) -> Iterator[list[Line]]:
        """Lines in groups, up to the limit of wanted papers."""
        limit = self._order.limit
        left = None if limit is None else limit - tally.wanted
        group: list[Line] = []
        n_wanted = 0
        if left is not None and left <= 0:
            return
        for line in read_snapshot(self._order.path, tally.end):
            self.is_snapshot = self.is_snapshot or line.archived is not None
            is_wanted = line.archived is not None and self._order.wanted.takes(line.archived.paper)
            group.append(line if is_wanted else replace(line, archived=None))
            n_wanted += is_wanted
            left = left - is_wanted if left is not None else None
            if n_wanted >= _PAPERS or len(group) >= _LINES or left == 0:
                yield group
                group, n_wanted = [], 0
            if left == 0:
                return
        if group:
            yield group

    def _begun(self, lines: Sequence[Line], tally: _Tally) -> _Batch:
        """A batch whose texts are on their way to the embedder."""
        # Of two records of one paper in a batch the later one counts.
        found = {line.archived.paper.id: line.archived for line in lines if line.archived}
        draft = self._draft(found, tally)
        for line in lines:
            tally.note(line)
        entries, texts = cut(draft.sources, self._catalog, self._embedder)
        vectors = self._pool.submit(embedded, texts, self._embedder)
        return _Batch(replace(tally), tuple(draft.papers), tuple(draft.outdated), entries, vectors)

    def _draft(self, found: dict[str, ArchivedPaper], tally: _Tally) -> _Draft:
        """What of some papers is new to the library."""
        draft = _Draft()
        held, known = self._catalog.held_papers(found), self._catalog.papers(found)
        for paper_id, archived in found.items():
            if _tells_more(archived.paper, known.get(paper_id)):
                draft.papers.append(archived.paper)
            versions = held.get(paper_id, [])
            given = _given(versions, self._order.topics)
            source = abstract_source(archived).model_copy(update=given)
            if archived.paper.withdrawn and versions and says_only_withdrawn(archived.abstract):
                tally.kept += 1
            else:
                self._weigh(source, versions, draft, tally)
        tally.wanted += len(found)
        return draft

    def _weigh(self, source: Source, held: Sequence[HeldPaper], draft: _Draft, tally: _Tally) -> None:
        """Whether an abstract is to be recorded, and what it takes the place of."""
        same = next((h for h in held if h.source_id == source.id), None)
        others = [h for h in held if h.source_id != source.id]
        if any(h.reading != READING or _version(h.source_id) > _version(source.id) for h in held):
            tally.kept += 1
        elif same and same.content_hash == source.content_hash:
            tally.unchanged += 1
        else:
            draft.sources.append(source)
            draft.outdated += [(h.source_id, source.id) for h in others]
            tally.updated += bool(same or others)
            tally.added += not (same or others)

    def _finish(self, batch: _Batch) -> None:
        """Record a batch with the place in the file that it reaches."""
        prepared = Prepared(batch.entries, batch.vectors.result())
        tally = batch.tally
        self.report = self.report.model_copy(
            update={
                **{name: getattr(tally, name) for name in ("wanted", "added", "updated", "unchanged", "kept")},
                "broken": tally.broken,
                "flaws": tally.flaws,
                "byte": tally.end.byte,
                "line": tally.end.line,
                "n_embedded": self.report.n_embedded + len(prepared.vectors),
            }
        )
        # Where nothing is new, the place in the file is not worth a transaction: it is read again in a moment.
        if not batch.entries and not batch.papers:
            return
        with self._catalog.writing():
            record(prepared, self._catalog)
            for source_id, successor in batch.outdated:
                self._catalog.retire(source_id, successor)
            self._catalog.put_papers(batch.papers, "arxiv")
            self._catalog.put_job(self._job(JobState.PENDING))

    def settle(self, state: JobState, error: BadInput | None = None) -> None:
        """Write down how the run ended."""
        with self._catalog.writing():
            self._catalog.put_job(self._job(state, error))

    def _job(self, state: JobState, error: BadInput | None = None) -> Job:
        report = self.report
        reason = error.message if error else f"{report.broken:,} lines could not be used" if report.broken else ""
        return Job(
            target=self._order.target,
            kind=KIND,
            state=state,
            reason=reason,
            advice=error.cure if error else "",
            options={"fingerprint": self._fingerprint, "report": report.model_dump(mode="json")},
        )


def _given(held: Sequence[HeldPaper], topics: Sequence[str]) -> dict[str, object]:
    """Topics and remark of a paper: what people gave the newest version that is held stays, the order's topics join."""
    newest = max(held, key=lambda version: _version(version.source_id), default=None)
    before, remark = (newest.topics, newest.remark) if newest else ((), "")
    return {"topics": tuple(dict.fromkeys((*before, *topics))), "remark": remark}


def _version(source_id: str) -> int:
    return ArxivId.parse(source_id).version


def _tells_more(paper: Paper, known: Paper | None) -> bool:
    """Whether a record says something that the one that the library has does not."""
    if known is None or paper.version > known.version:
        return True
    return paper.version == known.version and paper != known and (not known.version or paper.withdrawn)
