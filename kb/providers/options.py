"""Options of a model as a person writes them down, read with care."""

from collections.abc import Mapping
from typing import TypeVar

from kb.errors import BadInput

_Number = TypeVar("_Number", int, float)
_MAY_BE_0 = frozenset(("max_retries",))


def number(options: Mapping[str, object], key: str, default: _Number) -> _Number:
    """A positive number among options, of the kind of its default.

    Raises:
        BadInput: if it is something else.
    """
    value = options.get(key, default)
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and (value > 0 or (not value and key in _MAY_BE_0))
    ):
        return type(default)(value)
    raise BadInput(f"the option {key} is {value!r}", cure=f"Write a number, such as {default}, in `llm_options`")
