"""Adding and rebuilding: nothing twice, nothing embedded again."""

from pathlib import Path

from kb.identity import content_hash
from kb.library import Library
from tests.conftest import SMALL_NOTES


def count_embeddings(library: Library, monkeypatch) -> list[str]:
    embedded: list[str] = []
    embed = library.parts.embedder.embed

    def counted(texts, on_done=None):
        embedded.extend(texts)
        return embed(texts, on_done)

    monkeypatch.setattr(library.parts.embedder, "embed", counted)
    return embedded


def test_adding_again_changes_and_embeds_nothing(small_root: Path):
    """Every start would cost as much as the first."""
    with Library.open(small_root) as library:
        first = library.add([])
        assert len(first.added) == len(SMALL_NOTES)
        assert first.n_embedded > 0
        again = library.add([])
    assert (again.added, again.updated, again.removed, again.failed) == ((), (), (), ())
    assert again.unchanged == len(SMALL_NOTES)
    assert again.n_embedded == 0


def test_rebuilding_embeds_no_passage(small_root: Path, monkeypatch):
    """A torn index would cost hours of embedding, or money."""
    with Library.open(small_root) as library:
        library.refresh()
        before = library.ask("why do small models lose faithfulness")
        embedded = count_embeddings(library, monkeypatch)
        report = library.rebuild()
        texts = {p.text for note in library.notes() for p in library.passages(note.id)}
        assert report.n_embedded == 0
        assert not [text for text in embedded if any(text.endswith(t) for t in texts)]
        assert library.ask("why do small models lose faithfulness") == before


def test_a_text_that_comes_back_is_not_embedded_again(small_root: Path):
    """Undoing an edit would cost another embedding."""
    path = small_root / "notes" / "do-tools-lift-the-limit.md"
    text = path.read_text(encoding="utf-8")
    with Library.open(small_root) as library:
        library.refresh()
        path.write_text(text.replace("calculator", "computer"), encoding="utf-8")
        assert library.refresh().n_embedded > 0
        path.write_text(text, encoding="utf-8")
        back = library.refresh()
    assert back.updated == ("note:do-tools-lift-the-limit",)
    assert back.n_embedded == 0


def test_a_renamed_note_is_another_note(small_root: Path):
    """The old slug would go on being cited."""
    with Library.open(small_root) as library:
        library.refresh()
        path = small_root / "notes" / "do-tools-lift-the-limit.md"
        path.rename(path.with_name("tools.md"))
        report = library.refresh()
        assert report.added == ("note:tools",)
        assert report.removed == ("note:do-tools-lift-the-limit",)


def test_a_note_moved_into_a_folder_stays_the_same_note(small_root: Path):
    """Tidying up a vault would lose the history of its notes."""
    with Library.open(small_root) as library:
        library.refresh()
        path = small_root / "notes" / "do-tools-lift-the-limit.md"
        (path.parent / "tools").mkdir()
        path.rename(path.parent / "tools" / path.name)
        report = library.refresh()
        assert report.updated == ("note:do-tools-lift-the-limit",)
        assert (report.added, report.removed, report.n_embedded) == ((), (), 0)
        assert library.note("do-tools-lift-the-limit").origin == "tools/do-tools-lift-the-limit.md"


def test_going_to_another_embedder_and_back_loses_nothing(small_root: Path):
    """Passages cut for one model would be left without vectors of the other, and never be found."""
    config = small_root / "kb.toml"
    other = 'embedder = "llama_index.core.embeddings.MockEmbedding"\n[embedder_options]\nembed_dim = 8\n'
    for settings in ("", other, ""):
        config.write_text(settings, encoding="utf-8")
        with Library.open(small_root) as library:
            library.rebuild()
            assert len(library.parts.catalog.passage_keys()) == library.parts.catalog.count("passages")
            assert library.problems() == []


def test_asking_finishes_what_was_cut_short_after_the_notes(small_root: Path):
    """A first question that was killed before the index was made would leave every later one slow and Chroma empty."""
    with Library.open(small_root) as library:
        library.refresh()
        (library.parts.graph_file).unlink()
        library.parts.catalog.set_setting("floor", "0:0.3")
        library.parts.chroma.close()
        (small_root / ".kb" / "chroma" / "state.json").unlink()
    with Library.open(small_root) as library:
        library.ask("why do small models lose faithfulness")
        assert library.parts.absence.is_calibrated()
        assert library.parts.chroma.is_current()
        assert library.parts.graph_file.is_file()


def test_another_answer_to_a_kept_question_is_kept_beside_it(small_root: Path):
    """Asking again after the notes changed would overwrite what was found before."""
    question = "do strong teachers overwhelm small students"
    with Library.open(small_root) as library:
        first = library.save(library.ask(question))
        assert library.save(library.ask(question + "?")).id == first.id
        (small_root / "notes" / "do-strong-teachers-overwhelm.md").unlink()
        second = library.save(library.ask(question))
        assert second.id != first.id
        assert len(library.inquiries()) == 2


def test_records_of_a_newer_version_are_read_as_far_as_they_are_known(small_root: Path):
    """One inquiry with a field more would make all of them unreadable."""
    with Library.open(small_root) as library:
        inquiry = library.save(library.ask("do tools lift the limit"))
        record = inquiry.model_dump_json().replace('{"id"', '{"added_later": 1, "id"', 1)
        with library.parts.catalog.writing():
            library.parts.catalog._db.execute("UPDATE inquiries SET record = ?", (record,))
        assert library.inquiries() == [inquiry]


HASH = content_hash("plan.md")[:8]


def write(root: Path, notes: dict[str, str]) -> None:
    for name, text in notes.items():
        path = root / "notes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_notes_of_one_name_in_several_folders_are_all_kept(tmp_path: Path):
    """All but one would be refused, and links to them be broken."""
    root = Library.create(tmp_path / "library")
    write(root, {
        "b/plan.md": "# B\n\nSee [[plan]] and [[a/plan]] and [[../plan]].\n",
        "a/plan.md": "# A\n\nSee [the other](../b/plan.md).\n",
        "a/deep/plan.md": "# Deep\n\nSee [[plan]].\n",
        "a/deep/more.md": "# More\n\nSee [[plan]].\n",
        "plan.md": "# Top\n\nWords.\n",
        "other.md": "# Other\n\nSee [[plan]] and [[deep/plan]].\n",
    })  # fmt: skip
    with Library.open(root) as library:
        assert library.refresh().failed == ()
        origins = {note.id: note.origin for note in library.notes()}
        assert origins == {
            "note:plan": "plan.md", "note:a-plan": "a/plan.md", "note:b-plan": "b/plan.md",
            "note:deep-plan": "a/deep/plan.md", "note:more": "a/deep/more.md", "note:other": "other.md",
        }  # fmt: skip
        links = {(e.source.split(":")[1], e.target.split(":")[1]) for e in library.parts.catalog.edges()}
        assert links == {
            ("b-plan", "a-plan"), ("b-plan", "plan"), ("a-plan", "b-plan"), ("more", "deep-plan"),
            ("other", "plan"), ("other", "deep-plan"),
        }  # fmt: skip
        assert library.parts.catalog.unresolved() == []


def test_a_slug_stays_with_its_file(tmp_path: Path):
    """What cites a note would cite another one after a file was added or edited."""
    root = Library.create(tmp_path / "library")
    write(root, {"b/plan.md": "# B\n\nWords.\n"})
    with Library.open(root) as library:
        library.refresh()
        write(root, {"plan.md": "# Top\n\nWords.\n", "b/plan.md": "# B\n\nOther words.\n"})
        library.refresh()
        assert {n.id: n.origin for n in library.notes()} == {"note:plan": "b/plan.md", "note:plan-" + HASH: "plan.md"}
        (root / "notes" / "b" / "plan.md").unlink()
        write(root, {"plan.md": "# Top\n\nAgain other words.\n"})
        library.refresh()
        assert {n.id: n.origin for n in library.notes()} == {"note:plan-" + HASH: "plan.md"}


def test_a_note_can_be_linked_by_what_dendron_calls_it(tmp_path: Path):
    """A vault that was written with Dendron would have no links."""
    root = Library.create(tmp_path / "library")
    write(root, {
        "a.b.md": "# AB\n\nSee [[the words|dendron://vault/c.d#part]] and [[nothing|x.y]].\n",
        "c.d.md": "# CD\n\nWords.\n",
    })  # fmt: skip
    with Library.open(root) as library:
        library.refresh()
        assert [(e.source, e.target) for e in library.parts.catalog.edges()] == [("note:a-b", "note:c-d")]
        assert library.parts.catalog.unresolved() == [("note:a-b", "nothing", 3)]


FLAWED = """---
title: Is the model calibrated?
date: 21/11/2026
claims:
  - It is not.
---
A calibrated model says how sure it is.
"""


def test_a_note_with_wrong_fields_is_read_without_them_and_they_are_named(small_root: Path):
    """One wrong date would throw a whole note away, and its links would lead nowhere."""
    write(small_root, {"calibration.md": FLAWED, "other.md": "See [[calibration]].\n"})
    with Library.open(small_root) as library:
        report = library.add([])
        assert (report.failed, library.note("calibration").date) == ((), None)
        assert [(flaw.line, flaw.what.split(";")[0]) for job in report.flawed for flaw in job.flaws] == [
            (3, "`date`: '21/11/2026' is not a date"), (5, "a claim has no `text` and `as_of`"),
        ]  # fmt: skip
        assert len(report.flaws_in_words) == 2
        told = [(problem.file, problem.line) for problem in library.problems()]
        assert told == [("calibration.md", 3), ("calibration.md", 5)]
        assert {f.line for f in library.check_notes() if (f.note, f.rule) == ("calibration", "bad-field")} == {3, 5}
        write(small_root, {"calibration.md": FLAWED.replace("21/11/2026", "2026-11-21").replace("  - It", "  # It")})
        assert (library.refresh().flawed, library.problems()) == ((), [])


def test_wrong_fields_are_told_at_the_first_question_in_few_lines(small_root: Path):
    """A vault with a date of its own form would bury the answer, or a person would never hear of it."""
    write(small_root, {f"note-{i}.md": "---\ndate: May 1st\n---\nText.\n" for i in range(40)})
    with Library.open(small_root) as library:
        library.ask("do tools lift the limit")
        told = [line for line in library.warnings if "May 1st" in line or "more such fields" in line]
        assert (len(told), told[-1]) == (31, "10 more such fields: see `kb doctor`")
