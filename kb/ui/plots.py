"""Plots of the library, drawn by Vega-Lite in the page itself; each has a description and its rows as a table."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from kb.language import topic_name
from kb.services.overview import AgeCount, MonthCount, PlacedSource, TopicCoverage

COLOURS = ("#3b6fb6", "#b5651d", "#3f7f5f", "#8a4f9e", "#a6404b", "#6b7280", "#2f8f9d", "#a08a1f")
"""Eight that differ in lightness as well as in hue, readable on light and on dark ground."""
_HEIGHT = 280
_MOST_DAYS = 6
"""That a time axis names."""
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-left", "triangle-right")
_NAMED_CLUSTERS = 8


def over_time(rows: Sequence[MonthCount]) -> dict[str, Any]:
    """Sources by the month of their date, one line a kind."""
    values = [{**row.model_dump(), "month": f"{row.month}-01"} for row in rows]
    return _plot(
        f"Line chart: how many sources there are by date, from {rows[0].month} to {rows[-1].month}.",
        values,
        {"type": "line", "interpolate": "step-after", "point": {"filled": True, "size": 50}},
        {
            "x": {"field": "month", "type": "temporal", "title": None, "axis": {"format": "%Y", "tickCount": "year"}},
            "y": {"field": "total", "type": "quantitative", "title": "Sources up to then"},
            "color": _coloured("kind"),
            "shape": {"field": "kind", "type": "nominal"},
            "tooltip": [{"field": f} for f in ("month", "kind", "count", "total")],
        },
    )


def claim_ages(rows: Sequence[AgeCount]) -> dict[str, Any]:
    """Claims by the year in which they were last tested, or in which their evidence ends, by standing."""
    return _plot(
        f"Bar chart: claims by the year of their last test or evidence, from {rows[0].year} to {rows[-1].year}.",
        [{**row.model_dump(), "standing": row.standing.replace("_", " ")} for row in rows],
        {"type": "bar"},
        {
            "x": {
                "field": "year",
                "type": "ordinal",
                "title": "Year of the last test, else of the newest evidence",
                "axis": {"labelAngle": 0},
            },
            "y": {"field": "count", "type": "quantitative", "title": "Claims"},
            "color": _coloured("standing"),
            "tooltip": [{"field": f} for f in ("year", "standing", "count")],
        },
    )


def topics(rows: Sequence[TopicCoverage]) -> dict[str, Any]:
    """What each topic has, side by side, of the kinds that there are."""
    kinds = [what for what in ("notes", "papers", "documents", "claims") if any(getattr(row, what) for row in rows)]
    values = [
        {"topic": topic_name(row.topic), "what": what, "count": getattr(row, what), "newest": row.newest}
        for row in rows
        for what in kinds
    ]
    plot = _plot(
        f"Bar chart: {', '.join(kinds)} of the {len(rows)} largest topics; the largest is {topic_name(rows[0].topic)}.",
        values,
        {"type": "bar"},
        {
            "y": {"field": "topic", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 220}},
            "x": {"field": "count", "type": "quantitative", "title": None, "axis": {"tickCount": 8}},
            "color": _coloured("what"),
            "tooltip": [{"field": f} for f in ("topic", "what", "count", "newest")],
        },
    )
    return {**plot, "height": {"step": 20}}


def clusters(rows: Sequence[PlacedSource]) -> dict[str, Any]:
    """Sources on a plane, the largest clusters in colours and shapes of their own."""
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row.cluster] = sizes.get(row.cluster, 0) + 1
    named = sorted(sizes, key=lambda name: (-sizes[name], name))[: _NAMED_CLUSTERS - 1]
    values = [{**row.model_dump(), "cluster": row.cluster if row.cluster in named else "others"} for row in rows]
    order = [*named, *(["others"] if len(sizes) > len(named) else [])]
    plot = _plot(
        f"Scatter plot: {len(rows)} sources, those that are alike near each other, in {len(sizes)} clusters.",
        values,
        {"type": "point", "filled": True, "size": 70, "opacity": 0.85},
        {
            "x": {"field": "x", "type": "quantitative", "axis": None},
            "y": {"field": "y", "type": "quantitative", "axis": None},
            "color": _coloured("cluster", order),
            "shape": {
                "field": "cluster",
                "type": "nominal",
                "scale": {"domain": order, "range": _SHAPES[: len(order)]},
            },
            "tooltip": [{"field": f} for f in ("title", "kind", "cluster")],
        },
    )
    return {**plot, "height": 420}


def timeline(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Events of the ledger by day, newest first; rows as the ledger's table has them."""
    n_days = (date.fromisoformat(rows[0]["when"]) - date.fromisoformat(rows[-1]["when"])).days
    days = {"format": "%-d %b %Y", "tickCount": {"interval": "day", "step": max(1, n_days // _MOST_DAYS)}}
    return _plot(
        f"Timeline: {len(rows)} events of the ledger, from {rows[-1]['when']} to {rows[0]['when']}.",
        list(rows),
        {"type": "point", "filled": True, "size": 110},
        {
            "x": {
                "field": "when",
                "type": "temporal",
                "title": "Day",
                "scale": {"type": "utc"},
                "axis": {**days, "labelOverlap": True},
            },
            "y": {"field": "what", "type": "nominal", "title": None},
            "color": _coloured("what"),
            "shape": {"field": "what", "type": "nominal", "legend": None},
            "tooltip": [{"field": f} for f in ("when", "what", "claim", "against", "by")],
        },
    )


def _coloured(field: str, order: Sequence[str] | None = None) -> dict[str, Any]:
    scale: dict[str, Any] = {"range": list(COLOURS)}
    if order:
        scale["domain"] = list(order)
    return {
        "field": field,
        "type": "nominal",
        "title": None,
        "scale": scale,
        "legend": {"orient": "bottom", "columns": 3},
    }


def _plot(
    description: str, values: list[dict[str, Any]], mark: dict[str, Any], encoding: dict[str, Any]
) -> dict[str, Any]:
    return {
        "description": description,
        "data": {"values": values},
        "mark": mark,
        "encoding": encoding,
        "height": _HEIGHT,
        "usermeta": {"embedOptions": {"renderer": "svg"}},
    }
