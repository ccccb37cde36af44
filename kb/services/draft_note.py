"""Notes drafted from passages: what a writer wrote and the gate let through, as a note that says it is generated.

A draft keeps the form of every note: a question as title, a claim, a summary, dated claims with the papers that they
rest on, sources, links to neighbouring notes. A paper stands behind a sentence only where that is sure; what else a
note says is given as that note's reading, and is no dated claim. Until a person accepts it, it says `status: draft`: it
is found, and no sentence is supported by it. What is to go into a note that is there already is appended; every other
line stays.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from difflib import unified_diff

from pydantic import Field

from ingest.front_matter import FrontMatter, Writable, read_front_matter
from ingest.notes import parse_note
from ingest.plain import note_links, plain
from kb.domain import Citation, Claim, Record, RestsOnBasis, Sentence, Source, SourceKind, SupportState
from kb.identity import cited_ids, slugify
from kb.language import content_stems
from kb.ports import Brief, Catalog
from kb.services.propose import as_of_newest, from_note, guesses, without_citations
from kb.services.scope import scope_of
from kb.services.secondhand import origins
from kb.services.suggest_links import link_name, with_link

_MOST_CLAIMS, _MOST_TOPICS, _SUMMARY_SENTENCES, _NEIGHBOURS = 4, 4, 2, 3
_SURE = frozenset((RestsOnBasis.SENTENCE, RestsOnBasis.CLAIM))
_TOLD = 0.75
"""A sentence that has so much of its words in one sentence of a note adds nothing to it."""


class NoteDraft(Record):
    """A note as it would be written, with what the gate made of its sentences."""

    slug: str
    title: str
    text: str = Field(description="the whole file")
    sentences: tuple[Sentence, ...] = Field(description="that were drafted, each with its citations")
    left_out: tuple[Sentence, ...] = Field((), description="that the gate refused, with the reasons")
    claims: tuple[Claim, ...] = Field((), description="dated claims among them")
    remarks: tuple[str, ...] = Field((), description="what to look at before accepting it")
    incomplete: bool = Field(False, description="whether the writer was cut short")


class Drafter:
    """Makes notes of sentences.

    Args:
        catalog: knows papers and what notes are called.
        today: `YYYY-MM-DD`.
    """

    def __init__(self, catalog: Catalog, today: str) -> None:
        self._catalog, self._today = catalog, today

    def new(
        self, title: str, brief: Brief, sentences: Sequence[Sentence], near: Sequence[Source], slug: str = ""
    ) -> NoteDraft:
        """A new note.

        Args:
            title: a question.
            brief: what the sentences were written from.
            sentences: as the gate left them; those that it refused are left out.
            near: notes nearby, nearest first.
            slug: of the file; empty for one made from the title.
        """
        slug = slug or slugify(title)
        kept, refused = _sorted_out(sentences)
        sources = _cited(kept, brief)
        references = _references(kept, sources)
        claim = next((s for s in kept if s.text in {source.claim for source in sources.values()}), kept[0])
        fields: dict[str, Writable] = {
            "title": title,
            "claim": plain(claim.text),
            "summary": " ".join(plain(s.text) for s in _summary(kept, claim)),
            "kind": "synthesis",
            "status": "draft",
            "date": date.fromisoformat(self._today),
            "topics": _topics(sources.values(), brief),
            "sources": references,
        }
        text = self._body(kept, sources)
        for note in [note for note in near if note.id not in sources][:_NEIGHBOURS]:
            text = with_link(text, link_name(note, self._catalog))
        front = read_front_matter(text)
        for key, value in fields.items():
            front = front.with_value(key, value)
        claims = self._claims(front.text, slug, kept) or self._plain_claim(kept, sources)
        text = _with_claims(front, claims).text
        remarks = _remarks(refused, references, claims)
        return NoteDraft(
            slug=slug, title=title, text=text, sentences=kept, left_out=refused, claims=claims, remarks=remarks
        )

    def update(self, note: Source, brief: Brief, sentences: Sequence[Sentence]) -> NoteDraft:
        """A note with what it does not say yet added at its end, and to its sources and claims; else its own text."""
        told = [content_stems(plain(line)) for line in note.text.replace(". ", ".\n").split("\n")]
        passed, refused = _sorted_out(sentences)
        kept = tuple(s for s in passed if not (_is_told(s, told) or self._is_about(s, note)))
        if not kept:
            return NoteDraft(slug=_slug(note), title=note.title, text=note.text, sentences=(), left_out=refused)
        sources = _cited(kept, brief)
        end = len(note.text.rstrip())
        text = f"{note.text[:end]}\n\n## Added {self._today}\n\n{self._body(kept, sources, headings=False)}"
        claims = self._claims(text, _slug(note), kept, end)
        references = _references(kept, sources)
        front = _with_claims(read_front_matter(text), claims)
        for reference in references:
            if reference not in note.references:
                front = front.with_item("sources", reference)
        text = front.with_value("date", date.fromisoformat(self._today)).text
        remarks = _remarks(refused, references, claims)
        return NoteDraft(
            slug=_slug(note), title=note.title, text=text, sentences=kept, left_out=refused, claims=claims,
            remarks=remarks,
        )  # fmt: skip

    def _is_about(self, sentence: Sentence, note: Source) -> bool:
        """Whether a sentence is the note's own, or links to it: what it says is there already."""
        linked = (self._catalog.called(link.target) for link in note_links(sentence.text))
        return any(c.source == note.id for c in sentence.citations) or any(note.id in found for found in linked)

    def _body(self, kept: Sequence[Sentence], sources: Mapping[str, Source], *, headings: bool = True) -> str:
        """A paragraph for each theme, which ends with links to the notes that it stands on."""
        paragraphs = []
        for theme in dict.fromkeys(s.theme for s in kept):
            own = [s for s in kept if s.theme == theme]
            told = [self._told(s, sources) for s in own]
            if links := self._links(own, sources):
                told.append(f"Read on in {_listed(links)}.")
            paragraphs += [f"## {harmless(theme)}"] if headings else []
            paragraphs.append(" ".join(told))
        return "\n\n".join(paragraphs) + "\n"

    def _told(self, sentence: Sentence, sources: Mapping[str, Source]) -> str:
        """A sentence with the papers that it rests on before its full stop, else with the note whose reading it is."""
        is_ours = all(_is_note(c.source) for c in sentence.citations)
        text = " ".join(sentence.text.split()) if is_ours else harmless(sentence.text)
        named = {str(i) for i in cited_ids(text)}
        known = _references([sentence], sources)
        bare = [r for r in known if r not in named]
        papers = self._catalog.papers(r.removeprefix("arXiv:") for r in bare)
        cited = "; ".join(f"{r}, {p.date}" if (p := papers.get(r.removeprefix("arXiv:"))) else r for r in bare)
        if not known and (links := self._read_by(sentence, sources)):
            cited = f"as {_listed(links)} {'reads' if len(links) == 1 else 'read'} it"
        if cited:
            stop = text[-1] if text[-1] in ".!?" else "."
            text = f"{text.rstrip('.!?')} ({cited}){stop}"
        return f"{sentence.lead_in} {text}".strip()

    def _read_by(self, sentence: Sentence, sources: Mapping[str, Source]) -> list[str]:
        """Links to the notes whose reading a sentence is, which are not always those that it was found in."""
        found = {c.source: sources[c.source] for c in sentence.citations if _is_note(c.source)}
        notes = [origins(note, sentence.text, self._catalog)[:1] or [note] for note in found.values()]
        return list(dict.fromkeys(f"[[{link_name(note, self._catalog)}]]" for (note,) in notes))

    def _links(self, sentences: Iterable[Sentence], sources: Mapping[str, Source]) -> list[str]:
        """Links to the notes that sentences are taken from."""
        ids = dict.fromkeys(c.source for s in sentences for c in s.citations if _is_note(c.source))
        return [f"[[{link_name(sources[i], self._catalog)}]]" for i in ids]

    def _claims(self, text: str, slug: str, kept: Sequence[Sentence], after: int = 0) -> tuple[Claim, ...]:
        """Dated claims among the sentences that stand behind an offset, the most promising ones, without lead-ins."""
        found = [p for p in from_note(parse_note(text, f"{slug}.md"), self._catalog) if p.char_start >= after]
        # Sentences of several notes stand side by side here: one that names no paper is not dated by its neighbour's.
        readings = [" ".join(s.text.split()).rstrip(".!?") for s in kept if _is_reading(s)]
        found = [p for p in found if p.claim.evidence and not any(words in p.quote for words in readings)]
        leads = {s.lead_in for s in kept if s.lead_in}
        return tuple(_without(p.claim, leads) for p in found[:_MOST_CLAIMS])

    def _plain_claim(self, kept: Sequence[Sentence], sources: Mapping[str, Source]) -> tuple[Claim, ...]:
        """The first sentence that rests on a paper, as a claim."""
        for sentence in kept:
            evidence = [r for r in _references([sentence], sources) if r.startswith("arXiv:")]
            if evidence and not _is_reading(sentence) and (as_of := as_of_newest(evidence, self._catalog)):
                text = without_citations(plain(sentence.text))
                return (Claim(text=text, as_of=as_of, scope=scope_of(text), evidence=tuple(evidence)),)
        return ()


def diff(old: str, new: str, name: str) -> str:
    """A unified diff of a note, empty where nothing changes."""
    lines = unified_diff(old.splitlines(True), new.splitlines(True), f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def accepted(text: str) -> str:
    """A draft's text as that of a note that a person answers for."""
    front = read_front_matter(text)
    for key, word in (("status", "draft"), ("generated", "true")):
        if str(front.content.get(key)).strip().lower() == word:
            front = front.without(key)
    return front.text


def _sorted_out(sentences: Sequence[Sentence]) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    kept = tuple(s for s in sentences if s.state is not SupportState.UNSUPPORTED)
    return kept, tuple(s for s in sentences if s.state is SupportState.UNSUPPORTED)


def _cited(kept: Sequence[Sentence], brief: Brief) -> dict[str, Source]:
    by_id = {e.source.id: e.source for e in brief.evidence}
    return {c.source: by_id[c.source] for s in kept for c in s.citations if c.source in by_id}


def _references(sentences: Iterable[Sentence], sources: Mapping[str, Source]) -> list[str]:
    """What sentences surely rest on: papers by their arXiv id, documents by where they came from, never a note itself.

    Papers of a note's paragraph, or of the note as a whole, may be its other sentences' and are left out.
    """
    found: dict[str, None] = {}
    for citation in (c for s in sentences for c in s.citations):
        source = sources[citation.source]
        if source.kind is SourceKind.PAPER:
            found |= {str(i): None for i in cited_ids(f"arXiv:{source.id.removeprefix('arxiv:').split('v')[0]}")}
        elif not _is_note(source.id):
            found[source.origin or source.id] = None
        elif _is_sure(citation, source):
            found |= dict.fromkeys(citation.rests_on)
    return list(found)


def _is_sure(citation: Citation, note: Source) -> bool:
    """Whether the note names papers for these words, or states them as what it found in its only source."""
    is_stated = citation.quote in note.claim or citation.quote in note.summary
    return citation.rests_on_basis in _SURE or (is_stated and len(note.references) == 1 and not guesses(citation.quote))


def _is_reading(sentence: Sentence) -> bool:
    """Whether a sentence is what a note's author makes of papers, which none of them found."""
    return guesses(sentence.text) and all(_is_note(c.source) for c in sentence.citations)


def _summary(kept: Sequence[Sentence], claim: Sentence) -> list[Sentence]:
    """The first sentence of each of a few sources other than the claim's, else what there is."""
    firsts: dict[str, Sentence] = {}
    for sentence in kept:
        if sentence is not claim:
            firsts.setdefault(sentence.citations[0].source, sentence)
    others = [s for s in firsts.values() if s.citations[0].source != claim.citations[0].source]
    return (others or list(firsts.values()) or [claim])[:_SUMMARY_SENTENCES]


def _topics(sources: Iterable[Source], brief: Brief) -> list[str]:
    counted = Counter(topic for source in sources for topic in source.topics)
    return [topic for topic, _ in counted.most_common(_MOST_TOPICS)] or [slugify(brief.facets[0])]


def _is_told(sentence: Sentence, told: Sequence[frozenset[str]]) -> bool:
    words = content_stems(without_citations(plain(sentence.text)))
    return any(len(words & other) >= _TOLD * len(words) for other in told)


def _without(claim: Claim, leads: Iterable[str]) -> Claim:
    lead = next((lead for lead in leads if claim.text.startswith(lead)), "")
    return claim.model_copy(update={"text": claim.text.removeprefix(lead).strip()})


def _with_claims(front: FrontMatter, claims: Iterable[Claim]) -> FrontMatter:
    for claim in claims:
        front = front.with_item("claims", claim.model_dump(exclude_none=True, exclude_defaults=True))
    return front


def _remarks(refused: Sequence[Sentence], references: Sequence[str], claims: Sequence[Claim]) -> tuple[str, ...]:
    n = "1 sentence" if len(refused) == 1 else f"{len(refused)} sentences"
    found = [f"left out: {n} that did not pass the gate"] if refused else []
    found += [] if references else ["nothing in it names a paper or document that it rests on"]
    return (*found, *(() if claims else ("no sentence can be dated, so it states no claim",)))


def _is_note(source_id: str) -> bool:
    return source_id.startswith("note:")


def _slug(note: Source) -> str:
    return note.id.removeprefix("note:")


def harmless(text: str) -> str:
    """Words of a paper or page in one line, in which nothing is a link of ours."""
    return " ".join(plain(text).replace("[[", "[ [").split())


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
