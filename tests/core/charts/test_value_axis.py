"""Value axes: round steps that stay put, in units that people read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts.specs import Unit
from core.charts.value_axis import Scale, best_scale, labelled_ticks, settled_scale


@given(peak=st.floats(0, 1e12), unit=st.sampled_from(Unit))
def test_a_scale_holds_the_peak_in_round_steps(peak: float, unit: Unit) -> None:
    scale = best_scale(peak, unit, range(3, 6))
    assert scale.top >= peak
    assert 3 <= scale.count <= 5
    assert len({label for _, label in labelled_ticks(scale, unit)}) == scale.count + 1
    if unit is Unit.COUNT and not 0 < peak < 1:
        assert scale.step >= 1 and scale.step % 1 == 0


@pytest.mark.parametrize(
    ("peak", "unit", "expected"),
    [
        (0, Unit.COUNT, ["0", "1", "2", "3"]),
        (0.4, Unit.COUNT, ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]),
        (45, Unit.COUNT, ["0", "10", "20", "30", "40", "50"]),
        (2600, Unit.COUNT, ["0", "1k", "2k", "3k"]),
        (36, Unit.SECONDS, ["0 s", "10 s", "20 s", "30 s", "40 s"]),
        (500, Unit.SECONDS, ["0 min", "3 min", "6 min", "9 min"]),
        (0.02, Unit.SECONDS, ["0 ms", "5 ms", "10 ms", "15 ms", "20 ms", "25 ms"]),
        (0.4, Unit.SECONDS, ["0.0 s", "0.1 s", "0.2 s", "0.3 s", "0.4 s", "0.5 s"]),
    ],
)
def test_tick_labels(peak: float, unit: Unit, expected: list[str]) -> None:
    scale = best_scale(peak, unit, range(3, 6))
    assert [label.replace("\N{NO-BREAK SPACE}", " ") for _, label in labelled_ticks(scale, unit)] == expected


def test_a_scale_stays_while_the_peak_wobbles_and_moves_when_it_must() -> None:
    before = Scale(10, 5)
    assert settled_scale(38, Unit.COUNT, range(3, 6), before) is before
    assert settled_scale(49, Unit.COUNT, range(3, 6), before) is before
    assert settled_scale(51, Unit.COUNT, range(3, 6), before).top > 50
    assert settled_scale(9, Unit.COUNT, range(3, 6), before).top == 10


def test_two_axes_share_one_grid() -> None:
    left = best_scale(45, Unit.COUNT, range(3, 6))
    right = best_scale(38.0, Unit.SECONDS, range(left.count, left.count + 1))
    assert (left.ticks, right.ticks) == ((0, 10, 20, 30, 40, 50),) * 2
