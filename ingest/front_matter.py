"""Front matter: the YAML between two lines of dashes at the top of a note, read safely and edited without loss.

An edit replaces the lines of one key and nothing else, so comments, order, quoting and unknown keys stay as their
author wrote them.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from io import StringIO
from textwrap import dedent, indent
from typing import TYPE_CHECKING, TypeAlias

from kb.errors import BadNote

if TYPE_CHECKING:
    from ingest.yaml_tree import Content, Value

MAX_FRONT_MATTER_BYTES = 256 * 1024

_OPENING = re.compile(r"---[ \t]*\n")
_CLOSING = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

Writable: TypeAlias = "str | bool | int | float | date | Sequence[Writable] | Mapping[str, Writable] | None"


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A note's text with its front matter understood.

    `fields` maps top-level keys to values with places; `yaml_start` and `yaml_end` bound the YAML and `body_start` is
    where the body begins, all in code points of `text`. Without front matter all three are 0 and there are no fields.
    """

    text: str
    fields: "dict[str, Value]"
    yaml_start: int
    yaml_end: int
    body_start: int
    in_braces: bool = False

    @property
    def content(self) -> "dict[str, Content]":
        """All values as texts, lists, dicts and None."""
        return {key: value.content for key, value in self.fields.items()}

    def with_value(self, key: str, value: Writable) -> "FrontMatter":
        """The same note with one key set: replaced in its place, or added as the last key.

        `value` is a text, date, bool, number, None, or lists and dicts of these. A comment behind the old value stays.

        Raises:
            BadNote: if the front matter is written in braces, or grows beyond its limits.
        """
        rendered = _render(key, value)
        if not self.body_start:
            return read_front_matter(f"---\n{_render(key, value)}---\n{self.text}")
        if self.in_braces:
            raise BadNote("front matter in braces cannot be edited", line=2, cure="Write one `key: value` per line")
        rendered = indent(_render(key, value), self._margin())
        old = self.fields.get(key)
        start, end = self._lines_of(old) if old else (self.yaml_end, self.yaml_end)
        if old and (comment := self._comment_behind(old, end)):
            first, _, rest = rendered.partition("\n")
            rendered = f"{first} {comment}\n{rest}"
        return read_front_matter(self.text[:start] + rendered + self.text[end:])

    def with_item(self, key: str, value: Writable) -> "FrontMatter":
        """The same note with one value more at the end of a list; the list's other lines stay as they are.

        A list in brackets is written out as lines, and a key that is not there is added.

        Raises:
            BadNote: as `with_value`, and if the key holds something else than a list.
        """
        old = self.fields.get(key)
        items = old.data if old else None
        if old is None or not items:
            return self.with_value(key, [value])
        if not isinstance(items, list):
            raise BadNote(f"`{key}` is not a list", line=old.line, cure="Write it as a list, an item a line")
        if self.text[old.char_start] != "-":
            return self.with_value(key, [*(_writable(item) for item in items), value])
        _, end = self._lines_of(old)
        margin = self.text[self._line_start(old.char_start) : old.char_start]
        item = indent(dedent(_render(key, [value]).partition("\n")[2]), " " * len(margin))
        return read_front_matter(self.text[:end] + item + self.text[end:])

    def without(self, key: str) -> "FrontMatter":
        """The same note without a key; itself if the key is not there.

        Raises:
            BadNote: if the front matter is written in braces.
        """
        if key not in self.fields:
            return self
        if self.in_braces:
            raise BadNote("front matter in braces cannot be edited", line=2, cure="Write one `key: value` per line")
        start, end = self._lines_of(self.fields[key])
        return read_front_matter(self.text[:start] + self.text[end:])

    def _line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def _margin(self) -> str:
        """Space before every top-level key; YAML allows some as long as it is the same for all."""
        starts = [value.key_start for value in self.fields.values()]
        margin = self.text[self._line_start(starts[0]) : starts[0]] if starts else ""
        return margin if margin.isspace() else ""

    def _content_end(self, value: "Value") -> int:
        """End of a value without the empty lines that a block text takes in."""
        return value.key_start + len(self.text[value.key_start : value.char_end].rstrip())

    def _lines_of(self, value: "Value") -> tuple[int, int]:
        """Span of the whole lines that hold a key and its value."""
        newline = self.text.find("\n", self._content_end(value), self.yaml_end)
        return self._line_start(value.key_start), newline + 1 if newline >= 0 else self.yaml_end

    def _comment_behind(self, value: "Value", end: int) -> str:
        rest = self.text[self._content_end(value) : end].strip()
        return rest if rest.startswith("#") else ""


def yaml_span(text: str) -> tuple[int, int, int] | None:
    """Start and end of the YAML and start of the body, in code points; None where a text has no front matter."""
    opening = _OPENING.match(text)
    closing = _CLOSING.search(text, opening.end()) if opening else None
    return (opening.end(), closing.start(), closing.end()) if opening and closing else None


def read_front_matter(text: str) -> FrontMatter:
    """Split a note's normalised text and read its front matter; a text without any is a note as well.

    Raises:
        BadNote: if the front matter is not closed, is too large or is not safe, valid YAML, with line and cure.
    """
    span = yaml_span(text)
    if span is None:
        if _OPENING.match(text):
            cure = "Close it with a line of three dashes, or begin the note with an empty line"
            raise BadNote("the front matter that begins here never ends", line=1, cure=cure)
        return FrontMatter(text, {}, 0, 0, 0)
    start, end, body = span
    if len(text[start:end].encode("utf-8")) > MAX_FRONT_MATTER_BYTES:
        limit = f"{MAX_FRONT_MATTER_BYTES // 1024} KB"
        raise BadNote(
            f"front matter is larger than {limit}", line=1, cure="Move the data into the body or another file"
        )
    from ingest.yaml_tree import read_mapping  # here: a question reads no YAML

    fields, in_braces = read_mapping(text[start:end], start, 2)
    return FrontMatter(text, fields, start, end, body, in_braces)


def _render(key: str, value: Writable) -> str:
    """One key as lines of YAML, the last one ended."""
    from ruamel.yaml import YAML

    yaml = YAML(pure=True)
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 2**31
    out = StringIO()
    yaml.dump({key: _plainest(value)}, out)
    return out.getvalue()


def _writable(value: "Value") -> Writable:
    content: Writable = value.content
    return content


def _plainest(value: Writable) -> object:
    """The value in the form that YAML writes most plainly: dates bare, texts of several lines as blocks."""
    if isinstance(value, Mapping):
        return {name: _plainest(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plainest(item) for item in value]
    if isinstance(value, str) and "\n" in value:
        from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

        # A block that begins or ends with empty lines needs marks that not every reader knows.
        is_simple = value == value.lstrip() and value.rstrip() == value.removesuffix("\n")
        return LiteralScalarString(value) if is_simple else DoubleQuotedScalarString(value)
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    return value
