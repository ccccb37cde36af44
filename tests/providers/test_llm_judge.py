"""Language models as judges: what they may change, and what becomes of their odd answers."""

import json

import pytest

from kb.domain import Source, SourceKind, SupportState
from kb.ledger import Verdict
from kb.library import Library
from kb.providers.llm_judge import LlmJudge
from kb.services import add
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
        ("ENTAILMENT - it is there", SupportState.SUPPORTED),
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
    assert [r.kind for r in answer.sentences[0].reasons][-1] == "unjudged"
    assert answer.remarks == (
        "One sentence was not judged: ollama:small does not answer (ResponseError 500: not now).",
    )


@pytest.mark.parametrize("said", ["", "I would say that it entails."])
def test_a_judge_that_gives_no_verdict_is_no_doubt(judged, said: str):
    """Chatter would be told as the judge's finding that the passage says less."""
    answer = judged(ollama(said))
    assert answer.sentences[0].reasons[-1].text == "not judged: ollama:small gave no verdict"
    assert answer.remarks == ("One sentence was not judged: ollama:small gave no verdict.",)


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


def test_a_re_test_with_a_judge_proposes_verdicts_and_records_none(small_root, models: ModelServer):
    """The setting would do nothing for claims, or a model's word would change where a claim stands."""
    words = "Tuning does not loosen the steps of small models from their answers any more."
    newer = Source(id="arxiv:2606.00001v1", kind=SourceKind.PAPER, title="Steps hold", text=words, date="2026-06-01")
    models.plays = [ollama("CONTRADICTED: no longer")]
    with Library.open(small_root) as library:
        library.refresh()
        add.add_sources([newer], library.parts.catalog, library.parts.embedder)
        library.parts.judge = LlmJudge(_ollama(library, models.url))
        claim = library.note("does-tuning-loosen-steps").claims[0]
        (tested,) = library.claims.retest([claim.id], limit=1)
        assert tested.judged
        assert tested.candidates[0].proposal.verdict is Verdict.CONTRADICTED
        assert library.claims.show(claim.id).status.history == ()
