"""What a note's sentence rests on: the papers that it names, or else the nearest place that names them for it.

The place is said with the papers, because it decides how far they can be trusted. A sentence that names its paper is
sure, and a dated claim that says the same nearly so; the papers of its paragraph may be its neighbours', and the note's
list of sources is a guess.
"""

from collections.abc import Iterable, Mapping

from ingest.front_matter import yaml_span
from ingest.plain import plain
from kb.domain import (
    Citation,
    Claim,
    Grounding,
    Passage,
    PassageKind,
    Reason,
    RestsOnBasis,
    Sentence,
    Source,
    SourceKind,
    SupportState,
)
from kb.identity import cited_ids
from kb.language import content_stems
from kb.wording import names, numbers

GENERATED_ONLY = Reason(kind="generated", text="rests on generated text alone, which is no evidence", warning=True)
_SAME_SHARE, _SAME_WORDS = 0.4, 4
"""A dated claim says the same as a sentence if they share at least so much of the shorter one's words, and so many.

Of the seed notes' sentences that name papers themselves, 177 have such a claim; its evidence is theirs in 174."""


def with_grounds(sentence: Sentence, sources: Mapping[str, Source], passages: Mapping[str, Passage]) -> Sentence:
    """The sentence with `rests_on` set in its citations of notes, and with its grounding.

    One that rests on generated text alone says so, and is at most consistent.

    Args:
        sentence: checked by the gate.
        sources: by id; citations of others stay as they are.
        passages: by id.
    """
    citations = tuple(grounded(c, sources.get(c.source), passages.get(c.passage)) for c in sentence.citations)
    where = grounding(citations, sources)
    update: dict[str, object] = {"citations": citations, "grounding": where}
    if where is Grounding.GENERATED:
        update["reasons"] = (*sentence.reasons, GENERATED_ONLY)
        update["state"] = without_support(sentence.state)
    return sentence.model_copy(update=update)


def grounding(citations: Iterable[Citation], sources: Mapping[str, Source]) -> Grounding | None:
    """Where citations, whose `rests_on` is set, end: by the surest of them; None where none resolves."""
    found = {_ends_in(c, source) for c in citations if (source := sources.get(c.source))}
    return next((where for where in Grounding if where in found), None)


def _ends_in(citation: Citation, source: Source) -> Grounding:
    if source.generated:
        return Grounding.GENERATED
    if source.kind is not SourceKind.NOTE:
        return Grounding.OWN_TEXT
    return Grounding.PAPERS_NAMED if citation.rests_on else Grounding.NOTE


def without_support(state: SupportState) -> SupportState:
    """A state as it may stand for a sentence that rests on generated text alone."""
    return SupportState.CONSISTENT if state is SupportState.SUPPORTED else state


def grounded(citation: Citation, source: Source | None, passage: Passage | None) -> Citation:
    """A citation with `rests_on` set, if it is one of a note."""
    if source is None or passage is None or not source.id.startswith("note:"):
        return citation
    basis, rests_on = grounds(source, citation.char_start, citation.char_end, passage.kind)
    return citation.model_copy(update={"rests_on": rests_on, "rests_on_basis": basis if rests_on else None})


def grounds(note: Source, start: int, end: int, kind: PassageKind) -> tuple[RestsOnBasis, tuple[str, ...]]:
    """Where a note says what the words between two offsets of its text rest on, and what that is."""
    if found := _named(note, start, end):
        return RestsOnBasis.SENTENCE, found
    if found := _by_claims(note, note.text[start:end]):
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


def _by_claims(note: Source, sentence: str) -> tuple[str, ...]:
    """Evidence of the claim most like a sentence, and of those that it joins with it; nothing where that is not sure.

    A name or figure that the likest claim lacks and another of the note holds is told of that one's papers. It is not
    sure where that other says too little of the sentence to be one that it joins.
    """
    alike = same_claims(note, sentence)
    if not alike:
        return ()
    evidence = dict.fromkeys(alike[0].evidence)
    foreign = _marks(plain(sentence)) - _marks(alike[0].text)
    for claim in alike[1:]:
        if joined := foreign & _marks(claim.text):
            foreign -= joined
            evidence |= dict.fromkeys(claim.evidence)
    others = (claim for claim in note.claims if claim.evidence and claim not in alike)
    return () if any(foreign & _marks(claim.text) for claim in others) else tuple(evidence)


def _marks(text: str) -> set[str]:
    return {mention.key for mention in (*numbers(text), *names(text))}


def same_claims(note: Source, sentence: str) -> list[Claim]:
    """The note's dated claims with evidence that share enough with a sentence to say the same, the most alike first."""
    words = content_stems(plain(sentence))
    shared = {claim: _share(words, claim) for claim in note.claims if claim.evidence}
    return sorted((claim for claim in shared if shared[claim] >= _SAME_SHARE), key=lambda claim: -shared[claim])


def _share(words: frozenset[str], claim: Claim) -> float:
    own = content_stems(claim.text)
    both = len(words & own)
    return both / min(len(words), len(own)) if both >= _SAME_WORDS else 0.0
