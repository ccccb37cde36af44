"""Names of things: arXiv ids, slugs, content hashes and partial dates.

Ids come from content or from a name, never from chance, so that adding the same thing twice changes nothing.
"""

import hashlib
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass

from kb.errors import BadId

# https://info.arxiv.org/help/arxiv_identifier.html: YYMM.number since April 2007, archive/YYMMNNN before.
_NEW_ID = re.compile(r"([0-9]{2})([0-9]{2})\.([0-9]{4,5})(?:v([1-9][0-9]{0,2}))?")
_OLD_ID = re.compile(r"([a-z][a-z-]{1,20})(?:\.[A-Z]{2})?/([0-9]{2})([0-9]{2})([0-9]{3})(?:v([1-9][0-9]{0,2}))?")
_ID_PREFIX = re.compile(
    r"(?:https?://)?(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html|format|src|e-print)/|arxiv:"
    r"|(?:(?:https?://)?(?:dx\.)?doi\.org/|doi:\s{0,9})?10\.48550/arxiv\.",
    re.IGNORECASE,
)
# As texts cite: prefixed or as an address, never a bare number, which may be anything.
_CITED = re.compile(
    r"(?:arxiv:\x20?|arxiv\.org/(?:abs|pdf|html)/)"
    r"((?:[a-z][a-z-]{1,20}(?:\.[a-z]{2})?/)?[0-9]{4}(?:\.[0-9]{4,5}|[0-9]{3})(?:v[1-9][0-9]{0,2})?)(?![0-9])",
    re.IGNORECASE,
)
_FIRST_NEW_YYMM, _FIVE_DIGITS_FROM, _FIRST_OLD_YYMM, _LAST_OLD_YYMM = 704, 1501, 9108, 703

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_WINDOWS_RESERVED = {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(1, 10)), *(f"lpt{i}" for i in range(1, 10))}
_MAX_SLUG = 80


@dataclass(frozen=True, slots=True)
class ArxivId:
    """An arXiv identifier: `base` without version, `version` 1 or more, 0 where none was named."""

    base: str
    version: int = 0

    @classmethod
    def parse(cls, text: str) -> "ArxivId":
        """Read an id as people write it: bare, `arXiv:`-prefixed, an arXiv address, or the DOI that arXiv gives it.

        Raises:
            BadId: if it is not an arXiv identifier.
        """
        bare = _ID_PREFIX.sub("", text.strip(), count=1).split("#")[0].split("?")[0].rstrip("/")
        bare = bare.removesuffix(".pdf")
        if (new := _NEW_ID.fullmatch(bare)) and _is_new_number(new[1] + new[2], new[3]):
            return cls(f"{new[1]}{new[2]}.{new[3]}", int(new[4] or 0))
        if (old := _OLD_ID.fullmatch(bare)) and 1 <= int(old[3]) <= 12 and _is_old_date(old[2] + old[3]):
            return cls(f"{old[1]}/{old[2]}{old[3]}{old[4]}", int(old[5] or 0))
        raise BadId(
            f"{text.strip()[:80]!r} is not an arXiv id", cure="Write it like 2411.15382, 2305.04388v2 or cs/0112017"
        )

    @property
    def month(self) -> str:
        """Month of submission that the id itself tells, `YYYY-MM`."""
        yymm = self.base.split("/")[-1][:4]
        year = int(yymm[:2])
        return f"{1900 + year if year >= 91 else 2000 + year}-{yymm[2:]}"

    def __str__(self) -> str:
        return f"arXiv:{self.base}" + (f"v{self.version}" if self.version else "")


def cited_ids(text: str) -> tuple[ArxivId, ...]:
    """The arXiv ids that a text cites as `arXiv:ID` or by address, in order, each once; what is no real id is left out.

    >>> [str(i) for i in cited_ids("See arXiv:2304.15004, https://arxiv.org/abs/cs/0112017v2, not 2305.00001.")]
    ['arXiv:2304.15004', 'arXiv:cs/0112017v2']
    """
    found: dict[ArxivId, None] = {}
    for match in _CITED.finditer(text):
        with suppress(BadId):
            found[ArxivId.parse(match[1])] = None
    return tuple(found)


def impossible_ids(text: str) -> tuple[str, ...]:
    """What a text cites like an arXiv id that cannot be one, by its month or number.

    >>> impossible_ids("See arXiv:9999.99999 and arXiv:2304.15004.")
    ('arXiv:9999.99999',)
    """
    found: dict[str, None] = {}
    for match in _CITED.finditer(text):
        try:
            ArxivId.parse(match[1])
        except BadId:
            found[f"arXiv:{match[1]}"] = None
    return tuple(found)


def _is_new_number(yymm: str, number: str) -> bool:
    """Whether month and number of digits fit: four digits until 2014-12, five since."""
    known = _FIRST_NEW_YYMM <= int(yymm) < _FIRST_OLD_YYMM and 1 <= int(yymm[2:]) <= 12
    return known and len(number) == (5 if int(yymm) >= _FIVE_DIGITS_FROM else 4)


def _is_old_date(yymm: str) -> bool:
    """Whether an old-style id falls between arXiv's start in August 1991 and March 2007."""
    return int(yymm) >= _FIRST_OLD_YYMM or int(yymm) <= _LAST_OLD_YYMM


def normalise(text: str) -> str:
    """Text as it is stored: NFC, line feeds as line ends, no byte-order mark, no NULs, no lone surrogates.

    Offsets are counted on the result. A file already in this form is unchanged.
    """
    clean = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    clean = clean.encode("utf-8", "replace").decode("utf-8") if not _is_encodable(clean) else clean
    return unicodedata.normalize("NFC", clean)


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def slugify(name: str) -> str:
    """A name as a slug: lower case, letters of any script and digits, joined by hyphens, at most 80 characters.

    Never empty, never a path, never a name that Windows reserves. Cut or emptied names keep a hash of the original, so
    that two names seldom meet.

    >>> slugify("Does fine-tuning disconnect reasoning?")
    'does-fine-tuning-disconnect-reasoning'
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    kept = "".join(c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in folded)
    slug = "-".join(kept.split())
    if not slug or slug in _WINDOWS_RESERVED:
        return "-".join(part for part in (slug, content_hash(name)[:8]) if part)
    if len(slug) > _MAX_SLUG:
        return slug[: _MAX_SLUG - 9].rstrip("-") + "-" + content_hash(name)[:8]
    return slug


def content_hash(*parts: str | bytes) -> str:
    """SHA-256 of the parts, 32 hexadecimal digits; parts are length-prefixed, so ("ab","c") differs from ("a","bc")."""
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()[:32]


def parse_date(text: str) -> str:
    """A calendar date with its precision kept: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.

    Raises:
        BadId: if the text is none of these or names no real day.
    """
    match = _DATE.fullmatch(text.strip())
    if match:
        year, month, day = (int(part) if part else 0 for part in match.groups())
        month_ok = match[2] is None or 1 <= month <= 12
        day_ok = match[3] is None or (month_ok and 1 <= day <= _days_in(year, month))
        if year >= 1000 and month_ok and day_ok:
            return match[0]
    raise BadId(f"{text.strip()[:40]!r} is not a date", cure="Write it as YYYY, YYYY-MM or YYYY-MM-DD")


def _days_in(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def is_before(earlier: str, later: str) -> bool | None:
    """Whether one date lies before another, as far as their precision tells; None where it does not.

    >>> is_before("2024-11", "2025"), is_before("2024", "2024-11")
    (True, None)
    """
    width = min(len(earlier), len(later))
    if earlier[:width] != later[:width]:
        return earlier[:width] < later[:width]
    return False if len(earlier) == len(later) else None
