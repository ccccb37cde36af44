"""What a run with language models takes, roughly and before any is called."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kb.ports import Brief
from kb.wiring import Parts

_CHARS_PER_TOKEN = 4
_WRITING, _WRITTEN, _MENDED = 2000, 1000, 400
"""Tokens of a writer's instructions, of what is written in a call, and of what is mended in one, roughly."""
_PROPOSING, _PROPOSED = 700, 400
"""The same of a call that proposes something."""
SENTENCES, CLAIMS = 15, 6
"""Sentences of a draft and claims of a call that a judge is asked about, roughly."""
_JUDGED, _RULING = 600, 40
"""Tokens of what a judge reads and says of one of these, roughly."""
_LEAST_SHOWN = 0.01


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would take, at most."""

    model: str
    n_calls: int
    """Of the model that writes, proposes or judges; what it has answered already is not asked again."""
    n_tokens: int
    """Of evidence, in all these calls together, roughly: the instructions and what is written come on top."""
    dollars: float | None
    """Roughly what the vendors ask for it, instructions, written text and judging included; None where that is not
    known."""
    n_rulings: int = 0
    """Times that a language model is asked as a judge."""

    @property
    def calls(self) -> str:
        """How often which models are called, in words."""
        times = "once" if self.n_calls == 1 else f"up to {self.n_calls:,} times"
        return f"{times} and a judge up to {self.n_rulings:,} times" if self.n_rulings else times

    @property
    def cost(self) -> str:
        """The price in words."""
        if self.dollars is None:
            return "at a price that is not known"
        if not self.dollars:
            return "which costs nothing"
        return f"for about ${self.dollars:.2f}" if self.dollars >= _LEAST_SHOWN else "for less than a cent"


def of_writing(parts: Parts, brief: Brief, n_drafts: int, n_mendings: int) -> Plan | None:
    """What so many drafts of a brief take, and so many rounds of mending; None where no language model writes.

    Raises:
        BadInput: if the writer cannot be set up.
    """
    model = parts.writer.model
    if not model:
        return None
    n_calls = n_drafts + n_mendings
    passages = {hit.passage.id: len(hit.passage.text) for e in brief.evidence for hit in e.sentences}
    n_tokens = n_calls * sum(passages.values()) // _CHARS_PER_TOKEN
    written = n_drafts * _WRITTEN + n_mendings * _MENDED
    dollars = parts.models.writing_dollars(n_tokens + n_calls * _WRITING, written)
    return _judged(parts, Plan(model, n_calls, n_tokens, dollars), SENTENCES * n_drafts)


def of_proposing(parts: Parts, model: str, n_calls: int, n_chars: int, n_judged: int = 0) -> Plan:
    """What so many calls with so many characters of passages in all take, and so many claims for a judge."""
    n_tokens = n_chars // _CHARS_PER_TOKEN
    dollars = parts.models.writing_dollars(n_tokens + n_calls * _PROPOSING, n_calls * _PROPOSED)
    return _judged(parts, Plan(model, n_calls, n_tokens, dollars), n_judged)


def in_all(plans: Iterable[Plan | None]) -> Plan | None:
    """Several plans of one model as one; None where there is none."""
    found = [plan for plan in plans if plan]
    if not found:
        return None
    dollars = [plan.dollars for plan in found if plan.dollars is not None]
    return Plan(
        model=found[0].model,
        n_calls=sum(plan.n_calls for plan in found),
        n_tokens=sum(plan.n_tokens for plan in found),
        dollars=sum(dollars) if len(dollars) == len(found) else None,
        n_rulings=sum(plan.n_rulings for plan in found),
    )


def of_judging(parts: Parts, n: int) -> Plan | None:
    """What it takes to have so many sentences or passages judged; None where no language model judges."""
    name = parts.place.settings.judge
    if not n or not name or name.startswith("onnx:"):
        return None
    return Plan(name, n, n * _JUDGED, parts.models.judging_dollars(n * _JUDGED, n * _RULING))


def _judged(parts: Parts, plan: Plan, n: int) -> Plan:
    """The plan with what a judge would take of so many sentences, if a language model judges."""
    if (judging := of_judging(parts, n)) is None:
        return plan
    dollars = None if plan.dollars is None or judging.dollars is None else plan.dollars + judging.dollars
    return replace(plan, dollars=dollars, n_rulings=n)
