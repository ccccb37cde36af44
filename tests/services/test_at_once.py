"""Two pieces of work at the same time."""

from threading import Event, get_ident

import pytest

from kb.services.at_once import at_once


def test_both_work_at_the_same_time():
    """A question would wait for one and then for the other, or the catalog would be read by a thread of its own."""
    begun, met = Event(), Event()

    def beside() -> tuple[bool, int]:
        begun.set()
        return met.wait(10), get_ident()

    def here() -> int:
        assert begun.wait(10)
        met.set()
        return get_ident()

    (is_met, other), own = at_once(beside, here)
    assert is_met
    assert own == get_ident() != other


def test_what_fails_beside_fails_here():
    """An answer would be made of vectors that nobody computed."""
    with pytest.raises(ZeroDivisionError):
        at_once(lambda: 1 // 0, lambda: 1)
