"""Days, moments and spans as people say them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.text.dates import dated_moment, length_words, moment_words, range_words, span_words
from core.time_ranges import CHOICES, TimeRange, local_days, window

BERLIN = ZoneInfo("Europe/Berlin")


def at(*parts: int, fold: int = 0) -> float:
    return datetime(*parts, tzinfo=BERLIN, fold=fold).timestamp()  # type: ignore[misc, arg-type]


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((2026, 11, 24, 12), (2026, 11, 24, 12, 30), "Tue 24 Nov, 12:00 – 12:30"),
        ((2026, 11, 24, 23, 30), (2026, 11, 25), "Tue 24 Nov, 23:30 – 00:00"),
        ((2026, 11, 24, 12, 0, 15), (2026, 11, 24, 12, 0, 30), "Tue 24 Nov, 12:00:15 – 12:00:30"),
        ((2026, 10, 25), (2026, 10, 26), "Sun 25 Oct 2026"),
        ((2026, 11, 23), (2026, 11, 30), "23 Nov – 29 Nov 2026"),
        ((2026, 11, 23, 20), (2026, 11, 24, 4), "Mon 23 Nov, 20:00 – Tue 24 Nov, 04:00"),
    ],
)
def test_spans_in_words(start: tuple[int, ...], end: tuple[int, ...], expected: str) -> None:
    assert plain(span_words(at(*start), at(*end), BERLIN)) == expected


def test_a_span_in_the_hour_that_comes_twice_names_its_zone() -> None:
    second = at(2026, 10, 25, 2, 0, fold=1)
    assert span_words(second - 3600, second - 1800, BERLIN).endswith("CEST")
    assert span_words(second, second + 1800, BERLIN).endswith("CET")


@pytest.mark.parametrize(
    ("key", "words", "bucket", "moment"),
    [
        ("15min", "in 15 min", "Tue 24 Nov, 20:26:45 – 20:27:00", "20:26"),
        ("1h", "in 1 h", "Tue 24 Nov, 19:42 – 19:43", "19:42"),
        ("24h", "in 24 h", "Mon 23 Nov, 21:00 – 21:30", "21:00"),
        ("7d", "in 7 days", "Wed 18 Nov, 00:00 – 03:00", "18 Nov 00:00"),
        ("30d", "in 30 days", "Mon 26 Oct 2026", "26 Oct 00:00"),
    ],
)
def test_each_range_in_words(key: str, words: str, bucket: str, moment: str) -> None:
    buckets = window(CHOICES[key], at(2026, 11, 24, 20, 41, 30), BERLIN).buckets
    assert length_words(buckets.range, buckets.zone) == words
    assert plain(span_words(*buckets.edges[:2], BERLIN)) == bucket  # type: ignore[call-arg, arg-type]
    assert plain(moment_words(buckets.edges[0], buckets)) == moment


@pytest.mark.parametrize("day", [(2026, 3, 29), (2026, 10, 25)])
def test_days_of_23_and_25_hours_are_days(day: tuple[int, int, int]) -> None:
    buckets = local_days(3, at(*day, 12) + 86_400, BERLIN)
    assert length_words(buckets.range, buckets.zone) == "in 3 days"
    assert plain(span_words(buckets.edges[1], buckets.edges[2], BERLIN)).startswith(f"Sun {day[2]} ")


@pytest.mark.parametrize(("seconds", "words"), [(45, "in 45 s"), (5400, "in 90 min"), (36 * 3600, "in 36 h")])
def test_odd_lengths_in_words(seconds: int, words: str) -> None:
    begin = at(2026, 11, 24, 12)
    assert length_words(TimeRange(begin, begin + seconds), BERLIN) == words


def test_a_range_is_named_to_be_understood_later_and_elsewhere() -> None:
    now = at(2026, 11, 24, 15, 41)
    words = lambda start, end: range_words(TimeRange(start, end), now, BERLIN).replace("\u00a0", " ")  # noqa: E731
    assert words(at(2026, 11, 18), at(2026, 11, 24, 18)) == "18 Nov – 24 Nov 2026"
    assert words(at(2025, 11, 25), at(2026, 11, 25)) == "25 Nov 2025 – 24 Nov 2026"
    assert words(at(2026, 11, 24), at(2026, 11, 25)) == "24 Nov 2026"
    assert words(at(2026, 10, 25), at(2026, 10, 26)) == "25 Oct 2026"
    assert words(at(2026, 11, 23, 16), at(2026, 11, 24, 16)) == "23 Nov 2026, 16:00 – 24 Nov 2026, 15:41"
    assert words(at(2026, 11, 24, 14), at(2026, 11, 24, 15)) == "24 Nov 2026, 14:00 – 15:00"
    assert words(now + 60, now + 120) == "24 Nov 2026, 15:42 – 15:42", "a clock may have been set back"


def test_a_moment_is_dated_with_its_year() -> None:
    assert dated_moment(at(2026, 11, 24, 15, 41), BERLIN).replace("\u00a0", " ") == "24 Nov 2026, 15:41"
