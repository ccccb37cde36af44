"""The command line. `main` is what the `kb` command runs; nothing heavy is imported before a command needs it."""

import sys


def main() -> None:
    """Run the command line and exit: 0 done, 1 and 2 to 7 as `kb.errors` says, 130 interrupted."""
    from kb.cli.app import run

    sys.exit(run(sys.argv[1:]))
