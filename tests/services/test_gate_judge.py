"""A judge raises what passed every check, lowers what its evidence contradicts, and saves nothing that failed."""

from collections.abc import Sequence

import pytest

from kb.domain import (
    Citation,
    Grounding,
    Passage,
    Sentence,
    Source,
    SourceKind,
    SupportState,
)
from kb.errors import Unavailable
from kb.ports import Entailment, Ruling
from kb.services.gate import check
from kb.services.grounds import with_grounds

TEXT = "On GSM8K, tuning may lower the faithfulness of small models by 12%."
PASSAGE = Passage(source_id="note:a", ordinal=0, char_start=0, char_end=len(TEXT), text=TEXT)
RESTATED = "Tuning may lower the faithfulness of small models on GSM8K by 12%."


class Judge:
    """Gives one ruling, or fails, and keeps what it was asked."""

    name = "scripted"

    def __init__(self, ruling: Entailment | None) -> None:
        self.ruling, self.asked = ruling, list[tuple[str, tuple[str, ...]]]()

    def rule(self, sentence: str, quotes: Sequence[str], context: str) -> Ruling:
        assert TEXT in context
        self.asked.append((sentence, tuple(quotes)))
        if self.ruling is None:
            raise Unavailable("the model does not answer")
        return Ruling(self.ruling, "because")


def written(text: str) -> Sentence:
    citation = Citation(source="note:a", passage=PASSAGE.id, quote=TEXT, char_start=0, char_end=len(TEXT))
    return Sentence(text=text, state=SupportState.UNSUPPORTED, theme="", citations=(citation,))


@pytest.mark.parametrize(
    ("ruling", "state", "kinds"),
    [
        (Entailment.ENTAILS, SupportState.SUPPORTED, []),
        (Entailment.CONTRADICTS, SupportState.UNSUPPORTED, [("judge", False)]),
        (Entailment.NEITHER, SupportState.CONSISTENT, [("judge", True)]),
        (None, SupportState.CONSISTENT, [("unjudged", True)]),
    ],
)
def test_a_ruling_decides_over_a_consistent_sentence(
    ruling: Entailment | None, state: SupportState, kinds: list[tuple[str, bool]]
) -> None:
    """Support would be claimed without a judge's word, or an answer lost with the judge's server."""
    judge = Judge(ruling)
    (checked,) = check([written(RESTATED)], {PASSAGE.id: PASSAGE}, judge=judge)
    assert checked.state is state
    assert [(r.kind, r.warning) for r in checked.reasons] == kinds
    assert judge.asked == [(RESTATED, (TEXT,))]


@pytest.mark.parametrize("text", [RESTATED.replace("12", "21"), RESTATED.replace("lower", "raise"), TEXT])
def test_a_judge_is_not_asked_about_what_failed_or_is_verbatim(text: str) -> None:
    """A model's word would outweigh a wrong number."""
    judge = Judge(Entailment.ENTAILS)
    (checked,) = check([written(text)], {PASSAGE.id: PASSAGE}, judge=judge)
    assert checked.state is (SupportState.QUOTED if text == TEXT else SupportState.UNSUPPORTED)
    assert judge.asked == []


def source(kind: SourceKind, generated: bool, references: tuple[str, ...]) -> Source:
    return Source(id="note:a", kind=kind, title="t", text=TEXT, generated=generated, references=references)


@pytest.mark.parametrize(
    ("kind", "generated", "references", "expected"),
    [
        (SourceKind.NOTE, False, ("arXiv:2411.15382",), Grounding.PAPERS_NAMED),
        (SourceKind.NOTE, False, (), Grounding.NOTE),
        (SourceKind.PAPER, False, (), Grounding.OWN_TEXT),
        (SourceKind.NOTE, True, ("arXiv:2411.15382",), Grounding.GENERATED),
    ],
)
def test_where_the_evidence_ends_is_said(
    kind: SourceKind, generated: bool, references: tuple[str, ...], expected: Grounding
) -> None:
    """Text that a model wrote would count as evidence like a paper."""
    (checked,) = check([written(RESTATED)], {PASSAGE.id: PASSAGE}, judge=Judge(Entailment.ENTAILS))
    told = with_grounds(checked, {"note:a": source(kind, generated, references)}, {PASSAGE.id: PASSAGE})
    assert told.grounding is expected
    assert told.state is (SupportState.CONSISTENT if generated else SupportState.SUPPORTED)
    assert [r.kind for r in told.reasons] == (["generated"] if generated else [])
