"""What every command needs: the library, progress on standard error, lines of output and of warning."""

import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.errors import BadInput, Interrupted

if TYPE_CHECKING:
    from kb.library import Library
    from kb.library.costs import Plan
    from kb.ports import Progress


LlmOption = Annotated[
    str,
    typer.Option("--llm", help="What writes: extractive, anthropic, anthropic:MODEL, ollama:MODEL, ….", metavar="NAME"),
]


YesFlag = Annotated[bool, typer.Option("--yes", help="Go on although a language model will be called.")]


class _State:
    """What the options before a command said."""

    library: Path | None = None


state = _State()


@contextmanager
def open_library(llm: str = "") -> Iterator["Library"]:
    """The library that the options and the folder point at.

    Args:
        llm: what writes answers, in place of the setting.

    Raises:
        Interrupted: in place of KeyboardInterrupt, which would end in a traceback.
        DamagedCatalog: in place of what SQLite says of a broken file.
    """
    from kb.library import Library
    from kb.stores.damage import damaged, is_damage

    try:
        with Library.open(state.library, llm=llm) as library:
            try:
                yield library
            except sqlite3.DatabaseError as error:
                if is_damage(error):
                    raise damaged(library.parts.catalog_file, error) from error
                raise
    except KeyboardInterrupt:
        raise Interrupted("Stopped. What was done is kept", cure="The same command goes on from there") from None


@contextmanager
def lost_by_ctrl_c(made: str, again: str) -> Iterator[None]:
    """Where Ctrl-C leaves nothing of what is made, a person is told so.

    Args:
        made: what is made here, as in "Nothing of this answer is kept".
        again: what the same command does.

    Raises:
        Interrupted: in place of KeyboardInterrupt.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"Stopped. Nothing of this {made} is kept", cure=f"The same command {again} again") from None


def announce(plan: "Plan | None") -> None:
    """Say what a text from a language model takes, before it is asked; nothing where that costs nothing."""
    if plan and plan.dollars != 0:
        warn([f"{plan.model} is asked {plan.calls}, {plan.cost}"])


def agreed(plan: "Plan", *, yes: bool, cure: str) -> None:
    """Say what a run of many calls takes at most; without a person's word for it, nothing is called.

    Raises:
        BadInput: if the person has not agreed yet.
    """
    cost = f"{plan.model} will be called {plan.calls} with some {plan.n_tokens:,} tokens of evidence, {plan.cost}"
    if not yes:
        raise BadInput(cost, cure=cure)
    warn([cost])


def within(plan: "Plan", limit_usd: float, fewer: str) -> None:
    """Refuse what would end half way, where that costs as much and tells little.

    Args:
        plan: of the run.
        limit_usd: may be spent.
        fewer: how to ask for less.

    Raises:
        BadInput: if the run would take more.
    """
    if plan.dollars is not None and plan.dollars > limit_usd:
        raise BadInput(
            f"{plan.model} would be called {plan.calls}, {plan.cost}, and ${limit_usd:.2f} may be spent",
            cure=f"Raise KB_LLM_SPENDING_LIMIT_USD, or {fewer}",
        )


@contextmanager
def progress_bar() -> Iterator["Progress"]:
    """A bar on standard error, drawn once there is something to wait for; plain lines where that is no terminal."""
    if not sys.stderr.isatty():
        yield _progress_lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar
    from rich.text import Text

    class RateColumn(ProgressColumn):
        """Items a second, or a minute where they are slow."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed or 0.0
            return Text(f"{speed:.0f}/s" if speed >= 1 else f"{60 * speed:.0f}/min" if speed else "")

    bar = Bar(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), RateColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    tasks: dict[str, object] = {}

    def update(stage: str, done: int, total: int) -> None:
        if not tasks:
            bar.start()
        if stage not in tasks:
            tasks[stage] = bar.add_task(stage, total=total)
        bar.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]

    try:
        yield update
    finally:
        bar.stop()


def _progress_lines() -> "Progress":
    """A line for the beginning and the end of each stage, and one for every tenth in between."""
    last: dict[str, int] = {}

    def update(stage: str, done: int, total: int) -> None:
        tenth = 10 * done // max(total, 1)
        if last.get(stage) != tenth:
            last[stage] = tenth
            print(f"{stage}: {done:,} of {total:,}", file=sys.stderr, flush=True)  # noqa: T201

    return update


def write_text(path: Path, text: str) -> None:
    """Write what a command made to the file that it was told to.

    Raises:
        BadInput: if it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror})", cure="Name another file") from None


def given_text(name: str, at_most: int, cure: str, errors: str = "strict") -> str:
    """What a file holds, or standard input where its name is `-`; never more than the limit comes into memory.

    Args:
        name: as it was given.
        at_most: bytes of a file, characters of standard input.
        cure: what to do where it cannot be used.
        errors: what becomes of bytes that are no UTF-8, as `bytes.decode` says.

    Raises:
        BadInput: if it cannot be read, is larger, or is no text.
    """
    try:
        if name == "-":
            text: str | bytes = sys.stdin.read(at_most + 1)
        else:
            with Path(name).open("rb") as file:
                text = file.read(at_most + 1)
        if len(text) > at_most:
            raise BadInput(f"{name} is larger than {at_most:,} bytes", cure=cure)
        return text if isinstance(text, str) else text.decode("utf-8", errors)
    except UnicodeDecodeError:
        raise BadInput(f"{name} is no UTF-8 text", cure=cure) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"{name} cannot be read ({reason})", cure=cure) from None


def out(text: str) -> None:
    """Print a result."""
    print(text)  # noqa: T201


def warn(lines: Iterable[str]) -> None:
    """Print what a person should know beside the result, on standard error, a line each and each once."""
    for line in dict.fromkeys(lines):
        print(f"kb: {one_line(line).rstrip('. ')}.", file=sys.stderr)  # noqa: T201


def one_line(text: str) -> str:
    """Text from files and their names as one line that no terminal obeys."""
    from ingest.plain import terminal_safe

    return " ".join(terminal_safe(text).split())
