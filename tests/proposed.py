"""A relation between two notes as a model would have proposed it."""

from kb.domain import EvidenceQuote, ProposedRelation, RelationKind
from kb.library import Library

KEEP, LOOSEN = "can-tuning-keep-steps", "does-tuning-loosen-steps"
WHY = "a training reward for causal steps keeps chain-of-thought reasoning faithful in 7B models."
QUOTES = {
    f"note:{KEEP}": "A training reward for causal steps keeps",
    f"note:{LOOSEN}": "let their stated steps decide the answer less often",
}


def propose(library: Library, why: str = WHY, model: str = "tests:none") -> ProposedRelation:
    """Keep the relation in a library of the tests' own notes."""
    library.refresh()
    catalog, quotes = library.parts.catalog, []
    for source_id, words in QUOTES.items():
        source = catalog.source(source_id)
        assert source is not None
        start, end = source.text.index(words), source.text.index(words) + len(words)
        passage = next(p for p in library.passages(source_id) if p.char_start <= start and end <= p.char_end)
        quotes.append(EvidenceQuote(source=source_id, passage=passage.id, quote=words, char_start=start, char_end=end))
    relation = ProposedRelation(
        source=f"note:{KEEP}", target=f"note:{LOOSEN}", kind=RelationKind.CHALLENGES, why=why, quotes=tuple(quotes),
        model=model, proposed_at="2026-11-21T08:00:00Z", prompt_version="1",
    )  # fmt: skip
    with catalog.writing():
        catalog.put_relation(relation)
    return relation
