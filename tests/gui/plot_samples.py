"""Charts that the tests of plots, export and benchmarks draw."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from core.charts.specs import (
    Bar,
    BarChart,
    Chart,
    Cloud,
    HeatCell,
    Heatmap,
    Histogram,
    Ink,
    Layer,
    Mark,
    Marker,
    Opens,
    Scatter,
    Series,
    Unit,
)
from core.filters import Filter

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 23, 8, tzinfo=BERLIN).timestamp()
HALF_HOUR = 1800.0
EDGES = tuple(START + HALF_HOUR * i for i in range(49))
IMAGES = Opens("images", Filter.of(kind="image"))
VIDEOS = Opens("images", Filter.of(kind="video"))


def scatter(times: tuple[float, ...], seconds: tuple[float, ...], **more: Any) -> Scatter:
    """One cloud of images and one video of 300 s at half past ten."""
    clouds = (
        Cloud("images", times, seconds, (1,) * len(times), Ink.SERIES_1, IMAGES),
        Cloud("videos", (START + 9_000.0,), (300.0,), (2,), Ink.SERIES_3, VIDEOS),
    )
    lines = (
        Series("p50", (12.5,) * 48, Mark.LINE, Ink.SERIES_2, band_to="p95"),
        Series("p95", (40.0,) * 48, Mark.DASHED, Ink.SERIES_2),
    )
    words = {"lines": lines, "summary": "Images took 12.5 s.", "clouds": clouds, **more}
    return Scatter("Generation time", "a point an image", EDGES, BERLIN, **words)


def ladder(**more: Any) -> Scatter:
    """A point in the middle of each half hour; bucket i took i + 2 seconds."""
    times = tuple(START + HALF_HOUR * (i + 0.5) for i in range(48))
    return scatter(times, tuple(float(i + 2) for i in range(48)), **more)


def crowd(many: int) -> Scatter:
    """So many points, spread over the day as generation times are."""
    chance = np.random.default_rng(7)
    times = np.sort(chance.uniform(EDGES[0], EDGES[-1], many))
    seconds = np.exp(chance.normal(2.5, 0.5, many))
    return scatter(tuple(times.tolist()), tuple(seconds.tolist()))


def over_time(**more: Any) -> Chart:
    """Stacked bars and a line on the right axis."""
    series = (
        Series("comfy", tuple(float(10 + i % 7) for i in range(48)), Mark.BAR, Ink.SERIES_1),
        Series("failed", (1.0,) * 48, Mark.BAR, Ink.BAD),
        Series("p50", (12.5,) * 48, Mark.LINE, Ink.SERIES_2, right=True),
    )
    words = {
        "edges": EDGES,
        "series": series,
        "right": Unit.SECONDS,
        "markers": (Marker(START + 30_000.0, "bot restarted 16:20"),),
        "summary": "600 commands.",
        "title": "Commands",
        **more,
    }
    return Chart(subtitle="per 30 min", zone=BERLIN, **words)


def week(**more: Any) -> Heatmap:
    """Hour by weekday: the value is 24 × day + hour, nothing on Sunday night, zero at midnight."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

    def cell(day: int, hour: int) -> HeatCell:
        if day == 6 and hour == 23:
            return HeatCell(None)
        words = f"{days[day]} {hour:02}:00 – {hour + 1:02}:00"
        return HeatCell(
            float(24 * day + hour) if hour else 0.0, words, Opens("commands", Filter.of(command=f"c{hour}"))
        )

    cells = tuple(tuple(cell(day, hour) for hour in range(24)) for day in range(7))
    hours = tuple(f"{hour:02}" for hour in range(24))
    words = {"summary": "Most on Sundays.", **more}
    return Heatmap("Busiest hours", "commands by local hour", days, hours, cells, "commands", **words)


def bars() -> BarChart:
    """Thirty bars."""
    each = tuple(Bar(f"res {i}", 100.0 - i, part=float(i), figures=(f"{i} s",)) for i in range(30))
    return BarChart("By resolution", "images", each, "images", columns=("p50",), part="failed", summary="Thirty.")


def spread() -> Histogram:
    """Two layers in six classes."""
    layers = (Layer("images", (3, 5, 8, 9, 2, 1), Ink.SERIES_1), Layer("videos", (1, 2, 3, 1, 2, 1), Ink.SERIES_3))
    edges = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
    return Histogram("How long they took", "images", edges, layers, ((12.8, "p50 12.8 s"),), "images", summary="Short.")
