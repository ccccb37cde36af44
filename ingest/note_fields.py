"""A note's fields as its author meant them; what cannot be used is left out and named, and the others stay.

A note whose date is wrong is still a note: only YAML that cannot be read at all keeps one out.
"""

import re
from collections.abc import Callable, Mapping

from ingest.plain import terminal_safe
from ingest.yaml_tree import Value
from kb.domain import Claim, Flaw, Scope
from kb.errors import BadId
from kb.identity import ArxivId, parse_date

OnFlaw = Callable[[Flaw], None]
"""Hears of each field that cannot be used."""

_KEYS = (
    "title", "claim", "summary", "date", "topics", "tags", "aliases", "parent", "sources", "tensions", "claims",
)  # fmt: skip
_TIME_OF_DAY = re.compile(r"(?<=^\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}.*")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_AS_CLAIM = "Write it as `- text: …` with `as_of: YYYY-MM` below it"


class NoteFields:
    """Typed reading of a mapping of front matter.

    Args:
        fields: keys with their values.
        on_flaw: hears of what is left out.
        keys: those that are read; one that is written with capitals is named.
    """

    def __init__(self, fields: Mapping[str, Value], on_flaw: OnFlaw, keys: tuple[str, ...] = _KEYS) -> None:
        self._fields, self._on_flaw = fields, on_flaw
        for name, value in fields.items():
            if (small := name.lower()) != name and small in keys and small not in fields:
                self._flaw(value, f"`{name}` is not written as `{small}`", "Write the key in small letters")

    def line(self, name: str, lost: str = "it") -> str:
        """A text on one line, empty where the key is absent, holds nothing, or holds a list or a mapping.

        Args:
            name: of the field.
            lost: what goes where it cannot be used.
        """
        value = self._fields.get(name)
        if value is None or value.data is None:
            return ""
        if not isinstance(value.data, str):
            self._flaw(value, f"`{name}` is not a text", "Put it in quotes", lost)
            return ""
        return " ".join(value.data.split())

    def texts(self, name: str) -> list[tuple[str, int]]:
        """Texts of a list with their lines; a single text is a list of one. Empty items are left out."""
        value = self._fields.get(name)
        items = [] if value is None else value.data if isinstance(value.data, list) else [value]
        found = []
        for item in items:
            if isinstance(item.data, list | dict):
                self._flaw(item, f"`{name}` is not a list of texts", "Put it in quotes, or write a text a line")
            elif item.data and item.data.strip():
                found.append((item.data.strip(), item.line))
        return found

    def references(self, name: str) -> tuple[str, ...]:
        """What is named by arXiv id, address or file, each once; several ids and addresses may stand in one text."""
        return tuple(dict.fromkeys(_reference(piece) for text, _ in self.texts(name) for piece in _pieces(text)))

    def date(self, name: str, lost: str = "it") -> str | None:
        """A date with its precision; a time of day behind it is left out. Arguments as for `line`."""
        written = self.line(name, lost)
        try:
            return parse_date(_TIME_OF_DAY.sub("", written)) if written else None
        except BadId as error:
            self._flaw(self._fields[name], f"`{name}`: {error.message}", error.cure, lost)
            return None

    def claims(self) -> tuple[Claim, ...]:
        """Dated claims; one without words or date is left out."""
        value = self._fields.get("claims")
        if value is None or value.data is None:
            return ()
        if not isinstance(value.data, list):
            self._flaw(value, "`claims` is not a list", _AS_CLAIM)
            return ()
        return tuple(claim for item in value.data if (claim := self._claim(item)))

    def _claim(self, value: Value) -> Claim | None:
        if not isinstance(value.data, dict):
            self._flaw(value, "a claim has no `text` and `as_of`", _AS_CLAIM)
            return None
        parts, lost = NoteFields(value.data, self._on_flaw, tuple(Claim.model_fields)), "the claim"
        for name in ("text", "as_of"):
            if not (given := value.data.get(name)) or given.data in (None, ""):
                self._flaw(value, f"a claim has no `{name}`", f"Add `{name}`, or remove the claim", lost)
        text, as_of = parts.line("text", lost), parts.date("as_of", lost)
        evidence, scope = parts.references("evidence"), parts.scope()
        return Claim(text=text, as_of=as_of, scope=scope, evidence=evidence) if text and as_of else None

    def scope(self) -> Scope:
        """The conditions of a claim."""
        value = self._fields.get("scope")
        if value is None or value.data is None:
            return Scope.model_validate({})
        if not isinstance(value.data, dict):
            self._flaw(value, "`scope` is not a mapping such as `model: 7B models`", "Write a condition a line")
            return Scope.model_validate({})
        parts = NoteFields(value.data, self._on_flaw, ())
        for name, part in value.data.items():
            if name not in Scope.model_fields:
                cure = f"Use {', '.join(Scope.model_fields)}"
                self._flaw(part, f"`scope` has no `{terminal_safe(name)[:40]}`", cure)
        known = (name for name in value.data if name in Scope.model_fields)
        return Scope.model_validate({name: parts.line(name) or None for name in known})

    def _flaw(self, value: Value, what: str, cure: str, lost: str = "it") -> None:
        self._on_flaw(Flaw(line=value.line, what=f"{what}; {lost} is left out", cure=cure))


def _pieces(text: str) -> list[str]:
    """The ids and addresses of a text with commas between; the text itself where one of them is something else."""
    pieces = [piece for part in text.split(",") if (piece := part.strip())]
    return pieces if all(_arxiv_id(piece) or _ADDRESS.fullmatch(piece) for piece in pieces) else [text]


def _reference(source: str) -> str:
    return str(_arxiv_id(source) or source)


def _arxiv_id(text: str) -> ArxivId | None:
    try:
        return ArxivId.parse(text)
    except BadId:
        return None
