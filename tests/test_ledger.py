"""The ledger's records: ids from content, order that does not matter, files that lose nothing."""

import json
import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from kb.domain import Claim, Scope
from kb.errors import BadId, BadInput
from kb.ledger import EventKind, LedgerEvent, Provenance, Quote, Standing, Verdict, from_jsonl, status_of, to_jsonl
from kb.providers.minilm import MiniLmEmbedder
from kb.services.claims import ClaimBook
from kb.stores.catalog import SqliteCatalog

CLAIM = Claim(text="Tuning hurts 7B models.", as_of="2024-11", scope=Scope(size="7B"), evidence=("arXiv:2411.15382",))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def event(verdict: Verdict, at: str = "2026-11-20T10:00:00Z", **fields: object) -> LedgerEvent:
    """A test of the claim."""
    known = {"claim": CLAIM, "kind": EventKind.TESTED, "by": "me", "how": "manual", "happened_at": at}
    return LedgerEvent.model_validate(known | {"verdict": verdict} | fields)


@st.composite
def events(draw: st.DrawFn) -> LedgerEvent:
    """Events of few days and claims, so that they meet."""
    verdict = draw(st.none() | st.sampled_from(Verdict))
    quote = st.builds(
        Quote, side=st.sampled_from(["claim", "evidence"]), source=TEXTS, text=TEXTS.filter(bool), checked=st.booleans()
    )
    return LedgerEvent(
        claim=draw(st.sampled_from([CLAIM, CLAIM.model_copy(update={"text": "Another."})])),
        happened_at=f"2026-11-{draw(st.integers(1, 4)):02}T{draw(st.integers(0, 23)):02}:00:00Z",
        kind=EventKind.TESTED if verdict else draw(st.sampled_from([EventKind.STATED, EventKind.REJECTED])),
        by=draw(st.sampled_from(["me", "library", "a model"])),
        how="manual",
        against=tuple(draw(st.lists(TEXTS, max_size=2))),
        verdict=verdict,
        reason=draw(TEXTS),
        quotes=tuple(draw(st.lists(quote, max_size=2))),
        provenance=Provenance(model=draw(TEXTS)),
    )


@given(st.lists(events(), max_size=6))
def test_a_file_holds_all_of_a_ledger(written: list[LedgerEvent]) -> None:
    """A field or character lost on the way out and in would change an event, and with it its id."""
    assert set(from_jsonl(to_jsonl(written))) == set(written)


@given(st.lists(events(), max_size=5), st.lists(events(), max_size=5), st.integers())
def test_two_ledgers_merge_in_any_order(mine: list[LedgerEvent], theirs: list[LedgerEvent], seed: int) -> None:
    """Machines that exchange files in another order, or twice, would disagree about where claims stand."""
    shuffled = [*theirs, *mine, *theirs]
    random.Random(seed).shuffle(shuffled)
    assert to_jsonl([*mine, *theirs]) == to_jsonl(shuffled)
    of_claim = [[e for e in ledger if e.claim_id == CLAIM.id] for ledger in ([*mine, *theirs], shuffled)]
    assert status_of(CLAIM, (), of_claim[0]) == status_of(CLAIM, (), of_claim[1])


@settings(max_examples=25, deadline=None)
@given(st.lists(events(), max_size=5), st.lists(events(), max_size=5), st.booleans(), st.integers())
def test_two_machines_that_exchange_files_hold_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    mine: list[LedgerEvent],
    theirs: list[LedgerEvent],
    mine_first: bool,
    seed: int,
) -> None:
    """Two catalogs would differ after each had read the other's file, in whatever order things happened."""
    random.Random(seed).shuffle(theirs)
    folder = tmp_path_factory.mktemp("machines")
    machines = [SqliteCatalog(folder / f"{i}.sqlite3", "model", 4) for i in range(2)]
    for catalog, written in zip(machines, (mine, theirs), strict=True):
        append(catalog, written)
    for source, target in ((0, 1), (1, 0)) if mine_first else ((1, 0), (0, 1)):
        append(machines[target], from_jsonl(to_jsonl(machines[source].events())))
    one, other = ([ClaimBook(c, c, MiniLmEmbedder()).all(), to_jsonl(c.events())] for c in machines)
    assert one == other
    assert set(machines[0].events()) == {*mine, *theirs}
    for catalog in machines:
        catalog.close()


def append(catalog: SqliteCatalog, written: Iterable[LedgerEvent]) -> None:
    with catalog.writing():
        catalog.append_events(written)


@pytest.mark.parametrize(
    ("history", "standing", "last"),
    [
        ([], Standing.UNTESTED, None),
        ([(Verdict.HOLDS, "01"), (Verdict.CONTRADICTED, "03")], Standing.CONTRADICTED, "2026-11-03"),
        ([(Verdict.CONTRADICTED, "03"), (Verdict.HOLDS, "01")], Standing.CONTRADICTED, "2026-11-03"),
        ([(Verdict.CONTRADICTED, "03"), (Verdict.HOLDS, "03")], Standing.DISPUTED, "2026-11-03"),
        ([(Verdict.HOLDS, "03"), (Verdict.HOLDS, "03")], Standing.HOLDS, "2026-11-03"),
        ([(Verdict.WEAKENED, "03"), (Verdict.UNRESOLVED, "07")], Standing.WEAKENED, "2026-11-07"),
        ([(Verdict.UNRESOLVED, "07")], Standing.UNRESOLVED, "2026-11-07"),
    ],
)
def test_the_latest_day_that_decided_counts(
    history: list[tuple[Verdict, str]], standing: Standing, last: str | None
) -> None:
    """A claim would stand where an older test, or one that found nothing, had left it."""
    happened = [event(verdict, f"2026-11-{day}T10:00:0{i}Z") for i, (verdict, day) in enumerate(history)]
    status = status_of(CLAIM, ["note:a"], happened)
    assert (status.status, status.last_tested) == (standing, last)


def test_notes_and_refusals_do_not_move_a_claim() -> None:
    """Writing a remark down would count as a test."""
    remark = event(Verdict.HOLDS).model_copy(update={"kind": EventKind.STATED, "verdict": None})
    assert status_of(CLAIM, (), [remark]).status is Standing.UNTESTED


@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": None},
        {"kind": "stated"},
        {"happened_at": "2026-11-20"},
        {"happened_at": "2026-02-30T10:00:00Z"},
        {"happened_at": "2026-11-20T10:00:00+02:00"},
        {"by": ""},
    ],
)
def test_half_told_events_are_refused(fields: dict[str, object]) -> None:
    """Tests without verdict, verdicts without test and times that do not sort would get into the ledger."""
    with pytest.raises((ValidationError, BadId)):
        event(**({"verdict": Verdict.HOLDS} | fields))


@pytest.mark.parametrize("damage", ["[]", "{", '{"id": "x"}', "[" * 100_000, "BAD DATE"])
def test_a_line_that_is_no_event_is_named(damage: str) -> None:
    """A broken export would end in a traceback or be read in part without a word."""
    with pytest.raises(BadInput, match="line 2"):
        line = to_jsonl([event(Verdict.HOLDS)])
        from_jsonl(line + (line.replace("2024-11", "2024-13") if damage == "BAD DATE" else damage))


def test_an_event_that_was_changed_is_refused() -> None:
    """A verdict changed by hand in a file would be taken for what was recorded."""
    line = json.loads(to_jsonl([event(Verdict.HOLDS)]))
    with pytest.raises(BadInput, match="id does not fit"):
        from_jsonl(json.dumps(line | {"verdict": "contradicted"}))


def test_an_event_is_kept_once_and_comes_back_whole(tmp_path: Path) -> None:
    """Importing the same file twice would double a claim's history, or reopening would lose it."""
    later, earlier = event(Verdict.HOLDS, "2026-11-20T10:00:00Z"), event(Verdict.WEAKENED, "2026-11-19T10:00:00Z")
    path = tmp_path / "catalog.sqlite3"
    catalog = SqliteCatalog(path, "model", 4)
    with catalog.writing():
        assert catalog.append_events([later, earlier, later]) == 2
        assert catalog.append_events([later]) == 0
    catalog.close()
    again = SqliteCatalog(path, "model", 4)
    assert again.events() == again.events(CLAIM.id) == [earlier, later]
    assert again.events("claim:other") == []
    again.close()
