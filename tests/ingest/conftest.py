"""What the tests of reading documents share."""

import gc
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from kb.domain import Source, SourceKind

# Time is tested by ratios of its own; a single example may be slow on a busy machine.
settings.register_profile("without-deadline", deadline=None)
settings.load_profile("without-deadline")


def _words(text: str) -> int:
    return len(text.split())


@pytest.fixture(scope="session")
def count_words() -> Callable[[str], int]:
    """A `count_tokens` that anybody can check by eye."""
    return _words


@pytest.fixture(scope="session")
def paper() -> Callable[[str], Source]:
    """Makes a source whose whole text is body."""
    return lambda text: Source(id="arxiv:2411.15382v1", kind=SourceKind.PAPER, title="A paper", text=text)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Writes a file, text or bytes as they are, into a fresh folder."""

    def _write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return _write


@pytest.fixture(scope="session")
def assert_linear() -> Callable[[Callable[[str], object], str], None]:
    """Fails where ten times the text takes much more than ten times the time."""

    def seconds(function: Callable[[str], object], text: str) -> float:
        # The processor's time of this process, and the best of two, so that a busy machine changes little.
        # Garbage is collected before: a pass over what other tests hold would be charged to the longer text.
        best = float("inf")
        gc.collect()
        gc.disable()
        for _ in range(2):
            start = time.process_time()
            function(text)
            best = min(best, time.process_time() - start)
        gc.enable()
        return best

    def check(function: Callable[[str], object], seed: str) -> None:
        short, long = (seed * (n // len(seed)) for n in (2_000, 20_000))
        # A quadratic pattern takes 100 times as long; half a millisecond is noise.
        assert seconds(function, long) <= 25 * max(seconds(function, short), 5e-4), repr(seed)

    return check
