"""An answer as HTML for reading: sentences whose numbers open their passage, what is missing, sources."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb.domain import (
    Absence,
    Answer,
    AnswerStatus,
    Citation,
    Facet,
    Paper,
    Passage,
    PassageKind,
    RestsOnBasis,
    Sentence,
    SourceKind,
    SourceRef,
    SupportState,
)
from kb.language import counted, quoted
from kb.services.orders import GIVES_ORDERS
from kb.ui import links
from kb.ui.html import inside, listed, outside, section
from kb.ui.safe import escaped, words

STATES = {
    SupportState.QUOTED: ("❝", "quoted word for word"),
    SupportState.SUPPORTED: ("✓", "supported: a judge found that the passage says so"),
    SupportState.CONSISTENT: ("≈", "consistent: it passed every check, and nobody judged what it means"),
    SupportState.UNSUPPORTED: ("✗", "unsupported"),
}
"""A mark and words for each, so that no colour is needed to tell them apart."""
_STATUS = {
    AnswerStatus.PARTIAL: "Answered in part. The library does not cover all of the question.",
    AnswerStatus.INSUFFICIENT: "Insufficient evidence. The library cannot answer this.",
}
_NOTHING_PASSED = (
    "The model wrote nothing that passed the checks. "
    "Ask again, written by “extractive”, to read what the library says in its own sentences."
)
_INCOMPLETE = "Incomplete. What was verified before the writing ended is kept."
_BASIS = {
    RestsOnBasis.SENTENCE: "A note’s sentence; it names what it rests on",
    RestsOnBasis.CLAIM: "A note’s sentence; the dated claims that together say as much rest on",
    RestsOnBasis.PARAGRAPH: "A note’s sentence; its paragraph rests on",
    RestsOnBasis.NOTE: "A note’s sentence that names no paper; the note as a whole rests on",
}
_ENDS = (".", "!", "?", "”", '"', ")", "。")


@dataclass(frozen=True, slots=True)
class Page:
    """An answer with what its citations lead to."""

    answer: Answer
    passages: Mapping[str, Passage]
    """Passages that still stand, by id."""

    @property
    def numbers(self) -> dict[str, int]:
        """The number that each source is cited by."""
        return {source.id: i for i, source in enumerate(self.answer.sources, 1)}


def asked(question: str) -> str:
    """The question that a page is about."""
    return f'<p class="kb-eyebrow kb-faint">Inquiring line</p><h1>{words(question)}</h1>'


def head(answer: Answer) -> str:
    """Question, how it was read, whether it could be answered, and what a reader should know of its writing."""
    if answer.is_unwritten:
        status = _NOTHING_PASSED
    else:
        status = " ".join(filter(None, (_STATUS.get(answer.status), _INCOMPLETE if answer.incomplete else "")))
    lines = [f"<strong>{escaped(status)}</strong>"] if status else []
    lines += map(words, answer.remarks)
    banner = f'<p class="kb-note kb-small" role="status">{"<br>".join(lines)}</p>' if lines else ""
    left_out = f'<p class="kb-small kb-note">{words(answer.left_out)}</p>' if answer.left_out else ""
    return f'{asked(answer.question)}{banner}<p class="kb-lede">{words(answer.reading)}</p>{left_out}'


def body(page: Page) -> str:
    """Themes with their sentences, and what the marks mean."""
    if not page.answer.sentences:
        return ""
    parts = [
        section(theme, _paragraphs([s for s in page.answer.sentences if s.theme == theme], page))
        for theme in page.answer.themes
    ]
    used = dict.fromkeys(s.state for s in page.answer.sentences)
    legend = " · ".join(f"{STATES[state][0]} {STATES[state][1]}" for state in used)
    opens = "A number opens the passage that it cites. " if any(s.citations for s in page.answer.sentences) else ""
    return "".join(parts) + f'<p class="kb-small kb-faint">{opens}{legend}.</p>'


def _paragraphs(sentences: Sequence[Sentence], page: Page) -> str:
    """Sentences of a theme as running text; one with a lead-in begins a new paragraph."""
    paragraphs: list[list[str]] = [[]]
    for sentence in sentences:
        if sentence.lead_in and paragraphs[-1]:
            paragraphs.append([])
        paragraphs[-1].append(_sentence(sentence, page))
    # Not <p>, inside which a passage could not open.
    return "".join(f'<div class="p">{" ".join(own)}</div>' for own in paragraphs)


def _sentence(sentence: Sentence, page: Page) -> str:
    # A model may cite what is not there; the reason of such a sentence names it.
    return stated(sentence) + "".join(_cited(c, sentence, page) for c in sentence.citations if c.source in page.numbers)


def stated(sentence: Sentence) -> str:
    """What a sentence says, and why it is unsupported where it is, or that it gives orders."""
    text = words(sentence.text)
    text = text if text.endswith(_ENDS) else f"{text}."
    lead_in = f"{words(sentence.lead_in)} " if sentence.lead_in else ""
    if sentence.state is SupportState.UNSUPPORTED:
        why = "; ".join(reason.text for reason in sentence.reasons if not reason.warning)
        text = f'<span class="kb-unsupported">{text}</span> <strong>[✗ unsupported: {words(why)}]</strong>'
    orders = (reason.text for reason in sentence.reasons if reason.kind == GIVES_ORDERS and reason.warning)
    text += "".join(f" <strong>[{words(why)}]</strong>" for why in orders)
    return lead_in + text


def _cited(citation: Citation, sentence: Sentence, page: Page) -> str:
    """A number that opens the passage with the quote in it."""
    mark, state = STATES[sentence.state]
    number = page.numbers[citation.source]
    has_held = sentence.state is not SupportState.UNSUPPORTED
    rows = [
        f"<strong>{mark} {state[0].upper()}{state[1:]}.</strong>",
        _place(citation, page),
        _passage(citation, page.passages.get(citation.passage), has_held),
        _depth(citation, page) if has_held else "",
        *(f"Look at this: {words(reason.text)}." for reason in sentence.reasons if reason.warning),
    ]
    shown = "".join(f'<span class="kb-row">{row}</span>' for row in rows if row)
    label = f"Source {number}, {state}. Show or hide the passage"
    return (
        f'<details class="kb-cite"><summary aria-label="{escaped(label)}" title="{escaped(state)}">'
        f'{number}&#8239;{mark}</summary><span class="kb-passage" role="note">{shown}</span></details>'
    )


def _place(citation: Citation, page: Page) -> str:
    source = _source_of(citation, page.answer.sources)
    passage = page.passages.get(citation.passage)
    where = [inside(links.source(citation.source), source.title if source else citation.source)]
    where += [escaped(source.date)] if source and source.date else []
    where += [" › ".join(map(words, citation.section))] if citation.section else []
    where += [f"page {passage.page}"] if passage and passage.page else []
    where += [f"its {passage.kind.value}"] if passage and passage.kind is not PassageKind.BODY else []
    where += ["<strong>withdrawn by its authors</strong>"] if source and source.withdrawn else []
    if source and source.kind is SourceKind.PAPER and (address := links.arxiv(source.id)):
        where.append(outside(address, "at arXiv"))
    return " · ".join(where)


def _passage(citation: Citation, passage: Passage | None, has_held: bool) -> str:
    """The passage with the quoted span marked; the quote alone where it does not stand there, or not any more.

    Args:
        citation: that is shown.
        passage: that it points at; None where that is gone.
        has_held: whether it stood there when the sentence was checked.
    """
    start = citation.char_start - passage.char_start if passage else -1
    end = start + len(citation.quote)
    if passage is None or start < 0 or passage.text[start:end] != citation.quote:
        why = "The source has changed since; this is the quote as kept." if has_held else "This does not stand there."
        return f"“<mark>{words(citation.quote)}</mark>” <em>{why}</em>"
    before, quote, after = passage.text[:start], passage.text[start:end], passage.text[end:]
    return f"{words(before)} <mark>{words(quote)}</mark> {words(after)}"


def _depth(citation: Citation, page: Page) -> str:
    """What the quote rests on in turn, and where that is said."""
    source = _source_of(citation, page.answer.sources)
    if citation.rests_on_basis is None:
        is_paper = source is not None and source.kind is SourceKind.PAPER
        return (
            "Evidence: the paper’s own words." if is_paper else "Evidence: the source’s own words; it names no paper."
        )
    known = {paper.reference: paper for paper in source.rests_on} if source else {}
    papers = [rests_on(reference, known) for reference in citation.rests_on]
    return f"Evidence: {_BASIS[citation.rests_on_basis]} {'; '.join(papers)}."


def rests_on(reference: str, known: Mapping[str, Paper]) -> str:
    """A reference with title, date and links, as far as they are known."""
    paper = known.get(reference.rsplit("v", 1)[0] if reference.startswith("arXiv:") else reference) or known.get(
        reference
    )
    address = links.arxiv(reference)
    if not address:
        return escaped(reference)
    here = inside(links.source(f"arxiv:{reference.removeprefix('arXiv:')}"), paper.title) if paper else ""
    facts = f" ({escaped(paper.date)}{', <strong>withdrawn</strong>' if paper.withdrawn else ''})" if paper else ""
    return f"{here}{facts} {outside(address, reference)}".strip()


def _source_of(citation: Citation, sources: Iterable[SourceRef]) -> SourceRef | None:
    return next((source for source in sources if source.id == citation.source), None)


def absence(report: Absence) -> str:
    """What the library lacks, facet by facet."""
    parts = [f"<p>{words(report.note)}</p>"] if report.note else []
    parts.append(listed(map(_facet, report.facets)))
    if report.would_help:
        parts.append(f'<p class="kb-small">Would help:</p>{listed(map(words, report.would_help))}')
        parts.append(f'<p class="kb-small">{_ways_in(report)}</p>')
    if report.searched:
        parts.append(f'<p class="kb-small kb-faint">Searched: {words(report.searched)}.</p>')
    return section("What the library lacks", "".join(parts))


def _ways_in(report: Absence) -> str:
    """Where what is missing can be brought in."""
    missing = next((facet.text for facet in report.facets if not facet.covered), "")
    look = inside(links.add(find=missing), f"look on arXiv for “{missing}”") + ", " if missing else ""
    page = inside(links.ADD, "add papers, pages and files")
    return f"You can {look}{page} here, or use <code>kb add</code>."


def _facet(facet: Facet) -> str:
    mark = f"<strong>{'✓ covered' if facet.covered else '○ not covered'}</strong>"
    near = ""
    if facet.nearest:
        address = links.source(facet.nearest.partition("#")[0])
        near = f"; nearest is {inside(address, facet.nearest_title or 'this source')}"
    missing = f"; no passage has {words(quoted(facet.missing_terms, 'or'))}" if facet.missing_terms else ""
    missing += "; a dated claim speaks of it" if facet.claim else ""
    scores = f"best passage {facet.best_score:.2f}, floor {facet.floor:.2f}"
    return f'“{words(facet.text)}”: {mark} <span class="kb-small kb-faint">({scores}{near}{missing})</span>'


def sources(answer: Answer) -> str:
    """What was cited, with summaries, in the order of its numbers."""
    if not answer.sources:
        return ""
    rows = [f"<li>{_source(source, i)}</li>" for i, source in enumerate(answer.sources, 1)]
    n = len(rows)
    return section(
        f"Sources: {n} {'note or paper' if n == 1 else 'notes and papers'}", f'<ol class="kb-list">{"".join(rows)}</ol>'
    )


def _source(source: SourceRef, number: int) -> str:
    marks = "".join(
        f" <strong>{text}</strong>"
        for text, holds in (("Withdrawn.", source.withdrawn), ("Generated, accepted by nobody yet.", source.generated))
        if holds
    )
    facts = " · ".join(filter(None, [source.kind.value, source.date or "", _count(len(source.rests_on))]))
    return (
        f"[{number}] {inside(links.source(source.id), source.title)}{marks}"
        f'<p class="kb-small">{words(source.summary)}</p><p class="kb-small kb-faint">{escaped(facts)}</p>'
    )


def _count(n: int) -> str:
    return f"rests on {counted(n, 'paper')}" if n else ""


def next_lines(answer: Answer) -> str:
    """Questions to ask next, each a link that asks it, as of the same date."""
    rows = listed(inside(links.ask(line, answer.until or ""), line) for line in answer.next_lines)
    return section("Next inquiring lines", rows)
