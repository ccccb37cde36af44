"""The lint finds what it says that it finds, and names note, line and rule."""

from pathlib import Path

import pytest

from kb.library import Library
from tests.conftest import SMALL_NOTES, write_notes

GOOD = SMALL_NOTES["do-tools-lift-the-limit"]


def found(root: Path) -> set[tuple[str, str, str]]:
    with Library.open(root) as library:
        library.refresh()
        return {(finding.note, finding.rule, finding.what) for finding in library.check_notes()}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("title: Do tools lift the limit on execution?", "title: Tools", "missing-field"),
        ("sources: [arXiv:2506.18957]", "sources: []", "missing-field"),
        ("sources: [arXiv:2506.18957]", "sources: ['arXiv:9999.99999']", "unknown-id"),
        ("sources: [arXiv:2506.18957]", "sources: [arXiv:2401.99999]", "unknown-id"),
        ("[[does-length-hurt-small-models|", "[[nowhere|", "broken-link"),
        ("date: 2026-07-01", "tensions: [do-strong-teachers-overwhelm]\ndate: 2026-07-01", "one-way-tension"),
        ("date: 2026-07-01", "tensions: [do-strong-teachers-overwhelm]\ndate: 2026-07-01", "wordless-tension"),
        (
            "date: 2026-07-01",
            "claims: [{text: Tools help., as_of: 2024-10, evidence: ['arXiv:2502.07266']}]\ndate: 2026-07-01",
            "claim-before-paper",
        ),
        (
            "date: 2026-07-01",
            "claims: [{text: Tools help., as_of: 2025-07, evidence: ['arXiv:2411.15382']}]\ndate: 2026-07-01",
            "evidence-not-in-sources",
        ),
        ("date: 2026-07-01", "date: 2999-07-01", "future-date"),
        ("date: 2026-07-01", "claims: [{text: Tools help., as_of: 2999}]\ndate: 2026-07-01", "future-date"),
        (
            "date: 2026-07-01",
            "claims: [{text: Tools help., as_of: 2025-07}]\ndate: 2026-07-01",
            "claim-without-evidence",
        ),
    ],
)
def test_each_fault_is_found(small_root: Path, old: str, new: str, rule: str):
    """A note with this fault would pass for a good one."""
    assert old in GOOD
    slug = "do-tools-lift-the-limit"
    before = found(small_root)
    (small_root / "notes" / f"{slug}.md").write_text(GOOD.replace(old, new), encoding="utf-8")
    assert (slug, rule) in {(note, name) for note, name, _ in found(small_root) - before}


def test_an_orphan_and_a_double_are_found(small_root: Path):
    """An island or a copy would go unnoticed."""
    lonely = GOOD.replace("[[does-length-hurt-small-models|the decline with length]]", "the decline with length")
    write_notes(small_root / "notes", {"lonely": lonely})
    faults = {(note, rule) for note, rule, _ in found(small_root)}
    assert ("lonely", "orphan") in faults
    assert {note for note, rule in faults if rule == "near-duplicate"} & {"lonely", "do-tools-lift-the-limit"}
