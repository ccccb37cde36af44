"""What is led in as going against a sentence, and what is only of a source that disagrees."""

import pytest

from kb.library import Library
from kb.providers.against import goes_against
from kb.services.secondhand import bare
from kb.wording import AGAINST, IN_TENSION


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fine-tuning lowers the faithfulness of chains.", "Fine-tuning raises the faithfulness of chains."),
        ("Longer chains do not improve accuracy on maths.", "Longer chains improve accuracy on maths."),
        ("Faithfulness falls after tuning on GSM8K.", "Outcome RL raises faithfulness at first."),
    ],
)
def test_opposite_findings_about_the_same_go_against_each_other(one: str, other: str):
    """A dispute would read as two findings that have nothing to do with each other."""
    assert goes_against(one, [other])
    assert goes_against(other, ["Something else was told before.", one])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Instruction adherence bears on why smaller models reason less faithfully than larger models.",
            "VibeThinker-1.5B scores 80.3 on AIME24.",
        ),
        (
            "The finding that bigger models reason less faithfully is where the disagreement is sharpest.",
            "Greater size goes with chains that are less faithful.",
        ),
        ("Fine-tuning lowers faithfulness on maths.", "Quantization raises the speed of small models."),
        ("Anything.", ""),
    ],
)
def test_what_agrees_or_speaks_of_something_else_does_not(one: str, other: str):
    """A sentence that says the same would be called its opposite, because two notes are in tension."""
    assert not goes_against(one, [other])


def test_what_only_the_sources_dispute_has_a_weaker_lead_in(seed_library: Library):
    """Sentences that agree stood side by side with “Against this” between them."""
    answer = seed_library.ask("Are thinking models better or worse calibrated than instruct models?")
    leads = {sentence.lead_in for sentence in answer.sentences if sentence.lead_in}
    assert leads
    assert leads <= {AGAINST, IN_TENSION}


@pytest.mark.parametrize("lead_in", [AGAINST, IN_TENSION])
def test_no_lead_in_hides_whose_words_a_draft_repeats(lead_in: str):
    """A draft would be cited for a sentence that it has from a note."""
    assert bare(f"{lead_in} Chains lengthen (arXiv:2502.07266, 2025-02).") == "Chains lengthen"
