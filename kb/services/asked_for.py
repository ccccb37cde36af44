"""What a question asks for that is no finding: who, when, which paper, how many; and what it takes for granted.

An answer quotes findings. Who wrote a paper and when stands in the catalog, and is told as that; how often the library
speaks of something is counted in it. Whether somebody was the first no library can tell.
"""

import re
import sys
from collections.abc import Iterable, Sequence

from ingest.plain import plain, shown
from kb.domain import Paper, Sentence, Source, SourceKind
from kb.identity import is_before
from kb.language import content_stems, content_terms, counted, quoted
from kb.ports import Catalog
from kb.services.asking import asks_for_first, counts_holdings, kinds_of
from kb.services.citers import arxiv_base
from kb.services.question import Question, counted_thing
from kb.wording import numbers
from prompts import load

_MOST_PAPERS = 3
"""Where more papers are behind what is asked about, none of them is the one that is meant."""
# What a question takes for granted so, findings rarely bear out.
_UNIVERSALS = (
    re.compile(r"\b(?:always|invariably|inevitably|without exception)\b", re.IGNORECASE),
    re.compile(r"\bnever\b", re.IGNORECASE),
)
_NEAR_CHARS = 40
"""A number counts what stands at most so far behind it."""


def told_beside(
    question: Question, sources: Sequence[Source], sentences: Sequence[Sentence], catalog: Catalog, until: str = ""
) -> str:
    """Sentences on what a question asks for that the answer's own sentences do not say; empty where there is nothing.

    Args:
        question: what is asked.
        sources: that the answer cites, the best first.
        sentences: of the answer.
        catalog: of the library.
        until: nothing dated later is told; empty where no date was asked for.
    """
    if counts_holdings(question.text):
        return _holdings(question, catalog)
    if not sentences:
        return ""
    words, parts = load("answer"), []
    if kinds := kinds_of(question.text):
        ids = _told_by(question, sources)
        papers = sorted(catalog.papers(ids).values(), key=lambda paper: (paper.date, paper.id))
        listed = "; ".join(_reference(p) for p in papers if not until or is_before(until, p.date) is not True)
        is_sure = bool(listed) and len(papers) <= _MOST_PAPERS
        part = "asks_first" if asks_for_first(question.text) else "asks_papers" if is_sure else "asks_unknown"
        parts.append(words.fill(part, asked=quoted(kinds), facets=quoted(question.facets), listed=listed))
    if (thing := counted_thing(question)) and not _gives_number(thing, sentences):
        parts.append(words.fill("no_number", facet=thing))
    universal = next((found[0] for kind in _UNIVERSALS if (found := kind.search(question.text))), "")
    if universal and not _says_universal(universal, question, sentences):
        parts.append(words.fill("universal", asked=quoted([universal.casefold()]), facets=quoted(question.facets)))
    return " ".join(parts)


def _told_by(question: Question, sources: Sequence[Source]) -> list[str]:
    """Papers behind the dated claims of some sources that have all words of what is asked about."""
    wanted = content_stems(" ".join(question.facets))
    claims = (claim for source in sources for claim in source.claims)
    return _ids(r for c in claims if wanted <= content_stems(f"{c.text} {c.scope}") for r in c.evidence)


def _ids(references: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(base for reference in references if (base := arxiv_base(reference))))


def _reference(paper: Paper) -> str:
    names = [shown(name) for name in paper.authors]
    authors = f"{names[0]} et al." if len(names) > 2 else " and ".join(names) or "unknown authors"
    return f"{authors}, {paper.date}, “{shown(paper.title)}” ({paper.reference})"


def _says_universal(word: str, question: Question, sentences: Sequence[Sentence]) -> bool:
    """Whether a sentence on something that is asked about has such a word."""
    (kind,) = (kind for kind in _UNIVERSALS if kind.search(word))
    texts = (plain(s.text) for s in sentences)
    said = [content_stems(text) for text in texts if kind.search(text)]
    return any(content_stems(facet) <= words for facet in question.facets for words in said)


def _gives_number(thing: str, sentences: Sequence[Sentence]) -> bool:
    """Whether some sentence has a number of a thing, by the last word of its name."""
    head = content_stems(thing.split()[-1])
    texts = [plain(sentence.text) for sentence in sentences]
    return any(
        head & content_stems(text[m.char_end : m.char_end + _NEAR_CHARS]) for text in texts for m in numbers(text)
    )


def _holdings(question: Question, catalog: Catalog) -> str:
    """How many notes and papers have a passage with all words of what is asked about."""
    terms = [term for facet in question.facets for term in content_terms(facet)]
    keys = [key for key, _ in catalog.lexical(terms, sys.maxsize)]
    having = set.intersection(*(set(own) for own in catalog.containing(terms, keys).values()))
    sources = catalog.sources(set(catalog.source_ids(having).values()))
    n_notes = sum(source.kind is SourceKind.NOTE for source in sources)
    n_cited = len(_ids(reference for source in sources for reference in source.references))
    listed = [counted(n_notes, "note")]
    listed += [counted(len(sources) - n_notes, "other source")] if len(sources) > n_notes else []
    cited = f"; these cite {counted(n_cited, 'paper')}" if n_cited else ""
    return load("answer").fill("holdings", facets=quoted(question.facets), listed=" and ".join(listed) + cited)
