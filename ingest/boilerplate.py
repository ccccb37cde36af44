"""What publishers, conferences and arXiv put into a paper and its authors did not write as evidence."""

import re

LONGEST = 600
"""Characters of such a paragraph; what is longer holds something else as well."""

# By the first words: what comes behind them tells a notice from a sentence about copyright, preprints or proceedings.
_NOTICE = re.compile(
    r"[^\w©]*+(?:permission to make digital|provided proper attribution|©|(?:all|some) rights reserved|"
    r"copyright\W{0,3}(?:©|\(c\)|[12]\d{3}|held|is held|for|by)\b|publication rights|acm reference format|"
    r"preprint\b(?=[\W\d]*(?:\Z|under|submitted|version|work|do not|arxiv))|manuscript submitted|"
    r"under review(?:\W*\Z|\W+(?:as|at|for|by)\b)|accepted (?:at|to|for|by)|to appear (?:in|at)|"
    r"published (?:as a|in the proceedings|at the)|proceedings of the \d|authors?['’]s? (?:addresses|address|version)|"
    r"\d{1,3}(?:st|nd|rd|th) (?:annual |international |ieee |acm )*(?:conference|workshop|symposium|meeting) on|"
    r"(?:this (?:work|article|paper) is |articles? )?(?:licensed|distributed) under (?:the terms|a creative|cc)|"
    r"this (?:paper|article) should be cited as|acm isbn|isbn|issn|https?://doi\.org|\S+@\S+\Z|"
    r"html conversions sometimes display errors|generated (?:on|by) .{0,60}latexml)",
    re.IGNORECASE,
)
_TERMS = re.compile(
    r"(?:acm )?ccs concepts|(?:author |additional )?key ?words(?: and phrases)?|index terms|general terms|"
    r"categories and subject descriptors|mathematic(?:s|al) subject classification(?: \(\d{4}\))?|pacs(?: numbers)?|"
    r"acm reference format",
    re.IGNORECASE,
)
_TERMS_LINE = re.compile(rf"\W?(?:{_TERMS.pattern})\s?[:—–•-]", re.IGNORECASE)


def is_terms_heading(title: str) -> bool:
    """Whether what stands under a heading are the terms that publishers file a paper under."""
    return bool(_TERMS.fullmatch(title.strip(" :.")))


def is_boilerplate(paragraph: str) -> bool:
    """Whether a paragraph is a notice of a publisher or conference, or a line of terms."""
    if len(paragraph) > LONGEST and not paragraph.startswith(("Permission to make", "Provided proper")):
        return False
    return bool(_NOTICE.match(paragraph) or _TERMS_LINE.match(paragraph))
