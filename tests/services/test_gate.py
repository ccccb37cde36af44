"""The gate lets nothing through as quoted that is not."""

from hypothesis import given
from hypothesis import strategies as st

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


@given(st.integers(0, 200), st.integers(0, 200), st.text(max_size=20))
def test_only_the_words_at_the_offsets_pass(start: int, end: int, words: str):
    """Some pair of offsets would let foreign words through."""
    if start >= end:
        return
    is_there = start >= 100 and end <= 100 + len(TEXT) and TEXT[start - 100 : end - 100] == words
    assert (state(sentence(words, start, end)) is SupportState.QUOTED) == is_there
