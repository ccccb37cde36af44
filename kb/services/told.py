"""Which things that a library covers an answer does not speak of in so many words."""

import math
import re
from collections.abc import Sequence

import numpy as np

from ingest.plain import plain
from kb.domain import Facet, Sentence
from kb.language import ABBREVIATIONS, base_form, content_stems, content_terms, spelled_out
from kb.ports import Catalog, Embedder
from kb.services.omission import Asked, omissions
from kb.services.question import Question
from kb.services.text_vectors import text_vectors

_SAID, _ALIKE = 0.5, 0.55
"""A sentence says a facet if it has this share of its words, by rarity, or is this near to it as a cosine."""
_MAIN = 0.4
"""A question turns on a facet if it moves this much as far without it as without its weightiest one."""
# The field's own compounds: what is asked of languages is not said by each “language model”.
_COMPOUND = re.compile(r"\b(?:natural language|(?:large )?language (?=models?\b))", re.IGNORECASE)


def unsaid(
    question: Question, facets: Sequence[Facet], sentences: Sequence[Sentence], catalog: Catalog, embedder: Embedder
) -> list[Facet]:
    """The covered facets that no sentence of an answer says, by words or by meaning, and that a question turns on."""
    texts = [plain(sentence.text) for sentence in sentences]
    said = [content_stems(_COMPOUND.sub(" ", text)) for text in texts]
    left = [f for f in facets if f.covered and _share(f.text, said, catalog) < _SAID]
    if not left or not texts:
        return []
    vectors = embedder.embed([spelled_out(facet.text) for facet in left])
    nearest = np.max(vectors @ text_vectors(texts, catalog, embedder).T, axis=1)
    far = [facet for facet, cosine in zip(left, nearest.tolist(), strict=True) if cosine < _ALIKE]
    return [facet for facet in far if facet.text in _turning(question, embedder)] if far else []


def _turning(question: Question, embedder: Embedder) -> set[str]:
    """The facets without which a question would be quite another."""
    vector = embedder.embed([question.core])[0]
    shifts = [
        o.shift for o in omissions(question, Asked(vector, np.empty((0, len(vector)), dtype=np.float32)), embedder)
    ]
    return {facet for facet, shift in zip(question.facets, shifts, strict=True) if shift >= _MAIN * max(shifts)}


def _share(facet: str, said: Sequence[frozenset[str]], catalog: Catalog) -> float:
    """The most of a facet's words that a sentence has, weighted by rarity."""
    n = catalog.count("passages")
    counts = catalog.term_counts([base_form(term) for term in content_terms(_COMPOUND.sub("", facet))])
    weights = {
        content_stems(_COMPOUND.sub("", ABBREVIATIONS.get(term, term))): math.log(1 + (n - count + 0.5) / (count + 0.5))
        for term, count in counts.items()
    }
    most = max((sum(w for stems, w in weights.items() if stems <= words) for words in said), default=0.0)
    return most / (sum(weights.values()) or 1.0)
