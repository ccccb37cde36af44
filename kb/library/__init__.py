"""The Python API: a library and what can be done with it. Every command and page is a thin layer over this class."""

import errno
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ingest.files import find_notes
from kb.config import CONFIG_FILE, find_library, read_place, user_library
from kb.domain import AddReport, Answer, Inquiry, Job, JobState, Paper, Passage, Source, SourceKind, Verification
from kb.errors import BadInput, LibraryBusy, NotFound
from kb.identity import content_hash, normalise, parse_date, slugify
from kb.library.areas import Areas
from kb.library.making import make
from kb.library.sources import announced
from kb.library.unfolding import Unfolding
from kb.ports import Listener, Progress, no_progress
from kb.services import standing
from kb.services.intake import NO_WISHES, Wishes, waiting
from kb.stores.damage import damage_in
from kb.upkeep import Problem
from kb.wiring import Parts

if TYPE_CHECKING:
    from kb.library.costs import Plan
    from kb.services.check_notes import Finding

__all__ = ["Library", "Problem", "Unfolding", "Wishes"]

_MOST_NAMED = 3
_COUNTED = ("note", "paper", "document", "superseded", "passages", "vectors", "links", "claims", "inquiries")


class Library(Areas):
    """One library, open for reading and writing; close it or use it in a `with` statement.

    Args:
        parts: as `kb.wiring` puts them together; use `Library.open`.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.warnings = parts.warnings
        """What went on beside the answers: notes that could not be read, an index that is behind."""

    # Opening and making

    @classmethod
    def open(cls, path: str | Path | None = None, *, long_lived: bool = False, llm: str = "") -> Self:
        """The library at `path`, or the one that is found as git finds its repository.

        That is `KB_LIBRARY`, else the nearest parent folder with a `kb.toml`, else the per-user library, which is made
        with the seed notes where it is missing.

        Args:
            path: the library's folder.
            long_lived: whether many questions will be asked; Chroma then answers instead of an exact scan.
            llm: what writes answers, in place of the setting; see docs/writers.md.

        Raises:
            NotFound: if `path` is no library.
            BadInput: if its settings cannot be used.
        """
        root = find_library(Path(path) if path is not None else None)
        if not (root / CONFIG_FILE).is_file() and root == user_library():
            cls.create(root, seed=True)
        return cls(Parts(read_place(root, llm=llm), long_lived))

    @staticmethod
    def create(path: str | Path, *, seed: bool = False) -> Path:
        """Make a library at `path`, with the seed notes if asked; what is there already stays as it is.

        Raises:
            BadInput: if the folder cannot be made or written.
        """
        return make(path, seed=seed)

    def beside(self) -> Self:
        """Another library over the same folder, for another thread; it shares the embedding model and scans."""
        parts = Parts(self.parts.place)
        parts.embedder, parts.asking_embedder = self.parts.embedder, self.parts.asking_embedder
        return type(self)(parts)

    def close(self) -> None:
        """Release files; the library can not be used afterwards."""
        self.parts.close_catalog()
        for close in self.parts.open_connections:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def root(self) -> Path:
        """The library's folder."""
        return self.parts.place.root

    # Asking

    def ask(
        self,
        question: str,
        *,
        save: bool = False,
        strict: bool = False,
        as_of: str = "",
        listener: Listener | None = None,
        progress: Progress = no_progress,
    ) -> Answer:
        """Answer a question from the library, after reading notes that changed.

        Args:
            question: an inquiring line.
            save: whether to keep it as an inquiry, an incomplete answer too.
            strict: whether sentences that fail the gate are left out; they are counted.
            as_of: a date, `YYYY-MM` as a rule; nothing later than its end is evidence. See `kb.services.horizon`.
            listener: hears sentences while a language model writes them, each with its support state, and can end the
                writing; `Unfolding` is one that another thread may look at.
            progress: hears how far the reading of notes is.

        Raises:
            BadInput: if the question cannot be read, or the writer cannot be set up.
            BadId: if `as_of` is no date.
            Unavailable: if the language model did not begin to answer.
            IndexMismatch: if the library was made with another embedding model.
        """
        until, answerer = parse_date(as_of) if as_of else "", self.parts.answerer
        self.refresh(progress)
        if until:
            with self.parts.answerer_until(until) as dated:
                answer = dated.ask(question, listener, strict=strict)
        else:
            answer = answerer.ask(question, listener, strict=strict)
        if save:
            self.save(answer)
        return answer

    def plan(self, question: str) -> "Plan | None":
        """What `ask` would take of language models, a round of mending included; none is called.

        None where the library does not answer the question, or answers it with its own sentences.

        Raises:
            BadInput: if the question cannot be read, or the writer cannot be set up.
        """
        from kb.library.costs import of_writing

        if self.parts.place.settings.llm == "extractive":
            return None
        brief = self.parts.answerer.brief(question)
        return of_writing(self.parts, brief, n_drafts=1, n_mendings=1) if brief else None

    def plan_verifying(self, text: str) -> "Plan | None":
        """What `verify` would take of a language model as a judge, at most; None where none judges. None is called.

        Raises:
            BadInput: if the judge cannot be set up.
        """
        from kb.library.costs import of_judging
        from kb.services.verify import statements

        return of_judging(self.parts, len(statements(normalise(text))[0])) if self.parts.judge else None

    def verify(self, text: str, progress: Progress = no_progress) -> Verification:
        """Hold a text against the library, sentence by sentence; see `kb.services.verify`.

        Raises:
            BadInput: if there is nothing to verify or it is too long.
        """
        self.refresh(progress)
        return self.parts.verifier.verify(text, progress)

    def save(self, answer: Answer) -> Inquiry:
        """Keep an answer as an inquiry. The same answer again is the same inquiry; another answer is another."""
        told = {"status", "sentences", "sources", *(["until"] if answer.until else [])}
        key = answer.model_dump_json(include=told)
        asked_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        name = slugify(answer.question.rstrip("?!. "))
        inquiry_id = f"{name[:60].rstrip('-')}-{content_hash(name, key)[:6]}"
        inquiry = Inquiry(id=inquiry_id, asked_at=asked_at, answer=answer)
        with self.parts.lock.held(), self.parts.catalog.writing():
            self.parts.catalog.put_inquiry(inquiry)
        return inquiry

    def inquiries(self) -> list[Inquiry]:
        """Kept inquiries, newest first."""
        return self.parts.catalog.inquiries()

    def inquiry(self, inquiry_id: str) -> Inquiry:
        """One kept inquiry, by its id or the unambiguous beginning of it; sources withdrawn since are marked.

        Raises:
            NotFound: if there is none.
            BadInput: if more than one begins so.
        """
        name = normalise(inquiry_id).removeprefix("inquiry:")
        found = self.parts.catalog.inquiry(name)
        if found is None:
            near = [inquiry for inquiry in self.inquiries() if inquiry.id.startswith(name)]
            if len(near) > 1 and name:
                shown = ", ".join(inquiry.id for inquiry in near[:_MOST_NAMED])
                raise BadInput(
                    f"{len(near)} inquiries begin with {name[:80]!r}", cure=f"Name one whole, such as {shown}"
                )
            if not near or not name:
                raise NotFound(f"there is no inquiry {name[:80]!r}", cure="List them with `kb inquiry list`")
            found = near[0]
        return found.model_copy(update={"answer": standing.marked(found.answer, self.parts.catalog)})

    def lost_quotes(self, inquiry: Inquiry) -> list[str]:
        """Quotes of an inquiry that stand no more in their source or its newest version, or whose source is gone."""
        return list(map(str, standing.lost_quotes(inquiry.answer, self.parts.catalog)))

    # Notes

    def refresh(self, progress: Progress = no_progress, *, retry: bool = False) -> AddReport:
        """Bring the library to what its notes folder holds; cheap where nothing changed.

        Where another process is writing, the library is used as it is and `warnings` says so.
        """
        parts = self.parts
        parts.check_model()
        if obstacle := self._upkeep.obstacle():
            self.warnings.append(f"Answering from the library as it was: {obstacle.what}.")
            return AddReport(unchanged=len(parts.catalog.files()))
        if not retry and not self._upkeep.is_behind() and not self._upkeep.is_unfinished():
            return AddReport(unchanged=len(parts.catalog.files()))
        is_new = not parts.catalog.generation()
        try:
            with parts.lock.held(None if is_new or retry else 0):
                report = self._upkeep.synchronise(progress, retry, patient=False)
            self.warnings += [f"{job.target}: {job.reason}. {job.advice}" for job in report.failed]
            self.warnings += report.flaws_in_words
            return report
        except LibraryBusy as error:
            if is_new or retry:
                raise
            self.warnings.append(f"Answering from the library as it was: {error.message}.")
            return AddReport(unchanged=len(parts.catalog.files()))
        except OSError as error:
            if is_new or retry or error.errno != errno.ENOSPC:
                raise
            self.warnings.append("Answering from the library as it was: the disk is full. Make room on it.")
            return AddReport(unchanged=len(parts.catalog.files()))

    def add(
        self,
        items: Iterable[str | Path],
        *,
        wishes: Wishes = NO_WISHES,
        retry: bool = False,
        progress: Progress = no_progress,
    ) -> AddReport:
        """Add notes, papers and documents.

        Notes are copied into the library where they are not in it already. Papers are fetched from arXiv, documents
        read from their file or address. What cannot be used is reported and skipped.

        Args:
            items: note files and folders, arXiv ids, addresses, files, bibliographies; none goes on with what an
                earlier run left undone.
            wishes: topics and the like.
            retry: whether to try again what failed before.
            progress: hears how far it is.
        """
        from kb.services import copy_in

        parts, items = self.parts, list(items)
        parts.check_model()
        with parts.lock.held():
            self._upkeep.require_notes()
            found = announced(items, parts, wishes, retry)
            not_copied, remarks = copy_in.copy_in(found.notes, parts.place.notes, parts.catalog, retry)
            report = self._upkeep.read_notes(progress, retry)
            left = waiting(parts.catalog, failed_too=retry)
            jobs = [job for job in left if retry or not items or job.target in found.jobs]
            if not jobs:
                self._upkeep.derive(progress)
        self.warnings += [*found.remarks, *remarks]
        settled = self.sources.settle(jobs, progress) if jobs else AddReport(pending=len(left))
        return _together(report, settled, (*found.refused, *not_copied))

    def rebuild(self, progress: Progress = no_progress) -> AddReport:
        """Make the Chroma index and the graph anew from the catalog; only texts without a vector are embedded.

        A damaged catalog is made anew first, from the notes and from what can be read of it; `warnings` says what was
        saved and lost.
        """
        parts = self.parts
        with parts.lock.held():
            if damage := damage_in(parts.catalog_file, thorough=True):
                from kb.library.rescue import rescue

                self._upkeep.require_notes(known=True)
                self.warnings += rescue(parts, damage, progress)
            return self._upkeep.rebuild(progress)

    def notes(self) -> list[Source]:
        """All notes, in order of slug."""
        return self.parts.catalog.sources(kind=SourceKind.NOTE)

    def note_files(self) -> list[Path]:
        """Files in the notes folder that are read as notes, whether they were yet or not."""
        return [path for path in find_notes(self.parts.place.notes) if not path.is_dir()]

    def note(self, slug: str) -> Source:
        """One note by slug, with or without `note:` and `.md`.

        Raises:
            NotFound: if there is none.
        """
        name = slugify(slug.strip().removeprefix("note:").removesuffix(".md")) if slug.strip() else ""
        if found := self.parts.catalog.source(f"note:{name}"):
            return found
        raise NotFound(f"there is no note {slug[:80]!r}", cure="List them with `kb note list`")

    def rests_on(self, source: Source) -> list[Paper]:
        """What is known of the papers that a source cites."""
        return list(self.parts.answerer.reference(source).rests_on)

    def passages(self, source_id: str) -> list[Passage]:
        """The passages of a source, in its order."""
        return sorted(self.parts.catalog.passages_of([source_id]).values(), key=lambda passage: passage.ordinal)

    # Looking after it

    def stats(self) -> dict[str, int | str]:
        """The library in numbers."""
        catalog = self.parts.catalog
        return {
            "library": str(self.root),
            "note_files": sum(state.source_id is not None for state in catalog.files().values()),
            **{kind: catalog.count(kind) for kind in _COUNTED},
            "papers_known_by_title": catalog.count("papers"),
            "unresolved_links": len(catalog.unresolved()),
            **self.graph.figures(),
            "embedder": self.parts.signature,
        }

    def problems(self) -> list[Problem]:
        """What is wrong with the library; nothing is changed."""
        return self._upkeep.problems()

    def evaluate_answers(self, questions: str | Path, progress: Progress = no_progress) -> dict[str, object]:
        """Score this library's answers on a file of labelled questions; see `kb.services.evaluate.score_answers`.

        Raises:
            BadInput: if the file cannot be read.
        """
        from kb.services.evaluate import labelled_in, score_answers

        labelled = labelled_in(Path(questions))
        self.refresh(progress)
        return score_answers(labelled, self.parts.answerer.ask)

    def plan_evaluating(self, questions: str | Path) -> "Plan | None":
        """What `evaluate_answers` would take of language models; None where none writes. Raises as it does."""
        from kb.library.costs import in_all
        from kb.services.evaluate import labelled_in

        return in_all(self.plan(labelled.question) for labelled in labelled_in(Path(questions)))

    def check_notes(self) -> "list[Finding]":
        """Lint the notes; what could not be read at all is among `failures`."""
        from kb.services.check_notes import check_notes

        return check_notes(self.parts.catalog, self.parts.embedder, datetime.now(UTC).date().isoformat())

    def failures(self) -> list[Job]:
        """Ingest items that failed."""
        return self.parts.catalog.jobs(JobState.FAILED)

    def pending(self) -> list[Job]:
        """Ingest items that are still to be done."""
        return self.parts.catalog.jobs(JobState.PENDING)


def _together(notes: AddReport, others: AddReport, failed: tuple[Job, ...]) -> AddReport:
    """One report of what became of notes and of papers and documents."""
    return AddReport(
        added=notes.added + others.added,
        updated=notes.updated + others.updated,
        unchanged=notes.unchanged + others.unchanged,
        removed=notes.removed,
        failed=failed + notes.failed + others.failed,
        flawed=notes.flawed,
        pending=others.pending,
        undone=others.undone,
        n_embedded=notes.n_embedded + others.n_embedded,
    )
