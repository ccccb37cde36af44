"""Any text can be held against the library."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kb.domain import SupportState
from kb.errors import BadInput
from kb.identity import normalise
from kb.language import content_terms
from kb.library import Library


def test_verbatim_restated_altered_and_foreign_sentences_are_told_apart(seed_library: Library):
    """A pasted answer would look supported throughout, or nowhere."""
    text = (
        "Fine-tuning loosens stated reasoning from answers: faithfulness falls on average over four datasets.\n\n"
        "Larger models depend more on the steps they write than smaller ones on most tasks.\n\n"
        "The offside rule was changed at the congress of the football association.\n"
    )
    states = [s.state for s in seed_library.verify(text).sentences]
    assert states == [SupportState.CONSISTENT, SupportState.UNSUPPORTED, SupportState.UNSUPPORTED]


def test_a_sentence_of_a_note_is_quoted_with_its_place(seed_library: Library):
    """The surest support there is would not be seen."""
    note = seed_library.note("why-does-accuracy-decline-with-length")
    (found,) = seed_library.verify(note.claim).sentences
    assert found.state is SupportState.QUOTED
    (citation,) = found.citations
    source = seed_library.parts.catalog.source(citation.source)
    assert source is not None
    assert source.text[citation.char_start : citation.char_end] == citation.quote


def test_an_altered_number_is_named_and_an_unknown_paper_as_well(seed_library: Library):
    """An invented figure or paper would pass as the library's."""
    wrong = "SFT often costs reasoning quality, with InfoGain down by 48.9% on average (arXiv:2506.02126)."
    foreign = "As arXiv:2401.99999 shows, InfoGain goes down after SFT in most models of the study."
    first, second = seed_library.verify(f"{wrong}\n\n{foreign}").sentences
    assert any(r.kind == "number" and "48.9" in r.text for r in first.reasons)
    assert [wrong[r.char_start :][:4] for r in first.reasons if r.kind == "number"] == ["48.9"]
    assert second.state is SupportState.UNSUPPORTED
    assert "2401.99999" in second.reasons[0].text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Budget forcing takes s1 from 57% to 50% on AIME24.", "from 50% to 57%"),
        ("PaLM-540B chain-of-thought beat PAL with Codex on GSM8K by an absolute 15% top-1.", "PAL with Codex beat"),
        ("Under JSON, GPT-4o-mini gains 28.0pp even with extended token budgets.", "28.0pp"),
        ("Reasoning models often state less than 85% confidence, particularly on wrong answers.", "more than 85%"),
    ],
)
def test_a_reversal_is_refused_beside_the_passage_that_says_otherwise(seed_library: Library, text: str, words: str):
    """Reasons would speak of one passage while another is shown, or a plain reversal would pass."""
    (found,) = seed_library.verify(text).sentences
    assert found.state is SupportState.UNSUPPORTED
    assert words in found.nearest[0].quote


def test_a_dated_claim_bears_out_what_no_passage_says_so_fully(seed_library: Library):
    """What stands in the ledger's own words would be called unknown to the library."""
    text = (
        "PosConf, which only uses confidence at reliable positions, beats majority voting by 6.1 points for RL models."
    )
    (found,) = seed_library.verify(text).sentences
    assert found.state is SupportState.CONSISTENT
    (citation,) = found.citations
    note = seed_library.parts.catalog.source(citation.source)
    assert note is not None
    assert citation.quote in {claim.text for claim in note.claims}
    assert str(found.nearest[0].as_of) == "2026-07"
    assert note.text[citation.char_start : citation.char_end] == citation.quote


def test_other_words_for_the_same_are_held_against_it_and_warned_of(seed_library: Library):
    """A free rendering would be called foreign, or its own words would pass unseen."""
    text = "As puzzles get harder, large reasoning models first put in more effort and then less, with tokens left to spend."
    (found,) = seed_library.verify(text).sentences
    assert found.state is SupportState.CONSISTENT
    assert any(r.kind == "content" and r.warning and "words" in r.text for r in found.reasons)
    foreign = seed_library.verify("As recipes get longer, home cooks first buy more flour and then less.").sentences[0]
    assert foreign.state is SupportState.UNSUPPORTED


def test_a_reason_tells_the_words_that_it_means(seed_library: Library):
    """A person would look for the words in question in the whole sentence."""
    (found,) = seed_library.verify("Budget forcing doubles s1's score on AIME24, from 50% to 57%.").sentences
    told = [r.told(found.text) for r in found.reasons if not r.warning]
    assert any("doubles" in words for words in told)


def test_an_id_with_an_impossible_month_is_an_unknown_paper(seed_library: Library):
    """A made-up id would be passed over because it is so badly made up."""
    (found,) = seed_library.verify("SFT often costs reasoning quality in most models (arXiv:9999.99999).").sentences
    assert found.state is SupportState.UNSUPPORTED
    assert "arXiv:9999.99999" in found.reasons[0].text


def test_headings_questions_code_and_fragments_are_left_out_and_counted(seed_library: Library):
    """What states nothing cannot be unsupported."""
    found = seed_library.verify("# Fine-tuning\n\nDoes fine-tuning help here?\n\n```\nx = 1\n```\n\nYes.\n")
    assert (found.sentences, found.n_skipped) == ((), 4)


def test_nothing_at_all_is_refused(seed_library: Library):
    """An empty file would be reported as verified."""
    with pytest.raises(BadInput, match="no text"):
        seed_library.verify(" \n")
    with pytest.raises(BadInput, match="characters"):
        seed_library.verify("word " * 50_000)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=400).filter(str.strip))
@example("#:")
@example(">")
@example("0.")
def test_whatever_is_pasted_spans_fit_and_citations_resolve(seed_library: Library, text: str):
    """A reader would be sent to words that do not stand there."""
    try:
        found = seed_library.verify(text)
    except BadInput:
        # A list's number or a link's address alone is nothing to read either.
        assert len(content_terms(text)) < 3
        return
    for sentence in found.sentences:
        assert normalise(text)[sentence.char_start : sentence.char_end] == sentence.text
        for citation in sentence.citations:
            source = seed_library.parts.catalog.source(citation.source)
            assert source is not None
            assert source.text[citation.char_start : citation.char_end] == citation.quote
