"""Where the charts of each page stand."""

from __future__ import annotations

from typing import Final

from core.presenters import activity, calendar, commands, failures, images, servers, users
from core.presenters.metrics import OVER_TIME, ranking_key
from core.tables.metric import Metric
from core.text.translation import gettext as _
from gui.pages.board import Layout
from gui.pages.charts import Panel, Section
from gui.plots.bars.plot import BarChartPlot
from gui.plots.heatmap.plot import HeatmapPlot
from gui.plots.histogram.plot import HistogramPlot
from gui.plots.scatter.plot import ScatterPlot
from gui.plots.time_series.plot import TimeSeriesPlot

COMMANDS: Final = Layout(
    (
        Section(_("Commands"), (Panel("over_time", TimeSeriesPlot), Panel("by_command", BarChartPlot, 0, 1)), (6, 5)),
        Section(
            _("Execution time"), (Panel("execution", TimeSeriesPlot), Panel("spread", HistogramPlot, 0, 1)), (7, 5)
        ),
    ),
    table=commands.TABLE,
)

IMAGES: Final = Layout(
    (
        Section(_("Time"), (Panel("scatter", ScatterPlot), Panel("spread", HistogramPlot, 0, 1)), (7, 5)),
        Section(_("Count"), (Panel("over_time", TimeSeriesPlot), Panel("by_type", BarChartPlot, 0, 1)), (7, 5)),
        Section(
            _("What is made"),
            (
                Panel("by_resolution", BarChartPlot),
                Panel("by_lora", BarChartPlot, 0, 1),
                Panel("by_upscale", BarChartPlot, 0, 2),
            ),
            (5, 5, 4),
        ),
        Section(
            _("Models"),
            (
                Panel("by_model", BarChartPlot),
                Panel("by_steps", BarChartPlot, 0, 1),
                Panel("by_server", BarChartPlot, 0, 2),
            ),
            (5, 4, 4),
        ),
        Section(
            _("Load"),
            (
                Panel("parts", TimeSeriesPlot),
                Panel("at_once", TimeSeriesPlot, 0, 1),
                Panel("busy", HeatmapPlot, 0, 2),
            ),
            (2, 2, 3),
        ),
        Section(_("GPU time"), (Panel("cost_lora", BarChartPlot), Panel("cost_resolution", BarChartPlot, 0, 1))),
        Section(_("GPU by user"), (Panel("cost_user", BarChartPlot), Panel("cost_type", BarChartPlot, 0, 1))),
    ),
    table=images.TABLE,
    pictures=True,
)

USERS: Final = Layout(
    (
        Section(
            _("Who"),
            (
                Panel("leaders", BarChartPlot, rows=2),
                Panel("over_time", TimeSeriesPlot, 0, 1),
                Panel("when", HeatmapPlot, 1, 1),
            ),
            (2, 1),
        ),
        Section(
            _("Favourites"),
            (
                Panel("commands", BarChartPlot),
                Panel("resolutions", BarChartPlot, 0, 1),
                Panel("types", BarChartPlot, 0, 2),
            ),
        ),
        Section(
            _("New and returning"),
            (
                Panel("per_day", TimeSeriesPlot, columns=2, own_time=True),
                Panel("per_week", TimeSeriesPlot, 1, 0, own_time=True),
                Panel("per_month", TimeSeriesPlot, 1, 1, own_time=True),
            ),
        ),
    ),
    own_rows=images.TABLE,
)

SERVERS: Final = Layout(
    (
        Section(
            _("Servers"),
            (
                Panel("servers", BarChartPlot, columns=2),
                Panel("over_time", TimeSeriesPlot, 1, 0),
                Panel("concentration", BarChartPlot, 1, 1),
            ),
            (7, 5),
            (4, 3),
        ),
        Section(_("Images and failures"), (Panel("images", TimeSeriesPlot), Panel("failures", TimeSeriesPlot, 0, 1))),
        Section(_("Activity"), (Panel("arrivals", TimeSeriesPlot), Panel("dormant", BarChartPlot, 0, 1)), (7, 5)),
    ),
)

FAILURES: Final = Layout(
    (
        Section(_("Causes"), (Panel("groups", BarChartPlot), Panel("over_time", TimeSeriesPlot, 0, 1)), (2, 1)),
        Section(
            _("Where"),
            (
                Panel("by_command", BarChartPlot),
                Panel("by_user", BarChartPlot, 0, 1),
                Panel("by_server", BarChartPlot, 0, 2),
            ),
        ),
        Section(
            _("With what"),
            (
                Panel("by_node", BarChartPlot),
                Panel("by_model", BarChartPlot, 0, 1),
                Panel("by_lora", BarChartPlot, 0, 2),
                Panel("by_resolution", BarChartPlot, 0, 3),
            ),
        ),
        Section(_("Kinds"), (Panel("by_kind", TimeSeriesPlot),)),
    ),
    table=failures.TABLE,
)

ACTIVITY: Final = Layout(
    (Section(_("Activity"), (Panel("over_time", TimeSeriesPlot), Panel("by_action", BarChartPlot, 0, 1)), (7, 5)),),
    table=activity.TABLE,
)

_MEASURES: Final = {
    "commands": _("Commands"),
    "images": _("Images"),
    "users": _("Users"),
    "failures": _("Failures"),
    "generation": _("Mean time"),
}
CALENDAR: Final = Layout(
    tuple(Section(title, (Panel(key, HeatmapPlot),)) for key, title in _MEASURES.items()),
    table=calendar.TABLE,
    beneath=Panel(calendar.LIST, BarChartPlot),
    apart="daily_stats",
)

OWN: Final = {
    commands.COMMANDS.key: COMMANDS,
    images.IMAGES.key: IMAGES,
    users.USERS.key: USERS,
    servers.SERVERS.key: SERVERS,
    failures.FAILURES_PAGE.key: FAILURES,
    activity.ACTIVITIES.key: ACTIVITY,
    calendar.CALENDAR.key: CALENDAR,
}
"""Those of the monitor's own pages, by the page's key."""


def layout_of(metric: Metric) -> Layout:
    """A metric's page: over time beside the first comparison; the others, side by side, in a section of their own."""
    first, *others = metric.ranked
    panels = (Panel(OVER_TIME, TimeSeriesPlot), Panel(ranking_key(first), BarChartPlot, 0, 1))
    sections = [Section(metric.title, panels, (7, 5))]
    if others:
        compared = tuple(Panel(ranking_key(key), BarChartPlot, 0, place) for place, key in enumerate(others))
        sections.append(Section(_("Compared"), compared))
    return Layout(tuple(sections), table=metric.key)
