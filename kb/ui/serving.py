"""What a server of the pages needs: the script that it runs and the options that it runs with."""

from importlib.resources import files
from pathlib import Path


def entry() -> Path:
    """The script that Streamlit runs."""
    return Path(str(files("kb").joinpath("ui", "entry", "app.py")))


def config_file() -> Path:
    """Streamlit's options: inside the installed package, or the checkout's own."""
    packaged = Path(str(files("kb").joinpath("ui", "config.toml")))
    return packaged if packaged.is_file() else Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml"
