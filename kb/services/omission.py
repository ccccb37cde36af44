"""What each facet does for a question, found by asking without it.

A facet may be covered in words that it does not share: “a smart teacher” by a note on strong ones. Then what the
library says is nearer to the whole question than to the question without this facet. Where the library lacks a thing
(“on radiology reports”), the question comes nearer once it is left out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kb.language import content_terms, spelled_out
from kb.ports import Embedder, Matrix, Vector
from kb.services.question import Question

_LEAST_GAIN, _GAIN_IF_UNHEARD = -0.02, 0.04
"""Gain from which a facet counts as said in other words, and how much more it takes if the library has none of its
words. Chosen on labelled questions, where fewer answers are called partial from -0.04 and 0.02 on, and more that
should be."""
_CARRYING = 1 / 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A question beside what may answer it."""

    vector: Vector
    """Of the question, shape (dimension,)."""
    sentences: Matrix
    """Vectors of the sentences that may answer it, shape (n, dimension)."""

    def likeness(self) -> float:
        """Cosine of the question and the sentence most like it; 0 where there is none."""
        return self.nearest(self.vector)

    def nearest(self, vector: Vector) -> float:
        """Cosine of another vector and the sentence most like it; 0 where there is none."""
        return float(np.vecdot(self.sentences, vector).max(initial=0.0))


@dataclass(frozen=True, slots=True)
class Omission:
    """A question without one of its facets."""

    shift: float
    """How far its vector moves: 1 minus the cosine of both."""
    gain: float
    """How much nearer the nearest sentence is with the facet than without it, as a difference of cosines."""

    def is_said(self, missing_share: float) -> bool:
        """Whether the sentences say the facet, in whatever words.

        Args:
            missing_share: share of the facet's weight in terms that occur nowhere in the library.
        """
        return self.gain >= _LEAST_GAIN + _GAIN_IF_UNHEARD * missing_share


def omissions(question: Question, asked: Asked, embedder: Embedder) -> list[Omission]:
    """The question without each of its facets in turn; without its only one nothing is left that could be asked."""
    rests = [_without(question.core, facet) for facet in question.facets]
    vectors = embedder.embed(
        [spelled_out(rest).rstrip("?!. ") or facet for rest, facet in zip(rests, question.facets, strict=True)]
    )
    nearest = asked.likeness()
    return [
        Omission(1 - float(vector @ asked.vector), nearest - asked.nearest(vector))
        if content_terms(rest)
        else Omission(1.0, -1.0)
        for rest, vector in zip(rests, vectors, strict=True)
    ]


def carrying(found: Sequence[Omission]) -> list[bool]:
    """Which facets carry the question: it moves by at least a fifth of what the weightiest moves it."""
    most = max((omission.shift for omission in found), default=0.0)
    return [omission.shift >= _CARRYING * most for omission in found]


def _without(text: str, facet: str) -> str:
    """The text without a facet, whose words may have marks between them there."""
    words = r"\W{1,8}".join(map(re.escape, facet.split()))
    return " ".join(re.sub(rf"(?<!\w){words}(?!\w)", " ", text).split())
