"""What the pages' benchmark makes of an answer, and how it follows a thread without keeping every tick."""

from __future__ import annotations

import time
from typing import Any

import pytest

from core.live_view import REFRESH_SECONDS
from tests.benchmarks.bench_pages import rows
from tests.benchmarks.window_watch import Holdups


def _section(wall: float, refresh: float) -> dict[str, Any]:
    return {"wall": [wall] * 3, "cpu": [0.002] * 3, "refreshes": [refresh] * 3, "share": 0.1, "seconds": 10.0}


def _answer(minutes: float) -> dict[str, Any]:
    return {
        "sections": {"Time": _section(0.004, 0.003), "Load": _section(0.020, 0.012)},
        "latencies": [0.1, 0.2],
        "bytes": [200e6, 210e6, 220e6],
        "minutes": minutes,
    }


def test_the_worst_section_is_named_and_all_are_judged() -> None:
    held, cost, fresh, _ = rows("Images", _answer(5.0))

    assert held.value == pytest.approx(20)
    assert held.met is False
    assert "Load: 20.0" in held.note
    assert cost.value == pytest.approx(12)
    assert fresh.met is True


def test_growth_is_a_minutes_and_only_judged_after_some() -> None:
    assert rows("Images", _answer(5.0))[-1].value == pytest.approx(2.0)
    assert rows("Images", _answer(5.0))[-1].met is True
    assert rows("Images", _answer(0.5))[-1].met is None


def test_a_holdup_is_the_longest_gap_of_its_window_and_its_cpu_time_is_told_apart() -> None:
    holdups = Holdups()
    until = time.perf_counter() + REFRESH_SECONDS / 3
    while time.perf_counter() < until:
        pass
    holdups.note()
    holdups.note()

    assert len(holdups.wall) == len(holdups.cpu) == 1
    assert holdups.wall[0] >= REFRESH_SECONDS / 3
    assert 0 < holdups.cpu[0] <= holdups.wall[0] * 1.1
