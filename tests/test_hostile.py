"""Notes and questions from people who mean harm, or from programs that fail: one clear line each, and life goes on."""

import os
import re
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from kb.cli.show import answer_as_markdown
from kb.library import Library
from tests.conftest import SMALL_NOTES, Ran, write_notes

Kb = Callable[..., Ran]
ESC, RLO, LRI = "\x1b", "\u202e", "\u2066"
GOOD = "does-length-hurt-small-models"
BOMB = "a: &a [x, x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)

BAD: dict[str, tuple[bytes, str]] = {
    "broken-yaml.md": (b"---\ntitle: [unclosed\nclaim: {\n---\nBody.\n", "not valid YAML"),
    "never-ends.md": (b"---\ntitle: no end\n", "never ends"),
    "two-titles.md": (b"---\ntitle: a\ntitle: b\n---\n", "a second time"),
    "binary.md": (b"\x7fELF\x02\x01\x01\0\0\0\0", "binary file"),
    "utf-16.md": ("# Title\n".encode("utf-16"), "binary file"),
    "latin-1.md": (b"# caf\xe9\n", "not valid UTF-8"),
    "surrogate.md": (b"# \xed\xa0\x80\n", "not valid UTF-8"),
    "nul.md": (b"# Good title\n\nText\0text.\n", "NUL"),
    "bomb.md": (f"---\n{BOMB}---\n".encode(), "anchor or alias"),
    "tag.md": (b'---\ntitle: !!python/object/apply:os.system ["touch /tmp/owned"]\n---\n', "YAML tag"),
    "deep.md": (b"---\na: " + b"[" * 5000 + b"]" * 5000 + b"\n---\n", "levels deep"),
    "many.md": (b"---\na: [" + b"x," * 50_000 + b"]\n---\n", "values"),
    "wide.md": (b"---\nnoise: " + b"x" * 1_000_000 + b"\n---\nBody.\n", "larger than"),
    f"ansi-{ESC}[31m{ESC}]0;owned\x07.md": (b"\xff", "not valid UTF-8"),
    "new\nline.md": (b"\xff", "not valid UTF-8"),
    f"bidi-{RLO}dm.exe.md": (b"\xff", "not valid UTF-8"),
}
ODD: dict[str, str] = {
    "x.md/inside.md": "# A folder called x.md\n\nThis note lies in a folder that looks like a note.\n",
    "script.md": "# <script>alert(1)</script> and <img src=x onerror=alert(1)>\n\nSee <b onclick=alert(1)>this</b> page.\n",
    "passwd.md": "# A link out\n\nSee [[../../etc/passwd]] and ![[/etc/shadow]] and [it](file:///etc/passwd).\n",
    "rtl.md": f"# {RLO}Right to left{LRI}\n\nשלום עולם, it says {RLO}nothing{LRI} that is hidden.\n",
    "combining.md": "# Z" + "\u0301" * 3000 + "algo\n\nCombining marks pile up on a letter here.\n",
    "nfd.md": unicodedata.normalize("NFD", "# Café à la carte\n\nDécomposé is written in two characters.\n"),
    "crlf.md": "\ufeff# Windows\r\n\r\nLines end in two characters here.\r\n",
    "empty.md": "",
    "blank.md": " \n\n\t\n",
    "only-front.md": "---\ntitle: Only front matter\nclaim: Front matter alone is a note.\n---\n",
    "quote\"s'and $(touch owned) `x`.md": "# Quotes\n\nThe name of this file holds quotes.\n",
    "emoji-🧠.md": "# Emoji 🧠\n\nThe name of this file holds a brain.\n",
    "good\nnews.md": "# A name of two lines\n\nThe name of this file has a line break.\n",
    "con.md": "# Reserved\n\nWindows has a device of this name.\n",
    "long-line.md": "# One line\n\n" + "word " * 20_000 + "\n",
    "long-word.md": "# One word\n\n" + "w" * 20_000 + "\n",
    "deep-list.md": "# Deep\n\n" + "".join("  " * i + "- item\n" for i in range(300)),
    "quotes.md": "# Quoted\n\n" + "> " * 3000 + "deep\n",
    "brackets.md": "# Brackets\n\n" + "[" * 20_000 + "\n\n" + "![" * 5_000 + "\n",
}


FLAWED: dict[str, tuple[str, str]] = {
    "wrong-type.md": ("---\ntitle: {a: b}\n---\n", "line 2: `title` is not a text"),
    "wrong-date.md": ("---\ndate: 2026-02-31\n---\n", "line 2: `date`: '2026-02-31' is not a date"),
    "undated-claim.md": ("---\nclaims:\n  - text: Models lie.\n---\n", "line 3: a claim has no `as_of`"),
    "escape.md": ('---\ndate: "\\e]0;owned\\a\\n2026"\n---\n', "line 2: `date`: '"),
    "scope.md": (
        '---\nclaims: [{text: a, as_of: 2024, scope: {"\\e[31m\\u202ered": b}}]\n---\n', "line 2: `scope` has no `red`"
    ),
}  # fmt: skip
"""Notes that are read without a field: what their one line says."""


def hostile(folder: Path) -> Path:
    """Everything that went wrong in any note folder, with five good notes between."""
    write_notes(folder)
    for name, (data, _) in BAD.items():
        (folder / name).write_bytes(data)
    for name, text in (ODD | {name: text for name, (text, _) in FLAWED.items()}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="")
    with (folder / "huge.md").open("wb") as file:
        file.truncate(50 * 2**20)
    (folder.parent / "secret.md").write_text("# Secret\n\nThe secret word is xyzzy.\n")
    (folder / "out.md").symlink_to(folder.parent / "secret.md")
    (folder / "loop.md").symlink_to("loop.md")
    (folder / "linked").symlink_to(folder.parent)
    os.mkfifo(folder / "y.md")
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    for name in ("a/twice.md", "b/twice.md", "b/TWICE.md"):
        (folder / name).write_text("# Twice\n\nThe same name in two folders.\n")
    with open(os.fsencode(folder / "bytes-") + b"\xff.md", "wb") as file:
        file.write(b"# Its name is no text\n")
    return folder


MORE_BAD = {
    "huge.md": "50 MB", "out.md": "leads out", "loop.md": "cannot be read", "y.md": "not a regular file",
    "bytes-\\xff.md": "name is not UTF-8", "linked": "a link to a folder outside vault is not followed",
}  # fmt: skip


def snapshot(folder: Path, without: Path) -> list[tuple[str, int, int]]:
    """Names, sizes and times of all that lies in a folder."""
    found = []
    for path in folder.rglob("*"):
        if not path.is_relative_to(without):
            status = path.lstat()
            found.append((os.fsencode(path).decode(errors="replace"), status.st_size, status.st_mtime_ns))
    return sorted(found)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a hostile folder and a library; tests must not change it."""
    folder = tmp_path_factory.mktemp("attacked")
    hostile(folder / "vault")
    Library.create(folder / "library")
    return folder


@pytest.fixture(scope="module")
def added(attacked: Path) -> Path:
    """The library after the hostile folder was added."""
    with Library.open(attacked / "library") as library:
        library.add([attacked / "vault"])
    return attacked / "library"


@pytest.mark.timeout(120)
def test_each_hostile_note_is_one_line_and_the_good_ones_are_added(attacked: Path, kb: Kb):
    """One bad file would stop the others, hang the program, or be dropped without a word."""
    before = snapshot(attacked, without=attacked / "library")
    ran = kb("--library", attacked / "library", "add", attacked / "vault")
    assert ran.code == 7
    assert "Traceback" not in ran.err
    lines = [line for line in ran.err.splitlines() if line.startswith("kb: ")]
    bad = {name: words for name, (_, words) in BAD.items()} | MORE_BAD
    shown = {re.sub(r"\x1b\[31m|\x1b]0;owned\x07|[\u202e]", "", name).replace("\n", " "): w for name, w in bad.items()}
    for name, words in shown.items():
        found = [line for line in lines if f"/vault/{name}: " in line]
        assert len(found) == 1, (name, found)
        assert words in found[0]
        assert re.search(r": .+\. [A-Z].+\.$", found[0]), ("no cure", found[0])
    for name, (_, words) in FLAWED.items():
        assert [f"kb: vault/{name} {words}" in line for line in lines].count(True) == 1, name
    assert "\x1b" not in ran.err
    assert len(lines) - 1 == len(shown) + len(FLAWED), [line for line in lines if not any(n in line for n in shown)]
    assert snapshot(attacked, without=attacked / "library") == before
    assert not Path("/tmp/owned").exists()
    slugs = kb("--library", attacked / "library", "note", "list", "--json").json
    assert {f"note:{slug}" for slug in SMALL_NOTES} <= {note["id"] for note in slugs}
    # On a disk that ignores case b/TWICE.md and b/twice.md are one file.
    twice = {note["id"] for note in slugs if "twice" in note["id"]}
    assert {"note:twice", "note:b-twice"} <= twice
    assert len(twice) in (2, 3)
    assert len(slugs) == len(SMALL_NOTES) + len(ODD) + len(FLAWED) + len(twice)


def test_a_library_with_hostile_notes_still_answers(added: Path, kb: Kb):
    """One bad note would end every conversation."""
    ran = kb("--library", added, "ask", "do long chains of thought hurt small models", "--json")
    assert ran.code == 0
    assert ran.json["status"] == "answered"
    assert f"note:{GOOD}" in [source["id"] for source in ran.json["sources"]]
    assert kb("--library", added, "doctor").code == 1


def test_the_secret_outside_is_nowhere(added: Path):
    """A link in a shared vault would bring any file of the computer into answers."""
    for path in added.rglob("*"):
        if path.is_file():
            assert b"xyzzy" not in path.read_bytes(), path


@pytest.mark.parametrize(
    "command", [["note", "list"], ["note", "check"], ["doctor"], ["note", "show", "rtl"], ["stats"]]
)
def test_no_terminal_obeys_what_a_note_says(added: Path, kb: Kb, command: list[str]):
    """A title could clear the screen, type commands in some terminals, or show another text than is stored."""
    ran = kb("--library", added, *command)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f]", ran.out + ran.err)


# In the YAML, \e and \u202e become the characters that they name, and \\ a backslash.
EVIL = r"""---
title: "Do chains \e[2J\e]0;owned\a help <script>alert(1)</script> [small](javascript:alert(1)) \u202emodels?"
claim: "Long chains harm ![small](https://evil.example/x.png) models, <img src=x onerror=alert(1)> says a \\[study](javascript:alert(2))."
summary: "Chains of thought <b>harm</b> small models in [tests][evil]. A second \\[\\[../../etc/passwd\\]\\] sentence is about chains."
kind: synthesis
date: 2026-01-01
topics: ["<i>chains</i>"]
---
[evil]: javascript:alert(3)

Long chains of thought \[harm\](javascript:alert(4)) small models, as &lt;script&gt;alert(5)&lt;/script&gt; says here.
Small models lose more to long chains \\\[than](data:text/html,x) large ones do RLOas thisLRI sentence says.
""".replace("RLO", RLO).replace("LRI", LRI)


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Library.create(tmp_path_factory.mktemp("evil") / "library")
    write_notes(root / "notes", {f"evil-{i}": EVIL.replace("Long chains", f"Long chains ({i})") for i in range(3)})
    return root


def test_an_answer_from_hostile_notes_is_safe_in_a_terminal(evil: Path, kb: Kb):
    """As above, for what is cited in answers."""
    ran = kb("--library", evil, "ask", f"do long chains{ESC}[2J of thought harm {RLO}small models?")
    assert ran.code == 0
    assert "harm" in ran.out
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", ran.out + ran.err)


def test_an_answer_as_markdown_holds_no_html_and_no_link(evil: Path, kb: Kb):
    """Whoever writes a note could run scripts where the answer is shown, or count its readers by an image."""
    question = 'do long chains <script>alert(0)</script> ![harm](https://evil.example/q) [[small]] "models"?'
    ran = kb("--library", evil, "ask", question, "--markdown")
    assert ran.code == 0
    assert "harm" in ran.out
    html = MarkdownIt("commonmark", {"html": True}).enable(["table"]).render(ran.out)
    assert not re.search(r"<(?!/?(?:p|h\d|ul|ol|li|strong|em|code|br|s|del)\b)[^>]*>", html), html
    assert "href" not in html
    with Library.open(evil) as library:
        assert answer_as_markdown(library.ask(question)) == ran.out.rstrip("\n")


QUESTIONS = [
    "", " ", "\n\n", "?", "...", "--", "the of and", "why do they not", "a" * 10_000, "word " * 5_000,
    "é" * 1_900, "x\u0301" * 900, '"', '""', "'", "NEAR(a b)", "chains OR 1=1", 'models" OR "x', "title:chains", "chain*",
    "^chains", "a AND NOT b", "(chains", "chains)", "{chains}", "col : x", "'; DROP TABLE sources; --", "%s %n %x",
    "chains\0of\0thought", "\x00", "\x1b[31mchains", "chains \udcff of \ud800 thought", "\ud83d", "🧠", "🧠 models",
    "小模型为什么会失去推理的忠实性", "لماذا تفقد النماذج الصغيرة", "почему малые модели", "מודלים קטנים", "क्यों छोटे मॉडल",
    "ｓｍａｌｌ ｍｏｄｅｌｓ", "ﬁne-tuning", "\u202echains", "zero\u200bwidth chains", "1", "0x1F600", "3.14 2,718",
    "small than than than large", "between and", "versus vs", "A versus A", "than", "what is ² of ½", "İstanbul ß ŉ",
    "models " * 280, "a-b-c-d-e-f" * 100, "/etc/passwd", "{{ config }}", "${HOME} $(id) `id`", "<script>alert(1)</script>",
    "https://example.org/?q=" + "a" * 500, "$$" * 500, "*" * 1_500, "[" * 1_500, "\\" * 1_500, "\t\v\f\u2028\u2029chains",
]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: ascii(question)[1:25])
def test_any_question_gets_an_answer_or_one_line(shared_root: Path, kb: Kb, question: str):
    """A question that a person may type, or that a program hands on, would end in a traceback."""
    how = ([], ["--json"], ["--markdown"])[QUESTIONS.index(question) % 3]
    ran = kb("--library", shared_root, "ask", *how, "--", question)
    if ran.code == 0:
        assert ran.out.strip()
        ran.out.encode()
    else:
        assert ran.code == 2, ran
        assert ran.err.startswith("kb: ")
        assert len(ran.err.splitlines()) == 1
        assert len(ran.err) < 300
        assert not ran.out


@pytest.mark.parametrize("slug", ["../../etc/passwd", "", ".", "\udcff", "a" * 5000, "\x1b[2J", "note:", "a\0b", "🧠"])
def test_any_name_of_a_note_or_inquiry_is_one_line(shared_root: Path, kb: Kb, slug: str):
    """A name could lead out of the library, or end in a traceback."""
    for command in (["note", "show"], ["inquiry", "show"]):
        ran = kb("--library", shared_root, *command, "--", slug)
        assert (ran.code, ran.out, len(ran.err.splitlines())) == (3, "", 1), ran
        assert len(ran.err) < 300


@pytest.mark.parametrize(
    "path", ["", "nowhere", "x" * 300, "x/" * 3000, "\udcff", "/dev/null", "/dev/zero", "/proc/self/mem"]
)
def test_any_path_that_is_no_note_is_one_line(small_root: Path, kb: Kb, path: str, monkeypatch, tmp_path):
    """A mistyped path would end in a traceback, or hang on a device."""
    monkeypatch.chdir(tmp_path)
    path = path or str(tmp_path / "no-note.txt")
    ran = kb("--library", small_root, "add", path)
    lines = [line for line in ran.err.splitlines() if line.startswith("kb: ")]
    assert ran.code in (1, 2, 7)
    assert "Traceback" not in ran.err
    assert 1 <= len(lines) <= 2, ran.err
    assert kb("--library", small_root, "doctor").code == 0, "a path that was mistyped once stays a problem for ever"


def test_names_that_would_not_be_read_are_refused(small_root: Path, kb: Kb, tmp_path: Path):
    """`kb add` would say "done" for a copy that is never read as a note."""
    for name in (".hidden.md", "README.md", "note.org"):
        (tmp_path / name).write_text("# Text\n\nA note with a name that notes folders leave out.\n")
        ran = kb("--library", small_root, "add", tmp_path / name)
        assert ran.code == 7
        assert "not read as a note" in ran.err


def test_a_hidden_folder_is_added_under_a_name_that_is_read(small_root: Path, kb: Kb, tmp_path: Path):
    """Notes from `~/.notes` would be copied to where nobody reads them."""
    write_notes(tmp_path / ".vault", {"dots": "# Dots\n\nA note in a folder that begins with a dot.\n"})
    report = kb("--library", small_root, "add", tmp_path / ".vault", "--json").json
    assert "note:dots" in report["added"]


def test_the_librarys_own_folder_is_not_copied_into_itself(small_root: Path, kb: Kb, monkeypatch):
    """`kb add .` in a library would copy every note beside itself, and refuse all for their names."""
    monkeypatch.chdir(small_root)
    for path in (".", "notes", "notes/can-tuning-keep-steps.md"):
        ran = kb("add", path)
        assert (ran.code, sorted(p.name for p in (small_root / "notes").iterdir() if p.is_dir())) == (0, []), ran.err
    assert len(kb("note", "list", "--json").json) == 5


def test_a_link_in_the_library_does_not_lead_copies_out(small_root: Path, kb: Kb, tmp_path: Path):
    """Adding a folder would write outside the library, over files of the same names."""
    (tmp_path / "outside").mkdir()
    (small_root / "notes" / "vault").symlink_to(tmp_path / "outside")
    write_notes(tmp_path / "vault", {"in": "# In\n\nA note that stays inside.\n"})
    ran = kb("--library", small_root, "add", tmp_path / "vault")
    assert ran.code == 7
    assert "leads out of the library" in ran.err
    assert not list((tmp_path / "outside").iterdir())


def test_papers_that_are_a_pipe_or_a_link_are_one_line(small_root: Path, kb: Kb, tmp_path: Path):
    """Every question would hang, or a file outside would be read."""
    papers = small_root / "notes" / "papers.jsonl"
    outside = papers.rename(tmp_path / "papers.jsonl")
    for make in (lambda: os.mkfifo(papers), lambda: papers.symlink_to(outside)):
        make()
        ran = kb("--library", small_root, "ask", "do long chains hurt small models")
        assert ran.code == 0
        assert "papers.jsonl is not a regular file" in ran.err
        papers.unlink()


def test_a_mended_file_is_retried_into_its_folder(small_root: Path, kb: Kb, tmp_path: Path):
    """The copy would land elsewhere, and the folder could never be added again for the name that is taken."""
    vault = write_notes(tmp_path / "vault", {"broken": "---\ntitle: [\n---\n", "gone": "---\ntitle: [\n---\n"})
    assert kb("--library", small_root, "add", vault).code == 7
    write_notes(vault, {"broken": "# Mended\n\nIt can be read now.\n"})
    (vault / "gone.md").unlink()
    ran = kb("--library", small_root, "add", "--retry")
    assert (ran.code, ran.out[:8]) == (0, "1 added,"), ran.err
    assert (small_root / "notes" / "vault" / "broken.md").exists()
    assert kb("--library", small_root, "add", vault).code == 0
    assert kb("--library", small_root, "doctor").code == 0


def test_an_original_with_windows_lines_is_followed(small_root: Path, kb: Kb, tmp_path: Path):
    """Every change of it would be taken for a conflict with somebody else's edit."""
    vault = write_notes(tmp_path / "vault", {})
    for i in range(3):
        text = unicodedata.normalize("NFD", f"\ufeff# Café {i}\r\n\r\nThe {i}th text of it.\r\n")
        (vault / "cafe.md").write_text(text, encoding="utf-8", newline="")
        report = kb("--library", small_root, "add", vault, "--json").json
        assert not report["failed"]
        assert "note:cafe" in report["added"] + report["updated"]
    assert "Café 2" in kb("--library", small_root, "note", "show", "cafe").out


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_one_line(small_root: Path, kb: Kb, tmp_path: Path):
    """It would stop the notes beside it."""
    vault = write_notes(tmp_path / "vault", {"closed": "# Closed\n", "open": "# Open\n\nA text that may be read.\n"})
    (vault / "closed.md").chmod(0)
    ran = kb("--library", small_root, "add", vault)
    assert ran.code == 7
    assert "closed.md: the file cannot be read: Permission denied" in ran.err
    assert "6 added" in ran.out


def test_a_damaged_catalog_is_one_line(small_root: Path, kb: Kb):
    """A torn disk would end in a traceback, or in a new library over the old one."""
    kb("--library", small_root, "add")
    catalog = small_root / ".kb" / "catalog.sqlite3"
    for damage in (b"not a database, but long enough to look like one" * 50, catalog.read_bytes()[:8192]):
        for side in ("-wal", "-shm"):
            catalog.with_name(catalog.name + side).unlink(missing_ok=True)
        catalog.write_bytes(damage)
        ran = kb("--library", small_root, "ask", "do long chains hurt small models")
        assert ran.code in (1, 2)
        assert ran.err.startswith("kb: ")
        assert len(ran.err.splitlines()) == 1
    shutil.rmtree(small_root / ".kb")
    assert kb("--library", small_root, "ask", "do long chains hurt small models").code == 0
