"""The gate: every sentence is checked against the passages it cites, whoever wrote it.

The checks here need no model: each citation resolves to a passage, and each quote stands there word for word at the
offsets that it names. A sentence that is its quote is `quoted`; any other is `unsupported`, with the reason.
"""

from collections.abc import Iterable, Mapping

from kb.domain import Citation, Passage, Sentence, SupportState


def check(sentences: Iterable[Sentence], passages: Mapping[str, Passage]) -> tuple[Sentence, ...]:
    """The sentences with their support states set.

    Args:
        sentences: as a writer left them.
        passages: by id, those that the writer was given.
    """
    return tuple(_checked(sentence, passages) for sentence in sentences)


def _checked(sentence: Sentence, passages: Mapping[str, Passage]) -> Sentence:
    reasons = [reason for citation in sentence.citations if (reason := _problem(citation, passages))]
    if not sentence.citations:
        reasons.append("cites nothing")
    elif not reasons and not any(_same(sentence.text, citation.quote) for citation in sentence.citations):
        reasons.append("is not the words of any passage that it cites")
    state = SupportState.UNSUPPORTED if reasons else SupportState.QUOTED
    return sentence.model_copy(update={"state": state, "reasons": tuple(reasons)})


def _problem(citation: Citation, passages: Mapping[str, Passage]) -> str:
    """Why a citation does not hold, empty if it does."""
    passage = passages.get(citation.passage)
    if passage is None or passage.source_id != citation.source:
        return f"cites {citation.passage}, which is no passage of {citation.source}"
    start, end = citation.char_start - passage.char_start, citation.char_end - passage.char_start
    if not 0 <= start < end <= len(passage.text) or passage.text[start:end] != citation.quote:
        return f"quotes words that do not stand at {citation.char_start}-{citation.char_end} of {citation.source}"
    return ""


def _same(text: str, quote: str) -> bool:
    """Equal but for white space."""
    return " ".join(text.split()) == " ".join(quote.split())
