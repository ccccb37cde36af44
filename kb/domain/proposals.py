"""What is proposed and waits for a person: dated claims, and relations between sources."""

from enum import StrEnum

from pydantic import Field

from kb.domain.sources import Claim, Record
from kb.identity import content_hash


class Proposal(Record):
    """A sentence that may be worth keeping as a dated claim."""

    claim: Claim
    note: str = Field(description="id of the note that would state it")
    source: str = Field(description="id of the source whose sentence it is")
    quote: str = Field(description="exactly the source's text between the offsets")
    char_start: int = Field(ge=0)
    char_end: int
    worth: float = Field(description="how much it looks like a finding, 0 to 1; for ranking only")
    model: str = Field("", description="which model proposed it; empty where rules did")
    proposed_at: str = Field("", description="when a model did, as the ledger writes times")
    prompt_version: str = Field("", description="of what the model was told")


class RelationKind(StrEnum):
    """How one source bears on another, as a model sees it."""

    SUPPORTS = "supports"
    EXTENDS = "extends"
    CHALLENGES = "challenges"
    REBUTS = "rebuts"

    @property
    def passive(self) -> str:
        """The same as the other source has it: "challenged by"."""
        return f"{_PARTICIPLES[self]} by"

    @property
    def opposes(self) -> bool:
        """Whether it speaks against the other source."""
        return self in (RelationKind.CHALLENGES, RelationKind.REBUTS)


_PARTICIPLES = {
    RelationKind.SUPPORTS: "supported",
    RelationKind.EXTENDS: "extended",
    RelationKind.CHALLENGES: "challenged",
    RelationKind.REBUTS: "rebutted",
}


class RelationState(StrEnum):
    """What a person made of a proposed relation."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class EvidenceQuote(Record):
    """Words of one of the two sources, as they stand in its text."""

    source: str = Field(description="id of the source")
    passage: str = Field(description="id of the passage")
    quote: str = Field(description="exactly the source's text between the offsets")
    char_start: int = Field(ge=0)
    char_end: int


class ProposedRelation(Record):
    """How one source bears on another, as a model proposed it; no answer rests on it."""

    source: str = Field(description="id of the source that supports, extends, challenges or rebuts the other")
    target: str = Field(description="id of the other")
    kind: RelationKind
    why: str = Field(description="in the model's words")
    quotes: tuple[EvidenceQuote, ...] = Field(min_length=1, description="of one source or both, found word for word")
    model: str = Field(description="which model proposed it")
    proposed_at: str = Field(description="when, as the ledger writes times")
    prompt_version: str = Field(description="of what the model was told")
    state: RelationState = RelationState.PROPOSED
    by: str = Field("", description="who accepted or rejected it")
    decided_at: str = Field("", description="when")

    @property
    def id(self) -> str:
        """Names the pair, whichever way and however the one bears on the other: a pair has one relation at most."""
        return pair_id(self.source, self.target)

    def said_from(self, source: str) -> str:
        """The relation in words as one of its two sources has it, with where it comes from."""
        how = self.kind.value if source == self.source else f"is {self.kind.passive}"
        return f"{how}: {self.why.rstrip('.')} (proposed by {self.model} on {self.proposed_at[:10]})"


def pair_id(one: str, other: str) -> str:
    """Names two sources, in any order."""
    return content_hash("relation", *sorted((one, other)))[:8]
