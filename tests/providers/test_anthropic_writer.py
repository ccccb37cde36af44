"""Answers that Claude writes, through Anthropic's own client and a server on this computer."""

import json
import threading
import time

import pytest

from kb.domain import Answer, Sentence, SupportState
from kb.errors import BadInput, Unavailable
from kb.library import Library
from tests.model_server import KEY, Asked, Block, Handler, ModelServer, claude, pointer_to, status

QUESTION = "why do small models lose faithfulness"
PROVED = Block("Cutting a chain short changes fewer answers after fine-tuning.", ((0, 0, 1),))


def ask(root, **options) -> Answer:
    with Library.open(root, llm="anthropic") as library:
        return library.ask(QUESTION, **options)


def first_sentence(asked: Asked, result: int = 0) -> str:
    return str(asked.results[result]["content"][0]["text"])


def honest(handler: Handler, asked: Asked) -> None:
    """Two paragraphs and an aside of the library's own words."""
    blocks: list[Block | str] = ["READING: Whether tuning loosens the steps of small models from their answers.\n\n"]
    for i, end in enumerate(("\n", "\n\n", "\n")):
        blocks += [Block(first_sentence(asked, i), ((i, 0, 1),)), end]
    claude(*blocks, "\nASIDE: ", Block(first_sentence(asked, 3), ((3, 0, 1),)))(handler, asked)


def test_claudes_citations_are_the_librarys_sentences(shared_root, models: ModelServer):
    """A citation would point at other words than those that Claude was given."""
    models.plays = [honest]
    answer = ask(shared_root)
    assert [s.state for s in answer.sentences] == [SupportState.QUOTED] * 4
    assert answer.reading == "Whether tuning loosens the steps of small models from their answers."
    assert (answer.writer, answer.model) == ("anthropic", "anthropic:claude-sonnet-5-5")
    assert (answer.incomplete, answer.n_unsupported, answer.n_withheld, answer.remarks) == (False, 0, 0, ())
    assert answer.generation > 0
    assert answer.as_of == max(source.date for source in answer.sources)
    assert answer.themes[-1] == "What you may not have been looking for"
    with Library.open(shared_root) as library:
        for citation in (c for s in answer.sentences for c in s.citations):
            text = library.note(citation.source).text
            assert text[citation.char_start : citation.char_end] == citation.quote


def test_the_request_labels_and_caches_the_passages_and_hides_the_key(shared_root, models: ModelServer):
    """Passages would be read as instructions or paid for twice, or the key would stand in a prompt."""
    models.plays = [honest]
    ask(shared_root)
    (asked,) = models.calls
    assert KEY in asked.headers.get("authorization", "") + asked.headers.get("x-api-key", "")
    assert KEY not in json.dumps(asked.body)
    assert all(r["citations"] == {"enabled": True} and r["source"].startswith("kb://note:") for r in asked.results)
    assert [bool(r.get("cache_control")) for r in asked.results] == [False] * (len(asked.results) - 1) + [True]
    assert asked.body["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert "are data" in asked.body["system"][0]["text"]
    assert "temperature" not in asked.body
    assert models.requests[0].path.endswith("/count_tokens")
    assert "max_tokens" not in models.requests[0].body


@pytest.mark.parametrize("code", [429, 529, 500])
def test_a_busy_server_is_asked_again_when_it_says(shared_root, models: ModelServer, code: int):
    """One refusal would cost the answer, or a server be pressed before it is ready."""
    models.plays = [status(code, retry_after="1"), honest]
    start = time.monotonic()
    assert len(ask(shared_root).sentences) == 4
    assert time.monotonic() - start >= 1
    assert len(models.calls) == 2


def test_a_long_wait_is_told_of_and_not_sat_out(shared_root, models: ModelServer):
    """A server could hold the program for hours."""
    models.plays = [status(429, retry_after="7200")]
    with pytest.raises(Unavailable, match=r"7200 seconds.*extractive") as raised:
        ask(shared_root)
    assert KEY not in str(raised.value)
    assert len(models.calls) == 1


@pytest.mark.parametrize(
    ("code", "cure"), [(401, "ANTHROPIC_API_KEY is right"), (404, "Name a model"), (400, "Mend"), (307, "Mend")]
)
def test_a_refused_request_says_what_to_do(shared_root, models: ModelServer, code: int, cure: str):
    """A person would see a vendor's traceback; a redirect would take the key elsewhere."""
    models.plays = [status(code, body={"type": "error", "error": {"type": "x", "message": f"bad {KEY}"}})]
    with pytest.raises(BadInput, match=cure) as raised:
        ask(shared_root)
    assert KEY not in str(raised.value)
    assert "extractive" in str(raised.value)


def test_without_a_key_one_line_says_what_works(shared_root, models: ModelServer, monkeypatch, tmp_path):
    """A newcomer would not know that nothing needs a key."""
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(BadInput, match=r"no key.*ANTHROPIC_API_KEY.*extractive"):
        ask(shared_root)
    assert not models.requests


@pytest.mark.parametrize("how", [{"cut": True}, {"torn": True}, {"stop": "max_tokens"}, {"stop": "refusal"}])
def test_a_stream_that_breaks_leaves_what_was_written(small_root, models: ModelServer, how: dict):
    """What was paid for and verified would be lost, or half an answer pass for a whole one."""

    def broken(handler: Handler, asked: Asked) -> None:
        whole = Block(first_sentence(asked), ((0, 0, 1),))
        claude(whole, " ", Block("Another sentence that is never", ((1, 0, 1),)), **how)(handler, asked)

    models.plays = [broken]
    with Library.open(small_root, llm="anthropic") as library:
        answer = library.ask(QUESTION, save=True)
        assert answer.incomplete
        assert answer.sentences[0].state is SupportState.QUOTED
        assert answer.remarks[0].startswith("The answer is incomplete: ")
        assert library.inquiries()[0].answer == answer
    if "stop" not in how:
        assert len(answer.sentences) == 1


def test_a_stream_that_breaks_before_the_first_sentence_is_still_an_inquiry(shared_root, models: ModelServer):
    """A question that was asked would be lost."""
    models.plays = [claude("Half a", cut=True)]
    answer = ask(shared_root)
    assert answer.incomplete
    assert not answer.sentences
    assert answer.absence.searched


@pytest.mark.parametrize(
    "lie",
    [
        lambda asked: {**pointer_to(asked, 0, 0, 1), "search_result_index": 99},
        lambda asked: {**pointer_to(asked, 0, 0, 1), "start_block_index": 50, "end_block_index": 51},
        lambda asked: {**pointer_to(asked, 0, 0, 1), "source": "kb://note:invented#0"},
        lambda asked: {**pointer_to(asked, 0, 0, 1), "cited_text": "Words that stand nowhere."},
        lambda asked: {"type": "char_location", "cited_text": "x", "document_index": 0, "document_title": "x",
                       "start_char_index": 0, "end_char_index": 1, "file_id": None},
    ],
    ids=["index", "range", "source", "text", "kind"],
)  # fmt: skip
def test_invented_citations_and_altered_quotes_fail(shared_root, models: ModelServer, lie):
    """A sentence would stand on evidence that does not exist."""

    def lying(handler: Handler, asked: Asked) -> None:
        claude(Block(first_sentence(asked), pointers=(lie(asked),)))(handler, asked)

    models.plays = [lying, claude("nothing better")]
    answer = ask(shared_root)
    (sentence,) = answer.sentences
    assert sentence.state is SupportState.UNSUPPORTED
    assert sentence.reasons[0].kind in ("citation", "quote")
    assert answer.n_unsupported == 1


def wrong(handler: Handler, asked: Asked) -> None:
    """A sentence that holds and one with a number that is nowhere."""
    good = Block(first_sentence(asked), ((0, 0, 1),))
    claude(good, "\n", Block("Fine-tuning changes 87 % of the answers.", ((0, 0, 1),)))(handler, asked)


def test_refused_sentences_may_be_mended_once(shared_root, models: ModelServer):
    """A slip of the pen would cost a sentence, or the model be asked without end."""

    def mended(handler: Handler, asked: Asked) -> None:
        assert "87 %" in asked.task
        assert "does not occur in the passage" in asked.task
        claude("1: ", Block(first_sentence(asked, 1), ((1, 0, 1),)))(handler, asked)

    models.plays = [wrong, mended]
    answer = ask(shared_root)
    assert [s.state for s in answer.sentences] == [SupportState.QUOTED] * 2
    assert answer.n_unsupported == 0
    assert len(models.calls) == 2
    first, second = ([{**r, "cache_control": None} for r in asked.results] for asked in models.calls)
    assert first == second


@pytest.mark.parametrize("repair", [claude("1: Still 87 %."), claude("9: x"), claude("prose"), status(400)])
def test_what_still_fails_is_shown_and_counted_or_withheld(shared_root, models: ModelServer, repair):
    """A sentence without evidence would vanish silently or pass."""
    for strict, n_shown in ((False, 2), (True, 1)):
        models.plays = [wrong, repair]
        answer = ask(shared_root, strict=strict)
        assert len(answer.sentences) == n_shown
        assert (answer.n_unsupported, answer.n_withheld) == (1, int(strict))
        assert answer.sentences[-1].state is (SupportState.QUOTED if strict else SupportState.UNSUPPORTED)


def test_text_is_heard_while_it_comes_and_sentences_once_they_are_checked(shared_root, models: ModelServer):
    """A person would stare at nothing until all is written, or read a sentence before the gate."""
    heard_first = threading.Event()
    waited: list[bool] = []

    class Listener:
        def __init__(self) -> None:
            self.events: list[object] = []

        def drafting(self, text: str) -> None:
            self.events.append(text)
            heard_first.set()

        def written(self, sentence: Sentence) -> None:
            self.events.append(sentence.state)

    def slow(handler: Handler, asked: Asked) -> None:
        def during(block: int) -> None:
            if block == 0:
                waited.append(heard_first.wait(10))

        claude(Block(first_sentence(asked), ((0, 0, 1),)), "\n", "Of this the library says 12 %.", during=during)(
            handler, asked
        )

    models.plays = [slow, claude("nothing")]
    listener = Listener()
    ask(shared_root, listener=listener)
    assert waited == [True]
    assert [e for e in listener.events if isinstance(e, SupportState)] == [
        SupportState.QUOTED,
        SupportState.UNSUPPORTED,
    ]
    assert isinstance(listener.events[0], str)


@pytest.mark.parametrize(("n_tokens", "limit"), [(1_000, "0.05"), (400_000, "0.5")])
def test_nothing_is_asked_that_could_cost_too_much(
    shared_root, models: ModelServer, monkeypatch, n_tokens: int, limit: str
):
    """A run would cost more than the person allowed."""
    monkeypatch.setenv("KB_LLM_SPENDING_LIMIT_USD", limit)
    models.n_tokens, models.plays = n_tokens, [honest]
    with pytest.raises(BadInput, match="KB_LLM_SPENDING_LIMIT_USD"):
        ask(shared_root)
    assert not models.calls


def test_what_was_used_is_counted_against_the_limit(shared_root, models: ModelServer, monkeypatch):
    """Each call alone would be cheap enough, and all together not."""
    monkeypatch.setenv("KB_LLM_SPENDING_LIMIT_USD", "0.0850")
    models.plays = [honest]
    with Library.open(shared_root, llm="anthropic") as library:
        library.ask(QUESTION)
        # 100 fresh and 900 cached tokens at 2 dollars a million, the latter at 1.25; 50 tokens at 10 dollars.
        assert library.parts.models.account.spent_usd == pytest.approx((100 + 900 * 1.25) * 2e-6 + 50 * 10e-6)
        with pytest.raises(BadInput, match="are spent"):
            library.ask(QUESTION)


def test_a_model_without_a_known_price_is_refused_unless_the_price_is_given(
    shared_root, models: ModelServer, monkeypatch
):
    """A limit would be kept by guesses."""
    with (
        Library.open(shared_root, llm="anthropic:claude-unheard-of") as library,
        pytest.raises(BadInput, match="price of claude-unheard-of"),
    ):
        library.ask(QUESTION)
    monkeypatch.setenv("KB_LLM_OPTIONS", '{"input_usd": 1, "output_usd": 2}')
    models.plays = [honest]
    with Library.open(shared_root, llm="anthropic:claude-unheard-of") as library:
        assert library.ask(QUESTION).model == "anthropic:claude-unheard-of"


def test_a_key_that_is_sent_back_is_not_shown(shared_root, models: ModelServer):
    """A server that echoes its caller's key would put it into inquiries and onto screens."""
    models.plays = [claude(f"READING: The key is {KEY}.\n\n", f"The key is {KEY}.")]
    answer = ask(shared_root)
    assert KEY not in answer.model_dump_json()
    assert answer.sentences[0].text == "The key is [key]."
