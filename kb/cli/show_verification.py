"""A verified text, for reading in a terminal."""

from ingest.plain import plain
from kb.cli.context import out
from kb.cli.layout import Style, page_width, wrapped
from kb.domain import NearPassage, SupportState, Verification, VerifiedSentence
from kb.language import counted
from kb.services.gate import UNJUDGED

_MARKS = {
    SupportState.QUOTED: "= quoted",
    SupportState.SUPPORTED: "+ supported",
    SupportState.CONSISTENT: "~ consistent",
    SupportState.UNSUPPORTED: "! unsupported",
}


def print_verification(found: Verification) -> None:
    """Every sentence with its state, the reasons and the nearest passage; then how many there are of each state."""
    width, style = page_width(), Style()
    blocks = [_sentence(sentence, width, style) for sentence in found.sentences]
    states = ", ".join(f"{found.count(s)} {s.value}" for s in SupportState if found.count(s)) or "nothing to verify"
    judged = "" if found.judge else " No model judged whether the passages bear the consistent ones out."
    skipped = f" Left out: {found.n_skipped} headings, questions, fragments." if found.n_skipped else ""
    sentences = counted(len(found.sentences), "sentence")
    blocks.append(wrapped(f"{sentences}: {states}.{skipped}{judged}", width))
    out("\n\n".join(blocks))


def _sentence(sentence: VerifiedSentence, width: int, style: Style) -> str:
    lines = [style.bold(_MARKS[sentence.state]), wrapped(sentence.text, width, indent=2)]
    for reason in (r for r in sentence.reasons if r.kind != UNJUDGED):  # that is said once for all
        lines.append(wrapped(reason.told(plain(sentence.text)), width, "? " if reason.warning else "! ", indent=4))
    near = sentence.nearest[:1]
    if sentence.citations:
        near = tuple(n for n in sentence.nearest if n.passage == sentence.citations[0].passage)[:1]
    label = "in" if sentence.citations else "held against"
    lines += [_place(n, label, width) for n in near]
    return "\n".join(lines)


def _place(near: NearPassage, label: str, width: int) -> str:
    where = f", p. {near.page}" if near.page else f", claim as of {near.as_of}" if near.as_of else ""
    return wrapped(f"{label} {near.title} ({near.source}{where}): “{near.quote}”", width, indent=4)
