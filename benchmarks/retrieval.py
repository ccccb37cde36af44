"""Retrieval quality on SciFact's training split, with a row for each stage alone and left out.

    python benchmarks/retrieval.py [--json]

Needs the shared SciFact folder. The named alternative is the better single stage, words or meaning alone.
"""

import sys

from common import SHARED, report

from kb.evaluation import evaluate_retrieval


def main() -> None:
    """Score every variant and compare the whole with the better single stage."""
    folder = SHARED / "scifact"
    if not folder.is_dir():
        sys.exit("The shared SciFact folder is not here; `kb eval retrieval DIR` scores any collection in BEIR form.")
    rows = evaluate_retrieval(folder, ablate=True)
    single = max(float(row["ndcg@10"]) for row in rows if str(row["variant"]).startswith("only"))
    for row in rows:
        row["to_best_single"] = float(row["ndcg@10"]) - single
    report("retrieval", rows, "Training split, on which weights were chosen.")


if __name__ == "__main__":
    main()
