"""An altered quote beside the true words: which words of either side the other does not have."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

_EDGES = "\"'“”„‘’«».,;:…()[]*_"

Pieces: TypeAlias = Sequence[tuple[str, bool]]
"""Words in order, joined where neighbours are alike, each piece with whether the other side lacks it."""


def word_changes(quote: str, true: str) -> tuple[Pieces, Pieces]:
    """Both texts in pieces; what differs is marked, by words, without regard to punctuation at their ends.

    >>> word_changes("it never falls", "it falls")
    ([('it', False), ('never', True), ('falls', False)], [('it falls', False)])
    """
    ours, theirs = quote.split(), true.split()
    bare, bare_there = ([word.strip(_EDGES) for word in words] for words in (ours, theirs))
    blocks = SequenceMatcher(None, bare, bare_there, autojunk=False).get_matching_blocks()
    same = {i for block in blocks for i in range(block.a, block.a + block.size)}
    same_there = {i for block in blocks for i in range(block.b, block.b + block.size)}
    return _pieces(ours, same), _pieces(theirs, same_there)


def _pieces(words: Sequence[str], same: set[int]) -> Pieces:
    pieces: list[tuple[str, bool]] = []
    for i, word in enumerate(words):
        differs = i not in same
        if pieces and pieces[-1][1] == differs:
            pieces[-1] = (f"{pieces[-1][0]} {word}", differs)
        else:
            pieces.append((word, differs))
    return pieces
