"""Papers in: metadata for many in few requests, then the full text of each, the best form that can be read.

A paper's text begins with its abstract as arXiv has it. Where no form of the full text passes the sanity gate, the
abstract alone is kept, and said to be alone.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ingest.abstracts import READING as ABSTRACT
from ingest.abstracts import abstract_source
from ingest.extracted import Extracted
from ingest.markdown import blocks
from ingest.plain import plain
from ingest.withdrawn import says_only_withdrawn
from kb.domain import Job, JobState, Source
from kb.errors import BadInput, NotFound, Unavailable
from kb.identity import ArxivId
from kb.ports import ArchivedPaper, Catalog, FullText, PaperArchive, Progress, no_progress
from kb.services.copies import copies_of, said_of_pair
from kb.services.intake import is_address
from kb.services.settle import Finished, Recorder, newest_version

_AT_ONCE = 100
"""Papers whose metadata is asked for together."""
_ABSTRACTS_AT_ONCE = 32
_MORE_IN_ABSTRACTS = 600
"""Characters by which a paper's own abstract may exceed twice arXiv's: keywords and such. What is longer holds more
than the abstract, because a heading was not seen."""
_GIVE_UP_AFTER = 2
"""Papers in a row that could not be fetched; the others then wait for a better time."""

Read = Callable[[bytes, str, str], Extracted]
"""Text of a document from its bytes, name and media type; raises BadDocument if there is none worth keeping."""

_MEDIA_TYPES = {"html": "text/html", "pdf": "application/pdf", "tex": ""}


class PaperIntake:
    """Adds papers to one library.

    Args:
        catalog: of the library.
        archive: where papers come from.
        read: turns full texts into text and refuses what is none.
        recorder: takes what is finished.
    """

    def __init__(self, catalog: Catalog, archive: PaperArchive, read: Read, recorder: Recorder) -> None:
        self._catalog, self._archive, self._read, self._recorder = catalog, archive, read, recorder

    def run(
        self,
        jobs: Sequence[Job],
        progress: Progress = no_progress,
        known: Mapping[ArxivId, ArchivedPaper] | None = None,
    ) -> None:
        """Settle jobs one by one, so that whatever ends the run, what is settled stays settled.

        Args:
            jobs: of kind paper; the target is the id.
            progress: hears of papers.
            known: metadata that is at hand already.

        Raises:
            Unavailable: if the archive is out of reach; the jobs that were not reached are still pending.
        """
        done, misses = 0, 0
        for start in range(0, len(jobs), _AT_ONCE):
            batch = jobs[start : start + _AT_ONCE]
            found = self._metadata(batch, known or {})
            ready: list[Finished] = []
            for job in batch:
                try:
                    ready.append(self._finished(job, found))
                    misses = 0
                except Unavailable as error:
                    misses += 1
                    if misses >= _GIVE_UP_AFTER:
                        self._recorder.done(ready)
                        raise
                    self._recorder.failed(job, error)
                except (BadInput, NotFound) as error:
                    self._recorder.failed(job, error)
                done += 1
                progress("Fetching papers", done, len(jobs))
                if ready and (ready[-1].source.reading != ABSTRACT or len(ready) >= _ABSTRACTS_AT_ONCE):
                    self._recorder.done(ready)
                    ready = []
            self._recorder.done(ready)

    def _metadata(self, jobs: Sequence[Job], known: Mapping[ArxivId, ArchivedPaper]) -> Mapping[ArxivId, ArchivedPaper]:
        """Of each paper as asked for and, since only that tells of withdrawals, of its newest version."""
        ids = [ArxivId.parse(job.target) for job in jobs]
        wanted = dict.fromkeys([*ids, *(ArxivId(arxiv_id.base) for arxiv_id in ids)])
        missing = [arxiv_id for arxiv_id in wanted if arxiv_id not in known]
        return {**known, **(self._archive.by_ids(missing) if missing else {})}

    def _finished(self, job: Job, found: Mapping[ArxivId, ArchivedPaper]) -> Finished:
        asked = ArxivId.parse(job.target)
        archived = found.get(asked)
        if archived is None:
            cure = f"Check the id; `kb source remove {asked}` forgets it"
            raise NotFound(_said_of_missing(asked, found.get(ArxivId(asked.base))), cure=cure)
        newest = found.get(ArxivId(asked.base), archived).paper
        version = ArxivId(asked.base, asked.version or archived.paper.version)
        held = self._catalog.sources(self._catalog.versions_of(asked.base))
        if archived.paper.withdrawn and says_only_withdrawn(archived.abstract) and (told := _last_text(held, version)):
            remark = f"withdrawn; the text of {told.id} is kept, since {version} only says so"
            return Finished(job, with_wishes(told, job.options), newest, remark)
        same = next((source for source in held if ArxivId.parse(source.id) == version), None)
        abstract_only = bool(job.options.get("abstract_only"))
        is_full = same is not None and same.reading != ABSTRACT
        if same is not None and (abstract_only or (is_full and is_address(same.origin))):
            return Finished(job, with_wishes(same, job.options), newest)
        text, reasons = (None, "") if abstract_only else self._full_text(version)
        if same is not None and is_full and text is None:  # from a file, which says more than an abstract
            return Finished(job, with_wishes(same, job.options), newest, f"the text stays that of {same.origin}")
        source = _source(archived, text)
        if before := newest_version(held):
            inherited = {"topics": list(before.topics), "remark": before.remark}
            source = with_wishes(source, inherited)
        behind = said_of_older(before, version) if (before := newest_version(held)) else ""
        pairs = [said_of_pair(document, source.id) for document in copies_of(self._catalog, asked.base)]
        return Finished(
            job, with_wishes(source, job.options), newest, "; ".join(filter(None, (reasons, behind, *pairs)))
        )

    def _full_text(self, version: ArxivId) -> tuple[Extracted | None, str]:
        """The best form that can be read, or in words why none can."""
        reasons = []
        try:
            for form in self._archive.full_texts(version):
                try:
                    return self._read_form(version, form), ""
                except BadInput as error:
                    reasons.append(f"{form.form}: {error.message}")
        except BadInput as error:
            reasons.append(error.message)
        return None, f"abstract only, no full text could be read ({'; '.join(reasons) or 'arXiv offers none'})"

    def _read_form(self, version: ArxivId, form: FullText) -> Extracted:
        name = f"{version.base.replace('/', '-')}v{version.version}.{form.form}"
        return self._read(form.data, name, _MEDIA_TYPES.get(form.form, ""))


def _said_of_missing(asked: ArxivId, newest: ArchivedPaper | None) -> str:
    """What is said of an id that arXiv does not know, or not in that version."""
    if newest is None or asked.version <= newest.paper.version:
        return f"arXiv has no paper {asked}"
    return f"{ArxivId(asked.base)} has no version {asked.version}; the newest is v{newest.paper.version}"


def _last_text(held: Sequence[Source], version: ArxivId) -> Source | None:
    """The newest version that is held and older than one."""
    return newest_version(source for source in held if ArxivId.parse(source.id).version < version.version)


def said_of_older(newest: Source, version: ArxivId) -> str:
    """What is said when a version is added behind a newer one."""
    if ArxivId.parse(newest.id).version <= version.version:
        return ""
    return f"kept as an older version of {newest.id}, which is the one that is found"


def _source(archived: ArchivedPaper, text: Extracted | None) -> Source:
    """A paper as a source: with its full text, or with its abstract alone."""
    source = abstract_source(archived)
    if text is None:
        return source
    whole, pages = composed(source.text, text)
    return source.model_copy(update={"text": whole, "pages": pages, "reading": text.reading})


def composed(abstract: str, text: Extracted) -> tuple[str, tuple[int, ...]]:
    """A paper's text and pages: the abstract as arXiv has it, then the full text without its own title and abstract."""
    head = f"## Abstract\n\n{abstract}\n\n"
    body, pages = text.text, text.pages
    for start, end in reversed(_repeated(body, text.title, 2 * len(abstract) + _MORE_IN_ABSTRACTS)):
        body = body[:start] + body[end:]
        pages = tuple(page - max(0, min(page, end) - start) for page in pages)
    shift = len(head)
    return head + body.strip("\n") + "\n", tuple(shift + page if page else 0 for page in _without_lead(body, pages))


def _without_lead(body: str, pages: tuple[int, ...]) -> tuple[int, ...]:
    """Offsets after the line feeds before the text are gone."""
    lead = len(body) - len(body.lstrip("\n"))
    return tuple(max(0, page - lead) for page in pages)


def _repeated(body: str, title: str, at_most: int) -> list[tuple[int, int]]:
    """Spans of the title's heading and of the section that is the abstract, if no longer than one can be."""
    found = blocks(body, 0)
    headings = [block for block in found if block.level]
    spans = []
    for i, heading in enumerate(headings):
        words = plain(body[heading.char_start : heading.char_end]).strip(" .:").casefold()
        until = headings[i + 1].char_start if i + 1 < len(headings) else len(body)
        if words == "abstract" and until < len(body) and until - heading.char_start <= at_most:
            spans.append((heading.char_start, until))
        elif heading.level == 1 and title and words == plain(title).strip(" .:").casefold():
            spans.append((heading.char_start, heading.char_end))
    return spans


def with_wishes(source: Source, options: Mapping[str, Any]) -> Source:
    """A source with the topics and the remark that were given for it, beside those that it has."""
    topics = tuple(dict.fromkeys([*source.topics, *options.get("topics", ())]))
    return source.model_copy(update={"topics": topics, "remark": options.get("remark") or source.remark})


def paper_job(arxiv_id: ArxivId, options: Mapping[str, Any]) -> Job:
    """A paper that is to be added."""
    return Job(target=str(arxiv_id), kind="paper", state=JobState.PENDING, options=dict(options))
