"""What a language model is asked to propose, and what it says; nothing of that has been checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kb.domain import RelationKind


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage as a model is shown it; its number is its place among those shown, from 1."""

    title: str
    """Of its source, in one line."""
    text: str
    """Without markup, in one line."""


@dataclass(frozen=True, slots=True)
class SaidQuote:
    """Words that a model says stand in a passage."""

    number: int
    """Of the passage; 0 where it named none."""
    text: str


@dataclass(frozen=True, slots=True)
class SaidClaim:
    """A claim as a model worded it."""

    text: str
    quote: SaidQuote
    scope: Mapping[str, str] = field(default_factory=dict)
    """Conditions by the name of their field in `Scope`."""


@dataclass(frozen=True, slots=True)
class SaidRelation:
    """How a model says that two sources hang together."""

    kind: RelationKind
    is_forward: bool
    """Whether the first source bears on the second; else the second on the first."""
    why: str
    quotes: tuple[SaidQuote, ...] = ()


class Proposer(Protocol):
    """Proposes claims and relations from passages, as a language model can."""

    @property
    def name(self) -> str:
        """Which model proposes, for the record."""
        ...

    @property
    def version(self) -> str:
        """Of what the model is told."""
        ...

    @property
    def room(self) -> int:
        """How many characters of passages fit into one call."""
        ...

    def claims(self, passages: Sequence[Shown]) -> tuple[list[SaidClaim], str]:
        """Claims that passages of one source make, and why the answer ends early, empty where it is whole.

        Raises:
            Unavailable: if the model did not begin to answer.
        """
        ...

    def relations(self, first: Sequence[Shown], second: Sequence[Shown]) -> tuple[list[SaidRelation], str]:
        """How two sources hang together, by passages of both, numbered through; none where they do not.

        Raises as `claims`, and ends as it does.
        """
        ...
