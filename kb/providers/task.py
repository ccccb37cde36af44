"""What a language model is asked when it is to write or to mend an answer: the words of `prompts/writer.md` filled."""

from collections.abc import Sequence

from ingest.plain import plain
from kb.domain import Sentence
from kb.identity import content_hash
from kb.ports import Brief
from kb.providers.excerpts import Excerpt
from prompts import load


def system(citing: str) -> str:
    """The role and the form; `citing` names the part that says how to cite."""
    parts = load("writer").parts
    return "\n\n".join([parts["role"], parts["form"], parts[citing]])


def material(excerpts: Sequence[Excerpt]) -> str:
    """The passages as a writer is shown them."""
    return fenced([(e.title, e.text) for e in excerpts])


def fenced(passages: Sequence[tuple[str, str]]) -> str:
    """Passages, each a title and a text, numbered from 1 between two lines that none of them can contain.

    These lines are made from the passages themselves.
    """
    template = load("writer")
    told = [template.fill("passage", number=str(i), title=t, text=text) for i, (t, text) in enumerate(passages, 1)]
    fence = f"=== {content_hash(*told)[:16]} ==="
    return "\n\n".join([template.fill("data_begins", fence=fence), fence, *told, fence])


def task(brief: Brief) -> str:
    """The question, with what is known of the evidence as a whole."""
    template = load("writer")
    titles = {e.source.id: f"“{plain(e.source.title)}”" for e in brief.evidence}
    pairs = sorted({tuple(sorted(pair)) for pair in brief.tensions})
    told = "; ".join(f"{titles[a]} and {titles[b]}" for a, b in pairs if a in titles and b in titles)
    lines = [template.fill("disagree", tensions=told)] if told else []
    lines += [template.fill("caveat", caveat=brief.caveat)] if brief.caveat else []
    return "\n\n".join([*lines, template.fill("task", question=brief.question)])


def repair(brief: Brief, failed: Sequence[Sentence]) -> str:
    """The question again, and the sentences that were refused, numbered from 1, each with why."""
    template = load("writer")
    told = [
        template.fill(
            "failed", number=str(number), sentence=" ".join(sentence.text.split()),
            reasons="; ".join(r.text for r in sentence.reasons if not r.warning),
        )
        for number, sentence in enumerate(failed, 1)
    ]  # fmt: skip
    return "\n\n".join([task(brief), template.fill("repair", failed="\n".join(told))])
