"""What a sentence leaves out of the one that it restates: an error in a copy, a warning in a free rendering."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.domain import Reason
from kb.services.checks import CitedText, compare


def found(text: str, evidence: str) -> tuple[Reason, ...]:
    return compare(text, CitedText([evidence], evidence, None))


def errors(text: str, evidence: str) -> list[str]:
    return [r.kind for r in found(text, evidence) if not r.warning]


@pytest.mark.parametrize(
    ("text", "evidence", "lost"),
    [
        ("The probe stayed well above chance.", "The probe stayed well above chance on true labels.", "on true labels"),
        ("Evasion could be learned.", "Evasion could be learned, but only with great help.", "only with great help"),
        ("Monitoring is accurate.", "Without pressure to hide, monitoring is accurate.", "Without pressure to hide"),
        ("The students fail to profit.", "The students fail to profit when chains are handed over.", "when chains are"),
        ("Models pick up backtracking.", "Capable models pick up backtracking, weaker ones copy.", "Capable models"),
        ("The agents answered well.", "Asked for a program, the agents answered well.", "Asked for a program"),
        ("The engine was the best of all.", "The engine was the best of all of its day.", "of its day"),
        ("Models gain from false rewards.", "Models like Kappa 2.5 gain from false rewards.", "like Kappa 2.5"),
        ("Tokens help.", "Tokens help in three families of open models.", "in three families of open models"),
    ],
)
def test_a_copy_that_leaves_out_a_limit_drops_a_scope(text: str, evidence: str, lost: str) -> None:
    """A sentence that says of everything what the passage says of one case would pass as consistent."""
    reasons = [r for r in found(text, evidence) if r.kind == "scope" and not r.warning]
    assert any(lost in r.text for r in reasons), found(text, evidence)


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("Traces guide search within a budget.", "Traces guide search within a budget, where an error costs little."),
        ("The gain depends on size.", "The gain depends in part on size, in the same study of chess."),
        ("The model reached 37% on sentiment.", "The model reached 37% on sentiment and 39% on topics."),
        ("The evidence is one model on GSM8K.", "The evidence is one model on one data set, GSM8K."),
        ("Tokens stayed below chains.", "Measured on many sets, tokens stayed below chains."),
        ("The trained monitor reached 75%.", "As overseers models struggle, but the trained monitor reached 75%."),
        ("Rates ranged from 39% to 89%.", "Rates ranged from 39% for Seed-1 to 89% for Deep-2."),
        ("It weakens if teachers failed alike.", "It weakens if students kept pace, or if teachers failed alike."),
    ],
)
def test_what_limits_nothing_may_be_left_out(text: str, evidence: str) -> None:
    """Correct short sentences would be refused for leaving out an aside, a report's place or the other half."""
    assert "scope" not in errors(text, evidence)


def test_words_of_its_own_may_say_the_limit_so_the_reader_is_shown_it() -> None:
    """A free rendering would be refused for a scope that it says in another way, or pass with no hint at what it drops."""
    evidence = "With the budget of updates fixed, many epochs over few samples beat one epoch by 12 points for Kappa."
    text = "For Kappa it clearly pays to spend many epochs on few samples, which beats one epoch by 12 points."
    reasons = found(text, evidence)
    assert all(r.warning for r in reasons if r.kind == "scope")
    assert any("With the budget of updates fixed" in r.text for r in reasons)


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("The reward drives the answer.", "No abstract tests whether the reward drives the answer."),
        ("The fall belongs to models.", "Critics disagree about whether the fall belongs to models or to the measure."),
        ("The recipe keeps its gain on tests.", "If the recipe keeps its gain on tests, the claim stands."),
        ("Models of all sizes took equal steps.", "Models of all sizes took equal steps would overturn this."),
        ("Chains hurt below 10B.", "As told by a lesson, chains hurt below 10B."),
        ("Small models decorate.", "A common intuition holds that small models decorate."),
        ("Training makes reasoning correct.", "Training is said there to make reasoning correct."),
    ],
)
def test_what_is_asked_supposed_or_retold_is_not_stated(text: str, evidence: str) -> None:
    """A question, a test that nobody made or a tale at second hand would count as a finding."""
    assert "framing" in errors(text, evidence)


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("Whether it lasts is open.", "Whether it lasts is open."),
        (
            "It is a common intuition that small models decorate.",
            "A common intuition holds that small models decorate.",
        ),
        ("Cats see the dark.", "The dispute is about what light shows: cats see the dark, dogs hear it."),
        ("An older page says that chains hurt.", "As told by an older page, chains hurt."),
        ("The engine asks for better methods.", "The dispute is open, and the engine asks for better methods."),
    ],
)
def test_a_sentence_that_keeps_the_frame_or_states_what_stands_beside_it_passes(text: str, evidence: str) -> None:
    """Honest reports of a dispute or of hearsay would be refused."""
    assert "framing" not in errors(text, evidence)


_WORDS = st.lists(
    st.sampled_from("models of on the with when tasks small and , ; that GSM8K hold two if where".split())
)


@given(words=_WORDS)
def test_a_sentence_never_leaves_out_a_part_of_itself(words: list[str]) -> None:
    """A sentence that says all that its source says would be told that it drops something."""
    text = " ".join(words)
    assert not [r for r in found(text, text) if r.kind in ("scope", "framing", "hedge")]
