"""The gate lets nothing through as quoted that is not, and nothing as consistent that its evidence speaks against."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import sentences
from kb.domain import Citation, Passage, Sentence, SupportState
from kb.services.gate import check

TEXT = "Small models fail. Large models fail later, on 7B tasks."
PASSAGE = Passage(source_id="note:a", ordinal=0, char_start=100, char_end=100 + len(TEXT), text=TEXT)


def sentence(text: str, start: int, end: int, **changes: str) -> Sentence:
    fields = {"source": "note:a", "passage": PASSAGE.id, "quote": text} | changes
    citation = Citation(char_start=start, char_end=end, **fields)
    return Sentence(text=text, state=SupportState.UNSUPPORTED, theme="t", citations=(citation,))


def state(s: Sentence) -> SupportState:
    return check([s], {PASSAGE.id: PASSAGE})[0].state


def test_a_verbatim_sentence_is_quoted():
    """Good answers would be shown as unsupported."""
    assert state(sentence("Small models fail.", 100, 118)) is SupportState.QUOTED


def test_altered_invented_and_shifted_quotes_are_unsupported_with_a_reason():
    """A writer could put words into a paper's mouth."""
    cases = [
        sentence("Small models win.", 100, 117),
        sentence("Small models fail.", 101, 119),
        sentence("Small models fail.", 100, 118, passage="note:a#000000000000"),
        sentence("Small models fail.", 100, 118, source="note:b"),
        sentence("Small models fail.", 0, 18),
        sentence("Small models always fail.", 100, 118, quote="Small models fail."),
        Sentence(text="Small models fail.", state=SupportState.QUOTED, theme="t"),
    ]
    for case in cases:
        (checked,) = check([case], {PASSAGE.id: PASSAGE})
        assert checked.state is SupportState.UNSUPPORTED
        assert checked.reasons


EVIDENCE = (
    "On GSM8K, fine-tuning may lower the faithfulness of Qwen2.5-0.5B by 38.9% on average. "
    "GPT-4 reached 51% and Llama 31% on the cipher. "
    "Larger models depend less on their steps than smaller models. "
    "Suppressing reflection does not hurt accuracy."
)
CITED = Passage(
    source_id="note:b",
    ordinal=0,
    char_start=0,
    char_end=len(EVIDENCE),
    text=EVIDENCE,
    sentences=tuple(sentences(EVIDENCE, 0, len(EVIDENCE))),
)


def reasons(text: str) -> tuple[SupportState, set[str]]:
    """State and kinds of reasons of a sentence that cites all of the evidence."""
    citation = Citation(source="note:b", passage=CITED.id, quote=EVIDENCE, char_start=0, char_end=len(EVIDENCE))
    written = Sentence(text=text, state=SupportState.UNSUPPORTED, theme="t", citations=(citation,))
    (checked,) = check([written], {CITED.id: CITED})
    return checked.state, {r.kind for r in checked.reasons if not r.warning}


@pytest.mark.parametrize(
    "text",
    [
        "Fine-tuning may lower the faithfulness of Qwen2.5-0.5B on GSM8K by about 39% on average.",
        "On the cipher Llama reached 31%, GPT-4 51%.",
        "Smaller models depend more on their steps than larger models.",
        "Accuracy is not hurt by suppressing reflection.",
    ],
)
def test_a_faithful_paraphrase_is_consistent(text: str):
    """A gate that stops true sentences is switched off."""
    assert reasons(text) == (SupportState.CONSISTENT, set())


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("On GSM8K, fine-tuning may lower the faithfulness of Qwen2.5-0.5B by 48.9% on average.", "number"),
        ("On GSM8K, fine-tuning may lower the faithfulness of Qwen2.5-0.5B by 38.9 points on average.", "number"),
        ("On GSM8K, fine-tuning may lower the faithfulness of Mistral-7B by 38.9% on average.", "name"),
        ("On GSM8K, fine-tuning lowers the faithfulness of Qwen2.5-0.5B by 38.9%.", "hedge"),
        ("Fine-tuning may lower faithfulness on average.", "scope"),
        ("On GSM8K, fine-tuning may raise the faithfulness of Qwen2.5-0.5B by 38.9% on average.", "direction"),
        ("GPT-4 reached 31% and Llama 51% on the cipher.", "binding"),
        ("Larger models always depend less on their steps than smaller models.", "scope"),
        ("Suppressing reflection does hurt accuracy.", "negation"),
        ("The teacher's temperature decides which students graduate with honours.", "content"),
    ],
)
def test_each_kind_of_change_is_caught_and_named(text: str, kind: str):
    """A paraphrase could say what no source says."""
    state, kinds = reasons(text)
    assert state is SupportState.UNSUPPORTED
    assert kind in kinds


@given(st.integers(0, 200), st.integers(0, 200), st.text(max_size=20))
def test_only_the_words_at_the_offsets_pass(start: int, end: int, words: str):
    """Some pair of offsets would let foreign words through."""
    if start >= end:
        return
    is_there = start >= 100 and end <= 100 + len(TEXT) and TEXT[start - 100 : end - 100] == words
    assert (state(sentence(words, start, end)) is SupportState.QUOTED) == is_there


@pytest.mark.parametrize(
    ("text", "evidence", "kind"),
    [
        (
            "Small models lose faithfulness first.",
            "The premise that small models lose faithfulness first finds little support in two intervention studies.",
            "framing",
        ),
        (
            "The premise is well supported by two intervention studies.",
            "The premise that small models lose faithfulness first finds little support in two intervention studies.",
            "negation",
        ),
        (
            "Causal training strengthens reasoning.",
            "Studies in which causal training strengthens reasoning dispute that outcome rewards suffice.",
            "framing",
        ),
        ("Steering repairs the errors.", "Prompting and steering all fail to repair the errors.", "direction"),
        ("Faithfulness rises with scale.", "Faithfulness rises and then falls with scale.", "direction"),
        ("Fine-tuning lowers trust.", "Fine-tuning lowers trust on average across four datasets.", "hedge"),
        ("Longer chains are worse.", "A plausible consequence is that longer chains are worse.", "hedge"),
    ],
)
def test_a_part_of_a_sentence_is_held_against_the_whole(text: str, evidence: str, kind: str):
    """A short quote would cut off what limits, doubts or denies it, and pass as the source's own statement."""
    passage = Passage(
        source_id="note:c", ordinal=0, char_start=0, char_end=len(evidence), text=evidence,
        sentences=((0, len(evidence)),),
    )  # fmt: skip
    quote = evidence[: evidence.find(" ", 20)]
    citation = Citation(source="note:c", passage=passage.id, quote=quote, char_start=0, char_end=len(quote))
    written = Sentence(text=text, state=SupportState.UNSUPPORTED, theme="t", citations=(citation,))
    (checked,) = check([written], {passage.id: passage})
    assert checked.state is SupportState.UNSUPPORTED
    assert kind in {r.kind for r in checked.reasons}


def test_a_verbatim_part_of_a_sentence_is_not_quoted():
    """“Fine-tuning may lower the faithfulness” would be shown as the source's words, without “by 38.9% on average”."""
    part = EVIDENCE[: EVIDENCE.index(" by 38.9%")]
    citation = Citation(source="note:b", passage=CITED.id, quote=part, char_start=0, char_end=len(part))
    written = Sentence(text=part, state=SupportState.UNSUPPORTED, theme="t", citations=(citation,))
    (checked,) = check([written], {CITED.id: CITED})
    assert checked.state is not SupportState.QUOTED


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("Larger models are less faithful.", "Larger models are less faithful, which challenges a common view."),
        ("The premise finds little support.", "The premise that small models fail finds little support."),
        ("Faithfulness rises, then falls.", "Faithfulness rises and then falls with scale."),
    ],
)
def test_what_the_evidence_itself_says_beside_a_doubt_passes(text: str, evidence: str):
    """Good paraphrases of sentences that doubt something would be refused."""
    from kb.services.checks import CitedText, compare

    assert not [r for r in compare(text, CitedText([evidence], evidence)) if not r.warning]
