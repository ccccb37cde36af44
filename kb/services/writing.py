"""From a brief to gated sentences: the writer writes, the gate checks, the writer may mend once.

Nothing that a writer says reaches a reader unchecked: sentences go through the gate, its reading of the question
through the same comparisons with the evidence as a whole, and headings are the library's own words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kb.domain import Passage, Sentence, Source, SupportState
from kb.errors import CutShort, KbError
from kb.language import content_stems
from kb.ports import Brief, Deaf, Draft, Judge, Listener, Writer
from kb.services import gate
from kb.services.checks import CitedText, compare, held_share
from kb.services.grounds import with_grounds
from kb.services.orders import gives_orders, obeyed
from prompts import load

_LOOSE_IN_A_READING = frozenset(("hedge", "scope"))
"""What a reading may leave out: it says what is asked, not how far it holds."""
_KNOWN_IN_A_READING = 0.5
"""Share of its content words that the question and the evidence must have; one at least is the question's own."""


@dataclass(frozen=True, slots=True)
class Written:
    """What came of a brief."""

    reading: str
    sentences: tuple[Sentence, ...]
    is_cut: bool
    remarks: tuple[str, ...]


class _Gated:
    """Hears sentences from a writer and tells of them as the gate leaves them."""

    def __init__(self, listener: Listener, checker: "_Checker") -> None:
        self._listener, self._checker = listener, checker
        self.n_told = 0

    def drafting(self, text: str) -> None:
        """As it comes."""
        self._listener.drafting(text)

    def written(self, sentence: Sentence) -> None:
        """With its support state."""
        self.n_told += 1
        self._listener.written(self._checker.check([sentence])[0])

    def settled(self, place: int, sentence: Sentence) -> None:
        """As it is."""
        self._listener.settled(place, sentence)


class _Checker:
    """The gate for the evidence of one brief."""

    def __init__(self, brief: Brief) -> None:
        self._passages: Mapping[str, Passage] = {h.passage.id: h.passage for e in brief.evidence for h in e.sentences}
        self._sources: Mapping[str, Source] = {e.source.id: e.source for e in brief.evidence}

    def check(self, sentences: Iterable[Sentence], judge: Judge | None = None) -> tuple[Sentence, ...]:
        """The sentences with their support states and with what their sources rest on."""
        checked = gate.check(sentences, self._passages, self._sources, judge)
        return tuple(with_grounds(_unless_ordered(s), self._sources, self._passages) for s in checked)


def write(brief: Brief, writer: Writer, listener: Listener, judge: Judge | None = None) -> Written:
    """The writer's sentences with their support states, after one round of mending.

    Args:
        brief: what is to be written about.
        writer: writes.
        listener: hears of each sentence as the gate leaves it before any judge is asked, and again where the judge or
            the mending changes it. If it raises `CutShort`, the answer ends there, with what was verified.
        judge: asked about sentences that pass every other check.

    Raises:
        Unavailable: if the model behind the writer did not begin to answer.
    """
    checker = _Checker(brief)
    gated = _Gated(listener, checker)
    draft = writer.write(brief, gated)
    sentences = list(checker.check(draft.sentences))
    cut, remarks = _cut_short(draft, writer), list[str]()
    try:
        for sentence in sentences[gated.n_told :]:
            listener.written(sentence)
        if judge:
            _judge(draft, sentences, checker, listener, judge)
        if not cut:
            remarks = _mend(brief, writer, sentences, checker, listener, judge)
    except CutShort as stopped:
        cut = stopped.message
    told = [*_remarks("answer", cut, draft), *gate.unjudged(sentences), *remarks]
    return Written(_reading(brief, draft), tuple(sentences), bool(cut), tuple(told))


def _judge(draft: Draft, sentences: list[Sentence], checker: _Checker, listener: Listener, judge: Judge) -> None:
    """Ask the judge about each sentence, and put what it makes of it in its place."""
    for place, sentence in enumerate(draft.sentences):
        listener.drafting("")
        (judged,) = checker.check([sentence], judge)
        if judged != sentences[place]:
            sentences[place] = judged
            listener.settled(place, judged)


def _mend(
    brief: Brief,
    writer: Writer,
    sentences: list[Sentence],
    checker: _Checker,
    listener: Listener,
    judge: Judge | None,
) -> list[str]:
    """Put what the writer offers for refused sentences in their places where it passes; what is to be remarked."""
    failed = [i for i, s in enumerate(sentences) if s.state is SupportState.UNSUPPORTED]
    if not failed:
        return []
    listener.drafting("")
    try:
        offered = writer.repair(brief, [sentences[i] for i in failed])
    except KbError as error:
        return [f"Refused sentences were not mended: {error.message}."]
    for place, new in _passing(offered, checker, judge).items():
        old = sentences[failed[place]]
        sentences[failed[place]] = new.model_copy(update={"theme": old.theme})
        listener.settled(failed[place], sentences[failed[place]])
    return []


def first_draft(brief: Brief, writer: Writer, judge: Judge | None = None) -> Written:
    """The writer's sentences with their support states, none of them mended: one call of the model behind it.

    Raises:
        Unavailable: if that model did not begin to answer.
    """
    draft = writer.write(brief, Deaf())
    sentences = _Checker(brief).check(draft.sentences, judge)
    cut = _cut_short(draft, writer)
    return Written(draft.reading, sentences, bool(cut), (*_remarks("draft", cut, draft), *gate.unjudged(sentences)))


def _cut_short(draft: Draft, writer: Writer) -> str:
    """Why a draft ends before its end; a model that wrote no sentence has not even begun."""
    return draft.cut_short or ("" if draft.sentences or not writer.model else f"{writer.model} wrote no sentence")


def _remarks(what: str, cut_short: str, draft: Draft) -> tuple[str, ...]:
    """What a reader should know of what was written: why it ends early, and what the writer has to say."""
    return (*([f"The {what} is incomplete: {cut_short}."] if cut_short else []), *draft.remarks)


def _passing(offered: Mapping[int, Sentence], checker: _Checker, judge: Judge | None) -> dict[int, Sentence]:
    checked = zip(offered, checker.check(offered.values(), judge), strict=True)
    return {place: s for place, s in checked if s.state is not SupportState.UNSUPPORTED}


def _unless_ordered(sentence: Sentence) -> Sentence:
    """A sentence that rests on words which give orders fails; one that only quotes them is marked."""
    is_quoted = sentence.state is SupportState.QUOTED
    reason = obeyed(sentence.text, sentence.citations, is_quoted=is_quoted)
    if reason is None:
        return sentence
    state = sentence.state if is_quoted else SupportState.UNSUPPORTED
    return sentence.model_copy(update={"state": state, "reasons": (*sentence.reasons, reason)})


def _reading(brief: Brief, draft: Draft) -> str:
    """The writer's own reading if nothing in the evidence or the question speaks against it, else the product's."""
    if not draft.reframing or gives_orders(draft.reframing):
        return draft.reading
    quotes = [hit.shown for e in brief.evidence for hit in e.sentences if not gives_orders(hit.text)]
    differences = compare(draft.reframing, CitedText([brief.question, *quotes], ""))
    if any(not r.warning and r.kind not in _LOOSE_IN_A_READING for r in differences):
        return draft.reading
    known = content_stems(" ".join([brief.question, *quotes]))
    is_about_it = bool(content_stems(draft.reframing) & content_stems(brief.question))
    if not is_about_it or held_share(draft.reframing, known, {}) < _KNOWN_IN_A_READING:
        return draft.reading
    words = load("answer")
    return words.fill("reframed", reading=draft.reframing, caveat=brief.caveat) if brief.caveat else draft.reframing


def strictly(written: Written) -> Written:
    """Without the sentences that failed the gate."""
    kept = tuple(s for s in written.sentences if s.state is not SupportState.UNSUPPORTED)
    return replace(written, sentences=kept)
