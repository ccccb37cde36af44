"""What a sentence is held against, and how much of it that has."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kb.directions import clauses
from kb.domain import Reason
from kb.language import content_stems, content_terms, rough_stem, spelled_out
from kb.wording import Mention, is_number_word, names, numbers

_HYPHENS = str.maketrans("\u2010\u2011\u2212", "---")
_MOST_ALIGNED = 3
_RESTATED = 0.5
"""Share of a sentence's content words that a quote must have for its hedges and limits to count."""


@dataclass(frozen=True)
class CitedText:
    """The words that a sentence cites, with what stands around them."""

    quotes: Sequence[str]
    """Cited sentences, without markup; the whole passage's sentences where no smaller part was cited."""
    context: str
    """Title, section and passage, without markup: names and numbers may come from here, too."""
    papers: frozenset[str] | None = frozenset()
    """arXiv ids, without version, that the cited sources are or rest on; None where any id will do."""

    @cached_property
    def even(self) -> "CitedText":
        """The same with one kind of hyphen."""
        return CitedText([even(quote) for quote in self.quotes], even(self.context), self.papers)

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of all content words."""
        return stems(" ".join([*self.quotes, self.context]))

    def aligned(self, text: str) -> list[str]:
        """Those few quotes that a sentence restates, best first."""
        wanted, found = _marks(text), list[str]()
        pool = [(quote, _marks(quote)) for quote in self.quotes]
        while pool and len(found) < _MOST_ALIGNED:
            quote, words = max(pool, key=lambda pair: (len(pair[1] & wanted), -len(pair[1])))
            shared = words & wanted
            if found and len(shared) < 2:
                break
            found.append(quote)
            wanted -= shared
            pool = [pair for pair in pool if pair[0] is not quote]
        return found


def even(text: str) -> str:
    """A text with one kind of hyphen, each character in its place: names and figures are written with several."""
    return text.translate(_HYPHENS)


def _marks(text: str) -> set[str]:
    return set(stems(text)) | {m.key for m in (*numbers(text), *names(text))}


def stems(text: str) -> frozenset[str]:
    """Stems of a text's content words, with the field's abbreviations written out as well."""
    return content_stems(spelled_out(text))


def held_share(text: str, held: frozenset[str], weights: Mapping[str, float]) -> float:
    """Share of a sentence's content words, by weight, whose stems are among those given; 1 where it has none.

    Numbers are not among them: `12`, `twelve` and `percent` are compared by value.
    """
    wanted = {rough_stem(t) for t in content_terms(text) if not is_number_word(t)}
    total = sum(weights.get(stem, 1.0) for stem in wanted)
    return sum(weights.get(stem, 1.0) for stem in wanted & held) / total if total else 1.0


def is_restated(text: str, quote: str) -> bool:
    """Whether a sentence has enough of a quote's words to be its paraphrase."""
    return held_share(text, stems(quote), {}) >= _RESTATED


_SPOKEN = 0.6
_PART_END = re.compile(r",?\s(?:and the|and that|so|because|since|in a|which)\s|,\s(?:and|with)\s")
_ASIDE = re.compile(r",\s([^,;:()]{3,40}),\s")
"""A few words between commas: "often in one step"."""


def speaks_of(text: str, evidence: str, mention: Mention) -> bool:
    """Whether a sentence restates the part of the evidence in which a word stands."""
    mine = stems(text)
    for aside in _ASIDE.finditer(evidence, max(0, mention.char_start - 45)):
        if aside.start(1) <= mention.char_start < aside.end(1):
            return " ".join(aside[1].casefold().split()[-2:]) in text.casefold()
    for start, end in clauses(evidence):
        if start <= mention.char_start < end:
            cuts = [m.start() for m in _PART_END.finditer(evidence, start, end)]
            end = min((c for c in cuts if c > mention.char_end), default=end)
            start = max((c for c in cuts if c < mention.char_start), default=start)
            after = content_stems(evidence[mention.char_end : end])
            around = after if len(after) > 1 else content_stems(evidence[start:end])
            return len(around & mine) >= max(1, _SPOKEN * len(around))
    return False


def reason(kind: str, text: str, span: tuple[int, int], warning: bool = False) -> Reason:
    """A reason with its place in the sentence."""
    return Reason(kind=kind, text=text, char_start=span[0], char_end=span[1], warning=warning)
