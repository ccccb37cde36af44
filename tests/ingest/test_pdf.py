"""PDF files: reading order, joined words and paragraphs, pages, and what is left out."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_documents import Printed, column, pdf, pdf_of_streams

from ingest.pdf import read_pdf
from kb.errors import BadDocument

PROSE = (
    "Small language models lose the thread of a long chain of thought, and their accuracy falls with every step "
    "that they add to it. The same models do better when the chain is short, as the table below shows for all sizes."
)


def test_lines_become_paragraphs_and_broken_words_whole() -> None:
    """Broken: quotations carry line breaks, or words in two halves."""
    lines = ["Fine-tuned models give an ex-", "planation that does not decide the", "answer, and that is the problem."]
    found = read_pdf(pdf([[Printed(line, 60, 700 - 12 * n) for n, line in enumerate(lines)]]))
    assert (
        found.text
        == "Fine-tuned models give an explanation that does not decide the answer, and that is the problem.\n"
    )
    assert found.reading == "pdf"


def test_a_compound_keeps_its_hyphen_where_the_document_writes_it_so() -> None:
    """Broken: `state-of-the-art` becomes `stateof-the-art` when a line ends after `state-`."""
    lines = [
        "The state-of-the-art models are large and slow to train for us.",
        "They say that state-",
        "of-the-art is a moving target.",
    ]
    found = read_pdf(pdf([[Printed(line, 60, 700 - 12 * n) for n, line in enumerate(lines)]]))
    assert "say that state-of-the-art is" in found.text


def test_columns_are_read_one_after_the_other_and_paragraphs_across_them() -> None:
    """Broken: lines of two columns interleave, or a sentence that goes on in the next column is cut."""
    left = column(PROSE.rsplit(" ", 20)[0], top=700, width=45)
    right = column(PROSE.split(" ", len(PROSE.split()) - 20)[-1], x=320, top=700, width=45)
    assert read_pdf(pdf([[*left, *right]])).text == PROSE + "\n"


def test_headings_running_heads_and_page_numbers() -> None:
    """Broken: headings are lost in prose, or the journal's name is quoted in the middle of a sentence."""
    first, second = PROSE[:107].strip(), "The second page goes on with more about " + PROSE[107:].strip().lower()
    pages = [
        [
            Printed("Journal of Tests, volume 7", 60, 770, 8),
            Printed("1 Introduction" if number == 0 else f"{number + 1} Results", 60, 730, 13, bold=True),
            *column(first if number == 0 else second, top=700),
            Printed(str(number + 1), 300, 30),
        ]
        for number in range(3)
    ]
    found = read_pdf(pdf(pages))
    assert re.findall("^##.*", found.text, re.MULTILINE) == ["## 1 Introduction", "## 2 Results", "## 3 Results"]
    assert "Journal" not in found.text
    assert not re.search(r"^\d+$", found.text, re.MULTILINE)


def test_references_are_cut_and_the_appendix_stays() -> None:
    """Broken: titles of cited papers are quoted as findings, or an appendix goes with the references."""
    page = [
        *column(PROSE, top=700), Printed("References", 60, 600, 13, bold=True),
        *column("Wei et al. Chain of thought prompting elicits reasoning in large models, 2022, in a journal.", top=580),
        Printed("A Details of training", 60, 500, 13, bold=True), *column("We train for three epochs on one machine.", top=480),
    ]  # fmt: skip
    text = read_pdf(pdf([page])).text
    assert "Wei et al" not in text
    assert text.endswith("## A Details of training\n\nWe train for three epochs on one machine.\n")


def test_terms_that_publishers_file_a_paper_under_are_no_evidence() -> None:
    """Broken: `• Human-centered computing → …` is quoted as what a paper found."""
    page = [
        Printed("Abstract", 60, 760, 12, bold=True), *column(PROSE, top=740),
        Printed("CCS CONCEPTS", 60, 640, 12, bold=True), Printed("• Human-centered computing - User studies.", 60, 620),
        Printed("KEYWORDS", 60, 590, 12, bold=True), Printed("long chains, small models", 60, 570),
        Printed("Index Terms: chains of thought, small models", 60, 540),
        Printed("1 Introduction", 60, 500, 12, bold=True),
        *column("Keywords play no part in what follows. " + PROSE, top=480),
    ]  # fmt: skip
    text = read_pdf(pdf([page])).text
    assert re.findall("^##.*", text, re.MULTILINE) == ["## Abstract", "## 1 Introduction"]
    assert not any(word in text for word in ("Human-centered", "long chains, small", "Index Terms"))
    assert "Keywords play no part" in text


def test_cells_of_a_table_are_kept_but_not_as_prose() -> None:
    """Broken: rows of figures are offered as sentences."""
    rows = [Printed(f"Model {n} 41.{n} 36.8 52.{n} 77.1", 60, 600 - 12 * n, 9) for n in range(4)]
    text = read_pdf(pdf([[*column(PROSE, top=700), *rows]])).text
    assert "```\nModel 0 41.0 36.8 52.0 77.1\n" in text


def test_title_authors_and_date() -> None:
    """Broken: a paper added as a file is called by its file name and has no date."""
    page = [
        Printed("Do long chains hurt", 150, 760, 18, bold=True), Printed("small models?", 180, 738, 18, bold=True),
        Printed("Ada Byron, Charles Babbage", 180, 715), Printed("Analytical University", 190, 700),
        Printed("Abstract", 60, 670, 12, bold=True), *column(PROSE, top=650), Printed("arXiv:2411.15382v1 [cs.CL] 22 Nov 2024", 20, 300, 12),
    ]  # fmt: skip
    found = read_pdf(pdf([page], info="/Title (paper.dvi) /CreationDate (D:20250101000000Z)"))
    assert (found.title, found.authors, found.date) == (
        "Do long chains hurt small models?", ("Ada Byron", "Charles Babbage"), "2024-11-22",
    )  # fmt: skip
    assert found.arxiv_id == "2411.15382v1"
    assert found.text.startswith("## Abstract\n\nSmall language models")


def test_a_name_that_a_line_end_parts_is_one() -> None:
    """Broken: the last author of a paper loses the first name."""
    page = [
        Printed("Do long chains hurt", 150, 760, 18, bold=True), Printed("Ada Byron, Charles Babbage, and Andrew", 150, 715),
        Printed("D. White", 180, 700), Printed("Abstract", 60, 670, 12, bold=True), *column(PROSE, top=650),
    ]  # fmt: skip
    assert read_pdf(pdf([page])).authors == ("Ada Byron", "Charles Babbage", "Andrew D. White")


def test_raised_digits_leave_words() -> None:
    """Broken: a footnote's mark becomes part of the word before it, and quotations hold words that nobody wrote."""
    first, second = "We use the public code", "and models of version9 with care, as the paper says in its text."
    page = [Printed(first, 60, 700), Printed("15", 165, 704, 6), Printed(second, 175, 700), *column(PROSE, top=680)]
    text = read_pdf(pdf([page])).text
    assert "public code and models of version9 with care" in text


@settings(max_examples=15)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=6))
def test_every_page_begins_where_its_first_word_stands(sentences_by_page: list[int]) -> None:
    """Broken: a citation names the wrong page."""
    pages = [
        column(" ".join(f"Page{number} sentence{n} tells of results that we saw." for n in range(count)), top=650)
        for number, count in enumerate(sentences_by_page)
    ]
    if sum(sentences_by_page) < 2 * len(pages):
        return
    found = read_pdf(pdf(pages))
    assert len(found.pages) == len(pages)
    assert list(found.pages) == sorted(found.pages)
    for number, count in enumerate(sentences_by_page):
        if count:
            assert found.text[found.pages[number] :].startswith(f"Page{number} sentence0") or number == 0
    assert "\ue000" not in found.text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf([column(PROSE)])[:-400], "cut short"),
        (b"%PDF-1.4\nthis is no PDF\nstartxref\n%%EOF", "damaged"),
        (pdf_of_streams([b"0 0 100 100 re f"] * 3), "holds no text"),
        (
            pdf([column(PROSE)], trailer=f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{'41' * 32}> /U <{'42' * 32}> >> /ID [<00> <00>]"),
            "encrypted",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    """Broken: a bad PDF is a traceback, or an empty source."""
    with pytest.raises(BadDocument, match=reason):
        read_pdf(data)


def test_names_of_authors_are_told_apart_by_the_space_between_them() -> None:
    """Broken: four authors are one, or none."""
    names = [("Ada Byron", 60), ("Hang Li", 190), ("Grace Hopper", 300)]
    lines = [Printed("Do long chains hurt small models?", 60, 740, 18)]
    lines += [Printed(name, left, 710, 12) for name, left in names]
    lines += [Printed("Abstract", 60, 680, 12), *column(PROSE, top=660)]
    assert read_pdf(pdf([lines])).authors == tuple(name for name, _ in names)


def test_a_dot_begins_an_item_whatever_stands_before_it() -> None:
    """Broken: a list runs into the sentence before it, and a quotation takes all of it along."""
    said = ["We ask for three things that small models", "• lose when they are tuned,", "• keep when they are not,"]
    found = read_pdf(pdf([[Printed(line, 60, 700 - 12 * n) for n, line in enumerate([*said, *[PROSE[:70]] * 3])]]))
    assert "small models\n\n- lose when they are tuned,\n\n- keep" in found.text


def test_a_table_in_roman_numbers_has_a_caption() -> None:
    """Broken: what a table shows lies among its cells, where no answer quotes it."""
    lines = [*column(PROSE), Printed("TABLE II", 60, 600), Printed("Scores of small models by the length of their chains", 60, 588)]  # fmt: skip
    text = read_pdf(pdf([lines])).text
    assert "TABLE II Scores of small models by the length of their chains" in text
    assert "```" not in text
