"""Web pages and text files: main text, facts, tables, and what stays out."""

from collections.abc import Callable

import pytest

from ingest.text_file import read_text_file
from ingest.web import read_web_page

POST = """<!doctype html><html><head><title>Why small models ramble | Ada's notes</title>
<meta property="og:title" content="Why small models ramble"><meta name="author" content="Ada Byron">
<meta property="article:published_time" content="2025-03-04T10:00:00Z"></head><body>
<nav><a href="/">Home</a></nav><div class="cookie-banner">We use cookies. <button>Accept</button></div><article>
<h1>Why small models ramble</h1><p>Small language models often write <strong>long chains</strong> of thought that do not
help. In our tests longer chains lowered accuracy by 4.2 points on GSM8K, and we do not know why this is so.</p>
<h2>What we measured</h2><p>We measured three lengths and two sizes. The table shows accuracy in percent, where higher is
better, as always. We used 1,000 problems for each cell of it.</p>
<table><tr><th>Length</th><th>1B</th></tr><tr><td>short</td><td>41.0</td></tr><tr><td>long</td><td>36.8</td></tr></table>
</article><footer>Subscribe to the newsletter! Share on Twitter</footer></body></html>"""


def test_a_blog_post() -> None:
    """Broken: a post arrives without its table or date, or with the site's navigation in its evidence."""
    found = read_web_page(POST.encode())
    assert (found.title, found.authors, found.date) == ("Why small models ramble", ("Ada Byron",), "2025-03-04")
    assert found.reading == "web"
    assert "## What we measured" in found.text
    assert "| short | 41.0 |" in found.text
    assert not any(word in found.text for word in ("cookies", "newsletter", "Home"))


ARTICLE = f"<p>{'Small models often write long chains of thought that do not help them. ' * 8}</p>"


@pytest.mark.parametrize(
    ("head", "top", "bottom", "date"),
    [
        ("", "", "<footer>Copyright © 2019 Example Ltd.</footer>", ""),
        ("", "", "<div class='site-footer'><time datetime='2019-05-06'>May 6, 2019</time></div>", ""),
        ("", "<p>© 2019 Example Ltd. Updated 2019-02-03.</p>", "", ""),
        ("", "<p class='byline'>By Ada Byron, March 4, 2025</p>", "<footer>© 2019</footer>", "2025-03-04"),
        ("", "<p>Posted in March 2025</p>", "", "2025-03"),
        ("", "<time datetime='2025-03-04T10:00'>today</time>", "", "2025-03-04"),
        ("<meta name='date' content='2024'>", "", "<footer>© 2019-2026</footer>", "2024"),
        ("<link rel='canonical' href='https://example.org/2025/03/04/ramble'>", "", "", "2025-03-04"),
        ('<script type=\'application/ld+json\'>{"datePublished": "2025-03-04"}</script>', "", "", "2025-03-04"),
    ],
)
def test_a_page_is_dated_by_what_it_says_of_itself(head: str, top: str, bottom: str, date: str) -> None:
    """Broken: the year of a copyright line becomes the day on which a page was published."""
    page = (
        f"<html><head><title>Rambling</title>{head}</head><body><h1>Rambling</h1>{top}{ARTICLE}{bottom}</body></html>"
    )
    assert read_web_page(page.encode()).date == date


def test_an_abstract_page_gives_its_abstract() -> None:
    """Broken: an archive's page about a paper is refused for being short, or its links are kept as text."""
    abstract = "We show that small models lose faithfulness when they are tuned. " * 4
    head = '<meta name="citation_title" content="On tuning"><meta name="citation_author" content="Byron, Ada">'
    page = f'<html><head>{head}<meta name="citation_date" content="2024/11/22"><meta name="citation_abstract" content="{abstract}">'
    found = read_web_page(f"{page}</head><body><a href='/pdf'>PDF</a></body></html>".encode())
    assert (found.title, found.authors, found.date) == ("On tuning", ("Ada Byron",), "2024-11-22")
    assert found.text == f"## Abstract\n\n{abstract.strip()}\n"


def test_markdown_stays_as_it_is_without_front_matter() -> None:
    """Broken: offsets into a Markdown file's text no longer show what its author wrote."""
    text = "---\ntitle: A title\nauthors: [Ada Byron]\ndate: 2024-11-22\n---\n# Head\n\n*Some* text.\n\n| a | b |\n|---|---|\n"
    found = read_text_file(text.encode(), "x.md")
    assert found.text == text.split("---\n", 2)[2]
    assert (found.title, found.authors, found.date) == ("A title", ("Ada Byron",), "2024-11-22")


def test_plain_text_with_a_line_for_each_paragraph() -> None:
    """Broken: an article whose paragraphs are not parted by blank lines becomes one endless paragraph."""
    long = "The first paragraph is long enough that nobody would have wrapped it by hand. " * 3
    text = f"What the models learned\n{long}\n| a | b |\n|---|---|\n| 1 | 2 |\n• A point\nThe end came. And went."
    found = read_text_file(text.encode(), "x.txt")
    assert found.title == "What the models learned"
    assert found.text == (
        f"## What the models learned\n\n{long.strip()}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- A point\n\nThe end came. And went.\n"
    )


def test_wrapped_plain_text_keeps_its_paragraphs() -> None:
    """Broken: every line of a hard-wrapped text is taken for a paragraph, and its sentences are cut."""
    found = read_text_file(b"One sentence that goes\non here. <b>And\nanother.\n\nA second paragraph\nof it.", "x.txt")
    assert found.text == "One sentence that goes\non here. <b>And\nanother.\n\nA second paragraph\nof it.\n"


def test_other_encodings_and_invisible_characters() -> None:
    """Broken: accents turn to garbage, or soft hyphens and zero-width marks break words and quotations."""
    german = "Die Größe der Modelle überrascht, und die Länge der Kette stört über alle Maße hinweg. " * 6
    assert "überrascht" in read_text_file(german.encode("cp1252"), "x.txt").text
    assert "überrascht" in read_text_file(german.encode("utf-16"), "x.txt").text
    assert (
        read_text_file("e\u0301tude of\u00ad ﬁne\u200b\u200btuning\x07".encode(), "x.txt").text
        == "étude of finetuning\n"
    )


@pytest.mark.parametrize(
    "seed", ["A line\n", "A line.\n\n", "| a |\n", "- a\n", "```\n", "word ", "> # [", "\u200b\xad"]
)
def test_plain_text_takes_linear_time(seed: str, assert_linear: Callable[[Callable[[str], object], str], None]) -> None:
    """Broken: a long text file is given up after a minute."""
    assert_linear(lambda text: read_text_file(("x" + text).encode(), "x.txt"), seed)
