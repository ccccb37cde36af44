"""What came of having a model propose something."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from kb.errors import KbError


@dataclass(slots=True)
class Outcome:
    """What came of a run."""

    n_asked: int = 0
    n_kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    """How many proposals did not hold, by why."""
    n_conditions: int = 0
    """Conditions that were left out of claims, because their passages do not name them."""
    cut_short: list[str] = field(default_factory=list)
    """Why answers ended early; they are asked for again the next time."""

    def add(self, n_kept: int, dropped: Mapping[str, int], cut_short: str, n_conditions: int = 0) -> None:
        """Count what came of one more call."""
        self.n_conditions += n_conditions
        self.n_asked += 1
        self.n_kept += n_kept
        self.dropped.update(dropped)
        self.cut_short += [cut_short] if cut_short else []

    @contextmanager
    def kept(self) -> Iterator[None]:
        """An error in here says what came before it, which is not lost."""
        try:
            yield
        except KbError as error:
            if n := self.n_asked:
                calls = "the answer before it is" if n == 1 else f"the {n} answers before it are"
                error.message += f"; {calls} kept, and the same command goes on from there"
            raise

    def in_words(self, model: str) -> list[str]:
        """The same as lines."""
        n_dropped = self.dropped.total()
        times = "once" if self.n_asked == 1 else f"{self.n_asked} times"
        lines = [f"{model} was asked {times}; proposals that hold: {self.n_kept}, dropped: {n_dropped}"]
        lines += [f"dropped {n}: {why}" for why, n in self.dropped.most_common()]
        if self.n_conditions:
            lines.append(f"conditions left out, because their passages do not name them: {self.n_conditions}")
        return lines + [f"an answer is incomplete: {why}" for why in dict.fromkeys(self.cut_short)]


def now() -> str:
    """The time in UTC, as the ledger writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
