"""The gate: every sentence is checked against the passages it cites, whoever wrote it.

A citation must resolve to a passage and its quote must stand there word for word at the offsets that it names. A
sentence that is its quote is `quoted` if that is a whole sentence of the passage. Any other is held against the whole
sentences that its quotes touch (`kb.services.checks`), which needs no model: `consistent` if nothing speaks against it,
else `unsupported`. Only a judge makes a consistent sentence `supported`; none makes good what a check has found.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ingest.plain import plain
from kb.domain import Citation, Passage, Reason, Sentence, Source, SupportState, VerifiedSentence
from kb.errors import Unavailable
from kb.identity import cited_ids
from kb.ports import Entailment, Judge

if TYPE_CHECKING:
    from kb.services.checks import CitedText

UNJUDGED = "unjudged"
"""Kind of the reason of a sentence about which a judge was asked and did not answer."""


def check(
    sentences: Iterable[Sentence],
    passages: Mapping[str, Passage],
    sources: Mapping[str, Source] | None = None,
    judge: Judge | None = None,
) -> tuple[Sentence, ...]:
    """The sentences with their support states set, each with the reasons.

    Args:
        sentences: as a writer left them.
        passages: by id, those that the writer was given.
        sources: by id; names may come from their titles, and papers from what they rest on.
        judge: asked about sentences that pass every other check.
    """
    return tuple(_checked(sentence, passages, sources or {}, judge) for sentence in sentences)


def _checked(
    sentence: Sentence, passages: Mapping[str, Passage], sources: Mapping[str, Source], judge: Judge | None
) -> Sentence:
    reasons: tuple[Reason, ...] = tuple(r for c in sentence.citations if (r := _problem(c, passages)))
    if not sentence.citations:
        reasons = (Reason(kind="citation", text="cites nothing"),)
    elif not reasons and any(_is_verbatim(sentence.text, c, passages[c.passage]) for c in sentence.citations):
        return sentence.model_copy(update={"state": SupportState.QUOTED, "reasons": ()})
    state = SupportState.UNSUPPORTED
    if not reasons:
        from kb.services.checks import compare  # here, as below: verbatim sentences need no word lists

        cited = cited_text(sentence.citations, passages, sources)
        state, reasons = judged(sentence.text, cited, compare(sentence.text, cited), judge)
    return sentence.model_copy(update={"state": state, "reasons": reasons})


def judged(
    text: str, cited: "CitedText", reasons: tuple[Reason, ...], judge: Judge | None
) -> tuple[SupportState, tuple[Reason, ...]]:
    """State of a sentence after its checks, which found these reasons, and after a judge, if there is one."""
    if any(not reason.warning for reason in reasons):
        return SupportState.UNSUPPORTED, reasons
    if judge is None:
        return SupportState.CONSISTENT, reasons
    try:
        ruling = judge.rule(plain(text), cited.quotes, cited.context)
    except Unavailable as error:
        return SupportState.CONSISTENT, (
            *reasons,
            Reason(kind=UNJUDGED, text=f"not judged: {error.message}", warning=True),
        )
    if ruling.entailment is Entailment.ENTAILS:
        return SupportState.SUPPORTED, reasons
    is_against = ruling.entailment is Entailment.CONTRADICTS
    words = "the passage contradicts this" if is_against else "the passage does not say as much"
    words = f"{words}, by the judge {judge.name}" + (f": {ruling.reason}" if ruling.reason else "")
    reasons = (*reasons, Reason(kind="judge", text=words, warning=not is_against))
    return SupportState.UNSUPPORTED if is_against else SupportState.CONSISTENT, reasons


def unjudged(sentences: Iterable[Sentence | VerifiedSentence]) -> tuple[str, ...]:
    """That a judge did not answer, once for all the sentences that it was asked about."""
    said = [reason.text for sentence in sentences for reason in sentence.reasons if reason.kind == UNJUDGED]
    n = f"{len(said)} sentences were" if len(said) > 1 else "One sentence was"
    return (f"{n} {said[0]}.",) if said else ()


def cited_text(
    citations: Iterable[Citation], passages: Mapping[str, Passage], sources: Mapping[str, Source]
) -> "CitedText":
    """What citations point at: the sentences that their quotes touch, in the context of their passages."""
    from kb.services.checks import CitedText

    quotes: list[str] = []
    context: list[str] = []
    named: list[str] = []
    for citation in citations:
        passage, source = passages[citation.passage], sources.get(citation.source)
        quotes += [_shown(passage, span) for span in _touched(citation, passage)]
        context += [plain(source.title) if source else "", *passage.section, plain(passage.text)]
        named += [citation.source, *(source.references if source else ())]
    papers = frozenset(arxiv_id.base for arxiv_id in cited_ids("\n".join([*context, *named])))
    return CitedText(quotes, "\n".join(context), papers)


def _shown(passage: Passage, span: tuple[int, int]) -> str:
    return plain(passage.text[span[0] - passage.char_start : span[1] - passage.char_start])


def _problem(citation: Citation, passages: Mapping[str, Passage]) -> Reason | None:
    """Why a citation does not hold, None if it does."""
    passage = passages.get(citation.passage)
    if passage is None or passage.source_id != citation.source:
        return Reason(kind="citation", text=f"cites {citation.passage}, which is no passage of {citation.source}")
    start, end = citation.char_start - passage.char_start, citation.char_end - passage.char_start
    if not 0 <= start < end <= len(passage.text) or passage.text[start:end] != citation.quote:
        place = f"{citation.char_start}-{citation.char_end} of {citation.source}"
        return Reason(kind="quote", text=f"quotes words that do not stand at {place}")
    return None


def _touched(citation: Citation, passage: Passage) -> list[tuple[int, int]]:
    """Spans of the sentences that a quote touches; where none is known, of the quote."""
    spans = passage.sentences or ((passage.char_start, passage.char_end),)
    touched = [s for s in spans if s[0] < citation.char_end and s[1] > citation.char_start]
    return touched or [(citation.char_start, citation.char_end)]


def _is_verbatim(text: str, citation: Citation, passage: Passage) -> bool:
    """Whether a sentence is its quote, and that is whole: a part of a sentence may leave out what limits it."""
    if " ".join(text.split()) != " ".join(citation.quote.split()):
        return False
    touched = _touched(citation, passage) if passage.sentences else [(citation.char_start, citation.char_end)]
    start, end = touched[0][0] - passage.char_start, touched[-1][1] - passage.char_start
    return is_whole(text, passage.text[start:end])


def is_whole(text: str, evidence: str) -> bool:
    """Whether a verbatim text leaves out nothing but punctuation of the sentences that it is taken from."""
    return sum(map(str.isalnum, plain(text))) >= sum(map(str.isalnum, plain(evidence)))
