"""One claim: what it says, on what it rests, what happened to it, both sides in their own words; a person's verdict."""

import streamlit as st

from kb.ledger import LedgerEvent, Verdict
from kb.library import Library
from kb.services.claims import ClaimDetail, EvidencePassage
from kb.services.verdicts import Ruling
from kb.ui import links, page
from kb.ui.html import inside, show, wayfinding
from kb.ui.ledger_views import claim_link, standing
from kb.ui.prompt_box import show_prompt
from kb.ui.safe import escaped, words


def claim_page(opened: Library, name: str) -> None:
    """Show a claim by its id."""
    with wayfinding(links.CLAIMS, "Claims"):
        detail = opened.claims.show(name)
    show(f"<p class='kb-small'>{inside('claims', 'All claims')}</p>")
    _head(opened, detail)
    _evidence(detail)
    _history(detail)
    _likes(opened, detail)
    key = f"prompt-of-{detail.status.id}"
    if st.button("Make a prompt for this claim", key="claim-prompt"):
        question = f"Does this still hold: {detail.status.claim.text}"
        st.session_state[key] = opened.prompts.render(question, claims=[detail.status.id]).id
    if key in st.session_state:
        show_prompt(opened.prompts.show(st.session_state[key]))
    _verdict(opened, detail)


def _head(opened: Library, detail: ClaimDetail) -> None:
    status, claim = detail.status, detail.status.claim
    titles = opened.reading.titles(status.notes)
    notes = (
        ", ".join(page.source_link(note, titles.get(note, "")) for note in status.notes)
        or "no note any more; the ledger remembers it"
    )
    scope = f" · {escaped(str(claim.scope))}" if str(claim.scope) else ""
    tested = f" · last tested {status.last_tested}" if status.last_tested else ""
    show(
        f"<p class='kb-eyebrow'>Claim</p><h1>{words(claim.text)}</h1>"
        f"<p class='kb-small'>"
        f"<strong>{standing(status.status)}</strong> · as of {escaped(claim.as_of)}{tested}{scope}</p>"
        f"<p class='kb-small'>Stated by {notes}</p>"
    )


def _evidence(detail: ClaimDetail) -> None:
    items = "".join(map(_passage, detail.evidence)) or "<p>It names no evidence.</p>"
    show(f"<h2>What its evidence says</h2>{items}")


def _passage(one: EvidencePassage) -> str:
    if not one.quote:
        way = f" {inside(links.add(item=one.reference), 'Bring it in')}." if links.arxiv(one.reference) else ""
        return f"<p class='kb-small'>{page.reference_link(one.reference)}: the library has no text of it.{way}</p>"
    how = "in the claim's own words" if one.verbatim else f"nearest sentence, likeness {one.likeness:.2f}"
    return (
        f"<p class='kb-passage'><span class='kb-row'>{page.reference_link(one.reference)} · {how}</span>"
        f"<span class='kb-row'>“{words(one.quote)}”</span></p>"
    )


def _history(detail: ClaimDetail) -> None:
    events = detail.status.history
    if not events:
        show("<h2>History</h2><p>Nobody has tested it yet.</p>")
        return
    show(f"<h2>History</h2><ol>{''.join(map(_event, events[::-1]))}</ol>")


def _event(event: LedgerEvent) -> str:
    against = ", ".join(map(page.reference_link, event.against))
    reason = f"<p>{escaped(event.reason)}</p>" if event.reason else ""
    sides = "".join(
        f"<p class='kb-passage'><span class='kb-row'>"
        f"<strong>{'For the claim' if q.side == 'claim' else 'The test'}</strong>: "
        f"{page.reference_link(q.source)} · {'found in its text' if q.checked else 'not checked: no text here'}</span>"
        f"<span class='kb-row'>“{escaped(q.text)}”</span></p>"
        for q in event.quotes
    )
    return (
        f"<li><p><strong>{escaped(str(event.verdict or event.kind).replace('_', ' '))}</strong>"
        f"{' against ' + against if against else ''}</p>"
        f"<p class='kb-small kb-faint'>{event.happened_at[:10]} · {escaped(event.by)} · {event.how}</p>"
        f"{reason}{sides}</li>"
    )


def _likes(opened: Library, detail: ClaimDetail) -> None:
    if not detail.nearly_same:
        return
    texts = {status.id: status.claim.text for status in opened.claims.list()}
    items = "".join(f"<li>{claim_link(i, texts[i])}</li>" for i in detail.nearly_same if i in texts)
    show(f"<h2>In nearly the same words</h2><ul>{items}</ul>")


def _verdict(opened: Library, detail: ClaimDetail) -> None:
    with st.expander("Record a verdict"), st.form("verdict", clear_on_submit=False):
        verdict = st.selectbox("Verdict", list(Verdict), format_func=lambda v: v.replace("_", " "))
        against = st.text_input("Tested against", placeholder="arXiv ids or sources, with commas between")
        quote = st.text_area("Quote of the first of them", height=80)
        reason = st.text_input("Reason")
        by = st.text_input("Your name", value="a person")
        if st.form_submit_button("Write it into the ledger", type="primary"):
            ruling = Ruling(
                verdict=verdict or Verdict.UNRESOLVED,
                against=[name.strip() for name in against.split(",") if name.strip()],
                quotes=[quote.strip()] if quote.strip() else [],
                reason=reason.strip(),
                by=by.strip() or "a person",
            )
            opened.claims.record(detail.status.id, ruling)
            st.rerun()
