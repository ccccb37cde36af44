"""The extractive writer: a synthesis of verbatim sentences, for use without any language model.

Sentences are picked by how well they answer (similarity to the question, its words, their source's rank), against how
much they repeat what stands already; sources are grouped into themes; each theme opens with the statement that matters
most.
"""

from collections.abc import Mapping, Sequence

from kb.domain import Citation, Sentence, SupportState
from kb.ports import Brief, Draft, Listener
from kb.providers.against import goes_against
from kb.providers.candidates import Candidate, candidates_of
from kb.providers.relevance import relevant
from kb.providers.themes import Theme, group
from kb.wording import AGAINST, IN_TENSION
from prompts import load

_AIM_WORDS, _MOST_WORDS = 250, 350
_SENTENCE_FLOOR = 0.75
"""A sentence is added after every source has had its say if it is worth at least this share of the best one."""
_CLAIM_FLOOR = 0.5
"""A theme opens with its first source's claim if that is worth at least this share of the best sentence of all."""
_CLAIM_LEADS = 0.85
"""A source's claim speaks for it if it is worth at least this share of its best sentence."""
_SAME_THING = 0.78
"""Two sentences this similar say the same."""
_MAX_PER_SOURCE = 3


class ExtractiveWriter:
    """Writes with the library's own sentences; implements `kb.ports.Writer`. Deterministic."""

    name = "extractive"
    model = ""

    def write(self, brief: Brief, listener: Listener) -> Draft:
        """Two to five themes, some 180-340 words where the evidence allows; at once, with nothing to listen to."""
        found = candidates_of(brief.evidence)
        sources = relevant(brief.evidence, found, brief.tensions)
        if not sources:
            return Draft(load("answer").fill("reading_without_answer", reads_as=brief.reads_as), ())
        used = {e.source.id for e in sources}
        candidates = [c for c in found if c.source_id in used]
        themes = group(sources, candidates, brief.tensions)
        chosen = _choose(themes, candidates)
        sentences = [s for theme in themes for s in _compose(theme, chosen, brief.tensions)]
        return Draft(_reading(brief, list(dict.fromkeys(s.theme for s in sentences))), sentences)

    def repair(self, brief: Brief, failed: Sequence[Sentence]) -> Mapping[int, Sentence]:
        """Nothing: its sentences are the library's own."""
        return {}


def _choose(themes: Sequence[Theme], candidates: Sequence[Candidate]) -> list[Candidate]:
    """For each theme the claim of its first source, one sentence of each source, then those that add most."""
    chosen: list[Candidate] = []
    top = max((c.worth for c in candidates), default=0.0)
    for theme in themes:
        claims = [c for c in candidates if c.source_id == theme.source_ids[0] and c.is_claim]
        chosen += [c for c in claims if c.worth >= _CLAIM_FLOOR * top and not _repeats(c, chosen)]
    for source_id in (s for theme in themes for s in theme.source_ids):
        own = [c for c in candidates if c.source_id == source_id and c.stands_alone and not _repeats(c, chosen)]
        has_claim = any(c.source_id == source_id for c in chosen)
        if own and not (has_claim and _n_words(chosen) > _AIM_WORDS):
            best = max(own, key=_by_worth) if has_claim else _lead(own)
            chosen += [best] if _n_words(chosen) + best.n_words <= _MOST_WORDS else []
    for candidate in sorted(candidates, key=lambda c: -c.worth):
        if _n_words(chosen) >= _AIM_WORDS or candidate.worth < _SENTENCE_FLOOR * top:
            break
        if candidate not in chosen and _adds(candidate, chosen):
            chosen.append(candidate)
    return chosen


def _by_worth(candidate: Candidate) -> tuple[float, int]:
    return candidate.worth, -candidate.hit.order


def _lead(own: Sequence[Candidate]) -> Candidate:
    """What a source has to say first: its claim, unless another sentence answers much better."""
    best = max(own, key=_by_worth)
    return next((c for c in own if c.is_claim and c.worth >= _CLAIM_LEADS * best.worth), best)


def _adds(candidate: Candidate, chosen: Sequence[Candidate]) -> bool:
    """Whether a sentence can be read where it would stand, says something new and leaves the answer short."""
    own = [c for c in chosen if c.source_id == candidate.source_id]
    follows = any(c.hit.order == candidate.hit.order - 1 for c in own)
    is_readable = candidate.stands_alone or (follows and not candidate.is_signpost)
    fits = _n_words(chosen) + candidate.n_words <= _MOST_WORDS
    return 0 < len(own) < _MAX_PER_SOURCE and is_readable and fits and not _repeats(candidate, chosen)


def _repeats(candidate: Candidate, chosen: Sequence[Candidate]) -> bool:
    return any(float(candidate.vector @ other.vector) > _SAME_THING for other in chosen)


def _n_words(chosen: Sequence[Candidate]) -> int:
    return sum(candidate.n_words for candidate in chosen)


def _compose(theme: Theme, chosen: Sequence[Candidate], tensions: frozenset[tuple[str, str]]) -> list[Sentence]:
    """A theme's sentences, source after source, each source's in its own order."""
    sentences: list[Sentence] = []
    told: list[str] = []
    before: list[Candidate] = []
    for source_id in _partners_together(theme.source_ids, tensions):
        own = sorted((c for c in chosen if c.source_id == source_id), key=lambda c: c.hit.order)
        if not own:
            continue
        lead_in = _lead_in(own[0], before) if told and (source_id, told[-1]) in tensions else ""
        sentences += [_sentence(c, theme.title, "" if i else lead_in) for i, c in enumerate(own)]
        told.append(source_id)
        before = own
    return sentences


def _lead_in(candidate: Candidate, before: Sequence[Candidate]) -> str:
    """How to lead in a sentence of a source in tension with that of the ones before, which may agree all the same."""
    return AGAINST if goes_against(candidate.hit.shown, [c.hit.shown for c in before]) else IN_TENSION


def _partners_together(source_ids: Sequence[str], tensions: frozenset[tuple[str, str]]) -> list[str]:
    """The sources with each one's first partner in tension right after it."""
    order: list[str] = []
    for source_id in source_ids:
        if source_id not in order:
            partners = [p for p in source_ids if (source_id, p) in tensions and p not in order]
            order += [source_id, *partners[:1]]
    return order


def _sentence(candidate: Candidate, theme: str, lead_in: str) -> Sentence:
    hit = candidate.hit
    citation = Citation(
        source=candidate.source_id,
        passage=hit.passage.id,
        quote=hit.text,
        char_start=hit.char_start,
        char_end=hit.char_end,
        section=hit.passage.section,
        page=hit.passage.page,
    )
    # The gate decides on the state; until then nothing counts as supported.
    return Sentence(text=hit.text, state=SupportState.UNSUPPORTED, theme=theme, lead_in=lead_in, citations=(citation,))


def _reading(brief: Brief, titles: Sequence[str]) -> str:
    names = [title if title[:2].isupper() else title[:1].lower() + title[1:] for title in titles]
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    part = "reading_with_caveat" if brief.caveat else "reading"
    return load("answer").fill(part, reads_as=brief.reads_as, themes=listed, caveat=brief.caveat)
