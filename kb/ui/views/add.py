"""Bring papers, pages, files and notes in, and see what became of each."""

import streamlit as st

from kb.domain import AddReport, Job, JobState
from kb.language import counted
from kb.library import Library, Wishes
from kb.ports import ArchivedPaper
from kb.ui import work
from kb.ui.html import show
from kb.ui.progress import follow
from kb.ui.safe import label, option
from kb.ui.shell import library

_KINDS = ["md", "pdf", "html", "htm", "txt", "tex", "bib", "ris", "json"]
_MOST_SHOWN = 200
_MOST_NAMED = 300


def _named(field: str) -> str:
    """What the address writes into a box; nothing is fetched before somebody presses its button."""
    return st.query_params.get(field, "")[:_MOST_NAMED]


def _wishes() -> Wishes:
    with st.expander("How they are to be added"):
        topics = st.text_input("Topics", placeholder="Words or slugs, with commas between", key="add-topics")
        remark = st.text_input("Remark", placeholder="Kept with what is added", key="add-remark")
        abstract = st.checkbox("Papers without their full text: much faster", key="add-abstract")
        document = st.checkbox("Take Markdown files as documents, not as notes", key="add-document")
    named = tuple(topic.strip() for topic in topics.split(",") if topic.strip())
    return Wishes(named, " ".join(remark.split()), abstract, document)


def _start(opened: Library, name: str, items: list[str], wishes: Wishes, *, retry: bool = False) -> None:
    work.begin_writing(name, opened.root, lambda here, hear: here.add(items, wishes=wishes, retry=retry, progress=hear))
    st.rerun()


def _by_hand(opened: Library, wishes: Wishes) -> None:
    files = st.file_uploader("Files", _KINDS, accept_multiple_files=True, key="add-files", help="30 MB each at most.")
    text = st.text_area(
        "arXiv ids and addresses", height=110, key="add-text", placeholder="2402.13950\nhttps://…", value=_named("item")
    )
    if not st.button("Add", type="primary", key="add-start"):
        return
    items, refused = opened.sources.items_in(text)
    if refused:
        named = ", ".join(refused[:8])
        st.warning(label(f"Nothing is added yet. Neither ids nor addresses: {named}. To add a file, drop it above."))
        return
    kept = opened.sources.keep([(file.name, file.getvalue()) for file in files or ()])
    if items or kept:
        _start(opened, f"Adding {counted(len(items) + len(kept), 'item')}", [*items, *map(str, kept)], wishes)
    else:
        st.info("Drop a file or paste an id first.")


def _from_arxiv(opened: Library, wishes: Wishes) -> None:
    with st.form("arxiv"):
        columns = st.columns([3, 1, 1])
        query = columns[0].text_input("Search arXiv", _named("find"), placeholder="Words, phrases in quotes")
        category = columns[1].text_input("Category", placeholder="cs.CL")
        since = columns[2].text_input("Since", placeholder="YYYY-MM")
        if st.form_submit_button("Search"):
            words, span, within = query.strip(), since.strip(), category.strip()
            st.session_state["arxiv-search"] = work.begin(
                "Asking arXiv", opened.root, lambda here, hear: here.arxiv.search(words, category=within, since=span)
            )
    search = st.session_state.get("arxiv-search")
    if search is None:
        return
    if search.is_running:
        follow(search)
    elif search.failure:
        st.warning(search.shown_failure, icon=":material/cloud_off:")
    else:
        _found(opened, search.result, wishes)


def _found(opened: Library, found: list[ArchivedPaper], wishes: Wishes) -> None:
    if not found:
        st.info("arXiv has no paper that fits.")
        return
    held = {job.removeprefix("arxiv:").split("v")[0] for job in opened.parts.catalog.ids() if job.startswith("arxiv:")}
    rows = [
        {
            "Title": one.paper.title,
            "Date": one.paper.date or "",
            "Authors": ", ".join(one.paper.authors[:3]),
            "Id": one.paper.id,
            "Here": "yes" if one.paper.id.split("v")[0] in held else "",
        }
        for one in found
    ]
    event = st.dataframe(
        rows, hide_index=True, width="stretch", on_select="rerun", selection_mode="multi-row", key="arxiv-found",
        column_config={"Title": st.column_config.TextColumn(width="large")},
    )  # fmt: skip
    ticked = [found[i].paper.reference for i in event["selection"]["rows"]]
    if st.button(f"Add {counted(len(ticked), 'paper')}", disabled=not ticked, key="arxiv-add"):
        _start(opened, f"Adding {counted(len(ticked), 'paper')}", ticked, wishes)


def _queue(opened: Library) -> None:
    going = work.writing(opened.root)
    if going and going.is_running:
        follow(going)
    elif going:
        _outcome(opened, going)
    pending, failed = opened.pending(), opened.failures()
    if not pending and not failed:
        st.caption("Nothing waits and nothing failed.")
        return
    rows = [_job(opened, job) for job in [*failed, *pending][:_MOST_SHOWN]]
    st.dataframe(rows, hide_index=True, width="stretch")
    busy = bool(going and going.is_running)
    columns = st.columns([1, 1, 3])
    if pending and columns[0].button(f"Go on with {len(pending)}", disabled=busy, key="add-go-on"):
        _start(opened, f"Going on with {counted(len(pending), 'item')}", [], Wishes())
    if failed and columns[1].button(f"Retry {len(failed)} failed", disabled=busy, key="add-retry"):
        _start(opened, f"Trying {counted(len(failed), 'item')} again", [], Wishes(), retry=True)
    _give_up(opened, busy)


def _give_up(opened: Library, busy: bool) -> None:
    """Items that failed and that nobody wants any more."""
    undone = {job.target: job for job in opened.sources.undone()[:_MOST_SHOWN]}
    if not undone:
        return
    named = {target: opened.sources.called(job) for target, job in undone.items()}
    chosen = st.multiselect(
        "Failed items to remove from the list", list(undone), format_func=lambda t: option(named[t]), key="add-undone"
    )
    if chosen and st.button(f"Remove {counted(len(chosen), 'item')}", disabled=busy, key="add-forget"):
        for target in chosen:
            opened.sources.forget(target)
        st.rerun()


def _outcome(opened: Library, done: work.Work) -> None:
    if done.failure:
        st.warning(label(f"{done.name}: {done.failure}"), icon=":material/pause_circle:")
    elif isinstance(report := done.result, AddReport):
        counts = f"{len(report.added)} added, {len(report.updated)} updated, {report.unchanged} unchanged"
        st.success(label(f"{done.name}: {counts}, {len(report.failed)} failed, {report.pending} still wait."))
        for job in report.failed:
            st.warning(label(f"{opened.sources.called(job)}: {job.reason}. {job.advice}"), icon=":material/error:")
    flaws = done.result.flaws_in_words if isinstance(done.result, AddReport) else []
    for line in dict.fromkeys([*flaws, *done.warnings]):
        st.warning(label(line), icon=":material/info:")


def _job(opened: Library, job: Job) -> dict[str, str]:
    state = "✕ failed" if job.state is JobState.FAILED else "… waits"
    return {"Item": opened.sources.called(job), "State": state, "Reason": job.reason, "What to do": job.advice}


show("<h1>Add</h1>")
st.caption(
    "Papers come from arXiv, pages from their address; files stay here. Long work goes on when you leave the page."
)
_how = _wishes()
_by_hand(library(), _how)
_from_arxiv(library(), _how)
show("<h2>Queue</h2>")
_queue(library())
