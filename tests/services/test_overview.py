"""The figures behind the plots, and parts of the map."""

from kb.library import Library


def test_sources_are_counted_by_month(small_library: Library):
    """The plot of the library over time would show other numbers than the library has."""
    rows = small_library.overview.by_month()
    notes = [row for row in rows if row.kind == "note"]
    assert [(row.month, row.count, row.total) for row in notes] == [
        ("2026-07", 1, 1),
        ("2026-08", 1, 2),
        ("2026-09", 1, 3),
        ("2026-10", 2, 5),
    ]
    assert [row.month for row in rows if row.kind == "cited paper"] == ["2024-11", "2025-02"]


def test_claims_are_counted_by_age(small_library: Library):
    """Old claims would not be seen to be old."""
    assert [(row.year, row.standing, row.count) for row in small_library.overview.claim_ages()] == [
        ("2024", "untested", 1)
    ]


def test_topics_tell_what_they_hold(small_library: Library):
    """A topic's coverage would be wrong."""
    rows = {row.topic: row for row in small_library.overview.topics()}
    assert (rows["small-models"].notes, rows["small-models"].claims) == (2, 0)
    assert rows["fine-tuning"].claims == 1
    assert rows["small-models"].newest == "2026-09-12"


def test_the_plane_is_the_same_each_time(small_library: Library):
    """The map of clusters would jump about between visits."""
    first = small_library.overview.clusters()
    assert first == small_library.overview.clusters()
    assert len(first) == len({row.id for row in first}) >= 3


def test_a_part_of_the_map_holds_what_was_asked_for(small_library: Library):
    """A filter would leave out what fits, or keep what does not."""
    whole, part = small_library.graph.map(), small_library.graph.map(topic="small-models")
    notes = {entry.node.id for entry in part.nodes if entry.node.kind == "note"}
    assert notes == {"note:does-length-hurt-small-models", "note:do-strong-teachers-overwhelm"}
    assert len(part.nodes) < len(whole.nodes)
    ids = {entry.node.id for entry in part.nodes}
    assert all({edge.source, edge.target} <= ids for edge in part.edges)
    late = small_library.graph.map(since="2026-10", until="2026-10-02")
    assert {e.node.id for e in late.nodes if e.node.kind == "note"} == {"note:does-tuning-loosen-steps"}


def test_an_empty_library_has_no_figures(tmp_path):
    """The page of plots would fail before the first note."""
    with Library.open(Library.create(tmp_path / "empty")) as library:
        library.refresh()
        assert not [*library.overview.by_month(), *library.overview.claim_ages(), *library.overview.topics()]
        assert not library.overview.clusters()
