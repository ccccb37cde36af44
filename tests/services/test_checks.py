"""Each check sees its kind of change, and does not see it in a faithful paraphrase."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.services.checks import CitedText, compare

EVIDENCE = [
    "Majority voting over five paths was up to 12% more accurate than one extended path on GSM8K.",
    "Cats grew more cautious in the dark, whereas Dogs ignored the light but followed the noise.",
    "Alpha-2 reports gains of 3.1 for Beta-7B and 4.8 for Gamma-3B (arXiv:2411.15382, 2024-11).",
    "Accuracy rises when the chain is short.",
    "The tuned model lost no accuracy and needs no more memory.",
    "Small students may miss long chains.",
    "In chess newer engines improve, but slowly outside the openings.",
    "On Delta-24 Epsilon-2B scores 80.3 against 79.8 for Zeta-R1.",
    "Students of up to 3B parameters can repair programs when a tool replies.",
    "Eta-2 7B, asked for proofs, runs several pathways in parallel.",
    "Recipes set the floor, at least where a checker can score the answer.",
    "Further steps leave the verdict unaltered, often in one stroke.",
    "No association was found between sleep and memory.",
    "Theta stimulates the binding of copper.",
]
CITED = CitedText(EVIDENCE, " ".join(EVIDENCE), frozenset({"2411.15382"}))


def kinds(text: str) -> set[str]:
    return {r.kind for r in compare(text, CITED) if not r.warning}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("One extended path was up to 12% more accurate than majority voting over five paths on GSM8K.", "sides"),
        ("Dogs grew more cautious in the dark, whereas Cats ignored the light.", "binding"),
        ("Alpha-2 reports gains of 4.8 for Beta-7B and 3.1 for Gamma-3B.", "binding"),
        ("Accuracy falls when the chain is short.", "direction"),
        ("Accuracy rises.", "scope"),
        ("The tuned model lost accuracy.", "negation"),
        ("Small students miss long chains.", "hedge"),
        ("Majority voting over five paths was 12% more accurate than one extended path on GSM8K.", "hedge"),
        ("Every small student may miss long chains.", "scope"),
        ("Alpha-2 reports gains of 3.1 for Beta-7B (arXiv:2411.99999).", "citation"),
        ("Newer engines improve, but slowly outside the openings.", "scope"),
        ("Epsilon-2B scores 80.3 against 79.8 for Zeta-R1.", "scope"),
        ("Students can repair programs when a tool replies.", "scope"),
        ("Models run several pathways in parallel.", "scope"),
        ("Recipes set the floor.", "scope"),
        ("Further steps change the verdict.", "negation"),
        ("Sleep is associated with memory.", "negation"),
        ("Theta reduces the binding of copper.", "direction"),
        ("The weather of the coming week decides how many tourists visit Lisbon.", "content"),
    ],
)
def test_a_change_is_named_by_its_kind(text: str, kind: str) -> None:
    """A paraphrase could say what its evidence does not."""
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "On GSM8K, a majority vote over five paths was as much as 12% more accurate than an extended path.",
        "Dogs ignored the light, while Cats became more cautious in the dark.",
        "Gains are 4.8 for Gamma-3B and 3.1 for Beta-7B, according to Alpha-2 (arXiv:2411.15382).",
        "When the chain is short, accuracy increases.",
        "Accuracy stayed as it was in the tuned model.",
        "Long chains are perhaps missed by small students.",
        "Newer engines get better at chess, but slowly outside the openings.",
        "Epsilon-2B reaches 80.3 on Delta-24, and Zeta-R1 79.8.",
        "With a tool that replies, students of 3B parameters at most can repair programs.",
        "Where a checker can score the answer, recipes set the floor.",
        "Further steps do not change the verdict.",
        "Sleep is unrelated to memory.",
        "On Delta-24-style tests Epsilon-2B scores 80.3.",
    ],
)
def test_a_faithful_paraphrase_passes(text: str) -> None:
    """A gate that stops true sentences is switched off."""
    assert kinds(text) == set()


def test_comparisons_with_both_sides_and_direction_changed_say_the_same() -> None:
    """What says the same the other way round would be taken for its opposite."""
    cited = CitedText(["Large models depend less on their steps than small models."], "")
    assert compare("Small models depend more on their steps than large models.", cited) == ()
    assert {r.kind for r in compare("Small models depend less on their steps than large models.", cited)} == {"sides"}


@given(st.text(max_size=300), st.lists(st.text(max_size=200), max_size=3))
def test_any_text_is_borne_and_reasons_lie_in_it(text: str, quotes: list[str]) -> None:
    """Pasted text would end a verification in an exception or point outside itself."""
    for reason in compare(text, CitedText(quotes, "\n".join(quotes))):
        assert 0 <= reason.char_start <= reason.char_end <= len(text) + 20


def test_hostile_sentences_take_bounded_time() -> None:
    """One sentence made for it could hang the program."""
    for piece in (
        "A1 and ",
        "more than ",
        "not x, ",
        "1, ",
        "if a ",
        "X while Y ",
        "GPT-4 5% ",
        ", often a, ",
        "than ",
        "on A1 of 3B ",
        "In a ",
        "and not a ",
    ):
        long = piece * (3000 // len(piece))
        started = perf_counter()
        compare(long, CitedText([long], long))
        assert perf_counter() - started < 5, piece
    assert [r.kind for r in compare("word " * 1000, CITED)] == ["content"]
