"""`kb verify`: a text, sentence by sentence, against the library."""

from typing import Annotated

import typer

from kb.cli.context import announce, given_text, lost_by_ctrl_c, open_library, out, progress_bar, warn

_MAX_BYTES = 2_000_000


def verify(
    file: Annotated[str, typer.Argument(help="A text file, or `-` for standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Hold a text against the library, sentence by sentence: what is quoted, what passes the checks, what fails one."""
    from kb.cli.show_verification import print_verification

    text = given_text(file, _MAX_BYTES, "Name a text or Markdown file of at most 2 MB, or `-`")
    with open_library() as library:
        with progress_bar() as progress:
            library.refresh(progress)
        with lost_by_ctrl_c("report", "verifies"):
            announce(library.plan_verifying(text))
            with progress_bar() as progress:
                found = library.verify(text, progress)
        warn([*library.warnings, *found.remarks])
    if as_json:
        out(found.model_dump_json(indent=2))
    else:
        print_verification(found)
