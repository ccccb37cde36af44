"""Ask: a question, its answer with every passage one click away, and where to go from there."""

import streamlit as st

from kb.domain import Answer, Inquiry
from kb.errors import LibraryBusy
from kb.library import Library
from kb.ui import answer as shown
from kb.ui import links, shell
from kb.ui.html import inside, listed, section, show
from kb.ui.prompt_box import prompt_box
from kb.ui.safe import label, words

_RECENT = 5
EXTRACTIVE = "extractive"


def page(library: Library) -> None:
    """The answer that the address names, or an invitation to ask."""
    kept = _named_inquiry(library)
    asked = kept.answer.question if kept else st.query_params.get("q", "")
    _form(library, asked)
    if kept:
        _inquiry(library, kept)
    else:
        _welcome(library)


def _named_inquiry(library: Library) -> Inquiry | None:
    """The kept inquiry of `?inquiry=`, or the one that asking `?q=` makes; a question is asked once in a session."""
    if name := st.query_params.get("inquiry"):
        return library.inquiry(name)
    question = st.query_params.get("q", "").strip()
    if not question:
        return None
    known: dict[str, str] = st.session_state.setdefault("asked", {})
    if question in known:
        return library.inquiry(known[question])
    with st.spinner("Reading what the library holds …"):
        answer = _answer(library, question)
    try:
        inquiry = library.save(answer)
    except LibraryBusy as error:
        st.warning(label(f"{error}. The answer below was not kept; load the page again to keep it."))
        return Inquiry(id="", asked_at="", answer=answer)
    known[question] = inquiry.id
    return inquiry


def _answer(library: Library, question: str) -> Answer:
    """An answer by the writer that was chosen with the button; a mere link asks no language model, which may cost."""
    configured = library.parts.place.settings.llm
    meant, writer = st.session_state.pop("meant", ("", EXTRACTIVE))
    if configured == EXTRACTIVE or (meant == question and writer == configured):
        return library.ask(question)
    with Library.open(library.root, llm=EXTRACTIVE) as plain:
        return plain.ask(question)


def _form(library: Library, question: str) -> None:
    configured = library.parts.place.settings.llm
    with st.form(f"ask {question}", border=False):
        field, button = st.columns([5, 1], vertical_alignment="bottom")
        text = field.text_input(
            "Inquiring line",
            question,
            max_chars=2_000,
            placeholder="What do you want to know?",
            label_visibility="collapsed",
        )
        writer = EXTRACTIVE
        if configured != EXTRACTIVE:
            writer = st.radio("Written by", [configured, EXTRACTIVE], horizontal=True) or EXTRACTIVE
        is_asked = button.form_submit_button("Ask", type="primary", width="stretch")
    if is_asked and text.strip():
        st.session_state.get("asked", {}).pop(text.strip(), None)
        st.session_state["meant"] = (text.strip(), writer)
        st.query_params.from_dict({"q": text.strip()})
        st.rerun()


def _inquiry(library: Library, inquiry: Inquiry) -> None:
    answer = inquiry.answer
    page = shown.Page(answer, library.reading.cited(answer))
    show(shown.head(answer), shown.body(page), shown.absence(answer.absence), shown.sources(answer))
    for line in (*answer.remarks, *library.lost_quotes(inquiry)):
        st.warning(label(line))
    prompt_box(inquiry.id or answer.question, "Research prompt for your LLM")
    show(shown.next_lines(answer.next_lines), _kept(inquiry))


def _kept(inquiry: Inquiry) -> str:
    """Where this answer can be read again."""
    if not inquiry.id:
        return '<p class="kb-small kb-faint">This answer was not kept.</p>'
    answer, link = inquiry.answer, inside(links.inquiry(inquiry.id), "this address")
    by = f"Written by {words(' '.join(filter(None, [answer.writer, answer.model])))}. " if answer.writer else ""
    until = f"Its youngest source is of {answer.as_of}. " if answer.as_of else ""
    kept = f"Kept on {inquiry.asked_at[:10]}; {link} always shows it as it is here."
    return f'<hr><p class="kb-small kb-faint">{by}{until}{kept}</p>'


def _welcome(library: Library) -> None:
    lines = library.reading.open_lines()
    recent = library.inquiries()[:_RECENT]
    if not library.parts.catalog.count("passages"):
        show(
            "<h1>This library is empty</h1><p>Put Markdown notes into its folder, or run "
            "<code>kb add</code> with papers, files or addresses. Then ask it something.</p>"
        )
        return
    show(
        "<h1>Ask a question, read what the library knows</h1>",
        '<p class="kb-lede">Every sentence of an answer opens the passage that it stands on. '
        "What the library lacks is said as plainly as what it holds.</p>",
        section("Open lines", listed(inside(links.ask(line), line) for line in lines)),
        section("Asked lately", listed(inside(links.inquiry(i.id), i.answer.question) for i in recent)),
    )


page(shell.library())
