"""Snapshots into a library: whole, once, resumed, and never at the cost of what is better."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kb.domain import Job, JobState, Source, SourceKind
from kb.errors import BadInput
from kb.library import Library
from kb.services import snapshot_in
from kb.services.add import add_sources
from tests.conftest import REPOSITORY
from tests.services.test_add import count_embeddings

WORDS = "models reason tokens reward steps answers tuning probes students teachers traces chains".split()


def record(n: int, **others: object) -> dict[str, object]:
    """A made-up paper whose words differ from those of others."""
    said = f"Study {n} of {WORDS[n % 12]} finds that {WORDS[(n * 5 + 1) % 12]} change {WORDS[(n * 7 + 2) % 12]}."
    return {
        "id": f"2411.{n:05}",
        "title": f"On {WORDS[n % 12]} {n}",
        "abstract": f"{said} The effect held in {n} of {n + 3} trials.",
        "categories": "cs.CL" if n % 2 else "math.ST",
        "versions": [{"version": "v1", "created": "2024-11-05"}],
        **others,
    }


def write(path: Path, records: list[dict[str, object]]) -> Path:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(each) + "\n" for each in records)
    return path


@pytest.fixture
def library(tmp_path: Path):
    with Library.open(Library.create(tmp_path / "library")) as library:
        yield library


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_in, "_PAPERS", 10)


def held(library: Library) -> dict[str, str]:
    """Ids and texts of all sources, with the vectors' hashes of their passages."""
    catalog = library.parts.catalog
    return {source.id: source.text for source in catalog.sources()}


def test_papers_arrive_with_passages_vectors_and_facts(library, tmp_path):
    """Broken: papers of a snapshot cannot be found, dated or cited."""
    file = write(tmp_path / "s.gz", [record(n) for n in range(1, 36)])
    report = library.snapshots.add(file, topics=["reasoning"])
    assert (report.added, report.wanted, report.line, report.finished) == (35, 35, 35, True)
    catalog = library.parts.catalog
    source = catalog.source("arxiv:2411.00007v1")
    assert (source.kind, source.reading, source.topics, source.date) == (
        SourceKind.PAPER, "abstract", ("reasoning",), "2024-11-05",
    )  # fmt: skip
    assert catalog.papers(["2411.00007"])["2411.00007"].categories == ("cs.CL",)
    assert len(catalog.passage_keys()) == catalog.count("passages") == 35
    assert library.problems() == []
    (hit, *_) = library.parts.retriever.retrieve("Study 7 of teachers in 7 of 10 trials").ranked
    assert hit.source_id == "arxiv:2411.00007v1"


def test_the_same_file_again_embeds_and_writes_nothing(library, tmp_path, monkeypatch):
    """Broken: running the command twice costs twice."""
    file = write(tmp_path / "s.gz", [record(n) for n in range(1, 26)])
    first = library.snapshots.add(file)
    before = library.parts.catalog.generation()
    embedded = count_embeddings(library, monkeypatch)
    again = library.snapshots.add(file)
    assert again == first.model_copy(update={"n_embedded": 0, "repeated": True})
    # Another order over the same papers reads them, but finds all of them there.
    other = library.snapshots.add(file, limit=20)
    assert (other.unchanged, other.added, other.n_embedded) == (20, 0, 0)
    assert embedded == []
    assert library.parts.catalog.generation() == before


def test_topics_and_remarks_given_by_hand_stay(library, tmp_path):
    """Broken: next month's snapshot wipes what a person filed and wrote."""
    library.snapshots.add(write(tmp_path / "a.gz", [record(1), record(2)]), topics=["one"])
    parts = library.parts
    (first,) = parts.catalog.sources(["arxiv:2411.00001v1"])
    mine = first.model_copy(update={"topics": ("mine", "one"), "remark": "read this"})
    add_sources([mine], parts.catalog, parts.embedder)
    newer = {"versions": [{"version": "v2", "created": "2024-12-05"}]}
    same = library.snapshots.add(write(tmp_path / "b.gz", [record(1), record(2)]), topics=["one"])
    assert (same.unchanged, same.updated) == (2, 0)
    report = library.snapshots.add(write(tmp_path / "c.gz", [record(1, **newer), record(2)]), topics=["two"])
    assert report.updated == 2
    (source,) = parts.catalog.sources(["arxiv:2411.00001v2"])
    assert (source.topics, source.remark) == (("mine", "one", "two"), "read this")


def test_filters_and_limit(library, tmp_path):
    """Broken: the library fills with papers that nobody asked for."""
    file = write(tmp_path / "s.gz", [record(n) for n in range(1, 31)])
    report = library.snapshots.add(file, categories=["cs.*"], limit=4)
    assert (report.added, report.wanted, report.line) == (4, 4, 7)
    assert sorted(held(library)) == [f"arxiv:2411.0000{n}v1" for n in (1, 3, 5, 7)]


@pytest.mark.parametrize("limit", [0, -3])
def test_a_limit_of_nothing_is_refused(library, tmp_path, limit):
    """Broken: a slip of the pen looks like a finished run."""
    with pytest.raises(BadInput, match="takes nothing"):
        library.snapshots.add(write(tmp_path / "s.gz", [record(1)]), limit=limit)


def test_broken_lines_are_told_and_the_rest_arrives(library, tmp_path):
    """Broken: one bad record costs a whole batch, or is never heard of."""
    file = tmp_path / "s.json"
    file.write_text("\n".join([json.dumps(record(1)), "{", json.dumps(record(2)), '{"id": 3}']))
    report = library.snapshots.add(file)
    assert (report.added, report.broken, report.line) == (2, 2, 4)
    assert [flaw.partition(":")[0] for flaw in report.flaws] == ["line 2", "line 4"]


def test_a_changed_file_is_read_from_its_beginning(library, tmp_path):
    """Broken: next month's snapshot under the same name is taken for done."""
    file = write(tmp_path / "s.gz", [record(n) for n in range(1, 16)])
    library.snapshots.add(file)
    write(file, [record(n) for n in range(1, 19)])
    report = library.snapshots.add(file)
    assert (report.added, report.unchanged) == (3, 15)


def test_a_damaged_file_keeps_what_was_read_and_says_so(library, tmp_path):
    """Broken: a truncated download is taken for the whole, or throws away an hour of work."""
    records = [record(n, comments=os.urandom(2000).hex()) for n in range(1, 301)]
    file = write(tmp_path / "s.gz", records)
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    with pytest.raises(BadInput, match="cannot be read"):
        library.snapshots.add(file)
    assert 0 < library.parts.catalog.count("paper") < 300
    assert any("cannot be read" in problem.what for problem in library.problems())
    file.write_bytes(data)
    assert library.snapshots.add(file).finished
    assert library.parts.catalog.count("paper") == 300


def test_what_is_better_stays(library, tmp_path):
    """Broken: a bulk run replaces full texts by abstracts, or new versions by old ones."""
    parts = library.parts
    kept = [
        Source(id="arxiv:2411.00001v1", kind=SourceKind.PAPER, title="Read whole", text="All of it.", reading="html"),
        Source(
            id="arxiv:2411.00002v3", kind=SourceKind.PAPER, title="Newer", text="Third wording.", reading="abstract"
        ),
    ]
    add_sources(kept, parts.catalog, parts.embedder)
    report = library.snapshots.add(write(tmp_path / "s.gz", [record(n) for n in range(1, 4)]))
    assert (report.kept, report.added) == (2, 1)
    assert held(library).keys() == {"arxiv:2411.00001v1", "arxiv:2411.00002v3", "arxiv:2411.00003v1"}
    assert held(library)["arxiv:2411.00001v1"] == "All of it."


def test_a_newer_version_takes_the_place_of_an_older_one(library, tmp_path):
    """Broken: two wordings of one abstract are found side by side as if they were two papers."""
    library.snapshots.add(write(tmp_path / "old.gz", [record(1), record(2)]))
    versions = [{"version": "v1", "created": "2024-11-05"}, {"version": "v2", "created": "2025-01-01"}]
    newer = record(1, versions=versions, abstract="Study 1 was wrong about chains and students, as we show now.")
    report = library.snapshots.add(write(tmp_path / "new.gz", [newer, record(2)]))
    assert (report.updated, report.unchanged) == (1, 1)
    found = library.parts.retriever.retrieve("Study 1 was wrong about chains and students").ranked
    assert found[0].source_id == "arxiv:2411.00001v2"
    assert "arxiv:2411.00001v1" not in [hit.source_id for hit in found]
    assert library.parts.catalog.papers(["2411.00001"])["2411.00001"].version == 2
    assert library.sources.superseded() == {"arxiv:2411.00001v1": "arxiv:2411.00001v2"}
    assert "wrong" not in library.sources.show("2411.00001v1").text


def test_a_paper_twice_in_a_file_is_one(library, tmp_path):
    """Broken: doubles in a file fail the batch, or leave two sources."""
    records = [record(n) for n in range(1, 16)]
    report = library.snapshots.add(write(tmp_path / "s.gz", [*records, *records[::-1]]))
    assert library.parts.catalog.count("paper") == 15
    assert report.line == 30


def test_killed_at_any_time_the_same_command_goes_on(library, tmp_path):
    """Broken: a run of hours that is killed starts over, loses papers, or embeds them twice."""
    records = [record(n) for n in range(1, 201)]
    file = write(tmp_path / "s.gz", records)
    code = "from kb.services import snapshot_in; snapshot_in._PAPERS = 10\nfrom kb.cli import main; main()"
    command = [sys.executable, "-c", code, "--library", str(library.root), "arxiv", "snapshot", str(file)]
    seen = 0
    for _ in range(3):
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while library.parts.catalog.count("paper") <= seen + 20 and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        catalog = library.parts.catalog
        assert catalog.count("paper") >= seen
        seen = catalog.count("paper")
        (job,) = [job for job in catalog.jobs() if job.kind == "snapshot"]
        # The place in the file and the papers are of one transaction.
        assert job.options["report"]["added"] == seen or job.state is JobState.DONE
    report = library.snapshots.add(file)
    assert (report.added, report.unchanged, report.wanted) == (200, 0, 200)
    assert held(library).keys() == {f"arxiv:2411.{n:05}v1" for n in range(1, 201)}
    assert library.problems() == []


def test_interrupted_by_a_person(library, tmp_path):
    """Broken: Ctrl-C ends in a traceback or loses what was done."""
    file = write(tmp_path / "s.gz", [record(n) for n in range(1, 601)])
    # A shell that runs the tests in the background has them start with Ctrl-C ignored.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from kb.services import snapshot_in; snapshot_in._PAPERS = 10\nfrom kb.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "--library", str(library.root), "arxiv", "snapshot", str(file)]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not library.parts.catalog.count("paper"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped. What was done is kept" in said
    assert "Traceback" not in said
    before = library.parts.catalog.count("paper")
    (problem,) = [p for p in library.problems() if "snapshot" in p.what]
    assert "goes on" in problem.cure or "again" in problem.cure
    report = library.snapshots.add(file, limit=None)
    assert report.added == 600
    assert before < 600


def test_an_unfinished_snapshot_is_no_vanished_note(library, tmp_path):
    """Broken: reading notes forgets how far a snapshot was read."""
    job = Job(target="/data/snapshot.gz", kind="snapshot", state=JobState.PENDING)
    with library.parts.catalog.writing():
        library.parts.catalog.put_job(job)
    library.add([])
    assert library.parts.catalog.job("/data/snapshot.gz") == job


def test_pruning_forgets_only_what_nothing_uses(library, tmp_path, monkeypatch):
    """Broken: vectors of papers that left fill the disk for ever, or a rebuild throws away what it needs."""
    library.snapshots.add(write(tmp_path / "s.gz", [record(n) for n in range(1, 21)]))
    catalog = library.parts.catalog
    with catalog.writing():
        catalog.remove("arxiv:2411.00003v1")
    assert catalog.count("vectors") == 20
    embedded = count_embeddings(library, monkeypatch)
    library.rebuild()
    assert catalog.count("vectors") == 19
    assert [text for text in embedded if text.startswith("On ")] == []
    assert library.problems() == []


def test_batches_are_bounded(library, tmp_path, monkeypatch):
    """Broken: memory grows with the file because everything waits to be recorded."""
    waiting: list[int] = []
    record_now = snapshot_in.record

    def watched(prepared, catalog):
        waiting.append(sum(len(entry.passages) for entry in prepared.entries))
        record_now(prepared, catalog)

    monkeypatch.setattr(snapshot_in, "record", watched)
    library.snapshots.add(write(tmp_path / "s.gz", [record(n) for n in range(1, 96)]))
    assert len(waiting) == 10
    assert max(waiting) == 10
