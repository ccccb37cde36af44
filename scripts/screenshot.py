"""Make docs/images/ask.svg: what `kb ask` prints in a terminal, as a picture.

python scripts/screenshot.py
"""

import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "why do small models lose faithfulness"
LINES = 46


def main() -> None:
    """Run the command in this checkout and draw the top of what it says."""
    command = [sys.executable, "-c", "from kb.cli import main; main()", "ask", QUESTION]
    environment = {**os.environ, "COLUMNS": "96"}
    printed = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
    console = Console(record=True, width=98, file=Path(os.devnull).open("w"))  # noqa: SIM115 - lives as long as the script
    console.print(Text(f'$ kb ask "{QUESTION}"\n', style="bold green"))
    for line in printed.splitlines()[:LINES]:
        is_heading = bool(line) and line[0].isupper() and len(line) < 40 and not line.endswith((".", "]"))
        console.print(Text(line, style="bold" if is_heading or line == QUESTION else ""))
    console.print(Text("…"))
    console.save_svg(str(ROOT / "docs" / "images" / "ask.svg"), title="kb ask")


if __name__ == "__main__":
    main()
