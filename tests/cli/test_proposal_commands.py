"""`kb claims extract --llm` and `kb graph relate` as a person or a script sees them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.library import Library
from tests.conftest import Ran
from tests.model_server import KEY, ModelServer, claude, ollama, status
from tests.proposed import propose

Kb = Callable[..., Ran]
KEEP, LOOSEN = "can-tuning-keep-steps", "does-tuning-loosen-steps"
NOTE = """\
---
title: What does a reward on steps cost?
claim: A reward on steps costs accuracy.
summary: "A price was measured once."
date: 2026-10-05
sources: [arXiv:2502.07266]
---
A reward on steps keeps 7B models honest at a price of 1.5% of accuracy on GSM8K (arXiv:2502.07266).
"""
SAID = '7B models stay honest with a reward on steps at a price of 1.5% of accuracy on GSM8K. [1] "keeps 7B models honest at a price"'
RELATED = (
    "A challenges B: a training reward for causal steps keeps reasoning faithful in 7B models. "
    '[1] "A training reward for causal steps keeps" [{b}] "let their stated steps decide the answer less often"'
)


@pytest.fixture
def root(small_root: Path, models: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library with one more note, and an environment in which a small local model answers."""
    (small_root / "notes" / "what-does-a-reward-cost.md").write_text(NOTE, encoding="utf-8")
    monkeypatch.setenv("KB_LLM_OPTIONS", json.dumps({"base_url": models.url}))
    return small_root


def relating(handler, asked) -> None:
    task = asked.body["messages"][1]["content"]
    b = task.rsplit("those from [", 1)[1].split("]")[0]
    is_pair = "A training reward for causal steps" in task and "steps decide the answer less often" in task
    ollama(RELATED.replace("{b}", b) if is_pair else "NONE")(handler, asked)


def test_nothing_is_called_before_a_person_agrees_to_what_it_takes(kb: Kb, root: Path, models: ModelServer):
    """A person would pay without having been told."""
    for command in (["claims", "extract", "--all"], ["graph", "relate"]):
        ran = kb("--library", root, *command, "--llm", "ollama:small")
        assert ran.code == 2
        assert "ollama:small will be called up to" in ran.err
        assert "tokens of evidence, which costs nothing. Go on with --yes" in ran.err
    assert models.calls == []


def test_the_price_is_told_where_it_is_known(kb: Kb, root: Path, models: ModelServer, monkeypatch):
    """A person would agree to a run without knowing what it costs."""
    monkeypatch.delenv("KB_LLM_OPTIONS")
    models.plays = [claude("NONE")]
    ran = kb("--library", root, "claims", "extract", "--all", "--llm", "anthropic")
    assert ", for about $0.0" in ran.err
    ran = kb("--library", root, "graph", "relate", "--llm", "anthropic", "--limit", "1", "--yes", "--json")
    assert (ran.code, ran.json["n_asked"], ran.json["relations"]) == (0, 1, [])
    assert KEY not in ran.out + ran.err


def test_a_claim_of_a_model_is_listed_accepted_by_its_id_and_never_asked_for_again(kb: Kb, root: Path, models):
    """A model's claim could not be told from a rule's, or could be accepted only by asking the model anew."""
    models.plays = [ollama(f'{SAID}\nModels never lose accuracy on GSM8K at all. [1] "words of nobody in particular"')]
    ran = kb("--library", root, "claims", "extract", "what-does-a-reward-cost", "--llm", "ollama:small", "--yes")
    assert ran.code == 0
    assert "proposals that hold: 1, dropped: 1" in ran.err
    assert "dropped 1: quotes words that stand in no passage" in ran.err
    assert "proposed by ollama:small on 20" in ran.out
    listed = kb("--library", root, "claims", "extract", "what-does-a-reward-cost", "--json").json
    assert [(row["model"], row["claim"]["as_of"], row["claim"]["evidence"]) for row in listed] == [
        ("ollama:small", "2025-02", ["arXiv:2502.07266"])
    ]
    n_calls = len(models.calls)
    again = kb("--library", root, "claims", "extract", "what-does-a-reward-cost", "--llm", "ollama:small", "--yes")
    assert "was asked about all of this before" in again.err
    taken = kb(
        "--library", root, "claims", "extract", "what-does-a-reward-cost", "--accept", listed[0]["id"],
        "--llm", "ollama:small", "--by", "Ann",
    )  # fmt: skip
    assert (taken.code, len(models.calls)) == (0, n_calls)
    shown = kb("--library", root, "claims", "show", listed[0]["id"]).out
    assert "by Ann (manual, brought by ollama:small)" in " ".join(shown.split())
    assert "keeps 7B models honest at a price" in shown


def test_a_relation_is_listed_shown_accepted_or_rejected(kb: Kb, root: Path, models: ModelServer):
    """A person could not decide on what a model proposes, or see in the graph that it is a proposal."""
    models.plays = [relating]
    ran = kb("--library", root, "graph", "relate", KEEP, "--llm", "ollama:small", "--yes")
    assert ran.code == 0, ran.err
    for words in (
        "challenges Does tuning loosen",
        "> “A training reward",
        "proposed by ollama:small on 20",
        "--accept ID",
    ):
        assert words in ran.out
    listed = kb("--library", root, "graph", "relate", "--json").json
    (relation,) = listed["relations"]
    assert (relation["source"], relation["kind"], listed["n_asked"]) == (f"note:{KEEP}", "challenges", 0)
    shown = kb("--library", root, "graph", "show", KEEP).out
    assert "Proposed by a model, accepted by nobody" in shown
    assert "(proposed by ollama:small on " in kb("--library", root, "graph", "path", KEEP, LOOSEN).out
    assert "proposed: challenges" in kb("--library", root, "graph", "export", "--format", "dot").out
    assert kb("--library", root, "graph", "relate", "--reject", "0000").code == 2
    taken = kb("--library", root, "graph", "relate", "--accept", relation["id"])
    assert "is written at the end of" in taken.err
    assert f"- Challenges [[{LOOSEN}]]: a training reward" in (root / "notes" / f"{KEEP}.md").read_text(
        encoding="utf-8"
    )
    assert kb("--library", root, "graph", "relate", "--json").json["relations"] == []
    assert kb("--library", root, "graph", "relate", "--reject", relation["id"]).code == 2


def test_dropped_relations_are_counted_for_scripts(kb: Kb, root: Path, models: ModelServer):
    """A script could not tell a model that finds nothing from one that makes things up."""
    models.plays = [ollama('A rebuts B: everything in it is wrong somehow. [1] "words that nobody ever wrote"')]
    ran = kb("--library", root, "graph", "relate", "--llm", "ollama:small", "--limit", "2", "--yes", "--json")
    assert (ran.json["n_asked"], ran.json["n_kept"], ran.json["relations"]) == (2, 0, [])
    assert ran.json["dropped"] == {"quotes words that stand in no passage": 2}


@pytest.mark.parametrize("command", [["claims", "extract", LOOSEN], ["graph", "relate"]])
@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("anthropic", 2, "Set ANTHROPIC_API_KEY"),
        ("ollama:small", 8, "500: not now"),
        ("nonsense", 2, "no language model"),
    ],
)
def test_what_does_not_answer_is_one_line_that_says_what_works_without(
    kb: Kb, root: Path, models: ModelServer, monkeypatch, command, name, code, words
):
    """A person would see a traceback, and not know that claims and links are proposed without a model."""
    if name == "anthropic":
        monkeypatch.delenv("ANTHROPIC_API_KEY")
        monkeypatch.delenv("KB_LLM_OPTIONS")
    models.plays = [status(500)]
    kb("--library", root, "note", "list")
    ran = kb("--library", root, *command, "--llm", name, "--yes")
    assert ran.code == code
    last = ran.err.strip().split("\n")[-1]
    assert words in last
    assert "rules propose claims and links" in last or name == "nonsense"
    assert "Traceback" not in ran.err
    assert KEY not in ran.err


def test_without_a_model_rules_propose_and_relations_are_only_listed(kb: Kb, root: Path, models: ModelServer):
    """The commands would need a key, or call a model that nobody named."""
    assert kb("--library", root, "claims", "extract", "--all").code == 0
    ran = kb("--library", root, "graph", "relate")
    assert ran.code == 0
    assert "without one, `kb graph suggest` finds links" in ran.out
    assert models.requests == []


def test_a_relation_that_stands_no_more_or_was_decided_says_so(kb: Kb, small_root: Path):
    """A person would read "no such id" of a relation that was listed a minute ago, or write words that rest on nothing."""
    with Library.open(small_root) as library:
        relation = propose(library)
    path = small_root / "notes" / f"{KEEP}.md"
    text = path.read_text(encoding="utf-8")
    for change in (
        lambda: path.write_text(text.replace("for causal steps", "for steps"), encoding="utf-8"),
        path.unlink,
    ):
        change()
        ran = kb("--library", small_root, "graph", "relate", "--accept", relation.id)
        assert (ran.code, "no longer stands" in ran.err, "kb graph relate NODE --llm NAME" in ran.err) == (
            2,
            True,
            True,
        )
        assert kb("--library", small_root, "graph", "relate", "--json").json["relations"] == []
    edited = f"{text}\nEdited by hand.\n"
    path.write_text(edited, encoding="utf-8")
    taken = kb("--library", small_root, "graph", "relate", "--accept", relation.id)
    assert (taken.code, path.read_text(encoding="utf-8").startswith(edited)) == (0, True)
    for option in ("--accept", "--reject"):
        again = kb("--library", small_root, "graph", "relate", option, relation.id)
        assert (again.code, "was accepted already" in again.err) == (2, True)
