"""A library's life in any order: notes written, edited and removed by hand, commands killed, disks full, questions between.

Whatever happened, what was acknowledged is there, what is answered stands in the library, and in the end the library
is what a new one made from the same files would be. `KB_TEST_FULL=1` plays 200 lives of 50 steps instead of a few.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from kb.domain import Answer, JobState
from kb.library import Library
from tests.conftest import IS_FULL
from tests.crash import Crasher

LIVES, STEPS = (200, 50) if IS_FULL else (5, 25)

NAMES = ("chains", "teachers", "tools", "rewards", "hints", "steps")
SENTENCES = (
    "Long chains of thought lower the accuracy of small models on GSM8K.",
    "Students of 3B parameters learn more from short traces than from long ones.",
    "A calculator restores what a model fails to execute in text.",
    "Rewards on single steps keep the stated reasoning faithful.",
    "Hints that decide the answer are seldom mentioned in the chain.",
    "Larger models lose less when their chains of thought grow.",
)
QUESTIONS = ("do long chains of thought hurt small models", "what do hints decide", "how are soufflés baked")
BROKEN = "---\ntitle: [unclosed\n---\nNobody can read this.\n"
COMPARED = (
    "sources", "passages", "full text", "names", "links", "claims", "vectors", "files", "floor", "integrity", "nodes",
    "edges", "notes", "leftovers", "Chroma holds the catalog's keys", "the graph is current", "the floor is current",
)  # fmt: skip

names = st.sampled_from(NAMES)
moments = st.integers(1, 70)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A note, now and then one that cannot be read."""
    if draw(st.integers(0, 9)) == 0:
        return BROKEN
    said = draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=3, unique=True))
    return f"# On {draw(names)}\n\n{' '.join(said)} See [[{draw(names)}]].\n"


class Life(RuleBasedStateMachine):
    """One library from its making to its end, and beside it what it must hold."""

    def __init__(self, crasher: Crasher, folder: Path, seen: Counter[str]) -> None:
        super().__init__()
        self._crash, self._seen = crasher, seen
        self._folder = Path(tempfile.mkdtemp(dir=folder))
        self._root = Library.create(self._folder / "library")
        self._given = self._folder / "given"
        self._given.mkdir()
        self._notes: dict[str, str] = {}
        self._copied: dict[str, str] = {}
        self._documents: dict[str, str] = {}
        self._kept: set[str] = set()
        self._library = Library.open(self._root)

    # By hand, while the library does not look

    @rule(name=names, text=texts())
    def write(self, name: str, text: str) -> None:
        """A note is written or edited."""
        self._put(name, text)

    @precondition(lambda self: self._notes)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """A note's file is deleted."""
        name = data.draw(st.sampled_from(sorted(self._notes)))
        (self._root / "notes" / f"{name}.md").unlink()
        del self._notes[name]

    # Through the library

    @rule(name=names, text=texts())
    def add(self, name: str, text: str) -> None:
        """A note from elsewhere is copied in; one that was edited in the library stays as it is."""
        file = self._given / f"{name}.md"
        file.write_text(text)
        there = self._notes.get(name)
        is_refused = text == BROKEN or (there not in (None, text) and self._copied.get(name) != there)
        report = self._library.add([file])
        assert (str(file) in {job.target for job in report.failed}) == is_refused
        if not is_refused:
            self._notes[name] = self._copied[name] = text
        self._is_in_step()

    @rule(name=names, sentence=st.sampled_from(SENTENCES))
    def add_document(self, name: str, sentence: str) -> None:
        """A text file is added, or its new contents are."""
        file = self._given / f"{name}.txt"
        file.write_text(f"What is said of {name}\n\n{sentence} This is about {name}.\n" * 3)
        assert str(file) not in {job.target for job in self._library.add([file]).failed}
        self._documents[name] = sentence
        self._is_in_step()

    @precondition(lambda self: self._documents)
    @rule(data=st.data())
    def remove_document(self, data: st.DataObject) -> None:
        """A document leaves the library; its file stays where it is."""
        name = data.draw(st.sampled_from(sorted(self._documents)))
        self._library.sources.remove(f"document:{name}")
        del self._documents[name]

    @rule(question=st.sampled_from(QUESTIONS), save=st.booleans())
    def ask(self, question: str, save: bool) -> None:
        """A question is asked, after which the library has seen every file."""
        answer = self._library.ask(question)
        self._seen[answer.status] += 1
        if save:
            self._kept.add(self._library.save(answer).id)
        self._is_in_step()
        self._stands(answer)

    @rule()
    def rebuild(self) -> None:
        """What is derived is made anew."""
        self._library.rebuild()
        self._is_in_step()

    @rule(long_lived=st.booleans())
    def reopen(self, long_lived: bool) -> None:
        """Another process takes over, as a command (scan) or as the pages do (Chroma)."""
        self._library.close()
        self._library = Library.open(self._root, long_lived=long_lived)

    # Bad weather, in another process while this one has the library open

    @rule(at=moments, command=st.sampled_from((("add",), ("rebuild",), ("ask", QUESTIONS[0], "--save"))))
    def crash(self, at: int, command: tuple[str, ...]) -> None:
        """A command is killed at some moment, or is done before."""
        self._seen["killed"] += self._run(*command, kill_at=at) == -9

    @rule(at=moments, command=st.sampled_from((("add",), ("rebuild",), ("ask", QUESTIONS[1], "--save"))))
    def fill_the_disk(self, at: int, command: tuple[str, ...]) -> None:
        """From some moment on nothing can be written."""
        self._seen["full"] += self._run(*command, full_at=at) != 0

    @rule(at=moments, name=names, text=texts().filter(lambda text: text != BROKEN))
    def crash_while_copying(self, at: int, name: str, text: str) -> None:
        """An addition is killed; the same command again finishes it, unless the library has a note of that name."""
        if self._notes.get(name, self._copied.get(name)) != self._copied.get(name):
            return
        (self._given / f"{name}.md").write_text(text)
        self._seen["killed"] += self._run("add", self._given / f"{name}.md", kill_at=at) == -9
        self._notes[name] = self._copied[name] = text
        assert self._run("add", self._given / f"{name}.md") in (0, 7)

    def teardown(self) -> None:
        """The library is what a new one made from the same files is."""
        self._library.close()
        assert self._run("rebuild") == 0
        mine, new = self._crash.state(self._root), self._crash.state(self._made_anew())
        for name in COMPARED:
            assert mine[name] == new[name], name
        self._seen["lives"] += 1

    def _put(self, name: str, text: str) -> None:
        (self._root / "notes" / f"{name}.md").write_text(text)
        self._notes[name] = text

    def _run(self, *command: object, **how: int) -> int:
        ran = self._crash("--library", self._root, *command, **how)
        assert "Traceback" not in ran["err"], ran
        assert ran["code"] in (-9, 0, 1, 7), ran
        return int(ran["code"])

    def _made_anew(self) -> Path:
        root = Library.create(Path(tempfile.mkdtemp(dir=self._folder)) / "library")
        for name, text in self._notes.items():
            (root / "notes" / f"{name}.md").write_text(text)
        for command in (["add", *(self._given / f"{name}.txt" for name in sorted(self._documents))], ["rebuild"]):
            ran = self._crash("--library", root, *command)
            assert ran["code"] in (0, 7), ran
        return root

    def _is_in_step(self) -> None:
        """The library holds what was accepted, whole, and nothing else."""
        expected = {f"note:{name}": text for name, text in self._notes.items() if text != BROKEN}
        assert {note.id: note.text for note in self._library.notes()} == expected
        documents = {f"document:{name}" for name in self._documents}
        held = {source.id for source in self._library.sources.find()}
        assert held == set(expected) | documents
        assert {inquiry.id for inquiry in self._library.inquiries()} >= self._kept
        failed = {job.target for job in self._library.failures() if job.kind == "note"}
        assert failed == {f"{name}.md" for name, text in self._notes.items() if text == BROKEN}
        assert not self._library.parts.catalog.jobs(JobState.PENDING)
        for source_id in held:
            source = self._library.sources.show(source_id)
            passages = self._library.passages(source_id)
            assert passages
            assert all(source.text[p.char_start : p.char_end] == p.text for p in passages)

    def _stands(self, answer: Answer) -> None:
        """Every sentence of an answer is quoted from what the library holds now."""
        for sentence in answer.sentences:
            assert sentence.citations
            for citation in sentence.citations:
                text = self._library.sources.show(citation.source).text
                assert text[citation.char_start : citation.char_end] == citation.quote


@pytest.fixture(scope="module")
def crasher() -> Iterator[Crasher]:
    with Crasher() as crasher:
        yield crasher


@pytest.mark.timeout(6 * 3600 if IS_FULL else 300)
def test_any_life_of_a_library_ends_well(tmp_path: Path, crasher: Crasher):
    """Some order of edits, crashes and questions would lose a note, keep a dead one, or tear an index for good."""
    seen: Counter[str] = Counter()
    run_state_machine_as_test(
        lambda: Life(crasher, tmp_path, seen),
        settings=settings(
            max_examples=LIVES, stateful_step_count=STEPS, deadline=None, derandomize=True, database=None,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert seen["lives"] >= LIVES
    assert min(seen[what] for what in ("killed", "full", "answered", "insufficient_evidence")) > 0, seen
