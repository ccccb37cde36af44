"""Reads papers from their TeX source, the last resort where there is neither HTML nor PDF."""

import posixpath
import re

from ingest import tex_bib
from ingest.extracted import Extracted
from ingest.tex_archive import tex_files
from ingest.tex_macros import expand, group_end
from ingest.tex_walk import Labels, facts, markdown
from ingest.tidy import find_date
from kb.errors import BadDocument

_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*(?:\n[ \t]*(?=\S))?")
_COMMENT_BLOCK = re.compile(r"\\begin\{comment\}[\s\S]*?\\end\{comment\}|\\iffalse\b[\s\S]*?\\fi\b")
_NO_WORDS = re.compile(
    r"\\ExplSyntaxOn\b(?:(?!\\ExplSyntaxOn\b)[\s\S])*?\\ExplSyntaxOff\b|(?<=\})\s*\[(?:orcid|auid|bioid|type|role|style)\s*=[^\[\]]*\]|"
    r"\\includegraphics\s*\*?\s*(?:\[[^\[\]]*\]\s*)?\{[^{}]*\}|\\(?:looseness|parskip|parindent|tolerance)\s*=?\s*-?[0-9.]+\w*"
)
_URL = re.compile(r"\\(?:url|nolinkurl|path)\s*\{([^{}\n]*)\}|\\href\s*\{([^{}\n]*)\}")
_INPUT = re.compile(r"\\(?:input|include|subfile|loadglsentries)\s*(?:\{\s*([^{}\n]{1,200}?)\s*\}|([^\s{}\\]{1,200}))")
_BEGIN = re.compile(r"\\begin\s*\{document\}")
_END = re.compile(r"\\end\s*\{document\}")
_ABSTRACT = re.compile(r"\\begin\s*\{abstract\}[\s\S]{0,20000}?\\end\s*\{abstract\}")
_CLASS = re.compile(r"\\document(?:class|style)\b")
_BIBITEM = re.compile(r"\\bibitem\s*")
_LABEL = re.compile(r"(.{1,300}?) ?\( ?([0-9]{4}[a-z]?) ?\)")
_MAX_INPUTS = 500
_MAX_TEXT = 10_000_000


def read_tex(data: bytes, name: str = "") -> Extracted:
    """Text of a paper's source; of several documents in an archive, of the one called `name` if there is one.

    Raises:
        BadDocument: if there is no TeX document in it, or it breaks a limit.
    """
    files = tex_files(data)
    main = name if name in files else _main_file(files)
    source = _with_inputs(files, main)
    labels = _citation_labels(next((text for name, text in sorted(files.items()) if name.endswith(".bbl")), source))
    if not labels:
        labels = tex_bib.labels((text for name, text in sorted(files.items()) if name.endswith(".bib")), source)
    source = expand(source)
    begin, end = _BEGIN.search(source), _END.search(source)
    preamble, body = (source[: begin.start()], source[begin.end() :]) if begin else ("", source)
    if begin and end and end.start() > begin.end():
        body = source[begin.end() : end.start()]
    if early := _ABSTRACT.search(preamble):
        body = early[0] + body
    text = markdown(body, labels)
    if not text.strip():
        raise BadDocument("the source holds no text", cure="Add the paper's PDF or HTML instead")
    title, authors, date = facts(_facts_source(preamble, body), labels)
    return Extracted(text, "tex", title, authors, find_date(date))


def _main_file(files: dict[str, str]) -> str:
    """The file that is compiled: with a class and a body; of several, the one highest up, named main, or longest."""
    if not files:
        raise BadDocument("there is no TeX file in the archive", cure="Add the paper's PDF or HTML instead")
    whole = [name for name, text in files.items() if _CLASS.search(text) and _BEGIN.search(text)]
    begun = whole or [name for name, text in files.items() if _BEGIN.search(text) or "\\section" in text]
    candidates = begun or [name for name in files if not name.endswith((".bbl", ".bib"))]
    if not candidates:
        raise BadDocument("there is no TeX document in the archive", cure="Add the paper's PDF or HTML instead")
    known = ("main", "ms", "paper", "article", "arxiv", "root")
    return min(
        candidates,
        key=lambda name: (
            name.count("/"),
            posixpath.basename(name).split(".")[0] not in known,
            -len(files[name]),
            name,
        ),
    )


def _with_inputs(files: dict[str, str], main: str) -> str:
    """The main file with the files that it takes in, found in the archive alone; each is taken in at most once more."""
    folder = posixpath.dirname(main)
    left = _MAX_INPUTS

    def taken_in(text: str, opened: tuple[str, ...]) -> str:
        nonlocal left

        def replace(match: re.Match[str]) -> str:
            nonlocal left
            name = _find(files, folder, (match[1] or match[2]).strip().strip('"'))
            if name is None or name in opened or left <= 0:
                return ""
            left -= 1
            return taken_in(files[name], (*opened, name))

        joined = _INPUT.sub(replace, _without_comments(text))
        if len(joined) > _MAX_TEXT:
            raise BadDocument("the source takes in too much text", cure="Add the paper's PDF or HTML instead")
        return joined

    return taken_in(files[main], (main,))


def _find(files: dict[str, str], folder: str, name: str) -> str | None:
    for place in (posixpath.join(folder, name), name):
        path = posixpath.normpath(place)
        for candidate in (path, path + ".tex"):
            if candidate in files:
                return candidate
    return None


def _without_comments(text: str) -> str:
    """Text without comments; per cent signs in addresses are none."""
    text = _URL.sub(lambda match: re.sub(r"(?<!\\)([%#&_])", r"\\\1", match[0]), text.replace("\r\n", "\n"))
    return _NO_WORDS.sub("", _COMMENT.sub(r"\1", _COMMENT_BLOCK.sub("", text)))


def _facts_source(preamble: str, body: str) -> str:
    """Title, authors and date with their braces, wherever the document sets them."""
    found = []
    for source in (preamble, body):
        for match in re.finditer(r"\\(?:title|author|date)(?![A-Za-z])\s*(?:\[[^\]]*\])?\s*(?=\{)", source):
            if (end := group_end(source, match.end())) > 0:
                name = match[0].split("[")[0].strip()
                found.append(name + source[match.end() : end])
    return "\n".join(found)


def _citation_labels(bibliography: str) -> Labels:
    """How each key is cited: (author, year) where the style gives them, else its number."""
    labels: Labels = {}
    for number, match in enumerate(_BIBITEM.finditer(bibliography), 1):
        place, label = match.end(), ""
        if bibliography[place : place + 1] == "[" and (end := group_end(bibliography, place, "[]")) > 0:
            label, place = bibliography[place + 1 : end - 1], end
        while bibliography[place : place + 1] in ("%", "\n", " "):
            place += 1
        end = group_end(bibliography, place) if bibliography[place : place + 1] == "{" else -1
        if end > 0:
            key = bibliography[place + 1 : end - 1].strip()
            plain = re.sub(r"\\(?:natexlab|protect|citeauthoryear|bibinfo)\b|[{}]", "", label.replace("~", " "))
            parts = _LABEL.match(" ".join(plain.replace("\\&", "&").split()))
            labels[key] = (parts[1].strip(), parts[2]) if parts else (str(number), "")
    return labels
