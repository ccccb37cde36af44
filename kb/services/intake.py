"""What `kb add` is given, sorted: notes, papers, documents, and bibliographies, which name papers.

Nothing is fetched or recorded here. What will be is a job, named by its canonical target, so that the same item given
in another form, or again after a crash, is the same job.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from ingest import bibliography, tex_folder
from ingest.files import shown_path
from kb.domain import UNKEPT, Job, JobState
from kb.errors import BadDocument, BadId, BadInput, KbError
from kb.identity import ArxivId, slugify
from kb.ports import Catalog

DOCUMENT_SUFFIXES = frozenset((".pdf", ".html", ".htm", ".xhtml", ".txt", ".text", ".tex"))
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_DOI = re.compile(r"(?:doi:\s*)?(10\.[0-9]{4,9}/\S+)", re.IGNORECASE)
_RESOLVER = "https://doi.org/"
_LIKE_AN_ID = re.compile(
    r"arxiv:|(?:www\.|export\.)?arxiv\.org/|(?:abs|pdf|html)/[0-9]{4}|[0-9]{4,5}\.[0-9]{3}"
    r"|(?:astro-ph|cond-mat|cs|gr-qc|hep-[a-z]{2,3}|math|math-ph|nlin|nucl-[a-z]{2}|physics|q-bio|quant-ph)/?[0-9]{5}",
    re.IGNORECASE,
)
_ARXIV_HOSTS = frozenset(("arxiv.org", "www.arxiv.org", "export.arxiv.org"))
_KEPT = frozenset(("topics", "remark"))
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SAID_AT_MOST, _MAX_SHOWN = 10, 300
ITEM = "item"
"""Kind of the job of what was refused before it was known what it is; a retry sorts it again."""
FORGETTABLE = frozenset(("paper", "document", "file", ITEM))
"""Kinds of jobs that a person may give up; a note's ends with its file."""
_CURE_RDF = "Export the collection as BibTeX, RIS or CSL JSON, and add that"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How items are to be added."""

    topics: tuple[str, ...] = ()
    remark: str = ""
    abstract_only: bool = False
    as_document: bool = False
    """Whether Markdown files are documents rather than notes."""

    def as_options(self) -> dict[str, Any]:
        """What is kept with a job; only what was wished."""
        wished = {"topics": list(map(slugify, self.topics)), "remark": self.remark, "abstract_only": self.abstract_only}
        return {name: value for name, value in wished.items() if value}

    @classmethod
    def of(cls, options: dict[str, Any]) -> "Wishes":
        """What was wished when a job was kept."""
        topics, remark = tuple(options.get("topics", ())), options.get("remark", "")
        return cls(topics, remark, bool(options.get("abstract_only")))


NO_WISHES = Wishes()


@dataclass(slots=True)
class Sorted:
    """Items by what is to be done with them."""

    notes: list[Path] = field(default_factory=list)
    """Note files and folders of notes, to be copied in; also what is no file, for which copying has the words."""
    jobs: dict[str, Job] = field(default_factory=dict)
    """Papers and documents by target."""
    refused: list[Job] = field(default_factory=list)
    """Items that cannot be added as they were given, and bibliographies of which a part cannot."""
    remarks: list[str] = field(default_factory=list)

    def join(self, other: "Sorted") -> None:
        """Take what was sorted with other wishes; what is here already counts."""
        self.notes += other.notes
        self.jobs = other.jobs | self.jobs
        self.refused += other.refused
        self.remarks += other.remarks


def sort_items(items: Iterable[str | Path], wishes: Wishes) -> Sorted:
    """Sort what was given; bibliographies are read and folders are looked through.

    Args:
        items: paths, addresses, arXiv ids and DOIs.
        wishes: how they are to be added.
    """
    return _Sorter(wishes).sort(items)


class _Sorter:
    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._options = wishes.as_options()
        self._found = Sorted()

    def sort(self, items: Iterable[str | Path]) -> Sorted:
        for item in items:
            if not str(item).strip():
                empty = BadInput("an item is empty, as an unset variable leaves it", cure="Name what is to be added")
                self._refuse(item, empty, UNKEPT)
                continue
            try:
                self._sort(item)
            except KbError as error:
                self._refuse(item, error)
        return self._found

    def _refuse(self, item: str | Path, error: KbError, kind: str = ITEM) -> None:
        job = Job(target=shown_item(item), kind=kind, state=JobState.FAILED, reason=error.message, advice=error.cure)
        self._found.refused.append(job.model_copy(update={"options": self._options}))

    def _sort(self, item: str | Path) -> None:
        text = str(item).strip()
        path = Path(os.path.abspath(item))
        if isinstance(item, Path) or os.path.lexists(path):
            self._sort_path(path, item)
        elif paper := _paper(text):
            self._add(str(paper), "paper")
        elif _SCHEME.match(text):
            self._add(_address(text), "document")
        elif doi := _DOI.fullmatch(text):
            self._add(_address_of_doi(doi[1]), "document")
        else:
            self._found.notes.append(Path(item))

    def _sort_path(self, path: Path, item: str | Path) -> None:
        suffix = path.suffix.lower()
        if path.is_dir():
            self._sort_folder(path, item)
        elif suffix in bibliography.SUFFIXES and not self._wishes.as_document:
            self._add_references(path)
        elif suffix == ".rdf" and path.is_file() and not self._wishes.as_document:
            raise BadDocument(f"{path.name} is in RDF, which is not read", cure=_CURE_RDF)
        elif os.path.lexists(path) and (self._wishes.as_document or suffix in DOCUMENT_SUFFIXES):
            self._add(shown_path(path), "document")
        else:
            self._found.notes.append(Path(item))

    def _sort_folder(self, folder: Path, item: str | Path) -> None:
        """A folder's notes as notes and its other texts as documents; hidden files and linked folders are left out."""
        wanted = DOCUMENT_SUFFIXES | ({".md", ".markdown"} if self._wishes.as_document else set())
        found: list[Path] = []
        for place, names, files in os.walk(folder):
            names[:] = sorted(name for name in names if not name.startswith("."))
            found += [Path(place, name) for name in sorted(files) if not name.startswith(".")]
        found = [path for path in found if path.suffix.lower() in wanted]
        # What another file takes in is read with that one.
        taken_in = _taken_in(path for path in found if path.suffix.lower() == ".tex")
        for path in found:
            if Path(os.path.realpath(path)) not in taken_in:
                self._add(shown_path(path), "document", shown_path(folder))
        if not self._wishes.as_document:
            self._found.notes.append(Path(item))

    def _add_references(self, path: Path) -> None:
        found = bibliography.read_bibliography(path)
        for reference in found.references:
            if reference.arxiv_id:
                self._add(str(reference.arxiv_id), "paper")
            elif reference.doi:
                self._add(_address_of_doi(reference.doi), "document")
            else:
                self._found.remarks.append(f"{path.name}: no arXiv id or DOI in {reference}. Add its address or PDF")
        if damaged := found.damaged:
            named = "; ".join(damaged[:_SAID_AT_MOST]) + ("; …" if len(damaged) > _SAID_AT_MOST else "")
            what = f"{len(damaged)} damaged {'entry was' if len(damaged) == 1 else 'entries were'} left out ({named})"
            self._refuse(path, BadDocument(what, cure="Mend the file and add it again"))

    def _add(self, target: str, kind: str, folder: str = "") -> None:
        job = Job(target=target, kind=kind, folder=folder, state=JobState.PENDING, options=self._options)
        self._found.jobs.setdefault(target, job)


def _taken_in(paths: Iterable[Path]) -> set[Path]:
    """Files, by their real paths, that one of these TeX files takes in."""
    return {part for path in paths if tex_folder.is_main(path) for part in tex_folder.parts(path)}


def _address_of_doi(doi: str) -> str:
    """Where a DOI leads: the page of the work, which is read like any other (https://www.doi.org/the-identifier)."""
    return _address(_RESOLVER + quote(doi, safe="/:;()._-<>"))


def shown_item(item: str | Path) -> str:
    """An item as its job is named: a file by its whole path, anything else as it was given, without credentials."""
    text = str(item).strip()
    if text and (isinstance(item, Path) or os.path.lexists(text)):
        return shown_path(Path(os.path.abspath(item)))
    before, _, rest = " ".join(text.split()).partition("//")
    shown = f"{before}//…@{rest.rpartition('@')[2]}" if "@" in rest else " ".join(text.split())
    return shown[:_MAX_SHOWN]


def _paper(text: str) -> ArxivId | None:
    """The arXiv id that an item names, if it names one.

    Raises:
        BadId: if it is meant as one and is none.
    """
    try:
        return ArxivId.parse(text)
    except BadId:
        if _LIKE_AN_ID.match(text) and not text.lower().endswith((".md", ".pdf", ".html", ".txt")):
            raise
        return None


def _address(text: str) -> str:
    """An address in one spelling, without its fragment.

    Raises:
        BadInput: if it is not one that can be fetched, as arXiv's pages are not: papers come by their ids. Its words
            are not repeated where they hold a password.
    """
    shown = shown_item(text)[:80]
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise BadInput(f"{shown} is not an address", cure="Check how it is written") from None
    if parts.username is not None or parts.password is not None:
        raise BadInput("an address with a name or password in it is not fetched", cure="Save the page and add the file")
    if parts.scheme.lower() not in _DEFAULT_PORTS or not parts.hostname:
        raise BadInput(f"{shown} is not an http or https address", cure="Save it as a file and add that")
    if parts.hostname.rstrip(".") in _ARXIV_HOSTS:
        raise BadInput(f"{shown} names no arXiv paper", cure="Give an id, or look for papers with `kb arxiv search`")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    scheme = parts.scheme.lower()
    place = host if port in (None, _DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    return urlunsplit((scheme, place, parts.path or "/", parts.query, ""))


def announce(jobs: Iterable[Job], catalog: Catalog) -> None:
    """Write down what is to be done before any of it is; topics and remarks of an earlier try are kept."""
    with catalog.writing():
        for job in jobs:
            before = catalog.job(job.target)
            kept = {name: value for name, value in (before.options if before else {}).items() if name in _KEPT}
            options = {**kept, **job.options}
            catalog.put_job(job.model_copy(update={"options": options}))


def waiting(catalog: Catalog, *, failed_too: bool) -> list[Job]:
    """Papers and documents that an earlier run left undone; files that are gone since are forgotten.

    Args:
        catalog: of the library.
        failed_too: whether to try again what failed.
    """
    jobs = catalog.jobs(JobState.PENDING) + (catalog.jobs(JobState.FAILED) if failed_too else [])
    found = [job for job in jobs if job.kind in ("paper", "document")]
    gone = {job.target for job in found if job.kind == "document" and is_gone(job)}
    if gone:
        with catalog.writing():
            for target in gone:
                catalog.forget_job(target)
    return [job for job in found if job.target not in gone]


def is_address(target: str) -> bool:
    """Whether a document comes from the network."""
    return _SCHEME.match(target) is not None


def is_doi(target: str) -> bool:
    """Whether a document is a work that was named by its DOI."""
    return target.startswith(_RESOLVER)


def is_gone(job: Job) -> bool:
    """Whether a document was a file that is no more."""
    return not is_address(job.target) and not os.path.lexists(job.target)


def reject_unreadable(path: Path, folder: str) -> None:
    """Refuse what is no regular file, or leads out of the folder that was given through a link.

    Raises:
        BadDocument: saying which.
    """
    if folder and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
        raise BadDocument(f"{path.name} is a link that leads out of its folder", cure="Add the file that it leads to")
    if not path.is_file():
        raise BadDocument(f"{path.name} is not a regular file", cure="Add a file")
