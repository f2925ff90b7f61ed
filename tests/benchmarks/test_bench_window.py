"""The window's benchmark judges each refresh, not each tick."""

from __future__ import annotations

import pytest

from tests.benchmarks.bench_window import holdups


def test_holdups_are_the_longest_gap_of_each_window_however_many_ticks_there_are() -> None:
    moments = [0.0, 0.001, 0.002, 0.030, 0.031, 0.151, 0.152, 0.155]

    assert holdups(moments, moments, window=0.15) == pytest.approx([0.003, 0.120])


def test_the_gaps_may_be_told_by_another_clock() -> None:
    assert holdups([0.0, 0.1, 0.2], [5.0, 5.0, 5.002], window=0.15) == pytest.approx([0.002])
