"""What the services need from the outside world, as protocols; adapters live in `kb.stores` and `kb.providers`.

Passages are named by `key` here: the catalog's integer for a passage, stable while the passage exists.
Vectors are float32 and L2-normalised, so a dot product is the cosine similarity.
"""

from kb.ports.archive import ArchivedPaper, FullText, PaperArchive
from kb.ports.catalog import (
    Card,
    Catalog,
    Dated,
    Edge,
    Entry,
    FileState,
    HeadingLink,
    HeldPaper,
    Horizon,
    Ledger,
)
from kb.ports.judging import Entailment, Judge, Judgement, Ruling
from kb.ports.proposing import Proposer, SaidClaim, SaidQuote, SaidRelation, Shown
from kb.ports.vectors import (
    DerivedIndex,
    Embedder,
    Keys,
    Mark,
    Matrix,
    Progress,
    Vector,
    VectorIndex,
    VectorSource,
    no_progress,
)
from kb.ports.writing import Brief, Deaf, Draft, Evidence, LanguageModel, Listener, Prompt, SentenceHit, Writer

__all__ = [
    "ArchivedPaper",
    "Brief",
    "Card",
    "Catalog",
    "Dated",
    "Deaf",
    "DerivedIndex",
    "Draft",
    "Edge",
    "Embedder",
    "Entailment",
    "Entry",
    "Evidence",
    "FileState",
    "FullText",
    "HeadingLink",
    "HeldPaper",
    "Horizon",
    "Judge",
    "Judgement",
    "Keys",
    "LanguageModel",
    "Ledger",
    "Listener",
    "Mark",
    "Matrix",
    "PaperArchive",
    "Progress",
    "Prompt",
    "Proposer",
    "Ruling",
    "SaidClaim",
    "SaidQuote",
    "SaidRelation",
    "SentenceHit",
    "Shown",
    "Vector",
    "VectorIndex",
    "VectorSource",
    "Writer",
    "no_progress",
]
