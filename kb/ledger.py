"""The ledger of dated claims: what was tested when, by whom, against what, and where a claim stands because of it.

The ledger is append-only. An event's id is the hash of all that it says, so writing it twice changes nothing and two
machines' ledgers merge by union, in any order. Where a claim stands is derived from its events and never stored.
"""

import json
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError, computed_field, model_validator

from kb.domain import Claim, PartialDate, Record
from kb.errors import BadId, BadInput
from kb.identity import content_hash, parse_date

_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")


def _utc_time(text: str) -> str:
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError("write a time as YYYY-MM-DDTHH:MM:SSZ, in UTC")
    parse_date(match[1])
    return text


UtcTime = Annotated[str, AfterValidator(_utc_time)]
"""A time in UTC to the second, `YYYY-MM-DDTHH:MM:SSZ`; such texts sort by time."""


class Verdict(StrEnum):
    """What a test of a claim found."""

    HOLDS = "holds"
    WEAKENED = "weakened"
    CONTRADICTED = "contradicted"
    SUPERSEDED = "superseded"
    SCOPE_DIFFERS = "scope_differs"
    UNRESOLVED = "unresolved"


class Standing(StrEnum):
    """Where a claim stands: the verdict that counts, or that there is none or more than one."""

    UNTESTED = "untested"
    HOLDS = "holds"
    WEAKENED = "weakened"
    CONTRADICTED = "contradicted"
    SUPERSEDED = "superseded"
    SCOPE_DIFFERS = "scope_differs"
    UNRESOLVED = "unresolved"
    DISPUTED = "disputed"


class EventKind(StrEnum):
    """What happened to a claim."""

    TESTED = "tested"
    STATED = "stated"
    REJECTED = "rejected"


class Quote(Record):
    """Words that an event rests on."""

    side: Literal["claim", "evidence"] = Field(description="whether the words speak for the claim or test it")
    source: str = Field(description="id of a source, or arXiv:ID")
    text: str = Field(min_length=1)
    checked: bool = Field(description="whether the words were found in the library's text of the source")


class Provenance(Record):
    """Where an event came from, if a model's answer brought it."""

    prompt_id: str = ""
    prompt_version: str = ""
    reply_id: str = ""
    model: str = Field("", description="which model wrote the answer")


_IDS = {"id", "claim_id"}


class LedgerEvent(Record):
    """One thing that happened to a claim, accepted by a person.

    `happened_at` of an event from an imported answer is the time at which the answer was first received, so that the
    same answer makes the same events.
    """

    claim: Claim = Field(description="as it stood then")
    happened_at: UtcTime
    kind: EventKind
    by: str = Field(min_length=1, description="a person, a model's name, or `library`")
    how: Literal["retest", "import", "manual"]
    against: tuple[str, ...] = Field((), description="what it was tested against: ids of sources, arXiv:IDvN")
    verdict: Verdict | None = Field(None, description="of a test; nothing else has one")
    reason: str = ""
    quotes: tuple[Quote, ...] = ()
    provenance: Provenance = Provenance()

    @model_validator(mode="after")
    def _only_tests_have_verdicts(self) -> "LedgerEvent":
        if (self.kind is EventKind.TESTED) != (self.verdict is not None):
            raise ValueError("a test has a verdict, and nothing else has one")
        return self

    @computed_field(description="id of the claim")  # type: ignore[prop-decorator]
    @property
    def claim_id(self) -> str:
        """Id of the claim."""
        return self.claim.id

    @computed_field(description="derived from everything that the event says")  # type: ignore[prop-decorator]
    @property
    def id(self) -> str:
        """Derived from everything that the event says."""
        return "event:" + content_hash(self.stored)[:20]

    @property
    def stored(self) -> str:
        """The event as JSON without the ids, which follow from it."""
        return self.model_dump_json(exclude=_IDS)


class ClaimStatus(Record):
    """A claim, who states it, and where it stands."""

    claim: Claim
    notes: tuple[str, ...] = Field((), description="ids of the notes that state it; none if only the ledger knows it")
    status: Standing
    last_tested: PartialDate | None = Field(None, description="day of the latest test, whatever it found")
    history: tuple[LedgerEvent, ...] = Field((), description="oldest first")

    @property
    def known_until(self) -> str:
        """Up to when the claim is known to stand: its last test, else the date of its evidence."""
        return self.last_tested or self.claim.as_of

    @computed_field(description="id of the claim")  # type: ignore[prop-decorator]
    @property
    def id(self) -> str:
        """Id of the claim."""
        return self.claim.id


def in_order(events: Iterable[LedgerEvent]) -> tuple[LedgerEvent, ...]:
    """Events once each, oldest first, ties by id: the same whatever order they came in."""
    return tuple(
        sorted({event.id: event for event in events}.values(), key=lambda event: (event.happened_at, event.id))
    )


def status_of(claim: Claim, notes: Iterable[str], events: Iterable[LedgerEvent]) -> ClaimStatus:
    """Where a claim stands.

    The latest day (UTC) on which a test decided something counts. If that day's verdicts differ, the claim is disputed.
    `unresolved` decides nothing, so it counts only where no test ever did.
    """
    history = in_order(events)
    tests = [(event.happened_at[:10], event.verdict) for event in history if event.verdict]
    deciding = [test for test in tests if test[1] is not Verdict.UNRESOLVED] or tests
    verdicts = {verdict for day, verdict in deciding if day == deciding[-1][0]}
    status = Standing.UNTESTED if not verdicts else Standing.DISPUTED
    if len(verdicts) == 1:
        status = Standing(verdicts.pop())
    last = tests[-1][0] if tests else None
    return ClaimStatus(claim=claim, notes=tuple(notes), status=status, last_tested=last, history=history)


def to_jsonl(events: Iterable[LedgerEvent]) -> str:
    """Events as lines of JSON, oldest first; equal ledgers give equal files."""
    return "".join(event.model_dump_json() + "\n" for event in in_order(events))


def from_jsonl(text: str, name: str = "the file") -> tuple[LedgerEvent, ...]:
    """Events from lines of JSON as `to_jsonl` writes them.

    Raises:
        BadInput: naming the line that is no event, or whose id does not fit what it says.
    """
    # Not `splitlines`: it also cuts at separators that may stand inside a JSON text.
    return tuple(_event(line, f"{name} line {i}") for i, line in enumerate(text.split("\n"), 1) if line.strip())


def _event(line: str, where: str) -> LedgerEvent:
    cure = "Import a file that `kb claims export` wrote, unchanged"
    try:
        fields = json.loads(line)
        named = (fields.pop("id", None), fields.pop("claim_id", None)) if isinstance(fields, dict) else ()
        event = LedgerEvent.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"{where}: `{'.'.join(map(str, first['loc']))}`: {first['msg']}", cure=cure) from None
    except BadId as error:
        raise BadInput(f"{where}: {error.message}", cure=cure) from None
    except (ValueError, RecursionError):
        raise BadInput(f"{where} is not JSON", cure=cure) from None
    if named != (event.id, event.claim_id):
        raise BadInput(f"{where}: the id does not fit the event, which was changed after it was written", cure=cure)
    return event
