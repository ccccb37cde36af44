"""Evidence faithfulness in the Python API: `library.faithfulness`."""

from kb.errors import NotFound
from kb.library.costs import Plan, of_writing
from kb.ports import Brief, Progress, no_progress
from kb.services.faithfulness import CALLS_PER_SENTENCE, Faithfulness, FaithfulnessTest
from kb.wiring import Parts


class FaithfulnessTests:
    """Tests of whether answers follow from their evidence.

    Args:
        parts: of the library.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def plan(self, question: str, limit: int = 12) -> Plan | None:
        """What a test of a question's answer would take; no model is called. None where no language model writes.

        Raises:
            BadInput: if the question cannot be read.
            NotFound: if the library holds too little to answer it.
        """
        return of_writing(self._parts, self._brief(question), 1 + CALLS_PER_SENTENCE * limit, 0)

    def run(self, question: str, limit: int = 12, progress: Progress = no_progress) -> Faithfulness:
        """The test itself: the evidence of the answer's first sentences changed in every way, one at a time.

        Raises as `plan`, and `Unavailable` if the model behind the writer does not answer.
        """
        parts = self._parts
        name = parts.writer.model or parts.writer.name
        test = FaithfulnessTest(parts.answerer.draft, name, parts.asking_embedder)
        return test.run(self._brief(question), limit, progress)

    def _brief(self, question: str) -> Brief:
        if brief := self._parts.answerer.brief(question):
            return brief
        cure = "Ask something that `kb ask` answers"
        raise NotFound(f"the library does not hold enough on {question[:80]!r} to test an answer", cure=cure)
