"""What of a library was there by a date.

A paper counts by the date of its version: of those that are held, the newest of the time has its say, also where a
later one has superseded it since. A version whose date is not known is left out, and counted. A document counts by its
own date. A note counts by what its sentences rest on, for it is evidence only as far as that is: a sentence that may
rest on a later work, or says what a later dated claim says, is left out. A note that was written later speaks only
through sentences that name works of the time, themselves or by dated claims, and share no news with a later claim: its
other words may be hindsight. What bears no date stays, and is counted.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.plain import plain
from kb.domain import Passage, PassageKind, RestsOnBasis, Source, SourceKind
from kb.identity import ArxivId, is_before
from kb.language import content_stems
from kb.ports import Catalog, Dated, Horizon
from kb.services.claims_behind import same_claims
from kb.services.dated import month_of
from kb.services.grounds import grounds
from prompts import load

_SURE = frozenset((RestsOnBasis.SENTENCE, RestsOnBasis.CLAIM))
_NEWS = 2
"""So many words in common with a later claim, and with no earlier one, tell of hindsight. Of the seed notes' sentences
that a claim vouches for as of 2024-12 and 2025-06, those that do so speak of later works, and others hardly do."""
Spans = tuple[tuple[int, int], ...]


@dataclass(slots=True)
class _Counts:
    """What the words on what was left out are made of."""

    n_all: int
    undated: int = 0
    read_instead: int = 0
    """Papers of which an earlier version has its say."""
    newer_versions: int = 0
    """Papers of the time of which only later versions are held."""
    unknown_versions: int = 0
    """Papers of the time of which a version is left out because its date is not known."""
    notes_since: set[str] = field(default_factory=set)
    """Notes that were written later and still have a say."""


def horizon(catalog: Catalog, until: str) -> Horizon:
    """What of a library's evidence was there by the end of a day, month or year, and what was left out.

    Args:
        catalog: of the library, all of it.
        until: the date, `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    """
    every = catalog.dates()
    dates = [dated for dated in every if not dated.newest]
    counts = _Counts(len(dates))
    counts.undated = sum(not (d.date or month_of(d.source_id)) for d in dates)
    papers = [d for d in dates if d.kind is not SourceKind.NOTE]
    gone = {d.source_id for d in papers if is_before(until, d.date or month_of(d.source_id))}
    versions, unknown = _versions_then((d for d in every if (d.newest or d.source_id) in gone), until)
    overtaken = {i for i in gone if (first := month_of(i)) and is_before(until, first) is not True}
    # The id tells the month alone; a first version that is held tells the day.
    overtaken -= {d.newest or d.source_id for d in every if d.source_id.endswith("v1") and is_before(until, d.date)}
    counts.read_instead, counts.newer_versions = len(versions), len(overtaken - versions.keys())
    counts.unknown_versions = len(unknown & overtaken)
    later, spans = set(catalog.keys_of(gone, sys.maxsize)), dict[int, Spans]()
    for note, passages in _notes(catalog):
        then = _NoteThen(note, until)
        kept = {key: then.spans(passage) for key, passage in passages.items()}
        later |= {key for key, own in kept.items() if not own and (then.is_later or passages[key].sentences)}
        spans |= {key: own for key, own in kept.items() if own and own != passages[key].sentences}
        if later.issuperset(passages):
            gone.add(note.id)
        elif then.is_later:
            counts.notes_since.add(note.id)
    told = _in_words(until, len(gone) - len(versions), counts)
    return Horizon(until, frozenset(later), frozenset(gone), frozenset(versions.values()), spans, told)


def _versions_then(dated: Iterable[Dated], until: str) -> tuple[dict[str, str], set[str]]:
    """Which versions were the newest then, of papers whose version in force came later.

    Returns: by the version in force, the newest of the others that is known to be of the time; and those versions in
    force that, or an older one of which, may be of the time as well.
    """
    held: dict[str, list[Dated]] = defaultdict(list)
    for one in dated:
        held[one.newest or one.source_id].append(one)
    versions, unknown = dict[str, str](), set[str]()
    for newest, own in held.items():
        for one in sorted(own, key=lambda d: ArxivId.parse(d.source_id).version) if len(own) > 1 else own:
            if one.is_latest or not one.date:
                unknown.add(newest)
            elif is_before(until, one.date):
                break
            else:
                versions[newest] = one.source_id
                unknown.discard(newest)
    return versions, unknown


def _notes(catalog: Catalog) -> Iterable[tuple[Source, Mapping[int, Passage]]]:
    """Every note with its passages, by key."""
    notes = catalog.sources(kind=SourceKind.NOTE)
    own: dict[str, dict[int, Passage]] = defaultdict(dict)
    for key, passage in catalog.passages_of(note.id for note in notes).items():
        own[passage.source_id][key] = passage
    return ((note, own[note.id]) for note in notes)


class _NoteThen:
    """A note, held against a date."""

    def __init__(self, note: Source, until: str) -> None:
        self._note, self._until = note, until
        self.is_later = bool(is_before(until, note.date or ""))
        stems = {claim: content_stems(claim.text) for claim in note.claims}
        known = {stem for claim, own in stems.items() if not is_before(until, claim.as_of) for stem in own}
        self._news = [own - known for claim, own in stems.items() if is_before(until, claim.as_of)]

    def spans(self, passage: Passage) -> Spans:
        """The sentences of a passage that count."""
        return tuple(span for span in passage.sentences if self._was_there(span, passage.kind))

    def _was_there(self, span: tuple[int, int], kind: PassageKind) -> bool:
        basis, rests_on = grounds(self._note, *span, kind)
        dates = [date for reference in rests_on if (date := month_of(reference))]
        text = self._note.text[slice(*span)]
        dates += [] if basis is RestsOnBasis.SENTENCE else [claim.as_of for claim in same_claims(self._note, text)]
        if any(is_before(self._until, date) for date in dates):
            return False
        return not self.is_later or (basis in _SURE and bool(dates) and not self._has_news(text))

    def _has_news(self, text: str) -> bool:
        """Whether a sentence shares words with a later claim that no earlier one has: it sums both up."""
        own = content_stems(plain(text))
        return any(len(own & words) >= _NEWS for words in self._news)


def as_it_was(source: Source, until: str) -> Source:
    """A source without its dated claims and references of later; of a note that may be later, also without summary.

    A version of a paper bears its own date, where it is known.
    """
    update: dict[str, object] = {
        "claims": tuple(claim for claim in source.claims if not is_before(until, claim.as_of)),
        "references": tuple(r for r in source.references if not is_before(until, month_of(r))),
    }
    if source.version_date:
        update["date"] = source.version_date
    if source.kind is SourceKind.NOTE and (not source.date or is_before(until, source.date)):
        update |= {"summary": "", "claim": ""}
    return source.model_copy(update=update)


def youngest(sources: Iterable[Source], rests_on: Iterable[str], until: str) -> str | None:
    """The latest date of some evidence that is not later than `until`: of the sources and of what these rest on."""
    dates: Sequence[str] = [source.date or "" for source in sources] + [month_of(reference) for reference in rests_on]
    return max((date for date in dates if date and not is_before(until, date)), default=None)


def _in_words(until: str, n_gone: int, counts: _Counts) -> str:
    words = load("answer")
    found = [words.fill("as_of", until=until, n_left_out=f"{n_gone:,}", n_sources=f"{counts.n_all:,}")]
    for part, n, what in (
        ("as_of_notes", len(counts.notes_since), "note"), ("as_of_earlier", counts.read_instead, "paper"),
        ("as_of_versions", counts.newer_versions, "paper"), ("as_of_unknown", counts.unknown_versions, "paper"),
        ("as_of_undated", counts.undated, "source"),
    ):  # fmt: skip
        found += [words.fill(part, n_sources=f"{n:,} {what}{'s' * (n > 1)}")] if n else []
    return " ".join(found)
