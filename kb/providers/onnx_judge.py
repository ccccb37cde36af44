"""A local model of natural language inference as a judge: a cross-encoder in ONNX, in a folder of the person's own.

The folder holds `model.onnx` (a sequence classifier with `input_ids`, `attention_mask` and perhaps `token_type_ids`),
`tokenizer.json` and `config.json`, whose `id2label` names the labels. Nothing is fetched.

A premise that exceeds the model's window is read in windows of whole sentences; the best of them counts, for entailment
and for contradiction alike (Laban et al., SummaC, arXiv:2111.09525, show that a whole document as the premise misleads
such models).
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

from ingest.plain import plain
from kb.domain import Claim, Passage
from kb.errors import BadInput
from kb.ledger import Verdict
from kb.ports import Entailment, Judgement, Ruling
from kb.providers.model_errors import in_short
from kb.providers.onnx_files import open_session

FILES = ("model.onnx", "tokenizer.json", "config.json")
_WINDOW = 512
"""Tokens at most, also where a model could take more: cross-encoders learned from short pairs."""
_LEAST_PREMISE = 16
"""Tokens that must be left for the premise beside the sentence."""
_SURE = 0.5
"""Probability from which a label counts: it is then likelier than all others together."""
_LABELS = {
    "entailment": Entailment.ENTAILS, "entails": Entailment.ENTAILS, "entail": Entailment.ENTAILS,
    "contradiction": Entailment.CONTRADICTS, "contradicts": Entailment.CONTRADICTS,
    "contradict": Entailment.CONTRADICTS, "contradictory": Entailment.CONTRADICTS,
    "neutral": Entailment.NEITHER, "neither": Entailment.NEITHER, "notentailment": Entailment.NEITHER,
}  # fmt: skip
_VERDICTS = {
    Entailment.ENTAILS: Verdict.HOLDS,
    Entailment.CONTRADICTS: Verdict.CONTRADICTED,
    Entailment.NEITHER: Verdict.UNRESOLVED,
}


class OnnxJudge:
    """Judges with a cross-encoder on this computer; implements `kb.ports.Judge`. Deterministic.

    Args:
        folder: holds the model's three files.

    Raises:
        BadInput: if a file is missing or the model is none that can judge.
    """

    def __init__(self, folder: Path) -> None:
        for name in FILES:
            if not (folder / name).is_file():
                raise BadInput(
                    f"the judge's folder {folder} has no {name}",
                    cure=f"It needs {', '.join(FILES)}; docs/writers.md says how to make them",
                )
        self.name = f"onnx:{folder.name}"
        config = _config(folder)
        self._labels = _labels(config, folder)
        self._window = min(_WINDOW, int(config.get("max_position_embeddings") or _WINDOW))
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / FILES[1]))
            self._tokenizer.no_padding()
            self._tokenizer.enable_truncation(self._window, strategy="only_first")
            self._session = open_session(str(folder / FILES[0]))
            inputs = {given.name for given in self._session.get_inputs()}
            outputs = [made.name for made in self._session.get_outputs()]
            self._inputs, self._output = inputs, "logits" if "logits" in outputs else outputs[0]
            scores = self._scores(self._tokenizer.encode("One is said.", "Another is said."))
        except Exception as error:  # those of tokenizers and ONNX Runtime, which have no common base
            raise BadInput(
                f"the judge in {folder} cannot be run ({in_short(error)})", cure="Export it again; see docs/writers.md"
            ) from None
        if scores.shape != (len(self._labels),):
            raise BadInput(
                f"{folder / FILES[0]} is no cross-encoder: it gives {self._output} of shape {scores.shape}, "
                f"not a score for each of {len(self._labels)} labels",
                cure="Export a model for sequence classification",
            )

    def rule(self, sentence: str, quotes: Sequence[str], context: str) -> Ruling:
        """Whether the quotes entail the sentence; see `kb.ports.Judge`. The context is not read: it was not cited."""
        return self._ruling(sentence, quotes)

    def judge(self, claim: Claim, passage: Passage) -> Judgement:
        """What the passage means for the claim's words; see `kb.ports.Judge`."""
        spans = passage.sentences or ((passage.char_start, passage.char_end),)
        first = passage.char_start
        ruling = self._ruling(plain(claim.text), [plain(passage.text[a - first : b - first]) for a, b in spans])
        return Judgement(_VERDICTS[ruling.entailment], f"{ruling.reason}; date and scope were not looked at")

    def _ruling(self, sentence: str, parts: Sequence[str]) -> Ruling:
        room = self._window - self._n_tokens(sentence) - self._tokenizer.num_special_tokens_to_add(True)
        if room < _LEAST_PREMISE:
            return Ruling(Entailment.NEITHER, "the sentence is longer than the judge can read")
        best = dict.fromkeys(Entailment, 0.0)
        for premise in _windows(parts, [self._n_tokens(part) for part in parts], room):
            shares = _softmax(self._scores(self._tokenizer.encode(premise, sentence)))
            for label, share in zip(self._labels, shares.tolist(), strict=True):
                best[label] = max(best[label], share)
        ruling = max((Entailment.CONTRADICTS, Entailment.ENTAILS), key=lambda label: best[label])
        reason = f"entailment {best[Entailment.ENTAILS]:.2f}"
        if Entailment.CONTRADICTS in self._labels:
            reason += f", contradiction {best[Entailment.CONTRADICTS]:.2f}"
        return Ruling(ruling if best[ruling] >= _SURE else Entailment.NEITHER, reason)

    def _n_tokens(self, text: str) -> int:
        """Length without special tokens, the window's at most."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _scores(self, pair: Encoding) -> npt.NDArray[np.float32]:
        given = {"input_ids": pair.ids, "attention_mask": pair.attention_mask, "token_type_ids": pair.type_ids}
        feed = {name: np.array([ids], dtype=np.int64) for name, ids in given.items() if name in self._inputs}
        scores: npt.NDArray[np.float32] = np.asarray(self._session.run([self._output], feed)[0])[0]
        return scores


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / FILES[2]).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{folder / FILES[2]} cannot be read ({in_short(error)})", cure="Export the model again"
        ) from None
    return config if isinstance(config, dict) else {}


def _labels(config: dict[str, Any], folder: Path) -> list[Entailment]:
    """What the model's outputs mean, in their order.

    Raises:
        BadInput: if they do not say so, or none of them is entailment.
    """
    named = config.get("id2label")
    words = [str(named.get(str(i), "")) for i in range(len(named))] if isinstance(named, dict) else []
    found = [_LABELS.get("".join(c for c in word.casefold() if c.isalpha())) for word in words]
    labels = [label for label in found if label]
    if len(labels) < len(words) or Entailment.ENTAILS not in labels:
        raise BadInput(
            f"{folder / FILES[2]} names no labels that a judge has: {', '.join(words)[:80] or 'there is no id2label'}",
            cure="Write entailment, neutral and contradiction, or entailment and not_entailment, into `id2label`",
        )
    return labels


def _windows(parts: Sequence[str], sizes: Sequence[int], room: int) -> Iterator[str]:
    """Runs of neighbouring sentences as long as they fit, from each one on, until one holds the last."""
    for start in range(len(parts)):
        end, used = start + 1, sizes[start]
        while end < len(parts) and used + sizes[end] <= room:
            used, end = used + sizes[end], end + 1
        yield " ".join(parts[start:end])
        if end == len(parts):
            return


def _softmax(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    raised = np.exp(scores - scores.max())
    shares: npt.NDArray[np.float32] = raised / raised.sum()
    return shares
