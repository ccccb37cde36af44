"""Relations that a model proposes, in the Python API: `library.relations`."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from ingest.files import edit_note
from kb.domain import ProposedRelation, RelationState, Source, pair_id
from kb.errors import BadInput
from kb.library.asking import Outcome, now
from kb.library.costs import Plan, of_proposing
from kb.library.graph import Graph
from kb.ports import Progress, Proposer, no_progress
from kb.services.draft_note import harmless
from kb.services.relate import Pair, Relating, entry, standing
from kb.services.suggest_links import link_name, with_entry
from kb.upkeep import Upkeep
from kb.wiring import Parts


class Relations:
    """How sources bear on each other, as a model proposes it and as a person decides.

    A proposed relation is shown with the graph, under a kind of edge of its own; retrieval and answers never see it.

    Args:
        parts: of the library.
        upkeep: reads a note again after a relation was written into it.
        graph: knows which pairs are near or linked.
    """

    def __init__(self, parts: Parts, upkeep: Upkeep, graph: Graph) -> None:
        self._parts, self._upkeep, self._graph = parts, upkeep, graph

    def list(self, names: Sequence[str] = ()) -> Sequence[ProposedRelation]:
        """Relations that wait for a decision, their quotes where they stand now; of some nodes or all.

        Raises:
            NotFound: if nothing is called so.
        """
        wanted = {self._graph.find(name) for name in names}
        kept = [r for r in self._parts.catalog.relations() if r.state is RelationState.PROPOSED]
        return [r for r in standing(kept, self._parts.catalog) if not names or wanted & {r.source, r.target}]

    def plan(self, names: Sequence[str] = (), limit: int = 10) -> Plan | None:
        """What it would take to have the settings' model asked about pairs; None where they name no model.

        Args:
            names: nodes of which every pair has one; none for the whole library.
            limit: pairs at most. Pairs that were asked about with the same words, or decided on, do not count.

        Raises:
            NotFound: if nothing is called so.
            BadInput: if there is no such model, or its key is missing.
            MissingExtra: if its package is not installed.
        """
        proposer = self._parts.proposer
        if proposer is None:
            return None
        todo = list(islice(self._unasked(proposer, names), limit))
        return of_proposing(self._parts, proposer.name, len(todo), sum(pair.n_chars for pair in todo))

    def ask(self, names: Sequence[str] = (), limit: int = 10, progress: Progress = no_progress) -> Outcome:
        """Have the model say how pairs hang together, and keep what holds until somebody decides.

        Each answer is kept before the next is asked for, so a run that was cut short goes on from there.

        Raises as `plan`, and:
            Unavailable: if the model does not answer.
        """
        outcome, proposer, catalog = Outcome(), self._parts.proposer, self._parts.catalog
        if proposer is None:
            return outcome
        asking = Relating(catalog, proposer)
        todo = list(islice(self._unasked(proposer, names), limit))
        for n, pair in enumerate(todo):
            progress("Asking for relations", n, len(todo))
            with outcome.kept():
                found, why_not, cut_short = asking.ask(pair, now())
            with self._parts.lock.held(), catalog.writing():
                # Somebody may have decided while the model was thinking.
                if found and found.id not in self._decided():
                    catalog.put_relation(found)
                if not cut_short:
                    catalog.put_asked(asking.key(pair), now())
            outcome.add(int(found is not None), {why_not: 1} if why_not else {}, cut_short)
        return outcome

    def written(self, relation: ProposedRelation) -> tuple[Source, str]:
        """The note that says a relation once it is accepted, and the entry at its end, in Markdown.

        Raises:
            BadInput: if neither of its two sources is a note, or no wikilink can name the other.
        """
        catalog = self._parts.catalog
        ends = [source for i in (relation.source, relation.target) if (source := catalog.source(i))]
        note = next((source for source in ends if source.id.startswith("note:")), None)
        if note is None:
            cure = "Reject it, or write a note that says it"
            raise BadInput("neither of the two is a note that could say this", cure=cure)
        other = next(source for source in ends if source is not note)
        return note, entry(relation, note.id, link_name(other, catalog, note.origin), harmless(relation.why))

    def accept(self, relation_id: str, by: str = "a person", progress: Progress = no_progress) -> Path:
        """Write a relation into its note as a link of its own with the reason, and read the note again.

        Returns:
            The file that was written.

        Raises:
            BadInput: if no relation with this id waits for a decision; and as `written`.
            KbError: if the file was changed since it was read; it stays as it is.
        """
        parts = self._parts
        with parts.lock.held():
            relation = self._waiting(relation_id)
            note, words = self.written(relation)
            path = parts.place.notes / note.origin
            edit_note(path, parts.place.notes, note.text, lambda text: with_entry(text, words))
            self._decide(relation, RelationState.ACCEPTED, by)
            self._upkeep.synchronise(progress, retry=False)
        return path

    def reject(self, relation_id: str, by: str = "a person") -> ProposedRelation:
        """Remember that this is not to be proposed again, nor anything else of its pair.

        Raises:
            BadInput: if no relation with this id waits for a decision.
        """
        with self._parts.lock.held():
            relation = self._waiting(relation_id)
            self._decide(relation, RelationState.REJECTED, by)
        return relation

    def _decided(self) -> set[str]:
        """Pairs on which a person has decided."""
        return {r.id for r in self._parts.catalog.relations() if r.state is not RelationState.PROPOSED}

    def _decide(self, relation: ProposedRelation, state: RelationState, by: str) -> None:
        decided = relation.model_copy(update={"state": state, "by": by, "decided_at": now()})
        with self._parts.catalog.writing():
            self._parts.catalog.put_relation(decided)

    def _waiting(self, relation_id: str) -> ProposedRelation:
        wanted = relation_id.strip().lower()
        kept = next((r for r in self._parts.catalog.relations() if r.id == wanted), None)
        if kept is None:
            cure = "`kb graph relate` lists the ids"
            raise BadInput(f"no proposed relation has the id {relation_id[:40]!r}", cure=cure)
        if kept.state is not RelationState.PROPOSED:
            raise BadInput(f"relation {wanted} was {kept.state} already", cure="Nothing is left to decide")
        if found := standing([kept], self._parts.catalog):
            return found[0]
        what = f"relation {wanted} no longer stands: a note that it quotes was changed or is gone"
        raise BadInput(what, cure="`kb graph relate NODE --llm NAME` has a model look at the pair as it is now")

    def _unasked(self, proposer: Proposer, names: Sequence[str]) -> Iterator[Pair]:
        """Pairs that the model has not answered yet and nobody has decided on, the most promising first."""
        asking, catalog = Relating(self._parts.catalog, proposer), self._parts.catalog
        settled = self._decided() | {r.id for r in self.list()}
        for one, other in self._graph.pairs(names):
            pair = asking.pair(one, other) if pair_id(one, other) not in settled else None
            if pair and not catalog.was_asked(asking.key(pair)):
                yield pair
