"""Verify: any text, sentence by sentence, held against the library by the same checks that the gate makes.

For each sentence the nearest passages are found by meaning and by words, and each in turn is taken as what the sentence
cites. Where one of them bears it out, it is that citation; else the nearest one's differences are the reasons. A
sentence that names a paper is held against that paper and the notes that rest on it alone.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain

from ingest.chunk import claim_passages
from ingest.markdown import blocks
from ingest.plain import plain
from ingest.sentences import sentences
from kb.domain import (
    Citation,
    Grounding,
    NearPassage,
    PartialDate,
    Passage,
    PassageKind,
    Reason,
    Source,
    SupportState,
    Verification,
    VerifiedSentence,
)
from kb.errors import BadInput
from kb.identity import cited_ids, impossible_ids, normalise
from kb.language import content_stems, content_terms, rough_stem
from kb.ports import Catalog, Embedder, Judge, Progress, Vector, VectorIndex, no_progress
from kb.services.checks import compare, held_share
from kb.services.gate import cited_text, is_whole, judged, unjudged
from kb.services.grounds import GENERATED_ONLY, grounded, grounding, without_support
from kb.services.orders import obeyed
from kb.services.quote_survival import survives
from kb.services.secondhand import bare, is_secondhand, origins, uncited
from kb.services.text_vectors import text_vectors
from kb.wording import is_number_word, numbers, value_of

MAX_TEXT_CHARS = 200_000
_BY_MEANING, _BY_WORDS, _HELD_AGAINST, _SHOWN = 24, 24, 8, 3
_MIN_WORDS = 3
_BORNE_OUT = 0.5
"""Share of a sentence's content words that the sentences it is held against must have: what shares less with any one
passage is not about the same thing, whatever else agrees …"""
_SOME_SHARE, _ALIKE = 0.25, 0.7
"""… unless they have at least this share and come this near in meaning, by cosine: then other words say it, and the
checks are run, of which one warns of these words. Chosen on the development sets."""
_VAGUER = 0.2
"""How much less of a sentence a passage may say than one that limits it, to bear it out all the same."""
_OPPOSING = frozenset(("hedge", "number", "binding", "sides", "negation", "direction"))
"""Differences in which a passage speaks against a sentence, or says less, rather than of something else."""


@dataclass(frozen=True, slots=True)
class _Near:
    """A passage as what a sentence may rest on."""

    passage: Passage
    score: float
    spans: tuple[tuple[int, int], ...]
    """Its sentences that share most with the one in question, in the source's text."""
    share: float
    """How many of the sentence's content words these have."""
    is_alike: bool = False
    """Whether they mean much the same in other words."""
    is_draft: bool = False
    """Whether it is generated text that nobody has accepted."""

    @property
    def bears_on(self) -> bool:
        """Whether it says enough of the sentence to bear it out, or to speak against it."""
        return self.share >= _BORNE_OUT or self.is_alike


@dataclass(frozen=True, slots=True)
class _Ruled:
    """What became of a sentence, and against which passage it was held."""

    state: SupportState
    reasons: tuple[Reason, ...]
    held_against: _Near | None = None
    citations: tuple[Citation, ...] = ()


class Verifier:
    """Holds texts against one library."""

    def __init__(self, catalog: Catalog, index: VectorIndex, embedder: Embedder, judge: Judge | None = None) -> None:
        self._catalog, self._index, self._embedder, self._judge = catalog, index, embedder, judge

    def verify(self, text: str, progress: Progress = no_progress) -> Verification:
        """Every sentence of a text with its support state; headings, questions, code and tables are skipped.

        Raises:
            BadInput: if there is no sentence in it or it is too long.
        """
        text = normalise(text)
        if len(text) > MAX_TEXT_CHARS:
            raise BadInput(f"the text has {len(text):,} characters, {MAX_TEXT_CHARS:,} are the most", cure="Split it")
        spans, n_skipped = statements(text)
        if not spans and not n_skipped:
            raise BadInput("there is no text to verify", cure="Name a file, or pipe the text in and write `-`")
        vectors = self._embedder.embed([plain(text[a:b]) for a, b in spans]) if spans else ()
        found = []
        with self._catalog.reading():
            for number, ((start, end), vector) in enumerate(zip(spans, vectors, strict=True), 1):
                found.append(self._sentence(text[start:end], vector, start))
                progress("Verifying", number, len(spans))
        remarks = unjudged(found)
        has_ruled = not remarks or any(_is_ruled(sentence) for sentence in found)
        judge = self._judge.name if self._judge and has_ruled else ""
        return Verification(sentences=tuple(found), n_skipped=n_skipped, judge=judge, remarks=remarks)

    def _sentence(self, text: str, vector: Vector, start: int) -> VerifiedSentence:
        shown = plain(text)
        allowed, unknown = self._named_sources(text)
        weights = self._weights(shown)
        near = self._near(shown, vector, allowed, weights)
        sources = {s.id: s for s in self._catalog.sources({n.passage.source_id for n in near})}
        near = self._firsthand(near, sources)
        ruled = self._judged(shown, near, sources, unknown, weights)
        # The passage that the reasons speak of comes first, so that both are read together.
        near = sorted(near, key=lambda n: n is not ruled.held_against)
        passages = {n.passage.id: n.passage for n in near}
        citations = tuple(grounded(c, sources.get(c.source), passages.get(c.passage)) for c in ruled.citations)
        state, reasons, where = ruled.state, ruled.reasons, grounding(citations, sources)
        if where is Grounding.GENERATED:
            state, reasons = without_support(state), (*reasons, GENERATED_ONLY)
        shown_near = tuple(_near_passage(n, sources[n.passage.source_id]) for n in near[:_SHOWN])
        return VerifiedSentence(
            text=text, char_start=start, char_end=start + len(text), state=state, reasons=reasons,
            citations=citations, grounding=where, nearest=shown_near,
        )  # fmt: skip

    def _firsthand(self, near: Sequence[_Near], sources: Mapping[str, Source]) -> list[_Near]:
        """Passages without those of notes that have their words from another one of them."""
        kept = list(near)
        for one in near:
            (citation,) = _citations(one)
            words = bare(plain(citation.quote))
            if any(words in uncited(plain(o.passage.text)) for o in kept if o.passage.source_id != citation.source):
                others = {o.passage.source_id for o in kept}
                if any(o.id in others for o in origins(sources[citation.source], citation.quote, self._catalog)):
                    kept.remove(one)
        return kept

    def _judged(
        self,
        shown: str,
        near: Sequence[_Near],
        sources: Mapping[str, Source],
        unknown: Sequence[str],
        weights: Mapping[str, float],
    ) -> _Ruled:
        if unknown:
            listed = ", ".join(unknown)
            words = f"names {listed}, of which the library has no text"
            return _Ruled(SupportState.UNSUPPORTED, (Reason(kind="citation", text=words),))
        for candidate in near:
            citations = _citations(candidate)
            if survives(shown, candidate.passage.text) and is_whole(shown, citations[0].quote):
                ordered = obeyed(shown, citations, is_quoted=True)
                return _Ruled(SupportState.QUOTED, (ordered,) if ordered else (), candidate, citations)
        if not near:
            return _Ruled(SupportState.UNSUPPORTED, (Reason(kind="content", text="no passage speaks of this"),))
        # The passage that has a sentence's figures and says most of it has the say: one that speaks of something else
        # denies nothing, and a vaguer one that does not object bears nothing out.
        figures = {value_of(m) for m in numbers(shown)}
        near = sorted(near, key=lambda n: (n.is_draft, _lacking(figures, n), -round(n.share, 2), -n.score))
        tried, fullest = [], 0.0
        for candidate in near:
            citations = _citations(candidate)
            text = cited_text(citations, {candidate.passage.id: candidate.passage}, sources)
            text = replace(text, papers=None)  # `_named_sources` has looked them up
            ordered = obeyed(shown, citations)
            reasons = (*compare(shown, text, weights), *((ordered,) if ordered else ()))
            tried.append((candidate, reasons))
            if not candidate.bears_on or candidate.share < fullest - _VAGUER:
                continue
            if not any(_blocks(r) for r in reasons):
                state, reasons = judged(shown, text, reasons, self._judge)
                return _Ruled(state, reasons, candidate, () if state is SupportState.UNSUPPORTED else citations)
            if any(r.kind in _OPPOSING and _blocks(r) for r in reasons):
                return _Ruled(SupportState.UNSUPPORTED, reasons, candidate)
            fullest = max(fullest, candidate.share)
        candidate, reasons = min(tried, key=lambda pair: (-round(pair[0].share, 1), sum(map(_blocks, pair[1]))))
        if not candidate.bears_on:
            far = Reason(kind="content", text="no passage says enough of this to bear it out", char_end=len(shown))
            reasons = (far, *(r for r in reasons if r.kind != "content"))
        return _Ruled(SupportState.UNSUPPORTED, reasons, candidate)

    def _named_sources(self, text: str) -> tuple[frozenset[str] | None, list[str]]:
        """Sources that a sentence restricts itself to by naming papers, and papers of which there is none."""
        ids = cited_ids(text)
        unknown = list(impossible_ids(text))
        if not ids:
            return None, unknown
        sources: set[str] = set()
        for arxiv_id in ids:
            own = self._catalog.sources_on(arxiv_id.base)
            sources |= set(own)
            if not own:
                unknown.append(str(arxiv_id))
        return frozenset(sources), unknown

    def _weights(self, shown: str) -> dict[str, float]:
        """Inverse document frequency of a sentence's words, by stem: host and phone say more than model."""
        counts = self._catalog.term_counts([t for t in content_terms(shown) if not is_number_word(t)])
        n_passages = self._catalog.count("passages")
        return {rough_stem(t): math.log(1 + (n_passages - c + 0.5) / (c + 0.5)) for t, c in counts.items()}

    def _near(
        self, shown: str, vector: Vector, allowed: frozenset[str] | None, weights: Mapping[str, float]
    ) -> list[_Near]:
        """The passages that come nearest, by half cosine and half shared words."""
        cosines = dict(self._index.search(vector, _BY_MEANING))
        words = [key for key, _ in self._catalog.lexical(content_terms(shown), _BY_WORDS)]
        if allowed is not None:
            words += list(self._catalog.passages_of(allowed)) if allowed else []
        if unseen := [key for key in dict.fromkeys(words) if key not in cosines]:
            keys, matrix = self._catalog.vectors(unseen)
            cosines.update(zip(keys.tolist(), (matrix @ vector).tolist(), strict=True))
        found = []
        for key, passage in self._catalog.passages(cosines).items():
            if allowed is None or passage.source_id in allowed:
                spans, share = _best_spans(shown, passage, weights)
                found.append((_Near(passage, 0.5 * max(cosines[key], 0.0) + 0.5 * share, spans, share), key))
        best = [n for n, _ in sorted(found, key=lambda pair: (-pair[0].score, pair[1]))]
        drafts = self._catalog.generated({n.passage.source_id for n in best})
        # A draft takes no source's place: it has the say only where no other passage bears the sentence out.
        own = [n for n in best if n.passage.source_id not in drafts][:_HELD_AGAINST]
        dated = self._claims_near(shown, vector, {n.passage.source_id for n in own}, weights)
        generated = [replace(n, is_draft=True) for n in best[:_HELD_AGAINST] if n.passage.source_id in drafts]
        meant = self._with_likeness([*own, *generated], vector)
        return [*meant[: len(own)], *dated, *meant[len(own) :]]

    def _with_likeness(self, near: Sequence[_Near], vector: Vector) -> list[_Near]:
        """The same, with what shares too few words with the sentence held against it by its meaning."""
        quotes = {i: plain(_citations(n)[0].quote) for i, n in enumerate(near) if _SOME_SHARE <= n.share < _BORNE_OUT}
        cosines = dict(zip(quotes, self._cosines(list(quotes.values()), vector), strict=True))
        return [replace(n, is_alike=cosines.get(i, 0.0) >= _ALIKE) for i, n in enumerate(near)]

    def _cosines(self, texts: Sequence[str], vector: Vector) -> list[float]:
        return (text_vectors(texts, self._catalog, self._embedder) @ vector).tolist() if texts else []

    def _claims_near(
        self, shown: str, vector: Vector, notes: Collection[str], weights: Mapping[str, float]
    ) -> list[_Near]:
        """Dated claims of some notes that say some of a sentence."""
        found = []
        for passage in chain.from_iterable(claim_passages(s) for s in self._catalog.sources(notes)):
            spans, share = _best_spans(shown, passage, weights)
            if share >= _SOME_SHARE:
                found.append(_Near(passage, 0.5 * share, spans, share))
        cosines = self._cosines([plain(n.passage.text) for n in found], vector)
        return [
            replace(n, score=n.score + 0.5 * max(cosine, 0.0), is_alike=cosine >= _ALIKE)
            for n, cosine in zip(found, cosines, strict=True)
        ]


def _lacking(figures: set[Decimal], near: _Near) -> int:
    """How many of a sentence's figures a passage that says enough of it lacks; all, where it says too little."""
    if not figures or not near.bears_on:
        return len(figures)
    return len(figures - {value_of(m) for m in numbers(near.passage.text)})


def _is_ruled(sentence: VerifiedSentence) -> bool:
    """Whether a judge said anything of a sentence."""
    return sentence.state is SupportState.SUPPORTED or any(reason.kind == "judge" for reason in sentence.reasons)


def _blocks(reason: Reason) -> bool:
    return not reason.warning


_QUESTION = re.compile(r"\?[\"'”’)\]*_]*$")


def statements(text: str) -> tuple[list[tuple[int, int]], int]:
    """Spans of the sentences that state something, and how many pieces were left out."""
    spans: list[tuple[int, int]] = []
    n_skipped = 0
    for block in blocks(text, 0):
        if not block.quotable or block.kind == "heading":
            n_skipped += 1
            continue
        found = sentences(text, block.char_start, block.char_end)
        n_skipped += not found
        for start, end in found:
            shown = plain(text[start:end])
            if _QUESTION.search(shown) or len(content_terms(shown)) < _MIN_WORDS:
                n_skipped += 1
            else:
                spans.append((start, end))
    return spans, n_skipped


def _best_spans(
    shown: str, passage: Passage, weights: Mapping[str, float]
) -> tuple[tuple[tuple[int, int], ...], float]:
    """The one or two neighbouring sentences of a passage that share most with a sentence, and how much that is."""
    start = passage.char_start
    spans: Sequence[tuple[int, int]] = (
        [(a, b) for a, b in passage.sentences if not is_secondhand(passage.text[a - start : b - start])]
        or passage.sentences
        or ((start, passage.char_end),)
    )
    runs = [spans[i : i + n] for n in (1, 2) for i in range(len(spans) - n + 1)]

    def share(run: Sequence[tuple[int, int]]) -> float:
        words = passage.text[run[0][0] - passage.char_start : run[-1][1] - passage.char_start]
        return held_share(shown, content_stems(plain(words)), weights)

    # A second sentence counts only if it adds something to speak of.
    best = max(runs, key=lambda run: (round(share(run) - 0.1 * (len(run) - 1), 6), -run[0][0]))
    return tuple(best), share(best)


def _citations(near: _Near) -> tuple[Citation, ...]:
    start, end = near.spans[0][0], near.spans[-1][1]
    passage = near.passage
    quote = passage.text[start - passage.char_start : end - passage.char_start]
    return (
        Citation(
            source=passage.source_id, passage=passage.id, quote=quote, char_start=start, char_end=end,
            section=passage.section, page=passage.page,
        ),
    )  # fmt: skip


def _near_passage(near: _Near, source: Source) -> NearPassage:
    (citation,) = _citations(near)
    as_of = near.passage.kind is PassageKind.CLAIM and _claimed(citation.quote, source)
    return NearPassage(
        source=citation.source, title=source.title, passage=citation.passage, quote=citation.quote, as_of=as_of or None,
        char_start=citation.char_start, char_end=citation.char_end, page=citation.page, score=round(near.score, 4),
    )  # fmt: skip


def _claimed(words: str, note: Source) -> PartialDate | None:
    """Up to when a note's claim in these words reaches; None where it is the note's own title in claim form."""
    return next((claim.as_of for claim in note.claims if claim.text.split() == words.split()), None)
