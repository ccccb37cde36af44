"""Commands with a word of their own before them: `kb inquiry …`, `kb note …`, `kb eval …`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kb.cli.context import YesFlag, agreed, lost_by_ctrl_c, one_line, open_library, out, progress_bar, warn, within

inquiry_app = typer.Typer(help="Kept inquiring lines.", no_args_is_help=True)
note_app = typer.Typer(help="The library's notes.", no_args_is_help=True)
eval_app = typer.Typer(help="Measure the library's own quality.", no_args_is_help=True)

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@inquiry_app.command("list")
def inquiry_list(as_json: JsonFlag = False) -> None:
    """List kept inquiries, newest first."""
    from kb.cli.show import print_inquiries

    with open_library() as library:
        inquiries = library.inquiries()
    if as_json:
        rows = [{"id": i.id, "asked_at": i.asked_at, "question": i.answer.question} for i in inquiries]
        out(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_inquiries(inquiries)


@inquiry_app.command("show")
def inquiry_show(
    inquiry_id: Annotated[str, typer.Argument(metavar="ID", help="Its id, or how the id begins.")],
    as_json: JsonFlag = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
) -> None:
    """Show a kept inquiry as it was answered."""
    from kb.cli.show import answer_as_markdown, print_answer

    with open_library() as library:
        inquiry = library.inquiry(inquiry_id)
        lost = library.lost_quotes(inquiry)
    if as_json:
        out(inquiry.model_dump_json(indent=2))
    elif as_markdown:
        out(answer_as_markdown(inquiry.answer))
    else:
        print_answer(inquiry.answer)
    warn([*inquiry.answer.remarks, *lost])


@note_app.command("list")
def note_list(as_json: JsonFlag = False) -> None:
    """List the notes by slug."""
    from kb.cli.show import print_notes

    with open_library() as library:
        with progress_bar() as progress:
            library.refresh(progress)
        notes = library.notes()
        warn(library.warnings)
    if as_json:
        rows = [
            note.model_dump(mode="json", include={"id", "title", "claim", "summary", "date", "topics", "generated"})
            for note in notes
        ]
        out(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_notes(notes)


@note_app.command("show")
def note_show(
    slug: Annotated[str, typer.Argument(help="The note's slug.")],
    as_json: JsonFlag = False,
) -> None:
    """Show a note; with --json all that is known of it, its stored text and the passages that offsets count in."""
    from ingest.plain import terminal_safe

    with open_library() as library:
        with progress_bar() as progress:
            library.refresh(progress)
        note = library.note(slug)
        passages = library.passages(note.id)
        papers = library.rests_on(note)
        warn(library.warnings)
    if as_json:
        listed = [{"id": p.id, **p.model_dump(mode="json")} for p in passages]
        known = [paper.model_dump(mode="json") for paper in papers]
        whole = {**note.model_dump(mode="json"), "rests_on": known, "passages": listed}
        out(json.dumps(whole, indent=2, ensure_ascii=False))
    else:
        out("\n".join(map(terminal_safe, note.text.rstrip().split("\n"))))
        warn(f"{paper.reference} was withdrawn ({paper.comment or paper.title})" for paper in papers if paper.withdrawn)


@note_app.command("check")
def note_check(as_json: JsonFlag = False) -> None:
    """Lint the notes: fields, links, tensions, orphans, claims without date or evidence, ids, numbers, duplicates."""
    with open_library() as library:
        with progress_bar() as progress:
            library.refresh(progress)
        findings = library.check_notes()
        failures = [job for job in library.failures() if job.kind == "note"]
    if as_json:
        rows = list(map(asdict, findings))
        rows += [
            {"note": job.target, "line": 0, "rule": "unreadable", "what": job.reason, "file": job.target}
            for job in failures
        ]
        out(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        lines = [f"{f.file or f.note}{f':{f.line}' if f.line else ''}: {f.what} [{f.rule}]" for f in findings]
        lines += [f"{job.target}: {job.reason}. {job.advice} [unreadable]" for job in failures]
        out("\n".join(map(one_line, lines)) or "Nothing to report.")
    if findings or failures:
        raise typer.Exit(1)


@eval_app.command("retrieval")
def eval_retrieval(
    folder: Annotated[Path, typer.Argument(help="A folder in BEIR form: corpus.jsonl, queries.jsonl, qrels.")],
    ablate: Annotated[
        bool, typer.Option("--ablate", help="A row for each stage alone and each stage left out.")
    ] = False,
    split: Annotated[
        str, typer.Option(help="Which qrels and queries, where there are several: train, dev, test.")
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    """Score retrieval on labelled questions, in a temporary library and through the product's own code."""
    from kb.evaluation import evaluate_retrieval

    with progress_bar() as progress:
        rows = evaluate_retrieval(folder, split=split, ablate=ablate, progress=progress)
    if as_json:
        out(json.dumps(rows, indent=2))
        return
    names = list(rows[0])
    width = max(len(str(row[names[0]])) for row in rows)
    out("  ".join([f"{names[0]:<{width}}", *(f"{name:>10}" for name in names[1:])]))
    for row in rows:
        cells = [f"{value:>10.3f}" if isinstance(value, float) else f"{value:>10}" for value in list(row.values())[1:]]
        out("  ".join([f"{row[names[0]]:<{width}}", *cells]))


@eval_app.command("answers")
def eval_answers(
    file: Annotated[Path, typer.Argument(help="Labelled questions, one JSON object a line.")],
    llm: Annotated[str, typer.Option("--llm", help="What writes the answers.", metavar="NAME")] = "",
    yes: YesFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Score answers on labelled questions: expected notes among the sources, and whether refusals are right."""
    with open_library(llm) as library:
        with progress_bar() as progress:
            library.refresh(progress)
        if plan := library.plan_evaluating(file):
            within(plan, library.parts.place.settings.llm_spending_limit_usd, "name a file of fewer questions")
            agreed(plan, yes=yes, cure="Go on with --yes, or name a file of fewer questions")
        with lost_by_ctrl_c("evaluation", "evaluates"), progress_bar() as progress:
            report = library.evaluate_answers(file, progress)
    if as_json:
        out(json.dumps(report, indent=2, ensure_ascii=False))
        return
    rows = report.pop("rows")
    width = max(map(len, report))
    out("\n".join(f"{name.replace('_', ' '):<{width}}  {value}" for name, value in report.items()))
    for row in rows if isinstance(rows, list) else ():
        is_wrong = row["answerable"] == (row["status"] == "insufficient_evidence")
        if is_wrong or row.get("missed"):
            missed = f", missed {', '.join(row['missed'])}" if row.get("missed") else ""
            out(f"{'WRONG ' if is_wrong else ''}{row['question']} ({row['status']}{missed})")
