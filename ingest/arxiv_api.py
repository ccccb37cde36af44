"""arXiv as an archive of papers: metadata through the `arxiv` package, full texts from the site.

Terms: metadata is free of rights (CC0), full texts are kept for the person's own use and not passed on, and requests
keep their distance (`ingest.request_gate`). https://info.arxiv.org/help/api/tou.html
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ingest.arxiv_feed import archived_paper
from ingest.arxiv_query import search_query
from ingest.arxiv_transport import DAY_SECONDS, Refused, Transport
from ingest.http_get import MEGABYTE, Reply
from ingest.request_gate import INTERVAL_SECONDS, RequestGate, machine_folder
from ingest.response_cache import FOREVER, ResponseCache
from kb.errors import BadInput
from kb.identity import ArxivId
from kb.ports import ArchivedPaper, FullText

if TYPE_CHECKING:
    from arxiv import Client, Result

BASE_URL = "https://export.arxiv.org"
SITE_URL = "https://arxiv.org"
PAGE_SIZE = 100
_PAGE_BYTES = 32 * MEGABYTE
_FILE_BYTES = 100 * MEGABYTE


class ArxivArchive:
    """arXiv; a `kb.ports.PaperArchive`.

    Args:
        folder: where answers are kept: metadata for a day, a version's full text until the folder grows too large.
        base_url: of the query API.
        site_url: of the full texts.
        contact: mail or web address that requests give, so that arXiv can reach their sender.
        gate: lets requests through; by default one that all libraries of the person share.
        clock: seconds since 1970.
        timeout_seconds: for each request to the query API.
        test_server: address of a server of tests on this computer, the one private place that may be visited.
    """

    def __init__(
        self,
        folder: Path,
        *,
        base_url: str = BASE_URL,
        site_url: str = SITE_URL,
        contact: str = "",
        gate: RequestGate | None = None,
        clock: Callable[[], float] = time.time,
        timeout_seconds: float = 30.0,
        test_server: str = "",
    ) -> None:
        gate = gate or RequestGate(machine_folder() / "arxiv.json", clock=clock)
        hosts = {urlsplit(url).hostname or "" for url in (base_url, site_url)}
        if gate.interval_seconds < INTERVAL_SECONDS and any(f".{host}".endswith(".arxiv.org") for host in hosts):
            raise ValueError(f"arXiv asks for {INTERVAL_SECONDS:g} s between requests")
        self._base_url, self._site_url = base_url, site_url
        self._transport = Transport(
            ResponseCache(folder, clock=clock),
            gate,
            contact=contact,
            timeout_seconds=timeout_seconds,
            test_server=test_server,
        )

    def by_ids(self, ids: Sequence[ArxivId]) -> dict[ArxivId, ArchivedPaper]:
        """Papers by id as asked, a hundred a request; see `kb.ports.PaperArchive`."""
        found: dict[ArxivId, ArchivedPaper] = {}
        for batch in _batches(ids):
            papers = {archived.paper.id: archived for archived in map(archived_paper, self._entries(batch))}
            for asked in batch:
                archived = papers.get(asked.base)
                if archived and asked.version in (0, archived.paper.version):
                    found[asked] = archived
        return {asked: found[asked] for asked in ids if asked in found}

    def search(
        self,
        query: str,
        *,
        category: str = "",
        since: str = "",
        until: str = "",
        limit: int = 100,
        newest_first: bool = False,
    ) -> Iterator[ArchivedPaper]:
        """Papers that fit, page by page as they are asked for; see `kb.ports.PaperArchive` and `search_query`.

        Raises:
            BadInput: before the first paper, if the search cannot be read; with it, if arXiv cannot read it.
            Unavailable: as the protocol says.
        """
        if limit < 1:
            raise BadInput(f"{limit} papers cannot be searched for", cure="Ask for one or more")
        return self._found(search_query(query, category=category, since=since, until=until), limit, newest_first)

    def full_texts(self, arxiv_id: ArxivId) -> Iterator[FullText]:
        """The forms that there are, best first; see `kb.ports.PaperArchive`.

        Raises:
            BadInput: at the end, if there was a form, but none of a usable size.
            Unavailable: as the protocol says, also if something else comes in place of a form.
        """
        too_long: BadInput | None = None
        n_forms = 0
        for path, form, judge, max_bytes in _FORMS:
            url = f"{self._site_url}/{path}/{_name(arxiv_id)}"
            try:
                reply = self._transport.file(url, judge, max_bytes, FOREVER if arxiv_id.version else DAY_SECONDS)
            except BadInput as error:
                too_long = error
                continue
            # Papers that were sent in as a PDF have that PDF in place of a source.
            if reply is not None and not (form == "tex" and _is_pdf(reply)):
                n_forms += 1
                yield FullText(form, reply.data, url)
        if too_long and not n_forms:
            raise too_long

    def _entries(self, ids: Sequence[ArxivId]) -> list["Result"]:
        """Entries of the ids; ids that arXiv will not even look up have none."""
        from arxiv import Search

        try:
            search = Search(id_list=[_name(asked) for asked in ids], max_results=len(ids))
            return list(self._client(len(ids)).results(search))
        except Refused:
            # One id spoils the request for all: halve until it stands alone.
            half = len(ids) // 2
            return self._entries(ids[:half]) + self._entries(ids[half:]) if half else []

    def _found(self, query: str, limit: int, newest_first: bool) -> Iterator[ArchivedPaper]:
        from arxiv import Search, SortCriterion, UnexpectedEmptyPageError

        order = SortCriterion.SubmittedDate if newest_first else SortCriterion.Relevance
        results = self._client(min(limit, PAGE_SIZE)).results(Search(query, max_results=limit, sort_by=order))
        seen: set[str] = set()
        try:
            for archived in map(archived_paper, results):
                if archived.paper.id not in seen:  # a paper that came in meanwhile moves others to the next page
                    seen.add(archived.paper.id)
                    yield archived
        except UnexpectedEmptyPageError:
            return  # there are fewer results now than the first page announced

    def _client(self, page_size: int) -> "Client":
        """The package's client; pauses and further tries are the transport's business."""
        from arxiv import Client

        client = Client(page_size=page_size, delay_seconds=0, num_retries=0)
        client.query_url_format = f"{self._base_url}/api/query?{{}}"
        for scheme in ("https://", "http://"):
            client._session.mount(scheme, self._transport.adapter())
        return client


def _name(arxiv_id: ArxivId) -> str:
    return str(arxiv_id).removeprefix("arXiv:")


def _batches(ids: Sequence[ArxivId]) -> Iterator[list[ArxivId]]:
    """Ids for one request each; two versions of one paper never share one, as answers name no more than the paper."""
    layers: dict[int, list[ArxivId]] = defaultdict(list)
    n_seen: dict[str, int] = defaultdict(int)
    for asked in dict.fromkeys(ids):
        layers[n_seen[asked.base]].append(asked)
        n_seen[asked.base] += 1
    for layer in layers.values():
        yield from (layer[start : start + PAGE_SIZE] for start in range(0, len(layer), PAGE_SIZE))


def _is_pdf(reply: Reply) -> bool:
    return b"%PDF-" in reply.data[:1024]


def _is_page(reply: Reply) -> bool:
    return reply.media_type in ("text/html", "application/xhtml+xml")


def _judge_html(reply: Reply) -> str:
    return "" if reply.status == 200 and _is_page(reply) and reply.data else "no web page where one should be"


def _judge_pdf(reply: Reply) -> str:
    return "" if reply.status == 200 and _is_pdf(reply) else "something else in place of the PDF"


def _judge_source(reply: Reply) -> str:
    is_file = reply.status == 200 and reply.data and not _is_page(reply)
    return "" if is_file else "something else in place of the source"


_FORMS = (
    ("html", "html", _judge_html, _PAGE_BYTES),
    ("pdf", "pdf", _judge_pdf, _FILE_BYTES),
    ("e-print", "tex", _judge_source, _FILE_BYTES),
)
