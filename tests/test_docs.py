"""The documents' links lead somewhere."""

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.conftest import REPOSITORY

DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md"), REPOSITORY / "notes" / "README.md"])


def anchors(path: Path) -> set[str]:
    """What a link can name in a document: its headings, in lower case, without signs, a dash for each blank."""
    tokens = MarkdownIt().parse(path.read_text(encoding="utf-8"))
    texts = [
        "".join(part.content for part in tokens[i + 1].children or ())
        for i, token in enumerate(tokens)
        if token.type == "heading_open"
    ]
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}


def links(path: Path) -> list[str]:
    """Where a document's links and pictures lead, without those to other sites."""
    tokens = MarkdownIt().parse(path.read_text(encoding="utf-8"))
    inner = [part for token in tokens for part in token.children or ()]
    found = [str(part.attrs.get("href") or part.attrs.get("src") or "") for part in inner]
    return [link for link in found if link and "://" not in link and not link.startswith("mailto:")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_links_of_documents_lead_somewhere(path: Path):
    """A reader would follow a link to nothing."""
    broken = []
    for link in links(path):
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []
