"""A writer's brief with a few of its sentences changed, in memory; the catalog and the library's files stay.

Source, passages and sentences behind the change move with it, so that every offset is right in the changed text and the
gate can check what is written from it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from ingest.plain import plain
from kb.domain import Citation, Passage, Source
from kb.language import content_stems, spelled_out
from kb.ports import Brief, Embedder, Evidence, SentenceHit


@dataclass(frozen=True, slots=True)
class Spot:
    """A span of a source's changed text, in code points; empty where its words were taken out."""

    source: str
    char_start: int
    char_end: int
    words: str

    def touches(self, citation: Citation) -> bool:
        """Whether a citation points at it."""
        within = citation.char_start < max(self.char_end, self.char_start + 1) and citation.char_end > self.char_start
        return citation.source == self.source and within


def altered(
    brief: Brief, citations: Sequence[Citation], change: Callable[[str], str], embedder: Embedder
) -> tuple[Brief, tuple[Spot, ...]]:
    """The brief with the sentences that citations quote changed, and where the changed ones stand.

    Args:
        brief: as it was.
        citations: what to change; spans that overlap an earlier one are left as they are.
        change: from a sentence without markup to what stands in its place; empty takes it out.
        embedder: of the library; the new sentences are compared with the question anew.
    """
    evidence = list(brief.evidence)
    spots: list[Spot] = []
    for number, item in enumerate(evidence):
        # From the end, so that what is still to be changed has not moved.
        for start, end in sorted(_spans(citations, item.source.id), reverse=True):
            new = change(plain(item.source.text[start:end]))
            moved = len(new) - (end - start)
            item = _with_span(item, start, end, new)
            spots = [_moved(s, moved) if s.source == item.source.id else s for s in spots]
            spots.append(Spot(item.source.id, start, start + len(new), new))
        evidence[number] = item
    changed = replace(brief, evidence=[e for e in evidence if e.sentences])
    return _rescored(changed, spots, embedder), tuple(spots)


def _spans(citations: Iterable[Citation], source_id: str) -> list[tuple[int, int]]:
    """Spans of one source that citations quote, none overlapping another."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted({(c.char_start, c.char_end) for c in citations if c.source == source_id}):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _moved(spot: Spot, by: int) -> Spot:
    return replace(spot, char_start=spot.char_start + by, char_end=spot.char_end + by)


def _with_span(evidence: Evidence, start: int, end: int, new: str) -> Evidence:
    """A source and its sentences with one span's words replaced."""
    quote = evidence.source.text[start:end]
    passages: dict[str, Passage | None] = {}
    hits = []
    for hit in evidence.sentences:
        if hit.passage.id not in passages:
            passages[hit.passage.id] = _passage(hit.passage, start, end, new)
        passage = passages[hit.passage.id]
        place = _place((hit.char_start, hit.char_end), start, end, new)
        if passage and place and place[1] <= passage.char_end:
            text = passage.text[place[0] - passage.char_start : place[1] - passage.char_start]
            hits.append(
                replace(hit, passage=passage, char_start=place[0], char_end=place[1], text=text, shown=plain(text))
            )
    return replace(evidence, source=_source(evidence.source, start, end, quote, new), sentences=hits)


def _source(source: Source, start: int, end: int, quote: str, new: str) -> Source:
    update = {
        "text": source.text[:start] + new + source.text[end:],
        "claim": source.claim.replace(quote, new),
        "summary": source.summary.replace(quote, new),
    }
    return source.model_copy(update=update)


def _passage(passage: Passage, start: int, end: int, new: str) -> Passage | None:
    """A passage after the change; None where the span lies across its end, or all of it was taken out."""
    place = _place((passage.char_start, passage.char_end), start, end, new)
    if place is None:
        return None
    text = passage.text
    if passage.char_start <= start and end <= passage.char_end:
        text = text[: start - passage.char_start] + new + text[end - passage.char_start :]
    sentences = tuple(p for span in passage.sentences if (p := _place(span, start, end, new)))
    fields = {"char_start": place[0], "char_end": place[1], "text": text, "sentences": sentences}
    return Passage.model_validate({**passage.model_dump(), **fields})


def _place(span: tuple[int, int], start: int, end: int, new: str) -> tuple[int, int] | None:
    """Where a span stands after the change; None where it is cut through or nothing of it is left."""
    moved = len(new) - (end - start)
    if span[1] <= start:
        return span
    if span[0] >= end:
        return span[0] + moved, span[1] + moved
    if span[0] <= start and end <= span[1]:
        return (span[0], span[1] + moved) if span[1] + moved > span[0] else None
    return None


def _rescored(brief: Brief, spots: Sequence[Spot], embedder: Embedder) -> Brief:
    """The brief with the changed sentences' likeness to the question as retrieval would have it."""
    is_new = {
        id(hit): hit
        for e in brief.evidence
        for hit in e.sentences
        if any(s.source == e.source.id and s.char_start < hit.char_end and hit.char_start < s.char_end for s in spots)
    }
    if not is_new:
        return brief
    asked = spelled_out(brief.question).rstrip("?!. ") or brief.question
    question, *vectors = embedder.embed([asked, *(hit.shown for hit in is_new.values())])
    terms = content_stems(brief.question)
    scored: dict[int, SentenceHit] = {}
    for (key, hit), vector in zip(is_new.items(), vectors, strict=True):
        words = content_stems(hit.shown)
        scored[key] = replace(
            hit, vector=vector, likeness=max(0.0, float(vector @ question)), n_new=len(words - terms),
            coverage=len(words & terms) / (len(terms) or 1),
        )  # fmt: skip
    evidence = [replace(e, sentences=[scored.get(id(hit), hit) for hit in e.sentences]) for e in brief.evidence]
    return replace(brief, evidence=evidence)
