"""Drafted notes in the Python API: `library.drafts`."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ingest.files import edit_note, write_note
from kb.domain import Source, SourceKind, SupportState
from kb.errors import BadInput, NotFound, Unavailable
from kb.identity import slugify
from kb.library.costs import Plan, of_writing
from kb.library.sources import Sources
from kb.ports import Brief, no_progress
from kb.services.draft_note import Drafter, NoteDraft, accepted, diff
from kb.services.writing import Written
from kb.upkeep import Upkeep
from kb.wiring import Parts

_MOST_TITLES = 3
_ASKS = re.compile(
    r"(?:what|why|how|when|where|which|who|whose|whom|whether|is|are|was|were|do|does|did|can|could|will|would|shall|should"
    r"|may|might|must|has|have|had) ",
    re.IGNORECASE,
)
"""What a question begins with."""


class Drafts:
    """Notes that are drafted from a library's passages, and what a person makes of them.

    Args:
        parts: of the library.
        upkeep: reads notes again that were written here.
        sources: finds sources by their names.
    """

    def __init__(self, parts: Parts, upkeep: Upkeep, sources: Sources) -> None:
        self._parts, self._upkeep, self._sources = parts, upkeep, sources

    def draft(self, about: str = "", names: Sequence[str] = (), slug: str = "") -> NoteDraft:
        """A note drafted from what the library holds about a topic, or from some sources; nothing is written.

        Args:
            about: a topic or question; empty for one about the sources.
            names: sources to draft from, as `kb source show` takes them; none for what retrieval finds.
            slug: of the note; empty for one from its title.

        Raises:
            BadInput: if neither is given, or a source is generated itself.
            NotFound: if a source does not exist, or the library holds too little.
            Unavailable: if the language model does not answer, or writes nothing that passes the gate.
        """
        title, brief = self._asked(about, names)
        written = self._written(brief)
        made = self._drafter().new(title, brief, written.sentences, self._near(title), _slug(slug))
        return _with_remarks(made, written)

    def plan(self, about: str = "", names: Sequence[str] = (), update: str = "") -> Plan | None:
        """What `draft`, or `update` of a note, would take of language models; None where none writes.

        Raises as `draft` and `update`; no model is called.
        """
        brief = self._on(self._note(update)) if update else self._asked(about, names)[1]
        return of_writing(self._parts, brief, n_drafts=1, n_mendings=0)

    def require_free(self, about: str = "", names: Sequence[str] = (), slug: str = "") -> None:
        """See that the draft of these can be saved, before it is paid for.

        Raises as `draft` and `save`; no model is called.
        """
        self._require_free(_slug(slug) or slugify(self._titled(about, names)[0]))

    def save(self, draft: NoteDraft) -> str:
        """Write a draft into the notes folder, where retrieval treats it as generated; the note's id.

        Raises:
            BadInput: if there is such a note already.
        """
        parts = self._parts
        with parts.lock.held():
            write_note(self._require_free(draft.slug), draft.text, None)
            self._upkeep.synchronise(no_progress, False)
        return f"note:{draft.slug}"

    def accept(self, slug: str) -> str:
        """Take a draft as one's own: it counts as a note from now on; its id.

        Raises:
            BadInput: if it is no draft.
            KbError: if it was changed since it was read; it stays as it is.
        """
        parts = self._parts
        with parts.lock.held():
            note = self._note(slug)
            if not note.generated:
                raise BadInput(f"{note.id} is no draft", cure="`kb note list` marks drafts")
            edit_note(parts.place.notes / note.origin, parts.place.notes, note.text, accepted)
            self._upkeep.synchronise(no_progress, False)
        return note.id

    def update(self, slug: str) -> tuple[NoteDraft, str]:
        """What the library holds on a note's question that the note does not say yet, and the diff that would add it.

        Raises:
            NotFound: if there is no such note, or the library holds too little.
            Unavailable: as `draft`.
        """
        note = self._note(slug)
        brief = self._on(note)
        written = self._written(brief)
        made = _with_remarks(self._drafter().update(note, brief, written.sentences), written)
        return made, diff(note.text, made.text, note.origin)

    def accept_update(self, draft: NoteDraft, read: str) -> str:
        """Write an updated note in one step; its id.

        Args:
            draft: from `update`.
            read: the note's text that it was made from.

        Raises:
            KbError: if the note was changed since; it stays as it is.
        """
        parts = self._parts
        with parts.lock.held():
            note = self._note(draft.slug)
            edit_note(parts.place.notes / note.origin, parts.place.notes, read, lambda _: draft.text)
            self._upkeep.synchronise(no_progress, False)
        return note.id

    def _require_free(self, slug: str) -> Path:
        """Where a new note is to be written."""
        parts = self._parts
        path = parts.place.notes / f"{slug}.md"
        if path.exists() or parts.catalog.source(f"note:{slug}"):
            cure = f"Draft an update to it with --update {slug}, or name another with --slug"
            raise BadInput(f"there is a note {slug} already", cure=cure)
        self._upkeep.require_notes()
        return path

    def _drafter(self) -> Drafter:
        return Drafter(self._parts.catalog, datetime.now(UTC).strftime("%Y-%m-%d"))

    def _asked(self, about: str, names: Sequence[str]) -> tuple[str, Brief]:
        """The title of a note about a topic or some sources, and what it may be written from."""
        title, chosen = self._titled(about, names)
        # Asked with the topic's own words: those that make it a question are nowhere in the library.
        return title, self._brief(about.strip() or title, [source.id for source in chosen])

    def _titled(self, about: str, names: Sequence[str]) -> tuple[str, list[Source]]:
        """The title of a note, and the sources that it is to be written from, none for what retrieval finds."""
        chosen = [self._evidence(name) for name in names]
        if not (about.strip() or chosen):
            raise BadInput("there is nothing to draft from", cure="Name sources with --from, or a topic with --about")
        return asked_as(about) if about.strip() else _about(chosen), chosen

    def _on(self, note: Source) -> Brief:
        return self._brief(note.title, without=note.id)

    def _written(self, brief: Brief) -> Written:
        """What the writer makes of a brief, if any of it passes the gate."""
        writer, written = self._parts.writer, self._parts.answerer.draft(brief)
        if any(s.state is not SupportState.UNSUPPORTED for s in written.sentences):
            return written
        if not writer.model:
            raise NotFound(f"nothing quotable was found for {brief.question[:80]!r}", cure="Add papers or notes on it")
        why = "".join(f". {remark.rstrip('.')}" for remark in written.remarks)
        raise Unavailable(
            f"{writer.model} wrote nothing that passed the checks{why}",
            cure="Try again, or draft in the library's own sentences with `--llm extractive`",
        )

    def _brief(self, question: str, only: Sequence[str] = (), without: str = "") -> Brief:
        """What a writer may use: nothing that was generated, since that is no evidence."""
        brief = self._parts.answerer.brief(question, only)
        evidence = [e for e in brief.evidence if not e.source.generated and e.source.id != without] if brief else []
        if brief is None or not evidence:
            cure = "Add papers or notes on it, or ask `kb ask` what is missing"
            raise NotFound(f"the library does not hold enough on {question[:80]!r}", cure=cure)
        return Brief(brief.question, brief.reads_as, brief.facets, evidence, brief.tensions, brief.caveat)

    def _evidence(self, name: str) -> Source:
        source = self._sources.show(name)
        if source.generated:
            raise BadInput(f"{source.id} is generated and no evidence", cure="Accept it with `kb note accept` first")
        return source

    def _near(self, question: str) -> list[Source]:
        ranked = self._parts.retriever.retrieve(question, 30).ranked
        found = {s.id: s for s in self._parts.catalog.sources(r.source_id for r in ranked)}
        notes = [found[r.source_id] for r in ranked if r.source_id in found]
        return [note for note in notes if note.kind is SourceKind.NOTE and not note.generated]

    def _note(self, slug: str) -> Source:
        if found := self._parts.catalog.source(f"note:{slugify(slug.removeprefix('note:').removesuffix('.md'))}"):
            return found
        raise NotFound(f"there is no note {slug[:80]!r}", cure="List them with `kb note list`")


def _with_remarks(draft: NoteDraft, written: Written) -> NoteDraft:
    remarks = (*written.remarks, *draft.remarks)
    return draft.model_copy(update={"remarks": remarks, "incomplete": written.is_cut})


def _slug(name: str) -> str:
    return slugify(name.removesuffix(".md")) if name else ""


def asked_as(about: str) -> str:
    """A topic or question as the title of a note."""
    words = " ".join(about.split())
    is_question = words.endswith("?") or _ASKS.match(words)
    words = words.rstrip("?.!: ")
    return f"{words}?" if is_question else f"What is known about {words}?"


def _about(sources: Sequence[Source]) -> str:
    titles = [f"“{source.title.rstrip('?.! ')}”" for source in sources[:_MOST_TITLES]]
    return f"What is found in {' and '.join(filter(None, [', '.join(titles[:-1]), titles[-1]]))}?"
