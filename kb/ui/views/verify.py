"""Hold a text against the library, sentence by sentence."""

import streamlit as st

from ingest.plain import plain
from kb.domain import NearPassage, SupportState, Verification, VerifiedSentence
from kb.language import counted
from kb.library import Library
from kb.services.gate import UNJUDGED
from kb.ui import page, verifying, work
from kb.ui.answer import STATES
from kb.ui.html import show
from kb.ui.progress import follow
from kb.ui.safe import escaped, words
from kb.ui.shell import library

_MOST = 200_000  # characters that are taken at once
_BORNE_OUT = (SupportState.QUOTED, SupportState.SUPPORTED)
"""States in which the words, or a judge, say that a passage bears a sentence out."""


def _report(found: Verification) -> None:
    counts = ", ".join(f"{found.count(state)} {state}" for state in SupportState if found.count(state))
    left_out = f" Left out: {found.n_skipped} headings, questions, fragments." if found.n_skipped else ""
    remarks = "".join(f"<p class='kb-note kb-small' role='status'>{words(remark)}</p>" for remark in found.remarks)
    show(
        f"<h2>{counted(len(found.sentences), 'sentence')}: {counts or 'nothing to verify'}</h2>"
        f"<p class='kb-small kb-faint'>{escaped(left_out)}</p>{remarks}"
        f"<ol class='kb-list'>{''.join(map(_sentence, found.sentences))}</ol>"
    )


def _sentence(one: VerifiedSentence) -> str:
    sign, meaning = STATES[one.state]
    shown = plain(one.text)
    reasons = "".join(
        f"<p class='kb-small'>{'To look at: ' if reason.warning else 'Failed: '}{escaped(reason.told(shown))}</p>"
        for reason in one.reasons
        if reason.kind != UNJUDGED  # that is said once for all
    )
    near = one.nearest[:1]
    if one.citations:
        near = tuple(n for n in one.nearest if n.passage == one.citations[0].passage)[:1] or near
    lead = "Borne out by" if one.state in _BORNE_OUT else "Held against"
    return (
        f"<li><p class='kb-small'><strong>{sign} {meaning}</strong></p>"
        f"<p>{words(one.text)}</p>{reasons}{''.join(_place(n, lead) for n in near)}</li>"
    )


def _place(near: NearPassage, lead: str) -> str:
    place = page.source_link(near.source, near.title) + (f", claim as of {near.as_of}" if near.as_of else "")
    return (
        f"<p class='kb-passage'><span class='kb-row'>{lead}: {place}</span>"
        f"<span class='kb-row'>“{words(near.quote)}”</span></p>"
    )


def _page(opened: Library) -> None:
    key = str(st.query_params.get("text", ""))
    found = verifying.kept(opened.root, key)
    if key and not found:
        st.info("The text of this address is not kept any more. Paste it again.")
    with st.form(f"verify {key}"):
        text = st.text_area(
            "Text", found.text if found else "", height=240, max_chars=_MOST, key=f"verify-text {key}",
            placeholder="Paste a paragraph, a review or another model's answer.",
        )  # fmt: skip
        asked = st.form_submit_button("Verify", type="primary")
    if asked and text.strip():
        page.remember("text", verifying.begin(opened.root, text))
        st.rerun()
    elif asked:
        st.info("Paste some text first.")
    if found:
        _outcome(found.work)


def _outcome(found: work.Work) -> None:
    if found.is_running:
        follow(found)
    elif found.failure:
        st.error(found.shown_failure, icon=":material/error:")
    elif isinstance(found.result, Verification):
        _report(found.result)


show("<h1>Verify</h1>")
st.caption(
    "Each sentence is held against the library: what it quotes, what passed every check, what failed one, and where."
)
_page(library())
