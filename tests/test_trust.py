"""What a library from somebody else may not decide by its kb.toml."""

import pytest

from kb.config import read_place
from kb.errors import BadInput
from kb.library import Library

REFUSED = [
    'base_url = "https://evil.example/v1"',
    'base_url = "evil.example:11434"',
    'api_base = "http://10.0.0.7/v1"',
    'host = "127.0.0.1.evil.example"',
    'base_url = "http://127.0.0.1@evil.example/"',
    'base_url = "http://[::ffff:8.8.8.8]/"',
    'other = "https://evil.example"',
    'proxy = "http://evil.example:3128"',
    'base_url = "http://localhost.evil.example"',
    'base_url = "http://[not an address"',
    'azure_endpoint = "evil.example"',
    'base_url = "//evil.example/x"',
    'api_key = "sk-of-somebody"',
    'access_token = "t"',
]
ALLOWED = [
    'base_url = "http://127.0.0.1:11434"',
    'api_base = "http://localhost:8000/v1"',
    'base_url = "http://[::1]:8000"',
    "max_tokens = 400",
    'effort = "low"',
]


def library(tmp_path, table: str, line: str):
    root = Library.create(tmp_path / "library")
    (root / "kb.toml").write_text(f'llm = "ollama:small"\n[{table}]\n{line}\n')
    return root


@pytest.mark.parametrize("table", ["llm_options", "judge_options", "embedder_options"])
@pytest.mark.parametrize("line", REFUSED)
def test_a_library_cannot_send_texts_or_keys_to_a_host_of_its_own(tmp_path, table: str, line: str):
    """Opening a stranger's library would hand a person's notes and keys to the stranger."""
    with pytest.raises(BadInput, match=table):
        read_place(library(tmp_path, table, line))


@pytest.mark.parametrize("line", ALLOWED)
def test_what_stays_on_the_computer_needs_no_leave(tmp_path, line: str):
    """A local model could not be set up in a library."""
    assert read_place(library(tmp_path, "llm_options", line)).settings.llm_options


def test_a_person_may_trust_a_host(tmp_path, monkeypatch):
    """A group's own server could not be named in its library."""
    root = library(tmp_path, "llm_options", 'base_url = "https://models.example:8443/v1"')
    with pytest.raises(BadInput, match=r"KB_TRUSTED_HOSTS=models\.example"):
        read_place(root)
    monkeypatch.setenv("KB_TRUSTED_HOSTS", "other.example, Models.example")
    assert read_place(root).settings.llm_options


def test_options_are_for_the_provider_that_they_were_written_for(tmp_path, monkeypatch):
    """One vendor's arguments would reach another's client."""
    root = library(tmp_path, "llm_options", 'base_url = "http://127.0.0.1:1"')
    assert read_place(root, llm="ollama:large").settings.llm_options
    assert not read_place(root, llm="anthropic").settings.llm_options
    monkeypatch.setenv("KB_LLM_OPTIONS", '{"max_tokens": 9}')
    assert read_place(root, llm="anthropic").settings.llm_options == {"max_tokens": 9}
    monkeypatch.setenv("KB_LLM_OPTIONS", "{")
    with pytest.raises(BadInput, match="KB_LLM_OPTIONS"):
        read_place(root)


def test_a_judge_has_options_of_its_own(tmp_path, monkeypatch):
    """A local judge beside another writer could not be given its address, and would ask a vendor."""
    root = library(tmp_path, "llm_options", 'base_url = "http://127.0.0.1:1"')
    monkeypatch.setenv("KB_JUDGE", "ollama:judge")
    assert read_place(root).settings.options_of("judge") == {"base_url": "http://127.0.0.1:1"}
    assert read_place(root, llm="anthropic").settings.options_of("judge") == {}
    monkeypatch.setenv("KB_JUDGE_OPTIONS", '{"base_url": "http://127.0.0.1:2"}')
    settings = read_place(root).settings
    assert settings.options_of("judge") == {"base_url": "http://127.0.0.1:2"}
    assert settings.options_of("llm") == {"base_url": "http://127.0.0.1:1"}


def test_options_of_a_judge_are_for_its_provider(tmp_path, monkeypatch):
    """One vendor's arguments would reach another's client."""
    root = library(tmp_path, "judge_options", "temperature = 0")
    (root / "kb.toml").write_text('judge = "ollama:small"\n' + (root / "kb.toml").read_text())
    assert read_place(root).settings.options_of("judge") == {"temperature": 0}
    monkeypatch.setenv("KB_JUDGE", "anthropic")
    assert read_place(root).settings.options_of("judge") == {}
