"""Re-testing: whether the paper that really supports or contradicts a claim is among the first to be read.

    python benchmarks/retest.py [--json]

Needs the shared SciFact folder. Every training claim with a label is put to the code behind `kb retest`, dated before
all abstracts. Named alternatives in the same run: BM25 over whole abstracts, and cosine of the nearest passage. Weights
were chosen on this split. The hints beside the passages are scored too: they are guesses, and this says how good.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from common import SHARED, report

from ingest.beir import read_collection
from kb.domain import Claim
from kb.language import content_terms, spelled_out
from kb.ledger import status_of
from kb.library import Library
from kb.services import add
from kb.services.relation import hint
from kb.services.retest import Retester
from kb.wiring import Parts

_LABELS = {"SUPPORT": "supports", "CONTRADICT": "contradicts"}


def main() -> None:
    """Score the reading list and its alternatives, with paired bootstrap intervals of the differences."""
    folder = SHARED / "scifact"
    if not folder.is_dir():
        sys.exit("The shared SciFact folder is not here.")
    claims = [c for c in map(json.loads, (folder / "claims_train.jsonl").open(encoding="utf-8")) if c["evidence"]]
    with TemporaryDirectory(prefix="kb-retest-") as temporary, Library.open(Library.create(temporary)) as library:
        _fill(library.parts, folder)
        _score(library.parts, claims)


def _fill(parts: Parts, folder: Path) -> None:
    documents = (d.model_copy(update={"date": "2020"}) for d in read_collection(folder, "train").documents())
    add.add_sources(documents, parts.catalog, parts.embedder)


def _score(parts: Parts, claims: Sequence[dict[str, Any]]) -> None:
    retester = Retester(parts.catalog, parts.retriever, parts.embedder)
    ranks: dict[str, list[float]] = {"kb retest": [], "BM25 alone": [], "cosine alone": []}
    hints: Counter[tuple[str, str]] = Counter()
    for record in claims:
        claim = Claim(text=record["claim"], as_of="1900")
        found = retester.retest(status_of(claim, (), ()), limit=10).candidates
        lists = {"kb retest": [c.source for c in found], **_alternatives(parts, claim.text)}
        gold = {f"document:{i}": evidence[0]["label"] for i, evidence in record["evidence"].items()}
        for name, ranked in lists.items():
            ranks[name].append(next((i for i, s in enumerate(ranked, 1) if s in gold), np.inf))
        for candidate in found:
            if candidate.source in gold:
                hints[_LABELS[gold[candidate.source]], candidate.hint.relation.value] += 1
    told = _rationale_hints(claims)
    rows = [_row(name, np.array(own), np.array(ranks["kb retest"])) for name, own in ranks.items()]
    note = f"{len(claims)} labelled claims. Right papers in the list: {_counted(hints)}. Rationales: {_counted(told)}."
    report("retest", rows, note)


def _rationale_hints(claims: Sequence[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """Hints on the very sentences that people gave as their reason, label by label."""
    lines = (SHARED / "scifact" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    abstracts = {str(record["doc_id"]): record["abstract"] for record in map(json.loads, lines)}
    told: Counter[tuple[str, str]] = Counter()
    for record in claims:
        claim = Claim(text=record["claim"], as_of="1900")
        for document, evidence in record["evidence"].items():
            sentence = abstracts[document][evidence[0]["sentences"][0]]
            told[_LABELS[evidence[0]["label"]], hint(claim, sentence).relation.value] += 1
    return told


def _counted(hints: Counter[tuple[str, str]]) -> str:
    return "; ".join(f"label {label}, hint {hint}: {n}" for (label, hint), n in sorted(hints.items()))


def _alternatives(parts: Parts, text: str) -> dict[str, list[str]]:
    words = [source for source, _ in parts.catalog.lexical_sources(content_terms(spelled_out(text)), 10)]
    keys = [key for key, _ in parts.index.search(parts.embedder.embed([text])[0], 40)]
    owners = parts.catalog.source_ids(keys)
    return {"BM25 alone": words, "cosine alone": list(dict.fromkeys(owners[key] for key in keys))[:10]}


def _row(name: str, own: "np.ndarray[Any, Any]", ours: "np.ndarray[Any, Any]") -> dict[str, Any]:
    row: dict[str, Any] = {"variant": name}
    for k in (5, 10):
        low, high = _interval((ours <= k).astype(float) - (own <= k).astype(float))
        row |= {f"first {k}": float((own <= k).mean()), f"kb minus it, {k}": f"{low:+.3f} to {high:+.3f}"}
    return row | {"mrr@10": float(np.where(own <= 10, 1 / own, 0.0).mean())}


def _interval(differences: "np.ndarray[Any, Any]") -> tuple[float, float]:
    """95 % interval of the mean by a paired bootstrap."""
    chance = np.random.default_rng(3)
    means = differences[chance.integers(0, len(differences), (5000, len(differences)))].mean(axis=1)
    return float(np.percentile(means, 2.5)), float(np.percentile(means, 97.5))


if __name__ == "__main__":
    main()
