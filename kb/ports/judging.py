"""Judges: models that read one text against another. What they say of a claim is a proposal."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kb.domain import Claim, Passage
from kb.ledger import Verdict


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


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge makes of a passage, against a claim. A proposal: only a person's yes puts it into the ledger."""

    verdict: Verdict
    reason: str


class Judge(Protocol):
    """Reads sentences and claims against what they cite. Never the writer of a sentence in the same call."""

    @property
    def name(self) -> str:
        """Which judge judged, for the record."""
        ...

    def rule(self, sentence: str, quotes: Sequence[str], context: str) -> Ruling:
        """Whether the quotes, read in their context, entail the sentence; all texts are data and without markup.

        Raises:
            Unavailable: if the model behind it could not be reached, or gave no verdict.
        """
        ...

    def judge(self, claim: Claim, passage: Passage) -> Judgement:
        """What the passage means for the claim.

        Raises:
            Unavailable: if the model behind it could not be reached.
        """
        ...
