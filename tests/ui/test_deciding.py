"""Where a person decides on what a model proposes: the same as the command does, and words for what goes wrong."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kb.domain import ProposedRelation, RelationState, Source, SourceKind
from kb.library import Library
from kb.services import add
from tests.proposed import KEEP, LOOSEN, WHY, propose
from tests.ui.pages import html_of, page, said


@pytest.fixture
def proposed(root: Path) -> ProposedRelation:
    """A relation between the two notes on tuning, that waits."""
    with Library.open(root) as library:
        return propose(library)


def kept(root: Path) -> RelationState:
    with Library.open(root) as library:
        return library.parts.catalog.relations()[0].state


def press(test: AppTest, name: str, relation: ProposedRelation) -> AppTest:
    return test.button(key=f"{name}-{relation.id}").click().run()


def test_the_map_lists_what_waits_with_both_sides_and_what_would_be_written(root: Path, proposed: ProposedRelation):
    """A person would decide without seeing what the relation rests on."""
    test = page("map", view="proposed")
    shown = html_of(test)
    for quote in proposed.quotes:
        assert quote.quote in shown
    assert f"Challenges [[{LOOSEN}]]: {WHY}" in shown
    assert f"at the end of {KEEP}.md" in shown
    assert "Proposed by tests:none on 2026-11-21" in shown
    assert "Proposed (1)" in str(test.main)


def test_accepting_writes_the_note_and_says_where(root: Path, proposed: ProposedRelation):
    """The page would do something else than the command, or nobody would learn what it did."""
    test = press(page("map", view="proposed"), "accept", proposed)
    assert f"It is written at the end of {KEEP}" in said(test).replace("\\", "")
    assert "No relation waits" in said(test)
    assert f"- Challenges [[{LOOSEN}]]: {WHY}\n" in (root / "notes" / f"{KEEP}.md").read_text(encoding="utf-8")
    assert kept(root) is RelationState.ACCEPTED


def test_a_notes_page_lists_its_own_and_rejects(root: Path, proposed: ProposedRelation):
    """A reader of a note would not learn what is proposed of it, or could not say no."""
    assert "Proposed by a model" not in html_of(page("notes", note="do-tools-lift-the-limit"))
    test = page("notes", note=LOOSEN)
    assert "Proposed by a model, accepted by nobody: 1" in html_of(test)
    before = (root / "notes" / f"{KEEP}.md").read_bytes()
    test = press(test, "reject", proposed)
    assert "It is rejected" in said(test)
    assert "accepted by nobody" not in html_of(test)
    assert (root / "notes" / f"{KEEP}.md").read_bytes() == before
    assert kept(root) is RelationState.REJECTED


def test_a_note_that_changed_meanwhile_is_read_first_and_then_written(root: Path, proposed: ProposedRelation):
    """Somebody's edit would be lost, or stand in the way of a decision that it has nothing to do with."""
    test = page("map", view="proposed")
    path = root / "notes" / f"{KEEP}.md"
    edited = path.read_text(encoding="utf-8") + "\nEdited by hand.\n"
    path.write_text(edited, encoding="utf-8")
    press(test, "accept", proposed)
    assert path.read_text(encoding="utf-8").startswith(edited)
    assert kept(root) is RelationState.ACCEPTED


@pytest.mark.parametrize("how", ["gone", "quote lost"])
def test_what_no_longer_stands_is_said_and_not_written(root: Path, proposed: ProposedRelation, how: str):
    """A click would do nothing and say nothing, or write words that rest on nothing."""
    test = page("map", view="proposed")
    path = root / "notes" / f"{KEEP}.md"
    text = path.read_text(encoding="utf-8")
    path.unlink() if how == "gone" else path.write_text(text.replace("for causal steps", "for steps"), encoding="utf-8")
    test = press(test, "accept", proposed)
    assert "no longer stands" in said(test).replace("\\", "")
    assert "See also" not in "".join(p.read_text(encoding="utf-8") for p in (root / "notes").glob("*.md"))
    assert kept(root) is RelationState.PROPOSED


def test_a_decision_that_was_made_elsewhere_is_told(root: Path, proposed: ProposedRelation):
    """Two people would decide against each other, and the later click pass in silence."""
    test = page("map", view="proposed")
    with Library.open(root) as library:
        library.relations.reject(proposed.id)
    test = press(test, "accept", proposed)
    assert "was rejected already" in said(test).replace("\\", "")
    assert kept(root) is RelationState.REJECTED


def test_words_of_models_and_notes_are_shown_as_words(root: Path):
    """A model, or a library from elsewhere, could run a script in the page that decides."""
    script = "<img src=x onerror=alert(1)>"
    with Library.open(root) as library:
        relation = propose(library, why=f"it says {script} [words](javascript:alert(1))", model=f"m{script}")
        assert library.relations.list() == [relation]
    shown = html_of(page("map", view="proposed"))
    assert "<img" not in shown
    assert 'href="javascript' not in shown
    assert "&lt;img" in shown


def test_without_proposals_the_page_says_how_to_come_by_some(root: Path):
    """An empty view would leave a person without a next step."""
    test = page("map", view="proposed")
    assert "kb graph relate --llm NAME" in said(test).replace("\\", "")
    assert not test.exception


def test_a_relation_of_two_papers_can_only_be_rejected(root: Path):
    """Accept would be offered where no note could say it, and fail."""
    said_of_it = "Fine-tuned models let their stated steps decide the answer less often."
    ends = [f"arxiv:2411.1538{n}v1" for n in (2, 3)]
    papers = [Source(id=i, kind=SourceKind.PAPER, title=f"On steps {i[-3]}", text=said_of_it) for i in ends]
    with Library.open(root) as library:
        relation = propose(library)
        add.add_sources(papers, library.parts.catalog, library.parts.embedder)
        library.refresh()
        (passage,) = library.passages(ends[0])
        quote = relation.quotes[0].model_copy(
            update={
                "source": ends[0],
                "passage": passage.id,
                "quote": said_of_it,
                "char_start": 0,
                "char_end": len(said_of_it),
            }
        )
        relation = relation.model_copy(update={"source": ends[0], "target": ends[1], "quotes": (quote,)})
        with library.parts.catalog.writing():
            library.parts.catalog.put_relation(relation)
    test = page("papers", paper=ends[0])
    assert "Neither of the two is a note that could say this" in html_of(test)
    assert "Nothing is quoted of it" in html_of(test)
    assert test.button(key=f"accept-{relation.id}").disabled
    assert "It is rejected" in said(press(test, "reject", relation))
