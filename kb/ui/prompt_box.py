"""A research prompt on a page: folded away, with copy, download and ways into other models."""

from calendar import monthrange
from datetime import UTC, date, datetime

import streamlit as st

from kb.exchange import ResearchPrompt
from kb.language import counted
from kb.services.chats import SITES, chat_address
from kb.ui import shell
from kb.ui.safe import label

_CHATS = {"chatgpt": "ChatGPT"}
"""Names of chats that are more than their word with a capital."""


@st.fragment
def prompt_box(subject: str, title: str, as_of: str = "") -> None:
    """A prompt for a question, note, claim or inquiry, made when somebody opens the box.

    Args:
        subject: as `Prompts.render` takes it.
        title: what the box is called.
        as_of: the date that the box begins with; today where it is empty.
    """
    with shell.boundary(), st.container(key="kb-prompt"):
        is_open = st.toggle(label(title), key=f"prompt {subject}")
        st.caption(
            "Dated claims of this library for another model to test against newer work. "
            "Its answer comes back with “Answers” on the page of claims, or with `kb import`."
        )
        if not is_open:
            return
        today = datetime.now(UTC).date()
        begin = min(today, _last_day(as_of)) if as_of else today
        until = st.date_input("As of: younger claims are left out", begin, max_value=today, key=f"as of {subject}")
        with shell.opened() as library:
            made = library.prompts.render(subject, as_of=f"{until:%Y-%m-%d}")
        show_prompt(made)


def _last_day(text: str) -> date:
    """Of the year, month or day that a date names."""
    year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
    month = month or 12
    return date(year, month, day or monthrange(year, month)[1])


def show_prompt(made: ResearchPrompt) -> None:
    """A prompt that is made already: to copy by the button at its corner, to keep as a file, to open a chat with."""
    st.caption(label(f"{counted(len(made.claims), 'claim')}, some {made.n_tokens:,} tokens, {made.id}."))
    st.code(made.text, language=None, wrap_lines=True, height=420)
    _ways_out(made.id, made.text)


def _ways_out(prompt_id: str, text: str) -> None:
    """Download, and a link for each chat; where the prompt does not fit into an address, it is to be pasted."""
    st.download_button(
        "Download", text, f"{prompt_id}.md", "text/markdown", icon=":material/download:", on_click="ignore"
    )
    with st.container(horizontal=True):
        for site in SITES:
            address, _ = chat_address(site, text)
            st.link_button(f"Open in {_CHATS.get(site, site.capitalize())}", address, type="tertiary")
    if not all(chat_address(site, text)[1] for site in SITES):
        st.caption("Copy the prompt first: it is too long to go along with most of these links.")
