"""Answers that a language model writes: seen growing by whoever looks at the question, stopped by a button.

The model works in a thread with a library of its own, so that no page waits for it. A reload of the page, or another
session, finds the same writing; it is never begun twice at a time.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from kb.domain import Inquiry, Sentence, source_numbers
from kb.errors import LibraryBusy
from kb.library import Library, Unfolding
from kb.ports import Progress
from kb.ui import links, work
from kb.ui.answer import STATES, asked, stated
from kb.ui.html import show
from kb.ui.safe import escaped, words


@dataclass(frozen=True, slots=True)
class Asking:
    """A question that a model is answering, or has answered."""

    question: str
    writer: str
    work: work.Work
    unfolding: Unfolding

    def stop(self) -> None:
        """End the writing; the answer keeps what was verified."""
        self.unfolding.stop()
        self.work.stop()


_asked: dict[tuple[Path, str, str], Asking] = {}
_guard = threading.Lock()


def begin(root: Path, question: str, as_of: str, writer: str) -> Asking:
    """Let the model of the settings answer a question; one that it is answering already goes on."""
    unfolding = Unfolding()

    def task(library: Library, hear: Progress) -> Inquiry:
        answer = library.ask(question, as_of=as_of, listener=unfolding, progress=hear)
        try:
            return library.save(answer)
        except LibraryBusy as error:
            library.warnings.append(f"{error}. The answer was not kept.")
            return Inquiry(id="", asked_at="", answer=answer)

    with _guard:
        before = _asked.get((root, question, as_of))
        if before and before.work.is_running:
            return before
        for finished in [key for key, asked in _asked.items() if not asked.work.is_running]:
            del _asked[finished]  # the session that began it has it still
        begun = Asking(question, writer, work.begin("Answering", root, task), unfolding)
        _asked[root, question, as_of] = begun
        return begun


def going(root: Path, question: str, as_of: str) -> Asking | None:
    """The writing of an answer that is going on."""
    found = _asked.get((root, question, as_of))
    return found if found and found.work.is_running else None


def follow(asking: Asking) -> None:
    """Show what is verified so far, until the page is made anew with the answer."""
    show(asked(asking.question))
    _growing(asking)


@st.fragment(run_every=0.5)
def _growing(asking: Asking) -> None:
    # Runs by itself, without the library: only what was heard so far is looked at.
    if not asking.work.is_running:
        st.rerun()
    show(
        f'<p class="kb-small kb-faint" role="status">{escaped(asking.writer)} is writing, {asking.work.seconds} s. '
        "Each sentence appears once it is checked. Its numbers lead to its sources; they open in place when the answer "
        "is whole.</p>"
    )
    if asking.work.is_stopping:
        st.caption("Stopping at the next word …")
    else:
        st.button("Stop", key="stop-writing", help="What was verified is kept.", on_click=asking.stop)
    sentences, draft = asking.unfolding.sentences, asking.unfolding.drafting_now
    under_way = f'<p class="kb-small kb-faint">Being written, not checked yet: {words(draft)}</p>' if draft else ""
    numbers = source_numbers(sentences)
    told = "".join(_sentence(sentence, numbers) for sentence in sentences)
    show(f'<div role="log" aria-label="Sentences so far">{told}</div>{under_way}')


def _sentence(sentence: Sentence, numbers: Mapping[str, int]) -> str:
    mark, state = STATES[sentence.state]
    # One number for each source: what the finished answer opens needs the library, which is not read here.
    cited = {c.source: c.quote for c in sentence.citations if c.source in numbers}
    signs = [
        f'<a class="kb-in kb-number" href="{escaped(links.source(source_id))}" title="{escaped(f"“{quote}”")}" '
        f'aria-label="{escaped(f"Source {numbers[source_id]}, {state}")}">{numbers[source_id]}&#8239;{mark}</a>'
        for source_id, quote in cited.items()
    ]
    return f'<div class="p">{stated(sentence)} {" ".join(signs)}</div>'
