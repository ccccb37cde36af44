"""What the prose of a chat model's answer says of claims and papers: sections, lists, tables, footnotes, bare links."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ingest.plain import plain
from ingest.reply_lines import Group, definitions, groups, segments
from ingest.reply_sentences import by_claim, masked, sentences
from ingest.reply_verdicts import Verdicts
from ingest.reply_words import (
    FoundId,
    find_ids,
    labelled_verdicts,
    other_words,
    rivals,
    tags_at_start,
    tags_in,
    verdict_in,
    verdicts_in,
)
from ingest.said import Said
from kb.ledger import Verdict

_LABELLED = re.compile(
    r"\W{0,6}(?:(?P<quote>quote|quotation|zitat)|(?P<title>title|titel))\b\W{1,6}(?P<rest>.{8,1200})", re.IGNORECASE
)
_MARKS = re.compile(r"\[\^?([\w-]{1,12}(?:[ ]?[,;][ ]?\^?[\w-]{1,12}){0,12})\](?!\()|([¹²³⁰⁴-⁹]{1,3})")
_SUPERSCRIPTS = str.maketrans("¹²³⁰⁴⁵⁶⁷⁸⁹", "1230456789")

_QUOTATIONS = re.compile(
    r"“(?P<a>[^“”\n]{8,800})”|\"(?P<b>[^\"\n]{8,800})\"|„(?P<c>[^„“”\n]{8,800})[“”]|«(?P<d>[^«»\n]{8,800})»"
    r"|(?<!\w)‘(?P<e>[^‘\n]{20,800}?)’(?!\w)"
)
_SHOWN = re.compile(
    r"\[(?P<link>[^\[\]\n]{8,300})\]\((?P<url>[^()\s]{1,300})\)|(?<![*\w])\*{1,3}(?P<star>[^*\n]{8,300})\*{1,3}"
    r"|(?<![_\w])_{1,2}(?P<line>[^_\n]{8,300})_{1,2}(?!\w)"
)
_PAPER_LABEL = re.compile(
    r"(?:(?:paper|source|evidence|quelle|beleg)\W{1,6}|\| )(?P<rest>[^|]{8,300})\Z", re.IGNORECASE
)
_MONTH = re.compile(r"\b((?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2]))\b")
_LENT = "the verdict stands in the sentence before the paper's"
_REACH = 240
"""Characters between an id and its title at most."""
_MAX_PAPERS = 60
"""Papers of one group that titles and quotes are looked for; a longer list of ids is a list of ids."""
_MAX_PLACES = 200
"""Places of papers in a group whose verdicts are looked for."""
_MIN_TITLE_WORDS, _MIN_QUOTE_WORDS, _MIN_LONG_WORDS = 3, 4, 3


def parse_prose(text: str) -> list[Said]:
    """What is said, group by group, each with all its papers."""
    lines, defined = definitions(text.split("\n"))
    found = groups(list(segments(lines)))
    said = [one for group in found for run in by_claim(group) for one in _read(run, defined)]
    named = {i for one in said for i in one.ids}
    for rest in defined.values():
        said += [one for one in _papers(rest, ()) if not named & set(one.ids)]
    return said


def _read(group: Group, defined: dict[str, str]) -> Iterator[Said]:
    """What a group says."""
    text = "\n".join(segment.text for segment in group.segments)
    cells = group.segments[0].cells
    shown = plain(text)
    verdicts = Verdicts(group)
    marks = [
        (m.start(), label)
        for m in _MARKS.finditer(text)
        for label in re.split(r"[,; ^]+", m[1] or m[2].translate(_SUPERSCRIPTS))
        if label in defined
    ]
    cited = "\n".join(dict.fromkeys(defined[label] for _, label in marks))
    papers = list(_papers(text, group.tags, cells))
    papers += _titled_beside(_papers(cited, group.tags), text, marks, defined)
    given, doubts = _given(verdicts, text, marks, defined)
    if group.tags and (first := verdicts.first) and not any(given.values()):
        yield Said(
            tags=group.tags,
            ids=(),
            verdict=first[0],
            verdict_words=other_words(first[0], text),
            words=shown[:400],
            doubt=rivals(first),
        )
    quotes = [_bare(s.text) for s in group.segments if s.kind == "quote" and len(s.text.split()) >= _MIN_QUOTE_WORDS]
    labelled = [m for s in group.segments if (m := _LABELLED.match(s.text))]
    quotes += [_bare(m["rest"]) for m in labelled if m["quote"] and not _QUOTATIONS.search(m["rest"])]
    title = tuple(_bare(m["rest"]) for m in labelled if m["title"])
    own = [q for paper in papers for q in paper.quotes]
    if cited and not own:
        quotes += _quotes(text)
    is_clear = not _is_crossed(group, text, cited)
    for paper in papers:
        extra = tuple(q for q in quotes if q not in paper.quotes) if len(papers) == 1 or not paper.quotes else ()
        said: Sequence[Verdict | None] = (given.get(paper.ids[0]) if is_clear else None) or [None]
        for said_of in said:
            yield Said(
                tags=paper.tags,
                ids=paper.ids,
                verdict=said_of,
                verdict_words=other_words(said_of, cells.get("verdict") or text),
                titles=paper.titles or (title if len(papers) == 1 else ()),
                quotes=paper.quotes + extra,
                date=paper.date,
                words=cells.get("why") or shown[:400],
                doubt=doubts.get(paper.ids[0], "") if said_of else "",
            )


def _titled_beside(
    cited: Iterable[Said], text: str, marks: Sequence[tuple[int, str]], defined: dict[str, str]
) -> Iterator[Said]:
    """Papers of footnotes; those that have no title there have the one beside their mark."""
    places = {
        one.text: FoundId(one.text, at, at + 1) for at, label in reversed(marks) for one in find_ids(defined[label])
    }
    for one in cited:
        beside = () if one.titles else _titles(text, places[one.ids[0]], list(places.values()))
        yield replace(one, titles=one.titles or tuple(filter(_is_title_like, beside)))


def _given(
    verdicts: Verdicts, text: str, marks: Sequence[tuple[int, str]], defined: dict[str, str]
) -> tuple[dict[str, list[Verdict]], dict[str, str]]:
    """The verdicts against each paper of a text or its footnotes, by the paper's id; none twice.

    Also why a person should look at those of some papers, by id.
    """
    places = [(one.text, one.char_start) for one in find_ids(text)]
    places += [(one.text, place) for place, label in marks for one in find_ids(defined[label])]
    given: dict[str, list[Verdict]] = {}
    doubts: dict[str, str] = {}
    for name, place in places[:_MAX_PLACES]:
        told = verdicts.at(place)
        if told and told[0] not in given.get(name, []):
            given.setdefault(name, []).append(told[0])
        if doubt := rivals(told):
            doubts[name] = doubt
    lent = {name: said for name, place in places[:_MAX_PLACES] if name not in given and (said := verdicts.lent(place))}
    return given | {name: [said] for name, said in lent.items()}, doubts | dict.fromkeys(lent, _LENT)


def _is_crossed(group: Group, text: str, cited: str) -> bool:
    """Whether a sentence pairs several claims with several verdicts or papers, so that pairs are a guess."""
    if group.segments[0].kind == "row" or len(group.tags) < 2:
        return False
    shown = masked(text)
    n_papers = len({one.text for one in (*find_ids(text), *find_ids(cited))})
    return any(
        len(set(verdicts_in(shown[start:end].replace("_", " ")))) > 1
        or (n_papers > 1 and set(tags_at_start(plain(text))) != set(group.tags))
        for start, end in sentences(text)
    )


def _papers(text: str, tags: tuple[str, ...], cells: dict[str, str] | None = None) -> Iterator[Said]:
    """Each paper of a text with the title, quotes and month nearest to it."""
    found: dict[str, FoundId] = {}
    for one in find_ids(text):
        found.setdefault(one.text, one)
    for name in list(found)[_MAX_PAPERS:]:
        yield Said(tags=(), ids=(name,), is_mention=True)
        del found[name]
    nearest: dict[str, list[str]] = {name: [] for name in found}
    for match in _QUOTATIONS.finditer(text):
        words = next(filter(None, match.groups()))
        if found and len(words.split()) >= _MIN_QUOTE_WORDS and not _is_title_like(words):
            near = min(found.values(), key=lambda one: _distance(text, one, match))
            nearest[near.text].append(words.strip())
    cells = cells or {}
    dates = _dates(cells.get("date", ""), len(found))
    for (name, one), dated in zip(found.items(), dates, strict=True):
        month = _MONTH.search(text, max(0, one.char_start - 30), one.char_end + 30)
        title = [_bare(cells["title"])] if cells.get("title") else _titles(text, one, list(found.values()))
        quote = [_bare(cells["quote"])] if cells.get("quote") else nearest[name]
        yield Said(
            tags=tags,
            ids=(name,),
            titles=tuple(title),
            quotes=tuple(q for q in quote if len(q.split()) > 1),
            date=dated or (month[1] if month else ""),
        )


def _dates(cell: str, n_papers: int) -> list[str]:
    """The dates of a row's papers: as many as there are papers, or the only one of the only paper."""
    dates = [date.strip() for date in re.split(r"[;,]|<br>|\s/\s", cell)] if n_papers > 1 else [cell]
    return dates if len(dates) == n_papers else [""] * n_papers


def _titles(text: str, one: FoundId, others: Sequence[FoundId]) -> list[str]:
    """Strings that may be a paper's title, the nearest first: link texts, emphasised or quoted words."""
    start, end = max(0, one.char_start - _REACH), one.char_end + _REACH
    line_start, line_end = text.rfind("\n", 0, one.char_start) + 1, text.find("\n", one.char_end)
    start, end = max(start, line_start), min(end, line_end if line_end >= 0 else len(text))
    found = []
    for match in _SHOWN.finditer(text, start, end):
        words = _bare(match["link"] or match["star"] or match["line"])
        is_own = bool(match["url"]) and match.start() <= one.char_start < match.end()
        if match["url"] and not is_own and find_ids(match["url"]):
            continue
        found.append((0 if is_own else 1, _gap(one, match.start(), match.end()), words, match))
    for match in _QUOTATIONS.finditer(text, start, end):
        words = next(filter(None, match.groups()))
        if _is_title_like(words):
            found.append((1, _gap(one, match.start(), match.end()), _bare(words), match))
    titles = []
    for rank, gap, words, match in sorted(found, key=lambda row: (row[0], row[1])):
        is_others = rank and any(_gap(o, match.start(), match.end()) < gap for o in others if o is not one)
        if not is_others and not _is_label(words) and len(words.split()) >= _MIN_TITLE_WORDS and words not in titles:
            titles.append(words)
    return titles or _plain_title(text[max(line_start, one.char_start - 400) : one.char_start])


def _is_label(words: str) -> bool:
    """Whether emphasised words are a label, a tag or a verdict rather than a title."""
    is_verdict = labelled_verdicts(words) or (len(words.split()) < 5 and verdict_in(words))
    return bool(words.endswith(":") or find_ids(words) or tags_in(words[:8]) or tags_at_start(words) or is_verdict)


def _plain_title(before: str) -> list[str]:
    """A title without any marks, between the label or bar that announces a paper and its id."""
    match = _PAPER_LABEL.search(before)
    words = _bare(match["rest"]).rstrip(" ([,;:–—-") if match else ""
    long = sum(len(word) > 3 for word in words.split())
    is_title = long >= _MIN_LONG_WORDS and _is_title_like(words) and " et al" not in words
    return [words] if is_title else []


def _gap(one: FoundId, start: int, end: int) -> int:
    """Characters between an id and a span; what stands after the id counts a little farther."""
    return max(0, one.char_start - end) if end <= one.char_start else max(0, start - one.char_end) + 5


def _distance(text: str, one: FoundId, quotation: re.Match[str]) -> tuple[bool, int]:
    """How far a quotation is from an id; one of the same line is always nearer than one of another."""
    between = text[min(one.char_end, quotation.end()) : max(one.char_start, quotation.start())]
    return "\n" in between, _gap(one, quotation.start(), quotation.end())


def _is_title_like(words: str) -> bool:
    """Whether most of the longer words begin with a capital and no sentence ends there."""
    long = [word for word in re.findall(r"[^\W\d_][\w’'-]*", words) if len(word) > 3]
    capitals = sum(word[0].isupper() for word in long)
    return bool(long) and capitals >= 0.6 * len(long) and not words.rstrip().endswith((".", "…"))


def _quotes(text: str) -> list[str]:
    found = (next(filter(None, m.groups())).strip() for m in _QUOTATIONS.finditer(text))
    return [words for words in found if len(words.split()) >= _MIN_QUOTE_WORDS and not _is_title_like(words)]


def _bare(text: str) -> str:
    """Text without markup, quotation marks at its ends and the source after a block quote."""
    shown = plain(text).strip()
    shown = re.sub(r"\s[—–-]{1,2}\s?[^\"”]{0,80}arxiv.{0,60}\Z", "", shown, flags=re.IGNORECASE)
    return shown.strip("\"'“”„«»‘’ ").strip()
