"""Embedding speed per core: the built-in embedder against Chroma's own default embedding function.

    python benchmarks/embedding.py [--json]

Both embed the same abstracts in the same run, on one core each (the process is pinned). Chroma's function downloads
its model when it is first used; here it finds a float32 model of the same weights where it looks for the download, if
`KB_MINILM_FP32` names a folder that holds `model.onnx` and the tokenizer's files. Without one only ours is timed.
"""

import os
import shutil
import statistics
import tempfile
from pathlib import Path

from common import abstracts, report, seconds

N_TEXTS = 64
ROUNDS = 5


def main() -> None:
    """Time both, round by round."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from kb.providers.minilm import MiniLmEmbedder

    texts = [f"{source.title}\n{source.text}" for source in abstracts(N_TEXTS)]
    ours = MiniLmEmbedder(workers=1)
    ours.embed(texts[:2])
    work = {"built-in int8": lambda: ours.embed(texts)}
    with tempfile.TemporaryDirectory() as home:
        theirs = chroma_default(Path(home))
        if theirs is not None:
            theirs(texts[:2])
            work["Chroma's default"] = lambda: theirs(texts)
        times = {name: [] for name in work}
        for _ in range(ROUNDS):
            for name, run in work.items():
                times[name].append(seconds(run))
    base = statistics.median(times.get("Chroma's default", times["built-in int8"]))
    rows = [
        {
            "what": name,
            "texts_per_core_second": N_TEXTS / statistics.median(values),
            "times_as_fast": base / statistics.median(values),
        }
        for name, values in times.items()
    ]
    tokens = round(statistics.mean(ours.count_tokens(text) for text in texts))
    missing = "" if theirs else " Chroma's default was not timed: KB_MINILM_FP32 names no model."
    report("embedding", rows, f"{N_TEXTS} abstracts of {tokens} tokens on average, {ROUNDS} rounds, one core.{missing}")


def chroma_default(home: Path):  # noqa: ANN201 - a type of Chroma's that is not worth importing for
    """Chroma's default embedding function with its model put where it looks; None where there is no model."""
    weights = os.environ.get("KB_MINILM_FP32")
    if not weights:
        return None
    from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2

    class Local(ONNXMiniLM_L6_V2):
        DOWNLOAD_PATH = home

    shutil.copytree(weights, home / ONNXMiniLM_L6_V2.EXTRACTED_FOLDER_NAME)
    return Local(preferred_providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
