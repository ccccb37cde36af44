"""Which dated claims of a note together say what a sentence of it says, and so which papers are behind it.

A sentence may join findings of several papers, and the claim most like it then vouches for a part only. So what that
claim leaves over is looked for in the note's other claims; where more is left than wording explains, or it points at
another paper, nothing vouches for the sentence.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain

from ingest.front_matter import yaml_span
from ingest.markdown import blocks
from ingest.plain import note_links, plain
from ingest.sentences import sentences
from kb.domain import Claim, Source
from kb.identity import cited_ids
from kb.language import content_stems
from kb.services.dated import base_of
from kb.services.orders import gives_orders
from kb.wording import hedges, names, numbers

# Tuned on benchmarks/grounds-dev.jsonl alone.
_SAME_SHARE, _SAME_WORDS = 0.4, 4
"""A claim is like a sentence if they share at least so much of the shorter one's words, and so many."""
_JOINED = 3
"""A claim that has so many of the words left over is joined by the sentence."""
_MOST_LEFT = 0.5
"""More of a sentence's words left over say something that no claim does."""
_CLAUSE_WORDS, _CLAUSE_TOLD = 3, 0.25
"""The same of a clause of so many words of which less than this share is told."""
_POINTS_AWAY = 2
"""So many words left over that are told of another paper point at it."""

_CLAUSE_END = re.compile(r"[;:,–—]\s|\s(?=(?:and|but|yet|while|whereas|although|though)\s)")


def same_claims(note: Source, sentence: str) -> list[Claim]:
    """The note's dated claims with evidence that share enough with a sentence to be like it, the likest first."""
    words = content_stems(plain(sentence))
    shared = {claim: _share(words, claim) for claim in note.claims if claim.evidence}
    return sorted((claim for claim in shared if shared[claim] >= _SAME_SHARE), key=lambda claim: -shared[claim])


def claims_behind(note: Source, sentence: str) -> Sequence[Claim]:
    """The claims that together say as much as a sentence; none where that is not sure.

    It is not where the sentence points at another note, guesses where the claims do not, has a name or figure that
    another paper's claim has, or leaves words over.
    """
    alike = same_claims(note, sentence)
    if not alike or note_links(sentence):
        return ()
    text, chosen, told_of = plain(sentence), alike[:1], _told_of(note)
    words = content_stems(text)
    while joined := _joined(note, words - _told(chosen, told_of), chosen):
        chosen.append(joined)
    return chosen if _is_all_told(text, words, chosen, note, told_of) else ()


def papers_of(claims: Iterable[Claim]) -> tuple[str, ...]:
    """What claims rest on, each once."""
    return tuple(dict.fromkeys(reference for claim in claims for reference in claim.evidence))


def named(note: Source, start: int, end: int) -> tuple[str, ...]:
    """Papers that the words between two offsets cite by arXiv id, and other sources of the note that they spell out.

    What a sentence names while it gives orders to a model stands behind nothing.
    """
    text = note.text[start:end]
    found = _spelt_out(note, text)
    if not found or not gives_orders(plain(text)):
        return found
    spans = (note.text[slice(*span)] for span in sentences(note.text, start, end))
    kept = (_spelt_out(note, sentence) for sentence in spans if not gives_orders(plain(sentence)))
    return tuple(dict.fromkeys(chain.from_iterable(kept)))


def _spelt_out(note: Source, text: str) -> tuple[str, ...]:
    others = (r for r in note.references if len(r) > 3 and not cited_ids(r) and r in text)
    return (*map(str, cited_ids(text)), *others)


def _share(words: frozenset[str], claim: Claim) -> float:
    own = content_stems(claim.text)
    both = len(words & own)
    return both / min(len(words), len(own)) if both >= _SAME_WORDS else 0.0


def _joined(note: Source, left: frozenset[str], chosen: Sequence[Claim]) -> Claim | None:
    """The claim on further papers that has most of the words left over, if it has enough of them."""
    known = set(papers_of(chosen))
    others = (claim for claim in note.claims if not known.issuperset(claim.evidence))
    best = max(others, key=lambda claim: len(left & content_stems(claim.text)), default=None)
    return best if best and len(left & content_stems(best.text)) >= _JOINED else None


def _is_all_told(
    text: str, words: frozenset[str], chosen: Sequence[Claim], note: Source, told_of: Mapping[str, frozenset[str]]
) -> bool:
    told = _told(chosen, told_of)
    left = words - told
    known = {base_of(reference) for reference in papers_of(chosen)}
    clauses = [own for clause in _CLAUSE_END.split(text) if len(own := content_stems(clause)) >= _CLAUSE_WORDS]
    others = [claim for claim in note.claims if not set(papers_of(chosen)).issuperset(claim.evidence)]
    own_marks = {mark for claim in note.claims if claim not in others for mark in _marks(claim.text)}
    foreign = _marks(text) - own_marks
    return not (
        len(left) > _MOST_LEFT * len(words)
        or any(len(clause & told) < _CLAUSE_TOLD * len(clause) for clause in clauses)
        or any(len(left & own) >= _POINTS_AWAY for paper, own in told_of.items() if paper not in known)
        or any(foreign & _marks(claim.text) for claim in others)
        or (_guesses(text) and not any(_guesses(claim.text) for claim in chosen))
    )


def _told(chosen: Iterable[Claim], told_of: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Words of claims, and of all that the note tells of their papers."""
    papers = (told_of[base_of(reference)] for reference in papers_of(chosen))
    return frozenset().union(*papers)


@lru_cache(maxsize=128)
def _told_of(note: Source) -> Mapping[str, frozenset[str]]:
    """Words that a note tells of each paper: in the claims that rest on it and the sentences that name it."""
    told: dict[str, set[str]] = defaultdict(set)
    for claim in note.claims:
        for reference in claim.evidence:
            told[base_of(reference)] |= content_stems(f"{claim.text} {claim.as_of[:4]}")
    front = yaml_span(note.text)
    for block in blocks(note.text, front[2] if front else 0):
        spans = sentences(note.text, block.char_start, block.char_end) if block.quotable else ()
        for span in spans:
            for reference in named(note, *span):
                told[base_of(reference)] |= content_stems(plain(note.text[slice(*span)]))
    return {paper: frozenset(words) for paper, words in told.items()}


def _marks(text: str) -> set[str]:
    """Names and figures."""
    return {mention.key for mention in (*numbers(text), *names(text))}


def _guesses(text: str) -> bool:
    """Whether a text says what may be, not what was found."""
    return any(hedge.key in {"modality", "ability"} for hedge in hedges(text) if hedge.text.casefold() != "can")
