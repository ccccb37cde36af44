"""How the audit of an answer is printed."""

from collections.abc import Sequence

from kb.cli.context import one_line
from kb.exchange import CheckState, Reply, ReplyItem
from kb.language import counted
from kb.services.word_changes import Pieces, word_changes

_MAX_REASON = 200


def shown(reply: Reply) -> str:
    """A reply as a diff: what would enter the ledger, and what does not with the reason."""
    n_accepted, n_rejected = sum(i.accepted for i in reply.items), sum(i.rejected for i in reply.items)
    counts = [counted(len(reply.items), "item"), f"{len(reply.staged)} staged", f"{n_accepted} accepted"]
    counts += [f"{n_rejected} rejected"] if n_rejected else []
    answers = f" to {reply.prompt_id}" if reply.prompt_id else ""
    by = f" by {one_line(reply.model)}" if reply.model else ""
    lines = [f"Reply {reply.id}{answers}{by}: {', '.join(counts)}."]
    for item in reply.items:
        lines += ["", *_item_lines(item)]
    if reply.questions:
        lines += ["", "Questions that it proposes:", *(f"- {one_line(question)}" for question in reply.questions)]
    if closing := _closing(reply):
        lines += ["", *closing]
    return "\n".join(lines)


def taken_in(before: Reply, after: Reply) -> str:
    """One line on what accepting did: which items, and what is left."""
    known = {item.number for item in before.items if item.accepted}
    new = [item.number for item in after.items if item.accepted and item.number not in known]
    done = f"Accepted {len(new)}: {_listed(new)}." if new else "Accepted none."
    if not after.staged:
        return f"{done} None left."
    unchecked = [item for item in after.staged if item not in after.unquestioned]
    is_reason = len(unchecked) == len(after.staged)
    why = ": to be looked at first, by number only" if is_reason else ""
    return f"{done} {len(after.staged)} left{why}."


def _closing(reply: Reply) -> Sequence[str]:
    """What a person can do with what is staged."""
    free = [item.number for item in reply.unquestioned]
    unchecked = [item.number for item in reply.staged if item.number not in free]
    lines = []
    if free:
        lines.append(f"Take them in with `kb import {reply.id} --accept-all`, or some with --accept {free[0]}.")
    if unchecked:
        command = f"`kb import {reply.id} --accept {unchecked[0]}`" if not free else "number"
        lines.append(f"To be looked at first (see ? above), to be taken in only by {command}: {_listed(unchecked)}.")
    if lost := [item.number for item in reply.items if _is_lost(item)]:
        cure = "ask the model for the block alone, or record a verdict with `kb claims record`"
        lines.append(f"No claim or no verdict could be read: {_listed(lost)}. If one was meant, {cure}.")
    return lines


def _is_lost(item: ReplyItem) -> bool:
    """Whether an item with a sound paper was left out because it was not understood."""
    is_whole = item.is_new or (item.claim and item.verdict)
    is_mention = not item.tag and not item.verdict
    return item.checks.id is CheckState.OK and not is_whole and not is_mention


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _item_lines(item: ReplyItem) -> Sequence[str]:
    sign = "=" if item.accepted else "~" if item.rejected else "+" if item.staged else "-"
    about = f"[{item.tag}]" if item.tag else "new finding" if item.is_new else item.claim or "no claim"
    paper = f" against arXiv:{item.arxiv_id}" if item.arxiv_id else ""
    dated = f" ({item.date})" if item.date else ""
    title = f" {item.title}" if item.title else ""
    head = f"{sign} {item.number}. {about} {'stated' if item.is_new else item.told}"
    lines = [one_line(f"{head}{paper}{dated}{title}")]
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
