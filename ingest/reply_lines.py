"""Lines of a chat model's answer put together: headings, items, quotes and rows, gathered under their claims.

Lines are read as they come out of a chat window, which is Markdown at best. A claim's tag opens a group; what belongs
to the group is decided by headings, indentation and labels, so that a closing remark is not taken for a verdict.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.plain import plain
from ingest.reply_words import find_ids, tags_at_start, tags_in

_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})[\w-]*[ \t]*")
_RULE = re.compile(r"[ \t]*(?:[-*_—─][ \t]?){3,60}")
_HEADING = re.compile(r"[ \t]*(#{1,6})[ \t]+(.{1,400})")
_BOLD_LINE = re.compile(r"[ \t]*(?:[0-9]{1,2}[.)][ \t]{1,3})?\*\*[^*]{1,300}\*\*:?[ \t]*")
_ITEM = re.compile(r"(?P<indent>[ \t]*)(?:[-*+•–▪◦]|[0-9]{1,3}[.)])[ \t]+")
_QUOTED_LINE = re.compile(r"(?P<indent>[ \t]*)>[ \t]?")
_LABEL = re.compile(
    r"\W{0,4}(?:verdict|paper|papers|title|quote|evidence|source|sources|why|reason|date|durable|perishable|urteil"
    r"|background|related|context|hintergrund|contexte"
    r"|beleg|zitat|quelle|titel|begründung|citation|titre|raison)\b[^\n]{0,20}?:",
    re.IGNORECASE,
)
_OTHER_TASK = re.compile(
    r"\W{0,4}(?:\(?[23][.)]\W{0,4})?(?:surface|disagreement|disagree|regime|questions?|summary|conclusion|overall|caveats?|"
    r"references|sources|bibliography|next|widerspr|fragen|fazit|quellen|literatur|zusammenfassung"
    r"|désaccord|références|résumé)",
    re.IGNORECASE,
)
_DITTO = re.compile(r"(?:[\"″〃〞]|''|ditto|idem|same(?: as above)?|dito|siehe oben|wie oben)\.?", re.IGNORECASE)
_REFERENCES = re.compile(
    r"\W{0,6}(?:references|sources|bibliography|citations|footnotes|links|notes|quellen|literatur\w*|fußnoten|références)\W{0,6}\Z",
    re.IGNORECASE,
)
_DEFINITION = re.compile(r"[ \t]*(?:[-*][ \t]+)?\[\^?(?P<label>[\w-]{1,12})\]:?[ \t]+(?P<rest>.{1,2000})")
_NUMBERED = re.compile(r"[ \t]*(?P<label>[0-9]{1,3})[.)][ \t]+(?P<rest>.{1,2000})")
_COLUMNS = {
    "claim": r"claim|constraint|finding|tag|#|befund|aussage|constat",
    "verdict": r"verdict|status|assessment|urteil|bewertung",
    "paper": r"paper|arxiv|evidence|source|id|link|beleg|quelle|newer work",
    "title": r"title|titel|titre",
    "quote": r"quote|quotation|zitat|citation",
    "date": r"date|month|year|datum|monat|mois",
    "why": r"why|reason|note|comment|explanation|begründung|raison",
}


@dataclass(slots=True)
class Segment:
    """A heading, paragraph, list item, quote or table row."""

    kind: str
    text: str
    indent: int = 0
    cells: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Group:
    """Segments that speak of the same claims."""

    tags: tuple[str, ...]
    segments: list[Segment]
    over: str = ""
    """The heading that the group stands under, where that names no claim."""


def definitions(lines: list[str]) -> tuple[list[str], dict[str, str]]:
    """The lines that are not footnotes or a list of references, and those by label."""
    kept, defined, in_references = list[str](), dict[str, str](), False
    for line in lines:
        if _HEADING.match(line) or _BOLD_LINE.fullmatch(line) or _REFERENCES.match(line):
            in_references = bool(_REFERENCES.match(line.strip("# \t*:")))
        match = _DEFINITION.fullmatch(line) or (_NUMBERED.fullmatch(line) if in_references else None)
        if match and find_ids(match["rest"]) and not tags_in(match[0][:12]):
            defined[match["label"]] = match["rest"]
        else:
            kept.append(line)
    return kept, defined


def segments(lines: Sequence[str]) -> Iterator[Segment]:
    """Lines put together; wrapped lines of a paragraph or item are one segment."""
    open_segment: Segment | None = None
    header: list[str] = []
    above: list[str] = []
    for i, line in enumerate(lines):
        following = lines[i + 1] if i + 1 < len(lines) else ""
        started = _start(line)
        cells = [cell.strip() for cell in line.strip().strip("|").split("|" if line.count("|") > 1 else "\t")]
        is_row = line.count("|") > 1 or line.count("\t") > 1
        if is_row and (started is None or header or line.lstrip().startswith("|")):
            if open_segment:
                yield open_segment
                open_segment = None
            if _is_separator(line):
                continue
            if _is_separator(following) or (not header and _is_header(cells)):
                header, above = [_column(cell) for cell in cells], []
                continue
            above = _filled(header, cells, above)
            named = {name: cell for name, cell in zip(header, above, strict=False) if name}
            yield Segment("row", " | ".join(above), cells=named)
            continue
        if not is_row:
            header = []
        if started is None and line.strip() and open_segment and open_segment.kind != "heading":
            open_segment.text += " " + line.strip()
            continue
        if open_segment:
            yield open_segment
        open_segment = started or (Segment("paragraph", line.strip(), _indent(line)) if line.strip() else None)
    if open_segment:
        yield open_segment


def _filled(header: Sequence[str], cells: list[str], above: Sequence[str]) -> list[str]:
    """A table's row, with what stands above where its cells are merged with those.

    A row without a claim goes on with the claim above it, and with its verdict where it has none of its own, either.
    A ditto mark repeats what stands above in any column.
    """
    filled = [
        above[i] if _DITTO.fullmatch(cell) and i < len(above) else cell
        for i, cell in enumerate(cells)
    ]  # fmt: skip
    if "claim" not in header or len(above) != len(cells) or filled[header.index("claim")]:
        return filled
    merged = {i for i, name in enumerate(header) if name in {"claim", "verdict"}}
    return [above[i] if i in merged and not cell else cell for i, cell in enumerate(filled)]


def _start(line: str) -> Segment | None:
    """The segment that a line begins whatever stands before it; None where it may go on with what is open."""
    if _FENCE.fullmatch(line):
        return Segment("fence", "")
    if _RULE.fullmatch(line):
        return Segment("rule", "")
    if match := _HEADING.fullmatch(line):
        return Segment("heading", match[2], len(match[1]))
    if _BOLD_LINE.fullmatch(line):
        return Segment("heading", line.strip(), 7)
    if match := _QUOTED_LINE.match(line):
        return Segment("quote", line[match.end() :], len(match["indent"]))
    if match := _ITEM.match(line):
        return Segment("item", line.strip(), _indent(line))
    opens = _LABEL.match(line) or tags_at_start(plain(line))
    return Segment("paragraph", line.strip(), _indent(line)) if opens else None


def _indent(line: str) -> int:
    return len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())


def _is_separator(line: str) -> bool:
    return "--" in line and set(line) <= set("|:- \t+")


def _is_header(cells: Sequence[str]) -> bool:
    return sum(bool(_column(cell)) for cell in cells) >= 2 and not any(find_ids(cell) for cell in cells)


def _column(cell: str) -> str:
    """What a table's column holds; empty where its heading does not say."""
    said = plain(cell).casefold()
    for name, words in _COLUMNS.items():
        if len(said) < 40 and re.search(rf"(?:^|\W)(?:{words})s?(?:\W|$)", said):
            return name
    return ""


def groups(found: Sequence[Segment]) -> list[Group]:
    """Segments gathered under the tags that open them; those under no tag stand alone."""
    gathered: list[Group] = []
    current: Group | None = None
    headings: list[Segment] = []
    for segment in found:
        shown = plain(segment.text)
        if segment.kind == "heading":
            headings = [heading for heading in headings if heading.indent < segment.indent]
            headings += [] if tags_in(shown) or tags_at_start(shown) else [segment]
        opens = segment.kind != "quote" and bool(tags_at_start(shown))
        if current and not opens and _belongs(segment, current.segments[0], shown):
            current.segments.append(segment)
            continue
        current = None
        if segment.kind in {"fence", "rule"}:
            continue
        tags = tags_at_start(shown) if opens else tags_in(segment.text)
        if segment.kind == "row" and (cell := segment.cells.get("claim", "")):
            tags = tags_at_start(plain(cell)) or tags_in(f"Claim {cell}") or tags
        gathered.append(Group(tags, [segment], headings[-1].text if headings else ""))
        if opens and segment.kind != "row":
            current = gathered[-1]
    return gathered


def _belongs(segment: Segment, opener: Segment, shown: str) -> bool:
    """Whether a segment goes on with the group that `opener` began."""
    if segment.kind == "rule" or _OTHER_TASK.match(shown):
        return False
    if segment.kind in {"quote", "fence"} or _LABEL.match(shown):
        return True
    if segment.kind == "heading":
        return segment.indent > opener.indent and opener.kind == "heading"
    if opener.kind == "heading":
        return True
    if opener.kind == "item":
        return segment.indent > opener.indent
    return segment.kind == "item"
