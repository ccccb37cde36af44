"""Sources grouped into the themes of an answer, each with a heading in the library's own topic words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.plain import plain
from kb.language import content_terms, topic_name
from kb.ports import Evidence, Vector
from kb.providers.candidates import Candidate
from prompts import load

_SOURCES_PER_THEME = 2.2
_MAX_THEMES = 5
_SHARED_TOPIC = 0.12
_LATER = 0.8
"""What a note's next topic says of it, beside the one before."""
_TENSION = 1.0
"""Two sources that disagree belong side by side."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A group of sources under one heading, best source first."""

    title: str
    source_ids: tuple[str, ...]


def group(
    evidence: Sequence[Evidence], candidates: Sequence[Candidate], tensions: frozenset[tuple[str, str]]
) -> list[Theme]:
    """Themes of the evidence, which comes best first: so do themes, and the sources of each."""
    ids = [e.source.id for e in evidence]
    vectors = np.stack([_centre([c.vector for c in candidates if c.source_id == i]) for i in ids])
    affinity = np.vecdot(vectors[:, None], vectors)
    for i, a in enumerate(evidence):
        for j, b in enumerate(evidence):
            affinity[i, j] += _SHARED_TOPIC * len(set(a.source.topics) & set(b.source.topics))
            affinity[i, j] += _TENSION * ((ids[i], ids[j]) in tensions)
    n_themes = min(_MAX_THEMES, max(1 if len(ids) < 3 else 2, round(len(ids) / _SOURCES_PER_THEME)))
    clusters = _average_linkage(affinity, n_themes)
    titles = titles_of(evidence, clusters)
    return [Theme(title, tuple(ids[i] for i in c)) for title, c in zip(titles, clusters, strict=True)]


def _centre(vectors: Sequence[Vector]) -> Vector:
    mean: Vector = np.mean(vectors, axis=0)
    return mean / (float(np.linalg.norm(mean)) or 1.0)


def _average_linkage(affinity: np.ndarray, n_clusters: int) -> list[list[int]]:
    """Join the two most alike clusters until n are left; members and clusters in order of rank."""
    clusters = [[i] for i in range(len(affinity))]
    while len(clusters) > n_clusters:
        pairs = [(i, j) for i in range(len(clusters)) for j in range(i + 1, len(clusters))]
        likeness = [affinity[np.ix_(clusters[i], clusters[j])].mean() for i, j in pairs]
        # Small clusters join first, so that no theme swallows the answer.
        sizes = [0.08 * (len(clusters[i]) + len(clusters[j])) for i, j in pairs]
        i, j = pairs[int(np.argmax(np.array(likeness) - np.array(sizes)))]
        clusters[i] = sorted(clusters[i] + clusters.pop(j))
    return sorted(clusters)


def titles_of(evidence: Sequence[Evidence], clusters: Sequence[Sequence[int]]) -> list[str]:
    """For each cluster the topic that most of its sources share and fewest others have; never the same twice.

    A cluster of no source says that it has none.
    """
    topics = [_topics(e) for e in evidence]
    titles: list[str] = []
    for cluster in clusters:
        others = [own for i, own in enumerate(topics) if i not in cluster]
        # The best source opens the theme, and its first topics weigh most in a note: so they do in the heading.
        weight = {i: 1 / (place + 1) for place, i in enumerate(cluster)}
        inside = {t: 0.0 for i in cluster for t in topics[i]}
        for i in cluster:
            for place, topic in enumerate(topics[i]):
                inside[topic] += weight[i] * _LATER**place
        outside = Counter(t for own in others for t in own)
        worth = {t: inside[t] / sum(weight.values()) - outside[t] / (len(others) or 1) for t in inside}
        names = [_as_heading(t) for t in sorted(worth, key=lambda t: (-worth[t], t))]
        new = next((name for name in names if name not in titles), "")
        titles.append(new or (f"More on {names[0].lower()}" if names else load("writer").parts["without_source"]))
    return titles


def _topics(evidence: Evidence) -> list[str]:
    """A source's topics; where it has none, the words of its title, longest first, or all of it."""
    source = evidence.source
    words = sorted(content_terms(source.title), key=lambda w: (-len(w), w))[:3]
    return list(source.topics) or words or [" ".join(plain(source.title).split()) or source.id]


def _as_heading(topic: str) -> str:
    heading = topic_name(topic)
    return heading[:1].upper() + heading[1:]
