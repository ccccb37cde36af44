"""Proposals of models in the catalog: kept as they came, one relation a pair, nothing asked twice."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.domain import Claim, EvidenceQuote, Proposal, ProposedRelation, RelationKind, RelationState, pair_id
from kb.stores.catalog import SqliteCatalog

WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> SqliteCatalog:
    folder: Path = tmp_path_factory.mktemp("proposals")
    return SqliteCatalog(folder / "catalog.sqlite3", "model", 4)


def relation(source: str, target: str, why: str = "why", **more: object) -> ProposedRelation:
    quote = EvidenceQuote(source=source, passage=f"{source}#1", quote=why, char_start=0, char_end=len(why))
    return ProposedRelation(
        source=source, target=target, kind=RelationKind.EXTENDS, why=why, quotes=(quote,), model="m",
        proposed_at="2026-11-21T00:00:00Z", prompt_version="1", **more,
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(WORDS, WORDS, WORDS)
def test_what_was_proposed_comes_back_word_for_word(catalog: SqliteCatalog, text: str, quote: str, model: str):
    """A quote that lost a character on the way would stand nowhere any more."""
    claim = Claim(text=text, as_of="2025-02")
    proposal = Proposal(
        claim=claim, note="note:a", source="note:a", quote=quote, char_start=3, char_end=3 + len(quote), worth=0.5,
        model=model, proposed_at="2026-11-21T00:00:00Z", prompt_version="1",
    )  # fmt: skip
    kept = relation("note:a", "note:b", quote)
    with catalog.writing():
        catalog.put_proposed_claims([proposal])
        catalog.put_relation(kept)
    assert proposal in catalog.proposed_claims()
    assert catalog.relations() == [kept]
    with catalog.writing():
        catalog.forget_proposed_claims([proposal])
    assert catalog.proposed_claims() == []


@settings(max_examples=50, deadline=None)
@given(WORDS, WORDS)
def test_a_pair_has_one_name_in_both_directions(one: str, other: str):
    """A rejected pair would be asked about again from its other end."""
    assert pair_id(one, other) == pair_id(other, one)
    assert relation(one, other).id == relation(other, one).id == pair_id(one, other)


def test_a_decision_takes_the_place_of_the_proposal_and_counts_no_more(tmp_path: Path):
    """A page would go on showing what a person has refused."""
    catalog = SqliteCatalog(tmp_path / "catalog.sqlite3", "model", 4)
    with catalog.writing():
        catalog.put_relation(relation("note:a", "note:b"))
    assert catalog.count("relations") == 1
    refused = relation("note:b", "note:a", state=RelationState.REJECTED, by="Ann")
    with catalog.writing():
        catalog.put_relation(refused)
    assert catalog.relations() == [refused]
    assert catalog.count("relations") == 0
    catalog.close()


def test_what_was_asked_is_remembered(catalog: SqliteCatalog):
    """An answer would be paid for twice."""
    assert not catalog.was_asked("abc")
    for _ in range(2):
        with catalog.writing():
            catalog.put_asked("abc", "2026-11-21T00:00:00Z")
    assert catalog.was_asked("abc")
    assert not catalog.was_asked("ab")
