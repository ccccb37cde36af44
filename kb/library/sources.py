"""The part of the Python API that brings papers and documents in, and looks after sources of every kind."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ingest.files import shown_path
from kb.domain import AddReport, Job, JobState, Source, SourceKind
from kb.errors import BadId, BadInput, NotFound, Unavailable
from kb.identity import ArxivId, normalise, slugify
from kb.ports import ArchivedPaper, Progress, no_progress
from kb.services import citers, handed_in, intake
from kb.services.citers import Citers
from kb.services.documents_in import DocumentIntake
from kb.services.papers_in import PaperIntake
from kb.services.settle import Recorder
from kb.upkeep import Upkeep
from kb.wiring import Parts


class Sources:
    """Papers, documents and notes of a library; `Library.sources` is one."""

    def __init__(self, parts: Parts, upkeep: Upkeep) -> None:
        self._parts, self._upkeep = parts, upkeep

    def find(self, kind: SourceKind | None = None, topic: str = "") -> list[Source]:
        """Sources without their text, in order of id; superseded versions are among them."""
        return self._parts.catalog.outlines(kind, slugify(topic) if topic.strip() else "")

    def superseded(self) -> dict[str, str]:
        """Older versions of papers, each with the id of the newest that the library has."""
        return self._parts.catalog.superseded()

    def show(self, name: str) -> Source:
        """One source, by its id, an arXiv id in any form (without version: the newest), a path or an address.

        Raises:
            NotFound: if there is none.
        """
        for source_id in self._ids(normalise(name.strip())):
            if found := self._parts.catalog.source(source_id):
                return found
        raise NotFound(f"there is no source {name[:80]!r}", cure="List them with `kb source list`")

    def _ids(self, name: str) -> Iterable[str]:
        """Ids that a name may stand for."""
        yield name
        if arxiv_id := _arxiv_id(name):
            held = self._parts.catalog.versions_of(arxiv_id.base)
            yield from [i for i in held if ArxivId.parse(i) == arxiv_id] if arxiv_id.version else held[::-1]
        for target in (name, shown_path(Path(name).absolute())):
            if (job := self._parts.catalog.job(target)) and job.source_id:
                yield job.source_id
        slug = slugify(name.split(":", 1)[-1]) if name else ""
        yield from (f"note:{slug}", f"document:{slug}")

    def citers(self, source: Source) -> Citers:
        """Notes, claims and inquiries that cite a source."""
        return citers.citers(source, self._parts.catalog)

    def withdrawn(self, source: Source) -> bool:
        """Whether it is a paper that was withdrawn."""
        return citers.is_withdrawn(source, self._parts.catalog)

    def version_date(self, source: Source) -> str | None:
        """When this version of a paper was submitted; None where that is not known."""
        if source.version_date:
            return source.version_date
        arxiv_id = ArxivId.parse(source.id) if source.id.startswith("arxiv:") else None
        paper = self._parts.catalog.papers([arxiv_id.base]).get(arxiv_id.base) if arxiv_id else None
        return paper.updated if arxiv_id and paper and paper.version == arxiv_id.version else None

    def count(self) -> int:
        """How many sources there are of any kind."""
        return self._parts.catalog.count("sources")

    def withdrawn_ids(self) -> frozenset[str]:
        """ArXiv ids without version of the papers that are known to be withdrawn."""
        return frozenset(paper.id for paper in self._parts.catalog.withdrawn_papers())

    def remove(self, name: str, progress: Progress = no_progress) -> tuple[str, Citers]:
        """Remove a paper or document with its passages, the vectors that nothing else uses, and its edges.

        What could not be added is forgotten by the same word.

        Returns:
            The id or item that went, and who still cites it.

        Raises:
            NotFound: if there is neither.
            BadInput: if it is a note, which goes with its file.
        """
        parts = self._parts
        try:
            source = self.show(name)
        except NotFound:
            if job := self._undone(name):
                self.forget(job.target)
                return job.target, Citers()
            raise
        if source.id.startswith("note:"):
            raise BadInput(f"{source.id} is the file {source.origin}", cure="Delete the file; the note goes with it")
        found = self.citers(source)
        with parts.lock.held():
            citers.remove(source, parts.catalog, parts.embedder)
            self._upkeep.derive(progress)
        return source.id, found

    def undone(self) -> list[Job]:
        """Items that could not be added and may be given up; notes that cannot be read are not among them."""
        return [job for job in self._parts.catalog.jobs(JobState.FAILED) if job.kind in intake.FORGETTABLE]

    def forget(self, target: str) -> None:
        """Give up an item that could not be added, with its copy where it was handed in; no source goes.

        Raises:
            NotFound: if there is none.
        """
        parts = self._parts
        with parts.lock.held(), parts.catalog.writing():
            job = parts.catalog.job(target)
            if job is None or job.kind not in intake.FORGETTABLE or job.source_id:
                raise NotFound(f"nothing failed that is called {target[:80]!r}", cure="See the list on the page Add")
            parts.catalog.forget_job(target)
        handed_in.discard(self._uploads, target)

    def called(self, job: Job) -> str:
        """An item as a person knows it: a file that was handed in by its own name."""
        return handed_in.own_name(self._uploads, job.target)

    @property
    def _uploads(self) -> Path:
        return self._parts.place.data / "uploads"

    def keep(self, files: Sequence[tuple[str, bytes]]) -> list[Path]:
        """Keep files that were handed in by name and content, for `Library.add`; their paths."""
        return handed_in.keep(self._uploads, files)

    def items_in(self, text: str) -> tuple[list[str], list[str]]:
        """Ids and addresses that a text names, for `Library.add`, and what is neither; files cannot be named so.

        Raises:
            BadInput: if there are too many.
        """
        return handed_in.items_in(text)

    def _undone(self, name: str) -> Job | None:
        targets = [name, intake.shown_item(name), shown_path(Path(name).absolute()), str(_arxiv_id(name))]
        jobs = (self._parts.catalog.job(target) for target in targets)
        return next((job for job in jobs if job and job.kind in intake.FORGETTABLE and not job.source_id), None)

    def settle(
        self,
        jobs: Iterable[Job],
        progress: Progress = no_progress,
        known: Mapping[ArxivId, ArchivedPaper] | None = None,
    ) -> AddReport:
        """Bring in papers and documents that were announced, then bring Chroma and the graph up to date.

        The writer's lock is held while something is recorded, not while the network is waited for. If arXiv is out of
        reach, `Library.warnings` says so and what was not reached stays pending.
        """
        parts, wanted = self._parts, list(jobs)
        recorder = Recorder(parts.catalog, parts.embedder, parts.lock.held)
        papers = [job for job in wanted if job.kind == "paper"]
        documents = [job for job in wanted if job.kind == "document"]
        with parts.reading() as read:
            DocumentIntake(parts.catalog, lambda address: parts.fetch(address), read, recorder).run(documents, progress)
            try:
                if papers:
                    PaperIntake(parts.catalog, parts.archive, read, recorder).run(papers, progress, known)
            except Unavailable as error:
                parts.warnings.append(str(error))
        with parts.lock.held():
            self._upkeep.derive(progress)
        parts.warnings += recorder.tally.remarks
        left = {job.target for job in intake.waiting(parts.catalog, failed_too=False)}
        return recorder.tally.report(len(left), len(left.intersection(job.target for job in wanted)))


def _arxiv_id(name: str) -> ArxivId | None:
    try:
        return ArxivId.parse(name)
    except BadId:
        return None


def announced(items: Sequence[str | Path], parts: Parts, wishes: intake.Wishes, retry: bool) -> intake.Sorted:
    """Items sorted, and papers, documents and what is refused written down; call under the writer's lock.

    Args:
        items: what was given.
        parts: of the library.
        wishes: how they are to be added.
        retry: whether to sort again what was refused before.
    """
    found = intake.sort_items(items, wishes)
    given = {intake.shown_item(item) for item in items}
    refused = [job for job in parts.catalog.jobs(JobState.FAILED) if job.kind == intake.ITEM]
    again = [job for job in refused if retry and job.target not in given]
    for job in again:
        found.join(intake.sort_items([job.target], intake.Wishes.of(job.options)))
    with parts.catalog.writing():
        for job in refused:
            if job in again or job.target in given:
                parts.catalog.forget_job(job.target)
        for job in found.refused:
            if job.is_kept:
                parts.catalog.put_job(job)
    intake.announce(found.jobs.values(), parts.catalog)
    return found
