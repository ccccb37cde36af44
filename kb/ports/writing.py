"""What a writer gets, what it gives back, and the language models behind it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kb.domain import Passage, Sentence, Source
from kb.ports.vectors import Vector


@dataclass(frozen=True, slots=True, eq=False)
class SentenceHit:
    """A sentence of a source, scored against a question."""

    passage: Passage
    char_start: int
    char_end: int
    text: str
    """As it stands in the source."""
    shown: str
    """Without markup."""
    order: int
    """Position in the source; sentences that follow each other in a passage differ by one."""
    coverage: float = 0.0
    """Share of the question's words that it contains, weighted by how rare they are."""
    n_new: int = 0
    """Content words that are not in the question: what the sentence has to say."""
    likeness: float = 0.0
    """Cosine similarity to the question, not below 0."""
    vector: Vector | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A source that speaks to a question, with its sentences that do so."""

    source: Source
    score: float
    sentences: Sequence[SentenceHit]
    """In reading order."""
    title_likeness: float = 0.0
    """Cosine similarity of the question and the source's title, not below 0; notes only, whose titles are questions."""


@dataclass(frozen=True, slots=True)
class Brief:
    """All that a writer may use."""

    question: str
    reads_as: str
    """The question as the object of "This asks"."""
    facets: Sequence[str]
    evidence: Sequence[Evidence]
    """Best first; every source once."""
    tensions: frozenset[tuple[str, str]]
    """Pairs of source ids that disagree, in both orders."""
    caveat: str = ""
    """What the library lacks for the question, as a clause; empty where it lacks nothing."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer wrote, before the gate has looked at it."""

    reading: str
    """How the question was understood, in the product's own words."""
    sentences: Sequence[Sentence]
    reframing: str = ""
    """The same in the writer's words, where it has any; shown only if the checks find nothing against it."""
    cut_short: str = ""
    """Why the draft ends before its end; empty where it is whole."""
    remarks: Sequence[str] = ()
    """What else a reader should know of it, such as evidence that the writer was not shown."""


class Listener(Protocol):
    """Hears a text while it is written. It may raise `CutShort` to end it there; what was written stays."""

    def drafting(self, text: str) -> None:
        """What stands so far of the sentence that is being written; nothing of it has been checked."""
        ...

    def written(self, sentence: Sentence) -> None:
        """A sentence that is complete."""
        ...

    def settled(self, place: int, sentence: Sentence) -> None:
        """What a sentence became by a judge's word or by mending; `place` counts what was written, from 0."""
        ...


class Deaf:
    """A `Listener` that does nothing."""

    def drafting(self, text: str) -> None:
        """Nothing."""

    def written(self, sentence: Sentence) -> None:
        """Nothing."""

    def settled(self, place: int, sentence: Sentence) -> None:
        """Nothing."""


class Writer(Protocol):
    """Writes a short synthesis from evidence."""

    @property
    def name(self) -> str:
        """Which writer wrote, for the record."""
        ...

    @property
    def model(self) -> str:
        """Which language model it used; empty where it needs none."""
        ...

    def write(self, brief: Brief, listener: Listener) -> Draft:
        """Sentences in reading order, each with its citations; their support states are the gate's to set.

        Raises:
            Unavailable: if the model behind it did not begin to answer.
        """
        ...

    def repair(self, brief: Brief, failed: Sequence[Sentence]) -> Mapping[int, Sentence]:
        """Better sentences for those that the gate refused, by their place in `failed`; none where it has none.

        Raises:
            Unavailable: if the model behind it did not answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a language model is asked, what changes least first."""

    system: str
    """Who it is to be and which rules hold."""
    material: str
    """Text that it is to work on, never to obey."""
    task: str


class LanguageModel(Protocol):
    """Answers prompts with text."""

    @property
    def name(self) -> str:
        """Which model, as a setting names it."""
        ...

    @property
    def room(self) -> int:
        """How many characters a prompt may safely have."""
        ...

    @property
    def window(self) -> int:
        """Tokens of a prompt and its answer together that it can read; 0 where that is not what limits `room`."""
        ...

    def reply(self, prompt: Prompt) -> Iterator[str]:
        """The answer in pieces, as they come.

        Raises:
            Unavailable: if the model could not be reached or would not answer.
            CutShort: after the last piece, if the answer is not whole.
        """
        ...
