"""The real `arxiv` client against a server on this computer that answers, and fails, as arXiv does."""

import itertools
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.arxiv_api import ArxivArchive
from ingest.request_gate import RequestGate
from kb.errors import BadInput, Unavailable
from kb.identity import ArxivId
from kb.ports import PaperArchive
from tests.arxiv_server import (
    ArxivServer,
    ServedPaper,
    answer,
    cut_feed,
    entity_bomb,
    hang,
    short_page,
    truncated,
    web_page,
    without,
)
from tests.crash import REPOSITORY

PDF = b"%PDF-1.7\n" + b"x" * 500
PAGE = b"<!doctype html><html><body><p>Steps decide.</p></body></html>"
PAPERS = [
    ServedPaper(
        "2411.15382", title="Tuning  loosens\n steps", versions=3, doi="10.1000/x", journal="J. 1", comment="9 p"
    ),
    ServedPaper("cs/0112017", title="Early chains", published="2001-12-14", categories=("cs.CL",)),
    ServedPaper("2502.07266", title="Long chains", published="2025-02-11", comment="This paper has been withdrawn"),
]
Make = Callable[..., ArxivArchive]


@pytest.fixture
def server() -> Iterator[ArxivServer]:
    with ArxivServer(PAPERS) as running:
        yield running


@pytest.fixture
def make(server: ArxivServer, tmp_path: Path) -> Make:
    """Makes an archive with a cache of its own, unless it is given a name."""
    numbers = itertools.count()

    def make_archive(name: str = "", **options: Any) -> ArxivArchive:
        gate = RequestGate(tmp_path / "gate", interval_seconds=0.002)
        folder = tmp_path / (name or f"cache-{next(numbers)}")
        return ArxivArchive(
            folder,
            **{
                "base_url": server.url,
                "site_url": server.url,
                "gate": gate,
                "test_server": server.url,
                "timeout_seconds": 2,
            }
            | options,
        )

    return make_archive


def ids(*names: str) -> list[ArxivId]:
    return [ArxivId.parse(name) for name in names]


def test_papers_come_with_all_that_arxiv_says_of_them(make: Make):
    """Versions, dates and withdrawals would be lost on the way."""
    archive: PaperArchive = make()
    found = archive.by_ids(
        ids("2411.15382", "2411.15382v2", "cs/0112017v1", "2502.07266", "2411.99999", "2411.15382v9")
    )
    assert list(map(str, found)) == ["arXiv:2411.15382", "arXiv:2411.15382v2", "arXiv:cs/0112017v1", "arXiv:2502.07266"]
    newest, second = found[ArxivId("2411.15382")].paper, found[ArxivId("2411.15382", 2)].paper
    assert (newest.version, newest.date, newest.updated) == (3, "2024-11-22", "2024-11-24")
    assert (second.version, second.date, second.updated) == (2, "2024-11-22", "2024-11-23")
    assert (newest.title, newest.doi, newest.journal, newest.comment) == (
        "Tuning loosens steps",
        "10.1000/x",
        "J. 1",
        "9 p",
    )
    assert newest.authors == ("Ada Author", "Ben Writer")
    assert newest.categories == ("cs.CL", "cs.AI")
    assert [one.paper.withdrawn for one in found.values()] == [False, False, False, True]
    assert "chains of thought" in found[ArxivId("2411.15382")].abstract


def test_no_ids_are_no_request(make: Make, server: ArxivServer):
    """An empty list would ask arXiv for everything."""
    assert make().by_ids([]) == {}
    assert server.requests == []


def test_ids_go_out_a_hundred_at_a_time(make: Make, server: ArxivServer):
    """A list of 250 papers would take a quarter of an hour, or be too long for one address."""
    server.papers = {f"2411.{n:05d}": ServedPaper(f"2411.{n:05d}") for n in range(250)}
    found = make().by_ids(ids(*server.papers, *server.papers))
    assert len(found) == 250
    assert [len(request.query["id_list"].split(",")) for request in server.requests] == [100, 100, 50]


def test_one_id_that_arxiv_refuses_spoils_no_other(make: Make, server: ArxivServer):
    """A single odd id would fail a whole batch."""

    def refuse(handler: Any) -> None:
        if "2411.66666" in handler.path:
            body = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>https://arxiv.org/api/errors#x</id></entry></feed>'
            handler.reply(400, body, "application/atom+xml")
        else:
            handler.reply(*handler.honest())

    server.pages["/api/query"] = refuse
    found = make().by_ids(ids("2411.15382", "2411.66666", "cs/0112017", "2502.07266"))
    assert [one.base for one in found] == ["2411.15382", "cs/0112017", "2502.07266"]


def test_a_second_run_asks_nothing_twice(make: Make, server: ArxivServer):
    """A resumed run would take as long as the first, at three seconds a request."""
    server.papers["2411.15382"].forms = {"pdf": PDF}
    for _ in range(2):
        archive = make("kept")
        archive.by_ids(ids("2411.15382", "cs/0112017"))
        list(archive.search("chains"))
        list(archive.full_texts(ArxivId("2411.15382", 2)))
    assert len({request.path for request in server.requests}) == len(server.requests) == 5


def test_metadata_is_asked_for_again_after_a_day_and_a_version_never(make: Make, server: ArxivServer):
    """New versions would never be seen, or full texts fetched for nothing."""
    server.papers["2411.15382"].forms = {"html": PAGE, "pdf": PDF, "e-print": b"\x1f\x8b"}
    now = [time.time()]
    for later in (0, 3600, 90_000):
        now[0] += later
        archive = make("kept", clock=lambda: now[0])
        archive.by_ids(ids("2411.15382"))
        list(archive.full_texts(ArxivId("2411.15382", 2)))
    paths = [request.path.split("?")[0] for request in server.requests]
    assert paths == ["/api/query", "/html/2411.15382v2", "/pdf/2411.15382v2", "/e-print/2411.15382v2", "/api/query"]


TROUBLES = [
    answer(429, retry_after=1),
    answer(429),
    answer(500, b"oops"),
    answer(503, b"<html>busy</html>", "text/html", retry_after="soon"),
    answer(200, b"", "application/atom+xml"),
    answer(200, b"Rate exceeded.", "text/plain"),
    hang,
    truncated,
    cut_feed,
    short_page,
    entity_bomb,
    web_page,
    without("title"),
    without("published"),
    without("updated"),
    without("id"),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__qualname__.split(".")[0])
def test_trouble_that_passes_is_sat_out(make: Make, server: ArxivServer, trouble: Any):
    """One bad answer would end a run of hours, or be taken for the whole truth."""
    server.then(trouble, None)
    found = make(timeout_seconds=0.5).by_ids(ids("2411.15382", "cs/0112017", "2502.07266"))
    assert len(found) == 3
    assert all(one.paper.title and one.abstract for one in found.values())
    assert len(server.requests) == 2


@pytest.mark.parametrize("trouble", TROUBLES[1:], ids=lambda trouble: trouble.__qualname__.split(".")[0])
def test_trouble_that_stays_is_one_line_and_nothing_is_kept(make: Make, server: ArxivServer, trouble: Any):
    """Half a feed would be passed on as a whole one, or remembered as one."""
    server.then(*[trouble] * 4)
    with pytest.raises(Unavailable) as caught:
        make("kept", timeout_seconds=0.3).by_ids(ids("2411.15382", "cs/0112017", "2502.07266"))
    assert len(server.requests) == 4
    assert "\n" not in str(caught.value)
    assert caught.value.cure
    assert len(make("kept").by_ids(ids("2411.15382", "cs/0112017", "2502.07266"))) == 3


def test_pauses_grow_from_try_to_try(make: Make, server: ArxivServer, tmp_path: Path):
    """A server in trouble would be asked as often as before."""
    server.then(*[answer(503)] * 3)
    gate = RequestGate(tmp_path / "slow", interval_seconds=0.1)
    make(gate=gate).by_ids(ids("2411.15382"))
    times = [request.at for request in server.requests]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert [gap >= pause for gap, pause in zip(gaps, (0.1, 0.2, 0.4), strict=True)] == [True] * 3


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
def test_retry_after_is_honoured(make: Make, server: ArxivServer, as_date: bool):
    """A person who asks again too soon is locked out by arXiv."""
    told = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True) if as_date else 1
    server.then(answer(429, retry_after=told))
    make().by_ids(ids("2411.15382"))
    first, second = (request.at for request in server.requests)
    assert second - first >= (0.9 if as_date else 1.0)


def test_a_long_retry_after_is_told_and_holds_for_everybody(make: Make, server: ArxivServer):
    """The program would hang for an hour, or the next one would break the ban."""
    server.then(answer(503, retry_after=3600))
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"not to be asked before \d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC"):
            make().by_ids(ids("2411.15382"))
    assert len(server.requests) == 1


def test_a_refusal_is_not_answered_with_more_requests(make: Make, server: ArxivServer):
    """Asking on after a ban makes it longer."""
    server.then(answer(403, b"denied"))
    with pytest.raises(Unavailable, match="403"):
        make().by_ids(ids("2411.15382"))
    assert len(server.requests) == 1


def test_a_search_is_put_in_arxivs_words_and_paged(make: Make, server: ArxivServer):
    """Results beyond the first page would be missing, or fetched when nobody looks at them."""
    server.papers = {
        f"2411.{n:05d}": ServedPaper(f"2411.{n:05d}", title=f"Small chains {n}", published=f"2024-11-{n % 28 + 1:02d}")
        for n in range(250)
    }
    results = make().search(
        "small chains", category="cs", since="2024-11-05", until="2024-11", limit=1000, newest_first=True
    )
    first = next(results)
    assert len(server.requests) == 1
    found = [first, *results]
    dates = [one.paper.date for one in found]
    assert len(found) == len({one.paper.id for one in found}) == sum(n % 28 + 1 >= 5 for n in range(250))
    assert dates == sorted(dates, reverse=True)
    assert [request.query["start"] for request in server.requests] == ["0", "100", "200"]
    query = server.requests[0].query
    span = "submittedDate:[202411050000 TO 202411312359]"
    assert query["search_query"] == f"all:small AND all:chains AND cat:cs.* AND {span}"
    assert query["sortBy"] == "submittedDate"


@pytest.mark.parametrize(("limit", "sizes"), [(1, ["1"]), (100, ["100"]), (150, ["100", "100"])])
def test_a_search_asks_for_no_more_than_is_wanted(make: Make, server: ArxivServer, limit: int, sizes: list[str]):
    """A hundred papers would be sent to show one."""
    server.papers = {f"2411.{n:05d}": ServedPaper(f"2411.{n:05d}") for n in range(300)}
    assert len(list(make().search("chains", limit=limit))) == limit
    assert [request.query["max_results"] for request in server.requests] == sizes


def test_a_search_without_results_is_empty(make: Make):
    """Nothing found would look like trouble with the network."""
    assert list(make().search("nowhere-to-be-found")) == []


def test_a_page_that_comes_empty_is_asked_for_again(make: Make, server: ArxivServer):
    """ArXiv sends empty pages in the middle of results now and then, which would end the list early."""
    server.papers = {f"2411.{n:05d}": ServedPaper(f"2411.{n:05d}") for n in range(150)}

    def empty(handler: Any) -> None:
        _, body, media_type, _ = handler.honest()
        handler.reply(200, re.sub(rb"  <entry>.*</entry>\n", b"", body, flags=re.DOTALL), media_type)

    server.then(None, empty)
    assert len(list(make().search("chains", limit=150))) == 150


def test_a_search_that_arxiv_cannot_read_is_the_persons_to_mend(make: Make, server: ArxivServer):
    """Trying again later would not help."""
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>https://arxiv.org/api/errors#x</id>
    <summary>malformed query</summary></entry></feed>"""
    server.then(answer(400, body, "application/atom+xml"))
    with pytest.raises(BadInput, match="malformed query"):
        list(make().search("ti:x AND"))
    with pytest.raises(BadInput):
        make().search("chains", limit=0)
    assert len(server.requests) == 1


def test_full_texts_come_best_first_and_only_when_asked_for(make: Make, server: ArxivServer):
    """PDFs would be fetched beside pages that are better, at three seconds and megabytes each."""
    server.papers["2411.15382"].forms = {"html": PAGE, "pdf": PDF, "e-print": b"\x1f\x8bsource"}
    forms = make().full_texts(ArxivId("2411.15382", 2))
    first = next(forms)
    assert (first.form, first.data, first.url) == ("html", PAGE, f"{server.url}/html/2411.15382v2")
    assert len(server.requests) == 1
    assert [form.form for form in forms] == ["pdf", "tex"]


def test_forms_that_are_not_there_are_passed_over(make: Make, server: ArxivServer):
    """Papers without a web page could not be read at all."""
    server.papers["cs/0112017"].forms = {"pdf": PDF, "e-print": PDF}
    assert [form.form for form in make().full_texts(ArxivId("cs/0112017", 1))] == ["pdf"]
    assert list(make().full_texts(ArxivId("2411.99999", 1))) == []


def test_a_web_page_is_no_pdf_and_no_source(make: Make, server: ArxivServer):
    """The words of a CAPTCHA would be read as the paper."""
    server.papers["2502.07266"].forms = {}
    for tricks in ([None, *[web_page] * 4], [None, None, *[web_page] * 4]):
        server.then(*tricks)
        with pytest.raises(Unavailable, match="in place of"):
            list(make().full_texts(ArxivId("2502.07266", 1)))


def test_forms_that_are_too_long_are_passed_over(make: Make, server: ArxivServer):
    """A page of 200 MB would end a batch though there is a PDF; with nothing else, nobody would learn of it."""
    server.pages["/html/2411.15382v1"] = lambda handler: handler.reply(200, PAGE, "text/html", length=200_000_000)
    server.papers["2411.15382"].forms = {"pdf": PDF}
    assert [form.form for form in make().full_texts(ArxivId("2411.15382", 1))] == ["pdf"]
    server.papers["2411.15382"].forms = {}
    with pytest.raises(BadInput, match="longer than"):
        list(make().full_texts(ArxivId("2411.15382", 1)))


def test_each_redirect_waits_its_turn(make: Make, server: ArxivServer, tmp_path: Path):
    """ArXiv's redirects would be two requests in the time of one."""
    server.papers["2411.15382"].forms = {"html": PAGE}
    server.then(answer(301, location="/html/2411.15382v3"))
    gate = RequestGate(tmp_path / "slow", interval_seconds=0.2)
    form = next(make(gate=gate).full_texts(ArxivId("2411.15382")))
    assert form.data == PAGE
    first, second = (request.at for request in server.requests)
    assert second - first >= 0.2


def test_requests_say_who_asks(make: Make, server: ArxivServer):
    """ArXiv could not tell the program from others, or reach the person behind it."""
    make(contact="mailto:someone@example.org").by_ids(ids("2411.15382"))
    list(make(contact="mailto:someone@example.org").full_texts(ArxivId("2411.15382", 1)))
    agents = {request.headers["user-agent"] for request in server.requests}
    assert len(agents) == 1
    assert re.fullmatch(r"inquiring-kb/[0-9.]+ \(\+mailto:someone@example\.org\)", agents.pop())


def test_the_real_arxiv_is_never_asked_faster_than_its_terms(tmp_path: Path):
    """A setting for tests would get a person locked out."""
    for address in ("https://export.arxiv.org", "https://arxiv.org", "https://web.arxiv.org:443/"):
        with pytest.raises(ValueError, match="3 s"):
            ArxivArchive(tmp_path, base_url=address, gate=RequestGate(tmp_path / "gate", interval_seconds=1))


def test_private_addresses_are_refused_unless_allowed(make: Make, server: ArxivServer):
    """A redirect of a broken or hijacked mirror could reach the person's own network."""
    with pytest.raises(BadInput, match="not a public address"):
        make(test_server="").by_ids(ids("2411.15382"))
    assert server.requests == []


def test_making_an_archive_loads_nothing_heavy():
    """Every start of the program would wait for packages that only requests need."""
    code = (
        "import sys; from pathlib import Path; from ingest.arxiv_api import ArxivArchive; import ingest.fetch\n"
        "ArxivArchive(Path('x'))\n"
        "print(*(name for name in ('arxiv', 'requests', 'urllib3', 'lxml', 'ssl') if name in sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout.strip()) == (0, ""), ran.stderr
