"""No text makes a pattern slow: every regular expression of the product on text made to fit it almost."""

import importlib
import pkgutil
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from re import _constants as op
from re import _parser as parser
from typing import Any

import pytest

PACKAGES = ("kb", "ingest", "graph", "prompts")
UNITS = (
    " ", "\n", "\t", "a", "A", "1", "é", "(", "[", "{", "<", "*", "_", "`", "\\", "$", "|", "-", ".", ",", '"', "“", "'",
    "~", "#", "%", "&", "=", "a ", "a\n", "\n ", "a,", "1.", "1 ", "a.", "a. ", "A ", "Ab ", "Ab, ", "a1", "a(", "(a",
    "“a", "a|", "|a|", "[a]", "{a}", "(1)", "| ", "> ", "# ", "../", "@", " and ", "\r\n",
)  # fmt: skip
SHORT, LONG = 800, 3_200
SUSPICIOUS_SECONDS, QUADRATIC = 3e-4, 9
"""100 kB take 40 ms at that pace; four times the text takes a quadratic pattern sixteen times as long."""


def patterns() -> dict[str, re.Pattern[Any]]:
    """Every compiled pattern that a module holds, by its place; of pages only those beside the views."""
    found: dict[str, re.Pattern[Any]] = {}

    def collect(value: object, name: str, depth: int = 0) -> None:
        if isinstance(value, re.Pattern):
            found.setdefault(name, value)
        elif isinstance(value, dict) and depth < 3:
            collect([*value.keys(), *value.values()], name, depth)
        elif isinstance(value, (list, tuple, set, frozenset)) and depth < 3:
            for number, item in enumerate(value):
                collect(item, f"{name}.{number}", depth + 1)

    for package in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.startswith(("kb.ui.main", "kb.ui.views", "kb.ui.entry")):
                for name, value in vars(importlib.import_module(module.name)).items():
                    collect(value, f"{module.name}.{name}")
    return dict(sorted({id(pattern): (name, pattern) for name, pattern in found.items()}.values()))


def literals(tree: Any) -> Iterator[str]:
    """The runs of letters and signs that stand in a pattern as they are."""
    run = ""
    for code, value in tree:
        if code is op.LITERAL:
            run += chr(value)
            continue
        if run:
            yield run
        run = ""
        if code in (op.SUBPATTERN, op.ASSERT, op.ASSERT_NOT, op.ATOMIC_GROUP):
            yield from literals(value if code is op.ATOMIC_GROUP else value[-1])
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            yield from literals(value[2])
        elif code is op.BRANCH:
            for branch in value[1]:
                yield from literals(branch)
    if run:
        yield run


def hostile(pattern: re.Pattern[Any]) -> Iterator[tuple[Any, Any]]:
    """Texts that repeat one thing, after one of the pattern's own words or none, in two lengths."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    own = list(dict.fromkeys(literals(parser.parse(source, pattern.flags & (re.VERBOSE | re.IGNORECASE)))))[:12]
    for lead in ("", *own[:3]):
        for unit in (*UNITS, *own, *(f"{word} " for word in own)):
            texts = [(lead + unit * (n // len(unit) + 1))[:n] for n in (SHORT, LONG)]
            short, long = texts if isinstance(pattern.pattern, str) else [text.encode() for text in texts]
            yield short, long


Use = Callable[[Any], object]


def uses(place: str, pattern: re.Pattern[Any]) -> list[Use]:
    """The ways in which its module uses a pattern: from a text's beginning, on the whole of it, or anywhere in it."""
    module, _, name = place.rpartition(".")
    while module not in sys.modules:
        module, _, name = module.rpartition(".")
    named = set(
        re.findall(
            rf"\b{name}(?: if \w+ else \w+)?\)?\.([a-z]+)",
            Path(str(sys.modules[module].__file__)).read_text(encoding="utf-8"),
        )
    )
    anywhere = named - {"match", "fullmatch"} or not named
    kinds = {"match": pattern.match, "fullmatch": pattern.fullmatch}
    found: list[Use] = [use for kind, use in kinds.items() if kind in named]
    return [*found, lambda text: list(pattern.finditer(text))] if anywhere else found


def seconds(use: Use, text: Any) -> float:
    start = time.process_time()
    use(text)
    return time.process_time() - start


def slow_text(use: Use, pattern: re.Pattern[Any]) -> str:
    """A text on which a use takes time out of proportion, in words; empty where none is found."""
    for short, long in hostile(pattern):
        before = seconds(use, short)
        if before > SUSPICIOUS_SECONDS:
            before = min(before, *(seconds(use, short) for _ in range(2)))
        if before > SUSPICIOUS_SECONDS and (after := min(seconds(use, long) for _ in range(2))) > QUADRATIC * before:
            return f"{before:.4f} s for {SHORT}, {after:.4f} s for {LONG} of {long[:30]!r}"
    return ""


@pytest.fixture(scope="module")
def compiled() -> dict[str, re.Pattern[Any]]:
    return patterns()


def test_the_patterns_are_found(compiled: dict[str, re.Pattern[Any]]):
    """The test below would look at none, and pass."""
    assert len(compiled) > 250
    assert {"ingest.tex._COMMENT", "kb.identity._OLD_ID"} <= set(compiled)


def test_no_pattern_takes_time_out_of_proportion(compiled: dict[str, re.Pattern[Any]]):
    """A paper, a page or an answer could hang the program for hours."""
    slow = {
        name: said
        for name, pattern in compiled.items()
        for use in uses(name, pattern)
        if (said := slow_text(use, pattern))
    }
    assert not slow


def test_a_slow_pattern_would_be_noticed():
    """The test above would be blind."""
    bad = re.compile(r"(?:[a-f]*[0-9])x")
    assert slow_text(lambda text: list(bad.finditer(text)), bad)


def _repeats_group_possessively(item: Any) -> bool:
    """Whether a parsed pattern has a possessive repeat of more than one character's choice."""
    if isinstance(item, parser.SubPattern):
        return any(_repeats_group_possessively(own) for own in item.data)
    if not isinstance(item, (tuple, list)):
        return False
    if len(item) == 2 and item[0] is op.POSSESSIVE_REPEAT:
        *_, repeated = item[1]
        if len(repeated) != 1 or repeated[0][0] not in (op.IN, op.LITERAL, op.NOT_LITERAL, op.ANY):
            return True
    return any(_repeats_group_possessively(own) for own in item)


def test_no_group_is_repeated_possessively() -> None:
    """Python before 3.11.5 matches such groups wrongly (gh-106052), and would cut sentences elsewhere than others do."""
    assert _repeats_group_possessively(parser.parse(r"x(?:a|bc)*+"))
    assert not _repeats_group_possessively(parser.parse(r"x(?>(?:a++|bc)*)[ab]*+"))
    wrong = [name for name, p in patterns().items() if _repeats_group_possessively(parser.parse(p.pattern, p.flags))]
    assert wrong == []
