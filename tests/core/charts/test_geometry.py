"""A chart's numbers made ready to draw."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from core.charts.geometry import blended, layers_of, runs
from core.charts.specs import Chart, Ink, Mark, Series


def chart(*series: Series, **more: object) -> Chart:
    edges = tuple(float(600 * i) for i in range(len(series[0].values) + 1))
    return Chart("Commands", "per 10 min", edges, ZoneInfo("UTC"), series, **more)  # type: ignore[arg-type]


def bar(name: str, *values: float | None) -> Series:
    return Series(name, values, Mark.BAR, Ink.SERIES_1)


def test_bars_are_stacked_and_stacked_anew_without_the_hidden_ones() -> None:
    shown = chart(bar("a", 1, 2), bar("b", 3, None), bar("c", 5, 7))
    assert [layer.tops.tolist() for layer in layers_of(shown).bars] == [[1, 2], [4, 2], [9, 9]]
    assert [layer.tops.tolist() for layer in layers_of(shown, frozenset({"b"})).bars] == [[1, 2], [6, 9]]


def test_gaps_and_absurd_values_are_not_drawn() -> None:
    line = Series("p50", (1.0, None, float("inf"), float("nan"), -2.0, 5.0), Mark.LINE, Ink.SERIES_2, right=True)
    layers = layers_of(chart(line))
    assert list(runs(np.isfinite(layers.lines[0].values))) == [(0, 1), (5, 6)]
    assert layers.peak(slice(0, 6), right=True) == 5.0
    assert layers.peak(slice(0, 6), right=False) == 0.0


def test_the_peak_is_that_of_the_visible_buckets() -> None:
    layers = layers_of(chart(bar("a", 1, 9, 3, 2)))
    assert layers.visible(1200.0, 2400.0) == slice(2, 4)
    assert layers.peak(layers.visible(1200.0, 2400.0), right=False) == 3.0
    assert layers.visible(1199.0, 1201.0) == slice(1, 3)


@pytest.mark.parametrize(("until", "partial"), [(float("inf"), 3), (1800.0, 3), (1799.0, 2), (600.0, 1), (0.0, 0)])
def test_buckets_that_are_still_filling(until: float, partial: int) -> None:
    assert layers_of(chart(bar("a", 1, 2, 3), complete_until=until)).partial_from == partial


def test_a_band_needs_both_its_lines() -> None:
    low = Series("p50", (1.0, 2.0), Mark.LINE, Ink.SERIES_2, right=True, band_to="p95")
    high = Series("p95", (3.0, 4.0), Mark.DASHED, Ink.SERIES_2, right=True)
    assert len(layers_of(chart(low, high)).bands) == 1
    assert layers_of(chart(low, high), frozenset({"p95"})).bands == ()


def test_the_least_value_is_a_pixel_high_and_nothing_is_none() -> None:
    much, little = layers_of(chart(bar("a", 1e6, 0, 4), bar("b", 1, 0, 4))).bars
    floor = much.ceiling(np.zeros(3), 1e-4)
    assert floor.tolist() == [100, 0, 1]
    assert little.ceiling(floor, 1e-4).tolist() == [101, 0, 2]


def test_bars_step_back_behind_lines() -> None:
    line = Series("p50", (1.0, 2.0), Mark.LINE, Ink.SERIES_2)
    assert layers_of(chart(bar("a", 1, 2))).bar_strength == 1.0
    assert 0.3 < layers_of(chart(bar("a", 1, 2), line)).bar_strength < 1.0


def test_a_colour_is_blended_into_its_ground() -> None:
    assert [blended("#ff8000", "#0000ff", share) for share in (0, 0.5, 1)] == ["#0000ff", "#804080", "#ff8000"]


def test_every_line_has_a_rhythm_of_its_own_whatever_is_hidden() -> None:
    marks = (Mark.LINE, Mark.DASHED, Mark.LINE, Mark.DASHED, Mark.LINE)
    lines = tuple(Series(f"line {i}", (1.0,), mark, Ink.SERIES_2) for i, mark in enumerate(marks))
    shown = chart(*lines)
    dashes = [layer.dash for layer in layers_of(shown).lines]
    assert dashes[0] == ()
    assert len(set(dashes)) == 5
    assert [layer.dash for layer in layers_of(shown, frozenset({"line 0", "line 1"})).lines] == dashes[2:]


def test_the_least_is_the_lowest_above_zero() -> None:
    line = Series("p50", (0.0, 4.0, None, 2.0), Mark.LINE, Ink.SERIES_2)
    layers = layers_of(chart(line))
    assert layers.least(slice(0, 4), right=False) == 2.0
    assert layers.least(slice(0, 1), right=False) == 0.0
    assert layers.least(slice(0, 4), right=True) == 0.0
