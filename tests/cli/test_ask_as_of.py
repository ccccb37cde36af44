"""`kb ask --as-of`: what the library held of a time."""

from collections.abc import Callable
from pathlib import Path

from kb.domain import Answer
from tests.conftest import Ran

Kb = Callable[..., Ran]
QUESTION = "do long chains of thought hurt small models"


def test_a_question_is_asked_as_of_a_date(shared_root: Path, kb: Kb):
    """The command could not ask for what was known then, or would not say that it did."""
    root = str(shared_root)
    printed = kb("ask", QUESTION, "--as-of", "2025-03", "--library", root)
    assert printed.code == 0
    assert "As of 2025-03:" in printed.out
    assert "As of 2025-03:" in kb("ask", QUESTION, "--as-of", "2025-03", "--markdown", "--library", root).out
    answer = Answer.model_validate_json(kb("ask", QUESTION, "--as-of", "2025-03", "--json", "--library", root).out)
    assert answer.until == "2025-03"
    wrong = kb("ask", QUESTION, "--as-of", "last spring", "--library", root)
    assert wrong.code == 2
    assert "Write it as YYYY" in wrong.err
