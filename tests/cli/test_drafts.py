"""`kb note draft`, `kb note accept` and `kb faithfulness` on the command line."""

from pathlib import Path

import pytest

from tests.conftest import know_papers
from tests.model_server import Asked, Block, Handler, ModelServer, claude

QUESTION = "why do small models lose faithfulness"


def test_a_note_is_drafted_and_accepted(kb, small_root: Path):
    """The way from a topic to a note of one's own would be broken."""
    know_papers(small_root)
    ran = kb("--library", small_root, "note", "draft", "--about", "faithfulness of small models", "--slug", "mine")
    assert ran.code == 0
    assert ran.out.startswith("Drafted note:mine: ")
    assert (
        "mine  What is known about faithfulness of small models?  (draft)"
        in kb("--library", small_root, "note", "list").out
    )
    assert kb("--library", small_root, "note", "accept", "mine", "--json").json == {"id": "note:mine", "findings": []}
    assert "status: draft" not in (small_root / "notes" / "mine.md").read_text(encoding="utf-8")


def test_a_drafts_claims_are_none_of_the_librarys_until_it_is_accepted(kb, small_root: Path):
    """Generated text would be listed, ranked, sent to other models and tested as if a person stated it."""
    know_papers(small_root)
    library = ("--library", small_root)

    def known() -> list[set[str]]:
        listed = {row["id"] for row in kb(*library, "claims", "list", "--json").json}
        stale = {row["status"]["id"] for row in kb(*library, "claims", "stale", "--json").json}
        prompt = kb(*library, "prompt", "faithfulness of small models", "--json").json
        return [listed, stale, {claim["claim"]["text"] for claim in prompt["claims"]}]

    before, counted = known(), kb(*library, "stats", "--json").json["claims"]
    drafted = kb(*library, "note", "draft", "--about", "faithfulness of small models", "--slug", "mine", "--json").json
    assert drafted["claims"]
    assert known() == before
    assert kb(*library, "stats", "--json").json["claims"] == counted
    assert kb(*library, "claims", "extract", "mine").code == 2
    kb(*library, "note", "accept", "mine")
    assert known()[0] > before[0]


def test_a_draft_can_go_elsewhere(kb, small_root: Path, tmp_path: Path):
    """A draft that is only to be looked at would land in the library, or on another file."""
    target = tmp_path / "draft.md"
    arguments = ("--library", small_root, "note", "draft", "--about", "faithfulness of small models", "-o", target)
    assert kb(*arguments).code == 0
    printed = kb(*arguments[:-1], "-")
    assert printed.out == target.read_text(encoding="utf-8")
    assert kb(*arguments).code == 2
    assert len(list((small_root / "notes").glob("*.md"))) == 5


def test_an_update_is_shown_before_it_is_made(kb, small_root: Path):
    """A note would be changed by looking."""
    path = small_root / "notes" / "does-tuning-loosen-steps.md"
    before = path.read_text(encoding="utf-8")
    shown = kb("--library", small_root, "note", "draft", "--update", "does-tuning-loosen-steps")
    assert shown.out.startswith("--- a/does-tuning-loosen-steps.md\n+++ b/")
    assert path.read_text(encoding="utf-8") == before
    made = kb("--library", small_root, "note", "draft", "--update", "does-tuning-loosen-steps", "--accept", "--json")
    assert made.json["accepted"]
    assert path.read_text(encoding="utf-8") == made.json["text"] != before


@pytest.mark.parametrize("arguments", [["--accept"], ["--update", "x", "--about", "y"], []])
def test_options_that_do_not_go_together_are_refused(kb, small_root: Path, arguments: list[str]):
    """A mistyped command would do something else than was meant."""
    assert kb("--library", small_root, "note", "draft", *arguments).code == 2


def test_faithfulness_of_a_question_and_of_an_inquiry(kb, small_root: Path):
    """A kept inquiry could not be tested, or its figures would not be what the API gives."""
    told = kb("--library", small_root, "faithfulness", QUESTION, "--limit", "2")
    assert told.code == 0
    assert "Evidence sensitivity 1.00" in told.out
    kb("--library", small_root, "ask", QUESTION, "--save")
    found = kb("--library", small_root, "faithfulness", "why-do-small", "--limit", "2", "--json").json
    assert found["question"] == QUESTION
    assert [t["change"] for t in found["sentences"][0]["trials"]] == ["removed", "paraphrased", "negated", "filler"]


def test_an_inquiry_by_another_writer_is_not_silently_tested_as_this_ones(kb, small_root: Path, models: ModelServer):
    """Figures of verbatim sentences would pass for those of the model that wrote the inquiry."""
    models.plays = [claude(Block("Tuning loosens steps.", ((0, 0, 1),)))]
    kb("--library", small_root, "ask", QUESTION, "--save", "--llm", "anthropic")
    told = kb("--library", small_root, "faithfulness", "why-do-small", "--limit", "1")
    assert "extractive was tested, while anthropic:" in told.err


@pytest.mark.parametrize(
    "command", [["--about", "faithfulness", "--slug", "mine"], ["--update", "can-tuning-keep-steps"]]
)
@pytest.mark.parametrize(
    ("play", "why"),
    [
        (claude(stop="refusal"), "The draft is incomplete: the model declined to answer"),
        (
            claude("Bananas rule the moon.", "\n", Block("Fine-tuning changes 87 %.", ((0, 0, 1),))),
            "passed the checks. Try",
        ),
    ],
)
def test_a_model_that_wrote_nothing_that_holds_makes_no_note(kb, small_root: Path, models, command, play, why):
    """A refusal would end in a traceback, or in a note without a sentence that anything bears out."""
    models.plays = [play]
    ran = kb("--library", small_root, "note", "draft", *command, "--llm", "anthropic")
    assert ran.code == 8
    assert "wrote nothing that passed the checks" in ran.err
    assert why in ran.err
    assert "--llm extractive" in ran.err
    assert len(list((small_root / "notes").glob("*.md"))) == 5


def test_a_draft_that_was_cut_is_kept_and_says_so(kb, small_root: Path, models: ModelServer):
    """Half a note would be accepted for a whole one, or a paid sentence be lost."""

    def half(handler: Handler, asked: Asked) -> None:
        text = str(asked.results[0]["content"][0]["text"])
        claude(Block(text, ((0, 0, 1),)), "\n", "Half a sen", cut=True)(handler, asked)

    models.plays = [half]
    arguments = ("note", "draft", "--about", "faithfulness", "--slug", "mine", "--llm", "anthropic", "--json")
    ran = kb("--library", small_root, *arguments)
    assert (ran.code, ran.json["incomplete"], len(ran.json["sentences"])) == (8, True, 1)
    assert "The draft is incomplete: anthropic:claude-sonnet-5-5 broke off" in ran.err
    assert "Half a sen" not in (small_root / "notes" / "mine.md").read_text(encoding="utf-8")


def test_a_model_is_not_called_before_a_person_agrees(kb, small_root: Path, models: ModelServer):
    """Money would be spent that nobody agreed to."""
    ran = kb("--library", small_root, "faithfulness", QUESTION, "--llm", "anthropic:claude-haiku-4-5")
    assert ran.code == 2
    assert "claude-haiku-4-5 will be called up to 49 times" in ran.err
    assert "for about $" in ran.err
    assert not models.requests


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["-o", "taken.md"], "taken.md cannot be written (File exists)"),
        (["-o", "nowhere/draft.md"], "nowhere/draft.md cannot be written (No such file or directory)"),
        (["--slug", "can-tuning-keep-steps.md"], "there is a note can-tuning-keep-steps already"),
        ([], "there is a note what-is-known-about-faithfulness already"),
    ],
)
def test_what_is_in_a_drafts_way_is_found_out_before_it_is_paid(
    kb, small_root: Path, models: ModelServer, tmp_path: Path, monkeypatch, options: list[str], why: str
):
    """A text that was paid for would be gone, because there was no place for it."""
    monkeypatch.chdir(tmp_path)
    Path("taken.md").write_text("mine", encoding="utf-8")
    draft = ("--library", small_root, "note", "draft", "--about", "faithfulness")
    assert kb(*draft).code == 0
    ran = kb(*draft, *options, "--llm", "anthropic")
    assert (ran.code, ran.out, models.requests) == (2, "", [])
    assert why in ran.err
    assert "is asked" not in ran.err
    assert Path("taken.md").read_text(encoding="utf-8") == "mine"


def test_a_draft_that_failed_leaves_no_file(kb, small_root: Path, models: ModelServer, tmp_path: Path):
    """Who tries again would be told that the file is there already."""
    models.plays = [claude(stop="refusal")]
    target = tmp_path / "draft.md"
    ran = kb("--library", small_root, "note", "draft", "--about", "faithfulness", "-o", target, "--llm", "anthropic")
    assert (ran.code, len(models.calls)) == (8, 1)
    assert not target.exists()
