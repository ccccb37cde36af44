"""The date of a web page: what its metadata, its address or a line beside its title tell, never its footer."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ingest.tidy import find_date, one_line

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_NAMES = (
    "citation_date", "citation_publication_date", "article:published_time", "og:published_time", "datepublished",
    "dc.date", "dc.date.issued", "dcterms.date", "dcterms.issued", "date", "pubdate", "publishdate", "parsely-pub-date",
)  # fmt: skip
_IN_DATA = re.compile(r'"datePublished"\s*:\s*"([^"]{4,40})"')
_IN_ADDRESS = re.compile(r"/((?:19|20)\d\d)/(\d\d)/(?:(\d\d)/)?")
_NOT_THE_PAGE = (
    "ancestor-or-self::*[self::footer or self::nav or self::aside"
    " or contains(translate(concat(@class, ' ', @id), 'FOTERCMN', 'fotercmn'), 'footer')"
    " or contains(translate(concat(@class, ' ', @id), 'FOTERCMN', 'fotercmn'), 'comment')]"
)
_BESIDE_TITLE = (
    "//h1/following-sibling::*[position() <= 4] | //h1/parent::*/following-sibling::*[position() <= 2]"
    " | //*[contains(@class, 'byline') or contains(@class, 'date') or contains(@class, 'published')"
    " or contains(@class, 'posted') or contains(@class, 'meta')]"
)
_RIGHTS = re.compile(r"©|\(c\)|copyright|rights reserved", re.IGNORECASE)
_LONGEST_BYLINE = 80


def page_date(root: "HtmlElement", facts: Mapping[str, Sequence[str]]) -> str:
    """When a page was published, as precisely as it says (`YYYY`, `YYYY-MM`, `YYYY-MM-DD`); empty where it does not.

    `facts` are its `meta` elements by name. A line of rights tells how long they last, not when a text was written.
    """
    return next(filter(None, map(find_date, _told(root, facts))), "")


def _told(root: "HtmlElement", facts: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What may hold the date, the most trustworthy first."""
    yield from (value.replace("/", "-") for name in _NAMES for value in facts.get(name, ()))
    for script in root.xpath("//script[@type='application/ld+json']"):
        yield from _IN_DATA.findall(script.text or "")
    yield from (time.get("datetime") or _words(time) for time in root.xpath(f"//time[not({_NOT_THE_PAGE})]"))
    for address in [*root.xpath("//link[@rel='canonical']/@href"), *facts.get("og:url", ())]:
        yield from ("-".join(filter(None, parts)) for parts in _IN_ADDRESS.findall(address))
    lines = (_words(element) for element in root.xpath(f"({_BESIDE_TITLE})[not({_NOT_THE_PAGE})]"))
    yield from (line for line in lines if len(line) <= _LONGEST_BYLINE and not _RIGHTS.search(line))


def _words(element: "HtmlElement") -> str:
    return one_line(element.text_content())
