"""One suite over every embedder, and what each refuses."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from kb.config import Settings
from kb.errors import BadInput, IndexMismatch, KbError, MissingExtra
from kb.ports import Embedder, Matrix
from kb.providers import minilm
from kb.providers.llama_index_embedder import LlamaIndexEmbedder
from kb.providers.minilm import MiniLmEmbedder
from kb.providers.remembering import RememberingEmbedder
from kb.wiring import make_embedder

MOCK = "llama_index.core.embeddings.MockEmbedding"
TEXTS = [
    "Small models write fluent chains of thought.",
    "Large models gain from longer chains.",
    "",
    "小模型 and 🧠 and \u202e",
    "word " * 3000,
    "x" * 5000,
]


@pytest.fixture(scope="module", params=["minilm", "minilm, one worker", "remembering", "llama-index"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    makers: dict[str, Callable[[], Embedder]] = {
        "minilm": MiniLmEmbedder,
        "minilm, one worker": lambda: MiniLmEmbedder(workers=1),
        "remembering": lambda: RememberingEmbedder(MiniLmEmbedder(), most=3),
        "llama-index": lambda: LlamaIndexEmbedder.from_name(MOCK, {"embed_dim": 8}),
    }
    return makers[request.param]()


def test_every_text_has_a_row_of_unit_length(embedder: Embedder):
    """A dot product would be no cosine, and rows would belong to other texts."""
    matrix = embedder.embed(TEXTS)
    assert matrix.shape == (len(TEXTS), embedder.dimension)
    assert matrix.dtype == np.float32
    assert np.linalg.norm(matrix, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_text_alone_decides_its_vector(embedder: Embedder):
    """The same note would be found or not depending on what was added beside it, and a re-run would differ."""
    together = embedder.embed(TEXTS)
    for i in (0, 1, 3, 4):
        assert np.array_equal(embedder.embed([TEXTS[i]])[0], together[i])
    assert np.array_equal(embedder.embed(TEXTS[::-1])[::-1], together)


def test_no_text_is_no_row(embedder: Embedder):
    """A library without notes would end in a traceback."""
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_who_waits_hears_of_every_text(embedder: Embedder):
    """The bar would stand still or run backwards."""
    heard: list[int] = []
    embedder.embed(TEXTS, heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == len(TEXTS)


def test_tokens_are_never_counted_too_low(embedder: Embedder):
    """Passages would be cut off in the middle without anybody knowing."""
    counts = [embedder.count_tokens("word " * n) for n in (0, 1, 10, 1000)]
    assert counts == sorted(counts)
    assert counts[0] >= 2
    assert counts[3] >= 1002
    assert embedder.window >= 128
    assert embedder.model_id


class Counting:
    """An embedder that hears which texts it is given."""

    model_id, dimension, window = "counting", 2, 128

    def __init__(self) -> None:
        self.given: list[str] = []

    def count_tokens(self, text: str) -> int:
        return len(text)

    def embed(self, texts: Sequence[str], on_done: Callable[[int], None] | None = None) -> Matrix:
        self.given += texts
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32).reshape(-1, 2)


def test_what_was_asked_for_last_is_remembered():
    """A question's sentences would be embedded again for the next one, or memory would grow without end."""
    counting = Counting()
    remembering = RememberingEmbedder(counting, most=2)
    assert remembering.embed(["a", "bb", "a"]).tolist() == [[1, 1], [2, 1], [1, 1]]
    assert remembering.embed(["a"]).tolist() == [[1, 1]]
    assert counting.given == ["a", "bb"]
    assert remembering.embed(["ccc", "a"]).tolist() == [[3, 1], [1, 1]]
    assert counting.given == ["a", "bb", "ccc"]
    remembering.embed(["bb"])
    assert counting.given == ["a", "bb", "ccc", "bb"]


def test_meaning_shows_in_the_vectors():
    """A model file that computes something else would pass for this one."""
    a, b, c = MiniLmEmbedder().embed(
        ["A cat sits on a mat.", "A kitten rests on a rug.", "Interest rates rose in May."]
    )
    assert a @ b > 0.5 > 0.2 > a @ c


def test_the_operation_that_is_slow_on_processors_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A text would take a third longer, and nothing else would tell."""
    make = onnxruntime.SessionOptions
    file = tmp_path / "optimised.onnx"

    def options() -> onnxruntime.SessionOptions:
        made = make()
        made.optimized_model_filepath = str(file)
        made.log_severity_level = 3
        return made

    monkeypatch.setattr(onnxruntime, "SessionOptions", options)
    MiniLmEmbedder().embed(["text"])
    assert b"SkipLayerNormalization" not in file.read_bytes()
    monkeypatch.setattr(minilm, "_SLOW_FUSIONS", [])
    MiniLmEmbedder().embed(["text"])
    assert b"SkipLayerNormalization" in file.read_bytes()


def test_text_beyond_the_window_does_not_count():
    """It would make a vector of its own kind for long texts, or an error."""
    long = MiniLmEmbedder().embed(["word " * 300, "word " * 3000])
    assert np.array_equal(long[0], long[1])


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the model's files, which the embedder reads instead of the package's."""
    source = Path(minilm.__file__).parent / "models"
    folder = tmp_path / "models"
    folder.mkdir()
    for name in (minilm.MODEL_FILE, "tokenizer.json"):
        (folder / name).write_bytes((source / name).read_bytes())
    monkeypatch.setattr(minilm, "files", lambda package: tmp_path)
    return folder


def test_the_copy_of_the_model_works(shipped: Path):
    """The tests below would pass for another reason."""
    assert MiniLmEmbedder().embed(["text"]).shape == (1, 384)


@pytest.mark.parametrize("name", [minilm.MODEL_FILE, "tokenizer.json"])
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "is damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\x00"), "is damaged"),
        (lambda path: path.write_bytes(b""), "is damaged"),
        (lambda path: path.unlink(), "is missing"),
    ],
    ids=["shorter", "one byte", "empty", "missing"],
)
def test_a_damaged_model_is_refused(shipped: Path, name: str, damage: Callable[[Path], object], words: str):
    """A torn or exchanged download would answer with nonsense, or run what somebody else put there."""
    damage(shipped / name)
    with pytest.raises(IndexMismatch, match=f"{name} {words}") as caught:
        MiniLmEmbedder().embed(["text"])
    assert caught.value.cure == "Install inquiring-kb again"


def test_a_processor_that_computes_wrongly_is_refused(monkeypatch: pytest.MonkeyPatch):
    """Vectors of one computer would be compared with others of another kind."""
    values = tuple(-value for value in minilm._PROBE_VALUES)
    monkeypatch.setattr(minilm, "_PROBE_VALUES", values)
    for texts in (["text"], ["two", "texts"]):
        with pytest.raises(IndexMismatch, match="computes the int8 embedding model wrongly") as caught:
            MiniLmEmbedder().embed(texts)
        assert "embedder" in caught.value.cure


@pytest.mark.parametrize(
    ("name", "options", "error", "words"),
    [
        ("", {}, BadInput, "there is no embedder ''"),
        ("minilm2", {}, BadInput, "there is no embedder 'minilm2'"),
        ("nobody:model", {}, BadInput, "there is no embedder"),
        ("huggingface:", {}, BadInput, "there is no embedder"),
        ("huggingface:BAAI/bge-small-en-v1.5", {}, MissingExtra, "pip install llama-index-embeddings-huggingface"),
        ("voyage:voyage-3", {}, MissingExtra, "pip install llama-index-embeddings-voyageai"),
        ("no.such.Embedding", {}, MissingExtra, "the package that has it"),
        (".x", {}, MissingExtra, "cannot be loaded"),
        ("llama_index.core.embeddings.Nope", {}, BadInput, "is no llama-index embedding"),
        (MOCK, {}, BadInput, "embed_dim"),
        (MOCK, {"embed_dim": "many"}, BadInput, "embed_dim"),
    ],
)
def test_an_embedder_that_cannot_be_had_is_one_line(name, options, error, words, monkeypatch):
    """A typing error in kb.toml would end in a traceback, or in the advice to install something else."""
    for module in ("huggingface", "voyageai"):
        monkeypatch.setitem(sys.modules, f"llama_index.embeddings.{module}", None)
    settings = Settings(embedder=name, embedder_options=options)
    with pytest.raises(error) as caught:
        make_embedder(settings)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.cure


@pytest.mark.parametrize(
    "name", ["os.system", "subprocess.getoutput", "builtins.exec", "pathlib.Path", "shutil.rmtree"]
)
def test_settings_cannot_call_what_they_like(name: str, tmp_path: Path):
    """Asking a question in a folder from the internet would run that folder's commands."""
    owned = tmp_path / "owned"
    options = {"os.system": "command", "subprocess.getoutput": "cmd", "shutil.rmtree": "path"}
    arguments = {options[name]: f"touch {owned}"} if name in options else {}
    with pytest.raises(BadInput, match="is no llama-index embedding"):
        LlamaIndexEmbedder.from_name(name, arguments)
    assert not owned.exists()


def test_llama_index_that_is_not_installed_is_one_line(monkeypatch: pytest.MonkeyPatch):
    """The package is optional, and who lacks it must be told its name."""
    for module in [name for name in sys.modules if name.split(".")[0] == "llama_index"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "llama_index", None)
    with pytest.raises(MissingExtra, match="llama-index-core"):
        LlamaIndexEmbedder.from_name(MOCK, {"embed_dim": 8})


def test_options_are_part_of_the_models_name():
    """Vectors of two settings would be mixed in one library."""
    names = {LlamaIndexEmbedder.from_name(MOCK, {"embed_dim": n}).model_id for n in (8, 9)}
    assert len(names) == 2
    again = LlamaIndexEmbedder.from_name(MOCK, {"embed_dim": 8}).model_id
    assert again in names


class Broken:
    """A service with a fault."""

    def __init__(self, answer: Callable[[list[str]], Any]) -> None:
        self.get_text_embedding_batch = answer


def _refuse(texts: list[str]) -> Any:
    raise ConnectionError("no route\nto host")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (_refuse, "ConnectionError: no route to host"),
        (lambda texts: [[1.0, 0.0]] * (len(texts) - 1), "a vector of numbers for each text"),
        (lambda texts: [[1.0, float("nan")]] * len(texts), "a vector of numbers for each text"),
        (lambda texts: [[1.0], [1.0, 0.0]], "ValueError"),
        (lambda texts: None, "TypeError|a vector of numbers"),
        (lambda texts: [], "a vector of numbers for each text"),
    ],
    ids=["refuses", "too few", "not a number", "ragged", "nothing", "empty"],
)
def test_a_service_that_fails_is_one_line(answer: Callable[[list[str]], Any], words: str):
    """Vectors would be missing or belong to other texts, or a vendor's traceback would be shown."""
    with pytest.raises(KbError, match=words) as caught:
        LlamaIndexEmbedder(Broken(answer), "broken").embed(["one", "two"])
    assert len(str(caught.value).splitlines()) == 1
