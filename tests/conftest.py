"""Fixtures for all tests: a clean environment, small libraries of the tests' own notes, and the real parts of one."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kb.cli.app import run
from kb.library import Library
from tests.arxiv_server import ArxivServer
from tests.model_server import KEY, ModelServer
from tests.papers import length, tuning

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared"
IS_FULL = bool(os.environ.get("KB_TEST_FULL"))
"""Whether tests of hostile weather try everything, which takes an hour or two, and not a few of each."""

SMALL_NOTES = {
    "does-tuning-loosen-steps": """\
---
title: Does tuning loosen the steps from the answer?
claim: "Fine-tuned language models let their stated steps decide the answer less often than before tuning."
summary: "Cutting a chain short changes fewer answers after fine-tuning. Small models are affected most in these tests."
kind: synthesis
date: 2026-10-02
topics: [cot-faithfulness, fine-tuning]
sources: [arXiv:2411.15382]
tensions: [can-tuning-keep-steps]
claims:
  - text: Fine-tuning lowers the faithfulness of chain-of-thought steps.
    as_of: 2024-11
    evidence: [arXiv:2411.15382]
    scope: {model: language models, method: fine-tuning}
---
Fine-tuning rewards the final answer, so the steps of a small model can drift away from what decides it. Early
answering, paraphrase and filler leave the answers of fine-tuned models unchanged more often. Work on
[[can-tuning-keep-steps|faithful training]] disputes that the loss is inevitable. Longer chains make the same
models [[does-length-hurt-small-models|lose their thread]] sooner.
""",
    "can-tuning-keep-steps": """\
---
title: Can tuning keep the steps honest?
claim: "A training reward for causal steps keeps chain-of-thought reasoning faithful in 7B models."
summary: "Models trained with a reward on their steps keep relying on them. Accuracy fell by 1.5% on GSM8K in exchange."
kind: synthesis
date: 2026-10-03
topics: [cot-faithfulness, training-rewards]
sources: [arXiv:2402.13950]
tensions: [does-tuning-loosen-steps]
---
Faithfulness can be trained for. A reward that pays only when a changed step changes the answer keeps 7B models honest,
which [[does-tuning-loosen-steps|plain fine-tuning]] does not. The price was 1.5% of accuracy on GSM8K.
""",
    "does-length-hurt-small-models": """\
---
title: Do long chains hurt small models?
claim: "Small language models lose accuracy when their chains of thought grow past a short optimum."
summary: "Accuracy rises and then falls with chain length. The optimum is shorter for small models than for large ones."
kind: synthesis
date: 2026-09-12
topics: [chain-length, small-models]
sources: [arXiv:2502.07266]
---
Every step of a chain can go wrong, and small models go wrong more often per step. Their accuracy therefore peaks early
and declines as the chain of thought grows, whereas large models gain for longer. The decline resembles what happens
when [[does-tuning-loosen-steps|steps stop deciding the answer]].
""",
    "do-strong-teachers-overwhelm": """\
---
title: Do strong teachers overwhelm small students?
claim: "Students of 3B and fewer parameters learn more from short traces than from those of the strongest teachers."
summary: "Small students trained on long teacher traces scored below those trained on shorter ones. Mixing both helped."
kind: synthesis
date: 2026-08-30
topics: [distillation, small-models]
sources: [arXiv:2502.12143]
---
Distillation copies a style before it copies a skill. A small student spends its capacity on the form of a long trace
and imitates the steps without following them, which also costs it [[does-tuning-loosen-steps|faithfulness]]. Shorter
traces or a blend of short and long ones closed part of the gap for 3B students.
""",
    "do-tools-lift-the-limit": """\
---
title: Do tools lift the limit on execution?
claim: "Language models that may call a calculator solve puzzles beyond the size at which text-only models fail."
summary: "Failure on long puzzles is often one of execution. A tool restores it, which speaks against a limit of reasoning."
kind: synthesis
date: 2026-07-01
topics: [tool-use, execution]
sources: [arXiv:2506.18957]
---
A model may know the algorithm and still be unable to carry out a thousand steps of it in text. Tool calls take over
the execution, and the collapse at high complexity moves outward. Chains of thought that grow without tools meet
[[does-length-hurt-small-models|the decline with length]] first.
""",
}
PAPERS = """\
{"id": "2411.15382", "title": "On the Impact of Fine-Tuning", "authors": ["A. Author"], "date": "2024-11", "categories": ["cs.CL"]}
{"id": "2502.07266", "title": "When More Is Less", "authors": ["B. Author"], "date": "2025-02-11", "categories": ["cs.AI"]}
"""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No setting of the person who runs the tests reaches them, and no test reaches that person's library."""
    for name in [name for name in os.environ if name.startswith("KB_")]:
        monkeypatch.delenv(name)
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path_factory.mktemp("user-data")))


def write_notes(folder: Path, notes: dict[str, str] = SMALL_NOTES) -> Path:
    """Write notes into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for slug, text in notes.items():
        (folder / f"{slug}.md").write_text(text, encoding="utf-8")
    (folder / "papers.jsonl").write_text(PAPERS, encoding="utf-8")
    return folder


def know_papers(root: Path) -> None:
    """Add the facts of the papers that `SMALL_NOTES` cite beyond `PAPERS`."""
    with (root / "notes" / "papers.jsonl").open("a", encoding="utf-8") as file:
        for arxiv_id, date in (("2402.13950", "2024-02"), ("2506.18957", "2025-06"), ("2502.12143", "2025-02")):
            file.write(json.dumps({"id": arxiv_id, "title": f"Paper {arxiv_id}", "date": date}) + "\n")


@pytest.fixture
def small_root(tmp_path: Path) -> Path:
    """Folder of a library with five notes that nothing has read yet."""
    root = Library.create(tmp_path / "library")
    write_notes(root / "notes")
    return root


@pytest.fixture(scope="session")
def shared_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a library with five notes, already read; tests must not change it."""
    root = Library.create(tmp_path_factory.mktemp("shared") / "library")
    write_notes(root / "notes")
    with Library.open(root) as library:
        library.refresh()
    return root


@pytest.fixture
def small_library(shared_root: Path) -> Iterator[Library]:
    """The library of `shared_root`, open."""
    with Library.open(shared_root) as library:
        yield library


@pytest.fixture(scope="session")
def seed_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The seed library, open and read; tests must not change it."""
    root = Library.create(tmp_path_factory.mktemp("seed") / "library", seed=True)
    with Library.open(root) as library:
        library.refresh()
        yield library


@pytest.fixture
def arxiv(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArxivServer]:
    """A server that plays arXiv and the web, with two papers: one with full text, one without."""
    with ArxivServer([tuning(), length()]) as server:
        monkeypatch.setenv("KB_TEST_SERVER", server.url)
        yield server


@dataclass(frozen=True)
class Ran:
    """What a command line did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, parsed."""
        return json.loads(self.out)


@pytest.fixture
def kb(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs command lines in this process, which takes a fraction of the time of a new one."""

    def run_kb(*arguments: object) -> Ran:
        capsys.readouterr()
        code = run(list(map(str, arguments)))
        return Ran(code, *capsys.readouterr())

    return run_kb


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """A server that plays Anthropic, Ollama and OpenAI-like servers, and an environment in which clients find it."""
    with ModelServer() as server:
        for name in [name for name in os.environ if name.startswith("ANTHROPIC_") or name.endswith("_proxy")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        yield server
