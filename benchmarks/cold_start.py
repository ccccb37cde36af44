"""Start-up: `kb ask` and `kb --help` in fresh processes against importing chromadb and onnxruntime.

    python benchmarks/cold_start.py [--json]

Asks the seed library, built once before. The aim: ask at most 1.0 times the import, help at most 0.3 times.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from common import alternate, process_seconds, report

RUNS = 15
QUESTION = "why do small models lose faithfulness"
KB = [sys.executable, "-c", "from kb.cli import main; main()"]


def main() -> None:
    """Build the seed library in a temporary folder, then time the commands in turn."""
    with tempfile.TemporaryDirectory() as folder:
        library = str(Path(folder) / "library")
        process_seconds([*KB, "init", library, "--seed"])
        ask = [*KB, "--library", library, "ask", QUESTION]
        process_seconds(ask)  # builds it
        times = alternate(
            RUNS,
            **{
                "import chromadb, onnxruntime": [sys.executable, "-c", "import chromadb, onnxruntime"],
                "kb ask, cold process": ask,
                "kb --help": [*KB, "--help"],
            },
        )
    base = statistics.median(times["import chromadb, onnxruntime"])
    rows = [
        {
            "what": name,
            "median_s": statistics.median(values),
            "min_s": min(values),
            "max_s": max(values),
            "ratio": statistics.median(values) / base,
        }
        for name, values in times.items()
    ]
    report("cold_start", rows, f"{RUNS} runs each, in turn; ratio of medians to the import.")


if __name__ == "__main__":
    main()
