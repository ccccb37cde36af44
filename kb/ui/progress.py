"""How long work goes on is shown, and how it is stopped; every open page sees the same."""

import streamlit as st

from kb.ui.safe import label
from kb.ui.work import Work


def follow(work: Work) -> None:
    """Show work while it goes on; the page is made anew when it ends."""
    _bar(work)


@st.fragment(run_every=1.0)
def _bar(work: Work) -> None:
    # Runs by itself every second, without the library: only the work is looked at.
    if not work.is_running:
        st.rerun()
    counted = f": {work.done:,} of {work.total:,}" if work.total else ""
    words = f"{work.name}, {work.seconds} s. {work.stage}{counted}"
    st.progress(min(1.0, work.done / max(work.total, 1)), text=label(words))
    if work.is_stopping:
        st.caption("Stopping after the item in hand …")
    else:
        st.button("Stop", key=f"stop-{work.name}", help="What was done is kept.", on_click=work.stop)
