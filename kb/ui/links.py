"""Addresses inside the pages. They are relative, so that they hold below any path that a proxy puts before them."""

from urllib.parse import quote

from kb.errors import BadId
from kb.identity import ArxivId

ASK, NOTES, PAPERS, INQUIRIES, CLAIMS, ADD = "./", "notes", "papers", "inquiries", "claims", "add"


def ask(question: str, as_of: str = "") -> str:
    """Where a question is asked, as of a date or of today, and its answer kept."""
    dated = f"&as_of={quote(as_of, safe='')}" if as_of else ""
    return f"{ASK}?q={quote(question, safe='')}{dated}"


def inquiry(inquiry_id: str) -> str:
    """Where a kept inquiry is read."""
    return f"{ASK}?inquiry={quote(inquiry_id, safe='')}"


def note(note_id: str) -> str:
    """Where a note is read, by its slug or id."""
    return f"{NOTES}?note={quote(note_id.removeprefix('note:'), safe='')}"


def source(source_id: str) -> str:
    """Where a source, or a node of the concept graph, is read: note, paper, document, inquiry or topic."""
    kind, _, name = source_id.partition(":")
    if kind == "note":
        return note(name)
    if kind == "inquiry":
        return inquiry(name)
    if kind == "topic":
        return f"{NOTES}?topic={quote(name, safe='')}"
    return f"{PAPERS}?paper={quote(name if kind == 'arxiv' else source_id, safe='')}"


def on_map(node_id: str) -> str:
    """Where a node stands on the map."""
    return f"map?node={quote(node_id, safe='')}"


def claim(claim_id: str) -> str:
    """Where a claim's history is read."""
    return f"claims?claim={quote(claim_id, safe='')}"


def add(*, find: str = "", item: str = "") -> str:
    """Where things are brought in, with words to search arXiv for or an item that are written into their boxes."""
    asked = {"find": find, "item": item}
    return ADD + "?" * bool(find or item) + "&".join(f"{k}={quote(v, safe='')}" for k, v in asked.items() if v)


def arxiv(reference: str) -> str:
    """The abstract page of a paper at arXiv; empty where the reference is no arXiv id."""
    try:
        return f"https://arxiv.org/abs/{str(ArxivId.parse(reference)).removeprefix('arXiv:')}"
    except BadId:
        return ""


def reply(reply_id: str) -> str:
    """Where the audit of an answer that came back is read."""
    return f"claims?reply={quote(reply_id, safe='')}"
