"""An answer while it is written, to be looked at from another thread.

::

    unfolding = Unfolding()
    # in the thread that asks, with a library of its own:
    answer = library.ask(question, listener=unfolding)
    # in the thread that draws, as often as it likes:
    for sentence in unfolding.sentences:  # checked; `sentence.state` says how it stands, the list only grows
        ...
    unfolding.drafting_now  # the sentence under way, which nothing has checked: show it faintly or not at all
    unfolding.stop()  # ends the writing: the answer keeps what was verified and is marked `incomplete`

The answer that `ask` returns takes the place of it all: it has the reading, headings and remarks, and with `strict` it
leaves out what failed. The same goes for a stream that breaks. If the model never began, `ask` raises `Unavailable`.
"""

from threading import Lock

from kb.domain import Sentence
from kb.errors import CutShort


class Unfolding:
    """Remembers what it hears; implements `kb.ports.Listener`. All of it may be used from any thread."""

    def __init__(self) -> None:
        self._sentences: list[Sentence] = []
        self._draft = ""
        self._is_stopped = False
        self._lock = Lock()

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences so far, in order, each as the gate, the judge or the mending left it."""
        with self._lock:
            return tuple(self._sentences)

    @property
    def drafting_now(self) -> str:
        """What stands so far of the sentence that is being written; nothing of it has been checked."""
        with self._lock:
            return self._draft

    def stop(self) -> None:
        """End the writing at the next piece that the model sends, or before the next call of a model."""
        self._is_stopped = True

    def drafting(self, text: str) -> None:
        """Take the sentence that is being written.

        Raises:
            CutShort: if it was stopped.
        """
        with self._lock:
            self._draft = text
        if self._is_stopped:
            raise CutShort("it was stopped")

    def written(self, sentence: Sentence) -> None:
        """Take a sentence that was checked."""
        with self._lock:
            self._sentences.append(sentence)
            self._draft = ""

    def settled(self, place: int, sentence: Sentence) -> None:
        """Put in its place what a sentence became."""
        with self._lock:
            self._sentences[place] = sentence
