"""What a person sees while a language model writes: sentences as the gate leaves them, and the one that is under way.

It is drawn on standard error and cleared when the answer is there, so that standard output holds the answer alone.
"""

import sys
from typing import TYPE_CHECKING

from kb.cli.context import announce, one_line, progress_bar
from kb.cli.layout import page_width, wrapped
from kb.domain import Sentence, SupportState

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
    announce(library.plan(question))
    if not sys.stderr.isatty():
        return library.ask(question, strict=strict, as_of=as_of)
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(stderr=True), transient=True, refresh_per_second=8) as live:
        return library.ask(question, strict=strict, as_of=as_of, listener=Preview(live))


class Preview:
    """Draws the last lines of a growing text."""

    def __init__(self, live: "Live") -> None:
        self._live, self._sentences, self._draft = live, list[Sentence](), ""

    def drafting(self, text: str) -> None:
        """Show the sentence that is being written, with the draft's mark."""
        self._draft = wrapped(text, page_width(), DRAFT) if text.strip() else ""
        self._draw()

    def written(self, sentence: Sentence) -> None:
        """Show a sentence with the mark of its support state."""
        self._draft = ""
        self._sentences.append(sentence)
        self._draw()

    def settled(self, place: int, sentence: Sentence) -> None:
        """Show what a sentence became."""
        self._sentences[place] = sentence
        self._draw()

    def _draw(self) -> None:
        from rich.text import Text

        room = max(1, self._live.console.height - _LINES_LEFT_FREE)
        blocks = [wrapped(one_line(s.text), page_width(), MARKS[s.state]) for s in self._sentences]
        shown = "\n".join([*blocks, *([self._draft] if self._draft else ())]).split("\n")
        self._live.update(Text("\n".join(shown[-room:])))
