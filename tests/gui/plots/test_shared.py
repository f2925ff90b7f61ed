"""The arithmetic beneath the plots: views, readings."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.charts.geometry import layers_of
from core.charts.specs import Chart, Ink, Mark, Series, Unit
from core.time_ranges import TimeRange
from gui.plots.shared.hatching import Patterns, prefer_patterns
from gui.plots.shared.tooltip_text import read_bucket, value_text
from gui.plots.time_series.canvas import Canvas
from gui.plots.time_series.navigator import including, moved, survives, within, zoomed

DAY = TimeRange(0.0, 86_400.0)
NOBODY: frozenset[str] = frozenset()


def chart(*series: Series, **more: object) -> Chart:
    edges = tuple(float(600 * i) for i in range(len(series[0].values) + 1))
    return Chart("Commands", "per 10 min", edges, ZoneInfo("UTC"), series, **more)  # type: ignore[arg-type]


def bar(name: str, *values: float | None) -> Series:
    return Series(name, values, Mark.BAR, Ink.SERIES_1)


def test_zooming_keeps_the_anchor_in_its_place() -> None:
    view = zoomed(DAY, 0.5, 21_600.0, DAY, 600.0)
    assert view == TimeRange(10_800.0, 54_000.0)


@given(factor=st.floats(0.01, 100), anchor=st.floats(0, 86_400), by=st.floats(-1e6, 1e6), first=st.floats(0.01, 1))
def test_zooming_and_panning_stay_within_the_limits(factor: float, anchor: float, by: float, first: float) -> None:
    view = moved(zoomed(zoomed(DAY, first, anchor, DAY, 600.0), factor, anchor, DAY, 600.0), by, DAY)
    assert DAY.start <= view.start < view.end <= DAY.end + 1e-6
    assert view.end - view.start >= 600.0 - 1e-6


def test_a_view_is_shifted_no_further_than_needed() -> None:
    view = TimeRange(1000.0, 2000.0)
    assert including(view, TimeRange(1900.0, 2100.0), DAY) == TimeRange(1100.0, 2100.0)
    assert including(view, TimeRange(500.0, 600.0), DAY) == TimeRange(500.0, 1500.0)
    assert including(view, TimeRange(1200.0, 1300.0), DAY) == view
    assert within(TimeRange(-50.0, 50.0), DAY) == TimeRange(0.0, 100.0)


def test_a_view_survives_a_moving_range_but_not_another_choice() -> None:
    view = TimeRange(40_000.0, 50_000.0)
    assert survives(view, DAY, TimeRange(1800.0, 88_200.0))
    assert not survives(view, DAY, TimeRange(0.0, 7 * 86_400.0))
    assert not survives(view, DAY, TimeRange(82_800.0, 86_400.0))
    assert not survives(view, DAY, TimeRange(60_000.0, 140_000.0))


def test_a_reading_names_span_series_values_and_units() -> None:
    line = Series("p50", (12.84, None), Mark.LINE, Ink.SERIES_2, right=True)
    shown = chart(bar("a", 1200, 2), bar("<b>b</b>\n", 34, 0), line, right=Unit.SECONDS, complete_until=600.0)
    reading = read_bucket(shown, 0, NOBODY)
    assert reading.span == "Thu 1\N{NO-BREAK SPACE}Jan, 00:00 – 00:10"
    assert [(row.name, row.text) for row in reading.rows] == [
        ("a", "1,200"), ("<b>b</b>", "34"), ("p50", "12.8\N{NO-BREAK SPACE}s"), ("total", "1,234"),
    ]  # fmt: skip
    later = read_bucket(shown, 1, frozenset({"a"}))
    assert later.span.endswith("so far")
    assert [(row.name, row.text) for row in later.rows] == [("<b>b</b>", "0"), ("p50", "—")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        (float("nan"), "—"),
        (float("inf"), "—"),
        (2.5, "2.5"),
        (0.15, "0.15"),
        (12.34, "12.3"),
        (1e9, "1,000,000,000"),
    ],
)
def test_values_in_words(value: float | None, text: str) -> None:
    assert value_text(value, Unit.COUNT) == text


def test_axes_keep_their_room_while_there_is_nothing_to_draw(qtbot: QtBot) -> None:
    """An axis that is styled while it is hidden shrinks to nothing: its labels were gone for good."""
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(500, 300)
    canvas.show()
    full = chart(bar("comfy", 1.0, 2.0, 3.0))
    for _ in range(2):
        canvas.show_layers(full, layers_of(full), TimeRange(full.edges[0], full.edges[-1]), False)
        canvas.grab()
        canvas.show_nothing(None)
    canvas.show_layers(full, layers_of(full), TimeRange(full.edges[0], full.edges[-1]), False)
    assert canvas.axes.items["left"].geometry().width() > 20
    assert canvas.axes.items["bottom"].geometry().height() > 10


def test_patterns_may_be_preferred_for_all_charts(qapp: QApplication) -> None:
    shown: list[bool] = []
    owner = QObject()
    patterns = Patterns(shown.append, owner)
    try:
        prefer_patterns(True)
        assert patterns.shown and shown == [True]
        patterns.choose(False)
        assert not patterns.shown
    finally:
        prefer_patterns(None)
    patterns.choose(None)
    assert not patterns.shown
