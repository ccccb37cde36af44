"""TeX sources: files put together, macros expanded, citations readable, archives not trusted."""

from pathlib import Path

import pytest
from small_documents import archive, gzipped

from ingest.tex import read_tex
from ingest.tex_folder import bundled
from kb.errors import BadDocument

MAIN = r"""\documentclass{article}
\newcommand{\model}{Tiny~7B\xspace}
\newcommand{\score}[2][GSM8K]{#2\% on #1}
\title{Do \emph{long} chains hurt?}
\author{Ada Byron\thanks{Equal.} \and Charles Babbage \\ Analytical University}
\date{22 November 2024}
\begin{document}
\maketitle
\begin{abstract} We ask. % a comment
\end{abstract}
\section{Introduction}\label{sec:i}
As \citet{wei} and others \citep{wei,ho} show, \model reaches \score{41.2} and $x_1$ is small\footnote{A note.}.
100\% of it, ``quoted'', \'etude --- see \url{http://example.org/a%20b}.

\input{sections/method}
\bibliography{refs}
\end{document}
"""
METHOD = r"""\subsection{Method}
\begin{equation} L &= a \label{e} \end{equation}
\begin{itemize} \item First. \item Second. \end{itemize}
\begin{table}\caption{Scores.}\begin{tabular}{l|c} \toprule Size & Acc \\ \midrule \multicolumn{2}{c}{both} \\ 1B & 41.0 \\ \end{tabular}\end{table}
"""
BBL = r"\begin{thebibliography}{2}\bibitem[{Wei et~al.(2022)Wei, Zhou}]{wei} Wei. \bibitem[Ho(2023)]{ho} Ho.\end{thebibliography}"


def test_a_paper_of_several_files() -> None:
    """Broken: the last resort for a paper's text loses sections, words of its own macros, tables or citations."""
    found = read_tex(archive({"main.tex": MAIN, "sections/method.tex": METHOD, "main.bbl": BBL, "x.png": b"\x89PNG"}))
    assert found.title == "Do long chains hurt?"
    assert found.authors == ("Ada Byron", "Charles Babbage")
    assert (found.date, found.reading) == ("2024-11-22", "tex")
    assert found.text == (
        "## Abstract\n\nWe ask.\n\n## Introduction\n\nAs Wei et al. (2022) and others (Wei et al., 2022; Ho, 2023) show, "
        "Tiny 7B reaches 41.2% on GSM8K and $x_1$ is small.\n100% of it, “quoted”, étude — see http://example.org/a%20b."
        "\n\nFootnote: A note.\n\n### Method\n\n$$ L = a $$\n\n- First.\n\n- Second.\n\nTable: Scores.\n\n"
        "| Size | Acc |\n|---|---|\n| both |  |\n| 1B | 41.0 |\n"
    ).replace("small.\n100%", "small. 100%")


def test_a_single_file_gzipped_or_bare() -> None:
    """Broken: arXiv's single-file sources are refused."""
    source = "\\documentclass{article}\\begin{document}One sentence.\\end{document}"
    assert read_tex(gzipped(source)).text == read_tex(source.encode()).text == "One sentence.\n"


def test_keys_stand_where_there_is_no_bibliography() -> None:
    """Broken: a citation vanishes, and its sentence claims what another paper found."""
    source = r"\documentclass{a}\begin{document}It is known~\cite{wei2022}.\end{document}"
    assert read_tex(source.encode()).text == "It is known [wei2022].\n"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"../../outside.tex": MAIN}, "outside of itself"),
        ({"/etc/main.tex": MAIN}, "outside of itself"),
        ({"notes.txt": "", "x.png": b""}, "holds no text|no TeX"),
        ({f"{n}.txt": "x" for n in range(3_001)}, "more than 3000 files"),
    ],
)
def test_archives_that_are_refused(files: dict[str, str | bytes], reason: str) -> None:
    """Broken: an archive reaches outside of itself, or fills the memory."""
    with pytest.raises(BadDocument, match=reason):
        read_tex(archive(files))


def test_bombs_end_at_once() -> None:
    """Broken: macros that double each other, files that include each other or a zipped desert stop the program."""
    doubling = "".join(f"\\def\\{a}x{{{f'{chr(92)}{b}x ' * 20}}}" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    with pytest.raises(BadDocument, match="expand without end"):
        read_tex(f"\\documentclass{{a}}{doubling}\\begin{{document}}\\ax\\end{{document}}".encode())
    looping = {
        "main.tex": r"\documentclass{a}\begin{document}Word. \input{b}\end{document}",
        "b.tex": r"\input{main}B.",
    }
    assert read_tex(archive(looping)).text.strip().endswith("B.")
    with pytest.raises(BadDocument, match="cut short"):
        read_tex(gzipped("x" * 50_000)[:-20])


def _body(tex: str) -> str:
    return read_tex(rf"\documentclass{{a}}\begin{{document}}{tex}\end{{document}}".encode()).text


def test_arguments_of_environments_and_styles_are_no_text() -> None:
    """Broken: an encoding's name, a line spacing or a box's width is a paragraph that evidence is taken from."""
    boxed = r"\begin{CJK*}{UTF8}{gbsn}\begin{spacing}{0.9}Words.\end{spacing}\end{CJK*}"
    assert _body(boxed) == "Words.\n"
    assert (
        _body(r"\begin{figure}\subfigure[Layers 1-7]{\includegraphics{a}}\caption{Load.}\end{figure}")
        == "Figure: Load.\n"
    )
    assert (
        _body("\\author{A. B}[orcid=0000-1]\n\\ExplSyntaxOn\\keys_set:nn { stm } { nologo }\\ExplSyntaxOff Words.")
        == "Words.\n"
    )
    assert _body(r"\parbox{0.98\textwidth}{Words.}") == "Words.\n"


def test_references_read_as_words() -> None:
    """Broken: prose that is quoted as evidence holds the keys of labels."""
    said = _body(r"Figure~\ref{fig:a} shows it. See (\ref{eq:b}), Section \ref{x} and \cref{tab:c}.")
    assert said == "The figure shows it. See (the equation), the section and the table.\n"


def test_alignment_marks_leave_formulas_but_not_their_cases() -> None:
    """Broken: formulas of several lines keep marks that say nothing."""
    said = _body(r"\begin{align} a &= \begin{cases} 1, & x \\ 0 & y \end{cases} \\ b &= 2 \end{align}")
    assert said == r"$$ a = \begin{cases} 1, & x \\ 0 & y \end{cases} \\ b = 2 $$" + "\n"


def test_a_file_on_disk_brings_its_parts_and_bibliography(tmp_path: Path) -> None:
    """Broken: a source that was unpacked loses its sections and cites keys; or a document reads files elsewhere."""
    paper = tmp_path / "paper"
    (paper / "sections").mkdir(parents=True)
    (tmp_path / "secret.tex").write_text("Secret.")
    (paper / "away.tex").symlink_to(tmp_path / "secret.tex")
    (paper / "main.tex").write_text(MAIN)
    (paper / "sections" / "method.tex").write_text("Method. \\input{../secret} \\input{away}")
    (paper / "main.bbl").write_text(BBL)
    (paper / "other.tex").write_text("\\documentclass{a}\\begin{document}Other.\\end{document}")
    text = read_tex(bundled(paper / "main.tex"), "main.tex").text
    assert "As Wei et al. (2022) and others" in text
    assert "Method." in text
    assert "Secret" not in text
    assert read_tex(bundled(paper / "other.tex"), "other.tex").text == "Other.\n"


BIB = r"""
@article{wei, author = {Wei, Jason and Zhou, Denny and others}, title = {Chains}, year = 2022}
@misc{ho, author = "N. {Ho} and G{\"o}del, Kurt", title = {Teachers}, date = {2023-05-01}}
@misc{team, author = {{OpenAI Team}}, year = {2024}}
@misc{bare, title = {Bare}, eprint = {2411.15382}, archivePrefix = {arXiv}}
@misc{never, author = {Never Cited}, year = {1999}}
@article{broken, author = {Broken, year = 2020
"""


def test_where_bibtex_has_not_run_its_entries_are_read(tmp_path: Path) -> None:
    """Broken: evidence cites keys that only its author understands, where authors and years stand in the next file."""
    cited = r"\documentclass{a}\begin{document}\citet{wei} and \cite{ho,team}; \citep[see][]{bare}, \cite{gone}.\bibliography{refs}\end{document}"
    expected = "Wei et al. (2022) and (Ho and Gödel, 2023; OpenAI Team, 2024); [arXiv:2411.15382], [gone].\n"
    assert read_tex(archive({"main.tex": cited, "refs.bib": BIB})).text == expected
    (tmp_path / "refs.bib").write_text(BIB)
    (tmp_path / "other.bib").write_text("@misc{gone, author={Not Named}, year=2000}")
    (tmp_path / "main.tex").write_text(cited)
    assert read_tex(bundled(tmp_path / "main.tex"), "main.tex").text == expected
    outside = cited.replace("refs", "../secret")
    (tmp_path.parent / "secret.bib").write_text(BIB)
    (tmp_path / "main.tex").write_text(outside)
    assert "[wei]" in read_tex(bundled(tmp_path / "main.tex"), "main.tex").text
