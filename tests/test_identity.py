"""Names: what they accept, and that they never change by themselves."""

import random
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import BadId
from kb.identity import ArxivId, content_hash, is_before, normalise, parse_date, slugify
from tests.conftest import IS_FULL


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2411.15382", "arXiv:2411.15382"),
        ("arXiv:2305.04388v2", "arXiv:2305.04388v2"),
        ("ARXIV:0704.0001", "arXiv:0704.0001"),
        ("https://arxiv.org/abs/2411.15382v1", "arXiv:2411.15382v1"),
        ("http://arxiv.org/pdf/2411.15382.pdf", "arXiv:2411.15382"),
        ("https://arxiv.org/html/2502.07266v3#S3.p2", "arXiv:2502.07266v3"),
        ("arxiv.org/abs/cs/0112017", "arXiv:cs/0112017"),
        ("math.GT/0309136v1", "arXiv:math/0309136v1"),
        ("cmp-lg/9404001", "arXiv:cmp-lg/9404001"),
    ],
)
def test_arxiv_ids_are_read_as_people_write_them(written: str, read: str):
    """A researcher who pastes an address or an old id would be turned away."""
    assert str(ArxivId.parse(written)) == read


@pytest.mark.parametrize(
    "text",
    ["", "2411.1538", "2413.15382", "1412.12345", "1501.1234", "0703.0001", "2411.15382v0", "cs/0813017", "cs/1012017",
     "abc", "24111.5382", "arXiv:", "2411.15382 2305.04388", "https://example.org/abs/2411.15382", "../2411.15382"],
)  # fmt: skip
def test_what_is_no_arxiv_id_is_refused(text: str):
    """A malformed id would be stored and later reported as missing on arXiv."""
    with pytest.raises(BadId):
        ArxivId.parse(text)


@given(st.integers(7, 26), st.integers(1, 12), st.integers(1, 99999), st.integers(0, 20))
def test_arxiv_ids_survive_writing_and_reading(year: int, month: int, number: int, version: int):
    """An id would change on its way through a note's front matter."""
    if year == 7 and month < 4:
        month = 4
    digits = 5 if year >= 15 else 4
    arxiv_id = ArxivId(f"{year:02}{month:02}.{number % 10**digits:0{digits}}", version)
    assert ArxivId.parse(str(arxiv_id)) == arxiv_id


def test_the_month_of_an_id_is_that_of_its_submission():
    """Papers without metadata would be dated wrongly."""
    assert ArxivId.parse("2411.15382").month == "2024-11"
    assert ArxivId.parse("cmp-lg/9404001").month == "1994-04"


@given(st.text(max_size=300))
def test_slugs_are_safe_names_whatever_the_title(title: str):
    """A title could name a file outside the library, or one that Windows cannot make."""
    slug = slugify(title)
    assert 0 < len(slug) <= 80
    assert not set(slug) & set(string.whitespace + '/\\:*?"<>|.\x00')
    assert not slug.startswith("-")
    assert slug.split(".")[0] not in {"con", "prn", "aux", "nul", "com1", "lpt1"}


def test_a_hundred_thousand_titles_name_no_file_outside():
    """One title in many could be a path, a hidden file or a device."""
    chance = random.Random(7)
    pieces = [
        *map(chr, range(1, 0x250)),
        *'/\\:*?"<>|.~小模型🧠İßﬁ',
        "\u202e",
        "\u200b",
        "\u0301",
        "..",
        "../",
        "C:",
        "con",
        "NUL.",
        "aux",
    ]
    for _ in range(100_000 if IS_FULL else 10_000):
        slug = slugify("".join(chance.choices(pieces, k=chance.randint(0, 12))))
        assert Path("notes", f"{slug}.md").parent == Path("notes")
        assert 0 < len(slug) <= 80
        assert not slug.startswith((".", "-"))
        assert not set(slug) & set('/\\:*?"<>|\x00\n')
        assert slug.split(".")[0] not in {"con", "prn", "aux", "nul", "com1", "lpt1"}


@given(st.text(alphabet=string.ascii_letters + string.digits + " -", max_size=60))
def test_slugs_of_slugs_are_the_same_slugs(title: str):
    """A note's file name would give it another id than its title."""
    assert slugify(slugify(title)) == slugify(title)


def test_titles_of_any_script_keep_their_letters():
    """Notes in other scripts would all get hash names."""
    assert slugify("Was ist Überanpassung?") == "was-ist-überanpassung"
    assert slugify("思考の連鎖") == "思考の連鎖"


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing_more(text: str):
    """Offsets counted on the stored text would drift each time that it is stored."""
    assert normalise(normalise(text)) == normalise(text)


def test_a_clean_file_is_stored_as_it_is():
    """Offsets would not be those of the file."""
    text = "Über $x^2$ — “quoted”\n\ttab\n"
    assert normalise(text) == text


def test_broken_text_becomes_storable():
    """A lone surrogate or NUL would end an ingest with an exception."""
    assert normalise("a\ud800b\x00c\r\nd\re") == "a?b\ufffdc\nd\ne"


@given(st.lists(st.text(max_size=5), min_size=1, max_size=4), st.lists(st.text(max_size=5), min_size=1, max_size=4))
def test_hashes_tell_lists_of_parts_apart(first: list[str], second: list[str]):
    """Two different passages could share an id."""
    assert (content_hash(*first) == content_hash(*second)) == (first == second)


@pytest.mark.parametrize("text", ["2024", "2024-11", "2024-02-29"])
def test_dates_keep_their_precision(text: str):
    """A month would become a day that nobody knows."""
    assert parse_date(f" {text} ") == text


@pytest.mark.parametrize(
    "text", ["", "24", "2024-13", "2024-00", "2023-02-29", "2024-11-31", "2024-1-1", "yesterday", "0024"]
)
def test_impossible_dates_are_refused(text: str):
    """A claim could be dated by a day that does not exist."""
    with pytest.raises(BadId):
        parse_date(text)


def test_what_is_newer_is_decided_on_what_is_known():
    """A claim of 2024 would be called older than a paper of June 2024 although nobody knows."""
    assert is_before("2024-11", "2025") is True
    assert is_before("2025-01-02", "2025-01-01") is False
    assert is_before("2024-06", "2024-06") is False
    assert is_before("2024", "2024-06") is None
