"""Why two nodes of the concept graph are next to each other: claims that name a paper, sentences that are alike."""

from collections.abc import Iterable
from contextlib import suppress

import numpy as np

from ingest.plain import plain
from kb.domain import Claim
from kb.errors import BadId
from kb.identity import ArxivId
from kb.ports import Catalog, Vector
from kb.services.sentences import sentence_hash

_MIN_WORDS = 5


def claim_on(paper: str, claims: Iterable[Claim]) -> str:
    """The first of a note's dated claims that rests on a paper, with its month; empty where none does.

    Args:
        paper: id of its source or node; its version does not matter.
        claims: of the note, in their order.
    """
    wanted = _base(paper.removeprefix("arxiv:"))
    found = next((c for c in claims if wanted and wanted in map(_base, c.evidence)), None)
    return f"claim as of {found.as_of}: {plain(found.text)}" if found else ""


def most_alike(one: str, other: str, catalog: Catalog) -> tuple[str, str]:
    """The two sentences of two sources that are most alike; empty where their sentences have no vectors."""
    ours, theirs = _sentence_vectors(one, catalog), _sentence_vectors(other, catalog)
    if not ours or not theirs:
        return "", ""
    cosines = np.stack([v for _, v in ours]) @ np.stack([v for _, v in theirs]).T
    row, column = divmod(int(np.argmax(cosines)), len(theirs))
    return ours[row][0], theirs[column][0]


def _sentence_vectors(source_id: str, catalog: Catalog) -> list[tuple[str, Vector]]:
    passages = sorted(catalog.passages_of([source_id]).values(), key=lambda p: p.ordinal)
    texts = [plain(p.text[a - p.char_start : b - p.char_start]) for p in passages for a, b in p.sentences]
    texts = [text for text in dict.fromkeys(texts) if len(text.split()) >= _MIN_WORDS]
    known = catalog.vectors_of({sentence_hash(text) for text in texts})
    return [(text, known[sentence_hash(text)]) for text in texts if sentence_hash(text) in known]


def _base(reference: str) -> str:
    with suppress(BadId):
        return ArxivId.parse(reference).base
    return ""
