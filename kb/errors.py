"""Every error that the product raises on purpose, as one family.

::

    KbError                  one line for the person, `exit_code` for the shell
    ├── BadInput             what was given cannot be used (2)
    │   ├── BadNote          a note file cannot be read, with its line
    │   ├── BadDocument      a paper, page or file cannot be turned into text worth keeping
    │   ├── DamagedCatalog   the library's own file is broken
    │   └── BadId            not an arXiv id, slug or date
    ├── NotFound             a library, note or inquiry that does not exist (3)
    ├── LibraryBusy          another process holds the library's lock (4)
    ├── IndexMismatch        an index made by another model, dimension or program version (5)
    ├── MissingExtra         an optional package is not installed (6)
    ├── Unavailable          a server could not be reached or would not answer (8)
    │   ├── NotReached       no connection to it could be made
    │   └── CutShort         a language model's answer ended before its end
    ├── SomeFailed           a batch finished, but some of its items failed (7)
    └── Interrupted          a person pressed Ctrl-C (130)

Each message names the input and says what to do about it.
"""


class KbError(Exception):
    """Base of every error that a person may see as one line."""

    exit_code = 1

    def __init__(self, message: str, *, cure: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message}. {self.cure}" if self.cure else self.message


class BadInput(KbError):
    """What was given cannot be used as it is."""

    exit_code = 2


class BadNote(BadInput):
    """A note file that cannot be read; `line` counts from 1, 0 where no line is to blame."""

    def __init__(self, message: str, *, line: int = 0, cure: str = "") -> None:
        super().__init__(f"line {line}: {message}" if line else message, cure=cure)
        self.line = line


class BadDocument(BadInput):
    """A paper, page or file that cannot be turned into text worth keeping."""


class BadId(BadInput):
    """Not an arXiv id, slug or date."""


class DamagedCatalog(BadInput):
    """The library's catalog is a broken file."""


class NotFound(KbError):
    """A library, note or inquiry that does not exist."""

    exit_code = 3


class LibraryBusy(KbError):
    """Another process is writing to the library."""

    exit_code = 4


class IndexMismatch(KbError):
    """An index or catalog made by another model, dimension or program version."""

    exit_code = 5


class MissingExtra(KbError):
    """An optional package that a setting asks for is not installed."""

    exit_code = 6


class Unavailable(KbError):
    """A server on the network could not be reached, would not answer or asked to wait; trying later may help."""

    exit_code = 8


class NotReached(Unavailable):
    """No connection to a server could be made."""


class CutShort(Unavailable):
    """A language model's answer ended before its end; what came before it can be used."""


class SomeFailed(KbError):
    """A batch went through, but some of its items failed and can be retried."""

    exit_code = 7


class Interrupted(KbError):
    """A person stopped the work; what was committed stays."""

    exit_code = 130
