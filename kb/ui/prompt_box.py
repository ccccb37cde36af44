"""A research prompt on a page: to copy, to keep as a file, to open a chat with."""

from urllib.parse import quote

import streamlit as st

from kb.exchange import ResearchPrompt
from kb.ui.safe import label

_SITES = {
    "Claude": "https://claude.ai/new?q=",
    "ChatGPT": "https://chatgpt.com/?q=",
    "Perplexity": "https://www.perplexity.ai/search?q=",
    "Gemini": "https://gemini.google.com/app",
}
"""Where chats begin; those that end in `=` take the prompt along where it is short enough."""
_MAX_URL = 8_000


def prompt_box(made: ResearchPrompt) -> None:
    """Show a prompt with what can be done with it."""
    left_out = f"; {made.n_left_out} less relevant claims were left out" if made.n_left_out else ""
    st.caption(
        label(f"{made.id}: {len(made.claims)} claims, some {made.n_tokens:,} tokens{left_out}.")
        + " Copy it with the button at its corner. Bring the answer back under Answers."
    )
    st.code(made.text, language=None, wrap_lines=True, height=360)
    columns = st.columns(1 + len(_SITES))
    columns[0].download_button("Download", made.text, f"{made.id}.md", "text/markdown", on_click="ignore")
    for column, (name, address) in zip(columns[1:], _SITES.items(), strict=True):
        whole = address + quote(made.text, safe="")
        fits = address.endswith("=") and len(whole) <= _MAX_URL
        column.link_button(
            name,
            whole if fits else address.split("?")[0],
            help=None if fits else "Too long for an address: paste it there.",
        )
