"""The audit of what an answer says: ids, titles, dates and quotes against the library, and against arXiv if asked.

An item's own words are only ever compared. Nothing in an answer changes what is checked or how.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.said import Said
from kb.domain import Claim, Paper, Source
from kb.errors import BadId, Unavailable
from kb.exchange import Checks, CheckState
from kb.identity import ArxivId, is_before
from kb.ports import Catalog, PaperArchive
from kb.services.quote_survival import survive_in_order, survives

SAME_TITLE = 0.8
"""Likeness of tokens from which two titles are the same; docs/evaluation.md has the figures."""
_ALTERED = 0.6
"""Share of a quote's words that stand in order at one place of a text, from which it was altered, not invented."""
_TOKEN = re.compile(r"[^\W_]+")
_ELISION = re.compile(r"\[?(?:…|\.{3})\]?")
_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])(?:-[0-9]{2})?|[0-9]{4}")
_MAX_OCCURRENCES = 200


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the papers that an answer names."""

    papers: Mapping[str, Paper]
    """By arXiv id without version."""
    texts: Mapping[str, Sequence[tuple[str, bool]]]
    """By arXiv id without version: texts, and whether each is the whole paper's."""
    absent: frozenset[str] = frozenset()
    """Ids that arXiv says it does not have."""
    held: Mapping[str, int] = field(default_factory=dict)
    """The newest version that the library has a text of, by arXiv id without version."""
    new: frozenset[str] = frozenset()
    """Papers that only arXiv knew."""
    trouble: str = ""
    """Why arXiv could not be asked."""


@dataclass(slots=True)
class Finding:
    """The audit of one item."""

    states: dict[str, CheckState] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    found: dict[str, str] = field(default_factory=dict)
    """What stands in the paper in place of an altered quote, by the quote."""

    @property
    def checks(self) -> Checks:
        """The states as a record."""
        return Checks(**self.states)

    def fail(self, check: str, problem: str) -> None:
        """Note that a check failed."""
        self.states[check] = CheckState.FAILED
        self.problems.append(problem)


def look_up(written: Iterable[str], catalog: Catalog, archive: PaperArchive | None) -> Known:
    """What the library, and the archive where one is given, know of some ids; what is no id is left out."""
    # Of several versions of one paper the newest, which is the one that may not exist.
    ids = {one.base: one for one in sorted(filter(None, map(_parsed, written)), key=lambda one: one.version)}
    papers = dict(catalog.papers(ids))
    texts: dict[str, list[tuple[str, bool]]] = {}
    held: dict[str, int] = {}
    for base in ids:
        versions = catalog.versions_of(base)
        held[base] = max((ArxivId.parse(v.removeprefix("arxiv:")).version for v in versions), default=0)
        # Superseded versions, too: a quote may be from any of them.
        for source in catalog.sources(versions):
            texts.setdefault(base, []).append((source.text, source.reading != "abstract"))
            papers.setdefault(base, _as_paper(base, source))
    absent, new, trouble = set[str](), set[str](), ""
    wanted = [
        one
        for base, one in ids.items()
        if base not in papers or base not in texts or one.version > max(papers[base].version, held[base])
    ]
    if archive and wanted:
        try:
            # Asked without version: the library keeps a paper under its id alone.
            found = archive.by_ids([ArxivId(one.base) for one in wanted])
            for one in wanted:
                if archived := found.get(ArxivId(one.base)):
                    new |= {one.base} - papers.keys()
                    known = papers.setdefault(one.base, archived.paper)
                    newest = max(known.version, archived.paper.version)
                    papers[one.base] = known.model_copy(update={"version": newest})
                    texts.setdefault(one.base, []).append((archived.abstract, False))
                elif one.base not in papers:
                    absent.add(one.base)
        except Unavailable as error:
            trouble = str(error)
    return Known(papers, texts, frozenset(absent), held, frozenset(new), trouble)


def check(said: Said, claim: Claim | None, known: Known, today: str) -> Finding:
    """All checks of one item.

    Args:
        said: the item; its first id counts.
        claim: what it speaks of, where that is known.
        known: from `look_up`.
        today: `YYYY-MM-DD`; an id from a later month cannot exist.
    """
    finding = Finding()
    if not said.ids:
        return finding
    paper = _check_id(said.ids[0], known, today, finding)
    name = f"arXiv:{said.ids[0]}"
    if paper is None:
        for check_name, given in (("title", said.titles), ("quote", said.quotes), ("date", said.date)):
            finding.states[check_name] = CheckState.NOT_CHECKABLE if given else CheckState.ABSENT
        return finding
    quotes = [q for q in said.quotes if title_likeness(q, paper.title) < SAME_TITLE]
    titles = [*said.titles, *(q for q in said.quotes if q not in quotes)]
    _check_title(name, titles, paper, finding)
    _check_date(name, said.date, paper, claim, finding)
    _check_quotes(name, quotes, known.texts.get(ArxivId.parse(said.ids[0]).base, ()), finding)
    return finding


def _check_id(written: str, known: Known, today: str, finding: Finding) -> Paper | None:
    name = f"arXiv:{written}"
    one = _parsed(written)
    if one is None:
        finding.fail("id", f"{name} is no arXiv id and cannot exist")
    elif one.month > today[:7]:
        finding.fail("id", f"{name} would be of {one.month}, which is yet to come: it cannot exist")
    elif one.base in known.absent:
        finding.fail("id", f"{name} does not exist: arXiv has no such paper")
    elif paper := known.papers.get(one.base):
        if one.version > paper.version > 0:
            finding.fail("id", f"{name} does not exist: the newest version is v{paper.version}")
            return None
        if one.version > max(paper.version, known.held.get(one.base, 0), 1):
            finding.states["id"] = CheckState.UNRESOLVED
            finding.problems.append(f"{name} is unresolved: its version {one.version} is not known here")
            return None
        finding.states["id"] = CheckState.OK
        if paper.withdrawn:
            finding.problems.append(f"{name} was withdrawn")
        return paper
    else:
        finding.states["id"] = CheckState.UNRESOLVED
        finding.problems.append(f"{name} is unresolved: the library does not know it, and arXiv was not asked")
    return None


def _check_title(name: str, titles: Sequence[str], paper: Paper, finding: Finding) -> None:
    if not titles:
        finding.states["title"] = CheckState.ABSENT
    elif max(title_likeness(title, paper.title) for title in titles) >= SAME_TITLE:
        finding.states["title"] = CheckState.OK
    else:
        finding.fail("title", f"{name} is “{paper.title}”, not “{titles[0][:200]}”")


def _check_date(name: str, given: str, paper: Paper, claim: Claim | None, finding: Finding) -> None:
    finding.states["date"] = CheckState.ABSENT
    month = _MONTH.search(given)
    if month and _differ(month[0], paper.date):
        finding.fail("date", f"{name} is of {paper.date}, the answer says {month[0]}")
    elif month and claim is None:
        finding.states["date"] = CheckState.OK
    if claim is None:
        return
    if any((one := _parsed(reference)) and one.base == paper.id for reference in claim.evidence):
        finding.fail("date", f"{name} is what the claim rests on already, so it cannot re-test it")
        return
    newer = is_before(claim.as_of, paper.date)
    if newer is False:
        finding.fail("date", f"{name} is of {paper.date}, not newer than the claim of {claim.as_of}")
    elif newer is None:
        finding.states.setdefault("date", CheckState.UNKNOWN)
        if finding.states["date"] is CheckState.ABSENT:
            finding.states["date"] = CheckState.UNKNOWN
        finding.remarks.append(f"{name} ({paper.date}) may or may not be newer than the claim ({claim.as_of})")
    elif finding.states["date"] is CheckState.ABSENT:
        finding.states["date"] = CheckState.OK


def _check_quotes(name: str, quotes: Sequence[str], texts: Sequence[tuple[str, bool]], finding: Finding) -> None:
    finding.states["quote"] = CheckState.ABSENT
    for quote in quotes:
        shown, parts = f"“{quote[:300]}”", _parts(quote)
        if any(survive_in_order(parts, text) for text, _ in texts):
            if finding.states["quote"] is CheckState.ABSENT:
                finding.states["quote"] = CheckState.OK
        elif near := next(filter(None, (_said_instead(parts, text) for text, _ in texts)), None):
            finding.found[quote] = near
            finding.fail("quote", f"the quote {shown} was altered: {name} says “{near}”")
        elif any(all(survives(part, text) for part in parts) for text, _ in texts):
            finding.fail("quote", f"the quote {shown} was altered: {name} says its parts in another order")
        elif any(is_whole for _, is_whole in texts):
            finding.fail("quote", f"the quote {shown} does not stand in {name}")
        else:
            if finding.states["quote"] is not CheckState.FAILED:
                finding.states["quote"] = CheckState.NOT_CHECKABLE
            what = f"it is not in the abstract of {name}; the full text is" if texts else f"a text of {name} is"
            finding.remarks.append(f"the quote {shown} is not checkable: {what} not here")


def _parts(quote: str) -> list[str]:
    """The pieces of a quote between its ellipses; the quote itself where there are no words in any."""
    return [part.strip() for part in _ELISION.split(quote) if _TOKEN.search(part)] or [quote]


def _said_instead(parts: Sequence[str], text: str) -> str | None:
    """What a text says where the parts of an altered quote stand; None where no part is known to be altered."""
    near = {part: nearest_words(part, text) for part in parts if not survives(part, text)}
    said = (near.get(part, part) for part in parts)
    return " … ".join(filter(None, said)) if any(near.values()) else None


def nearest_words(quote: str, text: str) -> str | None:
    """What a text says at the place that most of a quote's words point to, if they are enough; linear in the text."""
    wanted = [_folded(m[0]) for m in _TOKEN.finditer(quote)]
    spans = [m.span() for m in _TOKEN.finditer(text)]
    places: dict[str, list[int]] = {}
    for i, (start, end) in enumerate(spans):
        places.setdefault(_folded(text[start:end]), []).append(i)
    votes: Counter[int] = Counter()
    for position, word in enumerate(wanted):
        for place in places.get(word, ())[:_MAX_OCCURRENCES]:
            votes[place - position] += 1
    # A word more or less shifts the rest by one, so neighbouring offsets count together.
    best = max(votes, key=lambda o: (votes[o] + votes.get(o + 1, 0) + votes.get(o - 1, 0), votes[o], -o), default=None)
    if best is None or len(wanted) < 4:
        return None
    share = (votes[best] + votes.get(best + 1, 0) + votes.get(best - 1, 0)) / len(wanted)
    if share < _ALTERED:
        return None
    held = [_folded(text[start:end]) for start, end in spans[max(0, best - 1) : best + len(wanted) + 1]]
    first = max(0, _beside(best, wanted[0], held, best))
    last = min(len(spans) - 1, _beside(best + len(wanted) - 1, wanted[-1], held, best))
    return " ".join(text[spans[first][0] : spans[last][1]].split()) if first <= last else None


def _beside(place: int, word: str, held: Sequence[str], best: int) -> int:
    """A place in a text, or the one next to it where a word stands there instead; `held` begins before `best`."""
    offset = max(0, best - 1)
    found = [p for p in (place, place + 1, place - 1) if 0 <= p - offset < len(held) and held[p - offset] == word]
    return found[0] if found else place


def title_likeness(given: str, known: str) -> float:
    """How alike two titles are, 0 to 1: the F1 of their words; a title given up to its colon is whole.

    >>> title_likeness("Chain of thought prompting", "Chain-of-Thought Prompting")
    1.0
    """
    words = [_folded(m[0]) for m in _TOKEN.finditer(given)]
    full = [_folded(m[0]) for m in _TOKEN.finditer(known)]
    short = [_folded(m[0]) for m in _TOKEN.finditer(known.split(":")[0])]
    return max(_f1(words, full), _f1(words, short) if len(short) >= 3 else 0.0)


def _f1(given: Sequence[str], known: Sequence[str]) -> float:
    shared = sum((Counter(given) & Counter(known)).values())
    return 2 * shared / (len(given) + len(known)) if shared else 0.0


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()


def _differ(given: str, actual: str) -> bool:
    """Whether two dates differ as far as both are precise; papers appear in print a month around their submission."""
    width = min(len(given), len(actual), 7)
    if width < 7:
        return given[:4] != actual[:4]
    months = [12 * int(date[:4]) + int(date[5:7]) for date in (given, actual)]
    return abs(months[0] - months[1]) > 1


def _as_paper(base: str, source: Source) -> Paper:
    return Paper(id=base, title=source.title, authors=source.authors, date=source.date or ArxivId(base).month)


def _parsed(text: str) -> ArxivId | None:
    try:
        return ArxivId.parse(text)
    except BadId:
        return None
