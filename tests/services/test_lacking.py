"""What is said of things that the library holds nearly, in a claim alone, or compared by another measure."""

import pytest

from kb.domain import AnswerStatus, Facet
from kb.language import spellings
from kb.library import Library
from kb.services.lacking import Compared, Lack, note_of
from kb.services.question import parse_question


def test_a_dated_claim_is_not_denied(seed_library: Library):
    """A library that dates a claim on quantization would be said to hold nothing on it."""
    answer = seed_library.ask("Does quantization reduce reasoning faithfulness in small models?")
    assert answer.status is AnswerStatus.PARTIAL
    (facet,) = [f for f in answer.absence.facets if not f.covered]
    assert "compressed R1 models" in facet.claim
    assert "quantization" in facet.claim
    assert facet.claim in answer.absence.note
    assert "no passage" not in answer.absence.note.casefold()
    assert any("compressed DeepSeek-R1 models" in sentence.text for sentence in answer.sentences)


def test_a_later_claim_says_nothing_as_of_a_date(seed_library: Library):
    """A claim of 2025 would speak in an answer as of 2024."""
    answer = seed_library.ask("Does quantization reduce reasoning faithfulness in small models?", as_of="2024-12")
    assert [f.claim for f in answer.absence.facets] == ["", "", ""]


def test_what_is_near_is_not_called_absent(seed_library: Library):
    """The note that answers would be cited above “no passage”, and a paper on its own subject be asked for."""
    answer = seed_library.ask("Do multilingual prompts make chain of thought less faithful?")
    assert "is near “multilingual prompts”, not quite of it" in answer.absence.note
    assert "holds no passage" not in answer.absence.note
    assert "nothing found here is quite on “multilingual prompts”" in answer.reading


def test_what_is_absent_is_not_called_near(seed_library: Library):
    """An unknown word would be softened because something is always nearest."""
    note = seed_library.ask(
        "Does watermarking the output of a reasoning model make its chain less faithful?"
    ).absence.note
    assert "holds no passage on “watermarking”" in note
    assert "not quite of it" not in note


def test_a_refusal_says_nothing_of_near_things(seed_library: Library):
    """A question from another field would be told that the library is near it."""
    answer = seed_library.ask("Can gender bias in word embeddings be removed by projection?")
    assert answer.status is AnswerStatus.INSUFFICIENT
    assert "not quite of it" not in answer.absence.note


def test_names_of_models_in_another_order_are_one(seed_library: Library):
    """“Sonnet 3.7” would be another model than “Claude 3.7 Sonnet”."""
    assert "sonnet 3.7" in spellings("claude 3.7 sonnet")
    assert spellings("chain of thought") == ("chain of thought",)
    question = parse_question("Does Claude 3.7 Sonnet verbalize hints more than DeepSeek R1?")
    assert question.compared == ("Claude 3.7 Sonnet", "DeepSeek R1")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Does Claude 3.7 Sonnet verbalize hints more than DeepSeek R1?", "does not speak of “hints”"),
        ("Does Claude 3.7 Sonnet verbalize hints more than VibeThinker-1.5B?", "head to head"),
    ],
)
def test_a_comparison_by_another_measure_is_told_from_none(seed_library: Library, question: str, said: str):
    """Above a sentence that sets both side by side would stand that nothing compares them."""
    answer = seed_library.ask(question)
    assert said in answer.absence.note
    assert ("head to head" in answer.reading) is (said == "head to head")


def test_a_comparison_by_the_measure_asked_for_is_whole(tmp_path):
    """What compares both by the very measure would be said not to speak of it."""
    root = Library.create(tmp_path / "library")
    text = "# Who is open?\n\nSonnet 3.7 verbalized 25% of the hints, and DeepSeek R1 39% of the hints that it used.\n"
    (root / "notes" / "open.md").write_text(text, encoding="utf-8")
    with Library.open(root) as library:
        answer = library.ask("Does Claude 3.7 Sonnet verbalize hints more than DeepSeek R1?")
    assert answer.absence.joint
    assert answer.absence.would_help == ()


def test_a_refusal_does_not_say_that_all_is_covered():
    """An answer would be refused, and the reason given that nothing lacks."""
    facet = Facet(text="calibration", covered=True, best_score=0.5, floor=0.3)
    lack = Lack(parse_question("Who wrote on calibration?"), (facet,), Compared.SO, (), is_refused=True)
    assert note_of(lack) == (
        "Passages here speak of “calibration”. None of them comes near enough to the question as a whole."
    )


def test_a_claim_speaks_of_what_stands_together_in_it(seed_library: Library):
    """“Reinforcement learning … at a significant rate” would be said to speak of learning rates."""
    absence = seed_library.ask("What is the best learning rate for LoRA on protein folding?").absence
    assert [facet.claim for facet in absence.facets if facet.text == "learning rate"] == [""]
