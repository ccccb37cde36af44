"""Expands the macros that a TeX document defines for itself, so that its words are there to be read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.errors import BadDocument

_DEFINITION = re.compile(
    r"\\(?:(?:re|provide)?newcommand|providecommand|renewcommand|DeclareRobustCommand|DeclareMathOperator|def|gdef|edef)"
    r"\*?(?![A-Za-z@])\s*"
)
_NAME = re.compile(r"\{\s*\\([A-Za-z@]+)\s*\}|\\([A-Za-z@]+)")
_N_ARGUMENTS = re.compile(r"\s*\[([0-9])\]\s*")
_PARAMETERS = re.compile(r"(?:\s*#[1-9])*\s*(?=\{)")
_USE = re.compile(r"\\([A-Za-z@]+)\*?")
_SPACE = re.compile(r"[ \t]*\n?[ \t]*")
_ARGUMENT = re.compile(r"#([1-9])")
_MAX_TEXT = 5_000_000
_MAX_PASSES = 6
_MAX_BODY = 5_000
# Each may be looked at up to the end of the text.
_MAX_BROKEN = 50

# Known to the reader by name; what a style makes of them would only hide that.
_KEPT = frozenset((
    "section subsection subsubsection paragraph subparagraph chapter part title author date abstract caption footnote "
    "item label ref eqref autoref cref Cref cite citep citet citealp citeauthor citeyear textcite parencite begin end "
    "maketitle appendix thanks input include url href verb emph textbf textit text mathrm mathbf frac sqrt today and "
    "bibliography bibitem thefootnote theequation thefigure thetable thesection baselinestretch arraystretch"
).split())  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Macro:
    n_arguments: int
    default: str | None
    body: str


def expand(text: str) -> str:
    """Text with its own macros replaced by what they stand for, and their definitions gone.

    Raises:
        BadDocument: if it grows beyond 5,000,000 characters.
    """
    text, macros = _without_definitions(text)
    for _ in range(_MAX_PASSES if macros else 0):
        before, text = text, "".join(_expanded(text, macros))
        if text == before:
            break
    return text


def group_end(text: str, start: int, marks: str = "{}") -> int:
    """Where a group that opens at `start` closes: the offset after its last mark; -1 if it does not."""
    depth = 0
    for match in re.compile(rf"\\.|[\{marks[0]}\{marks[1]}]", re.DOTALL).finditer(text, start, start + 200_000):
        if match[0] == marks[0]:
            depth += 1
        elif match[0] == marks[1]:
            depth -= 1
            if depth == 0:
                return match.end()
    return -1


def _without_definitions(text: str) -> tuple[str, dict[str, _Macro]]:
    macros: dict[str, _Macro] = {}
    kept: list[str] = []
    place = broken = 0
    for match in _DEFINITION.finditer(text):
        if match.start() < place or broken > _MAX_BROKEN:
            continue
        found = _definition(text, match)
        broken += found is None
        if found:
            name, macro, end = found
            if name not in _KEPT and len(macro.body) <= _MAX_BODY:
                macros[name] = macro
            kept.append(text[place : match.start()])
            place = end
    return "".join([*kept, text[place:]]), macros


def _definition(text: str, match: re.Match[str]) -> tuple[str, _Macro, int] | None:
    """(name, macro, end) of the definition that a match begins."""
    name = _NAME.match(text, match.end())
    if not name:
        return None
    place, n_arguments, default = name.end(), 0, None
    if "def" in match[0] and "newcommand" not in match[0]:
        parameters = _PARAMETERS.match(text, place)
        if not parameters:
            return None
        place, n_arguments = parameters.end(), parameters[0].count("#")
    elif number := _N_ARGUMENTS.match(text, place):
        place, n_arguments = number.end(), int(number[1])
        if text[place : place + 1] == "[" and (end := group_end(text, place, "[]")) > 0:
            default, place = text[place + 1 : end - 1], end
    place = _SPACE.match(text, place).end()  # type: ignore[union-attr]
    end = group_end(text, place) if text[place : place + 1] == "{" else -1
    if end < 0:
        return None
    body = text[place + 1 : end - 1]
    if "MathOperator" in match[0]:
        body = rf"\operatorname{{{body}}}"
    return name[1] or name[2], _Macro(n_arguments, default, body), end


def _expanded(text: str, macros: dict[str, _Macro]) -> Iterator[str]:
    """One pass: every use of a macro replaced once."""
    place = size = 0
    for match in _USE.finditer(text):
        macro = macros.get(match[1])
        if macro is None or match.start() < place:
            continue
        arguments, end = _arguments(text, match.end(), macro)
        if arguments is None:
            continue
        body = _ARGUMENT.sub(lambda number, found=arguments: found.get(number[1], ""), macro.body)  # type: ignore[misc]
        # A letter after the use must not become part of the body's last macro.
        glue = " " if re.search(r"\\[A-Za-z]+\Z", body) and text[end : end + 1].isalpha() else ""
        yield text[place : match.start()]
        yield body + glue
        place = end
        size += len(body)
        if size > _MAX_TEXT:
            raise BadDocument("its macros expand without end", cure="Add the paper's PDF or HTML instead")
    yield text[place:]


def _arguments(text: str, place: int, macro: _Macro) -> tuple[dict[str, str] | None, int]:
    """Arguments by number and where they end; None where there are too few."""
    found: dict[str, str] = {}
    for number in range(1, macro.n_arguments + 1):
        if number == 1 and macro.default is not None:
            end = group_end(text, place, "[]") if text[place : place + 1] == "[" else -1
            found["1"] = text[place + 1 : end - 1] if end > 0 else macro.default
            place = max(end, place)
            continue
        start = _SPACE.match(text, place).end()  # type: ignore[union-attr]
        end = group_end(text, start) if text[start : start + 1] == "{" else start + 1
        if end < 0 or start >= len(text):
            return None, place
        found[str(number)] = text[start + 1 : end - 1] if text[start] == "{" else text[start]
        place = end
    if not macro.n_arguments and text[place : place + 2] != "{}":
        # TeX swallows the space after a name; people forget that, and `\xspace` mends it.
        return found, place
    return found, place + 2 if text[place : place + 2] == "{}" else place
