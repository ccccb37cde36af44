"""How a research prompt words things: what a claim is about, lists, months, and text of the library made harmless."""

import re
from collections import Counter
from collections.abc import Sequence

from ingest.plain import plain, terminal_safe
from kb.domain import Claim
from kb.errors import BadId
from kb.identity import ArxivId
from kb.language import base_form, content_stems, content_terms, rough_stem, spelled_out, topic_name

TOPIC_SLUG = re.compile(r"[^\W_]{1,20}(?:-[^\W_]{1,20}){0,3}")
_MAX_WHY_CHARS = 260
_SIZE = re.compile(r"\d(?:\.\d+)?\s?[BM]\b", re.IGNORECASE)
ABOUT_TRAINING = re.compile(
    r"\b(?:pre-?train|train|fine-?tun|tuned|tuning|sft|dpo|rl|rlvr|rlhf|grpo|distil|student|teacher|reward|preference)",
    re.IGNORECASE,
)
ABOUT_GAINS = re.compile(
    r"\b(?:improv|gain|rais|restor|outperform|beat|strengthen|recover|keep|match|more faithful|lift"
    r"|(?:lower|reduc)\w* (?:errors?|hallucinat|bias|overthink|tokens))",
    re.IGNORECASE,
)
ABOUT_COSTS = re.compile(r"\b(?:degrad|cost|worse|hurt|marginal|fail|declin|drop|unfaithful|not\b)", re.IGNORECASE)
ABOUT_USE = re.compile(
    r"\b(?:metric|measur|monitor|evaluat|test|verifier|verify|benchmark|tool|inference|compute|prompt|decod|calibrat|admit|judge)",
    re.IGNORECASE,
)
_DATA_MARK = re.compile(r"={3,}|`{3,}|@(?=answer|claim|new|question|end)", re.IGNORECASE)


def arxiv_base(reference: str) -> str | None:
    """The arXiv id of a reference, without version; None for any other reference."""
    try:
        return ArxivId.parse(reference).base
    except BadId:
        return None


def month_before(date: str, months: int) -> str:
    """The month so many months before a date, `YYYY-MM`.

    >>> month_before("2026-03-14", 6)
    '2025-09'
    """
    year, month = int(date[:4]), int(date[5:7] or 12)
    n = 12 * year + month - 1 - months
    return f"{n // 12:04d}-{n % 12 + 1:02d}"


def topics_of(notes: Sequence[Sequence[str]], question: str) -> list[str]:
    """The three weightiest topics of some notes, given best note first; those that the question names weigh more."""
    asked = set(map(rough_stem, content_terms(spelled_out(question))))
    weights: Counter[str] = Counter()
    for rank, topics in enumerate(notes):
        for place, topic in enumerate(topics):
            named = not asked.isdisjoint(map(rough_stem, content_terms(topic_name(topic))))
            weights[topic] += (3000 if named else 1000) // (rank + 4) // (place + 1)
    return [topic for topic, _ in sorted(weights.items(), key=lambda row: (-row[1], row[0]))[:3]]


def is_about_training(claim: Claim) -> bool:
    """Whether a claim is of how models are made, by its method or, where it names none, by its words."""
    return bool(ABOUT_TRAINING.search(claim.scope.method or claim.text))


def as_data(text: str) -> str:
    """Text of the library on one line, without what could end its frame or pass for a line of the answer's block."""
    shown = " ".join(terminal_safe(plain(text)).split())
    return " ".join(_DATA_MARK.sub(" ", shown).split())


def shortened(text: str, n_most: int = _MAX_WHY_CHARS) -> str:
    """A sentence cut to a length that a list can bear, in characters."""
    if len(text) <= n_most:
        return text
    return text[:n_most].rsplit(" ", 1)[0].rstrip(",;: ") + " …"


def listed(names: Sequence[str]) -> str:
    """Names as "a, b and c", or "a, b, and c and d" where one holds an "and"; there must be one."""
    if len(names) == 1:
        return names[0]
    comma = "," if any(" and " in name for name in names) else ""
    return f"{', '.join(names[:-1])}{comma} and {names[-1]}"


def names_size(claim: Claim) -> bool:
    """Whether a claim says on which model size it was found."""
    return bool(claim.scope.size or _SIZE.search(f"{claim.text} {claim.scope.model or ''}"))


def names_both(claim: Claim, compared: Sequence[str]) -> bool:
    """Whether a claim names what tells the two sides apart ("small" and "large")."""
    said = {base_form(word) for word in content_terms(f"{claim.text} {claim.scope}")}
    first, second = ({base_form(word) for word in content_terms(side)} for side in compared)
    return bool(said & (first - second)) and bool(said & (second - first))


def likeness_of_names(name: str, other: str) -> float:
    """The share of the shorter name's words that another has, 0 to 1; 1 where one has none.

    >>> likeness_of_names("causal structure of answers", "accuracy of final answers")
    0.3333333333333333
    """
    first, second = content_stems(name), content_stems(other)
    return len(first & second) / fewest if (fewest := min(len(first), len(second))) else 1.0
