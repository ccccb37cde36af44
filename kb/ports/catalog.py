"""The catalog: a library's single file of truth beside its notes, and the ledger in it."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from kb.domain import Claim, EdgeKind, Follow, Inquiry, Job, Paper, Passage, Source, SourceKind
from kb.ledger import LedgerEvent
from kb.ports.vectors import Matrix, Vector, VectorSource


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
    under: str = ""
    """Else the heading that the link is listed under."""


@dataclass(frozen=True, slots=True)
class HeadingLink:
    """A link to a part of a source, as its author wrote it."""

    source: str
    found: str
    """Id of the source that it leads to."""
    target: str
    """As written; empty for a part of the same note."""
    heading: str
    """As written; `^` and a name where it is a block."""
    line: int


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


@dataclass(frozen=True, slots=True)
class Dated:
    """A source and its date."""

    source_id: str
    kind: SourceKind
    date: str
    """Of a paper that of its version; empty where it is not known."""
    newest: str = ""
    """The version that has superseded this one; empty where none has."""
    is_latest: bool = False
    """Whether the date is not the version's own, which is not known, but the latest that it can be."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """Which evidence of a library was there by a date."""

    until: str
    later: frozenset[int]
    """Keys of the passages of which nothing was."""
    sources: frozenset[str]
    """Ids of the sources of which nothing was."""
    versions: frozenset[str]
    """Ids of superseded versions of papers that were the newest held then: they are asked in place of later ones."""
    spans: Mapping[int, tuple[tuple[int, int], ...]]
    """Sentences that were, of passages in which others were not."""
    left_out: str
    """The same in words."""


class Catalog(VectorSource, Protocol):
    """The library's single file of truth beside its notes."""

    def reading(self) -> AbstractContextManager[None]:
        """One state of the library for all that is read inside, whatever others write meanwhile; may be nested."""
        ...

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

    def borne_ids(self) -> list[tuple[str, str]]:
        """Documents whose file bears an arXiv id, as (id of the document, arXiv id), in order."""
        ...

    def saying(self, words: str) -> list[str]:
        """Ids of the sources with a passage or title that has these words in this order, in order of id."""
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

    def dates(self) -> list[Dated]:
        """Every source with its date, superseded versions too, in order of id."""
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

    def generated(self, ids: Iterable[str]) -> set[str]:
        """Those of some notes that are drafts, which nobody has accepted yet."""
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

    def heading_links(self) -> list[HeadingLink]:
        """Links to a heading or block of a source, by source and place; those whose source is missing are left out."""
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
