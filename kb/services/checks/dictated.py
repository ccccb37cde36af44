"""What the evidence wants to have said, and does not say itself: "any summary has to state that X".

Whoever writes for readers by machine puts a claim into an order or a wish. The claim then stands in the passage word
for word, and yet nobody asserts it. "We report that X" and "Turpin et al. state that X" do.
"""

import re
from collections.abc import Iterator, Sequence

from kb.domain import Reason
from kb.services.checks.evidence import held_share, reason, stems
from kb.services.orders import gives_orders

_SAY = (
    r"(?:stat(?:e|es|ed|ing)|sa(?:y|ys|id|ying)|wr(?:ite|ites|itten|iting|ote)|report(?:s|ed|ing)?|mention(?:s|ed)?"
    r"|includ(?:e|es|ed|ing)|conclud(?:e|es|ed|ing)|beg[iau]n(?:s|ning)?|start(?:s|ed|ing)?|open(?:s|ed|ing)?"
    r"|end(?:s|ed|ing)?|clos(?:e|es|ed|ing)|read|repeat(?:s|ed|ing)?|add(?:s|ed)?|claim(?:s|ed)?|t(?:ell|ells|old|elling)"
    r"|answer(?:s|ed)?|repl(?:y|ies|ied)|respond(?:s|ed)?|contain(?:s|ed)?|convey(?:s|ed)?|stress(?:es|ed)?|inform(?:s|ed)?)"
)
_SAID = re.compile(
    rf"\b{_SAY}\b[^.;:!?]{{0,50}}?(?:\bthat\s|\b(?:words?|sentence|phrase|following|line)\b[^.;:!?]{{0,30}}?[:,\s]|:\s)"
    r"|\b(?:is|be)\s(?:the|this)\s(?:sentence|phrase|line|words)\b",
    re.IGNORECASE,
)
_WANTED = re.compile(
    r"\b(?:has to|have to|had to|must|should|shall|ought to|needs? to|(?:is|are|was|were) to|required?|requested|asked"
    r"|told|instructed|advised|reminded|expected|supposed|urged|invited|please|kindly|let|would be|be (?:best|good)"
    r"|want(?:s|ed)?|wish(?:es|ed)?|hope[sd]?|good|ideal|proper|correct|complete)\b",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    r"\b(?:summar(?:y|ies|i[sz]\w+)|answers?|repl(?:y|ies)|responses?|reviews?|readers?|reviewers?|assistants?|users?"
    r"|you|your|anyone|anybody|whoever|everyone|(?:language )?models?|llms?|ai|chatbots?|outputs?|digests?|notes?"
    r"|synthes[ei]s)\b",
    re.IGNORECASE,
)
_HEAD = 160
_INSIDE = 0.8
"""Share of a sentence's content words that must stand in what is dictated for the sentence to be that."""


def dictated(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """A sentence that the evidence has only as what somebody is to say."""
    found = [(quote, match) for quote in aligned for match in _orders(quote)]
    if not found:
        return
    rest = " ".join(aligned)
    for quote, match in found:
        rest = rest.replace(quote, quote[: match.end()], 1)
    wanted = " ".join(quote[match.end() :] for quote, match in found)
    if held_share(text, stems(wanted), {}) >= _INSIDE > held_share(text, stems(rest), {}):
        words = f"states what the passage only wants to have said (“{found[0][1][0].strip()}”)"
        yield reason("framing", words, (0, len(text)))


def _orders(quote: str) -> Iterator[re.Match[str]]:
    """The first words of a sentence by which it tells somebody what to say."""
    is_order = gives_orders(quote)
    for match in _SAID.finditer(quote):
        head = quote[max(0, match.start() - _HEAD) : match.end()]
        if is_order or (_WANTED.search(head) and _ADDRESSED.search(head)):
            yield match
            return
