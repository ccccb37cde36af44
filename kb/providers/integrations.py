"""Classes of llama-index's integration packages, found by the names that settings give them."""

import importlib
from collections.abc import Mapping
from typing import Any, Literal

from kb.errors import BadInput, MissingExtra
from kb.providers.model_errors import in_short

_BASES = {
    "LLM": ("llama_index.core.base.llms.base", "BaseLLM"),
    "embedding": ("llama_index.core.base.embeddings.base", "BaseEmbedding"),
}
_INSTALL = "Install llama-index-core and the package that has it"


def place_of(name: str, known: Mapping[str, tuple[str, str]]) -> tuple[str, str, str] | None:
    """Module, class and model that a setting names as `provider:model` or by a class's dotted path.

    Args:
        name: what the setting says.
        known: module and class of each provider.

    Returns:
        An empty model for a dotted path; None where the name has neither form.
    """
    provider, _, model = name.partition(":")
    if provider in known and model:
        return (*known[provider], model)
    if "." in provider and not model:
        module_name, _, class_name = provider.rpartition(".")
        return module_name, class_name, ""
    return None


def integration_class(
    kind: Literal["LLM", "embedding"],
    name: str,
    place: tuple[str, str, str],
    known: Mapping[str, tuple[str, str]],
    advice: str = "",
) -> Any:
    """The class at a place, and none of another kind: settings from elsewhere must not call what they like.

    Args:
        kind: what the class must be.
        name: what the setting says.
        place: what `place_of` makes of it.
        known: module and class of each provider, whose packages can be named in a cure.
        advice: what follows the cure.

    Raises:
        BadInput: if it is no class of that kind.
        MissingExtra: if its package is not installed.
    """
    module_name, class_name, _ = place
    base_module, base_name = _BASES[kind]
    try:
        base = getattr(importlib.import_module(base_module), base_name)
        found = getattr(importlib.import_module(module_name), class_name, None)
    except (ImportError, ValueError) as error:
        package = module_name.replace(".", "-").replace("_", "-")
        install = f"pip install {package}" if (module_name, class_name) in known.values() else _INSTALL
        reason = f"the {kind} {name!r} cannot be loaded ({in_short(error)})"
        raise MissingExtra(reason, cure=f"{install}. {advice}" if advice else install) from None
    if not (isinstance(found, type) and issubclass(found, base)):
        raise BadInput(f"{name!r} is no llama-index {kind}", cure=f"Name a class that extends {base_name}")
    return found
