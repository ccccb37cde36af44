"""Options of language models: what cannot be meant is refused before anything is sent."""

import json

import pytest

from kb import Library
from kb.errors import BadInput
from kb.providers.llama_index_model import LlamaIndexModel
from tests.model_server import ModelServer, openai


@pytest.mark.parametrize(
    ("name", "options", "meant"),
    [
        ("openai-like:local", {"api_bas": "http://127.0.0.1:1/v1"}, "api_base"),
        ("openai-like:local", {"base_url": "http://127.0.0.1:1/v1"}, "api_base"),
        ("ollama:small", {"api_base": "http://127.0.0.1:1"}, "base_url"),
        ("ollama:small", {"temprature": 0.1}, "temperature"),
        ("openai-like:local", {}, "api_base"),
    ],
)
def test_an_option_that_is_unknown_or_missing_is_named(monkeypatch, name: str, options: dict, meant: str):
    """A misspelt address would be left out, and the texts sent to a vendor."""
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-that-is-set")
    with pytest.raises(BadInput, match=meant):
        LlamaIndexModel.from_name(name, options)


def test_a_local_judge_is_asked_whatever_writes(small_root, models: ModelServer, monkeypatch):
    """Sentences would go to a vendor that nobody named."""
    monkeypatch.setenv("KB_JUDGE", "openai-like:judge")
    monkeypatch.setenv("KB_JUDGE_OPTIONS", json.dumps({"api_base": f"{models.url}/v1"}))
    models.plays = [openai("SUPPORTED: it says so")]
    with Library.open(small_root) as library:
        library.refresh()
        library.verify("Tuning loosens the steps of small models from their answers.")
        judge = library.parts.judge
    assert judge is not None
    assert judge.name == "openai-like:judge"
    assert models.calls[0].body["model"] == "judge"


def test_a_judge_without_a_server_is_named_with_its_own_setting(small_root, monkeypatch):
    """The cure would send a person to the writer's options."""
    monkeypatch.setenv("KB_JUDGE", "openai-like:judge")
    with Library.open(small_root) as library, pytest.raises(BadInput, match=r"the judge.*judge_options.*KB_JUDGE"):
        library.verify("Tuning loosens the steps of small models from their answers.")
