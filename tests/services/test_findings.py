"""Sizes, directions and scope by rules: what they must read right, and where they must say that they cannot tell."""

import math
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.services.findings import Direction, Size, direction_of, size_words, sized_findings, sizes_of, trend_of
from kb.services.scope import scope_of


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("models of 0.5B-7B", [(0.5, 7)]),
        ("from 7B to 0.5B", [(0.5, 7)]),
        ("Smaller models (0.8-8B) and 1.5B to 8B", [(0.8, 8), (1.5, 8)]),
        ("between 0.5B and 7B", [(0.5, 7)]),
        ("at most 3B parameters", [(0, 3)]),
        ("over 100 billion parameters", [(100, math.inf)]),
        ("Llama-3.1-8B, Qwen2.5-7B, OPT-350M and Llama 70B", [(8, 8), (7, 7), (0.35, 0.35), (70, 70)]),
        ("5M to 1B", [(0.005, 1)]),
        ("GSM8K with 8k examples and 4.2T curated tokens, 1M+ traces, 64K context, 400x larger", []),
        ("version 2.5 of 2024-11 scored 7 points", []),
    ],
)
def test_sizes_are_those_of_models(text: str, sizes: list[tuple[float, float]]):
    """A finding would stand in the wrong column, or numbers of examples would be taken for parameters."""
    assert [(size.low, size.high) for size in sizes_of(text)] == sizes


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("Fine-tuning lowers the faithfulness of steps.", "hurts"),
        ("Fine-tuning lowers the error rate by 3%.", "helps"),
        ("Distillation raises hallucination in small models.", "hurts"),
        ("Tools restore performance.", "helps"),
        ("The probe saves 24% of tokens without compromising performance.", "helps"),
        ("Longer chains do not improve accuracy.", "no_effect"),
        ("It has no reliable effect in small models.", "no_effect"),
        ("SFT raises accuracy but harms faithfulness.", "mixed"),
        ("The reading runs through symbol abstraction heads.", "unknown"),
        ("", "unknown"),
    ],
)
def test_direction_is_read_with_what_it_is_about(text: str, direction: str):
    """Fewer errors would count as harm, or a rule would guess where none fits."""
    assert direction_of(text) is Direction(direction)


def test_clauses_give_each_size_its_own_direction():
    """A recipe that hurts a small model and helps a large one would look the same at both."""
    found = sized_findings("It hurt a 7B LaMDA by about 3 points, added ~7 points on 62B and ~18 points on 137B.")
    assert [(f.sizes[0].high, f.direction.value) for f in found] == [(7, "hurts"), (62, "helps"), (137, "helps")]


def test_what_is_only_compared_with_is_no_size_of_the_finding():
    """The loser of a comparison would be said to be helped."""
    found = sized_findings("Llama-3.2 1B outperforms Llama-3.1 8B on MATH.")
    assert [f.sizes for f in found] == [(Size(1, 1),)]
    found = sized_findings("Agents make 0.5B and 3B models competitive with 1.5B, 3B and 7B models tuned otherwise.")
    assert {size.high for f in found for size in f.sizes} == {0.5, 3}


def test_trends_with_size_are_seen():
    """A matrix would hide that an effect fades with scale."""
    assert trend_of("The loss shrinks strongly with scale.") == "shrinks"
    assert trend_of("Confidence increases with model size.") == "grows"
    assert trend_of("They cost 0-6% regardless of scale.") == "stays"
    assert trend_of("They cost 0-6%.") == ""


def test_scope_is_named_in_the_sentences_own_words():
    """Extracted claims would lose the conditions under which they were found."""
    scope = scope_of("GRPO raises the accuracy of Qwen2.5-7B-Instruct and 0.5B models on GSM8K.")
    assert scope.model_dump() == {
        "model": "Qwen2.5-7B-Instruct", "size": "7B, 0.5B", "task": "GSM8K", "metric": "accuracy", "method": "GRPO",
    }  # fmt: skip


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from(["7B", "-", "3B", "to", "0.5", "M", "hurts", "not", "with"])).map(" ".join)
)
def test_any_text_is_borne(text: str):
    """A strange sentence in a note would end every command about claims."""
    assert direction_of(text) in Direction
    assert trend_of(text) in {"", "grows", "shrinks", "stays"}
    assert all(size.low <= size.high for finding in sized_findings(text) for size in finding.sizes)
    assert all(word in text for word in [*size_words(text), *(scope_of(text).size or "").split(", ")])


def test_long_text_takes_linear_time():
    """A hostile paper would stop a re-test."""

    def seconds(n: int) -> float:
        started = perf_counter()
        for piece in ("1", "1.", "7B ", "1-", "a-", "not ", "no w ", "scores above ", "increases w with ", "fine-"):
            text = piece * (n // len(piece))
            direction_of(text), sizes_of(text), trend_of(text), scope_of(text)
        return perf_counter() - started

    seconds(500)
    assert seconds(16_000) < 30 * max(seconds(2_000), 0.005)
