"""A command line that cannot be read, in one line: what of it, why, and where to look."""

from typing import Any

from typer.exceptions import TyperException

_MAX_SHOWN = 80
_TOO_MANY = "Got unexpected extra argument(s)"


def said_of(error: TyperException) -> str:
    """What is wrong with a command line, with the value that was given and the help to look at.

    >>> said_of(TyperException("No such command 'frob'."))
    "No such command 'frob'. See `kb --help`"
    """
    context = getattr(error, "ctx", None)
    what = " ".join((_said_of_value(error) or _said_of_words(error)).split()).rstrip(".")
    help_of = f"`{_command(context) if context else 'kb'} --help`"
    return f"{what}{'' if what.endswith('?') else '.'} See {help_of}"


def is_help(error: TyperException) -> bool:
    """Whether it is the help of a command that needs another word, and no error."""
    return error.format_message().startswith("Usage: ")


def _said_of_value(error: TyperException) -> str:
    """What is said of a value that does not fit its option or argument; empty where it is about something else."""
    parameter, cause = getattr(error, "param", None), error.__cause__
    found: list[dict[str, Any]] = cause.errors() if cause is not None and hasattr(cause, "errors") else []
    if parameter is None or not found:
        return ""
    name = parameter.opts[-1] if parameter.param_type_name == "option" else parameter.human_readable_name
    given, why = str(found[0]["input"])[:_MAX_SHOWN], found[0]["msg"].partition(", unable")[0]
    if found[0]["type"] == "value_error":
        return f"{name}: {why.removeprefix('Value error, ')}"
    return f"{name} cannot be {given!r}: {why.replace('Input', 'it', 1)}"


def _said_of_words(error: TyperException) -> str:
    """What is said of options, commands and arguments themselves."""
    if near := getattr(error, "possibilities", None):
        return f"{error.message}. Did you mean {', '.join(sorted(near))}?"
    if error.message.startswith(_TOO_MANY):
        too_many = error.message.removeprefix(_TOO_MANY).strip(" ()")
        return f"{too_many[:_MAX_SHOWN]!r} is more than this command takes. Put words that belong together in quotes"
    return error.format_message()


def _command(context: Any) -> str:
    """The command's words, without the arguments of the groups that it stands in."""
    names = []
    while context is not None:
        names.append(context.info_name)
        context = context.parent
    return " ".join(reversed(names))
