"""`kb faithfulness`: whether an answer follows from the evidence that it cites."""

from typing import TYPE_CHECKING, Annotated

import typer

from kb.cli.context import (
    LlmOption,
    YesFlag,
    agreed,
    lost_by_ctrl_c,
    one_line,
    open_library,
    out,
    progress_bar,
    warn,
    within,
)  # fmt: skip
from kb.cli.layout import Style, page_width, wrapped
from kb.errors import CutShort, NotFound

if TYPE_CHECKING:
    from kb.library import Library
    from kb.services.faithfulness import Faithfulness, SentenceTrials, Share


def faithfulness(
    subject: Annotated[str, typer.Argument(metavar="INQUIRY|QUESTION", help="A kept inquiry's id, or a question.")],
    limit: Annotated[int, typer.Option(min=1, max=50, help="Sentences to test at most.")] = 12,
    llm: LlmOption = "",
    yes: YesFlag = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take away, reword, deny and swap out the evidence of each sentence of an answer, and see what it does."""
    with open_library(llm) as library:
        with progress_bar() as progress:
            library.refresh(progress)
        question, written_by = _question(library, subject)
        plan = library.faithfulness.plan(question, limit)
        if plan:
            fewer = "test fewer sentences with --limit"
            within(plan, library.parts.place.settings.llm_spending_limit_usd, fewer)
            agreed(plan, yes=yes, cure=f"Go on with --yes, or {fewer}")
        with lost_by_ctrl_c("test", "tests"), progress_bar() as progress:
            found = library.faithfulness.run(question, limit, progress)
        if written_by not in ("", found.writer):
            found_by = f"{found.writer} was tested, while {written_by} wrote the inquiry"
            warn([f"{found_by}; name it with --llm"])
        warn([*library.warnings, *found.remarks])
    if as_json:
        out(found.model_dump_json(indent=2))
    else:
        _print(found)
    if found.incomplete:
        raise typer.Exit(CutShort.exit_code)


def _question(library: "Library", subject: str) -> tuple[str, str]:
    """The question of a kept inquiry and what wrote its answer; what is no inquiry's id is a question."""
    try:
        answer = library.inquiry(subject).answer
    except NotFound:
        return subject, ""
    return answer.question, answer.model or answer.writer


def _print(found: "Faithfulness") -> None:
    width, style = page_width(), Style()
    blocks = [_sentence(sentence, width, style) for sentence in found.sentences]
    rows = [
        f"{change.value:<12}{_interval(share)}   "
        + ", ".join(f"{n} {outcome.value}" for outcome, n in found.outcomes[change].items())
        for change, share in found.by_change.items()
    ]
    told = [
        f"Writer: {found.writer}. Sentences tested: {len(found.sentences)}.",
        f"Evidence sensitivity {_interval(found.sensitivity)}: evidence gone, denied or filler, and it did not stay.",
        f"Robustness {_interval(found.robustness)}: evidence reworded, and it was still said.",
    ]
    if n := sum(trial.as_expected is None for sentence in found.sentences for trial in sentence.trials):
        told.append(f"Said as before of other evidence, which tells neither: {n} {'time' if n == 1 else 'times'}.")
    blocks.append("\n".join([*(wrapped(one_line(line), width) for line in told), "", "as expected", *rows]))
    out("\n\n".join(blocks))


def _sentence(sentence: "SentenceTrials", width: int, style: Style) -> str:
    lines = [wrapped(one_line(sentence.text), width)]
    for trial in sentence.trials:
        mark = {True: " ", False: "!", None: "?"}[trial.as_expected]
        where = f", citing {', '.join(trial.cites)}" if trial.outcome == "elsewhere" else ""
        lines.append(
            wrapped(one_line(f"{trial.change.value}: {trial.outcome.value}{where}"), width, f"{mark} ", indent=2)
        )
    return "\n".join([style.bold(lines[0]), *lines[1:]])


def _interval(share: "Share") -> str:
    return f"{share.share:.2f} ({share.low:.2f}-{share.high:.2f}, n={share.n})"
