"""The built-in embedder: all-MiniLM-L6-v2 as int8 ONNX, shipped with the package (Apache-2.0).

One text is embedded per call. With dynamic quantisation a text's vector depends slightly on what shares its batch, so
this is the only reproducible way; it is also the fastest on CPUs. Several workers, one session each, use the cores.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.resources import files
from queue import SimpleQueue
from threading import Lock

import numpy as np
from tokenizers import Tokenizer

from kb.errors import IndexMismatch
from kb.ports import Matrix, Vector
from kb.providers.onnx_files import Session, open_session

MODEL_FILE = "all-MiniLM-L6-v2.int8.onnx"
MODEL_SHA256 = "48c8138e02296268fa1f5b80d584555a9da3937bf99954a89f47ce04c76c5c02"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
_REINSTALL = "Install inquiring-kb again"
# As one operation, a residual and its layer norm take eight times as long on a processor as apart (onnxruntime 1.31); a
# text takes a third longer.
_SLOW_FUSIONS = ["SkipLayerNormFusion"]

# A processor whose int8 arithmetic saturates gives other vectors: the first values of one known sentence tell.
_PROBE = "Small models write fluent chains of thought that do not decide their answers."
_PROBE_VALUES = (0.0763, -0.0266, 0.0417, 0.0437, 0.0112, -0.0223, -0.0549, 0.0769, 0.1396, 0.0639, 0.0562, 0.0011)
_PROBE_TOLERANCE = 0.02


class MiniLmEmbedder:
    """384-dimensional sentence embeddings from at most 256 tokens; implements `kb.ports.Embedder`.

    Args:
        workers: texts embedded at the same time; the number of processors, at most 8, where it is None.

    Raises:
        IndexMismatch: if the model's files are damaged or the processor computes it wrongly.
    """

    model_id = f"all-MiniLM-L6-v2-int8-{MODEL_SHA256[:8]}"
    dimension = 384
    window = 256

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 4)
        self._idle: SimpleQueue[Session] = SimpleQueue()
        self._n_sessions = 0
        self._lock = Lock()
        self._is_tested = False

    def count_tokens(self, text: str) -> int:
        """Length in word pieces, with the two special tokens, however long the text is."""
        return len(self._counter.encode(text).ids)

    def embed(self, texts: Sequence[str], on_done: Callable[[int], None] | None = None) -> Matrix:
        """Unit vectors, shape (n, 384); each text alone decides its row."""
        if not self._is_tested:
            self._self_test()
        rows: list[Vector] = []
        if len(texts) == 1 or self._workers == 1:
            for text in texts:
                rows.append(self._embed_one(text))
                if on_done:
                    on_done(len(rows))
        elif texts:
            for row in self._pool.map(self._embed_one, texts):
                rows.append(row)
                if on_done:
                    on_done(len(rows))
        return np.array(rows, dtype=np.float32).reshape(len(rows), self.dimension)

    def _embed_one(self, text: str) -> Vector:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        session = self._take_session()
        try:
            feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
            vector: Vector = session.run(["sentence_embedding"], feed)[0][0]
        finally:
            self._idle.put(session)
        return vector

    def _take_session(self) -> Session:
        with self._lock:
            if self._idle.empty() and self._n_sessions < self._workers:
                self._n_sessions += 1
                return open_session(self._model, without=_SLOW_FUSIONS)
        return self._idle.get()

    def _self_test(self) -> None:
        """Compare a known sentence's vector with the stored one, once per process."""
        values = self._embed_one(_PROBE)[: len(_PROBE_VALUES)]
        if float(np.abs(values - np.array(_PROBE_VALUES)).max()) > _PROBE_TOLERANCE:
            raise IndexMismatch(
                "this processor computes the int8 embedding model wrongly",
                cure='Set another embedder in kb.toml, such as embedder = "huggingface:BAAI/bge-small-en-v1.5"',
            )
        self._is_tested = True

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._workers, thread_name_prefix="embed")

    @cached_property
    def _model(self) -> bytes:
        return _read_checked(MODEL_FILE, MODEL_SHA256)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_str(_read_checked("tokenizer.json", TOKENIZER_SHA256).decode())
        tokenizer.enable_truncation(self.window)
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _counter(self) -> Tokenizer:
        """A tokenizer that does not cut at the window, to measure what would not fit."""
        tokenizer = Tokenizer.from_str(self._tokenizer.to_str())
        tokenizer.no_truncation()
        return tokenizer


def _read_checked(name: str, sha256: str) -> bytes:
    """A file of the model, refused unless it is the one that was shipped."""
    try:
        data = files("kb.providers").joinpath("models", name).read_bytes()
    except FileNotFoundError as error:
        raise IndexMismatch(f"the embedding model's file {name} is missing", cure=_REINSTALL) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise IndexMismatch(f"the embedding model's file {name} is damaged", cure=_REINSTALL)
    return data
