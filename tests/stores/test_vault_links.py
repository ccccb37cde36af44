"""Links of vaults that people really keep: each leads to its note, or is reported with file and line."""

import tarfile
from pathlib import Path, PurePosixPath

import pytest

from ingest.notes import find_notes, read_note
from kb.errors import BadNote
from kb.identity import slugify
from kb.ports import Entry, FileState
from kb.services.headings import lost_headings
from kb.stores.catalog import SqliteCatalog
from kb.stores.graph_rows import name_of_target

VAULTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "vaults"


def filled(archive: Path, folder: Path) -> tuple[SqliteCatalog, dict[str, str]]:
    """A catalog of a vault's notes without passages, and their texts."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder / "vault", filter="data")
    catalog, texts = SqliteCatalog(folder / "catalog.sqlite3", "none", 4), {}
    with catalog.writing():
        for path in find_notes(folder / "vault"):
            try:
                note = read_note(path, folder / "vault")
            except BadNote:
                continue
            # By path, as notes of one name are told apart.
            own = note.model_copy(update={"id": f"note:{slugify(note.origin)}"})
            catalog.put(Entry(own, [], [], []))
            catalog.put_file(FileState(note.origin, 0, 0, "", own.id))
            texts[own.id] = note.text
    return catalog, texts


@pytest.mark.parametrize(
    ("name", "links", "unresolved", "to_headings", "lost"),
    [("foam-docs", 215, 3, 54, 2), ("lckyn-kb", 1208, 8, 1, 0), ("dendron-site", 3136, 129, 1295, 221)],
)
def test_links_of_real_vaults_lead_to_their_notes(
    tmp_path: Path, name: str, links: int, unresolved: int, to_headings: int, lost: int
):
    """A vault would fall apart on its way into the library."""
    archive = VAULTS / f"{name}.tar.gz"
    if not archive.is_file():
        pytest.skip("no vaults beside this checkout")
    catalog, texts = filled(archive, tmp_path)
    assert catalog.count("links") == links
    broken = catalog.unresolved()
    assert len(broken) == unresolved
    stems = {slugify(PurePosixPath(path).stem) for path in catalog.files()}
    for source_id, target, line in broken:
        assert name_of_target(target) not in stems
        assert target.split("/")[-1][:20] in texts[source_id].split("\n")[line - 1]
    edges = catalog.edges()
    assert len(edges) <= links - unresolved
    assert all(edge.source in texts and edge.target in texts for edge in edges)
    assert (len(catalog.heading_links()), len(lost_headings(catalog))) == (to_headings, lost)
    catalog.close()
