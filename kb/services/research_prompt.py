"""The research prompt: what the library found, when and where, and what another model is to do with it.

No model writes it. The same library, subject and date give the same text, and the prompt's id is derived from it.
"""

from collections.abc import Callable

from kb.errors import BadInput
from kb.exchange import PromptClaim, ResearchPrompt
from kb.identity import ArxivId, content_hash
from kb.services.prompt_page import ID_PLACE, Material, Page, Request
from prompts import Template

TOKEN_FACTOR = 1.1
"""A margin: chat models' tokenizers differ from the embedder's WordPiece and from each other."""
MAX_CLAIMS = 24


def render(material: Material, request: Request, template: Template, count: Callable[[str], int]) -> ResearchPrompt:
    """The prompt, with as many of the claims as fit.

    Args:
        material: what the library has to say.
        request: what the person asked for.
        template: `prompts/research.md`, or the library's own.
        count: the embedder's token count.

    Raises:
        BadInput: if not even one claim fits, or the library's template cannot be filled.
    """
    n_most = min(len(material.found), MAX_CLAIMS)
    for n in range(n_most, -1 if not n_most else 0, -1):
        page = Page(material, request, template, n)
        text = page.text()
        n_tokens = int(count(text) * TOKEN_FACTOR)
        if n_tokens <= request.max_tokens:
            break
    else:
        raise BadInput(
            f"{request.max_tokens:,} tokens hold no prompt; the shortest for this question has some {n_tokens:,}",
            cure=f"Use --max-tokens {n_tokens} or more",
        )
    prompt_id = "p-" + content_hash(text)[:8]
    return ResearchPrompt(
        id=prompt_id,
        question=material.question,
        subject=request.subject,
        until=request.until,
        months=request.months,
        version=template.label,
        claims=tuple(
            PromptClaim(tag=t, claim=c.claim, notes=c.notes) for t, c in zip(page.tags, page.shown, strict=True)
        ),
        anchors=tuple(str(ArxivId(base)) for base, _ in page.anchor_papers()),
        n_left_out=len(material.found) - n,
        n_tokens=n_tokens,
        text=text.replace(ID_PLACE, prompt_id),
    )
