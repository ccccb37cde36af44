"""Inquiries: what was asked of this library, newest first."""

from kb.domain import AnswerStatus, Inquiry
from kb.language import counted
from kb.library import Library
from kb.ui import links, shell
from kb.ui.filters import remember, ticked, typed
from kb.ui.html import inside, listed, show
from kb.ui.safe import escaped, words

_STATUS = {
    AnswerStatus.ANSWERED: "answered",
    AnswerStatus.PARTIAL: "answered in part",
    AnswerStatus.INSUFFICIENT: "insufficient evidence",
}
_SHOWN = 200


def page(library: Library) -> None:
    """The list, narrowed by words and by how well the question could be answered."""
    show("<h1>Inquiries</h1>")
    kept = library.inquiries()
    if not kept:
        show(f"<p>Nothing is kept yet. {inside(links.ASK, 'Ask something')}; every answer is kept here.</p>")
        return
    sought = typed("Search", "find", "Words of the question")
    status = ticked("Status", "status", ["all", *_STATUS.values()])
    remember(find=sought, status=status)
    found = [i for i in kept if status in ("", _STATUS[i.answer.status]) and _has(i, sought)]
    rows = listed(map(_row, found[:_SHOWN]), "kb-list")
    show(f'<p class="kb-small kb-faint" role="status">{len(found)} of {len(kept)}</p>', rows)


def _has(inquiry: Inquiry, sought: str) -> bool:
    question = inquiry.answer.question.casefold()
    return all(word in question for word in sought.casefold().split())


def _row(inquiry: Inquiry) -> str:
    answer, n = inquiry.answer, len(inquiry.answer.sources)
    facts = f"{inquiry.asked_at[:10]} · {_STATUS[answer.status]} · {counted(n, 'source')}"
    facts += f" · as of {answer.until}" if answer.until else ""
    return (
        f"{inside(links.inquiry(inquiry.id), answer.question)}"
        f'<p class="kb-small">{words(answer.reading)}</p><p class="kb-small kb-faint">{escaped(facts)}</p>'
    )


page(shell.library())
