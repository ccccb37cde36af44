"""The library in figures and plots."""

import streamlit as st

from kb.library import Library
from kb.services.overview import AgeCount, MonthCount, PlacedSource, TopicCoverage
from kb.ui import page, plots
from kb.ui.html import show
from kb.ui.shell import library


def _figures(opened: Library) -> None:
    figures = opened.stats()
    shown = {"Notes": "note", "Papers": "paper", "Documents": "document", "Claims": "claims", "Inquiries": "inquiries"}
    with st.container(horizontal=True):
        for words, name in shown.items():
            st.metric(words, f"{figures[name]:,}", width=120)
    st.caption(
        f"{figures['passages']:,} passages, {figures['links']:,} links between notes "
        f"({figures['unresolved_links']} lead nowhere), {figures['graph_clusters']} clusters, "
        f"{figures['orphans']} notes that no other is linked with; "
        f"{figures['papers_known_by_title']:,} papers are known by their title and date."
    )


@st.cache_resource(show_spinner="Counting …", max_entries=3)
def _rows(
    state: str, _opened: Library
) -> tuple[list[MonthCount], list[AgeCount], list[TopicCoverage], list[PlacedSource]]:
    """What the plots show; counted once for each state of the library."""
    counted = _opened.overview
    return counted.by_month(), counted.claim_ages(), counted.topics(), counted.clusters()


def _plots(opened: Library) -> None:
    catalog = opened.parts.catalog
    state = f"{opened.root}/{catalog.identity()}/{catalog.generation()}/{len(catalog.events())}"
    months, ages, topics, clusters = _rows(state, opened)
    if months:
        words = (
            "By the date that each source bears. Cited papers are those that notes rest on, without their text here."
        )
        page.plot("The library over time", plots.over_time(months), [row.model_dump() for row in months], words)
    if ages:
        words = "The year of a claim's last test, or of its evidence where nobody tested it."
        page.plot("Age of claims", plots.claim_ages(ages), [row.model_dump() for row in ages], words)
    if topics:
        page.plot("Coverage of topics", plots.topics(topics), [row.model_dump() for row in topics])
    if clusters:
        words = "Each sign is a source; what is alike lies near (the two main axes of the sources' vectors)."
        rows = [row.model_dump() for row in clusters]
        page.plot("Map of clusters", plots.clusters(clusters), rows, words)


page.wide()
show("<h1>Overview</h1>")
if not library().parts.catalog.count("sources"):
    show(page.empty("The library is empty."))
else:
    _figures(library())
    _plots(library())
