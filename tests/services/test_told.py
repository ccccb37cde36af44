"""What an answer does not speak of is said, and not that all is covered."""

import pytest

from kb.domain import Facet, Sentence, SupportState
from kb.library import Library
from kb.services.question import parse_question
from kb.services.told import unsaid


@pytest.mark.parametrize(
    ("question", "facet"),
    [
        ("Are reasoning chains faithful across languages?", "languages"),
        ("Where does a small model store its answer?", "small model store"),
        ("multilingual chain-of-thought faithfulness", "multilingual chain-of-thought faithfulness"),
    ],
)
def test_an_answer_without_its_subject_says_so(seed_library: Library, question: str, facet: str):
    """“All that the question names is covered” would stand under sentences on something else."""
    answer = seed_library.ask(question)
    assert answer.sentences
    assert f"No sentence that answers this has “{facet}”" in answer.absence.note
    assert "All that the question names" not in answer.absence.note


@pytest.mark.parametrize("question", ["Can self-correction be trained?", "does fine-tuning damage chain of thought"])
def test_an_answer_with_its_subject_is_left_alone(seed_library: Library, question: str):
    """Each answer would be called short of something."""
    assert "No sentence that answers this" not in seed_library.ask(question).absence.note


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("Large language models follow their own chains.", False),
        ("Hints in 13 languages made chains unfaithful.", True),
    ],
)
def test_a_language_model_says_nothing_of_languages(seed_library: Library, text: str, is_said: bool):
    """Every sentence of the field would count for a question about languages."""
    question = parse_question("Are chains faithful across languages?")
    facets = [Facet(text=facet, covered=True, best_score=0.5, floor=0.3) for facet in question.facets]
    sentences = [Sentence(text=text, state=SupportState.QUOTED, theme="")]
    parts = seed_library.parts
    left = unsaid(question, facets, sentences, parts.catalog, parts.asking_embedder)
    assert ("languages" not in [facet.text for facet in left]) is is_said


def test_things_in_different_passages_are_not_told_as_one(seed_library: Library):
    """A source that speaks of LoRA here and of faithfulness there would pass for one on both together."""
    assert "but no single passage of all" in seed_library.ask("Are there papers on LoRA and faithfulness").absence.note
    joint = seed_library.ask("does self-correction work in small models").absence.note
    assert "at least one source covers “self-correction” and “small models” together" in joint
