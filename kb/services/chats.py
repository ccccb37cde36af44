"""Where a prompt can be taken: the chats that people use, and their addresses."""

from urllib.parse import quote

SITES = {
    "claude": "https://claude.ai/new?q=",
    "chatgpt": "https://chatgpt.com/?q=",
    "perplexity": "https://www.perplexity.ai/search?q=",
    "copilot": "https://copilot.microsoft.com/?q=",
    "mistral": "https://chat.mistral.ai/chat?q=",
    "gemini": "https://gemini.google.com/app",
}
"""Where chats begin; those that end in `=` take the question along."""
_MAX_URL = 8_000
"""Characters of an address that servers take for sure."""


def chat_address(site: str, text: str) -> tuple[str, bool]:
    """The address of a chat, and whether it takes the text along; where it does not, the text is to be pasted."""
    address = SITES[site]
    whole = address + quote(text, safe="")
    if address.endswith("=") and len(whole) <= _MAX_URL:
        return whole, True
    return address.split("?")[0], False
