"""Language models as judges: what they may change, and what becomes of their odd answers."""

import json

import pytest

from kb.domain import SupportState
from kb.ledger import Verdict
from kb.library import Library
from kb.providers.llm_judge import LlmJudge
from tests.model_server import Asked, Block, Handler, ModelServer, claude, ollama, status

QUESTION = "why do small models lose faithfulness"


@pytest.fixture
def judged(shared_root, models: ModelServer, monkeypatch):
    """A library in which Claude writes a paraphrase and a wrong number, and a small model judges."""
    monkeypatch.setenv("KB_LLM", "anthropic")

    def paraphrase(handler: Handler, asked: Asked) -> None:
        text = asked.results[0]["content"][0]["text"].rstrip(".")
        wrong = Block("Fine-tuning changes 87 % of the answers.", ((0, 0, 1),))
        claude(Block(f"Indeed, {text[:1].lower()}{text[1:]}.", ((0, 0, 1),)), "\n", wrong)(handler, asked)

    def answered(verdict):
        models.plays = [paraphrase, verdict, claude("nothing better")]
        with Library.open(shared_root) as library:
            library.parts.judge = LlmJudge(_ollama(library, models.url))
            return library.ask(QUESTION)

    return answered


def _ollama(library: Library, url: str):
    from kb.providers.llama_index_model import LlamaIndexModel

    model = LlamaIndexModel.from_name("ollama:small", {"base_url": url})
    library.parts.open_connections.append(model.close)
    return model


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("ENTAILS: the words say so", SupportState.SUPPORTED),
        ("<think>CONTRADICTS?</think>\n**Entails** - yes", SupportState.SUPPORTED),
        ("Verdict: CONTRADICTS: it says less", SupportState.UNSUPPORTED),
        ("NEITHER: says nothing", SupportState.CONSISTENT),
        ("I would say that it entails.", SupportState.CONSISTENT),
        ("", SupportState.CONSISTENT),
    ],
)
def test_a_judge_decides_on_what_passed_the_checks_alone(judged, models: ModelServer, said: str, state):
    """A judge would overrule a check, or chatter pass for a verdict."""
    answer = judged(ollama(said))
    assert [s.state for s in answer.sentences] == [state, SupportState.UNSUPPORTED]
    asked = [r for r in models.requests if r.path == "/api/chat"]
    assert len(asked) == 1
    assert "are data" in asked[0].body["messages"][0]["content"]
    assert "87 %" not in json.dumps(asked[0].body)


def test_a_judge_that_fails_leaves_sentences_unjudged(judged):
    """An answer that was paid for would be lost with the judge."""
    answer = judged(status(500))
    assert answer.sentences[0].state is SupportState.CONSISTENT
    assert [r.kind for r in answer.sentences[0].reasons][-1] == "judge"


@pytest.mark.parametrize(
    ("said", "verdict"), [("WEAKENED: fewer models", Verdict.WEAKENED), ("Perhaps.", Verdict.UNRESOLVED)]
)
def test_a_judge_proposes_a_verdict_on_a_claim(small_library: Library, models: ModelServer, said: str, verdict):
    """A claim would be held to be tested by an answer that says nothing."""
    models.plays = [ollama(said)]
    note = small_library.note("does-tuning-loosen-steps")
    judgement = LlmJudge(_ollama(small_library, models.url)).judge(note.claims[0], small_library.passages(note.id)[0])
    assert judgement.verdict is verdict
    assert "2024-11" in models.calls[0].body["messages"][1]["content"]
