"""What the gate stops and what it lets through, by kind of error, with no judge model.

    python benchmarks/gate.py [SPLIT] [--verify] [--scifact] [--claims] [--misses] [--json]

SPLIT is dev, more or test, or one of these behind "scopes-": sentences over passages of the seed notes, each with one
error of a known kind or none. "Warned" is the share that passed with a warning about scope beside it. SciFact's
training claims, where the shared folder is there: claims that a rationale supports or contradicts, and claims held
against an abstract of another subject. `--verify` gives no citation and lets `kb verify` find the passage itself.
The sentences behind "stranger-" and "turns-" name no passage, so that they are always verified over the library.
`--claims` holds dated claims of the seed notes against the sentence of their note that says most of them.
"""

import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from common import ROOT, SHARED, report

from ingest.chunk import chunk
from ingest.notes import parse_note
from ingest.plain import plain
from ingest.sentences import sentences
from kb.domain import Citation, Passage, PassageKind, Sentence, Source, SourceKind, SupportState
from kb.identity import normalise
from kb.language import content_stems
from kb.library import Library
from kb.services.checks import CitedText, compare
from kb.services.gate import check
from kb.services.quote_place import locate

_SPLITS = (
    "scopes-test", "scopes-more", "scopes-dev", "stranger-test", "stranger-dev", "turns-test", "turns-dev", "test",
    "more",
)  # fmt: skip
_RESAMPLES = 2000
_WINDOW_TOKENS = 254
_SAME = 0.6
"""Share of a claim's words that a sentence must have to restate it."""


@dataclass(frozen=True)
class Outcome:
    """What became of one labelled sentence."""

    id: str
    kind: str
    is_error: bool
    stopped: bool
    warned: bool
    reasons: tuple[str, ...]
    text: str
    quote: str


def main() -> None:
    """Score one split, and what else was asked for."""
    split = next((s for s in _SPLITS if s in sys.argv), "dev")
    rows = _rows(ROOT / "benchmarks" / f"planted-{split}.jsonl")
    no_passage_given = "--verify" in sys.argv or split.startswith(("stranger", "turns"))
    outcomes = _verified(rows) if no_passage_given else _gated(rows)
    name = f"gate-{split}" + ("-verify" if no_passage_given else "")
    report(name, [*_by_kind(outcomes), *_overall(outcomes)], f"{len(rows)} planted sentences, split {split}.")
    _show_misses(outcomes)
    if "--claims" in sys.argv:
        restated = list(_claims(split))
        report("gate-claims", [*_by_kind(restated), *_overall(restated)], f"Dated claims, split {split}.")
        _show_misses(restated)
    if "--scifact" in sys.argv:
        found = list(_scifact(SHARED / "scifact"))
        report("gate-scifact", [*_by_kind(found), *_overall(found)], "SciFact, training claims.")
        _show_misses(found)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _gated(rows: Sequence[dict[str, Any]]) -> list[Outcome]:
    return [_outcome(row, _cite(row["text"], row["quote"], *_passages(row))) for row in rows]


def _passages(row: dict[str, Any]) -> tuple[Source, list[Passage]]:
    """What a row cites and its passages; none where there is no such source."""
    path = ROOT / "notes" / f"{row['source']}.md"
    if "passage" in row and row["source"] == "":
        return _document("own", row["passage"]), [_whole("document:own", row["passage"])]
    if not path.is_file():
        return _document(row["source"], ""), []
    note = parse_note(normalise(path.read_text(encoding="utf-8")), path.name)
    return note, chunk(note, lambda text: len(text.split()) * 3 // 2, _WINDOW_TOKENS)


def _document(name: str, text: str, title: str = "") -> Source:
    return Source(id=f"document:{name}", kind=SourceKind.DOCUMENT, title=title, text=text)


def _whole(source: str, text: str) -> Passage:
    spans = tuple(sentences(text, 0, len(text)))
    return Passage(source_id=source, ordinal=0, char_start=0, char_end=len(text), text=text, sentences=spans)


def _cite(text: str, quote: str, source: Source, passages: list[Passage]) -> Sentence:
    """The sentence as a writer hands it in: its quote located where that can be done, else claimed as it is."""
    for passage in passages:
        if found := locate(quote, passage.text):
            citations = [_citation(passage, *found)]
            break
    else:
        key = passages[0].id if passages else f"{source.id}#000000000000"
        citations = [Citation(source=source.id, passage=key, quote=quote, char_start=0, char_end=len(quote))]
    draft = Sentence(text=text, state=SupportState.UNSUPPORTED, theme="", citations=tuple(citations))
    return check([draft], {p.id: p for p in passages}, {source.id: source})[0]


def _citation(passage: Passage, start: int, end: int) -> Citation:
    return Citation(
        source=passage.source_id, passage=passage.id, quote=passage.text[start:end],
        char_start=passage.char_start + start, char_end=passage.char_start + end,
    )  # fmt: skip


def _outcome(row: dict[str, Any], checked: Any) -> Outcome:
    reasons = tuple(f"{r.kind}: {r.text}" for r in checked.reasons if not r.warning)
    stopped = checked.state is SupportState.UNSUPPORTED
    warned = not stopped and any(r.warning and r.kind == "scope" for r in checked.reasons)
    quote = row.get("quote", "")
    return Outcome(row["id"], row["kind"], row["label"] == "error", stopped, warned, reasons, row["text"], quote)


def _verified(rows: Sequence[dict[str, Any]]) -> list[Outcome]:
    """Over notes only, since passages of the set's own stand in no library; uncited and altered quotes do not apply."""
    kinds = ("uncited", "altered-quote", "invented-citation")
    rows = [row for row in rows if "passage" not in row and row["kind"] not in kinds]
    with (
        tempfile.TemporaryDirectory() as folder,
        Library.open(Library.create(Path(folder) / "l", seed=True)) as library,
    ):
        library.refresh()
        return [_outcome(row, library.verify(row["text"]).sentences[0]) for row in rows]


def _scifact(folder: Path) -> Iterator[Outcome]:
    """Claims with a rationale against it, and each against an abstract of another subject, by a fixed shuffle."""
    if not folder.is_dir():
        sys.exit("The shared SciFact folder is not here.")
    records = _rows(folder / "corpus.jsonl")
    corpus = {str(r["doc_id"]): _abstract(r) for r in records}
    sources = {s.id: s for r in records if (s := _document(str(r["doc_id"]), "", r["title"]))}
    others = sorted(corpus)
    random.Random(7).shuffle(others)
    for number, row in enumerate(_rows(folder / "claims_train.jsonl")):
        for key, rationales in row["evidence"].items():
            label = rationales[0]["label"]
            passage = corpus[key]
            spans = [passage.sentences[i] for r in rationales for i in r["sentences"] if i < len(passage.sentences)]
            if spans:
                yield _held(row, label.lower(), passage, spans, sources)
        if row["evidence"]:
            other = corpus[others[number]]
            yield _held(row, "unrelated", other, other.sentences[:3], sources)


def _claims(split: str) -> Iterator[Outcome]:
    """Dated claims, held against the body's sentence that has most of their words, and at least 0.6 of them.

    A claim may say more than that sentence, in names and figures; a reason of any other kind is a false alarm. Those
    of the test set's notes are held out, the others were looked at.
    """
    held_out = {row["source"] for row in _rows(ROOT / "benchmarks" / "planted-test.jsonl")}
    for path in sorted((ROOT / "notes").glob("*.md")):
        if path.stem == "README" or (path.stem in held_out) != (split == "test"):
            continue
        note, passages = _passages({"source": path.stem})
        body = [(p, span) for p in passages if p.kind is PassageKind.BODY for span in p.sentences]
        for number, claim in enumerate(note.claims):
            wanted = content_stems(claim.text)
            shown = [plain(p.text[a - p.char_start : b - p.char_start]) for p, (a, b) in body]
            shares = [len(wanted & content_stems(text)) / len(wanted) for text in shown]
            best = int(np.argmax(shares)) if shares else 0
            if shares and shares[best] >= _SAME:
                cited = CitedText([shown[best]], f"{note.title} {plain(body[best][0].text)}", None)
                found = [r for r in compare(claim.text, cited) if not r.warning and r.kind not in ("name", "number")]
                reasons = tuple(f"{r.kind}: {r.text}" for r in found)
                name = f"{path.stem}-{number}"
                yield Outcome(name, "restated claim", False, bool(found), False, reasons, claim.text, shown[best])


def _abstract(record: dict[str, Any]) -> Passage:
    """An abstract as one passage, its sentences as the rationales count them."""
    parts = [normalise(" ".join(part.split())) for part in record["abstract"]]
    ends = np.cumsum([len(part) + 1 for part in parts]).tolist()
    spans = tuple((end - 1 - len(part), end - 1) for part, end in zip(parts, ends, strict=True) if part)
    text = " ".join(parts)
    source = f"document:{record['doc_id']}"
    return Passage(source_id=source, ordinal=0, char_start=0, char_end=len(text), text=text, sentences=spans)


def _held(
    row: dict[str, Any], kind: str, passage: Passage, spans: Sequence[tuple[int, int]], sources: dict[str, Source]
) -> Outcome:
    citations = tuple(_citation(passage, a, b) for a, b in sorted(set(spans)))
    draft = Sentence(text=row["claim"], state=SupportState.UNSUPPORTED, theme="", citations=citations)
    labelled = {"id": str(row["id"]), "kind": kind, "label": "ok" if kind == "support" else "error",
                "text": row["claim"], "quote": " | ".join(c.quote for c in citations)}  # fmt: skip
    return _outcome(labelled, check([draft], {passage.id: passage}, sources)[0])


def _by_kind(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Share that was stopped: recall for a kind of error, false alarms for correct sentences."""
    kinds = sorted({o.kind for o in outcomes})
    rows = [_row(kind, [o.stopped for o in outcomes if o.kind == kind]) for kind in kinds]
    warned = [_row(f"warned only, {kind}", [o.warned for o in outcomes if o.kind == kind]) for kind in kinds]
    return [*rows, *(row for row in warned if row["share"])]


def _overall(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    stopped = [o for o in outcomes if o.stopped]
    named = sorted({r.split(":")[0] for o in stopped for r in o.reasons})
    rows = [_row("precision, all", [o.is_error for o in stopped])]
    rows += [_row("recall, all", [o.stopped for o in outcomes if o.is_error])]
    for name in named:
        hits = [o.is_error for o in stopped if any(r.startswith(name + ":") for r in o.reasons)]
        rows.append(_row(f"precision, reason {name}", hits))
    return rows


def _row(name: str, hits: Sequence[bool]) -> dict[str, Any]:
    """A share with its 95 % interval from a bootstrap over sentences."""
    values = np.array(hits, dtype=float)
    means = np.random.default_rng(7).choice(values, (_RESAMPLES, len(values))).mean(axis=1) if len(values) else [0.0]
    low, high = np.quantile(means, [0.025, 0.975])
    share = float(values.mean()) if len(values) else 0.0
    return {"what": name, "n": len(hits), "share": share, "from": float(low), "to": float(high)}


def _show_misses(outcomes: Sequence[Outcome]) -> None:
    if "--misses" not in sys.argv:
        return
    for o in (o for o in outcomes if o.stopped != o.is_error):
        print(f"\n{o.id} {o.kind}: {o.text}\n   < {o.quote[:400]}")
        for reason in o.reasons:
            print(f"   ! {reason}")


if __name__ == "__main__":
    main()
