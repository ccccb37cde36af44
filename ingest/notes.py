"""Notes as sources: Markdown with optional front matter, its fields, links and claims."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from ingest.files import find_notes, read_text, write_note
from ingest.front_matter import read_front_matter
from ingest.markdown import Block, Lines, blocks
from ingest.plain import Wikilink, note_links, plain, terminal_safe, wikilinks
from ingest.sentences import sentences
from ingest.yaml_tree import Value, text_of, texts_of, wrong_type
from kb.domain import Claim, EdgeKind, Link, Scope, Source, SourceKind
from kb.errors import BadId, BadNote
from kb.identity import ArxivId, parse_date, slugify

__all__ = ["find_notes", "parse_note", "read_note", "write_note"]

_UNLINKED = frozenset(("code", "math", "html"))
_TIME_OF_DAY = re.compile(r"(?<=^\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}.*")
_MAX_WHY = 500

Fields: TypeAlias = Mapping[str, Value]


def read_note(path: Path, root: Path) -> Source:
    """Read one note file of the folder `root`.

    Raises:
        BadNote: if it is not a regular UTF-8 text file inside the folder, is larger than 5 MB, or is no valid note.
    """
    return parse_note(*read_text(path, root))


def parse_note(text: str, origin: str) -> Source:
    """A note's source from its normalised text; `origin` is its path in the notes folder, with forward slashes.

    Without a `title`, the first heading of level 1 names the note, or else its file's name.

    Raises:
        BadNote: if the front matter cannot be read or a field has not the form that it needs, with line and cure.
    """
    front = read_front_matter(text)
    fields = front.fields
    body = blocks(text, front.body_start)
    stem = PurePosixPath(origin).stem
    return Source(
        id=f"note:{slugify(stem)}",
        kind=SourceKind.DOCUMENT if _is(fields, "kind", "document") else SourceKind.NOTE,
        title=_line_of(fields, "title") or _first_heading(text, body) or stem,
        claim=_line_of(fields, "claim"),
        summary=_line_of(fields, "summary"),
        text=text,
        date=_date(fields, "date"),
        topics=_topics(fields),
        references=tuple(dict.fromkeys(_reference(source) for source, _ in texts_of(fields, "sources"))),
        links=(*_field_links(fields), *_body_links(text, body)),
        claims=_claims(fields),
        aliases=tuple(dict.fromkeys(alias for alias, _ in texts_of(fields, "aliases"))),
        origin=origin,
        generated=_is(fields, "generated", "true") or _is(fields, "status", "draft"),
    )


def _is(fields: Fields, name: str, word: str) -> bool:
    """Whether a field says a word; other vaults use these keys for other things, which are no errors."""
    value = fields.get(name)
    return value is not None and isinstance(value.data, str) and value.data.strip().lower() == word


def _line_of(fields: Fields, name: str) -> str:
    return " ".join(text_of(fields, name).split())


def _first_heading(text: str, body: list[Block]) -> str:
    heading = next((block for block in body if block.level == 1), None)
    return plain(text[heading.char_start : heading.char_end]) if heading else ""


def _date(fields: Fields, name: str) -> str | None:
    """A date field; a time of day behind it is left out.

    Raises:
        BadNote: if it is no date.
    """
    written = text_of(fields, name)
    try:
        return parse_date(_TIME_OF_DAY.sub("", written)) if written else None
    except BadId as error:
        raise BadNote(f"`{name}`: {error.message}", line=fields[name].line, cure=error.cure) from error


def _topics(fields: Fields) -> tuple[str, ...]:
    """Slugs from `topics` and from `tags`, which Obsidian also writes as one text with commas or spaces."""
    topics = [topic for text, _ in texts_of(fields, "topics") for topic in text.split(",")]
    tags = [tag for text, _ in texts_of(fields, "tags") for tag in text.replace(",", " ").split()]
    return tuple(dict.fromkeys(slugify(topic) for topic in topics + tags if topic.strip(" #")))


def _reference(source: str) -> str:
    try:
        return str(ArxivId.parse(source))
    except BadId:
        return source


def _field_links(fields: Fields) -> list[Link]:
    """Links of `parent` and `tensions`, written as slugs, titles or wikilinks."""
    found = []
    for name, kind in (("parent", EdgeKind.PARENT), ("tensions", EdgeKind.TENSION)):
        for text, line in texts_of(fields, name):
            written = wikilinks(text)
            found.append(Link(target=written[0].target if written else text, kind=kind, line=line, why=""))
    return found


def _body_links(text: str, body: list[Block]) -> list[Link]:
    lines = Lines(text)
    found = []
    for block in body:
        links = [] if block.kind in _UNLINKED else note_links(text, block.char_start, block.char_end)
        for link, why in zip(links, _reasons(text, block, links), strict=True):
            line = lines.line_of(link.char_start) + 1
            # Dendron writes the words shown before the bar, the target behind it.
            found.append(
                Link(
                    target=link.target, kind=EdgeKind.LINK, line=line, why=why, under="" if why else _above(block),
                    otherwise=link.alias, heading=link.heading,
                )
            )  # fmt: skip
    return found


def _reasons(text: str, block: Block, links: list[Wikilink]) -> list[str]:
    """For each link the sentence that holds it, in plain words, cut where a sentence is very long.

    Empty where it is no sentence but links alone, as in a list of them.
    """
    reasons: list[str] = []
    for start, end in sentences(text, block.char_start, block.char_end) if links else ():
        first = n_told = len(reasons)
        while n_told < len(links) and links[n_told].char_end <= end:
            n_told += 1
        if inside := links[first:n_told]:
            is_said = _has_words(text, start, end, inside) or (
                block.kind == "paragraph" and any(o.alias for o in inside)
            )
            reasons += [plain(text[start:end])[:_MAX_WHY] if is_said else ""] * len(inside)
    return reasons + [""] * (len(links) - len(reasons))


def _has_words(text: str, start: int, end: int, links: list[Wikilink]) -> bool:
    """Whether a sentence says anything beside its links."""
    places = [start, *(place for link in links for place in (link.char_start, link.char_end)), end]
    return any(any(map(str.isalnum, plain(text[a:b]))) for a, b in zip(places[::2], places[1::2], strict=True))


def _above(block: Block) -> str:
    """The heading that a block stands under."""
    above = block.section[:-1] if block.level else block.section
    return above[-1] if above else ""


def _claims(fields: Fields) -> tuple[Claim, ...]:
    value = fields.get("claims")
    if value is None or value.data is None:
        return ()
    if not isinstance(value.data, list):
        raise wrong_type(value, "claims", "a list of mappings with `text` and `as_of`")
    return tuple(_claim(item) for item in value.data)


def _claim(value: Value) -> Claim:
    if not isinstance(value.data, dict):
        raise wrong_type(value, "claims", "a list of mappings with `text` and `as_of`")
    text, as_of = _line_of(value.data, "text"), _date(value.data, "as_of")
    if not text or as_of is None:
        missing = "as_of" if text else "text"
        raise BadNote(f"a claim has no `{missing}`", line=value.line, cure=f"Add `{missing}`, or remove the claim")
    evidence = tuple(_reference(reference) for reference, _ in texts_of(value.data, "evidence"))
    return Claim(text=text, as_of=as_of, scope=_scope(value.data.get("scope")), evidence=evidence)


def _scope(value: Value | None) -> Scope:
    if value is None or value.data is None:
        return Scope.model_validate({})
    parts = value.data
    if not isinstance(parts, dict):
        raise wrong_type(value, "scope", "a mapping such as `model: 7B models`")
    for name, part in parts.items():
        if name not in Scope.model_fields:
            raise BadNote(
                f"`scope` has no `{terminal_safe(name)[:40]}`",
                line=part.line,
                cure=f"Use {', '.join(Scope.model_fields)}",
            )
    return Scope.model_validate({name: _line_of(parts, name) or None for name in parts})
