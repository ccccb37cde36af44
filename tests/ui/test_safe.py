"""What a note, paper or model says does nothing on a page but be read."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.ui import links
from kb.ui.html import inside, outside
from kb.ui.safe import article, escaped, label, words

PAYLOADS = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java&#x0A;script:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](data:text/html,<script>alert(1)</script>)",
    "[a](vbscript:msgbox(1))",
    "![a](https://evil.example/pixel.png)",
    "![a](javascript:alert(1))",
    "![a](data:image/svg+xml,<svg onload=alert(1)>)",
    "<https://evil.example/\"onmouseover=alert(1)>",
    "<javascript:alert(1)>",
    '[a](https://ok.example "title\\" onclick=alert(1)")',
    "[[note\" onclick=\"alert(1)|words]]",
    "[[<img src=x onerror=alert(1)>]]",
    "[a][r]\n\n[r]: javascript:alert(1)",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "`<img src=x onerror=alert(1)>`",
    "```\n</code><script>alert(1)</script>\n```",
    "| <img src=x onerror=alert(1)> |\n|---|\n| [a](javascript:1) |",
    "# <style>*{display:none}</style>",
    "\u202e<b onclick=alert(1)>\u200b",
    "<a href='https://evil.example' style='position:fixed'>x</a>",
]  # fmt: skip
_ALLOWED = set(
    "p h1 h2 h3 h4 h5 h6 a em strong s code pre ul ol li blockquote hr br table thead tbody tr th td".split()
)
_ATTRIBUTES = {"href", "class", "title", "target", "rel", "start", "style"}


class _Reader(HTMLParser):
    """Collects tags and attributes as a browser's parser sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def _check(html: str) -> None:
    reader = _Reader()
    reader.feed(html)
    for tag, attributes in reader.found:
        assert tag in _ALLOWED, tag
        assert attributes.keys() <= _ATTRIBUTES, attributes
        assert re.fullmatch(r"(?:https?://|mailto:|notes\?).*|", attributes.get("href") or ""), attributes
        assert re.fullmatch(r"(?:text-align:\w+)?", attributes.get("style") or "")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_in_a_body_are_words(payload: str) -> None:
    """A note's body would run script, load a picture from elsewhere or carry markup of its own."""
    _check(article(payload, links.note))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_in_titles_and_addresses_are_words(payload: str) -> None:
    """A title would break out of the place where it is shown."""
    for html in (words(payload), escaped(payload), inside(links.note(payload), payload), outside(payload, payload)):
        _check(html)


@given(st.text(alphabet="[]()!<>\"'`|\\\n #*_:&;=abcjs/.", max_size=80))
def test_no_text_gets_out_of_a_body(text: str) -> None:
    """Some combination of marks would slip past the rules that hold each by itself."""
    _check(article(text, links.note))


@given(st.text(max_size=60))
def test_labels_mean_themselves(text: str) -> None:
    """A title in a label would be read as Markdown: a picture, a link, a colour."""
    assert not re.search(r"(?<!\\)(?:\\\\)*[\[\]<>`*_$:!]", label(text))


def test_wikilinks_lead_to_notes_and_lost_ones_nowhere() -> None:
    """Links between notes would be dead text, or lead out of the library."""
    html = article(
        "See [[a-note|these **words**]] and [[gone]] and `[[code]]`.", lambda n: links.note(n) if n == "a-note" else ""
    )
    assert '<a href="notes?note=a-note" class="kb-in">these words</a>' in html
    assert '<a class="kb-lost" title="No such note">gone</a>' in html
    assert "<code>[[code]]</code>" in html


def test_pictures_are_named_and_not_loaded() -> None:
    """Reading a note would tell a stranger's server that it is read."""
    assert "[picture: a curve]" in article("![a curve](https://elsewhere.example/a.png)", links.note)
