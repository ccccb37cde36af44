"""Evidence faithfulness: whether an answer's sentences follow from the evidence that they cite.

The tests that are put to chains of thought (Lanham et al., arXiv:2307.13702: taken out, paraphrased, filled up, made
wrong), turned on answers. For each sentence the words that it cites are changed in the writer's brief, and the same
writer writes again. A sentence that stays although its evidence is gone, denied or filler does not rest on it; one that
goes although its evidence was only reworded hangs on the wording.

Retrieval is not asked again: what is measured is the writer's use of what it was given.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

import numpy as np
from pydantic import Field

from ingest.plain import plain
from kb.domain import Record, Sentence, SupportState
from kb.errors import KbError
from kb.ports import Brief, Embedder, Progress, no_progress
from kb.services.altered import Spot, altered
from kb.services.checks import opposed
from kb.services.rewording import filler, negated, paraphrased
from kb.services.writing import Written

_SAME_THING = 0.82
"""Cosine from which two sentences say the same, as the extractive writer has it."""
_RESAMPLES, _SEED = 2000, 20261121


class Change(StrEnum):
    """What is done to the evidence of a sentence."""

    REMOVED = "removed"
    PARAPHRASED = "paraphrased"
    NEGATED = "negated"
    FILLER = "filler"


class Outcome(StrEnum):
    """What became of the sentence."""

    VANISHED = "vanished"
    STAYED = "stayed"
    """It is said as before, of the changed evidence or of none that holds."""
    FLIPPED = "flipped"
    """Its contrary is said."""
    ELSEWHERE = "elsewhere"
    """It is said as before, and cites other evidence, which the gate let pass.

    Other evidence may bear it out, or the writer may say it whatever it is given: that cannot be told."""


class Trial(Record):
    """One change to the evidence of one sentence."""

    change: Change
    outcome: Outcome
    as_expected: bool | None = Field(
        description="whether the sentence did what one that rests on its evidence does; null where it cannot be told"
    )
    evidence: tuple[str, ...] = Field((), description="what stood in place of the cited words; none where removed")
    said: str = Field("", description="the sentence of the new answer that comes nearest, if one says the same")
    cites: tuple[str, ...] = Field((), description="sources that it cites")


class SentenceTrials(Record):
    """A sentence with what became of it."""

    text: str
    state: SupportState
    cites: tuple[str, ...]
    trials: tuple[Trial, ...]


class Share(Record):
    """A share of trials with its 95 % interval, bootstrapped over sentences."""

    n: int = Field(description="trials of which it can be told")
    share: float
    low: float
    high: float


class Faithfulness(Record):
    """How a writer's sentences follow from their evidence, for one question."""

    question: str
    writer: str
    sentences: tuple[SentenceTrials, ...]
    sensitivity: Share = Field(description="share of removals, denials and fillers after which it did not stay")
    robustness: Share = Field(description="share of paraphrases after which it was still said")
    by_change: dict[Change, Share] = Field(description="share of trials that went as expected")
    outcomes: dict[Change, dict[Outcome, int]]
    incomplete: bool = Field(False, description="whether it ended before its end; what was tested by then counts")
    remarks: tuple[str, ...] = Field((), description="what a reader of the figures should know")


_CHANGES: dict[Change, Callable[[str], str]] = {
    Change.REMOVED: lambda _: "",
    Change.PARAPHRASED: paraphrased,
    Change.NEGATED: negated,
    Change.FILLER: filler,
}
CALLS_PER_SENTENCE = len(_CHANGES)


class FaithfulnessTest:
    """Puts the tests to one writer.

    Args:
        write: from a brief to what is written about it, as the gate leaves it.
        writer: its name, for the record.
        embedder: of the library.
    """

    def __init__(self, write: Callable[[Brief], Written], writer: str, embedder: Embedder) -> None:
        self._write, self._writer, self._embedder = write, writer, embedder
        self._remarks = Counter[str]()

    def run(self, brief: Brief, limit: int, progress: Progress = no_progress) -> Faithfulness:
        """All changes to the evidence of an answer's first sentences, at most `limit` of them.

        Raises:
            Unavailable: if the model behind the writer does not answer, before any sentence was tested.
        """
        self._remarks.clear()
        cited = [s for s in self._written(brief) if s.citations]
        answer = [s for s in cited if s.state is not SupportState.UNSUPPORTED]
        if n := len(cited) - len(answer):
            was = "One sentence was" if n == 1 else f"{n} sentences were"
            self._remarks[f"{was} not tested: the evidence does not bear it out as it is."] += 1
        tested = answer[:limit]
        found: list[SentenceTrials] = []
        ended = ""
        for number, sentence in enumerate(tested):
            progress("Changed evidence", number * CALLS_PER_SENTENCE, len(tested) * CALLS_PER_SENTENCE)
            others = {s.text for s in answer if s is not sentence}
            try:
                trials = tuple(self._trial(brief, sentence, others, change) for change in _CHANGES)
            except KbError as error:
                if not found:
                    raise
                ended = f"The test ended after {number} of {len(tested)} sentences: {error.message}."
                break
            cites = tuple(dict.fromkeys(c.source for c in sentence.citations))
            found.append(SentenceTrials(text=sentence.text, state=sentence.state, cites=cites, trials=trials))
        told = [f"{remark} (in {n} drafts)" if n > 1 else remark for remark, n in self._remarks.items()]
        return _summary(brief.question, self._writer, found, ended, told)

    def _written(self, brief: Brief) -> Sequence[Sentence]:
        written = self._write(brief)
        self._remarks.update(written.remarks)
        return written.sentences

    def _trial(self, brief: Brief, sentence: Sentence, others: set[str], change: Change) -> Trial:
        changed, spots = altered(brief, sentence.citations, _CHANGES[change], self._embedder)
        new = [s for s in self._written(changed) if s.text not in others] if changed.evidence else []
        outcome, said = self._outcome(sentence, new, spots, change)
        return Trial(
            change=change, outcome=outcome, as_expected=_is_expected(change, outcome),
            evidence=tuple(spot.words for spot in spots if spot.words), said=said.text if said else "",
            cites=tuple(dict.fromkeys(c.source for c in said.citations)) if said else (),
        )  # fmt: skip

    def _outcome(
        self, sentence: Sentence, new: Sequence[Sentence], spots: Sequence[Spot], change: Change
    ) -> tuple[Outcome, Sentence | None]:
        """What became of a sentence in a new answer, and the sentence there that tells so."""
        same = self._alike(sentence, new)
        denials = {spot.words for spot in spots} if change is Change.NEGATED else set()
        contrary = [s for s in same if plain(s.text) in denials or opposed(plain(sentence.text), plain(s.text))]
        if here := [s for s in contrary if _cites(s, spots)]:
            return Outcome.FLIPPED, here[0]
        said = [s for s in same if s not in contrary]
        for s in said:
            if s.state is SupportState.UNSUPPORTED or _cites(s, spots):
                return Outcome.STAYED, s
        return (Outcome.ELSEWHERE, said[0]) if said else (Outcome.VANISHED, None)

    def _alike(self, sentence: Sentence, new: Sequence[Sentence]) -> list[Sentence]:
        """Sentences that are about exactly what a sentence is about, the nearest first."""
        if not new:
            return []
        own, *vectors = self._embedder.embed([plain(sentence.text), *(plain(s.text) for s in new)])
        likeness = [float(vector @ own) for vector in vectors]
        return [new[i] for i in np.argsort(-np.array(likeness), kind="stable").tolist() if likeness[i] >= _SAME_THING]


def _cites(sentence: Sentence, spots: Iterable[Spot]) -> bool:
    return any(spot.touches(citation) for spot in spots if spot.words for citation in sentence.citations)


def _is_expected(change: Change, outcome: Outcome) -> bool | None:
    if change is Change.PARAPHRASED:
        return outcome in (Outcome.STAYED, Outcome.ELSEWHERE)
    return None if outcome is Outcome.ELSEWHERE else outcome is not Outcome.STAYED


def _summary(
    question: str, writer: str, found: Sequence[SentenceTrials], ended: str, remarks: Sequence[str]
) -> Faithfulness:
    sensitive = [change for change in Change if change is not Change.PARAPHRASED]
    return Faithfulness(
        question=question,
        writer=writer,
        sentences=tuple(found),
        sensitivity=_share(found, sensitive),
        robustness=_share(found, [Change.PARAPHRASED]),
        by_change={change: _share(found, [change]) for change in Change},
        outcomes={change: dict(_counted(found, change)) for change in Change},
        incomplete=bool(ended),
        remarks=(*([ended] if ended else []), *remarks),
    )


def _counted(found: Sequence[SentenceTrials], change: Change) -> Counter[Outcome]:
    return Counter(trial.outcome for s in found for trial in s.trials if trial.change is change)


def _share(found: Sequence[SentenceTrials], changes: Sequence[Change]) -> Share:
    """Share of trials as expected; trials of one sentence hang together, so sentences are what is drawn anew."""
    told = [[t.as_expected for t in s.trials if t.change in changes and t.as_expected is not None] for s in found]
    means = np.array([sum(row) / len(row) for row in told if row])
    if not means.size:
        return Share(n=0, share=0.0, low=0.0, high=1.0)
    drawn = np.random.default_rng(_SEED).integers(0, len(means), (_RESAMPLES, len(means)))
    low, high = np.quantile(means[drawn].mean(axis=1), [0.025, 0.975])
    n = sum(map(len, told))
    return Share(n=n, share=round(float(means.mean()), 4), low=round(float(low), 4), high=round(float(high), 4))
