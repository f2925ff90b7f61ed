"""A day, week or month of the calendar, kept up to date across midnight, with rows that come in meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from core.live_view import LiveView
from core.time_ranges import CALENDAR, CHOICES, DAY, HOUR, window
from tests.core.deployed import Bot
from tests.core.live_views import ZONE, settle, totals

NOON = datetime(2026, 11, 30, 12, tzinfo=ZONE).timestamp()  # a Monday, and the last day of a month


def in_window(key: str, now: float, moments: list[float]) -> int:
    """How many moments lie in a range, counted one by one."""
    edges = window(CHOICES[key], now, ZONE).buckets.edges
    return sum(edges[0] <= moment < edges[-1] for moment in moments)


@pytest.mark.parametrize("key", CALENDAR)
def test_the_range_moves_on_at_midnight_and_counts_what_came_in(
    path: Path, open_view: Callable[..., LiveView], key: str
) -> None:
    bot, now = Bot(path), [NOON]
    moments = [NOON - hours * HOUR for hours in (1, 11, 13, 30, 40, 7 * 24, 9 * 24, 20 * 24, 40 * 24)]
    for moment in sorted(moments):
        bot.track_command(at=moment)
    view = open_view(path, choice=CHOICES[key], clock=lambda: now[0])
    assert totals(settle(view)) == (in_window(key, now[0], moments), 0)
    for later in (NOON + 1, NOON + 12 * HOUR + 60, NOON + DAY, NOON + 8 * DAY):
        now[0] = later
        moments.append(later - 0.5)
        bot.track_command(at=moments[-1])
        view.advance()
        settle(view)
        view.reload()
        assert totals(settle(view)) == (in_window(key, later, moments), 0)


@pytest.mark.parametrize("key", CALENDAR)
def test_what_came_in_is_counted_without_reading_afresh(
    path: Path, open_view: Callable[..., LiveView], key: str
) -> None:
    bot, now = Bot(path), [NOON]
    moments = [NOON - 36 * HOUR, NOON - HOUR]
    for moment in moments:
        bot.track_command(at=moment)
    view = open_view(path, choice=CHOICES[key], clock=lambda: now[0])
    shown = settle(view)
    for step in range(1, 30):
        now[0] = NOON + step * HOUR
        moments.append(now[0] - 1)
        bot.track_command(at=moments[-1])
        shown = settle(view) or shown
        assert totals(shown) == (in_window(key, now[0], moments), 0)
