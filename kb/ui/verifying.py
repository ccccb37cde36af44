"""Texts that are verified, with their reports: the address names one, so that a reload loses neither.

They are kept by the server while it runs, the latest ones only; nobody finds one without its address.
"""

import secrets
import threading
from dataclasses import dataclass
from pathlib import Path

from kb.ui import work

_MOST = 30
_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class Verifying:
    """A text that is verified, or was."""

    root: Path
    text: str
    work: work.Work


_kept: dict[str, Verifying] = {}


def begin(root: Path, text: str) -> str:
    """Verify a text against a library; the key that its address bears."""
    key = secrets.token_urlsafe(9)
    begun = Verifying(root, text, work.begin("Verifying", root, lambda here, hear: here.verify(text, hear)))
    with _guard:
        _kept[key] = begun
        for oldest in list(_kept)[:-_MOST]:
            del _kept[oldest]
    return key


def kept(root: Path, key: str) -> Verifying | None:
    """What was begun for a library under a key, if it is still known."""
    found = _kept.get(key)
    return found if found and found.root == root else None
