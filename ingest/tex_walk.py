"""From TeX's nodes, as pylatexenc finds them, to Markdown."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, TypeAlias

from ingest.tex_pointers import pointed, pointer
from ingest.tex_words import (
    CODE,
    DROPPED_ENVIRONMENTS,
    FORMULAS,
    FRAMES,
    GROUPS_AFTER,
    LEVELS,
    LISTS,
    SILENT,
    TABLES,
    THEOREMS,
)
from ingest.tidy import clean, document, fenced, heading, names, one_line, paragraph, pipe_table

Labels: TypeAlias = dict[str, tuple[str, str]]
"""(author, year) by citation key, or (number, "")."""

_REFERENCES = frozenset("ref eqref autoref cref Cref pageref nameref vref autoref".split())
_NARRATIVE = frozenset("citet textcite citealt Citet newcite citeauthor".split())
_BARE_FORMULA = re.compile(
    r"\\(?:begin|end)\{(?:aligned|split|gathered|equation|align|gather|multline|eqnarray|math|displaymath|spreadlines)\*?\}|\\(?:label|nonumber|notag)(?:\{[^{}]*\})?|\\(?:displaystyle|limits)(?![A-Za-z])"
)
_ALIGNMENT = re.compile(r"(?<!\\)&")
# An environment within a formula, such as its cases: there the mark parts cells.
_INNER = re.compile(r"(\\begin\{[^{}]*\}(?:(?!\\end\{)[\s\S])*\\end\{[^{}]*\})")
_OPTION = re.compile(r"\A\s*\[[^\[\]]*\]")
_REFERENCES_TITLE = re.compile(r"\W*(?:references|bibliography)\W*", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?[0-9](?:[0-9.,]|\{,\})*(?:\\?%)?")
_PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n\s*")
_RULE_OPTIONS = re.compile(r"\A\s*(?:\[[^\[\]]{0,40}\]|\([lr]{1,2}\)\s*\{[^{}]*\}|\{[0-9-]+\})\s*")

Node: TypeAlias = Any


def markdown(source: str, labels: Labels) -> str:
    """Markdown of a document's body, its macros expanded."""
    return pointed(document(_Walk(labels).blocks(_nodes(source))))


def facts(source: str, labels: Labels) -> tuple[str, tuple[str, ...], str]:
    """(title, authors, date) from their macros."""
    walk = _Walk(labels)
    found: dict[str, list[str]] = {"title": [], "author": [], "date": []}
    name = ""
    for node in _nodes(source):
        macro = getattr(node, "macroname", "") or ""
        name = macro if macro in found else name
        inner = _arguments(node) if macro in found else [node] if type(node).__name__ == "LatexGroupNode" else []
        if name and inner and inner[-1] is not None:
            found[name].append(walk.inline([inner[-1]]))
    people = [person for text in found["author"] for line in text.split("\n") for person in names(line)]
    title = one_line(next((text for text in found["title"] if text.strip()), ""))
    return title.strip("*"), tuple(dict.fromkeys(people)), " ".join(found["date"])


def _nodes(source: str) -> Sequence[Node]:
    from pylatexenc.latexwalker import LatexWalker

    return LatexWalker(source, latex_context=_context(), tolerant_parsing=True).get_latex_nodes()[0] or []


@cache
def _context() -> Any:
    """What is known of macros' arguments, besides what the library knows."""
    from pylatexenc.latexwalker import get_default_latex_context_db
    from pylatexenc.macrospec import EnvironmentSpec, MacroSpec

    context = get_default_latex_context_db()
    cites = [MacroSpec(name, "*[[{") for name in ("citealp", "citealt", "Citet", "Citep", "parencite", "textcite", "autocite", "citeyearpar", "newcite")]  # fmt: skip # noqa: E501
    refs = [MacroSpec(name, "*{") for name in ("autoref", "cref", "Cref", "nameref", "vref")]
    others = [MacroSpec("multirow", "[{[{[{"), MacroSpec("multicolumn", "{{{"), MacroSpec("caption", "*[{"), MacroSpec("subcaption", "*{"), MacroSpec("title", "[{"), MacroSpec("author", "[{"), MacroSpec("captionof", "{[{"), MacroSpec("textcolor", "[{{"), MacroSpec("tablecaption", "{"), MacroSpec("subfigure", "[{"), MacroSpec("subfloat", "[{"), MacroSpec("makebox", "[[{"), MacroSpec("parbox", "[{{")]  # fmt: skip # noqa: E501
    tables = [EnvironmentSpec("tabularx", "{{"), EnvironmentSpec("longtable", "[{"), EnvironmentSpec("deluxetable", "{"), EnvironmentSpec("deluxetable*", "{"), EnvironmentSpec("minipage", "[{"), EnvironmentSpec("wrapfigure", "[{{"), EnvironmentSpec("wraptable", "[{{")]  # fmt: skip # noqa: E501
    framed = [EnvironmentSpec(name, given) for name, given in FRAMES.items()]
    context.add_context_category("papers", macros=[*cites, *refs, *others], environments=tables + framed, prepend=True)
    return context


@cache
def _symbols() -> Any:
    from pylatexenc.latex2text import LatexNodes2Text

    return LatexNodes2Text(math_mode="verbatim", strict_latex_spaces=False)


def _arguments(node: Node) -> list[Node]:
    given = getattr(node, "nodeargd", None)
    return list(given.argnlist or []) if given else []


class _Walk:
    """Writes nodes as inline text or as blocks; footnotes follow the block that they belong to."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._footnotes: list[str] = []
        self._float = ""

    def blocks(self, nodes: Sequence[Node]) -> Iterator[str]:
        """Blocks of a list of nodes."""
        run: list[Node] = []
        for node in nodes:
            found = list(self._block(node)) if self._is_block(node) else None
            if found is None:
                run.append(node)
                continue
            yield from self._prose(run)
            run = []
            yield from found
        yield from self._prose(run)

    def _is_block(self, node: Node) -> bool:
        kind = type(node).__name__
        if kind == "LatexEnvironmentNode":
            return True
        if kind == "LatexMacroNode":
            return node.macroname in LEVELS or node.macroname in ("caption", "captionof", "tablecaption")
        if kind == "LatexMathNode":
            return bool(node.displaytype == "display")
        return kind == "LatexGroupNode" and any(map(self._is_block, node.nodelist))

    def _block(self, node: Node) -> Iterator[str]:
        kind = type(node).__name__
        if kind == "LatexGroupNode":
            yield from self.blocks(node.nodelist)
        elif kind == "LatexMathNode":
            yield _displayed(node.latex_verbatim()[2:-2])
        elif kind == "LatexMacroNode":
            yield from self._titled(node)
        else:
            yield from self._environment(node)

    def _titled(self, node: Node) -> Iterator[str]:
        """A heading, or a caption."""
        inner = [argument for argument in _arguments(node) if argument is not None]
        words = self.inline(inner[-1:]) if inner else ""
        level = LEVELS.get(node.macroname)
        if level and _REFERENCES_TITLE.fullmatch(words):
            return
        yield heading(level, words) if level else paragraph(f"{self._float}: {words}" if self._float else words)
        yield from self._notes()

    def _environment(self, node: Node) -> Iterator[str]:
        name = node.environmentname.rstrip("*")
        if name in DROPPED_ENVIRONMENTS:
            return
        if name in FORMULAS:
            yield _displayed("".join(part.latex_verbatim() for part in node.nodelist))
        elif name in TABLES:
            yield pipe_table(self._rows(node.nodelist))
        elif name in CODE:
            yield fenced(_inside(node).split("\n"))
        elif name in LISTS:
            yield from self._items(node.nodelist, numbered="enum" in name)
        elif name in ("abstract", "acknowledgments", "acknowledgements"):
            yield heading(2, name.capitalize())
            yield from self.blocks(node.nodelist)
        elif name in THEOREMS:
            found = list(filter(None, self.blocks(node.nodelist)))
            lead = f"**{name.capitalize()}.** "
            yield from [lead + found[0], *found[1:]] if found and found[0][0] not in "$|`-" else [lead, *found]
        elif kind := next((kind for kind in ("figure", "table", "algorithm") if kind in name), ""):
            self._float, before = kind.capitalize(), self._float
            yield from self.blocks(node.nodelist)
            self._float = before
        else:
            yield from self.blocks(node.nodelist)

    def _items(self, nodes: Sequence[Node], *, numbered: bool) -> Iterator[str]:
        items: list[list[Node]] = []
        for node in nodes:
            if getattr(node, "macroname", "") == "item":
                items.append([argument for argument in _arguments(node) if argument is not None])
            elif items:
                items[-1].append(node)
        for number, item in enumerate(items, 1):
            mark = f"{number}. " if numbered else "- "
            found = [block.replace("\n", "\n" + " " * len(mark)) for block in self.blocks(item) if block]
            if found:
                yield "\n\n".join([mark + found[0], *(" " * len(mark) + block for block in found[1:])])

    def _rows(self, nodes: Sequence[Node]) -> Iterator[list[str]]:
        cell: list[Node] = []
        row: list[str] = []
        for node in nodes:
            if getattr(node, "specials_chars", "") == "&":
                row += self._cell(cell)
                cell = []
            elif getattr(node, "macroname", "") in ("\\", "tabularnewline", "cr"):
                yield row + self._cell(cell)
                row, cell = [], []
            else:
                cell.append(node)
        yield row + self._cell(cell)

    def _cell(self, nodes: Sequence[Node]) -> list[str]:
        """A cell's words, and empty cells for the further columns that it spans."""
        wide = next((node for node in nodes if getattr(node, "macroname", "") == "multicolumn"), None)
        spans = [argument.latex_verbatim() for argument in _arguments(wide)[:1] if argument] if wide else []
        number = spans[0].strip("{} ") if spans else "1"
        words = _RULE_OPTIONS.sub("", one_line(self.inline(nodes)))
        return [words] + [""] * (min(int(number), 50) - 1 if number.isdecimal() else 0)

    def _prose(self, nodes: Sequence[Node]) -> Iterator[str]:
        for part in _PARAGRAPH_BREAK.split(self.inline(nodes)):
            yield paragraph(part)
        yield from self._notes()

    def _notes(self) -> Iterator[str]:
        found, self._footnotes = self._footnotes, []
        for note in found:
            yield paragraph(f"Footnote: {note}")

    def inline(self, nodes: Sequence[Node]) -> str:
        """Nodes as running text."""
        parts: list[str] = []
        skip = 0
        for node in nodes:
            kind = type(node).__name__
            if skip and kind == "LatexGroupNode":
                skip -= 1
                continue
            if kind == "LatexCharsNode" and skip:
                chars = _OPTION.sub("", node.chars)
                skip = 0 if chars.strip() else skip
                parts.append(chars)
                continue
            if kind == "LatexMacroNode":
                skip = 0 if _arguments(node) else GROUPS_AFTER.get(node.macroname, 0)
            parts.append(self._inline(node, kind))
        return clean("".join(parts))

    def _inline(self, node: Node, kind: str) -> str:
        if kind == "LatexCharsNode":
            return str(node.chars)
        if kind == "LatexGroupNode":
            return self.inline(node.nodelist)
        if kind == "LatexMathNode":
            return _in_text(node.latex_verbatim())
        if kind == "LatexMacroNode":
            return self._macro(node)
        if kind == "LatexEnvironmentNode":
            return "\n\n" + "\n\n".join(self._environment(node)) + "\n\n"
        if kind == "LatexSpecialsNode":
            return " " if node.specials_chars in ("~", "&") else "\n\n" if node.specials_chars.isspace() else str(_symbols().nodelist_to_text([node]))  # fmt: skip # noqa: E501
        return ""

    def _macro(self, node: Node) -> str:
        name = node.macroname
        inner = [argument for argument in _arguments(node) if argument is not None]
        if name in SILENT:
            return " " if name in ("vspace", "hspace", "hfill") else ""
        if "cite" in name.casefold() and inner:
            return self._citation(name, inner)
        if name in _REFERENCES and inner:
            return pointer(inner[-1].latex_verbatim().strip("{}"))
        if name in ("footnote", "footnotetext") and inner:
            self._footnotes.append(one_line(self.inline(inner[-1:])))
            return node.macro_post_space or ""
        if name in ("\\", "newline", "linebreak", "par"):
            return "\n\n" if name == "par" else "\n"
        if name == "xspace":
            return str(node.macro_post_space or "")
        if name in ("/", "@", "!", "today"):
            return ""
        if name in ("And", "AND", "and"):
            return "\n"
        if name in ("url", "nolinkurl", "path") and inner:
            return str(inner[-1].latex_verbatim()).strip("{}").replace("\\", "")
        if inner and name not in ("item",):
            words = self.inline(inner[-1:])
            if name in _symbols_with_arguments() or len(name) == 1:
                return str(_symbols().nodelist_to_text([node]))
            return words + (node.macro_post_space or "")
        return str(_symbols().nodelist_to_text([node])) if name != "item" else self.inline(inner)

    def _citation(self, name: str, inner: Sequence[Node]) -> str:
        """A citation in words where the bibliography gives them, else its numbers or keys in brackets."""
        keys = [key.strip() for key in inner[-1].latex_verbatim().strip("{}").split(",") if key.strip()]
        known = [self._labels.get(key) for key in keys]
        if name.startswith("nocite") or not keys:
            return ""
        if all(label and label[1] for label in known):
            pairs = [label for label in known if label]
            if name == "citeauthor":
                return "; ".join(author for author, _ in pairs)
            if name in _NARRATIVE:
                return "; ".join(f"{author} ({year})" for author, year in pairs)
            return "(" + "; ".join(f"{author}, {year}" for author, year in pairs) + ")"
        return "[" + ", ".join(label[0] if label else key for key, label in zip(keys, known, strict=True)) + "]"


@cache
def _symbols_with_arguments() -> frozenset[str]:
    """Accents and the like, whose meaning lies in macro and argument together."""
    return frozenset("c k b d t r u v H textsuperscript ensuremath".split())


def _inside(node: Node) -> str:
    text = node.latex_verbatim()
    return str(text[text.find("}") + 1 : text.rfind("\\end")])


def _displayed(tex: str) -> str:
    formula = one_line(_BARE_FORMULA.sub(" ", tex)).replace("$", "")
    parts = _INNER.split(formula)
    formula = one_line("".join(part if place % 2 else _ALIGNMENT.sub("", part) for place, part in enumerate(parts)))
    formula = formula.removesuffix("\\\\").strip()
    return f"$$ {formula} $$" if formula else ""


def _in_text(verbatim: str) -> str:
    """A formula within prose; a mere number is text."""
    tex = verbatim.strip()
    for mark in ("$$", "$", "\\(", "\\)"):
        tex = tex.removeprefix(mark).removesuffix(mark)
    tex = one_line(_BARE_FORMULA.sub(" ", tex))
    if _NUMBER.fullmatch(tex):
        return tex.replace("{,}", ",").replace("\\%", "%")
    tex = tex.rstrip("\\").strip().replace("$", "")
    return f"${tex}$" if tex else ""
