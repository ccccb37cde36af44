"""Findings by model size: a matrix in which a finding that flips with scale is seen at a glance.

Sizes and directions are read by rules from the words of claims (`kb.services.findings`); the first place is the claim's
text, then its scope. What the rules cannot tell is `unknown`.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from kb.domain import Record
from kb.language import ABBREVIATIONS
from kb.ledger import ClaimStatus, Standing
from kb.services.findings import Direction, Size, SizedFinding, direction_of, sized_findings, sizes_of, trend_of
from kb.services.scope import scope_of

BUCKETS = (
    ("<1B", 0.0, 1.0),
    ("1-4B", 1.0, 4.0),
    ("4-10B", 4.0, 10.0),
    ("10-50B", 10.0, 50.0),
    (">50B", 50.0, math.inf),
)
"""Columns: name, smallest size that belongs to it, first size that does not, in billions of parameters."""

_NAMELESS = "no named"
_FAMILIES = (
    ("distill", "distillation"), ("tuning", "fine-tuning"), ("reinforcement", "RL"), ("prun", "pruning"),
    ("prob", "probing"), ("prefill", "prefilling"), ("gsm8k", "GSM8K"), ("gsm-8k", "GSM8K"), ("aime", "AIME"),
    ("math", "mathematics"), ("gpqa", "GPQA"), ("mmlu", "MMLU"), ("hmmt", "HMMT"),
)  # fmt: skip
"""What names of methods and tasks contain, and the name under which they are counted together."""

By = Literal["finding", "method", "task"]


class ScaleCell(Record):
    """What is found in one range of sizes."""

    sizes: str = Field(description="the column")
    direction: Direction
    winner: str = Field("", description="which of two compared things did better there")
    counts: dict[Direction, int] = Field({}, description="how many claims go which way")
    claims: tuple[str, ...] = Field((), description="ids")


class ScaleRow(Record):
    """One finding, or all findings of one method or task, over the sizes that they name."""

    label: str
    task: str = ""
    method: str = ""
    as_of: str = ""
    cells: tuple[ScaleCell, ...] = ()
    flips: bool = Field(description="whether it helps at one size and hurts at another, or another thing wins")
    changes: bool = Field(description="whether it goes different known ways at different sizes, as a flip does")
    trend: str = Field("", description="how the effect changes with size, if the claim says so: grows, shrinks, stays")


def matrix(statuses: Iterable[ClaimStatus], by: By = "finding") -> list[ScaleRow]:
    """Rows of the matrix: those that flip first, then those that change, then those that span most sizes.

    Contradicted and superseded claims are left out, as are claims that name no size.
    """
    gone = (Standing.CONTRADICTED, Standing.SUPERSEDED)
    single = [row for s in statuses if s.status not in gone and (row := _row(s)).cells]
    rows = single if by == "finding" else _grouped(single, by)
    return sorted(rows, key=_order)


def _order(row: ScaleRow) -> tuple[bool, bool, bool, bool, int, str]:
    told = any(cell.direction is not Direction.UNKNOWN for cell in row.cells)
    return row.label.startswith(_NAMELESS), not row.flips, not row.changes, not told, -len(row.cells), row.label


def _row(status: ClaimStatus) -> ScaleRow:
    claim = status.claim
    seen = scope_of(claim.text)
    findings = sized_findings(claim.text)
    if not findings and claim.scope.size:
        findings = (SizedFinding(sizes_of(claim.scope.size), direction_of(claim.text)),)
    cells = tuple(
        _cell(name, here, claim.id)
        for name, low, high in BUCKETS
        if (here := [f for f in findings if any(_within(size, low, high) for size in f.sizes)])
    )
    return ScaleRow(
        label=claim.text,
        task=claim.scope.task or seen.task or "",
        method=claim.scope.method or seen.method or "",
        as_of=claim.as_of,
        cells=cells,
        flips=_flips(cells),
        changes=_changes(cells),
        trend=trend_of(claim.text),
    )


def _within(size: Size, low: float, high: float) -> bool:
    """Whether a range of sizes has a part in a column; an end that only touches it from above does not count."""
    return size.low < high and (size.high > low or size.low == size.high == low)


def _cell(name: str, findings: Sequence[SizedFinding], claim_id: str) -> ScaleCell:
    winners = {finding.winner for finding in findings}
    direction = _together(finding.direction for finding in findings)
    return ScaleCell(
        sizes=name,
        direction=direction,
        counts={direction: 1},
        winner=winners.pop() if len(winners) == 1 else "",
        claims=(claim_id,),
    )


def _together(directions: Iterable[Direction]) -> Direction:
    """One direction for several findings: mixed where they disagree, whatever else is unknown."""
    told = set(directions) - {Direction.UNKNOWN}
    return (told.pop() if len(told) == 1 else Direction.MIXED) if told else Direction.UNKNOWN


def _flips(cells: Sequence[ScaleCell]) -> bool:
    directions = {cell.direction for cell in cells}
    winners = {cell.winner for cell in cells if cell.winner}
    return {Direction.HELPS, Direction.HURTS} <= directions or len(winners) > 1


def _changes(cells: Sequence[ScaleCell]) -> bool:
    told = {cell.direction for cell in cells} - {Direction.UNKNOWN, Direction.MIXED}
    return len(told) > 1 or _flips(cells)


def _grouped(rows: Sequence[ScaleRow], by: Literal["method", "task"]) -> list[ScaleRow]:
    """Rows that name the same method or task as one; a claim that names several stands under each."""
    groups: dict[str, list[ScaleRow]] = defaultdict(list)
    for row in rows:
        written = row.method if by == "method" else row.task
        named = scope_of(f"{written}. {row.label}")
        names = (named.method if by == "method" else named.task) or ""
        for name in dict.fromkeys(_common_name(name) for name in names.split(", ")):
            groups[name or f"{_NAMELESS} {by}"].append(row)
    return [_group(name, own) for name, own in groups.items()]


def _common_name(name: str) -> str:
    """One name for a method or task that is written in several ways."""
    bare = name.casefold()
    bare = ABBREVIATIONS.get(bare, bare)
    return next((common for part, common in _FAMILIES if part in bare), bare.replace("'", "").replace(" ", "-"))


def _group(name: str, rows: Sequence[ScaleRow]) -> ScaleRow:
    cells = []
    for bucket, _, _ in BUCKETS:
        if here := [cell for row in rows for cell in row.cells if cell.sizes == bucket]:
            cells.append(
                ScaleCell(
                    sizes=bucket,
                    direction=_together(cell.direction for cell in here),
                    counts=dict(Counter(cell.direction for cell in here)),
                    claims=tuple(i for cell in here for i in cell.claims),
                )
            )
    latest = max(row.as_of for row in rows)
    is_named = not name.startswith(_NAMELESS)
    flips, changes = is_named and _flips(cells), is_named and _changes(cells)
    return ScaleRow(label=name, as_of=latest, cells=tuple(cells), flips=flips, changes=changes)
