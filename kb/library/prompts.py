"""Research prompts out, answers back in: the part of the Python API for work with other models."""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from ingest.plain import plain, terminal_safe
from ingest.reply import parse_reply
from kb.domain import AddReport, Answer, Claim, SourceKind
from kb.errors import BadInput, NotFound
from kb.exchange import Reply, ResearchPrompt
from kb.identity import normalise, parse_date, slugify
from kb.ledger import EventKind, Standing, status_of
from kb.services import (
    accept_answer,
    audit,
    import_answer,
    prompt_arguments,
    prompt_claims,
    prompt_words,
    research_prompt,
)
from kb.services.prompt_page import DEFAULT_MONTHS, DEFAULT_TOKENS, Material, Request
from kb.services.question import parse_question
from kb.wiring import Parts
from prompts import load_for

PROMPTS_FOLDER = "prompts"
_BARE_CLAIM = re.compile(r"(?=[a-f]{0,31}[0-9])[0-9a-f]{6,32}")
_ID_FORM = re.compile(r"(note:|inquiry:|p-(?=[0-9a-f]{8}$))")
_NO_SUBJECT = re.compile(r"(?P<reply>r-[0-9a-f]{8}$)|topic:(?P<topic>.{1,80})")
_SLUG = re.compile(r"[\w.]{1,80}(?:-[\w.]{1,80}){1,30}")
_NEARLY = 0.75
"""How like a note's name a word must be to be a slip rather than a question of one word."""
_LISTS = {
    "note": "List them with `kb note list`",
    "inquiry": "List them with `kb inquiry list`",
    "claim": "List them with `kb claims list`",
    "prompt": "List them with `kb prompt --list`",
}
"""How to find the ids of each kind."""
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Prompts:
    """Renders research prompts, and audits and takes in the answers to them.

    Args:
        parts: of the library.
        refresh: brings the library up to its notes.
    """

    def __init__(self, parts: Parts, refresh: Callable[[], AddReport]) -> None:
        self._parts, self._refresh = parts, refresh

    def render(
        self,
        subject: str,
        *,
        claims: Sequence[str] = (),
        as_of: str | None = None,
        months: int = DEFAULT_MONTHS,
        max_tokens: int = DEFAULT_TOKENS,
    ) -> ResearchPrompt:
        """A research prompt, kept so that answers to it find its claims.

        Args:
            subject: a question, or the id of a note, claim, inquiry or kept prompt (which comes as it was), or of an
                arXiv paper, for the claims that rest on it.
            claims: ids of the claims that it is to be about, and no others; by default those that bear on the subject.
            as_of: the date to make it for, `YYYY-MM` or `YYYY-MM-DD`; younger claims are left out. Today by default.
            months: how far back disagreement is asked for.
            max_tokens: the least relevant claims are dropped until the prompt fits.

        Raises:
            NotFound: if the subject has the form of an id, and nothing bears it, or is nearly a note's name.
            BadInput: if the subject, date, number of months or library's template cannot be used, or nothing fits.
        """
        if kept := self._parts.catalog.prompt(subject.strip()):
            return kept
        until = parse_date(as_of) if as_of else datetime.now(UTC).strftime("%Y-%m-%d")
        if not 1 <= months <= 600 or len(until) < 7:
            raise BadInput(f"{months} months before {until} is no span", cure="Give 1 to 600 months and YYYY-MM")
        self._refresh()
        request = Request(until, months, max_tokens, self._named(subject))
        template = load_for("research", self._parts.place.root / PROMPTS_FOLDER)
        if not request.subject and (paper := prompt_words.arxiv_base(subject.strip())):
            claims = claims or self._resting_on(paper)
            known = self._parts.catalog.papers([paper]).get(paper)
            subject = f"Do the findings of {f'“{plain(known.title)}”' if known else f'arXiv:{paper}'} still hold?"
        material = self._material(subject, request, claims)
        prompt = research_prompt.render(material, request, template, self._parts.embedder.count_tokens)
        if self._parts.catalog.prompt(prompt.id):
            return prompt
        with self._parts.lock.held(), self._parts.catalog.writing():
            self._parts.catalog.put_prompt(prompt, datetime.now(UTC).strftime(_TIME))
        return prompt

    def list(self) -> Sequence[ResearchPrompt]:
        """Kept prompts, newest first."""
        return self._parts.catalog.prompts()

    def show(self, prompt_id: str) -> ResearchPrompt:
        """One kept prompt.

        Raises:
            NotFound: if there is none.
        """
        if kept := self._parts.catalog.prompt(prompt_id.strip()):
            return kept
        raise NotFound(f"there is no prompt {prompt_id.strip()[:80]!r}", cure="List them with `kb prompt --list`")

    def import_reply(self, text: str, *, prompt_id: str = "", model: str = "", online: bool = False) -> Reply:
        """Read and audit an answer; what survives is staged, and nothing of it enters the library yet.

        The same answer again is the same reply. What it was when it first came, and what was accepted of it, stays.

        Args:
            text: the answer as it was copied.
            prompt_id: the prompt that it answers; by default the one that the answer names.
            model: which model wrote it.
            online: whether arXiv may be asked about papers that the library does not know.

        Raises:
            NotFound: if there is no such prompt.
            BadInput: if the text is too long, or says nothing of any claim, paper or question; nothing is kept then.
        """
        parts = self._parts
        self._refresh()
        prompt = self.show(prompt_id) if prompt_id else self._prompt_named_in(text)
        earlier = parts.catalog.reply(import_answer.reply_id(prompt.id if prompt else "", text))
        if earlier and earlier.is_online and not online:
            return _with_name(earlier, model)
        archive = parts.archive if online else None
        now = datetime.now(UTC)
        context = import_answer.Context(
            prompt=prompt,
            claims=parts.catalog.claims(),
            embedder=parts.embedder,
            look_up=lambda ids: audit.look_up(ids, parts.catalog, archive),
            today=now.strftime("%Y-%m-%d"),
        )
        received_at = earlier.received_at if earlier else now.strftime(_TIME)
        reply = import_answer.read_answer(
            earlier.text if earlier else text,
            context,
            model=(earlier.model if earlier else "") or " ".join(terminal_safe(model).split())[:100],
            received_at=received_at,
            is_online=online,
        )
        if not reply.items and not reply.questions:
            raise BadInput(
                "the answer names no claim with a verdict, no paper and no question; nothing was kept",
                cure="Import the answer as the model gave it",
            )
        reply = accept_answer.with_accepted(reply, earlier)
        if reply != earlier:
            with parts.lock.held(), parts.catalog.writing():
                parts.catalog.put_reply(reply)
        return _with_name(reply, model)

    def reject(self, reply_id: str, numbers: Iterable[int]) -> Reply:
        """Put staged items aside; they stay to be read, and nothing of them enters the library.

        Raises:
            NotFound: if there is no such reply.
            BadInput: if one of them is not staged; nothing is rejected then.
        """
        reply, chosen = self.reply(reply_id), set(numbers)
        if unknown := chosen - {item.number for item in reply.staged}:
            raise BadInput(f"item {min(unknown)} is not staged", cure=f"See `kb import {reply.id}`")
        rejected = accept_answer.rejecting(reply, chosen)
        with self._parts.lock.held(), self._parts.catalog.writing():
            self._parts.catalog.put_reply(rejected)
        return rejected

    def accept(self, reply_id: str, numbers: Iterable[int] | None = None) -> Reply:
        """Take staged items in: verdicts as tests of their claims, new findings as stated claims, papers as metadata.

        Args:
            reply_id: of the reply.
            numbers: of the items; by default all that are staged, without those whose quote could not be checked.

        Raises:
            NotFound: if there is no such reply.
            BadInput: if one of them is not staged; nothing is accepted then.
        """
        reply, catalog = self.reply(reply_id), self._parts.catalog
        chosen = [item.number for item in reply.unquestioned] if numbers is None else list(dict.fromkeys(numbers))
        prompt = catalog.prompt(reply.prompt_id)
        claims = {
            claim.id: claim for claim in (*catalog.claims(), *(c.claim for c in (prompt.claims if prompt else ())))
        }
        events = accept_answer.events_of(reply, chosen, claims)
        accepted = accept_answer.accepting(reply, chosen)
        with self._parts.lock.held(), catalog.writing():
            catalog.append_events(events)
            catalog.put_papers(accept_answer.papers_of(reply, chosen), origin="arxiv")
            catalog.put_reply(accepted)
        return accepted

    def replies(self) -> Sequence[Reply]:
        """Kept replies, newest first."""
        return self._parts.catalog.replies()

    def reply(self, reply_id: str) -> Reply:
        """One kept reply with its audit.

        Raises:
            NotFound: if there is none.
        """
        if kept := self._parts.catalog.reply(reply_id.strip()):
            return kept
        raise NotFound(f"there is no reply {reply_id.strip()[:80]!r}", cure="List them with `kb import --list`")

    def _prompt_named_in(self, text: str) -> ResearchPrompt | None:
        """The first prompt of this library that an answer names."""
        found = (self._parts.catalog.prompt(i) for i in parse_reply(text).prompt_ids)
        return next(filter(None, found), None)

    def _named(self, subject: str) -> str:
        """The id of the note, claim or inquiry that the subject names; empty for a question.

        Raises:
            NotFound: if it has the form of an id, and nothing bears it.
        """
        name, catalog = normalise(subject).strip(), self._parts.catalog
        if any(c.isspace() for c in name) or not name:
            return ""
        if catalog.source(f"note:{name.removeprefix('note:')}"):
            return f"note:{name.removeprefix('note:')}"
        inquiries = [inquiry.id for inquiry in catalog.inquiries()]
        near = [i for i in inquiries if i.startswith(name.removeprefix("inquiry:"))]
        if name.removeprefix("inquiry:") in near:
            return name.removeprefix("inquiry:")
        if len(near) == 1 and name != "inquiry:":
            return near[0]
        if name.startswith("claim:") or _BARE_CLAIM.fullmatch(name):
            return self._claim_named(name)
        if form := _ID_FORM.match(name):
            kind = "prompt" if form[1] == "p-" else form[1].removesuffix(":")
            raise NotFound(f"there is no {kind} {name[:80]!r}", cure=_LISTS[kind])
        self._refuse_slip(name)
        return ""

    def _refuse_slip(self, name: str) -> None:
        """Refuse a word that no question consists of: a reply's id, a topic, nearly the name of a note."""
        if no := _NO_SUBJECT.match(name):
            if no["reply"]:
                raise BadInput(f"{name} would be a reply, not a subject", cure=f"See it with `kb import {name}`")
            cure = f'Ask about it: kb prompt "What is known of {plain(no["topic"]).replace("-", " ")}?"'
            raise BadInput(f"no prompt is made for the topic {no['topic']!r}", cure=cure)
        if _SLUG.fullmatch(name):
            slugs = [note.id.removeprefix("note:") for note in self._parts.catalog.outlines(SourceKind.NOTE)]
            if near := difflib.get_close_matches(slugify(name), slugs, 3, _NEARLY):
                raise NotFound(f"nothing is called {name[:80]!r}", cure=f"Perhaps {' or '.join(near)} is meant")

    def _resting_on(self, paper: str) -> Sequence[str]:
        """Ids of the claims that have a paper among their evidence."""
        claims = (*self._parts.catalog.claims(), *self._taken_in())
        found = [c.id for c in claims if any(prompt_words.arxiv_base(one) == paper for one in c.evidence)]
        if not found:
            raise NotFound(f"no claim rests on arXiv:{paper}", cure='Ask a question: kb prompt "…"')
        return list(dict.fromkeys(found))

    def _claim_named(self, name: str) -> str:
        start = f"claim:{name.removeprefix('claim:')}"
        claims = (*self._parts.catalog.claims(), *self._taken_in())
        found = {claim.id for claim in claims if claim.id.startswith(start)}
        if len(found) != 1 or start == "claim:":
            raise NotFound(f"there is no claim {name[:80]!r}", cure=_LISTS["claim"])
        return found.pop()

    def _material(self, subject: str, request: Request, chosen: Sequence[str]) -> Material:
        parts, named = self._parts, request.subject
        answer, first = self._asked(subject, named)
        question = parse_question(answer.question)
        edges = parts.edges()
        pool = prompt_claims.relevant_claims(
            question.text,
            parts.catalog.sources({source for source, _ in parts.catalog.stated_claims()}),
            parts.catalog,
            parts.embedder,
            edges,
            until=request.until,
            first=[*first, *chosen],
            besides=self._taken_in(),
        )
        candidates = [c for c in pool.candidates if not chosen or c.claim.id in chosen]
        best = dict.fromkeys(c.notes[0] for c in candidates if c.notes)
        leading = [pool.notes[note] for note in list(best)[: research_prompt.MAX_CLAIMS]]
        cited = {prompt_words.arxiv_base(r) for c in candidates for r in c.claim.evidence} - {None}
        held_papers = parts.catalog.held_papers(filter(None, cited)).values()
        return Material(
            question=question.text,
            compared=question.compared,
            topics=prompt_words.topics_of([pool.notes[note].topics for note in best], question.text),
            found=candidates,
            titles={note.id: note.title for note in pool.notes.values()},
            arguments=prompt_arguments.arguments(
                question.text, leading, parts.catalog, parts.embedder, until=request.until
            ),
            papers=parts.catalog.papers(filter(None, cited)),
            standings=self._standings([c.claim for c in candidates]),
            absence=answer.absence,
            has_texts=any(held.reading != "abstract" for versions in held_papers for held in versions),
            lines=answer.next_lines,
            tensions=lambda shown: prompt_claims.tensions(shown, edges, pool.vectors),
        )

    def _asked(self, subject: str, named: str) -> tuple[Answer, Sequence[str]]:
        """The answer to build on; notes and claims that come first."""
        catalog = self._parts.catalog
        if named.startswith("note:") and (note := catalog.source(named)):
            return self._parts.answerer.ask(plain(note.title)), [named]
        if named.startswith("claim:"):
            stated = [*catalog.claims(), *self._taken_in()]
            text = next(c.text for c in stated if c.id == named)
            return self._parts.answerer.ask(f"Does this still hold: {plain(text)}"), [named]
        if inquiry := catalog.inquiry(named):
            return inquiry.answer, []
        return self._parts.answerer.ask(subject), []

    def _taken_in(self) -> Sequence[Claim]:
        """Claims that the ledger states, such as findings of accepted answers, and that nobody has rejected since."""
        stated: dict[str, Claim] = {}
        for event in self._parts.catalog.events():
            if event.kind is EventKind.STATED:
                stated[event.claim_id] = event.claim
            elif event.kind is EventKind.REJECTED:
                stated.pop(event.claim_id, None)
        return list(stated.values())

    def _standings(self, claims: Sequence[Claim]) -> dict[str, str]:
        """How claims stand that were re-tested, in words."""
        words = {}
        for claim in claims:
            status = status_of(claim, (), self._parts.catalog.events(claim.id))
            if status.status is not Standing.UNTESTED:
                against = dict.fromkeys(a for e in status.history if e.verdict for a in e.against)
                found = f" against {', '.join(against)}" if against else ""
                words[claim.id] = f"{(status.last_tested or '')[:7]}{found}: {status.status.replace('_', ' ')}"
        return words


def _with_name(reply: Reply, model: str) -> Reply:
    """The reply, with a warning where another model is named than the one that it was kept under."""
    given = " ".join(terminal_safe(model).split())[:100]
    if not given or given == reply.model:
        return reply
    warning = f"This answer was kept as one of {reply.model}; {given} was not noted"
    return reply.model_copy(update={"warnings": (*reply.warnings, warning)})
