"""Answers and notes as text for a terminal and as Markdown."""

import re
from collections.abc import Iterable, Iterator

from ingest.plain import shown, terminal_safe
from ingest.sentences import sentences as spans_of
from kb.cli.context import out
from kb.cli.layout import Style, page_width, wrapped
from kb.domain import (
    Answer,
    AnswerStatus,
    Inquiry,
    Paper,
    RestsOnBasis,
    Sentence,
    Source,
    SourceRef,
    SupportState,
)
from kb.services.doubts import doubt, unversioned, withdrawn_in

_BRACKETS = re.compile(r"(?<!\\)(\\*)\[")
"""With the backslashes before it: after an odd number of them it is escaped already."""
_STATUS_WORDS = {
    AnswerStatus.ANSWERED: "",
    AnswerStatus.PARTIAL: "Answered in part: the library does not cover all of the question.",
    AnswerStatus.INSUFFICIENT: "Insufficient evidence: the library cannot answer this.",
}


_NOTHING_PASSED = (
    "The model wrote nothing that passed the checks. With --llm extractive the library answers in its own sentences."
)


def print_answer(answer: Answer) -> None:
    """An answer for reading in a terminal."""
    width, style = page_width(), Style()
    blocks = [style.bold(wrapped(answer.question, width))]
    if words := _status_words(answer):
        blocks.append(wrapped(words, width))
    blocks.append(wrapped(answer.reading, width))
    blocks += [wrapped(answer.left_out, width)] if answer.left_out else []
    numbers = {source.id: i for i, source in enumerate(answer.sources, 1)}
    withdrawn = withdrawn_in(answer)
    for theme in answer.themes:
        sentences = [s for s in answer.sentences if s.theme == theme]
        paragraphs = "\n".join(wrapped(words, width) for words in _paragraphs(sentences, numbers, withdrawn))
        blocks.append(style.bold(terminal_safe(theme)) + "\n" + paragraphs)
    blocks.append(style.bold("What the library lacks") + "\n" + _absence(answer, width))
    if answer.sources:
        blocks.append(style.bold("Sources") + "\n" + "\n".join(_source(answer, s, width) for s in answer.sources))
    if answer.next_lines:
        lines = (wrapped(line, width, "- ") for line in answer.next_lines)
        blocks.append(style.bold("Next inquiring lines") + "\n" + "\n".join(lines))
    if words := _written_by(answer):
        blocks.append(wrapped(words, width))
    out("\n\n".join(blocks))


def _status_words(answer: Answer) -> str:
    return _NOTHING_PASSED if answer.is_unwritten else _STATUS_WORDS[answer.status]


def _written_by(answer: Answer) -> str:
    """What a language model wrote, and how its sentences fared at the gate; nothing for the library's own sentences."""
    if not answer.model:
        return ""
    states = [sentence.state for sentence in answer.sentences]
    counted = ", ".join(f"{states.count(s)} {s.value}" for s in SupportState if s in states) or "no sentence"
    n = answer.n_withheld
    withheld = f"; {n} failed the gate and {'was' if n == 1 else 'were'} withheld" if n else ""
    cut = "Incomplete. " if answer.incomplete else ""
    return f"{cut}Written by {answer.model}: {counted}{withheld}."


def _mark(sentence: Sentence, withdrawn: frozenset[str]) -> str:
    """Behind a sentence that is not word for word, gives orders, or whose evidence is none or was withdrawn."""
    state = f"({sentence.state.value})" if sentence.state in _IN_OTHER_WORDS else ""
    return " ".join(part for part in (state, doubt(sentence, withdrawn)) if part)


def _paragraphs(sentences: Iterable[Sentence], numbers: dict[str, int], withdrawn: frozenset[str]) -> Iterator[str]:
    """Sentences of a theme as running text; a sentence with a lead-in begins a new paragraph."""
    words: list[str] = []
    for sentence in sentences:
        if sentence.lead_in and words:
            yield " ".join(words)
            words = []
        words.append(_sentence(sentence, numbers, withdrawn))
    yield " ".join(words)


def _sentence(sentence: Sentence, numbers: dict[str, int], withdrawn: frozenset[str]) -> str:
    cited = dict.fromkeys(f"[{numbers[c.source]}]" for c in sentence.citations if c.source in numbers)
    text = shown(sentence.text)
    text = text if text.endswith((".", "!", "?", "”", '"', ")", "。")) else f"{text}."
    if sentence.state is SupportState.UNSUPPORTED:
        text = f"<< unsupported: {text} ({'; '.join(r.text for r in sentence.reasons if not r.warning)}) >>"
    return " ".join(part for part in (sentence.lead_in, text, "".join(cited), _mark(sentence, withdrawn)) if part)


def _absence(answer: Answer, width: int) -> str:
    absence = answer.absence
    lines = [wrapped(absence.note, width)] if absence.note else []
    lines += [wrapped(f"Would help: {wish}.", width, "- ") for wish in absence.would_help]
    if absence.would_help:
        begin = "" if absence.facets else ", or begin with the seed library: `kb init DIR --seed`"
        lines.append(wrapped(f"Add what is missing with `kb add`; `kb arxiv search` looks for papers{begin}.", width))
    if absence.searched:
        lines.append(wrapped(f"Searched: {absence.searched}.", width))
    return "\n".join(lines)


def _source(answer: Answer, source: SourceRef, width: int) -> str:
    number = list(answer.sources).index(source) + 1
    mark = f"[{number}] "
    lines = [wrapped(f"{shown(source.title)} ({source.id}{', ' + source.date if source.date else ''})", width, mark)]
    indent = len(mark)
    if source.withdrawn:
        lines.append(wrapped("This paper was withdrawn.", width, "", indent))
    if source.generated:
        lines.append(wrapped("Generated text that no person has accepted yet.", width, "", indent))
    if gist := _gist(source):
        lines.append(wrapped(gist, width, "", indent))
    spans = sorted({(c.char_start, c.char_end) for s in answer.held for c in s.citations if c.source == source.id})
    where = f"Quoted: {pages}, characters " if (pages := _pages(answer, source)) else "Quoted: characters "
    quoted = where + ", ".join(f"{a}-{b}" for a, b in spans) if spans else "Cited by unsupported sentences alone."
    lines.append(wrapped(quoted, width, "", indent))
    room = width - indent
    for basis, papers in _rests_on(answer, source).items():
        lines.append(f"{' ' * indent}{_BASIS_WORDS[basis]}:")
        room = width - indent - 2
        lines += [" " * (indent + 2) + (line if len(line) <= room else line[: room - 1] + "…") for line in papers]
    return "\n".join(lines)


def _gist(source: SourceRef) -> str:
    """The first sentence of its summary; empty where it has none."""
    summary = " ".join(shown(source.summary).split())
    return next((summary[start:end] for start, end in spans_of(summary, 0, len(summary))), "")


def _pages(answer: Answer, source: SourceRef) -> str:
    """The pages on which quoted passages begin, such as "p. 7, 9"; empty where the source has none."""
    pages = sorted({c.page for s in answer.held for c in s.citations if c.source == source.id and c.page})
    return f"p. {', '.join(map(str, pages))}" if pages else ""


_NOTE = RestsOnBasis.NOTE
_IN_OTHER_WORDS = (SupportState.SUPPORTED, SupportState.CONSISTENT)
_BASIS_WORDS = {
    RestsOnBasis.SENTENCE: "Rests on",
    RestsOnBasis.CLAIM: "Rests on, by the dated claims that together say as much",
    RestsOnBasis.PARAGRAPH: "Rests on, by its paragraph",
    RestsOnBasis.NOTE: "Names no paper; the note as a whole rests on",
}


def _facts(paper: Paper) -> str:
    return f"({paper.date}{', withdrawn' if paper.withdrawn else ''})"


def _rests_on(answer: Answer, source: SourceRef) -> dict[RestsOnBasis, list[str]]:
    """The papers that a source's quoted sentences rest on, in a line each, under the surest place that says so."""
    cited = [c for s in answer.held for c in s.citations if c.source == source.id]
    known = {paper.reference: f" {_facts(paper)} {shown(paper.title)}" for paper in source.rests_on}
    found: dict[RestsOnBasis, list[str]] = {}
    told: set[str] = set()
    for basis in _BASIS_WORDS:
        references = dict.fromkeys(r for c in cited if c.rests_on_basis is basis for r in c.rests_on if r not in told)
        told |= references.keys()
        lines = (terminal_safe(r + known.get(unversioned(r), "")) for r in references)
        found |= {basis: list(lines)} if references else {}
    return found


def answer_as_markdown(answer: Answer) -> str:
    """An answer as Markdown that Obsidian shows well: footnotes for citations, wikilinks for notes."""
    numbers = {source.id: i for i, source in enumerate(answer.sources, 1)}
    lines = [f"# {_escaped(answer.question)}", ""]
    if words := _status_words(answer):
        lines += [f"**{words}**", ""]
    lines += [_escaped(answer.reading), ""]
    lines += [_escaped(answer.left_out), ""] if answer.left_out else []
    for theme in answer.themes:
        lines += [f"## {_escaped(theme)}", ""]
        sentences = [s for s in answer.sentences if s.theme == theme]
        for words in _markdown_paragraphs(sentences, numbers, withdrawn_in(answer)):
            lines += [words, ""]
    lines += ["## What the library lacks", "", _escaped(answer.absence.note), ""]
    lines += [f"- Would help: {_escaped(wish)}." for wish in answer.absence.would_help]
    if answer.next_lines:
        lines += ["", "## Next inquiring lines", "", *(f"- {_escaped(line)}" for line in answer.next_lines)]
    if words := _written_by(answer):
        lines += ["", _escaped(" ".join([words, *answer.remarks]))]
    lines.append("")
    for source in answer.sources:
        grounds = _rests_on(answer, source).items()
        papers = " **Withdrawn.**" if source.withdrawn else ""
        papers += "".join(f" {_BASIS_WORDS[basis]}: {'; '.join(map(_escaped, lines))}." for basis, lines in grounds)
        pages = f", {named}" if (named := _pages(answer, source)) else ""
        link = f"[[{source.id.removeprefix('note:')}]]" if source.id.startswith("note:") else source.id
        title = shown(source.title)
        end = "" if not pages and title.endswith(("?", "!", ".")) else "."
        gist = f" {_escaped(gist)}" if (gist := _gist(source)) else ""
        lines.append(f"[^{numbers[source.id]}]: {link}: {_escaped(title)}{pages}{end}{gist}{papers}")
    return "\n".join(lines).rstrip()


def _markdown_paragraphs(
    sentences: Iterable[Sentence], numbers: dict[str, int], withdrawn: frozenset[str]
) -> Iterator[str]:
    words: list[str] = []
    for sentence in sentences:
        if sentence.lead_in and words:
            yield " ".join(words)
            words = []
        marks = "".join(dict.fromkeys(f"[^{numbers[c.source]}]" for c in sentence.citations if c.source in numbers))
        text = _escaped(shown(sentence.text))
        if sentence.state is SupportState.UNSUPPORTED:
            text = f"~~{text}~~ (unsupported: {'; '.join(_escaped(r.text) for r in sentence.reasons if not r.warning)})"
        mark = _escaped(_mark(sentence, withdrawn))
        words.append(" ".join(part for part in (sentence.lead_in, text + marks, mark) if part))
    yield " ".join(words)


def _escaped(text: str) -> str:
    """Text of notes and papers in Markdown: no HTML, no images or links that were not ours, no control characters."""
    safe = terminal_safe(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _BRACKETS.sub(lambda match: match[0] if len(match[1]) % 2 else f"{match[1]}\\[", safe)


def print_inquiries(inquiries: Iterable[Inquiry]) -> None:
    """One line for each kept inquiry."""
    lines = [f"{i.asked_at[:10]}  {i.id}  {terminal_safe(i.answer.question)}{_dated(i.answer)}" for i in inquiries]
    out("\n".join(lines) or 'No inquiries are kept yet. Keep one with `kb ask "…" --save`.')


def _dated(answer: Answer) -> str:
    return f"  (as of {answer.until})" if answer.until else ""


def print_notes(notes: Iterable[Source]) -> None:
    """One line for each note."""
    lines = [
        f"{note.id.removeprefix('note:')}  {terminal_safe(shown(note.title))}{'  (draft)' * note.generated}"
        for note in notes
    ]
    out("\n".join(lines) or "The library has no notes yet. Add some with `kb add PATH`.")
