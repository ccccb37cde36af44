"""Answers that come back: paste one, read its audit item by item, accept or reject each."""

import streamlit as st

from kb.exchange import CheckState, Reply, ReplyItem
from kb.language import counted
from kb.library import Library
from kb.services.word_changes import Pieces, word_changes
from kb.ui import links, page
from kb.ui.html import inside, show
from kb.ui.ledger_views import claim_link
from kb.ui.safe import escaped, label, words

_MOST = 1_000_000
_CHECKS = {
    CheckState.OK: "✓", CheckState.FAILED: "✕ failed", CheckState.UNRESOLVED: "? not known here",
    CheckState.NOT_CHECKABLE: "– nothing to check against", CheckState.UNKNOWN: "? not precise enough",
    CheckState.ABSENT: "– not given",
}  # fmt: skip


def replies(opened: Library) -> None:
    """A place to paste an answer, and those that came before."""
    with st.form("import"):
        text = st.text_area(
            "Answer", height=240, max_chars=_MOST, key="import-text",
            placeholder="Paste the whole answer of the model here, with its block at the end.",
        )  # fmt: skip
        columns = st.columns(2)
        model = columns[0].text_input("Model", placeholder="Which model wrote it, for the record")
        prompt_id = columns[1].text_input("Prompt", placeholder="p-…; often the answer says so")
        online = st.checkbox("Ask arXiv about papers that the library does not know")
        asked = st.form_submit_button("Audit it", type="primary")
    st.caption("Nothing enters the ledger before you accept it.")
    if asked and text.strip():
        with st.spinner("Auditing ids, titles, dates and quotes …"):
            made = opened.prompts.import_reply(text, prompt_id=prompt_id.strip(), model=model, online=online)
        page.remember("reply", made.id)
        st.rerun()
    kept = opened.prompts.replies()
    if kept:
        items = "".join(map(_named, kept))
        show(f"<h2>Answers so far</h2><ul>{items}</ul>")


def _named(reply: Reply) -> str:
    return (
        f"<li>{inside(links.reply(reply.id), reply.id)} "
        f"<span class='kb-small kb-faint'>{reply.received_at[:10]} {escaped(reply.model)} · "
        f"{counted(len(reply.items), 'item')}, {len(reply.staged)} to decide</span></li>"
    )


def reply_page(opened: Library, reply_id: str) -> None:
    """Show the audit of one answer."""
    reply = opened.prompts.reply(reply_id)
    show(f"<p class='kb-small'>{inside('claims?view=Answers', 'All answers')}</p>")
    n_accepted = sum(item.accepted for item in reply.items)
    n_rejected = sum(item.rejected for item in reply.items)
    by = f" by {escaped(reply.model)}" if reply.model else ""
    answers = f" to {escaped(reply.prompt_id)}" if reply.prompt_id else ", to no known prompt"
    show(
        f"<p class='kb-eyebrow'>Answer{answers}{by}, {reply.received_at[:10]}</p>"
        f"<h1>{counted(len(reply.items), 'item')}: "
        f"{len(reply.staged)} to decide, {n_accepted} accepted, {n_rejected} rejected</h1>"
    )
    for warning in reply.warnings:
        st.warning(label(warning), icon=":material/info:")
    if len(reply.unquestioned) > 1 and st.button(f"Accept all {len(reply.unquestioned)}", key="accept-all"):
        opened.prompts.accept(reply.id)
        st.rerun()
    for item in reply.items:
        with st.container(border=True):
            _item(opened, reply, item)
    if reply.questions:
        listed = "".join(f"<li>{words(question)}</li>" for question in reply.questions)
        show(f"<h2>Questions that it proposes</h2><ul>{listed}</ul>")


def _item(opened: Library, reply: Reply, item: ReplyItem) -> None:
    state = (
        "accepted" if item.accepted else "rejected" if item.rejected else "to decide" if item.staged else "did not pass"
    )
    about = claim_link(item.claim, item.claim_text) if item.claim and not item.is_new else escaped(item.claim_text)
    paper = page.reference_link(f"arXiv:{item.arxiv_id}") if item.arxiv_id else "no paper"
    checks = " · ".join(f"{name} {_CHECKS[value]}" for name, value in item.checks)
    notes = [f"<li>Failed: {escaped(text)}</li>" for text in item.problems]
    notes += [f"<li>To know: {escaped(text)}</li>" for text in item.remarks]
    reason = f"<p class='kb-small'>In its words: {escaped(item.reason)}</p>" if item.reason else ""
    show(
        f"<p class='kb-small'>{item.number}. <strong>{escaped(item.told)}</strong> · {state}</p>"
        f"<p>{about or 'It matches no claim of the library.'}</p>"
        f"<p class='kb-small'>{paper} {escaped(item.title)} {escaped(item.date)}</p>{_quote(item)}{reason}"
        f"<p class='kb-small kb-faint'>{checks}</p><ul class='kb-small'>{''.join(notes)}</ul>"
    )
    if item.staged and not item.accepted and not item.rejected:
        accept, reject, _ = st.columns([1, 1, 4])
        if accept.button("Accept", key=f"accept-{item.number}", help=f"Write item {item.number} into the ledger"):
            opened.prompts.accept(reply.id, [item.number])
            st.rerun()
        if reject.button("Reject", key=f"reject-{item.number}", help=f"Put item {item.number} aside"):
            opened.prompts.reject(reply.id, [item.number])
            st.rerun()


def _quote(item: ReplyItem) -> str:
    """The quote; an altered one beside the true words, with what differs marked."""
    if not item.found:
        return f"<p class='kb-passage'>“{escaped(item.quote)}”</p>" if item.quote else ""
    given, true = word_changes(item.quote, item.found)
    return (
        "<div class='kb-sides'>"
        f"<p class='kb-passage'><span class='kb-row kb-small'>The answer's quote</span>“{_marked(given)}”</p>"
        f"<p class='kb-passage'><span class='kb-row kb-small'>What the paper says</span>“{_marked(true)}”</p></div>"
    )


def _marked(pieces: Pieces) -> str:
    return " ".join(f"<mark>{escaped(words)}</mark>" if differs else escaped(words) for words, differs in pieces)
