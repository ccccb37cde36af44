"""What stands against trusting a sentence of an answer, in the words that people read behind it."""

import re

from kb.domain import Answer, Grounding, RestsOnBasis, Sentence
from kb.services.orders import GIVES_ORDERS

_VERSION = re.compile(r"v[0-9]+$")


def withdrawn_in(answer: Answer) -> frozenset[str]:
    """What citations may name that was withdrawn: ids of sources, references to papers."""
    papers = {paper.reference for source in answer.sources for paper in source.rests_on if paper.withdrawn}
    return frozenset(papers | {source.id for source in answer.sources if source.withdrawn})


def doubt(sentence: Sentence, withdrawn: frozenset[str]) -> str:
    """Words in brackets for a sentence that gives orders, or whose evidence is none or was withdrawn; else empty.

    Args:
        sentence: of an answer.
        withdrawn: as `withdrawn_in` found it in that answer.
    """
    if orders := [r.text for r in sentence.reasons if r.kind == GIVES_ORDERS and r.warning]:
        return f"({orders[0]})"
    if sentence.grounding is Grounding.GENERATED:
        return "(rests on generated text alone)"
    if any(citation.source in withdrawn for citation in sentence.citations):
        return "(withdrawn by its authors)"
    cited = (c for c in sentence.citations if c.rests_on_basis is not RestsOnBasis.NOTE)
    papers = sorted(withdrawn & {unversioned(reference) for c in cited for reference in c.rests_on})
    return f"(rests on {', '.join(papers)}, withdrawn)" if papers else ""


def unversioned(reference: str) -> str:
    """A reference to a paper, whichever version it names."""
    return _VERSION.sub("", reference)
