"""Whether a quote still stands in a text, word for word."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from ingest.plain import plain, terminal_safe

_LETTER = r"[^\W\d_]"
_LINE_END_HYPHEN = re.compile(rf"(?<={_LETTER})[-‐\x02]\x20?\n\x20*(?={_LETTER})")
_INNER_HYPHEN = re.compile(rf"(?<={_LETTER})-(?={_LETTER})")
# One spelling for marks that typesetting exchanges freely.
_TYPOGRAPHY = str.maketrans(
    {**dict.fromkeys("‘’‚‛′`´", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑‒–—―−", "-")}
)
# What is left of Markdown where a quote cuts through it, and of LaTeX in abstracts; `~` is a space there between words.
_TIE = re.compile(r"(?<=[\w)])~(?=[\w(])")
_STRAY_MARKUP = re.compile(r"\*\*|__|\$|\\(?:text\w{2}|emph|bf|it|pmb|mathbf|mathrm)\b|\\[()\[\]]|[{}\\]")
_TOKEN = re.compile(r"(?:(?<![\w)\].%])-)?\d++(?>(?:[.,]\d++)*)\w*+|\w++|[^\w\s]")
"""A number with its sign and decimals is one token, so that neither can be lost."""
_EDGES = frozenset("\"'.,;:…()[]")


def survives(quote: str, text: str) -> bool:
    """Whether the words of a quote stand in a text, in the same order and whole.

    Tolerated: white space, hyphens inside words (lines end there), Unicode forms, typographic quotes and dashes,
    invisible characters, markup, and the punctuation at the quote's ends. Nothing else: one other word, number, sign or
    letter case is a miss. Linear in the length of both.
    """
    return survive_in_order([quote], text)


def survive_in_order(parts: Sequence[str], text: str) -> bool:
    """Whether all parts of a quote stand in a text, as `survives` has it, each behind the one before it."""
    held, place = _joined(_tokens(text)), 0
    for part in parts:
        wanted = _joined(_trimmed(_tokens(part)))
        place = held.find(wanted, place) if wanted.strip() else -1
        if place < 0:
            return False
        place += len(wanted) - 1
    return bool(parts)


def _tokens(text: str) -> list[str]:
    shown = unicodedata.normalize("NFKC", terminal_safe(plain(_LINE_END_HYPHEN.sub("-", text))))
    bare = _STRAY_MARKUP.sub("", _TIE.sub(" ", shown.translate(_TYPOGRAPHY))).replace("''", '"')
    return _TOKEN.findall(_INNER_HYPHEN.sub("", bare))


def _trimmed(tokens: list[str]) -> list[str]:
    """Tokens without punctuation and quotation marks at both ends, which a writer sets as the own sentence needs."""
    kept = [i for i, token in enumerate(tokens) if token not in _EDGES]
    return tokens[kept[0] : kept[-1] + 1] if kept else []


def _joined(tokens: Iterable[str]) -> str:
    return f" {' '.join(tokens)} "
