"""Attributes without which a sentence speaks of more models, tasks or people than the one that it restates."""

import re
from collections.abc import Iterator, Sequence

from kb.language import content_stems, rough_stem, verb_base
from kb.services.checks.left_out import CUE, IS_VERB, POPULATION, Restated
from kb.wording import Mention, numbers

_BACK = re.compile(r"\b(?:the|this|that|these|those|its|their)\s$", re.IGNORECASE)
_NEXT_CONTENT = re.compile(
    r"\s(?:famil|size|seri|class|vers|scale|pair|parameter|weight|output|answer|trace|set)", re.IGNORECASE
)
"""What makes a head a modifier itself: "model families"."""
_WORD = re.compile(r"[^\W_][\w.²+’'-]*\w|\w")


def bare_heads(pair: Restated) -> Iterator[Mention]:
    """Models, tasks and the like that the evidence speaks of only with an attribute that the sentence has not."""
    theirs, mine = _attributes(pair.bare), _attributes(pair.text)
    for head, mentions in theirs.items():
        if not all(words - pair.held for words, _, _ in mentions):
            continue
        for words, start, end in mentions:
            if any(own <= words and own.isdisjoint(words - pair.held) for own, _, _ in mine.get(head, ())):
                yield Mention("limit", "attribute", pair.bare[start:end], start, end)


def _attributes(text: str) -> dict[str, list[tuple[frozenset[str], int, int]]]:
    """For each head, wherever it stands, the stems of the words right before it, with the span of all."""
    found: dict[str, list[tuple[frozenset[str], int, int]]] = {}
    run: list[re.Match[str]] = []
    last = 0
    for word in _WORD.finditer(text):
        if text[last : word.start()].strip():
            run = []
        last, folded = word.end(), word[0].casefold()
        is_modifier = not folded.endswith("s") and _NEXT_CONTENT.match(text, word.end())
        is_head = rough_stem(folded) in POPULATION and not is_modifier
        if is_head:
            words = frozenset(s for w in run for s in content_stems(w[0]))
            at = run[0].start() if run else word.start()
            if words or not _BACK.search(text[max(0, at - 8) : at]):
                found.setdefault(rough_stem(folded), []).append((words, at, word.end()))
        run = [*run, word] if not is_head and _is_attribute(word, run) else []
    return found


def _is_attribute(word: re.Match[str], before: Sequence[re.Match[str]]) -> bool:
    """Whether a word may stand before a head as its attribute: "trained" may behind "specially", "put" may not."""
    folded = word[0].casefold()
    is_verb = bool(verb_base(folded)) and not (before and before[-1][0].endswith("ly"))
    is_verb = is_verb or bool(IS_VERB.fullmatch(folded)) or (word.start() == 0 and folded.endswith("ing"))
    return bool(content_stems(folded)) and not (is_verb or CUE.fullmatch(folded) or numbers(folded))
