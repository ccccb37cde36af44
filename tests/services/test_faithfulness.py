"""Evidence faithfulness: writers that use their evidence and writers that do not must come out differently."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from kb.domain import Sentence, SupportState
from kb.errors import BadInput, NotFound
from kb.library import Library
from kb.ports import Brief, Deaf, Draft, Listener
from kb.services import gate
from kb.services.altered import altered
from kb.services.answer import Answerer
from kb.services.faithfulness import CALLS_PER_SENTENCE, Change, FaithfulnessTest, Outcome
from kb.services.rewording import filler, negated, paraphrased
from kb.services.writing import Written

QUESTION = "why do small models lose faithfulness"


class Memory:
    """A writer that says what it said first, whatever it is given."""

    name = "memory"
    model = ""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def write(self, brief: Brief, listener: Listener) -> Draft:
        return self._draft

    def repair(self, brief: Brief, failed: Sequence[Sentence]) -> dict[int, Sentence]:
        return {}


@pytest.fixture
def brief(small_library: Library) -> Brief:
    found = small_library.parts.answerer.brief(QUESTION)
    assert found
    return found


def _gated(brief: Brief, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    passages = {hit.passage.id: hit.passage for e in brief.evidence for hit in e.sentences}
    return gate.check(sentences, passages, {e.source.id: e.source for e in brief.evidence})


def test_the_extractive_writer_follows_its_evidence(small_library: Library):
    """The control would fail: verbatim sentences cannot outlive the words that they quote."""
    found = small_library.faithfulness.run(QUESTION)
    assert found.writer == "extractive"
    assert len(found.sentences) >= 3
    assert found.sensitivity.share == 1.0
    assert found.sensitivity.n == 3 * len(found.sentences)
    assert found.outcomes[Change.NEGATED].get(Outcome.FLIPPED, 0) > 0
    assert not any(found.outcomes[change].get(Outcome.STAYED) for change in Change if change != Change.PARAPHRASED)
    assert found == small_library.faithfulness.run(QUESTION)


def test_a_writer_that_ignores_its_evidence_is_found_out(small_library: Library, brief: Brief):
    """Sentences from a model's memory would pass for sentences that rest on the library."""
    parts = small_library.parts
    memory = Memory(parts.writer.write(brief, Deaf()))
    answerer = Answerer(parts.catalog, parts.retriever, parts.absence, memory, parts.edges)
    found = FaithfulnessTest(answerer.draft, memory.name, parts.asking_embedder).run(brief, 12)
    assert found.sensitivity.share == 0.0
    assert found.sensitivity.high < 0.5
    assert all(t.outcome is Outcome.STAYED for s in found.sentences for t in s.trials)


def test_a_sentence_with_other_evidence_cites_that(small_library: Library, brief: Brief):
    """A statement with two sources would be held to rest on neither."""
    first, second = (s for s in small_library.parts.answerer.draft(brief).sentences[:2])

    def write(given: Brief) -> Written:
        """The first sentence, from its own place while that stands, else with the second one's citation."""
        own = _gated(given, [first])[0]
        if own.state is SupportState.UNSUPPORTED:
            own = first.model_copy(update={"citations": second.citations, "state": SupportState.CONSISTENT})
        return Written("", (own,), False, ())

    found = FaithfulnessTest(write, "two", small_library.parts.asking_embedder).run(brief, 12)
    (sentence,) = found.sentences
    removed = sentence.trials[0]
    assert (removed.change, removed.outcome, removed.as_expected) == (Change.REMOVED, Outcome.ELSEWHERE, None)
    assert removed.cites == (second.citations[0].source,)
    assert found.sensitivity.n == sum(t.as_expected is not None for t in sentence.trials if t.change != "paraphrased")


def test_a_sentence_that_its_evidence_does_not_bear_out_is_not_tested(small_library: Library, brief: Brief):
    """A refused sentence would be held to ignore its evidence, or to follow it."""
    first, second = (s for s in small_library.parts.answerer.draft(brief).sentences[:2])
    wrong = second.model_copy(update={"text": "Bananas rule the moon.", "state": SupportState.UNSUPPORTED})
    found = FaithfulnessTest(
        lambda _: Written("", (first, wrong), False, ()), "one", small_library.parts.asking_embedder
    )
    report = found.run(brief, 12)
    assert [s.text for s in report.sentences] == [first.text]
    assert "One sentence was not tested" in report.remarks[0]


@pytest.mark.parametrize("change", [lambda _: "", paraphrased, negated, filler])
def test_offsets_are_right_in_the_changed_text(small_library: Library, brief: Brief, change: Callable[[str], str]):
    """The gate would refuse sound sentences of a changed brief, which would look like faithfulness."""
    cited = [c for s in small_library.parts.answerer.draft(brief).sentences for c in s.citations]
    changed, spots = altered(brief, cited, change, small_library.parts.asking_embedder)
    texts = {e.source.id: e.source.text for e in changed.evidence}
    hits = [hit for e in changed.evidence for hit in e.sentences]
    assert hits
    for hit in hits:
        passage = hit.passage
        assert texts[passage.source_id][passage.char_start : passage.char_end] == passage.text
        assert texts[passage.source_id][hit.char_start : hit.char_end] == hit.text
    for spot in spots:
        assert texts.get(spot.source, "")[spot.char_start : spot.char_end] in ("", spot.words)
    quotes = {c.quote for c in cited}
    assert not any(hit.text in quotes for hit in hits)
    for e in brief.evidence:  # the brief that was given is as it was
        assert all(e.source.text[hit.char_start : hit.char_end] == hit.text for hit in e.sentences)


def test_a_plan_counts_calls_before_any_is_made(small_library: Library, shared_root: Path):
    """A paid run would begin before a person knows what it takes."""
    assert small_library.faithfulness.plan(QUESTION, limit=5) is None
    with Library.open(shared_root, llm="ollama:small") as library:
        plan = library.faithfulness.plan(QUESTION, limit=5)
    assert plan.n_calls == 21
    assert plan.n_tokens > 21 * 100
    with pytest.raises(NotFound):
        small_library.faithfulness.plan("how do whales sleep in the arctic ocean")


def test_a_run_that_ends_early_keeps_what_it_found(small_library: Library, brief: Brief):
    """A limit that is reached, or a server that fails, would cost all trials that were paid for before."""
    parts = small_library.parts
    n_left = 2 + CALLS_PER_SENTENCE

    def write(given: Brief) -> Written:
        nonlocal n_left
        n_left -= 1
        if n_left < 0:
            raise BadInput("this call could cost too much")
        written = parts.answerer.draft(given)
        return Written(written.reading, written.sentences, True, ("The draft is incomplete: it broke off.",))

    found = FaithfulnessTest(write, "dear", parts.asking_embedder).run(brief, 12)
    assert (len(found.sentences), found.incomplete) == (1, True)
    assert found.remarks[0].startswith("The test ended after 1 of ")
    assert "could cost too much" in found.remarks[0]
    assert found.remarks[1] == f"The draft is incomplete: it broke off. (in {2 + CALLS_PER_SENTENCE} drafts)"
    n_left = 1
    with pytest.raises(BadInput):
        FaithfulnessTest(write, "dear", parts.asking_embedder).run(brief, 12)
