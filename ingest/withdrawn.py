"""Whether a paper was withdrawn: arXiv has no field for it; authors and administrators say it in words."""

import re

_WORK = "paper|article|submission|manuscript|preprint|e-?print|draft|work|version|it"
_STATED = re.compile(
    rf"\b(?:{_WORK})(?: (?:has been|have been|is|was|is being))?(?: [a-z]+ly)? (?:withdrawn|retracted)\b"
)
_OF_ITSELF = re.compile(rf"\bthis (?:{_WORK}) (?:has been|is|was|is being)(?: [a-z]+ly)? (?:withdrawn|retracted)\b")
_OPENING = re.compile(
    r"withdrawn(?: (?:by|due|because|as|for|pending|on|from arxiv|from the arxiv)\b|[ .;,:!]*$|[.;,:!])"
)
_FROM_ELSEWHERE = re.compile(r"withdrawn from (?!(?:the )?ar[xc]h?iv)")
_NEAR_THE_START = 20
_SHORT_CHARS = 300
"""An abstract up to this length that says that a paper was withdrawn is taken to speak of its own."""


_WORDS_OF_A_REASON = 40


def says_only_withdrawn(abstract: str) -> bool:
    """Whether an abstract tells of the withdrawal and of nothing else: such a version has no text worth finding."""
    told = " ".join(abstract.casefold().split())
    begins = _OPENING.match(told) or ((stated := _OF_ITSELF.search(told)) and stated.start() < _NEAR_THE_START)
    return bool(begins) and len(told.split()) <= _WORDS_OF_A_REASON


def is_withdrawn(comment: str, abstract: str) -> bool:
    """Whether a paper's comment or abstract says that the paper itself was withdrawn.

    Papers about withdrawn things, and papers withdrawn from a journal or conference, are not meant.
    """
    said, told = (" ".join(text.casefold().split()) for text in (comment, abstract))
    if _OPENING.match(said) or (_STATED.search(said) and not _FROM_ELSEWHERE.search(said)):
        return True
    stated = _STATED.search(told) if len(told) <= _SHORT_CHARS else _OF_ITSELF.search(told)
    return bool((_OPENING.match(told) or stated) and not _FROM_ELSEWHERE.search(told))
