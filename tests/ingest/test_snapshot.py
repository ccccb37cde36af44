"""Metadata snapshots: uneven records, hostile lines, compression, places to go on from."""

import gzip
import json
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ingest.abstracts import abstract_source, abstract_text
from ingest.snapshot import Wanted, archived_paper, fingerprint, names, read_snapshot
from ingest.withdrawn import is_withdrawn
from kb.domain import Paper
from kb.errors import BadInput
from tests.conftest import SHARED

RECORD = {
    "id": "2411.15382",
    "submitter": "E. Lobo",
    "authors": "Elita Lobo, Chirag Agarwal and Himabindu Lakkaraju",
    "title": "On the Impact of\n  Fine-Tuning",
    "comments": "8 pages",
    "journal-ref": None,
    "doi": None,
    "categories": "cs.CL cs.AI",
    "abstract": "  Large models reason.\nSmall ones\n  Fine-tuning may hurt.\n",
    "versions": [
        {"version": "v1", "created": "Fri, 22 Nov 2024 23:54:37 GMT"},
        {"version": "v2", "created": "Mon, 3 Mar 2025 08:00:00 GMT"},
    ],
    "update_date": "2025-03-04",
    "authors_parsed": [["Lobo", "Elita", ""], ["Agarwal", "Chirag", ""], ["Lakkaraju", "Himabindu", "Jr."]],
}


def without(*fields: str, **others: Any) -> dict[str, Any]:
    return {**{name: value for name, value in RECORD.items() if name not in fields}, **others}


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def test_a_record_as_the_public_snapshot_has_it():
    """Broken: papers arrive without what makes them citable: id, version, dates, authors, categories."""
    archived = archived_paper(RECORD)
    assert archived.paper == Paper(
        id="2411.15382",
        title="On the Impact of Fine-Tuning",
        authors=("Elita Lobo", "Chirag Agarwal", "Himabindu Lakkaraju Jr."),
        date="2024-11-22",
        categories=("cs.CL", "cs.AI"),
        version=2,
        updated="2025-03-03",
        comment="8 pages",
    )
    source = abstract_source(archived)
    assert (source.id, source.reading) == ("arxiv:2411.15382v2", "abstract")
    assert source.text == "Large models reason. Small ones\n\nFine-tuning may hurt."


def test_missing_parts_are_done_without():
    """Broken: a record that lacks authors, categories or versions, as many do, is lost or stops the run."""
    paper = archived_paper({"id": "cs/0112017", "title": "T", "abstract": "A."}).paper
    assert (paper.authors, paper.categories, paper.version) == ((), (), 0)
    assert (paper.date, paper.updated) == ("2001-12", None)
    assert (
        abstract_source(archived_paper({"id": "cs/0112017", "title": "T", "abstract": "A."})).id == "arxiv:cs/0112017"
    )


@pytest.mark.parametrize(
    ("fields", "date", "updated"),
    [
        ({"versions": []}, "2024-11", "2025-03-04"),
        ({"versions": [], "update_date": "2025-03"}, "2024-11", "2025-03"),
        ({"versions": [], "update_date": "March 2025"}, "2024-11", None),
        ({"versions": [{"version": "v1", "created": "2024-11-22"}]}, "2024-11-22", "2024-11-22"),
        ({"versions": [{"version": "v1", "created": "2024-11-22T23:54:37Z"}]}, "2024-11-22", "2024-11-22"),
        ({"versions": [{"version": "v1", "created": "Fri, 32 Nov 2024 23:54:37 GMT"}]}, "2024-11", "2025-03-04"),
        ({"versions": [{"version": "v3", "created": "2025-01"}]}, "2024-11", "2025-01"),
        ({"versions": "v1", "update_date": 2025}, "2024-11", None),
    ],
)
def test_dates_keep_the_precision_that_they_have(fields, date, updated):
    """Broken: a month becomes a made-up day, or an impossible date stops the run."""
    paper = archived_paper({**RECORD, **fields}).paper
    assert (paper.date, paper.updated) == (date, updated)


def test_authors_from_the_line_where_no_list_is():
    """Broken: names are lost, or several become one."""
    assert archived_paper(without("authors_parsed")).paper.authors == (
        "Elita Lobo", "Chirag Agarwal", "Himabindu Lakkaraju",
    )  # fmt: skip


def test_accents_written_as_tex_are_accents():
    r"""Broken: names stand in answers as `M{\\"u}ller`."""
    names = [
        ['M{\\"u}ller', "Jos{\\'e}", ""],
        ["{\\L}uk", "\\v{S}", ""],
        ["\\frac", "A.", ""],
        ["B" * 300 + "\\", "", ""],
    ]
    authors = archived_paper({**RECORD, "authors_parsed": names}).paper.authors
    assert authors[:2] == ("José Müller", "Š Łuk")
    assert authors[3] == "B" * 300 + "\\"


@pytest.mark.parametrize(
    ("line", "flaw"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[1]", "not a JSON object"),
        (json.dumps(without("id")), "not an arXiv id"),
        (json.dumps({**RECORD, "id": "../../etc/passwd"}), "not an arXiv id"),
        (json.dumps(without("title")), "has no title"),
        (json.dumps({**RECORD, "abstract": ["a"]}), "has no abstract"),
        (json.dumps({**RECORD, "abstract": "a" * 200_000}), "longer than"),
        (json.dumps({**RECORD, "abstract": "a" * 2_000_000}), "longer than"),
    ],
)
def test_a_broken_line_is_named_and_passed_over(tmp_path, line, flaw):
    """Broken: one bad line of millions stops the run, or takes the lines after it along."""
    path = write(tmp_path / "snapshot.json", RECORD, line, "", without(id="2411.15383"))
    first, broken, blank, last = read_snapshot(path)
    assert first.archived
    assert (broken.archived, broken.end.line) == (None, 2)
    assert flaw in broken.flaw
    assert (blank.archived, blank.flaw) == (None, "")
    assert last.archived
    assert last.archived.paper.id == "2411.15383"
    assert last.end.byte == path.stat().st_size


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(RECORD)), json_values))
def test_any_value_in_any_field_is_a_paper_or_one_line(fields):
    """Broken: a field of an unexpected kind ends in a traceback, or in a paper that the catalog cannot keep."""
    with suppress(BadInput):
        archived = archived_paper({**RECORD, **fields})
        assert abstract_source(archived).text == abstract_text(archived.abstract)
        assert Paper.model_validate_json(archived.paper.model_dump_json()) == archived.paper


@given(st.lists(st.binary(max_size=60).map(lambda data: data.replace(b"\n", b" ")), max_size=8), st.data())
def test_reading_goes_on_from_any_line(tmp_path_factory, lines, data):
    """Broken: a run that was stopped skips lines or takes them twice, whatever bytes the file holds."""
    path = tmp_path_factory.mktemp("snapshot") / "file"
    path.write_bytes(b"".join(line + b"\n" for line in [json.dumps(RECORD).encode(), *lines]))
    read = list(read_snapshot(path))
    stop = data.draw(st.integers(0, len(read) - 1))
    assert list(read_snapshot(path, read[stop].end)) == read[stop + 1 :]


@pytest.mark.parametrize("kind", ["plain", "gzip", "zstd", "zstd in frames"])
def test_compressed_or_not_is_told_by_the_contents(tmp_path, kind):
    """Broken: a compressed snapshot must be unpacked first, or a renamed one is read as text."""
    text = "".join(json.dumps(without(id=f"2411.{n:05}")) + "\n" for n in range(1, 301)).encode()
    half = len(text) // 2
    data = {
        "plain": lambda: text,
        "gzip": lambda: gzip.compress(text),
        "zstd": lambda: zstandard.compress(text),
        "zstd in frames": lambda: zstandard.compress(text[:half]) + zstandard.compress(text[half:]),
    }[kind]()
    path = tmp_path / "anything"
    path.write_bytes(data)
    read = list(read_snapshot(path))
    assert [line.archived.paper.id for line in read if line.archived] == [f"2411.{n:05}" for n in range(1, 301)]
    assert read[-1].end.byte == len(text)
    assert read[-1].share == 1.0
    rest = list(read_snapshot(path, read[199].end))
    assert [line.end for line in rest] == [line.end for line in read[200:]]


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_a_damaged_file_is_one_line_after_what_could_be_read(tmp_path, compress):
    """Broken: a truncated download looks like the end of the file, or ends in a traceback."""
    text = "".join(json.dumps(without(id=f"2411.{n:05}", comments=str(n) * 50)) + "\n" for n in range(1, 3001))
    data = compress(text.encode())
    path = tmp_path / "snapshot.gz"
    path.write_bytes(data[: len(data) // 2] if compress is gzip.compress else data[:4] + b"\xff" * 40)
    with pytest.raises(BadInput, match=r"snapshot\.gz cannot be read"):
        list(read_snapshot(path))


def test_a_file_that_is_not_there(tmp_path):
    """Broken: a typo in the file's name ends in a traceback."""
    with pytest.raises(BadInput, match="Name a snapshot file"):
        fingerprint(tmp_path / "missing")


def test_memory_does_not_grow_with_the_file(tmp_path):
    """Broken: a snapshot of millions of records, or one endless line, fills the memory."""
    path = tmp_path / "snapshot.gz"
    with gzip.open(path, "wt", compresslevel=1) as file:
        for n in range(1, 10_001):
            file.write(json.dumps(without(id=f"2411.{n:05}")) + "\n")
        file.write(" " * 30_000_000 + "\n")
    tracemalloc.start()
    try:
        n = sum(1 for _ in read_snapshot(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert n == 10_001
    assert peak < 8_000_000


def test_fingerprint_tells_files_apart(tmp_path):
    """Broken: next month's snapshot under the same name is taken for done."""
    path = write(tmp_path / "snapshot.json", RECORD)
    before = fingerprint(path)
    assert fingerprint(path) == before
    write(path, without(comments="9 pages"))
    assert fingerprint(path) != before


@pytest.mark.parametrize(
    ("wanted", "takes"),
    [
        (Wanted(), True),
        (Wanted(("cs.CL",)), True),
        (Wanted(("cs",)), True),
        (Wanted(("cs.C",)), False),
        (Wanted(("math", "cs.AI")), True),
        (Wanted(since="2024"), True),
        (Wanted(since="2024-11-22"), True),
        (Wanted(since="2024-11-23"), False),
        (Wanted(("math",), "2024"), False),
    ],
)
def test_filters(wanted, takes):
    """Broken: a library about one field fills with all of arXiv, or misses the field."""
    assert wanted.takes(archived_paper(RECORD).paper) is takes


def test_a_paper_of_a_known_month_is_not_dropped_for_an_unknown_day():
    """Broken: papers whose day is unknown are lost to `--since`."""
    assert Wanted(since="2024-11-15").takes(archived_paper(without("versions")).paper)


def test_names_of_categories_as_people_write_them():
    """Broken: `cs.*` finds nothing."""
    assert names(["cs.*", " cs.CL ", "cs.CL", ""]) == ("cs", "cs.CL")


@pytest.mark.parametrize(
    ("comment", "abstract"),
    [
        ("This paper has been withdrawn by the author due to an error in Lemma 3", "We prove it."),
        ("Withdrawn", "We prove it."),
        ("withdrawn: superseded by 2401.00001", "We prove it."),
        ("", "This paper has been withdrawn."),
        ("", "withdrawn by author"),
        ("", "  Because of changes to the model, it has been withdrawn\nfrom the archive."),
    ],
)
def test_withdrawals(comment, abstract):
    """Broken: a withdrawn paper is quoted as if it stood."""
    assert is_withdrawn(comment, abstract)


@pytest.mark.parametrize(
    ("comment", "abstract"),
    [
        ("8 pages", "Guaranteed minimum withdrawal benefits are priced."),
        ("", "Models keep enacting withdrawn requirements in long dialogues."),
        ("", "PESQ remains widely used despite its withdrawal by the union."),
        ("", "We study drugs. " * 30 + "The drug was withdrawn by the maker."),
        ("Code for withdrawn-paper detection", "We detect retractions."),
    ],
)
def test_words_about_withdrawing_are_no_withdrawal(comment, abstract):
    """Broken: sound papers are marked as withdrawn wherever they are cited."""
    assert not is_withdrawn(comment, abstract)


def test_the_shared_snapshot_is_read_whole():
    """Broken: real records, uneven as they are, are refused."""
    path = SHARED / "data" / "arxiv" / "snapshot-10k.jsonl.gz"
    if not path.is_file():
        pytest.skip("the shared arXiv snapshot is not here")
    lines = list(read_snapshot(path))
    assert len(lines) == 10_000
    assert not [line.flaw for line in lines if line.flaw]
    assert sum(line.archived.paper.withdrawn for line in lines if line.archived) <= 10
