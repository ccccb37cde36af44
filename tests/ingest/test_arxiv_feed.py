"""Feeds judged before they are believed, and papers that say they were withdrawn."""

import gzip
import json
import re
from pathlib import Path

import pytest

from ingest.arxiv_api import ArxivArchive
from ingest.arxiv_feed import feed_error, feed_problem
from ingest.request_gate import RequestGate
from ingest.withdrawn import is_withdrawn
from kb.identity import ArxivId
from tests.arxiv_server import ArxivServer, answer
from tests.conftest import SHARED

RECORDED = SHARED / "data" / "formats" / "atom"
METADATA = SHARED / "data" / "arxiv"
needs_recordings = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not here")
needs_metadata = pytest.mark.skipif(not METADATA.is_dir(), reason="the metadata of arXiv is not here")


@needs_recordings
@pytest.mark.parametrize(
    "path", sorted(RECORDED.glob("id_*.xml")) + sorted(RECORDED.glob("*_s0_*.xml")), ids=lambda path: path.name[:40]
)
def test_recorded_answers_are_read_whole(path: Path, tmp_path: Path):
    """What arXiv really sends would be refused, or read otherwise than it stands there."""
    body = path.read_bytes()
    is_error = b"/api/errors#" in body
    shown = re.findall(rb"<id>https?://arxiv.org/abs/([^<]+)</id>", body)
    with ArxivServer() as server:
        server.pages["/api/query"] = answer(400 if is_error else 200, body, "application/atom+xml")
        archive = ArxivArchive(
            tmp_path / "cache",
            base_url=server.url,
            site_url=server.url,
            gate=RequestGate(tmp_path / "gate", interval_seconds=0.001),
            test_server=server.url,
        )
        if path.name.startswith("id_"):
            asked = [ArxivId.parse(name.decode()) for name in shown] or [ArxivId("0808.05394")]
            found = list(archive.by_ids(asked).values())
        else:
            found = list(archive.search("testing", limit=len(shown)))
    assert [f"{one.paper.id}v{one.paper.version}".encode() for one in found] == shown
    assert all(one.paper.authors and one.paper.categories and one.abstract for one in found)
    assert not any(one.paper.withdrawn for one in found)
    for one in found:
        assert f"<published>{one.paper.date}T".encode() in body
        assert f"<updated>{one.paper.updated}T".encode() in body


@needs_recordings
def test_recorded_answers_are_found_whole_and_their_parts_are_not():
    """A feed that was cut off would pass, or a whole one would not."""
    for path in sorted(RECORDED.glob("*.xml")):
        body = path.read_bytes()
        assert feed_problem(body) == "", path.name
        assert feed_problem(body[: len(body) * 2 // 3]) == "a damaged feed"
        if b"<published>" in body:
            assert "published" in feed_problem(re.sub(rb"<published>[^<]*</published>", b"", body, count=1))
            without_one = re.sub(rb"<entry>.*?</entry>", b"", body, count=1, flags=re.DOTALL)
            assert "entries" in feed_problem(without_one)


def test_arxivs_own_words_are_kept():
    """The person would not learn what is wrong with the search."""
    feed = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>https://arxiv.org/api/errors#bad</id>
    <summary>malformed \x1b query</summary></entry></feed>"""
    assert feed_error(feed.replace(b"\x1b ", b"")) == "malformed query"
    assert feed_error(b"<html>") == feed_error(b"") == feed_error(b"<feed/>") == ""


@pytest.mark.parametrize(
    ("comment", "abstract"),
    [
        ("This paper has been withdrawn", "We show."),
        ("Withdrawn by the authors due to an error in Lemma 3", "We show."),
        ("withdrawn", ""),
        ("12 pages. This submission has been withdrawn by arXiv administrators", "We show."),
        ("The paper was temporarily withdrawn.", "We show."),
        ("Paper withdrawn, a revised version is under way", "We show."),
        ("Withdrawn from arXiv at the wish of the authors", "We show."),
        ("", "This paper has been withdrawn by the author."),
        ("", "Because of an error in the model, it has been withdrawn from the archive."),
        ("", "withdrawn by author"),
        ("", "We study steps. " * 40 + "This article has been withdrawn."),
    ],
)
def test_withdrawn_papers_are_known(comment: str, abstract: str):
    """A withdrawn paper would go on as evidence without a word."""
    assert is_withdrawn(comment, abstract)


@pytest.mark.parametrize(
    ("comment", "abstract"),
    [
        ("", ""),
        ("Withdrawn from ICLR after review; extended", "We show."),
        ("This paper was withdrawn from the journal and sent to another", "We show."),
        ("A study of withdrawn papers", "We show."),
        ("9 pages", "We collect papers withdrawn from arXiv and find their errors."),
        ("9 pages", "An earlier claim is withdrawn: controls showed it was an artefact. " * 6),
        ("9 pages", "Clients are cooperative, withdrawn, or adversarial."),
        ("9 pages", "A set of 40 retracted articles and as many controls."),
        ("9 pages", "We ask what readers do when the paper was retracted. " + "They read on. " * 40),
        ("Guaranteed minimum withdrawal benefits", "Withdrawal of funds is modelled."),
    ],
)
def test_papers_about_withdrawing_are_not_withdrawn(comment: str, abstract: str):
    """Sound papers would be marked as withdrawn wherever they are cited."""
    assert not is_withdrawn(comment, abstract)


@needs_metadata
def test_withdrawn_papers_among_real_ones():
    """The words above may be those of tests alone: 3,000 old records have fourteen, 89,726 recent ones none."""

    def withdrawn(name: str, comment: str) -> list[str]:
        with gzip.open(METADATA / name, "rt", encoding="utf-8") as lines:
            texts = (json.loads(line) for line in lines if "withdrawn" in line.lower() or "retracted" in line.lower())
            return [r["abstract"] for r in texts if is_withdrawn(r[comment] or "", r["abstract"] or "")]

    assert len(withdrawn("oai-old-3k.jsonl.gz", "comment")) == 14
    assert withdrawn("snapshot-90k.jsonl.gz", "comments") == []


def test_judging_takes_linear_time():
    """An abstract of a stranger could keep the program busy."""
    import time

    began = time.monotonic()
    for text in ("this paper has been " * 5000, "it is " * 20_000, "withdrawn from " * 8000, "a" * 100_000):
        is_withdrawn(text, text)
    assert time.monotonic() - began < 2


def test_a_feed_with_a_document_type_is_none():
    """Words behind entities, harmless ones too, would be missing from titles and abstracts without a trace."""
    counts = "".join(f"<o:{name}>0</o:{name}>" for name in ("totalResults", "startIndex", "itemsPerPage"))
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/">{counts}</feed>'
    assert feed_problem(feed.encode()) == ""
    assert feed_problem(f'<!DOCTYPE feed [<!ENTITY a "words">]>{feed}'.encode()) == "something that is no feed"
