"""One thing that an answer says, before anything of it was checked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kb.ledger import Verdict


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict, a paper, or both, with what belongs to them."""

    tags: tuple[str, ...]
    """Of the claims that it is about; none where the answer names none."""
    ids: tuple[str, ...]
    """What the answer gives as arXiv ids, without prefix; perhaps no ids at all."""
    verdict: Verdict | None = None
    verdict_words: str = ""
    """The answer's own words for the verdict, where they are not ours."""
    titles: tuple[str, ...] = ()
    """What may be the paper's title, likeliest first."""
    quotes: tuple[str, ...] = ()
    """Words in quotation marks or block quotes."""
    date: str = ""
    words: str = ""
    """The answer's own reason, or the text that the rest was read from."""
    is_new: bool = False
    """A finding of its own."""
    is_from_block: bool = False
    is_mention: bool = False
    """A paper that is named without a verdict of its own."""

    prompt_id: str = ""
    """The prompt whose block it stands in, where the block says."""
    trouble: str = ""
    """Why the record contradicts itself."""
    doubt: str = ""
    """Why a person should look at the answer before believing what was read."""

    def as_mention(self, arxiv_id: str) -> "Said":
        """The paper alone, without a claim."""
        return replace(self, tags=(), ids=(arxiv_id,), verdict=None, is_mention=True)

    def without(self, known: set[tuple[str, str]]) -> Iterator["Said"]:
        """The same for each claim and paper, leaving out pairs that are known."""
        for tag in self.tags or ("",):
            for arxiv_id in self.ids or ("",):
                if (tag, arxiv_id) not in known and (tag or arxiv_id):
                    yield replace(self, tags=(tag,) if tag else (), ids=(arxiv_id,) if arxiv_id else ())
