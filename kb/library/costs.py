"""What a run with language models takes, roughly and before any is called."""

from dataclasses import dataclass

from kb.ports import Brief
from kb.wiring import Parts

_CHARS_PER_TOKEN = 4
_INSTRUCTIONS, _WRITTEN, _MENDED = 2000, 1000, 400
"""Tokens of instructions, of what is written in a call, and of what is mended in one, roughly."""
_SENTENCES, _JUDGED, _RULING = 15, 600, 40
"""Sentences of a draft that a judge is asked about, and tokens of what it reads and says of each, roughly."""


@dataclass(frozen=True, slots=True)
class AnswerPlan:
    """What a run would take, at most."""

    question: str
    writer: str
    n_calls: int
    """Times that the writer writes or mends; each is a call of the model behind it, if there is one."""
    n_tokens: int
    """Tokens of evidence in all these calls together, roughly: the instructions and what is written come on top."""
    has_model: bool
    """Whether a language model writes, which may cost money."""
    dollars: float | None = None
    """Roughly what the vendors ask for it, instructions, written text and judging included; None where that is not
    known."""
    n_rulings: int = 0
    """Times that a language model is asked as a judge."""

    @property
    def cost(self) -> str:
        """The price in words."""
        return "what that costs is not known" if self.dollars is None else f"for about ${self.dollars:.2f}"


def planned(parts: Parts, brief: Brief, n_drafts: int, n_mendings: int) -> AnswerPlan:
    """What so many drafts of a brief take, and so many rounds of mending.

    Raises:
        BadInput: if the writer or the judge cannot be set up.
    """
    writer, judge = parts.writer, parts.place.settings.judge
    name, n_calls = writer.model or writer.name, n_drafts + n_mendings
    passages = {hit.passage.id: len(hit.passage.text) for e in brief.evidence for hit in e.sentences}
    n_tokens = n_calls * sum(passages.values()) // _CHARS_PER_TOKEN
    if not writer.model:
        return AnswerPlan(brief.question, name, n_calls, n_tokens, False)
    n_rulings = 0 if not judge or judge.startswith("onnx:") else _SENTENCES * n_drafts
    written = parts.dollars(name, n_tokens + n_calls * _INSTRUCTIONS, n_drafts * _WRITTEN + n_mendings * _MENDED)
    judged = parts.dollars(judge, n_rulings * _JUDGED, n_rulings * _RULING) if n_rulings else 0.0
    dollars = None if written is None or judged is None else written + judged
    return AnswerPlan(brief.question, name, n_calls, n_tokens, True, dollars, n_rulings)
