"""The gate between readers and the library: whether a text is one that a person would want to be quoted from."""

import re
from collections import Counter

from ingest.extracted import Extracted
from kb.errors import BadDocument

_MIN_LETTERS = 200
_MIN_OWN_LETTERS = 40
"""Of a text file of a person's own, which is what somebody wrote and no rest of a page."""
_SAMPLE = 40_000
_PAGE_OF_WORDS = 3_000
_FEW_WORDS = 500

_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"^```[^`]*^```|\$\$[^$]*\$\$|^\|.*$", re.MULTILINE)

# What such pages say, each phrase a sign: two on a short page, or one on a very short page, tell it.
_SIGNS: dict[str, re.Pattern[str]] = {
    "asks whether the reader is a robot": re.compile(
        r"captcha|are you (?:a )?(?:human|robot)|not a robot|checking your browser|verify(?:ing)? (?:that )?you are"
        r"(?: a)? human|security check|unusual traffic|just a moment|enable javascript|javascript (?:is|to be) "
        r"(?:disabled|enabled|required)|cloudflare|ddos protection|automated (?:access|requests)|ray id",
        re.IGNORECASE,
    ),
    "asks for a login or payment": re.compile(
        r"(?:log|sign)[ -]?in to (?:continue|your account|view|access|read)|forgot (?:your )?password|"
        r"create an account|"
        r"subscribe to (?:continue|read)|subscribers only|you have (?:reached|used) your (?:limit|free)|"
        r"purchase access|"
        r"buy (?:this )?article|institutional (?:access|login)|remember me|members only|get access",
        re.IGNORECASE,
    ),
    "is an error page": re.compile(
        r"\b(?:404|403|500|502|503|504)\b[^\w\n]{0,4} ?(?:error|not found|forbidden|bad gateway|service|internal)|"
        r"page (?:was )?(?:not found|does(?:n.t| not) exist|can(?:no|.)t be found)|access (?:is )?denied|forbidden|"
        r"service (?:is )?(?:temporarily )?unavailable|internal server error|bad gateway|rate (?:limit )?exceeded|"
        r"too many requests|something went wrong|try again later|request could not be (?:processed|satisfied)|"
        r"we(?:.re| are) sorry|under maintenance|temporarily (?:down|unavailable)",
        re.IGNORECASE,
    ),
    "says that there is no full text": re.compile(
        r"no html (?:for|version|available)|html is not available|html conversion|not available in html|"
        r"no (?:pdf|full text) (?:is )?available|pdf unavailable|conversion to html had a fatal error|"
        r"document has been withdrawn and is not available|view the (?:pdf|build logs)",
        re.IGNORECASE,
    ),
    "is a notice about cookies": re.compile(
        r"we (?:and our partners )?use cookies|cookie (?:policy|settings|preferences|consent)|accept (?:all )?cookies|"
        r"reject all|manage (?:your )?(?:preferences|consent)|strictly necessary|gdpr|legitimate interest",
        re.IGNORECASE,
    ),
}
# What heads an error page and nothing else, alone on its line but for a number and the site's name …
_ERROR_TITLE = re.compile(
    r"(?:(?:http )?(?:error|status)[ :]{0,2})?(?:[45]\d\d)?[ :.—–-]{0,4}(?:error[ :.—–-]{0,4})?"
    r"(?:(?:page )?not found|access (?:is |was )?denied|forbidden|attention required!?|bad gateway|"
    r"(?:gateway )?time-?out|service (?:temporarily )?unavailable|internal server error|"
    r"too many requests|(?:sorry, )?you have been blocked)"
    r"[.!]?(?: [|—–-] \S{1,30}(?: \S{1,30}){0,2})?",
    re.IGNORECASE,
)
# … and what such a page says soon after: the two together tell a page of any length.
_ERROR_WORDS = re.compile(
    r"(?:was )?not found on this server|security (?:service|solution)|(?:e-?mail|contact) the site(?:'s|’s)? owner|"
    r"(?:site(?:'s|’s)? owner|administrator) to let them know|you (?:have been|are|were) blocked|"
    r"don(?:'|’)t have permission to access|do not have permission to access|ray id|reference #|"
    r"page (?:that )?you (?:are|were) looking for|requested (?:url|page|resource) (?:was|could|can)|"
    r"server (?:is|was) (?:temporarily )?unable|try again later",
    re.IGNORECASE,
)
_OPENING = 1_500
_CURE_SHORT = "Look at the file; add the one with the full text"


def check(extracted: Extracted, *, is_file: bool = False) -> None:
    """Let a text pass that is worth keeping.

    Args:
        extracted: text of a document.
        is_file: whether it came from a file and not from the network; a text file may then be short.

    Raises:
        BadDocument: if it is too short, is not written language, or is a page about something else: a robot check, a
            login, an error, a notice. The message says which.
    """
    sample = extracted.text[:_SAMPLE]
    is_own = is_file and extracted.reading == "text"
    _check_page(extracted.title, sample, few_words=0 if is_own else _FEW_WORDS)
    prose = _CODE.sub(" ", sample)
    n_letters = sum(map(str.isalpha, prose))
    if n_letters < (least := int((_MIN_OWN_LETTERS if is_own else _MIN_LETTERS) * _density(prose))):
        raise BadDocument(
            f"there is too little text in it ({n_letters} letters of at least {least})",
            cure="Write it into a note instead: a .md file may be of any length" if is_own else _CURE_SHORT,
        )
    if reason := _not_language(prose):
        raise BadDocument(f"the text is not readable: {reason}", cure="Try another form of it, such as HTML or text")


def _check_page(title: str, text: str, few_words: int) -> None:
    """Refuse a page that is about getting to a page: by its title and opening, or where it is short by its words.

    Below `few_words` characters a single sign tells it.
    """
    top = [title, *(line.lstrip("# ") for line in text[:_OPENING].split("\n"))]
    if any(_ERROR_TITLE.fullmatch(line.strip()) for line in top[:4]) and _ERROR_WORDS.search(text[:_OPENING]):
        raise BadDocument("the page is an error page", cure="Save the page from a browser and add the file")
    if len(text) > _PAGE_OF_WORDS:
        return
    for kind, signs in _SIGNS.items():
        found = {match[0].casefold() for match in signs.finditer(f"{title}\n{text}")}
        if len(found) > 1 or (found and len(text) < few_words):
            raise BadDocument(f"the page {kind}", cure="Save the page from a browser and add the file")


def _density(text: str) -> float:
    """How many letters say as much as one of an alphabet: a third of one where characters are words."""
    ideographs = sum("\u3040" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3" for character in text)
    return 0.35 if ideographs > 0.2 * len(text) else 1.0


def _not_language(text: str) -> str:
    """What speaks against a text being written language; empty where nothing does."""
    signs = "".join(text.split())
    letters = sum(map(str.isalpha, signs))
    if signs.count("\ufffd") > 0.01 * len(signs):
        return "its characters are damaged"
    if letters < 0.5 * len(signs):
        return "there are more figures and signs than letters"
    words = _WORD.findall(text)
    if _density(text) < 1 or not words:
        return ""
    mean = sum(map(len, words)) / len(words)
    if not 2.2 <= mean <= 14:
        return f"its words have {mean:.1f} letters on average"
    common = sum(count for _, count in Counter(word.casefold() for word in words).most_common(20))
    if len(words) > 400 and common < 0.08 * len(words):
        return "no words recur, as they do in any language"
    if len(words) > 200 and len({word.casefold() for word in words}) < 0.02 * len(words):
        return "it repeats a few words"
    latin = [word for word in words if word.isascii() and len(word) > 3]
    if len(latin) > 40 and sum(not set(word.casefold()) & set("aeiouy") for word in latin) > 0.35 * len(latin):
        return "its letters make no words"
    return ""
