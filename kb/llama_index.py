"""The library for llama-index: a retriever over its passages and a query engine that gives its gated answers.

Both take part in llama-index's own pipelines. Nothing of the answer comes from llama-index: retrieval, writer and gate
are the library's. Importing `kb` does not import this module, nor llama-index.
"""

from collections.abc import Mapping
from typing import Any

from ingest.plain import shown
from kb.domain import Answer, Citation, Passage, Sentence, Source, SourceKind, SupportState
from kb.errors import MissingExtra
from kb.library import Library
from kb.services.doubts import doubt, withdrawn_in

try:
    from llama_index.core.base.base_query_engine import BaseQueryEngine
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.base.response.schema import RESPONSE_TYPE, Response
    from llama_index.core.callbacks import CallbackManager
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
except ImportError:
    raise MissingExtra(
        "llama-index is not installed, which kb.llama_index is made for", cure="pip install 'inquiring-kb[llama-index]'"
    ) from None

__all__ = ["LibraryQueryEngine", "LibraryRetriever"]


class LibraryRetriever(BaseRetriever):
    """The library's passages as llama-index nodes, the one that speaks best for each source.

    A node's text is exactly its source's text between `start_char_idx` and `end_char_idx`, in code points; its id is
    the passage's, and its metadata say where it stands and whether it is generated text, which is no evidence.

    Args:
        library: open; closing it is the caller's.
        top_k: sources at most.
    """

    def __init__(self, library: Library, top_k: int = 10, callback_manager: CallbackManager | None = None) -> None:
        self._library, self._top_k = library, top_k
        super().__init__(callback_manager=callback_manager)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        self._library.refresh()
        parts = self._library.parts
        ranked = parts.retriever.retrieve(query_bundle.query_str, self._top_k).ranked
        passages = parts.catalog.passages(r.best_key for r in ranked)
        sources = {source.id: source for source in parts.catalog.sources(r.source_id for r in ranked)}
        return [
            NodeWithScore(node=_node(sources[r.source_id], passages[r.best_key]), score=r.score)
            for r in ranked
            if r.best_key in passages and r.source_id in sources
        ]


class LibraryQueryEngine(BaseQueryEngine):
    """Answers as `kb ask` does: cited sentences that have passed the gate, or what the library lacks.

    `response.metadata["answer"]` is the answer as data, with support states and the absence report; `source_nodes` are
    the quoted spans, in the order of their numbers in the text.

    Args:
        library: open; closing it is the caller's.
    """

    def __init__(self, library: Library, callback_manager: CallbackManager | None = None) -> None:
        self._library = library
        super().__init__(callback_manager=callback_manager)

    def _query(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        answer = self._library.ask(query_bundle.query_str)
        cited = list(dict.fromkeys(c for sentence in answer.held for c in sentence.citations))
        sources = {s.id: s for s in self._library.parts.catalog.sources(c.source for c in cited)}
        nodes = [NodeWithScore(node=_quoted(sources[c.source], c)) for c in cited]
        return Response(_text(answer, cited), nodes, {"answer": answer.model_dump(mode="json")})

    async def _aquery(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        # In this thread: the catalog's connection belongs to it.
        return self._query(query_bundle)

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}


def _node(source: Source, passage: Passage) -> TextNode:
    return _text_node(source, passage.id, passage.text, passage.char_start, passage.char_end, passage.section)


def _quoted(source: Source, citation: Citation) -> TextNode:
    node_id = f"{citation.passage}:{citation.char_start}-{citation.char_end}"
    node = _text_node(source, node_id, citation.quote, citation.char_start, citation.char_end, citation.section)
    node.metadata |= {"passage": citation.passage, "rests_on": ", ".join(citation.rests_on)}
    return node


def _text_node(
    source: Source, node_id: str, text: str, char_start: int, char_end: int, section: tuple[str, ...]
) -> TextNode:
    # Flat values alone: vector stores refuse others.
    metadata: dict[str, str | bool] = {
        "source": source.id,
        "kind": source.kind.value,
        "title": source.title,
        "date": source.date or "",
        "section": " > ".join(section),
        "references": ", ".join(source.references) if source.kind is SourceKind.NOTE else "",
        "generated": source.generated,
    }
    return TextNode(
        id_=node_id, text=text, start_char_idx=char_start, end_char_idx=char_end, metadata=metadata,
        excluded_embed_metadata_keys=list(metadata), excluded_llm_metadata_keys=["generated", "kind"],
    )  # fmt: skip


def _text(answer: Answer, cited: list[Citation]) -> str:
    """Paragraphs by theme, the citations as numbers; where there is no answer, what is missing, or who failed."""
    if answer.is_unwritten:
        return "\n\n".join([answer.reading, "The model wrote nothing that passed the checks.", *answer.remarks])
    if not answer.sentences:
        return f"{answer.reading}\n\n{answer.absence.note}"
    numbers = {citation: i for i, citation in enumerate(cited, 1)}
    withdrawn = withdrawn_in(answer)
    paragraphs = [answer.reading]
    for theme in answer.themes:
        own = [s for s in answer.sentences if s.theme == theme]
        paragraphs.append(" ".join(_told(s, numbers, withdrawn) for s in own))
    return "\n\n".join([*paragraphs, *answer.remarks])


def _told(sentence: Sentence, numbers: Mapping[Citation, int], withdrawn: frozenset[str]) -> str:
    """A sentence as people read it, with its numbers, its state and what stands against trusting it."""
    cited = "".join(f" [{numbers[c]}]" for c in sentence.citations if c in numbers)
    state, doubted = f"({sentence.state.value})", doubt(sentence, withdrawn)
    mark = doubted if doubted and sentence.state is SupportState.QUOTED else f"{state} {doubted}".rstrip()
    return f"{f'{sentence.lead_in} {shown(sentence.text)}'.strip()}{cited} {mark}"
