"""Moments and silences in words, as a verdict speaks of them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from core.text.dates import clock, weekday_month_day
from core.text.formatting import age
from core.text.translation import gettext as _
from core.time_ranges import DAY, local_time


def bare(moment: float, now: float, zone: ZoneInfo) -> str:
    """A moment after "since": ``14:03``, and ``Tue 24 Nov at 14:03`` on another day."""
    local = local_time(moment, zone)
    if local.date() == local_time(now, zone).date():
        return clock(local)
    return _("{day} at {time}").format(day=_day(moment, now, zone), time=clock(local))


def at(moment: float, now: float, zone: ZoneInfo) -> str:
    """``at 14:03``, and ``on Tue 24 Nov at 14:03`` on another day."""
    local = local_time(moment, zone)
    if local.date() == local_time(now, zone).date():
        return _("at {time}").format(time=clock(local))
    return _("on {day} at {time}").format(day=_day(moment, now, zone), time=clock(local))


def _day(moment: float, now: float, zone: ZoneInfo) -> str:
    local = local_time(moment, zone)
    year = f" {local.year}" if abs(now - moment) > 300 * DAY else ""
    return f"{weekday_month_day(local)}{year}"


def pace_words(expected: float, seconds: float) -> str:
    """How often something comes, where so many are expected in so many seconds."""
    return _("something comes every {time} or so").format(time=age(seconds / expected))


def none_words(quiet: float) -> str:
    """For how long nothing has come."""
    return _("nothing has come for {quiet}").format(quiet=age(quiet))


def longest_words(longest: float) -> str:
    """How long the longest silence was, as a sentence; empty where none is known."""
    return (
        _("The longest silence at these hours in the last weeks was {longest}.").format(longest=age(longest))
        if longest
        else ""
    )
