"""Relations that a model proposes: both sides in their own words, and a person's yes or no."""

from collections.abc import Mapping, Sequence

import streamlit as st

from kb.domain import ProposedRelation
from kb.errors import BadInput, KbError
from kb.library import Library
from kb.ui.html import show
from kb.ui.page import source_link
from kb.ui.safe import escaped, label, words

_MOST = 25
_NONE = (
    "No relation waits for a decision. `kb graph relate --llm NAME` has a language model propose how near notes bear "
    "on each other; without one, `kb graph suggest` finds links that may be missing."
)
_ASKED, _TOLD = "relation-asked", "relation-told"


def all_proposed(opened: Library) -> None:
    """Every relation that waits, or how to come by some."""
    _carry_out(opened)
    found = opened.relations.list()
    if not found:
        st.info(_NONE)
        return
    st.caption(
        "A model proposed these. They are written nowhere, and no answer rests on them. Accept writes a line into a "
        "note; Reject remembers that nothing more is to be proposed of the pair."
    )
    _cards(opened, found)


def proposed_of(opened: Library, source_id: str) -> None:
    """Relations of one source that wait; nothing where there are none."""
    _carry_out(opened)
    if found := [r for r in opened.relations.list() if source_id in (r.source, r.target)]:
        show(f"<h2>Proposed by a model, accepted by nobody: {len(found)}</h2>")
        _cards(opened, found)


def _cards(opened: Library, found: Sequence[ProposedRelation]) -> None:
    titles = opened.reading.titles(end for r in found for end in (r.source, r.target))
    for relation in found[:_MOST]:
        with st.container(border=True):
            _card(opened, relation, titles)
    if len(found) > _MOST:
        st.caption(f"and {len(found) - _MOST} more, which follow when these are decided")


def _card(opened: Library, relation: ProposedRelation, titles: Mapping[str, str]) -> None:
    ends = (relation.source, relation.target)
    source, target = (source_link(end, titles.get(end, "")) for end in ends)
    why_not = ""
    try:
        note, entry = opened.relations.written(relation)
        outcome = f"Accept writes at the end of {escaped(note.origin)}:<br>{escaped(entry)}"
    except BadInput as error:
        why_not = str(error)
        outcome = escaped(f"{why_not[:1].upper()}{why_not[1:]}.")
    origin = f"Proposed by {relation.model} on {relation.proposed_at[:10]}"
    show(
        f"<p>{source} <strong>{relation.kind.value}</strong> {target}</p><p>{words(relation.why)}</p>"
        f"<div class='kb-sides'>{''.join(_side(relation, end, titles.get(end, end)) for end in ends)}</div>"
        f"<p class='kb-small kb-faint'>{escaped(origin)}</p>"
        f"<p class='kb-small'>{outcome}</p>"
    )
    with st.container(horizontal=True):
        st.button(
            "Accept", key=f"accept-{relation.id}", disabled=bool(why_not), on_click=_ask, args=(relation.id, True),
            help="Write it into the note",
        )  # fmt: skip
        st.button(
            "Reject", key=f"reject-{relation.id}", on_click=_ask, args=(relation.id, False),
            help="Remember that it is not to be proposed again",
        )  # fmt: skip


def _side(relation: ProposedRelation, end: str, title: str) -> str:
    quotes = [q.quote for q in relation.quotes if q.source == end]
    rows = "".join(f"<span class='kb-row'>“{words(quote)}”</span>" for quote in quotes)
    none = "<span class='kb-row kb-faint'>Nothing is quoted of it.</span>"
    return f"<p class='kb-passage'><span class='kb-row kb-small'>{words(title)}</span>{rows or none}</p>"


def _ask(relation_id: str, is_accepted: bool) -> None:
    """Remember a decision until the page has its library, notes that changed meanwhile read."""
    st.session_state[_ASKED] = relation_id, is_accepted


def _carry_out(opened: Library) -> None:
    """Do what was asked for, and make the page anew; say what came of what was done before."""
    if asked := st.session_state.pop(_ASKED, None):
        with st.spinner("Writing it down …"):
            st.session_state[_TOLD] = _decided(opened, *asked)
        st.rerun()
    if told := st.session_state.pop(_TOLD, None):
        is_done, text = told
        (st.success if is_done else st.error)(label(text))


def _decided(opened: Library, relation_id: str, is_accepted: bool) -> tuple[bool, str]:
    """Whether it is done, and what to say of it."""
    try:
        if is_accepted:
            path = opened.relations.accept(relation_id)
            return True, f"It is written at the end of {path.relative_to(opened.parts.place.notes).as_posix()}."
        opened.relations.reject(relation_id)
        return True, "It is rejected and will not be proposed again."
    except KbError as error:
        return False, str(error)
