"""Retrieval: every stage does something, can be switched off, and gives the same result every time."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.walk import Walker
from kb.domain import EdgeKind
from kb.library import Library
from kb.ports import Edge
from kb.services.retrieve import STAGES, RetrievalSettings, Retriever, likeness

QUESTION = "small students and long traces"


def retriever(library: Library, settings: RetrievalSettings) -> Retriever:
    parts = library.parts
    return Retriever(parts.catalog, parts.index, parts.embedder, parts.walker, settings)


def ranked(library: Library, settings: RetrievalSettings, question: str = QUESTION) -> list[tuple[str, float]]:
    return [(r.source_id, r.score) for r in retriever(library, settings).retrieve(question).ranked]


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_can_be_left_out(small_library: Library, stage: str):
    """An ablation would measure nothing."""
    found = ranked(small_library, RetrievalSettings().without(stage))
    assert found[0][0] == "note:do-strong-teachers-overwhelm"


@pytest.mark.parametrize("stage", ["lexical", "dense"])
def test_each_search_stage_works_alone(small_library: Library, stage: str):
    """A stage could only ride on another."""
    assert ranked(small_library, RetrievalSettings().only(stage))[0][0] == "note:do-strong-teachers-overwhelm"


def test_the_same_question_gives_the_same_ranking(small_library: Library):
    """An answer could not be reproduced."""
    assert ranked(small_library, RetrievalSettings()) == ranked(small_library, RetrievalSettings())


def test_the_graph_brings_in_what_search_did_not(small_library: Library):
    """A linked note that shares no words with the question would stay out of reach."""
    narrow = RetrievalSettings(pool=1, dense=False, sentences=False, diversity=False)
    without = {source for source, _ in ranked(small_library, narrow.without("graph"))}
    with_graph = {source for source, _ in ranked(small_library, narrow)}
    assert without < with_graph


def test_diversity_moves_a_lookalike_back(small_library: Library):
    """Ten notes that say the same would fill the answer."""
    question = "steps that decide the answer of fine-tuned models"
    plain = [s for s, _ in ranked(small_library, RetrievalSettings(diversity=False), question)]
    diverse = [s for s, _ in ranked(small_library, replace(RetrievalSettings(), like_penalty=50.0), question)]
    assert plain[0] == diverse[0]
    assert sorted(plain) == sorted(diverse)
    assert plain != diverse


def test_a_walk_stays_near_its_seeds_and_ignores_unlinked_ones():
    """Far notes would be preferred to near ones."""
    edges = [Edge("a", "b", EdgeKind.LINK), Edge("b", "c", EdgeKind.LINK), Edge("x", "y", EdgeKind.LINK)]
    met = Walker.over(edges).walk({"a": 1.0, "nowhere": 1.0})
    assert met["a"] > met["b"] > met["c"] > 0
    assert not {"x", "y"} & met.keys()
    assert Walker.over(edges).walk({"nowhere": 1.0}) == {}
    assert Walker.over([]).walk({"a": 1.0}) == {}
    assert sum(met.values()) == pytest.approx(1.0)


@given(st.lists(st.sampled_from("abcd"), max_size=12), st.integers(0, 2**32 - 1))
def test_a_source_is_as_like_as_its_best_passage_and_its_whole(owners: list[str], seed: int):
    """Sources would be ranked by other sources' passages."""
    matrix = np.random.default_rng(seed).choice(np.float32([-0.5, 0.5, 1.0]), (len(owners), 3))
    vector = np.float32([0.6, 0.8, 0.0])
    keys = np.arange(10, 10 + len(owners))
    found = likeness(owners, keys, matrix, vector)
    assert list(found) == list(dict.fromkeys(owners))
    for source, (score, best) in found.items():
        rows = [i for i, owner in enumerate(owners) if owner == source]
        cosines = [float(matrix[i] @ vector) for i in rows]
        whole = sum(matrix[i] for i in rows)
        as_whole = float(whole @ vector) / (float(np.linalg.norm(whole)) or 1.0)
        assert score == pytest.approx((max(cosines) + as_whole) / 2, abs=1e-5)
        assert best == next(int(keys[i]) for i in rows if matrix[i] @ vector >= max(cosines) - 1e-6)
