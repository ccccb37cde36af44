"""A question is answered from one state of the library, whatever others write while it is asked."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kb.domain import AnswerStatus
from kb.library import Library
from kb.services.answer import Answerer
from kb.services.retrieve import Retrieval, Retriever

QUESTION = "why do small models lose faithfulness"


@pytest.fixture
def small_library(shared_root: Path, tmp_path: Path) -> Iterator[Library]:
    """A library of its own, for notes are removed from it."""
    with Library.open(shutil.copytree(shared_root, tmp_path / "library", copy_function=shutil.copy2)) as library:
        yield library


class _Interrupted(Retriever):
    """Finds sources; then, before they are read, another process removes the best one."""

    def __init__(self, library: Library, other: Library) -> None:
        parts = library.parts
        super().__init__(parts.catalog, parts.index, parts.asking_embedder, parts.walker, parts.retrieval)
        self._other = other

    def retrieve(self, text: str, k: int = 100, **wanted: Any) -> Retrieval:
        """As `Retriever.retrieve`."""
        found = super().retrieve(text, k, **wanted)
        with self._other.parts.catalog.writing():
            self._other.parts.catalog.remove(found.ranked[0].source_id)
        return found


def _answerer(library: Library, retriever: Retriever) -> Answerer:
    parts = library.parts
    return Answerer(parts.catalog, retriever, parts.absence, parts.writer, parts.edges)


def test_a_source_that_goes_while_a_question_is_asked_is_still_cited(small_library: Library):
    """The question would end in a KeyError, or cite a source that it does not list."""
    before = small_library.ask(QUESTION)
    with small_library.beside() as other:
        answer = _answerer(small_library, _Interrupted(small_library, other)).ask(QUESTION)
    assert answer == before
    assert answer.status is AnswerStatus.ANSWERED


def test_the_next_question_sees_what_was_removed(small_library: Library):
    """The state of one question would be kept for all that follow."""
    first = small_library.ask(QUESTION)
    with small_library.beside() as other:
        _answerer(small_library, _Interrupted(small_library, other)).ask(QUESTION)
        (gone,) = {s.id for s in first.sources} - set(small_library.parts.catalog.ids())
    answer = small_library.parts.answerer.ask(QUESTION)
    assert gone not in {source.id for source in answer.sources}


def test_a_brief_is_one_state_too(small_library: Library):
    """A draft would fail where an answer does not."""
    with small_library.beside() as other:
        brief = _answerer(small_library, _Interrupted(small_library, other)).brief(QUESTION)
    assert brief is not None
    assert len({e.source.id for e in brief.evidence} - set(small_library.parts.catalog.ids())) == 1


def test_reading_may_be_nested_and_counts_stay_right(small_library: Library):
    """A question inside a question would fail, or counts would be those of the first library that was counted."""
    catalog = small_library.parts.catalog
    n_notes = catalog.count("note")
    with small_library.beside() as other, catalog.reading():
        assert catalog.generation() > 0
        with catalog.reading(), other.parts.catalog.writing():
            other.parts.catalog.remove(catalog.ids()[0])
        assert catalog.count("note") == n_notes
        assert len(catalog.ids()) == n_notes
    assert len(catalog.ids()) == n_notes - 1
