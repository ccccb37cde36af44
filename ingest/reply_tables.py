"""Tables in HTML within an answer, turned into rows of Markdown; merged cells are repeated where they reach."""

import re
from html.parser import HTMLParser

_TABLE = re.compile(r"<table\b", re.IGNORECASE)
_TABLE_END = re.compile(r"</table\s{0,3}>", re.IGNORECASE)
_MAX_TABLES = 20
_MAX_SPAN = 50
_MAX_CELLS = 5_000
_SPACE = re.compile(r"\s+")


def with_rows(text: str) -> str:
    """The text with each table of HTML as lines of Markdown; a table without an end goes to the end of the text."""
    kept, position = [], 0
    for _ in range(_MAX_TABLES):
        start = _TABLE.search(text, position)
        if not start:
            break
        end = _TABLE_END.search(text, start.end())
        reader = _Rows()
        reader.feed(text[start.start() : end.end() if end else len(text)])
        reader.close()
        kept += [text[position : start.start()], "\n\n", reader.markdown(), "\n\n"]
        position = end.end() if end else len(text)
    return "".join([*kept, text[position:]])


class _Rows(HTMLParser):
    """Gathers a table's cells row by row."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._rows: list[list[str]] = []
        self._spans: dict[int, tuple[int, str]] = {}
        """By column: how many rows a cell still reaches down, and what it says."""
        self._cell: list[str] | None = None
        self._reach = (1, 1)
        self._address = ""
        self._n_cells = 0

    def markdown(self) -> str:
        """The rows, the first of them as the heading."""
        lines = [f"| {' | '.join(row)} |" for row in self._rows if any(row)]
        return "\n".join([*lines[:1], *(["|---|---|"] if lines else []), *lines[1:]])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row, a cell or a link."""
        named = dict(attrs)
        if tag in {"tr", "td", "th"}:
            self._close_cell()
        if tag == "tr":
            self._rows.append([])
        elif tag in {"td", "th"} and self._n_cells < _MAX_CELLS:
            self._cell = []
            self._reach = _number(named.get("rowspan")), _number(named.get("colspan"))
        elif tag == "a":
            self._address = named.get("href") or ""
        elif tag == "br":
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        """End a cell, or put a link's address behind its words."""
        if tag == "a" and self._address:
            self.handle_data(f" ({self._address})")
            self._address = ""
        elif tag in {"td", "th", "tr", "table"}:
            self._close_cell()
            if tag == "tr":
                self._fill()

    def handle_data(self, data: str) -> None:
        """Add words to the open cell."""
        if self._cell is not None:
            self._cell.append(data)

    def _close_cell(self) -> None:
        if self._cell is None:
            return
        said = _SPACE.sub(" ", "".join(self._cell)).replace("|", "¦").strip()
        self._cell = None
        if not self._rows:
            self._rows.append([])
        self._fill()
        row, (down, across) = self._rows[-1], self._reach
        for _ in range(across):
            self._n_cells += 1
            if down > 1:
                self._spans[len(row)] = (down - 1, said)
            row.append(said)

    def _fill(self) -> None:
        """Repeat the cells of earlier rows that reach down to the place where the row has come to."""
        row = self._rows[-1] if self._rows else []
        while len(row) in self._spans:
            column = len(row)
            n_left, said = self._spans.pop(column)
            if n_left > 1:
                self._spans[column] = (n_left - 1, said)
            row.append(said)


def _number(written: str | None) -> int:
    return min(int(written), _MAX_SPAN) if written and written.isascii() and written.isdigit() and int(written) else 1
