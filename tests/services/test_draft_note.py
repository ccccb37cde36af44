"""Drafted notes: in form, grounded, generated until accepted, and never written over a person's words."""

from pathlib import Path

import pytest

from ingest.notes import parse_note
from kb.domain import Grounding, RestsOnBasis, SupportState
from kb.errors import BadInput, KbError, NotFound
from kb.library import Library
from kb.library.drafts import asked_as
from tests.arxiv_server import ArxivServer
from tests.conftest import know_papers
from tests.papers import TUNING

ABOUT = "faithfulness of small models"


@pytest.fixture
def library(small_root: Path):
    know_papers(small_root)
    with Library.open(small_root) as opened:
        opened.refresh()
        yield opened


def test_a_draft_has_the_form_of_a_note(library: Library):
    """A draft would have to be written anew by hand before it could stand among the notes."""
    draft = library.drafts.draft(ABOUT)
    note = parse_note(draft.text, f"{draft.slug}.md")
    assert note.title == f"What is known about {ABOUT}?"
    assert note.generated
    assert note.claim
    assert note.summary
    assert note.topics
    assert all(c.evidence and set(c.evidence) <= set(note.references) for c in note.claims)
    assert note.claims
    assert {link.target for link in note.links} <= {n.id.removeprefix("note:") for n in library.notes()}
    assert note.links


def test_every_sentence_of_a_draft_was_gated_and_stands_in_it(library: Library):
    """A sentence that the gate refused, or that no passage holds, would get into a note."""
    draft = library.drafts.draft(ABOUT)
    assert draft.sentences
    for sentence in draft.sentences:
        assert sentence.state is not SupportState.UNSUPPORTED
        assert " ".join(sentence.text.split()).rstrip(".") in draft.text
        for citation in sentence.citations:
            assert library.note(citation.source).text[citation.char_start : citation.char_end] == citation.quote


def test_a_draft_is_no_evidence_until_it_is_accepted(library: Library):
    """Generated text would support itself."""
    draft = library.drafts.draft(ABOUT)
    note_id = library.drafts.save(draft)
    assert library.note(note_id).generated
    claim = library.note(note_id).claim
    verified = library.verify(f"{claim}\n").sentences[0]
    assert verified.state is not SupportState.SUPPORTED
    with pytest.raises(BadInput, match="no evidence"):
        library.drafts.draft(names=[note_id])
    again = library.drafts.draft(ABOUT, slug="another")
    assert not any(c.source == note_id for s in again.sentences for c in s.citations)
    library.drafts.accept(draft.slug)
    accepted = library.note(note_id)
    assert not accepted.generated
    assert accepted.text == draft.text.replace("status: draft\n", "")
    assert not [f for f in library.check_notes() if f"note:{f.note}" == note_id]


def test_an_answer_that_rests_on_a_draft_says_so(library: Library):
    """A reader would take a model's words for a finding."""
    text = "---\ntitle: Do otters juggle?\nclaim: Otters juggle pebbles when they are hungry.\nstatus: draft\n---\nOtters juggle pebbles when they are hungry.\n"
    (library.root / "notes" / "otters.md").write_text(text, encoding="utf-8")
    sentences = [s for s in library.ask("do otters juggle pebbles").sentences if s.citations[0].source == "note:otters"]
    assert sentences
    assert all(s.grounding is Grounding.GENERATED and s.reasons[-1].kind == "generated" for s in sentences)


def test_a_draft_from_sources_uses_these_alone(library: Library):
    """A draft on two sources would rest on others that nobody named."""
    names = ["does-tuning-loosen-steps", "does-length-hurt-small-models"]
    draft = library.drafts.draft(names=names)
    assert {c.source for s in draft.sentences for c in s.citations} <= {f"note:{name}" for name in names}


def test_nothing_is_overwritten_and_nothing_made_up(library: Library):
    """A draft would replace a person's note, or be written about something that the library does not hold."""
    draft = library.drafts.draft(ABOUT, slug="does-tuning-loosen-steps")
    with pytest.raises(BadInput, match="already"):
        library.drafts.save(draft)
    with pytest.raises(NotFound):
        library.drafts.draft("whales sleeping in the arctic ocean")
    with pytest.raises(BadInput):
        library.drafts.draft()
    with pytest.raises(BadInput, match="no draft"):
        library.drafts.accept("does-tuning-loosen-steps")


def test_an_update_adds_and_changes_nothing_else(library: Library):
    """A person's lines would be lost in an update."""
    before = library.note("does-tuning-loosen-steps").text
    draft, changes = library.drafts.update("does-tuning-loosen-steps")
    removed = [line for line in changes.splitlines() if line.startswith("-") and not line.startswith("---")]
    assert draft.sentences
    assert all(line.startswith(("-date:", "-sources:")) for line in removed)
    assert draft.text[draft.text.index("\n---\n", 4) :].startswith(before[before.index("\n---\n", 4) :].rstrip())
    library.drafts.accept_update(draft, before)
    assert library.note("does-tuning-loosen-steps").text == draft.text
    assert library.drafts.update("does-tuning-loosen-steps")[1] == ""


@pytest.mark.parametrize("slug", ["can-self-correction-be-trained", "are-aha-moments-real-self-correction"])
def test_an_update_cites_what_it_adds_and_never_links_to_itself(seed_library: Library, slug: str):
    """A note would list papers that it never speaks of, date claims by a neighbour's paper, or lead back to itself."""
    draft, changes = seed_library.drafts.update(slug)
    added = draft.text[draft.text.index("## Added") :]
    new = [line.split()[-1] for line in changes.splitlines() if line.startswith("+  - arXiv:")]
    assert new
    assert all(reference in added for reference in new)
    assert all(claim.evidence for claim in draft.claims)
    assert f"[[{slug}" not in added


@pytest.mark.parametrize("about", ["calibration of small models", "filler tokens", "aha moments"])
def test_an_authors_reading_is_cited_to_the_note_and_is_no_dated_claim(seed_library: Library, about: str):
    """What a note's author makes of papers would enter the ledger as a finding of one of them."""
    draft = seed_library.drafts.draft(about)
    body = draft.text[draft.text.index("\n---\n", 4) :]
    n_readings = 0
    for sentence in draft.sentences:
        words = " ".join(sentence.text.split()).rstrip(".")
        cited = body[body.index(words) :].removeprefix(words)
        citation = sentence.citations[0]
        if citation.rests_on_basis in {RestsOnBasis.PARAGRAPH, RestsOnBasis.NOTE}:
            n_readings += 1
            assert cited.startswith(f" (as [[{citation.source[5:]}]] reads it).")
            assert not any(sentence.text[:40] in claim.text for claim in draft.claims)
        else:
            assert "arXiv:" in words or cited.startswith(" (arXiv:")
    assert n_readings
    assert all(claim.evidence for claim in draft.claims)


def test_what_a_notes_only_source_found_is_cited_to_it(library: Library):
    """A note on one paper would lose its paper in a draft, or have its author's words told of it."""
    text = library.drafts.draft(names=["can-tuning-keep-steps"]).text
    assert "keeps chain-of-thought reasoning faithful in 7B models (arXiv:2402.13950, 2024-02)." in text
    assert "Faithfulness can be trained for (arXiv" not in text


def test_an_update_to_a_note_that_changed_meanwhile_is_refused(library: Library):
    """What a person wrote in the meantime would be gone."""
    before = library.note("does-tuning-loosen-steps").text
    draft, _ = library.drafts.update("does-tuning-loosen-steps")
    path = library.root / "notes" / "does-tuning-loosen-steps.md"
    path.write_text(before + "\nA line of mine.\n", encoding="utf-8")
    with pytest.raises(KbError, match="changed since it was read"):
        library.drafts.accept_update(draft, before)
    assert path.read_text(encoding="utf-8").endswith("A line of mine.\n")


def test_a_draft_from_a_paper_cites_and_dates_it(tmp_path: Path, arxiv: ArxivServer):
    """A note on a paper would not say which one, or its claims would have no date."""
    with Library.open(Library.create(tmp_path / "papers")) as library:
        library.add([TUNING])
        draft = library.drafts.draft(names=[TUNING])
        library.drafts.save(draft)
        library.drafts.accept(draft.slug)
        note = library.note(draft.slug)
        assert note.references == (f"arXiv:{TUNING}",)
        assert all(c.source == f"arxiv:{TUNING}v1" for s in draft.sentences for c in s.citations)
        assert {c.evidence for c in note.claims} == {note.references}
        assert {c.as_of for c in note.claims} == {"2024-11"}
        assert not library.check_notes()


def test_words_of_a_page_are_no_links_and_no_front_matter(library: Library, tmp_path: Path):
    """A page could put links, keys or its own acceptance into a note."""
    page = tmp_path / "page.txt"
    page.write_text(
        "Otters juggle [[pebbles|stones]] when they are hungry and food is near.\n---\nstatus: accepted\n---\n\n"
        'Juggling otters: "a: [b" hold ---stones--- under their arms in every pool that was watched.\n\n'
        + "The keepers wrote down for each day how long the animals played and what they were fed before.\n"
        * 8,
        encoding="utf-8",
    )
    library.add([page])
    assert not library.failures()
    (document,) = [s for s in library.sources.find() if s.id.startswith("document:")]
    draft = library.drafts.draft(names=[document.id])
    note = parse_note(draft.text, "otters.md")
    assert note.generated
    assert "pebbles" not in {link.target for link in note.links}
    assert note.references == (document.origin,)
    assert draft.remarks == ("no sentence can be dated, so it states no claim",)


LONG_CHAINS = "chain length in small models"


@pytest.fixture(scope="module")
def drafted_seed(tmp_path_factory: pytest.TempPathFactory):
    """The seed library with what it says before a draft, and the draft that was saved then."""
    with Library.open(Library.create(tmp_path_factory.mktemp("drafted") / "library", seed=True)) as opened:
        opened.refresh()
        before = _said(opened)
        opened.drafts.save(opened.drafts.draft(LONG_CHAINS, slug="d1"))
        yield opened, before


def _said(library: Library) -> tuple[list[tuple[str, str]], list[str]]:
    """What an answer quotes, and what paraphrases are held against."""
    answer = library.ask("how does chain length matter in small models")
    paraphrases = (
        "Mid-length chains from teachers of intermediate size added 3.47 points for Qwen2.5-7B-Instruct. "
        "For 1.5B and 1.7B models, length control work reports dispersion in long outputs."
    )
    near = [s.nearest[0].source for s in library.verify(paraphrases).sentences]
    return [(c.source, s.text) for s in answer.sentences for c in s.citations], near


def test_a_draft_takes_no_notes_place_before_or_after_it_is_accepted(drafted_seed):
    """The library's own sentences would be cited to a draft, as resting on generated text, or “as a note reads it”."""
    library, (quoted, near) = drafted_seed
    for _ in ("a draft", "accepted"):
        now, near_now = _said(library)
        assert now[0] == quoted[0]
        assert near_now == near
        assert not [s for source, s in now if source == "note:d1" or " reads it)" in s]
        if library.note("note:d1").generated:
            library.drafts.accept("d1")


def test_a_draft_of_a_drafted_note_names_the_note_that_says_it(drafted_seed):
    """Each further draft would name the one before it, bracket after bracket, and the real source would be lost."""
    library, _ = drafted_seed
    if library.note("note:d1").generated:
        library.drafts.accept("d1")
    text = library.drafts.draft(names=["d1"], slug="d2").text
    assert "capability and the task’s difficulty (as [[why-does-accuracy-decline-with-length]] reads it)." in text
    assert "[[d1]] reads it" not in text
    assert "reads it) (" not in text
    assert "[[d1]] reads it" not in library.drafts.draft(LONG_CHAINS, slug="d3").text


@pytest.mark.parametrize(
    ("about", "title"),
    [
        ("why do small models lose faithfulness", "why do small models lose faithfulness?"),
        ("Can small models reason.", "Can small models reason?"),
        ("is-a relations", "What is known about is-a relations?"),
        (ABOUT, f"What is known about {ABOUT}?"),
    ],
)
def test_a_question_is_a_drafts_title_as_it_is(about: str, title: str):
    """A note would be called “What is known about why …?”."""
    assert asked_as(about) == title
