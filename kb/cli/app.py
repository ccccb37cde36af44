"""The commands that work on a library as a whole."""

import json
import os
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from kb.cli import add, arxiv, claims, draft, graph, groups, retest, source
from kb.cli import prompt as prompts
from kb.cli import ui as pages
from kb.cli.context import LlmOption, one_line, open_library, out, progress_bar, state, warn
from kb.cli.faithfulness import faithfulness
from kb.cli.usage import is_help, said_of
from kb.cli.verify import verify
from kb.errors import CutShort, KbError
from kb.language import counted

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(
    name="kb",
    help="Ask a library of papers and notes; get answers in which every sentence is tied to a passage.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(add.add)
app.add_typer(source.source_app, name="source")
app.add_typer(arxiv.arxiv_app, name="arxiv")
app.command()(verify)
app.command()(faithfulness)
app.add_typer(groups.inquiry_app, name="inquiry")
groups.note_app.command("draft")(draft.note_draft)
groups.note_app.command("accept")(draft.note_accept)
app.add_typer(groups.note_app, name="note")
app.add_typer(groups.eval_app, name="eval")
app.add_typer(graph.graph_app, name="graph")
app.add_typer(claims.claims_app, name="claims")
app.command("retest")(retest.retest)
app.command()(prompts.prompt)
app.command("import")(prompts.import_answer)
app.command()(pages.ui)


@app.callback(invoke_without_command=True)
def options(
    library: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the library. Else KB_LIBRARY, the nearest parent with kb.toml, the per-user library."
        ),
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """Options of every command; they may stand before or after the command's name."""
    state.library = library
    if version:
        from kb import __version__

        out(f"kb {__version__}")
        raise typer.Exit


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where to make it.")] = Path(),
    seed: Annotated[bool, typer.Option("--seed", help="Copy the seed notes into it.")] = False,
) -> None:
    """Make a library: a kb.toml and a notes folder. What is there already stays as it is."""
    from kb.library import Library

    root = Library.create(folder, seed=seed)
    with Library.open(root) as library:
        n_notes = len(library.note_files())
    then = f'Ask it something: kb --library {folder} ask "…"'
    if not n_notes:
        then = f"Add notes, papers or documents: kb --library {folder} add …"
    out(f"Library at {root} with {counted(n_notes, 'note file')}. {then}")


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="An inquiring line. `-` reads it from standard input.")],
    as_json: JsonFlag = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    save: Annotated[bool, typer.Option("--save", help="Keep it as an inquiry.")] = False,
    llm: LlmOption = "",
    strict: Annotated[bool, typer.Option("--strict", help="Leave out sentences that fail the gate.")] = False,
    as_of: Annotated[str, typer.Option(help="Date, YYYY-MM: nothing later is evidence.", metavar="DATE")] = "",
) -> None:
    """Answer a question from the library: cited sentences, what is missing, and where to ask on."""
    from kb.cli.show import answer_as_markdown, print_answer
    from kb.cli.stream import answered

    text = sys.stdin.read(10_000) if question == "-" else question
    with open_library(llm) as library:
        answer = answered(library, text, strict, as_of)
        inquiry = library.save(answer) if save else None
        warn([*library.warnings, *answer.remarks])
    if as_json:
        out(answer.model_dump_json(indent=2))
    elif as_markdown:
        out(answer_as_markdown(answer))
    else:
        print_answer(answer)
    if inquiry:
        warn([f"Kept as {inquiry.id}"])
    if answer.incomplete or answer.is_unwritten:
        raise typer.Exit(CutShort.exit_code)


@app.command()
def stats(as_json: JsonFlag = False) -> None:
    """Count what the library holds."""
    with open_library() as library:
        with progress_bar() as progress:
            library.refresh(progress)
        figures = library.stats()
        warn(library.warnings)
    if as_json:
        out(json.dumps(figures, indent=2, ensure_ascii=False))
    else:
        width = max(map(len, figures))
        out("\n".join(f"{name.replace('_', ' '):<{width}}  {value}" for name, value in figures.items()))


@app.command()
def doctor(as_json: JsonFlag = False) -> None:
    """Look for trouble: notes that cannot be read, links that lead nowhere, an index that is behind or torn."""
    with open_library() as library:
        problems = library.problems()
    if as_json:
        out(json.dumps(list(map(asdict, problems)), indent=2, ensure_ascii=False))
    elif problems:
        out("\n".join(one_line(f"{p.what}. {p.cure}.") for p in problems))
    else:
        out("All is well.")
    if problems:
        raise typer.Exit(1)


@app.command()
def rebuild() -> None:
    """Make the Chroma index and the graph anew from the catalog, without embedding anything again."""
    with open_library() as library, progress_bar() as progress:
        report = library.rebuild(progress)
        warn(library.warnings)
    out(f"Index and graph rebuilt; {counted(report.n_embedded, 'text')} embedded.")


@app.command()
def schema() -> None:
    """Print the JSON Schema of what the other commands print with --json."""
    from kb.cli.schemas import schemas

    out(json.dumps(schemas(), indent=2))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code."""
    code: object = 0
    try:
        try:
            code = app(_library_first(list(arguments)), prog_name="kb", standalone_mode=False)
        finally:
            sys.stdout.flush()  # now, while a reader that has gone can still be caught
    except TyperException as error:
        if is_help(error):
            print(error.format_message(), file=sys.stderr)  # noqa: T201
        else:
            warn([said_of(error)])
        return error.exit_code
    except KbError as error:
        warn([str(error)])
        return error.exit_code
    except BrokenPipeError:
        # The reader (`head`, say) has what it wanted; closing quietly is what a filter does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, sqlite3.Error) as error:
        # The disk's or the system's doing, which may show anywhere; its words say more than a traceback.
        warn([f"{error}. See that the disk has room and the library's folder can be read and written"])
        return 1
    return code if isinstance(code, int) else 0


def _library_first(arguments: list[str]) -> list[str]:
    """`--library DIR` moved before the command, where the option is declared, from wherever it was written."""
    for i, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == "--library" and i + 1 < len(arguments):
            return [*arguments[i : i + 2], *arguments[:i], *arguments[i + 2 :]]
        if argument.startswith("--library="):
            return [argument, *arguments[:i], *arguments[i + 1 :]]
    return arguments
