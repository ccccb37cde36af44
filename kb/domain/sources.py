"""Sources, their passages, claims and links, and what is known of papers."""

from enum import StrEnum
from typing import Annotated

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


class EdgeKind(StrEnum):
    """How two nodes of the concept graph hang together.

    People write the first three, models propose the last, the others are derived.
    """

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
    PROPOSED = "proposed"
    """A model proposes that a source supports, extends, challenges or rebuts another; nothing walks over it."""


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

    target: str = Field(description="slug, title or alias, before resolution; empty for a heading of the same note")
    kind: EdgeKind = Field(description="link, parent or tension")
    line: int = Field(0, ge=0, description="line in the file, from 1; 0 where unknown")
    why: str = Field("", description="the sentence that holds the link; empty where it has no words but the link's")
    under: str = Field("", description="where no sentence holds the link: the heading that it is listed under")
    otherwise: str = Field("", description="what it may name where nothing bears the target: the words shown")
    heading: str = Field("", description="of the target that it leads to, or `^` and a block's name; as written")


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
    version_date: PartialDate | None = Field(None, description="when this version of a paper was submitted, if known")
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
