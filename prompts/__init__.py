"""Words, not code: the sentences and prompts that the product says in its own voice.

A template is a Markdown file in this folder: front matter with `purpose`, `version` and `fields`, then one part per
`## name` heading. Fields stand in braces; two braces stand for one. Loading checks that a part uses only the fields
that the file declares. A library may say some parts in words of its own, in a file of the same name and form.
"""

import re
import string
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from kb.errors import BadInput

_PART = re.compile(r"^## +([a-z_]+) *$", re.MULTILINE)
_MAX_OWN_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Template:
    """A loaded template file."""

    name: str
    purpose: str
    version: int
    parts: dict[str, str]
    is_own: bool = False
    """Whether a library has words of its own for some parts."""

    @property
    def label(self) -> str:
        """The version as records keep it: `2`, or `library:2` for a library's own words."""
        return f"library:{self.version}" if self.is_own else str(self.version)

    def fill(self, part: str, **fields: str) -> str:
        """One part with its fields filled in.

        Raises:
            KeyError: if there is no such part or a field is missing; both are mistakes in this program.
        """
        return self.parts[part].format_map(fields)


@cache
def load(name: str) -> Template:
    """The template `prompts/<name>.md`.

    Raises:
        ValueError: if the file does not keep to the form; a mistake in this program.
    """
    return _parse(name, files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8"))


def load_for(name: str, folder: Path) -> Template:
    """The template with the parts that a library's own file in `folder` words differently.

    Raises:
        BadInput: if the library's file cannot be read, does not keep to the form, or has parts or fields that the
            product's own has not.
    """
    base, path = load(name), folder / f"{name}.md"
    if not path.exists():
        return base
    cure = f"Write it like the product's own prompts/{name}.md, or move it away"
    try:
        if path.resolve().parent != folder.resolve() or path.stat().st_size > _MAX_OWN_BYTES:
            raise ValueError("is no file of this folder, or is larger than 200,000 bytes")
        own = _parse(name, path.read_text(encoding="utf-8"))
        if own.parts == base.parts:
            return base  # a checkout of this repository is a library, too
        for part, words in own.parts.items():
            if part not in base.parts:
                raise ValueError(f"has a part `{part}` that nothing uses")
            if foreign := _fields({part: words}) - _fields({part: base.parts[part]}):
                raise ValueError(f"uses {sorted(foreign)} in `{part}`, which is not known there")
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(f"the library's prompts/{path.name} cannot be used: {error}", cure=cure) from None
    return Template(name, own.purpose, own.version, {**base.parts, **own.parts}, is_own=True)


def _parse(name: str, text: str) -> Template:
    pieces = text.split("---\n", 2)
    if len(pieces) != 3 or pieces[0]:
        raise ValueError(f"prompts/{name}.md does not begin with front matter")
    facts = dict(line.split(": ", 1) for line in pieces[1].splitlines())
    if missing := {"purpose", "version", "fields"} - facts.keys():
        raise ValueError(f"prompts/{name}.md: the front matter lacks {sorted(missing)}")
    split = _PART.split(pieces[2])
    parts = {part: words.strip() for part, words in zip(split[1::2], split[2::2], strict=True)}
    declared = frozenset(field.strip() for field in facts["fields"].split(","))
    if declared != (used := _fields(parts)):
        raise ValueError(f"prompts/{name}.md: fields declared {sorted(declared)}, used {sorted(used)}")
    return Template(name, facts["purpose"], int(facts["version"]), parts)


def _fields(parts: dict[str, str]) -> set[str]:
    return {field for words in parts.values() for _, field, _, _ in string.Formatter().parse(words) if field}
