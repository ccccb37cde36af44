"""Sentences that say where to read on, not what was found: they point at other notes or announce what comes next.

The rules read words, so they see what is plainly put in English. What bears a figure, cites a paper or goes on to tell
what was found is no signpost.
"""

import re

_FIGURE = re.compile(r"\d(?:\.\d+)?\s?(?:%|x\b|points\b|[BMk]\b)|\b0\.\d|: (?!whether\b).{60}")
_CITES = re.compile(r"\barXiv:")
_ISSUE = r"(?:question|disagreement|dispute|quarrel|debate|issue|thesis|topic|subject)s?"
_ABOUT = r"(?:whether|what|who|where|which|why|how|on|over|about)"
_KIN = (
    r"(?:neighbour|neighbor|relative|cousin|counterpart|sibling|companion|half|version|form|instance|branch|face|end"
    r"|candidate|explanation|objective|alternative|mechanism|intervention|reading|test|condition|hypothesis|measure"
    r"|worry|gap|drift|symptom|account|predictor)s?"
)
_STUDIES = (
    r"(?:lines|studies|papers|notes|designs|critiques|families|disagreements|recipes|kinds|groups|reasons|questions)"
)

_DISPUTES = re.compile(
    rf"\bthe {_ISSUE} (?:{_ABOUT})\b|\b{_ISSUE} (?:is|are) (?:sharpest\b|(?:on |over |about |at )?{_ABOUT}\b)"
    rf"|\bdisput(?:e|es),.{{3,80}}, is whether\b|\bdisagrees? (?:about|over|on) {_ABOUT}\b"
    rf"|\bdisputes? whether\b|\bdo not (?:quite )?agree\b"
    rf"|^Whether .{{0,160}}\b(?:is|are) (?:an? )?(?:\w+ )?(?:question|disputed|open|debated)\b"
    rf"|\b(?:interesting|useful|further|open|next|related) {_ISSUE}\b"
)
"""What names a dispute or a question and not what either side found, whatever it cites."""
_LINKS = re.compile(
    r"\b(?:link|tie|connect|relate|lead)s?(?: \S+){1,4} to"
    r" (?:whether|why|how|what|the (?:question|finding|view|claim)s?)\b"
    r"|\bleads to why\b|\bbears? on (?:whether|what|why|how)\b|\bmatters? (?:here )?because\b"
    r"|\b(?:belongs? (?:with|under|beside)|sits? (?:well with|beside)|stays? open|needed beside|read beside"
    r"|beside the \w+ one|at stake here|kin to|resembles?|reaches (?:back|further))\b"
    r"|\b(?:fits?|matches|match|agrees? with|illustrates?|repeats?) the (?:view|contrast|general|pattern|case|debate)\b"
    r"|\bthe same (?:fault|diagnosis|gap|defect|drift|bet|principle|spot|form|suspicion|kind)\b"
    rf"|\b(?:is|are|be|as|becomes?|makes?|remains?|forms?|offers?)\b(?: \S+){{0,3}}? (?:an?|one|the|its|another|of)\b"
    rf"(?: \S+){{0,3}}? {_KIN}(?= (?:of|for|to|in|that|with|proposed|discussed|behind|among)\b|,? since\b|\.$)"
    r"|\bsuppl(?:y|ies) (?:the missing|candidate)\b"
    r"|(?<!abstracts )(?<!abstract )\basks? (?:whether|which|what|why|how)\b|\bthe (?:topic|subject) of\b"
    r"|\b(?:the|this) note on\b|\bcomes from (?:the (?:contrast|debate|work|note)|causal|work)\b|\bdiscussed with\b"
)
"""What ties one subject to another."""
_ANNOUNCES = re.compile(
    rf"^(?:One|Two|Three|Four|Five|Several)(?: \w+){{0,2}}? {_STUDIES}\b(?!.*\b(?:report|find|show|agree|found)s?\b)"
    r"|^(?:A|The|Another) (?:second|third|fourth|last|contrary|opposite)"
    r" (?:study|dispute|result|lever|line|paper)\b.{0,60}$"
    r"|\b(?:deserves? equal weight|tells? a similar story|is the clearest case|gives? the \w+ cut"
    r"|(?:is|forms?|adds?) a (?:second|third) (?:study|lever|level|line|reason))\b"
    r"|^The two (?:notes|papers|studies) (?:dis)?agree\b"
)
"""What the next sentences hold."""


def is_signpost(sentence: str) -> bool:
    """Whether a sentence, as it is shown, only points at other notes or at the structure of its own.

    >>> is_signpost("Prefix training links the question to whether self-correction can be trained.")
    True
    >>> is_signpost("Prefix training raises accuracy by 3%, which links the question to whether it can be trained.")
    False
    """
    if _FIGURE.search(sentence):
        return False
    points = _DISPUTES.search(sentence) or (
        not _CITES.search(sentence) and (_LINKS.search(sentence) or _ANNOUNCES.search(sentence))
    )
    return bool(points)
