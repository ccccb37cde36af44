"""`kb graph …` as a person and as a script use it."""

import json
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pytest

from tests.conftest import Ran

Kb = Callable[..., Ran]
LOOSEN = "does-tuning-loosen-steps"


def test_show_tells_of_a_node_in_words_and_as_json(shared_root: Path, kb: Kb):
    """Neither a reader nor a script would see the neighbourhood."""
    ran = kb("--library", shared_root, "graph", "show", LOOSEN)
    assert ran.code == 0
    for words in ("direct connections", "2-hop network", "Cluster 0", "In tension with", "Linked from", "Rests on"):
        assert words in ran.out
    found = kb("--library", shared_root, "graph", "show", LOOSEN, "--json").json
    assert found["node"]["id"] == f"note:{LOOSEN}"
    assert found["n_direct"] == 4


def test_show_says_what_is_missing_and_counts_nothing_for_a_topic(shared_root: Path, kb: Kb):
    """Papers would seem to be unrelated that the library only never read, and a topic to be connected."""
    ran = kb("--library", shared_root, "graph", "show", LOOSEN)
    assert "cited are known by id only. `kb add 2411.15382` adds one." in ran.out
    assert "known by id only" not in kb("--library", shared_root, "graph", "show", "2411.15382v2").out
    ran = kb("--library", shared_root, "graph", "show", "small models")
    assert "Notes under this topic" in ran.out
    assert "direct connection" not in ran.out


def test_path_exits_with_one_where_there_is_none(small_root: Path, kb: Kb):
    """A script could not tell a path from none."""
    (small_root / "notes" / "alone.md").write_text("# Bread\n\nSourdough wants time.\n", encoding="utf-8")
    ran = kb("--library", small_root, "graph", "path", "can-tuning-keep-steps", "2411.15382")
    assert ran.code == 0
    assert "<--" in ran.out or "-->" in ran.out
    ran = kb("--library", small_root, "graph", "path", "alone", LOOSEN)
    assert (ran.code, ran.out.strip()) == (1, "Nothing connects the two.")
    assert kb("--library", small_root, "graph", "path", "alone", "alone").code == 0
    assert kb("--library", small_root, "graph", "path", "alone", LOOSEN, "--json").json["steps"] == []


def test_an_unknown_node_is_one_line_with_a_cure(shared_root: Path, kb: Kb):
    """A typo would end in a traceback."""
    ran = kb("--library", shared_root, "graph", "show", "does-tuning-losen-steps")
    assert ran.code == 3
    assert ran.err.startswith(f"kb: nothing in the graph is called 'does-tuning-losen-steps'. Perhaps {LOOSEN} or ")
    assert len(ran.err.strip().splitlines()) == 1


def test_clusters_and_suggestions_are_listed(shared_root: Path, kb: Kb):
    """What the graph finds could not be looked at."""
    assert "Cluster 0: " in kb("--library", shared_root, "graph", "clusters").out
    assert kb("--library", shared_root, "graph", "clusters", "--json").json[0]["cluster"]["number"] == 0
    assert kb("--library", shared_root, "graph", "suggest").out.split()[1] == "bridge:"
    assert kb("--library", shared_root, "graph", "suggest", "--json").json[0]["kind"] == "bridge"


def test_accept_writes_one_link_and_a_wrong_number_none(small_root: Path, kb: Kb):
    """A slip could change a note."""
    for wrong in ("0", "99", ""):
        assert kb("--library", small_root, "graph", "suggest", "--accept", wrong).code == 2
    first = kb("--library", small_root, "graph", "suggest", "--json").json[0]
    ran = kb("--library", small_root, "graph", "suggest", "--accept", first["id"])
    assert ran.code == 0
    assert first["source"]["file"] in ran.out
    assert "## See also" in (small_root / "notes" / first["source"]["file"]).read_text(encoding="utf-8")
    assert kb("--library", small_root, "graph", "suggest", "--json").json[0] != first
    again = kb("--library", small_root, "graph", "suggest", "--limit", "1", "--accept", first["id"])
    assert again.code == 0
    assert "linked already" in again.out


@pytest.mark.parametrize("form", ["graphml", "json", "html", "dot", "obsidian-canvas"])
def test_every_format_goes_to_a_file_or_to_standard_output(shared_root: Path, tmp_path: Path, kb: Kb, form: str):
    """A map could not leave the library."""
    file = tmp_path / f"map.{form}"
    assert kb("--library", shared_root, "graph", "export", "--format", form, "-o", file).code == 0
    text = file.read_text(encoding="utf-8")
    assert kb("--library", shared_root, "graph", "export", "--format", form).out.rstrip("\n") == text.rstrip("\n")
    if form == "graphml":
        assert nx.read_graphml(file).number_of_nodes() > 5
    if form in ("json", "obsidian-canvas"):
        assert len(json.loads(text)["nodes"]) > 5


def test_a_map_can_be_limited_to_the_best_connected(shared_root: Path, kb: Kb):
    """A page of a large library would be too large to open."""
    whole = kb("--library", shared_root, "graph", "export", "--format", "json").json
    part = kb("--library", shared_root, "graph", "export", "--format", "json", "--limit", "2").json
    assert len([n for n in part["nodes"] if n["node"]["kind"] != "topic"]) == 2 < len(whole["nodes"])
    known = {n["node"]["id"] for n in part["nodes"]}
    assert all({e["source"], e["target"]} <= known for e in part["edges"])


def test_an_export_that_cannot_be_written_is_one_line(shared_root: Path, tmp_path: Path, kb: Kb):
    """A wrong path would end in a traceback."""
    ran = kb("--library", shared_root, "graph", "export", "-o", tmp_path / "no" / "such" / "folder.html")
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert len(ran.err.strip().splitlines()) == 1


TAGGED = "Does <img src=x> gout follow a < b in <i>E. coli</i>?"


def test_a_title_with_tags_is_exported_word_for_word(small_root: Path, kb: Kb):
    """A title would lose what looks like a tag, or a map or an answer in Markdown would take it for one."""
    words = "Uric acid crystals cause gout in joints."
    note = f"---\ntitle: '{TAGGED}'\nsummary: {words}\ndate: 2026-01-02\n---\n{words}\n"
    (small_root / "notes" / "gout.md").write_text(note, encoding="utf-8")
    assert TAGGED in kb("--library", small_root, "graph", "show", "gout").out
    nodes = kb("--library", small_root, "graph", "export", "--format", "json").json["nodes"]
    assert TAGGED in {entry["node"]["title"] for entry in nodes}
    page = kb("--library", small_root, "graph", "export", "--format", "html").out
    assert "<img" not in page
    assert "\\u003cimg src=x\\u003e gout" in page
    answer = kb("--library", small_root, "ask", "What causes gout in joints?", "--markdown").out
    assert "&lt;img src=x&gt; gout follow a &lt; b in &lt;i&gt;E. coli&lt;/i&gt;?" in answer
    assert "<i>" not in answer
