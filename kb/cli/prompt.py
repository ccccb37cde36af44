"""Research prompts out, answers back in: `kb prompt` and `kb import`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.cli.context import given_text, one_line, open_library, out, warn, write_text
from kb.errors import BadInput
from kb.language import counted
from kb.services.chats import SITES, chat_address

if TYPE_CHECKING:
    from kb.exchange import ResearchPrompt

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_MAX_ANSWER_BYTES = 8_000_000


def prompt(
    subject: Annotated[
        str, typer.Argument(help="A question, or the id of a note, claim, inquiry, kept prompt or paper. `-` reads it.")
    ] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the prompt to this file.")] = None,
    to_clipboard: Annotated[bool, typer.Option("--copy", help="Put it on the clipboard.")] = False,
    site: Annotated[str, typer.Option("--open", help=f"Open a chat with it: {', '.join(SITES)}.")] = "",
    max_tokens: Annotated[
        int, typer.Option(help="The least relevant claims are dropped until the prompt fits.", min=1)
    ] = 3500,
    months: Annotated[int, typer.Option(help="How far back disagreement is asked for.", min=1, max=600)] = 6,
    as_of: Annotated[str, typer.Option(help="Date to make it for, YYYY-MM or YYYY-MM-DD. Today by default.")] = "",
    as_list: Annotated[bool, typer.Option("--list", help="List kept prompts.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write a research prompt: what the library found and when, for another model to re-test."""
    if site and site not in SITES:
        raise BadInput(f"no chat is called {site[:40]!r}", cure=f"Use one of {', '.join(SITES)}")
    if as_list:
        _list_prompts(as_json)
        return
    text = sys.stdin.read(10_000) if subject == "-" else subject
    if not text.strip():
        raise BadInput("there is no question to make a prompt for", cure='Ask one: kb prompt "…"')
    with open_library() as library:
        made = library.prompts.render(text, as_of=as_of or None, months=months, max_tokens=max_tokens)
        warn(library.warnings)
    if output:
        write_text(output, made.text)
    if as_json:
        out(made.model_dump_json(indent=2))
    elif not output:
        out(made.text.rstrip("\n"))
    _tell(made, is_kept=text.strip() == made.id)
    if to_clipboard:
        _copied(made.text)
    if site:
        _open(site, made.text)


def _list_prompts(as_json: bool) -> None:
    with open_library() as library:
        kept = library.prompts.list()
    if as_json:
        rows = [p.model_dump(mode="json", include={"id", "question", "subject", "until", "version"}) for p in kept]
        out(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        lines = [f"{p.id}  {p.until:<10}  {one_line(p.question)}" for p in kept]
        out("\n".join(lines) or 'No prompts are kept yet. Make one with `kb prompt "…"`.')


def _tell(made: "ResearchPrompt", is_kept: bool) -> None:
    lines = [f"{made.id}: {counted(len(made.claims), 'claim')}, some {made.n_tokens:,} tokens"]
    # A kept prompt comes as it was; no option changes it.
    if made.n_left_out and not is_kept:
        lines.append(f"less relevant claims left out: {made.n_left_out}; --max-tokens makes room for more")
    lines.append(f"Bring the answer back with `kb import ANSWER.md --prompt {made.id}`")
    warn(lines)


def _copied(text: str) -> None:
    from kb.cli import clipboard

    warn([f"Copied {clipboard.copy(text)}"])


def _open(site: str, text: str) -> None:
    """Open a chat with the prompt; where it does not fit into an address, without it."""
    import webbrowser

    address, fits = chat_address(site, text)
    if not fits:
        _copied(text)
        warn([f"The prompt does not fit into an address that {site} takes: paste it there"])
    if not webbrowser.open(address):
        warn([f"No browser could be opened. Go to {address.split('?')[0]} and paste the prompt"])


def import_answer(
    source: Annotated[str, typer.Argument(help="The answer's file, `-` for standard input, or a reply's id.")] = "",
    prompt_id: Annotated[str, typer.Option("--prompt", help="The prompt that it answers; often it says so.")] = "",
    model: Annotated[str, typer.Option(help="Which model wrote it, for the record.")] = "",
    accept: Annotated[str, typer.Option(help="Numbers of items to take into the ledger: 1,3.")] = "",
    accept_all: Annotated[
        bool, typer.Option("--accept-all", help="Take all that is staged, but no unchecked quote.")
    ] = False,
    reject: Annotated[str, typer.Option(help="Numbers of items to put aside: 2,4.")] = "",
    online: Annotated[
        bool, typer.Option("--online/--offline", help="Ask arXiv about papers that the library does not know.")
    ] = False,
    from_clipboard: Annotated[bool, typer.Option("--clipboard", help="Read the answer from the clipboard.")] = False,
    as_list: Annotated[bool, typer.Option("--list", help="List kept replies.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Audit the answer to a research prompt: ids, titles, dates, quotes. Nothing is taken in without --accept."""
    if as_list:
        _list_replies(as_json)
        return
    numbers, unwanted = _numbers("--accept", accept), _numbers("--reject", reject)
    with open_library() as library:
        if source.startswith("r-") and not Path(source).exists() and not from_clipboard:
            reply = library.prompts.reply(source)
        else:
            text = _answer_text(source, from_clipboard)
            reply = library.prompts.import_reply(text, prompt_id=prompt_id, model=model, online=online)
        if unwanted:
            reply = library.prompts.reject(reply.id, unwanted)
        before = reply
        if accept_all or numbers:
            reply = library.prompts.accept(reply.id, None if accept_all else numbers)
        warn(library.warnings)
    if as_json:
        out(reply.model_dump_json(indent=2))
    else:
        from kb.cli.show_reply import shown, taken_in

        out(shown(reply))
        if accept_all or numbers:
            out(taken_in(before, reply))
    warn(reply.warnings)


def _numbers(option: str, text: str) -> list[int]:
    parts = [part for part in text.replace(",", " ").split() if part]
    if not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
        raise BadInput(f"{option} {text[:40]!r} names no items", cure=f"Give their numbers: {option} 1,3")
    return [int(part) for part in parts]


def _answer_text(source: str, from_clipboard: bool) -> str:
    if from_clipboard:
        from kb.cli import clipboard

        return clipboard.paste()
    if not source:
        raise BadInput("there is no answer to import", cure="Name its file, or use - or --clipboard")
    return given_text(source, _MAX_ANSWER_BYTES, "Name the file of the answer alone", "replace")


def _list_replies(as_json: bool) -> None:
    with open_library() as library:
        kept = library.prompts.replies()
    if as_json:
        rows = [
            {
                **r.model_dump(mode="json", include={"id", "prompt_id", "model", "received_at"}),
                "n_staged": len(r.staged),
            }
            for r in kept
        ]
        out(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        lines = [f"{r.id}  {r.received_at[:10]}  {r.prompt_id or '-':<10}  {one_line(r.model)}" for r in kept]
        out("\n".join(lines) or "No answers were imported yet. Import one with `kb import ANSWER.md`.")
