"""The claims of a library as tables: the ledger, its timeline, findings by model size, what to test again."""

from collections.abc import Sequence
from typing import Any, get_args

import streamlit as st

from kb.language import counted
from kb.ledger import ClaimStatus, Standing
from kb.library import Library
from kb.services.findings import Direction
from kb.services.scale import BUCKETS, CAUTION, LEGEND, SIGNS, By, ScaleCell, ScaleRow
from kb.services.stale import StaleClaim
from kb.ui import links, page, plots, work
from kb.ui.html import inside, show
from kb.ui.progress import follow
from kb.ui.prompt_box import show_prompt
from kb.ui.safe import escaped

_SIGNS = {
    Standing.UNTESTED: "○ untested", Standing.HOLDS: "● holds", Standing.WEAKENED: "◐ weakened",
    Standing.CONTRADICTED: "✕ contradicted", Standing.SUPERSEDED: "→ superseded",
    Standing.SCOPE_DIFFERS: "◇ scope differs", Standing.UNRESOLVED: "? unresolved", Standing.DISPUTED: "≠ disputed",
}  # fmt: skip
_WIDTHS = {"Claim": 620, "Scope": 260, "Notes": 220, "Evidence": 180}
"""In pixels."""
_EFFECTS = {Direction.NO_EFFECT: "none", Direction.UNKNOWN: "not told"}
"""Words for what is found where they are not its name."""
_FIRST_STEPS = (("Re-test%20next", "See what to test again"), ("Answers", "bring an answer back"))
_MOST_STALE = 20
_MOST_ROWS = 2_000


def standing(status: Standing) -> str:
    """A standing as a sign and a word, so that colour says nothing that they do not."""
    return _SIGNS[status]


def ledger(opened: Library) -> None:
    """Every claim with where it stands; those that are ticked become a prompt."""
    columns = st.columns([2, 1])
    words = (
        columns[0].text_input("Find", placeholder="Words of a claim, a note or a topic", key="claims-find").casefold()
    )
    wanted = columns[1].selectbox("Standing", ["", *Standing], format_func=lambda s: _SIGNS.get(s, "All"))
    every = opened.claims.list()
    known = [s for s in every if (not wanted or s.status is wanted) and words in _said(s)]
    st.caption(f"{len(known):,} of {len(every):,} claims. Tick rows to make a prompt for them or to open one.")
    if not known:
        if every:
            st.info("No claim fits. Clear the search or take every standing.")
        else:
            command = "<code>kb claims extract --all</code> proposes some from the notes that are here."
            show(page.empty("No note states a dated claim yet.", f"Claims stand in the head of notes; {command}"))
        return
    event = st.dataframe(
        [_row(status) for status in known[:_MOST_ROWS]], hide_index=True, width="stretch", height=460,
        on_select="rerun", selection_mode="multi-row", key="claims-table",
        column_config={name: st.column_config.TextColumn(width=width) for name, width in _WIDTHS.items()},
    )  # fmt: skip
    chosen = [known[i] for i in event["selection"]["rows"] if i < len(known)]
    if chosen:
        _selection(opened, chosen)


def _selection(opened: Library, chosen: Sequence[ClaimStatus]) -> None:
    items = "".join(f"<li>{claim_link(status.id, status.claim.text)}</li>" for status in chosen)
    show(f"<ul class='kb-small'>{items}</ul>")
    if st.button(f"Make a prompt for {counted(len(chosen), 'claim')}", type="primary", key="claims-prompt"):
        question = "Do these claims still hold?" if len(chosen) > 1 else f"Does this still hold: {chosen[0].claim.text}"
        made = opened.prompts.render(question, claims=[status.id for status in chosen])
        st.session_state["claims-made"] = made.id
    if made_id := st.session_state.get("claims-made"):
        show_prompt(opened.prompts.show(made_id))


def claim_link(claim_id: str, text: str) -> str:
    """A claim in HTML, as a link to its page."""
    return inside(links.claim(claim_id), text)


def _said(status: ClaimStatus) -> str:
    return f"{status.claim.text} {' '.join(status.notes)} {status.claim.scope} {status.id}".casefold()


def _row(status: ClaimStatus) -> dict[str, Any]:
    return {
        "Standing": _SIGNS[status.status],
        "As of": status.claim.as_of,
        "Claim": status.claim.text,
        "Last test": status.last_tested or "",
        "Scope": str(status.claim.scope),
        "Notes": ", ".join(note.removeprefix("note:") for note in status.notes),
        "Evidence": ", ".join(status.claim.evidence),
    }


def timeline(opened: Library) -> None:
    """The ledger's events, newest first, as a plot and a table."""
    events = [(status, event) for status in opened.claims.list() for event in status.history]
    events.sort(key=lambda pair: pair[1].happened_at, reverse=True)
    rows = [
        {
            "when": event.happened_at[:10],
            "what": str(event.verdict or event.kind).replace("_", " "),
            "claim": status.claim.text,
            "against": ", ".join(event.against),
            "by": event.by,
        }
        for status, event in events
    ]
    if not rows:
        begin, back = (inside(f"{links.CLAIMS}?view={view}", name) for view, name in _FIRST_STEPS)
        show(f'<p class="kb-note">The ledger is empty: no claim was tested yet. {begin}, or {back}.</p>')
        return
    page.plot("Events", plots.timeline(rows), rows)
    items = "".join(
        f"<li><p>{claim_link(status.id, status.claim.text)}</p><p class='kb-small kb-faint'>{event.happened_at[:10]} · "
        f"{escaped(str(event.verdict or event.kind).replace('_', ' '))} · {escaped(event.by)}</p></li>"
        for status, event in events[:50]
    )
    show(f"<h2>Latest</h2><ol class='kb-list'>{items}</ol>")


def scale(opened: Library) -> None:
    """Findings by model size; those that flip with scale come first."""
    by: By = st.segmented_control("A row for each", get_args(By), default="finding", key="claims-by") or "finding"
    rows = opened.claims.scale(by)
    if by == "finding" and not st.toggle("Also findings at one size only", key="claims-all"):
        rows = [row for row in rows if len(row.cells) > 1 or row.flips or row.changes]
    st.caption(f"Signs: {LEGEND}. What flips with size comes first. {CAUTION}")
    if not rows:
        st.info("No claim names sizes of models.")
        return
    heads = "".join(
        f"<th scope='col'>{escaped(name)}</th>" for name in (*(name for name, _, _ in BUCKETS), by.capitalize())
    )
    show(f"<table class='kb-sizes'><thead><tr>{heads}</tr></thead><tbody>{''.join(map(_sizes, rows))}</tbody></table>")


def _sizes(row: ScaleRow) -> str:
    """A row of the matrix, the sizes first; on a narrow screen its cells stand below one another as a list."""
    cells = {cell.sizes: _effect(cell) for cell in row.cells}
    shown = "".join(f"<td data-size='{escaped(name)}'>{escaped(cells.get(name, ''))}</td>" for name, _, _ in BUCKETS)
    marks = [
        "flips" if row.flips else "changes" if row.changes else "",
        f"effect {row.trend} with size" if row.trend else "",
    ]
    ids = list(dict.fromkeys(claim for cell in row.cells for claim in cell.claims))
    label = claim_link(ids[0], row.label) if len(ids) == 1 else escaped(row.label)
    said = " · ".join(filter(None, [*marks, row.as_of, counted(len(ids), "claim") if len(ids) > 1 else ""]))
    return f"<tr>{shown}<td class='kb-finding'>{label} <span class='kb-small kb-faint'>{escaped(said)}</span></td></tr>"


def _effect(cell: ScaleCell) -> str:
    """What is found at one size: of several claims, how many go which way."""
    if len(cell.claims) > 1:
        return " ".join(f"{sign}{cell.counts[way]}" for way, sign in SIGNS.items() if way in cell.counts)
    return f"{SIGNS[cell.direction]} {_EFFECTS.get(cell.direction, cell.direction)} {cell.winner}".strip()


def retest_next(opened: Library) -> None:
    """What to test again, the most urgent first, with the reasons."""
    # In a thread, because every claim is compared with every other; other sessions would wait for it.
    state = (opened.parts.catalog.generation(), len(opened.parts.catalog.events()))
    before = st.session_state.get("claims-stale")
    if before is None or before[0] != state or before[1].failure:
        looked = work.begin("Comparing claims", opened.root, lambda here, _: here.claims.stale())
        st.session_state["claims-stale"] = (state, looked)
    looked = st.session_state["claims-stale"][1]
    if looked.is_running:
        follow(looked)
        return
    if looked.failure:
        st.error(looked.shown_failure, icon=":material/error:")
        return
    found = looked.result[:_MOST_STALE]
    if not found:
        st.info("Nothing is due: no claim has newer work near it.")
        return
    show(f"<ol class='kb-spaced'>{''.join(map(_stale, found))}</ol>")


def _stale(one: StaleClaim) -> str:
    reasons = "; ".join(map(escaped, one.reasons))
    newer = "".join(
        f"<li>{page.reference_link(work.reference)} {escaped(work.title)} ({escaped(work.date)})</li>"
        for work in one.newer
    )
    return (
        f"<li><p>{claim_link(one.status.id, one.status.claim.text)}</p>"
        f"<p class='kb-small kb-faint'>{_SIGNS[one.status.status]} · {reasons}</p>"
        f"<details class='kb-more'><summary>The nearest {len(one.newer)}</summary>"
        f"<ul class='kb-small'>{newer}</ul></details></li>"
    )
