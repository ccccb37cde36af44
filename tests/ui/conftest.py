"""Libraries that pages are opened on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.library import Library
from tests.replies_library import furnish

streamlit = pytest.importorskip("streamlit", reason="the pages need streamlit")


def _pages_on(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    from kb.ui.shelf import shelf

    monkeypatch.setenv("KB_LIBRARY", str(root))
    yield root
    shelf(str(root)).close()
    streamlit.cache_resource.clear()


@pytest.fixture
def root(shared_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Folder of a library with five notes that the pages are opened on."""
    yield from _pages_on(shutil.copytree(shared_root, tmp_path / "library", copy_function=shutil.copy2), monkeypatch)


@pytest.fixture
def furnished(root: Path) -> Path:
    """The same with papers, claims and a prompt that answers can be about."""
    with Library.open(root) as library:
        furnish(library)
    return root


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Folder of a library without any note."""
    yield from _pages_on(Library.create(tmp_path / "empty"), monkeypatch)
