"""Keeping what is derived from a library's notes in step with them: catalog, floor, Chroma, graph."""

from dataclasses import dataclass

from ingest.papers import FILE_NAME as PAPERS_FILE
from ingest.papers import read_papers
from kb.domain import AddReport, Job, JobState
from kb.errors import KbError
from kb.ports import Progress
from kb.services import add
from kb.wiring import Parts


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that `doctor` found, with what to do about it."""

    what: str
    cure: str


class Upkeep:
    """Reads changed notes and brings everything else to where they are; call under the writer's lock."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def is_behind(self) -> bool:
        """Whether notes or papers.jsonl changed since they were read; needs no lock."""
        parts = self._parts
        found = add.changes(parts.place.notes, parts.catalog)
        return bool(found.new or found.gone) or self._papers_state() != parts.catalog.setting("papers")

    def is_unfinished(self) -> bool:
        """Whether an earlier run was ended between the notes and what is derived from them; needs no lock."""
        parts = self._parts
        generation = parts.catalog.generation()
        return generation > 0 and not (
            parts.absence.is_calibrated() and parts.chroma.is_current() and parts.graph is not None
        )

    def synchronise(self, progress: Progress, retry: bool) -> AddReport:
        """Read what changed, then bring Chroma, graph and floor to the catalog's state."""
        parts = self._parts
        report = add.synchronise(parts.place.notes, parts.catalog, parts.embedder, progress, retry)
        report = self._with_papers(report)
        with parts.catalog.writing():
            parts.catalog.set_setting("embedder", parts.signature)
        try:
            parts.chroma.synchronise(progress)
        except KbError as error:
            # The catalog holds everything; only the derived index is behind.
            parts.warnings.append(f"The Chroma index could not be brought up to date: {error}")
        # Asked of the files, not of the report: an earlier run may have been killed between its notes and these.
        if parts.graph is None:
            parts.derive_graph(progress)
        if not parts.absence.is_calibrated():
            parts.absence.calibrate()
        return report

    def rebuild(self, progress: Progress) -> AddReport:
        """Read what changed, embed what has no vector, and make Chroma and graph anew."""
        parts = self._parts
        report = add.synchronise(parts.place.notes, parts.catalog, parts.embedder, progress)
        report = self._with_papers(report)
        n_embedded = add.embed_missing(parts.catalog, parts.embedder, progress)
        with parts.catalog.writing():
            parts.catalog.set_setting("embedder", parts.signature)
        parts.chroma.rebuild(progress)
        parts.derive_graph(progress, anew=True)
        parts.absence.calibrate()
        return report.model_copy(update={"n_embedded": report.n_embedded + n_embedded})

    def problems(self) -> list[Problem]:
        """What is wrong with the library; nothing is changed."""
        parts = self._parts
        found: list[Problem] = []
        try:
            parts.check_model()
        except KbError as error:
            found.append(Problem(error.message, error.cure))
        found += [Problem(f"{j.target}: {j.reason}", j.advice) for j in parts.catalog.jobs(JobState.FAILED)]
        pending = parts.catalog.jobs(JobState.PENDING)
        if pending or self.is_behind():
            found.append(Problem("notes have changed since they were last read", "Run `kb add` to read them"))
        # A library that nothing was added to has no index yet.
        lines = parts.chroma.problems() if parts.catalog.count("passages") else []
        found += [Problem(what, cure) for what, _, cure in (line.rpartition(". ") for line in lines)]
        found += [
            Problem(f"{source} line {line}: link to [[{target}]] leads nowhere", "Mend the link or write that note")
            for source, target, line in parts.catalog.unresolved()
        ]
        return found

    def _papers_state(self) -> str:
        path = self._parts.place.notes / PAPERS_FILE
        try:
            stat = path.stat()
        except OSError:
            return "none"
        return f"{stat.st_size}:{stat.st_mtime_ns}"

    def _with_papers(self, report: AddReport) -> AddReport:
        """Read papers.jsonl if it changed; what is wrong with it is among the failures."""
        state, catalog = self._papers_state(), self._parts.catalog
        if state == catalog.setting("papers"):
            return report
        try:
            papers, problems = read_papers(self._parts.place.notes / PAPERS_FILE)
        except KbError as error:
            papers, problems = None, [str(error)]
        job = Job(
            target=PAPERS_FILE,
            kind="papers",
            state=JobState.FAILED if problems else JobState.DONE,
            reason="; ".join(problems[:5]),
            advice="Mend the file; it is read again when it changes",
        )
        with catalog.writing():
            if papers is not None:
                catalog.put_papers(papers)
            catalog.set_setting("papers", state)
            catalog.put_job(job)
        return report.model_copy(update={"failed": (*report.failed, *([job] if problems else []))})
