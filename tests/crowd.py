"""One of several processes that use a library at once: a writer of its own notes, or a reader that checks what it reads.

Run as `python -m tests.crowd writer|reader ROOT NUMBER`. A writer edits three notes in each round, adds them, keeps an
inquiry, and prints the inquiries' ids. A reader asks until the file `done` lies beside the library, and prints how often.
"""

import sys
from pathlib import Path

from kb.domain import Answer, SupportState
from kb.library import Library

ROUNDS, NOTES = 3, 3
QUESTION = "do long chains of thought hurt small models"
_MOST_QUESTIONS = 500


def note(writer: int, number: int, turn: int) -> str:
    """A note as its writer leaves it in some round; each round's text has other offsets."""
    said = "Long chains of thought hurt small models" + ", as was seen before" * turn
    return f"# Note {number} of writer {writer}\n\n{'Once more. ' * turn}{said} in test {writer}{number}{turn}.\n"


def write(root: Path, writer: int) -> None:
    """All rounds of one writer; the first keeps its library open, as the pages do, the others open it each time."""
    kept = Library.open(root, long_lived=True) if writer == 0 else None
    for turn in range(ROUNDS):
        for number in range(NOTES):
            (root / "notes" / f"w{writer}-{number}.md").write_text(note(writer, number, turn))
        library = kept or Library.open(root)
        failed = library.add([]).failed
        assert not failed, failed
        print(library.save(library.ask(f"{QUESTION} in test {writer}{turn}")).id, flush=True)
        if turn == ROUNDS // 2 and writer == 1:
            library.rebuild()
        if library is not kept:
            library.close()
    if kept:
        kept.close()


def read(root: Path, reader: int) -> None:
    """Ask until the writers are done."""
    n_asked = 0
    kept = Library.open(root, long_lived=True) if reader == 0 else None
    while n_asked < _MOST_QUESTIONS and not (root.parent / "done").exists():
        library = kept or Library.open(root)
        check(library.ask(QUESTION))
        n_asked += 1
        if library is not kept:
            library.close()
    if kept:
        kept.close()
    print(n_asked)


def check(answer: Answer) -> None:
    """Every sentence stands, at its offsets, in a note as one of its rounds left it."""
    for sentence in answer.sentences:
        assert sentence.state is SupportState.QUOTED, sentence
        for citation in sentence.citations:
            writer, number = map(int, citation.source.removeprefix("note:w").split("-"))
            texts = [note(writer, number, turn) for turn in range(ROUNDS)]
            spans = [text[citation.char_start : citation.char_end] for text in texts]
            assert citation.quote in spans, (citation, texts)


if __name__ == "__main__":
    {"writer": write, "reader": read}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
