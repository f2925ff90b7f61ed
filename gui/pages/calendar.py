"""The Calendar page: a year for each measure, and what daily_stats has stored."""

from __future__ import annotations

from typing import Final

from core.presenters.calendar import TABLE
from gui.pages.board import Layout
from gui.pages.charts import Panel, Section
from gui.plots.heatmap.plot import HeatmapPlot

_MEASURES: Final = {
    "commands": "Commands",
    "images": "Images",
    "users": "Users",
    "failures": "Failures",
    "generation": "Generation time",
}

LAYOUT: Final = Layout(
    tuple(Section(title, (Panel(key, HeatmapPlot),)) for key, title in _MEASURES.items()),
    table=TABLE,
)
