"""Make the folder of a local judge: a published cross-encoder for natural language inference as int8 ONNX.

    pip install torch transformers sentencepiece onnx onnxscript
    python scripts/export_nli.py FOLDER
    KB_JUDGE=onnx:FOLDER kb verify FILE

By default cross-encoder/nli-deberta-v3-xsmall (Apache-2.0, English, 71 million parameters, trained on SNLI and
MultiNLI) is fetched from its publisher, which needs the network. `--model` takes any other sequence classifier with
labels of entailment, and a folder with one as well. Nothing of this is needed to run kb.

The model is exported, its matrix products and embeddings are quantised to 8 bits, and the result is held against the
original on a few pairs: FOLDER is written, and the exit status is 0, only if both choose the same labels.
"""

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from kb.providers.onnx_judge import OnnxJudge

MODEL = "cross-encoder/nli-deberta-v3-xsmall"
REVISION = "main"
OPSET = 18
PAIRS = (
    ("A man is playing a guitar on a stage.", "A man makes music."),
    ("A man is playing a guitar on a stage.", "Nobody plays a guitar."),
    ("A man is playing a guitar on a stage.", "The man is a famous singer."),
    ("Fine-tuning lowers the faithfulness of small models on GSM8K.", "Small models become less faithful when tuned."),
    ("Fine-tuning lowers the faithfulness of small models on GSM8K.", "Fine-tuning makes small models more faithful."),
    ("Fine-tuning lowers the faithfulness of small models on GSM8K.", "The corpus holds twelve thousand questions."),
)


def main() -> int:
    """Export, quantise, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the judge's files go; made, and refused where it is not empty")
    parser.add_argument("--model", default=MODEL, help="a published model's name, or a folder")
    parser.add_argument("--revision", default=REVISION, help="which version of it")
    parser.add_argument("--fp32", action="store_true", help="leave out the quantisation")
    given = parser.parse_args()
    if given.folder.exists() and any(given.folder.iterdir()):
        sys.exit(f"{given.folder} is not empty. Name a folder that is not there")
    tokenizer = AutoTokenizer.from_pretrained(given.model, revision=given.revision, use_fast=True)
    model = AutoModelForSequenceClassification.from_pretrained(given.model, revision=given.revision).eval().float()
    with TemporaryDirectory() as name:
        made = Path(name)
        export(model, tokenizer, made, quantised=not given.fp32)
        differing = [pair for pair in PAIRS if not agree(model, tokenizer, made, *pair)]
        for premise, hypothesis in differing:
            print(f"differs: {premise} / {hypothesis}", file=sys.stderr)
        if differing:
            return 1
        given.folder.mkdir(parents=True, exist_ok=True)
        for file in ("model.onnx", "tokenizer.json", "config.json"):
            (given.folder / file).write_bytes((made / file).read_bytes())
    size = (given.folder / "model.onnx").stat().st_size / 1e6
    print(f"{given.folder}: {size:.0f} MB, all {len(PAIRS)} pairs as the original. KB_JUDGE=onnx:{given.folder}")
    return 0


def export(model: Any, tokenizer: Any, folder: Path, *, quantised: bool) -> None:
    """Write the three files of a judge."""
    batch = tokenizer(*PAIRS[0], return_tensors="pt")
    names = list(batch)
    whole = folder / "whole.onnx"
    any_size = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    torch.onnx.export(
        Scores(model, names).eval(), tuple(batch[name] for name in names), str(whole), input_names=names,
        output_names=["logits"], dynamic_shapes={"inputs": tuple(any_size for _ in names)}, opset_version=OPSET,
        dynamo=True, external_data=False, verbose=False,
    )  # fmt: skip
    if quantised:
        bare = onnx.load(whole)
        bare.graph.ClearField("value_info")  # shapes of the exporter's, which the quantisation takes for others
        quantize_dynamic(
            bare, folder / "model.onnx", op_types_to_quantize=["MatMul", "Gather"], per_channel=True,
            reduce_range=True, weight_type=QuantType.QInt8,
        )  # fmt: skip
    else:
        whole.rename(folder / "model.onnx")
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    config = {"id2label": {str(i): label for i, label in model.config.id2label.items()}}
    config["max_position_embeddings"] = min(model.config.max_position_embeddings, tokenizer.model_max_length)
    (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")


class Scores(torch.nn.Module):
    """A classifier as a function of its inputs in order, that gives its scores alone."""

    def __init__(self, model: Any, names: list[str]) -> None:
        super().__init__()
        self._model, self._names = model, names

    def forward(self, *inputs: Any) -> Any:
        """Scores of each label, shape (batch, labels)."""
        return self._model(**dict(zip(self._names, inputs, strict=True))).logits


def agree(model: Any, tokenizer: Any, folder: Path, premise: str, hypothesis: str) -> bool:
    """Whether the judge finds what the original finds."""
    with torch.no_grad():
        scores = model(**tokenizer(premise, hypothesis, return_tensors="pt")).logits[0].numpy()
    judge = OnnxJudge(folder)
    encoded = judge._tokenizer.encode(premise, hypothesis)
    return int(np.argmax(scores)) == int(np.argmax(judge._scores(encoded)))


if __name__ == "__main__":
    sys.exit(main())
