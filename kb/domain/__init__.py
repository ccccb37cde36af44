"""The records of the product: frozen, validated, and describable as JSON Schema.

Spans are half-open `[char_start, char_end)` and count Unicode code points of a source's stored text.
Dates keep their precision: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
"""

from kb.domain.answers import (
    Absence,
    Answer,
    AnswerStatus,
    Citation,
    Facet,
    Grounding,
    Inquiry,
    NearPassage,
    Reason,
    RestsOnBasis,
    Sentence,
    SourceRef,
    SupportState,
    Verification,
    VerifiedSentence,
)
from kb.domain.jobs import UNKEPT, AddReport, Follow, Job, JobState, SnapshotReport
from kb.domain.proposals import EvidenceQuote, Proposal, ProposedRelation, RelationKind, RelationState, pair_id
from kb.domain.sources import (
    Claim,
    EdgeKind,
    Link,
    Paper,
    PartialDate,
    Passage,
    PassageKind,
    Record,
    Scope,
    Source,
    SourceKind,
)

__all__ = [
    "UNKEPT",
    "Absence",
    "AddReport",
    "Answer",
    "AnswerStatus",
    "Citation",
    "Claim",
    "EdgeKind",
    "EvidenceQuote",
    "Facet",
    "Follow",
    "Grounding",
    "Inquiry",
    "Job",
    "JobState",
    "Link",
    "NearPassage",
    "Paper",
    "PartialDate",
    "Passage",
    "PassageKind",
    "Proposal",
    "ProposedRelation",
    "Reason",
    "Record",
    "RelationKind",
    "RelationState",
    "RestsOnBasis",
    "Scope",
    "Sentence",
    "SnapshotReport",
    "Source",
    "SourceKind",
    "SourceRef",
    "SupportState",
    "Verification",
    "VerifiedSentence",
    "pair_id",
]
