"""Tables in HTML within an answer, turned into rows of Markdown; merged cells are repeated where they reach."""

import html
import re

_TABLE = re.compile(r"<table\b", re.IGNORECASE)
_TABLE_END = re.compile(r"</table\s{0,3}>", re.IGNORECASE)
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-z][a-z0-9]{0,9})\b(?P<rest>[^<>]{0,1000})>", re.IGNORECASE)
"""Bounded, so that reading takes time in proportion to the text; the standard library's reader does not."""
_SPAN = re.compile(r"\b(row|col)span\s{0,3}=\s{0,3}[\"']?([0-9]{1,4})", re.IGNORECASE)
_ADDRESS = re.compile(r"\bhref\s{0,3}=\s{0,3}[\"']?([^\"'\s<>]{1,500})", re.IGNORECASE)
_MAX_TABLES = 20
_MAX_SPAN = 50
_MAX_CELLS = 5_000


def with_rows(text: str) -> str:
    """The text with each table of HTML as lines of Markdown; a table without an end goes to the end of the text."""
    kept, position = [], 0
    for _ in range(_MAX_TABLES):
        start = _TABLE.search(text, position)
        if not start:
            break
        end = _TABLE_END.search(text, start.end())
        rows = _markdown(text[start.start() : end.end() if end else None])
        kept.append(f"{text[position : start.start()]}\n\n{rows}\n\n")
        position = end.end() if end else len(text)
    return "".join([*kept, text[position:]])


def _markdown(table: str) -> str:
    """A table's rows, the first of them as the heading."""
    rows, position, address = _Rows(), 0, ""
    for tag in _TAG.finditer(table):
        rows.say(table[position : tag.start()])
        position, name = tag.end(), tag["name"].lower()
        if name in {"td", "th", "tr"}:
            rows.close_cell()
        if name == "tr" and tag["end"]:
            rows.end()
        elif name == "tr":
            rows.begin()
        elif name in {"td", "th"} and not tag["end"]:
            rows.open_cell({kind.lower(): int(n) for kind, n in _SPAN.findall(tag["rest"])})
        elif name == "a":
            rows.say(f" ({address})" if tag["end"] and address else "")
            found = _ADDRESS.search(tag["rest"])
            address = found[1] if found else ""
        elif name == "br":
            rows.say(" ")
    rows.say(table[position:])
    rows.close_cell()
    lines = [f"| {' | '.join(row)} |" for row in rows.rows if any(row)]
    return "\n".join([*lines[:1], *(["|---|---|"] if lines else []), *lines[1:]])


class _Rows:
    """Gathers a table's cells row by row."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self._reach = (1, 1)
        self._spans: dict[int, tuple[int, str]] = {}
        """By column: how many rows a cell still reaches down, and what it says."""
        self._n_cells = 0

    def begin(self) -> None:
        """Begin a row."""
        self.rows.append([])

    def end(self) -> None:
        """End a row with what reaches into it from above."""
        self._fill()

    def open_cell(self, spans: dict[str, int]) -> None:
        """Begin a cell that reaches over so many rows and columns."""
        if self._n_cells < _MAX_CELLS:
            self._cell = []
            down, across = (max(1, min(spans.get(kind, 1), _MAX_SPAN)) for kind in ("row", "col"))
            self._reach = down, across

    def say(self, words: str) -> None:
        """Add words to the open cell."""
        if self._cell is not None and words:
            self._cell.append(words)

    def close_cell(self) -> None:
        """Put the open cell into its row, behind what reaches into it from above."""
        if self._cell is None:
            return
        said = " ".join(html.unescape("".join(self._cell)).split()).replace("|", "¦")
        self._cell = None
        if not self.rows:
            self.begin()
        self._fill()
        row, (down, across) = self.rows[-1], self._reach
        for _ in range(across):
            self._n_cells += 1
            if down > 1:
                self._spans[len(row)] = (down - 1, said)
            row.append(said)

    def _fill(self) -> None:
        row = self.rows[-1] if self.rows else []
        while len(row) in self._spans:
            n_left, said = self._spans.pop(len(row))
            if n_left > 1:
                self._spans[len(row)] = (n_left - 1, said)
            row.append(said)
