"""The gate: every sentence is checked against the passages it cites, whoever wrote it.

The checks here need no model. A citation must resolve to a passage and its quote must stand there word for word at the
offsets that it names. A sentence that is its quote is `quoted`. Any other is held against the words that it cites
(`kb.services.checks`): `consistent` if nothing speaks against it, which is less than `supported`, else `unsupported`.
"""

from collections.abc import Iterable, Mapping

from ingest.plain import plain
from kb.domain import Citation, Passage, Reason, Sentence, SupportState
from kb.identity import cited_ids
from kb.services.checks import CitedText, compare


def check(
    sentences: Iterable[Sentence], passages: Mapping[str, Passage], titles: Mapping[str, str] | None = None
) -> tuple[Sentence, ...]:
    """The sentences with their support states set, each with the reasons.

    Args:
        sentences: as a writer left them.
        passages: by id, those that the writer was given.
        titles: of the sources by id; a name may come from there.
    """
    return tuple(_checked(sentence, passages, titles or {}) for sentence in sentences)


def _checked(sentence: Sentence, passages: Mapping[str, Passage], titles: Mapping[str, str]) -> Sentence:
    reasons: tuple[Reason, ...] = tuple(r for c in sentence.citations if (r := _problem(c, passages)))
    if not sentence.citations:
        reasons = (Reason(kind="citation", text="cites nothing"),)
    elif not reasons and any(_same(sentence.text, citation.quote) for citation in sentence.citations):
        return sentence.model_copy(update={"state": SupportState.QUOTED, "reasons": ()})
    if not reasons:
        reasons = compare(sentence.text, cited_text(sentence.citations, passages, titles))
    failed = any(not reason.warning for reason in reasons)
    state = SupportState.UNSUPPORTED if failed else SupportState.CONSISTENT
    return sentence.model_copy(update={"state": state, "reasons": reasons})


def cited_text(
    citations: Iterable[Citation],
    passages: Mapping[str, Passage],
    titles: Mapping[str, str],
    references: Mapping[str, Iterable[str]] | None = None,
) -> CitedText:
    """What citations point at: the sentences that their quotes touch, in the context of their passages."""
    quotes: list[str] = []
    context: list[str] = []
    named: list[str] = []
    for citation in citations:
        passage = passages[citation.passage]
        spans = passage.sentences or ((passage.char_start, passage.char_end),)
        touched = [s for s in spans if s[0] < citation.char_end and s[1] > citation.char_start]
        quotes += [_shown(passage, span) for span in touched or [(citation.char_start, citation.char_end)]]
        named += [citation.source, *citation.rests_on, *(references or {}).get(citation.source, ())]
        context += [plain(titles.get(citation.source, "")), *passage.section, plain(passage.text)]
    whole = "\n".join(context)
    return CitedText(quotes, whole, frozenset(i.base for i in cited_ids("\n".join([whole, *named]))))


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


def _same(text: str, quote: str) -> bool:
    """Equal but for white space."""
    return " ".join(text.split()) == " ".join(quote.split())
