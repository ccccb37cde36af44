"""Making a damaged catalog anew: what it alone held is saved as far as it can be read; notes are read again later."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from ingest.files import to_disk
from kb.domain import JobState, Source
from kb.language import counted
from kb.ports import Catalog, Progress
from kb.services.add import add_sources
from kb.stores.catalog import SqliteCatalog
from kb.stores.salvage import Salvage, saved_sources
from kb.wiring import Parts

_WORDS = {
    "inquiries": ("inquiry", "inquiries"),
    "prompts": ("research prompt", "research prompts"),
    "replies": ("reply", "replies"),
    "ledger": ("event of the ledger", "events of the ledger"),
    "follows": ("followed search", "followed searches"),
    "proposals": ("proposal", "proposals"),
    "sources": ("paper or document", "papers and documents"),
}


def rescue(parts: Parts, damage: str, progress: Progress) -> list[str]:
    """Put a fresh catalog in the place of a damaged one, which is kept beside it; what a person should know, as lines.

    Call under the writer's lock. Ended half-way, it has changed nothing.
    """
    parts.close_catalog()
    path, fresh = parts.catalog_file, parts.catalog_file.with_name(f"{parts.catalog_file.name}.fresh")
    for ending in ("", "-wal", "-shm"):
        Path(f"{fresh}{ending}").unlink(missing_ok=True)
    catalog = SqliteCatalog(fresh, parts.embedder.model_id, parts.embedder.dimension)
    try:
        salvage, n_waiting = _filled(catalog, path, parts, progress)
    finally:
        catalog.close()
    kept = next(p for p in _names(path) if not p.exists())
    Path(f"{path}-shm").unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        Path(f"{path}-wal").rename(f"{kept}-wal")
    path.rename(kept)
    fresh.rename(path)
    to_disk(path.parent)
    return list(_told(salvage, n_waiting, damage, kept))


def _names(path: Path) -> Iterator[Path]:
    """Names for the damaged file, the shortest first."""
    yield path.with_name(f"{path.name}.damaged")
    yield from (path.with_name(f"{path.name}.damaged-{n}") for n in count(2))


def _filled(catalog: SqliteCatalog, damaged: Path, parts: Parts, progress: Progress) -> tuple[Salvage, int]:
    """Bring what can be read into a fresh catalog; what that was, and how many items wait to be fetched again."""
    salvage = Salvage()
    catalog.take_over(damaged, salvage)
    successors: dict[str, str] = {}

    def sources() -> Iterator[Source]:
        for source, successor in saved_sources(damaged, salvage):
            if successor:
                successors[source.id] = successor
            yield source

    add_sources(sources(), catalog, parts.embedder, progress)
    with catalog.writing():
        for source_id, successor in successors.items():
            catalog.retire(source_id, successor)
        return salvage, _await_lost(catalog)


def _await_lost(catalog: Catalog) -> int:
    """Let papers and documents whose text was lost be fetched again by the next `kb add`; how many."""
    lost = [
        job
        for job in catalog.jobs(JobState.DONE)
        if job.kind in ("paper", "document") and not (job.source_id and catalog.source_hash(job.source_id))
    ]
    for job in lost:
        catalog.put_job(job.model_copy(update={"state": JobState.PENDING, "source_id": None}))
    return len(lost)


def _told(salvage: Salvage, n_waiting: int, damage: str, kept: Path) -> Iterator[str]:
    yield f"The catalog was damaged ({damage}) and is made anew. The damaged file is kept as {kept}"
    counts = [(salvage.saved.get(table, 0), *words) for table, words in _WORDS.items()]
    saved = [counted(n, one, more) for n, one, more in counts]
    yield f"Saved from it: {', '.join(saved)}"
    lost = [more for table, (_, more) in _WORDS.items() if table in salvage.torn]
    yield f"Some of these could not be read and are lost: {', '.join(lost)}" if lost else "Nothing of these was lost"
    if n_waiting:
        yield f"To be fetched again: {counted(n_waiting, 'paper or document', 'papers or documents')}. `kb add` does it"
