"""What is to be added, what became of it, and searches that are followed."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from kb.domain.sources import (
    PartialDate,
    Record,
)
from kb.identity import content_hash


class JobState(StrEnum):
    """Where an ingest item stands."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


_SAID_AT_MOST = 30

UNKEPT = "path"
"""Kind of a job that is reported and not kept: what was named is not there, and will not be by waiting."""


class Flaw(Record):
    """A field of a note's front matter that cannot be used; the note is read without it."""

    line: int = Field(description="in the file, from 1")
    what: str
    cure: str


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
    flaws: tuple[Flaw, ...] = Field((), description="what of a note could not be used")

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
    flawed: tuple[Job, ...] = Field((), description="notes that were read without fields that cannot be used")
    pending: int = Field(0, description="papers and documents that are still to be done")
    undone: int = Field(0, description="those among them that this run was to do")
    n_embedded: int = Field(0, description="texts embedded anew")

    @property
    def changed(self) -> bool:
        """Whether the library is now another than before."""
        return bool(self.added or self.updated or self.removed)

    @property
    def flaws_in_words(self) -> list[str]:
        """A line for each field that cannot be used, up to a number that can be read."""
        lines = [
            f"{job.target} line {flaw.line}: {flaw.what}. {flaw.cure}" for job in self.flawed for flaw in job.flaws
        ]
        more = len(lines) - _SAID_AT_MOST
        return lines if more <= 0 else [*lines[:_SAID_AT_MOST], f"{more} more such fields: see `kb doctor`"]


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
