"""Words and ids in what chat models answer: verdicts, arXiv ids, tags of claims, and text that would give orders.

Every pattern is linear in the text: no nested repetition, and what lies between two words is bounded.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kb.errors import BadId
from kb.identity import ArxivId
from kb.language import rough_stem
from kb.ledger import Verdict

_PREFIXED_ID = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf|html|format)/|arxiv[ \xa0]?[:.][ \xa0]{0,2}|arxiv[ \xa0](?=\[?[0-9]))"
    r"\[?(?P<id>(?:[a-z][a-z-]{1,20}(?:\.[A-Z]{2})?/)?[0-9]{2,8}(?:\.[0-9]{1,8})?(?:v[0-9]{1,3})?)",
    re.IGNORECASE,
)
_BARE_ID = re.compile(r"(?<![\w.,/-])[0-9]{4}\.[0-9]{4,5}(?:v[0-9]{1,2})?(?![\w]|\.[0-9])")
_ID_IN_PATH = re.compile(r"(?<=/)[0-9]{4}\.[0-9]{4,5}(?:v[0-9]{1,2})?(?![\w]|\.[0-9])")

_CALLED = r"(?:claim|finding|constraint|befund|aussage|behauptung|constat)s?[ \xa0]{0,2}#?"
_TAG = re.compile(
    rf"\[C(?P<a>[0-9]{{1,2}})\]?|(?:\b{_CALLED})(?:\[?C)?(?P<b>[0-9]{{1,2}})\b|(?<=[\[,;–—-] )C(?P<c>[0-9]{{1,2}})\]",
    re.IGNORECASE,
)
_ONE_TAG = rf"(?:{_CALLED})?[\[(]?C[0-9]{{1,2}}[\])]?(?!\w|\.\w)(?! (?:dataset|corpus|data)\b)"
_TAGS_AT_START = re.compile(
    rf"{_ONE_TAG}(?:[ \xa0*_]{{0,4}}(?:,|;|/|&|–|—|-|and|und|to|bis)[ \xa0*_]{{0,4}}{_ONE_TAG}){{0,12}}"
    rf"|{_CALLED}[0-9]{{1,2}}\b",
    re.IGNORECASE,
)
_LEADS = (re.compile(r"[^\w\[(]{0,12}"), re.compile(r"[^\w\[(]{0,12}[0-9]{1,3}[.)][^\w\[(]{0,12}"))
"""What may stand before a line's first word: marks and pictures, with or without a list's number."""
_TAG_GROUP = re.compile(r"\[C[0-9]{1,2}(?:\]?[ ]{0,2}(?:,|;|–|—|-|&|and|und|to|bis)[ ]{0,2}\[?C?[0-9]{1,2}){1,12}\]")
_RANGE = re.compile(r"C?([0-9]{1,2})\]?[ ]{0,2}(?:–|—|-|to|bis)[ ]{0,2}\[?C?([0-9]{1,2})")
_MAX_TAG = 99

_VERDICT_LABEL = re.compile(
    r"(?:verdict|status|assessment|judge?ment|urteil|bewertung|einschätzung|ergebnis)\W{1,6}(?P<said>[^\n|]{1,60})",
    re.IGNORECASE,
)
_SAID = (
    (Verdict.UNRESOLVED, r"unresolved|undecided|inconclusive|(?:could|can) ?(?:not|n['’]t) be resolved|not resolved"
     r"|not found|nothing newer|no newer|could not find|ungeklärt"
     r"|nicht entschieden|nichts neueres|keine neuere|nicht gefunden|untested"
     r"|non résolue?|rien trouvé|rien de plus récent|introuvable|indécise?"
     r"|sin resolver|no encontré|nada más reciente"),
    (Verdict.SCOPE_DIFFERS, r"scope[ _-]{0,2}differs|differs in scope|different (?:scope|setting)|scope mismatch"
     r"|ander\w{0,3} (?:geltungsbereich|rahmen)|geltungsbereich (?:weicht|anders)"
     r"|(?:portée|cadre) (?:différente?|diffère)|autre (?:portée|cadre)"
     r"|(?:alcance|ámbito) (?:distinto|diferente)|otro (?:alcance|ámbito)"),
    (Verdict.SUPERSEDED, r"superseded|supersedes|outdated|obsolete|replaced by|überholt|abgelöst"
     r"|dépassée?|remplacée? par|obsolète"
     r"|superad[oa]|reemplazad[oa] por|obsolet[oa]"),
    (Verdict.CONTRADICTED, r"contradict(?:ed|s)|refuted|overturned|(?:does not|doesn't|no longer) holds?|disproved"
     r"|widerlegt|widersprochen|gilt nicht mehr"
     r"|contredite?|réfutée?|infirmée?|ne tient plus"
     r"|contradich[oa]|refutad[oa]|ya no se (?:mantiene|sostiene)"),
    (Verdict.WEAKENED, r"holds? (?:only )?(?:in part|partly|partially|to some extent)"
     r"|(?:partially|partly|teilweise|partiellement|parcialmente)"
     r" (?:holds?|stands|valid|true|supported|confirmed|contradicted|refuted|bestätigt|widerlegt|confirmée?"
     r"|contredite?)"
     r"|weakened|weakens|relaxed|relaxes|partially|partly|softened|abgeschwächt|geschwächt|teilweise"
     r"|eingeschränkt"
     r"|affaiblie?|partiellement|nuancée?"
     r"|debilitad[oa]|parcialmente|matizad[oa]"),
    (Verdict.HOLDS, r"holds?|still (?:stands?|valid|true)|confirmed|confirms|supported|upheld|replicated|stands"
     r"|gilt (?:weiterhin|noch)|bestätigt|hält stand"
     r"|tient toujours|tient encore|reste (?:vraie?|valable)|confirmée?"
     r"|se (?:mantiene|sostiene)|confirmad[oa]|sigue siendo (?:válid[oa]|ciert[oa])"),
)  # fmt: skip
_VERDICTS = tuple((verdict, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for verdict, words in _SAID)
_NOT_BEFORE = re.compile(
    r"\b(?:not?|none|nothing|nobody|neither|nor|never|without|cannot|hardly|\w{2,8}n['’]t|nicht|nichts|kein\w{0,2}|weder|nie|ohne"
    r"|pas|aucune?|ni|jamais|sans|ningun[oa]?|ningún|nunca|tampoco|sin)\b",
    re.IGNORECASE,
)
_CLAUSE_START = re.compile(
    r"[.,;:!?|\n()–—]|\b(?:but|however|although|though|yet|only|aber|jedoch|sondern|obwohl|mais|bien que)\b", re.I
)
_CLAUSE_REACH = 160
"""Characters before a verdict's word that are looked at for the start of its clause."""
_HEDGE_BEFORE = re.compile(
    r"\b(?:would(?! (?:call|say|rate|judge) )|might|(?-i:may)|could|should|perhaps|maybe|possibly|whether"
    r"|reportedly|allegedly|supposedly|said to"
    r"|(?<!as )(?<!than )expect(?:ed|s)?|hoped"
    r"|(?:some|others|many|people|critics)(?: \w{1,20}){0,3} (?:say|said|claim|argue|think|believe|suggest)(?:ed|d)?"
    r"|würden?|könnten?|dürften?|sollten?|vielleicht|möglicherweise|angeblich|erwartet\w{0,2}"
    r"|serai(?:t|ent)|pourrai(?:t|ent)|devrai(?:t|ent)|peut-être|podrían?|serían?|debería|quizás?|tal vez)\b",
    re.IGNORECASE,
)
"""Words that turn the rest of their clause into a guess, a hope or hearsay. `May` with a capital is a month."""
_IF = re.compile(r"(?<!even )(?<!auch )(?<!selbst )(?<!même )(?<!as )\b(?:if|unless|wenn|falls|si)\b", re.IGNORECASE)
_TURN = re.compile(
    r"\b(?:but|however|yet|although|though|while|whereas|unlike|despite|instead|opposite|contrary|against|conversely"
    r"|another|nevertheless|only|earlier|older|previous(?:ly)?|original(?:ly)?|except|differ\w{0,6}|disagree\w{0,4}"
    r"|sort of|kind of|arguably|in a way|more or less|likely|seem\w{0,2}|appear\w{0,2}"
    r"|aber|jedoch|dagegen|hingegen|obwohl|während|dennoch|trotz\w{0,3}|gegenteil\w{0,2}|früher\w{0,2}|ältere\w?"
    r"|wohl|scheint|mais|cependant|pourtant|alors que|contraire|malgré|semble|pero|sin embargo|aunque|parece)\b",
    re.IGNORECASE,
)
_REST_OF_CLAUSE = re.compile(r"(?:[^.:,;()!?|\n–—]|[.:](?=\S)){0,120}")
_SENTENCE_END = re.compile(r"[.!?](?=[\s*_)\]”\"»]|\Z)|\n")

_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|skip|ignoriere|vergiss|überspringe)\b[^\n.]{0,40}"
    r"\b(?:instruction|prompt|rule|check|audit|verification|previous|above|anweisung|prüfung|regel|vorherig)\w*"
    r"|\b(?:mark|set|treat|record|flag|count|markiere|setze|werte)\b[^\n.]{0,60}"
    r"\b(?:as|to|als|auf)\b[^\n.]{0,20}\b(?:accepted|verified|valid|checked|passed|trusted|ok|akzeptiert|geprüft|gültig)\b"
    r"|\bkb (?:import|add|rebuild|retest|claims)\b|--accept(?:-all)?\b"
    r"|\b(?:run|execute)\b[^\n.]{0,20}\b(?:command|script|shell|code)\b"
    r"|\b(?:rm -rf|curl|wget|sudo) |<\|?(?:system|im_start|im_end|assistant)\b|\[/?INST\]"
    r"|^\W{0,4}(?:system|developer)(?: prompt| message| note)?\s{0,2}:"
    r"|\b(?:staged|checks?|audit)\b\W{1,4}(?:true|ok|passed|skip|off)\b"
    r"|\b(?:note|message|instructions?) (?:to|for) the (?:importer|auditor|parser|tool|system|import)",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class FoundId:
    """What looks like an arXiv id, as written, and where."""

    text: str
    """Without prefix; in the form `ArxivId` prints where it is one."""
    char_start: int
    char_end: int


def find_ids(text: str) -> list[FoundId]:
    """Ids in order. What is called an arXiv id counts even where it cannot be one; a bare number only if it can."""
    found = {m.start("id"): (m["id"], m.start(), m.end(), True) for m in _PREFIXED_ID.finditer(text)}
    for match in (*_BARE_ID.finditer(text), *_ID_IN_PATH.finditer(text)):
        found.setdefault(match.start(), (match[0], match.start(), match.end(), False))
    ids = []
    for _, (written, start, end, is_named) in sorted(found.items()):
        try:
            ids.append(FoundId(str(ArxivId.parse(written)).removeprefix("arXiv:"), start, end))
        except BadId:
            if is_named:
                ids.append(FoundId(written, start, end))
    return ids


def tags_in(text: str) -> tuple[str, ...]:
    """Tags of claims that a text names, in order: `[C1]`, `Claim 2`, `[C3–C5]`."""
    found: list[str | int] = []
    for group in _TAG_GROUP.finditer(text):
        for first, last in _RANGE.findall(group[0]):
            found += range(int(first), min(int(last), _MAX_TAG) + 1)
        found += re.findall(r"[0-9]{1,2}", group[0])
    found += [m["a"] or m["b"] or m["c"] for m in _TAG.finditer(text)]
    return _tags(found)


def tags_at_start(text: str) -> tuple[str, ...]:
    """Tags that a text without markup begins with, where brackets may be missing: `C1`, `C2 and C3`, `Claim 4`."""
    for marks in _LEADS:
        if (lead := marks.match(text)) and (match := _TAGS_AT_START.match(text, lead.end())):
            numbers = re.findall(r"[0-9]{1,2}", match[0])
            return tags_in(f"[C{']–[C'.join(numbers)}]") if re.search(r"[–—-]|to|bis", match[0][2:]) else _tags(numbers)
    return ()


def _tags(numbers: Iterable[str | int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"C{int(n)}" for n in numbers if 0 < int(n) <= _MAX_TAG))


def labelled_verdicts(text: str) -> list[Verdict]:
    """All verdicts of the sentence after a word such as `Verdict:`, the first first; none without such a word."""
    for match in _VERDICT_LABEL.finditer(text):
        pieces = (verdicts_in(piece) for piece in _SENTENCE_END.split(match["said"]))
        if said := next(filter(None, pieces), []):
            return said
    return []


def verdict_in(text: str) -> Verdict | None:
    """The verdict whose words come first in a text, in English, German, French or Spanish; None if there are none."""
    return next(iter(verdicts_in(text)), None)


def verdicts_in(text: str) -> list[Verdict]:
    """All verdicts whose words stand in a text, the first first.

    A negation or guess earlier in the clause cancels a word, and so does a condition or question that it stands in.
    What stands within the words of another, such as "holds" in "holds in part", says nothing of its own.
    """
    found, taken = list[tuple[int, Verdict]](), set[int]()
    for verdict, words in _VERDICTS:
        own = [match for match in words.finditer(text) if match.start() not in taken]
        taken.update(place for match in own for place in range(*match.span()))
        is_open = verdict is Verdict.UNRESOLVED
        meant = (m.start() for m in own if is_open or not _is_hedged(text, m.start(), m.end()))
        first = next((start for start in meant if not _is_negated(text, start)), None)
        found += [] if first is None else [(first, verdict)]
    return [verdict for _, verdict in sorted(found)]


def other_words(verdict: Verdict | None, text: str) -> str:
    """The words of a text that were read as a verdict; empty where they are the verdict's own name, in any form.

    >>> other_words(Verdict.WEAKENED, "It partially holds."), other_words(Verdict.HOLDS, "All of them hold.")
    ('partially holds', '')
    """
    spoken = text.replace("_", " ")
    pattern = next((words for named, words in _VERDICTS if named is verdict), None)
    meant = (m for m in pattern.finditer(spoken) if not _is_negated(spoken, m.start())) if pattern else iter(())
    found = next((m[0] for m in meant), "")
    name = str(verdict).replace("_", " ")
    return "" if [*map(rough_stem, found.casefold().split())] == [*map(rough_stem, name.split())] else found


def rivals(said: Sequence[Verdict]) -> str:
    """The doubt about a piece of text that gives several verdicts; empty where it gives one or none."""
    return f"{' and '.join(said)} stand side by side" if len(said) > 1 else ""


def _is_negated(text: str, start: int) -> bool:
    return bool(_NOT_BEFORE.search(_clause_before(text, start)))


def _clause_before(text: str, start: int) -> str:
    return _CLAUSE_START.split(text[max(0, start - _CLAUSE_REACH) : start])[-1]


def _is_hedged(text: str, start: int, end: int) -> bool:
    """Whether a verdict's word is only guessed, reported, asked or conditional."""
    if _HEDGE_BEFORE.search(_clause_before(text, start)):
        return True
    sentence = _SENTENCE_END.split(text[max(0, start - _CLAUSE_REACH) : start])[-1]
    rest = _REST_OF_CLAUSE.match(text, end)
    closing = _SENTENCE_END.search(text, end, end + 2 * _CLAUSE_REACH)
    is_asked = closing is not None and closing[0] == "?"
    return is_asked or bool(_IF.search(sentence) or (rest and _IF.search(rest[0])))


def speaks_of_verdicts(text: str) -> bool:
    """Whether any verdict's word stands in a text, also where it is denied or guessed."""
    return any(words.search(text) for _, words in _VERDICTS)


def takes_back(text: str) -> bool:
    """Whether a text denies, guesses, sets a limit or turns against something; doubtful texts are said to do so."""
    return any(words.search(text) for words in (_NOT_BEFORE, _HEDGE_BEFORE, _IF, _TURN))


def orders_in(text: str) -> Iterator[str]:
    """Lines of a text that read like orders to this program or to a model, from there."""
    end = -1
    for match in _ORDERS.finditer(text):
        if match.start() > end:
            end = text.find("\n", match.end()) if "\n" in text[match.end() :][:2_000] else match.end() + 2_000
            # Some words of what stands before, each whole.
            lead = text[max(0, match.start() - 30) : match.start()]
            if match.start() > 30 and not text[match.start() - 31].isspace():
                lead = lead.partition(" ")[2]
            yield " ".join((lead + text[match.start() : min(end, match.start() + 200)]).split())
