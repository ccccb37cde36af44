"""What the services need from the outside world, as protocols; adapters live in `kb.stores` and `kb.providers`.

Passages are named by `key` here: the catalog's integer for a passage, stable while the passage exists.
Vectors are float32 and L2-normalised, so a dot product is the cosine similarity.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kb.domain import Claim, EdgeKind, Follow, Inquiry, Job, Paper, Passage, Sentence, Source, SourceKind
from kb.identity import ArxivId
from kb.ledger import LedgerEvent, Verdict

Vector = NDArray[np.float32]
"""One embedding, shape (dimension,), unit length."""

Matrix = NDArray[np.float32]
"""Embeddings, shape (n, dimension), unit rows."""

Keys = NDArray[np.int64]
"""Passage keys, shape (n,)."""

Progress = Callable[[str, int, int], None]
"""Called with (stage, items done, items in all) while long work goes on."""


def no_progress(stage: str, done: int, total: int) -> None:
    """A `Progress` that shows nothing."""


class Embedder(Protocol):
    """Turns text into vectors. Same text, same vector, whatever else is embedded beside it."""

    @property
    def model_id(self) -> str:
        """Names the model, its precision and version; vectors of different ids are never compared."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def window(self) -> int:
        """Longest text that is read whole, in tokens."""
        ...

    def count_tokens(self, text: str) -> int:
        """Length of a text in the model's tokens, special tokens included."""
        ...

    def embed(self, texts: Sequence[str], on_done: Callable[[int], None] | None = None) -> Matrix:
        """Vectors of the texts, in order, shape (n, dimension); `on_done` hears how many are finished."""
        ...


class VectorIndex(Protocol):
    """Nearest passages by cosine similarity."""

    @property
    def name(self) -> str:
        """Which index answers, for reports."""
        ...

    def search(self, vector: Vector, k: int) -> list[tuple[int, float]]:
        """The k most similar passages as (key, cosine), best first, ties by key."""
        ...


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in the history of a catalog's passages."""

    key: int = 0
    """Highest key that was given out by then; keys are never used again."""
    gone: int = 0
    """How many passages had left by then."""


class VectorSource(Protocol):
    """Where an index gets its vectors from: the catalog."""

    def identity(self) -> str:
        """Tells this catalog from any other: keys of one mean nothing in another."""
        ...

    def generation(self) -> int:
        """Counts every change of passages or vectors."""
        ...

    def mark(self) -> Mark:
        """How far the history of passages has come."""
        ...

    def gone_after(self, mark: Mark) -> Keys:
        """Keys of passages that had come by then and left since, in no order."""
        ...

    def vectors_after(self, key: int, limit: int | None = None) -> tuple[Keys, Matrix]:
        """The passages after a key, ascending, and their vectors; the first so many where there is a limit."""
        ...

    def passage_keys(self) -> Keys:
        """Keys of all passages that have a vector, ascending."""
        ...

    def vectors(self, keys: Sequence[int] | None = None) -> tuple[Keys, Matrix]:
        """Keys, ascending, and their vectors: of all passages or of those named."""
        ...


class DerivedIndex(VectorIndex, Protocol):
    """A vector index kept on disk beside the catalog and made from it."""

    def is_current(self) -> bool:
        """Whether the index needs no synchronisation, as far as can be told without opening it."""
        ...

    def lag(self) -> int:
        """How many passages came or went since the index was made, at most."""
        ...

    def synchronise(self, progress: Progress = no_progress) -> int:
        """Bring the index near enough to the catalog's state; number of passages written or removed.

        Its results are complete in any case.
        """
        ...

    def rebuild(self, progress: Progress = no_progress) -> int:
        """Make the index anew beside the old one and swap it in; number of passages."""
        ...

    def problems(self) -> list[str]:
        """What is wrong with the index on disk, one line each; empty when it is sound."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A source with all that is derived from it, ready to be recorded in one transaction."""

    source: Source
    passages: Sequence[Passage]
    search_texts: Sequence[str]
    """Text of each passage without markup, as the full-text index sees it."""
    text_hashes: Sequence[str]
    """Hash of the text that is embedded for each passage."""


@dataclass(frozen=True, slots=True)
class HeldPaper:
    """A version of a paper as the library holds it."""

    source_id: str
    reading: str
    content_hash: str
    topics: tuple[str, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class FileState:
    """What was last seen of a note file."""

    path: str
    """Relative to the library's notes folder, with forward slashes."""
    size: int
    mtime_ns: int
    content_hash: str
    source_id: str | None
    """None where the file could not be read."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A resolved connection between two sources."""

    source: str
    target: str
    kind: EdgeKind
    why: str = ""
    """The sentence that makes the connection, where there is one."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a list shows of a source, without its text; its words are as they were written."""

    id: str
    kind: SourceKind
    title: str
    claim: str
    summary: str
    date: str | None
    origin: str
    """File relative to the notes folder, or address."""


class Catalog(VectorSource, Protocol):
    """The library's single file of truth beside its notes."""

    def writing(self) -> AbstractContextManager[None]:
        """One transaction: all of it happens or nothing."""
        ...

    def put(self, entry: Entry) -> None:
        """Record a source, replacing what was there under its id."""
        ...

    def remove(self, source_id: str) -> None:
        """Forget a source and everything derived from it."""
        ...

    def retire(self, source_id: str, successor: str) -> None:
        """Keep a source for what cites it, superseded by another; its passages leave every index."""
        ...

    def superseded(self) -> dict[str, str]:
        """Superseded sources, each with the id of the newest version."""
        ...

    def versions_of(self, base: str) -> list[str]:
        """Ids of the sources that are versions of an arXiv paper, oldest first; one without a version before all."""
        ...

    def outlines(self, kind: SourceKind | None = None, topic: str = "") -> list[Source]:
        """Sources without their text, superseded ones among them, in order of id."""
        ...

    def withdrawn_papers(self) -> list[Paper]:
        """Papers that were withdrawn, in order of id."""
        ...

    def same_document(self, title: str, text: str) -> str | None:
        """Id of a document with this title and text, wherever it came from."""
        ...

    def forget_vectors(self, text_hashes: Iterable[str]) -> int:
        """Forget vectors of texts that no passage has any more; how many there were."""
        ...

    def put_vectors(self, vectors: Mapping[str, Vector]) -> None:
        """Record vectors by the hash of their text."""
        ...

    def prune_vectors(self, also_kept: Iterable[str]) -> int:
        """Forget the library's model's vectors of no passage, but for those named; how many there were."""
        ...

    def vectors_of(self, text_hashes: Iterable[str]) -> dict[str, Vector]:
        """Recorded vectors of texts by the library's model, by hash; those without one are left out."""
        ...

    def missing_vectors(self, text_hashes: Iterable[str]) -> set[str]:
        """Those hashes that have no vector by the library's model yet."""
        ...

    def put_papers(self, papers: Iterable[Paper], origin: str = "notes") -> None:
        """Record bibliographic facts; those from `notes` (papers.jsonl) take the place of all from there."""
        ...

    def put_file(self, state: FileState) -> None:
        """Remember what was seen of a note file."""
        ...

    def forget_file(self, path: str) -> None:
        """Forget a note file that is gone."""
        ...

    def files(self) -> dict[str, FileState]:
        """Every known note file, by path."""
        ...

    def put_job(self, job: Job) -> None:
        """Record what became of an ingest item."""
        ...

    def job(self, target: str) -> Job | None:
        """What became of one item."""
        ...

    def forget_job(self, target: str) -> None:
        """Forget an ingest item."""
        ...

    def forget_jobs_of(self, source_id: str) -> None:
        """Forget the papers and documents among the items that a source came from."""
        ...

    def put_follow(self, follow: Follow) -> None:
        """Keep a followed search."""
        ...

    def forget_follow(self, follow_id: str) -> None:
        """Stop following a search."""
        ...

    def follows(self) -> list[Follow]:
        """Followed searches, in order of id."""
        ...

    def jobs(self, state: str | None = None) -> list[Job]:
        """Ingest items, oldest first."""
        ...

    def source(self, source_id: str) -> Source | None:
        """One source, whole."""
        ...

    def sources(self, ids: Iterable[str] | None = None, kind: SourceKind | None = None) -> list[Source]:
        """Sources in order of id, whole: those named, else all of a kind that no newer version has superseded."""
        ...

    def ids(self) -> list[str]:
        """Ids of all sources that are not superseded, in order."""
        ...

    def sources_on(self, arxiv_id: str) -> list[str]:
        """Ids of the sources that are a paper or name it among what they rest on, in order; the id has no version."""
        ...

    def source_hash(self, source_id: str) -> str | None:
        """Hash under which the source was recorded."""
        ...

    def held_papers(self, ids: Iterable[str]) -> dict[str, list[HeldPaper]]:
        """Versions held of each paper, by arXiv id without version; papers of which none is held are left out."""
        ...

    def papers(self, ids: Iterable[str]) -> dict[str, Paper]:
        """Bibliographic facts by arXiv id without version."""
        ...

    def passages(self, keys: Iterable[int]) -> dict[int, Passage]:
        """Passages by key."""
        ...

    def passages_of(self, source_ids: Iterable[str]) -> dict[int, Passage]:
        """All passages of some sources, by key."""
        ...

    def keys_of(self, source_ids: Iterable[str], first: int) -> dict[int, str]:
        """Keys of the first so many passages of some sources, with the source of each."""
        ...

    def source_ids(self, keys: Iterable[int]) -> dict[int, str]:
        """Source of each passage."""
        ...

    def lexical(self, terms: Sequence[str], k: int) -> list[tuple[int, float]]:
        """Passages by BM25 over any of the terms, as (key, score), best first, ties by key."""
        ...

    def lexical_sources(self, terms: Sequence[str], k: int) -> list[tuple[str, float]]:
        """Sources as wholes by BM25 over any of the terms, as (id, score), best first."""
        ...

    def term_counts(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs, after stemming."""
        ...

    def containing(self, terms: Sequence[str], keys: Sequence[int]) -> dict[str, set[int]]:
        """Which of some passages contain each term, after stemming."""
        ...

    def count(self, kind: str) -> int:
        """How many sources of a kind, or `passages`, `claims`, `inquiries`, `links`, `papers`, `vectors`."""
        ...

    def edges(self) -> list[Edge]:
        """Resolved links between sources."""
        ...

    def stamps(self) -> dict[str, str]:
        """Content hash of every current source, by id, in order of id; a superseded version is none."""
        ...

    def cards(self, ids: Iterable[str]) -> dict[str, Card]:
        """What lists show of some sources, by id."""
        ...

    def references(self) -> list[tuple[str, str]]:
        """What current sources say that they rest on, as (source id, reference)."""
        ...

    def topics(self, ids: Iterable[str] | None = None) -> list[tuple[str, str]]:
        """Topics of some or all current sources, as (source id, topic)."""
        ...

    def about(self, topic: str) -> list[str]:
        """Ids of the current sources on a topic."""
        ...

    def whole_vectors(self, ids: Sequence[str]) -> Matrix:
        """A unit vector for each source, the direction of its passages' sum; zeros where it has none."""
        ...

    def called(self, name: str) -> list[str]:
        """Ids of the current sources that a slug, title or alias names, the best reading first."""
        ...

    def unresolved(self) -> list[tuple[str, str, int]]:
        """Links whose target no source bears, as (source id, target, line)."""
        ...

    def claims(self, source_id: str | None = None) -> list[Claim]:
        """Dated claims, of one source or all."""
        ...

    def put_inquiry(self, inquiry: Inquiry) -> None:
        """Keep an inquiry, replacing an earlier answer to the same question."""
        ...

    def inquiry(self, inquiry_id: str) -> Inquiry | None:
        """One stored inquiry."""
        ...

    def inquiries(self) -> list[Inquiry]:
        """All stored inquiries, newest first."""
        ...

    def setting(self, name: str) -> str | None:
        """A value that the library keeps about itself."""
        ...

    def set_setting(self, name: str, value: str) -> None:
        """Keep a value about the library."""
        ...


class Ledger(Protocol):
    """What happened to claims; append-only."""

    def append_events(self, events: Iterable[LedgerEvent]) -> int:
        """Record events; how many were new. The same event again changes nothing. Call within `writing`."""
        ...

    def events(self, claim_id: str | None = None) -> list[LedgerEvent]:
        """Events of one claim or of all, oldest first, ties by id."""
        ...

    def stated_claims(self) -> list[tuple[str, Claim]]:
        """Every dated claim with the id of the note that states it, in order of notes."""
        ...


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge makes of a passage, against a claim. A proposal: only a person's yes puts it into the ledger."""

    verdict: Verdict
    reason: str


class Judge(Protocol):
    """Reads a claim against a passage, as a language model can."""

    @property
    def name(self) -> str:
        """Which judge judged, for the record."""
        ...

    def judge(self, claim: Claim, passage: Passage) -> Judgement:
        """What the passage means for the claim.

        Raises:
            Unavailable: if the model behind it could not be reached.
        """
        ...


@dataclass(frozen=True, slots=True)
class ArchivedPaper:
    """An arXiv work as its metadata tells of it."""

    paper: Paper
    abstract: str


@dataclass(frozen=True, slots=True)
class FullText:
    """The bytes of a paper's full text in one form."""

    form: str
    """html, pdf or tex."""
    data: bytes
    url: str


class PaperArchive(Protocol):
    """Where papers come from: arXiv."""

    def by_ids(self, ids: Sequence[ArxivId]) -> dict[ArxivId, ArchivedPaper]:
        """Papers by id as asked, of the version asked for or else the newest; ids that name no paper are left out.

        Raises:
            Unavailable: if the archive could not be reached or did not answer in time.
        """
        ...

    def search(
        self,
        query: str,
        *,
        category: str = "",
        since: str = "",
        until: str = "",
        limit: int = 100,
        newest_first: bool = False,
    ) -> Iterator[ArchivedPaper]:
        """Papers that fit; dates are `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.

        Raises as `by_ids`, and `BadInput` if the search cannot be read.
        """
        ...

    def full_texts(self, arxiv_id: ArxivId) -> Iterator[FullText]:
        """The forms that there are, best first (HTML, PDF, TeX), each fetched when asked for.

        Raises as `by_ids`, and `BadInput` at the end if there are only forms that are too large.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class SentenceHit:
    """A sentence of a source, scored against a question."""

    passage: Passage
    char_start: int
    char_end: int
    text: str
    """As it stands in the source."""
    shown: str
    """Without markup."""
    order: int
    """Position in the source; sentences that follow each other in a passage differ by one."""
    coverage: float = 0.0
    """Share of the question's words that it contains, weighted by how rare they are."""
    n_new: int = 0
    """Content words that are not in the question: what the sentence has to say."""
    likeness: float = 0.0
    """Cosine similarity to the question, not below 0."""
    vector: Vector | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A source that speaks to a question, with its sentences that do so."""

    source: Source
    score: float
    sentences: Sequence[SentenceHit]
    """In reading order."""
    title_likeness: float = 0.0
    """Cosine similarity of the question and the source's title, not below 0; notes only, whose titles are questions."""


@dataclass(frozen=True, slots=True)
class Brief:
    """All that a writer may use."""

    question: str
    reads_as: str
    """The question as the object of "This asks"."""
    facets: Sequence[str]
    evidence: Sequence[Evidence]
    """Best first; every source once."""
    tensions: frozenset[tuple[str, str]]
    """Pairs of source ids that disagree, in both orders."""
    caveat: str = ""
    """What the library lacks for the question, as a clause; empty where it lacks nothing."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer wrote, before the gate has looked at it."""

    reading: str
    """How the question was understood, in the product's own words."""
    sentences: Sequence[Sentence]
    reframing: str = ""
    """The same in the writer's words, where it has any; shown only if the checks find nothing against it."""
    cut_short: str = ""
    """Why the draft ends before its end; empty where it is whole."""


class Listener(Protocol):
    """Hears a text while it is written."""

    def drafting(self, text: str) -> None:
        """What stands so far of the sentence that is being written; nothing of it has been checked."""
        ...

    def written(self, sentence: Sentence) -> None:
        """A sentence that is complete."""
        ...


class Deaf:
    """A `Listener` that does nothing."""

    def drafting(self, text: str) -> None:
        """Nothing."""

    def written(self, sentence: Sentence) -> None:
        """Nothing."""


class Entailment(StrEnum):
    """What evidence means for a sentence."""

    ENTAILS = "entails"
    CONTRADICTS = "contradicts"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a judge found, with its reason in a few words."""

    entailment: Entailment
    reason: str = ""


class EntailmentJudge(Protocol):
    """Reads a sentence against the words that it cites. Never the writer of the sentence in the same call."""

    @property
    def name(self) -> str:
        """Which judge judged, for the record."""
        ...

    def rule(self, sentence: str, quotes: Sequence[str], context: str) -> Ruling:
        """Whether the quotes, read in their context, entail the sentence; all texts are data and without markup.

        Raises:
            Unavailable: if the model behind it could not be reached.
        """
        ...


class Writer(Protocol):
    """Writes a short synthesis from evidence."""

    @property
    def name(self) -> str:
        """Which writer wrote, for the record."""
        ...

    @property
    def model(self) -> str:
        """Which language model it used; empty where it needs none."""
        ...

    def write(self, brief: Brief, listener: Listener) -> Draft:
        """Sentences in reading order, each with its citations; their support states are the gate's to set.

        Raises:
            Unavailable: if the model behind it did not begin to answer.
        """
        ...

    def repair(self, brief: Brief, failed: Sequence[Sentence]) -> Mapping[int, Sentence]:
        """Better sentences for those that the gate refused, by their place in `failed`; none where it has none.

        Raises:
            Unavailable: if the model behind it did not answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a language model is asked, what changes least first."""

    system: str
    """Who it is to be and which rules hold."""
    material: str
    """Text that it is to work on, never to obey."""
    task: str


class LanguageModel(Protocol):
    """Answers prompts with text."""

    @property
    def name(self) -> str:
        """Which model, as a setting names it."""
        ...

    @property
    def room(self) -> int:
        """How many characters a prompt may safely have."""
        ...

    def reply(self, prompt: Prompt) -> Iterator[str]:
        """The answer in pieces, as they come.

        Raises:
            Unavailable: if the model could not be reached or would not answer.
            CutShort: after the last piece, if the answer is not whole.
        """
        ...
