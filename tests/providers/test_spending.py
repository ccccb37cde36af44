"""What models cost is known, said beforehand, and held against the limit, whoever their vendor is."""

import json

import pytest

from kb.errors import BadInput
from kb.library import Library
from kb.providers.prices import Price, known_price
from tests.model_server import Block, ModelServer, claude, openai

QUESTION = "why do small models lose faithfulness"


@pytest.fixture
def priced(models: ModelServer, monkeypatch: pytest.MonkeyPatch) -> ModelServer:
    """A server with OpenAI's protocol whose model has a price."""
    options = {"api_base": f"{models.url}/v1", "input_usd": 2, "output_usd": 10, "max_tokens": 1000}
    monkeypatch.setenv("KB_LLM_OPTIONS", json.dumps(options))
    models.plays = [openai("Nothing is said of it. [1]")]
    return models


def test_other_vendors_calls_are_counted_against_the_limit(shared_root, priced: ModelServer, monkeypatch):
    """Only one vendor's bill would be watched."""
    with Library.open(shared_root, llm="openai-like:dear") as library:
        library.ask(QUESTION)
        spent = library.parts.models.account.spent_usd
        n_chars = sum(len(m["content"]) for asked in priced.calls for m in asked.body["messages"])
        assert spent == pytest.approx(2e-6 * n_chars / 2.5, rel=0.1)
        library.parts.models.account.limit_usd = spent + 0.001
        n_calls = len(priced.calls)
        with pytest.raises(BadInput, match="are spent"):
            library.ask(QUESTION)
    assert len(priced.calls) == n_calls


@pytest.mark.parametrize(
    ("name", "options", "price"),
    [
        ("claude-haiku-4-5-20251001", {}, Price(1.0, 5.0)),
        ("anthropic/claude-haiku-4-5", {}, Price(1.0, 5.0)),
        ("unheard-of", {"input_usd": 1, "output_usd": 2}, Price(1.0, 2.0)),
        ("unheard-of", {"input_usd": 1}, None),
        ("unheard-of", {"input_usd": True, "output_usd": -1}, None),
    ],
)
def test_a_price_is_known_by_the_table_or_the_options(name: str, options, price: Price | None):
    """A model would be taken for free, or for another."""
    assert known_price(name, options) == price


@pytest.mark.parametrize(
    ("name", "options", "is_told"),
    [
        ("openai-like:big", {"api_base": "https://models.example.org/v1"}, True),
        ("openai-like:anthropic/claude-haiku-4-5", {"api_base": "https://models.example.org/v1"}, False),
        ("openai-like:small", {"api_base": "http://127.0.0.1:8080/v1"}, False),
        ("ollama:small", {}, False),
        ("ollama:big-cloud", {}, True),
    ],
)
def test_a_model_whose_price_nobody_knows_says_so(small_root, models, monkeypatch, name: str, options, is_told: bool):
    """A person would believe in a limit that does not hold, or be warned of a model that costs nothing."""
    monkeypatch.setenv("KB_LLM_OPTIONS", json.dumps(options))
    with Library.open(small_root, llm=name) as library:
        assert library.parts.models.writer().name == name
        assert [w for w in library.warnings if "no spending limit" in w] == library.warnings
        assert bool(library.warnings) is is_told


def test_the_estimate_has_the_mending_and_the_judge_in_it(shared_root, models: ModelServer, monkeypatch):
    """A run would cost twice what was announced."""
    with Library.open(shared_root, llm="anthropic") as library:
        plan = library.plan(QUESTION)
        once = library.faithfulness.plan(QUESTION, limit=1)
    assert (plan.n_calls, plan.n_rulings, once.n_calls) == (2, 0, 5)
    assert once.dollars / 5 < plan.dollars < 2 * once.dollars / 5
    monkeypatch.setenv("KB_JUDGE", "anthropic:claude-haiku-4-5")
    with Library.open(shared_root, llm="anthropic") as library:
        judged = library.plan(QUESTION)
        assert judged.n_rulings > 0
        assert judged.dollars > plan.dollars
        assert library.plan("how do whales sleep in the arctic ocean") is None
    assert not models.requests


def test_an_answers_price_is_said_before_it_is_asked_for(kb, shared_root, models: ModelServer):
    """Money would be spent that nobody heard of."""
    models.plays = [claude(Block("Nothing."))]
    ran = kb("--library", shared_root, "ask", QUESTION, "--llm", "anthropic")
    assert "kb: anthropic:claude-sonnet-5-5 is asked up to 2 times, for about $0.0" in ran.err
    assert "about $" not in kb("--library", shared_root, "ask", QUESTION).err


def test_a_drafts_price_is_said_with_the_judges(kb, shared_root, models: ModelServer, monkeypatch):
    """A person would pay for a draft, or for the judge of its sentences, without having been told."""
    models.plays = [claude(Block("Nothing."))]
    draft = ("--library", shared_root, "note", "draft", "--about", "faithfulness", "-o", "-")
    ran = kb(*draft, "--llm", "anthropic")
    assert "kb: anthropic:claude-sonnet-5-5 is asked once, for about $0.0" in ran.err
    assert len(models.calls) == 1
    monkeypatch.setenv("KB_JUDGE", "anthropic:claude-haiku-4-5")
    assert "is asked once and a judge up to 15 times, for about $0.0" in kb(*draft, "--llm", "anthropic").err
    assert "is asked" not in kb(*draft).err
    update = ("--library", shared_root, "note", "draft", "--update", "can-tuning-keep-steps", "--llm", "anthropic")
    assert "is asked once and a judge" in kb(*update).err


def test_proposals_are_estimated_with_their_judge(shared_root, models: ModelServer, monkeypatch):
    """A run over all notes would cost more than a person agreed to."""
    with Library.open(shared_root, llm="anthropic") as library:
        alone, related = library.claims.plan(), library.relations.plan()
    monkeypatch.setenv("KB_JUDGE", "anthropic:claude-haiku-4-5")
    with Library.open(shared_root, llm="anthropic") as library:
        judged = library.claims.plan()
        assert library.relations.plan() == related
    assert (alone.n_rulings, judged.n_rulings) == (0, 6 * alone.n_calls)
    assert judged.dollars == pytest.approx(alone.dollars + judged.n_rulings * (600 * 1e-6 + 40 * 5e-6))
    monkeypatch.setenv("KB_JUDGE", "ollama:small")
    with Library.open(shared_root, llm="anthropic") as library:
        assert library.claims.plan().dollars == pytest.approx(alone.dollars)
    assert not models.requests


@pytest.mark.parametrize("command", [["ask", QUESTION], ["note", "draft", "--about", "faithfulness", "-o", "-"]])
def test_the_limit_stops_before_the_call_that_would_pass_it(
    kb, shared_root, models: ModelServer, monkeypatch, command: list[str]
):
    """Money would be spent beyond what a person allows, and be told of afterwards."""
    monkeypatch.setenv("KB_LLM_SPENDING_LIMIT_USD", "0.01")
    ran = kb("--library", shared_root, *command, "--llm", "anthropic")
    assert ran.code == 2
    assert "with the longest answer, and $0.0000 of $0.01 are spent. Raise KB_LLM_SPENDING_LIMIT_USD" in ran.err
    assert not models.calls


def test_a_run_that_would_end_half_way_is_not_begun(kb, shared_root, models: ModelServer, monkeypatch):
    """A test of faithfulness would cost all that may be spent and tell nothing."""
    monkeypatch.setenv("KB_LLM_SPENDING_LIMIT_USD", "0.05")
    ran = kb("--library", shared_root, "faithfulness", QUESTION, "--llm", "anthropic", "--yes")
    assert ran.code == 2
    assert "$0.05 may be spent" in ran.err
    assert not models.requests


def test_what_a_judge_takes_is_said_where_nothing_is_written(
    kb, shared_root, models: ModelServer, monkeypatch, tmp_path
):
    """A text that is verified, or a claim that is tested again, would cost money that nobody heard of."""
    text = tmp_path / "text.md"
    text.write_text(
        "# Heading\n\nFine-tuning loosens the steps of small models. Is it so? Tools lift the limit on puzzles.\n"
    )
    verify, retest = ("--library", shared_root, "verify", text), ("--library", shared_root, "retest", "--limit", "2")
    assert "is asked" not in kb(*verify).err + kb(*retest).err
    models.plays = [claude("NEITHER: it does not say")]
    monkeypatch.setenv("KB_JUDGE", "anthropic:claude-haiku-4-5")
    assert "kb: anthropic:claude-haiku-4-5 is asked up to 2 times, for less than a cent." in kb(*verify).err
    assert "kb: anthropic:claude-haiku-4-5 is asked up to 10 times, for less than a cent." in kb(*retest).err
    monkeypatch.setenv("KB_JUDGE", "ollama:small")
    assert "is asked" not in kb(*verify).err
