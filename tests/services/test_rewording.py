"""Rules that reword and deny: the same sentence always becomes the same, and the checks see what was done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.services.checks import compare
from kb.services.checks.evidence import CitedText
from kb.services.rewording import filler, negated, paraphrased
from kb.wording import numbers


@pytest.mark.parametrize(
    ("text", "contrary"),
    [
        ("Accuracy is high on GSM8K.", "Accuracy is not high on GSM8K."),
        ("Accuracy is not high on GSM8K.", "Accuracy is high on GSM8K."),
        ("Small models can follow the steps.", "Small models cannot follow the steps."),
        ("Small models cannot follow the steps.", "Small models can follow the steps."),
        ("They do not follow the steps.", "They do follow the steps."),
        ("Fine-tuning lowers faithfulness.", "Fine-tuning does not lower faithfulness."),
        ("Models trained on it do worse.", "It is not the case that models trained on it do worse."),
        ("GPT-4 decoded most ciphers.", "It is not the case that GPT-4 decoded most ciphers."),
    ],
)
def test_a_denial_is_the_contrary(text: str, contrary: str):
    """Evidence would be said to be denied that says the same as before."""
    assert negated(text) == contrary


@pytest.mark.parametrize(
    ("text", "reworded"),
    [
        ("On GSM8K, fine-tuning lowers accuracy.", "Fine-tuning reduces accuracy, on GSM8K."),
        ("Where it succeeds, it shows gains.", "Where it succeeds, it demonstrates gains."),
        ("Small models imitate.", "As the source puts it, small models imitate."),
        ("GPT-4 imitates.", "As the source puts it, GPT-4 imitates."),
    ],
)
def test_a_paraphrase_says_the_same(text: str, reworded: str):
    """Robustness would be measured with sentences that say something else."""
    assert paraphrased(text) == reworded


def test_paraphrases_of_real_sentences_keep_figures_and_denials(seed_library):
    """A figure or denial would be lost on the way, and the writer blamed for it."""
    texts = [claim.text for note in seed_library.notes() for claim in note.claims]
    assert len(texts) > 100
    for text in texts:
        assert paraphrased(text) != text
        assert sorted(n.key for n in numbers(paraphrased(text))) == sorted(n.key for n in numbers(text)), text
        found = compare(text, CitedText([paraphrased(text)], paraphrased(text), None))
        assert not [r for r in found if r.kind == "negation" and not r.warning], (text, found)


@given(st.text(max_size=300))
def test_any_text_can_be_reworded(text: str):
    """Odd evidence would end the test of an answer in a traceback, or be handed to the writer unchanged."""
    assert negated(text) != text
    assert paraphrased(text) != text
    assert filler(text) not in text
