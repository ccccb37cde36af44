"""A language model as a judge of sentences and claims, in calls of its own that no writer sees."""

import re
from collections.abc import Iterable, Sequence

from ingest.plain import plain
from kb.domain import Claim, Passage
from kb.errors import CutShort, KbError, Unavailable
from kb.identity import content_hash
from kb.ledger import Verdict
from kb.ports import Entailment, Judgement, LanguageModel, Prompt, Ruling
from kb.providers.model_errors import without_keys
from prompts import load

_MAX_REASON_CHARS = 200
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>(?>(?:[^<]++|(?!</?\1>)<)*)</\1>", re.IGNORECASE)
_BEFORE = r"[\s*_#>\"'`]*+(?:(?:answer|verdict)\s*:\s*)?[*_\"'`]*"
_AFTER = r"[*_\"'`]*\s*[:.,–—-]?\s*"

_FORMS = {
    **dict.fromkeys(("entails", "entailed", "entailment", "supports", "supported"), Entailment.ENTAILS),
    **dict.fromkeys(("contradicts", "contradicted", "contradiction"), Entailment.CONTRADICTS),
    **dict.fromkeys(("neither", "neutral"), Entailment.NEITHER),
}
"""What is asked for, and the forms that models answer with instead."""


class LlmJudge:
    """Judges with a language model; implements `kb.ports.Judge`.

    A model that failed once is not asked again: every further sentence would wait for it.
    """

    def __init__(self, language_model: LanguageModel) -> None:
        self._language_model = language_model
        self.name = language_model.name
        self._failure: Unavailable | None = None

    def rule(self, sentence: str, quotes: Sequence[str], context: str) -> Ruling:
        """Whether the quotes, read in their context, entail the sentence; see `kb.ports.Judge`."""
        task = load("judge").fill("entailment", sentence=" ".join(sentence.split()))
        word, reason = self._asked(" ".join(quotes), context, task, _FORMS)
        if not word:
            raise Unavailable(f"{self.name} {reason}")
        return Ruling(_FORMS[word], reason)

    def judge(self, claim: Claim, passage: Passage) -> Judgement:
        """What the passage means for the claim; see `kb.ports.Judge`."""
        task = load("judge").fill(
            "verdict", claim=" ".join(claim.text.split()), as_of=claim.as_of,
            scope=str(claim.scope) or "no scope given", verdicts=", ".join(v.upper() for v in Verdict),
        )  # fmt: skip
        word, reason = self._asked(plain(passage.text), " › ".join(passage.section), task, Verdict)
        return Judgement(Verdict(word or Verdict.UNRESOLVED), reason)

    def _asked(self, quotes: str, context: str, task: str, words: Iterable[str]) -> tuple[str, str]:
        """The first of some words that the model answers with, and its reason; no word if it answers otherwise.

        Raises:
            Unavailable: if the model did not answer, or may not be paid for.
        """
        if self._failure:
            raise self._failure
        template = load("judge")
        fence = f"=== {content_hash(quotes, context)[:16]} ==="
        room = max(500, self._language_model.room - len(quotes) - len(task) - 2_000)
        material = template.fill("material", fence=fence, quotes=quotes, context=context[:room])
        text = ""
        try:
            for piece in self._language_model.reply(Prompt(template.parts["role"], material, task)):
                text += piece
        except CutShort:
            pass
        except KbError as error:
            self._failure = Unavailable(error.message, cure=error.cure)
            raise self._failure from None
        return _read(text, words)


def _read(text: str, words: Iterable[str]) -> tuple[str, str]:
    alternatives = "|".join(re.escape(word) for word in words)
    match = re.match(rf"{_BEFORE}({alternatives})\b{_AFTER}([^\n]*)", _THOUGHT.sub("", text), re.IGNORECASE)
    if match is None:
        return "", "gave no verdict"
    return match[1].casefold(), without_keys(" ".join(match[2].split()))[:_MAX_REASON_CHARS]
