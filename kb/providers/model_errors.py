"""What went wrong with a language model as one line with its cure, without the keys that the environment holds."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress

from kb.errors import BadInput, KbError, Unavailable

WITHOUT = "Without --llm and `llm` no model is asked: the extractive writer answers, rules propose claims and links"
"""What works when a model does not; part of every such error."""
_KEY_NAME = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD)$", re.IGNORECASE)
_OPTIONS = ("KB_LLM_OPTIONS", "KB_JUDGE_OPTIONS")
_SHORTEST = 8
"""Anything shorter is a placeholder, and would be found in ordinary words."""
_LATER = frozenset((408, 409, 429))
"""Answers that ask for patience."""


def without_keys(text: str) -> str:
    """The text with `[key]` for each key that the environment holds, in a variable of its own or among options."""
    for name, value in (*os.environ.items(), *_options()):
        if isinstance(value, str) and len(value) >= _SHORTEST and _KEY_NAME.search(name) and value in text:
            text = text.replace(value, "[key]")
    return text


def _options() -> Iterator[tuple[str, object]]:
    """Options of models as the environment gives them, none where it gives no JSON object."""
    for variable in _OPTIONS:
        with suppress(ValueError):
            found = json.loads(os.environ.get(variable, "{}"))
            yield from found.items() if isinstance(found, dict) else ()


def in_short(error: BaseException) -> str:
    """An error of a vendor's package as part of a line: its kind, its status and its words, shortened, without keys."""
    status = _status(error)
    kind = f"{type(error).__name__} {status}" if status else type(error).__name__
    return without_keys(f"{kind}: {' '.join(_words(error).split())}")[:200].rstrip(". ")


def refused(name: str, error: Exception, key: str) -> KbError:
    """A failure of a model before its first word, by what can be done about it.

    Args:
        name: of the model.
        error: of its vendor's package, or of what that stands on.
        key: what holds its key.
    """
    status = _status(error)
    if 300 <= status < 500 and status not in _LATER:
        cures = {
            401: f"See that {key} is right",
            403: f"See that {key} is right",
            404: "Name a model that its server has",
        }
        cure = cures.get(status, "Mend what it says")
        return BadInput(f"{name} refuses the request ({in_short(error)})", cure=f"{cure}. {WITHOUT}")
    if status:
        wait = getattr(getattr(error, "response", None), "headers", {}).get("retry-after")
        cure = f"Try again in {wait} seconds" if wait else "Try again later"
    elif _is_late(error):
        cure = "Set a longer time-out in `llm_options`, or try again later"
    elif isinstance(error, ValueError):  # no JSON, or not what the client expects
        cure = "See that `llm_options` lead to a server of this kind"
    else:
        cure = "See that its server runs and can be reached"
    return Unavailable(f"{name} does not answer ({in_short(error)})", cure=f"{cure}. {WITHOUT}")


def _status(error: BaseException) -> int:
    """The HTTP status that an error is about; 0 where it is about none."""
    status = getattr(error, "status_code", 0)
    return status if isinstance(status, int) and status > 0 else 0


def _is_late(error: BaseException) -> bool:
    return "Timeout" in type(error).__name__


def _words(error: BaseException) -> str:
    """What a server said, where it said it in the usual place, else the error's own words."""
    if _is_late(error):
        return "nothing came in time"  # vendors guess at the reasons, at length
    body = getattr(error, "body", None) or getattr(error, "error", None)
    inner = body.get("error", body) if isinstance(body, dict) else body
    said = inner.get("message") if isinstance(inner, dict) else inner
    return said if isinstance(said, str) and said else str(error)
