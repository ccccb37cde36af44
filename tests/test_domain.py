"""The records: immutable, validated, describable."""

import pytest
from pydantic import ValidationError

from kb.domain import Claim, Passage, Source, SourceKind


def passage(**changes: object) -> Passage:
    fields = {
        "source_id": "note:a",
        "ordinal": 0,
        "char_start": 5,
        "char_end": 9,
        "text": "word",
        "sentences": ((5, 9),),
    }
    return Passage.model_validate({**fields, **changes})


def test_a_passage_is_exactly_its_span():
    """A citation could point at other words than it quotes."""
    assert passage().text == "word"
    with pytest.raises(ValidationError):
        passage(text="words")
    with pytest.raises(ValidationError):
        passage(sentences=((4, 9),))


def test_the_id_of_a_passage_comes_from_its_place_and_words():
    """The same note read twice would have other passages, and saved citations would dangle."""
    assert passage().id == passage(ordinal=3).id
    assert passage().id != passage(text="wort").id
    assert passage().id != passage(char_start=6, char_end=10, sentences=()).id


def test_the_same_claim_in_two_notes_is_one_claim():
    """The ledger would keep two histories of one claim."""
    first = Claim(text="Small models  fail.", as_of="2024-11")
    assert first.id == Claim(text="small models fail.", as_of="2025").id
    assert first.id != Claim(text="Small models win.", as_of="2024-11").id


def test_records_cannot_be_changed():
    """A page could alter what another page shows."""
    source = Source(id="note:a", kind=SourceKind.NOTE, title="A", text="A")
    with pytest.raises(ValidationError):
        source.title = "B"  # type: ignore[misc]
