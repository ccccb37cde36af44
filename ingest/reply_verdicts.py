"""Where a group of lines gives which verdict: each paper has that of its own sentence, item or row.

What gives none of its own has the verdict that stands over it: in a label such as `Verdict:`, in a heading, or in the
item that holds it, or in the heading over a list of claims. A sentence of a paragraph lends its verdict to the next one
only where that plainly goes on with it, and then a person has to look.
"""

import re
from bisect import bisect_right
from itertools import accumulate

from ingest.plain import plain
from ingest.reply_lines import Group, Segment
from ingest.reply_sentences import masked, sentences
from ingest.reply_words import (
    find_ids,
    labelled_verdicts,
    speaks_of_verdicts,
    tags_at_start,
    takes_back,
    verdicts_in,
)
from kb.ledger import Verdict

_LINK_TEXT = re.compile(r"\[[^\[\]\n]{8,300}\](?=\()")
_TAG_PART = re.compile(r"\([^()\n]{0,200}\)|\[?\bC[0-9]{1,2}\b\]?|\b[^\W\d_]{3,12}[ \xa0]#?[0-9]{1,2}\b")
_MARKS = re.compile(r"[*_#>`~]+")
_ASIDE = re.compile(
    r"\W{0,6}(?:[0-9]{1,2}[.)]\W{1,6})?(?:(?:see|compare|siehe|vgl\.?|voir) (?:also|auch|aussi)|cf|related|background"
    r"|context|further reading|also (?:of interest|relevant)|hintergrund|contexte)\b",
    re.IGNORECASE,
)
"""How a sentence or item begins that names papers besides those that decided."""
_CITES = re.compile(r"\[\^?(?!C[0-9])[\w-]{1,12}\]|[¹²³⁰⁴-⁹]")
_ASKS = re.compile(
    r"\W{0,6}(?:what|which|why|how|does|do|is|are|was|welche\w?|warum|wie|quel\w{0,3}|pourquoi)\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")
_OWN_LINE_WORDS = 4
"""Words of a line that says nothing but its verdict."""


def said_in(text: str) -> list[Verdict]:
    """The verdicts of a piece of text: after a label, else in its own words; quotations and link texts do not count."""
    shown = re.sub(r"[*_]", " ", _LINK_TEXT.sub(lambda match: "x" * len(match[0]), masked(text)))
    return labelled_verdicts(shown) or verdicts_in(shown)


class Verdicts:
    """The verdicts of a group, for offsets into its segments' texts, which are joined by line ends."""

    def __init__(self, group: Group) -> None:
        self._segments = group.segments
        self._starts = list(accumulate((len(s.text) + 1 for s in group.segments), initial=0))[:-1]
        self._parents = _parents(group.segments)
        self._stated = [_stated(segment) for segment in group.segments]
        self._lines = self._own_lines()
        self._over = _over(group.over)
        self._is_of_one = len(group.tags) == 1
        self._sentences: dict[int, list[tuple[int, tuple[list[Verdict], bool]]]] = {}
        self._spans: dict[int, list[tuple[int, int]]] = {}

    @property
    def first(self) -> list[Verdict]:
        """The first verdict that the group gives anywhere, with others beside it."""
        pieces = (s.text[a:b] for s in self._segments if s.kind != "quote" for a, b in sentences(s.text))
        return next(filter(None, self._stated), []) or next(filter(None, map(said_in, pieces)), []) or self._over

    def at(self, offset: int) -> list[Verdict]:
        """The verdict on what stands at an offset; none where neither it nor what stands over it gives one.

        More than one where several stand side by side, so that a person has to say which is meant.
        """
        i = bisect_right(self._starts, offset) - 1
        said, is_aside = self._of_sentence(i, offset - self._starts[i])
        if is_aside:
            return said
        said = said or self._stated[i] or self._line_under(i, i)
        while not said and i:
            below, i = i, self._parents[i]
            said = self._line_under(i, below) or self._stated[i]
        return said or self._over

    def lent(self, offset: int) -> Verdict | None:
        """The verdict of the sentence before, where the one at an offset plainly goes on with it.

        "C1 is contradicted. One study reports … [2]." The first sentence gives one verdict on the group's one claim
        and no paper; the second neither speaks of verdicts nor takes anything back.
        """
        i = bisect_right(self._starts, offset) - 1
        text = self._segments[i].text
        if not self._is_of_one or self._segments[i].kind in {"row", "quote"}:
            return None
        spans = self._spans[i] = self._spans.get(i) or sentences(text)
        k = next((k for k, (_, end) in enumerate(spans) if offset - self._starts[i] < end), 0)
        before, here = (masked(text[slice(*span)]).replace("_", " ") for span in (spans[k - 1], spans[k]))
        given = verdicts_in(before)
        if not k or len(given) != 1 or given[0] is Verdict.UNRESOLVED or find_ids(before) or _CITES.search(before):
            return None
        stays = not (speaks_of_verdicts(here) or takes_back(here) or takes_back(before) or _ASIDE.match(here))
        return given[0] if stays else None

    def _of_sentence(self, i: int, offset: int) -> tuple[list[Verdict], bool]:
        """The verdicts of the sentence that an offset into a segment stands in, and whether it is an aside.

        A row or quote is no sentences.
        """
        if self._segments[i].kind in {"row", "quote"}:
            return [], False
        if i not in self._sentences:
            text = self._segments[i].text
            spoken = [(end, text[start:end]) for start, end in sentences(text)]
            self._sentences[i] = [(end, (said_in(one), bool(_ASIDE.match(one)))) for end, one in spoken]
        return next((said for end, said in self._sentences[i] if offset < end), ([], False))

    def _own_lines(self) -> dict[int, list[int]]:
        """Lines that say nothing but a verdict, by the segment that they stand under."""
        has_papers = [bool(find_ids(segment.text)) for segment in self._segments]
        holds_papers = list(has_papers)
        for i in range(len(holds_papers) - 1, 0, -1):
            holds_papers[self._parents[i]] |= holds_papers[i]
        self._with_papers = holds_papers
        lines: dict[int, list[int]] = {}
        for i, segment in enumerate(self._segments):
            if i and self._stated[i] and not holds_papers[i] and _is_own_line(segment):
                lines.setdefault(self._parents[i], []).append(i)
        return lines

    def _line_under(self, parent: int, place: int) -> list[Verdict]:
        """The line of its own that counts at a place: the one before, or the one after where such lines close."""
        lines = self._lines.get(parent, [])
        first = next((i for i in range(parent + 1, len(self._segments)) if self._with_papers[i]), 0)
        closes = bool(lines) and self._parents[first] == parent and first < lines[0]
        found = [i for i in lines if i > place][:1] if closes else [i for i in lines if i < place][-1:]
        return self._stated[found[0]] if found else []


def _over(heading: str) -> list[Verdict]:
    """The verdict of a heading that says nothing else: that of "Weakened", and none of "What holds"."""
    shown = re.sub(r"[*_]", " ", heading)
    is_bare = len(_WORD.findall(shown)) <= _OWN_LINE_WORDS and not _ASKS.match(shown) and not find_ids(shown)
    given = verdicts_in(shown) if is_bare else []
    return given if len(given) == 1 else []


def _parents(segments: list[Segment]) -> list[int]:
    """For each segment the one that it stands under; all stand under the first, and quotes under what precedes them."""
    parents, open_ones = [0], [(-100, 0)]
    for i, segment in enumerate(segments[1:], 1):
        depth = segment.indent - 50 if segment.kind == "heading" else segment.indent
        if segment.kind == "quote":
            parents.append(open_ones[-1][1])
            continue
        while len(open_ones) > 1 and open_ones[-1][0] >= depth:
            open_ones.pop()
        parents.append(open_ones[-1][1])
        open_ones.append((depth, i))
    return parents


def _stated(segment: Segment) -> list[Verdict]:
    """The verdict of a whole segment, and of what stands under it, with others beside it."""
    if segment.kind == "row":
        cell = segment.cells.get("verdict")
        return said_in(segment.text) if cell is None else said_in(cell.replace("_", " "))
    if segment.kind not in {"heading", "item", "paragraph"}:
        return []
    shown = re.sub(r"[*_]", " ", masked(segment.text))
    pieces = (segment.text[a:b] for a, b in sentences(segment.text))
    given = (said_in(piece) for piece in pieces if segment.kind != "paragraph" or _is_bare(piece))
    return labelled_verdicts(shown) or next(filter(None, given), [])


def _is_own_line(segment: Segment) -> bool:
    shown = plain(segment.text)
    is_label = bool(labelled_verdicts(re.sub(r"[*_]", " ", segment.text)))
    return is_label or len(_WORD.findall(shown)) <= _OWN_LINE_WORDS


def _is_bare(sentence: str) -> bool:
    """Whether a sentence is a verdict alone, set off from its tag: `[C1] – weakened.`, but not `[C1] holds.`."""
    bare = _MARKS.sub(" ", sentence).strip()
    rest = _TAG_PART.sub(" ", bare).strip() if tags_at_start(bare) else bare
    if tags_at_start(bare) and rest[:1].isalnum():
        return False
    return 0 < len(_WORD.findall(rest)) <= _OWN_LINE_WORDS - 1 and not find_ids(rest)
