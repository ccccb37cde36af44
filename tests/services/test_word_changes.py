"""An altered quote beside the true words."""

from hypothesis import given
from hypothesis import strategies as st

from kb.services.word_changes import Pieces, word_changes

WORDS = st.lists(st.sampled_from("a b c, “a never b. C".split()), max_size=12).map(" ".join)


def said(pieces: Pieces) -> str:
    return " ".join(words for words, _ in pieces)


def test_what_was_put_in_left_out_and_exchanged_is_marked():
    """A person would have to search for the one word that was changed."""
    given, true = word_changes("Models that never solve puzzles, with", "Models solve long puzzles with")
    assert given == [("Models", False), ("that never", True), ("solve puzzles, with", False)]
    assert true == [("Models solve", False), ("long", True), ("puzzles with", False)]


def test_a_change_of_case_is_a_change():
    """The audit refuses it, and nobody would see why."""
    assert word_changes("The end", "the end") == ([("The", True), ("end", False)], [("the", True), ("end", False)])


@given(WORDS, WORDS)
def test_no_word_is_lost_and_equal_texts_have_no_marks(one: str, other: str):
    """The texts that a person compares would not be those that were compared."""
    given, true = word_changes(one, other)
    assert (said(given), said(true)) == (one, other)
    assert not any(differs for _, differs in (*word_changes(one, one)[0], *word_changes(one, one)[1]))
    kept = [" ".join(words for words, differs in pieces if not differs).split() for pieces in (given, true)]
    assert len(kept[0]) == len(kept[1])
