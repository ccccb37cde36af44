"""What a language model is given of the evidence: numbered excerpts, each some sentences of one passage."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from ingest.plain import plain
from kb.domain import Citation, Passage, Source
from kb.language import content_stems
from kb.ports import Brief, Evidence, LanguageModel, SentenceHit

_CHARS_AROUND = 40
"""What an excerpt takes beside its title and sentences: number, date, line ends."""
_TITLES_TOLD = 2


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Sentences of one passage in reading order, under a number that counts from 1."""

    number: int
    source: Source
    hits: tuple[SentenceHit, ...]

    @property
    def passage(self) -> Passage:
        """The passage that they stand in."""
        return self.hits[0].passage

    @property
    def title(self) -> str:
        """What the model is told of its source, in one line."""
        date = f", {self.source.date}" if self.source.date else ""
        return " ".join(f"{plain(self.source.title)}{date}".split())

    @property
    def text(self) -> str:
        """The sentences as the model reads them, in one line."""
        return " ".join(" ".join(hit.shown.split()) for hit in self.hits)

    def cite(self, start: int, end: int) -> Citation:
        """A citation of the words between two offsets of the source's text, which lie in the passage."""
        passage = self.passage
        quote = passage.text[start - passage.char_start : end - passage.char_start]
        return Citation(
            source=self.source.id, passage=passage.id, quote=quote, char_start=start, char_end=end,
            section=passage.section,
        )  # fmt: skip

    def nearest(self, text: str) -> Citation:
        """A citation of the sentence that shares most words with a text."""
        wanted = content_stems(text)
        best = max(self.hits, key=lambda hit: (len(content_stems(hit.shown) & wanted), -hit.order))
        return self.cite(best.char_start, best.char_end)


def excerpts_of(brief: Brief, room: int) -> list[Excerpt]:
    """The evidence as excerpts of at most `room` characters: every source's best sentence, then its second best, ….

    A source's claim and title say the same as its other sentences in fewer words, so none is kept for its kind.
    """
    kept = _kept(brief.evidence, room)
    found: list[Excerpt] = []
    for evidence in brief.evidence:
        hits = [hit for hit in evidence.sentences if id(hit) in kept]
        for _, group in groupby(hits, key=lambda hit: hit.passage.id):
            found.append(Excerpt(len(found) + 1, evidence.source, tuple(group)))
    return found


def _kept(evidence: Sequence[Evidence], room: int) -> set[int]:
    queue = [
        (place, rank, hit)
        for rank, e in enumerate(evidence)
        for place, hit in enumerate(sorted(e.sentences, key=lambda h: (-h.likeness - h.coverage, h.order)))
    ]
    kept: set[int] = set()
    begun: set[str] = set()
    for _, rank, hit in sorted(queue, key=lambda entry: entry[:2]):
        around = 0 if hit.passage.id in begun else len(evidence[rank].source.title) + _CHARS_AROUND
        room -= len(hit.shown) + 1 + around
        if room < 0:
            break
        kept.add(id(hit))
        begun.add(hit.passage.id)
    return kept


def left_out(brief: Brief, excerpts: Sequence[Excerpt], model: LanguageModel) -> tuple[str, ...]:
    """What a reader should know of evidence that the model was not shown; nothing where it was shown all."""
    n_all = sum(len(evidence.sentences) for evidence in brief.evidence)
    n_left = n_all - sum(len(excerpt.hits) for excerpt in excerpts)
    if not n_left:
        return ()
    window = f"its window of {model.window:,} tokens" if model.window else f"the {model.room:,} characters of a prompt"
    told = {excerpt.source.id for excerpt in excerpts}
    silent = [f"“{plain(e.source.title)}”" for e in brief.evidence if e.sentences and e.source.id not in told]
    more = f" and {len(silent) - _TITLES_TOLD} more" if len(silent) > _TITLES_TOLD else ""
    whole = f", among them all of {', '.join(silent[:_TITLES_TOLD])}{more}" if silent else ""
    cure = " A larger `context_window` in `llm_options` holds more, if the model does." if model.window else ""
    return (f"{model.name} was not shown all: {n_left} of {n_all} sentences did not fit {window}{whole}.{cure}",)


_INVENTED = re.compile(r"\s+")


def invented(name: str, quote: str = "") -> Citation:
    """A citation of something that the model was not given, for the gate to refuse."""
    shown = _INVENTED.sub(" ", name)[:80]
    return Citation(source="the evidence", passage=shown, quote=quote, char_start=0, char_end=len(quote))
