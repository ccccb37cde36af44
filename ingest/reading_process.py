"""The child process of `ingest.readers`: reads documents from its input until that ends."""

import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from ingest.extracted import Extracted
from ingest.readers import read_frame, write_frame
from kb.errors import BadDocument

MAX_CHARACTERS = 5_000_000
_MEMORY_BYTES = 2 * 2**30
# Ends a child whose parent was killed while it was busy.
_PROCESSOR_SECONDS = 3_600
_MAX_FRAME = 200 * 2**20
_WHOLE = "Save its text to a file and add that"


def main() -> None:
    """Answer every document with its text, or with what is wrong with it."""
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not come between the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_resources()
    while True:
        try:
            question = json.loads(read_frame(sys.stdin.buffer, _MAX_FRAME))
            data = read_frame(sys.stdin.buffer, _MAX_FRAME)
        except EOFError:
            return
        answer = json.dumps(_answer(question["kind"], question["name"], data), ensure_ascii=False)
        write_frame(answers, answer.encode("utf-8", "replace"))


def _limit_resources() -> None:
    """Cap memory and processor time where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(kind: str, name: str, data: bytes) -> dict[str, Any]:
    try:
        found = _read(kind, name, data)
        if len(found.text) > MAX_CHARACTERS:
            reason = f"its text has {len(found.text):,} characters, more than {MAX_CHARACTERS:,}"
            return {"error": reason, "cure": "Split it and add the parts"}
        return asdict(found)
    except BadDocument as error:
        return {"error": error.message, "cure": error.cure}
    except ImportError as error:
        missing = error.name or "a package"
        return {"error": f"{missing}, which reads it, is not installed", "cure": "Install this program again"}
    except MemoryError:
        return {"error": "reading it needs more memory than is allowed", "cure": _WHOLE}
    except RecursionError:
        return {"error": "its parts are nested too deep", "cure": _WHOLE}
    except Exception as error:  # a parser's bug must not end a batch
        return {"error": f"it cannot be read ({type(error).__name__})", "cure": _WHOLE}


def _read(kind: str, name: str, data: bytes) -> Extracted:
    """The reader for the kind; each brings its own library, which loads when it is first needed."""
    if kind == "pdf":
        from ingest.pdf import read_pdf

        return read_pdf(data)
    if kind == "html":
        from ingest.web import read_web_page

        return read_web_page(data)
    if kind == "tex":
        from ingest.tex import read_tex

        return read_tex(data, name)
    from ingest.text_file import read_text_file

    return read_text_file(data, name)
