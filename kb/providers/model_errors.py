"""Keys that the environment holds, kept out of everything that a language model or its server sends back."""

import os
import re

WITHOUT = "Without --llm and `llm` no model is asked: the extractive writer answers, rules propose claims and links"
"""What works when a model does not; part of every such error."""
_KEY_NAME = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD)$", re.IGNORECASE)
_SHORTEST = 8
"""Anything shorter is a placeholder, and would be found in ordinary words."""


def without_keys(text: str) -> str:
    """The text with the values of environment variables that hold keys replaced by `[key]`."""
    for name, value in os.environ.items():
        if len(value) >= _SHORTEST and _KEY_NAME.search(name) and value in text:
            text = text.replace(value, "[key]")
    return text


def in_short(error: BaseException) -> str:
    """An error of a vendor's package as part of a line: its kind and its words, shortened, without keys."""
    return without_keys(f"{type(error).__name__}: {' '.join(str(error).split())}")[:200]
