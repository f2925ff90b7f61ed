"""A chart is data first: what is to be drawn, in which unit and in whose colour, but no drawing.

``core.rendering`` draws a :class:`Chart` to a PNG for Discord, ``gui.plots`` draws it in the window: same
numbers, same colours, same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo


class Mark(StrEnum):
    """How a series is drawn. Bars of one chart are stacked in the order of its series."""

    BAR = "bar"
    LINE = "line"
    DASHED = "dashed"


class Ink(StrEnum):
    """A series' colour by its meaning; the theme decides what it looks like (``resources.palette``)."""

    SERIES_1 = "series_1"
    SERIES_2 = "series_2"
    SERIES_3 = "series_3"
    SERIES_4 = "series_4"
    SERIES_5 = "series_5"
    SERIES_6 = "series_6"
    SERIES_7 = "series_7"
    SERIES_8 = "series_8"
    ACCENT = "accent"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    MUTED = "muted"


class Unit(StrEnum):
    """What an axis counts: whole things, or seconds."""

    COUNT = "count"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True)
class Series:
    """One value a bucket.

    Attributes:
        name: shown in the legend; may be untrusted text (a command's name).
        values: as many as the chart has buckets; None where nothing is known (a gap, never a zero).
        mark: how it is drawn.
        ink: its colour's meaning.
        right: whether it is measured on the right axis.
        band_to: the name of another series; the area between the two is tinted (p50 to p95).
    """

    name: str
    values: tuple[float | None, ...]
    mark: Mark
    ink: Ink
    right: bool = False
    band_to: str | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """A moment worth a vertical line. ``label`` says what and when: "bot restarted 15:41"."""

    time: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that a drawing needs to know.

    Attributes:
        title: "Commands".
        subtitle: the bucket's width and the units: "per 30 min".
        edges: n + 1 ascending epoch seconds for n buckets, in real time: a 23 h day is a narrower bar.
        zone: the zone of the axis' labels.
        series: bars first (stacked, bottom to top), then lines.
        left: the unit of the left axis (counts begin at zero).
        right: the unit of the right axis, or None where there is none.
        markers: vertical lines.
        complete_until: epoch seconds; buckets that end later are still filling.
        empty: what to say in place of a drawing, or None where there is something to draw.
        summary: one sentence for screen readers and as the picture's alternative text.
    """

    title: str
    subtitle: str
    edges: tuple[float, ...]
    zone: ZoneInfo
    series: tuple[Series, ...]
    left: Unit = Unit.COUNT
    right: Unit | None = None
    markers: tuple[Marker, ...] = ()
    complete_until: float = float("inf")
    empty: str | None = None
    summary: str = ""
