"""`kb schema`: what it says of every command is what the command prints."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from jsonschema import Draft202012Validator

from kb.cli.app import app
from kb.cli.schemas import PRINTED, schemas
from kb.domain import Source, SourceKind
from kb.library import Library
from kb.services import add
from tests.arxiv_server import ArxivServer
from tests.conftest import know_papers
from tests.papers import TUNING
from tests.services.test_snapshot_in import record, write

QUESTION = "why do small models lose faithfulness"
TUNING_NOTE = "does-tuning-loosen-steps"
LENGTH_NOTE = "does-length-hurt-small-models"
NEWER = Source(
    id="arxiv:2606.00001v1", kind=SourceKind.PAPER, title="Steps hold", date="2026-06-01",
    text="Tuning does not loosen the steps of small models from their answers any more.",
)  # fmt: skip
STATING = """\
---
title: Do rewards help?
date: 2025-03-01
---

A reward for causal steps raises the faithfulness of 7B models by 12% on GSM8K (arXiv:2502.07266).
"""
DECLARED = schemas()


def commands(group, before: str = "") -> Iterator[str]:
    """Every command that has --json, by its words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        elif any("--json" in parameter.opts for parameter in command.params):
            yield before + name


def validator(command: str) -> Draft202012Validator:
    return Draft202012Validator({**DECLARED["commands"][command], "$defs": DECLARED["$defs"]})


def hold(source: Source, root: Path) -> None:
    """Add a source with its text."""
    with Library.open(root) as library:
        library.refresh()
        add.add_sources([source], library.parts.catalog, library.parts.embedder)


@pytest.fixture
def checked(kb, small_root: Path):
    """Runs commands in one library; gives what is printed where it is what the schema says."""

    def run(command: str, *arguments: object, code: int = 0):
        ran = kb("--library", small_root, *command.split(), *arguments, "--json")
        assert ran.code == code, ran.err
        wrong = [f"{command}: {e.json_path}: {e.message}"[:300] for e in validator(command).iter_errors(ran.json)]
        assert not wrong
        return ran.json

    return run


def test_every_command_with_json_is_declared():
    """Programs could not learn what a command prints."""
    with_json = set(commands(typer.main.get_command(app)))
    assert with_json == {name.split(" --")[0] for name in PRINTED} - {"claims export"}


def test_the_schema_says_no_when_something_is_missing_or_more_than_declared():
    """A check that lets everything pass would hide that the schema is out of date."""
    row = {"id": "a", "asked_at": "2026-01-01T00:00:00Z", "question": "Why?"}
    assert validator("inquiry list").is_valid([row])
    assert not validator("inquiry list").is_valid([{**row, "more": 1}])
    assert not validator("inquiry list").is_valid([{"id": "a"}])
    assert json.loads(json.dumps(DECLARED)) == DECLARED


def test_what_is_said_of_answers_and_notes(checked, small_root: Path):
    """Broken: one of these commands prints what no schema tells of."""
    know_papers(small_root)
    checked("ask", QUESTION, "--save")
    kept = checked("inquiry list")
    checked("inquiry show", kept[0]["id"])
    checked("verify", small_root / "notes" / f"{TUNING_NOTE}.md")
    checked("note list")
    checked("note show", TUNING_NOTE)
    assert checked("note draft", "--about", "faithfulness of small models", "--slug", "mine")["claims"]
    checked("note draft --update", TUNING_NOTE)
    checked("note accept", "mine")
    checked("note check", code=1)
    checked("faithfulness", QUESTION, "--limit", "1")
    assert checked("stats")["note"] == 6


def test_what_is_said_of_claims_and_prompts(checked, kb, small_root: Path, tmp_path: Path):
    """Broken: one of these commands prints what no schema tells of."""
    know_papers(small_root)
    (small_root / "notes" / "do-rewards-help.md").write_text(STATING)
    hold(NEWER, small_root)
    claim = checked("claims list")[0]["id"]
    checked("claims record", claim, "--verdict", "holds", "--against", "arXiv:2502.07266", "--reason", "as before")
    assert checked("claims show", claim)["status"]["history"]
    checked("claims stale")
    checked("claims scale")
    assert checked("claims extract", "--all")
    (tmp_path / "ledger.jsonl").write_text(kb("--library", small_root, "claims", "export").out)
    events = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    assert all(validator("claims export").is_valid(event) for event in events)
    assert checked("claims import", tmp_path / "ledger.jsonl") == {"new": 0}
    found = checked("retest", claim)
    candidate = found[0]["candidates"][0]["id"]
    checked("retest --accept", candidate, claim, "--verdict", "weakened", "--reason", "less")
    made = checked("prompt", QUESTION)
    checked("prompt --list")
    (tmp_path / "answer.md").write_text(f"Prompt {made['id']}. [C1] HOLDS arXiv:2502.07266 says so.\n")
    checked("import", tmp_path / "answer.md", "--prompt", made["id"])
    checked("import --list")


def test_what_is_said_of_sources_and_the_graph(checked, arxiv: ArxivServer, kb, small_root: Path, tmp_path: Path):
    """Broken: one of these commands prints what no schema tells of."""
    assert checked("add", TUNING)["added"]
    assert checked("source list")
    checked("source show", TUNING)
    checked("source remove", TUNING)
    assert checked("arxiv search", "tuning")
    assert kb("--library", small_root, "arxiv", "follow", "tuning").code == 0
    checked("arxiv following")
    checked("arxiv update")
    checked("arxiv snapshot", write(tmp_path / "s.gz", [record(n) for n in range(1, 4)]))
    checked("graph show", TUNING_NOTE)
    checked("graph path", TUNING_NOTE, LENGTH_NOTE)
    checked("graph clusters")
    checked("graph suggest")
    checked("graph relate")
    (small_root / "notes" / "torn.md").write_text("---\n: : :\n")
    assert checked("doctor", code=1)


def test_what_is_said_of_measurements(checked, tmp_path: Path):
    """Broken: one of these commands prints what no schema tells of."""
    labelled = [
        {"question": QUESTION, "expected": [TUNING_NOTE], "answerable": True},
        {"question": "which coral reefs bleach", "expected": [], "answerable": False},
    ]
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, labelled)))
    assert checked("eval answers", tmp_path / "questions.jsonl")["questions"] == 2
    folder = tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(
        '{"_id": "1", "title": "Reefs", "text": "Coral reefs bleach in warm water."}\n'
    )
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "which coral reefs bleach"}\n')
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\t1\t1\n")
    assert checked("eval retrieval", folder)
