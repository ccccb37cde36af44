"""The records of the product: frozen, validated, and describable as JSON Schema.

Spans are half-open `[char_start, char_end)` and count Unicode code points of a source's stored text.
Dates keep their precision: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
"""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from kb.identity import ArxivId, content_hash, parse_date

PartialDate = Annotated[str, AfterValidator(parse_date)]


class Record(BaseModel):
    """Base of all records: immutable, and refusing fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class SourceKind(StrEnum):
    """What a source is."""

    PAPER = "paper"
    NOTE = "note"
    DOCUMENT = "document"


class PassageKind(StrEnum):
    """Which part of a source a passage is."""

    CLAIM = "claim"
    SUMMARY = "summary"
    BODY = "body"


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
    PARAGRAPH = "paragraph"
    NOTE = "note"


class EdgeKind(StrEnum):
    """How two nodes of the concept graph hang together; people write the first three, the others are derived."""

    LINK = "link"
    """A note names another in its text; seen from the other end, a backlink."""
    PARENT = "parent"
    """A note belongs under a broader one."""
    TENSION = "tension"
    """A note disagrees with another and says so."""
    CITES = "cites"
    """A source rests on a paper, held or known by its id only."""
    USES = "uses"
    """An inquiry quotes a source."""
    NEAR = "near"
    """Two sources are among each other's most similar ones, above a floor."""
    TOPIC = "topic"
    """A source is about a topic."""


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


class JobState(StrEnum):
    """Where an ingest item stands."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class Paper(Record):
    """Bibliographic facts about an arXiv work; the text, where the library has it, is a Source for each version."""

    id: str = Field(description="arXiv id without version, such as 2411.15382")
    title: str
    authors: tuple[str, ...] = ()
    date: PartialDate = Field(description="first submission, as precisely as it is known")
    categories: tuple[str, ...] = ()
    version: int = Field(0, ge=0, description="newest version that is known of; 0 where none is named")
    updated: PartialDate | None = Field(None, description="when that version was submitted")
    withdrawn: bool = Field(False, description="whether its authors or arXiv have withdrawn it")
    doi: str = ""
    journal: str = ""
    comment: str = ""

    @property
    def reference(self) -> str:
        """The id as notes cite it."""
        return str(ArxivId(self.id))


class Scope(Record):
    """The conditions under which a claim was found to hold."""

    model: str | None = Field(None, description="model or family")
    size: str | None = Field(None, description="parameters, such as 0.5B-7B")
    task: str | None = Field(None, description="task or benchmark")
    metric: str | None = Field(None, description="what was measured")
    method: str | None = Field(None, description="what was done, such as supervised fine-tuning")

    def __str__(self) -> str:
        return "; ".join(str(value) for value in self.model_dump(exclude_none=True).values())


class Claim(Record):
    """One checkable sentence with a date, a scope and evidence."""

    text: str = Field(min_length=1)
    as_of: PartialDate = Field(description="month up to which the evidence reaches")
    scope: Scope = Scope()
    evidence: tuple[str, ...] = Field((), description="references: arXiv:ID, an address or a file")

    @property
    def id(self) -> str:
        """Derived from the words, so the same claim in two notes is one claim."""
        return "claim:" + content_hash(" ".join(self.text.casefold().split()))[:12]


class Link(Record):
    """A wikilink, parent or tension as its author wrote it."""

    target: str = Field(description="slug, title or alias, before resolution")
    kind: EdgeKind = Field(description="link, parent or tension")
    line: int = Field(0, ge=0, description="line in the file, from 1; 0 where unknown")
    why: str = Field("", description="the sentence that holds the link")
    otherwise: str = Field("", description="what it may name where nothing bears the target: the words shown")


class Passage(Record):
    """A span of one source's text: the unit that is embedded, retrieved and cited."""

    source_id: str
    ordinal: int = Field(ge=0, description="position among the source's passages")
    kind: PassageKind = PassageKind.BODY
    section: tuple[str, ...] = Field((), description="heading path, outermost first")
    page: int | None = Field(None, description="page on which it starts, from 1, where the source has pages")
    char_start: int = Field(ge=0)
    char_end: int
    text: str = Field(description="exactly the source's text between the offsets")
    sentences: tuple[tuple[int, int], ...] = Field((), description="spans of quotable sentences, in the source's text")

    @model_validator(mode="after")
    def _spans_fit(self) -> "Passage":
        if self.char_end - self.char_start != len(self.text):
            raise ValueError("the passage's text is not as long as its span")
        if any(not self.char_start <= start < end <= self.char_end for start, end in self.sentences):
            raise ValueError("a sentence lies outside its passage")
        return self

    @property
    def id(self) -> str:
        """Derived from source, place and words."""
        return f"{self.source_id}#{content_hash(str(self.char_start), self.text)[:12]}"


class Source(Record):
    """Anything citable: a paper, a note, or a document from a file or address."""

    id: str = Field(description="note:<slug>, arxiv:<id>v<n> or document:<slug>")
    kind: SourceKind
    title: str
    claim: str = Field("", description="a note's title in claim form")
    summary: str = ""
    text: str = Field(description="the stored text that all offsets count in; for a note, its whole file")
    date: PartialDate | None = None
    authors: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    references: tuple[str, ...] = Field((), description="what the source rests on: arXiv:ID, addresses, files")
    links: tuple[Link, ...] = ()
    claims: tuple[Claim, ...] = ()
    aliases: tuple[str, ...] = Field((), description="other names that wikilinks may use")
    origin: str = Field("", description="file relative to the library, or address")
    generated: bool = Field(False, description="written by a model and not yet accepted by a person")
    pages: tuple[int, ...] = Field((), description="offset at which each page begins, where the source has pages")
    reading: str = Field("", description="how the text was come by: abstract, html, pdf, tex, text, web")
    remark: str = Field("", description="what the person who added the source said of it")

    @property
    def content_hash(self) -> str:
        """Hash of everything that the catalog keeps of the source."""
        return content_hash(self.model_dump_json())


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
    covered: bool
    best_score: float = Field(description="score of the best passage for the facet")
    floor: float = Field(description="what questions unrelated to the library score at most, nearly always")
    nearest: str | None = Field(None, description="id of the best passage")
    nearest_title: str = ""
    missing_terms: tuple[str, ...] = Field((), description="words of the facet that occur nowhere in the library")


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
    incomplete: bool = Field(False, description="whether the writer was cut short")
    remarks: tuple[str, ...] = Field((), description="what went wrong in writing, in words")
    n_unsupported: int = Field(0, description="sentences that failed the gate, those withheld included")
    n_withheld: int = Field(0, description="sentences that failed the gate and were left out on demand")

    @property
    def themes(self) -> tuple[str, ...]:
        """Headings in reading order."""
        return tuple(dict.fromkeys(sentence.theme for sentence in self.sentences))


class NearPassage(Record):
    """A passage that comes near a sentence, and how near."""

    source: str
    title: str
    passage: str
    quote: str = Field(description="its sentence that shares most with the one in question")
    char_start: int = Field(ge=0)
    char_end: int
    page: int | None = Field(None, description="page on which the passage begins, where the source has pages")
    score: float = Field(description="half cosine similarity, half share of the sentence's words")


class VerifiedSentence(Record):
    """A sentence of some text, held against the library."""

    text: str
    char_start: int = Field(ge=0, description="where it stands in the text that was given")
    char_end: int
    state: SupportState
    reasons: tuple[Reason, ...] = ()
    citations: tuple[Citation, ...] = Field((), description="what bears it out; none where it is unsupported")
    grounding: Grounding | None = Field(None, description="where its citations end")
    nearest: tuple[NearPassage, ...] = Field((), description="the passages that come nearest, best first")


class Verification(Record):
    """A text, sentence by sentence, held against the library."""

    sentences: tuple[VerifiedSentence, ...] = ()
    n_skipped: int = Field(0, description="headings, questions, code and tables, which state nothing that is checked")
    judge: str = Field("", description="which model judged entailment; empty where none did")

    def count(self, state: SupportState) -> int:
        """How many sentences are in a state."""
        return sum(sentence.state is state for sentence in self.sentences)


class Inquiry(Record):
    """A stored inquiring line."""

    id: str
    asked_at: str = Field(description="time of the latest answer, ISO 8601, UTC")
    answer: Answer


UNKEPT = "path"
"""Kind of a job that is reported and not kept: what was named is not there, and will not be by waiting."""


class Job(Record):
    """One item of an ingest: what became of it and what can be done."""

    target: str = Field(description="file, id or address as it was given")
    kind: str = Field("note", description="note, papers, paper, document, snapshot, file, item; or path")
    folder: str = Field("", description="folder that was added, where the target is a file in it")
    state: JobState
    source_id: str | None = None
    reason: str = ""
    advice: str = ""
    options: dict[str, Any] = Field({}, description="how it was to be added, so that a later try does the same")

    @property
    def is_kept(self) -> bool:
        """Whether it stays listed until it works or is forgotten."""
        return self.kind != UNKEPT

    @property
    def in_words(self) -> str:
        """Target and reason; what names itself in its reason is not named twice."""
        for name in (self.target, self.target.rpartition("/")[2]):
            if name and self.reason.startswith(name) and not self.reason[len(name) :][:1].isalnum():
                return f"{self.target}{self.reason[len(name) :]}"
        return f"{self.target}: {self.reason}" if self.target else self.reason


class Follow(Record):
    """A search of arXiv whose new papers are wanted."""

    query: str = Field("", description="words or an arXiv query; empty where all of a category is followed")
    category: str = ""
    topics: tuple[str, ...] = Field((), description="given to the papers that it finds")
    abstract_only: bool = False
    since: PartialDate = Field(description="day from which papers have not been looked at")

    @property
    def id(self) -> str:
        """Derived from what is searched for, so that following twice is following once."""
        return content_hash(self.query.casefold(), self.category)[:8]


class AddReport(Record):
    """What an ingest did."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: int = 0
    removed: tuple[str, ...] = ()
    failed: tuple[Job, ...] = ()
    pending: int = Field(0, description="papers and documents that are still to be done")
    n_embedded: int = Field(0, description="texts embedded anew")

    @property
    def changed(self) -> bool:
        """Whether the library is now another than before."""
        return bool(self.added or self.updated or self.removed)


class SnapshotReport(Record):
    """What became of a snapshot's lines; counts go over all runs that it took."""

    path: str
    finished: bool = Field(False, description="whether the end of the file or the limit was reached")
    repeated: bool = Field(False, description="whether an earlier run had finished, so that this one had nothing to do")
    byte: int = Field(0, ge=0, description="bytes of the uncompressed text that are done with")
    line: int = Field(0, ge=0, description="lines that are done with")
    wanted: int = Field(0, ge=0, description="papers that passed the filters")
    added: int = Field(0, ge=0, description="papers new to the library")
    updated: int = Field(0, ge=0, description="papers whose abstract took the place of an older one")
    unchanged: int = Field(0, ge=0, description="papers that the library held as they are")
    kept: int = Field(0, ge=0, description="papers that the library holds newer or read more fully")
    broken: int = Field(0, ge=0, description="lines that cannot be used")
    flaws: tuple[str, ...] = Field((), description="why, for the first of these lines")
    n_embedded: int = Field(0, ge=0, description="texts embedded anew in this run")


def schema() -> dict[str, Any]:
    """JSON Schema of every record that commands print, by name."""
    return {
        model.__name__: model.model_json_schema()
        for model in (Answer, Inquiry, Verification, Source, Passage, Claim, Job, AddReport, SnapshotReport)
    }
