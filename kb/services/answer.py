"""Ask: from a question to a gated, cited answer."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cache, partial

import numpy as np

from ingest.plain import plain
from kb.domain import Absence, Answer, AnswerStatus, Sentence, Source, SourceRef, SupportState, source_numbers
from kb.ports import Brief, Catalog, Deaf, Edge, Evidence, Horizon, Judge, Listener, Vector, Writer
from kb.services import writing
from kb.services.absence import AbsenceChecker, Coverage, phrases
from kb.services.asked_for import told_beside
from kb.services.citers import arxiv_base, is_withdrawn
from kb.services.horizon import as_it_was, youngest
from kb.services.next_lines import next_lines
from kb.services.omission import Asked
from kb.services.question import Question, parse_question, reads_as
from kb.services.retrieve import Ranked, Retrieval, Retriever
from kb.services.secondhand import firsthand
from kb.services.sentences import sentence_hash
from kb.services.spelling import respelt
from kb.services.writing import Written
from prompts import load


class Answerer:
    """Answers questions from one library, or from what of it was there by a date."""

    def __init__(
        self,
        catalog: Catalog,
        retriever: Retriever,
        absence: AbsenceChecker,
        writer: Writer,
        edges: Callable[[], list[Edge]],
        judge: Judge | None = None,
        horizon: Horizon | None = None,
    ) -> None:
        self._catalog, self._retriever, self._absence = catalog, retriever, absence
        self._writer, self._edges, self._judge, self._horizon = writer, edges, judge, horizon

    def ask(self, text: str, listener: Listener | None = None, *, strict: bool = False) -> Answer:
        """A short synthesis in which every sentence is tied to a passage, or an account of why there is none.

        Args:
            text: the question.
            listener: hears the sentences while they are written, as the gate leaves them.
            strict: whether sentences that fail the gate are left out; they are counted.

        Raises:
            BadInput: if the question cannot be read.
            Unavailable: if the model behind the writer did not begin to answer.
        """
        question = parse_question(text)
        with self._catalog.reading():
            answer = self._asked(respelt(question, self._catalog), listener or Deaf(), strict)
        if self._horizon is None:
            return answer
        return answer.model_copy(update={"until": self._horizon.until, "left_out": self._horizon.left_out})

    def _asked(self, question: Question, listener: Listener, strict: bool) -> Answer:
        if not self._catalog.count("passages"):
            return self._empty(question)
        retrieval, coverage, evidence = self._found(question)
        if coverage.status is AnswerStatus.INSUFFICIENT or not evidence:
            return self._insufficient(question, coverage.absence, evidence)
        brief = self._brief(question, evidence, coverage.caveat)
        written = writing.write(brief, self._writer, listener, self._judge)
        return self._answer(question, brief, coverage, [r.source_id for r in retrieval.ranked], written, strict)

    def brief(self, text: str, only: Collection[str] = ()) -> Brief | None:
        """What a writer would be given for a question; None where nothing speaks to it.

        Args:
            text: the question.
            only: sources to write from, whatever the retrieval makes of them; else what it finds.

        Raises:
            BadInput: if the question cannot be read.
        """
        question = parse_question(text)
        with self._catalog.reading():
            if only:
                vector, ranked = self._retriever.among(question.text, only)
                return self._brief(question, self._evidence(ranked, vector), "") if ranked else None
            _, coverage, evidence = self._found(question)
            if coverage.status is AnswerStatus.INSUFFICIENT or not evidence:
                return None
            return self._brief(question, evidence, coverage.caveat)

    def _found(self, question: Question) -> tuple[Retrieval, Coverage, list[Evidence]]:
        if question.papers:
            retrieval, coverage = self._on(question.papers), self._absence.of_papers(question)
        else:
            about, partners = " ".join(question.facets), self._partners()
            looked_up = cache(partial(self._absence.look_up, question))
            retrieval = self._retriever.retrieve(
                question.core,
                about=about,
                for_writing=True,
                partners=partners,
                also=phrases(question),
                meanwhile=looked_up,
            )
            asked = _asked(retrieval)
            coverage = self._absence.check(question, looked_up(), max(retrieval.similarity, asked.likeness()), asked)
            # What a dated claim alone speaks of is looked for in that claim's words, and its best source put first.
            if told := " ".join(facet.claim for facet in coverage.lack.facets if facet.claim and not facet.covered):
                first = self._retriever.retrieve(f"{question.core} ({told})", about=about, for_writing=True).ranked[:1]
                others = [r for r in retrieval.ranked if r.source_id not in {f.source_id for f in first}]
                retrieval = replace(retrieval, ranked=(*first, *others))
        return retrieval, coverage, self._evidence(retrieval.ranked, retrieval.vector)

    def _on(self, papers: Sequence[str]) -> Retrieval:
        """What speaks of papers, read as a question about their titles."""
        named = {source_id for paper in papers for source_id in self._catalog.sources_on(paper)}
        titles = [paper.title for paper in self._catalog.papers(papers).values()]
        vector, ranked = self._retriever.among(" ".join(titles or papers), named)
        return Retrieval(1.0, vector, tuple(ranked))

    def draft(self, brief: Brief) -> Written:
        """What the writer makes of a brief in one go, as the gate leaves it."""
        return writing.first_draft(brief, self._writer, self._judge)

    def _brief(self, question: Question, evidence: Sequence[Evidence], caveat: str) -> Brief:
        return Brief(
            question=question.text,
            reads_as=reads_as(question),
            facets=question.facets,
            evidence=evidence,
            tensions=self._tensions({e.source.id for e in evidence}),
            caveat=caveat,
        )

    def _answer(
        self,
        question: Question,
        brief: Brief,
        coverage: Coverage,
        ranked: Sequence[str],
        written: Written,
        strict: bool,
    ) -> Answer:
        n_written = len(written.sentences)
        n_unsupported = sum(s.state is SupportState.UNSUPPORTED for s in written.sentences)
        written = writing.strictly(written) if strict else written
        if not (written.sentences or written.is_cut or n_unsupported):
            return self._insufficient(question, coverage.absence, brief.evidence)
        by_id = {e.source.id: e.source for e in brief.evidence}
        used = [source_id for source_id in source_numbers(written.sentences) if source_id in by_id]
        return Answer(
            question=question.text,
            reading=self._reading(written.reading, question, [by_id[s] for s in used], written.sentences),
            status=coverage.status if n_unsupported < n_written else AnswerStatus.INSUFFICIENT,
            sentences=written.sentences,
            absence=self._absence.beside(coverage, written.sentences),
            sources=tuple(self.reference(by_id[source_id]) for source_id in used),
            next_lines=next_lines(question.text, used, ranked, coverage.absence, self._edges(), self._catalog),
            writer=self._writer.name,
            model=self._writer.model,
            generation=self._catalog.generation(),
            as_of=self._youngest([by_id[source_id] for source_id in used], written.sentences),
            incomplete=written.is_cut,
            remarks=written.remarks,
            n_unsupported=n_unsupported,
            n_withheld=n_unsupported if strict else 0,
        )

    def _reading(self, reading: str, question: Question, used: Sequence[Source], sentences: Sequence[Sentence]) -> str:
        """How the question was understood, which words were read otherwise, and what it asks for that is no finding."""
        read_as = [load("answer").fill("read_as", word=word, form=form) for word, form in question.read_as]
        until = self._horizon.until if self._horizon else ""
        told = told_beside(question, used, sentences, self._catalog, until)
        return " ".join(filter(None, (reading, *read_as, told)))

    def _youngest(self, used: Sequence[Source], sentences: Sequence[Sentence]) -> str | None:
        """Date of the youngest source cited; where a date was asked for, of the youngest evidence by then."""
        if self._horizon is None:
            return max((source.date for source in used if source.date), default=None)
        rests_on = [reference for s in sentences for c in s.citations for reference in c.rests_on]
        return youngest(used, rests_on, self._horizon.until)

    def _insufficient(self, question: Question, absence: Absence, evidence: Sequence[Evidence]) -> Answer:
        nearest = [e.source.id for e in evidence[:3]]
        return Answer(
            question=question.text,
            reading=self._reading(
                load("answer").fill("reading_without_answer", reads_as=reads_as(question)),
                question,
                [e.source for e in evidence],
                (),
            ),
            status=AnswerStatus.INSUFFICIENT,
            absence=absence,
            next_lines=next_lines(question.text, [], nearest, absence, self._edges(), self._catalog),
            writer=self._writer.name,
            model=self._writer.model,
            generation=self._catalog.generation(),
        )

    def _empty(self, question: Question) -> Answer:
        words = load("answer")
        if self._horizon and self._horizon.later:
            absence = Absence(joint=False, note=words.fill("as_of_nothing", until=self._horizon.until))
        else:
            absence = Absence(joint=False, note=words.fill("empty"), would_help=(words.fill("empty_would_help"),))
        return Answer(
            question=question.text,
            reading=words.fill("reading_without_answer", reads_as=reads_as(question)),
            status=AnswerStatus.INSUFFICIENT,
            absence=absence,
            generation=self._catalog.generation(),
        )

    def _evidence(self, ranked: Sequence[Ranked], vector: Vector) -> list[Evidence]:
        """Sources whole, with their scored sentences and how much their titles are like the question."""
        ranked = [r for r in ranked if r.sentences]
        sources = {source.id: self._then(source) for source in self._catalog.sources(r.source_id for r in ranked)}
        titles = {source.id: sentence_hash(plain(source.title)) for source in sources.values()}
        vectors = self._catalog.vectors_of(titles.values())
        alike = {s: max(0.0, float(vectors[title] @ vector)) for s, title in titles.items() if title in vectors}
        found = [Evidence(sources[r.source_id], r.score, r.sentences, alike.get(r.source_id, 0.0)) for r in ranked]
        return firsthand(
            found, {(e.source, e.target) for e in self._edges() if e.kind == "link" and e.source in sources}
        )

    def _then(self, source: Source) -> Source:
        return as_it_was(source, self._horizon.until) if self._horizon else source

    def _tensions(self, ids: set[str]) -> frozenset[tuple[str, str]]:
        return frozenset((a, b) for a, others in self._partners().items() for b in others if {a, b} <= ids)

    def _partners(self) -> dict[str, set[str]]:
        """The sources that each source disagrees with, or is disagreed with by."""
        found: dict[str, set[str]] = defaultdict(set)
        for edge in self._edges():
            if edge.kind == "tension":
                found[edge.source].add(edge.target)
                found[edge.target].add(edge.source)
        return found

    def reference(self, source: Source) -> SourceRef:
        """A source as answers list it, with what is known of the papers that it rests on."""
        ids = [base for reference in source.references if (base := arxiv_base(reference))]
        papers = self._catalog.papers(ids)
        return SourceRef(
            id=source.id,
            kind=source.kind,
            title=source.title,
            summary=source.summary,
            date=source.date,
            claim=source.claim,
            rests_on=tuple(papers[i] for i in ids if i in papers),
            generated=source.generated,
            withdrawn=is_withdrawn(source, self._catalog),
        )


def _asked(retrieval: Retrieval) -> Asked:
    """The question beside the sentences that were looked at for it."""
    vectors = [hit.vector for r in retrieval.ranked for hit in r.sentences if hit.vector is not None]
    return Asked(retrieval.vector, np.reshape(vectors, (len(vectors), len(retrieval.vector))).astype(np.float32))
