"""The gate: pages that are no documents stay out, short and foreign documents come in."""

from collections.abc import Callable

import pytest

from ingest.extracted import Extracted
from ingest.sanity import check
from kb.errors import BadDocument

REFUSED = {
    "robot": "Just a moment... Checking your browser before accessing the site. Please enable JavaScript and cookies to "
    "continue. This process is automatic. Ray ID: 8f3a. Performance and security by Cloudflare." * 2,
    "captcha": "To continue, please verify that you are human. Complete the security check below: a CAPTCHA helps us to "
    "keep out automated requests from your network, which sent unusual traffic. " * 3,
    "login": "Sign in to continue. Email. Password. Forgot your password? Create an account. By signing in you agree to "
    "the terms of use and the privacy statement of the publisher and of its many partners. " * 2,
    "paywall": "This is a preview of subscription content. Get access to the full version of this article. Buy article. "
    "Institutional login. Instant access to the full article and many others of our journals." * 2,
    "404": "404 Not Found. We are sorry, the page you are looking for was not found on this server. It may have moved or "
    "been deleted; the page cannot be found. Go to the home page or use the search to find what you need. " * 2,
    "503": "503 Service Unavailable. The server is temporarily unable to answer. Please try again later. If the trouble "
    "goes on, write to the administrator of this site and tell the time at which it happened to you, and how. " * 2,
    "rate": "Rate exceeded. Too many requests came from your address. Please wait for some minutes and try again later, "
    "or read about the use of our interface for programs in the pages of the manual about it, which we wrote for you. ",
    "no html": "No HTML for this paper. HTML is not available for the source of this submission; sources are converted "
    "when they are in TeX. You may view the PDF instead, or look at the abstract's page for other forms of it. " * 2,
    "cookies": "We and our partners use cookies to store and read information on a device. Accept all cookies. Reject "
    "all. Manage preferences. Some are strictly necessary; others rest on legitimate interest under the law. " * 3,
    "short": "Too short to be of use to anybody.",
    "empty": " \n",
    "figures": "0.1 0.2 0.3 12 45 88 | 17 a 99 b 3.14 c 2.71 d 77 e " * 60,
    "damaged": "Th\ufffd mod\ufffdls ar\ufffd gr\ufffdat and th\ufffdy ar\ufffd many of th\ufffdm h\ufffdr\ufffd. " * 20,
    "shifted": "Wkh prghov orvh wkh wkuhdg ri orqj fkdlqv ri wkrxjkw dqg wkhlu dffxudfb idoov zlwk hyhub vwhs wkdw wkhb dgg " * 12,
    "binary": "aGVsbG8gd29ybGQgdGhpcyBpcyBiYXNlNjQ" * 60,
}  # fmt: skip
WELCOME = {
    "english": "Small language models lose the thread of long chains of thought. We measure by how much, on two sets. " * 8,
    "german": "Kleine Sprachmodelle verlieren bei langen Gedankenketten den Faden, und ihre Genauigkeit nimmt dabei ab. " * 8,
    "chinese": "小型语言模型在长链推理中会失去线索，其准确率随着步骤的增加而下降。我们在两个数据集上测量了这种影响。" * 3,
    "japanese": "小さな言語モデルは長い思考の連鎖で筋道を失い、その精度は段階が増えるにつれて低下する。我々はそれを測定した。" * 3,
    "russian": "Малые языковые модели теряют нить длинных рассуждений, и их точность падает с каждым новым шагом цепочки. " * 8,
    "arabic": "تفقد النماذج اللغوية الصغيرة خيط سلاسل التفكير الطويلة وتنخفض دقتها مع كل خطوة جديدة تضيفها إليها. " * 8,
    "about captchas": "We study how vision models solve a CAPTCHA. Our benchmark has ten thousand images drawn from public sites. "
    "The best model solves 62 percent of them, whereas people solve 91 percent under the same limits of time. " * 4,
    "formulas": "Let $x$ be a point of the set and $f$ a map. Then $f(x)$ lies in the image, as the lemma says.\n\n"
    "$$ \\sum_{i} x_{i}^{2} \\cdot \\frac{1}{2} $$\n\n" * 12,
    "table": "The table shows the accuracy of each model in percent, higher is better, mean of three runs.\n\n"
    + "| model | a | b |\n|---|---|---|\n" + "| tiny | 41.0 | 36.8 |\n" * 200
    + "We read it as a sign that length hurts small models more than it hurts the large ones in our tests.\n" * 3,
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_document_is_refused_with_a_reason(name: str) -> None:
    """Broken: a robot check or an error page is in the library and marked done."""
    with pytest.raises(BadDocument) as caught:
        check(Extracted(REFUSED[name], "web"))
    assert caught.value.message
    assert caught.value.cure


@pytest.mark.parametrize("name", WELCOME)
def test_what_is_a_document_passes(name: str) -> None:
    """Broken: a paper is refused for its language, its formulas or its subject."""
    check(Extracted(WELCOME[name], "web"))


MEETING = "We agreed to test the 7B model first.\n\nAnna reads the paper on filler tokens.\n\nSee the cookie policy."


def test_a_short_text_file_of_ones_own_passes() -> None:
    """Broken: minutes of a meeting are refused as the rest of a page."""
    check(Extracted(MEETING, "text"), is_file=True)
    for reading, is_file in (("text", False), ("pdf", True), ("web", True)):
        with pytest.raises(BadDocument):
            check(Extracted(MEETING, reading), is_file=is_file)


@pytest.mark.parametrize(("is_file", "least"), [(True, 40), (False, 200)])
def test_too_short_a_text_is_refused_with_both_counts(is_file: bool, least: int) -> None:
    """Broken: a person looks for what is wrong with a file that is whole."""
    with pytest.raises(BadDocument, match=rf"\(8 letters of at least {least}\)") as caught:
        check(Extracted("Call Anna! 12:30", "text"), is_file=is_file)
    assert ("note" in caught.value.cure) is is_file


def test_a_long_document_may_speak_of_such_pages() -> None:
    """Broken: a paper about login pages cannot be added."""
    check(Extracted(WELCOME["english"] * 6 + REFUSED["login"] + REFUSED["captcha"], "pdf"))


BLOCKED = "This website is using a security service to protect itself. The action you just performed triggered it. "
MISSING = "The requested URL /papers/12 was not found on this server. "


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Access denied", BLOCKED + "You can email the site owner to let them know what you were doing. " * 4),
        ("Attention Required! | Cloudflare", "# Sorry, you have been blocked\n\n" + BLOCKED * 40),
        ("404 Not Found", MISSING + "That is all we know about it, and there is nothing more to read here. " * 100),
        ("", "# Error 404: Page not found\n\n" + MISSING * 60),
    ],
)
def test_an_error_page_is_known_by_its_title_whatever_its_length(title: str, text: str) -> None:
    """Broken: a server's padding or a firewall's courtesy makes an error page evidence."""
    with pytest.raises(BadDocument, match="error page"):
        check(Extracted(text, "web", title=title))


@pytest.mark.parametrize("title", ["Access denied: how models refuse", "404 Not Found in the wild", "Access Denied"])
def test_a_paper_about_error_pages_passes(title: str) -> None:
    """Broken: a paper on refusals or broken links is itself refused."""
    body = WELCOME["english"] * 6 + "Many a server said access denied, and 404 not found; we were blocked twice. "
    paper = Extracted(body + BLOCKED + MISSING, "pdf", title=title)
    check(paper)
    assert "access denied" in paper.text


@pytest.mark.parametrize("seed", ["we are ", "404 ", "$$ x ", "```\n", "| a ", "cookie ", "[ x", "a\ufffd"])
def test_time_grows_with_length_only(seed: str, assert_linear: Callable[[Callable[[str], object], str], None]) -> None:
    """Broken: a hostile page keeps the gate busy for minutes."""

    def judged(text: str) -> None:
        try:
            check(Extracted(text, "web"))
        except BadDocument:
            return

    assert_linear(judged, seed)
