"""Chart → PNG for Discord, drawn with matplotlib's objects; several threads may draw at once."""

from __future__ import annotations

import io
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.charts import Chart, Mark, Series
from core.legend import ROW, Entry, draw_legend, layout_legend
from core.periods import HOUR
from core.png import encode_png
from core.sheet import Sheet
from core.ticks import Tick, day_label, matching_ticks, time_ticks, value_ticks
from core.typesetting import SEMIBOLD
from resources import Theme, palette

PAD: Final = 24.0
TITLE: Final = 17.0
SMALL: Final = 13.0
TINY: Final = 12.0

_GAP: Final = 9.0
_MARKER_STRIP: Final = 14.0
_LABEL_ROOM: Final = 84.0
"""Logical pixels a time label should have to itself."""

_WIDEST_BAR: Final = 200.0
_HEADROOM: Final = 1.03

_BESIDE_LINES: Final = 0.62
_FILLING: Final = 0.45
"""How much of its colour a bar keeps: where lines run over it; where its bucket is still filling."""


@dataclass(frozen=True, slots=True)
class Plot:
    """The drawing's area in logical pixels from the lower left corner, and what its axes measure."""

    left: float
    right: float
    bottom: float
    top: float
    start: float
    end: float
    left_ticks: tuple[Tick, ...]
    right_ticks: tuple[Tick, ...]

    def x(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Epoch seconds to logical pixels."""
        return self.left + (times - self.start) / (self.end - self.start) * (self.right - self.left)

    def y(self, values: NDArray[np.float64], *, right: bool = False) -> NDArray[np.float64]:
        """Values to logical pixels."""
        ticks = self.right_ticks if right else self.left_ticks
        return self.bottom + values / ticks[-1].position * (self.top - self.bottom)


def render_png(
    chart: Chart, *, size: tuple[int, int] = (960, 420), scale: float = 2.0, theme: Theme = Theme.DARK
) -> io.BytesIO:
    """Draw a chart as a PNG of ``size`` logical pixels times ``scale``; the stream stands at its beginning.

    May be called from any thread, from several at once. Raises ValueError for a size below 160 by 120, a scale
    outside 0.5 to 8, or a chart without a bucket.
    """
    if size[0] < 160 or size[1] < 120 or not 0.5 <= scale <= 8 or len(chart.edges) < 2:
        raise ValueError(f"cannot draw {len(chart.edges) - 1} buckets at {size[0]} by {size[1]}, scale {scale}")
    sheet = Sheet(size, scale, palette(theme))
    plot = _plot(chart, sheet, _header(chart, sheet))
    _axes(chart, plot, sheet)
    if chart.empty:
        middle = (plot.left + plot.right) / 2, (plot.bottom + plot.top) / 2
        sheet.text(*middle, chart.empty, 15, sheet.palette.muted, align="center", level="center")
    else:
        _bars(chart, plot, sheet)
        _lines(chart, plot, sheet)
        _markers(chart, plot, sheet)
    texts = {"Title": chart.title, "Description": chart.empty or chart.summary}
    return io.BytesIO(encode_png(sheet.pixels(), texts))


def _header(chart: Chart, sheet: Sheet) -> float:
    """Draw title, subtitle and legend; return how high they are."""
    baseline = sheet.height - PAD - TITLE * 0.8
    title = sheet.text(PAD, baseline, chart.title, TITLE, sheet.palette.text, weight=SEMIBOLD)
    start = PAD + title + 10
    subtitle = _subtitle(chart, sheet, sheet.width - PAD - start)
    end = start + sheet.text(start, baseline, subtitle, SMALL, sheet.palette.muted)
    entries = [] if chart.empty else [_entry(series, sheet) for series in chart.series]
    legend = layout_legend(entries, sheet, beside=sheet.width - PAD - end - 24, below=sheet.width - 2 * PAD)
    draw_legend(legend, sheet, right=sheet.width - PAD, baseline=baseline - (0 if legend.beside else ROW))
    return PAD + TITLE + 18 + (0 if legend.beside else ROW)


def _subtitle(chart: Chart, sheet: Sheet, room: float) -> str:
    """With the time axis' zone where there is room for it."""
    zoned = f"{chart.subtitle} · {chart.zone.key}" if chart.zone.key else chart.subtitle
    return next((text for text in (zoned, chart.subtitle) if sheet.width_of(text, SMALL) <= room), "")


def _entry(series: Series, sheet: Sheet) -> Entry:
    return Entry(series.name, sheet.palette.ink(series.ink), series.mark)


def _plot(chart: Chart, sheet: Sheet, header: float) -> Plot:
    left_ticks = value_ticks(0.0 if chart.empty else _highest(chart, right=False), chart.left)
    right_ticks: tuple[Tick, ...] = ()
    if chart.right and not chart.empty:
        right_ticks = matching_ticks(_highest(chart, right=True), chart.right, len(left_ticks) - 1)
    strip = _MARKER_STRIP if chart.markers and not chart.empty else 0
    return Plot(
        left=PAD + (0 if chart.empty else _widest(left_ticks, sheet) + _GAP),
        right=sheet.width - PAD - (_widest(right_ticks, sheet) + _GAP if right_ticks else 0),
        bottom=PAD + SMALL + 8,
        top=sheet.height - header - strip,
        start=chart.edges[0],
        end=chart.edges[-1],
        left_ticks=left_ticks,
        right_ticks=right_ticks,
    )


def _widest(ticks: Sequence[Tick], sheet: Sheet) -> float:
    return max(sheet.width_of(tick.label, SMALL) for tick in ticks)


def _axes(chart: Chart, plot: Plot, sheet: Sheet) -> None:
    muted = sheet.palette.muted
    for tick, y in _heights(plot.left_ticks[: 1 if chart.empty else None], plot, right=False):
        sheet.level_line(plot.left, plot.right, y, sheet.palette.grid if tick.position else sheet.palette.border)
        if not chart.empty:
            sheet.text(plot.left - _GAP, y, tick.label, SMALL, muted, align="right", level="center")
    for tick, y in _heights(plot.right_ticks, plot, right=True):
        sheet.text(plot.right + _GAP, y, tick.label, SMALL, muted, level="center")
    for x, tick in _time_labels(chart, plot, sheet):
        colour = sheet.palette.text if tick.major else muted
        sheet.text(x, plot.bottom - 8, tick.label, SMALL, colour, align="center", level="top")


def _heights(ticks: Sequence[Tick], plot: Plot, *, right: bool) -> Iterator[tuple[Tick, float]]:
    for tick in ticks:
        yield tick, float(plot.y(np.array([tick.position]), right=right)[0])


def _time_labels(chart: Chart, plot: Plot, sheet: Sheet) -> Iterator[tuple[float, Tick]]:
    """Labels with their places, those left out that would run into the one before or over the picture's edge."""
    chosen = time_ticks(plot.start, plot.end, chart.zone, int((plot.right - plot.left) / _LABEL_ROOM))
    free_from = 4.0
    for tick in chosen.ticks:
        if tick.position == plot.end and _is_day(chart, len(chart.edges) - 2, chosen.step):
            continue
        x = _label_place(tick, chosen.step, chart, plot)
        half = sheet.width_of(tick.label, SMALL) / 2
        if x - half >= free_from and x + half <= sheet.width - 4:
            free_from = x + half + 12
            yield x, tick


def _label_place(tick: Tick, step: float, chart: Chart, plot: Plot) -> float:
    """Under the bar of its day where a bar is a day or more, else at the moment itself."""
    index = bisect_left(chart.edges, tick.position)
    moment = tick.position
    if index < len(chart.edges) - 1 and chart.edges[index] == moment and _is_day(chart, index, step):
        moment = (moment + chart.edges[index + 1]) / 2
    return float(plot.x(np.array([moment]))[0])


def _is_day(chart: Chart, index: int, step: float) -> bool:
    """Whether a bar is a day or more, and no more than the labels' step: its label then stands under its middle."""
    return 20 * HOUR < chart.edges[index + 1] - chart.edges[index] <= step * 1.1


def _bars(chart: Chart, plot: Plot, sheet: Sheet) -> None:
    """Draw the stacked bars on whole pixels, one path for each colour; the least value is still one pixel high."""
    left, right = _columns(chart, plot, sheet)
    complete = np.array(chart.edges[1:]) <= chart.complete_until
    strength = _BESIDE_LINES if any(s.mark is not Mark.BAR for s in chart.series) else 1.0
    total = np.zeros(len(left))
    base = np.full(len(left), np.round(plot.bottom * sheet.scale))
    for series in _of(chart, bars=True):
        values = np.nan_to_num(_values(series))
        total += values
        top = np.maximum(np.round(plot.y(total) * sheet.scale), base + (values > 0))
        for part, keeps in ((complete, strength), (~complete, strength * _FILLING)):
            shown = part & (values > 0)
            colour = sheet.blend(sheet.palette.ink(series.ink), keeps)
            sheet.rectangles(left[shown], right[shown], base[shown], top[shown], colour)
        base = top


def _columns(chart: Chart, plot: Plot, sheet: Sheet) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The bars' sides in device pixels: a bucket's real width less a gap; few bars don't grow into walls."""
    edges = np.round(plot.x(np.array(chart.edges)) * sheet.scale)
    narrowest = float(np.min(np.diff(edges)))
    gap = round(min(max(1.0, narrowest * 0.14), 14 * sheet.scale)) if narrowest >= 6 else 0
    left = edges[:-1] + gap // 2
    right = np.maximum(edges[1:] - (gap - gap // 2), left + 1)
    spare = np.round(np.maximum(right - left - _WIDEST_BAR * sheet.scale, 0) / 2)
    return left + spare, right - spare


def _lines(chart: Chart, plot: Plot, sheet: Sheet) -> None:
    times = np.array(chart.edges)
    x = plot.x((times[:-1] + times[1:]) / 2)
    lines = _of(chart, bars=False)
    heights = {series.name: plot.y(_values(series), right=series.right) for series in lines}
    for series in lines:
        if series.band_to in heights:
            colour = sheet.palette.ink(series.ink)
            for run in _runs(heights[series.name] + heights[series.band_to]):
                sheet.band(x[run], heights[series.name][run], heights[series.band_to][run], colour)
    for series in lines:
        colour, dashed = sheet.palette.ink(series.ink), series.mark is Mark.DASHED
        sheet.line(x, heights[series.name], colour, 1.4 if dashed else 2.0, dashes=(3.2, 2.2) if dashed else None)
        alone = [run.start for run in _runs(heights[series.name]) if run.stop - run.start == 1]
        sheet.dots(x[alone], heights[series.name][alone], colour, 2.2 if dashed else 3.0)


def _markers(chart: Chart, plot: Plot, sheet: Sheet) -> None:
    """Draw dashed upright lines, one within three pixels; a label where the one before leaves it room."""
    last_line, free_from = -10.0, 0.0
    for marker in chart.markers:
        x = float(plot.x(np.array([marker.time]))[0])
        if not plot.left <= x <= plot.right or x - last_line < 3:
            continue
        last_line = x
        line = np.array([x, x]), np.array([plot.bottom, plot.top + 2])
        sheet.line(*line, sheet.palette.muted, 1.0, dashes=(3.0, 3.0))
        label = f"{marker.label} {_marker_time(marker.time, chart)}"
        start = min(x - 2, plot.right - sheet.width_of(label, TINY))
        if start >= free_from:
            free_from = sheet.text(start, plot.top + 7, label, TINY, sheet.palette.muted) + start + 12


def _marker_time(moment: float, chart: Chart) -> str:
    local = datetime.fromtimestamp(moment, UTC).astimezone(chart.zone)
    clock = f"{local:%H:%M}"
    return clock if chart.edges[-1] - chart.edges[0] <= 25 * HOUR else f"{day_label(local)} {clock}"


def _of(chart: Chart, *, bars: bool) -> list[Series]:
    return [series for series in chart.series if (series.mark is Mark.BAR) is bars]


def _values(series: Series) -> NDArray[np.float64]:
    """What can be drawn; the unknown and the impossible (infinite, below zero) are NaN."""
    values = np.array([np.nan if value is None else value for value in series.values], np.float64)
    values[~np.isfinite(values) | (values < 0)] = np.nan
    return values


def _runs(values: NDArray[np.float64]) -> list[slice]:
    """The spans of neighbouring known values."""
    known = np.concatenate(([False], np.isfinite(values), [False]))
    turns = np.flatnonzero(known[1:] != known[:-1])
    return [slice(int(a), int(b)) for a, b in list(pairwise(turns))[::2]]


def _highest(chart: Chart, *, right: bool) -> float:
    """The highest point that an axis must reach, with a little room above it."""
    bars = [np.nan_to_num(_values(series)) for series in _of(chart, bars=True) if series.right is right]
    lines = [_values(series) for series in _of(chart, bars=False) if series.right is right]
    peaks = [float(np.max(np.sum(bars, axis=0)))] if bars else []
    peaks += [float(np.nanmax(line, initial=0.0)) for line in lines]
    return max(peaks, default=0.0) * _HEADROOM
