"""An answer that came back: read, matched with claims, audited and staged."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ingest.reply import ParsedReply, parse_reply
from ingest.reply_words import tags_at_start
from ingest.said import Said
from kb.domain import Claim
from kb.errors import BadInput
from kb.exchange import CheckState, Reply, ReplyItem, ResearchPrompt
from kb.identity import content_hash, normalise
from kb.ledger import Verdict
from kb.ports import Embedder
from kb.services import audit
from kb.services.dated import base_of

MATCH_FLOOR = 0.70
"""Cosine of an item's words and a claim from which they belong together; docs/evaluation.md has the figures."""
_MATCH_LEAD = 0.03
"""What the best claim must have over the second."""
_MAX_CHARS = 2_000_000
_MAX_ITEMS = 400
_MAX_REASON, _MAX_TITLE, _MAX_QUOTE = 400, 300, 1_000
_MIN_ECHO = 12
"""Letters of a line of the prompt that an answer would hardly write by itself."""


@dataclass(frozen=True, slots=True)
class Context:
    """What an answer is read against."""

    prompt: ResearchPrompt | None
    claims: Sequence[Claim]
    """All claims of the library, which items may be matched with by their words."""
    embedder: Embedder
    look_up: Callable[[Iterable[str]], audit.Known]
    today: str
    """`YYYY-MM-DD`."""


def reply_id(prompt_id: str, text: str) -> str:
    """Derived from the prompt and the answer's lines, so that the same answer is the same reply.

    White space at the ends of lines and empty lines make no difference; lost line ends do, since they say less.
    """
    lines = (line.strip() for line in normalise(text).split("\n"))
    return "r-" + content_hash(prompt_id, "\n".join(filter(None, lines)))[:8]


def read_answer(text: str, context: Context, *, model: str, received_at: str, is_online: bool) -> Reply:
    """An answer with its audit; nothing of it has entered the library yet.

    Raises:
        BadInput: if the text is longer than two million characters.
    """
    if len(text) > _MAX_CHARS:
        raise BadInput(f"the answer has {len(text):,} characters", cure=f"Import at most {_MAX_CHARS:,} at a time")
    prompt = context.prompt
    own_text = _without_echo(text, prompt.text) if prompt else text
    parsed = parse_reply(own_text)
    said = [_of_prompt(one, prompt) for one in parsed.said[:_MAX_ITEMS]]
    known = context.look_up(dict.fromkeys(i for one in said for i in one.ids))
    matched = _Matcher(context).match(said)
    items = [
        _item(number, one, claim, tag, by, known, context)
        for number, (one, (claim, tag, by)) in enumerate(zip(said, matched, strict=True), 1)
    ]
    items = list(_staged_once(_without_contradictions(items)))
    return Reply(
        id=reply_id(prompt.id if prompt else "", text),
        prompt_id=prompt.id if prompt else "",
        prompt_version=prompt.version if prompt else "",
        model=model,
        received_at=received_at,
        is_online=is_online and not known.trouble,
        has_block=parsed.has_block,
        is_complete=parsed.is_complete,
        items=tuple(items),
        papers=tuple(known.papers[base] for base in sorted(known.new)),
        questions=tuple(q[:_MAX_REASON] for q in parsed.questions),
        warnings=tuple(_warnings(own_text, parsed, items, prompt, known)),
        text=normalise(text),
    )


def _of_prompt(one: Said, prompt: ResearchPrompt | None) -> Said:
    """The item without its tags where they are another prompt's."""
    if not prompt or one.prompt_id in {"", prompt.id}:
        return one
    return replace(one, tags=())


def _without_contradictions(items: Sequence[ReplyItem]) -> list[ReplyItem]:
    """The items; where several verdicts are given to one claim and paper, none of them is staged."""
    given: dict[tuple[str | None, str], set[str]] = {}
    for item in items:
        if item.claim and item.verdict:
            given.setdefault((item.claim, base_of(item.arxiv_id)), set()).add(item.verdict)
    kept = []
    for item in items:
        verdicts = sorted(given.get((item.claim, base_of(item.arxiv_id)), ()))
        if len(verdicts) > 1 and item.verdict:
            named = f"the answer says {' and '.join(verdicts)} of the same claim and paper arXiv:{item.arxiv_id}"
            item = item.model_copy(update={"staged": False, "problems": (*item.problems, named)})
        kept.append(item)
    return kept


def _staged_once(items: Iterable[ReplyItem]) -> Iterator[ReplyItem]:
    """The items; not staged is what says the same of a claim and paper as one before it, and quotes nothing else."""
    first: dict[tuple[object, ...], int] = {}
    for item in items:
        said = (item.claim or item.claim_text, base_of(item.arxiv_id), item.verdict)
        earlier = first.get((*said, item.quote))
        if item.staged and earlier:
            same = f"item {earlier} says the same"
            item = item.model_copy(update={"staged": False, "remarks": (*item.remarks, same)})
        elif item.staged:
            first.setdefault((*said, item.quote), item.number)
            first.setdefault((*said, ""), item.number)
        yield item


def _without_echo(text: str, asked: str) -> str:
    """The answer without the prompt's own lines, which come along when a whole conversation is copied.

    The first and last line of the block stay: an answer has the same ones.
    """
    echoes = {key for line in asked.split("\n") if len(key := _letters(line)) >= _MIN_ECHO} - {""}
    kept = [
        line
        for line in text.split("\n")
        if line.strip().startswith(("@end", "@answer")) or _letters(line) not in echoes
    ]
    return "\n".join(kept)


def _letters(line: str) -> str:
    return "".join(c for c in line.casefold() if c.isalnum())


def _warnings(
    text: str, parsed: ParsedReply, items: Sequence[ReplyItem], prompt: ResearchPrompt | None, known: audit.Known
) -> Iterable[str]:
    if not items:
        yield "The answer names no claim with a verdict and no paper"
    if prompt is None:
        yield "The prompt is not known, so tags such as [C1] mean nothing; claims are matched by words"
    elif others := [i for i in parsed.prompt_ids if i != prompt.id]:
        yield f"The answer says that it answers {others[0]}, not {prompt.id}"
    if len(parsed.said) > _MAX_ITEMS:
        yield f"Only the first {_MAX_ITEMS} of {len(parsed.said):,} items were read"
    if unread := _unread(text, items, prompt):
        yield f"Nothing could be read of {', '.join(unread)}, though lines of the answer begin with it"
    if parsed.has_block and not parsed.is_complete:
        yield "The block has no last line and may be cut short; what prose tells besides was read, too"
    if known.trouble:
        yield f"arXiv could not be asked: {known.trouble}"
    for piece in parsed.orders:
        yield f"Text like an order was found and not followed: “{piece}”"


def _unread(text: str, items: Sequence[ReplyItem], prompt: ResearchPrompt | None) -> list[str]:
    """Tags of the prompt that lines of an answer begin with, and no item has."""
    opening = {tag for line in text.split("\n") for tag in tags_at_start(line)}
    read = {item.tag for item in items}
    return [c.tag for c in (prompt.claims if prompt else ()) if c.tag in opening - read]


class _Matcher:
    """Finds the claim that each item speaks of."""

    def __init__(self, context: Context) -> None:
        prompt = context.prompt
        self._by_tag = {c.tag: c.claim for c in prompt.claims} if prompt else {}
        self._tags = {claim.id: tag for tag, claim in self._by_tag.items()}
        self._claims = list(self._by_tag.values()) or list({c.id: c for c in context.claims}.values())
        self._embedder = context.embedder

    def match(self, said: Sequence[Said]) -> list[tuple[Claim | None, str, str]]:
        """For each item its claim, the claim's tag, and whether the tag or the words told."""
        wordy = [i for i, one in enumerate(said) if not self._tag(one) and _may_match(one)]
        by_words = dict(zip(wordy, self._by_words([_match_text(said[i]) for i in wordy]), strict=True))
        by_words |= {i: claim for i in wordy if (claim := self._verbatim(said[i].words))}
        return [
            (self._by_tag[tag], tag, "tag")
            if (tag := self._tag(one))
            else (claim, self._tags.get(claim.id, ""), "words")
            if (claim := by_words.get(i))
            else (None, "", "")
            for i, one in enumerate(said)
        ]

    def _tag(self, one: Said) -> str:
        return next((tag for tag in one.tags if tag in self._by_tag), "")

    def _verbatim(self, words: str) -> Claim | None:
        """The one claim whose words all stand in a text, whatever follows them."""
        letters = _letters(words)
        held = [claim for claim in self._claims if _letters(claim.text) in letters]
        return held[0] if len(held) == 1 else None

    def _by_words(self, texts: Sequence[str]) -> list[Claim | None]:
        if not texts or not self._claims:
            return [None] * len(texts)
        claims = self._embedder.embed([claim.text for claim in self._claims])
        found: list[Claim | None] = []
        for likeness in self._embedder.embed(texts) @ claims.T:
            order = np.argsort(-likeness, kind="stable")
            lead = float(likeness[order[0]] - likeness[order[1]]) if len(order) > 1 else 1.0
            is_clear = float(likeness[order[0]]) >= MATCH_FLOOR and lead >= _MATCH_LEAD
            found.append(self._claims[int(order[0])] if is_clear else None)
        return found


def _may_match(one: Said) -> bool:
    return bool(one.words) and one.verdict is not None and not one.is_new and not one.is_mention


def _match_text(one: Said) -> str:
    return " ".join(one.words.split()[:60])


def _item(
    number: int, one: Said, claim: Claim | None, tag: str, by: str, known: audit.Known, context: Context
) -> ReplyItem:
    finding = audit.check(one, claim, known, context.today)
    problems, remarks = finding.problems, finding.remarks
    if one.tags and claim is None and context.prompt:
        problems.append(f"{', '.join(one.tags)} is no claim of the prompt {context.prompt.id}")
    if claim and not one.ids and one.verdict not in (None, Verdict.UNRESOLVED):
        problems.append(f"the verdict on {tag or claim.id} names no paper")
    if one.trouble:
        problems.append(one.trouble)
    if one.is_from_block and not one.is_new and claim is None and not one.tags:
        foreign = one.prompt_id and context.prompt and one.prompt_id != context.prompt.id
        problems.append(f"the record is of the prompt {one.prompt_id}" if foreign else "the record names no claim")
    if claim and one.verdict is None:
        problems.append(f"no verdict on {tag or claim.id} can be read{_beside(one)}")
    if one.is_new and any(_new_claim(one, known) == c or one.words == c.text for c in context.claims):
        problems.append("the library has this claim already")
    if claim and by == "words":
        remarks.append("the claim was matched by words, not by its tag")
    if one.verdict and claim is None and not one.tags and not one.is_from_block:
        problems.append(f"which claim the verdict{_beside(one)} is on cannot be told")
    if one.doubt:
        remarks.append(f"{one.doubt}: see whether it is meant so")
    if one.verdict and not one.is_from_block:
        remarks.append("the verdict was read from prose")
    paper = known.papers.get(base_of(one.ids[0])) if one.ids else None
    quotes = _own_quotes(one, paper.title if paper else "")
    quote = next((q for q in quotes if q in finding.found), next(iter(quotes), ""))
    return ReplyItem(
        number=number,
        claim=claim.id if claim else None,
        tag=tag,
        claim_text=claim.text if claim else one.words[:_MAX_REASON] if one.is_new else "",
        matched_by=by,
        verdict=one.verdict,
        verdict_words=one.verdict_words,
        arxiv_id=one.ids[0] if one.ids else "",
        title=(paper.title if paper else next(iter(one.titles), ""))[:_MAX_TITLE],
        date=paper.date if paper else one.date[:10],
        quote=quote[:_MAX_QUOTE],
        found=finding.found.get(quote, "")[:_MAX_QUOTE],
        reason="" if one.is_new else one.words[:_MAX_REASON],
        is_new=one.is_new,
        checks=finding.checks,
        problems=tuple(dict.fromkeys(problems)),
        remarks=tuple(dict.fromkeys(remarks)),
        is_doubtful=bool(one.doubt),
        staged=_is_sound(one, claim, finding),
    )


def _beside(one: Said) -> str:
    return f" beside arXiv:{one.ids[0]}" if one.ids else ""


def _own_quotes(one: Said, title: str) -> list[str]:
    return [q for q in one.quotes if audit.title_likeness(q, title) < audit.SAME_TITLE]


def _is_sound(one: Said, claim: Claim | None, finding: audit.Finding) -> bool:
    """Whether an item survived: nothing failed, and there is a claim with a verdict or a new finding with a paper."""
    if finding.problems:
        return False
    if one.is_new:
        return len(one.words.split()) >= 4 and finding.states.get("id") is CheckState.OK
    if claim is None or one.verdict is None:
        return False
    return not one.ids or finding.states.get("id") is CheckState.OK


def _new_claim(one: Said, known: audit.Known) -> Claim | None:
    paper = known.papers.get(base_of(one.ids[0])) if one.ids else None
    return Claim(text=one.words, as_of=paper.date[:7], evidence=(paper.reference,)) if paper and one.words else None
