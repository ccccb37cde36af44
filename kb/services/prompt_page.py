"""The page of a research prompt: its parts, filled from what the library has to say about some claims."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kb.domain import Absence, Claim, Paper
from kb.identity import is_before
from kb.language import topic_name
from kb.services.prompt_claims import Candidate
from kb.services.prompt_words import (
    ABOUT_COSTS,
    ABOUT_GAINS,
    ABOUT_TRAINING,
    ABOUT_USE,
    TOPIC_SLUG,
    arxiv_base,
    as_data,
    is_about_training,
    likeness_of_names,
    listed,
    month_before,
    names_both,
    names_size,
    shortened,
)
from prompts import Template

DEFAULT_TOKENS = 3_500
DEFAULT_MONTHS = 6
_MAX_TENSIONS, _MAX_METHODS, _MAX_LINES, _MAX_TAGS = 4, 2, 4, 4
_SAME_MEASURE = 0.5
"""Share of common words from which on two measures count as one."""
ID_PLACE = "p-00000000"


@dataclass(frozen=True, slots=True)
class Material:
    """All that a prompt may say."""

    question: str
    compared: tuple[str, ...]
    """Both sides of a comparison, or nothing."""
    topics: Sequence[str]
    """Of the best notes, weightiest first, as slugs."""
    found: Sequence[Candidate]
    """Most relevant first."""
    titles: Mapping[str, str]
    """Questions of the notes that state them, by id."""
    arguments: Mapping[str, str]
    """How these notes argue from their findings to the question, by id, where they do."""
    papers: Mapping[str, Paper]
    """By arXiv id without version."""
    standings: Mapping[str, str]
    """How claims fared that were re-tested, in words, by claim id."""
    absence: Absence
    has_texts: bool
    """Whether the library holds the full text of any of these papers."""
    lines: Sequence[str]
    """Open questions beside this one."""
    tensions: Callable[[Sequence[Candidate]], Sequence[tuple[int, int, str]]]
    """Pairs among some claims that disagree, with a sentence on it."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the person asked for."""

    until: str
    """The date that the prompt is made for, `YYYY-MM` or `YYYY-MM-DD`."""
    months: int = DEFAULT_MONTHS
    max_tokens: int = DEFAULT_TOKENS
    subject: str = ""


class Page:
    """One prompt with the first n claims, those of a note together, as far as their notes' questions head them."""

    def __init__(self, material: Material, request: Request, template: Template, n: int) -> None:
        self._m, self._r, self._t = material, request, template
        first = material.found[:n]
        groups = list(dict.fromkeys(c.notes[:1] for c in first))
        self.shown = sorted(first, key=lambda c: groups.index(c.notes[:1]))
        self.tags = [f"C{i}" for i in range(1, n + 1)]

    def text(self) -> str:
        """The whole prompt, with a place for its id."""
        data = [
            self._claims(),
            self._tensions(),
            self._methods(),
            self._anchors(),
            self._absent(),
            self._lines(),
        ]
        blocks = [
            self._fill("opening", id=ID_PLACE, until=self._r.until, field=self._field()),
            self._question(),
            self._found(),
            self._fill("begin", id=ID_PLACE),
            *data,
            self._fill("end", id=ID_PLACE),
            self._fill("tasks"),
            *self._tasks(),
            self._fill("rules"),
            self._fill("shape" if self.shown else "shape_nothing"),
            self._fill("block" if self.shown else "block_nothing", id=ID_PLACE),
        ]
        return "\n\n".join(block for block in blocks if block) + "\n"

    def _fill(self, part: str, **fields: str) -> str:
        return self._t.fill(part, **fields)

    def _field(self) -> str:
        # The role stands outside the data's frame, so that only names that are names go there.
        names = [topic_name(topic) for topic in self._m.topics if TOPIC_SLUG.fullmatch(topic)]
        return listed(names) if names else self._fill("field")

    def _question(self) -> str:
        asked = self._fill("question", question=as_data(self._m.question))
        if len(self._m.compared) == 2:
            first, second = map(as_data, self._m.compared)
            return asked + "\n" + self._fill("comparison", first=first, second=second)
        return asked + "\n" + self._fill("premise")

    def _found(self) -> str:
        if not self.shown:
            return self._fill("found_nothing")
        if len(self.shown) == 1:
            return self._fill("found_one")
        dates = sorted(c.claim.as_of[:7] for c in self.shown)
        n_left_out = len(self._m.found) - len(self.shown)
        return self._fill(
            "found",
            oldest=dates[0],
            newest=dates[-1],
            n_claims=str(len(self.shown)),
            lines=self._fill("found_some", n_left_out=str(n_left_out)) if n_left_out else "",
        )

    def _claims(self) -> str:
        groups: dict[str, list[str]] = {}
        for tag, c in zip(self.tags, self.shown, strict=True):
            groups.setdefault("".join(c.notes[:1]), []).append(self._claim(tag, c.claim))
        return "\n\n".join("\n".join([self._heading(note), *rows]) for note, rows in groups.items())

    def _heading(self, note: str) -> str:
        if not note:
            return self._fill("group_taken_in")
        heading = self._fill("group", title=as_data(self._m.titles[note]))
        argument = shortened(as_data(self._m.arguments.get(note, "")))
        return f"{heading}\n{self._fill('argument', text=argument)}" if argument else heading

    def _claim(self, tag: str, claim: Claim) -> str:
        parts = [self._fill("claim", tag=tag, text=as_data(claim.text), dated=self._dated(claim))]
        if scope := as_data(str(claim.scope)):
            parts.append(self._fill("scope", scope=scope.rstrip(".")))
        if standing := self._m.standings.get(claim.id):
            parts.append(self._fill("standing", standing=as_data(standing)))
        return " ".join(parts)

    def _dated(self, claim: Claim) -> str:
        """`2025-02, arXiv:2502.07266; 2025-05, arXiv:2505.14810`: the month of each paper, else the claim's."""
        dated = []
        for reference in claim.evidence:
            base = arxiv_base(reference)
            paper = self._m.papers.get(base or "")
            dated.append(f"{(paper.date if paper else claim.as_of)[:7]}, {as_data(reference)}")
        return "; ".join(dated) or f"{claim.as_of[:7]}, no paper named"

    def _tensions(self) -> str:
        found = [
            self._fill("tension", tag=self.tags[i], other=self.tags[j], why=shortened(as_data(why)))
            if why
            else self._fill("tension_bare", tag=self.tags[i], other=self.tags[j])
            for i, j, why in self._m.tensions(self.shown)[:_MAX_TENSIONS]
        ]
        return self._headed("tensions", found)

    def _later(self) -> list[Claim]:
        """Claims beside those shown that are newer than half of these and tell of a gain by some method."""
        if not self.shown:
            return []
        middle = sorted(c.claim.as_of for c in self.shown)[len(self.shown) // 2]
        rest = [c.claim for c in self._m.found[len(self.shown) :]]
        gains = [c for c in rest if c.evidence and ABOUT_GAINS.search(c.text) and not ABOUT_COSTS.search(c.text)]
        newer = [c for c in gains if is_before(middle, c.as_of)]
        told = {c.scope.method: c for c in newer if len((c.scope.method or "").split()) > 2}
        return list(told.values())[:_MAX_METHODS]

    def _methods(self) -> str:
        later = self._later()
        rows = [self._fill("method", text=as_data(c.scope.method or ""), dated=self._dated(c)) for c in later]
        return self._headed("methods", rows)

    def anchor_papers(self) -> list[tuple[str, list[int]]]:
        """Ids of the papers that the shown claims rest on, with the places of these claims, in the claims' order."""
        rests: dict[str, list[int]] = {}
        for i, c in enumerate(self.shown):
            for base in dict.fromkeys(filter(None, map(arxiv_base, c.claim.evidence))):
                rests.setdefault(base, []).append(i)
        return [(base, places) for base, places in rests.items() if base in self._m.papers]

    def _anchors(self) -> str:
        rows = []
        for base, places in self.anchor_papers():
            paper = self._m.papers[base]
            rows.append(
                self._fill(
                    "anchor",
                    dated=f"{paper.reference} ({paper.date[:7]})",
                    title=as_data(paper.title),
                    tag=listed([f"[{self.tags[i]}]" for i in places]),
                )
            )
        return self._headed("anchors", rows)

    def _absent(self) -> str:
        absence, compared = self._m.absence, self._m.compared
        rows = []
        if absence.note and not (absence.joint and all(facet.covered for facet in absence.facets)):
            rows.append(absence.note)
        if len(compared) == 2 and self.shown and not any(names_both(c.claim, compared) for c in self.shown):
            rows.append(self._fill("absent_comparison", first=compared[0], second=compared[1]))
        sizeless = [t for t, c in zip(self.tags, self.shown, strict=True) if not names_size(c.claim)]
        if sizeless and len(sizeless) < len(self.shown):
            few = len(sizeless) <= _MAX_TAGS
            tags = listed([f"[{tag}]" for tag in sizeless])
            which = tags if few else self._fill("absent_sizes", n_claims=str(len(sizeless)))
            rows.append(self._fill("absent_size", tag=which))
        last = max((c.claim.as_of[:7] for c in self._m.found), default="")
        if last and last < self._r.until[:7]:
            rows.append(self._fill("absent_newer", last=last, until=self._r.until[:7]))
        if not self._m.has_texts:
            rows.append(self._fill("absent_texts"))
        return self._headed("absent", [f"- {as_data(row)}" for row in rows])

    def _open_lines(self) -> list[tuple[str, str]]:
        """Open questions with the template's part for each: one on training, one on use and measure, then others."""
        headings = {self._m.titles[note] for c in self.shown for note in c.notes[:1]}
        asked = {as_data(text) for text in (self._m.question, *headings)}
        lines = [line for line in map(as_data, self._m.lines) if line not in asked]
        made = next((line for line in lines if ABOUT_TRAINING.search(line)), None)
        used = next((line for line in lines if ABOUT_USE.search(line) and not ABOUT_TRAINING.search(line)), None)
        rows = [("line_made", made), ("line_used", used), *(("line", x) for x in lines if x not in (made, used))]
        return [(part, line) for part, line in rows if line]

    def _lines(self) -> str:
        if not self.shown:
            return ""
        rows = [self._fill(part, text=line) for part, line in self._open_lines()]
        return self._headed("next_lines", [*self._shift_examples(), *rows][:_MAX_LINES])

    def _shift_examples(self) -> list[str]:
        """Regime-shift questions that the library's own findings raise: its later method, its rival measures."""
        rows, made = [], self._about(is_training=True)
        trained = next((c.scope.method for c in self._later() if ABOUT_TRAINING.search(c.scope.method or "")), None)
        if trained and made:
            rows.append(self._fill("line_trained", text=as_data(trained), tag=listed(made)))
        measures = [c.claim.scope.metric or "" for c in self.shown]
        pairs = [(likeness_of_names(measures[i], measures[j]), i, j) for i, j, _ in self._m.tensions(self.shown)]
        like, i, j = min(pairs, default=(1.0, 0, 0))
        if like < _SAME_MEASURE:
            text = as_data(measures[j])
            rows.append(self._fill("line_measured", text=text, tag=self.tags[i], other=self.tags[j]))
        return rows

    def _headed(self, part: str, rows: Sequence[str]) -> str:
        return "\n".join([self._fill(part), *rows]) if rows else ""

    def _tasks(self) -> list[str]:
        span = {
            "months": str(self._r.months),
            "since": month_before(self._r.until, self._r.months),
            "until": self._r.until[:7],
        }
        if not self.shown:
            return [self._retest(), self._fill("disagree_nothing", **span), self._fill("shift_nothing")]
        if len(self._m.compared) == 2:
            first, second = map(as_data, self._m.compared)
            disagree = self._fill("disagree_comparison", **span, first=first, second=second)
        else:
            disagree = self._fill("disagree", **span)
        return [self._retest(), disagree, self._shift()]

    def _retest(self) -> str:
        if not self.shown:
            return self._fill("nothing_to_test")
        return self._fill("retest", methods=self._fill("retest_methods") if self._later() else "")

    def _about(self, *, is_training: bool) -> list[str]:
        """Tags of the first findings that are, or are not, of how models are made."""
        tagged = zip(self.tags, self.shown, strict=True)
        return [f"[{tag}]" for tag, c in tagged if is_about_training(c.claim) is is_training][:_MAX_TAGS]

    def _shift(self) -> str:
        made, used = self._about(is_training=True), self._about(is_training=False)
        return self._fill(
            "shift",
            trained=self._fill("shift_trained", lines=listed(made)) if made else "",
            used=self._fill("shift_used", lines=listed(used)) if used else "",
            lines=f" {self._fill('shift_lines')}" if self._lines() else "",
        )
