"""What a note's sentence rests on: the papers that it names, or else the nearest place that names them for it.

The place is said with the papers, because it decides how far they can be trusted. A sentence that names its paper is
sure, and a dated claim that says the same nearly so; the papers of its paragraph may be its neighbours', and the note's
list of sources is a guess.
"""

from collections.abc import Mapping

from ingest.front_matter import yaml_span
from ingest.plain import plain
from kb.domain import Citation, Claim, Passage, PassageKind, RestsOnBasis, Sentence, Source
from kb.identity import cited_ids
from kb.language import content_stems

_SAME_SHARE, _SAME_WORDS = 0.4, 4
"""A dated claim says the same as a sentence if they share at least so much of the shorter one's words, and so many.

Of the seed notes' sentences that name papers themselves, 177 have such a claim; its evidence is theirs in 174."""


def with_grounds(sentence: Sentence, sources: Mapping[str, Source], passages: Mapping[str, Passage]) -> Sentence:
    """The sentence with `rests_on` set in its citations of notes.

    Args:
        sentence: checked by the gate.
        sources: by id; citations of others stay as they are.
        passages: by id.
    """
    grounded = tuple(_grounded(c, sources.get(c.source), passages.get(c.passage)) for c in sentence.citations)
    return sentence.model_copy(update={"citations": grounded})


def _grounded(citation: Citation, source: Source | None, passage: Passage | None) -> Citation:
    if source is None or passage is None or not source.id.startswith("note:"):
        return citation
    basis, rests_on = grounds(source, citation.char_start, citation.char_end, passage.kind)
    return citation.model_copy(update={"rests_on": rests_on, "rests_on_basis": basis if rests_on else None})


def grounds(note: Source, start: int, end: int, kind: PassageKind) -> tuple[RestsOnBasis, tuple[str, ...]]:
    """Where a note says what the words between two offsets of its text rest on, and what that is."""
    if found := _named(note, start, end):
        return RestsOnBasis.SENTENCE, found
    if found := _of_claim(note, note.text[start:end]):
        return RestsOnBasis.CLAIM, found
    # A claim or summary stands in the front matter, whose lines are no paragraph.
    if kind is PassageKind.BODY and (found := _named(note, *_paragraph(note.text, start, end))):
        return RestsOnBasis.PARAGRAPH, found
    return RestsOnBasis.NOTE, note.references


def _named(note: Source, start: int, end: int) -> tuple[str, ...]:
    """Papers that the words cite by arXiv id, and other sources of the note that they spell out."""
    text = note.text[start:end]
    others = (r for r in note.references if len(r) > 3 and not cited_ids(r) and r in text)
    return (*map(str, cited_ids(text)), *others)


def _paragraph(text: str, start: int, end: int) -> tuple[int, int]:
    span = yaml_span(text)
    body = span[2] if span else 0
    before, after = text.rfind("\n\n", body, start), text.find("\n\n", end)
    return before + 2 if before >= 0 else body, after if after >= 0 else len(text)


def _of_claim(note: Source, sentence: str) -> tuple[str, ...]:
    """Evidence of the dated claim that shares most with the sentence, if that is enough."""
    words = content_stems(plain(sentence))
    shared = {claim: _share(words, claim) for claim in note.claims if claim.evidence}
    best = max(shared, key=lambda claim: shared[claim], default=None)
    return best.evidence if best and shared[best] >= _SAME_SHARE else ()


def _share(words: set[str], claim: Claim) -> float:
    own = content_stems(claim.text)
    both = len(words & own)
    return both / min(len(words), len(own)) if both >= _SAME_WORDS else 0.0
