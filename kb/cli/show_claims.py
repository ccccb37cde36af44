"""Claims, the matrix by size, and reading lists as text for a terminal."""

import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ingest.plain import shown
from kb.cli.context import one_line, out
from kb.domain import Proposal
from kb.ledger import ClaimStatus, EventKind, LedgerEvent
from kb.services.claims import ClaimDetail, EvidencePassage
from kb.services.relation import Relation
from kb.services.retest import Candidate, Retest
from kb.services.scale import BUCKETS, CAUTION, LEGEND, SIGNS, ScaleCell, ScaleRow
from kb.services.stale import StaleClaim

_MIN_WIDTH, _MAX_WIDTH = 60, 120
_MIN_CELL, _MAX_CELL = 8, 14
_MARGIN = " " * 8
_LABEL_ROOM = 30
"""Columns that a row's words have at least; cells are cut so that they fit."""
_NAMED_IDS = 2
"""Ids of claims that a row of several names."""
_LEGEND = f"{LEGEND}; · no such size. {CAUTION}"
_HINTS = {
    Relation.CONTRADICTS: "may contradict",
    Relation.SUPERSEDES: "may supersede",
    Relation.SCOPE_DIFFERS: "scope may differ",
    Relation.SUPPORTS: "may support",
    Relation.UNCLEAR: "unclear",
}


def _width() -> int:
    return max(_MIN_WIDTH, min(_MAX_WIDTH, shutil.get_terminal_size((100, 24)).columns - 1))


def _wrapped(text: str, first: str = "", rest: str = "") -> str:
    return textwrap.fill(one_line(text), _width(), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def _cut(text: str, width: int) -> str:
    line = one_line(text)
    return line if len(line) <= width else line[: max(1, width - 1)] + "…"


def print_claims(claims: Sequence[ClaimStatus], withdrawn: Mapping[str, Sequence[str]]) -> None:
    """One line for each claim, marked where papers of its evidence were withdrawn, which are given by claim."""
    lines = (
        f"{c.id}  {c.claim.as_of:<10}  {c.status.value:<13}  {_gone(withdrawn.get(c.id))}{c.claim.text}" for c in claims
    )
    out("\n".join(_cut(line, _width()) for line in lines) or "No claims. Notes state them; see `kb claims extract`.")


def _gone(papers: Sequence[str] | None) -> str:
    return f"({', '.join(papers)} withdrawn) " if papers else ""


def print_claim(detail: ClaimDetail) -> None:
    """One claim with all that is known of it."""
    status = detail.status
    claim = status.claim
    tested = f"last tested {status.last_tested}" if status.last_tested else "never tested"
    lines = [_wrapped(claim.text), "", f"{status.id}: {status.status.value}, as of {claim.as_of}, {tested}"]
    lines += [f"  {name}: {one_line(value)}" for name, value in claim.scope.model_dump(exclude_none=True).items()]
    stated = ", ".join(note.removeprefix("note:") for note in status.notes)
    is_recorded = any(event.kind is EventKind.STATED for event in status.history)
    unstated = "No note states it; the ledger took it in" if is_recorded else "No note states it any more"
    lines.append(_wrapped(f"Stated in {stated}" if stated else unstated, "  ", "    "))
    lines += ["", "Evidence", *(line for evidence in detail.evidence for line in _evidence(evidence))]
    if status.history:
        lines += ["", "History", *(line for event in status.history for line in _event(event))]
    if detail.nearly_same:
        lines += ["", _wrapped(f"In nearly the same words: {', '.join(detail.nearly_same)}. Nothing was merged.")]
    out("\n".join(lines))


def _evidence(evidence: EvidencePassage) -> Iterator[str]:
    mark = " (withdrawn)" if evidence.withdrawn else ""
    if evidence.source is None:
        yield f"  {one_line(evidence.reference)}{mark}: the library has no text of it"
    elif not evidence.quote:
        yield f"  {evidence.source}{mark}: no sentence of it speaks to the claim"
    else:
        kind = "says so word for word" if evidence.verbatim else f"candidate passage, cosine {evidence.likeness:.2f}"
        yield f"  {evidence.source}{mark}: {kind}"
        yield _wrapped(f"“{shown(evidence.quote)}”", "    ", "    ")


def _event(event: LedgerEvent) -> Iterator[str]:
    what = event.verdict.value if event.verdict else event.kind.value
    against = f" against {', '.join(event.against)}" if event.against else ""
    model = f", brought by {event.provenance.model}" if event.provenance.model else ""
    yield _wrapped(f"{event.happened_at[:10]}  {what}{against}, by {event.by} ({event.how}{model})", "  ", "    ")
    if event.reason:
        yield _wrapped(event.reason, "    ", "    ")
    for quote in event.quotes:
        checked = "" if quote.checked else " (not checked: no text in the library)"
        yield _wrapped(f"“{shown(quote.text)}”{checked}", "    ", "    ")


def print_recorded(status: ClaimStatus) -> None:
    """What a verdict made of a claim."""
    out(_wrapped(f"{status.id} now stands as {status.status.value}: {status.claim.text}"))


def print_stale(found: Sequence[StaleClaim]) -> None:
    """What to test again, with the reasons."""
    blocks = []
    for i, stale in enumerate(found, 1):
        lines = [_wrapped(f"{stale.status.claim.text} ({stale.status.id})", f"{i:>2}. ", "    ")]
        lines += [_wrapped(reason, "    - ", "      ") for reason in stale.reasons]
        blocks.append("\n".join(lines))
    out("\n\n".join(blocks) or "No claims to test.")
    if found:
        out(f"\nRead on with: kb retest {found[0].status.id}")


def print_scale(rows: Sequence[ScaleRow], show_all: bool) -> None:
    """The matrix: a column for each range of sizes, a row for each finding."""
    shown = [row for row in rows if show_all or row.flips or row.changes or len(row.cells) > 1]
    if not shown:
        out("No claim names more than one model size. See all with --all.")
        return
    text = {(i, c.sizes): _cell(c) for i, row in enumerate(shown) for c in row.cells}
    fitting = (_width() - len(_MARGIN) - _LABEL_ROOM) // len(BUCKETS)
    wide = max(_MIN_CELL, min(_MAX_CELL, fitting, max(len(words) + 1 for words in text.values())))
    lines = [_MARGIN + "".join(f"{name:<{wide}}" for name, _, _ in BUCKETS) + "finding"]
    is_terminal = sys.stdout.isatty()
    for i, row in enumerate(shown):
        mark = "FLIPS" if row.flips else "changes" if row.changes else ""
        signs = "".join(f"{_cut(text.get((i, name), '·'), wide - 1):<{wide}}" for name, _, _ in BUCKETS)
        line = f"{mark:<{len(_MARGIN)}}{signs}"
        line += _label(_told(row), len(line))
        lines.append(f"\x1b[1m{line}\x1b[0m" if is_terminal and row.flips else line)
    left_out = len(rows) - len(shown)
    lines += ["", _wrapped(_LEGEND)]
    lines += [f"{left_out} findings at one size only are left out; --all shows them."] if left_out else []
    out("\n".join(lines))


def _label(text: str, indent: int) -> str:
    """A row's words beside its signs, in three lines at most."""
    room = max(_LABEL_ROOM, _width() - indent)
    lines = textwrap.wrap(one_line(text), room, max_lines=3, placeholder=" …", break_on_hyphens=False)
    return ("\n" + " " * indent).join(lines)


def _told(row: ScaleRow) -> str:
    """A row in words, with its claims' ids: first where it is one claim, whose words may be cut, else last."""
    ids = list(dict.fromkeys(claim for cell in row.cells for claim in cell.claims))
    trend = f"effect {row.trend} with size: " if row.trend else ""
    words = f"{row.as_of} {trend}{row.label}"
    more = f" and {len(ids) - _NAMED_IDS} more" if len(ids) > _NAMED_IDS else ""
    return f"{ids[0]} {words}" if len(ids) == 1 else f"{words} ({', '.join(ids[:_NAMED_IDS])}{more})"


def _cell(cell: ScaleCell) -> str:
    if len(cell.claims) > 1:
        return " ".join(f"{sign}{cell.counts[d]}" for d, sign in SIGNS.items() if d in cell.counts)
    return f"{SIGNS[cell.direction]} {cell.winner}".strip()


def print_proposals(found: Sequence[Proposal]) -> None:
    """Proposed claims, and how to accept them."""
    blocks = []
    for proposal in found:
        claim = proposal.claim
        lines = [_wrapped(claim.text, f"{claim.id}  ", "    ")]
        scope = "; ".join(f"{k}: {v}" for k, v in claim.scope.model_dump(exclude_none=True).items())
        where = f"for {proposal.note.removeprefix('note:')}"
        where += f", words of {proposal.source}" if proposal.source != proposal.note else ""
        rests = ", ".join(claim.evidence) or "no evidence, since the sentence names no paper"
        lines.append(_wrapped(f"as of {claim.as_of}, {rests}; {where}", "    ", "    "))
        lines += [_wrapped(scope, "    ", "    ")] if scope else []
        if proposal.model:
            lines.append(_wrapped(f"“{shown(proposal.quote)}”", "    ", "    "))
            lines.append(_wrapped(f"proposed by {proposal.model} on {proposal.proposed_at[:10]}", "    ", "    "))
        blocks.append("\n".join(lines))
    out("\n\n".join(blocks) or "Nothing to propose.")
    if blocks:
        how = "Found by rules, but for what names its model" if any(p.model for p in found) else "Found by rules"
        out(f"\n{how}; written nowhere. Accept one with --accept ID, refuse it with --reject ID.")


def print_retests(found: Iterable[Retest]) -> None:
    """Reading lists, each under its claim."""
    out("\n\n".join("\n".join(_retest(retest)) for retest in found) or "No claims to test.")


def _retest(retest: Retest) -> Iterator[str]:
    status = retest.claim
    yield _wrapped(f"{status.claim.text} ({status.id}, as of {status.claim.as_of}, {status.status.value})")
    left_out = [f"{retest.n_older} not newer than {retest.since}" if retest.n_older else ""]
    left_out += [f"{retest.n_read} tested against before" if retest.n_read else ""]
    yield _wrapped(retest.note, "  ", "  ")
    if told := ", ".join(filter(None, left_out)):
        yield f"  Left out: {told}."
    for candidate in retest.candidates:
        yield ""
        yield from _candidate(candidate)
    if retest.wanted:
        named = "; ".join(f"{n.reference} ({n.date}) {n.title}".strip() for n in retest.wanted)
        yield ""
        yield _wrapped(f"Newer and near by other notes' claims, but without text in the library: {named}", "  ", "    ")
    if retest.candidates:
        yield ""
        yield _wrapped(f"To record what you find: kb retest {status.id} --accept ID --verdict …", "  ", "  ")


def _candidate(candidate: Candidate) -> Iterator[str]:
    newer = "" if candidate.is_newer else ", dates too coarse to say whether it is newer"
    title = shown(candidate.title)
    yield _wrapped(
        f"{title} ({candidate.source}, {candidate.date or 'undated'}{newer})", f"  {candidate.id}  ", "     "
    )
    yield _wrapped(f"“{shown(candidate.quote)}”", "     ", "     ")
    cues = f": {'; '.join(candidate.hint.cues)}" if candidate.hint.cues else ""
    yield _wrapped(f"hint, unjudged: {_HINTS[candidate.hint.relation]}{cues}", "     ", "     ")
    if made := candidate.proposal:
        yield _wrapped(f"{made.judge} proposes {made.verdict.value}: {made.reason}", "     ", "     ")
