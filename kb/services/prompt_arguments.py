"""How notes argue from their findings to a question: sentences of their own that can stand alone in a prompt.

A reader of the prompt sees one sentence and not its neighbours. So it must say what it says without them, must not be
a view that the next sentence turns down, and must not be a result that is told without its paper.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from ingest.plain import plain
from kb.domain import PassageKind, Source, SourceKind
from kb.identity import cited_ids, is_before
from kb.language import ABBREVIATIONS, spelled_out
from kb.ports import Catalog, Embedder, Vector
from kb.services.scope import scope_of
from kb.services.text_vectors import text_vectors
from kb.wording import leans_back, names, numbers

_ARGUES = 0.55
"""Cosine to the question from which on a sentence of a note may be its argument."""

_FEWEST_WORDS = 10
"""Shorter ones announce what the next sentence says."""

_REFERS = re.compile(
    r"(?:The|One|Two|Three|Four|Some|Later|Recent)\b|"
    r".*\b(?:also|thus|therefore|hence|however|by contrast|here|this|these|those|the same|such(?! as)|as found|recent|"
    r"that (?:reading|view|account|kind)|either account|another side|the (?:two|three|four|claim|account|verdict|idea|"
    r"contrary|findings?|results?|effect|gap|harm|conflict|remed(?:y|ies)|warning|condition|jobs|(?:\w+ )?question))\b",
    re.IGNORECASE,
)
"""Ties to other sentences. What begins with “the” or a count nearly always speaks of what was named before."""
_REPORTS = re.compile(
    r"\b(?:stud(?:y|ies)|papers?|abstracts?|authors?|experiments?|surveys?|synthes[ie]s|replications?|reported|"
    r"evidence|was|were|did|had|has been|have been|found|made|went|kept|raised|led|fell|rose|showed|remained|"
    r"which suggests?|often (?:do|does)|turns? out)\b",
    re.IGNORECASE,
)
"""What tells of work that was done is a result, and here its paper is not named."""
_PROMISES = re.compile(
    r"\b(?:would|could) (?:\w+ )?(?:show|tell|test|weaken|overturn|refute|undo|decide|confirm|narrow|reverse|separate|"
    r"return|turn|count against)\b",
    re.IGNORECASE,
)
"""Tests that nobody made."""
_ANNOUNCES = re.compile(r"\b(?:suggests?|hints? at|shows?|a reason|explains?) (?:how|why|where|what)\b", re.IGNORECASE)
"""Explanations that are not given, unless after a colon."""
_OPINION = re.compile(
    r"\b(?:intuitions?|intuitively|tempting|conventional|premise|supposedly|critics|proponents|disputed?|"
    r"(?:one|some|many|people|readers) (?:might|may|could|would|can|argue|believe|think|say|hold|expect)|"
    r"it is (?:often|widely|commonly|usually|sometimes|generally)|"
    r"(?:widely|commonly|often|usually|generally) (?:held|believed|assumed|thought|said|expected|taken)|"
    r"(?:common|popular|usual|widespread|natural) (?:belief|view|assumption|reading|idea|expectation))\b",
    re.IGNORECASE,
)
"""Views that a note reports, often to turn them down."""
_TURNS = re.compile(
    r"(?:However|But|Yet|Instead|Still|Nevertheless|Nonetheless|Conversely|By contrast|In contrast|On the contrary|"
    r"On the other hand|Not (?:so|quite|all|every))\b|"
    r".*\b(?:the other way|the opposite|the reverse|against (?:it|this|that)|contradicts?|disputes?|objections?|"
    r"cautions?|cast doubt|little support|no support)\b",
    re.IGNORECASE,
)
"""How a sentence begins, or what it holds, that speaks against the one before it."""


def arguments(
    question: str, notes: Iterable[Source], catalog: Catalog, embedder: Embedder, *, until: str
) -> dict[str, str]:
    """Of each note the sentence that argues and is most like a question, if there is one; by the note's id.

    What is more like a finding than like the question tells what was found, and what was written after a date may be
    hindsight. Both are left out, as is all that `_is_argument` refuses.

    Args:
        question: in the asker's words.
        notes: that are shown.
        catalog: of the library; it keeps vectors of notes' sentences.
        embedder: of the library.
        until: the prompt's date.
    """
    told = {n.id: n for n in notes if n.kind is SourceKind.NOTE and n.date and not is_before(until, n.date)}
    asked = embedder.embed([spelled_out(question).rstrip("?!. ") or question])[0]
    spans: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    for passage in catalog.passages_of(told).values():
        if passage.kind is PassageKind.BODY:
            spans[passage.source_id].update(passage.sentences)
    said = {note: list(_own_words(told[note].text, sorted(own))) for note, own in spans.items()}
    argued = {note: _argued(texts, told[note], asked, catalog, embedder) for note, texts in said.items() if texts}
    return {note: text for note, text in argued.items() if text}


def _own_words(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[str]:
    """Sentences of a body that neither cite nor link, argue, and are not turned against by the next one."""
    sentences = [text[start:end] for start, end in spans]
    for sentence, follower in pairwise([*sentences, ""]):
        is_own = not (cited_ids(sentence) or "[[" in sentence or "](" in sentence)
        if is_own and _is_argument(plain(sentence)) and not _TURNS.match(plain(follower)):
            yield plain(sentence)


def _is_argument(sentence: str) -> bool:
    """Whether a sentence stands alone, as the note's own view and not as a result."""
    is_whole = sentence.endswith(".") and len(sentence.split()) >= _FEWEST_WORDS
    is_bound = leans_back(sentence) or _REFERS.match(sentence) or (":" not in sentence and _ANNOUNCES.search(sentence))
    is_other = any(kind.search(sentence) for kind in (_REPORTS, _PROMISES, _OPINION))
    return is_whole and not (is_bound or is_other or _is_specific(sentence))


def _is_specific(sentence: str) -> bool:
    """Whether it has a figure or names a model, a benchmark or a method that has no usual short form."""
    scope = scope_of(sentence)
    listed = f"{scope.model or ''}, {scope.task or ''}".split(", ")
    named = {*(m.text for m in names(sentence)), *(name for name in listed if name[:1].isupper())}
    has_figure = any(c.isdigit() for c in sentence) or any(" " in m.key for m in numbers(sentence))
    return has_figure or any(name.split("-")[0].casefold() not in ABBREVIATIONS for name in named)


def _argued(texts: Sequence[str], note: Source, asked: Vector, catalog: Catalog, embedder: Embedder) -> str:
    """Of a note's sentences the one that is most like the question, and less like what the note found; or nothing."""
    vectors = text_vectors(texts, catalog, embedder)
    found = text_vectors([plain(claim.text) for claim in note.claims], catalog, embedder)
    like = vectors @ asked
    is_near = (like >= _ARGUES) & (like > (vectors @ found.T).max(axis=1))
    return texts[int(np.argmax(np.where(is_near, like, -1.0)))] if is_near.any() else ""
