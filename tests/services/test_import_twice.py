"""Any text, imported twice: the second time changes nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.errors import BadInput
from kb.exchange import Reply
from kb.library import Library
from tests.replies_library import LABELS, PROMPT_ID, REPLIES, furnish

ANSWERS = [(REPLIES / f"{name}.md").read_text(encoding="utf-8") for name in LABELS if name[:2] != "23"]
LINES = sorted({line for text in ANSWERS for line in text.split("\n") if len(line) < 400})
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from([*LINES, "\ud800", "\x00", "\u202e"]), max_size=25).map("\n".join),
    st.sampled_from(ANSWERS).flatmap(lambda text: st.integers(0, len(text)).map(lambda end: text[:end])),
)


@pytest.fixture(scope="module")
def library(shared_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library with papers and a prompt."""
    root = shutil.copytree(shared_root, tmp_path_factory.mktemp("twice") / "library", copy_function=shutil.copy2)
    with Library.open(root) as opened:
        furnish(opened)
        yield opened


def imported(library: Library, text: str) -> Reply | None:
    try:
        return library.prompts.import_reply(text, prompt_id=PROMPT_ID, model="a model")
    except BadInput:
        return None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
def test_importing_any_text_twice_changes_nothing(library: Library, text: str):
    """An answer would be kept twice, or a second look would double its verdicts or take them back."""
    catalog = library.parts.catalog
    first = imported(library, text)
    kept = catalog.replies()
    assert imported(library, text) == first
    assert catalog.replies() == kept
    if first is None:
        return
    accepted = library.prompts.accept(first.id)
    events = catalog.events()
    assert imported(library, f"{text}\r\n") == accepted
    assert library.prompts.accept(first.id, [item.number for item in accepted.items if item.accepted]) == accepted
    assert (catalog.events(), catalog.reply(first.id)) == (events, accepted)
