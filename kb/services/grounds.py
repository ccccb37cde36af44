"""What a note's sentence rests on: the papers that it names, or else the nearest place that names them for it.

The place is said with the papers, because it decides how far they can be trusted. A sentence that names its paper is
sure, and dated claims that together say as much nearly so; the papers of its paragraph may be its neighbours', and the
note's list of sources is a guess.
"""

from collections.abc import Iterable, Mapping

from ingest.front_matter import yaml_span
from kb.domain import (
    Citation,
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
from kb.services.claims_behind import claims_behind, named, papers_of

GENERATED_ONLY = Reason(kind="generated", text="rests on generated text alone, which is no evidence", warning=True)


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
    if found := named(note, start, end):
        return RestsOnBasis.SENTENCE, found
    if found := papers_of(claims_behind(note, note.text[start:end])):
        return RestsOnBasis.CLAIM, found
    # A claim or summary stands in the front matter, whose lines are no paragraph.
    if kind is PassageKind.BODY and (found := named(note, *_paragraph(note.text, start, end))):
        return RestsOnBasis.PARAGRAPH, found
    return RestsOnBasis.NOTE, note.references


def _paragraph(text: str, start: int, end: int) -> tuple[int, int]:
    span = yaml_span(text)
    body = span[2] if span else 0
    before, after = text.rfind("\n\n", body, start), text.find("\n\n", end)
    return before + 2 if before >= 0 else body, after if after >= 0 else len(text)
