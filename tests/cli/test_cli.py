"""The command line as a person and as a script use it."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from kb import errors
from kb.cli.app import app
from kb.config import Settings
from kb.domain import AddReport, Answer, Inquiry, Passage, Source
from kb.library import Library, making
from tests.conftest import REPOSITORY, SMALL_NOTES, Ran, write_notes

Kb = Callable[..., Ran]
QUESTION = "do long chains of thought hurt small models"


def every_command(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """All commands with their words, groups among them."""
    command = command or typer.main.get_command(app)
    yield " ".join(("kb", *path)), command
    for name, below in sorted(getattr(command, "commands", {}).items()):
        yield from every_command(below, (*path, name))


COMMANDS = dict(every_command())


# Help and documents


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_says_what_it_does(name: str, kb: Kb):
    """Who does not know a command could only try it."""
    command = COMMANDS[name]
    assert (command.help or "").strip().endswith("."), name
    for parameter in command.params:
        assert parameter.help, (name, parameter.name)
        assert parameter.help.endswith("."), (name, parameter.name)
    ran = kb(*name.split()[1:], "--help")
    assert ran.code == 0
    for option in (opt for parameter in command.params for opt in parameter.opts if opt.startswith("--")):
        assert option in ran.out


def test_every_command_and_option_is_documented():
    """The reference would leave out what the program can do."""
    path = REPOSITORY / "docs" / "cli.md"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    missing = []
    for name, command in COMMANDS.items():
        if not hasattr(command, "commands") and f"`{name}" not in text and f"\n{name} " not in text:
            missing.append(name)
        options = [opt for parameter in command.params for opt in parameter.opts if opt.startswith("--")]
        missing += [f"{name} {option}" for option in options if option not in text]
    missing += [f"kb.toml: {key}" for key in Settings.model_fields if key not in text]
    assert not missing, f"docs/cli.md does not name: {', '.join(missing)}"


def test_exit_codes_are_as_documented():
    """Scripts could not tell "try again" from "mend your input"."""
    documented = dict(re.findall(r"(\w+) +.*\((\d+)\)$", errors.__doc__ or "", re.MULTILINE))
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.KbError)]
    for error in classes:
        code = next((documented[c.__name__] for c in error.__mro__ if c.__name__ in documented), "1")
        assert error.exit_code == int(code), error
    assert len(documented) == 8


# Where the library is


def test_a_library_is_named_before_or_after_the_command(shared_root: Path, kb: Kb, tmp_path, monkeypatch):
    """Only one of the two orders would work, and the other would ask another library."""
    monkeypatch.chdir(tmp_path)
    expected = kb("--library", shared_root, "stats", "--json").json
    assert expected["library"] == str(shared_root)
    for arguments in (["stats", "--json", "--library", shared_root], [f"--library={shared_root}", "stats", "--json"],
                      ["stats", f"--library={shared_root}", "--json"]):  # fmt: skip
        assert kb(*arguments).json == expected
    assert kb("note", "list", "--library", shared_root).code == 0
    ran = kb("--library", shared_root, "ask", "--", "--library")
    assert "“--library”" in ran.out + ran.err or ran.code == 2


def test_a_library_is_found_by_variable_and_by_parent_folder(shared_root: Path, kb: Kb, tmp_path, monkeypatch):
    """A person in a subfolder would be given the library of someone else."""
    monkeypatch.chdir(shared_root / "notes")
    assert kb("stats", "--json").json["library"] == str(shared_root)
    other = Library.create(tmp_path / "other")
    monkeypatch.setenv("KB_LIBRARY", str(other))
    assert kb("stats", "--json").json["library"] == str(other)
    assert kb("--library", shared_root, "stats", "--json").json["library"] == str(shared_root)


def test_the_own_library_is_made_with_the_seed_notes(kb: Kb, tmp_path, monkeypatch):
    """The first question of a new user would be answered by an empty library."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(making, "seed_notes", lambda: write_notes(tmp_path / "seed"))
    ran = kb("ask", QUESTION, "--json")
    assert ran.code == 0
    assert ran.json["status"] == "answered"
    root = Path(os.environ["XDG_DATA_HOME"]) / "inquiring-kb"
    assert sorted(p.stem for p in (root / "notes").glob("*.md")) == sorted(SMALL_NOTES)
    assert (root / "notes" / "papers.jsonl").exists()
    (root / "notes" / "can-tuning-keep-steps.md").unlink()
    assert kb("stats", "--json").json["note"] == 4, "a note that was deleted came back"


def test_the_package_carries_seed_notes():
    """As above."""
    assert len(list(making.seed_notes().glob("*.md"))) > 10


def test_init_leaves_alone_what_is_there(kb: Kb, tmp_path: Path):
    """Doing it twice would overwrite settings and notes."""
    folder = tmp_path / "library"
    assert kb("init", folder).code == 0
    (folder / "kb.toml").write_text('vector_index = "scan"\n')
    write_notes(folder / "notes")
    assert kb("init", folder).code == 0
    assert (folder / "kb.toml").read_text() == 'vector_index = "scan"\n'
    assert kb("--library", folder, "add").code == 0


def test_init_where_it_cannot_be_is_one_line(kb: Kb, tmp_path: Path):
    """A traceback for a mistyped path."""
    (tmp_path / "file").write_text("")
    ran = kb("init", tmp_path / "file" / "library")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)


@pytest.mark.parametrize(
    ("toml", "code", "words"),
    [
        ('embeder = "minilm"\n', 2, "embeder"),
        ('embedder = "minlm"\n', 2, "there is no embedder 'minlm'"),
        ('embedder = "huggingface:some/model"\n', 6, "pip install llama-index-embeddings-huggingface"),
        ("embedder = 3\n", 2, "embedder"),
        ('vector_index = "best"\n', 2, "vector_index"),
        ("lock_timeout_seconds = -1\n", 2, "lock_timeout_seconds"),
        ('notes = "../elsewhere"\n', 2, "leads out of the library"),
        ('notes = "/etc"\n', 2, "leads out of the library"),
        ('notes = "a\\u0000b"\n', 2, "notes"),
        ("notes = \n", 2, "not valid TOML"),
        ("\udcff", 2, "not valid TOML"),
    ],
)
def test_settings_that_cannot_be_used_are_one_line(
    small_root: Path, kb: Kb, toml: str, code: int, words: str, monkeypatch
):
    """A typing error in kb.toml would be ignored, or end in a traceback."""
    monkeypatch.setitem(sys.modules, "llama_index.embeddings.huggingface", None)
    (small_root / "kb.toml").write_text(toml, errors="surrogateescape")
    ran = kb("--library", small_root, "stats")
    assert ran.code == code
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1
    assert re.search(r"[.)]\.? ([A-Z]|pip ).+\.$", ran.err.strip()), "no cure"


def test_what_does_not_exist_ends_with_3(shared_root: Path, kb: Kb, tmp_path: Path):
    """A script could not tell a missing note from a broken program."""
    for arguments in (
        ["--library", tmp_path, "stats"],
        ["--library", tmp_path / "nowhere", "ask", "x"],
        ["--library", shared_root, "note", "show", "nowhere"],
        ["--library", shared_root, "inquiry", "show", "nowhere"],
    ):
        ran = kb(*arguments)
        assert (ran.code, ran.out, len(ran.err.splitlines())) == (3, "", 1)


# JSON


def test_json_is_what_the_schema_says(small_root: Path, kb: Kb):
    """Programs that read the output would break without warning."""
    report = AddReport.model_validate_json(kb("--library", small_root, "add", "--json").out)
    assert len(report.added) == 5
    assert kb("--library", small_root, "doctor", "--json").json == []
    assert Answer.model_validate_json(kb("--library", small_root, "ask", QUESTION, "--json").out).sentences
    figures = kb("--library", small_root, "stats", "--json").json
    assert (figures["note"], figures["papers_known_by_title"], figures["claims"]) == (5, 2, 1)
    notes = kb("--library", small_root, "note", "list", "--json").json
    assert [note["id"] for note in notes] == [f"note:{slug}" for slug in sorted(SMALL_NOTES)]
    assert all(set(finding) == {"note", "line", "rule", "what", "file"} for finding in
               kb("--library", small_root, "note", "check", "--json").json)  # fmt: skip
    assert kb("schema").json["commands"]["ask"] == {"$ref": "#/$defs/Answer"}


def test_only_notes_are_checked_as_notes(small_root: Path, kb: Kb):
    """Broken: an id that was mistyped once is held against the notes for ever."""
    (small_root / "notes" / "torn.md").write_bytes(b"\0\0")
    assert kb("--library", small_root, "add", "2411.1538").code != 0
    found = kb("--library", small_root, "note", "check", "--json").json
    assert [finding["note"] for finding in found if finding["rule"] == "unreadable"] == ["torn.md"]


def test_a_note_as_json_has_passages_at_their_places(shared_root: Path, kb: Kb):
    """Offsets would point at other words than the passage's."""
    for slug, text in SMALL_NOTES.items():
        note = kb("--library", shared_root, "note", "show", slug, "--json").json
        assert note["text"] == text
        passages, papers = note.pop("passages"), note.pop("rests_on")
        assert all(f"arXiv:{paper['id']}" in note["references"] for paper in papers)
        Source.model_validate(note)
        assert passages
        for listed in passages:
            passage = Passage.model_validate({key: value for key, value in listed.items() if key != "id"})
            assert passage.id == listed["id"]
            assert text[passage.char_start : passage.char_end] == passage.text
            for start, end in passage.sentences:
                assert passage.char_start <= start < end <= passage.char_end
    assert kb("--library", shared_root, "note", "show", f"note:{slug}.md").out.rstrip() == text.rstrip()


@pytest.mark.parametrize(
    "question",
    [QUESTION, "does fine-tuning make reasoning unfaithful", "can tools help where text-only models fail",
     "what do strong teachers do to small students"],
)  # fmt: skip
def test_every_citation_stands_in_the_file(shared_root: Path, kb: Kb, question: str):
    """The heart of the product: a quote that is not there, or not where it is said to be."""
    answer = Answer.model_validate(kb("--library", shared_root, "ask", question, "--json").json)
    assert answer.sentences
    listed = {source.id for source in answer.sources}
    for sentence in answer.sentences:
        assert sentence.state == "quoted"
        assert sentence.citations
        for citation in sentence.citations:
            assert citation.source in listed
            slug = citation.source.removeprefix("note:")
            text = (shared_root / "notes" / f"{slug}.md").read_text(encoding="utf-8")
            assert text[citation.char_start : citation.char_end] == citation.quote
            passages = kb("--library", shared_root, "note", "show", slug, "--json").json["passages"]
            (passage,) = (p for p in passages if p["id"] == citation.passage)
            assert passage["char_start"] <= citation.char_start < citation.char_end <= passage["char_end"]


def test_the_same_question_gives_the_same_bytes(shared_root: Path, kb: Kb):
    """Nothing could be compared, cached or tested."""
    assert kb("--library", shared_root, "ask", QUESTION, "--json") == kb(
        "--library", shared_root, "ask", QUESTION, "--json"
    )


# Notes on disk


def test_an_edited_note_is_seen_by_the_next_question(small_root: Path, kb: Kb):
    """Answers would quote what the note no longer says."""
    assert "short optimum" in kb("--library", small_root, "ask", QUESTION, "--json").out
    path = small_root / "notes" / "does-length-hurt-small-models.md"
    path.write_text(
        SMALL_NOTES[path.stem].replace("a short optimum", "nineteen steps").replace("Do long", "Why do long")
    )
    answer = Answer.model_validate(kb("--library", small_root, "ask", QUESTION, "--json").json)
    quotes = [c for s in answer.sentences for c in s.citations if c.source == f"note:{path.stem}"]
    assert any("nineteen steps" in c.quote for c in quotes)
    assert not any("short optimum" in c.quote for c in quotes)
    text = path.read_text()
    assert all(text[c.char_start : c.char_end] == c.quote for c in quotes)


def test_a_deleted_note_is_gone(small_root: Path, kb: Kb):
    """Answers would cite a file that nobody can open."""
    kb("--library", small_root, "ask", QUESTION)
    (small_root / "notes" / "does-length-hurt-small-models.md").unlink()
    answer = kb("--library", small_root, "ask", QUESTION, "--json").json
    assert "note:does-length-hurt-small-models" not in [source["id"] for source in answer["sources"]]
    assert kb("--library", small_root, "note", "show", "does-length-hurt-small-models").code == 3
    said = kb("--library", small_root, "doctor").out
    assert "[[does-length-hurt-small-models]] leads nowhere" in said
    assert "have changed" not in said


def test_a_broken_link_is_told_by_file_and_line(small_root: Path, kb: Kb):
    """A person or an editor could not go to the link: of a note in a folder the slug is no path."""
    path = small_root / "notes" / "sub" / "Odd Name.md"
    path.parent.mkdir()
    path.write_text("# Odd\n\nSee [[nowhere-at-all]].\n", encoding="utf-8")
    kb("--library", small_root, "add")
    assert "sub/Odd Name.md line 3: link to" in kb("--library", small_root, "doctor").out
    assert "sub/Odd Name.md:3: links to [[nowhere-at-all]]" in kb("--library", small_root, "note", "check").out
    (trouble,) = kb("--library", small_root, "doctor", "--json").json
    findings = kb("--library", small_root, "note", "check", "--json").json
    broken = next(finding for finding in findings if finding["rule"] == "broken-link")
    assert all((row["file"], row["line"]) == ("sub/Odd Name.md", 3) for row in (trouble, broken))


def test_a_note_that_breaks_is_said_at_once_and_mends(small_root: Path, kb: Kb):
    """A note would vanish from answers without a word, or never come back."""
    path = small_root / "notes" / "do-tools-lift-the-limit.md"
    good = path.read_text()
    kb("--library", small_root, "add")
    path.write_text("---\ntitle: [\n---\n")
    ran = kb("--library", small_root, "ask", QUESTION)
    assert ran.code == 0
    assert "do-tools-lift-the-limit.md: line" in ran.err
    assert kb("--library", small_root, "add").code == 0, "an old failure is no failure of this run"
    assert "do-tools-lift-the-limit.md" in kb("--library", small_root, "doctor").out
    path.write_text(good)
    assert "kb: " not in kb("--library", small_root, "ask", QUESTION).err
    assert kb("--library", small_root, "doctor").code == 0


# Inquiries


def test_an_answer_is_kept_and_shown_again(small_root: Path, kb: Kb):
    """What was found would have to be asked for again."""
    assert "No inquiries are kept yet" in kb("--library", small_root, "inquiry", "list").out
    asked = kb("--library", small_root, "ask", QUESTION, "--save", "--json")
    inquiry_id = re.search(r"Kept as (\S+?)\.$", asked.err.strip())
    assert inquiry_id
    kb("--library", small_root, "ask", QUESTION.capitalize() + "?", "--save")
    (listed,) = kb("--library", small_root, "inquiry", "list", "--json").json
    assert listed["id"] == inquiry_id[1]
    shown = Inquiry.model_validate_json(kb("--library", small_root, "inquiry", "show", listed["id"][:12], "--json").out)
    assert shown.answer.sentences == Answer.model_validate_json(asked.out).sentences
    text = kb("--library", small_root, "inquiry", "show", listed["id"]).out
    assert text == kb("--library", small_root, "ask", QUESTION.capitalize() + "?").out
    assert kb("--library", small_root, "inquiry", "show", listed["id"], "--markdown").out.startswith("# Do long")


def test_a_new_library_says_what_to_do_with_it(tmp_path: Path, kb):
    """An empty library would be offered for questions, and a file that is no note would be counted as one."""
    assert (
        f"with 0 note files. Add notes, papers or documents: kb --library {tmp_path}/a add"
        in kb("init", tmp_path / "a").out
    )
    seeded = kb("init", tmp_path / "b", "--seed").out
    n_files = len(list((tmp_path / "b" / "notes").glob("*.md"))) - 1  # README.md tells of the others
    assert f"with {n_files} note files. Ask it something" in seeded


def test_note_files_are_all_that_notes_and_documents_among_them_come_from(seed_library: Library, kb):
    """`kb init`, `kb stats` and the README would give three numbers of notes."""
    figures = kb("--library", seed_library.root, "stats", "--json").json
    assert figures["note_files"] == len(seed_library.note_files()) == figures["note"] + figures["document"]


def test_lines_of_json_are_sent_to_the_snapshot_reader(small_root: Path, tmp_path: Path, kb: Kb):
    """A person with arXiv's metadata would be told to rename it, or to add it as a document."""
    (tmp_path / "sub.jsonl").write_text("{}\n", encoding="utf-8")
    ran = kb("--library", small_root, "add", tmp_path / "sub.jsonl")
    assert (ran.code, "`kb arxiv snapshot`" in ran.err) == (7, True)
