"""A plot that is shown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from gui.plots.time_series.plot import TimeSeriesPlot
from tests.gui.shown_plots import shown
from tests.gui.time_plots import day


@pytest.fixture
def plot(qtbot: QtBot) -> Iterator[TimeSeriesPlot]:
    """A shown plot of a day, on a ground of its own, with room around it."""
    yield from shown(qtbot, TimeSeriesPlot(), day(), 700, 320)
