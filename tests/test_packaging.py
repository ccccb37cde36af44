"""The package as it is installed: names, templates, imports."""

import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import prompts
from tests.conftest import REPOSITORY


@pytest.mark.parametrize("name", ["kb", "ingest", "graph", "prompts"])
def test_no_other_distribution_claims_our_import_names(name: str):
    """Another package would be imported in place of ours, or ours in place of it."""
    claimed = set(packages_distributions().get(name, ["inquiring-kb"]))
    assert claimed == {"inquiring-kb"}


@pytest.mark.parametrize("path", sorted((REPOSITORY / "prompts").glob("*.md")), ids=lambda path: path.stem)
def test_every_template_keeps_to_its_form(path: Path):
    """A field would be printed in braces, or a part be missing when it is needed."""
    template = prompts.load(path.stem)
    assert template.purpose
    assert template.version >= 1
    assert template.parts


def test_a_missing_field_is_an_error():
    """A sentence with a hole in it would be shown."""
    with pytest.raises(KeyError):
        prompts.load("answer").fill("reading", themes="x")


def test_importing_kb_is_light():
    """`kb --help` and every program that imports kb would wait for numpy and Chroma."""
    code = "import sys, kb; print(sorted({m.split('.')[0] for m in sys.modules} & set(sys.argv[1:])))"
    heavy = ["numpy", "chromadb", "onnxruntime", "pydantic", "networkx", "llama_index", "rich"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_constraints_name_no_host():
    """The pinned versions would only install from one registry."""
    text = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--" not in text
