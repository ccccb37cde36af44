"""Whether a paper was withdrawn, which arXiv says in words only: in the comment or in place of the abstract."""

import re

# Words about a withdrawn drug or an agent that withdraws are no withdrawal: the paper itself must be what is withdrawn.
_SAID = re.compile(
    r"\b(?:paper|article|submission|manuscript|preprint|work|note|report|version|draft|it)"
    r" (?:has been|was|is|had to be|has to be|is being) (?:temporarily |voluntarily )?withdrawn\b"
    r"|\bwithdrawn by (?:the |its |all )?(?:author|arxiv|submitter)"
    r"|\bauthors? (?:has|have|wish to|wishes to|would like to) withdr[ae]w",
    re.IGNORECASE,
)
_OPENING = re.compile(r"\W*(?:paper |article |submission |this is )?withdrawn\b", re.IGNORECASE)
_NOTICE_CHARS = 300
"""What stands in place of an abstract is short; what an abstract says further on is about something else."""


def is_withdrawn(comment: str, abstract: str) -> bool:
    """Whether the comment or the beginning of the abstract says that the paper was withdrawn."""
    if _SAID.search(_flat(comment)) or _OPENING.match(comment):
        return True
    notice = _flat(abstract)
    return len(notice) <= _NOTICE_CHARS and bool(_SAID.search(notice) or _OPENING.match(notice))


def _flat(text: str) -> str:
    return " ".join(text.split())
