"""Front matter's YAML as a tree of values with their places: a subset that is safe to read from strangers.

Scalars stay as they are written (`no`, `2024-11`, `1:30` and `0123` are texts); only nothing, `~` and `null` are None.
Tags, anchors and aliases are refused, as are documents that are very deep or have very many values: nothing is ever
constructed from them, and an alias bomb has no fuse.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from ingest.plain import terminal_safe
from kb.errors import BadNote
from kb.identity import normalise

MAX_DEPTH = 20
MAX_VALUES = 5_000
"""The reader takes microseconds per character but tens of them per value, so values are what needs a limit."""

_NOTHING = ("", "~", "null", "Null", "NULL")

Data: TypeAlias = "str | list[Value] | dict[str, Value] | None"

Content: TypeAlias = "str | list[Content] | dict[str, Content] | None"


@dataclass(frozen=True, slots=True)
class Value:
    """A value, where it stands in the file (half-open, in code points), and its line, from 1.

    `key_start` is where its key begins, or the value itself where it has none.
    """

    data: Data
    char_start: int
    char_end: int
    line: int
    key_start: int

    @property
    def content(self) -> Content:
        """The value as plain text, list, dict or None."""
        if isinstance(self.data, dict):
            return {key: value.content for key, value in self.data.items()}
        return [value.content for value in self.data] if isinstance(self.data, list) else self.data


def read_mapping(yaml: str, char_start: int, first_line: int) -> tuple[dict[str, Value], bool]:
    """The mapping that some YAML holds, and whether it is written in braces.

    `char_start` and `first_line` tell where in the file the YAML begins.

    Raises:
        BadNote: if it is not such YAML, with the line.
    """
    try:
        root, in_braces = _Reader(yaml, char_start, first_line).root()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = terminal_safe(str(error.problem or error.context))
        line = first_line + mark.line if mark else first_line
        raise BadNote(f"front matter is not valid YAML: {reason}", line=line, cure=_CURE) from error
    except (YAMLError, ValueError, OverflowError, RecursionError) as error:
        reason = terminal_safe(" ".join(str(error).split()))[:120]
        raise BadNote(f"front matter is not valid YAML: {reason}", line=first_line, cure=_CURE) from error
    return root, in_braces


_CURE = "Correct it, or put the text in quotes if it holds a colon, # or bracket"


class _Reader:
    def __init__(self, yaml: str, char_start: int, first_line: int) -> None:
        self.events: Iterator[Event] = YAML(typ="safe", pure=True).parse(yaml)
        self.char_start = char_start
        self.first_line = first_line
        self.n_values = 0

    def root(self) -> tuple[dict[str, Value], bool]:
        """The document's mapping, empty for an empty document."""
        mapping: dict[str, Value] = {}
        in_braces, n_documents = False, 0
        for event in self.events:
            n_documents += isinstance(event, DocumentStartEvent)
            if n_documents > 1:
                raise self.error(event, "front matter holds more than one document", "Keep one")
            if not isinstance(event, NodeEvent):
                continue
            value = self.value(event, 1)
            if isinstance(value.data, dict):
                mapping, in_braces = value.data, bool(getattr(event, "flow_style", False))
            elif value.data is not None:
                raise self.error(event, "front matter is not a list of `key: value` lines", "Write it like `title: …`")
        return mapping, in_braces

    def value(self, event: Event, depth: int) -> Value:
        """The value that begins with an event, with all that it holds."""
        self.check(event, depth)
        if isinstance(event, MappingStartEvent):
            return self.mapping(event, depth)
        if isinstance(event, SequenceStartEvent):
            return self.sequence(event, depth)
        assert isinstance(event, ScalarEvent)
        text = event.value if event.style is None else normalise(event.value)
        nothing = event.style is None and text in _NOTHING
        return self.placed(event, None if nothing else text, event)

    def sequence(self, opening: Event, depth: int) -> Value:
        items: list[Value] = []
        for event in self.events:
            if isinstance(event, SequenceEndEvent):
                return self.placed(opening, items, event, items)
            items.append(self.value(event, depth + 1))
        raise AssertionError("the parser closes what it opens")

    def mapping(self, opening: Event, depth: int) -> Value:
        entries: dict[str, Value] = {}
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                return self.placed(opening, entries, event, list(entries.values()))
            key = self.value(event, depth + 1).data
            if not isinstance(key, str):
                raise self.error(event, "a key is not a plain text", "Write `key: value`, and templates in quotes")
            if key in entries:
                cure = "Keep one of the two"
                raise self.error(event, f"the key {terminal_safe(key)[:60]!r} stands here a second time", cure)
            value = self.value(next(self.events), depth + 1)
            entries[key] = replace(value, key_start=self.char_start + event.start_mark.index)
        raise AssertionError("the parser closes what it opens")

    def placed(self, first: Event, data: Data, last: Event, children: list[Value] | None = None) -> Value:
        """A value with its place; a block's end event stands after trailing comments, its last child does not."""
        start = self.char_start + first.start_mark.index
        end = self.char_start + last.end_mark.index
        if children is not None and not getattr(first, "flow_style", False):
            end = children[-1].char_end if children else start
        return Value(data, start, end, self.first_line + first.start_mark.line, start)

    def check(self, event: Event, depth: int) -> None:
        """Refuse what front matter may not hold."""
        self.n_values += 1
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise self.error(
                event, "front matter uses a YAML anchor or alias", "Write the value out, or put it in quotes"
            )
        if getattr(event, "tag", None) is not None:
            raise self.error(
                event, "front matter uses a YAML tag", "Remove the word with `!`, or put the value in quotes"
            )
        if depth > MAX_DEPTH:
            raise self.error(event, f"front matter is nested more than {MAX_DEPTH} levels deep", "Flatten it")
        if self.n_values > MAX_VALUES:
            raise self.error(
                event, f"front matter holds more than {MAX_VALUES} values", "Move data into a file of its own"
            )

    def error(self, event: Event, message: str, cure: str) -> BadNote:
        return BadNote(message, line=self.first_line + event.start_mark.line, cure=cure)
