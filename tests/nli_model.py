"""A small but real cross-encoder in ONNX: it entails what has its words, and contradicts what denies the same words.

It stands where a published model would: the same three files, read by the same tokenizers and ONNX Runtime.
"""

import json
import re
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

LABELS = ("contradiction", "entailment", "neutral")
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
_EMPTY = (*_SPECIAL, "not", ".", ",")
_PAD, _UNK, _CLS, _SEP = range(len(_SPECIAL))


def make_judge(
    folder: Path, words: str, labels: tuple[str, ...] = LABELS, *, window: int = 512, has_types: bool = True
) -> Path:
    """Write the files of a judge.

    Args:
        folder: where to; it is made.
        words: texts with all the words that it is to know.
        labels: in the order of its outputs, written as a model's maker may write them.
        window: how many tokens it takes.
        has_types: whether it takes `token_type_ids`; if not it tells the two texts apart by the token between them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = sorted({*re.findall(r"\w+|[^\w\s]", words.casefold()), "not", ".", ","})
    vocabulary = {word: number for number, word in enumerate([*_SPECIAL, *known])}
    _tokenizer(vocabulary).save(str(folder / "tokenizer.json"))
    onnx.save(_model(vocabulary, labels, has_types), str(folder / "model.onnx"))
    config = {"id2label": dict(enumerate(labels)), "max_position_embeddings": window}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def _tokenizer(vocabulary: dict[str, int]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", _CLS), ("[SEP]", _SEP)]
    )
    return tokenizer


def _model(vocabulary: dict[str, int], labels: tuple[str, ...], has_types: bool) -> onnx.ModelProto:
    size = len(vocabulary)
    counts = np.array([float(word not in _EMPTY or word == "[UNK]") for word in vocabulary], dtype=np.float32)
    known = np.ones(size, dtype=np.float32)
    known[_UNK] = 0
    denies = np.zeros((size, 1), dtype=np.float32)
    denies[vocabulary["not"]] = 1
    # Of (1, words missing, one text denies) each label makes its score.
    weights = {"contradiction": (-4, -8, 12), "entailment": (4, -8, -8), "neutral": (0, 4, 0)}
    rows = [weights.get(_plain(label), (-4, 8, 8)) for label in labels]
    constants = {
        "size": np.array([size], dtype=np.int64), "off_on": np.array([0, 1], dtype=np.float32),
        "one": np.array([1], dtype=np.float32), "counts": counts, "known": known, "denies": denies,
        "axis1": np.array([1], dtype=np.int64),
        "axis2": np.array([2], dtype=np.int64),
        "weights": np.array(rows, dtype=np.float32).T,
    }  # fmt: skip
    node = helper.make_node
    second = [node("Cast", ["token_type_ids"], ["second"], to=TensorProto.FLOAT)]
    if not has_types:
        constants |= {"sep": np.array([_SEP], dtype=np.int64), "axis": np.array(1, dtype=np.int64)}
        second = [
            node("Equal", ["input_ids", "sep"], ["is_sep"]),
            node("Cast", ["is_sep"], ["seps"], to=TensorProto.FLOAT),
            node("CumSum", ["seps", "axis"], ["second"], exclusive=1),
        ]
    nodes = [
        *second,
        node("Sub", ["one", "second"], ["first"]),
        node("OneHot", ["input_ids", "size", "off_on"], ["tokens"], axis=-1),
        node("Unsqueeze", ["first", "axis2"], ["in_first"]),
        node("Unsqueeze", ["second", "axis2"], ["in_second"]),
        node("Mul", ["tokens", "in_first"], ["first_tokens"]),
        node("Mul", ["tokens", "in_second"], ["second_tokens"]),
        node("ReduceMax", ["first_tokens", "axis1"], ["premise"], keepdims=0),
        node("ReduceMax", ["second_tokens", "axis1"], ["hypothesis"], keepdims=0),
        node("Mul", ["premise", "known"], ["held"]),
        node("Sub", ["one", "held"], ["not_held"]),
        node("Mul", ["hypothesis", "not_held"], ["wanting"]),
        node("Mul", ["wanting", "counts"], ["wanting_words"]),
        node("ReduceSum", ["wanting_words", "axis1"], ["missing"]),
        node("Sub", ["premise", "hypothesis"], ["difference"]),
        node("MatMul", ["difference", "denies"], ["denial"]),
        node("Abs", ["denial"], ["denied"]),
        node("Sub", ["denied", "denied"], ["nothing"]),
        node("Add", ["nothing", "one"], ["always"]),
        node("Concat", ["always", "missing", "denied"], ["marks"], axis=1),
        node("MatMul", ["marks", "weights"], ["logits"]),
    ]
    names = ["input_ids", "attention_mask", *(["token_type_ids"] if has_types else [])]
    graph = helper.make_graph(
        nodes,
        "judge",
        [helper.make_tensor_value_info(name, TensorProto.INT64, [1, "n"]) for name in names],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, len(labels)])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return model


def _plain(label: str) -> str:
    return label.casefold() if label.casefold() in LABELS else ""
