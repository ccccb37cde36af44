"""Sentences that a note has from another source, above all a draft's: whoever quotes them quotes the other source.

A draft repeats the library's own sentences, each with what it has it from in brackets at its end. To cite the draft for
them would hide the source, and a further draft would stack one bracket on another.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from ingest.plain import plain
from kb.domain import Source, SourceKind
from kb.ports import Catalog, Evidence
from kb.wording import AGAINST, IN_TENSION

_MOST_BRACKETS = 4
_CITED = re.compile(r"\s?\(arXiv:[^()]*\)")


def is_secondhand(sentence: str) -> bool:
    """Whether a sentence, as written, says itself that it is another note's, “(as [[note]] reads it)”."""
    return "(as [[" in sentence and sentence.rstrip(".!?").endswith((" reads it)", " read it)"))


def bare(sentence: str) -> str:
    """A sentence's words alone: no lead-in, no full stop, no papers in brackets, nothing in brackets at its end.

    >>> bare("Against this: Chains lengthen (arXiv:2502.07266, 2025-02).")
    'Chains lengthen'
    """
    words = uncited(" ".join(sentence.split())).rstrip(".!?")
    words = words.removeprefix(f"{AGAINST} ").removeprefix(f"{IN_TENSION} ")
    for _ in range(_MOST_BRACKETS):
        if words.endswith(")") and "(" in words:
            words = words[: words.rindex("(")].rstrip()
    return words


def uncited(text: str) -> str:
    """A text without the papers that it names in brackets, which a dated claim leaves out."""
    return _CITED.sub("", text)


def origins(source: Source, sentence: str, catalog: Catalog) -> list[Source]:
    """The notes that a note has a sentence from: those that say it, too, among what it links to."""
    ids = dict.fromkeys(found for link in source.links for found in catalog.called(link.target) if found != source.id)
    words = bare(plain(sentence))
    return [note for note in catalog.sources(ids) if _is_note(note) and words in _said(note)]


def _is_note(source: Source) -> bool:
    return source.kind is SourceKind.NOTE and not source.generated


def _said(source: Source) -> str:
    return uncited(" ".join((source.claim, source.summary, plain(source.text))))


def firsthand(evidence: Sequence[Evidence], links: Collection[tuple[str, str]]) -> list[Evidence]:
    """Evidence without the sentences that a source has from another one of it; sources without any are left out.

    Generated text has them from every other source that says the same; a note has them from one that it links to.

    Args:
        evidence: of one question.
        links: from source to source, by their ids.
    """
    texts: dict[str, str] = {}

    def said_by(other: Evidence, words: str) -> bool:
        source = other.source
        if source.id not in texts:
            texts[source.id] = _said(source)
        return words in texts[source.id]

    kept = []
    for one in evidence:
        others = [other for other in evidence if _goes_before(other, one, links)]
        own = [hit for hit in one.sentences if not any(said_by(other, bare(hit.shown)) for other in others)]
        kept += [replace(one, sentences=own)] if own else []
    return kept


def _goes_before(other: Evidence, one: Evidence, links: Collection[tuple[str, str]]) -> bool:
    """Whether words that both say are the other one's."""
    if one.source.generated or other.source.generated:
        return one.source.generated and not other.source.generated
    there, back = (one.source.id, other.source.id), (other.source.id, one.source.id)
    return there in links and back not in links
