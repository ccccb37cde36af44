"""What pages say of evidence, signs and dates is no more than is known, and can be read on a narrow screen."""

from pathlib import Path

import pytest

from kb.cli.show_claims import print_scale
from kb.library import Library
from kb.services.overview import AgeCount
from kb.services.scale import CAUTION, LEGEND
from kb.ui import plots
from tests.ui.pages import html_of, page, said
from tests.ui.test_walks_of_pages import finished

RIVALS = """\
---
title: Which tuning keeps chains faithful?
claim: GRPO keeps chains faithful in larger models.
summary: GRPO leads DPO in larger models.
topics: [tuning]
claims:
  - text: GRPO outperforms DPO on faithfulness in larger models, but behaves less stably at smaller scales.
    as_of: 2025-12
    scope: {size: 0.5B-14B, method: GRPO and DPO}
    evidence: [arXiv:2512.22631]
---
GRPO leads DPO in larger models.
"""


def verified(text: str) -> str:
    """What the page Verify shows of a text."""
    test = page("verify")
    test.text_area[0].set_value(text)
    test.button[0].click().run()
    finished(test)
    return html_of(test)


@pytest.mark.parametrize(
    ("text", "state", "lead"),
    [
        (
            "Fine-tuning rewards the final answer, so the steps of a small model can drift away from what decides it.",
            "❝", "Borne out by",
        ),
        ("The steps of a small model can drift away from what decides it.", "≈", "Held against"),
        ("Fine-tuning never rewards the final answer.", "✗", "Held against"),
    ],
)  # fmt: skip
def test_only_what_was_quoted_or_judged_is_borne_out(root: Path, text: str, state: str, lead: str):
    """A sentence whose meaning nobody judged would be read as proven."""
    shown = verified(text)
    assert f"<strong>{state} " in shown
    assert f"{lead}: " in shown
    assert ("Borne out" in shown) == (lead == "Borne out by")


def test_signs_by_size_are_told_with_the_same_words_as_on_the_command_line(
    root: Path, capsys: pytest.CaptureFixture[str]
):
    """The page would give a sign without saying that rules read it, or another sign than the command."""
    (root / "notes" / "rivals.md").write_text(RIVALS, encoding="utf-8")
    with Library.open(root) as library:
        library.refresh()
        print_scale(library.claims.scale(), show_all=True)
    told = " ".join(capsys.readouterr().out.split())
    test = page("claims", view="By size")
    assert LEGEND in told
    assert f"{LEGEND}. What flips with size comes first. {CAUTION}" in said(test).replace("\\", "")
    shown = html_of(test)
    assert "<td data-size='10-50B'>+ helps</td>" in shown
    assert "<td data-size='1-4B'>? not told</td>" in shown


def test_the_ledger_opens_with_standing_and_date(root: Path):
    """On a narrow screen only the claim would be seen, and not where it stands."""
    assert list(page("claims").dataframe[0].value.columns)[:3] == ["Standing", "As of", "Claim"]


@pytest.mark.parametrize(("first", "step"), [("2026-11-21", 1), ("2025-11-21", 60)])
def test_the_timeline_names_days_with_month_and_year(first: str, step: int):
    """“Sat 21” says neither month nor year; a long ledger would have a label for each day."""
    rows = [
        {"when": when, "what": "holds", "claim": "C", "against": "", "by": "a person"} for when in ("2026-11-21", first)
    ]
    axis = plots.timeline(rows)["encoding"]["x"]["axis"]
    assert axis["format"] == "%-d %b %Y"
    assert axis["tickCount"] == {"interval": "day", "step": step}


def test_the_axis_of_ages_is_true_of_every_standing():
    """A claim that was contradicted would be plotted as known to stand."""
    spec = plots.claim_ages([AgeCount(year="2025", standing="contradicted", count=2)])
    assert spec["encoding"]["x"]["title"] == "Year of the last test, else of the newest evidence"
