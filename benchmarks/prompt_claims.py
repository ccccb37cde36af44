"""Which claims research prompts show: against labels that say which claims of the seed notes belong to a question.

    python benchmarks/prompt_claims.py [dev|test] [--json]

A question's labels are ids of claims: `central` ones (worth 2), without which the prompt would mislead, and `related`
ones (worth 1), which belong if there is room. They were given by reading the notes, before any ranking was looked at.
The order of claims is scored as a whole, the prompt as far as it fits into its usual length.
"""

import json
import sys
from collections.abc import Sequence
from tempfile import TemporaryDirectory
from typing import Any

from common import ROOT, report

from kb.library import Library
from kb.services.evaluate import ndcg
from kb.services.prompt_page import Request

_AS_OF = "2026-11"
_WHOLE = 100_000
"""Tokens that hold all claims that bear on a question."""


def main() -> None:
    """Render each question's prompt twice, with and without a limit, and score both."""
    split = "test" if "test" in sys.argv else "dev"
    lines = (ROOT / "benchmarks" / f"prompt-claims-{split}.jsonl").read_text(encoding="utf-8").splitlines()
    with TemporaryDirectory(prefix="kb-prompts-") as folder:
        root = Library.create(folder, seed=True)
        with Library.open(root) as library:
            rows = [_row(library, labelled) for labelled in map(json.loads, lines)]
    means = {key: sum(row[key] for row in rows) / len(rows) for key in rows[0] if key != "question"}
    report(f"prompt-claims-{split}", [*rows, {"question": "mean", **means}])


def _row(library: Library, labelled: dict[str, Any]) -> dict[str, Any]:
    grades = dict.fromkeys(labelled["related"], 1) | dict.fromkeys(labelled["central"], 2)
    prompt = library.prompts.render(labelled["question"], as_of=_AS_OF)
    shown = [c.claim.id for c in prompt.claims]
    ranked = _ranked(library, labelled["question"])
    first = ranked[: len(grades)]
    return {
        "question": labelled["question"][:48],
        "shown": len(shown),
        "precision": _share(shown, grades),
        "central shown": sum(i in shown for i in labelled["central"]) / len(labelled["central"]),
        "best possible": min(1.0, len(shown) / len(labelled["central"])),
        "ndcg@10": ndcg(ranked, grades),
        "r-precision": sum(i in grades for i in first) / len(grades),
        "bearing": len(ranked),
    }


def _share(ids: Sequence[str], grades: dict[str, int]) -> float:
    return sum(i in grades for i in ids) / len(ids) if ids else 0.0


def _ranked(library: Library, question: str) -> list[str]:
    """All claims that bear on a question, in the order in which they would be shown."""
    material = library.prompts._material(question, Request(until=_AS_OF, max_tokens=_WHOLE), ())
    return [candidate.claim.id for candidate in material.found]


if __name__ == "__main__":
    main()
