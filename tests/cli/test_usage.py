"""Command lines with mistakes: one line that names the mistake and where to look, and exit code 2."""

from collections.abc import Callable

import pytest

from tests.conftest import Ran

Kb = Callable[..., Ran]

MISTAKES = {
    "nonsense": "No such command 'nonsense'. See `kb --help`",
    "stat": "No such command 'stat'. Did you mean 'stats'? See `kb --help`",
    "note nonsense": "No such command 'nonsense'. See `kb note --help`",
    "ask": "Missing argument 'question'. See `kb ask --help`",
    "ask --nonsense x": "No such option: --nonsense. See `kb ask --help`",
    "stats --jsn": "No such option: --jsn. Did you mean --json? See `kb stats --help`",
    "ask why do models lie": "'do models lie' is more than this command takes. Put words that belong together in quotes. See `kb ask --help`",
    "arxiv snapshot f --limit x": "--limit cannot be 'x': it should be a valid integer. See `kb arxiv snapshot --help`",
    "arxiv search --max 0": "--max cannot be '0': it should be greater than or equal to 1. See `kb arxiv search --help`",
    "source list --kind foo": "--kind: 'foo' is not one of 'paper', 'note', 'document'. See `kb source list --help`",
    "source list --kind a\x1b[2Jb": "--kind: 'a\\x1b[2Jb' is not one of 'paper', 'note', 'document'. See `kb source list --help`",
    "--library": "Option '--library' requires an argument. See `kb --help`",
    "arxiv search --since foo": "'foo' is not a date. Write it as YYYY, YYYY-MM or YYYY-MM-DD",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_one_line_and_2(small_root, kb: Kb, monkeypatch, line: str):
    """A typing error in a script would look like success; a person would have to find it in a block of usage."""
    monkeypatch.chdir(small_root)
    ran = kb(*line.split(" "))
    assert (ran.code, ran.out, ran.err) == (2, "", f"kb: {MISTAKES[line]}.\n")


def test_a_group_without_a_command_shows_its_help(kb: Kb):
    """Who types `kb note` to see what there is would be told off, and not be told."""
    ran = kb("note")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("Usage: kb note ")
    assert "check " in ran.err
    assert "\x1b" not in ran.err
