"""The command line. `main` is what the `kb` command runs; nothing heavy is imported before a command needs it."""

import sys
from io import TextIOWrapper


def main() -> None:
    """Run the command line and exit: 0 done, 1 and 2 to 8 as `kb.errors` says, 130 interrupted."""
    try:
        _main()
    except KeyboardInterrupt:  # before a command began, or after it ended
        sys.stderr.write("kb: Stopped\n")
        sys.exit(130)


def _main() -> None:
    from kb.cli.app import run

    # A name that is no text, or a terminal that lacks a character, must not end in a traceback.
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=errors)
    sys.exit(run(sys.argv[1:]))
