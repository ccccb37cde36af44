"""What stands in prose for a figure's, table's, section's or formula's number, which TeX's source does not hold."""

import re

_KINDS = {
    "fig": "figure", "figure": "figure", "tab": "table", "tbl": "table", "table": "table", "sec": "section",
    "section": "section", "subsec": "section", "ssec": "section", "eq": "equation", "eqn": "equation",
    "equation": "equation", "app": "appendix", "appendix": "appendix", "alg": "algorithm", "thm": "theorem",
    "lem": "lemma", "def": "definition", "prop": "proposition", "ch": "chapter", "chap": "chapter",
}  # fmt: skip
_POINTER = re.compile(
    r"(?:\b(?:the\s+)?(?P<word>figure|fig\.?|table|tab\.?|section|sec\.?|equation|eqn?\.?|appendix|algorithm|theorem|lemma"
    r"|definition|proposition|chapter|§)s?\s{0,2}(?P<open>\()?)?⦃(?P<kind>[a-z]*)⦄(?(open)\))",
    re.IGNORECASE,
)
_SENTENCE_START = re.compile(r"(?:\n\n|[.!?]\s)\Z")


def pointer(label: str) -> str:
    """A mark for a reference to `label`, to be put into words by `pointed` once what stands before it is known."""
    prefix = re.split(r"[^A-Za-z]", label.strip(), maxsplit=1)[0].casefold()
    return f"⦃{_KINDS.get(prefix, '')}⦄"


def pointed(text: str) -> str:
    """Text whose marks are words: "the figure" for what prints as "Figure 3".

    >>> pointed("See Fig. " + pointer("fig:loss") + ".")
    'See the figure.'
    """

    def words(match: re.Match[str]) -> str:
        said = (match["word"] or "").casefold().rstrip(".")
        kind = _KINDS.get(said, said) if said and said != "§" else match["kind"] or "part"
        starts = not match.start() or _SENTENCE_START.search(text[max(match.start() - 3, 0) : match.start()])
        return f"{'The' if starts else 'the'} {kind}"

    return _POINTER.sub(words, text)
