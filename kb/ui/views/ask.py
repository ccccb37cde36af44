"""Ask: a question, its answer with every passage one click away, and where to go from there."""

import streamlit as st

from kb.domain import Inquiry
from kb.errors import LibraryBusy
from kb.library import Library
from kb.ui import answer as shown
from kb.ui import asking, links, shell
from kb.ui.asking import Asking
from kb.ui.html import inside, listed, section, show, wayfinding
from kb.ui.prompt_box import prompt_box
from kb.ui.safe import label, words

_RECENT = 5
EXTRACTIVE = "extractive"


def page(library: Library) -> None:
    """The answer that the address names, or an invitation to ask."""
    if name := st.query_params.get("inquiry"):
        with wayfinding(links.INQUIRIES, "Inquiries"):
            kept = library.inquiry(name)
        _form(library, kept.answer.question, kept.answer.until or "")
        _inquiry(library, kept)
        return
    question, as_of = (st.query_params.get(field, "").strip() for field in ("q", "as_of"))
    _form(library, question, as_of)
    if question:
        _asked(library, question, as_of)
    else:
        _welcome(library)


def _asked(library: Library, question: str, as_of: str) -> None:
    """The answer to a question, which is asked once in a session; one that a model is writing while it grows."""
    known: dict[tuple[str, str], str] = st.session_state.setdefault("asked", {})
    configured = library.parts.place.settings.llm
    begun: dict[tuple[str, str], Asking] = st.session_state.setdefault("begun", {})
    if st.session_state.pop("meant", None) == (question, as_of, configured) and configured != EXTRACTIVE:
        begun[question, as_of] = asking.begin(library.root, question, as_of, configured)
    elif found := asking.going(library.root, question, as_of):
        begun[question, as_of] = found
    if writing := begun.get((question, as_of)):
        if writing.work.is_running:
            asking.follow(writing)
            return
        del begun[question, as_of]
        _written(library, writing, as_of, known)
    elif (question, as_of) in known:
        _inquiry(library, library.inquiry(known[question, as_of]))
    else:
        _extract(library, question, as_of, known)


def _written(library: Library, writing: Asking, as_of: str, known: dict[tuple[str, str], str]) -> None:
    """What became of a model's writing."""
    if not isinstance(made := writing.work.result, Inquiry):
        show(shown.asked(writing.question))
        st.error(writing.work.shown_failure, icon=":material/error:")
        way = inside(links.ask(writing.question, as_of), "Read what the library itself says to it")
        show(f"<p>{way}; that asks no model.</p>")
        return
    for line in dict.fromkeys(writing.work.warnings):
        st.warning(label(line))
    if made.id:
        known[writing.question, as_of] = made.id
    _inquiry(library, made)


def _extract(library: Library, question: str, as_of: str, known: dict[tuple[str, str], str]) -> None:
    """An answer in the library's own sentences. A mere link asks no language model, which may cost."""
    with st.spinner("Reading what the library holds …"):
        if library.parts.place.settings.llm == EXTRACTIVE:
            answer = library.ask(question, as_of=as_of)
        else:
            with Library.open(library.root, llm=EXTRACTIVE) as plain:
                answer = plain.ask(question, as_of=as_of)
    try:
        inquiry = library.save(answer)
        known[question, as_of] = inquiry.id
    except LibraryBusy as error:
        st.warning(label(f"{error}. The answer below was not kept: load the page again to keep it."))
        inquiry = Inquiry(id="", asked_at="", answer=answer)
    _inquiry(library, inquiry)


def _form(library: Library, question: str, as_of: str) -> None:
    configured = library.parts.place.settings.llm
    with st.form(f"ask {question} {as_of}", border=False):
        field, date, button = st.columns([5, 1.5, 1], vertical_alignment="bottom")
        text = field.text_input(
            "Inquiring line",
            question,
            max_chars=2_000,
            placeholder="What do you want to know?",
            label_visibility="collapsed",
        )
        until = date.text_input(
            "As of (nothing later is evidence)", as_of, max_chars=10, placeholder="As of YYYY-MM",
            label_visibility="collapsed", key=f"as of {question} {as_of}",
        )  # fmt: skip
        writer = EXTRACTIVE
        if configured != EXTRACTIVE:
            writers = [configured, EXTRACTIVE]
            writer = st.radio("Written by", writers, format_func=label, horizontal=True) or EXTRACTIVE
        is_asked = button.form_submit_button("Ask", type="primary", width="stretch")
    if is_asked and text.strip():
        asked = text.strip(), until.strip()
        st.session_state.get("asked", {}).pop(asked, None)
        st.session_state["meant"] = (*asked, writer)
        st.query_params.from_dict({"q": asked[0]} | ({"as_of": asked[1]} if asked[1] else {}))
        st.rerun()


def _inquiry(library: Library, inquiry: Inquiry) -> None:
    answer = inquiry.answer
    page = shown.Page(answer, library.reading.cited(answer))
    show(shown.head(answer), shown.body(page), shown.absence(answer.absence), shown.sources(answer))
    for line in library.lost_quotes(inquiry):
        st.warning(label(line))
    prompt_box(inquiry.id or answer.question, "Research prompt for your LLM", answer.until or "")
    show(shown.next_lines(answer), _kept(inquiry))


def _kept(inquiry: Inquiry) -> str:
    """Where this answer can be read again."""
    if not inquiry.id:
        return '<p class="kb-small kb-faint">This answer was not kept.</p>'
    answer, link = inquiry.answer, inside(links.inquiry(inquiry.id), "this address")
    by = f"Written by {words(answer.model)}. " if answer.model else "Its sentences are the library’s own. "
    by = by if answer.sentences or answer.model else ""
    until = f"Its youngest source is of {answer.as_of}. " if answer.as_of else ""
    kept = f"Kept on {inquiry.asked_at[:10]}; {link} always shows it as it is here."
    return f'<hr><p class="kb-small kb-faint">{by}{until}{kept}</p>'


def _welcome(library: Library) -> None:
    lines = library.reading.open_lines()
    recent = library.inquiries()[:_RECENT]
    if not library.parts.catalog.count("passages"):
        show(
            "<h1>This library is empty</h1><p>Put Markdown notes into its folder, or bring in "
            f"papers, files or addresses on the page {inside(links.ADD, 'Add')}. Then ask it something.</p>"
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
