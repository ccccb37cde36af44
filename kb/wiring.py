"""The one place that names concrete adapters and puts them together."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from graph import snapshot
from graph.snapshot import Snapshot
from graph.walk import Walker
from ingest.extracted import Extracted
from kb.config import Place, Settings
from kb.errors import IndexMismatch
from kb.language_models import LanguageModels
from kb.ports import (
    DerivedIndex,
    Edge,
    Embedder,
    Judge,
    PaperArchive,
    Progress,
    VectorIndex,
    Writer,
    no_progress,
)
from kb.providers.remembering import RememberingEmbedder
from kb.services.absence import AbsenceChecker
from kb.services.answer import Answerer
from kb.services.build_graph import build_graph
from kb.services.documents_in import Fetch
from kb.services.papers_in import Read
from kb.services.retrieve import RetrievalSettings, Retriever
from kb.stores.catalog import SqliteCatalog
from kb.stores.chroma import ChromaIndex
from kb.stores.fallback import WithFallback
from kb.stores.lock import WriterLock
from kb.stores.matrix import MatrixFile
from kb.stores.scan import CatalogScan
from kb.stores.until import CatalogUntil, ScanUntil

if TYPE_CHECKING:
    from kb.providers.llm_proposer import LlmProposer
    from kb.services.verify import Verifier

CATALOG_FILE = "catalog.sqlite3"
_SCAN_AT_MOST = 300_000
"""Passages up to which an exact scan answers as fast as an index that must be opened first."""
_TEST_SERVER = "KB_TEST_SERVER"
"""Address of a server on this computer that plays arXiv and the web, for tests; there is no such setting in kb.toml."""


def make_embedder(settings: Settings) -> Embedder:
    """The embedder that the settings name: `minilm`, or `provider:model` for a llama-index embedding.

    Raises:
        BadInput: if there is no such embedder.
        MissingExtra: if its package is not installed.
    """
    if settings.embedder == "minilm":
        from kb.providers.minilm import MiniLmEmbedder

        return MiniLmEmbedder()
    from kb.providers.llama_index_embedder import LlamaIndexEmbedder

    return LlamaIndexEmbedder.from_name(settings.embedder, settings.embedder_options)


@dataclass(eq=False)
class Parts:
    """A library's working parts; each is made when it is first used."""

    place: Place
    is_long_lived: bool = False
    """Whether the process answers many questions, so that opening Chroma pays."""
    retrieval: RetrievalSettings = field(default_factory=RetrievalSettings)
    _graph: tuple[int, Snapshot | None] | None = None
    _walker: tuple[tuple[int, bool], Walker] | None = None
    open_connections: list[Callable[[], None]] = field(default_factory=list)
    """What closes connections to language models."""
    warnings: list[str] = field(default_factory=list)
    """What went on beside the answers."""

    @cached_property
    def embedder(self) -> Embedder:
        """What turns text into vectors."""
        return make_embedder(self.place.settings)

    @cached_property
    def asking_embedder(self) -> Embedder:
        """The same for questions: it remembers what was embedded for those before."""
        return RememberingEmbedder(self.embedder)

    @cached_property
    def catalog(self) -> SqliteCatalog:
        """The library's file of truth; its folder is made where it is missing."""
        self.place.data.mkdir(parents=True, exist_ok=True)
        return SqliteCatalog(self.catalog_file, self.embedder.model_id, self.embedder.dimension)

    def close_catalog(self) -> None:
        """Release the catalog and all that stands on it; each is made again when it is next used."""
        self.forget_graph()
        self._walker = None
        for name in ("chroma", "catalog", "matrix", "index", "retriever", "absence", "verifier", "answerer"):
            part = self.__dict__.pop(name, None)
            if name in ("chroma", "catalog") and part is not None:
                part.close()

    @property
    def catalog_file(self) -> Path:
        """Where the catalog is."""
        return self.place.data / CATALOG_FILE

    @cached_property
    def lock(self) -> WriterLock:
        """The writer's lock."""
        self.place.data.mkdir(parents=True, exist_ok=True)
        return WriterLock(self.place.data, self.place.settings.lock_timeout_seconds)

    @cached_property
    def chroma(self) -> DerivedIndex:
        """The Chroma index derived from the catalog."""
        folder = self.place.data / "chroma"
        return ChromaIndex(folder, self.catalog, self.embedder.model_id, self.embedder.dimension)

    @cached_property
    def matrix(self) -> MatrixFile:
        """The vectors laid out for scans, derived from the catalog."""
        return MatrixFile(self.place.data / "matrix", self.catalog, self.embedder.model_id, self.embedder.dimension)

    @cached_property
    def index(self) -> VectorIndex:
        """What answers dense queries: an exact scan for one question on a small library, else Chroma."""
        wanted = self.place.settings.vector_index
        if wanted == "auto":
            is_small = self.catalog.count("passages") <= _SCAN_AT_MOST
            wanted = "scan" if is_small and not self.is_long_lived else "chroma"
        scan = CatalogScan(self.catalog, self.matrix)
        return scan if wanted == "scan" else WithFallback(self.chroma, scan, self.warnings.append)

    @cached_property
    def retriever(self) -> Retriever:
        """Finds passages."""
        return Retriever(self.catalog, self.index, self.asking_embedder, self.walker, self.retrieval)

    @property
    def graph_file(self) -> Path:
        """Where the graph that was derived last is kept."""
        return self.place.data / "graph.npz"

    @property
    def graph(self) -> Snapshot | None:
        """The graph as it was derived last, None where the catalog has moved on since."""
        generation = self.catalog.generation()
        if self._graph is None or self._graph[0] != generation or self._graph[1] is None:
            self.forget_graph()
            self._graph = (generation, Snapshot.load(self.graph_file, generation))
        return self._graph[1]

    def forget_graph(self) -> None:
        """Release the graph's file."""
        if self._graph and self._graph[1]:
            self._graph[1].close()
        self._graph = None

    def derive_graph(self, progress: Progress = no_progress, *, anew: bool = False) -> None:
        """Bring the graph to the catalog's generation, from where it was unless it is to be made anew."""
        earlier = None if anew else Snapshot.load(self.graph_file)
        made = build_graph(self.catalog, self.signature, earlier, progress)
        if earlier:
            earlier.close()
        self.forget_graph()
        snapshot.save(self.graph_file, made)

    def edges(self) -> list[Edge]:
        """Links, parents and tensions between sources: as they were saved, or read again from the catalog."""
        return self.graph.written if self.graph else self.catalog.edges()

    def walker(self) -> Walker:
        """Walks over the graph as it was derived last, or over the written links where none has been yet."""
        current = self.graph
        state = (self.catalog.generation(), current is not None)
        if self._walker is None or self._walker[0] != state:
            graph = current or Snapshot.load(self.graph_file)
            made = Walker(graph.index, graph.adjacency, graph.n_sources) if graph else Walker.over(self.catalog.edges())
            if graph and graph is not current:
                graph.close()
            self._walker = (state, made)
        return self._walker[1]

    @cached_property
    def absence(self) -> AbsenceChecker:
        """Says what is not there."""
        return AbsenceChecker(self.catalog, self.index, self.asking_embedder)

    @cached_property
    def verifier(self) -> "Verifier":
        """Holds any text against the library."""
        from kb.services.verify import Verifier

        return Verifier(self.catalog, self.index, self.embedder, self.judge)

    @cached_property
    def writer(self) -> Writer:
        """Writes answers: with the library's own sentences, or with the language model that the settings name.

        Raises:
            BadInput: if there is no such model, or its key is missing.
            MissingExtra: if its package is not installed.
        """
        if self.place.settings.llm == "extractive":
            from kb.providers.extractive import ExtractiveWriter

            return ExtractiveWriter()
        model = self.models.writer()
        from kb.providers.anthropic_model import AnthropicModel

        if isinstance(model, AnthropicModel):
            from kb.providers.anthropic_writer import AnthropicWriter

            return AnthropicWriter(model)
        from kb.providers.plain_writer import PlainWriter
        from kb.services.quote_place import locate

        return PlainWriter(model, locate)

    @cached_property
    def judge(self) -> Judge | None:
        """What the settings name as a judge, of sentences that pass the gate and of claims.

        Raises:
            BadInput: if there is no such model, or its key or a file is missing.
            MissingExtra: if its package is not installed.
        """
        provider, _, model = (name := self.place.settings.judge).partition(":")
        if not name:
            return None
        if provider == "onnx":
            from kb.providers.onnx_judge import OnnxJudge

            return OnnxJudge(self.place.root / Path(model).expanduser())
        from kb.providers.llm_judge import LlmJudge

        return LlmJudge(self.models.judge())

    @cached_property
    def models(self) -> LanguageModels:
        """The language models that the settings name."""
        return LanguageModels(self.place.settings, self.warnings, self.open_connections)

    @cached_property
    def proposer(self) -> "LlmProposer | None":
        """The language model that the settings name, to propose claims and relations; None where they name none.

        Raises as `writer`.
        """
        if self.place.settings.llm == "extractive":
            return None
        from kb.providers.llm_proposer import LlmProposer

        return LlmProposer(self.models.writer())

    @property
    def _answers_judge(self) -> Judge | None:
        # Verbatim sentences need no judge, and some are slow to load.
        return None if self.place.settings.llm == "extractive" else self.judge

    @cached_property
    def answerer(self) -> Answerer:
        """Answers questions."""
        return Answerer(self.catalog, self.retriever, self.absence, self.writer, self.edges, self._answers_judge)

    @contextmanager
    def answerer_until(self, until: str) -> Iterator[Answerer]:
        """Answers questions from what was there by a date; vectors are scanned, for no index knows dates."""
        from kb.services.add import vectors_of_versions
        from kb.services.horizon import horizon

        model = (self.embedder.model_id, self.embedder.dimension)
        catalog = CatalogUntil(self.catalog_file, *model)
        with closing(catalog), catalog.reading():
            seen = horizon(catalog, until)
            catalog.see(seen, *vectors_of_versions(catalog, self.embedder, seen.versions))
            scan = CatalogScan(catalog, MatrixFile(self.place.data / "matrix", catalog, *model))
            index = ScanUntil(catalog, scan)
            retriever = Retriever(catalog, index, self.asking_embedder, self.walker, self.retrieval)
            absence = AbsenceChecker(catalog, index, self.asking_embedder, self.absence.floor)
            yield Answerer(catalog, retriever, absence, self.writer, self.edges, self._answers_judge, seen)

    @cached_property
    def archive(self) -> PaperArchive:
        """Where papers come from."""
        from ingest.arxiv_api import ArxivArchive
        from ingest.request_gate import RequestGate

        folder, contact = self.place.data / "arxiv", self.place.settings.contact
        if server := os.environ.get(_TEST_SERVER):
            gate = RequestGate(folder / "gate.json", interval_seconds=0.0)
            return ArxivArchive(
                folder, base_url=server, site_url=server, contact=contact, gate=gate, test_server=server
            )
        return ArxivArchive(folder, contact=contact)

    @property
    def fetch(self) -> Fetch:
        """Brings web pages."""
        from ingest.fetch import fetch

        return partial(fetch, contact=self.place.settings.contact, test_server=os.environ.get(_TEST_SERVER, ""))

    @contextmanager
    def reading(self) -> Iterator[Read]:
        """Turns documents into text worth keeping, in a process of its own that can be ended."""
        from ingest.readers import Readers
        from ingest.sanity import check
        from kb.services.intake import is_address

        with Readers() as readers:

            def read(data: bytes, name: str, media_type: str) -> Extracted:
                extracted = readers.read(data, name=name, media_type=media_type)
                check(extracted, is_file=not is_address(name))
                return extracted

            yield read

    def check_model(self) -> None:
        """Refuse to mix embeddings of two models.

        Raises:
            IndexMismatch: if the library was made by another one.
        """
        made_by = self.catalog.setting("embedder")
        if made_by not in (None, self.signature):
            raise IndexMismatch(
                f"this library's vectors were made by {made_by}, the settings name {self.signature}",
                cure="Set `embedder` in kb.toml back, or run `kb rebuild` to embed everything with the new model",
            )

    @property
    def signature(self) -> str:
        """Model and dimension as the library remembers them."""
        return f"{self.embedder.model_id}/{self.embedder.dimension}"
