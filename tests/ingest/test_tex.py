"""TeX sources: files put together, macros expanded, citations readable, archives not trusted."""

import pytest
from small_documents import archive, gzipped

from ingest.tex import read_tex
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
