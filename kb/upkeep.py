"""Keeping what is derived from a library's notes in step with them: catalog, floor, Chroma, graph."""

from dataclasses import dataclass

from ingest.papers import FILE_NAME as PAPERS_FILE
from ingest.papers import read_papers
from kb.domain import AddReport, Job, JobState
from kb.errors import KbError, NotFound
from kb.ports import Progress
from kb.services import add, citers, copies, headings, standing
from kb.stores.damage import damage_in, damaged
from kb.wiring import Parts

_AT_ONCE = 5_000
"""Passages that Chroma takes in while somebody waits for an answer; more of them wait for a command that may take long.
Answers miss nothing meanwhile."""
_GRAPH_AT_ONCE = 20_000
"""Sources up to which the graph follows while somebody waits for an answer; in larger libraries answers walk over the
graph as it was last, until a command that may take long, or one about the graph, brings it up to date."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that `doctor` found, with what to do about it."""

    what: str
    cure: str
    file: str = ""
    """Path under the notes folder of the file that is to be mended; empty where it is not one file."""
    line: int = 0
    """In that file, from 1; 0 where it concerns the whole."""


class Upkeep:
    """Reads changed notes and brings everything else to where they are; call under the writer's lock."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def obstacle(self) -> Problem | None:
        """Why the notes cannot be read although they changed; needs no lock."""
        if missing := self._missing():
            return missing
        if self._parts.catalog.is_read_only and (self.is_behind() or self.is_unfinished()):
            what = "notes have changed, but the library's folder cannot be written"
            return Problem(what, "Nothing is lost; let the folder be written, then run `kb add`")
        return None

    def require_notes(self, *, known: bool = False) -> None:
        """See that there is a notes folder; one that is missing is not taken for one whose notes were all deleted.

        Args:
            known: whether there were notes, where the catalog cannot be asked.

        Raises:
            NotFound: if the notes folder is missing and the library has read notes from it.
        """
        if missing := self._missing(known=known):
            raise NotFound(missing.what, cure=missing.cure)
        if not self._parts.place.notes.is_dir():
            self._parts.place.notes.mkdir(parents=True)

    def _missing(self, *, known: bool = False) -> Problem | None:
        folder = self._parts.place.notes
        if folder.is_dir() or not (known or self._parts.catalog.files()):
            return None
        return Problem(
            f"the notes folder {folder} is missing",
            "Nothing was removed from the library: bring the folder back, or make an empty one if the notes are to go",
        )

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
            parts.absence.is_calibrated()
            and parts.matrix.is_current()
            and (parts.chroma.is_current() or parts.chroma.lag() > _AT_ONCE)
            and (parts.graph is not None or parts.catalog.count("sources") > _GRAPH_AT_ONCE)
        )

    def synchronise(self, progress: Progress, retry: bool, patient: bool = True) -> AddReport:
        """Read what changed, then bring what is derived to the catalog's state."""
        report = self.read_notes(progress, retry)
        self.derive(progress, patient)
        return report

    def read_notes(self, progress: Progress, retry: bool) -> AddReport:
        """Read what changed in the notes folder into the catalog."""
        parts = self._parts
        self.require_notes()
        return self._with_papers(add.synchronise(parts.place.notes, parts.catalog, parts.embedder, progress, retry))

    def derive(self, progress: Progress, patient: bool = True) -> None:
        """Bring what is derived to the catalog's state; where nobody wants to wait, leave a long indexing for later."""
        parts = self._parts
        if parts.catalog.setting("embedder") != parts.signature:
            with parts.catalog.writing():
                parts.catalog.set_setting("embedder", parts.signature)
        parts.matrix.synchronise(progress)
        try:
            if patient or parts.chroma.lag() <= _AT_ONCE:
                parts.chroma.synchronise(progress)
        except KbError as error:
            # The catalog holds everything; only the derived index is behind.
            parts.warnings.append(f"The Chroma index could not be brought up to date: {error}")
        # Asked of the files, not of the report: an earlier run may have been killed between its notes and these.
        if parts.graph is None and (patient or parts.catalog.count("sources") <= _GRAPH_AT_ONCE):
            parts.derive_graph(progress)
        if not parts.absence.is_calibrated():
            parts.absence.calibrate()

    def rebuild(self, progress: Progress) -> AddReport:
        """Read what changed, embed what has no vector, and make Chroma and graph anew."""
        parts = self._parts
        report = self.read_notes(progress, retry=False)
        n_embedded = add.embed_missing(parts.catalog, parts.embedder, progress)
        with parts.catalog.writing():
            parts.catalog.set_setting("embedder", parts.signature)
        add.prune(parts.catalog, parts.embedder)
        parts.matrix.synchronise(progress)
        parts.chroma.rebuild(progress)
        parts.derive_graph(progress, anew=True)
        parts.absence.calibrate()
        return report.model_copy(update={"n_embedded": report.n_embedded + n_embedded})

    def problems(self) -> list[Problem]:
        """What is wrong with the library; nothing is changed."""
        parts = self._parts
        if damage := damage_in(parts.catalog_file):
            error: KbError = damaged(parts.catalog_file, damage)
            return [Problem(error.message, error.cure)]
        found: list[Problem] = []
        try:
            parts.check_model()
        except KbError as error:
            found.append(Problem(error.message, error.cure))
        found += [Problem(j.in_words, j.advice) for j in parts.catalog.jobs(JobState.FAILED)]
        found += self._flaws()
        pending = parts.catalog.jobs(JobState.PENDING)
        if waiting := [job for job in pending if job.kind in ("paper", "document")]:
            n = len(waiting)
            what = (
                f"{n} papers or documents are still to be added, such as" if n > 1 else "1 item is still to be added:"
            )
            what += f" {waiting[0].target}"
            found.append(Problem(what, "Run `kb add` to go on with them"))
        found += [
            Problem(
                f"{job.target}: a snapshot that was not read to its end", "Run `kb arxiv snapshot` again, as before"
            )
            for job in pending
            if job.kind == "snapshot"
        ]
        if obstacle := self.obstacle():
            found.append(obstacle)
        elif any(job.kind == "note" for job in pending) or self.is_behind():
            found.append(Problem("notes have changed since they were last read", "Run `kb add` to read them"))
        found += self._overtaken()
        # A library that nothing was added to has no index yet.
        lines = parts.chroma.problems() if parts.catalog.count("passages") and not parts.catalog.is_read_only else []
        found += [Problem(what, cure) for what, _, cure in (line.rpartition(". ") for line in lines)]
        return found + self._broken_links() + self._lost_headings()

    def _flaws(self) -> list[Problem]:
        """Fields that notes were read without."""
        return [
            Problem(f"{job.target} line {flaw.line}: {flaw.what}", flaw.cure, job.target, flaw.line)
            for job in self._parts.catalog.jobs(JobState.DONE)
            for flaw in job.flaws
        ]

    def _broken_links(self) -> list[Problem]:
        broken = self._parts.catalog.unresolved()
        cards, found = self._parts.catalog.cards({source for source, _, _ in broken}), []
        for source, target, line in broken:
            file = cards[source].origin or source
            what = f"{file} line {line}: link to [[{target}]] leads nowhere"
            found.append(Problem(what, "Mend the link or write that note", file, line))
        return found

    def _lost_headings(self) -> list[Problem]:
        lost, found = headings.lost_headings(self._parts.catalog), []
        cards = self._parts.catalog.cards({link.source for link in lost})
        for link in lost:
            file = cards[link.source].origin or link.source
            what = f"{file} line {link.line}: link to {link.written}, but {link.there}"
            found.append(Problem(what, f"{link.cure[0].upper()}{link.cure[1:]}", file, link.line))
        return found

    def _overtaken(self) -> list[Problem]:
        """Citations that time has passed: lost quotes, withdrawn papers, papers that came as a file before."""
        catalog = self._parts.catalog
        found = [
            Problem(f"inquiry {inquiry.id}: {lost}", f"Ask it again, or see `kb inquiry show {inquiry.id}`")
            for inquiry, lost in standing.all_lost_quotes(catalog)
        ]
        found += [
            Problem(f"{document} and {paper} are the same paper, and answers may cite both", copies.cure(document))
            for document, paper in copies.held_twice(catalog)
        ]
        return found + [
            Problem(f"{note} cites {reference}, which was withdrawn", "See what of the note still stands")
            for note, reference in citers.citing_withdrawn(catalog)
        ]

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
