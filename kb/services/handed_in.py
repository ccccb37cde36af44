"""What a person hands in through a page: text with ids and addresses, and files by name and bytes.

Whoever can open the page could write a path of this computer into the text, so text names no files; files are handed in
themselves.
"""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ingest.files import put_bytes
from kb.errors import BadId, BadInput
from kb.identity import ArxivId, content_hash
from kb.services.intake import is_address

_MAX_LINES = 2_000
_LONGEST_NAME = 120
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069<>:"/\\|?*]')


def items_in(text: str) -> tuple[list[str], list[str]]:
    """Ids and addresses of a text, one a line or between spaces and commas, and what is neither.

    Raises:
        BadInput: if there are too many.
    """
    words = [word for line in text.splitlines() for word in line.replace(",", " ").split()]
    if len(words) > _MAX_LINES:
        raise BadInput(f"{len(words):,} items are too many at once", cure=f"Give {_MAX_LINES:,} at most")
    items, refused = list[str](), list[str]()
    for word in dict.fromkeys(words):
        try:
            items.append(word if is_address(word) else str(ArxivId.parse(word)))
        except BadId:
            refused.append(word)
    return items, refused


def keep(folder: Path, files: Sequence[tuple[str, bytes]]) -> list[Path]:
    """Write files that were handed in, each below a folder named by its content; the same file again is the same path.

    Raises:
        KbError: if one cannot be written.
    """
    kept = []
    for name, data in files:
        path = folder / content_hash(data)[:16] / _file_name(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        put_bytes(path, data)
        kept.append(path)
    return kept


def own_name(folder: Path, target: str) -> str:
    """What a person calls an item: a file that was handed in by its own name, without the folder that it is kept in."""
    return Path(target).name if _is_handed_in(folder, target) else target


def discard(folder: Path, target: str) -> None:
    """Delete a file that was handed in; what lies elsewhere is the person's own and stays."""
    if _is_handed_in(folder, target):
        Path(target).unlink(missing_ok=True)
        with suppress(OSError):  # another file of the same content lies beside it
            Path(target).parent.rmdir()


def _is_handed_in(folder: Path, target: str) -> bool:
    path = Path(os.path.abspath(target))
    return str(path) == target and path.parent.parent == folder


def _file_name(name: str) -> str:
    """A name that stays in its folder and shows as it is: its suffix is kept."""
    bare = _NOT_IN_NAMES.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).lstrip(". ") or "file"
    stem, dot, suffix = bare.rpartition(".")
    return f"{stem[:_LONGEST_NAME]}.{suffix[:10]}" if dot and stem else bare[:_LONGEST_NAME]
