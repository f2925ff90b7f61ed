"""A plot that is shown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.plots import TimeSeriesPlot
from tests.gui.time_plots import (
    DARK,
    day,
)


@pytest.fixture
def plot(qtbot: QtBot) -> Iterator[TimeSeriesPlot]:
    """A shown plot of a day, on a ground of its own, with room around it."""
    window = QWidget()
    window.setStyleSheet(f"background: {DARK.surface}")
    widget = TimeSeriesPlot()
    QVBoxLayout(window).addWidget(widget)
    qtbot.addWidget(window)
    widget.set_palette(DARK)
    widget.show_chart(day())
    window.resize(700, 320)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    yield widget
