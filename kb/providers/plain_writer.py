"""A writer over any language model, in a protocol of numbered passages and short quotes for small models, too."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial

from kb.domain import Citation, Sentence
from kb.errors import BadInput, CutShort
from kb.ports import Brief, Deaf, Draft, LanguageModel, Listener, Prompt
from kb.providers import task
from kb.providers.excerpts import Excerpt, excerpts_of, invented, left_out
from kb.providers.lines import sentence_lines
from kb.providers.manuscript import Cited, Manuscript, sentence_of
from kb.providers.marks import Mark, read_line
from kb.providers.model_errors import without_keys

_FOR_PASSAGES = 0.5
"""Share of a prompt that is left to passages where sentences are to be mended, beside these."""
_NUMBERED = re.compile(r"[\W_]{0,6}(\d{1,3})[*_ ]{0,3}[:.)]\s*")

Locate = Callable[[str, str], tuple[int, int] | None]
"""Where a quote stands in a text, as a half-open span; None where it does not."""


class PlainWriter:
    """Writes by asking a language model for lines; implements `kb.ports.Writer`.

    Args:
        language_model: the one that is asked.
        locate: finds quotes in passages.
    """

    name = "plain"

    def __init__(self, language_model: LanguageModel, locate: Locate) -> None:
        self._language_model, self._locate = language_model, locate
        self.model = language_model.name

    def write(self, brief: Brief, listener: Listener) -> Draft:
        """Sentences as the model wrote them, each with the passages that its marks name.

        Raises:
            BadInput: if the question leaves no room for passages.
            Unavailable: if the model did not begin to answer.
        """
        what = task.task(brief)
        excerpts = excerpts_of(brief, self._left(what))
        if not excerpts:
            raise BadInput(
                f"{self.model} reads {self._language_model.room:,} characters, which the question alone nearly fills",
                cure="Ask in fewer words, or set a larger `context_window` in `llm_options`",
            )
        script = Manuscript(brief, listener)
        cut_short = ""
        pieces = self._language_model.reply(self._prompt(excerpts, what))
        try:
            for line in sentence_lines(pieces, listener):
                script.line(line, partial(self._cited, line, excerpts))
        except CutShort as cut:
            cut_short = cut.message
        return script.draft(cut_short, left_out(brief, excerpts, self._language_model))

    def repair(self, brief: Brief, failed: Sequence[Sentence]) -> Mapping[int, Sentence]:
        """What the model offers in place of refused sentences, by their place; of many, the first that fit.

        Raises:
            Unavailable: if the model did not answer; what a cut answer held is used.
        """
        room = self._language_model.room * _FOR_PASSAGES
        n = next((n for n in range(len(failed), 1, -1) if self._left(task.repair(brief, failed[:n])) >= room), 1)
        failed = failed[:n]
        what = task.repair(brief, failed)
        prompt = self._prompt(excerpts := excerpts_of(brief, self._left(what)), what)
        mended: dict[int, Sentence] = {}
        with suppress(CutShort):
            for line in sentence_lines(self._language_model.reply(prompt), Deaf()):
                number = _NUMBERED.match(line)
                offered = self._cited(line, excerpts, number.end()) if number else []
                if number and offered and 0 < int(number[1]) <= len(failed):
                    mended.setdefault(int(number[1]) - 1, sentence_of(*offered[0]))
        return mended

    def _left(self, what: str) -> int:
        """How many characters passages may have beside a task."""
        bare = self._prompt([], what)
        return self._language_model.room - len(bare.system) - len(bare.material) - len(bare.task)

    def _prompt(self, excerpts: Sequence[Excerpt], what: str) -> Prompt:
        return Prompt(task.system("cite_with_marks"), task.material(excerpts), what)

    def _cited(self, line: str, excerpts: Sequence[Excerpt], start: int) -> list[Cited]:
        read = read_line(line[start:])
        return [(m.text, tuple(self._citations(m.text, m.marks, excerpts))) for m in read if m.text]

    def _citations(self, text: str, marks: Sequence[Mark], excerpts: Sequence[Excerpt]) -> Iterator[Citation]:
        """Every quote where it stands; for a mark without one, the sentence of its passage that says most of it."""
        named = [excerpts[n - 1] for mark in marks for n in mark.numbers if 0 < n <= len(excerpts)]
        for mark in marks:
            own = [excerpts[n - 1] for n in mark.numbers if 0 < n <= len(excerpts)]
            yield from (invented(f"[{n}]") for n in mark.numbers if not 0 < n <= len(excerpts))
            quoted: set[int] = set()
            for quote in mark.quotes:
                # A quote under its neighbour's number is a slip of the pen, one that stands nowhere is not.
                place = next((p for e in [*own, *named] if (p := self._place(quote, e))), None)
                if place:
                    quoted.add(place[0].number)
                    yield place[0].cite(*place[1])
                else:
                    yield _misquoted(own or named, quote)
            yield from (e.nearest(text) for e in own if e.number not in quoted and not (mark.quotes and not quoted))

    def _place(self, quote: str, excerpt: Excerpt) -> tuple[Excerpt, tuple[int, int]] | None:
        span = self._locate(quote, excerpt.passage.text)
        start = excerpt.passage.char_start
        return (excerpt, (start + span[0], start + span[1])) if span else None


def _misquoted(named: Sequence[Excerpt], quote: str) -> Citation:
    """A citation whose words stand nowhere in its passage, for the gate to refuse."""
    if not named:
        return invented("a quote without a passage", quote)
    passage = named[0].passage
    return Citation(
        source=passage.source_id, passage=passage.id, quote=without_keys(quote), char_start=passage.char_start,
        char_end=passage.char_start + len(quote), section=passage.section,
    )  # fmt: skip
