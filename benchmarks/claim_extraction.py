"""Whether the claims proposed first from a note's words are claims that its author wrote down.

    python benchmarks/claim_extraction.py [--json]

The dated claims of each seed note are hidden and proposed again from its body. A proposal is right if it shares at
least 0.4 of the shorter one's words with a hidden claim; for such pairs the papers agreed in 174 of 177 cases. Rules
were tuned on one half of the notes, chosen by the hash of their names. Body and claims of a note have one author, so
this flatters: other people's notes may say less in sentences that stand alone.
"""

from pathlib import Path
from typing import Any

from common import ROOT, report

from ingest.notes import find_notes, read_note
from kb.domain import Claim, Proposal, Source
from kb.identity import content_hash
from kb.language import content_stems
from kb.library import Library
from kb.ports import Catalog
from kb.services.propose import from_note

_SAME = 0.4


def main() -> None:
    """Score both halves, for the first proposal of each note, the first three and the first five."""
    folder = ROOT / "notes"
    notes = [read_note(path, folder) for path in find_notes(folder)]
    with Library.open(ROOT) as library:
        library.refresh()
        catalog = library.parts.catalog
        rows = [
            _row(name, [n for n in notes if _half(n) == half], k, catalog)
            for half, name in enumerate(("tuned on", "held out"))
            for k in (1, 3, 5)
        ]
    report("claim_extraction", rows)


def _half(note: Source) -> int:
    return int(content_hash(Path(note.origin).stem)[:2], 16) % 2


def _row(name: str, notes: list[Source], k: int, catalog: Catalog) -> dict[str, Any]:
    right = proposed = agree = found = hidden = 0
    for note in notes:
        proposals = from_note(note.model_copy(update={"claims": ()}), catalog)
        pairs = [(p, claim) for p in proposals[:k] if (claim := _hidden(p, note.claims))]
        right, proposed = right + len(pairs), proposed + len(proposals[:k])
        agree += sum(set(c.evidence) == set(p.claim.evidence) and c.as_of == p.claim.as_of for p, c in pairs)
        found += sum(any(_share(p, claim) >= _SAME for p in proposals) for claim in note.claims)
        hidden += len(note.claims)
    return {
        "notes": name, "n": len(notes), "first": k, "proposed": proposed, "right": right, "precision": right / proposed,
        "same papers and month": agree, "hidden claims found": f"{found} of {hidden}",
    }  # fmt: skip


def _hidden(proposal: Proposal, claims: tuple[Claim, ...]) -> Claim | None:
    best = max(claims, key=lambda claim: _share(proposal, claim), default=None)
    return best if best and _share(proposal, best) >= _SAME else None


def _share(proposal: Proposal, claim: Claim) -> float:
    mine, theirs = (content_stems(c.text) for c in (proposal.claim, claim))
    return len(mine & theirs) / (min(len(mine), len(theirs)) or 1)


if __name__ == "__main__":
    main()
