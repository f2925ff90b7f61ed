"""The arithmetic beneath the plots: scales, views, layers, readings."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts import Chart, Ink, Mark, Series, Unit
from core.periods import TimeRange
from gui.plots.layers import layers_of, runs
from gui.plots.reading import read_bucket, value_text
from gui.plots.scales import Scale, best_scale, settled_scale, tick_label
from gui.plots.views import including, moved, survives, within, zoomed

DAY = TimeRange(0.0, 86_400.0)
NOBODY: frozenset[str] = frozenset()


def chart(*series: Series, **more: object) -> Chart:
    edges = tuple(float(600 * i) for i in range(len(series[0].values) + 1))
    return Chart("Commands", "per 10 min", edges, ZoneInfo("UTC"), series, **more)  # type: ignore[arg-type]


def bar(name: str, *values: float | None) -> Series:
    return Series(name, values, Mark.BAR, Ink.SERIES_1)


@given(peak=st.floats(0, 1e12), unit=st.sampled_from(Unit))
def test_a_scale_holds_the_peak_in_round_steps(peak: float, unit: Unit) -> None:
    scale = best_scale(peak, unit, range(3, 6))
    assert scale.top >= peak
    assert 3 <= scale.count <= 5
    assert len({tick_label(value, scale, unit) for value in scale.ticks}) == scale.count + 1
    if unit is Unit.COUNT:
        assert scale.step >= 1 and scale.step % 1 == 0


@pytest.mark.parametrize(
    ("peak", "unit", "expected"),
    [
        (0, Unit.COUNT, ["0", "1", "2", "3"]),
        (45, Unit.COUNT, ["0", "10", "20", "30", "40", "50"]),
        (2600, Unit.COUNT, ["0", "1k", "2k", "3k"]),
        (36, Unit.SECONDS, ["0 s", "10 s", "20 s", "30 s", "40 s"]),
        (500, Unit.SECONDS, ["0 min", "3 min", "6 min", "9 min"]),
        (0.4, Unit.SECONDS, ["0.0 s", "0.1 s", "0.2 s", "0.3 s", "0.4 s", "0.5 s"]),
    ],
)
def test_tick_labels(peak: float, unit: Unit, expected: list[str]) -> None:
    scale = best_scale(peak, unit, range(3, 6))
    assert [tick_label(value, scale, unit).replace("\N{NO-BREAK SPACE}", " ") for value in scale.ticks] == expected


def test_a_scale_stays_while_the_peak_wobbles_and_moves_when_it_must() -> None:
    before = Scale(10, 5)
    assert settled_scale(38, Unit.COUNT, range(3, 6), before) is before
    assert settled_scale(49, Unit.COUNT, range(3, 6), before) is before
    assert settled_scale(51, Unit.COUNT, range(3, 6), before).top > 50
    assert settled_scale(9, Unit.COUNT, range(3, 6), before).top == 10


def test_zooming_keeps_the_anchor_in_its_place() -> None:
    view = zoomed(DAY, 0.5, 21_600.0, DAY, 600.0)
    assert view == TimeRange(10_800.0, 54_000.0)


@given(factor=st.floats(0.01, 100), anchor=st.floats(0, 86_400), by=st.floats(-1e6, 1e6), first=st.floats(0.01, 1))
def test_no_zoom_and_no_pan_leaves_the_limits(factor: float, anchor: float, by: float, first: float) -> None:
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


def test_bars_are_stacked_and_stacked_anew_without_the_hidden_ones() -> None:
    shown = chart(bar("a", 1, 2), bar("b", 3, None), bar("c", 5, 7))
    assert [layer.tops.tolist() for layer in layers_of(shown, NOBODY).bars] == [[1, 2], [4, 2], [9, 9]]
    assert [layer.tops.tolist() for layer in layers_of(shown, frozenset({"b"})).bars] == [[1, 2], [6, 9]]


def test_gaps_and_absurd_values_are_not_drawn() -> None:
    line = Series("p50", (1.0, None, float("inf"), float("nan"), 5.0), Mark.LINE, Ink.SERIES_2, right=True)
    layers = layers_of(chart(line), NOBODY)
    assert list(runs(np.isfinite(layers.lines[0].values))) == [(0, 1), (4, 5)]
    assert layers.peak(slice(0, 5), right=True) == 5.0
    assert layers.peak(slice(0, 5), right=False) == 0.0


def test_the_peak_is_that_of_the_visible_buckets() -> None:
    layers = layers_of(chart(bar("a", 1, 9, 3, 2)), NOBODY)
    assert layers.visible(1200.0, 2400.0) == slice(2, 4)
    assert layers.peak(layers.visible(1200.0, 2400.0), right=False) == 3.0
    assert layers.visible(1199.0, 1201.0) == slice(1, 3)


@pytest.mark.parametrize(("until", "partial"), [(float("inf"), 3), (1800.0, 3), (1799.0, 2), (600.0, 1), (0.0, 0)])
def test_buckets_that_are_still_filling(until: float, partial: int) -> None:
    assert layers_of(chart(bar("a", 1, 2, 3), complete_until=until), NOBODY).partial_from == partial


def test_a_band_needs_both_its_lines() -> None:
    low = Series("p50", (1.0, 2.0), Mark.LINE, Ink.SERIES_2, right=True, band_to="p95")
    high = Series("p95", (3.0, 4.0), Mark.DASHED, Ink.SERIES_2, right=True)
    assert len(layers_of(chart(low, high), NOBODY).bands) == 1
    assert layers_of(chart(low, high), frozenset({"p95"})).bands == ()


def test_a_reading_names_span_series_values_and_units() -> None:
    line = Series("p50", (12.84, None), Mark.LINE, Ink.SERIES_2, right=True)
    shown = chart(bar("a", 1200, 2), bar("<b>b</b>\n", 34, 0), line, right=Unit.SECONDS, complete_until=600.0)
    reading = read_bucket(shown, 0, NOBODY)
    assert reading.span == "Thu 1 Jan, 00:00 – 00:10"
    assert [(row.name, row.text) for row in reading.rows] == [
        ("a", "1,200"), ("<b>b</b>", "34"), ("p50", "12.8\N{NO-BREAK SPACE}s"), ("total", "1,234"),
    ]  # fmt: skip
    later = read_bucket(shown, 1, frozenset({"a"}))
    assert later.span.endswith("so far")
    assert [(row.name, row.text) for row in later.rows] == [("<b>b</b>", "0"), ("p50", "—")]


@pytest.mark.parametrize(
    ("value", "text"), [(None, "—"), (float("nan"), "—"), (float("inf"), "—"), (2.5, "2.5"), (1e9, "1,000,000,000")]
)
def test_values_in_words(value: float | None, text: str) -> None:
    assert value_text(value, Unit.COUNT) == text
