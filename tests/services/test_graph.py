"""What the graph tells of a library: neighbourhoods, paths, suggestions, and links that are accepted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.records import SuggestionKind
from kb.domain import EdgeKind
from kb.errors import BadInput, KbError, NotFound
from kb.library import Library
from kb.services.suggest_links import with_link

LOOSEN, KEEP, HURT = "does-tuning-loosen-steps", "can-tuning-keep-steps", "does-length-hurt-small-models"


UNLINKED = """\
# Do small models tire in long chains?

Small language models lose accuracy when a chain of thought grows long. Each step of a chain can go wrong, and for small
models it goes wrong more often. Accuracy rises with chain length at first and then declines.
"""


@pytest.fixture
def with_unlinked(library: Library, small_root: Path) -> Library:
    """A library with a note that is near to another and linked with none."""
    (small_root / "notes" / "tiring-chains.md").write_text(UNLINKED, encoding="utf-8")
    library.refresh()
    return library


@pytest.fixture
def library(small_root: Path) -> Iterator[Library]:
    with Library.open(small_root) as library:
        library.refresh()
        yield library


def ids(connections: object) -> set[str]:
    return {c.node.id.split(":", 1)[1] for c in connections}  # type: ignore[attr-defined]


def test_a_neighbourhood_tells_who_links_here_and_why(library: Library):
    """A reader could not see what leans on a note."""
    found = library.graph.show(LOOSEN)
    assert ids(found.links) == {KEEP, HURT}
    assert ids(found.backlinks) == {KEEP, HURT, "do-strong-teachers-overwhelm"}
    assert ids(found.tensions) == {KEEP}
    assert ids(found.cites) == {"2411.15382"}
    backlink = next(c for c in found.backlinks if c.node.id == "note:do-strong-teachers-overwhelm")
    assert backlink.why.startswith("A small student spends its capacity")
    link = next(c for c in found.links if c.node.id == f"note:{HURT}")
    assert link.why == "Longer chains make the same models lose their thread sooner."
    assert found.topics == ("cot-faithfulness", "fine-tuning")
    assert found.n_direct == len(found.connections)
    assert found.n_two_hop >= found.n_direct


def test_papers_are_nodes_whether_or_not_the_library_holds_them(library: Library):
    """A paper's own neighbourhood, the notes that rest on it, could not be seen."""
    paper = library.graph.show("2411.15382v1")
    assert (paper.node.id, paper.node.title, paper.node.held) == (
        "arxiv:2411.15382",
        "On the Impact of Fine-Tuning",
        False,
    )
    assert ids(paper.cited_by) == {LOOSEN}
    assert paper.related_notes == ()


def test_related_notes_are_ordered_by_likeness(library: Library):
    """The first in the list would not be the most related."""
    related = library.graph.show(LOOSEN).related_notes
    cosines = [c.cosine for c in related]
    assert cosines == sorted(cosines, reverse=True)
    assert len(related) == 4
    graph = library.parts.graph
    assert graph is not None
    row = graph.index[f"note:{LOOSEN}"]
    likeness = graph.vectors @ graph.vectors[row]
    likeness[row] = -1
    assert related[0].node.id == graph.ids[int(likeness.argmax())]


@pytest.mark.parametrize(
    "name", [LOOSEN, f"note:{LOOSEN}", "Does tuning loosen the steps from the answer?", f" {LOOSEN}.md "]
)
def test_a_node_is_found_by_all_its_names(library: Library, name: str):
    """Only who knows the slug could look at a note."""
    assert library.graph.show(name).node.id == f"note:{LOOSEN}"


def test_an_unknown_name_proposes_the_nearest(library: Library):
    """A slip of the pen would end the search."""
    with pytest.raises(NotFound, match=f"Perhaps {LOOSEN}"):
        library.graph.show("does-tuning-losen-steps")
    with pytest.raises(NotFound, match="Perhaps do-tools-lift-the-limit"):
        library.graph.show("the calculator puzzles")
    with pytest.raises(NotFound, match="nothing in the graph"):
        library.graph.show("")


def test_a_topic_lists_what_is_about_it(library: Library):
    """Topics would be words without a use."""
    found = library.graph.show("small models")
    assert found.node.id == "topic:small-models"
    assert ids(found.related_notes) == {HURT, "do-strong-teachers-overwhelm"}
    assert (found.n_direct, found.n_two_hop) == (0, 0)


def test_kept_inquiries_are_nodes_and_lead_to_what_they_quote(library: Library):
    """A note would not show which answers stand on it."""
    answer = library.ask("do long chains hurt small models", save=True)
    quoted = {source.id for source in answer.sources}
    found = library.graph.show(HURT)
    assert f"note:{HURT}" in quoted
    assert len(found.inquiries) == 1
    inquiry = library.graph.show(found.inquiries[0].node.id)
    assert inquiry.node.kind == "inquiry"
    assert {c.node.id for c in inquiry.inquiries} == quoted
    path = library.graph.path(inquiry.node.id, HURT)
    assert [step.kind for step in path.steps] == [EdgeKind.USES]


def test_a_path_gives_the_reason_for_each_step(library: Library):
    """Two notes would be said to belong together without a why."""
    path = library.graph.path("do-tools-lift-the-limit", KEEP)
    assert path.steps
    assert path.steps[0].source.id == "note:do-tools-lift-the-limit"
    assert path.steps[-1].target.id == f"note:{KEEP}"
    assert all(step.why for step in path.steps)
    assert all(a.target == b.source for a, b in zip(path.steps, path.steps[1:], strict=False))
    assert library.graph.path(KEEP, KEEP).steps == ()


def test_reasons_name_the_claim_on_a_paper_and_the_sentences_that_are_alike(with_unlinked: Library):
    """A reader would be told that two things belong together and not see why."""
    library = with_unlinked
    cited = library.graph.show(LOOSEN).cites[0]
    claim = library.parts.catalog.claims(f"note:{LOOSEN}")[0]
    assert cited.why == f"claim as of {claim.as_of}: {claim.text}"
    step = library.graph.path("2411.15382v3", LOOSEN).steps[0]
    assert step.why == f"it is among the sources of “{step.target.title}”, for the {cited.why}"
    near = library.graph.show("tiring-chains").near[0]
    ours, _, theirs = near.why.removeprefix("“").removesuffix("”").partition("” and “")
    assert ours in library.note("tiring-chains").text.replace("\n", " ")
    assert theirs in library.note(near.node.id).text.replace("\n", " ")
    step = library.graph.path(near.node.id, "tiring-chains").steps[0]
    assert step.why.startswith(f"each is among the other's nearest sources (cosine {near.cosine:.2f}): “")
    drawn = {(edge.source, edge.target): edge.why for edge in library.graph.map().edges}
    assert drawn[f"note:{LOOSEN}", "arxiv:2411.15382"] == cited.why


def test_what_nothing_connects_has_no_path(library: Library, small_root: Path):
    """A path would be made up."""
    (small_root / "notes" / "alone.md").write_text("# Bread\n\nSourdough wants time and warmth.\n", encoding="utf-8")
    library.refresh()
    assert library.graph.path("alone", KEEP).steps == ()
    found = library.graph.show("alone")
    assert (found.n_direct, found.n_two_hop, found.cluster) == (0, 0, None)


def test_every_cluster_says_what_it_holds(library: Library):
    """A cluster would be a number."""
    views = library.graph.clusters()
    assert sum(view.n_notes for view in views) == 5
    assert all(view.cluster.name and view.central for view in views)


def test_suggestions_are_of_unlinked_notes_with_the_sentences_that_make_them_near(with_unlinked: Library):
    """A suggestion could be of a link that is there, or without a ground."""
    library = with_unlinked
    linked = {frozenset((e.source, e.target)) for e in library.parts.edges()}
    found = library.graph.suggest()
    links = [s for s in found if s.kind is SuggestionKind.LINK]
    assert links
    for suggestion in links:
        assert frozenset((suggestion.source.id, suggestion.target.id)) not in linked
        ours = library.note(suggestion.source.id)
        assert suggestion.source_sentence.split()[0] in ours.text
        assert suggestion.target_sentence
    assert found == library.graph.suggest()


def test_orphans_and_duplicates_are_seen(library: Library, small_root: Path):
    """A note that nothing links to, or that is there twice, would stay so."""
    twin = (
        (small_root / "notes" / f"{HURT}.md")
        .read_text(encoding="utf-8")
        .replace("[[does-tuning-loosen-steps|", "")
        .replace("]]", "")
    )
    (small_root / "notes" / "twin.md").write_text(twin, encoding="utf-8")
    library.refresh()
    found = {(s.kind, s.source.id, s.target.id) for s in library.graph.suggest()}
    assert (SuggestionKind.ORPHAN, "note:twin", f"note:{HURT}") in found
    assert (SuggestionKind.DUPLICATE, f"note:{HURT}", "note:twin") in found
    duplicate = next(s for s in library.graph.suggest() if s.kind is SuggestionKind.DUPLICATE)
    with pytest.raises(BadInput, match="duplicate"):
        library.graph.accept(duplicate)


def test_accepting_writes_the_link_into_the_file_and_the_graph(with_unlinked: Library, small_root: Path):
    """A suggestion would have to be typed by hand."""
    library = with_unlinked
    suggestion = next(s for s in library.graph.suggest() if s.kind is SuggestionKind.LINK)
    path = small_root / "notes" / suggestion.source.file
    before = path.read_text(encoding="utf-8")
    assert library.graph.accept(suggestion) == path
    after = path.read_text(encoding="utf-8")
    assert after.startswith(before.rstrip("\n"))
    assert after.endswith(f"## See also\n\n- [[{suggestion.target.file.removesuffix('.md')}]]\n")
    assert suggestion.target.id in {c.node.id for c in library.graph.show(suggestion.source.id).links}
    assert suggestion not in library.graph.suggest()


def test_the_reason_of_an_accepted_link_is_where_it_stands_and_what_is_alike(with_unlinked: Library):
    """The bare name of a note would be given as the reason why another leads to it."""
    library = with_unlinked
    suggestion = next(s for s in library.graph.suggest() if s.kind is SuggestionKind.LINK)
    source, target = suggestion.source.id, suggestion.target.id
    library.graph.accept(suggestion)
    alike = f"“{suggestion.source_sentence}” and “{suggestion.target_sentence}”"
    link = next(c for c in library.graph.show(source).links if c.node.id == target)
    assert link.why == f"listed under “See also”; most alike are {alike}"
    back = next(c for c in library.graph.show(target).backlinks if c.node.id == source)
    assert back.why == library.graph.path(target, source).steps[0].why == link.why
    drawn = {(edge.source, edge.target, edge.kind): edge.why for edge in library.graph.map().edges}
    assert drawn[source, target, "link"] == "listed under “See also”"


def test_a_tension_that_is_only_listed_has_no_words(library: Library, small_root: Path):
    """A list entry would count as a sentence about a disagreement."""
    for slug, other in ((HURT, "do-tools-lift-the-limit"), ("do-tools-lift-the-limit", HURT)):
        path = small_root / "notes" / f"{slug}.md"
        text = path.read_text(encoding="utf-8").replace("\ndate:", f"\ntensions: [{other}]\ndate:", 1)
        text = text.replace(f"[[{other}|", "[[nowhere|") + f"\n## See also\n\n- [[{other}]]\n"
        path.write_text(text, encoding="utf-8")
    library.refresh()
    faults = {(finding.note, finding.rule) for finding in library.check_notes()}
    assert {(HURT, "wordless-tension"), ("do-tools-lift-the-limit", "wordless-tension")} <= faults


@pytest.mark.parametrize(("near", "far"), [("v2/Delta.md", "v2/sub/Delta.md"), ("Delta.md", "v2/Delta.md")])
def test_a_link_between_notes_of_one_name_leads_to_the_other(library: Library, small_root: Path, near: str, far: str):
    """An accepted link would lead from a note to itself, and be called done."""
    for name, about in (
        (near, "Rivers carry sand into the sea."),
        (far, "A small change is written with this letter."),
    ):
        path = small_root / "notes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {about}\n\n{about} {about}\n", encoding="utf-8")
    library.refresh()
    first, second = (s.id for name in (near, far) for s in library.parts.catalog.sources() if s.origin == name)
    nodes = [library.graph.show(node).node for node in (first, second)]
    suggestion = library.graph.suggest()[0].model_copy(update={"kind": SuggestionKind.LINK})
    for source, target in (nodes, nodes[::-1]):
        library.graph.accept(suggestion.model_copy(update={"source": source, "target": target}))
    ends = {(edge.source, edge.target) for edge in library.parts.catalog.edges()}
    assert {(first, second), (second, first)} <= ends


def test_a_hand_edit_is_never_overwritten(with_unlinked: Library, small_root: Path):
    """What a person wrote meanwhile would be lost."""
    library = with_unlinked
    suggestion = next(s for s in library.graph.suggest() if s.kind is SuggestionKind.LINK)
    path = small_root / "notes" / suggestion.source.file
    edited = path.read_text(encoding="utf-8") + "\nWritten by hand.\n"
    path.write_text(edited, encoding="utf-8")
    with pytest.raises(KbError, match="was changed since"):
        library.graph.accept(suggestion)
    assert path.read_text(encoding="utf-8") == edited
    assert not list(path.parent.glob("*conflict*"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# A\n\nWords.\n", "# A\n\nWords.\n\n## See also\n\n- [[b]]\n"),
        ("# A\r\n\r\nWords.\r\n", "# A\r\n\r\nWords.\r\n\r\n## See also\r\n\r\n- [[b]]\r\n"),
        ("Words.\n\n## See also\n\n- [[c]]\n\n", "Words.\n\n## See also\n\n- [[c]]\n- [[b]]\n"),
        (
            "## See also\n\nWords.\n\n## More\n\nWords.\n",
            "## See also\n\nWords.\n\n## More\n\nWords.\n\n## See also\n\n- [[b]]\n",
        ),
        ("", "\n\n## See also\n\n- [[b]]\n"),
    ],
)
def test_a_link_goes_to_the_end_and_nothing_else_changes(text: str, wanted: str):
    """Accepting a suggestion would rewrite a note in another hand."""
    assert with_link(text, "b") == wanted


def test_a_written_link_is_never_quoted(with_unlinked: Library):
    """An answer would quote a bare title as if it said something."""
    library = with_unlinked
    suggestion = next(s for s in library.graph.suggest() if s.kind is SuggestionKind.LINK)
    library.graph.accept(suggestion)
    name = suggestion.target.file.removesuffix(".md")
    for sentence in library.ask(suggestion.target.title).sentences:
        assert name not in sentence.text
