"""A library with papers that answers may rightly or wrongly speak of, a prompt, and how an audit is scored."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from kb.domain import Claim, Paper, Scope, Source, SourceKind
from kb.exchange import PromptClaim, Reply, ReplyItem, ResearchPrompt
from kb.library import Library
from kb.ports import Entry

REPLIES = Path(__file__).parent / "replies"
LABELS = json.loads((REPLIES / "labels.json").read_text(encoding="utf-8"))
PROMPT_ID = "p-0a1b2c3d"

CLAIMS = (
    Claim(
        text="Fine-tuning lowers the faithfulness of chain-of-thought steps.",
        as_of="2024-11",
        evidence=("arXiv:2411.15382",),
        scope=Scope(model="language models", method="fine-tuning"),
    ),
    Claim(
        text="On most tasks, greater size goes with a less faithful chain of thought.",
        as_of="2023-07",
        evidence=("arXiv:2307.13702",),
    ),
    Claim(
        text="The optimal chain of thought is shorter for more capable models.",
        as_of="2025-02",
        evidence=("arXiv:2502.07266",),
    ),
    Claim(
        text="Text-only models collapse on long puzzles that models with tools still solve.",
        as_of="2025-06",
        evidence=("arXiv:2506.18957",),
    ),
    Claim(
        text="A training reward for causal steps keeps 7B models faithful.",
        as_of="2024-02",
        evidence=("arXiv:2402.13950",),
        scope=Scope(size="7B"),
    ),
    Claim(
        text="Language models of at most 3B parameters learn better from short chains than from long ones.",
        as_of="2025-02",
        evidence=("arXiv:2502.12143",),
        scope=Scope(size="at most 3B"),
    ),
)
_TEXTS = {
    "2601.04321": (
        "text",
        "Fine-tuning is often blamed for chains of thought that no longer carry the answer. We tune 1B to 7B models "
        "with a loss on every step and repeat the truncation, paraphrase and filler tests. With step supervision the "
        "share of answers that survive truncation falls from 61% to 24%, below the untuned models. The effect holds on "
        "GSM8K and on two medical sets, but it vanishes when the loss covers final answers only. We conclude that "
        "tuning does not loosen steps; objectives that ignore them do.",
    ),
    "2603.07777": (
        "abstract",
        "We compare 0.5B, 3B and 14B models of one family under one recipe. Smaller models depend on their written "
        "steps at least as much as larger ones in mathematics, and the gap reverses on commonsense questions. "
        "Differences between recipes exceed differences between sizes.",
    ),
    "2604.02222": (
        "html",
        "We train reasoning models to call a solver while they think. Models that call tools solve puzzles with 20 "
        "disks, far beyond the size at which text-only models fail. Without tools the collapse stays where earlier "
        "work found it.",
    ),
    "2602.09999": (
        "abstract",
        "We repeat the comparison of short and long teacher traces for students of at most 3B parameters. Short traces "
        "still win for 0.5B and 1.5B students, while 3B students no longer gain from them.",
    ),
}
PAPERS = (
    Paper(id="2601.04321", title="Step-Supervised Tuning Keeps Chains Load-Bearing", date="2026-01-08", version=1),
    Paper(id="2603.07777", title="Small Models, Honest Chains: A Head-to-Head Study", date="2026-03-12", version=2),
    Paper(id="2604.02222", title="Tools at Training Time", date="2026-04-03"),
    Paper(id="2602.09999", title="Short Traces, Small Students: A Replication", date="2026-02-14", version=2),
    Paper(id="2605.01010", title="Long Chains Without Decay: Length Optima Move With Verifiers", date="2026-05-02"),
    Paper(id="2305.11111", title="Reading the Steps: Early Tests of Chain Dependence", date="2023-05-18"),
    Paper(id="2512.00123", title="Retracted Chains: A Study of Rewards", date="2025-12-01", withdrawn=True),
    Paper(id="2502.07266", title="When More Is Less", date="2025-02-11"),
    Paper(id="2411.15382", title="On the Impact of Fine-Tuning", date="2024-11-22"),
)


def furnish(library: Library) -> ResearchPrompt:
    """Put papers, their texts and a prompt with the claims C1 to C6 into a library."""
    prompt = ResearchPrompt(
        id=PROMPT_ID,
        question="Why do smaller models lose reasoning faithfulness more than larger models?",
        until="2026-11-21",
        months=6,
        version="1",
        claims=tuple(PromptClaim(tag=f"C{i}", claim=claim) for i, claim in enumerate(CLAIMS, 1)),
        n_tokens=1,
        text="as it was handed out",
    )
    catalog = library.parts.catalog
    with catalog.writing():
        catalog.put_papers(PAPERS, origin="arxiv")
        for paper in PAPERS:
            if paper.id in _TEXTS:
                reading, text = _TEXTS[paper.id]
                source = Source(
                    id=f"arxiv:{paper.id}v1",
                    kind=SourceKind.PAPER,
                    title=paper.title,
                    text=text,
                    date=paper.date,
                    reading=reading,
                )
                catalog.put(Entry(source, [], [], []))
        catalog.put_prompt(prompt, "2026-11-21T10:00:00Z")
    return prompt


def _row(item: ReplyItem) -> tuple[str, str, str]:
    return item.tag or ("new" if item.is_new else ""), item.verdict or "", item.arxiv_id


@dataclass
class Score:
    """How an audit did on labelled answers, by kind of fault."""

    planted: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    n_sound: int = 0
    missed: list[str] = field(default_factory=list)
    false_alarms: list[str] = field(default_factory=list)
    n_unchecked: int = 0
    n_held_back: int = 0
    """Items whose quotes nobody can check here, and how many of them are staged by their number alone."""
    unasked: list[str] = field(default_factory=list)
    """What was staged though no label calls it sound."""

    def add(self, name: str, reply: Reply) -> None:
        """Count one answer."""
        labels = LABELS[name]
        unchecked = {tuple(row) for row in labels.get("unchecked", ())}
        held_back = {_row(item) for item in reply.staged if item not in reply.unquestioned}
        self.n_unchecked += len(unchecked)
        self.n_held_back += len(unchecked & held_back)
        staged = {_row(item) for item in reply.staged} - (unchecked & held_back)
        sound = {tuple(row) for row in labels["sound"]}
        self.n_sound += len(sound)
        self.false_alarms += [f"{name}: {row}" for row in sorted(sound - staged)]
        self.unasked += [f"{name}: {row}" for row in sorted(staged - sound)]
        for fault in labels["planted"]:
            self.planted[fault["kind"]] += 1
            named = (
                any(fault["about"] in warning for warning in reply.warnings)
                if fault["kind"] == "order"
                else any(
                    fault["about"] in problem and item.tag == fault.get("tag", item.tag)
                    for item in reply.items
                    for problem in item.problems
                )
            )
            self.caught[fault["kind"]] += named
            if not named:
                self.missed.append(f"{name}: {fault}")
