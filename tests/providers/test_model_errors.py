"""What goes wrong with models in use, through the vendors' own clients: each is one line with the cure that fits."""

import json
import time

import pytest

from kb.errors import BadInput, Unavailable
from kb.library import Library
from kb.providers.model_errors import without_keys
from tests.model_server import Asked, Handler, ModelServer, claude, ollama

QUESTION = "why do small models lose faithfulness"


@pytest.fixture
def failure(shared_root, models: ModelServer, monkeypatch: pytest.MonkeyPatch):
    """Asks a model that is set up so and gives the error that comes of it."""

    def asked(name: str, **options: object) -> BadInput | Unavailable:
        monkeypatch.setenv("KB_LLM_OPTIONS", json.dumps(options))
        with pytest.raises((BadInput, Unavailable)) as raised, Library.open(shared_root, llm=name) as library:
            library.ask(QUESTION)
        assert "\n" not in str(raised.value)
        return raised.value

    return asked


@pytest.mark.parametrize(
    ("name", "address", "path", "limit"),
    [
        ("anthropic", "base_url", "", "timeout_seconds"),
        ("ollama:small", "base_url", "", "request_timeout"),
        ("openai-like:small", "api_base", "/v1", "timeout"),
    ],
)
def test_a_server_that_is_late_and_one_that_is_not_there(failure, models: ModelServer, name, address, path, limit):
    """A person would be told a vendor's guesses, or to look for a server that runs."""

    def late(handler: Handler, asked: Asked) -> None:
        time.sleep(1)
        (claude("late") if name == "anthropic" else ollama("late"))(handler, asked)

    models.plays = [late]
    retries = {} if name.startswith("ollama") else {"max_retries": 0}
    error = failure(name, **{address: models.url + path, limit: 0.3, **retries})
    assert isinstance(error, Unavailable)
    assert "nothing came in time)" in error.message
    assert error.cure.startswith("Set a longer time-out in `llm_options`, or try again later. ")
    error = failure(name, **{address: f"http://127.0.0.1:9{path}", **retries})
    assert isinstance(error, Unavailable)
    assert error.cure.startswith("See that its server runs and can be reached. ")


def test_a_server_of_another_kind_is_told_from_one_that_is_down(failure, models: ModelServer):
    """A person would restart a server that runs, and is another one."""
    models.plays = [lambda handler, asked: handler.whole(200, {"not": "a stream"})]
    assert failure("ollama:small", base_url=models.url).cure.startswith(
        "See that `llm_options` lead to a server of this"
    )


def test_a_vendor_without_a_key_says_which(failure, models: ModelServer, monkeypatch):
    """A person would be told to look at a server, after having been told a price."""
    monkeypatch.delenv("OPENAI_API_KEY")
    error = failure("openai:gpt-4o", api_base=f"{models.url}/v1")
    assert (error.message, isinstance(error, BadInput)) == ("openai:gpt-4o has no key", True)
    assert "OPENAI_API_KEY" in error.cure
    assert not models.requests


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("anthropic", "max_tokens", "many"),
        ("anthropic", "max_tokens", 0),
        ("anthropic", "timeout_seconds", True),
        ("anthropic", "max_retries", -1),
        ("ollama:small", "max_tokens", "many"),
        ("ollama:small", "context_window", "wide"),
    ],
)
def test_an_option_that_is_no_number_is_named(failure, models: ModelServer, name: str, option: str, value: object):
    """A slip in a setting would end in a traceback."""
    error = failure(name, **{option: value})
    assert isinstance(error, BadInput)
    assert option in error.message
    assert "llm_options" in error.cure
    assert not models.requests


@pytest.mark.parametrize("status", [401, 500])
def test_a_key_among_the_options_is_struck_from_what_a_server_says(failure, models: ModelServer, status: int):
    """A key would stand in a log, or in a kept inquiry."""
    key = "mine-0123456789abcdef"
    models.plays = [lambda handler, asked: handler.whole(status, {"error": {"message": f"no account has {key}"}})]
    error = failure("openai-like:small", api_base=f"{models.url}/v1", api_key=key, max_retries=0)
    assert any(key in asked.headers.get("authorization", "") for asked in models.requests)
    assert key not in str(error)
    assert "no account has [key]" in error.message


@pytest.mark.parametrize("options", ['{"api_key": "mine-0123456789", "model_name": "small-model"}', "[1", "[1]"])
def test_keys_of_a_judge_are_struck_and_other_options_are_not(monkeypatch: pytest.MonkeyPatch, options: str):
    """A judge's key would be told, words that are no keys would vanish, or a slip in a setting would hide an error."""
    monkeypatch.setenv("KB_JUDGE_OPTIONS", options)
    told = without_keys("small-model refuses mine-0123456789")
    assert told == f"small-model refuses {'[key]' if 'api_key' in options else 'mine-0123456789'}"
