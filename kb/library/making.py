"""Making a library: a folder with a kb.toml and notes."""

import shutil
from pathlib import Path

from kb.config import CONFIG_FILE
from kb.errors import BadInput
from kb.seed import seed_notes

_CONFIG_TEXT = """\
# A library of inquiring-kb. Every key is optional; docs/cli.md lists them all.
notes = "notes"
"""


def make(path: str | Path, *, seed: bool = False) -> Path:
    """See `kb.library.Library.create`."""
    root = Path(path).expanduser().resolve()
    try:
        (root / "notes").mkdir(parents=True, exist_ok=True)
        if seed:
            for file in sorted(seed_notes().iterdir()):
                if file.suffix in {".md", ".jsonl"} and not (root / "notes" / file.name).exists():
                    draft = root / "notes" / f".{file.name}.tmp"
                    shutil.copyfile(file, draft)
                    draft.replace(root / "notes" / file.name)
        # Last, because it is what makes the folder a library: a run that was cut short is simply done again.
        if not (root / CONFIG_FILE).exists():
            (root / CONFIG_FILE).write_text(_CONFIG_TEXT, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be made a library ({error.strerror})", cure="Name another folder") from None
    return root
