"""Answers from a small library: cited, honest about gaps, the same every time."""

import pytest

from kb.domain import AnswerStatus, SupportState
from kb.library import Library
from kb.providers.extractive import ExtractiveWriter
from kb.services.absence import AbsenceChecker
from kb.services.question import parse_question

QUESTION = "why do small models lose faithfulness"


def test_every_sentence_is_quoted_and_cited_once(small_library: Library):
    """A sentence would stand without evidence, or twice."""
    answer = small_library.ask(QUESTION)
    assert answer.status is AnswerStatus.ANSWERED
    assert answer.sentences
    assert all(s.state is SupportState.QUOTED and s.citations and not s.reasons for s in answer.sentences)
    assert len({s.text for s in answer.sentences}) == len(answer.sentences)
    assert {c.source for s in answer.sentences for c in s.citations} == {source.id for source in answer.sources}


def test_every_citation_resolves_to_one_passage(small_library: Library):
    """A citation would lead nowhere."""
    for sentence in small_library.ask(QUESTION).sentences:
        for citation in sentence.citations:
            (passage,) = [p for p in small_library.passages(citation.source) if p.id == citation.passage]
            text = small_library.note(citation.source).text
            assert passage.char_start <= citation.char_start < citation.char_end <= passage.char_end
            assert text[citation.char_start : citation.char_end] == citation.quote == sentence.text


def test_a_sentence_names_the_papers_that_its_note_rests_on(small_library: Library):
    """A note would pass for evidence in itself."""
    answer = small_library.ask("does fine-tuning loosen the steps")
    rests_on = {r for s in answer.sentences for c in s.citations for r in c.rests_on}
    assert "arXiv:2411.15382" in rests_on
    papers = {p.reference: p.date for source in answer.sources for p in source.rests_on}
    assert papers["arXiv:2411.15382"] == "2024-11"


def test_notes_in_tension_stand_side_by_side(small_library: Library):
    """One side of a disagreement would be told as the whole."""
    answer = small_library.ask("does fine-tuning cost the faithfulness of chain-of-thought steps")
    sides = {"note:does-tuning-loosen-steps", "note:can-tuning-keep-steps"}
    assert sides <= {source.id for source in answer.sources}
    (against,) = [s for s in answer.sentences if s.lead_in]
    assert against.citations[0].source in sides
    assert len({s.theme for s in answer.sentences if s.citations[0].source in sides}) == 1


def test_a_comparison_that_no_source_makes_is_said_to_be_put_together(small_library: Library):
    """An answer from parts would pass for a head-to-head result."""
    answer = small_library.ask("Do tool calls help execution more than short traces help distillation?")
    assert not answer.absence.joint
    assert answer.absence.would_help
    assert "head to head" in answer.absence.note or "together" in answer.absence.note


@pytest.mark.parametrize(
    "question", ["what is the capital of France", "best treatment for gout", "sourdough hydration"]
)
def test_unrelated_questions_get_an_absence_report(small_library: Library, question: str):
    """The library would answer what it knows nothing of."""
    answer = small_library.ask(question)
    assert answer.status is AnswerStatus.INSUFFICIENT
    assert not answer.sentences
    assert not answer.sources
    assert any(facet.missing_terms for facet in answer.absence.facets)
    assert all(not facet.covered and facet.best_score <= facet.floor for facet in answer.absence.facets)
    assert answer.absence.would_help


def test_a_facet_that_nothing_covers_makes_the_answer_partial(small_library: Library):
    """What is missing would be passed over in silence."""
    answer = small_library.ask(
        "how faithful are chain-of-thought steps of small models after fine-tuning, also for proteins"
    )
    assert answer.status is AnswerStatus.PARTIAL
    (missing,) = [facet for facet in answer.absence.facets if not facet.covered]
    assert missing.text == "proteins"
    assert missing.missing_terms == ("proteins",)
    assert any("proteins" in line for line in answer.next_lines)


def test_next_lines_are_other_questions(small_library: Library):
    """The reader would be sent back to where they are."""
    answer = small_library.ask(QUESTION)
    assert all(line.endswith("?") for line in answer.next_lines)
    assert QUESTION not in {line.casefold().rstrip("?") for line in answer.next_lines}
    assert len(set(answer.next_lines)) == len(answer.next_lines)


def test_chroma_and_the_exact_scan_give_the_same_answer(shared_root):
    """An answer would depend on whether the process is short-lived."""
    with Library.open(shared_root) as short, Library.open(shared_root, long_lived=True) as long:
        assert short.parts.index.name == "exact scan"
        assert long.parts.index.name == "chroma"
        assert short.ask(QUESTION) == long.ask(QUESTION)
        assert not long.warnings


def test_a_question_mark_changes_nothing(small_library: Library):
    """The same question would have two answers."""
    with_mark = small_library.ask("Why do small models lose faithfulness?")
    assert with_mark.sentences == small_library.ask("why do small models lose faithfulness").sentences


def test_an_empty_library_says_what_to_do(tmp_path):
    """A newcomer would face an exception or an empty page."""
    with Library.open(Library.create(tmp_path / "empty")) as library:
        answer = library.ask(QUESTION)
    assert answer.status is AnswerStatus.INSUFFICIENT
    assert answer.absence.would_help


def test_a_sentence_that_the_writer_made_up_is_shown_as_unsupported(small_library: Library, monkeypatch):
    """The gate would trust the writer."""
    write = ExtractiveWriter.write

    def lie(self, brief, listener):
        draft = write(self, brief, listener)
        first = draft.sentences[0]
        lied = first.model_copy(update={"text": first.text.replace("models", "GPT-9 models")})
        return type(draft)(draft.reading, [lied, *draft.sentences[1:]])

    monkeypatch.setattr(ExtractiveWriter, "write", lie)
    answer = small_library.ask(QUESTION)
    assert answer.sentences[0].state is SupportState.UNSUPPORTED
    assert answer.sentences[0].reasons


def test_the_floor_is_measured_on_the_library(small_library: Library):
    """A fixed threshold would fit one library and no other."""
    parts = small_library.parts
    checker = AbsenceChecker(parts.catalog, parts.index, parts.embedder)
    assert checker.is_calibrated()
    assert 0.05 < checker.floor() < 0.6
    question = parse_question("small models")
    coverage = checker.check(question, checker.look_up(question), similarity=0.6)
    assert coverage.absence.facets[0].best_score > checker.floor()


@pytest.mark.parametrize(
    ("sentence", "is_joint"),
    [
        ("Small models follow fewer instructions than large models on every benchmark of obedience.", True),
        ("No study of obedience compares small models with large models on instructions.", False),
    ],
)
def test_only_a_sentence_that_compares_counts_as_a_comparison(tmp_path, sentence: str, is_joint: bool):
    """Two sides named in one breath would pass for a head-to-head result, even where a source says there is none."""
    root = Library.create(tmp_path / "library")
    text = f"# How obedient are models?\n\n{sentence} Obedience to instructions is measured by benchmarks.\n"
    (root / "notes" / "obedience.md").write_text(text, encoding="utf-8")
    with Library.open(root) as library:
        answer = library.ask("Do small models follow instructions more than large models?")
    assert answer.absence.joint is is_joint
    assert bool(answer.absence.would_help) is not is_joint


def test_the_last_bits_of_a_score_do_not_decide_what_is_answered(
    small_library: Library, monkeypatch: pytest.MonkeyPatch
):
    """The same question would be answered on one computer and refused on another."""
    checker = small_library.parts.absence
    question = parse_question("do small models lose faithfulness in long traces")
    facets = checker.check(question, checker.look_up(question), 0.0).absence.facets
    at = min(facets, key=lambda facet: facet.best_score).best_score
    assert max(facet.best_score for facet in facets) > at + 0.01
    refused = []
    for floor in (at - 2e-6, at + 2e-6):
        monkeypatch.setattr(checker, "floor", lambda floor=floor: floor)
        found = checker.look_up(question)
        statuses = [checker.check(question, found, similarity / 100).status for similarity in range(150)]
        refused.append(statuses.count(AnswerStatus.INSUFFICIENT))
    assert refused[0] == pytest.approx(refused[1], abs=1)
    assert 0 < refused[0] < 150


@pytest.mark.parametrize("question", ["smaller models faithfulness", "do small models drift on longer arithmetic"])
def test_words_that_a_text_has_as_comparatives_are_not_missing(tmp_path, question: str):
    """A passage that says "smaller models" would be declared to be about no small ones."""
    text = tmp_path / "drift.txt"
    text.write_text(
        "Smaller models lose reasoning faithfulness under paraphrase of arithmetic, and drift most on the longest of it. "
        "Their steps keep the same shape while the answers change. Checking each step undoes much of the loss, and the "
        "share of answers that follow from the steps returns to what it was before the words were changed."
    )
    root = Library.create(tmp_path / "library")
    with Library.open(root) as library:
        library.add([text])
        answer = library.ask(question)
    assert answer.status is AnswerStatus.ANSWERED
    assert [facet.missing_terms for facet in answer.absence.facets if facet.missing_terms] == []
    assert {source.id for source in answer.sources} == {"document:drift"}
