"""Bibliographies as reference managers write them."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.bibliography import Reference, read_bibliography
from kb.errors import BadDocument
from kb.identity import ArxivId


def read(folder: Path, name: str, text: str) -> list[Reference]:
    (folder / name).write_text(text, encoding="utf-8")
    return read_bibliography(folder / name).references


@pytest.mark.parametrize(
    "fields",
    [
        "eprint={2411.15382}, archivePrefix={arXiv}, primaryClass={cs.CL}",
        "eprint = {2411.15382}, eprinttype = {arxiv}",
        "doi={10.48550/arXiv.2411.15382}",
        "url={https://doi.org/10.48550/ARXIV.2411.15382}",
        "journal={arXiv preprint arXiv:2411.15382}",
        "url={http://arxiv.org/abs/2411.15382}, month=nov",
        "note={arXiv:2411.15382 [cs.CL]}",
        "eprint={2411.15382}",
        "journal={CoRR}, volume={abs/2411.15382}",
        "howpublished={\\url{https://arxiv.org/pdf/2411.15382}}",
    ],
)
@pytest.mark.parametrize("kind", ["article", "misc", "online"])
def test_every_way_of_citing_arxiv_in_bibtex_is_understood(tmp_path: Path, fields: str, kind: str):
    """The papers of one program's export would be missed."""
    (reference,) = read(tmp_path, "refs.bib", f"@{kind}{{key, title={{A {{Title}}}}, {fields}, year={{2024}}}}\n")
    assert reference.arxiv_id == ArxivId("2411.15382")
    assert reference.title == "A Title"


def test_ris_and_csl_are_understood(tmp_path: Path):
    """Zotero's and Mendeley's exports would be refused."""
    ris = (
        "TY  - JOUR\nTI  - One\nDO  - 10.48550/arXiv.2305.04388\nER  - \n\n"
        "TY  - RPRT\nTI  - Two\nAN  - arXiv:2411.15382v2\nER  - \n\nTY  - BOOK\nTI  - Three\nDO  - 10.1000/x\nER  - \n"
    )
    found = read(tmp_path, "refs.ris", ris)
    assert [r.arxiv_id for r in found] == [ArxivId("2305.04388"), ArxivId("2411.15382", 2), None]
    items = [{"title": "One", "URL": "http://arxiv.org/abs/cs/0112017"}, {"title": "Two", "DOI": "10.1000/x"}]
    found = read(tmp_path, "refs.json", json.dumps(items))
    assert [(r.arxiv_id, r.doi) for r in found] == [(ArxivId("cs/0112017"), ""), (None, "10.1000/x")]


def test_one_broken_entry_does_not_take_the_others_along(tmp_path: Path):
    """A bracket that somebody forgot would cost the whole list."""
    text = "@article{a, eprint={2411.15382}, archivePrefix={arXiv}}\n@article{b, title={open\n@misc{c, doi={10.48550/arXiv.2305.04388}}\n"
    assert [str(r.arxiv_id) for r in read(tmp_path, "refs.bib", text)] == ["arXiv:2411.15382", "arXiv:2305.04388"]
    assert read_bibliography(tmp_path / "refs.bib").damaged == ["line 2, @article{b"]


def test_an_old_id_needs_no_prefix(tmp_path: Path):
    """Papers before 2007 would be passed over."""
    (reference,) = read(tmp_path, "refs.bib", "@article{a, title={X}, eprint={cs/0112017}}\n")
    assert reference.arxiv_id == ArxivId("cs/0112017")


def test_an_eprint_of_another_archive_is_no_arxiv_id(tmp_path: Path):
    """A number that only looks like an id would bring a stranger's paper."""
    (reference,) = read(tmp_path, "refs.bib", "@article{a, title={X}, eprint={2411.15382}, eprinttype={pubmed}}\n")
    assert reference.arxiv_id is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300), suffix=st.sampled_from(["bib", "ris", "json"]))
def test_any_text_is_read_or_refused(tmp_path: Path, text: str, suffix: str):
    """A damaged export would end the program with a traceback."""
    (tmp_path / f"refs.{suffix}").write_bytes(text.encode("utf-8", "replace"))
    with suppress(BadDocument):
        found = read_bibliography(tmp_path / f"refs.{suffix}")
        assert found.references or found.damaged


def test_an_entry_that_would_take_minutes_is_damaged_and_the_others_are_read(tmp_path: Path):
    """A reading list from somebody else would stop the program, which reads it in its own process."""
    joined = "@misc{a, title=" + "#".join(['"x"'] * 50_000) + "}\n"
    braces = "@misc{b, title={" + "{" * 200_000 + "\n"
    path = tmp_path / "refs.bib"
    path.write_text(f"{joined}{braces}@misc{{c, title={{Sound}}, eprint={{2411.15382}}}}\n")
    found = read_bibliography(path)
    assert [str(reference.arxiv_id) for reference in found.references] == ["arXiv:2411.15382"]
    assert len(found.damaged) == 2
