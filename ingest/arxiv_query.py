"""Searches in the language of arXiv's query API.

Plain words must all occur; a phrase in double quotes is looked for as a whole. Whoever writes field prefixes (`ti:`,
`au:`, `abs:`, `cat:` …) or the operators AND, OR and ANDNOT writes the query as arXiv documents it:
https://info.arxiv.org/help/api/user-manual.html#query_details
"""

import re

from kb.errors import BadInput
from kb.identity import is_before, parse_date
from kb.language import STOP_WORDS

_EXPERT = re.compile(
    r"\b(?:ti|au|abs|co|jr|cat|rn|id|all|submittedDate|lastUpdatedDate):(?=\S)|(?<!\S)(?:AND|OR|ANDNOT)(?!\S)"
)
_CATEGORY = re.compile(r"([a-z]+(?:-[a-z]+)?)(?:\.([A-Za-z]+(?:-[A-Za-z]+)?|\*))?")
_PHRASE = re.compile(r'"([^"]*)"')
_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_MAX_CHARS = 2_000
_FIRST, _LAST = "199101010000", "299912312359"


def search_query(query: str, *, category: str = "", since: str = "", until: str = "") -> str:
    """A search as arXiv's API reads it.

    Args:
        query: words, phrases in double quotes, or a query in arXiv's own language.
        category: such as `cs.CL`, or an archive such as `cs` for all of its categories.
        since: first day of submission, `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
        until: last day of submission, in the same forms.

    Raises:
        BadInput: if nothing is left to search for, or a part cannot be read.
    """
    parts = [_words(query), _category(category), _span(since, until)]
    if not any(parts[:2]):
        raise BadInput("there is nothing to search for", cure="Give a word or a category, such as --category cs.CL")
    return " AND ".join(part for part in parts if part)


def _words(query: str) -> str:
    if len(query) > _MAX_CHARS or not query.replace("\n", " ").replace("\t", " ").isprintable():
        raise BadInput("the search is too long or holds control characters", cure="Search for a few words")
    if query.count('"') % 2 or query.count("(") != query.count(")"):
        raise BadInput("a quotation mark or bracket in the search is not closed", cure="Close it or leave it out")
    if _EXPERT.search(query):
        return f"({' '.join(query.split())})"
    phrases = [phrase for phrase in _PHRASE.findall(query) if _WORD.search(phrase)]
    words = _WORD.findall(_PHRASE.sub(" ", query))
    wanted = [word for word in words if word.casefold() not in STOP_WORDS] or words
    return " AND ".join(f"all:{_term(text)}" for text in dict.fromkeys([*phrases, *wanted]))


def _term(text: str) -> str:
    """One word as it is; what consists of several, hyphenated words too, as a phrase."""
    pieces = re.findall(r"[^\W_]+", text)
    return pieces[0] if len(pieces) == 1 else f'"{" ".join(pieces)}"'


def _category(category: str) -> str:
    if not category:
        return ""
    match = _CATEGORY.fullmatch(category.strip())
    if not match:
        raise BadInput(f"{category[:40]!r} is not an arXiv category", cure="Write it like cs.CL, or cs for all of cs")
    # Archives of mathematics and computing have categories below them; others, such as quant-ph, are categories.
    return f"cat:{match[0]}" if match[2] or "-" in match[1] else f"cat:{match[1]}.*"


def _span(since: str, until: str) -> str:
    if not since and not until:
        return ""
    first, last = (parse_date(day) if day else "" for day in (since, until))
    if first and last and is_before(last, first):
        raise BadInput(f"{first} lies after {last}", cure="Give the earlier date as the first")
    return f"submittedDate:[{_stamp(first, '0101', '0000') or _FIRST} TO {_stamp(last, '1231', '2359') or _LAST}]"


def _stamp(date: str, rest: str, minute: str) -> str:
    """A date as arXiv writes it, `YYYYMMDDHHMM`, filled up with the first or last month and day."""
    digits = date.replace("-", "")
    return digits + rest[len(digits) - 4 :] + minute if digits else ""
