"""Claims: the ledger, its timeline, findings by size, what to test again, answers that come back, and one claim."""

import streamlit as st

from kb.ui import ledger_views, page
from kb.ui.claim_page import claim_page
from kb.ui.html import show
from kb.ui.replies import replies, reply_page
from kb.ui.safe import label
from kb.ui.shell import library

_VIEWS = {
    "Ledger": ledger_views.ledger,
    "Timeline": ledger_views.timeline,
    "By size": ledger_views.scale,
    "Re-test next": ledger_views.retest_next,
    "Answers": replies,
}

_claim, _reply = str(st.query_params.get("claim", "")), str(st.query_params.get("reply", ""))
if _claim:
    claim_page(library(), _claim)
elif _reply:
    reply_page(library(), _reply)
else:
    page.wide()
    show("<h1>Claims</h1>")
    _asked = str(st.query_params.get("view", "Ledger"))
    _named = next((name for name in _VIEWS if name.casefold() == _asked.casefold()), "")
    if not _named:
        st.info(label(f"There is no view {_asked[:80]}; this is the ledger. Views: {', '.join(_VIEWS)}."))
    _view = st.segmented_control("View", list(_VIEWS), default=_named or "Ledger", label_visibility="collapsed")
    page.remember("view", _view or "Ledger")
    _VIEWS[_view or "Ledger"](library())
