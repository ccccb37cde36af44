"""How much of what a model may say of the seed notes passes the checks, when it is right and when it is not.

    python benchmarks/proposals.py [--json]

No model is asked. In its place stands what people wrote: the dated claims of each seed note, each with a quote from the
body sentence that shares most words with it; and the sentences that hold links between notes, as the reason of a
relation. The same claims and reasons are then said of another note, or of another pair, where nearly all are wrong. All
notes are on one subject and by one author. The claims were not written from single sentences, so that some are rightly
refused.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from common import ROOT, report

from ingest.plain import plain
from kb.domain import EdgeKind, RelationKind, Source
from kb.language import content_stems
from kb.library import Library
from kb.ports import SaidClaim, SaidQuote, SaidRelation, Shown
from kb.services.model_claims import ModelClaims
from kb.services.relate import Relating

_NOW = "2026-11-21T00:00:00Z"
_QUOTED_WORDS = 14
_APART = 40
"""So many links lie between a pair and the one whose reason is said of it."""


class Script:
    """Says what it is told to; implements `kb.ports.Proposer`."""

    name, version, room = "script", "1", 100_000
    texts: Sequence[str] = ()
    why = ""

    def claims(self, passages: Sequence[Shown]) -> tuple[list[SaidClaim], str]:
        """The texts, each with words of the sentence nearest to it."""
        sentences = [(i, s) for i, p in enumerate(passages, 1) for s in p.text.split(". ")]
        return [SaidClaim(text, _quote(text, sentences)) for text in self.texts], ""

    def relations(self, first: Sequence[Shown], second: Sequence[Shown]) -> tuple[list[SaidRelation], str]:
        """The reason, with the beginning of what each side says first."""
        sides = ((1, first[0]), (len(first) + 1, second[0]))
        quotes = tuple(SaidQuote(i, " ".join(shown.text.split()[:_QUOTED_WORDS])) for i, shown in sides)
        return [SaidRelation(RelationKind.EXTENDS, True, self.why, quotes)], ""


def main() -> None:
    """Claims, then reasons; of their own note or pair, then of another."""
    with Library.open(ROOT) as library:
        library.refresh()
        notes = [note for note in library.parts.catalog.sources() if note.claims]
        rows = [_claims(library, notes, shift) for shift in (0, 1)]
        rows += [_reasons(library, shift) for shift in (0, _APART)]
    report("proposals", rows)


def _quote(text: str, sentences: Sequence[tuple[int, str]]) -> SaidQuote:
    wanted = content_stems(text)
    number, best = max(sentences, key=lambda s: len(wanted & content_stems(s[1])))
    return SaidQuote(number, " ".join(best.split()[:_QUOTED_WORDS]))


def _claims(library: Library, notes: Sequence[Source], shift: int) -> dict[str, Any]:
    script = Script()
    asking = ModelClaims(library.parts.catalog, script, lambda: _NOW)
    dropped: Counter[str] = Counter()
    n = kept = 0
    for i, note in enumerate(notes):
        script.texts = [claim.text for claim in notes[(i + shift) % len(notes)].claims]
        (batch,) = asking.batches(note.model_copy(update={"claims": ()}), with_papers=False)
        found = asking.ask(batch, ())
        n, kept = n + len(script.texts), kept + len(found.proposals)
        dropped += found.dropped
    return {"said": f"claims of {'another' if shift else 'the same'} note", "n": n, "pass": kept, **_most(dropped)}


def _reasons(library: Library, shift: int) -> dict[str, Any]:
    script = Script()
    asking = Relating(library.parts.catalog, script)
    edges = [edge for edge in library.parts.edges() if edge.kind is EdgeKind.LINK and edge.why]
    dropped: Counter[str] = Counter()
    n = kept = 0
    for i, edge in enumerate(edges):
        script.why = plain(edges[i - shift].why)
        if pair := asking.pair(edge.source, edge.target):
            relation, why_not, _ = asking.ask(pair, _NOW)
            n, kept = n + 1, kept + (relation is not None)
            dropped.update([why_not] if why_not else [])
    return {"said": f"reasons of {'another' if shift else 'the same'} pair", "n": n, "pass": kept, **_most(dropped)}


def _most(dropped: Counter[str]) -> dict[str, str]:
    return {"most often because it": "; ".join(f"{why} ({n})" for why, n in dropped.most_common(4))}


if __name__ == "__main__":
    main()
