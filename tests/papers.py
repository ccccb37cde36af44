"""Papers of the tests' own: what arXiv would serve of them, and a library that asks a server on this computer."""

from collections.abc import Sequence
from html import escape

from tests.arxiv_server import ServedPaper

TUNING = "2411.15382"
LENGTH = "2502.07266"
ABSTRACT_OF_TUNING = (
    "Fine-tuning may loosen the steps of a chain of thought from the answer. "
    "We cut chains short in 12 models and count the answers that change."
)
SECTIONS_OF_TUNING = {
    "Introduction": (
        "Chains of thought are read as explanations of what a model does. "
        "Whether the stated steps decide the answer is an empirical question that this paper examines. "
        "Early answering leaves 41% of the answers of tuned models unchanged, against 23% before tuning.",
    ),
    "Results": (
        "The loss of faithfulness is largest in models with fewer than 3B parameters. "
        "A paraphrase of the steps changes few answers, which speaks against hidden codes in the wording.",
        "Filler tokens in place of the steps cost tuned models no accuracy on three of the five tasks.",
    ),
}


def page(title: str, abstract: str, sections: dict[str, Sequence[str]]) -> bytes:
    """A paper as LaTeXML writes it."""
    body = "".join(
        f'<section class="ltx_section" id="S{i}"><h2 class="ltx_title ltx_title_section">'
        f'<span class="ltx_tag ltx_tag_section">{i} </span>{escape(name)}</h2>'
        + "".join(f'<div class="ltx_para"><p class="ltx_p">{escape(words)}</p></div>' for words in paragraphs)
        + "</section>"
        for i, (name, paragraphs) in enumerate(sections.items(), 1)
    )
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{escape(title)}</title><meta charset="utf-8"></head><body>'
        f'<article class="ltx_document"><h1 class="ltx_title ltx_title_document">{escape(title)}</h1>'
        f'<div class="ltx_abstract"><h6 class="ltx_title ltx_title_abstract">Abstract</h6>'
        f'<p class="ltx_p">{escape(abstract)}</p></div>{body}</article></body></html>'
    ).encode()


def tuning(version: int = 1, **changes: object) -> ServedPaper:
    """A paper with full text; the second version takes a number back."""
    sections = dict(SECTIONS_OF_TUNING)
    if version > 1:
        sections["Introduction"] = tuple(words.replace("41%", "38%") for words in sections["Introduction"])
    title = "On the Impact of Fine-Tuning on Chains of Thought"
    values = {
        "title": title,
        "abstract": ABSTRACT_OF_TUNING,
        "published": "2024-11-22",
        "versions": version,
        "forms": {"html": page(title, ABSTRACT_OF_TUNING, sections)},
        **changes,
    }
    return ServedPaper(TUNING, **values)  # type: ignore[arg-type]


def length(**changes: object) -> ServedPaper:
    """A paper of which there is no full text."""
    values = {
        "id": LENGTH,
        "title": "When More Steps Are Less",
        "abstract": "Accuracy rises and then falls with the length of the chain. The best length is shorter for small models.",
        "published": "2025-02-11",
        "categories": ("cs.AI",),
        **changes,
    }
    return ServedPaper(**values)  # type: ignore[arg-type]
