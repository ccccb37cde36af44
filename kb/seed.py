"""The seed library's notes as the package carries them."""

from importlib.resources import files
from pathlib import Path


def seed_notes() -> Path:
    """Folder of the seed notes: inside the installed package, or the checkout's own."""
    packaged = Path(str(files("kb").joinpath("seed_notes")))
    return packaged if packaged.is_dir() else Path(__file__).resolve().parent.parent / "notes"
