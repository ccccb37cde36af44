"""What the library does not hold for a question.

A facet is covered if a passage clears a floor, and the floor is the library's own: the score that phrases from quite
other fields reach in it, nearly always at most. Facets are also looked at together: sources that each cover one side
of a comparison do not compare.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.plain import plain
from kb.domain import Absence, AnswerStatus, Facet, Passage, Sentence
from kb.language import ABBREVIATIONS, base_form, content_stems, content_terms, counted, rough_stem, spelled_out
from kb.ports import Catalog, Embedder, Vector, VectorIndex
from kb.services.lacking import Compared, Lack, caveat_of, note_of, would_help
from kb.services.omission import Asked, Omission, carrying, omissions
from kb.services.question import Question
from kb.services.told import unsaid
from prompts import load

_QUANTILE = 0.98
_CANDIDATES = 100
_LARGE, _DRIFT = 20_000, 0.05
"""Passages of a library whose floor holds until this share of them came or went: measuring it takes seconds there."""
_MOSTLY_MISSING = 0.4
_EDGE = 0.1
"""How far from the floor a score counts fully or not at all. A step there would let the last bits of a vector, which
differ between processors, decide what is answered."""
_WEIGHT_LIKENESS, _SUFFICIENT = 1.5, 1.43
"""What the covered share of a question and its similarity to what is most like it, times its weight, must add up to;
chosen on labelled questions."""

# A passage holds a phrase if it has most of its words, weighted by rarity, or means much the same. One word of two is
# not most: a library may know prices, and GPT-5, and nothing of the price of GPT-5.
_MOST_WORDS, _SAME_MEANING = 0.7, 0.5
_READ_AT_MOST = 20

# What is called by letters and a number: GPT-5, ARC-AGI-2, Llama 4; an arXiv id.
_NAME = re.compile(
    r"\b[0-9]{4}\.[0-9]{4,5}\b|(?<![\w-])[^\W\d_]\w*+(?:-[^\W\d_]\w*+)*-[0-9][\w.]*"
    r"|\b[A-Z]\w+ [0-9]+(?:\.[0-9]+)?\b(?: [A-Z][a-z]+\b)?"
)
_NEGATIONS = frozenset("no not none never neither nor without cannot".split())

# Phrases from fields that a research library is unlikely to hold all of; the few that a library does hold are outliers
# that the quantile leaves out.
_PROBES = (
    "capital of France", "treatment for gout", "sourdough starter", "offside rule", "tax return deadline",
    "tomato plant disease", "migration of swallows", "guitar chord fingering", "tyre pressure", "Roman aqueducts",
    "knitting pattern for mittens", "price of gold", "volcanic eruption in Iceland", "wedding speech", "cat allergy",
    "visa for Japan", "history of the Ottoman Empire", "marathon training plan", "roasting coffee", "dental implants",
    "orchid repotting", "mortgage interest", "chess opening traps", "symphony orchestra seating", "whale song",
    "kitchen tap repair", "airport security queue", "medieval castles", "sunburn", "cheese fermentation",
    "election turnout in Norway", "train timetable", "photosynthesis in algae", "bicycle gears", "earthquake insurance",
    "sheep shearing", "wine tasting notes", "ancient Greek pottery", "vaccination of infants", "snowboard bindings",
    "crossword puzzle clues", "divorce law", "solar panel installation", "beehive inspection", "opera singers",
    "hotel breakfast", "fishing licence", "knee surgery recovery", "desert climate", "postage stamps",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coverage:
    """How a question stands in the library."""

    absence: Absence
    status: AnswerStatus
    caveat: str
    """What no source does, as a clause; empty where one does."""
    lack: Lack


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase against the library."""

    best_score: float
    best_key: int | None
    clearing: frozenset[int]
    """Keys of the passages that hold it: they clear the floor and have most of its words or its meaning."""
    weight: float
    """How specific the phrase is: the sum of its terms' inverse document frequencies."""
    missing: tuple[str, ...]
    missing_share: float
    """Share of the weight that terms have which occur nowhere in the library."""


def phrases(question: Question) -> list[str]:
    """What of a question's facets is compared with passages."""
    return [spelled_out(facet) for facet in question.facets]


class AbsenceChecker:
    """Measures what a library holds for the facets of a question.

    Args:
        catalog: of the library, or of what was there by a date.
        index: over the same passages.
        embedder: of the library.
        floor: the whole library's, where only a part of it is asked.
    """

    def __init__(
        self, catalog: Catalog, index: VectorIndex, embedder: Embedder, floor: Callable[[], float] | None = None
    ) -> None:
        self._catalog, self._index, self._embedder = catalog, index, embedder
        self._whole_floor = floor

    def calibrate(self) -> float:
        """Measure the floor of the library as it is now and keep it; call under the writer's lock."""
        floor = self._measure_floor()
        with self._catalog.writing():
            n_passages = self._catalog.count("passages")
            self._catalog.set_setting("floor", f"{self._catalog.generation()}:{n_passages}:{floor:.6f}")
        return floor

    def floor(self) -> float:
        """Score that unrelated phrases reach in this library at most, 49 times of 50."""
        if self._whole_floor:
            return self._whole_floor()
        value = (self._catalog.setting("floor") or "").rpartition(":")[2]
        return float(value) if self.is_calibrated() else self._measure_floor()

    def is_calibrated(self) -> bool:
        """Whether the floor that is kept was measured in the library as it is now, or in a large one hardly changed."""
        generation, *counted, _ = (self._catalog.setting("floor") or ":").split(":")
        if generation == str(self._catalog.generation()):
            return True
        n_then = int(counted[0]) if counted else 0
        return n_then >= _LARGE and abs(self._catalog.count("passages") - n_then) <= _DRIFT * n_then

    def _measure_floor(self) -> float:
        vectors = self._embedder.embed(_PROBES)
        n = self._catalog.count("passages")
        scores = [self._score(probe, vectors[i], 1.0, n).best_score for i, probe in enumerate(_PROBES)]
        return round(float(np.quantile(scores, _QUANTILE)), 6)

    def look_up(self, question: Question) -> list[Phrase]:
        """What the library has of each facet."""
        floor, vectors = self.floor(), self._embedder.embed(phrases(question))
        n = self._catalog.count("passages")
        return [self._score(facet, vectors[i], floor, n) for i, facet in enumerate(question.facets)]

    def check(
        self, question: Question, found: Sequence[Phrase], similarity: float, asked: Asked | None = None
    ) -> Coverage:
        """Facet by facet and all together.

        Args:
            question: taken apart.
            found: what `look_up` gives.
            similarity: cosine of the whole question and the passage or sentence most like it.
            asked: the question beside what may answer it, to find what is said in other words; else nothing is.
        """
        floor = self.floor()
        facets = self._claimed(self._facets(question, found, floor))
        weights = np.array([phrase.weight for phrase in found])
        # What a dated claim alone has is held, too, if not in so many words.
        above = np.array([2 * _EDGE if f.claim else f.best_score - floor for f in facets])
        share = float(weights @ np.clip(0.5 + above / (2 * _EDGE), 0.0, 1.0) / (weights.sum() or 1.0))
        is_enough = share + _WEIGHT_LIKENESS * similarity >= _SUFFICIENT and any(facet.covered for facet in facets)
        held = {facet.text: phrase.clearing for facet, phrase in zip(facets, found, strict=True) if facet.covered}
        apart = self._apart(held)
        if is_enough and asked and (len(held) < len(facets) or apart):
            omitted = omissions(question, asked, self._embedder)
            facets = _with_said(facets, found, omitted)
            carries = dict(zip(question.facets, carrying(omitted), strict=True))
            apart = self._apart({text: keys for text, keys in held.items() if carries[text]})
        status = AnswerStatus.INSUFFICIENT
        if is_enough:
            status = AnswerStatus.ANSWERED if all(facet.covered for facet in facets) else AnswerStatus.PARTIAL
        scattered = len(held) > 1 and not frozenset.intersection(*held.values())
        compared = self._compared(question, found)
        return self._coverage(Lack(question, facets, compared, apart, not is_enough, scattered), status)

    def of_papers(self, question: Question) -> Coverage:
        """For a question that names papers and nothing else: whether each is held or cited, and all by one source."""
        on = [set(self._catalog.sources_on(paper)) for paper in question.papers]
        facets = tuple(
            Facet(text=paper, covered=bool(found), best_score=float(bool(found)), floor=1.0)
            for paper, found in zip(question.papers, on, strict=True)
        )
        status = AnswerStatus.ANSWERED if all(on) else AnswerStatus.PARTIAL if any(on) else AnswerStatus.INSUFFICIENT
        held = [found for found in on if found]
        apart = question.papers if held and not set.intersection(*held) else ()
        return self._coverage(Lack(question, facets, Compared.SO, apart, not any(on)), status)

    def beside(self, coverage: Coverage, sentences: Sequence[Sentence]) -> Absence:
        """What the library lacks, and of the rest what the sentences of an answer do not say in so many words."""
        left = unsaid(coverage.lack.question, coverage.lack.facets, sentences, self._catalog, self._embedder)
        return coverage.absence.model_copy(update={"note": note_of(coverage.lack, left)}) if left else coverage.absence

    def _coverage(self, lack: Lack, status: AnswerStatus) -> Coverage:
        absence = Absence(
            facets=lack.facets,
            joint=lack.is_joint,
            note=note_of(lack),
            searched=load("answer").fill(
                "searched",
                n_passages=counted(self._catalog.count("passages"), "passage"),
                n_sources=counted(self._catalog.count("sources") - self._catalog.count("superseded"), "source"),
            ),
            would_help=would_help(lack),
        )
        return Coverage(absence, status, caveat_of(lack), lack)

    def _score(self, phrase: str, vector: Vector, floor: float, n: int) -> Phrase:
        """The mean of meaning (cosine) and words (share of the phrase's specificity that a passage contains).

        Args:
            phrase: a facet, or words from another field.
            vector: of the phrase, shape (dimension,).
            floor: what a passage must score to clear it.
            n: how many passages the library holds.
        """
        counts = self._counts(phrase)
        terms = list(counts)
        weight = {term: float(np.log(1 + (n - count + 0.5) / (count + 0.5))) for term, count in counts.items()}
        total = sum(weight.values()) or 1.0
        dense = dict(self._index.search(vector, _CANDIDATES))
        lexical = [key for key, _ in self._catalog.lexical(terms, _CANDIDATES)]
        if unseen := [key for key in lexical if key not in dense]:
            keys, matrix = self._catalog.vectors(unseen)
            dense.update(zip(keys.tolist(), np.vecdot(matrix, vector).tolist(), strict=True))
        containing = self._catalog.containing(terms, list(dense))
        share = {key: sum(weight[term] for term in terms if key in containing[term]) / total for key in dense}
        scores = {key: 0.5 * cosine + 0.5 * share[key] for key, cosine in sorted(dense.items())}
        best = max(scores, key=lambda key: (scores[key], -key)) if scores else None
        return Phrase(
            best_score=round(scores[best], 6) if best is not None else 0.0,
            best_key=best,
            clearing=self._holding(weight, {k: (s, dense[k], share[k]) for k, s in scores.items() if s > floor}),
            weight=total,
            missing=tuple(term for term, count in counts.items() if not count),
            missing_share=sum(weight[term] for term, count in counts.items() if not count) / total,
        )

    def _holding(self, weight: Mapping[str, float], near: Mapping[int, tuple[float, float, float]]) -> frozenset[int]:
        """Those passages that mean much the same as a phrase or have most of its words.

        Where none means the same, its words must stand in one sentence: scattered they may speak of anything.

        Args:
            weight: of each of the phrase's terms.
            near: score, cosine and share of the terms of the passages that clear the floor.
        """
        alike = frozenset(key for key, (_, cosine, _) in near.items() if cosine >= _SAME_MEANING)
        worded = sorted((key for key in near if near[key][2] >= _MOST_WORDS), key=lambda key: (-near[key][0], key))
        if len(weight) == 1 or alike:
            return alike | frozenset(worded)
        needed = _MOST_WORDS * sum(weight.values())
        stems = {frozenset(content_stems(term)): value for term, value in weight.items()}
        found = set()
        for key, passage in self._catalog.passages(worded[:_READ_AT_MOST]).items():
            for start, end in passage.sentences or ((passage.char_start, passage.char_end),):
                sentence = plain(passage.text[start - passage.char_start : end - passage.char_start])
                words = content_stems(sentence)
                if sum(value for term, value in stems.items() if term <= words) >= needed:
                    found.add(key)
        return frozenset(found)

    def _counts(self, phrase: str) -> dict[str, int]:
        """In how many passages each term of a phrase occurs; an abbreviation that none has counts as its words."""
        # The full-text index looks for a name's parts side by side: “GPT” somewhere and “5” elsewhere are no “GPT-5”.
        names = [match[0].casefold() for match in _NAME.finditer(phrase)]
        words = [base_form(term) for term in content_terms(_NAME.sub(" ", phrase))]
        terms = list(dict.fromkeys([*names, *words])) or [phrase.casefold()]
        counts = self._catalog.term_counts(terms)
        for short in [term for term in terms if term in ABBREVIATIONS and not counts[term]]:
            del counts[short]
            counts |= self._catalog.term_counts(content_terms(ABBREVIATIONS[short]))
        return counts

    def _facets(self, question: Question, found: Sequence[Phrase], floor: float) -> tuple[Facet, ...]:
        passages = self._catalog.passages([p.best_key for p in found if p.best_key is not None])
        sources = self._catalog.sources({passage.source_id for passage in passages.values()})
        titles = {source.id: source.title for source in sources}
        facets = []
        for text, phrase in zip(question.facets, found, strict=True):
            nearest = passages.get(phrase.best_key) if phrase.best_key is not None else None
            facets.append(
                Facet(
                    text=text,
                    # A passage like a phrase does not cover it if most of what the phrase says is said nowhere.
                    covered=bool(phrase.clearing) and phrase.missing_share < _MOSTLY_MISSING,
                    best_score=phrase.best_score,
                    floor=floor,
                    nearest=nearest.id if nearest else None,
                    nearest_title=titles[nearest.source_id] if nearest else "",
                    missing_terms=phrase.missing,
                )
            )
        return tuple(facets)

    def _claimed(self, facets: tuple[Facet, ...]) -> tuple[Facet, ...]:
        """The facets; those that no passage holds with the first dated claim that has their words, in text or scope."""
        if all(facet.covered for facet in facets):
            return facets
        claims = [f"{claim.text} ({claim.scope})" for claim in self._catalog.claims()]
        return tuple(
            facet if facet.covered else facet.model_copy(update={"claim": _telling(facet, claims)}) for facet in facets
        )

    def _compared(self, question: Question, found: Sequence[Phrase]) -> Compared:
        """Whether one passage compares the two sides of a comparison; it does where nothing is compared."""
        sides = [p.clearing for text, p in zip(question.facets, found, strict=True) if text in question.compared]
        if len(sides) != 2:
            return Compared.SO
        first, second = map(content_stems, question.compared)
        others = [content_stems(facet) - first - second for facet in question.facets if facet not in question.compared]
        met = Compared.NOT
        for passage in self._catalog.passages(sides[0] & sides[1]).values():
            if self._compares(passage, first - second, second - first):
                met = Compared.OTHERWISE
                words = content_stems(passage.text)
                if not any(others) or any(words & stems for stems in others):
                    return Compared.SO
        return met

    def _apart(self, holding: Mapping[str, frozenset[int]]) -> Sequence[str]:
        """Facets that no source covers together, by the passages that hold each; none where one source does."""
        by_facet = [set(self._catalog.source_ids(keys).values()) for keys in holding.values()]
        return () if by_facet and set.intersection(*by_facet) else tuple(holding)

    def _compares(self, passage: Passage, first: frozenset[str], second: frozenset[str]) -> bool:
        """Whether some sentence has a word of its own for each side, "small" and "large", and denies nothing."""
        for start, end in passage.sentences:
            sentence = passage.text[start - passage.char_start : end - passage.char_start]
            words = content_stems(sentence)
            is_denied = not _NEGATIONS.isdisjoint(sentence.casefold().split())
            if words & first and words & second and not is_denied:
                return True
        return False


def _telling(facet: Facet, claims: Iterable[str]) -> str:
    """The first claim that has all words of a facet beside each other; empty where none has."""
    stems = content_stems(facet.text)
    # A stem is the beginning of its word, but for a few comparatives; reading every claim's words takes long.
    likely = (claim for claim in claims if all(stem[:4] in claim.casefold() for stem in stems))
    return next((claim for claim in likely if stems and _stand_together(stems, claim)), "")


def _stand_together(stems: frozenset[str], text: str) -> bool:
    """Whether a text has all of some words in one run: "reinforcement learning" and "a rate" make no learning rate."""
    words = [rough_stem(term) for term in content_terms(text)]
    return any(stems <= set(words[i : i + len(stems)]) for i in range(len(words)))


def _with_said(facets: Sequence[Facet], found: Sequence[Phrase], omitted: Sequence[Omission]) -> tuple[Facet, ...]:
    """The facets, of which those count as covered, too, that the library says in other words.

    A name has no other words: what is said of one model is not said of the next.
    """
    return tuple(
        facet.model_copy(update={"covered": True})
        if omission.is_said(phrase.missing_share) and not _NAME.search(facet.text)
        else facet
        for facet, phrase, omission in zip(facets, found, omitted, strict=True)
    )
