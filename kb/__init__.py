"""A research knowledge base that ties every sentence to a passage, dates every claim and says what it lacks.

>>> from kb import Library
>>> answer = Library.open(".").ask("why do small models lose faithfulness")  # doctest: +SKIP

Nothing heavy is imported until it is used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kb.library import Library as Library

__version__ = "0.1.0"
__all__ = ["Library", "__version__"]


def __getattr__(name: str) -> Any:
    """Import the public names when they are asked for."""
    if name == "Library":
        from kb.library import Library

        return Library
    raise AttributeError(f"module 'kb' has no attribute {name!r}")
