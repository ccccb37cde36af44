"""What `kb add` takes each item for."""

from pathlib import Path

import pytest

from kb.services.intake import Sorted, Wishes, sort_items


def sort(*items: str | Path, notes: Path = Path("/nowhere"), **wishes: bool) -> Sorted:
    return sort_items(items, Wishes(**wishes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("item", "target"),
    [
        ("2411.15382", "arXiv:2411.15382"),
        (" arxiv:2411.15382v2 ", "arXiv:2411.15382v2"),
        ("https://arxiv.org/abs/2411.15382v1", "arXiv:2411.15382v1"),
        ("http://www.arxiv.org/pdf/2411.15382.pdf", "arXiv:2411.15382"),
        ("https://arxiv.org/html/2411.15382v3#S2", "arXiv:2411.15382v3"),
        ("https://export.arxiv.org/e-print/cs/0112017", "arXiv:cs/0112017"),
        ("10.48550/arXiv.2305.04388", "arXiv:2305.04388"),
        ("https://doi.org/10.48550/ARXIV.2305.04388", "arXiv:2305.04388"),
        ("doi:10.48550/arXiv.2305.04388", "arXiv:2305.04388"),
        ("cs.CL/0112017", "arXiv:cs/0112017"),
    ],
)
def test_every_form_of_an_arxiv_id_is_one_target(item: str, target: str):
    """The same paper would be fetched and kept once for each way of writing it."""
    (job,) = sort(item).jobs.values()
    assert (job.target, job.kind) == (target, "paper")


@pytest.mark.parametrize(
    ("item", "target"),
    [
        ("https://Example.ORG/Post?x=1#part", "https://example.org/Post?x=1"),
        ("http://example.org", "http://example.org/"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://[2001:db8::1]:80/a", "http://[2001:db8::1]/a"),
        ("https://info.arxiv.org/help/", "https://info.arxiv.org/help/"),
    ],
)
def test_an_address_is_a_document_under_one_spelling(item: str, target: str):
    """The same page would be kept twice."""
    (job,) = sort(item).jobs.values()
    assert (job.target, job.kind) == (target, "document")


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("file:///etc/passwd", "not an http or https address"),
        ("ftp://example.org/x", "not an http or https address"),
        ("https://", "not an http or https address"),
        ("https://example.org:notaport/", "is not an address"),
        ("arXiv:24x11", "is not an arXiv id"),
        ("2499.12345", "is not an arXiv id"),
        ("2411.1538", "is not an arXiv id"),
        ("24111.15382", "is not an arXiv id"),
        ("hep-th9901001", "is not an arXiv id"),
        ("abs/2411.15382", "is not an arXiv id"),
        ("arxiv.org/abs/9999", "is not an arXiv id"),
        ("https://arxiv.org/abs/9999", "names no arXiv paper"),
        ("https://arxiv.org./list/cs.CL/recent", "names no arXiv paper"),
        ("http://export.ARXIV.org:80/", "names no arXiv paper"),
        ("https://www.arxiv.org/a/author_1", "names no arXiv paper"),
    ],
)
def test_what_can_never_be_added_is_refused_in_words(item: str, words: str):
    """It would be tried again for ever, or looked for as a file."""
    found = sort(item)
    assert (found.jobs, found.notes) == ({}, [])
    assert words in found.refused[0].reason
    assert found.refused[0].advice


@pytest.mark.parametrize("item", ["10.1145/3442188.3445922", "doi:10.1145/3442188.3445922"])
def test_a_doi_outside_arxiv_is_the_page_that_it_leads_to(item: str):
    """A paper that is not at arXiv could not be added by what identifies it."""
    assert [(job.target, job.kind) for job in sort(item).jobs.values()] == [
        ("https://doi.org/10.1145/3442188.3445922", "document")
    ]


def test_a_password_in_an_address_is_not_repeated():
    """It would stand in the catalog and in the log of a scheduled run."""
    for item in ("https://me:secret@example.org/x", "ftp://me:secret@example.org/x", "http://me:se/cret@example.org"):
        found = sort(item)
        assert not found.jobs
        assert "cret" not in found.refused[0].model_dump_json()
    assert sort("file:///etc/passwd").refused[0].target == "file:///etc/passwd"


@pytest.mark.parametrize("item", ["", "   "])
def test_an_empty_item_is_not_the_current_folder(item: str):
    """A script whose variable is not set would add everything that lies where it runs."""
    found = sort(item)
    assert (found.jobs, found.notes) == ({}, [])
    assert not found.refused[0].is_kept


def test_a_typing_error_is_left_to_who_looks_for_files(tmp_path: Path):
    """It would vanish without a word."""
    assert sort(str(tmp_path / "nosuch.pdf")).notes == [tmp_path / "nosuch.pdf"]


def test_a_file_goes_before_an_id_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A paper that lies on the disk would be fetched from the network."""
    (tmp_path / "2411.15382.pdf").write_bytes(b"%PDF-1.7")
    monkeypatch.chdir(tmp_path)
    (job,) = sort("2411.15382.pdf").jobs.values()
    assert (job.target, job.kind) == (str(tmp_path / "2411.15382.pdf"), "document")


def test_a_folder_holds_notes_and_documents(tmp_path: Path):
    """Papers beside the notes would be left out, or notes be taken for documents."""
    for name in ("note.md", "paper.pdf", "sub/page.html", "sub/.hidden.txt", ".git/x.txt", "picture.png", "refs.bib"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = sort(tmp_path)
    assert found.notes == [tmp_path]
    assert sorted(found.jobs) == [str(tmp_path / "paper.pdf"), str(tmp_path / "sub/page.html")]
    assert {job.folder for job in found.jobs.values()} == {str(tmp_path)}
    as_documents = sort(tmp_path, as_document=True)
    assert as_documents.notes == []
    assert len(as_documents.jobs) == 3


def test_wishes_are_kept_with_the_item():
    """A resumed run would forget the topics."""
    wishes = Wishes(("Chain Of Thought", "small-models"), "why", abstract_only=True)
    (job,) = sort_items(["2411.15382"], wishes).jobs.values()
    assert job.options == {"topics": ["chain-of-thought", "small-models"], "remark": "why", "abstract_only": True}


def test_a_bibliography_gives_its_arxiv_papers_and_says_what_is_left(tmp_path: Path):
    """Papers would be missed without a word."""
    path = tmp_path / "refs.bib"
    path.write_text(
        "@article{a, title={One}, eprint={2411.15382}, archivePrefix={arXiv}}\n"
        "@article{b, title={Two {T}}, doi={10.1000/two}}\n"
        "@misc{c, title={Three}, url={https://arxiv.org/abs/2411.15382}}\n"
        "@book{d, title={Four}}\n"
    )
    found = sort(path)
    assert {target: job.kind for target, job in found.jobs.items()} == {
        "arXiv:2411.15382": "paper",
        "https://doi.org/10.1000/two": "document",
    }
    (remark,) = found.remarks
    assert remark == "refs.bib: no arXiv id or DOI in Four. Add its address or PDF"


@pytest.mark.parametrize("text", ["", "no bibliography at all", "{", "@article{"])
def test_a_bibliography_that_cannot_be_read_is_refused(tmp_path: Path, text: str):
    """It would count as one without papers."""
    for suffix in ("bib", "ris", "json"):
        path = tmp_path / f"refs.{suffix}"
        path.write_text(text)
        assert path.name in sort(path).refused[0].in_words


def test_parts_of_a_tex_document_are_no_documents_of_their_own(tmp_path: Path):
    """A paper of ten files would be eleven sources, and its sections evidence twice."""
    (tmp_path / "sections").mkdir()
    (tmp_path / "main.tex").write_text("\\documentclass{a}\\begin{document}\\input{sections/one}\\end{document}")
    (tmp_path / "sections" / "one.tex").write_text("One. \\include{two}% \\input{loose}")
    (tmp_path / "two.tex").write_text("Two.")
    (tmp_path / "loose.tex").write_text("Loose.")
    assert [Path(target).name for target in sort(tmp_path).jobs] == ["loose.tex", "main.tex"]


def test_a_collection_in_rdf_is_told_what_to_export(tmp_path: Path):
    """Broken: who exports from Zotero in its first format learns only that the file is no note."""
    (tmp_path / "mine.rdf").write_text("<rdf:RDF/>")
    (job,) = sort(tmp_path / "mine.rdf").refused
    assert (job.reason, job.advice.partition(",")[0]) == (
        "mine.rdf is in RDF, which is not read", "Export the collection as BibTeX",
    )  # fmt: skip
