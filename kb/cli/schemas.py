"""What each command prints with --json, as types; `kb schema` makes JSON Schema of them.

Most commands print records as they are. Where one prints a part of a record, or more than it, the shape is declared
here.
"""

from typing import Any

from pydantic import Field, TypeAdapter, computed_field, create_model

from graph.records import ClusterView, Neighbourhood, Path, Suggestion
from kb.domain import (
    AddReport,
    Answer,
    Follow,
    Inquiry,
    Paper,
    Passage,
    Proposal,
    ProposedRelation,
    Record,
    SnapshotReport,
    Source,
    Verification,
)
from kb.exchange import Reply, ResearchPrompt
from kb.ledger import ClaimStatus, LedgerEvent
from kb.services.claims import ClaimDetail
from kb.services.draft_note import NoteDraft
from kb.services.faithfulness import Faithfulness
from kb.services.retest import Retest
from kb.services.scale import ScaleRow
from kb.services.stale import StaleClaim


def _part(name: str, record: type[Record], fields: str, **more: Any) -> type[Record]:
    """A record of some of another's fields, all of which are printed, and of others."""
    own = {field: (record.model_fields[field].annotation, record.model_fields[field]) for field in fields.split()}
    made: type[Record] = create_model(name, __base__=Record, **own, **more)  # type: ignore[call-overload]
    return made


class PrintedPassage(Passage):
    """A passage with its id."""

    @computed_field(description="of its source and its words")  # type: ignore[prop-decorator]
    @property
    def id(self) -> str:
        """As the passage has it."""
        return super().id


class PrintedFollow(Follow):
    """A followed search with its id."""

    @computed_field(description="of what is searched for")  # type: ignore[prop-decorator]
    @property
    def id(self) -> str:
        """As the search has it."""
        return super().id


class PrintedRelation(ProposedRelation):
    """A proposed relation with the id of its pair."""

    @computed_field(description="of the pair of sources")  # type: ignore[prop-decorator]
    @property
    def id(self) -> str:
        """As the relation has it."""
        return super().id


class Relations(Record):
    """What a model proposes of pairs of sources, and what came of asking it."""

    relations: tuple[PrintedRelation, ...]
    n_asked: int = Field(description="times that the model was asked now")
    n_kept: int = Field(description="proposals that hold")
    dropped: dict[str, int] = Field(description="how many did not hold, by why")


class NoteWhole(Source):
    """A note with its passages."""

    rests_on: tuple[Paper, ...] = Field(description="what is known of the papers that it cites")
    passages: tuple[PrintedPassage, ...]


class CitingClaim(Record):
    """A claim that rests on a source."""

    note: str
    text: str


class CitedBy(Record):
    """What cites a source."""

    notes: tuple[str, ...] = Field(description="ids")
    claims: tuple[CitingClaim, ...]
    inquiries: tuple[str, ...] = Field(description="ids")


class SourceWhole(Source):
    """A source with its passages and what cites it."""

    version_date: str | None = Field(description="when this version of a paper was submitted; null where not known")
    withdrawn: bool
    superseded_by: str | None = Field(description="id of the newer version that took its place")
    cited_by: CitedBy
    passages: tuple[PrintedPassage, ...]


class Removed(Record):
    """A source that was removed."""

    removed: str = Field(description="its id")
    cited_by: CitedBy = Field(description="what still names it")


class PrintedClaim(ClaimStatus):
    """A claim with its evidence that was withdrawn."""

    withdrawn: tuple[str, ...] = Field(description="as the claim cites it")


class PrintedProposal(Proposal):
    """A proposal with the id that its claim would have."""

    id: str


class SavedDraft(NoteDraft):
    """A drafted note and where it is."""

    id: str = Field(description="empty where it was not written into the library")


class DraftedUpdate(NoteDraft):
    """What would be added to a note."""

    diff: str
    accepted: bool = Field(description="whether it was written")


class AcceptedNote(Record):
    """A draft that is a note now."""

    id: str
    findings: tuple[str, ...] = Field(description="what `kb note check` has to report of it")


class Finding(Record):
    """One thing to mend in a note."""

    note: str
    line: int = Field(description="in the note's file, from 1; 0 where it concerns the whole")
    rule: str
    what: str
    file: str = Field(description="the note's file, under the notes folder")


class Trouble(Record):
    """Something that is wrong with the library."""

    what: str
    cure: str
    file: str = Field(description="to be mended, under the notes folder; empty where it is not one file")
    line: int = Field(description="in that file, from 1; 0 where it concerns the whole")


class Update(Record):
    """What followed searches brought."""

    new: tuple[str, ...] = Field(description="papers that they found")
    newer: tuple[str, ...] = Field(description="newer versions of papers that the library has")
    withdrawn: tuple[str, ...] = Field(description="papers that were withdrawn since this was last asked")
    asked: int = Field(description="papers whose state was asked for")
    report: AddReport


class Imported(Record):
    """What a ledger file brought."""

    new: int = Field(description="events that were not known")


class AnswerScore(Record):
    """One labelled question."""

    question: str
    answerable: bool
    status: str
    recall: float | None = Field(None, description="share of the expected notes among the sources")
    missed: tuple[str, ...] | None = None
    n_sources: int | None = None


class AnswerScores(Record):
    """How answers did on labelled questions."""

    questions: int
    unanswerable: int
    source_recall: float | None
    first_right: float | None
    needless_partial: float | None
    sources_per_answer: float | None
    refusal_precision: float | None
    refusal_recall: float | None
    rows: tuple[AnswerScore, ...]


NoteRow = _part("NoteRow", Source, "id title claim summary date topics generated")
SourceRow = _part(
    "SourceRow", Source, "id kind title date authors topics origin reading remark",
    superseded_by=(str | None, ...), withdrawn=(bool, ...),
)  # fmt: skip
InquiryRow = _part("InquiryRow", Inquiry, "id asked_at", question=(str, ...))
PaperFound = _part("PaperFound", Paper, " ".join(Paper.model_fields), abstract=(str, ...))
PromptRow = _part("PromptRow", ResearchPrompt, "id question subject until version")
ReplyRow = _part("ReplyRow", Reply, "id prompt_id model received_at", n_staged=(int, ...))

PRINTED: dict[str, Any] = {
    "add": AddReport,
    "arxiv following": list[PrintedFollow],
    "arxiv search": list[PaperFound],  # type: ignore[valid-type]
    "arxiv snapshot": SnapshotReport,
    "arxiv update": Update,
    "ask": Answer,
    "claims export": LedgerEvent,
    "claims extract": list[PrintedProposal],
    "claims import": Imported,
    "claims list": list[PrintedClaim],
    "claims record": ClaimStatus,
    "claims scale": list[ScaleRow],
    "claims show": ClaimDetail,
    "claims stale": list[StaleClaim],
    "doctor": list[Trouble],
    "eval answers": AnswerScores,
    "eval retrieval": list[dict[str, str | float]],
    "faithfulness": Faithfulness,
    "graph clusters": list[ClusterView],
    "graph path": Path,
    "graph relate": Relations,
    "graph show": Neighbourhood,
    "graph suggest": list[Suggestion],
    "import": Reply,
    "import --list": list[ReplyRow],  # type: ignore[valid-type]
    "inquiry list": list[InquiryRow],  # type: ignore[valid-type]
    "inquiry show": Inquiry,
    "note accept": AcceptedNote,
    "note check": list[Finding],
    "note draft": SavedDraft,
    "note draft --update": DraftedUpdate,
    "note list": list[NoteRow],  # type: ignore[valid-type]
    "note show": NoteWhole,
    "prompt": ResearchPrompt,
    "prompt --list": list[PromptRow],  # type: ignore[valid-type]
    "retest": list[Retest],
    "retest --accept": ClaimStatus,
    "source list": list[SourceRow],  # type: ignore[valid-type]
    "source remove": list[Removed],
    "source show": SourceWhole,
    "stats": dict[str, int | str],
    "verify": Verification,
}
"""By command; `claims export` prints one on each line."""


def schemas() -> dict[str, Any]:
    """`commands` has a JSON Schema for what each command prints, which refer to records in `$defs`."""
    adapters = [(command, "serialization", TypeAdapter(kind)) for command, kind in PRINTED.items()]
    found, shared = TypeAdapter.json_schemas(adapters)  # type: ignore[arg-type]
    return {"commands": {command: schema for (command, _), schema in found.items()}, **shared}
