"""What can be done with a library beyond asking: one area of work, one object.

Each is imported when it is first used, for a question needs none of them.
"""

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

from kb.domain import AddReport
from kb.library.sources import Sources
from kb.ports import Progress, no_progress
from kb.upkeep import Upkeep
from kb.wiring import Parts

if TYPE_CHECKING:
    from kb.library.arxiv import Arxiv
    from kb.library.claims import Claims
    from kb.library.drafts import Drafts
    from kb.library.faithfulness import FaithfulnessTests
    from kb.library.graph import Graph
    from kb.library.overview import Overview
    from kb.library.prompts import Prompts
    from kb.library.reading import Reading
    from kb.library.relations import Relations
    from kb.library.snapshots import Snapshots


class Areas(ABC):
    """The areas of work of one library.

    Args:
        parts: as `kb.wiring` puts them together.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        """What the library is made of, for measuring it and for interfaces with needs of their own."""
        self._upkeep = Upkeep(parts)

    @abstractmethod
    def refresh(self, progress: Progress = no_progress, *, retry: bool = False) -> AddReport:
        """Bring the library to what its notes folder holds."""

    @cached_property
    def graph(self) -> "Graph":
        """The concept graph."""
        from kb.library.graph import Graph

        return Graph(self.parts, self._upkeep)

    @cached_property
    def overview(self) -> "Overview":
        """The library in figures, for plots."""
        from kb.library.overview import Overview

        return Overview(self.parts, self.claims, self.graph)

    @cached_property
    def reading(self) -> "Reading":
        """Lists to leaf through, and what stands around a quote."""
        from kb.library.reading import Reading

        return Reading(self.parts, self.graph)

    @cached_property
    def sources(self) -> Sources:
        """Papers, documents and notes as sources."""
        return Sources(self.parts, self._upkeep)

    @cached_property
    def arxiv(self) -> "Arxiv":
        """Searches and updates at arXiv."""
        from kb.library.arxiv import Arxiv

        return Arxiv(self.parts, self.sources)

    @cached_property
    def snapshots(self) -> "Snapshots":
        """Bulk ingest of arXiv's metadata."""
        from kb.library.snapshots import Snapshots

        return Snapshots(self.parts, self._upkeep)

    @cached_property
    def claims(self) -> "Claims":
        """Dated claims: where each stands, which are stale, what to read to test them again, the ledger."""
        from kb.library.claims import Claims

        return Claims(self.parts, self._upkeep)

    @cached_property
    def drafts(self) -> "Drafts":
        """Notes drafted from passages, and what a person makes of them."""
        from kb.library.drafts import Drafts

        return Drafts(self.parts, self._upkeep, self.sources)

    @cached_property
    def relations(self) -> "Relations":
        """How sources bear on each other, as a model proposes it and a person decides."""
        from kb.library.relations import Relations

        return Relations(self.parts, self._upkeep, self.graph)

    @cached_property
    def faithfulness(self) -> "FaithfulnessTests":
        """Tests of whether answers follow from their evidence."""
        from kb.library.faithfulness import FaithfulnessTests

        return FaithfulnessTests(self.parts)

    @cached_property
    def prompts(self) -> "Prompts":
        """Research prompts out, answers back in."""
        from kb.library.prompts import Prompts

        return Prompts(self.parts, self.refresh)
