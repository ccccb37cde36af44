"""What the command line says of vectors of another model, and of an index or a catalog that does not fit."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from kb.stores.catalog import SqliteCatalog
from tests.conftest import Ran

Kb = Callable[..., Ran]
QUESTION = "do long chains of thought hurt small models"
MOCK = """\
embedder = "llama_index.core.embeddings.MockEmbedding"
[embedder_options]
embed_dim = 8
"""


def test_another_embedder_is_refused_until_the_library_is_rebuilt(small_root: Path, kb: Kb):
    """Vectors of two models would be compared, and every answer be nonsense."""
    kb("--library", small_root, "add")
    (small_root / "kb.toml").write_text(MOCK)
    for command in (["ask", QUESTION], ["add"], ["stats"], ["note", "list"]):
        ran = kb("--library", small_root, *command)
        assert ran.code == 5, command
        assert "`kb rebuild`" in ran.err
        assert len(ran.err.splitlines()) == 1
    assert "`kb rebuild`" in kb("--library", small_root, "doctor").out
    ran = kb("--library", small_root, "rebuild")
    assert ran.code == 0
    assert int(re.search(r"(\d+) texts embedded", ran.out)[1]) >= 15
    assert kb("--library", small_root, "doctor").out == "All is well.\n"
    assert kb("--library", small_root, "ask", QUESTION).code == 0
    assert kb("--library", small_root, "stats", "--json").json["embedder"].endswith("/8")
    (small_root / "kb.toml").write_text("")
    assert kb("--library", small_root, "ask", QUESTION).code == 5
    assert kb("--library", small_root, "rebuild").out == "Index and graph rebuilt; 0 texts embedded.\n"
    assert kb("--library", small_root, "ask", QUESTION, "--json").json["status"] == "answered"


def test_an_index_by_another_model_is_refused(small_root: Path, kb: Kb):
    """Chroma would find neighbours in a space of another meaning."""
    (small_root / "kb.toml").write_text('vector_index = "chroma"\n')
    kb("--library", small_root, "add")
    expected = kb("--library", small_root, "ask", QUESTION, "--json").out
    state_file = small_root / ".kb" / "chroma" / "state.json"
    state_file.write_text(json.dumps(json.loads(state_file.read_text()) | {"model_id": "another-model"}))
    ran = kb("--library", small_root, "doctor")
    assert ran.code == 1
    assert "made with another-model" in ran.out
    assert "another-model" in kb("--library", small_root, "ask", QUESTION).err
    assert kb("--library", small_root, "rebuild").code == 0
    assert kb("--library", small_root, "doctor").code == 0
    assert kb("--library", small_root, "ask", QUESTION, "--json").out == expected


def test_a_catalog_from_the_future_is_refused(small_root: Path, kb: Kb):
    """An older program would overwrite what it does not understand."""
    kb("--library", small_root, "add")
    catalog = SqliteCatalog(small_root / ".kb" / "catalog.sqlite3", "x", 1)
    catalog._db.execute("PRAGMA user_version = 999")
    catalog.close()
    before = (small_root / ".kb" / "catalog.sqlite3").read_bytes()
    ran = kb("--library", small_root, "ask", QUESTION)
    assert (ran.code, len(ran.err.splitlines())) == (5, 1)
    assert "Install a newer inquiring-kb" in ran.err
    assert (small_root / ".kb" / "catalog.sqlite3").read_bytes() == before


def test_a_deleted_or_torn_index_is_made_again_by_the_next_question(small_root: Path, kb: Kb):
    """A deleted folder would end the conversation, or leave every later answer to the slow way."""
    expected = kb("--library", small_root, "ask", QUESTION, "--json").out
    for settings in ("", 'vector_index = "chroma"\n'):
        (small_root / "kb.toml").write_text(settings)
        subprocess.run(["rm", "-r", str(small_root / ".kb" / "chroma")], check=True)
        (small_root / ".kb" / "graph.json").write_text("{torn")
        ran = kb("--library", small_root, "ask", QUESTION, "--json")
        assert (ran.code, ran.out) == (0, expected)
        assert kb("--library", small_root, "doctor").code == 0


def test_without_a_usable_index_answers_keep_coming(small_root: Path, kb: Kb):
    """An index that cannot be made, on a full disk say, would end the conversation."""
    expected = kb("--library", small_root, "ask", QUESTION, "--json").out
    (small_root / "kb.toml").write_text('vector_index = "chroma"\n')
    subprocess.run(["rm", "-r", str(small_root / ".kb" / "chroma")], check=True)
    (small_root / ".kb" / "chroma").write_text("a file where the index's folder would be")
    ran = kb("--library", small_root, "ask", QUESTION, "--json")
    assert (ran.code, ran.out) == (0, expected)
    assert "could not be brought up to date" in ran.err
