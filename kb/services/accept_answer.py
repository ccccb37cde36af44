"""What a person accepts or rejects of an answer: marks in its audit, events of the ledger, papers."""

from collections.abc import Iterable, Mapping

from kb.domain import Claim, Paper
from kb.errors import BadInput
from kb.exchange import CheckState, Reply, ReplyItem
from kb.ledger import EventKind, LedgerEvent, Provenance, Quote
from kb.services.dated import base_of

UNNAMED = "unnamed model"


def papers_of(reply: Reply, numbers: Iterable[int]) -> list[Paper]:
    """The papers of some items that only arXiv knew."""
    chosen = set(numbers)
    bases = {base_of(item.arxiv_id) for item in reply.items if item.number in chosen and item.arxiv_id}
    return [paper for paper in reply.papers if paper.id in bases]


def with_accepted(reply: Reply, earlier: Reply | None) -> Reply:
    """A new audit of an answer with what was accepted and rejected of it before, whatever number it has now."""
    before = dict(zip(_told(earlier.items), earlier.items, strict=True)) if earlier else {}
    now = [(item.number, before.get(told)) for told, item in zip(_told(reply.items), reply.items, strict=True)]
    done = accepting(reply, (number for number, old in now if old and old.accepted))
    return rejecting(done, (number for number, old in now if old and old.rejected))


def _told(items: Iterable[ReplyItem]) -> list[tuple[object, ...]]:
    """What each item says, as far as no audit changes it, and how often it was said before."""
    said = [(i.claim or i.claim_text, i.arxiv_id, i.verdict, i.quote, i.reason) for i in items]
    return [(*one, said[:place].count(one)) for place, one in enumerate(said)]


def accepting(reply: Reply, numbers: Iterable[int]) -> Reply:
    """The reply with some items marked as accepted."""
    return _marked(reply, numbers, {"accepted": True, "rejected": False})


def rejecting(reply: Reply, numbers: Iterable[int]) -> Reply:
    """The reply with some items marked as rejected."""
    return _marked(reply, numbers, {"rejected": True})


def _marked(reply: Reply, numbers: Iterable[int], marks: Mapping[str, bool]) -> Reply:
    chosen = set(numbers)
    items = (item.model_copy(update=marks) if item.number in chosen else item for item in reply.items)
    return reply.model_copy(update={"items": tuple(items)})


def events_of(reply: Reply, numbers: Iterable[int], claims: Mapping[str, Claim]) -> list[LedgerEvent]:
    """What accepting some items adds to the ledger.

    Args:
        reply: with its audit.
        numbers: of staged items.
        claims: by id, those of the prompt and of the library.

    Raises:
        BadInput: if a number is no staged item's.
    """
    by_number = {item.number: item for item in reply.items}
    events = []
    for number in dict.fromkeys(numbers):
        item = by_number.get(number)
        if item is None or not item.staged:
            why = "; ".join(item.problems) if item and item.problems else "there is nothing staged under it"
            raise BadInput(f"item {number} cannot be accepted: {why}", cure=f"See `kb import {reply.id}`")
        events.append(_event(reply, item, claims))
    return events


def _event(reply: Reply, item: ReplyItem, claims: Mapping[str, Claim]) -> LedgerEvent:
    reference = f"arXiv:{item.arxiv_id}" if item.arxiv_id else ""
    if item.is_new:
        claim = Claim(text=item.claim_text, as_of=item.date[:7], evidence=(reference,))
    else:
        claim = claims[item.claim or ""]
    checked = item.checks.quote is CheckState.OK
    return LedgerEvent(
        claim=claim,
        happened_at=reply.received_at,
        kind=EventKind.STATED if item.is_new else EventKind.TESTED,
        by=reply.model or UNNAMED,
        how="import",
        against=(reference,) if reference else (),
        verdict=None if item.is_new else item.verdict,
        reason=item.reason,
        quotes=(Quote(side="evidence", source=reference, text=item.quote, checked=checked),) if item.quote else (),
        provenance=Provenance(
            prompt_id=reply.prompt_id,
            prompt_version=reply.prompt_version,
            reply_id=reply.id,
            model=reply.model,
        ),
    )
