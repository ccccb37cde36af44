"""Small pieces of HTML that several pages use. Whatever comes from a library is escaped here or before."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import streamlit as st

from kb.errors import BadInput, DamagedCatalog, NotFound
from kb.ui.safe import escaped, words


def show(*parts: str) -> None:
    """Put HTML on the page, in its reading type."""
    st.html(f'<div class="kb">{"".join(parts)}</div>')


def inside(address: str, text: str) -> str:
    """A link inside the library; its words may be Markdown."""
    return f'<a class="kb-in" href="{escaped(address)}">{words(text) or escaped(address)}</a>'


def outside(address: str, text: str) -> str:
    """A link out of the library; only http and https lead anywhere."""
    if not address.startswith(("https://", "http://")):
        return escaped(text)
    return f'<a href="{escaped(address)}" target="_blank" rel="noopener noreferrer">{escaped(text)}</a>'


@contextmanager
def wayfinding(address: str, name: str) -> Iterator[None]:
    """Where something is looked up that may not be there: then a heading and the way to the list that has the rest."""
    try:
        yield
    except DamagedCatalog:
        raise
    except (NotFound, BadInput) as error:
        said = error.message[:1].upper() + error.message[1:]
        show(f"<h1>Not found</h1><p>{escaped(said)}. See {inside(address, name)} for what there is.</p>")
        st.stop()


def section(title: str, content: str) -> str:
    """A heading with what stands under it; nothing where that is nothing."""
    return f"<h2>{words(title)}</h2>{content}" if content else ""


def listed(rows: Iterable[str], style: str = "") -> str:
    """A list of pieces of HTML; nothing where there are none."""
    items = "".join(f"<li>{row}</li>" for row in rows)
    return f'<ul class="{style}">{items}</ul>' if items else ""
