"""Chart → PNG for Discord, drawn with matplotlib's objects; several threads may draw at once."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.charts.geometry import (
    STILL_FILLING,
    Layers,
    Numbers,
    blended,
    is_joined,
    layers_of,
    lines_and_ticks,
    restarts_words,
    runs,
)
from core.charts.png.canvas import Sheet, encode_png
from core.charts.png.fonts import SEMIBOLD, drawable
from core.charts.specs import Chart, Mark, Series, Unit
from core.charts.time_axis import Tick, naming_bars, time_ticks
from core.charts.value_axis import Scale, best_scale, labelled_ticks
from resources.design import Theme, palette

SIZE: Final = (600, 340)
"""Logical pixels of a picture for Discord. A phone shows it 400 wide, where its smallest text is still read."""

PAD: Final = 18.0
TITLE: Final = 18.0
SMALL: Final = 14.0
TINY: Final = 13.0

_GAP: Final = 9.0
_MARKER_STRIP: Final = 16.0
_TICK: Final = 7.0
"""How long a restart's mark is where there are many."""

_LINE: Final = 17.0
"""The height of a footer's line."""

_BETWEEN_PARTS: Final = " · "
_INTERVALS: Final = range(3, 6)
"""Between the lines of the grid."""

_WIDEST_BAR: Final = 200.0


ROW: Final = 26.0
"""The height of a legend's own row, in logical pixels."""

_SIZE: Final = 14.0
_SQUARE: Final = 11.0
_AFTER_SQUARE: Final = 6.0
_BETWEEN: Final = 16.0
_LIMITS: Final = (24, 16, 10, 6, 3)
"""Characters a name may have; the shorter ones are for pictures with less room."""


@dataclass(frozen=True, slots=True)
class PlotArea:
    """The drawing's area in logical pixels from the lower left corner, and what its axes measure."""

    left: float
    right: float
    bottom: float
    top: float
    start: float
    end: float
    left_scale: Scale
    right_scale: Scale | None

    def x(self, times: Numbers) -> Numbers:
        """Epoch seconds to logical pixels."""
        return self.left + (times - self.start) / (self.end - self.start) * (self.right - self.left)

    def y(self, values: Numbers, *, right: bool = False) -> Numbers:
        """Values to logical pixels."""
        scale = self.right_scale if right and self.right_scale else self.left_scale
        return self.bottom + values / scale.top * (self.top - self.bottom)


def render_png(
    chart: Chart,
    *,
    size: tuple[int, int] = SIZE,
    scale: float = 2.0,
    theme: Theme = Theme.DARK,
    footer: Sequence[str] = (),
) -> io.BytesIO:
    """Draw a chart as a PNG of ``size`` logical pixels times ``scale``; the stream stands at its beginning.

    ``footer`` is what stands under it (:func:`core.presenters.caption.caption`), one line or two.

    May be called from any thread, from several at once. Raises ValueError for a size below 160 by 120, a scale
    outside 0.5 to 8, or a chart without a bucket.
    """
    if size[0] < 160 or size[1] < 120 or not 0.5 <= scale <= 8 or len(chart.edges) < 2:
        raise ValueError(f"cannot draw {len(chart.edges) - 1} buckets at {size[0]} by {size[1]}, scale {scale}")
    sheet = Sheet(size, scale, palette(theme))
    layers = layers_of(chart)
    header = _header(chart, sheet, zoned=not footer)
    plot = _plot(chart, layers, sheet, header, _footer(footer, sheet))
    _axes(chart, plot, sheet)
    if chart.empty:
        middle = (plot.left + plot.right) / 2, (plot.bottom + plot.top) / 2
        sheet.text(*middle, chart.empty, 15, sheet.palette.muted, align="center", level="center")
    else:
        _bars(layers, plot, sheet)
        _lines(layers, plot, sheet)
        _markers(chart, plot, sheet)
    texts = {"Title": chart.title, "Description": chart.empty or chart.summary}
    return io.BytesIO(encode_png(sheet.pixels(), texts))


def _footer(parts: Sequence[str], sheet: Sheet) -> float:
    """Draw a footer of whole parts in at most two lines; return how high it is."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}{_BETWEEN_PARTS}{part}" if lines else part
        if lines and sheet.width_of(longer, TINY) <= sheet.width - 2 * PAD:
            lines[-1] = longer
        else:
            lines.append(part)
    for number, line in enumerate(reversed(lines[:2])):
        sheet.text(PAD, PAD * 0.75 + number * _LINE, line, TINY, sheet.palette.muted)
    return len(lines[:2]) * _LINE


def _header(chart: Chart, sheet: Sheet, *, zoned: bool) -> float:
    """Draw title, subtitle and legend; return how high they are."""
    baseline = sheet.height - PAD - TITLE * 0.8
    title = sheet.text(PAD, baseline, chart.title, TITLE, sheet.palette.text, weight=SEMIBOLD)
    start = PAD + title + 10
    subtitle = _subtitle(chart, sheet, sheet.width - PAD - start, zoned=zoned)
    end = start + sheet.text(start, baseline, subtitle, SMALL, sheet.palette.muted)
    entries = [] if chart.empty else [_entry(series, sheet) for series in chart.series]
    legend = layout_legend(entries, sheet, beside=sheet.width - PAD - end - 24, below=sheet.width - 2 * PAD)
    draw_legend(legend, sheet, right=sheet.width - PAD, baseline=baseline - (0 if legend.beside else ROW))
    return PAD + TITLE + 18 + (0 if legend.beside else ROW)


def _subtitle(chart: Chart, sheet: Sheet, room: float, *, zoned: bool) -> str:
    """With the time axis' zone where there is room for it and no footer names it."""
    full = f"{chart.subtitle} · {chart.zone.key}" if chart.zone.key and zoned else chart.subtitle
    return next((text for text in (full, chart.subtitle) if sheet.width_of(text, SMALL) <= room), "")


def _entry(series: Series, sheet: Sheet) -> LegendEntry:
    return LegendEntry(series.name, sheet.palette.ink(series.ink), series.mark)


def _plot(chart: Chart, layers: Layers, sheet: Sheet, header: float, footer: float) -> PlotArea:
    everything = slice(None)
    left = best_scale(0.0 if chart.empty else layers.peak(everything, right=False), chart.left, _INTERVALS)
    right: Scale | None = None
    if chart.right and not chart.empty:
        right = best_scale(layers.peak(everything, right=True), chart.right, range(left.count, left.count + 1))
    strip = _MARKER_STRIP + _TICK if chart.markers and not chart.empty else 0
    return PlotArea(
        left=PAD + (0 if chart.empty else _widest(left, chart.left, sheet) + _GAP),
        right=sheet.width - PAD - (_widest(right, chart.right, sheet) + _GAP if right and chart.right else 0),
        bottom=PAD + SMALL + 8 + footer,
        top=sheet.height - header - strip,
        start=chart.edges[0],
        end=chart.edges[-1],
        left_scale=left,
        right_scale=right,
    )


def _widest(scale: Scale, unit: Unit, sheet: Sheet) -> float:
    return max(sheet.width_of(label, SMALL) for _, label in labelled_ticks(scale, unit))


def _axes(chart: Chart, plot: PlotArea, sheet: Sheet) -> None:
    muted = sheet.palette.muted
    for value, label in labelled_ticks(plot.left_scale, chart.left)[: 1 if chart.empty else None]:
        y = float(plot.y(np.array(value)))
        sheet.level_line(plot.left, plot.right, y, sheet.palette.grid if value else sheet.palette.border)
        if not chart.empty:
            sheet.text(plot.left - _GAP, y, label, SMALL, muted, align="right", level="center")
    for value, label in labelled_ticks(plot.right_scale, chart.right) if plot.right_scale and chart.right else ():
        y = float(plot.y(np.array(value), right=True))
        sheet.text(plot.right + _GAP, y, label, SMALL, muted, level="center")
    for x, tick, stands_out in _time_labels(chart, plot, sheet):
        colour = sheet.palette.text if stands_out else muted
        sheet.text(x, plot.bottom - 8, tick.label, SMALL, colour, align="center", level="top")


def _time_labels(chart: Chart, plot: PlotArea, sheet: Sheet) -> Iterator[tuple[float, Tick, bool]]:
    """Labels with their places, and whether they stand out: a day among hours. None runs over the picture's edge."""
    pixel = (plot.end - plot.start) / (plot.right - plot.left)
    character = sheet.width_of("0", SMALL) * pixel
    ticks = time_ticks(plot.start, plot.end, chart.zone, character)
    hours = any(not tick.day_start for tick in ticks)
    for tick in naming_bars(chart, ticks, character):
        x, half = float(plot.x(np.array(tick.time))), sheet.width_of(tick.label, SMALL) / 2
        if x - half >= 4 and x + half <= sheet.width - 4:
            yield x, tick, hours and tick.day_start


def _bars(layers: Layers, plot: PlotArea, sheet: Sheet) -> None:
    """Draw the stacked bars on whole pixels, one path for each colour."""
    left, right = _columns(layers, plot, sheet)
    whole, partial = slice(layers.partial_from), slice(layers.partial_from, None)
    zero, unit = np.round(plot.bottom * sheet.scale), (plot.top - plot.bottom) / plot.left_scale.top * sheet.scale
    floor = np.zeros(len(left))
    for bar in layers.bars:
        ceiling = bar.ceiling(floor, unit)
        for part, strength in ((whole, 1.0), (partial, STILL_FILLING)):
            ink = blended(sheet.palette.ink(bar.ink), sheet.palette.surface, layers.bar_strength * strength)
            there = np.flatnonzero(ceiling[part] > floor[part]) + (part.start or 0)
            sheet.rectangles(left[there], right[there], zero + floor[there], zero + ceiling[there], ink)
        floor = ceiling


def _columns(layers: Layers, plot: PlotArea, sheet: Sheet) -> tuple[Numbers, Numbers]:
    """The bars' sides in device pixels: a bucket's real width less a gap; few bars don't grow into walls."""
    edges = np.round(plot.x(layers.edges) * sheet.scale)
    usual = float(np.median(np.diff(edges)))  # a range may cut its first bar and its last one short
    gap = round(min(max(1.0, usual * 0.14), 14 * sheet.scale)) if usual >= 6 else 0
    left = edges[:-1] + gap // 2
    right = np.maximum(edges[1:] - (gap - gap // 2), left + 1)
    spare = np.round(np.maximum(right - left - _WIDEST_BAR * sheet.scale, 0) / 2)
    return left + spare, right - spare


def _lines(layers: Layers, plot: PlotArea, sheet: Sheet) -> None:
    x = plot.x((layers.edges[:-1] + layers.edges[1:]) / 2)
    for band in layers.bands:
        low, high = plot.y(band.lower, right=band.right), plot.y(band.upper, right=band.right)
        for first, last in filter(lambda run: is_joined(*run), runs(np.isfinite(low + high))):
            run = slice(first, last)
            sheet.band(x[run], low[run], high[run], sheet.palette.ink(band.ink))
    for line in layers.lines:
        y, colour = plot.y(line.values, right=line.right), sheet.palette.ink(line.ink)
        if line.tick:
            gaps = np.full(len(y), np.nan)
            ends = (plot.x(layers.edges[:-1]), plot.x(layers.edges[1:]), gaps)
            sheet.line(np.stack(ends, 1).ravel(), np.stack((y, y, gaps), 1).ravel(), colour, 1.6)
            continue
        loose = [at for run in runs(np.isfinite(y)) if not is_joined(*run) for at in range(*run)]
        joined = y.copy()
        joined[loose] = np.nan
        sheet.line(x, joined, colour, 1.4 if line.dashed else 2.0, dashes=(3.2, 2.2) if line.dashed else None)
        sheet.dots(x[loose], y[loose], colour, 2.2 if line.dashed else 3.0)


def _markers(chart: Chart, plot: PlotArea, sheet: Sheet) -> None:
    """Draw dashed upright lines, one within three pixels; a label where the one before leaves it room.

    Of many restarts only the upper ends are drawn, and their number stands above.
    """
    lines, ticks = lines_and_ticks(chart.markers, plot.start, plot.end)
    last_line, free_from = -10.0, _ticks(ticks, plot, sheet)
    for marker in lines:
        x = float(plot.x(np.array([marker.time]))[0])
        if x - last_line < 3:
            continue
        last_line = x
        line = np.array([x, x]), np.array([plot.bottom, plot.top + 2])
        sheet.line(*line, sheet.palette.muted, 1.0, dashes=(3.0, 3.0))
        start = min(x - 2, plot.right - sheet.width_of(marker.label, TINY))
        if start >= free_from:
            free_from = sheet.text(start, plot.top + 7, marker.label, TINY, sheet.palette.muted) + start + 12


def _ticks(times: Sequence[float], plot: PlotArea, sheet: Sheet) -> float:
    """Draw a short upright stroke for each, and how many there are; return where the words end."""
    if not times:
        return 0.0
    x = plot.x(np.array(times))
    for each in np.unique(np.round(x)):
        ends = np.array([each, each]), np.array([plot.top - _TICK, plot.top])
        sheet.line(*ends, sheet.palette.muted, 1.0)
    words = restarts_words(len(times))
    return plot.left + sheet.text(plot.left, plot.top + _TICK + 2, words, TINY, sheet.palette.muted) + 12


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A series' name, colour (hex) and how it is drawn."""

    name: str
    colour: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Legend:
    """Entries with names that fit, and whether the whole stands beside the title."""

    entries: tuple[LegendEntry, ...]
    beside: bool


def layout_legend(entries: Sequence[LegendEntry], sheet: Sheet, *, beside: float, below: float) -> Legend:
    """Shorten names until the entries fit ``beside`` the title or, failing that, in the row ``below`` it (pixels)."""
    whole = _shortened(entries, _LIMITS[0])
    if len(whole) < 2:
        return Legend((), beside=True)
    if _width(whole, sheet) <= beside:
        return Legend(whole, beside=True)
    tries = [_shortened(entries, limit) for limit in _LIMITS]
    return Legend(next((t for t in tries if _width(t, sheet) <= below), tries[-1]), beside=False)


def draw_legend(legend: Legend, sheet: Sheet, *, right: float, baseline: float) -> None:
    """Draw a legend that ends at ``right``: squares for bars, a chunk of the line for lines."""
    x = right - _width(legend.entries, sheet)
    for entry in legend.entries:
        middle = baseline + 4.5
        if entry.mark is Mark.BAR:
            sheet.square(x, middle - _SQUARE / 2, _SQUARE, entry.colour)
        else:
            dashed = entry.mark is Mark.DASHED
            ends = np.array([x - 5, x + _SQUARE]), np.array([middle, middle])
            sheet.line(*ends, entry.colour, 1.6 if dashed else 2.2, dashes=(2.4, 1.6) if dashed else None)
        start = x + _SQUARE + _AFTER_SQUARE
        x = start + sheet.text(start, baseline, entry.name, _SIZE, sheet.palette.muted) + _BETWEEN


def _shortened(entries: Sequence[LegendEntry], limit: int) -> tuple[LegendEntry, ...]:
    return tuple(LegendEntry(drawable(entry.name, limit), entry.colour, entry.mark) for entry in entries)


def _width(entries: Sequence[LegendEntry], sheet: Sheet) -> float:
    each = (_SQUARE + _AFTER_SQUARE + sheet.width_of(entry.name, _SIZE) for entry in entries)
    return sum(each) + _BETWEEN * max(0, len(entries) - 1)
