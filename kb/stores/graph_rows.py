"""What the concept graph is made from, as the catalog tells it: names, links, references, topics, whole vectors."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from posixpath import normpath

import numpy as np

from kb.domain import EdgeKind, Source, SourceKind
from kb.identity import slugify
from kb.ports import Card, Edge, HeadingLink, Matrix
from kb.stores.records import Records

_RANK_SLUG, _RANK_TITLE, _RANK_ALIAS = range(3)
_CURRENT = "superseded_by IS NULL"
_BATCH = 500
_LINKS = """
    WITH named AS (
        SELECT l.*, n.source_id AS found, n.rank, 0 AS is_other FROM links l JOIN names n ON n.name = l.name
        UNION ALL
        SELECT l.*, n.source_id, n.rank, 1 FROM links l JOIN names n ON n.name = l.otherwise
        WHERE l.otherwise <> '' AND l.name NOT IN (SELECT name FROM names)
    )
    SELECT l.source_id, l.position, l.target, l.kind, l.why, l.found, l.rank, own.path, f.path, l.is_other FROM named l
    LEFT JOIN files own ON own.source_id = l.source_id LEFT JOIN files f ON f.source_id = l.found
    ORDER BY l.source_id, l.position
"""
_TO_HEADINGS = f"""
    SELECT sources.id, link.key, link.value ->> 'target', link.value ->> 'heading', link.value ->> 'otherwise',
        link.value ->> 'line'
    FROM sources, json_each(record, '$.links') link
    WHERE kind IN ('note', 'document') AND {_CURRENT}
    AND (link.value ->> 'heading' <> '' OR link.value ->> 'otherwise' LIKE '%#%')
    ORDER BY sources.id, link.key
"""


class GraphRows(Records):
    """Names, links and whole vectors of a catalog's sources."""

    def edges(self) -> list[Edge]:
        """Resolved links between different sources, by source and place.

        Where several sources bear a name, a slug goes before a title before an alias, the path as written before
        others, the linking note's own folder before others, and then the file nearest to the top, as in Obsidian.
        """
        return [edge for edge, _ in self._resolved().values() if edge.source != edge.target]

    def _resolved(self) -> dict[tuple[str, int], tuple[Edge, bool]]:
        """Where each link leads, by source and position, and whether the words behind its bar lead there."""
        best: dict[tuple[str, int], tuple[tuple[object, ...], Edge, bool]] = {}
        for source, position, target, kind, why, found, rank, own_path, path, is_other in self._db.execute(_LINKS):
            order = _order(target, found, rank, own_path, path)
            place = (source, position)
            if place not in best or order < best[place][0]:
                best[place] = (order, _edge(source, found, kind, why), bool(is_other))
        return {place: (edge, is_other) for place, (_, edge, is_other) in best.items()}

    def heading_links(self) -> list[HeadingLink]:
        """Links to a heading or block of a source, by source and place; those whose source is missing are left out."""
        rows = self._db.execute(_TO_HEADINGS).fetchall()
        resolved, found = self._resolved() if rows else {}, []
        for source, position, target, heading, otherwise, line in rows:
            edge, is_other = resolved.get((source, position), (None, False))
            # Dendron writes the target behind the bar.
            named, _, wanted = otherwise.partition("#") if is_other else (target, "", heading)
            is_own = not target and "#" not in otherwise
            if wanted and (edge or is_own):
                found.append(HeadingLink(source, edge.target if edge else source, named, wanted.strip(), line))
        return found

    def unresolved(self) -> list[tuple[str, str, int]]:
        """Links that lead nowhere, as (source id, target as written, line)."""
        return self._db.execute(
            "SELECT source_id, target, line FROM links WHERE name NOT IN (SELECT name FROM names)"
            " AND otherwise NOT IN (SELECT name FROM names) ORDER BY source_id, position"
        ).fetchall()

    def called(self, name: str) -> list[str]:
        """Ids of the current sources that a slug, title or alias names, the best reading first."""
        rows = self._db.execute(
            "SELECT n.source_id, min(n.rank) AS rank FROM names n JOIN sources s ON s.id = n.source_id"
            f" WHERE n.name = ? AND s.{_CURRENT} GROUP BY n.source_id ORDER BY rank, n.source_id",
            (name_of_target(name),),
        )
        return [row[0] for row in rows]

    def stamps(self) -> dict[str, str]:
        """Content hash of every current source, by id, in order of id."""
        return dict(self._db.execute(f"SELECT id, content_hash FROM sources WHERE {_CURRENT} ORDER BY id"))

    def cards(self, ids: Iterable[str]) -> dict[str, Card]:
        """What lists show of some sources, by id."""
        found = {}
        for source_id, record in self._in_batches("SELECT id, record FROM sources WHERE id IN", ids):
            known = json.loads(record)
            words = {name: known.get(name) or "" for name in ("title", "claim", "summary")}
            kind, date, origin = SourceKind(known["kind"]), known.get("date"), known.get("origin", "")
            found[source_id] = Card(source_id, kind, **words, date=date, origin=origin)
        return found

    def generated(self, ids: Iterable[str]) -> set[str]:
        """Those of some notes that are drafts, which nobody has accepted yet."""
        select = "SELECT id, json_extract(record, '$.generated') FROM sources WHERE id IN"
        return {note for note, holds in self._in_batches(select, (i for i in ids if i.startswith("note:"))) if holds}

    def references(self) -> list[tuple[str, str]]:
        """What current sources say that they rest on, as (source id, reference)."""
        return self._listed("references")

    def topics(self, ids: Iterable[str] | None = None) -> list[tuple[str, str]]:
        """Topics of some or all current sources, as (source id, topic)."""
        if ids is None:
            return self._listed("topics")
        select = "SELECT sources.id, json_each.value FROM sources, json_each(record, '$.topics') WHERE sources.id IN"
        return list(self._in_batches(select, ids))

    def about(self, topic: str) -> list[str]:
        """Ids of the current sources on a topic."""
        return sorted(source_id for source_id, own in self.topics() if own == topic)

    def whole_vectors(self, ids: Sequence[str]) -> Matrix:
        """A unit vector for each source, the direction of its passages' sum; zeros where it has none."""
        model, dimension = self._model
        select = (
            "SELECT p.source_id, v.vector FROM passages p JOIN vectors v ON v.text_hash = p.text_hash"
            " AND v.model_id = ? AND v.dimension = ? WHERE p.source_id IN"
        )
        whole = np.zeros((len(ids), dimension), dtype=np.float32)
        for start in range(0, len(ids), _BATCH):
            row = {source_id: start + i for i, source_id in enumerate(ids[start : start + _BATCH])}
            found = list(self._in_batches(select, row, model, dimension))
            if found:
                parts = np.frombuffer(b"".join(blob for _, blob in found), dtype="<f2").reshape(len(found), dimension)
                np.add.at(whole, [row[source_id] for source_id, _ in found], parts.astype(np.float32))
        lengths = np.linalg.norm(whole, axis=1, keepdims=True)
        np.divide(whole, lengths, out=whole, where=lengths > 0)
        return whole

    def _listed(self, field: str) -> list[tuple[str, str]]:
        """Every entry of a list in the records of current sources, with its source."""
        return self._db.execute(
            f"SELECT sources.id, json_each.value FROM sources, json_each(record, '$.{field}')"
            f" WHERE {_CURRENT} ORDER BY sources.id"
        ).fetchall()


def names(source: Source) -> Iterator[tuple[str, int, str]]:
    """What a wikilink may call a source: its slug and its file's name, its title, its aliases."""
    own = {source.id.split(":", 1)[1]} | ({slugify(PurePosixPath(source.origin).stem)} if _is_file(source) else set())
    for name in own:
        yield name, _RANK_SLUG, source.id
    yield slugify(source.title), _RANK_TITLE, source.id
    for alias in source.aliases:
        yield slugify(alias), _RANK_ALIAS, source.id


def name_of_target(target: str) -> str:
    """What a link's target is looked up as: its last path part, as a slug."""
    return slugify(target.strip().rstrip("/").rsplit("/", 1)[-1].removesuffix(".md"))


def link_rows(source: Source) -> Iterator[tuple[object, ...]]:
    """A source's links as rows of the catalog."""
    for position, link in enumerate(source.links):
        if not link.target:
            continue
        other = name_of_target(link.otherwise.partition("#")[0]) if link.otherwise else ""
        name = name_of_target(link.target)
        yield source.id, position, link.target, name, link.kind, link.line, link.why or _under(link.under), other


def _under(heading: str) -> str:
    """A heading as the catalog keeps it in the place of a sentence, which never begins like one."""
    return f"# {heading}" if heading else ""


def _edge(source: str, found: str, kind: str, why: str) -> Edge:
    under = why.removeprefix("# ") if why.startswith("# ") else ""
    return Edge(source, found, EdgeKind(kind), "" if under else why, under)


def _is_file(source: Source) -> bool:
    return source.id.startswith("note:") and bool(source.origin)


def _order(target: str, found: str, rank: int, own_path: str | None, path: str | None) -> tuple[object, ...]:
    """How good a reading of a link is, the best one smallest; of paths those that the notes folder has."""
    place, own = PurePosixPath(path or ""), PurePosixPath(own_path or "").parent
    written = target.strip().removesuffix(".md")
    parts = [slugify(part) for part in written.split("/") if part.strip(". ")]
    ending = [slugify(part) for part in place.with_suffix("").parts[-len(parts) :]] if path else []
    is_exact = path is not None and normpath(str(own / written)) == str(place.with_suffix(""))
    is_beside = path is not None and own_path is not None and own == place.parent
    named_by_path = len(parts) > 1 or written.startswith(".")
    return (
        named_by_path and not is_exact, named_by_path and parts != ending, rank, not is_beside, len(place.parts), found
    )  # fmt: skip
