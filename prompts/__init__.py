"""Words, not code: the sentences and prompts that the product says in its own voice.

A template is a Markdown file in this folder: front matter with `purpose`, `version` and `fields`, then one part per
`## name` heading. Fields stand in braces. Loading checks that a part uses only the fields that the file declares.
"""

import re
import string
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_PART = re.compile(r"^## +([a-z_]+) *$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Template:
    """A loaded template file."""

    name: str
    purpose: str
    version: int
    parts: dict[str, str]

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
    text = files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8")
    opening, head, body = text.split("---\n", 2)
    if opening:
        raise ValueError(f"prompts/{name}.md does not begin with front matter")
    facts = dict(line.split(": ", 1) for line in head.splitlines())
    pieces = _PART.split(body)
    parts = {part: words.strip() for part, words in zip(pieces[1::2], pieces[2::2], strict=True)}
    declared = {field.strip() for field in facts["fields"].split(",")}
    used = {field for words in parts.values() for _, field, _, _ in string.Formatter().parse(words) if field}
    if used != declared:
        raise ValueError(f"prompts/{name}.md: fields declared {sorted(declared)}, used {sorted(used)}")
    return Template(name, facts["purpose"], int(facts["version"]), parts)
