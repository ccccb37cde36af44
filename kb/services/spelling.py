"""Words of a question that are misspelt: no passage has them, and one letter away stands the only one that many have.

Only slips that seldom lead from one real word to another are mended: a letter left out, one doubled, or two swapped,
behind the first letter. A letter in place of another is not, for “lawyers” are no “layers”.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from string import ascii_lowercase

from kb.language import content_terms, rough_stem
from kb.ports import Catalog
from kb.services.question import Question, parse_question

_MIN_CHARS, _MOST_WORDS = 6, 8


def respelt(question: Question, catalog: Catalog) -> Question:
    """The question with words that are surely misspelt read as the library spells them; `read_as` tells which."""
    terms = [t for facet in question.facets for t in content_terms(facet) if _may_be_misspelt(t, question.text)]
    unknown = [term for term, count in catalog.term_counts(terms).items() if not count][:_MOST_WORDS]
    found = {term: form for term in unknown if (form := _meant(term, catalog))}
    if not found:
        return question
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, found))})\b")
    mended = parse_question(pattern.sub(lambda match: found[match[0]], question.text))
    return replace(mended, text=question.text, read_as=tuple(found.items()))


def _may_be_misspelt(term: str, text: str) -> bool:
    """Whether a word is long enough to be sure of, and no name: it is written small."""
    return len(term) >= _MIN_CHARS and term.isascii() and term.isalpha() and bool(re.search(rf"\b{term}\b", text))


def _meant(word: str, catalog: Catalog) -> str:
    """The only near form that stands in the library as it is; empty where there is none or a choice."""
    counts = catalog.term_counts(sorted(set(_near(word)) - {word}))
    # The index looks for stems; that a form is a word at all its passages tell.
    forms = [form for form, count in counts.items() if count and _stands_in(form, catalog)]
    return forms[0] if len({rough_stem(form) for form in forms}) == 1 else ""


def _near(word: str) -> Iterator[str]:
    for i in range(1, len(word) + 1):
        yield from (word[:i] + letter + word[i:] for letter in ascii_lowercase)
    for i, (letter, following) in enumerate(pairwise(word)):
        if letter == following:
            yield word[:i] + word[i + 1 :]
        elif i:
            yield word[:i] + following + letter + word[i + 2 :]


def _stands_in(form: str, catalog: Catalog) -> bool:
    keys = [key for key, _ in catalog.lexical([form], 5)]
    pattern = re.compile(rf"\b{form}\b", re.IGNORECASE)
    return any(pattern.search(passage.text) for passage in catalog.passages(keys).values())
