"""Ranges as they are typed: what goes on with the clock, what has an end, and what is refused."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.text.typed_ranges import RangeNotUnderstood, choice_of, range_of
from core.time_ranges import CHOICES, DAY, HOUR, MINUTE, MOST_BUCKETS, window

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 14, 37, tzinfo=BERLIN).timestamp()


def local(*parts: int) -> float:
    return datetime(*parts, tzinfo=BERLIN).timestamp()  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("24h", "24h"),
        ("24 h", "24h"),
        ("Last 24 hours", "24h"),
        ("the last 7 days", "7d"),
        ("last week", "last_week"),
        ("1 w", "7d"),
        ("Today", "today"),
        ("this  month", "this_month"),
        ("last_month", "last_month"),
        ("all", "all"),
        ("all time", "all"),
        ("last hour", "1h"),
        ("last 6 h", "6h"),
        ("6 hours", "6h"),
        ("past 90 min", "90min"),
        ("45 minutes", "45min"),
        ("last 10 days", "10d"),
    ],
)
def test_a_range_that_goes_on_with_the_clock(text: str, key: str) -> None:
    asked = range_of(text, BERLIN, NOW)
    assert (asked.choice.key, asked.span) == (key, None)
    assert choice_of(key) == asked.choice


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-11-01 to 2026-11-07", local(2026, 11, 1), local(2026, 11, 8)),
        ("2026-11-01 – 2026-11-07", local(2026, 11, 1), local(2026, 11, 8)),
        ("2026-11-01..2026-11-07", local(2026, 11, 1), local(2026, 11, 8)),
        ("from 2026-11-01 14:00 until 2026-11-01T18:30", local(2026, 11, 1, 14), local(2026, 11, 1, 18, 30)),
        ("2026-10-25", local(2026, 10, 25), local(2026, 10, 26)),
        ("2026-02", local(2026, 2, 1), local(2026, 3, 1)),
        ("2025-12", local(2025, 12, 1), local(2026, 1, 1)),
        ("2025", local(2025, 1, 1), local(2026, 1, 1)),
        ("2025-12 to 2026-01", local(2025, 12, 1), local(2026, 2, 1)),
        ("9:00 to 10:30", local(2026, 11, 24, 9), local(2026, 11, 24, 10, 30)),
        ("yesterday 22:00 to now", local(2026, 11, 23, 22), NOW),
        ("yesterday to today", local(2026, 11, 23), local(2026, 11, 25)),
        ("since 2026-11-20", local(2026, 11, 20), NOW),
        ("last 365 days", NOW - 365 * DAY, NOW),
    ],
)
def test_a_range_with_a_start_and_an_end(text: str, start: float, end: float) -> None:
    asked = range_of(text, BERLIN, NOW)
    assert asked.choice.key == "custom"
    assert asked.span is not None
    assert (asked.span.start, asked.span.end) == (start, end)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no time range"),
        ("fortnight", "no time range"),
        ("custom", "no time range"),
        ("0 h", "no time range"),
        ("2026-02-30", "no such day"),
        ("2026-13", "no such day"),
        ("25:00 to 26:00", "no such day"),
        ("2026-11-07 to 2026-11-01", "begin before it ends"),
        ("3 days ago", "no time range"),
        ("x" * 5_000, "no time range"),
    ],
)
def test_what_is_no_range_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(RangeNotUnderstood) as refused:
        range_of(text, BERLIN, NOW)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("key", "seconds"), [("6h", 6 * HOUR), ("45min", 45 * MINUTE), ("100h", 100 * HOUR), ("2d", 2 * DAY)]
)
def test_so_long_until_now_is_whole_buckets_compared_with_as_many_before(key: str, seconds: float) -> None:
    choice = choice_of(key)
    assert choice is not None
    made = window(choice, NOW, BERLIN)
    assert made.buckets.edges[-1] - made.buckets.edges[0] == seconds
    assert made.buckets.edges[-2] <= NOW < made.buckets.edges[-1]
    assert len(made.buckets) <= MOST_BUCKETS
    assert made.previous is not None and len(made.previous) == len(made.buckets)


@pytest.mark.parametrize("key", ["", "0h", "6", "h", "99999d", "7min", "1 h", "custom2"])
def test_other_keys_name_nothing_or_what_fits(key: str) -> None:
    choice = choice_of(key)
    assert choice is None or (key == "7min" and choice.buckets * (choice.width or CHOICES["1h"].width).seconds == 420)  # type: ignore[union-attr]
