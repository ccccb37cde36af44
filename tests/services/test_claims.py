"""Claims of a library: one per wording, dated merges, staleness, the matrix, reading lists, verdicts."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kb.domain import Claim, Passage, Scope, Source, SourceKind
from kb.errors import BadInput, NotFound
from kb.ledger import Standing, Verdict, status_of
from kb.library import Library
from kb.ports import Judgement
from kb.services import add
from kb.services.claims import held, merged
from kb.services.relation import Relation, hint
from kb.services.retest import NO_VERDICT
from kb.services.scale import matrix
from kb.services.verdicts import Ruling

PAPERS = (
    ("arxiv:2411.15382v1", "2024-11", "On the Impact of Fine-Tuning", "Fine-tuning lowers the faithfulness of chain-of-thought steps. We tested four models."),
    ("arxiv:2603.00001v1", "2026-03-02", "Faithful Tuning", "Fine-tuning with a causal reward raises the faithfulness of chain-of-thought steps by 12%. The price is small."),
    ("arxiv:2301.00002v1", "2023-01", "An Older Study", "Fine-tuning lowers the faithfulness of chain-of-thought steps in some models."),
    ("arxiv:2412.00003v1", "2024", "A Study of 2024", "Fine-tuning changes how faithful chain-of-thought steps are to the answer of language models."),
)  # fmt: skip
CLAIM = "Fine-tuning lowers the faithfulness of chain-of-thought steps."


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, shared_root: Path) -> Path:
    """Folder of a library with five notes and four papers around one claim."""
    root = tmp_path_factory.mktemp("claims") / "library"
    shutil.copytree(shared_root, root)
    with Library.open(root) as library:
        sources = [Source(id=i, kind=SourceKind.PAPER, date=d, title=t, text=x) for i, d, t, x in PAPERS]
        with library.parts.lock.held():
            add.add_sources(sources, library.parts.catalog, library.parts.embedder)
    return root


@pytest.fixture
def library(prepared: Path, tmp_path: Path) -> Iterator[Library]:
    """A copy of that library, open."""
    shutil.copytree(prepared, tmp_path / "library")
    with Library.open(tmp_path / "library") as library:
        yield library


def test_the_same_words_in_two_notes_are_one_claim(small_root: Path):
    """A claim would be tested twice, and its notes would tell different stories."""
    other = (small_root / "notes" / "do-tools-lift-the-limit.md").read_text(encoding="utf-8")
    item = "claims:\n  - {text: fine-tuning  lowers the FAITHFULNESS of chain-of-thought steps., as_of: 2025-02, evidence: [arXiv:2402.13950]}\n---\nA model"
    (small_root / "notes" / "do-tools-lift-the-limit.md").write_text(
        other.replace("---\nA model", item), encoding="utf-8"
    )
    with Library.open(small_root) as library:
        library.refresh()
        (status,) = library.claims.list()
    assert status.notes == ("note:do-tools-lift-the-limit", "note:does-tuning-loosen-steps")
    assert status.claim.as_of == "2025-02"
    assert set(status.claim.evidence) == {"arXiv:2411.15382", "arXiv:2402.13950"}
    assert status.claim.scope.method == "fine-tuning"


def test_merging_keeps_the_latest_date_and_all_evidence():
    """One note's older date would make a claim look staler than it is, or evidence would be lost."""
    first = Claim(text="A.", as_of="2024-11", evidence=("arXiv:2411.15382",), scope=Scope(model="7B"))
    second = Claim(text="a.", as_of="2025", evidence=("arXiv:2502.07266",), scope=Scope(model="3B", task="GSM8K"))
    both = merged([first, second])
    assert (both.as_of, both.evidence) == ("2025", ("arXiv:2411.15382", "arXiv:2502.07266"))
    assert (both.scope.model, both.scope.task) == ("7B", "GSM8K")


def test_evidence_is_verbatim_or_only_a_candidate(library: Library):
    """A passage found by meaning would be shown as if the paper said so word for word."""
    (evidence,) = library.claims.show(CLAIM).evidence
    assert (evidence.source, evidence.verbatim) == ("arxiv:2411.15382v1", True)
    assert evidence.quote == CLAIM
    held = library.parts.catalog.source("arxiv:2411.15382v1")
    assert held is not None
    assert held.text[evidence.char_start : evidence.char_end] == evidence.quote


def test_claims_are_found_by_id_words_and_note(library: Library):
    """People would have to copy whole ids, or get the wrong claim without a word."""
    claims = library.claims
    (status,) = claims.list()
    for name in (status.id, status.id.removeprefix("claim:")[:5], "LOWERS the faithfulness"):
        assert claims.show(name).status.id == status.id
    assert claims.list(note="does-tuning-loosen-steps") == [status]
    with pytest.raises(NotFound):
        claims.show("nothing of the kind")


def test_only_newer_sources_are_read_and_coarse_dates_are_said(library: Library):
    """Older work, or the claim's own evidence, would be offered as a test of it."""
    (found,) = library.claims.retest([CLAIM])
    dates = {c.source: c.is_newer for c in found.candidates}
    assert dates == {"arxiv:2603.00001v1": True, "arxiv:2412.00003v1": None}
    assert found.n_older == 1


def test_since_bounds_the_works_without_text_too(library: Library):
    """A reader who asked for what is new would be sent to fetch old works."""
    note = library.root / "notes" / "later.md"
    claim = "{text: Fine-tuning lowers the faithfulness of its chain-of-thought steps., as_of: 2026-03, evidence: [arXiv:2603.09999]}"
    note.write_text(f"---\ntitle: Later?\nclaims:\n  - {claim}\n---\nWords.\n", encoding="utf-8")
    library.refresh()
    wanted = {
        since: [work.reference for work in library.claims.retest([CLAIM], since=since)[0].wanted]
        for since in ("", "2026-02", "2026-06")
    }
    assert wanted == {"": ["arXiv:2603.09999"], "2026-02": ["arXiv:2603.09999"], "2026-06": []}


def test_without_a_judge_there_is_no_verdict(library: Library):
    """A guess by rules would be taken for a verdict, or change where a claim stands."""
    (found,) = library.claims.retest([CLAIM])
    assert (found.judged, found.note) == (False, NO_VERDICT)
    assert all(c.proposal is None for c in found.candidates)
    hints = {c.source: c.hint.relation for c in found.candidates}
    assert hints == {"arxiv:2603.00001v1": Relation.CONTRADICTS, "arxiv:2412.00003v1": Relation.UNCLEAR}
    assert library.claims.list()[0].status is Standing.UNTESTED


class Echo:
    """A judge that says what it was shown; stands for a language model, which does not run here."""

    name = "echo"

    def judge(self, claim: Claim, passage: Passage) -> Judgement:
        return Judgement(Verdict.CONTRADICTED, passage.text)


def test_a_judge_only_proposes(library: Library):
    """A model could change where claims stand without a person's yes."""
    (found,) = library.claims.retest([CLAIM], judge=Echo())
    proposal = found.candidates[0].proposal
    assert found.judged
    assert proposal is not None
    assert proposal.judge == "echo"
    assert found.candidates[0].quote in proposal.reason
    assert library.claims.list()[0].status is Standing.UNTESTED


def test_a_verdict_with_its_quote_moves_the_claim(library: Library):
    """A test would leave no trace, or would be offered to be made again."""
    quote = "raises the faithfulness of chain-of-thought steps by 12%"
    status = library.claims.record(CLAIM, Ruling(Verdict.CONTRADICTED, ["2603.00001"], [quote], "Opposite sign."))
    assert status.status is Standing.CONTRADICTED
    (event,) = status.history
    assert (event.against, event.quotes[0].checked) == (("arXiv:2603.00001v1",), True)
    (found,) = library.claims.retest([CLAIM])
    assert found.n_read == 1
    assert "arxiv:2603.00001v1" not in {c.source for c in found.candidates}


def test_the_command_records_a_verdict_against_a_passage_of_the_list(library: Library, kb: Callable[..., Any]):
    """A person would have to copy source and quote by hand, and could copy them wrong."""
    root = library.root
    (found,) = kb("retest", CLAIM, "--json", "--library", root).json
    chosen = next(c for c in found["candidates"] if c["source"] == "arxiv:2603.00001v1")
    number = ["--accept", chosen["id"]]
    recorded = kb("retest", CLAIM, *number, "--verdict", "scope-differs", "--json", "--library", root).json
    assert recorded["status"] == "scope_differs"
    (event,) = recorded["history"]
    assert (event["how"], event["against"]) == ("retest", ["arXiv:2603.00001v1"])
    assert event["quotes"] == [
        {"side": "evidence", "source": "arXiv:2603.00001v1", "text": chosen["quote"], "checked": True}
    ]
    assert "against arXiv:2603.00001v1, by a person (retest)" in kb("claims", "show", CLAIM, "--library", root).out


def test_the_same_acceptance_twice_records_one_verdict(library: Library, kb: Callable[..., Any]):
    """The second run would record the verdict against whatever moved up to the first one's place."""
    (found,) = kb("retest", CLAIM, "--json", "--library", library.root).json
    first, second = (candidate["id"] for candidate in found["candidates"])
    assert first != second
    assert f"  {first}  " in kb("retest", CLAIM, "--library", library.root).out
    accepting = ("retest", CLAIM, "--accept", first, "--verdict", "holds", "--library", library.root)
    assert kb(*accepting).code == 0
    ledger = kb("claims", "export", "--library", library.root).out
    again = kb(*accepting)
    assert (again.code, f"no passage '{first}'" in again.err) == (2, True)
    assert kb("claims", "export", "--library", library.root).out == ledger
    assert kb("retest", CLAIM, "--accept", "1", "--verdict", "holds", "--library", library.root).code == 2


def test_the_list_says_that_it_is_unjudged(library: Library, kb: Callable[..., Any]):
    """A hint would read like a finding."""
    told = kb("retest", CLAIM, "--library", library.root).out
    assert " ".join(NO_VERDICT.split()) in " ".join(told.split())
    assert "hint, unjudged: may contradict" in told
    assert "dates too coarse to say" in " ".join(told.split())


@pytest.mark.parametrize(
    ("against", "quotes", "what"),
    [
        (["2603.00001"], ["lowers the faithfulness of chain-of-thought steps by 12%"], "does not stand in"),
        (["nothing at all"], [], "no source"),
        ([], [], "names nothing"),
        (["2603.00001", "2411.15382"], ["one", "two", "three"], "cannot be paired"),
    ],
)
def test_a_verdict_that_does_not_check_out_is_refused(
    library: Library, against: list[str], quotes: list[str], what: str
):
    """An altered quote or a source that is none would get into the ledger."""
    with pytest.raises(BadInput, match=what):
        library.claims.record(CLAIM, Ruling(Verdict.CONTRADICTED, against, quotes))
    assert library.claims.export() == ""


def test_what_could_not_be_checked_is_said(library: Library):
    """A quote of a paper without text, or an older paper, would look as good as any."""
    status = library.claims.record(CLAIM, Ruling(Verdict.HOLDS, ["arXiv:2305.14825"], ["words"]))
    assert not status.history[0].quotes[0].checked
    assert "could not be checked" in library.warnings[0]
    assert "not newer" in library.warnings[1]


def test_a_ledger_goes_to_another_library_and_back(library: Library, tmp_path: Path):
    """Two machines would lose or double each other's tests; claims without a note would vanish."""
    library.claims.record(CLAIM, Ruling(Verdict.UNRESOLVED, reason="Nothing found."))
    text = library.claims.export()
    with Library.open(Library.create(tmp_path / "other")) as other:
        assert (other.claims.import_(text), other.claims.import_(text)) == (1, 0)
        (status,) = other.claims.list()
        assert (status.notes, status.status) == ((), Standing.UNRESOLVED)
        assert other.claims.export() == text


def test_an_old_claim_with_newer_work_near_it_is_stale(library: Library):
    """What to test next would be a matter of age alone, or of nothing."""
    (stale,) = library.claims.stale("2026-11-21")
    assert stale.months == 24
    assert [n.reference for n in stale.newer] == ["arXiv:2603.00001"]
    assert "24 months old" in stale.reasons[0]
    assert "1 newer work near it" in stale.reasons[1]
    library.claims.record(CLAIM, Ruling(Verdict.SUPERSEDED, ["2603.00001"]))
    assert library.claims.stale("2026-11-21") == []


def test_a_finding_that_flips_with_size_comes_first():
    """The one thing that the matrix is for would have to be searched for."""
    texts = [
        ("Traces hurt 0.5B models but help 3B and 7B models.", None),
        ("Pruning helps 7B models.", None),
        ("Probes help.", "1.5B-72B"),
        ("Plain traces beat scaffolded ones at 0.5B, while scaffolded ones win at 7B.", None),
        ("Nothing about models.", None),
    ]
    claims = [Claim(text=text, as_of="2026", scope=Scope(size=size)) for text, size in texts]
    rows = matrix(status_of(claim, (), ()) for claim in claims)
    assert [row.flips for row in rows] == [True, True, False, False]
    signs = {row.label: {cell.sizes: cell.direction.value for cell in row.cells} for row in rows}
    assert signs[texts[0][0]] == {"<1B": "hurts", "1-4B": "helps", "4-10B": "helps"}
    assert list(signs[texts[2][0]]) == ["1-4B", "4-10B", "10-50B", ">50B"]
    winners = {cell.sizes: cell.winner for row in rows for cell in row.cells if row.label == texts[3][0]}
    assert winners == {"<1B": "plain", "4-10B": "scaffolded"}


def test_rows_of_methods_count_directions():
    """Several findings of one method would overwrite each other."""
    claims = [
        Claim(text="Distillation helps 7B models.", as_of="2025"),
        Claim(text="Distilling long traces hurts 8B models.", as_of="2026"),
    ]
    (row,) = matrix((status_of(claim, (), ()) for claim in claims), "method")
    assert (row.label, row.as_of) == ("distillation", "2026")
    assert {d.value: n for d, n in row.cells[0].counts.items()} == {"helps": 1, "hurts": 1}


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("Fine-tuning raises the faithfulness of 7B models on GSM8K.", "contradicts"),
        ("Fine-tuning lowers faithfulness by 9% on GSM8K.", "supports"),
        ("Fine-tuning raises the faithfulness of 70B models.", "scope_differs"),
        ("Fine-tuning raises faithfulness on chess.", "scope_differs"),
        ("The steps were read by two people.", "unclear"),
    ],
)
def test_hints_tell_contradiction_from_other_scope(text: str, relation: str):
    """A result on other models or tasks would be shown as a contradiction."""
    claim = Claim(text="Fine-tuning lowers faithfulness by 3% on GSM8K.", as_of="2024", scope=Scope(size="7B"))
    assert hint(claim, text).relation is Relation(relation)


def test_references_name_the_newest_text_or_the_version_that_they_name(library: Library):
    """A quote would be looked for in another version than the one that was cited."""
    catalog = library.parts.catalog
    newer = Source(
        id="arxiv:2411.15382v12", kind=SourceKind.PAPER, date="2025", title="Again", text="Another text now."
    )
    with library.parts.lock.held():
        add.add_sources([newer], catalog, library.parts.embedder)
    names = (
        "arXiv:2411.15382",
        "2411.15382v1",
        "arxiv:2411.15382v12",
        "arXiv:2411.15382v3",
        "2305.14825",
        "no id",
        "note:do-tools-lift-the-limit",
    )
    found = [source.id if (source := held(catalog, name)) else None for name in names]
    assert found == [newer.id, "arxiv:2411.15382v1", newer.id, None, None, None, names[-1]]
