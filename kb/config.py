"""Settings: `kb.toml` in the library's folder, then environment variables, then what the command line says."""

import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kb.errors import BadInput, NotFound
from kb.trust import check_judge, check_options

CONFIG_FILE = "kb.toml"
DATA_FOLDER = ".kb"
Role = Literal["llm", "judge"]
"""What a language model is asked to be."""
_ROLES = {"llm": "llm_options", "judge": "judge_options"}
"""Settings that name a language model, and those with its arguments."""
_ONLY_IN_FILES = frozenset(("notes", "embedder_options", *_ROLES.values()))
"""Settings that no variable gives as plain text."""


class Settings(BaseModel):
    """What `kb.toml` may say; every key is optional."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    notes: str = Field("notes", description="folder of the notes, relative to kb.toml")
    embedder: str = Field("minilm", description="`minilm`, or a llama-index embedding as provider:model")
    embedder_options: dict[str, str | int | float | bool] = Field(
        {}, description="arguments of a llama-index embedding"
    )
    llm: str = Field("extractive", description="what writes answers: `extractive`, `anthropic`, or provider:model")
    llm_options: dict[str, str | int | float | bool] = Field({}, description="arguments of that language model")
    llm_spending_limit_usd: float = Field(0.5, ge=0, description="what a run may spend on paid models")
    judge: str = Field(
        "",
        description="what judges whether passages bear sentences out: provider:model, or `onnx:FOLDER`; empty for none",
    )
    judge_options: dict[str, str | int | float | bool] = Field(
        {}, description="arguments of a judge; those of `llm` hold where it has none and the provider is the same"
    )
    vector_index: str = Field("auto", pattern="^(auto|chroma|scan)$", description="what answers dense queries")
    contact: str = Field("", description="mail or web address that requests to arXiv and the web give")
    lock_timeout_seconds: float = Field(60.0, ge=0, description="how long to wait for another writer")

    def options_of(self, role: Role) -> dict[str, str | int | float | bool]:
        """Arguments of the language model that writes, or of the one that judges."""
        if role == "llm":
            return self.llm_options
        is_the_same = _provider_of(self.judge) == _provider_of(self.llm)
        return self.judge_options or (self.llm_options if is_the_same else {})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a library is and how it is set up."""

    root: Path
    settings: Settings

    @property
    def notes(self) -> Path:
        """Folder of the note files."""
        return self.root / self.settings.notes

    @property
    def data(self) -> Path:
        """Folder of the catalog and of what is derived from it."""
        return self.root / DATA_FOLDER


def user_library() -> Path:
    """The per-user library, used where no other is named or found: `$XDG_DATA_HOME/inquiring-kb`."""
    base = os.environ.get("XDG_DATA_HOME") or (os.environ.get("LOCALAPPDATA") if os.name == "nt" else None)
    return (Path(base) if base else Path.home() / ".local" / "share") / "inquiring-kb"


def find_library(named: Path | None = None, start: Path | None = None) -> Path:
    """The library's folder: the one named, `KB_LIBRARY`, the nearest parent with a `kb.toml`, or the per-user one.

    Raises:
        NotFound: if a folder was named that is no library.
    """
    if named is None and (variable := os.environ.get("KB_LIBRARY")):
        named = Path(variable)
    if named is not None:
        folder = named.expanduser().resolve()
        if not (folder / CONFIG_FILE).is_file():
            raise NotFound(f"{named} is not a library (it has no {CONFIG_FILE})", cure=f"Make one: kb init {named}")
        return folder
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / CONFIG_FILE).is_file():
            return folder
    return user_library()


def read_place(root: Path, *, llm: str = "") -> Place:
    """The library at `root` with its settings.

    Args:
        root: the library's folder.
        llm: takes the place of that setting where it is not empty.

    Raises:
        NotFound: if there is none.
        BadInput: if `kb.toml` or an environment variable cannot be used.
    """
    path = root / CONFIG_FILE
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(f"there is no library at {root}", cure="Make one with `kb init --seed`") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is not valid TOML ({error})", cure="Mend that line") from None
    for name in ("embedder_options", *_ROLES.values()):
        if isinstance(options := values.get(name), dict):
            check_options(options, f"{path}: {name}")
    check_judge(values.get("judge"), root, f"{path}: judge")
    named = {role: str(values.get(role, "")) for role in _ROLES}
    for name in Settings.model_fields:
        if (value := os.environ.get(f"KB_{name.upper()}")) and name not in _ONLY_IN_FILES:
            values[name] = value
    values["llm"] = llm or values.get("llm", "extractive")
    for role, options in _ROLES.items():
        _set_options(values, role, options, named[role])
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "a key"
        raise BadInput(
            f"{path} or its environment variable: `{where}`: {first['msg']}", cure="See docs/cli.md for the settings"
        ) from None
    place = Place(root, settings)
    if "\0" in settings.notes or not place.notes.resolve().is_relative_to(root.resolve()):
        raise BadInput(f"{path}: `notes` leads out of the library", cure="Name a folder inside it")
    return place


def _provider_of(model: str) -> str:
    """What stands before the colon of a language model's name."""
    return model.partition(":")[0]


def _set_options(values: dict[str, Any], role: str, options: str, named: str) -> None:
    """Options from the environment; those of `kb.toml` only for the provider that they were written for.

    Raises:
        BadInput: if the variable is no JSON object.
    """
    if text := os.environ.get(variable := f"KB_{options.upper()}"):
        try:
            values[options] = json.loads(text)
        except ValueError:
            raise BadInput(f"{variable} is no JSON object", cure='Write it like {"max_tokens": 4000}') from None
    elif _provider_of(str(values.get(role, ""))) != _provider_of(named):
        values.pop(options, None)
