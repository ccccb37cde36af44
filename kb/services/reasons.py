"""Why two nodes of the concept graph are next to each other: claims that name a paper, sentences that are alike."""

from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

import numpy as np

from ingest.plain import plain
from kb.domain import Claim
from kb.errors import BadId
from kb.identity import ArxivId
from kb.ports import Catalog, Edge, Matrix
from kb.services.sentences import sentence_hash

_MIN_WORDS = 5
_KEPT = 64
"""Sources whose sentences are remembered, about 60 kB each."""


def claim_on(paper: str, claims: Iterable[Claim]) -> str:
    """The first of a note's dated claims that rests on a paper, with its month; empty where none does.

    Args:
        paper: id of its source or node; its version does not matter.
        claims: of the note, in their order.
    """
    wanted = _base(paper.removeprefix("arxiv:"))
    found = next((c for c in claims if wanted and wanted in map(_base, c.evidence)), None)
    return f"claim as of {found.as_of}: {plain(found.text)}" if found else ""


def listed(edge: Edge) -> str:
    """Where a note lists a link of which no sentence says anything; empty where a sentence holds the link."""
    return f"listed under “{plain(edge.under)}”" if edge.under and not edge.why else ""


class Alike:
    """Finds what two sources say most alike; remembers the sentences of those that it compared last.

    Args:
        catalog: holds the vectors of notes' sentences; other sources' have mostly none.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._said = lru_cache(maxsize=_KEPT)(self._read)

    def sentences(self, one: str, other: str) -> tuple[str, str]:
        """The two sentences of two sources that are most alike; empty where their sentences have no vectors."""
        (ours, our_vectors), (theirs, their_vectors) = self._said(one), self._said(other)
        if not ours or not theirs:
            return "", ""
        row, column = divmod(int(np.argmax(our_vectors @ their_vectors.T)), len(theirs))
        return ours[row], theirs[column]

    def _read(self, source_id: str) -> tuple[list[str], Matrix]:
        """A source's sentences that have vectors, and these, one a row."""
        passages = sorted(self._catalog.passages_of([source_id]).values(), key=lambda p: p.ordinal)
        texts = dict.fromkeys(
            plain(p.text[a - p.char_start : b - p.char_start]) for p in passages for a, b in p.sentences
        )
        hashes = {text: sentence_hash(text) for text in texts if len(text.split()) >= _MIN_WORDS}
        known = self._catalog.vectors_of(hashes.values())
        kept = [text for text, text_hash in hashes.items() if text_hash in known]
        return kept, np.array([known[hashes[text]] for text in kept], dtype=np.float32)


def _base(reference: str) -> str:
    with suppress(BadId):
        return ArxivId.parse(reference).base
    return ""
