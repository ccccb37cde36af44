"""Claims proposed from texts, by rules: sentences of notes that report a finding of a paper, and of cited papers.

A proposal is a sentence as it stands, without its citations, with the date of its papers and the conditions that its
words name. Nothing is taken over until a person accepts it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.front_matter import read_front_matter
from ingest.markdown import blocks
from ingest.plain import plain
from ingest.sentences import sentences
from kb.domain import Claim, PassageKind, Proposal, RestsOnBasis, Scope, Source
from kb.identity import is_before
from kb.language import content_stems
from kb.ports import Catalog
from kb.services.claims import held
from kb.services.dated import base_of, month_of
from kb.services.findings import Direction, direction_of
from kb.services.grounds import grounds
from kb.services.scope import scope_of

_MIN_WORDS, _MAX_WORDS = 7, 45
_WORTH_SHOWING = 0.4
_SAME = 0.6
"""A proposal that shares at least so much of the shorter one's words with a claim says nothing new."""
_SAME_EVIDENCE, _SAME_WORDS = 0.5, 4
"""The same where both rest on one paper, so many words are shared, and no number is new. Of 73 proposals from the seed
notes this leaves out 20; each of them was read and repeats its claim, a few with a detail more."""

_CITATION = re.compile(r"\s?\((?:see )?(?:arXiv:[^\s(),;]++(?:, ?[0-9]{4}(?:-[0-9]{2}){0,2})?[,;]? ?(?:and )?)+\)")
_BARE_CITATION = re.compile(r"\s?arXiv:[^\s(),;]*[^\s(),;.]")
_FIGURE = re.compile(r"(?<![\w.])[0-9]+(?:[.,][0-9]+)*\s?(?:%|points?\b|pp\b|×|x\b|times\b)|(?<![\w.-])0\.[0-9]+\b")
_NUMBER = re.compile(r"(?<![\w.-])[0-9]+(?:[.,][0-9]+)*(?![\w-])")
_COMPARES = re.compile(
    r"\b(?:than|against|compared|versus|while|whereas|more|less|fewer|most|least|better|worse|larger|smaller|higher|lower|"
    r"from [0-9.]+%? to)\b",
    re.IGNORECASE,
)
_REPORTS = re.compile(
    r"\b(?:we )?(?:find|finds|found|show|shows|showed|report|reports|reported|measur\w+|observ\w+|demonstrat\w+|"
    r"reveal\w*|achiev\w+|reach\w*|scor\w+|predict\w*|depend\w*|detect\w*|remain\w*|differ\w*|emerge\w*|transfer\w*|"
    r"generali[sz]e\w*)\b",
    re.IGNORECASE,
)
# What points away from itself, guesses or speaks of the text rather than of what was found.
_LEANS = re.compile(
    r"(?:This|That|These|Those|It|Its|They|Their|Such|He|She|Both|Here|Neither|One|So|But|And|Yet|Thus|Hence|However|"
    r"Read|Taken|What|The (?:same|former|latter|two|other))\b"
)
_GUESSES = re.compile(
    r"\b(?:would|might|may|could be|perhaps|plausibl\w+|suggests? that|arguabl\w+|seems?|suspect\w*|presumably)\b|"
    r"\b(?:if|this note|the abstract|abstracts|the authors (?:interpret|read|argue|call)|open question)\b|"
    r"\bthe paper (?:argues|calls)\b|"
    r"\bin this (?:paper|work)\b|\bwe (?:propose|introduce|present|study|investigate|explore|ask)\b",
    re.IGNORECASE,
)


def from_note(note: Source, catalog: Catalog, known: Iterable[Claim] = ()) -> list[Proposal]:
    """Proposals from a note's own sentences, the most promising first.

    Args:
        note: whose body is read.
        catalog: tells when papers appeared.
        known: claims that need not be proposed, besides those of the note.
    """
    spans = (
        (start, end)
        for block in blocks(note.text, read_front_matter(note.text).body_start)
        if block.quotable
        for start, end in sentences(note.text, block.char_start, block.char_end)
    )
    found = []
    for start, end in spans:
        if made := _proposal(note, note, start, end, dated_by(note, start, end), catalog):
            found.append(made)
    return ranked(found, [*note.claims, *known])


@dataclass(frozen=True, slots=True)
class DatedBy:
    """The papers that date a sentence."""

    papers: tuple[str, ...] = ()
    are_evidence: bool = True
    """Not where the sentence names no paper: it may speak of another than its neighbours, whose paper only dates it."""


def dated_by(note: Source, start: int, end: int) -> DatedBy:
    """What dates the words between two offsets of a note; no papers where nothing surely does."""
    basis, references = grounds(note, start, end, PassageKind.BODY)
    # What names another note tells of that note's papers, not of those beside it.
    is_own = "[[" not in note.text[start:end]
    is_named = basis is RestsOnBasis.SENTENCE or (basis is RestsOnBasis.CLAIM and is_own)
    is_near = basis is RestsOnBasis.PARAGRAPH and len(references) == 1 and is_own
    return DatedBy(references, is_named) if is_named or is_near else DatedBy()


def from_paper(reference: str, note: Source, catalog: Catalog, known: Iterable[Claim] = ()) -> list[Proposal]:
    """Proposals for a note from the text of a paper that it cites; none where the library has no text of it."""
    paper = held(catalog, reference)
    if paper is None:
        return []
    spans = (
        span for block in blocks(paper.text, 0) if block.quotable
        for span in sentences(paper.text, block.char_start, block.char_end)
    )  # fmt: skip
    made = (_proposal(note, paper, start, end, DatedBy((reference,)), catalog) for start, end in spans)
    return ranked([proposal for proposal in made if proposal], [*note.claims, *known])


def _proposal(note: Source, source: Source, start: int, end: int, dated: DatedBy, catalog: Catalog) -> Proposal | None:
    quote = source.text[start:end]
    text = without_citations(plain(quote))
    worth = worth_of(text, quote)
    claim = dated_claim(text, scope_of(text), dated, catalog)
    if worth < _WORTH_SHOWING or not claim:
        return None
    return Proposal(
        claim=claim, note=note.id, source=source.id, quote=quote, char_start=start, char_end=end, worth=round(worth, 3)
    )


def dated_claim(text: str, scope: Scope, dated: DatedBy, catalog: Catalog) -> Claim | None:
    """A claim with the month of the newest paper that dates it; None where none does."""
    as_of = as_of_newest(dated.papers, catalog)
    evidence = dated.papers if dated.are_evidence else ()
    return Claim(text=text, as_of=as_of, scope=scope, evidence=evidence) if as_of else None


def guesses(text: str) -> bool:
    """Whether a sentence is an author's reading, or says what would be, rather than what was found."""
    return bool(_GUESSES.search(text))


def without_citations(text: str) -> str:
    """A sentence without the arXiv ids that stand in it, in brackets or bare."""
    bare = _BARE_CITATION.sub("", _CITATION.sub("", text))
    return " ".join(bare.replace(" ,", ",").replace(" .", ".").replace("()", "").split())


def stands_alone(text: str) -> bool:
    """Whether a sentence is of readable length, no question, and does not point at one before it."""
    return _is_whole(text) and not _LEANS.match(text)


def _is_whole(text: str) -> bool:
    return _MIN_WORDS <= len(text.split()) <= _MAX_WORDS and not text.endswith("?") and text[:1].isalnum()


def worth_of(text: str, quote: str) -> float:
    """How much a sentence looks like a finding that stands on its own, 0 to 1."""
    if not _is_whole(text):
        return 0.0
    scope = scope_of(text).model_dump(exclude_none=True)
    worth = 0.25 * (direction_of(text) is not Direction.UNKNOWN) + 0.15 * bool(_REPORTS.search(text))
    worth += 0.25 * bool(_FIGURE.search(text)) or 0.15 * bool(_NUMBER.search(text))
    worth += 0.1 * bool(_COMPARES.search(text)) + 0.06 * min(len(scope), 4)
    worth -= 0.3 * bool(_LEANS.match(text)) + 0.35 * guesses(text) + 0.2 * ("[[" in quote)
    return max(0.0, min(1.0, worth))


def as_of_newest(references: Sequence[str], catalog: Catalog) -> str:
    """Month of the newest of some papers, empty where none has a date."""
    papers = catalog.papers(base_of(reference) for reference in references)
    months = [(p.date[:7] if (p := papers.get(base_of(r))) else month_of(r)) for r in references]
    latest = ""
    for month in filter(None, months):
        latest = month if not latest or is_before(latest, month) else latest
    return latest


def ranked(found: Sequence[Proposal], known: Iterable[Claim]) -> list[Proposal]:
    """Best first, ties in reading order, without those that say what a claim or a better proposal says."""
    told = [(claim, content_stems(claim.text)) for claim in known]
    kept = list[Proposal]()
    words_kept = list[frozenset[str]]()
    for proposal in sorted(found, key=lambda p: (-p.worth, p.char_start)):
        words = content_stems(proposal.claim.text)
        is_told = any(_repeats(proposal.claim, words, claim, stated) for claim, stated in told)
        if not is_told and not any(_share(words, other) >= _SAME for other in words_kept):
            words_kept.append(words)
            kept.append(proposal)
    return kept


def _repeats(proposed: Claim, words: frozenset[str], claim: Claim, stated: frozenset[str]) -> bool:
    """Whether a claim says what is proposed; with a number of its own, a sentence is another finding of the paper."""
    is_near = (
        len(words & stated) >= _SAME_WORDS
        and bool(_papers(proposed) & _papers(claim))
        and set(_NUMBER.findall(proposed.text)) <= set(_NUMBER.findall(claim.text))
    )
    return _share(words, stated) >= (_SAME_EVIDENCE if is_near else _SAME)


def _papers(claim: Claim) -> set[str]:
    return {base_of(reference) for reference in claim.evidence}


def _share(words: frozenset[str], other: frozenset[str]) -> float:
    return len(words & other) / (min(len(words), len(other)) or 1)


def accepted_text(text: str, claims: Sequence[Claim]) -> str:
    """A note's text with claims added to its front matter; every other character stays.

    Raises:
        BadNote: if the front matter cannot be edited.
    """
    front = read_front_matter(text)
    for claim in claims:
        front = front.with_item("claims", claim.model_dump(exclude_none=True, exclude_defaults=True))
    return front.text


def proposals_of(note: Source, catalog: Catalog, known: Iterable[Claim], with_papers: bool) -> Iterator[Proposal]:
    """Proposals for one note, from its body and, if wanted, from the texts of the papers that it cites."""
    known = list(known)
    own = from_note(note, catalog, known)
    yield from own
    if with_papers:
        for reference in note.references:
            yield from from_paper(reference, note, catalog, [*known, *(proposal.claim for proposal in own)])
