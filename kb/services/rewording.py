"""Sentences reworded by rule: the same said otherwise, the contrary, and words that say nothing.

The same sentence always gives the same result. The rules know English and this field's common verbs. They keep numbers,
names and conditions as they are; where no rule fits, a clause before the sentence does the work.
"""

import re

from kb.language import verb_base

# Pairs that may stand for each other in a report of findings, without a change of direction or strength.
_SYNONYMS = {
    "shows": "demonstrates", "show": "demonstrate", "showed": "demonstrated", "finds": "observes", "find": "observe",
    "found": "observed", "reports": "states", "report": "state", "reported": "stated", "raises": "increases",
    "raise": "increase", "raised": "increased", "lowers": "reduces", "lower": "reduce", "lowered": "reduced",
    "improves": "betters", "improve": "better", "helps": "benefits", "hurts": "harms", "often": "frequently",
    "mainly": "chiefly", "because": "since", "while": "whereas", "but": "yet", "large": "big", "begin": "start",
    "begins": "starts", "needs": "requires", "need": "require", "uses": "employs", "use": "employ", "used": "employed",
    "gives": "provides", "give": "provide", "keeps": "retains", "keep": "retain", "makes": "renders",
    "across": "over", "several": "a number of",
}  # fmt: skip
_SYNONYM = re.compile(rf"\b(?:{'|'.join(_SYNONYMS)})\b")
_FIRST_PHRASE = re.compile(
    r"(?:In|On|For|With|When|After|Under|Across|At|Among|Without|Where|If|Although) [^,;:.]{3,90}, "
)
_LEANS = re.compile(r"(?:[Ii]ts?|[Tt]he(?:y|ir|se)|[Tt]h(?:is|ose)|[Hh]e|[Ss]he)\b")
_AS_READ = "As the source puts it,"
_AUXILIARY = re.compile(
    r"\b(?:(is|are|was|were|can|could|may|might|will|would|has|have|had|should|must)( not)?|(do|does|did)( not))\b"
)
_WORD = re.compile(r"\b[a-z]+\b")
_DENIAL = "It is not the case that"
_FILLERS = (
    "The remaining sections describe the layout of the document and name the people who are thanked for comments.",
    "Further material, such as the notation and the order of the tables, is given in the usual place at the end.",
    "The text was prepared in the standard format and follows the customary order of headings and figures.",
)


def paraphrased(text: str) -> str:
    """The same in other words: synonyms, and an opening phrase moved to the end."""
    reworded = _SYNONYM.sub(lambda match: _SYNONYMS[match[0]], text)
    opening = _FIRST_PHRASE.match(reworded)
    body, stop = _without_stop(reworded[opening.end() :] if opening else reworded)
    # A pronoun must not come before what it stands for.
    if opening and body and ";" not in body and not _LEANS.match(body):
        phrase = opening[0].rstrip(", ")
        return f"{body[:1].upper()}{body[1:]}, {phrase[:1].lower()}{phrase[1:]}{stop}"
    return reworded if reworded != text else f"{_AS_READ} {_as_continued(text)}"


def negated(text: str) -> str:
    """The contrary: a "not" put in or taken out, at the first auxiliary or a verb in the third person."""
    if "cannot" in text:
        return text.replace("cannot", "can", 1)
    if found := _AUXILIARY.search(text):
        word, has_not = found[1] or found[3], found[2] or found[4]
        contrary = word if has_not else "cannot" if word == "can" else f"{word} not"
        return text[: found.start()] + contrary + text[found.end() :]
    for found in _WORD.finditer(text):
        base = verb_base(found[0])
        if found.start() and base and base != found[0] and found[0].endswith("s"):
            return f"{text[: found.start()]}does not {base}{text[found.end() :]}"
    return f"{_DENIAL} {_as_continued(text)}"


def filler(text: str) -> str:
    """A sentence that says nothing of the matter, chosen by the length of the one whose place it takes."""
    return min(_FILLERS, key=lambda words: (abs(len(words) - len(text)), words))


def _without_stop(text: str) -> tuple[str, str]:
    bare = text.rstrip(".!")
    return bare, text[len(bare) :]


def _as_continued(text: str) -> str:
    """A sentence as it stands after other words: its first letter small, unless its first word is a name."""
    first = text.split(" ", 1)[0]
    return text if first[1:] != first[1:].lower() or not first.isalpha() else text[:1].lower() + text[1:]
