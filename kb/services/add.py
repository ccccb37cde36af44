"""Notes in: bring the catalog to what the notes folder holds.

Every batch of notes is one transaction, so that whatever ends the process, a note is in the library whole or not at
all; what was embedded before is found by its hash and not embedded again.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path, PurePosixPath

import numpy as np

from ingest.files import find_notes, shown_path
from ingest.plain import plain
from kb.domain import AddReport, Flaw, Job, JobState, Source
from kb.errors import KbError
from kb.identity import content_hash, slugify
from kb.ports import Catalog, Embedder, Entry, FileState, Keys, Matrix, Progress, Vector, no_progress
from kb.services.sentences import sentence_hash

# Sources in a transaction: few enough that little is done again after a crash, and that progress is seen to move.
_BATCH = 16
_MAX_TITLE_TOKENS = 48
# Abstracts rank better in halves than whole, which the model would have to cut; a note's paragraphs argue as wholes.
_PASSAGE_TOKENS, _NOTE_PASSAGE_TOKENS = 128, 220
_MOST_FLAWS = 50
_ADVICE = "Mend the file; it is read again when it changes, or with `kb add --retry`"


def entry_of(source: Source, embedder: Embedder) -> tuple[Entry, list[str]]:
    """A source cut into passages, with the text to embed for each: its title, then its words without markup."""
    title = _short_title(source.title, embedder)
    wanted = _NOTE_PASSAGE_TOKENS if source.id.startswith("note:") else _PASSAGE_TOKENS
    budget = min(wanted, embedder.window - embedder.count_tokens(title))
    from ingest.chunk import chunk  # here, as what reads notes: a question only looks whether one changed

    passages = chunk(source, embedder.count_tokens, budget)
    search_texts = [plain(passage.text) for passage in passages]
    texts = [_text_to_embed(title, text) for text in search_texts]
    hashes = [content_hash(text) for text in texts]
    return Entry(source, passages, search_texts, hashes), texts


def _text_to_embed(short_title: str, search_text: str) -> str:
    return f"{short_title}\n{search_text}"


def vectors_of_versions(catalog: Catalog, embedder: Embedder, ids: Collection[str]) -> tuple[Keys, Matrix]:
    """Keys, ascending, and vectors of the passages of superseded versions, which the catalog itself no longer joins."""
    texts = _texts_of_versions(catalog, embedder, ids)
    hashes = {key: content_hash(text) for key, text in texts.items()}
    known = catalog.vectors_of(set(hashes.values()))
    known |= embedded({h: texts[key] for key, h in hashes.items() if h not in known}, embedder)
    keys = np.array(sorted(texts), dtype=np.int64)
    return keys, np.array([known[hashes[key]] for key in keys], dtype=np.float32).reshape(-1, embedder.dimension)


def _texts_of_versions(catalog: Catalog, embedder: Embedder, ids: Collection[str]) -> dict[int, str]:
    """What was embedded of the passages of some sources, by key."""
    titles = {source.id: _short_title(source.title, embedder) for source in catalog.sources(ids)}
    passages = catalog.passages_of(ids)
    return {key: _text_to_embed(titles[p.source_id], plain(p.text)) for key, p in passages.items()}


def sentences_of(entry: Entry) -> Iterator[tuple[str, str]]:
    """Hash and words of title and sentences: what answers quote is embedded once, not for every answer.

    Abstracts go without: there may be millions, and few of them are ever quoted.
    """
    if not _has_sentences(entry.source):
        return
    title = plain(entry.source.title)
    yield sentence_hash(title), title
    for passage in entry.passages:
        for start, end in passage.sentences:
            text = plain(passage.text[start - passage.char_start : end - passage.char_start])
            yield sentence_hash(text), text


def _has_sentences(source: Source) -> bool:
    """Whether a source's sentences have vectors of their own: notes and full texts."""
    return source.id.startswith("note:") or source.reading not in ("", "abstract")


def _short_title(title: str, embedder: Embedder) -> str:
    """A title cut to leave room for the passage."""
    words = plain(title).split()
    while len(words) > 1 and embedder.count_tokens(" ".join(words)) > _MAX_TITLE_TOKENS:
        words = words[: len(words) * 3 // 4]
    short = " ".join(words)
    return short if embedder.count_tokens(short) <= _MAX_TITLE_TOKENS else short[:_MAX_TITLE_TOKENS]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Sources ready to be recorded, with the vectors that the catalog lacks."""

    entries: tuple[Entry, ...]
    vectors: dict[str, Vector]


def cut(sources: Sequence[Source], catalog: Catalog, embedder: Embedder) -> tuple[tuple[Entry, ...], dict[str, str]]:
    """Sources cut into passages, and the texts to embed for them, by hash, whose vector the catalog lacks."""
    pairs = [entry_of(source, embedder) for source in sources]
    texts = {h: text for entry, texts in pairs for h, text in zip(entry.text_hashes, texts, strict=True)}
    texts |= {h: text for entry, _ in pairs for h, text in sentences_of(entry)}
    missing = sorted(catalog.missing_vectors(texts))
    return tuple(entry for entry, _ in pairs), {h: texts[h] for h in missing}


def embedded(texts: Mapping[str, str], embedder: Embedder) -> dict[str, Vector]:
    """Vectors of texts, by hash."""
    return dict(zip(texts, embedder.embed(list(texts.values())), strict=True)) if texts else {}


def prepare(sources: Sequence[Source], catalog: Catalog, embedder: Embedder) -> Prepared:
    """Cut and embed sources; texts whose vector the catalog has are not embedded again."""
    entries, texts = cut(sources, catalog, embedder)
    return Prepared(entries, embedded(texts, embedder))


def record(prepared: Prepared, catalog: Catalog) -> None:
    """Put prepared sources into the catalog; call within `catalog.writing()`."""
    catalog.put_vectors(prepared.vectors)
    for entry in prepared.entries:
        catalog.put(entry)


def add_sources(
    sources: Iterable[Source], catalog: Catalog, embedder: Embedder, progress: Progress = no_progress, total: int = 0
) -> AddReport:
    """Record sources that are no note files, batch by batch; those already recorded as they are stay untouched."""
    added: list[str] = []
    updated: list[str] = []
    unchanged = n_embedded = seen = 0
    iterator = iter(sources)
    while batch := list(islice(iterator, _BATCH)):
        known = {source.id: catalog.source_hash(source.id) for source in batch}
        new = [source for source in batch if known[source.id] != source.content_hash]
        unchanged += len(batch) - len(new)
        prepared = prepare(new, catalog, embedder)
        n_embedded += len(prepared.vectors)
        with catalog.writing():
            record(prepared, catalog)
        for source in new:
            (updated if known[source.id] else added).append(source.id)
        seen += len(batch)
        progress("Reading and embedding", seen, max(total, seen))
    return AddReport(added=tuple(added), updated=tuple(updated), unchanged=unchanged, n_embedded=n_embedded)


@dataclass(frozen=True, slots=True)
class Changes:
    """How the notes folder differs from what the catalog has seen of it."""

    new: tuple[Path, ...]
    """Files that are new, changed, or asked for again after a failure."""
    gone: tuple[str, ...]
    """Paths whose file is no more."""
    n_same: int


def changes(root: Path, catalog: Catalog, retry: bool = False) -> Changes:
    """Compare sizes and times only: cheap enough to do before every answer."""
    known = catalog.files()
    paths = {shown_path(path.relative_to(root)): path for path in find_notes(root)}
    # What was announced by a run that was killed before it read the file is known by its job alone.
    announced = {job.target for job in catalog.jobs(JobState.PENDING) if job.kind == "note"}
    gone = tuple(sorted((known.keys() | announced) - paths.keys()))
    new = [path for name, path in paths.items() if _differs(path, known.get(name), retry)]
    # Of two files of one name the one nearer to the top gets the shorter slug.
    new.sort(key=lambda path: len(path.parts))
    return Changes(tuple(new), gone, len(paths) - len(new))


def _differs(path: Path, known: FileState | None, retry: bool) -> bool:
    if known is None or (retry and known.source_id is None):
        return True
    try:
        stat = path.stat()
    except OSError:
        return True
    return (stat.st_size, stat.st_mtime_ns) != (known.size, known.mtime_ns)


def synchronise(
    root: Path, catalog: Catalog, embedder: Embedder, progress: Progress = no_progress, retry: bool = False
) -> AddReport:
    """Bring the catalog to what the notes folder holds.

    A note that cannot be read is reported as a failed job and stays out; what the catalog had of it before goes, too,
    since the file is the truth. The other notes go on. Of a note whose fields cannot all be used the others are read.
    """
    found = changes(root, catalog, retry)
    removed = _forget(found.gone, catalog)
    run = _Run(root, catalog, embedder)
    total = len(found.new)
    _announce(root, found.new, catalog)
    for start in range(0, total, _BATCH):
        batch = found.new[start : start + _BATCH]
        run.add(batch)
        progress("Reading and embedding notes", start + len(batch), total)
    moved = set(run.added) & set(removed)
    return AddReport(
        added=tuple(i for i in run.added if i not in moved),
        updated=(*run.updated, *(i for i in run.added if i in moved)),
        unchanged=found.n_same + run.n_unchanged,
        removed=tuple(i for i in removed if i not in moved),
        failed=tuple(run.failed),
        flawed=tuple(run.flawed),
        n_embedded=run.n_embedded,
    )


def _announce(root: Path, paths: Sequence[Path], catalog: Catalog) -> None:
    """Write down what is to be done, so that an interrupted run can be seen for what it is."""
    with catalog.writing():
        for path in paths:
            catalog.put_job(Job(target=shown_path(path.relative_to(root)), state=JobState.PENDING))


def _forget(gone: Iterable[str], catalog: Catalog) -> list[str]:
    """Drop notes whose file is no more; ids of what went."""
    known, removed = catalog.files(), []
    with catalog.writing():
        for path in gone:
            catalog.forget_file(path)
            if (state := known.get(path)) and state.source_id:
                catalog.remove(state.source_id)
                removed.append(state.source_id)
    return removed


class _Run:
    """One pass over changed note files."""

    def __init__(self, root: Path, catalog: Catalog, embedder: Embedder) -> None:
        self._root, self._catalog, self._embedder = root, catalog, embedder
        self._before = catalog.files()
        self._owner = {state.source_id: state.path for state in self._before.values() if state.source_id}
        self.added: list[str] = []
        self.updated: list[str] = []
        self.failed: list[Job] = []
        self.flawed: list[Job] = []
        self.n_unchanged = self.n_embedded = 0

    def add(self, paths: Sequence[Path]) -> None:
        """Read, embed and record one batch."""
        read = [self._read(path) for path in paths]
        good = [(state, source) for state, source, _ in read if source is not None]
        known = {source.id: self._catalog.source_hash(source.id) for _, source in good}
        changed = [source for _, source in good if known[source.id] != source.content_hash]
        prepared = prepare(changed, self._catalog, self._embedder)
        with self._catalog.writing():
            for state, source, job in read:
                self._settle(state, source, job)
            record(prepared, self._catalog)
        self.n_embedded += len(prepared.vectors)
        self.n_unchanged += len(good) - len(changed)
        for source in changed:
            (self.updated if known[source.id] else self.added).append(source.id)

    def _read(self, path: Path) -> tuple[FileState, Source | None, Job]:
        """A note file as a source, or as a failed job that says why."""
        from ingest.notes import read_note

        name = shown_path(path.relative_to(self._root))
        flaws: list[Flaw] = []
        size = mtime_ns = 0
        try:
            # Times before contents: an edit in between is seen next time.
            stat = path.stat()
            size, mtime_ns = stat.st_size, stat.st_mtime_ns
            source = self._with_own_id(read_note(path, self._root, flaws.append), name)
        except (KbError, OSError) as error:
            reason = error.message if isinstance(error, KbError) else f"cannot be read ({error.strerror or error})"
            advice = (isinstance(error, KbError) and error.cure) or _ADVICE
            job = Job(target=name, state=JobState.FAILED, reason=reason, advice=advice)
            return FileState(name, size, mtime_ns, "", None), None, job
        told = tuple(sorted(flaws, key=lambda flaw: flaw.line)[:_MOST_FLAWS])
        job = Job(target=name, state=JobState.DONE, source_id=source.id, flaws=told)
        return FileState(name, size, mtime_ns, content_hash(source.text), source.id), source, job

    def _with_own_id(self, source: Source, path: str) -> Source:
        """The note under the id that its file has already, or under one that no other file has: by name, else by path.

        A slug stays with its file for as long as the file has its place, so that what cites the note goes on to.
        """
        before = self._before.get(path)
        if before and before.source_id and self._owner.get(before.source_id) == path:
            return source.model_copy(update={"id": before.source_id})
        parts = PurePosixPath(path).with_suffix("").parts
        longer = (f"note:{slugify(' '.join(parts[-n:]))}" for n in range(2, len(parts) + 1))
        ids = chain([source.id], longer, [f"note:{slugify(parts[-1])}-{content_hash(path)[:8]}"])
        own = next(i for i in ids if self._owner.setdefault(i, path) == path)
        return source.model_copy(update={"id": own})

    def _settle(self, state: FileState, source: Source | None, job: Job) -> None:
        """Write down what became of a file; a note that can no longer be read leaves the library."""
        before = self._before.get(state.path)
        if before and before.source_id and (source is None or source.id != before.source_id):
            self._catalog.remove(before.source_id)
        self._catalog.put_file(state)
        self._catalog.put_job(job)
        if source is None:
            self.failed.append(job)
        elif job.flaws:
            self.flawed.append(job)


def embed_missing(catalog: Catalog, embedder: Embedder, progress: Progress = no_progress) -> int:
    """Embed what has no vector by this model yet, as after a change of models; the number of texts embedded."""
    if len(catalog.passage_keys()) == catalog.count("passages"):
        return 0
    ids, n_embedded = catalog.ids(), 0
    for start in range(0, len(ids), _BATCH):
        batch = catalog.sources(ids[start : start + _BATCH])
        prepared = prepare(batch, catalog, embedder)
        # Also what has its vectors already: another model's passages were cut to another length.
        with catalog.writing():
            record(prepared, catalog)
        n_embedded += len(prepared.vectors)
        progress("Embedding", start + len(batch), len(ids))
    return n_embedded


def prune(catalog: Catalog, embedder: Embedder) -> int:
    """Forget vectors that neither a passage, in force or superseded, nor a sentence has any more; how many.

    Until then they are kept, so that a text that comes back is not embedded again. Those of other models stay: who goes
    back to one need not embed everything anew.
    """
    earlier = _texts_of_versions(catalog, embedder, catalog.superseded())
    told = [source.id for source in catalog.outlines() if _has_sentences(source)]
    batches = (catalog.sources(told[start : start + _BATCH]) for start in range(0, len(told), _BATCH))
    spoken = [h for batch in batches for source in batch for h, _ in sentences_of(entry_of(source, embedder)[0])]
    with catalog.writing():
        return catalog.prune_vectors([*spoken, *map(content_hash, earlier.values())])
