"""What a language model says, as whole lines: without what it thinks aloud, marks and quotes with their sentence."""

import re
from collections.abc import Iterator

from kb.errors import CutShort
from kb.ports import Listener
from kb.providers.marks import read_line
from kb.providers.model_errors import without_keys

_THOUGHT_BEGINS = re.compile(r"<(?:think|thinking|reasoning)>", re.IGNORECASE)
_THOUGHT_ENDS = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)
_LONGEST_TAG = len("</reasoning>")
_QUOTE_LABEL = re.compile(r"[\s>*_-]{0,12}(?:(?:quotes?|evidence)\b\s{0,3}:?[*_\s]{0,6})?", re.IGNORECASE)
_MAX_REPLY_CHARS = 60_000


def sentence_lines(pieces: Iterator[str], listener: Listener) -> Iterator[str]:
    """Whole lines; one that holds nothing but marks and quotes is part of the one before it."""
    held = ""
    try:
        for line in _lines(_spoken(pieces), listener):
            alone = _marks_alone(line) if held else ""
            if not alone:
                yield held
            held = f"{held} {alone}" if alone else line
    except CutShort:
        yield held
        raise
    yield held


def _lines(pieces: Iterator[str], listener: Listener) -> Iterator[str]:
    text, n_chars = "", 0
    for piece in pieces:
        n_chars += len(piece)
        if n_chars > _MAX_REPLY_CHARS:
            raise CutShort(f"the model wrote more than {_MAX_REPLY_CHARS:,} characters")
        *whole, text = (text + piece).split("\n")
        yield from whole
        listener.drafting(without_keys(text))
    yield text


def _spoken(pieces: Iterator[str]) -> Iterator[str]:
    """What a model says without what it thinks aloud between tags."""
    text, is_thought = "", False
    for piece in pieces:
        text += piece
        while tag := (_THOUGHT_ENDS if is_thought else _THOUGHT_BEGINS).search(text):
            if not is_thought:
                yield text[: tag.start()]
            text, is_thought = text[tag.end() :], not is_thought
        # The last few characters may be the beginning of a tag.
        safe = text.rfind("<", max(0, len(text) - _LONGEST_TAG))
        safe = len(text) if safe < 0 else safe
        if not is_thought:
            yield text[:safe]
        text = text[safe:]
    if not is_thought:
        yield text


def _marks_alone(line: str) -> str:
    """The marks and quotes of a line that holds nothing else; empty for any other line."""
    bare = _QUOTE_LABEL.sub("", line, count=1)
    read = read_line(bare)
    return bare if read and not any(marked.text for marked in read) else ""
