"""Which claims research prompts show: against labels that say which claims of the seed notes belong to a question.

    python benchmarks/prompt_claims.py [dev|test] [--ablate] [--json]

A question's labels are ids of claims: `central` ones (worth 2), without which the prompt would mislead, and `related`
ones (worth 1), which belong if there is room. They were given by reading the notes, before any ranking was looked at.
The order of claims is scored as a whole, the prompt as far as it fits into its usual length. `--ablate` scores the
order with each part of a claim's worth left out.
"""

import json
import sys
from collections.abc import Sequence
from tempfile import TemporaryDirectory
from typing import Any

from common import ROOT, report

from kb.library import Library
from kb.services import prompt_claims, prompt_notes
from kb.services.evaluate import ndcg

_AS_OF = "2026-11"
_PARTS = {
    prompt_notes: ("WORDS", "HEAD", "PASSAGES", "TITLE", "FINDING", "BESIDE"),
    prompt_claims: ("_LIKENESS", "_OWN_WORDS", "_OPPOSED"),
}


def main() -> None:
    """Score the order and the prompt of each question, or the order without each part of the worth."""
    split = "test" if "test" in sys.argv else "dev"
    lines = (ROOT / "benchmarks" / f"prompt-claims-{split}.jsonl").read_text(encoding="utf-8").splitlines()
    labels = list(map(json.loads, lines))
    with TemporaryDirectory(prefix="kb-prompts-") as folder:
        root = Library.create(folder, seed=True)
        with Library.open(root) as library:
            library.refresh()
            if "--ablate" in sys.argv:
                report(f"prompt-claims-{split}-parts", _ablated(library, labels))
                return
            rows = [{"question": x["question"][:48], **_prompt(library, x), **_order(library, x)} for x in labels]
    report(f"prompt-claims-{split}", [*rows, {"question": "mean", **_means(rows)}])


def _ablated(library: Library, labels: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = [{"without": "nothing", **_means([_order(library, x) for x in labels])}]
    for module, parts in _PARTS.items():
        for part in parts:
            weight = getattr(module, part)
            setattr(module, part, 0.0)
            rows.append({"without": part.strip("_").lower(), **_means([_order(library, x) for x in labels])})
            setattr(module, part, weight)
    return rows


def _means(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    return {key: sum(row[key] for row in rows) / len(rows) for key in rows[0] if key != "question"}


def _prompt(library: Library, labelled: dict[str, Any]) -> dict[str, float]:
    grades, central = _grades(labelled), labelled["central"]
    shown = [c.claim.id for c in library.prompts.render(labelled["question"], as_of=_AS_OF).claims]
    return {
        "shown": len(shown),
        "precision": sum(i in grades for i in shown) / len(shown) if shown else 0.0,
        "central shown": sum(i in shown for i in central) / len(central),
        "best possible": min(1.0, len(shown) / len(central)),
    }


def _order(library: Library, labelled: dict[str, Any]) -> dict[str, float]:
    parts, grades = library.parts, _grades(labelled)
    stating = parts.catalog.sources({source for source, _ in parts.catalog.stated_claims()})
    question, catalog = labelled["question"], parts.catalog
    pool = prompt_claims.relevant_claims(question, stating, catalog, parts.embedder, parts.edges(), until=_AS_OF)
    ranked = [candidate.claim.id for candidate in pool.candidates]
    right = sum(i in grades for i in ranked[: len(grades)])
    return {"ndcg@10": ndcg(ranked, grades), "r-precision": right / len(grades), "bearing": len(ranked)}


def _grades(labelled: dict[str, Any]) -> dict[str, int]:
    return dict.fromkeys(labelled["related"], 1) | dict.fromkeys(labelled["central"], 2)


if __name__ == "__main__":
    main()
