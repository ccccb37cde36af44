"""A language model's lines put together: the reading, paragraphs of sentences, the aside.

Headings over paragraphs are the library's own topic words, never the model's: nothing would check what they claim.
"""

import re
from collections.abc import Callable, Sequence

from kb.domain import Citation, Sentence, SupportState
from kb.ports import Brief, Draft, Listener
from kb.providers.model_errors import without_keys
from kb.providers.themes import titles_of
from prompts import load

_LABEL = re.compile(r"[\W_]{0,8}(reading|aside)\b[*_ ]{0,4}[:：][*_ ]{0,4}", re.IGNORECASE)
_NOISE = re.compile(r"[\s\-*_=`~#>|]*+(?:```\w*)?\s*")
_MAX_SENTENCES, _HEADING_WORDS = 60, 12
_TALKATIVE, _REGROUPED = 1.5, 3
"""Models that leave a line empty after each sentence mean no paragraphs by it; these are then made of so many."""

Cited = tuple[str, tuple[Citation, ...]]
"""A sentence's words and what they cite."""


class Manuscript:
    """Takes lines as they are complete and makes a draft of them."""

    def __init__(self, brief: Brief, listener: Listener) -> None:
        self._brief, self._listener = brief, listener
        self.reframing = ""
        self._paragraphs: list[list[Sentence]] = [[]]
        self._aside: list[Sentence] = []
        self._is_aside = False
        self._n_over = 0

    def line(self, text: str, cited: Callable[[int], Sequence[Cited]]) -> None:
        """Take one line.

        Args:
            text: the line as the model wrote it, an empty one included.
            cited: gives the sentences of the line from an offset on, with what they cite.
        """
        label = _LABEL.match(text)
        if label and label[1].casefold() == "reading":
            self.reframing = " ".join(without_keys(text[label.end() :]).strip(" *_").split())
            return
        if label or _NOISE.fullmatch(text):
            self._is_aside = self._is_aside or bool(label)
            self._paragraphs += [[]] if self._paragraphs[-1] else []
            if not label:
                return
        for words, citations in cited(label.end() if label else 0):
            if not citations and _is_heading(words):
                self._paragraphs += [[]] if self._paragraphs[-1] else []
            elif self.n_sentences < _MAX_SENTENCES:
                self._take(sentence_of(words, citations))
            else:
                self._n_over += 1

    @property
    def n_sentences(self) -> int:
        """How many sentences there are so far."""
        return len(self._aside) + sum(map(len, self._paragraphs))

    def _take(self, sentence: Sentence) -> None:
        (self._aside if self._is_aside else self._paragraphs[-1]).append(sentence)
        self._listener.written(sentence)

    def draft(self, cut_short: str, remarks: Sequence[str]) -> Draft:
        """What was written, in paragraphs under headings; why it ends early, and what else is to be known of it."""
        paragraphs = _regrouped([p for p in self._paragraphs if p])
        ids = [evidence.source.id for evidence in self._brief.evidence]
        paragraphs = _joined(paragraphs, ids)
        cited = [_places(paragraph, ids) for paragraph in paragraphs]
        headings = [*titles_of(self._brief.evidence, cited), load("writer").parts["aside"]]
        written = [*paragraphs, self._aside]
        sentences = [
            sentence.model_copy(update={"theme": heading})
            for heading, paragraph in zip(headings, written, strict=True)
            for sentence in paragraph
        ]
        over = [f"{self._n_over:,} sentences after the first {_MAX_SENTENCES} were left out."]
        over = over if self._n_over else []
        reading = "reading_without_themes" if self._brief.caveat else "reading_plain"
        words = load("answer").fill(reading, reads_as=self._brief.reads_as, caveat=self._brief.caveat)
        return Draft(words, sentences, self.reframing, cut_short, (*remarks, *over))


def _is_heading(words: str) -> bool:
    """Whether words state nothing: a title, or "Here is the synthesis:"."""
    bare = words.rstrip(" *_")
    return bare.endswith(":") or (bare[-1:] not in ".!?…”\"'" and len(bare.split()) <= _HEADING_WORDS)


def sentence_of(words: str, citations: Sequence[Citation]) -> Sentence:
    """A sentence that no gate has seen yet."""
    text = without_keys(" ".join(words.split()))
    unique = tuple(dict.fromkeys(citations))
    return Sentence(text=text, state=SupportState.UNSUPPORTED, theme="", citations=unique)


def _places(paragraph: Sequence[Sentence], ids: Sequence[str]) -> list[int]:
    cited = dict.fromkeys(c.source for s in paragraph for c in s.citations)
    return [ids.index(source) for source in cited if source in ids]


def _joined(paragraphs: list[list[Sentence]], ids: Sequence[str]) -> list[list[Sentence]]:
    """Paragraphs that cite nothing as part of the one before, whose heading then stands over them."""
    found: list[list[Sentence]] = []
    for paragraph in paragraphs:
        if found and not _places(paragraph, ids):
            found[-1] = found[-1] + paragraph
        else:
            found.append(paragraph)
    return found


def _regrouped(paragraphs: list[list[Sentence]]) -> list[list[Sentence]]:
    flat = [sentence for paragraph in paragraphs for sentence in paragraph]
    if len(paragraphs) <= _REGROUPED or len(flat) > _TALKATIVE * len(paragraphs):
        return paragraphs
    return [flat[i : i + _REGROUPED] for i in range(0, len(flat), _REGROUPED)]
