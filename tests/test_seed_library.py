"""The seed library: sixty notes that a researcher would trust, in good order."""

import json
import re
from pathlib import Path

import networkx as nx
import pytest

from ingest.markdown import blocks
from ingest.notes import find_notes, parse_note
from ingest.papers import read_papers
from ingest.plain import plain, wikilinks
from kb.domain import Source
from kb.identity import ArxivId, is_before
from kb.ledger import status_of
from kb.library import Library
from kb.services.scale import matrix
from tests.conftest import REPOSITORY, SHARED

NOTES = REPOSITORY / "notes"
PAPERS = {paper.id: paper for paper in read_papers(NOTES / "papers.jsonl")[0]}
SOURCES = {path.stem: parse_note(path.read_text(encoding="utf-8"), path.name) for path in find_notes(NOTES)}
INQUIRIES = (REPOSITORY / "benchmarks" / "questions-inquiries.jsonl").read_text(encoding="utf-8")
MUST_ANSWER = [json.loads(line) for line in INQUIRIES.splitlines()]


def body_of(source: Source) -> str:
    return source.text.split("\n---\n", 1)[1]


def test_the_library_is_large_enough():
    """A newcomer's first question would find too little."""
    assert len(SOURCES) >= 60
    assert len(PAPERS) >= 150


def test_the_lint_has_nothing_to_report(seed_library: Library):
    """The worked example of the format would break its own rules."""
    assert seed_library.check_notes() == []
    assert seed_library.failures() == []
    assert seed_library.problems() == []


@pytest.mark.parametrize("slug", sorted(SOURCES))
def test_each_note_argues_at_length_and_links_in_sentences(slug: str):
    """A note would be a stub, a list, or an island."""
    source = SOURCES[slug]
    body = body_of(source)
    assert 150 <= len(plain(body).split()) <= 420
    prose = [b for b in blocks(source.text, len(source.text) - len(body)) if b.kind in {"paragraph", "quote"}]
    links = [link for b in prose for link in wikilinks(source.text, b.char_start, b.char_end)]
    assert len({link.target for link in links}) >= 3
    assert all(link.alias for link in links)
    assert 2 <= len(re.findall(r"[.!?](?:\s|$)", source.summary)) <= 4
    assert source.claim.endswith(".")


@pytest.mark.parametrize("slug", sorted(SOURCES))
def test_each_claim_is_dated_scoped_and_rests_on_known_papers(slug: str):
    """A claim could not be re-tested: nobody would know since when and on what it holds."""
    source = SOURCES[slug]
    assert source.claims
    for claim in source.claims:
        assert claim.evidence
        assert str(claim.scope)
        for reference in claim.evidence:
            if reference.startswith("arXiv:"):
                paper = PAPERS[ArxivId.parse(reference).base]
                assert is_before(claim.as_of, paper.date) is not True


def test_every_cited_paper_is_listed_and_every_listed_one_cited():
    """A citation would render without title and date, or the list would grow stale."""
    cited = {ArxivId.parse(r).base for s in SOURCES.values() for r in s.references if r.startswith("arXiv:")}
    assert cited - PAPERS.keys() == set()
    assert PAPERS.keys() - cited == set()


def test_tensions_are_many_and_mutual():
    """Disagreements between papers would be smoothed over."""
    pairs = {(slug, link.target) for slug, s in SOURCES.items() for link in s.links if link.kind == "tension"}
    assert all((b, a) in pairs for a, b in pairs)
    assert len(pairs) // 2 >= 10


def test_the_notes_form_one_graph_with_clusters_and_no_hub(seed_library: Library):
    """The map would fall apart, or be a star around one note."""
    figures = seed_library.graph.figures()
    assert figures["graph_parts"] == 1
    assert figures["orphans"] == 0
    assert figures["graph_clusters"] >= 5
    linked = nx.DiGraph((edge.source, edge.target) for edge in seed_library.parts.edges())
    assert nx.number_weakly_connected_components(linked) == 1
    assert {f"note:{slug}" for slug in SOURCES} == set(linked)
    assert max(degree for _, degree in linked.in_degree()) <= len(SOURCES) // 4


@pytest.mark.parametrize("labelled", MUST_ANSWER, ids=lambda labelled: labelled["question"][:40])
def test_the_two_inquiries_draw_on_the_notes_that_they_should(seed_library: Library, labelled: dict):
    """The questions that the library was built for would be answered from beside the point."""
    answer = seed_library.ask(labelled["question"])
    used = {source.id.removeprefix("note:") for source in answer.sources}
    assert len(used & set(labelled["expected"])) >= 6
    assert answer.status == "answered"
    words = sum(len(plain(sentence.text).split()) for sentence in answer.sentences)
    assert 180 <= words <= 360
    assert 2 <= len(answer.themes) <= 5
    assert 3 <= len(answer.next_lines) <= 6
    assert len({sentence.text for sentence in answer.sentences}) == len(answer.sentences)


@pytest.mark.parametrize("labelled", MUST_ANSWER, ids=lambda labelled: labelled["question"][:40])
def test_every_citation_resolves_to_the_words_of_the_file(seed_library: Library, labelled: dict):
    """A quote would not stand where the answer says that it stands."""
    for sentence in seed_library.ask(labelled["question"]).sentences:
        assert sentence.state == "quoted"
        for citation in sentence.citations:
            path = seed_library.root / "notes" / f"{citation.source.removeprefix('note:')}.md"
            text = path.read_text(encoding="utf-8")
            assert text[citation.char_start : citation.char_end] == citation.quote
            assert citation.rests_on


@pytest.mark.parametrize("question", ["what is the capital of France", "best treatment for gout"])
def test_unrelated_questions_get_no_answer(seed_library: Library, question: str):
    """The library would answer from notes that have nothing to do with the question."""
    answer = seed_library.ask(question)
    assert answer.status == "insufficient_evidence"
    assert answer.sentences == ()
    assert answer.absence.note
    assert answer.absence.would_help


def test_papers_agree_with_the_metadata_that_they_come_from():
    """A title or date would have been mistyped."""
    dump = SHARED / "data" / "arxiv" / "topical-2664.jsonl"
    if not dump.is_file():
        pytest.skip("the shared arXiv metadata is not here")
    found = {record["id"]: record for record in map(json.loads, dump.read_text(encoding="utf-8").splitlines())}
    both = PAPERS.keys() & found.keys()
    assert len(both) > 0.9 * len(PAPERS)
    letters = re.compile(r"[^a-z]")
    for paper_id in both:
        theirs = letters.sub("", found[paper_id]["title"].lower())
        assert letters.sub("", PAPERS[paper_id].title.lower()) == theirs


def test_the_wheel_would_carry_the_notes():
    """`kb init --seed` would make an empty library away from a checkout."""
    import tomllib

    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]["notes"] == "kb/seed_notes"
    assert (Path(REPOSITORY) / "notes" / "papers.jsonl").is_file()


def test_the_findings_that_flip_with_scale_are_seen_first():
    """The blog's and the lesson's flips, which the matrix was made for, would be lost among other rows."""
    rows = matrix(status_of(claim, (note.id,), ()) for note in SOURCES.values() for claim in note.claims)
    flips = {
        row.label[:24]: [(cell.sizes, cell.winner or cell.direction.value) for cell in row.cells]
        for row in rows
        if row.flips
    }
    assert flips == {
        "In the blog’s single run": [("<1B", "plain"), ("1-4B", "scaffolded"), ("4-10B", "scaffolded")],
        "The lesson page says tha": [("4-10B", "hurts"), (">50B", "helps")],
    }
    assert all(row.flips for row in rows[: len(flips)])


@pytest.mark.parametrize(("example", "asked"), list(zip(("smaller-models", "fine-tuning"), MUST_ANSWER, strict=True)))
def test_the_prompts_of_the_docs_are_those_of_the_library(seed_library: Library, example: str, asked: dict[str, str]):
    """A reader would be shown a prompt that the product does not write; docs/prompts.md says how they are made."""
    # The library keeps the prompt, which no other test looks at.
    prompt = seed_library.prompts.render(asked["question"], as_of="2026-11")
    assert prompt.text == (REPOSITORY / "docs" / "examples" / f"prompt-{example}.md").read_text(encoding="utf-8")


def test_the_answer_of_the_docs_shows_what_the_audit_finds(seed_library: Library):
    """The tour would show tags that mean nothing, or faults that are not found."""
    prompt = seed_library.prompts.render(MUST_ANSWER[0]["question"], as_of="2026-11")
    text = (REPOSITORY / "docs" / "examples" / "answer-smaller-models.md").read_text(encoding="utf-8")
    reply = seed_library.prompts.import_reply(text)
    assert reply.prompt_id == prompt.id
    assert [item.staged for item in reply.items] == [True, False, False, True]
    assert "arXiv:2604.99123 is unresolved" in reply.items[1].problems[0]
    assert any("not newer than the claim" in problem for problem in reply.items[2].problems)
