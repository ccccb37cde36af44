"""The export of the embedding model: the published weights give the shipped vectors, other weights are refused."""

import importlib.util
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "export_minilm.py"
DIMENSION = 384


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """Load the script as a module; skip where the dependency group `export` is not installed."""
    for needed in ("onnx", "safetensors"):
        pytest.importorskip(needed, reason=f"{needed} is not installed (dependency group export)")
    spec = importlib.util.spec_from_file_location("export_minilm", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def weights(script: ModuleType) -> Path:
    """Find the published weights; skip where their distribution is not installed."""
    try:
        return script.installed_weights()
    except PackageNotFoundError:
        pytest.skip(f"{script.WEIGHTS_DISTRIBUTION} is not installed, which carries the published weights")


@pytest.mark.usefixtures("weights")
def test_the_published_weights_give_the_shipped_vectors(script, tmp_path, capsys):
    out = tmp_path / "model.onnx"
    assert script.main(["--out", str(out)]) == 0
    cosines = script.cosines(out.read_bytes())
    assert len(cosines) == 2 * len(script.SENTENCES)
    assert cosines.min() >= 0.99
    assert f"shipped  sha256 {script.MODEL_SHA256}" in capsys.readouterr().out


def test_padding_hardly_moves_a_vector(script, weights):
    vectors = script.embed(script.export(weights))
    alone, padded = np.split(vectors, 2)
    assert vectors.shape == (2 * len(script.SENTENCES), DIMENSION)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.sum(alone * padded, axis=1).min() > 0.9


def test_other_weights_are_refused(script, tmp_path, capsys):
    other = tmp_path / "model.safetensors"
    other.write_bytes(b"not the published weights")
    out = tmp_path / "model.onnx"
    assert script.main(["--weights", str(other), "--out", str(out)]) == 1
    assert script.WEIGHTS_SHA256 in capsys.readouterr().err
    assert not out.exists()


def test_a_model_with_other_vectors_is_not_written(script, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(script, "cosines", lambda model: np.array([1.0, 0.98]))
    out = tmp_path / "model.onnx"
    assert script.accept(b"another model", out) == 1
    assert "not written" in capsys.readouterr().err
    assert not out.exists()
