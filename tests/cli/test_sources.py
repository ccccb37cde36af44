"""Papers, documents and sources on the command line."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.library import Library
from tests.arxiv_server import ArxivServer, answer
from tests.conftest import REPOSITORY, SHARED, Ran
from tests.papers import LENGTH, TUNING, length, page, tuning

Kb = Callable[..., Ran]
POST = {
    "Why steps matter": (
        "A step that does not decide the answer is decoration, and readers take decoration for reasons. "
        "This post collects what I learned from cutting chains of thought short in small language models.",
        "Half of the chains could lose their last third without any change of the answer that the model gave.",
    )
}


@pytest.fixture
def root(tmp_path: Path, arxiv: ArxivServer) -> Path:
    return Library.create(tmp_path / "library")


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "post.html").write_bytes(page("A post on steps", "What it is about.", POST))
    words = "\n\n".join(words for paragraphs in POST.values() for words in paragraphs)
    (folder / "plain.txt").write_text(f"Steps in plain words\n\n{words}\n")
    (folder / "note.md").write_text("# A note\n\nIt rests on its own words and on nothing else in the world.\n")
    return folder


def test_any_mix_is_added_at_once(root: Path, kb: Kb, documents: Path, arxiv: ArxivServer):
    """A researcher would have to sort a reading list by hand."""
    arxiv.pages["/blog/steps"] = answer(200, page("From the web", "On steps.", POST), "text/html")
    ran = kb("--library", root, "add", documents, TUNING, f"https://arxiv.org/abs/{LENGTH}", f"{arxiv.url}/blog/steps",
             "--topic", "Steps", "--topic", "reading list", "--note", "for the review", "--json")  # fmt: skip
    assert ran.code == 0, ran.err
    assert sorted(ran.json["added"]) == [
        f"arxiv:{TUNING}v1", f"arxiv:{LENGTH}v1", "document:127-0-0-1-blog-steps", "document:plain", "document:post",
        "note:note",
    ]  # fmt: skip
    rows = kb("--library", root, "source", "list", "--topic", "reading list", "--json").json
    assert {row["remark"] for row in rows} == {"for the review"}
    assert len(rows) == 5
    assert [row["id"] for row in kb("--library", root, "source", "list", "--kind", "note", "--json").json] == [
        "note:note"
    ]
    stats = kb("--library", root, "stats", "--json").json
    assert (stats["paper"], stats["document"], stats["note"]) == (2, 3, 1)


def test_items_come_from_a_file_and_from_standard_input(root: Path, kb: Kb, tmp_path: Path, monkeypatch):
    """A list that another program makes could not be added."""
    (tmp_path / "list.txt").write_text(f'\ufeff# to read\n\n{TUNING}   # first\n  "arXiv:{LENGTH}"\n')
    ran = kb("--library", root, "add", "--abstract-only", "--from", tmp_path / "list.txt", "--json")
    assert len(ran.json["added"]) == 2
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{TUNING}v1\n"))
    assert kb("--library", root, "add", "--from", "-", "--abstract-only", "--json").json["unchanged"] == 1
    ran = kb("--library", root, "add", "--from", tmp_path / "nosuch.txt")
    assert (ran.code, "nosuch.txt cannot be read" in ran.err) == (2, True)


def test_a_bad_item_is_one_line_and_the_rest_goes_on(root: Path, kb: Kb, tmp_path: Path, arxiv: ArxivServer):
    """One typing error in a reading list would cost the list."""
    for name, data in {
        "page.pdf": page("Not a PDF", "At all.", {}),
        "cut.pdf": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog",
        "robot.html": b"<html><title>Just a moment</title><body>Verify that you are human. Enable JavaScript.</body>",
        "empty.txt": b"",
        "binary.txt": bytes(range(256)) * 40,
    }.items():
        (tmp_path / name).write_bytes(data)
    bad = ["2412.99999", "2499.00001", "nosuch.pdf", "file:///etc/passwd", f"{arxiv.url}/nowhere", "2411.1538"]
    bad += [str(tmp_path / name) for name in ("page.pdf", "cut.pdf", "robot.html", "empty.txt", "binary.txt")]
    ran = kb("--library", root, "add", *bad, TUNING)
    assert ran.code == 7
    assert ran.out.startswith("1 added")
    lines = [line for line in ran.err.splitlines() if line.startswith("kb: ")]
    assert len(lines) == len(bad) + 1, ran.err
    assert lines[-1].startswith(f"kb: {len(bad)} of the items could not be added")
    assert "Traceback" not in ran.err
    # Listed until it works or is forgotten; only a file that is not there is not.
    assert lines[-1].endswith("See `kb doctor`.")
    assert not any(line.count("cut.pdf") > 1 for line in lines)
    listed = kb("--library", root, "doctor").out.splitlines()
    assert len(listed) == len(bad) - 1, listed
    assert kb("--library", root, "add", "--retry").code == 7
    assert len(kb("--library", root, "doctor").out.splitlines()) == len(bad) - 1
    for name in (*bad[:2], *bad[3:]):
        assert kb("--library", root, "source", "remove", name).code == 0, name
    assert kb("--library", root, "doctor").out == "All is well.\n"


@pytest.mark.parametrize("item", ["", "  "])
def test_an_empty_item_is_one_line(root: Path, kb: Kb, item: str, documents: Path, monkeypatch):
    """`kb add "$FILE"` with no FILE would add the whole folder in which it runs."""
    monkeypatch.chdir(documents)
    ran = kb("--library", root, "add", item)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert kb("--library", root, "source", "list", "--json").json == []


def test_a_file_that_is_not_there_is_not_kept(root: Path, kb: Kb):
    """`kb doctor` would be pointed at, and say that all is well."""
    ran = kb("--library", root, "add", "nosuch.pdf")
    assert (ran.code, "doctor" in ran.err) == (7, False)
    assert kb("--library", root, "doctor").out == "All is well.\n"


def test_a_damaged_bibliography_is_listed_until_it_is_mended(root: Path, kb: Kb, tmp_path: Path):
    """Papers would be missing from a reading list that seemed to be read."""
    refs = tmp_path / "refs.bib"
    sound = f"@misc{{a, eprint={{{TUNING}}}}}\n@article{{b, title={{A book}}}}\n"
    refs.write_text(sound + "@misc{c, title={open\n")
    ran = kb("--library", root, "add", "--abstract-only", refs)
    assert (ran.code, ran.out[:7]) == (7, "1 added")
    assert f"{refs}: 1 damaged entry was left out (line 3, @misc{{c)" in ran.err
    assert "refs.bib: no arXiv id or DOI in A book" in ran.err
    assert str(refs) in kb("--library", root, "doctor").out
    refs.write_text(sound)
    assert kb("--library", root, "add", "--retry").code == 0
    assert kb("--library", root, "doctor").out == "All is well.\n"


def test_a_private_address_is_refused(root: Path, kb: Kb, monkeypatch, arxiv: ArxivServer):
    """An address in a shared reading list would reach into the reader's own network."""
    monkeypatch.delenv("KB_TEST_SERVER")
    ran = kb("--library", root, "add", f"{arxiv.url}/secret", "http://169.254.169.254/latest/meta-data")
    assert ran.code == 7
    assert ran.out.startswith("0 added")
    assert arxiv.requests == []


def test_markdown_is_a_note_unless_it_is_asked_for_as_a_document(root: Path, kb: Kb, tmp_path: Path):
    """A paper that somebody saved as Markdown would lie among the notes."""
    words = "\n\n".join(words for paragraphs in POST.values() for words in paragraphs)
    (tmp_path / "saved.md").write_text(f"# A saved post\n\n{words}\n")
    assert kb("--library", root, "add", "--document", tmp_path / "saved.md", "--json").json["added"] == [
        "document:saved"
    ]
    assert not list((root / "notes").iterdir())
    shown = kb("--library", root, "source", "show", tmp_path / "saved.md", "--json").json
    assert (shown["title"], shown["kind"], shown["origin"]) == ("A saved post", "document", str(tmp_path / "saved.md"))


def test_a_document_that_moved_is_not_kept_twice(root: Path, kb: Kb, documents: Path, tmp_path: Path):
    """Every answer would quote it twice."""
    kb("--library", root, "add", documents / "plain.txt")
    (documents / "plain.txt").rename(tmp_path / "moved.txt")
    ran = kb("--library", root, "add", tmp_path / "moved.txt", "--json")
    assert (ran.json["added"], ran.json["unchanged"]) == ([], 1)
    assert "the library has this text as document:plain" in ran.err


def test_two_documents_of_one_name_are_both_kept(root: Path, kb: Kb, tmp_path: Path):
    """The second would take the place of the first."""
    for i, name in enumerate(("a", "b")):
        (tmp_path / name).mkdir()
        words = " ".join(f"Sentence {n} of file {i} says something about a language model." for n in range(9))
        (tmp_path / name / "paper.txt").write_text(f"Paper {i}\n\n{words}\n")
    assert kb("--library", root, "add", tmp_path / "a", tmp_path / "b").out.startswith("2 added")
    assert len(kb("--library", root, "source", "list", "--json").json) == 2
    assert kb("--library", root, "add", tmp_path / "b", tmp_path / "a").out.startswith("0 added, 0 updated")


def test_a_revised_paper_shows_both_its_dates_and_is_no_evidence_before_the_second(
    root: Path, kb: Kb, arxiv: ArxivServer
):
    """Words that were written years later would be quoted as of the paper's first submission."""
    arxiv.papers[TUNING] = tuning(60)
    kb("--library", root, "add", TUNING)
    shown = kb("--library", root, "source", "show", TUNING).out
    assert "date: 2024-11-22\nthis version: 2025-01-20\n" in shown
    assert kb("--library", root, "source", "show", TUNING, "--json").json["version_date"] == "2025-01-20"
    question = "how many answers of tuned models stay unchanged under early answering"
    assert f"arxiv:{TUNING}v60" in kb("--library", root, "ask", question, "--as-of", "2025", "--json").out
    assert f"arxiv:{TUNING}v60" not in kb("--library", root, "ask", question, "--as-of", "2024", "--json").out


def test_source_show_and_remove_say_who_cites(root: Path, kb: Kb):
    """A removal would leave notes without their evidence, and nobody would know."""
    (root / "notes" / "n.md").write_text(f"---\ntitle: N?\nsources: [arXiv:{TUNING}]\n---\nWords.\n")
    kb("--library", root, "add", TUNING, "--topic", "t")
    shown = kb("--library", root, "source", "show", TUNING)
    assert "cited by: 1 note (note:n)" in shown.out
    assert "Early answering leaves 41%" in shown.out
    as_json = kb("--library", root, "source", "show", f"arxiv:{TUNING}v1", "--json").json
    assert as_json["cited_by"]["notes"] == ["note:n"]
    for passage in as_json["passages"]:
        assert as_json["text"][passage["char_start"] : passage["char_end"]] == passage["text"]
    ran = kb("--library", root, "source", "remove", TUNING)
    assert ran.out == f"Removed arxiv:{TUNING}v1\n"
    assert f"arxiv:{TUNING}v1 is still cited by 1 note (note:n)" in ran.err
    assert kb("--library", root, "source", "show", TUNING).code == 3
    assert kb("--library", root, "source", "remove", "note:n").code == 2


def test_search_prints_and_adds(root: Path, kb: Kb):
    """What was found would have to be copied by hand."""
    found = kb("--library", root, "arxiv", "search", "length", "--category", "cs.AI")
    assert found.out == f"arXiv:{LENGTH} When More Steps Are Less (Ada Author, Ben Writer; 2025-02-11)\n"
    assert [row["id"] for row in kb("--library", root, "arxiv", "search", "ti:fine", "--json").json] == [TUNING]
    ran = kb(
        "--library", root, "arxiv", "search", "length", "--since", "2025", "--add", "--abstract-only", "--topic", "t"
    )
    assert "1 added" in ran.out
    assert kb("--library", root, "arxiv", "search", "nothing like it").out == "arXiv has no paper that fits.\n"
    assert kb("--library", root, "arxiv", "search").code == 2


def test_follow_and_update(root: Path, kb: Kb, arxiv: ArxivServer):
    """A weekly run would bring nothing."""
    assert kb("--library", root, "arxiv", "follow", "steps", "--since", "2024").code == 0
    (row,) = kb("--library", root, "arxiv", "following", "--json").json
    ran = kb("--library", root, "arxiv", "update")
    assert ran.code == 0, ran.err
    assert f"New: arXiv:{LENGTH}" in ran.out
    assert kb("--library", root, "arxiv", "update", "--json").json["new"] == []
    assert kb("--library", root, "arxiv", "unfollow", row["id"]).code == 0
    assert "No search is followed" in kb("--library", root, "arxiv", "following").out


def test_a_server_that_is_down_ends_with_8(root: Path, kb: Kb, arxiv: ArxivServer):
    """A script could not tell "later" from "never"."""
    arxiv.then(*[answer(503, retry_after=7200)] * 9)
    ran = kb("--library", root, "add", TUNING)
    assert ran.code == 8
    assert "1 paper or document is still to be added" in ran.err
    assert "Traceback" not in ran.err
    assert kb("--library", root, "arxiv", "search", "steps").code == 8


def test_what_waits_from_before_is_told_and_fails_no_later_add(root: Path, kb: Kb, arxiv: ArxivServer, tmp_path: Path):
    """A script would take a note that was added for one that was not, or a person forget the paper."""
    arxiv.then(*[answer(503, retry_after=7200)] * 9)
    assert kb("--library", root, "add", TUNING).code == 8
    note = tmp_path / "another.md"
    note.write_text("# Another\n\nSmall models skip steps.\n")
    ran = kb("--library", root, "add", note)
    assert (ran.code, ran.err.count("still to be added")) == (0, 1), ran.err
    missing = kb("--library", root, "add", tmp_path / "missing.pdf")
    assert (missing.code, missing.err.count("1 paper or document is still to be added")) == (7, 1), missing.err


def test_withdrawn_papers_are_marked_in_every_print(root: Path, kb: Kb, arxiv: ArxivServer):
    """A person would read on without knowing."""
    arxiv.papers[TUNING] = tuning(comment="This paper has been withdrawn by the authors")
    (root / "notes" / "n.md").write_text(
        f"---\ntitle: Do steps decide?\nsources: [arXiv:{TUNING}]\nclaims:\n"
        f"  - text: Early answering leaves most answers of tuned models unchanged.\n    as_of: 2024-11\n"
        f"    evidence: [arXiv:{TUNING}]\n---\n"
        f"Early answering leaves 41% of the answers of tuned models unchanged (arXiv:{TUNING}).\n"
    )
    kb("--library", root, "add", TUNING)
    question = "how many answers of tuned models stay unchanged under early answering"
    for form in ([], ["--markdown"]):
        said = kb("--library", root, "ask", question, *form).out
        assert "(withdrawn by its authors)" in " ".join(said.split()), said
        assert "(2024-11-22, withdrawn)" in said or "This paper was withdrawn" in said or "**Withdrawn.**" in said
    assert "was withdrawn" in kb("--library", root, "note", "show", "n").err
    assert "withdrawn: by its authors or arXiv" in kb("--library", root, "source", "show", TUNING).out
    assert kb("--library", root, "doctor").code == 1
    assert ", withdrawn)" in kb("--library", root, "source", "list").out
    assert [row["withdrawn"] for row in kb("--library", root, "source", "list", "--json").json] == [True, False]
    assert f"(arXiv:{TUNING} withdrawn)" in kb("--library", root, "claims", "list").out
    (claim,) = kb("--library", root, "claims", "list", "--json").json
    assert claim["withdrawn"] == [f"arXiv:{TUNING}"]
    assert f"arxiv:{TUNING}v1 (withdrawn): " in kb("--library", root, "claims", "show", "early answering").out


def test_a_topic_that_nothing_has_is_no_empty_library(root: Path, kb: Kb, documents: Path):
    """A slip in a topic's name would look like a lost library."""
    assert "no sources yet" in kb("--library", root, "source", "list").out
    kb("--library", root, "add", documents / "plain.txt")
    assert kb("--library", root, "source", "list", "--topic", "typo").out == "None of 1 source fits.\n"


def test_ctrl_c_loses_nothing(root: Path, kb: Kb, arxiv: ArxivServer):
    """Who stops a long run would have to start it anew, or be left with half a paper."""
    slow = page("Slow", "It comes late.", POST)

    def late(handler: object) -> None:
        time.sleep(1.0)
        answer(200, slow, "text/html")(handler)  # type: ignore[arg-type]

    names = [f"2503.0000{i}" for i in range(6)]
    for i, name in enumerate(names):
        arxiv.papers[name] = length(id=name, title=f"Paper {i}")
        arxiv.pages[f"/html/{name}v1"] = late
    # A process that a script starts in the background is born deaf to Ctrl-C.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from kb.cli import main; main()"
    command = [sys.executable, "-c", code, "--library", str(root), "add", *names]
    process = subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    while not any(f"/html/{names[2]}" in request.path for request in list(arxiv.requests)):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "goes on from there" in err
    done = kb("--library", root, "source", "list", "--json").json
    assert 1 <= len(done) < 6
    arxiv.pages.clear()
    for name in names:
        arxiv.papers[name].forms["html"] = slow
    ran = kb("--library", root, "add", "--json")
    assert (ran.code, len(ran.json["added"]) + len(done)) == (0, 6)
    assert kb("--library", root, "doctor").out == "All is well.\n"


@pytest.mark.skipif(not (SHARED / "data" / "formats").is_dir(), reason="the real papers are not here")
def test_real_papers_are_read_and_quoted(root: Path, kb: Kb):
    """What was written for the tests may be easier than what people write."""
    formats = SHARED / "data" / "formats"
    files = [formats / "html" / "latexml_1706.03762.html", formats / "pdf" / "2305.14627_ALCE.pdf"]
    assert kb("--library", root, "add", *files).out.startswith("2 added")
    said = kb("--library", root, "ask", "what does the transformer use instead of recurrence", "--json").json
    assert said["status"] == "answered"
    assert "dispensing with recurrence" in str(said["sentences"][:3])
    source = kb("--library", root, "source", "show", "document:2305-14627-alce", "--json").json
    pages = [passage["page"] for passage in source["passages"]]
    assert pages == sorted(pages)
    assert pages[0] == 1
    assert len(set(pages)) > 5
    question = "how does ALCE measure the citation quality of large language models"
    answer = kb("--library", root, "ask", question, "--json").json
    cited = [c for s in answer["sentences"] for c in s["citations"] if c["source"] == source["id"]]
    assert cited
    by_id = {passage["id"]: passage["page"] for passage in source["passages"]}
    assert all(c["page"] == by_id[c["passage"]] for c in cited)
    assert "Quoted: p. " in kb("--library", root, "ask", question).out
    assert ", p. " in kb("--library", root, "ask", question, "--markdown").out
