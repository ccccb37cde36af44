"""Two pieces of work at the same time, where one computes and the other reads the catalog."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_A = TypeVar("_A")
_B = TypeVar("_B")


def at_once(beside: Callable[[], _A], here: Callable[[], _B]) -> tuple[_A, _B]:
    """What both give; the first works in a thread of its own, and the second in this one, which has the catalog."""
    with ThreadPoolExecutor(1) as thread:
        begun = thread.submit(beside)
        done = here()
        return begun.result(), done
