"""What a folder with a Chroma index holds."""

import json
from pathlib import Path

from kb.stores.chroma import ChromaIndex
from kb.stores.scan import CatalogScan
from tests.stores.fakes import FakeVectors, clustered


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def assert_whole(index: ChromaIndex, catalog: FakeVectors, folder: Path) -> None:
    """Check that the index holds exactly the catalog's passages, and that nothing is left lying about."""
    assert names(folder) == {"index", "state.json", "swap.lock"}
    assert json.loads((folder / "state.json").read_text())["count"] == len(catalog.passage_keys())
    scan = CatalogScan(catalog)
    for query in clustered(30, seed=99):
        assert index.search(query, 10) == scan.search(query, 10)
