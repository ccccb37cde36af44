"""The frame of every page: navigation, style, the open library, and what is shown where something fails."""

from pathlib import Path

import streamlit as st

from kb.ui import shell

_VIEWS = Path(__file__).parent / "views"
_ASSETS = Path(__file__).parent / "assets"
_PAGES = {
    "ask": "Ask",
    "inquiries": "Inquiries",
    "notes": "Notes",
    "papers": "Papers",
    "map": "Map",
    "claims": "Claims",
    "add": "Add",
    "verify": "Verify",
    "overview": "Overview",
}
"""Files in `views`, without their ending, with the words that lead there. The first is where people arrive."""


def main() -> None:
    """Show the page that the address names."""
    st.set_page_config(page_title="Inquiring lines", page_icon=_ASSETS / "icon.png", layout="centered")
    pages = [
        st.Page(_VIEWS / f"{name}.py", title=title, url_path=name, default=name == "ask")
        for name, title in _PAGES.items()
    ]
    page = st.navigation(pages, position="top")
    st.html(_ASSETS / "style.css")
    # Our own words alone, never a library's: links inside the library then change the page without loading it anew.
    st.html(f"<script>{(_ASSETS / 'walk.js').read_text(encoding='utf-8')}</script>", unsafe_allow_javascript=True)
    shell.warn_if_exposed()
    with shell.boundary(), shell.opened():
        page.run()
