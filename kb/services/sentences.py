"""Sentences of the best sources, scored against the question: the last stage of retrieval and all that a writer needs.

Vectors of every sentence would make an index several times as large for a gain that is all in the first places. So
only notes and full texts, which are few and quoted most, have their sentences embedded when they are read; of abstracts
those of the best few are, when a question is asked.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice, repeat

import numpy as np

from ingest.plain import plain
from kb.domain import Passage, PassageKind
from kb.identity import content_hash
from kb.language import content_stems
from kb.ports import Catalog, Embedder, SentenceHit, Vector
from kb.services.at_once import at_once
from kb.services.orders import gives_orders
from kb.services.secondhand import is_secondhand

_PER_SOURCE = 7
_NEW_SENTENCES = (2, 2, 2, 2, 1, 1, 1)
"""Sentences embedded for one question of the best source, the second and so on; more cost an answer more time than they
add."""
_MIN_WORDS, _MAX_WORDS = 5, 60
_KIND_PRIOR = {PassageKind.CLAIM: 1.0, PassageKind.SUMMARY: 0.5, PassageKind.BODY: 0.0}
_END = re.compile(r"[.!?。！？][\"”’')\]]*$")


def best_sentences(
    question: str,
    vector: Vector,
    passages: Mapping[str, Sequence[Passage]],
    catalog: Catalog,
    embedder: Embedder,
    n_new: Sequence[int] = _NEW_SENTENCES,
    meanwhile: Callable[[], object] | None = None,
) -> dict[str, list[SentenceHit]]:
    """The most promising sentences of each source with their similarity to the question, in reading order.

    Args:
        question: its words choose which sentences are worth embedding.
        vector: of the question, shape (dimension,).
        passages: of each source, in its order; the best source first.
        catalog: may hold vectors of the sentences already.
        embedder: of the library.
        n_new: how many sentences may be embedded of the first source, the second and so on; then none.
        meanwhile: what else is to be done, while they are; nothing where none is.
    """
    terms = content_stems(question)
    whole = {source_id: list(_sentences(own)) for source_id, own in passages.items()}
    weights = _weights(terms, [words for own in whole.values() for _, words in own])
    drafts = {source_id: _shortlist(own, weights) for source_id, own in whole.items()}
    hashes = {d.shown: sentence_hash(d.shown) for own in drafts.values() for d in own}
    recorded = catalog.vectors_of(hashes.values())
    known = {shown: recorded[text_hash] for shown, text_hash in hashes.items() if text_hash in recorded}
    limits = chain(n_new, repeat(0))
    kept = {source_id: _affordable(own, known, next(limits)) for source_id, own in drafts.items()}
    new = list(dict.fromkeys(d.shown for own in kept.values() for d in own if d.shown not in known))
    if new:
        vectors, _ = at_once(lambda: embedder.embed(new), meanwhile or (lambda: None))
        known |= zip(new, vectors, strict=True)
    return {s: [_scored(d, known[d.shown], vector) for d in own] for s, own in kept.items()}


def _affordable(drafts: Sequence[SentenceHit], known: Mapping[str, Vector], n_new: int) -> list[SentenceHit]:
    """All sentences whose vectors are known, by their words, and the most promising of the others."""
    new = sorted((d for d in drafts if d.shown not in known), key=lambda d: (-_promise(d, d.coverage), d.order))
    left_out = {d.order for d in new[n_new:]}
    return [d for d in drafts if d.order not in left_out]


def sentence_hash(text: str) -> str:
    """Hash under which the vector of a sentence is kept; `text` is without markup."""
    return content_hash("sentence", text)


def _promise(draft: SentenceHit, coverage: float) -> float:
    """What a sentence is worth before it is embedded."""
    return _KIND_PRIOR[draft.passage.kind] + coverage


def _sentences(passages: Sequence[Passage]) -> Iterator[tuple[SentenceHit, frozenset[str]]]:
    """Whole sentences of a source, each with the stems of its words."""
    order = 0
    for passage in passages:
        for start, end in passage.sentences:
            order += 1
            text = passage.text[start - passage.char_start : end - passage.char_start]
            shown = plain(text)
            if is_secondhand(text):
                continue
            if _is_whole(shown) or passage.kind is PassageKind.CLAIM:
                yield SentenceHit(passage, start, end, text, shown, order), content_stems(shown)
        order += 1  # sentences on both sides of a passage's end are no neighbours


def _weights(terms: frozenset[str], sentences: Sequence[frozenset[str]]) -> dict[str, float]:
    """What each word of the question tells these sentences apart by: rare ones more."""
    return {term: math.log(1 + len(sentences) / (1 + sum(term in words for words in sentences))) for term in terms}


def _shortlist(
    sentences: Sequence[tuple[SentenceHit, frozenset[str]]], weights: Mapping[str, float]
) -> list[SentenceHit]:
    """A source's claim, and its sentences with the most of the question's words, in reading order.

    What gives orders to a model asserts nothing, and is no sentence to answer with.
    """
    # Added up exactly: sets have no order, and sentences with the same words must be worth the same.
    total = math.fsum(weights.values()) or 1.0
    scored = [
        (math.fsum(weights[term] for term in weights.keys() & words) / total, draft, words)
        for draft, words in sentences
    ]
    scored.sort(key=lambda entry: (-_promise(entry[1], entry[0]), entry[1].order))
    best = islice((entry for entry in scored if not gives_orders(entry[1].shown)), _PER_SOURCE)
    drafts = [replace(draft, coverage=coverage, n_new=len(words - weights.keys())) for coverage, draft, words in best]
    return sorted(drafts, key=lambda draft: draft.order)


def _is_whole(text: str) -> bool:
    """A statement of readable length, from its first word to its full stop."""
    return _MIN_WORDS <= len(text.split()) <= _MAX_WORDS and bool(_END.search(text)) and not text[0].islower()


def _scored(draft: SentenceHit, vector: Vector, question: Vector) -> SentenceHit:
    likeness = float(np.clip(vector @ question, 0.0, 1.0))
    return replace(draft, likeness=likeness, vector=vector)
