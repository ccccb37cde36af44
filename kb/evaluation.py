"""Measuring: retrieval on labelled collections, in a temporary library and through the product's own code."""

from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.beir import Collection, read_collection
from kb.library import Library
from kb.ports import Progress, no_progress
from kb.services import add
from kb.services.evaluate import score
from kb.services.retrieve import STAGES
from kb.wiring import Parts


def evaluate_retrieval(
    folder: str | Path, *, split: str = "", ablate: bool = False, progress: Progress = no_progress
) -> list[dict[str, str | float | int]]:
    """Score retrieval on a labelled collection in BEIR form, in a temporary library.

    Args:
        folder: with corpus.jsonl, queries.jsonl and qrels.
        split: which judgements, where the folder has several.
        ablate: also each stage alone and the whole without each stage.
        progress: hears how far the work is.

    Returns:
        A row for each variant: `variant`, `queries`, nDCG@10, Recall@10, Recall@100, MRR@10, latency p50 and p95 in ms.

    Raises:
        BadInput: if the collection cannot be read.
    """
    collection = read_collection(Path(folder), split)
    with TemporaryDirectory(prefix="kb-eval-") as temporary:
        root = Library.create(temporary)
        with Library.open(root) as library:
            return _rows(library.parts, collection, ablate, progress)


def _rows(parts: Parts, collection: Collection, ablate: bool, progress: Progress) -> list[dict[str, str | float | int]]:
    """Read a collection into this library and score every wanted variant of retrieval on it."""
    n_documents = sum(1 for _ in collection.documents())
    add.add_sources(collection.documents(), parts.catalog, parts.embedder, progress, n_documents)
    parts.derive_graph(progress)
    whole = parts.retrieval
    variants = {"all stages": whole}
    if ablate:
        variants |= {f"only {stage}": whole.only(stage) for stage in ("lexical", "dense")}
        variants |= {f"without {stage}": whole.without(stage) for stage in STAGES}

    def rank(text: str) -> list[str]:
        return [r.source_id.removeprefix("document:") for r in parts.retriever.retrieve(text).ranked]

    rows: list[dict[str, str | float | int]] = []
    for name, settings in variants.items():
        parts.retriever.settings = settings

        def report(done: int, name: str = name) -> None:
            progress(f"Asking ({name})", done, len(collection.queries))

        figures = score(rank, collection.queries, collection.judgements, report)
        rows.append({"variant": name, **figures})
    return rows
