"""The walkable map as a component of the page: the same script and style as the exported page, loaded from nowhere."""

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from graph.export import asset, component_script

_HOST = '<div class="kbmap-host"></div>'
_STYLE = """
.kbmap-host { height: 46rem; }
.kbmap {
  --ground: var(--st-background-color); --raised: var(--st-secondary-background-color); --ink: var(--st-text-color);
  --line: var(--st-border-color); --focus: var(--st-primary-color); font: inherit; font-size: 15px;
}
@media (max-width: 52rem) { .kbmap-host { height: auto; } }
"""
# The page is told where the reader is; it tells where to begin. As long as that and the map are the same as before,
# the reader's place, trail and filters stay.
_MOUNT = """
const mounted = new WeakMap();
export default function ({ data, parentElement, setStateValue }) {
  const host = parentElement.querySelector(".kbmap-host");
  const before = mounted.get(host);
  if (before && before.version === data.version) {
    if (before.start !== data.start) { before.start = data.start; before.map?.walkTo(data.start); }
    return;
  }
  const onWalk = (id) => setStateValue("centre", id);
  const map = mountMap(host, data.map, { start: data.start, onWalk });
  mounted.set(host, { version: data.version, start: data.start, map });
}
"""


@cache
def _component() -> Callable[..., Any]:
    script, style = component_script() + _MOUNT, asset("map.css") + _STYLE
    return st.components.v2.component("concept_map", html=_HOST, css=style, js=script)


def concept_map(data: dict[str, Any], *, version: str, start: str, key: str) -> str:
    """Show the map; the id of the node at which the reader is.

    Args:
        data: as `graph.export.component_data` gives it.
        version: another one where the data is another.
        start: node to begin at; another one than before leads the reader there.
        key: of the component on the page.
    """
    sent = {"map": data, "version": version, "start": start}
    state = _component()(key=key, data=sent, default={"centre": start}, on_centre_change=lambda: None)
    return str(state.centre or start)
