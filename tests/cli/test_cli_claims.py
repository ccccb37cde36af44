"""`kb claims …` and `kb retest`: what they print, keep and refuse."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.front_matter import read_front_matter

Run = Callable[..., Any]
CLAIM = "Fine-tuning lowers the faithfulness of chain-of-thought steps."
ADDED = """\
---
title: Do probes help?
claim: Probes help.
summary: "Probes of hidden states were tried twice."
date: 2026-10-01
sources: [arXiv:2502.07266]
claims:  # by hand
  # keep this
  - text: "Something else entirely was found in 2025."
    as_of: 2025-02   # month
    evidence: [arXiv:2502.07266]
    mood: certain
other: kept
---
With a probe as verifier, 7B reasoning models save 24% of tokens on GSM8K at similar accuracy (arXiv:2502.07266, 2025-02).
A plausible reason would be that probes see more (arXiv:2502.07266).
"""


@pytest.fixture
def root(small_root: Path) -> Path:
    """A library with one more note, whose sentence reports a finding."""
    (small_root / "notes" / "do-probes-help.md").write_text(ADDED, encoding="utf-8")
    return small_root


def test_claims_are_listed_and_shown(kb: Run, small_root: Path):
    """Neither people nor programs would see what a library claims."""
    (listed,) = kb("claims", "list", "--json", "--library", small_root).json
    assert (listed["claim"]["text"], listed["status"], listed["notes"]) == (
        CLAIM,
        "untested",
        ["note:does-tuning-loosen-steps"],
    )
    assert listed["id"] in kb("claims", "list", "--library", small_root).out
    shown = kb("claims", "show", listed["id"], "--library", small_root)
    assert shown.code == 0
    assert "never tested" in shown.out
    assert "arXiv:2411.15382: the library has no text of it" in shown.out
    assert kb("claims", "list", "--status", "holds", "--json", "--library", small_root).json == []
    assert kb("claims", "list", "--status", "rotten", "--library", small_root).code == 2
    unknown = kb("claims", "list", "--note", "nope", "--library", small_root)
    assert (unknown.code, "there is no note 'nope'" in unknown.err) == (3, True)
    assert kb("claims", "show", "no such claim", "--library", small_root).code == 3


def test_a_proposal_is_written_only_when_accepted_and_loses_nothing(kb: Run, root: Path):
    """A note would change without a person's yes, or lose comments, order or unknown keys."""
    path = root / "notes" / "do-probes-help.md"
    (proposal,) = kb("claims", "extract", "do-probes-help", "--json", "--library", root).json
    assert path.read_text(encoding="utf-8") == ADDED
    claim = proposal["claim"]
    assert (
        claim["text"]
        == "With a probe as verifier, 7B reasoning models save 24% of tokens on GSM8K at similar accuracy."
    )
    assert (claim["as_of"], claim["evidence"]) == ("2025-02", ["arXiv:2502.07266"])
    assert ADDED[proposal["char_start"] : proposal["char_end"]] == proposal["quote"]

    taken = kb("claims", "extract", "do-probes-help", "--accept", proposal["id"], "--library", root)
    assert (taken.code, taken.out.strip()) == (0, "Nothing to propose.")
    text = path.read_text(encoding="utf-8")
    start = text.index("  - text: With a probe")
    end = text.index("other: kept")
    assert text[:start] + text[end:] == ADDED
    written = read_front_matter(text).content["claims"]
    assert isinstance(written, list)
    assert written[1] == {k: v for k, v in claim.items() if k != "scope"} | {
        "scope": {k: v for k, v in claim["scope"].items() if v}
    }
    assert len(kb("claims", "list", "--note", "do-probes-help", "--json", "--library", root).json) == 2


def test_a_rejected_proposal_does_not_come_back(kb: Run, root: Path):
    """A person would have to refuse the same sentence every time."""
    (proposal,) = kb("claims", "extract", "--all", "--json", "--library", root).json
    said = kb("claims", "extract", "--all", "--accept", "all", "--reject", proposal["id"], "--library", root)
    assert (said.out.strip(), "1 rejected; not to be proposed again" in said.err) == ("Nothing to propose.", True)
    assert "written" not in said.err
    assert kb("claims", "extract", "--all", "--json", "--library", root).json == []
    assert proposal["id"] not in kb("claims", "list", "--json", "--library", root).out
    assert kb("claims", "extract", "--all", "--reject", proposal["id"], "--library", root).code == 2
    assert (root / "notes" / "do-probes-help.md").read_text(encoding="utf-8") == ADDED


def test_a_note_edited_in_the_meantime_is_not_overwritten(kb: Run, root: Path, monkeypatch: pytest.MonkeyPatch):
    """A person's edit would be lost to the program's."""
    from kb.library.claims import Claims

    path = root / "notes" / "do-probes-help.md"
    propose = Claims.propose

    def edited_while_proposing(self: Claims, *names: Any, **options: Any) -> Any:
        found = propose(self, *names, **options)
        path.write_text(ADDED + "\nEdited by hand.\n", encoding="utf-8")
        return found

    monkeypatch.setattr(Claims, "propose", edited_while_proposing)
    ran = kb("claims", "extract", "do-probes-help", "--accept", "all", "--library", root)
    assert (ran.code, "was changed by someone else" in ran.err) == (1, True)
    assert path.read_text(encoding="utf-8") == ADDED + "\nEdited by hand.\n"
    assert kb("claims", "export", "--library", root).out == ""


def test_a_verdict_is_recorded_exported_and_imported(
    kb: Run, small_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A test would be lost on the way to another machine."""
    recorded = kb(
        "claims", "record", CLAIM, "--verdict", "weakened", "--against", "arXiv:2603.00001",
        "--quote", "not so", "--reason", "Only small models.", "--by", "R. Reader", "--json", "--library", small_root,
    )  # fmt: skip
    assert recorded.json["status"] == "weakened"
    assert "could not be checked" in recorded.err
    file = tmp_path / "ledger.jsonl"
    kb("claims", "export", "-o", file, "--library", small_root)
    assert kb("claims", "export", "--library", small_root).out == file.read_text(encoding="utf-8")
    assert json.loads(file.read_text(encoding="utf-8"))["by"] == "R. Reader"
    assert kb("claims", "import", file, "--json", "--library", small_root).json == {"new": 0}
    kb("init", tmp_path / "other")
    monkeypatch.setattr("sys.stdin", io.StringIO(file.read_text(encoding="utf-8")))
    assert kb("claims", "import", "-", "--library", tmp_path / "other").out == "1 new events.\n"
    assert "No note states it any more" in kb("claims", "show", CLAIM, "--library", tmp_path / "other").out


def test_refusals_name_the_cure(kb: Run, small_root: Path, tmp_path: Path):
    """People would be left with a traceback, or with a verdict that rests on nothing."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}\n", encoding="utf-8")
    for arguments, what in (
        (("claims", "record", CLAIM, "--verdict", "holds"), "--against"),
        (("claims", "record", CLAIM, "--verdict", "true"), "Use one of holds"),
        (("claims", "import", bad), "line 1"),
        (("claims", "import", tmp_path / "none.jsonl"), "cannot be read"),
        (("claims", "extract"), "--all"),
        (("claims", "extract", "--all", "--accept", "claim:zzz"), "no proposal"),
        (("retest", CLAIM, "--since", "soon"), "not a date"),
        (("retest", CLAIM, "--accept", "1"), "--verdict"),
        (("retest", CLAIM, "--accept", "9", "--verdict", "holds"), "no passage '9'"),
    ):
        ran = kb(*arguments, "--library", small_root)
        assert (ran.code, what in ran.err) == (2, True), (arguments, ran.err)


def test_stale_scale_and_retest_say_what_they_did_not_find(kb: Run, small_root: Path):
    """An empty result would look like a passed test."""
    (stale,) = kb("claims", "stale", "--json", "--library", small_root).json
    assert stale["n_newer"] == 0
    assert "nothing newer near it" in kb("claims", "stale", "--library", small_root).out
    assert kb("claims", "scale", "--json", "--library", small_root).json == []
    assert "No claim names more than one model size" in kb("claims", "scale", "--library", small_root).out
    (found,) = kb("retest", "--json", "--library", small_root).json
    assert (found["judged"], found["candidates"]) == (False, [])
    assert "was not tested" in " ".join(kb("retest", CLAIM, "--library", small_root).out.split())


def test_the_matrix_shows_a_flip(kb: Run, small_root: Path):
    """A recipe that hurts a small model and helps a large one would not be seen at a glance."""
    path = small_root / "notes" / "do-tools-lift-the-limit.md"
    item = (
        "claims:\n  - {text: Schema traces hurt 0.5B students but help 3B and 7B ones., as_of: 2026-05}\n---\nA model"
    )
    path.write_text(path.read_text(encoding="utf-8").replace("---\nA model", item), encoding="utf-8")
    lines = kb("claims", "scale", "--library", small_root).out.splitlines()
    assert lines[0].split() == ["<1B", "1-4B", "4-10B", "10-50B", ">50B", "finding"]
    words = lines[1].split()
    assert (words[:6], words[7]) == (["FLIPS", "−", "+", "+", "·", "·"], "2026-05")
    assert kb("claims", "scale", "--by", "task", "--json", "--library", small_root).code == 0


def test_rows_of_the_matrix_name_their_claims_within_the_width(
    kb: Run, small_root: Path, monkeypatch: pytest.MonkeyPatch
):
    """No row would lead to its claim, or long names would push its words past the edge of the window."""
    long = "Interleaved-Retrieval-Augmented-Distillation"
    text = f"{long} hurts models of 1B and helps models of 7B."
    claim = f"{{text: {text}, as_of: 2026-03, evidence: [arXiv:2603.09999], scope: {{method: {long}}}}}"
    (small_root / "notes" / "sizes.md").write_text(
        f"---\ntitle: Sizes?\nclaims:\n  - {claim}\n---\nWords.\n", encoding="utf-8"
    )
    monkeypatch.setenv("COLUMNS", "90")
    for by in ("finding", "method"):
        ran = kb("claims", "scale", "--by", by, "--library", small_root)
        (row,) = kb("claims", "scale", "--by", by, "--json", "--library", small_root).json
        assert row["cells"][0]["claims"][0] in ran.out
        assert max(map(len, ran.out.splitlines())) < 90
