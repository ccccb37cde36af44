"""What leaves the library for another model and what comes back: research prompts, and answers with their audit."""

from enum import StrEnum

from pydantic import Field

from kb.domain import Claim, Paper, PartialDate, Record
from kb.ledger import UtcTime, Verdict


class PromptClaim(Record):
    """A dated claim as a prompt shows it."""

    tag: str = Field(description="C1, C2 and so on, the most relevant first")
    claim: Claim
    notes: tuple[str, ...] = Field((), description="ids of the notes that state it")


class ResearchPrompt(Record):
    """A prompt as it was handed out. The same library, question and date give the same text and the same id."""

    id: str = Field(description="derived from the text; the prompt carries it")
    question: str
    subject: str = Field("", description="note, claim or inquiry that it was made for; empty for a bare question")
    until: PartialDate = Field(description="the date that the prompt was made for")
    months: int = Field(ge=1, description="how far back disagreement is asked for")
    version: str = Field(description="of the template; `library:` before it where the library has its own")
    claims: tuple[PromptClaim, ...] = ()
    anchors: tuple[str, ...] = Field((), description="references of the anchor papers")
    n_left_out: int = Field(0, ge=0, description="relevant claims for which there was no room")
    n_tokens: int = Field(ge=0, description="estimate, see docs/prompts.md")
    text: str


class CheckState(StrEnum):
    """What one check of an audit found."""

    OK = "ok"
    FAILED = "failed"
    UNRESOLVED = "unresolved"
    """An id that the library does not know, and arXiv was not asked or did not answer."""
    NOT_CHECKABLE = "not_checkable"
    """Nothing to check against: no text of the paper, or nothing known of it."""
    UNKNOWN = "unknown"
    """A date that is not known precisely enough."""
    ABSENT = "absent"
    """The answer gives nothing to check."""


class Checks(Record):
    """The audit of one item."""

    id: CheckState = CheckState.ABSENT
    title: CheckState = CheckState.ABSENT
    date: CheckState = CheckState.ABSENT
    quote: CheckState = CheckState.ABSENT


class ReplyItem(Record):
    """One thing that an answer says of one claim and one paper, with what the audit made of it."""

    number: int = Field(ge=1, description="by which it is accepted")
    claim: str | None = Field(None, description="id of the claim; none where the item matches no claim of the library")
    tag: str = Field("", description="the claim's tag in the prompt")
    claim_text: str = ""
    matched_by: str = Field("", description="tag or words")
    verdict: Verdict | None = None
    verdict_words: str = Field(
        "", description="the answer's words that were read as the verdict, where they are not ours"
    )
    arxiv_id: str = Field("", description="as the answer gives it, without `arXiv:`; empty where it names no paper")
    title: str = ""
    date: str = Field("", description="month that the answer gives the paper")
    quote: str = ""
    found: str = Field("", description="what the paper says in place of an altered quote")
    reason: str = Field("", description="in the answer's words")
    is_new: bool = Field(False, description="a finding of its own, proposed as a claim")
    checks: Checks = Checks()
    problems: tuple[str, ...] = Field((), description="what failed; each names the id or quote that it is about")
    remarks: tuple[str, ...] = Field((), description="what a person should know before accepting")
    is_doubtful: bool = Field(False, description="a remark says what to look at first; accepted by its number alone")
    staged: bool = Field(False, description="it survived the audit and can be accepted")
    accepted: bool = False
    rejected: bool = Field(False, description="a person does not want it; it stays to be read")

    @property
    def told(self) -> str:
        """What the answer says of the claim, in words: the verdict, beside the answer's own words for it."""
        if self.is_new:
            return "new finding"
        verdict = (self.verdict or "no verdict").replace("_", " ")
        return f"“{self.verdict_words}”, read as {verdict}" if self.verdict_words else verdict


class Reply(Record):
    """An answer that came back, with its audit. The same answer to the same prompt is the same reply."""

    id: str
    prompt_id: str = Field("", description="empty where the prompt is not known")
    prompt_version: str = ""
    model: str = Field("", description="which model wrote it, as the person says")
    received_at: UtcTime = Field(description="when it first came")
    is_online: bool = Field(False, description="whether arXiv was asked")
    has_block: bool = Field(False, description="whether any line of the machine-readable block was found")
    is_complete: bool = Field(False, description="whether the block's last line was found")
    items: tuple[ReplyItem, ...] = ()
    papers: tuple[Paper, ...] = Field((), description="papers of the items that arXiv knew and the library did not")
    questions: tuple[str, ...] = Field((), description="questions that the answer proposes")
    warnings: tuple[str, ...] = ()
    text: str

    @property
    def unquestioned(self) -> tuple[ReplyItem, ...]:
        """What is staged, is not doubtful and has no quote that could not be checked; others go one by one."""
        clear = (item for item in self.staged if not item.is_doubtful)
        return tuple(item for item in clear if item.checks.quote is not CheckState.NOT_CHECKABLE)

    @property
    def staged(self) -> tuple[ReplyItem, ...]:
        """What can be accepted, and has been neither accepted nor rejected."""
        return tuple(item for item in self.items if item.staged and not (item.accepted or item.rejected))
