"""Words of notes, papers and models made harmless for a page.

All that is shown through HTML goes through `escaped`, `words` or `article`; all that is shown through Streamlit's own
Markdown goes through `label`. The browser's sanitizer comes after these, never instead of them.
"""

import html
import re
from collections.abc import Callable
from functools import cache
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from ingest.plain import shown, terminal_safe, wikilinks

Resolve = Callable[[str], str]
"""The address of the note that a link names; empty where there is none."""
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|>~$<&:^=@/\"'])")
_SCHEMES = {"http", "https", "mailto"}


def escaped(text: str) -> str:
    """Text for HTML, between tags or in a quoted attribute."""
    return html.escape(terminal_safe(text), quote=True)


def words(markdown: str) -> str:
    """A title or sentence in Markdown as one line; HTML in it is shown as it is written."""
    return escaped(shown(markdown))


def option(text: str) -> str:
    """Text for the options of a box, which Streamlit shows as they are."""
    return " ".join(terminal_safe(text).split())


def label(text: str) -> str:
    """Text for Streamlit's labels and messages, which are Markdown: every mark stands for itself."""
    return _MARKUP.sub(r"\\\1", option(text))


def article(markdown: str, resolve: Resolve) -> str:
    """A text in Markdown as HTML that can do nothing.

    HTML in it is shown as written. Pictures are named, not loaded. Links lead to notes of the library or, by http,
    https and mailto, out of it; others are plain words. Headings begin one level down, below the page's own.
    """
    tokens = _parser().parse(terminal_safe(markdown))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
        for child in token.children or ():
            _tame(child, resolve)
    return str(_parser().renderer.render(tokens, _parser().options, {}))


def _tame(token: Token, resolve: Resolve) -> None:
    if token.type == "link_open":
        inside = str(token.attrs.pop("href", ""))
        token.attrs = _link_attributes(inside, token.meta.get("note", ""), resolve)
    elif token.type == "image":
        described = "".join(child.content for child in token.children or ())
        token.type, token.children, token.tag = "text", None, ""
        token.content = f"[picture: {described or 'without description'}]"


def _link_attributes(address: str, named: str, resolve: Resolve) -> dict[str, str | int | float]:
    """Attributes of a link; one without an address is plain words."""
    path = unquote(address).partition("#")[0]
    name = named or (path if path.lower().endswith(".md") and not urlsplit(address).scheme else "")
    if name:
        there = resolve(name)
        return {"href": there, "class": "kb-in"} if there else {"class": "kb-lost", "title": "No such note"}
    if urlsplit(address).scheme.lower() in _SCHEMES:
        return {"href": address, "target": "_blank", "rel": "noopener noreferrer nofollow"}
    return {}


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 40}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("link", "wikilink", _wikilink)
    return parser


def _wikilink(state: StateInline, silent: bool) -> bool:
    """A wikilink or embed at the parser's place as a link that bears the name of its target."""
    if not state.src.startswith(("[[", "![["), state.pos):
        return False
    end = state.src.find("]]", state.pos, state.pos + 1_000)
    found = wikilinks(state.src, state.pos, end + 2) if end > 0 else []
    if not found or found[0].char_start != state.pos:
        return False
    if not silent:
        opening = state.push("link_open", "a", 1)
        opening.meta = {"note": found[0].target}
        state.push("text", "", 0).content = shown(state.src[state.pos : end + 2].lstrip("!"))
        state.push("link_close", "a", -1)
    state.pos = found[0].char_end
    return True
