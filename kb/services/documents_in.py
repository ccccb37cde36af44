"""Documents in: files and web pages, read into text, named, and recorded one by one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from ingest.extracted import Extracted
from ingest.kinds import MAX_BYTES
from ingest.tex_folder import bundled
from kb.domain import Job, Paper, Source, SourceKind
from kb.errors import BadDocument, BadId, BadInput, Unavailable
from kb.identity import ArxivId, content_hash, parse_date, slugify
from kb.ports import Catalog, Progress, no_progress
from kb.services import paper_files
from kb.services.copies import BEARS, borne_by, same_text
from kb.services.intake import is_address, is_doi, reject_unreadable
from kb.services.papers_in import Read, said_of_older, with_wishes
from kb.services.settle import Finished, Recorder, newest_version

_BY_HAND = "get its PDF by hand and add that: `kb add FILE`"


class Page(Protocol):
    """What came from an address."""

    @property
    def media_type(self) -> str:
        """Such as text/html."""
        ...

    @property
    def data(self) -> bytes:
        """The body, as the server sent it, decompressed."""
        ...


Fetch = Callable[[str], Page]
"""Fetches an http or https address; raises BadInput or Unavailable."""


class DocumentIntake:
    """Adds documents to one library.

    Args:
        catalog: of the library.
        fetch: brings pages.
        read: turns bytes into text and refuses what is none.
        recorder: takes what is finished.
    """

    def __init__(self, catalog: Catalog, fetch: Fetch, read: Read, recorder: Recorder) -> None:
        self._catalog, self._fetch, self._read, self._recorder = catalog, fetch, read, recorder

    def run(self, jobs: Sequence[Job], progress: Progress = no_progress) -> None:
        """Settle jobs one by one; a document that fails is written down, and the others go on."""
        for done, job in enumerate(jobs, 1):
            try:
                self._recorder.done([self._finished(job)])
            except (BadInput, Unavailable) as error:
                self._recorder.failed(job, _of_work(error, job.target) if is_doi(job.target) else error)
            except OSError as error:
                self._recorder.failed(job, error)
            progress("Reading documents", done, len(jobs))

    def _finished(self, job: Job) -> Finished:
        data, name, media_type = self._bytes(job)
        text = self._read(data, name, media_type)
        remark = ""
        if bears := None if is_address(job.target) else borne_by(name, text):
            known = self._catalog.papers([bears.base]).get(bears.base)
            if paper_files.is_surely(text, known):
                return self._as_paper(job, name, text, bears, known)
            remark = paper_files.doubt(bears, text, known)
            text = replace(text, date=paper_files.date_of(bears, text))
            if known is None:
                job = job.model_copy(update={"options": {**job.options, BEARS: str(bears)}})
        source = self._source(job.target, name, text)
        twin = self._catalog.same_document(source.title, source.text)
        if twin and twin != source.id and (same := self._catalog.source(twin)):
            return Finished(job, with_wishes(same, job.options), remark=f"the library has this text as {twin}")
        if before := self._catalog.source(source.id):
            source = with_wishes(source, {"topics": list(before.topics), "remark": before.remark})
        return Finished(job, with_wishes(source, job.options), remark=remark)

    def _as_paper(self, job: Job, name: str, text: Extracted, bears: ArxivId, known: Paper | None) -> Finished:
        """A file that is a paper: one that is held in full already, or that paper from here on."""
        held = self._catalog.sources(self._catalog.versions_of(bears.base))
        if same := same_text(held, bears):
            remark = "" if same.origin == job.target else f"is {bears}, which the library holds as {same.id}"
            remark += "; nothing was added" * bool(remark)
            return Finished(job, with_wishes(same, job.options), known, remark)
        before = newest_version(held)
        paper = paper_files.as_paper(bears, text, known, before, origin=job.target, name=Path(name).stem)
        if before:
            paper = with_wishes(paper, {"topics": list(before.topics), "remark": before.remark})
        behind = said_of_older(before, ArxivId.parse(paper.id)) if before else ""
        remark = "; ".join(filter(None, (paper_files.said_of_title(bears, text, known), behind)))
        return Finished(job, with_wishes(paper, job.options), known, remark)

    def _bytes(self, job: Job) -> tuple[bytes, str, str]:
        """Contents, name and media type of a file or page."""
        if is_address(job.target):
            page = self._fetch(job.target)
            return page.data, job.target, page.media_type
        path = Path(job.target)
        reject_unreadable(path, job.folder)
        if (size := path.stat().st_size) > MAX_BYTES:
            limit = f"{MAX_BYTES // 2**20} MB of a document"
            raise BadDocument(f"{path.name} has {size / 2**20:.0f} MB, more than the {limit}", cure="Split it")
        data = bundled(path) if path.suffix.lower() == ".tex" else path.read_bytes()
        return data, path.name, ""

    def _source(self, target: str, name: str, text: Extracted) -> Source:
        return Source(
            id=self._id(target),
            kind=SourceKind.DOCUMENT,
            title=" ".join(text.title.split()) or Path(urlsplit(name).path).stem or name,
            text=text.text,
            date=_date(text.date),
            authors=text.authors,
            origin=target,
            pages=text.pages,
            reading=text.reading,
        )

    def _id(self, target: str) -> str:
        """A name from the file's or page's; with a hash of where it came from if another document bears that name."""
        if is_address(target):
            parts = urlsplit(target)
            name = f"{parts.hostname} {parts.path}"
        else:
            name = Path(target).stem
        plain = f"document:{slugify(name)}"
        holder = self._catalog.source(plain)
        return plain if holder is None or holder.origin == target else f"{plain[:80]}-{content_hash(target)[:6]}"


def _of_work(error: BadInput | Unavailable, target: str) -> BadInput | Unavailable:
    """Why a work cannot be had by its DOI, with what helps: many publishers let no program read their pages."""
    lead, what = "the page that this DOI leads to", error.message.removeprefix(f"{target[:100]} ")
    reason = f"{lead} {what}" if what != error.message else f"{lead}: {what.removeprefix(f'{target}: ')}"
    if isinstance(error, Unavailable):
        return Unavailable(reason, cure=f"Try again later with `kb add --retry`. Or {_BY_HAND}")
    return BadInput(reason, cure=_BY_HAND[0].upper() + _BY_HAND[1:])


def _date(text: str) -> str | None:
    try:
        return parse_date(text) if text else None
    except BadId:
        return None
