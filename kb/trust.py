"""What a library's `kb.toml` may not decide by itself, because the library may come from somebody else.

A file that came with a folder of notes must not send a person's texts or keys to an address of its choosing. So options
in `kb.toml` may name addresses on this computer; any other host has to be named in `KB_TRUSTED_HOSTS` too, which only
the person can set. Keys are never taken from `kb.toml`. Nor may a library bring the judge of its own sentences along.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from kb.errors import BadInput

TRUSTED_HOSTS = "KB_TRUSTED_HOSTS"
_ADDRESS_NAME = re.compile(r"url|uri|base|host|endpoint|proxy|proxies|address|server|domain", re.IGNORECASE)
_KEY_NAME = re.compile(r"key$|secret|password|credential|(?:api|auth|access|bearer|refresh)_?token$", re.IGNORECASE)
_ADDRESS = re.compile(r"://|^//")


def check_options(options: Mapping[str, object], where: str) -> None:
    """Refuse options that hold a key or name a host that nobody but the file vouches for.

    Args:
        options: arguments of an embedder or a writer, as `kb.toml` gives them.
        where: what to call them.

    Raises:
        BadInput: if one of them is refused.
    """
    for name, value in options.items():
        if _KEY_NAME.search(name):
            raise BadInput(
                f"{where}: `{name}` looks like a key, and kb.toml is no place for keys",
                cure="Remove it, and set the environment variable that the provider reads",
            )
        if isinstance(value, str) and (_ADDRESS_NAME.search(name) or _ADDRESS.search(value)):
            host = _host(value)
            if host not in _trusted() and not _is_here(host):
                raise BadInput(
                    f"{where}: `{name}` would send your texts to {host[:80] or 'an unreadable address'}",
                    cure=f"If you trust it, set {TRUSTED_HOSTS}={host[:80] or 'HOST'} in your environment",
                )


def stays_here(options: Mapping[str, object]) -> bool:
    """Whether options name an address, and none but on this computer."""
    named = [v for k, v in options.items() if isinstance(v, str) and (_ADDRESS_NAME.search(k) or _ADDRESS.search(v))]
    return bool(named) and all(_is_here(_host(value)) for value in named)


def check_judge(name: object, root: Path, where: str) -> None:
    """Refuse a judge whose files lie in the library that it is to judge.

    Args:
        name: the judge as `kb.toml` names it.
        root: the library's folder.
        where: what to call the setting.

    Raises:
        BadInput: if it is refused.
    """
    provider, _, folder = str(name or "").partition(":")
    if provider == "onnx" and (root / Path(folder).expanduser()).resolve().is_relative_to(root.resolve()):
        raise BadInput(
            f"{where}: the folder {folder[:80]!r} is part of the library, whose sentences it would judge",
            cure="Move it elsewhere and give its whole path, or name it by KB_JUDGE if you trust it",
        )


def _host(value: str) -> str:
    try:
        return (urlsplit(value if _ADDRESS.search(value) else f"//{value}").hostname or "").casefold()
    except ValueError:
        return ""


def _trusted() -> set[str]:
    return {host.strip().casefold() for host in os.environ.get(TRUSTED_HOSTS, "").split(",") if host.strip()}


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
