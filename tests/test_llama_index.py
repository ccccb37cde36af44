"""The library in llama-index's own pipelines: exact places, gated answers, nothing loaded that was not asked for."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from llama_index.core import get_response_synthesizer
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine

from ingest.plain import shown
from kb.domain import Answer, AnswerStatus
from kb.library import Library
from kb.llama_index import LibraryQueryEngine, LibraryRetriever
from tests.model_server import Asked, Block, Handler, ModelServer, claude

QUESTION = "why do small models lose faithfulness"


def test_nodes_stand_where_they_say(small_library: Library):
    """A llama-index application would cite words that do not stand there."""
    nodes = LibraryRetriever(small_library, top_k=3).retrieve(QUESTION)
    assert len(nodes) == 3
    for found in nodes:
        source = small_library.sources.show(found.node.metadata["source"])
        assert source.text[found.node.start_char_idx : found.node.end_char_idx] == found.node.get_content()
        assert found.node.node_id in {p.id for p in small_library.passages(source.id)}
        assert found.node.metadata["references"].startswith("arXiv:")
    assert [n.score for n in nodes] == sorted((n.score for n in nodes), reverse=True)


def test_the_retriever_feeds_a_pipeline_with_a_response_synthesizer(small_library: Library):
    """The retriever would not fit what llama-index builds around retrievers."""
    engine = RetrieverQueryEngine(
        LibraryRetriever(small_library, top_k=2), get_response_synthesizer(llm=MockLLM(), response_mode="compact")
    )
    response = engine.query(QUESTION)
    assert len(response.source_nodes) == 2
    assert all(n.node.get_content() in str(response) for n in response.source_nodes)  # MockLLM echoes its prompt


def test_the_query_engine_gives_the_gated_answer(small_library: Library):
    """An answer would reach a llama-index application without its evidence or without its states."""
    response = LibraryQueryEngine(small_library).query(QUESTION)
    answer = Answer.model_validate(response.metadata["answer"])
    assert answer == small_library.ask(QUESTION)
    cited = [c for s in answer.sentences for c in s.citations]
    assert [n.node.get_content() for n in response.source_nodes] == list(dict.fromkeys(c.quote for c in cited))
    assert all(shown(s.text) in str(response) for s in answer.sentences)
    assert f"[{len(response.source_nodes)}] (quoted)" in str(response)


def test_what_a_model_made_up_is_no_source(shared_root, models: ModelServer):
    """Invented words would reach a llama-index application as nodes, or their citations end in a traceback."""
    pointer = {"type": "search_result_location", "source": "kb://nowhere", "title": "None", "search_result_index": 99,
               "start_block_index": 0, "end_block_index": 1, "cited_text": "made-up words"}  # fmt: skip

    def mixed(handler: Handler, asked: Asked) -> None:
        text = str(asked.results[0]["content"][0]["text"])
        claude(Block(text, ((0, 0, 1),)), "\n", Block("Bananas rule the moon.", pointers=(pointer,)))(handler, asked)

    with Library.open(shared_root, llm="anthropic") as library:
        models.plays = [mixed, claude("nothing better")]
        response = LibraryQueryEngine(library).query(QUESTION)
        assert len(response.source_nodes) == 1
        assert "Bananas rule the moon. (unsupported)" in str(response)
        models.plays = [claude(stop="refusal")]
        refused = LibraryQueryEngine(library).query(QUESTION)
    assert not refused.source_nodes
    assert "wrote nothing that passed the checks" in str(refused)
    assert "the model declined to answer" in str(refused)


def test_the_query_engine_says_what_is_missing(small_library: Library):
    """A llama-index application would show an empty answer in place of what the library lacks."""
    engine = LibraryQueryEngine(small_library)
    # In a thread of its own: the browser that other tests drive keeps a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        response = pool.submit(lambda: asyncio.run(engine.aquery("how do whales sleep in the arctic ocean"))).result()
    assert response.metadata["answer"]["status"] == AnswerStatus.INSUFFICIENT
    assert not response.source_nodes
    assert response.metadata["answer"]["absence"]["note"] in str(response)


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("import kb, kb.library, sys; print('llama_index' in sys.modules)", "False"),
        (
            "import sys; sys.modules['llama_index'] = None\n"
            "from kb.errors import MissingExtra\n"
            "try:\n    import kb.llama_index\nexcept MissingExtra as error:\n    print(error)",
            "llama-index is not installed, which kb.llama_index is made for. pip install 'inquiring-kb[llama-index]'",
        ),
    ],
)
def test_llama_index_is_needed_by_this_module_alone(code: str, printed: str):
    """Every start would pay for llama-index, or its absence would end in a traceback."""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == printed


def test_the_text_is_for_people_and_says_what_is_no_evidence(small_root: Path):
    """An application would print markup, and give a model's words as a quote of something that people answer for."""
    words = "Otters juggle [[are-small-models-less-faithful|small pebbles]] when they are hungry."
    text = f"---\ntitle: Do otters juggle?\nclaim: {words}\nstatus: draft\n---\n{words}\n"
    (small_root / "notes" / "otters.md").write_text(text, encoding="utf-8")
    with Library.open(small_root) as library:
        told = str(LibraryQueryEngine(library).query("do otters juggle pebbles"))
    assert "Otters juggle small pebbles when they are hungry. [1] (rests on generated text alone)" in told
    assert "[[" not in told
