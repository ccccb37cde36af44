"""LaTeXML pages: what of a paper's page becomes text, and what does not."""

import pytest
from small_documents import latexml

from ingest.latexml import read_latexml
from ingest.web import read_web_page


def _text(body: str) -> str:
    return read_latexml(latexml(body)).text


def test_sections_become_headings_with_their_numbers() -> None:
    """Broken: a quotation's section path is missing or at the wrong level."""
    body = """<section class="ltx_section"><h2 class="ltx_title ltx_title_section">
    <span class="ltx_tag ltx_tag_section">2 </span>Method</h2><div class="ltx_para"><p class="ltx_p">We test.</p></div>
    <section class="ltx_subsection"><h3 class="ltx_title"><span class="ltx_tag">2.1 </span>Data</h3>
    <div class="ltx_para"><p class="ltx_p">We use GSM8K.</p></div></section></section>"""
    assert _text(body) == "## 2 Method\n\nWe test.\n\n### 2.1 Data\n\nWe use GSM8K.\n"


def test_formulas_are_tex_and_mere_numbers_are_text() -> None:
    """Broken: formulas come out as rows of signs, or a number in a sentence hides between dollar signs."""
    math = '<math class="ltx_Math" alttext="{}"><mi>x</mi></math>'
    body = f'<p class="ltx_p">With {math.format("x_{1}")} it scores {math.format("28.4")} points.</p>'
    assert _text(body) == "With $x_{1}$ it scores 28.4 points.\n"


def test_a_displayed_formula_stands_alone_with_its_number() -> None:
    """Broken: equation numbers that the prose refers to are lost, or formulas run into prose."""
    body = """<div class="ltx_para"><p class="ltx_p">We minimise</p><table class="ltx_equation ltx_eqn_table"><tbody>
    <tr class="ltx_equation ltx_eqn_row"><td><math class="ltx_Math" alttext="\\displaystyle L=a" display="block"></math>
    </td><td><span class="ltx_tag ltx_tag_equation">(3)</span></td></tr></tbody></table>
    <p class="ltx_p">where a is small.</p></div>"""
    assert _text(body) == "We minimise\n\n$$ L=a \\tag{3} $$\n\nwhere a is small.\n"


def test_citations_are_short_text_without_links() -> None:
    """Broken: citations become links or keys, or leave a comma before the bracket."""
    body = """<p class="ltx_p">As <cite class="ltx_cite">Wei et al. (<a href="#bib.1" class="ltx_ref">2022</a>)</cite>
    and others <cite class="ltx_cite">(<a class="ltx_ref">Ho, </a>; <a class="ltx_ref">Li, </a>)</cite> found
    <cite class="ltx_cite">[<a>1</a>, <a>15</a>]</cite>.</p>"""
    assert _text(body) == "As Wei et al. (2022) and others (Ho; Li) found [1, 15].\n"


def test_tables_keep_rows_columns_and_spans() -> None:
    """Broken: a figure in a table ends up under another column's or row's name."""
    body = """<figure class="ltx_table"><figcaption class="ltx_caption"><span class="ltx_tag">Table 1: </span>Scores.
    </figcaption><table class="ltx_tabular"><thead><tr><th>Size</th><th colspan="2">GSM8K</th></tr></thead><tbody>
    <tr><td rowspan="2">1B</td><td>short</td><td>41.0</td></tr><tr><td>long</td><td>36|8</td></tr></tbody></table>
    </figure>"""
    table = "| Size | GSM8K |  |\n|---|---|---|\n| 1B | short | 41.0 |\n| 1B | long | 36\\|8 |\n"
    assert _text(body) == f"Table 1: Scores.\n\n{table}"


def test_lists_footnotes_and_theorems() -> None:
    """Broken: bullets double, footnotes cut sentences in two, a theorem loses its name."""
    body = """<ul class="ltx_itemize"><li class="ltx_item"><span class="ltx_tag ltx_tag_item">•</span>
    <div class="ltx_para"><p class="ltx_p">One<span class="ltx_note ltx_role_footnote"><sup class="ltx_note_mark">2</sup>
    <span class="ltx_note_outer"><span class="ltx_note_content"><sup class="ltx_note_mark">2</sup>A note.</span></span>
    </span> thing.</p></div></li></ul>
    <div class="ltx_theorem"><h6 class="ltx_title">Theorem 1.</h6><div class="ltx_para"><p class="ltx_p">It holds.</p>
    </div></div>"""
    assert _text(body) == "- One thing.\n\n  Footnote 2: A note.\n\n**Theorem 1.** It holds.\n"


def test_references_chrome_and_errors_are_left_out() -> None:
    """Broken: a list of references or a button is quoted as evidence."""
    body = """<div class="ltx_authors"><span class="ltx_personname">Ada Byron<br>a@b.org</span></div>
    <div class="ltx_abstract"><h6 class="ltx_title">Abstract</h6><p class="ltx_p">We ask.</p></div>
    <p class="ltx_p"><span class="ltx_ERROR">\\foo</span>Text.</p><button>Report issue</button>
    <section class="ltx_bibliography"><h2 class="ltx_title">References</h2><ul><li>Ref A</li></ul></section>"""
    page = latexml(
        body, outside="<nav>Back to arXiv</nav><div id='watermark-tr'>arXiv:2411.15382v1 [cs.CL] 22 Nov 2024</div>"
    )
    found = read_latexml(page)
    assert found.text == "## Abstract\n\nWe ask.\n\nText.\n"
    assert (found.authors, found.date, found.reading) == (("Ada Byron",), "2024-11-22", "html")


def test_text_cannot_pass_for_markup() -> None:
    """Broken: a paragraph that begins with a hash, or with a fence, swallows or retitles what follows."""
    body = '<p class="ltx_p"># no heading</p><p class="ltx_p">``` no fence</p><p class="ltx_p">See [[12]].</p>'
    assert _text(body) == "\\# no heading\n\n\\``` no fence\n\nSee \\[[12]].\n"


def test_a_latexml_page_is_known_wherever_it_comes_from() -> None:
    """Broken: a paper's page fetched by its address is read like a blog and loses formulas and tables."""
    found = read_web_page(latexml("<h1 class='ltx_title ltx_title_document'>A  title</h1><p class='ltx_p'>Text.</p>"))
    assert (found.reading, found.title, found.text) == ("html", "A title", "Text.\n")


def test_the_site_around_an_article_is_left_out() -> None:
    """Broken: arXiv's notice of packages passes for the paper, or a footer's line is quoted as evidence."""
    alert = "<div class='package-alerts ltx_document'><p>HTML conversions sometimes display errors.</p></div>"
    page = latexml('<p class="ltx_p">We ask.</p><footer class="ltx_page_footer">Generated by LaTeXML</footer>')
    page = page.replace(b"<article", alert.encode() + b"<article", 1)
    page = page.replace(b"</body>", b"<div class='ar5iv-footer'>Feeling lucky?</div></body>", 1)
    assert read_latexml(page).text == "We ask.\n"


NOTICES = (
    "38th Conference on Neural Information Processing Systems (NeurIPS 2024).",
    "Published as a conference paper at ICLR 2025",
    "Proceedings of the 41st International Conference on Machine Learning, Vienna. PMLR 235, 2024.",
    "Copyright 2024 by the author(s).",
    "Preprint. Under review.",
    "This article is distributed under the terms of the Creative Commons Attribution 4.0 International License.",
    "This paper should be cited as follows: A. Byron. On engines. 1843.",
    "Mathematical Subject Classification (2010): 03C20, 03C98",
    "Keywords: faithfulness, small models",
    "ISBN 978-1-4503-0000-0/18/06",
)


@pytest.mark.parametrize("notice", NOTICES)
def test_notices_of_publishers_and_conferences_are_left_out(notice: str) -> None:
    """Broken: an answer quotes where a paper was published as if it were a finding."""
    footnote = f"""<span class="ltx_note ltx_role_footnote"><sup class="ltx_note_mark">1</sup><span
    class="ltx_note_outer"><span class="ltx_note_content">{notice}</span></span></span>"""
    assert _text(f'<p class="ltx_p">{notice}</p><p class="ltx_p">We ask{footnote} it.</p>') == "We ask it.\n"


@pytest.mark.parametrize(
    "words",
    [
        "Copyright holders object to training on their works.",
        "Preprint servers spread results before they are reviewed.",
        "Accepted answers are longer than rejected ones.",
        "Under review pressure, models change their answers.",
        "Proceedings of several workshops report the same effect.",
    ],
)
def test_sentences_on_publishing_are_kept(words: str) -> None:
    """Broken: a finding about copyright or preprints is lost because a notice begins with the same word."""
    assert _text(f'<p class="ltx_p">{words}</p>') == f"{words}\n"


def test_terms_under_a_heading_are_left_out() -> None:
    """Broken: the terms that a publisher files a paper under are searched as its text."""
    body = """<section class="ltx_section"><h2 class="ltx_title">CCS Concepts</h2><p class="ltx_p">Computing</p></section>
    <section class="ltx_section"><h2 class="ltx_title">Key terms</h2><p class="ltx_p">We define two.</p></section>"""
    assert _text(body) == "## Key terms\n\nWe define two.\n"
