"""A person's verdict on a claim as an event for the ledger, with its quotes checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kb.domain import Source
from kb.errors import BadId, BadInput
from kb.identity import ArxivId, is_before
from kb.ledger import ClaimStatus, EventKind, LedgerEvent, Provenance, Quote, Verdict
from kb.ports import Catalog
from kb.services.claims import held
from kb.services.dated import month_of
from kb.services.quote_survival import survives


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person says of a claim."""

    verdict: Verdict
    against: Sequence[str] = ()
    """Sources that it was tested against, as a person names them."""
    quotes: Sequence[str] = ()
    """Words of those sources: one source has all of them, or the first source the first, and so on."""
    reason: str = ""
    by: str = "a person"
    how: Literal["retest", "import", "manual"] = "manual"


def event_of(
    ruling: Ruling, status: ClaimStatus, catalog: Catalog, now: str, provenance: Provenance | None = None
) -> tuple[LedgerEvent, list[str]]:
    """The event, and what a person should know of it: sources without text here, sources that are not newer.

    Args:
        ruling: what was said.
        status: of the claim.
        catalog: the library's, in whose texts quotes are looked for.
        now: UTC, as the ledger writes times.
        provenance: where it came from, if from a model's answer.

    Raises:
        BadInput: if a source is neither in the library nor an arXiv id, if a quote does not stand in the text that the
            library holds of its source, or if quotes and sources do not pair.
    """
    if not ruling.against and ruling.verdict is not Verdict.UNRESOLVED:
        raise BadInput(
            f"the verdict {ruling.verdict.value} names nothing that the claim was tested against",
            cure="Name a source with --against, or record `unresolved`",
        )
    sources = {name: held(catalog, name) for name in ruling.against}
    references = tuple(_reference(name, source) for name, source in sources.items())
    quotes, warnings = _checked(ruling, sources)
    warnings += [w for name, source in sources.items() if (w := _not_newer(status, name, source))]
    event = LedgerEvent(
        claim=status.claim,
        happened_at=now,
        kind=EventKind.TESTED,
        by=ruling.by,
        how=ruling.how,
        against=references,
        verdict=ruling.verdict,
        reason=ruling.reason,
        quotes=tuple(quotes),
        provenance=provenance or Provenance(),
    )
    return event, warnings


def _reference(name: str, source: Source | None) -> str:
    """A source as the ledger names it: with the version that the library holds, else as it was named."""
    try:
        return str(ArxivId.parse(source.id if source else name))
    except BadId:
        if source:
            return source.id
        cure = "Name an arXiv id, or the id of a source in the library"
        raise BadInput(f"{name[:80]!r} is no source in the library and no arXiv id", cure=cure) from None


def _checked(ruling: Ruling, sources: dict[str, Source | None]) -> tuple[list[Quote], list[str]]:
    names = list(sources)
    if len(names) != 1 and len(names) != len(ruling.quotes) and ruling.quotes:
        counts = f"{len(ruling.quotes)} quotes for {len(names)} sources"
        raise BadInput(f"{counts} cannot be paired", cure="Give one --quote for each --against, in order")
    quotes, warnings = [], []
    for i, text in enumerate(ruling.quotes):
        name = names[i if len(names) > 1 else 0]
        source = sources[name]
        if source and not survives(text, source.text):
            cure = "Copy it word for word, or leave it out and give your reason"
            raise BadInput(f"the quote “{text[:80]}” does not stand in {source.id}", cure=cure)
        if source is None:
            warnings.append(f"the library has no text of {name}, so its quote could not be checked")
        quotes.append(Quote(side="evidence", source=_reference(name, source), text=text, checked=source is not None))
    return quotes, warnings


def _not_newer(status: ClaimStatus, name: str, source: Source | None) -> str:
    date = (source.date if source else None) or month_of(source.id if source else name)
    if date and is_before(status.claim.as_of, date) is False:
        return f"{name} is of {date}, which is not newer than the claim ({status.claim.as_of})"
    return ""
