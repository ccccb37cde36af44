"""Notes as sources: Markdown with optional front matter, its fields, links and claims."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from ingest.files import find_notes, read_text, write_note
from ingest.front_matter import read_front_matter
from ingest.markdown import Block, Lines, blocks
from ingest.note_fields import NoteFields, OnFlaw
from ingest.plain import Wikilink, note_links, plain, wikilinks
from ingest.sentences import sentences
from ingest.yaml_tree import Value
from kb.domain import EdgeKind, Flaw, Link, Source, SourceKind
from kb.identity import slugify

__all__ = ["find_notes", "parse_note", "read_note", "write_note"]

_UNLINKED = frozenset(("code", "math", "html"))
_MAX_WHY = 500


def _unheard(_: Flaw) -> None:
    """For readers that have nobody to tell."""


def read_note(path: Path, root: Path, on_flaw: OnFlaw = _unheard) -> Source:
    """Read one note file of the folder `root`.

    Args:
        path: of the file.
        root: that it must not lead out of.
        on_flaw: hears of fields that cannot be used.

    Raises:
        BadNote: if it is not a regular UTF-8 text file inside the folder, is larger than 5 MB, or its front matter
            cannot be read.
    """
    return parse_note(*read_text(path, root), on_flaw)


def parse_note(text: str, origin: str, on_flaw: OnFlaw = _unheard) -> Source:
    """A note's source from its normalised text; `origin` is its path in the notes folder, with forward slashes.

    Without a `title`, the first heading of level 1 names the note, or else its file's name. A field that has not the
    form that it needs is left out, and `on_flaw` hears of it.

    Raises:
        BadNote: if the front matter cannot be read at all, with line and cure.
    """
    front = read_front_matter(text)
    fields = NoteFields(front.fields, on_flaw)
    body = blocks(text, front.body_start)
    stem = PurePosixPath(origin).stem
    return Source(
        id=f"note:{slugify(stem)}",
        kind=SourceKind.DOCUMENT if _is(front.fields, "kind", "document") else SourceKind.NOTE,
        title=fields.line("title") or _first_heading(text, body) or stem,
        claim=fields.line("claim"),
        summary=fields.line("summary"),
        text=text,
        date=fields.date("date"),
        topics=_topics(fields),
        references=fields.references("sources"),
        links=(*_field_links(fields), *_body_links(text, body)),
        claims=fields.claims(),
        aliases=tuple(dict.fromkeys(alias for alias, _ in fields.texts("aliases"))),
        origin=origin,
        generated=_is(front.fields, "generated", "true") or _is(front.fields, "status", "draft"),
    )


def _is(fields: Mapping[str, Value], name: str, word: str) -> bool:
    """Whether a field says a word; other vaults use these keys for other things, which are no errors."""
    value = fields.get(name)
    return value is not None and isinstance(value.data, str) and value.data.strip().lower() == word


def _first_heading(text: str, body: list[Block]) -> str:
    heading = next((block for block in body if block.level == 1), None)
    return plain(text[heading.char_start : heading.char_end]) if heading else ""


def _topics(fields: NoteFields) -> tuple[str, ...]:
    """Slugs from `topics` and from `tags`, which Obsidian also writes as one text with commas or spaces."""
    topics = [topic for text, _ in fields.texts("topics") for topic in text.split(",")]
    tags = [tag for text, _ in fields.texts("tags") for tag in text.replace(",", " ").split()]
    return tuple(dict.fromkeys(slugify(topic) for topic in topics + tags if topic.strip(" #")))


def _field_links(fields: NoteFields) -> list[Link]:
    """Links of `parent` and `tensions`, written as slugs, titles or wikilinks."""
    found = []
    for name, kind in (("parent", EdgeKind.PARENT), ("tensions", EdgeKind.TENSION)):
        for text, line in fields.texts(name):
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
