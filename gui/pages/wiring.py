"""What every chart of a page has in common, connected in one place."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QGuiApplication

from core.charts.data_table import as_text
from gui.pages.page import Page


def wire_chart(page: Page, plot: Any) -> None:
    """Pass on what the host asks of a plot: its rows, a filter, another range, a picture, a file, its numbers."""
    plot.rows_requested.connect(page.rows_requested)
    plot.export_requested.connect(lambda: page.export_requested.emit(plot))
    plot.copy_picture_requested.connect(lambda: page.copy_requested.emit(plot))
    plot.copy_data_requested.connect(lambda: QGuiApplication.clipboard().setText(as_text(plot.data_table())))
    for name in ("filter_requested", "range_selected"):
        if hasattr(plot, name):
            getattr(plot, name).connect(getattr(page, name))
