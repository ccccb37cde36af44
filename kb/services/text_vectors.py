"""Vectors of texts, each made once: what is embedded when notes are read stays in the catalog."""

from collections.abc import Sequence

import numpy as np

from kb.ports import Catalog, Embedder, Matrix
from kb.services.sentences import sentence_hash


def text_vectors(texts: Sequence[str], catalog: Catalog, embedder: Embedder) -> Matrix:
    """Vectors of texts, those that the catalog keeps from there; shape (texts, dimension)."""
    hashes = [sentence_hash(text) for text in texts]
    kept = catalog.vectors_of(hashes)
    new = list(dict.fromkeys(text for text, text_hash in zip(texts, hashes, strict=True) if text_hash not in kept))
    made = dict(zip(new, embedder.embed(new), strict=True)) if new else {}
    return np.stack([kept[h] if h in kept else made[text] for text, h in zip(texts, hashes, strict=True)])
