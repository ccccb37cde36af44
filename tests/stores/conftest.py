"""A sound Chroma index, copied for each test that harms it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.stores.chroma import ChromaIndex
from tests.stores.fakes import DIMENSION, MODEL, FakeVectors, grown


@pytest.fixture(scope="module")
def first_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a sound index of stage 0, to be copied."""
    folder = tmp_path_factory.mktemp("chroma") / "first"
    index = ChromaIndex(folder, grown(0), MODEL, DIMENSION)
    index.synchronise()
    index.close()
    return folder


@pytest.fixture
def folder(first_index: Path, tmp_path: Path) -> Path:
    return shutil.copytree(first_index, tmp_path / "chroma")


@pytest.fixture
def catalog() -> FakeVectors:
    return grown(0)


@pytest.fixture
def index(folder: Path, catalog: FakeVectors) -> Iterator[ChromaIndex]:
    index = ChromaIndex(folder, catalog, MODEL, DIMENSION)
    yield index
    index.close()
