"""How citations read where BibTeX has not run: the keys that a TeX file cites, as the .bib files beside it say."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ingest.bibliography import bibtex_entries, reference_of
from ingest.tex_walk import Labels
from ingest.tidy import one_line

_CITED = re.compile(
    r"\\[A-Za-z]{0,20}cite[A-Za-z]{0,20}\*?\s{0,5}(?:\[[^\[\]]{0,300}\]\s{0,5}){0,2}\{([^{}]{1,2000})\}"
)
_KEY = re.compile(r"@[A-Za-z]{1,40}\s{0,5}[{(]\s{0,20}([^\s,{}()]{1,200})\s{0,20},")
_YEAR = re.compile(r"(?<![0-9])[0-9]{4}[a-z]?(?![0-9])")
_BETWEEN_NAMES = re.compile(" and ", re.IGNORECASE)
_MAX_ENTRIES, _MAX_NAME = 1_000, 200


def labels(bibliographies: Iterable[str], source: str) -> Labels:
    """How each key that the source cites is shown: (author, year), else its arXiv id; keys without either are left out.

    Args:
        bibliographies: texts of .bib files; of two entries of one key the first counts.
        source: the TeX source with its parts.
    """
    cited = {key.strip() for match in _CITED.finditer(source) for key in match[1].split(",")}
    pieces: dict[str, str] = {}
    for text in bibliographies:
        starts = [match.start() for match in _KEY.finditer(text)]
        for start, end in pairwise([*starts, len(text)]):
            match = _KEY.match(text, start)
            if match and match[1] in cited and len(pieces) < _MAX_ENTRIES:
                pieces.setdefault(match[1], text[start:end])
    found: Labels = {}
    for entry in bibtex_entries("\n".join(pieces.values()), []):
        if label := _label(entry):
            found[str(entry["ID"])] = label
    return found


def _label(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    year = _YEAR.search(f"{entry.get('year', '')} {entry.get('date', '')}")
    people = _BETWEEN_NAMES.split(" ".join(str(entry.get("author") or entry.get("editor") or "").split()))
    families = [family for family in map(_family, people) if family]
    if year and families:
        return _together(families), year[0]
    arxiv_id = reference_of(entry).arxiv_id
    return (str(arxiv_id), "") if arxiv_id else None


def _together(families: Sequence[str]) -> str:
    """One name, two names, or the first of more."""
    if len(families) == 2 and families[1] != "others":
        return f"{families[0]} and {families[1]}"
    return families[0] if len(families) == 1 else f"{families[0]} et al."


def _family(name: str) -> str:
    r"""The family name of "Wei, Jason", "Jason Wei" or "{OpenAI Team}", as letters.

    >>> _family(r'G{\"o}del, Kurt')
    'Gödel'
    """
    from pylatexenc.latex2text import LatexNodes2Text

    plain = one_line(LatexNodes2Text().latex_to_text(name[:_MAX_NAME]))
    whole = name.startswith("{") and name.endswith("}")
    return plain if whole else plain.partition(",")[0].strip() if "," in plain else plain.rpartition(" ")[2]
