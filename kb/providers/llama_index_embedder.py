"""Any llama-index embedding as the library's embedder.

`kb.toml` names it as `provider:model` (`huggingface`, `openai`, `voyage`, `ollama`) or by the dotted path of a class;
`[embedder_options]` are its arguments. Keys are read by the integration from its own environment variables, never from
`kb.toml`.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from kb.errors import BadInput, KbError
from kb.identity import content_hash
from kb.ports import Matrix
from kb.providers.integrations import integration_class, place_of
from kb.providers.model_errors import in_short

_PROVIDERS = {
    "huggingface": ("llama_index.embeddings.huggingface", "HuggingFaceEmbedding"),
    "openai": ("llama_index.embeddings.openai", "OpenAIEmbedding"),
    "voyage": ("llama_index.embeddings.voyageai", "VoyageEmbedding"),
    "ollama": ("llama_index.embeddings.ollama", "OllamaEmbedding"),
}
_MODEL_ARGUMENT = {"OpenAIEmbedding": "model"}
"""Where it is not `model_name`."""
_BATCH = 32
_DEFAULT_WINDOW = 512
# Without the model's own tokenizer, a count that is too high is safe and one that is too low cuts text off.
_CHARS_PER_TOKEN = 2.5


class LlamaIndexEmbedder:
    """Wraps a llama-index `BaseEmbedding`; implements `kb.ports.Embedder`.

    Args:
        model: the llama-index embedding.
        name: as the settings name it; part of `model_id`.
        window: longest text in tokens; the model's own `max_length` where it tells one.
    """

    def __init__(self, model: Any, name: str, window: int | None = None) -> None:
        self._model = model
        self.model_id = f"llama-index:{name}"
        self.window = int(window or getattr(model, "max_length", None) or _DEFAULT_WINDOW)

    @classmethod
    def from_name(cls, name: str, options: Mapping[str, Any]) -> "LlamaIndexEmbedder":
        """The embedding that a setting names.

        Raises:
            BadInput: if the name has no known form or the class refuses its arguments.
            MissingExtra: if its package is not installed.
        """
        arguments = dict(options)
        place = place_of(name, _PROVIDERS)
        if place is None:
            known = ", ".join(f"{p}:MODEL" for p in _PROVIDERS)
            raise BadInput(f"there is no embedder {name!r}", cure=f"Use minilm, {known}, or a class's dotted path")
        model_class = integration_class("embedding", name, place, _PROVIDERS)
        if model := place[2]:
            arguments[_MODEL_ARGUMENT.get(place[1], "model_name")] = model
        try:
            made = model_class(**arguments)
        except Exception as error:  # integrations raise their own vendors' errors, which have no common base
            raise BadInput(
                f"the embedder {name!r} refuses its options ({in_short(error)})",
                cure="Mend [embedder_options] in kb.toml, or what it says is missing",
            ) from None
        # Options can change the vectors, so they are part of the model's name.
        tag = f"#{content_hash(repr(sorted(arguments.items())))[:8]}" if options else ""
        return cls(made, name + tag)

    @cached_property
    def dimension(self) -> int:
        """Length of a vector, found by embedding one word."""
        return int(self.embed(["dimension"]).shape[1])

    def count_tokens(self, text: str) -> int:
        """An estimate from above."""
        return 2 + round(len(text) / _CHARS_PER_TOKEN)

    def embed(self, texts: Sequence[str], on_done: Callable[[int], None] | None = None) -> Matrix:
        """Unit vectors, shape (n, dimension).

        Raises:
            KbError: if the model or its service fails.
        """
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        rows: list[list[float]] = []
        for start in range(0, len(texts), _BATCH):
            batch = list(texts[start : start + _BATCH])
            try:
                found = np.asarray(self._model.get_text_embedding_batch(batch), dtype=np.float32)
            except Exception as error:  # as above
                raise self._failure(in_short(error)) from None
            if found.ndim != 2 or len(found) != len(batch) or not np.isfinite(found).all():
                raise self._failure("it did not return a vector of numbers for each text")
            rows.extend(found)
            if on_done:
                on_done(len(rows))
        matrix = np.array(rows, dtype=np.float32)
        norms = np.linalg.norm(matrix, axis=1, keepdims=True)
        unit: Matrix = (matrix / np.where(norms > 0, norms, 1.0)).astype(np.float32)
        return unit

    def _failure(self, reason: str) -> KbError:
        return KbError(f"the embedder {self.model_id} failed ({reason})", cure="Mend that and run the command again")
