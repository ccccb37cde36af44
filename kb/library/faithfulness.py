"""Evidence faithfulness in the Python API: `library.faithfulness`."""

from dataclasses import dataclass

from kb.errors import NotFound
from kb.ports import Brief, Progress, no_progress
from kb.services.faithfulness import CALLS_PER_SENTENCE, Faithfulness, FaithfulnessTest
from kb.wiring import Parts

_CHARS_PER_TOKEN = 4
_INSTRUCTIONS, _WRITTEN = 2000, 1000
"""Tokens of instructions and of what is written in a call, roughly."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a test would take, at most."""

    question: str
    writer: str
    n_calls: int
    """Times that the writer writes; each is a call of the model behind it, if there is one."""
    n_tokens: int
    """Tokens of evidence in all calls together, roughly: the instructions and what is written come on top."""
    has_model: bool
    """Whether a language model writes, which may cost money."""
    dollars: float | None = None
    """Roughly what its vendor asks for it, instructions and written text included; None where that is not known."""


class FaithfulnessTests:
    """Tests of whether answers follow from their evidence.

    Args:
        parts: of the library.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def plan(self, question: str, limit: int = 12) -> Plan:
        """What a test of a question's answer would take; no model is called.

        Raises:
            BadInput: if the question cannot be read.
            NotFound: if the library holds too little to answer it.
        """
        brief, writer = self._brief(question), self._parts.writer
        n_calls = 1 + CALLS_PER_SENTENCE * limit
        passages = {hit.passage.id: len(hit.passage.text) for e in brief.evidence for hit in e.sentences}
        n_tokens = n_calls * sum(passages.values()) // _CHARS_PER_TOKEN
        name = writer.model or writer.name
        if not writer.model:
            return Plan(brief.question, name, n_calls, n_tokens, False)
        dollars = self._parts.dollars(name, n_tokens + n_calls * _INSTRUCTIONS, n_calls * _WRITTEN)
        return Plan(brief.question, name, n_calls, n_tokens, True, dollars)

    def run(self, question: str, limit: int = 12, progress: Progress = no_progress) -> Faithfulness:
        """The test itself: the evidence of the answer's first sentences changed in every way, one at a time.

        Raises as `plan`, and `Unavailable` if the model behind the writer does not answer.
        """
        parts = self._parts
        name = parts.writer.model or parts.writer.name
        test = FaithfulnessTest(parts.answerer.sentences, name, parts.asking_embedder)
        return test.run(self._brief(question), limit, progress)

    def _brief(self, question: str) -> Brief:
        if brief := self._parts.answerer.brief(question):
            return brief
        cure = "Ask something that `kb ask` answers"
        raise NotFound(f"the library does not hold enough on {question[:80]!r} to test an answer", cure=cure)
