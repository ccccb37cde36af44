"""Whether the check of quotes sees what changed between two versions of an abstract, and nothing else.

    python benchmarks/quote_survival.py [--json]

Needs the shared arXiv folder. Each sentence of the earlier copy is taken for a quote and looked for in the later one.
Whether it really changed is told apart from the check by the data: its words and numbers alone, in lower case and
without any mark, either stand in the later copy in a row or do not; and the data names the numbers that went.
"""

import json
import random
import re
import sys
from collections.abc import Iterator
from typing import Any

from common import SHARED, report

from ingest.sentences import sentences
from kb.identity import normalise
from kb.services.quote_survival import survives

_WORDS = re.compile(r"\w+")


def main() -> None:
    """Score the check on real revisions, on altered quotes and on quotes set in other type."""
    path = SHARED / "arxiv" / "abstract-revisions.jsonl"
    if not path.is_file():
        sys.exit("The shared arXiv folder is not here.")
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    chance = random.Random(11)
    counts: dict[str, list[bool]] = {}
    for record in records:
        for name, flagged in _trials(record, chance):
            counts.setdefault(name, []).append(flagged)
    wanted = {"unchanged": False, "unchanged, set in other type": False}
    rows = [
        {"quotes": name, "n": len(flags), "flagged": sum(flags), "share": sum(flags) / len(flags),
         "wanted": float(wanted.get(name, True))}
        for name, flags in sorted(counts.items())
    ]  # fmt: skip
    report("quote_survival", rows, f"{len(records)} revised abstracts.")


def _trials(record: dict[str, Any], chance: random.Random) -> Iterator[tuple[str, bool]]:
    """Every quote that an abstract gives, with its kind and whether the check flags it."""
    earlier, later = (normalise(record[side]["abstract"]) for side in ("earlier", "later"))
    gone = set(record["numbers_removed"])
    after = f" {' '.join(_WORDS.findall(later.lower()))} "
    for start, end in sentences(earlier, 0, len(earlier)):
        quote = earlier[start:end]
        words = _WORDS.findall(quote.lower())
        flagged = not survives(quote, later)
        stands = f" {' '.join(words)} " in after
        yield ("unchanged" if stands else "changed"), flagged
        if gone & set(re.findall(r"\d+(?:\.\d+)*", quote)):
            yield "with a number that went", flagged
        if stands and len(words) > 4:
            yield "unchanged, set in other type", not survives(_other_type(quote), later)
            yield "unchanged, then one word altered", not survives(_altered(quote, chance), later)
            if any(c.isdigit() for c in quote):
                yield "unchanged, then one digit altered", not survives(_digit_altered(quote, chance), later)


def _other_type(quote: str) -> str:
    """The same words as another program would set them."""
    swapped = quote.replace("'", "’").replace('"', "”").replace(" - ", " – ").replace("fi", "ﬁ")
    words = swapped.split(" ")
    return "“" + "\n".join(" ".join(words[i : i + 7]) for i in range(0, len(words), 7)) + "”"


def _altered(quote: str, chance: random.Random) -> str:
    words = quote.split(" ")
    i = chance.randrange(len(words))
    return " ".join([*words[:i], "otherwise", *words[i + chance.randrange(2) :]])


def _digit_altered(quote: str, chance: random.Random) -> str:
    i = chance.choice([i for i, c in enumerate(quote) if c.isascii() and c.isdigit()])
    return quote[:i] + str((int(quote[i]) + 1) % 10) + quote[i + 1 :]


if __name__ == "__main__":
    main()
