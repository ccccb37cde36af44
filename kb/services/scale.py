"""Findings by model size: a matrix in which a finding that flips with scale is seen at a glance.

Sizes and directions are read by rules from the words of claims (`kb.services.findings`); the first place is the claim's
text, then its scope. What the rules cannot tell is `unknown`.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from kb.domain import Record
from kb.language import ABBREVIATIONS
from kb.ledger import ClaimStatus, Standing
from kb.services.effects import effects
from kb.services.findings import Direction, Size, SizedFinding, together, trend_of
from kb.services.scope import scope_of

BUCKETS = (
    ("<1B", 0.0, 1.0),
    ("1-4B", 1.0, 4.0),
    ("4-10B", 4.0, 10.0),
    ("10-50B", 10.0, 50.0),
    (">50B", 50.0, math.inf),
)
"""Columns: name, smallest size that belongs to it, first size that does not, in billions of parameters."""

SIGNS = {
    Direction.HELPS: "+", Direction.HURTS: "−", Direction.RISES: "↑", Direction.FALLS: "↓",
    Direction.NO_EFFECT: "=", Direction.MIXED: "±", Direction.UNKNOWN: "?",
}  # fmt: skip
LEGEND = (
    "+ helps, or what does better there; − hurts; ↑ rises and ↓ falls, neither good nor bad; = no effect; ± mixed; "
    "? speaks of it, which way is not told"
)
CAUTION = "Read by rules from the claims' words: look at the claim before you rely on a sign."
"""What to tell beside the matrix."""
_NAMELESS = "no named"
_FAMILIES = (
    ("distill", "distillation"), ("tuning", "fine-tuning"), ("reinforcement", "RL"), ("prun", "pruning"),
    ("prob", "probing"), ("prefill", "prefilling"), ("gsm8k", "GSM8K"), ("gsm-8k", "GSM8K"), ("aime", "AIME"),
    ("math", "mathematics"), ("gpqa", "GPQA"), ("mmlu", "MMLU"), ("hmmt", "HMMT"),
)  # fmt: skip
"""What names of methods and tasks contain, and the name under which they are counted together."""

_COMPARED = re.compile(
    r"\b(?:outperform\w*|outscor\w*|beats?|surpass\w*|exceeds?|leads|wins? over|than|against|compared (?:with|to)"
    r"|versus|vs)\b"
)
"""What stands between the thing that a comparison is about and what that is compared with."""

By = Literal["finding", "method", "task"]


class ScaleCell(Record):
    """What is found in one range of sizes."""

    sizes: str = Field(description="the column")
    direction: Direction
    winner: str = Field("", description="which of two compared things did better there")
    counts: dict[Direction, int] = Field({}, description="how many claims go which way")
    claims: tuple[str, ...] = Field((), description="ids")


class ScaleRow(Record):
    """One finding, or all findings of one method or task, over the sizes that they name.

    A claim that compares methods counts with its sign for the one that it is about, and as `unknown` for the other.
    """

    label: str
    task: str = ""
    method: str = ""
    as_of: str = ""
    cells: tuple[ScaleCell, ...] = ()
    flips: bool = Field(description="whether it goes opposite ways at two sizes, or another thing wins")
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
    findings = effects(claim.text, claim.scope.size or "")
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
    direction = together(finding.direction for finding in findings)
    return ScaleCell(
        sizes=name,
        direction=direction,
        counts={direction: 1},
        winner=winners.pop() if len(winners) == 1 else "",
        claims=(claim_id,),
    )


def _flips(cells: Sequence[ScaleCell]) -> bool:
    directions = {cell.direction for cell in cells}
    winners = {cell.winner for cell in cells if cell.winner}
    opposites = ({Direction.HELPS, Direction.HURTS}, {Direction.RISES, Direction.FALLS})
    return any(pair <= directions for pair in opposites) or len(winners) > 1


def _changes(cells: Sequence[ScaleCell]) -> bool:
    told = {cell.direction for cell in cells} - {Direction.UNKNOWN, Direction.MIXED}
    return len(told) > 1 or _flips(cells)


def _grouped(rows: Sequence[ScaleRow], by: Literal["method", "task"]) -> list[ScaleRow]:
    """Rows that name the same method or task as one; a claim that names several stands under each."""
    groups: dict[str, list[ScaleRow]] = defaultdict(list)
    for row in rows:
        written = row.method if by == "method" else row.task
        for name in _names(f"{written}. {row.label}", by):
            is_its_own = by == "task" or _credits(row, name)
            groups[name or f"{_NAMELESS} {by}"].append(row if is_its_own else _unsigned(row))
    return [_group(name, own) for name, own in groups.items()]


def _names(text: str, by: Literal["method", "task"]) -> list[str]:
    """The methods or tasks that a text names, each once; one that is empty where it names none."""
    named = scope_of(text)
    return list(dict.fromkeys(map(_common_name, ((named.method if by == "method" else named.task) or "").split(", "))))


def _credits(row: ScaleRow, name: str) -> bool:
    """Whether a claim's sign is that of a method, not of one that it is compared with or of styles within it."""
    if len({cell.winner for cell in row.cells if cell.winner}) > 1:
        return False
    for text in (row.label, row.method):
        if name in _names(text, "method"):
            compared = _COMPARED.search(text)
            return compared is None or name in _names(text[: compared.start()], "method")
    return True


def _unsigned(row: ScaleRow) -> ScaleRow:
    """A claim that only speaks of a method."""
    unknown = {"direction": Direction.UNKNOWN, "counts": {Direction.UNKNOWN: 1}, "winner": ""}
    return row.model_copy(update={"cells": tuple(cell.model_copy(update=unknown) for cell in row.cells)})


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
                    direction=together(cell.direction for cell in here),
                    counts=dict(Counter(cell.direction for cell in here)),
                    claims=tuple(i for cell in here for i in cell.claims),
                )
            )
    latest = max(row.as_of for row in rows)
    is_named = not name.startswith(_NAMELESS)
    flips, changes = is_named and _flips(cells), is_named and _changes(cells)
    return ScaleRow(label=name, as_of=latest, cells=tuple(cells), flips=flips, changes=changes)
