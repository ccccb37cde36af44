"""A writer that lets Claude cite: every sentence of the evidence is a block that its citations point at.

The API says which blocks a piece of text rests on, so a citation's offsets are those of the library's own sentences and
never the model's to make up. A pointer that leads nowhere, or words that are not those of its blocks, go to the gate as
they are and fail there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby
from typing import Any

from ingest.sentences import sentences
from kb.domain import Citation, Sentence
from kb.errors import CutShort
from kb.ports import Brief, Deaf, Draft, Listener
from kb.providers import task
from kb.providers.anthropic_model import AnthropicModel, Piece, Pointer
from kb.providers.excerpts import Excerpt, excerpts_of, invented, left_out
from kb.providers.manuscript import Cited, Manuscript, sentence_of
from kb.providers.model_errors import without_keys

_NUMBERED = re.compile(r"\W{0,4}(\d{1,3})\W{0,3}[:.)]\s*")
Fragments = list[tuple[str, tuple[Citation, ...]]]
"""A line in parts, each with what it rests on."""


class AnthropicWriter:
    """Writes with Claude's citations; implements `kb.ports.Writer`."""

    name = "anthropic"

    def __init__(self, language_model: AnthropicModel) -> None:
        self._language_model = language_model
        self.model = language_model.name

    def write(self, brief: Brief, listener: Listener) -> Draft:
        """Sentences as Claude wrote and cited them.

        Raises:
            BadInput: if the call could cost more than may be spent, or is refused as it is.
            Unavailable: if the API did not begin to answer.
        """
        excerpts = excerpts_of(brief, self._language_model.room)
        script = Manuscript(brief, listener)
        cut_short = ""
        pieces = self._language_model.stream(task.system("cite_with_api"), _content(excerpts, task.task(brief)))
        try:
            for line in _lines(pieces, excerpts, listener):
                script.line(_text(line), partial(_cited, line))
        except CutShort as cut:
            cut_short = cut.message
        return script.draft(cut_short, left_out(brief, excerpts, self._language_model))

    def repair(self, brief: Brief, failed: Sequence[Sentence]) -> Mapping[int, Sentence]:
        """What Claude offers in place of refused sentences, by their place. The passages are read from the cache.

        Raises:
            BadInput: if the call could cost more than may be spent.
            Unavailable: if the API did not answer; what a cut answer held is used.
        """
        excerpts = excerpts_of(brief, self._language_model.room)
        content = _content(excerpts, task.repair(brief, failed))
        mended: dict[int, Sentence] = {}
        with suppress(CutShort):
            for line in _lines(self._language_model.stream(task.system("cite_with_api"), content), excerpts, Deaf()):
                number = _NUMBERED.match(_text(line))
                offered = _cited(line, number.end()) if number else []
                if number and offered and 0 < int(number[1]) <= len(failed):
                    mended.setdefault(int(number[1]) - 1, sentence_of(*offered[0]))
        return mended


def _content(excerpts: Sequence[Excerpt], what: str) -> list[dict[str, Any]]:
    """The passages as search results, the last of which ends what is cached, and the task."""
    results: list[dict[str, Any]] = [
        {
            "type": "search_result",
            "source": _address(excerpt),
            "title": excerpt.title,
            "content": [{"type": "text", "text": " ".join(hit.shown.split())} for hit in excerpt.hits],
            "citations": {"enabled": True},
        }
        for excerpt in excerpts
    ]
    if results:
        results[-1]["cache_control"] = {"type": "ephemeral"}
    return [*results, {"type": "text", "text": what}]


def _address(excerpt: Excerpt) -> str:
    return f"kb://{excerpt.passage.id}"


def _lines(pieces: Iterator[Piece], excerpts: Sequence[Excerpt], listener: Listener) -> Iterator[Fragments]:
    """Whole lines, in the parts that the API cites for; of a line that was cut, its whole sentences."""
    line: Fragments = []
    pending = ""
    try:
        for piece in pieces:
            if not piece.is_end:
                pending = (pending + piece.text).rpartition("\n")[2]
                listener.drafting(without_keys(pending))
                continue
            citations = tuple(c for pointer in piece.pointers for c in _citations(pointer, excerpts))
            *whole, last = piece.text.split("\n")
            for text in whole:
                yield [*line, (text, citations)]
                line = []
            line.append((last, citations))
            pending = _text(line)
    except CutShort:
        yield _whole_sentences(line)
        raise
    yield line


def _text(line: Fragments) -> str:
    return "".join(text for text, _ in line)


def _whole_sentences(line: Fragments) -> Fragments:
    """A line without the sentence that was being written when it was cut."""
    text, kept = _text(line), 0
    for start, end in sentences(text, 0, len(text)):
        kept = end if text[start:end].rstrip("\"'”’)*_ ")[-1:] in ".!?…" else kept
    found: Fragments = []
    for part, citations in line:
        found.append((part[: max(0, kept)], citations))
        kept -= len(part)
    return found


def _cited(line: Fragments, start: int) -> list[Cited]:
    """The sentences of a line from an offset on, each with what the parts that it touches rest on."""
    text = _text(line)
    found: list[Cited] = []
    for begin, end in sentences(text, start, len(text)):
        at, citations = 0, list[Citation]()
        for part, own in line:
            # White space and the full stop of the sentence before are no part of what rests on something.
            inside = text[max(at, begin) : min(at + len(part), end)]
            citations += own if inside.strip(" .,;:") else ()
            at += len(part)
        found.append((text[begin:end], tuple(citations)))
    return found


def _citations(pointer: Pointer, excerpts: Sequence[Excerpt]) -> Iterator[Citation]:
    """What a pointer points at, sentences that follow each other in one citation."""
    excerpt = excerpts[pointer.result] if 0 <= pointer.result < len(excerpts) else None
    hits = excerpt.hits[max(0, pointer.start) : pointer.end] if excerpt else ()
    if excerpt is None or not hits or pointer.source != _address(excerpt):
        yield invented(pointer.source, pointer.cited_text)
        return
    given = "".join("".join(hit.shown.split()) for hit in hits)
    if "".join(pointer.cited_text.split()) != given:
        yield excerpt.cite(hits[0].char_start, hits[0].char_end).model_copy(update={"quote": pointer.cited_text})
        return
    for _, group in groupby(enumerate(hits), key=lambda pair: pair[1].order - pair[0]):
        run = [hit for _, hit in group]
        yield excerpt.cite(run[0].char_start, run[-1].char_end)
