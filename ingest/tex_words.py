"""What the reader of TeX knows by name: which macros and environments hold what."""

LEVELS = {
    "part": 2, "chapter": 2, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5, "subparagraph": 6,
}  # fmt: skip
FORMULAS = frozenset(("equation align gather multline eqnarray displaymath math flalign alignat dmath").split())
DROPPED_ENVIRONMENTS = frozenset(
    (
        "thebibliography comment tikzpicture pgfpicture picture keyword keywords CCSXML filecontents titlepage "
        "IEEEkeywords savequote"
    ).split()
)
LISTS = frozenset(("itemize enumerate description list compactitem compactenum inparaenum").split())
TABLES = frozenset(("tabular tabularx tabulary longtable array supertabular deluxetable tblr").split())
CODE = frozenset(("verbatim lstlisting minted Verbatim alltt").split())
THEOREMS = frozenset(
    (
        "theorem lemma corollary proposition definition remark example assumption claim conjecture proof observation"
    ).split()
)
SILENT = frozenset(
    (
        "label maketitle bibliography bibliographystyle vspace hspace includegraphics pagestyle thispagestyle "
        "setlength addtolength setcounter addtocounter newpage clearpage noindent indent centering small footnotesize "
        "scriptsize tiny large Large LARGE huge Huge normalsize hline toprule midrule bottomrule cmidrule cline "
        "usepackage documentclass newtheorem theoremstyle tableofcontents title author date thanks affiliation affil "
        "institute email address ead cortext fntext cormark orcidlink orcid keywords subjclass ccsdesc received "
        "accepted graphicspath vskip hskip color rowcolor cellcolor columncolor definecolor captionsetup resizebox "
        "setstretch raisebox phantom vphantom hphantom footnotemark markboth linewidth textwidth columnwidth hfill "
        "vfill smallskip medskip bigskip protect balance looseness index glsresetall addbibresource printbibliography "
        "acmConference copyrightyear setcitestyle hypersetup lstset FloatBarrier vline arraystretch renewcommand "
        "newcommand appendix allowdisplaybreaks DeclareMathOperator fnref corref tnoteref inst orcidID institution "
        "authorrunning titlerunning tnotetext looseness"
    ).split()
)
_ARGUMENTS = {
    1: (
        "vspace hspace includegraphics color rowcolor cellcolor columncolor captionsetup setstretch phantom vphantom "
        "hphantom index addbibresource hypersetup lstset cmidrule cline theoremstyle pagestyle thispagestyle "
        "affiliation affil institute email address ead cortext fntext orcidlink orcid keywords subjclass ccsdesc "
        "received accepted graphicspath textcolor bibliography bibliographystyle label title author date thanks "
        "usepackage documentclass copyrightyear shorttitle shortauthors setcitestyle raisebox scalebox hypertarget "
        "hyperlink colorbox adjustbox rotatebox tnotetext correspondingauthor fnref corref tnoteref inst orcidID "
        "institution authorrunning titlerunning"
    ),
    2: (
        "setlength addtolength setcounter addtocounter resizebox markboth newtheorem fontsize rule fcolorbox "
        "collaboration"
    ),
    3: ("definecolor acmConference"),
}
GROUPS_AFTER = {name: count for count, names in _ARGUMENTS.items() for name in names.split()}
"""How many groups after a macro are its arguments, and no text."""

FRAMES = {
    "CJK": "{{", "CJK*": "{{", "spacing": "{", "adjustbox": "{", "multicols": "{", "multicols*": "{", "subfigure": "[{",
    "subtable": "[{", "tcolorbox": "[", "mdframed": "[", "threeparttable": "[", "adjustwidth": "{{", "sloppypar": "",
    "turn": "{", "rotate": "{", "scope": "[",
}  # fmt: skip
"""Environments around text, with the arguments that are no text, as pylatexenc writes them."""
