"""The research prompt: what the library found, when and where, and what another model is to do with it.

No model writes it. The same library, subject and date give the same text, and the prompt's id is derived from it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kb.domain import Absence, Claim, Paper
from kb.errors import BadInput
from kb.exchange import PromptClaim, ResearchPrompt
from kb.identity import ArxivId, content_hash, is_before
from kb.language import topic_name
from kb.services.prompt_claims import Candidate
from kb.services.prompt_words import (
    ABOUT_GAINS,
    ABOUT_TRAINING,
    ABOUT_USE,
    TOPIC_SLUG,
    arxiv_base,
    as_data,
    brief,
    is_about_training,
    listed,
    month_before,
    names_both,
    names_size,
    shortened,
)
from prompts import Template

DEFAULT_TOKENS = 3_000
DEFAULT_MONTHS = 6
TOKEN_FACTOR = 1.1
"""A margin: chat models' tokenizers differ from the embedder's WordPiece and from each other."""
_MAX_CLAIMS = 24
_ANCHORS = 6
"""For which claims give way; more where there is room."""
_MAX_TENSIONS, _MAX_METHODS, _MAX_LINES, _MAX_TAGS = 4, 2, 3, 4
_MAX_GIST_CHARS = 70
_ID_PLACE = "p-00000000"


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
    papers: Mapping[str, Paper]
    """By arXiv id without version."""
    standings: Mapping[str, str]
    """How claims fared that were re-tested, in words, by claim id."""
    absence: Absence
    has_texts: bool
    """Whether the library holds the text of any paper."""
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


def render(material: Material, request: Request, template: Template, count: Callable[[str], int]) -> ResearchPrompt:
    """The prompt, with as many of the claims as fit.

    Args:
        material: what the library has to say.
        request: what the person asked for.
        template: `prompts/research.md`, or the library's own.
        count: the embedder's token count.

    Raises:
        BadInput: if not even one claim fits, or the library's template cannot be filled.
    """
    n_most = min(len(material.found), _MAX_CLAIMS)
    for n in range(n_most, -1 if not n_most else 0, -1):
        page = _Page(material, request, template, n)
        text = page.text()
        n_tokens = int(count(text) * TOKEN_FACTOR)
        if n_tokens <= request.max_tokens:
            page, text, n_tokens = _with_more_anchors(page, text, n_tokens, request.max_tokens, count)
            break
    else:
        raise BadInput(
            f"{request.max_tokens:,} tokens hold no prompt; the shortest for this question has some {n_tokens:,}",
            cure=f"Use --max-tokens {n_tokens} or more",
        )
    prompt_id = "p-" + content_hash(text)[:8]
    return ResearchPrompt(
        id=prompt_id,
        question=material.question,
        subject=request.subject,
        until=request.until,
        months=request.months,
        version=template.label,
        claims=tuple(
            PromptClaim(tag=t, claim=c.claim, notes=c.notes) for t, c in zip(page.tags, page.shown, strict=True)
        ),
        anchors=tuple(str(ArxivId(base)) for base, _ in page.anchor_papers()),
        n_left_out=len(material.found) - n,
        n_tokens=n_tokens,
        text=text.replace(_ID_PLACE, prompt_id),
    )


def _with_more_anchors(
    page: "_Page", text: str, n_tokens: int, max_tokens: int, count: Callable[[str], int]
) -> "tuple[_Page, str, int]":
    """The page with an anchor for as many of its claims as there is room for, its text and length."""
    while True:
        longer = page.with_anchors(page.n_anchors + 1)
        longer_text = longer.text()
        longer_tokens = int(count(longer_text) * TOKEN_FACTOR)
        if longer_text == text or longer_tokens > max_tokens:
            return page, text, n_tokens
        page, text, n_tokens = longer, longer_text, longer_tokens


class _Page:
    """One prompt with the first n claims."""

    def __init__(
        self, material: Material, request: Request, template: Template, n: int, n_anchors: int = _ANCHORS
    ) -> None:
        self.n_anchors = n_anchors
        self._m, self._r, self._t = material, request, template
        self.shown = material.found[:n]
        self.tags = [f"C{i}" for i in range(1, n + 1)]

    def with_anchors(self, n_anchors: int) -> "_Page":
        """The same with so many anchor papers at most."""
        return _Page(self._m, self._r, self._t, len(self.shown), n_anchors)

    def text(self) -> str:
        """The whole prompt, with a place for its id."""
        data = [
            self._claims(),
            self._tensions(),
            self._so_far(),
            self._methods(),
            self._anchors(),
            self._absent(),
            self._lines(),
        ]
        blocks = [
            self._fill("opening", id=_ID_PLACE, until=self._r.until, field=self._field()),
            self._question(),
            self._found(),
            self._fill("begin", id=_ID_PLACE),
            *data,
            self._fill("end", id=_ID_PLACE),
            self._fill("tasks"),
            *self._tasks(),
            self._fill("rules"),
            self._fill("shape"),
            self._fill("block", id=_ID_PLACE),
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
        return "\n".join(self._claim(tag, c.claim) for tag, c in zip(self.tags, self.shown, strict=True))

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
        gains = [c for c in rest if c.scope.method and c.evidence and ABOUT_GAINS.search(c.text)]
        newer = [c for c in gains if is_before(middle, c.as_of)]
        told = {c.scope.method: c for c in newer if len((c.scope.method or "").split()) > 2}
        return list(told.values())[:_MAX_METHODS]

    def _methods(self) -> str:
        later = self._later()
        rows = [self._fill("method", text=as_data(c.scope.method or ""), dated=self._dated(c)) for c in later]
        return self._headed("methods", rows)

    def anchor_papers(self) -> list[tuple[str, list[int]]]:
        """Ids of the papers that most of the shown claims rest on, with the places of these claims."""
        rests: dict[str, list[int]] = {}
        for i, c in enumerate(self.shown):
            for base in dict.fromkeys(filter(None, map(arxiv_base, c.claim.evidence))):
                rests.setdefault(base, []).append(i)
        known = [(base, places) for base, places in rests.items() if base in self._m.papers]
        return sorted(known, key=lambda row: (-len(row[1]), row[1][0]))[: self.n_anchors]

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
                    text=shortened(as_data(self.shown[places[0]].claim.text), _MAX_GIST_CHARS),
                )
            )
        return self._headed("anchors", rows)

    def _absent(self) -> str:
        absence, compared = self._m.absence, self._m.compared
        rows = []
        if absence.note and not (absence.joint and all(facet.covered for facet in absence.facets)):
            rows += [absence.note, *(f"{wish}." for wish in absence.would_help)]
        if len(compared) == 2 and self.shown and not any(names_both(c.claim, compared) for c in self.shown):
            rows.append(self._fill("absent_comparison", first=compared[0], second=compared[1]))
        sizeless = [t for t, c in zip(self.tags, self.shown, strict=True) if not names_size(c.claim)]
        if sizeless and len(sizeless) < len(self.shown):
            rows.append(self._fill("absent_size", tag=listed([f"[{tag}]" for tag in sizeless])))
        last = max((c.claim.as_of[:7] for c in self._m.found), default="")
        if last and last < self._r.until[:7]:
            rows.append(self._fill("absent_newer", last=last, until=self._r.until[:7]))
        if not self._m.has_texts:
            rows.append(self._fill("absent_texts"))
        return self._headed("absent", [f"- {as_data(row)}" for row in rows])

    def _open_lines(self) -> list[tuple[str, str]]:
        """Open questions with the template's part for each: one on training, one on use and measure, then others."""
        lines = [line for line in map(as_data, self._m.lines) if line != as_data(self._m.question)]
        made = next((line for line in lines if ABOUT_TRAINING.search(line)), None)
        used = next((line for line in lines if ABOUT_USE.search(line) and not ABOUT_TRAINING.search(line)), None)
        rows = [("line_made", made), ("line_used", used), *(("line", x) for x in lines if x not in (made, used))]
        return [(part, line) for part, line in rows if line][:_MAX_LINES]

    def _lines(self) -> str:
        return self._headed("next_lines", [self._fill(part, text=line) for part, line in self._open_lines()])

    def _headed(self, part: str, rows: Sequence[str]) -> str:
        return "\n".join([self._fill(part), *rows]) if rows else ""

    def _tasks(self) -> list[str]:
        span = {
            "months": str(self._r.months),
            "since": month_before(self._r.until, self._r.months),
            "until": self._r.until[:7],
        }
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

    def _so_far(self) -> str:
        """What the shown findings were made and measured with, so that other ways are looked for."""
        methods = [c.claim.scope.method or "" for c in self.shown]
        trained = brief([method for method in methods if ABOUT_TRAINING.search(method)])
        used = brief([c.claim.scope.metric or "" for c in self.shown])
        rows = [self._fill("so_far_trained", lines=trained)] if trained else []
        rows += [self._fill("so_far_used", lines=used)] if used else []
        return self._headed("so_far", rows)

    def _shift(self) -> str:
        about = [is_about_training(c.claim) for c in self.shown]
        made, used = (
            [f"[{tag}]" for tag, is_so in zip(self.tags, about, strict=True) if is_so is wanted][:_MAX_TAGS]
            for wanted in (True, False)
        )
        return self._fill(
            "shift",
            trained=self._fill("shift_trained", lines=listed(made)) if made else "",
            used=self._fill("shift_used", lines=listed(used)) if used else "",
            lines=f" {self._fill('shift_lines')}" if self._open_lines() else "",
        )
