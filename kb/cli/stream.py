"""What a person sees while a language model writes: sentences as the gate leaves them, and the one that is under way.

It is drawn on standard error and cleared when the answer is there, so that standard output holds the answer alone.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from signal import SIGINT, default_int_handler, signal
from typing import TYPE_CHECKING

from kb.cli.context import announce, lost_by_ctrl_c, one_line, progress_bar, warn
from kb.cli.layout import page_width, wrapped
from kb.domain import Sentence, SupportState, source_numbers
from kb.library.unfolding import Unfolding

if TYPE_CHECKING:
    from rich.live import Live

    from kb.domain import Answer
    from kb.library import Library

MARKS = {
    SupportState.QUOTED: "= ",
    SupportState.SUPPORTED: "+ ",
    SupportState.CONSISTENT: "~ ",
    SupportState.UNSUPPORTED: "! ",
}
DRAFT = "… "
"""Before what no gate has seen yet."""
_LINES_LEFT_FREE = 2


def answered(library: "Library", question: str, strict: bool, as_of: str) -> "Answer":
    """The answer to a question; what a language model writes of it is shown while it comes, on a terminal."""
    if library.parts.place.settings.llm == "extractive":
        with progress_bar() as progress:
            return library.ask(question, strict=strict, as_of=as_of, progress=progress)
    with progress_bar() as progress:
        library.refresh(progress)
    with lost_by_ctrl_c("answer", "asks"):
        announce(library.plan(question))
        return _written(library, question, strict, as_of)


def _written(library: "Library", question: str, strict: bool, as_of: str) -> "Answer":
    """The answer of a language model, which the first Ctrl-C ends."""
    if not sys.stderr.isatty():
        with _ended_by_ctrl_c(listener := Unfolding()):
            return library.ask(question, strict=strict, as_of=as_of, listener=listener)
    from rich.console import Console
    from rich.live import Live

    live = Live(console=Console(stderr=True), transient=True, refresh_per_second=8)
    with live, _ended_by_ctrl_c(preview := Preview(live)):
        return library.ask(question, strict=strict, as_of=as_of, listener=preview)


@contextmanager
def _ended_by_ctrl_c(listener: Unfolding) -> Iterator[None]:
    """The first Ctrl-C ends the writing, and what was verified is the answer; the second one ends it all."""

    def stop(*_: object) -> None:
        listener.stop()
        signal(SIGINT, default_int_handler)  # before a person is told to press it again
        warn(["Ending the answer; what was verified is kept. Press Ctrl-C again not to wait for the model"])

    before = signal(SIGINT, stop)
    try:
        yield
    finally:
        signal(SIGINT, before)


class Preview(Unfolding):
    """Draws the last lines of a growing text."""

    def __init__(self, live: "Live") -> None:
        super().__init__()
        self._live = live

    def drafting(self, text: str) -> None:
        """Show the sentence that is being written, with the draft's mark."""
        super().drafting(text)
        self._draw()

    def written(self, sentence: Sentence) -> None:
        """Show a sentence with the mark of its support state."""
        super().written(sentence)
        self._draw()

    def settled(self, place: int, sentence: Sentence) -> None:
        """Show what a sentence became."""
        super().settled(place, sentence)
        self._draw()

    def _draw(self) -> None:
        from rich.text import Text

        room = max(1, self._live.console.height - _LINES_LEFT_FREE)
        sentences = self.sentences
        numbers = source_numbers(sentences)
        blocks = [wrapped(_numbered(s, numbers), page_width(), MARKS[s.state]) for s in sentences]
        if (draft := self.drafting_now).strip():
            blocks.append(wrapped(draft, page_width(), DRAFT))
        shown = "\n".join(blocks).split("\n")
        self._live.update(Text("\n".join(shown[-room:])))


def _numbered(sentence: Sentence, numbers: Mapping[str, int]) -> str:
    """A sentence with the numbers of its sources."""
    cited = dict.fromkeys(f"[{numbers[c.source]}]" for c in sentence.citations if c.source in numbers)
    return f"{one_line(sentence.text)} {''.join(cited)}".rstrip()
