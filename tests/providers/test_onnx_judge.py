"""A local cross-encoder as a judge: its files, its window, and the whole way from a setting to a sentence."""

import json
from pathlib import Path

import onnx
import pytest
from onnx import helper

from kb.config import read_place
from kb.domain import SupportState
from kb.errors import BadInput
from kb.library import Library
from kb.ports import Entailment
from kb.providers.minilm import MODEL_FILE
from kb.providers.onnx_judge import OnnxJudge
from tests.nli_model import make_judge

SAID = "Tuning can lower faithfulness of models."
WORDS = f"{SAID} Some other words about nothing at all."
LONG = "Some other words about nothing at all."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A judge's folder."""
    return make_judge(tmp_path / "judge", WORDS)


@pytest.mark.parametrize(
    "labels",
    [
        ("entailment", "neutral", "contradiction"),
        ("contradiction", "entailment", "neutral"),
        ("NEUTRAL", "CONTRADICTION", "ENTAILMENT"),
    ],
)
def test_labels_may_have_any_order_and_case(tmp_path: Path, labels: tuple[str, ...]):
    """Models of other makers would judge the wrong way round."""
    judge = OnnxJudge(make_judge(tmp_path / "j", WORDS, labels))
    assert judge.rule(SAID, [SAID], "").entailment is Entailment.ENTAILS
    assert judge.rule(SAID, [f"Not {SAID}"], "").entailment is Entailment.CONTRADICTS
    assert judge.rule(SAID, [LONG], "").entailment is Entailment.NEITHER


def test_the_best_window_counts_for_and_against(tmp_path: Path):
    """Evidence in the middle of a long passage would be cut away, or drowned by what stands around it."""
    judge = OnnxJudge(make_judge(tmp_path / "j", WORDS, window=48))
    assert judge.rule(SAID, [*[LONG] * 20, SAID, *[LONG] * 20], "").entailment is Entailment.ENTAILS
    against = judge.rule(SAID, [*[LONG] * 20, f"Not {SAID}", *[LONG] * 20], "")
    assert against.entailment is Entailment.CONTRADICTS
    assert "contradiction 1.00" in against.reason


def test_a_premise_is_cut_and_the_sentence_never(tmp_path: Path):
    """The end of a sentence, where its denial stands, would not be judged."""
    judge = OnnxJudge(make_judge(tmp_path / "j", WORDS, window=48))
    premise = f"{SAID.rstrip('.')} {'other words ' * 200}."
    assert judge.rule(SAID, [premise], "").entailment is Entailment.ENTAILS
    assert judge.rule(f"{SAID.rstrip('.')} not.", [premise], "").entailment is Entailment.CONTRADICTS
    too_long = judge.rule(f"{'Tuning can ' * 40}.", [SAID], "")
    assert (too_long.entailment, too_long.reason) == (
        Entailment.NEITHER,
        "the sentence is longer than the judge can read",
    )


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_missing_file_is_named(folder: Path, name: str):
    """A person would not know what to copy."""
    (folder / name).unlink()
    with pytest.raises(BadInput, match=f"has no {name}.*docs/writers.md"):
        OnnxJudge(folder)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}}, "names no labels.*LABEL_0"),
        ({"id2label": {"0": "neutral", "1": "contradiction", "2": "neutral"}}, "names no labels"),
        ({}, "there is no id2label"),
        ({"id2label": {"0": "entailment", "1": "not_entailment"}}, "no cross-encoder.*2 labels"),
    ],
)
def test_labels_that_cannot_be_told_are_refused(folder: Path, config: dict[str, object], words: str):
    """Contradictions would be read as support."""
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(BadInput, match=words):
        OnnxJudge(folder)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_broken_file_is_one_line(folder: Path, name: str):
    """A traceback would be all that a person sees."""
    (folder / name).write_bytes(b"\x00broken")
    with pytest.raises(BadInput, match=r"cannot be (run|read)") as caught:
        OnnxJudge(folder)
    assert "\n" not in str(caught.value)


def test_an_embedder_is_no_judge(folder: Path):
    """A vector would be read as the probabilities of labels."""
    shipped = Path(__file__).parents[2] / "kb" / "providers" / "models"
    (folder / "model.onnx").write_bytes((shipped / MODEL_FILE).read_bytes())
    (folder / "tokenizer.json").write_bytes((shipped / "tokenizer.json").read_bytes())
    with pytest.raises(BadInput, match=r"no cross-encoder.*\(384,\)"):
        OnnxJudge(folder)


def test_a_model_with_other_inputs_is_refused(folder: Path):
    """It would fail at the first sentence, in the middle of an answer."""
    model = onnx.load(folder / "model.onnx")
    model.graph.input.append(helper.make_tensor_value_info("pixels", onnx.TensorProto.FLOAT, [1]))
    onnx.save(model, folder / "model.onnx")
    with pytest.raises(BadInput, match="pixels"):
        OnnxJudge(folder)


def test_the_setting_makes_a_checked_sentence_supported(small_library: Library, tmp_path: Path, monkeypatch):
    """The judge would load and judge nothing."""
    note = small_library.note("does-tuning-loosen-steps")
    text = "Cutting a chain short changes not many answers after fine-tuning."
    said = "In these tests small models are affected most."
    make_judge(tmp_path / "judge", note.text)
    monkeypatch.setenv("KB_JUDGE", f"onnx:{tmp_path / 'judge'}")
    with Library.open(small_library.root) as library:
        verified = library.verify(f"{said} {text}")
    assert verified.judge == "onnx:judge"
    assert verified.sentences[0].state is SupportState.SUPPORTED
    assert verified.sentences[1].state is SupportState.UNSUPPORTED


def test_a_library_cannot_bring_its_own_judge(small_root: Path, tmp_path: Path, monkeypatch):
    """A library from somebody else would call its own sentences supported."""
    make_judge(small_root / "judge", WORDS)
    settings = small_root / "kb.toml"
    for name in ("judge", "./x/../judge", str(small_root / "judge")):
        settings.write_text(f'judge = "onnx:{name}"\n')
        with pytest.raises(BadInput, match=r"part of the library.*KB_JUDGE"):
            read_place(small_root)
    settings.write_text("")
    monkeypatch.setenv("KB_JUDGE", "onnx:judge")
    with Library.open(small_root) as library:
        assert library.parts.judge.name == "onnx:judge"
    monkeypatch.delenv("KB_JUDGE")
    settings.write_text(f'judge = "onnx:{make_judge(tmp_path / "outside", WORDS)}"\n')
    assert read_place(small_root).settings.judge.endswith("outside")
