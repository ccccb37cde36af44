"""Answers, the sentences that they are made of, and texts held against the library."""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import Field

from kb.domain.sources import (
    Paper,
    PartialDate,
    Record,
    SourceKind,
)


class SupportState(StrEnum):
    """How far a sentence's evidence was checked."""

    QUOTED = "quoted"
    SUPPORTED = "supported"
    CONSISTENT = "consistent"
    UNSUPPORTED = "unsupported"


class AnswerStatus(StrEnum):
    """Whether a question could be answered from the library."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    INSUFFICIENT = "insufficient_evidence"


class RestsOnBasis(StrEnum):
    """Where it is said what a note's sentence rests on, the surest first."""

    SENTENCE = "sentence"
    CLAIM = "claim"
    """In dated claims of the note that together say as much."""
    PARAGRAPH = "paragraph"
    NOTE = "note"


class Grounding(StrEnum):
    """Where the citations of a sentence end, the surest first."""

    OWN_TEXT = "own_text"
    """In a paper's or document's own words."""
    PAPERS_NAMED = "papers_named"
    """In a note that names what its words rest on."""
    NOTE = "note"
    """In a note that names nothing."""
    GENERATED = "generated"
    """In text that a model wrote and no person has accepted: it is no evidence."""


class Citation(Record):
    """A pointer to exactly one passage, with the quoted span."""

    source: str = Field(description="id of the source")
    passage: str = Field(description="id of the passage")
    quote: str = Field(description="exactly the source's text between the offsets")
    char_start: int = Field(ge=0)
    char_end: int
    section: tuple[str, ...] = ()
    page: int | None = Field(None, description="page on which the passage begins, from 1, where the source has pages")
    rests_on: tuple[str, ...] = Field((), description="what a note's sentence rests on in turn: papers, documents")
    rests_on_basis: RestsOnBasis | None = Field(None, description="where that is said; nowhere for a paper's own words")


class Reason(Record):
    """Why a sentence's support state is what it is."""

    kind: str = Field(description="citation, quote, content, number, name, binding, sides, hedge, scope, negation, …")
    text: str = Field(description="in words")
    char_start: int = Field(0, ge=0, description="where in the sentence, without markup, the words in question stand")
    char_end: int = 0
    warning: bool = Field(False, description="whether it is only to be looked at, and decides nothing")

    def told(self, sentence: str) -> str:
        """The reason with the words that it means, where it means a part of the sentence and does not name it.

        Args:
            sentence: without its markup, which is what the offsets count in.
        """
        meant = sentence[self.char_start : self.char_end].strip()
        is_part = meant and self.char_end - self.char_start < len(sentence.rstrip())
        return f"{self.text}, at “{meant}”" if is_part and meant not in self.text else self.text


class Sentence(Record):
    """One sentence of an answer, in Markdown."""

    text: str
    state: SupportState
    theme: str = Field(description="heading that the sentence stands under")
    lead_in: str = Field("", description="connecting words of the writer, not part of the evidence")
    citations: tuple[Citation, ...] = ()
    reasons: tuple[Reason, ...] = Field((), description="why the state is what it is")
    grounding: Grounding | None = Field(None, description="where its citations end, by the surest of them")


class Facet(Record):
    """One part of a question and what the library holds for it."""

    text: str
    covered: bool = Field(description="whether a passage holds it, or the library says it in other words")
    best_score: float = Field(description="score of the best passage for the facet")
    floor: float = Field(description="what questions unrelated to the library score at most, nearly always")
    nearest: str | None = Field(None, description="id of the best passage")
    nearest_title: str = ""
    missing_terms: tuple[str, ...] = Field((), description="words of the facet that occur in no passage of the library")
    claim: str = Field("", description="a dated claim with the facet’s words in text or scope, if no passage has them")


class Absence(Record):
    """What the library does not hold for a question."""

    facets: tuple[Facet, ...] = ()
    joint: bool = Field(description="whether a single source covers all facets together")
    note: str = Field(description="the same in words")
    searched: str = Field("", description="what was searched, in words")
    would_help: tuple[str, ...] = Field((), description="what would fill the gap")


class SourceRef(Record):
    """A source as an answer lists it."""

    id: str
    kind: SourceKind
    title: str
    summary: str = ""
    date: PartialDate | None = None
    claim: str = ""
    rests_on: tuple[Paper, ...] = Field((), description="papers that the source cites, as far as they are known")
    generated: bool = False
    withdrawn: bool = Field(False, description="whether it is a paper that was withdrawn")


class Answer(Record):
    """A short synthesis, or an account of why there is none."""

    question: str
    reading: str = Field(description="how the question was understood, in one sentence")
    status: AnswerStatus
    sentences: tuple[Sentence, ...] = ()
    absence: Absence
    sources: tuple[SourceRef, ...] = ()
    next_lines: tuple[str, ...] = Field((), description="questions to ask next")
    writer: str = Field("", description="what wrote the sentences: extractive, anthropic or plain")
    model: str = Field("", description="the language model that the writer used; empty where it used none")
    generation: int = Field(0, description="state of the library that was asked; every change counts it up")
    as_of: PartialDate | None = Field(None, description="date of the youngest source that is cited")
    until: PartialDate | None = Field(None, description="date it was asked for; nothing dated later is evidence")
    left_out: str = Field("", description="what was left out for that date, in words")
    incomplete: bool = Field(False, description="whether the writer was cut short")
    remarks: tuple[str, ...] = Field((), description="what went wrong in writing, in words")
    n_unsupported: int = Field(0, description="sentences that failed the gate, those withheld included")
    n_withheld: int = Field(0, description="sentences that failed the gate and were left out on demand")

    @property
    def themes(self) -> tuple[str, ...]:
        """Headings in reading order."""
        return tuple(dict.fromkeys(sentence.theme for sentence in self.sentences))

    @property
    def held(self) -> tuple[Sentence, ...]:
        """Sentences that passed the gate. What the others cite may be made up."""
        return tuple(s for s in self.sentences if s.state is not SupportState.UNSUPPORTED)

    @property
    def is_unwritten(self) -> bool:
        """Whether a model wrote no sentence that passed the gate, where evidence was not wanting."""
        return bool(self.model) and not self.held and (self.incomplete or self.n_unsupported > 0)


class NearPassage(Record):
    """A passage that comes near a sentence, and how near."""

    source: str
    title: str
    passage: str
    quote: str = Field(description="its sentence that shares most with the one in question")
    char_start: int = Field(ge=0)
    char_end: int
    page: int | None = Field(None, description="page on which the passage begins, where the source has pages")
    as_of: PartialDate | None = Field(None, description="where it is a note's dated claim: up to when that reaches")
    score: float = Field(description="half cosine similarity, half share of the sentence's words")


def source_numbers(sentences: Iterable[Sentence]) -> dict[str, int]:
    """The number that each source is cited by, by id: sources are counted as the sentences first name them.

    What a model made up is no source's id, and has no number.
    """
    named = dict.fromkeys(citation.source for sentence in sentences for citation in sentence.citations)
    return {source_id: number for number, source_id in enumerate((name for name in named if ":" in name), 1)}


class VerifiedSentence(Record):
    """A sentence of some text, held against the library."""

    text: str
    char_start: int = Field(ge=0, description="where it stands in the text that was given")
    char_end: int
    state: SupportState
    reasons: tuple[Reason, ...] = ()
    citations: tuple[Citation, ...] = Field(
        (), description="what it passed the checks against; none where it is unsupported"
    )
    grounding: Grounding | None = Field(None, description="where its citations end")
    nearest: tuple[NearPassage, ...] = Field(
        (), description="the passage that the reasons speak of, then others that come near, best first"
    )


class Verification(Record):
    """A text, sentence by sentence, held against the library."""

    sentences: tuple[VerifiedSentence, ...] = ()
    n_skipped: int = Field(0, description="headings, questions, code and tables, which state nothing that is checked")
    judge: str = Field("", description="which model judged entailment; empty where none did")
    remarks: tuple[str, ...] = Field((), description="what a reader should know, such as a judge that did not answer")

    def count(self, state: SupportState) -> int:
        """How many sentences are in a state."""
        return sum(sentence.state is state for sentence in self.sentences)


class Inquiry(Record):
    """A stored inquiring line."""

    id: str
    asked_at: str = Field(description="time of the latest answer, ISO 8601, UTC")
    answer: Answer
