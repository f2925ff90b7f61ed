"""A chart is data first: what is to be drawn, in which unit and in whose colour, but no drawing.

``core.charts.png.renderer`` draws a :class:`Chart` to a PNG for Discord, ``gui.plots`` draws it in the window: same
numbers, same colours, same words.

Every chart has a ``coverage``: how much of it is known. Where that is pending nothing of it can be told yet, and the
picture before stays; where it is partial the chart has gaps for what is older.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from core.coverage import WHOLE, Coverage
from core.filters import Filter
from core.time_ranges import TimeRange

Value: TypeAlias = str | float | int | None
"""A value of a table of numbers; None where nothing is known."""


class Mark(StrEnum):
    """How a series is drawn. Bars of one chart are stacked in the order of its series."""

    BAR = "bar"
    LINE = "line"
    DASHED = "dashed"
    TICK = "tick"
    """A level stroke a bucket: how high its bars were at another time."""


class Ink(StrEnum):
    """A series' colour by its meaning; the theme decides what it looks like (``design.palette``).

    B and C are shades of the colour of that number: for names of one chart whose colour is the same.
    """

    SERIES_1 = "series_1"
    SERIES_2 = "series_2"
    SERIES_3 = "series_3"
    SERIES_4 = "series_4"
    SERIES_5 = "series_5"
    SERIES_6 = "series_6"
    SERIES_7 = "series_7"
    SERIES_8 = "series_8"
    SERIES_1_B = "series_1_b"
    SERIES_1_C = "series_1_c"
    SERIES_2_B = "series_2_b"
    SERIES_2_C = "series_2_c"
    SERIES_3_B = "series_3_b"
    SERIES_3_C = "series_3_c"
    SERIES_4_B = "series_4_b"
    SERIES_4_C = "series_4_c"
    SERIES_5_B = "series_5_b"
    SERIES_5_C = "series_5_c"
    SERIES_6_B = "series_6_b"
    SERIES_6_C = "series_6_c"
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
class Opens:
    """The rows behind a mark: which table has them (its key in ``TABLES``), and which of its rows they are.

    Where the mark also has a time, whoever opens it adds the time's terms.

    Attributes:
        table, chosen: which they are.
        since: epoch seconds from which on the table has such rows; earlier: what stands in for those of before.
    """

    table: str
    chosen: Filter
    since: float = -math.inf
    earlier: Opens | None = None

    def during(self, end: float) -> Opens:
        """What has the rows of a span that ends then."""
        return self.earlier if self.earlier is not None and end <= self.since else Opens(self.table, self.chosen)


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
        opens: the rows behind it, in the bucket that is pointed at.
        id: whose name it is, where it stands in the place of an id (:mod:`core.charts.named`).
        beside: where it is of the time that the range is compared with, the name of the line that it stands beside;
            empty: all bars. None: it is of the range.
    """

    name: str
    values: tuple[float | None, ...]
    mark: Mark
    ink: Ink
    right: bool = False
    band_to: str | None = None
    opens: Opens | None = None
    id: str = ""
    beside: str | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """A moment worth a vertical line.

    Attributes:
        time: epoch seconds.
        label: what happened, and when: "bot restarted 15:41".
        routine: whether it may happen often; many are short ticks (:func:`core.charts.geometry.lines_and_ticks`).
        note: whether the host wrote it; alarm: whether an alarm began then. Such a label is untrusted text.
    """

    time: float
    label: str
    routine: bool = False
    note: bool = False
    alarm: bool = False

    @property
    def remark(self) -> bool:
        """Whether it is told of the rows, and is not one of them."""
        return self.note or self.alarm


@dataclass(frozen=True, slots=True)
class Chart:
    """Values over time: all that a drawing needs to know.

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
        every_row: whether it shows all rows, whatever range and filter are chosen.
        now: epoch seconds of a moment in the last bucket at which a time axis says "now"; None: where the time that is
            complete ends.
        counterparts: where each bucket lies in the time that the range is compared with; empty: it is with none.
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
    coverage: Coverage = WHOLE
    every_row: bool = False
    now: float | None = None
    counterparts: tuple[TimeRange | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a :class:`BarChart`.

    Attributes:
        name: what it stands for; may be untrusted text.
        value: its length, in the chart's unit.
        part: how much of it is drawn in the warning colour (failures among runs), in the same unit.
        figures: further numbers in words, one for each of the chart's columns: "12.8 s".
        opens: the rows behind it.
        numbers: the figures as other programs want them, in the units of the chart's columns; times in ISO 8601. Empty
            where the words are all there is.
        span: the time that it stands for, which becomes the range where it is chosen; None where it has none.
        id: whose name it is, where it stands in the place of an id (:mod:`core.charts.named`).
        course: a value a bucket, drawn in the place of the bar; empty where there is none.
        tip: what a line has no room for, for its tool tip; may be untrusted text.
        before: its length at the time that the range is compared with, for a tick; None where there is none.
    """

    name: str
    value: float
    part: float = 0.0
    figures: tuple[str, ...] = ()
    opens: Opens | None = None
    numbers: tuple[Value, ...] = ()
    span: TimeRange | None = None
    id: str = ""
    course: tuple[float, ...] = ()
    tip: str = ""
    before: float | None = None


@dataclass(frozen=True, slots=True)
class BarChart:
    """Things compared with each other: horizontal bars, the longest first.

    Attributes:
        title, subtitle: "By resolution", "images and their median generation time".
        bars: in the order in which they are drawn.
        unit: of the bars' values; value: the heading of their column: "images".
        columns: the headings of the bars' further figures: "p50"; units: of their numbers: "s", "%", "".
        part: what the coloured part means: "failed"; empty where there is none.
        empty: what to say in place of a drawing; summary: one sentence for screen readers.
        explains: what the columns mean where their headings don't tell: for tool tips, and beneath pictures.
        zone: of the bars' times, where each bar is a time of its own.
        every: how many things there are, of which the greatest are drawn; None: all that there are.
        every_row: as in :class:`Chart`.
    """

    title: str
    subtitle: str
    bars: tuple[Bar, ...]
    value: str
    unit: Unit = Unit.COUNT
    columns: tuple[str, ...] = ()
    part: str = ""
    empty: str | None = None
    summary: str = ""
    coverage: Coverage = WHOLE
    units: tuple[str, ...] = ()
    explains: str = ""
    zone: ZoneInfo | None = None
    every: int | None = None
    every_row: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """One series of a :class:`Histogram`: a count for each of its classes, and what of it is worth a vertical line."""

    name: str
    counts: tuple[int, ...]
    ink: Ink
    opens: Opens | None = None
    markers: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Histogram:
    """How a duration is spread. The horizontal axis is logarithmic, the classes are equally wide on it.

    Attributes:
        title, subtitle: "Generation time", "images by how long they took".
        edges: n + 1 ascending seconds, above 0.
        layers: stacked, bottom to top; n counts each.
        markers: seconds worth a vertical line, with words: (12.8, "p50 12.8 s"). Those of a layer are drawn while no
            layer before it is shown that has its own: one kind is marked at a time, and the words say which.
        value: what is counted: "images".
        empty: what to say in place of a drawing; summary: one sentence for screen readers.
        steps: what all layers count, by step of :mod:`core.statistics.percentiles`, ascending.
        before: the same classes at the time that the range is compared with, drawn as level strokes; None: it is with
            none.
    """

    title: str
    subtitle: str
    edges: tuple[float, ...]
    layers: tuple[Layer, ...]
    markers: tuple[tuple[float, str], ...] = ()
    value: str = ""
    empty: str | None = None
    summary: str = ""
    coverage: Coverage = WHOLE
    steps: tuple[tuple[int, int], ...] = ()
    before: Layer | None = None


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One field of a :class:`Heatmap`: its value, words, rows and time.

    Without a value nothing is known of it; without words, too, there is no such field.
    """

    value: float | None
    words: str = ""
    opens: Opens | None = None
    span: TimeRange | None = None

    @property
    def exists(self) -> bool:
        """Whether there is such a field."""
        return self.value is not None or bool(self.words)

    @property
    def leads(self) -> bool:
        """Whether a click leads anywhere: to rows, or to a time."""
        return self.opens is not None or self.span is not None


@dataclass(frozen=True, slots=True)
class Heatmap:
    """Values in rows and columns, shown by strength of colour: hour by weekday, or the days of a year.

    Attributes:
        title, subtitle: "Busiest hours", "commands and images by local hour".
        rows: the rows' labels, top to bottom; empty ones are not written.
        columns: the columns' labels, left to right; empty ones are not written.
        cells: a tuple a row, one cell a column.
        unit: of the values; value: what they are: "commands and images".
        empty: what to say in place of a drawing; summary: one sentence for screen readers.
        hint: why a field with a value leads nowhere.
        zone: of the fields' times, where each field is a time of its own.
        every_row: as in :class:`Chart`.
    """

    title: str
    subtitle: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[HeatCell, ...], ...]
    value: str
    unit: Unit = Unit.COUNT
    empty: str | None = None
    summary: str = ""
    hint: str = ""
    coverage: Coverage = WHOLE
    zone: ZoneInfo | None = None
    every_row: bool = False


@dataclass(frozen=True, slots=True)
class Cloud:
    """One series of a :class:`Scatter`.

    Attributes:
        name: shown in the legend.
        times: epoch seconds; seconds: durations, as many; counts: how many rows stand at each point.
        ink: its colour's meaning.
        opens: the rows behind it; the point's time and duration are added.
    """

    name: str
    times: tuple[float, ...]
    seconds: tuple[float, ...]
    counts: tuple[int, ...]
    ink: Ink
    opens: Opens | None = None


@dataclass(frozen=True, slots=True)
class Scatter:
    """Durations over time, a point each, up to 100,000 of them, with percentiles as lines and bands.

    Attributes:
        title, subtitle: "Generation time", "a point an image".
        edges: n + 1 epoch seconds of the buckets that the lines follow.
        zone: of the axis' labels.
        clouds: the points; every cloud's points are within ``precision`` of their own row's values.
        lines: percentiles as series of n values (lines or dashed ones, ``band_to``); drawn above the points.
        precision: half the width (seconds of time) and the relative error (of the duration) of a point.
        markers, complete_until, empty, summary, now: as in :class:`Chart`.
    """

    title: str
    subtitle: str
    edges: tuple[float, ...]
    zone: ZoneInfo
    clouds: tuple[Cloud, ...]
    lines: tuple[Series, ...] = ()
    precision: tuple[float, float] = (0.5, 0.01)
    markers: tuple[Marker, ...] = ()
    complete_until: float = float("inf")
    empty: str | None = None
    summary: str = ""
    coverage: Coverage = WHOLE
    now: float | None = None


AnyChart: TypeAlias = Chart | BarChart | Histogram | Heatmap | Scatter
