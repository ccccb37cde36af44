"""How the audit of an answer is printed."""

from collections.abc import Sequence

from kb.cli.context import one_line
from kb.exchange import Reply, ReplyItem
from kb.services.word_changes import Pieces, word_changes

_MAX_REASON = 200


def shown(reply: Reply) -> str:
    """A reply as a diff: what would enter the ledger, and what does not with the reason."""
    n_accepted, n_rejected = sum(i.accepted for i in reply.items), sum(i.rejected for i in reply.items)
    counts = [f"{len(reply.items)} items", f"{len(reply.staged)} staged", f"{n_accepted} accepted"]
    counts += [f"{n_rejected} rejected"] if n_rejected else []
    answers = f" to {reply.prompt_id}" if reply.prompt_id else ""
    by = f" by {one_line(reply.model)}" if reply.model else ""
    lines = [f"Reply {reply.id}{answers}{by}: {', '.join(counts)}."]
    for item in reply.items:
        lines += ["", *_item_lines(item)]
    if reply.questions:
        lines += ["", "Questions that it proposes:", *(f"- {one_line(question)}" for question in reply.questions)]
    if reply.staged:
        first = reply.staged[0].number
        lines += ["", f"Take them in with `kb import {reply.id} --accept-all`, or some with --accept {first}."]
        if left := [str(item.number) for item in reply.staged if item not in reply.unquestioned]:
            lines.append(f"Their quotes could not be checked, so only by number: {', '.join(left)}.")
    return "\n".join(lines)


def _item_lines(item: ReplyItem) -> Sequence[str]:
    sign = "=" if item.accepted else "~" if item.rejected else "+" if item.staged else "-"
    about = f"[{item.tag}]" if item.tag else "new finding" if item.is_new else item.claim or "no claim"
    paper = f" against arXiv:{item.arxiv_id}" if item.arxiv_id else ""
    dated = f" ({item.date})" if item.date else ""
    title = f" {item.title}" if item.title else ""
    head = f"{sign} {item.number}. {about} {(item.verdict or 'no verdict' if not item.is_new else 'stated')}"
    lines = [one_line(f"{head.replace('_', ' ')}{paper}{dated}{title}")]
    if item.claim_text:
        lines.append(f"     {one_line(item.claim_text)}")
    lines += _quote_lines(item)
    if item.reason:
        lines.append(f"     says: {one_line(item.reason)[:_MAX_REASON]}")
    checks = ", ".join(f"{name} {state.replace('_', ' ')}" for name, state in item.checks.model_dump().items())
    lines.append(f"     checks: {checks}")
    lines += [f"   ! {one_line(problem)}" for problem in item.problems]
    lines += [f"   ? {one_line(remark)}" for remark in item.remarks]
    return lines


def _quote_lines(item: ReplyItem) -> Sequence[str]:
    """The quote; an altered one above the true words, with what differs in brackets."""
    if not item.found:
        return [f"     “{one_line(item.quote)}”"] if item.quote else []
    given, true = word_changes(one_line(item.quote), one_line(item.found))
    return [f"     answer: “{_bracketed(given)}”", f"     paper:  “{_bracketed(true)}”"]


def _bracketed(pieces: Pieces) -> str:
    return " ".join(f"[{words}]" if differs else words for words, differs in pieces)
