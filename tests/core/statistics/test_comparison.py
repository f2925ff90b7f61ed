"""What a range is compared with: the wall clock decides, and what has no counterpart has none."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.statistics.comparison import NO_COMPARISON, Against, OtherTime, Then, then_of
from core.time_ranges import CHOICES, DAY, TimeRange, local_time, window
from tests.core.rows import zones

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def then(choice: str, now: str, text: str, span: TimeRange | None = None) -> Then:
    moment = at(now)
    found = then_of(window(CHOICES[choice], moment, BERLIN, span), OtherTime.from_text(text), moment)
    assert found is not None
    return found


def said(span: TimeRange | None) -> tuple[str, str] | None:
    if span is None:
        return None
    first, last = (local_time(each, BERLIN).strftime("%m-%d %H:%M") for each in (span.start, span.end))
    return first, last


def test_days_stay_days_over_a_change_of_the_clocks() -> None:
    """From Sunday 25 October 2026 at 3 the clocks of Berlin show an hour less."""
    week = then("30d", "2026-10-28T12:00", "week")
    day = at("2026-10-25T00:00"), at("2026-10-26T00:00")
    assert day[1] - day[0] == 25 * 3_600
    assert said(week.span(*day)) == ("10-18 00:00", "10-19 00:00")
    assert said(week.span(at("2026-10-27T00:00"), at("2026-10-28T00:00"))) == ("10-20 00:00", "10-21 00:00")


def test_hours_follow_the_clock_on_the_wall() -> None:
    week = then("7d", "2026-10-28T12:00", "week")
    assert said(week.span(at("2026-10-27T15:00"), at("2026-10-27T18:00"))) == ("10-20 15:00", "10-20 18:00")


def test_a_bucket_has_no_counterpart_that_is_shorter_or_longer() -> None:
    """The three hours from midnight on of the day on which the clocks went back were four."""
    week = then("7d", "2026-11-02T12:00", "week")
    assert week.span(at("2026-11-01T00:00"), at("2026-11-01T03:00")) is None
    assert said(week.span(at("2026-11-01T03:00"), at("2026-11-01T06:00"))) == ("10-25 03:00", "10-25 06:00")


def test_a_day_that_the_other_month_lacks_is_compared_with_nothing() -> None:
    month = then("30d", "2026-04-02T12:00", "month")
    assert said(month.span(at("2026-03-28T00:00"), at("2026-03-29T00:00"))) == ("02-28 00:00", "03-01 00:00")
    for day in ("29", "30", "31"):
        start = at(f"2026-03-{day}T00:00")
        assert month.span(start, start + 22 * 3_600) is None, day
    assert said(month.span(at("2026-04-01T00:00"), at("2026-04-02T00:00"))) == ("03-01 00:00", "03-02 00:00")


def test_a_months_last_day_is_never_compared_with_two() -> None:
    """What follows 30 November lies two days after 30 October; whole months are compared, whatever they have."""
    month = then("last_month", "2026-12-01T12:00", "month")
    assert said(month.span(at("2026-11-30T00:00"), at("2026-12-01T00:00"))) == ("10-30 00:00", "10-31 00:00")
    assert said(month.span(at("2026-11-30T21:00"), at("2026-12-01T00:00"))) == ("10-30 21:00", "10-31 00:00")
    assert said(month.span(at("2026-03-01T00:00"), at("2026-04-01T00:00"))) == ("02-01 00:00", "03-01 00:00")
    assert said(month.span(at("2026-02-01T00:00"), at("2026-03-01T00:00"))) == ("01-01 00:00", "02-01 00:00")


def test_a_year_and_a_chosen_day() -> None:
    year = then("7d", "2026-03-04T12:00", "year")
    assert said(year.span(at("2026-03-01T00:00"), at("2026-03-01T03:00"))) == ("03-01 00:00", "03-01 03:00")
    chosen = then("7d", "2026-03-04T12:00", "2025-12-24")
    assert said(chosen.span(at("2026-02-26T00:00"), at("2026-02-26T03:00"))) == ("12-24 00:00", "12-24 03:00")
    assert chosen.words == "from 24\N{NO-BREAK SPACE}Dec 2025"


def test_the_filling_bucket_is_compared_up_to_the_same_moment() -> None:
    today = then("today", "2026-06-10T09:40", "before")
    spans = [today.span(start, end) for start, end in pairwise(today.range.edges)]
    assert said(spans[-1]) == ("06-09 09:30", "06-09 09:40")
    assert said(TimeRange(today.moment(today.range.edges[0]), today.until)) == ("06-09 00:00", "06-09 09:40")


def test_the_period_before_is_that_of_the_tiles() -> None:
    now = at("2026-06-10T09:40")
    for choice in ("1h", "24h", "7d", "30d", "this_week", "last_month"):
        shown = window(CHOICES[choice], now, BERLIN)
        found = then_of(shown, OtherTime(Against.BEFORE), now)
        assert found is not None and shown.previous is not None
        for place, (start, end) in enumerate(pairwise(shown.buckets.edges)):
            span = found.span(start, end)
            if span is not None and end <= found.now:
                assert (span.start, span.end) == shown.previous.edges[place : place + 2]


def test_what_there_is_nothing_to_compare_with() -> None:
    now = at("2026-06-10T09:40")
    everything = window(CHOICES["all"], now, BERLIN, TimeRange(now - 40 * DAY, now))
    assert then_of(everything, OtherTime(Against.WEEK), now) is None
    assert then_of(window(CHOICES["7d"], now, BERLIN), NO_COMPARISON, now) is None
    later = OtherTime(Against.DATE, date(2026, 6, 20))
    assert then_of(window(CHOICES["7d"], now, BERLIN), later, now) is None


@pytest.mark.parametrize("text", ["", "before", "week", "month", "year", "2026-02-28"])
def test_what_settings_say_is_understood_again(text: str) -> None:
    assert OtherTime.from_text(text).text == text


@pytest.mark.parametrize(
    "text", ["date", "yesterday", "1999-12-31", "0001-01-01", "2026-02-30", "before ", "\u202eweek"]
)
def test_what_says_nothing_of_the_kind_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        OtherTime.from_text(text)


@given(
    zone=zones,
    now=st.floats(min_value=1.58e9, max_value=1.9e9),
    choice=st.sampled_from([key for key in CHOICES if key not in ("all", "custom")]),
    text=st.sampled_from(["before", "week", "month", "year", "2019-11-30"]),
)
def test_counterparts_come_in_order_and_never_overlap(zone: ZoneInfo, now: float, choice: str, text: str) -> None:
    shown = window(CHOICES[choice], now, zone)
    found = then_of(shown, OtherTime.from_text(text), now)
    if found is None:
        return
    spans = [span for start, end in pairwise(shown.buckets.edges) if (span := found.span(start, end)) is not None]
    assert all(before.end <= after.start for before, after in pairwise(spans))
    assert all(span.start < span.end <= found.until for span in spans)
    counted = found.window(shown.buckets)
    if spans:
        assert counted is not None
        assert {edge for span in spans for edge in (span.start, span.end)} <= set(counted.buckets.edges)
        assert counted.buckets.range == TimeRange(found.moment(shown.buckets.edges[0]), found.until)
