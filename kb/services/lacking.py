"""What a library does not hold for a question, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ingest.plain import plain, shown
from kb.domain import Facet
from kb.language import content_terms, quoted
from kb.services.question import Question
from prompts import load

_NEAR = 0.04
"""How far above the floor a passage is near a facet that it does not cover."""


class Compared(Enum):
    """Whether a sentence of the library compares what a question compares."""

    SO = "so"
    OTHERWISE = "otherwise"
    """By another measure than the question's."""
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Lack:
    """A question beside what was found for it."""

    question: Question
    facets: tuple[Facet, ...]
    compared: Compared
    apart: Sequence[str]
    """Facets that no single source covers together."""
    is_refused: bool
    """Whether there is no answer, so that nothing in it is put together."""
    is_scattered: bool = False
    """Whether no single passage holds all facets, where a source does."""

    @property
    def uncovered(self) -> list[Facet]:
        """Facets that nothing covers."""
        return [facet for facet in self.facets if not facet.covered]

    @property
    def is_joint(self) -> bool:
        """Whether one source covers all, and compares what is compared."""
        return self.compared is Compared.SO and not self.apart and not self.uncovered


def _parted(lack: Lack) -> tuple[list[Facet], list[Facet], list[Facet]]:
    """Facets that a dated claim speaks of, that passages come near to, and that are absent.

    What is called by one word is there or not; and nothing is near to a question that is refused.
    """
    claimed = [facet for facet in lack.uncovered if facet.claim]
    near = [f for f in lack.uncovered if not f.claim and not lack.is_refused and _is_near(f, content_terms(f.text))]
    return claimed, near, [f for f in lack.uncovered if f not in claimed and f not in near]


def _is_near(facet: Facet, words: Sequence[str]) -> bool:
    is_close = facet.best_score > facet.floor + _NEAR
    return is_close and len(words) > 1 and 2 * len(facet.missing_terms) < len(words)


def caveat_of(lack: Lack) -> str:
    """What no source does, as a clause; empty where one does, and where there is no answer."""
    words = load("answer")
    if lack.is_refused:
        return ""
    if lack.compared is not Compared.SO:
        first, second = lack.question.compared
        if lack.compared is Compared.NOT:
            return words.fill("caveat_comparison", first=first, second=second)
        return words.fill("caveat_measure", first=first, second=second, facets=_measure(lack))
    if lack.uncovered:
        return _missing(lack)
    return words.fill("caveat_parts", facets=quoted(lack.apart)) if lack.apart else ""


def _measure(lack: Lack) -> str:
    """What the two sides are to be compared by."""
    return quoted([facet for facet in lack.question.facets if facet not in lack.question.compared], "or")


def _missing(lack: Lack) -> str:
    """That nothing was found on some facets, or nothing quite on them."""
    claimed, near, absent = _parted(lack)
    parts = {"caveat_missing": absent, "caveat_near": [*claimed, *near]}
    return " and ".join(load("answer").fill(part, facets=_listed(own, "or")) for part, own in parts.items() if own)


def note_of(lack: Lack, unsaid: Sequence[Facet] = ()) -> str:
    """What the library holds of a question and what it lacks, in sentences.

    Args:
        lack: what was found.
        unsaid: facets that are covered, and of which the answer still does not speak in so many words.
    """
    words = load("answer")
    covered = [f for f in lack.facets if f.covered]
    claimed, near, absent = _parted(lack)
    parts = []
    if covered:
        joint = "single" if len(covered) == 1 else "scattered" if lack.is_scattered else "joint"
        part = "covered" if unsaid or lack.is_refused or not lack.is_joint else joint
        parts.append(words.fill(part, facets=_listed(covered)))
    if lack.is_refused and not lack.uncovered:
        parts.append(words.fill("too_far"))
    if unsaid:
        parts.append(words.fill("unsaid", facets=_listed(unsaid, "or")))
    # What is missing is said in full below.
    if caveat := caveat_of(lack) if not lack.uncovered or lack.compared is not Compared.SO else "":
        parts.append(caveat[0].upper() + caveat[1:] + ".")
    parts += [words.fill("claimed", facet=facet.text, claim=plain(facet.claim)) for facet in claimed]
    if near:
        parts.append(words.fill("near", facets=_listed(near)))
    if absent:
        parts.append(words.fill("uncovered", facets=_listed(absent)))
        if missing := list(dict.fromkeys(t for f in absent for t in f.missing_terms)):
            parts.append(words.fill("missing", missing=quoted(missing, "or")))
    if nearest := _nearest([*near, *absent]):
        parts.append(words.fill("nearest", nearest=nearest))
    return " ".join(parts)


def _nearest(facets: Sequence[Facet]) -> str:
    """Title of the passage that comes nearest to one of them."""
    return next((shown(f.nearest_title) for f in sorted(facets, key=lambda f: -f.best_score)), "")


def _listed(facets: Sequence[Facet], joint: str = "and") -> str:
    return quoted([facet.text for facet in facets], joint)


def would_help(lack: Lack) -> tuple[str, ...]:
    """What would fill the gaps."""
    words = load("answer")
    wanted = [words.fill("would_help_facet", facets=_listed([f])) for f in lack.uncovered]
    if lack.compared is not Compared.SO:
        first, second = lack.question.compared
        if lack.compared is Compared.NOT:
            wanted.append(words.fill("would_help_comparison", first=first, second=second))
        else:
            wanted.append(words.fill("would_help_measure", first=first, second=second, facets=_measure(lack)))
    elif not lack.is_joint and not wanted and len(lack.facets) > 1:
        wanted.append(words.fill("would_help_parts", facets=_listed(lack.facets)))
    return tuple(wanted)
