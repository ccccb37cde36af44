"""Words that mean harm to a page, and a library that holds them wherever words of others are kept.

Each payload is a vector in a wrapping, with a number that tells whether it came to be shown. What it would do, if it
could, is set `window.pwned` or ask a stranger's server.
"""

from collections.abc import Sequence
from pathlib import Path

from kb.domain import (
    Absence,
    Answer,
    AnswerStatus,
    Citation,
    Claim,
    Facet,
    Inquiry,
    Job,
    JobState,
    Paper,
    Reason,
    Scope,
    Sentence,
    Source,
    SourceKind,
    SourceRef,
    SupportState,
)
from kb.exchange import Checks, CheckState, Reply, ReplyItem
from kb.ledger import EventKind, LedgerEvent, Quote, Verdict
from kb.library import Library
from kb.services.add import add_sources

_DO = "window.pwned=1"
_FAR = "https://elsewhere.example"
FAMILIES: dict[str, tuple[str, ...]] = {
    "html": (
        f"<img src=x onerror={_DO}>", f"<script>{_DO}</script>", f"<iframe srcdoc='<script>{_DO}</script>'></iframe>",
        f"<a href=javascript:{_DO}>x</a>", f"<details open ontoggle={_DO}>", f"<input autofocus onfocus={_DO}>",
        f"<style>@import '{_FAR}/x.css'</style>", f"<base href={_FAR}/>",
        f"<meta http-equiv=refresh content='0;url={_FAR}'>", f"<form action={_FAR}><button>go</button></form>",
        f"</div></p></li></ul><b onclick={_DO}>", f"\"><b onmouseover={_DO}>", f"'><b onmouseover={_DO}>",
        f"&lt;img src=x onerror={_DO}&gt;", f"<object data={_FAR}/x.swf>", f"<link rel=stylesheet href={_FAR}/x.css>",
    ),
    "svg": (
        f"<svg onload={_DO}>", f"<svg><animate onbegin={_DO} attributeName=x dur=1s>",
        f"<svg><a xlink:href=javascript:{_DO}><text>x</text></a></svg>", f"<svg><use href={_FAR}/x.svg#a></svg>",
        f"<math><mtext></form><form><mglyph><style></math><img src onerror={_DO}>",
        f"<svg><foreignObject><iframe src=javascript:{_DO}></iframe></foreignObject></svg>",
    ),
    "markdown": (
        f"![x]({_FAR}/p.png)", f"![x](javascript:{_DO})", f"<javascript:{_DO}>", f"[[n\" onclick=\"{_DO}|words]]",
        f"[[<img src=x onerror={_DO}>]]", f"[x](https://ok.example \"t\\\" onclick={_DO}\")", "~~x~~ ***y*** ==z==",
        f"![[<svg onload={_DO}>]]", f"<{_FAR}/\"onmouseover={_DO}>", "| a | b |",
    ),
    "address": (
        f"[x](javascript:{_DO})", f"[x](JaVaScRiPt:{_DO})", f"[x](java&#x0A;script:{_DO})",
        f"[x](&#106;avascript:{_DO})", f"[x](data:text/html,<script>{_DO}</script>)", "[x](vbscript:msgbox)",
        "[x](file:///etc/passwd)", f"[x](//{_FAR[8:]}/p)", f"![x](data:image/svg+xml,<svg onload={_DO}>)",
        f"[x](blob:{_FAR}/1)", f"javascript:{_DO}", f"[x](javascript&colon;{_DO})",
    ),
    "template": (
        "{{7*7}}", f"${{{_DO}}}", f"<%= {_DO} %>", f"$\\href{{javascript:{_DO}}}{{x}}$",
        f"$$\\htmlData{{onclick={_DO}}}{{x}}$$", "\\(\\unicode{x3c}script\\)", "{% include '/etc/passwd' %}", "`code",
    ),
    "directive": (
        ":red[x]", ":blue-background[x]", ":material/delete:", ":streamlit:", ":rainbow[x]", ":small[x]", ":smile:",
        ":green-badge[:material/star: x]", ":tada:", ":grey[**x**]",
    ),
    "unseen": (
        f"\u202e<b onclick={_DO}>\u202c", f"\u200b<scr\u200bipt>{_DO}</script>", f"\u2066[x](javascript:{_DO})\u2069",
        f"\ufeff<img src=x onerror={_DO}>", f"<im\u00adg src=x onerror={_DO}>", "\u2028\u2029\u061c\u180e",
    ),
}  # fmt: skip
WRAPPINGS = ("{}", "**{}**", "[{}](https://ok.example/)")
VECTORS = tuple(vector for family in FAMILIES.values() for vector in family)
PAYLOADS = tuple(
    f"{wrapping.replace('{}', vector)} no{n:03d}"
    for n, (wrapping, vector) in enumerate((w, v) for w in WRAPPINGS for v in VECTORS)
)
_TIME = "2026-11-02T10:00:00Z"


def numbers(text: str) -> set[str]:
    """The payloads that a text shows, by their numbers."""
    return {payload[-5:] for payload in PAYLOADS if payload[-5:] in text}


def furnish(root: Path) -> None:
    """Put every payload into notes, papers, inquiries, claims, answers that came back, and the queue."""
    for n, group in enumerate(batched(PAYLOADS, 12)):
        (root / "notes" / f"hostile-{n:02d}.md").write_text(_note(group), encoding="utf-8")
    with Library.open(root) as library:
        library.refresh()
        catalog = library.parts.catalog
        add_sources(map(_paper, range(20)), catalog, library.parts.embedder)
        claims = [status.claim for status in library.claims.list()]
        with catalog.writing():
            catalog.put_papers([_facts(n) for n in range(20)], origin="arxiv")
            for n, group in enumerate(batched(PAYLOADS, 10)):
                catalog.put_inquiry(_inquiry(n, group))
            catalog.put_reply(_reply(claims))
            catalog.append_events(
                _event(claims[n % len(claims)], group) for n, group in enumerate(batched(PAYLOADS, 5))
            )
            for payload in PAYLOADS:
                catalog.put_job(
                    Job(
                        target=f"file {payload}", kind="document", state=JobState.FAILED, reason=payload, advice=payload
                    )
                )
        library.parts.derive_graph()


def batched(words: Sequence[str], n: int) -> list[Sequence[str]]:
    """Words in groups of n, the last of which begins again with the first words."""
    return [(*words, *words)[i : i + n] for i in range(0, len(words), n)]


def _quoted(text: str) -> str:
    """A text in YAML, on one line."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _note(group: Sequence[str]) -> str:
    """A note that holds payloads in every place; small models keep it near the questions."""
    title, claim, summary, stated, scope, topic, *body = group
    return (
        f"---\ntitle: {_quoted(f'Do small models lose {title}?')}\nclaim: {_quoted(f'Small models lose {claim}.')}\n"
        f"summary: {_quoted(f'Small models lose their faithfulness, {summary}.')}\nkind: synthesis\ndate: 2026-10-04\n"
        f"topics: [small-models, {_quoted(topic)}]\nsources: [arXiv:2411.15382, {_quoted(scope)}]\nclaims:\n"
        f"  - text: {_quoted(f'Small models lose {stated}.')}\n    as_of: 2024-11\n    evidence: [arXiv:2411.15382]\n"
        f"    scope: {{model: {_quoted(scope)}, method: {_quoted(topic)}}}\n---\n"
        + "\n\n".join(f"Small models lose the thread of {words} in long chains." for words in body)
        + "\n\nThey link [[does-tuning-loosen-steps|" + body[0].replace("]", "") + "]] here.\n"
    )  # fmt: skip


def _paper(n: int) -> Source:
    own = PAYLOADS[n::20]
    text = " ".join(f"Small models lose {words} under fine-tuning." for words in own)
    return Source(
        id=f"arxiv:2501.{n:05d}v1", kind=SourceKind.PAPER, title=f"Small models and {own[0]}", text=text, date="2025-01",
        authors=own[1:], topics=("small-models",), origin=f"javascript:{_DO}", remark=own[0], reading="abstract",
    )  # fmt: skip


def _facts(n: int) -> Paper:
    own = PAYLOADS[n::20]
    return Paper(
        id=f"2501.{n:05d}", title=f"Small models and {own[0]}", authors=own[1:], date="2025-01", doi=own[1],
        journal=own[2], comment=own[3], categories=own[4:6],
    )  # fmt: skip


def _sentence(words: str, n: int) -> Sentence:
    states = list(SupportState)
    cited = Citation(
        source=f"arxiv:2501.{n % 20:05d}v1", passage="none", quote=words, char_start=0, char_end=1, section=(words,),
        rests_on=(words,),
    )  # fmt: skip
    reasons = (Reason(kind="quote", text=words), Reason(kind="quote", text=words, warning=True))
    return Sentence(
        text=words, state=states[n % len(states)], theme=words, lead_in=words, citations=(cited,), reasons=reasons
    )


def _inquiry(n: int, group: Sequence[str]) -> Inquiry:
    source = SourceRef(
        id=f"arxiv:2501.{n % 20:05d}v1", kind=SourceKind.PAPER, title=group[0], summary=group[1], date="2025-01",
        withdrawn=True, rests_on=(_facts(n % 20),),
    )  # fmt: skip
    facets = tuple(
        Facet(text=w, covered=False, best_score=0, floor=0, nearest="note:x#1", nearest_title=w, missing_terms=(w,))
        for w in group
    )
    answer = Answer(
        question=group[0], reading=group[1], status=AnswerStatus.PARTIAL, next_lines=tuple(group), remarks=tuple(group),
        absence=Absence(joint=False, note=group[2], facets=facets, searched=group[3], would_help=tuple(group)),
        sentences=tuple(_sentence(words, i) for i, words in enumerate(group)), sources=(source,), writer=group[4],
        model=group[5], left_out=group[6],
    )  # fmt: skip
    return Inquiry(id=f"hostile-{n:02d}", asked_at=_TIME, answer=answer)


def _reply(claims: Sequence[Claim]) -> Reply:
    """One answer with an item for each payload."""
    items = tuple(
        ReplyItem(
            number=n, claim=claims[n % len(claims)].id, claim_text=words, verdict=Verdict.WEAKENED, arxiv_id="2501.00001",
            title=words, date="2025-01", quote=words, reason=words, is_new=bool(n % 2), checks=Checks(id=CheckState.OK),
            problems=(words,), remarks=(words,), staged=n < 4,
        )
        for n, words in enumerate(PAYLOADS, 1)
    )  # fmt: skip
    return Reply(
        id="r-hostile", prompt_id=PAYLOADS[0], model=PAYLOADS[1], received_at=_TIME, items=items,
        questions=PAYLOADS, warnings=PAYLOADS[:40], text="\n".join(PAYLOADS),
    )  # fmt: skip


def _event(claim: Claim, group: Sequence[str]) -> LedgerEvent:
    """A test of a claim that tells of payloads."""
    by, against, reason, quote, *more = group
    return LedgerEvent(
        claim=claim.model_copy(update={"scope": Scope(model=by, task=reason)}), happened_at=_TIME, kind=EventKind.TESTED,
        by=by, how="manual", against=(against, *more), verdict=Verdict.WEAKENED, reason=reason,
        quotes=(Quote(side="evidence", source=against, text=quote, checked=False),),
    )  # fmt: skip
