"""Plain text and Markdown files: titles, what pages put around their text, lists."""

import pytest

from ingest.text_file import read_text_file

PROSE = "Small models write fluent text that holds no reasoning at all, and larger ones do better. We looked at why."


def test_a_banner_is_no_text_and_the_title_stands_below_it() -> None:
    """Broken: a saved page is called by its first section, and its reading time is evidence."""
    banner = "Microsite\n0\nPart IIWhere it breaks\nlesson chains · 9 min · 45 xp"
    found = read_text_file(f"{banner}\n\nChains that hurt\n\nFluent prose is not thought\n\n{PROSE}\n".encode())
    assert found.title == "Chains that hurt"
    assert "Microsite" not in found.text
    assert "45 xp" not in found.text
    assert PROSE in found.text


def test_lines_without_a_reading_time_are_no_banner() -> None:
    """Broken: the first lines of a text are lost."""
    assert "First line" in read_text_file(f"First line\nSecond line\n\n{PROSE}\n".encode()).text


def test_items_that_share_a_line_are_parted() -> None:
    """Broken: two items of a list are quoted as one sentence."""
    found = read_text_file(f"{PROSE} No prose at all. - Gold — with care.\n".encode())
    assert found.text.endswith("No prose at all.\n\n- Gold — with care.\n")


def test_a_broken_heading_is_no_title() -> None:
    """Broken: a note is called `[`."""
    assert read_text_file(b"# [\n\nSome words here.\n", "x.md").title == "Some words here."


@pytest.mark.parametrize(
    ("top", "title"),
    [
        ("Reasoning Traces\n\n", "Reasoning Traces"),
        ("Steps C\nBy John Doe\nMarch 4, 2025\n\n", "Steps C"),
        ("Steps C\nBy John Doe, who wrote it\n\n", "Steps C"),
        ("Why?\n\n", "Why?"),
        ("Dear all,\n\n", PROSE),
        ("", PROSE),
    ],
)
def test_a_short_first_line_that_stands_as_a_title_is_one(top: str, title: str) -> None:
    """Broken: a text is called by its first sentence although its title stands above it."""
    assert read_text_file(f"{top}{PROSE}\n\n{PROSE}\n".encode(), "x.txt").title == title
