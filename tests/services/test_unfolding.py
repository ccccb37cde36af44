"""An answer that is looked at from another thread while it is written."""

import threading

from kb.domain import SupportState
from kb.library import Library, Unfolding
from kb.providers.llama_index_model import LlamaIndexModel
from kb.providers.llm_judge import LlmJudge
from tests.model_server import Asked, Block, Handler, ModelServer, claude, ollama

QUESTION = "why do small models lose faithfulness"
WRONG = "Fine-tuning changes 87 % of the answers."


class Watched(Unfolding):
    """Tells when a sentence has come."""

    def __init__(self) -> None:
        super().__init__()
        self.has_one = threading.Event()

    def written(self, sentence) -> None:
        super().written(sentence)
        self.has_one.set()


def first_sentence(asked: Asked, result: int = 0) -> str:
    return str(asked.results[result]["content"][0]["text"])


def paragraph(during=None):
    """Two sentences of the library, a wrong one between them."""

    def play(handler: Handler, asked: Asked) -> None:
        first, last = (Block(first_sentence(asked, i), ((i, 0, 1),)) for i in range(2))
        claude(first, "\n", Block(WRONG, ((0, 0, 1),)), "\n", last, during=during)(handler, asked)

    return play


def test_a_checked_sentence_is_there_while_the_next_is_written(shared_root, models: ModelServer):
    """A page would show nothing until the end, or a sentence before the gate."""
    unfolding, seen = Watched(), list[list[SupportState]]()

    def during(block: int) -> None:
        if block == 2 and unfolding.has_one.wait(10):
            seen.append([s.state for s in unfolding.sentences])

    models.plays = [paragraph(during), claude("nothing better")]
    with Library.open(shared_root, llm="anthropic") as library:
        answer = library.ask(QUESTION, listener=unfolding)
    assert seen == [[SupportState.QUOTED]]
    assert [s.text for s in unfolding.sentences] == [s.text for s in answer.sentences]
    assert [s.state for s in unfolding.sentences] == [s.state for s in answer.sentences]
    assert unfolding.drafting_now == ""


def test_an_answer_that_is_stopped_keeps_what_was_verified(small_root, models: ModelServer):
    """Stopping would cost the sentences that are paid for, or buy more of them."""
    unfolding = Watched()

    def during(block: int) -> None:
        if block == 4 and unfolding.has_one.wait(10):
            unfolding.stop()

    models.plays = [paragraph(during)]
    with Library.open(small_root, llm="anthropic") as library:
        answer = library.ask(QUESTION, listener=unfolding, save=True)
        kept = library.inquiries()
    assert answer.incomplete
    assert answer.remarks == ("The answer is incomplete: it was stopped.",)
    assert SupportState.QUOTED in {s.state for s in answer.sentences}
    assert answer in [inquiry.answer for inquiry in kept]
    assert len(models.calls) == 1


def test_what_the_judge_and_the_mending_change_is_told(shared_root, models: ModelServer):
    """A page would go on showing a refused sentence, or one as unjudged."""
    unfolding = Unfolding()

    def mended(handler: Handler, asked: Asked) -> None:
        claude("2: ", Block(first_sentence(asked, 2), ((2, 0, 1),)))(handler, asked)

    def paraphrase(handler: Handler, asked: Asked) -> None:
        text = first_sentence(asked)
        shown = Block(f"Indeed, {text[:1].lower()}{text[1:]}", ((0, 0, 1),))
        claude(shown, "\n", Block(WRONG, ((0, 0, 1),)), "\n", Block(WRONG, ((1, 0, 1),)))(handler, asked)

    models.plays = [paraphrase, ollama("ENTAILS: the words say so"), mended]
    with Library.open(shared_root, llm="anthropic") as library:
        model = LlamaIndexModel.from_name("ollama:small", {"base_url": models.url})
        library.parts.open_connections.append(model.close)
        library.parts.judge = LlmJudge(model)
        answer = library.ask(QUESTION, listener=unfolding)
    states = [SupportState.SUPPORTED, SupportState.UNSUPPORTED, SupportState.QUOTED]
    assert [s.state for s in unfolding.sentences] == states
    assert [s.text for s in answer.sentences] == [s.text for s in unfolding.sentences]


def test_verbatim_answers_are_told_as_well(shared_root):
    """A page would need another way for the writer that needs no model."""
    unfolding = Unfolding()
    with Library.open(shared_root) as library:
        answer = library.ask(QUESTION, listener=unfolding)
    assert unfolding.sentences == answer.sentences
    assert answer.sentences
