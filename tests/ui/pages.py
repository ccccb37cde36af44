"""Runs one page as a session does, without a browser."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

import kb.ui

_VIEWS = Path(kb.ui.__file__).parent / "views"
_SCRIPT = """
import runpy
from kb.ui import shell
with shell.boundary(), shell.opened():
    runpy.run_path({path!r})
"""


def page(name: str, **query: str) -> AppTest:
    """The page of a name, run once with values in its address."""
    test = AppTest.from_string(_SCRIPT.format(path=str(_VIEWS / f"{name}.py")), default_timeout=120)
    for key, value in query.items():
        test.query_params[key] = value
    return test.run()


def html_of(test: AppTest) -> str:
    """All HTML that a page shows."""
    return "\n".join(element.proto.body for element in test.get("html"))


def said(test: AppTest) -> str:
    """What a page shows of text: headings, captions, messages, HTML."""
    parts = [test.title, test.subheader, test.caption, test.info, test.warning, test.error, test.success]
    return "\n".join([*(str(e.value) for part in parts for e in part), html_of(test)])
