"""Any llama-index embedding as the library's embedder.

`kb.toml` names it as `provider:model` (`huggingface`, `openai`, `voyage`, `ollama`) or by the dotted path of a class;
`[embedder_options]` are its arguments. Keys are read by the integration from its own environment variables, never from
`kb.toml`.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from kb.errors import BadInput, KbError, MissingExtra
from kb.identity import content_hash
from kb.ports import Matrix

_PROVIDERS = {
    "huggingface": ("llama_index.embeddings.huggingface", "HuggingFaceEmbedding", "model_name"),
    "openai": ("llama_index.embeddings.openai", "OpenAIEmbedding", "model"),
    "voyage": ("llama_index.embeddings.voyageai", "VoyageEmbedding", "model_name"),
    "ollama": ("llama_index.embeddings.ollama", "OllamaEmbedding", "model_name"),
}
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
        provider, _, model = name.partition(":")
        arguments = dict(options)
        if provider in _PROVIDERS and model:
            module_name, class_name, argument = _PROVIDERS[provider]
            arguments[argument] = model
        elif "." in provider and not model:
            module_name, _, class_name = provider.rpartition(".")
        else:
            known = ", ".join(f"{p}:MODEL" for p in _PROVIDERS)
            raise BadInput(f"there is no embedder {name!r}", cure=f"Use minilm, {known}, or a class's dotted path")
        try:
            made = getattr(importlib.import_module(module_name), class_name)(**arguments)
        except (ImportError, AttributeError) as error:
            package = module_name.replace("llama_index.", "llama-index-").replace(".", "-").replace("_", "-")
            raise MissingExtra(
                f"the embedder {name!r} cannot be loaded ({error})", cure=f"pip install {package}"
            ) from None
        except (TypeError, ValueError) as error:
            first = str(error).splitlines()[0]
            raise BadInput(
                f"the embedder {name!r} refuses its options ({first})", cure="Mend [embedder_options]"
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
        rows: list[list[float]] = []
        for start in range(0, len(texts), _BATCH):
            try:
                rows += self._model.get_text_embedding_batch(list(texts[start : start + _BATCH]))
            except Exception as error:  # integrations raise their own vendors' errors, which have no common base
                reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
                raise KbError(
                    f"the embedder {self.model_id} failed ({reason})", cure="Mend that and run the command again"
                ) from None
            if on_done:
                on_done(len(rows))
        matrix = np.asarray(rows, dtype=np.float32).reshape(len(rows), -1)
        norms = np.linalg.norm(matrix, axis=1, keepdims=True).astype(np.float32)
        unit: Matrix = (matrix / np.where(norms > 0, norms, 1.0)).astype(np.float32)
        return unit
