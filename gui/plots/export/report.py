"""What several pages say, drawn for a report, and the report as a file. Drawing is done a chart at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSize

from core.charts.data_table import data_table
from core.charts.named import named
from core.charts.noted import noted
from core.charts.specs import AnyChart, BarChart, Chart, Heatmap, Histogram, Ink, Scatter, Unit
from core.charts.user_ids import without_user_ids
from core.export.report import Report, ReportChart, ReportFigure, ReportList, ReportRow, ReportSection
from core.feed.snapshot import Snapshot
from core.presenters.caption import caption, origin_of
from core.presenters.presenter import Figure, Tile
from core.storage.notes import Note
from core.text.formatting import count as whole_number
from core.text.formatting import one_line, seconds
from core.text.masking import masked_id
from core.text.names import NAMES
from core.text.translation import gettext as _
from gui.plots.bars.plot import BarChartPlot
from gui.plots.export.export import ChartLook, chart_drawn, render_svg
from gui.plots.heatmap.plot import HeatmapPlot
from gui.plots.histogram.plot import HistogramPlot
from gui.plots.scatter.plot import ScatterPlot
from gui.plots.shared.base import AnyPlot
from gui.plots.time_series.plot import TimeSeriesPlot
from resources import design
from resources.design import Theme

PLOTS: Final[Mapping[type, Callable[[], AnyPlot]]] = {
    Chart: TimeSeriesPlot,
    BarChart: BarChartPlot,
    Histogram: HistogramPlot,
    Heatmap: HeatmapPlot,
    Scatter: ScatterPlot,
}
"""What draws each kind of chart."""

_WIDE: Final = QSize(960, 320)
_LONGEST_SUMMARY: Final = 400
_LONGEST_NAME: Final = 60
_MOST_ROWS: Final = 24
_NEWS: Final = {Ink.GOOD: "good", Ink.BAD: "bad"}


@dataclass(frozen=True, slots=True)
class ReportLook:
    """How a report is made.

    Attributes:
        theme: its colours.
        users_shown: whether users may be told by name or id.
        numbers: whether the numbers of each chart stand below it.
        notes: the host's, for the charts over time.
    """

    theme: Theme
    users_shown: bool = False
    numbers: bool = True
    notes: tuple[Note, ...] = ()


def drawn_sections(
    snapshots: Sequence[tuple[str, Snapshot]], look: ReportLook
) -> Iterator[tuple[float, ReportSection | None]]:
    """Draw pages, each with its title: after every chart how far that is, and a section once it is whole."""
    many = sum(len(each.content.charts) for _title, each in snapshots) or 1
    done = 0
    for title, snapshot in snapshots:
        parts: list[ReportChart | ReportList] = []
        for chart in snapshot.content.charts.values():
            parts.append(_drawn(noted(named(chart, NAMES), look.notes), look))
            done += 1
            yield done / many, None
        content = snapshot.content
        tiles = tuple(map(_tile, content.tiles.values()))
        yield (
            done / many,
            ReportSection(title, (*tiles, *(_figure(each, look) for each in content.figures)), tuple(parts)),
        )


def report_of(sections: Sequence[ReportSection], snapshots: Sequence[Snapshot], look: ReportLook) -> Report:
    """The report of sections, made of these snapshots."""
    origin = origin_of(snapshots[0])
    title, *about = caption(
        origin.name, origin.span, origin.zone, time.time(), origin.chosen, ids_shown=look.users_shown
    )
    masked = "" if look.users_shown else _("Of users only the ends of their ids are told.")
    several = len({tuple(sorted(each.last_ids.items())) for each in snapshots}) > 1
    grown = _("Rows that came in while it was made are in the later pages only.") if several else ""
    notes = tuple(part for part in (masked, grown, _("Made by Botpulse.")) if part)
    return Report(title, tuple(about), tuple(sections), notes)


def _drawn(whole: AnyChart, look: ReportLook) -> ReportChart | ReportList:
    if whole.empty is not None:
        return ReportChart(whole.title, whole.empty)
    if isinstance(whole, BarChart):
        shown_bars = whole if look.users_shown else without_user_ids(whole)
        assert isinstance(shown_bars, BarChart)
        return _list(shown_bars)
    plot = PLOTS[type(whole)]()
    try:
        plot.set_palette(design.palette(look.theme))
        plot.resize(_WIDE)
        plot.show_chart(whole)
        height = min(max(plot.height_of_all, _WIDE.height()), 4 * _WIDE.height())
        drawing = ChartLook(look.theme, QSize(_WIDE.width(), height), ids_shown=look.users_shown)
        shown = chart_drawn(plot, drawing)
        svg = render_svg(plot, drawing, outlined=False).decode()
    finally:
        plot.deleteLater()
    numbers = data_table(shown) if look.numbers else None
    return ReportChart(shown.title, one_line(shown.summary, _LONGEST_SUMMARY), svg, numbers)


def _list(chart: BarChart) -> ReportList:
    most = max((bar.value for bar in chart.bars if math.isfinite(bar.value)), default=0.0) or 1.0

    def words(value: float) -> str:
        return seconds(value) if chart.unit is Unit.SECONDS else whole_number(round(value))

    rows = tuple(
        ReportRow(
            one_line(bar.name, _LONGEST_NAME),
            min(max(bar.value / most, 0.0), 1.0),
            min(max(bar.part / bar.value, 0.0), 1.0) if bar.value > 0 else 0.0,
            (words(bar.value), *(*bar.figures, *[""] * len(chart.columns))[: len(chart.columns)]),
        )
        for bar in chart.bars[:_MOST_ROWS]
    )
    failed = _("red: {part}").format(part=chart.part) if chart.part else ""
    note = " · ".join(each for each in (chart.subtitle, failed, chart.explains) if each)
    return ReportList(chart.title, note, (chart.value, *chart.columns), rows, max(len(chart.bars) - _MOST_ROWS, 0))


def _tile(tile: Tile) -> ReportFigure:
    note = " ".join(part for part in (tile.change, tile.comparison) if part)
    return ReportFigure(tile.label, tile.value, note, _NEWS.get(tile.severity, ""))


def _figure(figure: Figure, look: ReportLook) -> ReportFigure:
    value = figure.value
    if figure.whose is not None:
        kind, snowflake = figure.whose
        value = NAMES.label(kind, snowflake) if look.users_shown or kind != "user" else masked_id(snowflake)
    return ReportFigure(figure.label, value, figure.note)
