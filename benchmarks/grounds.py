"""Which papers the seed notes' sentences are said to rest on, against labels.

    python benchmarks/grounds.py [dev|test] [--json]

Labelled are the sentence that each note claims and body sentences that name no paper. `papers` are those whose findings
a sentence tells, `perhaps` those that it may lean on; both are empty where a note's author interprets, or tells of
another note. The bounds were tuned on one half of the notes, every other one by name. Notes with one source are left
out: whatever they say, it is that one.
"""

import json
import sys
from collections import Counter
from typing import Any

from common import ROOT, report

from ingest.notes import read_note
from kb.domain import PassageKind, RestsOnBasis
from kb.services.grounds import grounds


def main() -> None:
    """Count, for claims and for body sentences, on what basis papers are named and how many are wrong or lacking."""
    split = "test" if "test" in sys.argv else "dev"
    lines = (ROOT / "benchmarks" / f"grounds-{split}.jsonl").read_text(encoding="utf-8").splitlines()
    counted = {kind: Counter[str]() for kind in ("claim", "body")}
    for label in map(json.loads, lines):
        counted[label["kind"]].update(_judged(label))
    report(f"grounds-{split}", [{"sentences": kind, **_row(counts)} for kind, counts in counted.items()])


def _judged(label: dict[str, Any]) -> list[str]:
    note = read_note(ROOT / "notes" / f"{label['note'].removeprefix('note:')}.md", ROOT / "notes")
    if len(note.references) < 2:
        return []
    start = note.text.index(label["text"])
    basis, found = grounds(note, start, start + len(label["text"]), PassageKind(label["kind"]))
    papers = set(label["papers"])
    is_wrong, lacks = not set(found) <= papers | set(label["perhaps"]), not papers <= set(found)
    if basis is not RestsOnBasis.CLAIM:
        return ["n", basis.value] + ["weak lacks"] * lacks
    return ["n", "by claims", *["wrong"] * is_wrong, *["lacks"] * lacks]


def _row(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in ("n", "by claims", "wrong", "lacks", "paragraph", "note", "weak lacks")}


if __name__ == "__main__":
    main()
