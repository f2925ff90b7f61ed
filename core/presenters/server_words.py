"""Words that the Servers page and one server's own view share."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from core.charts.data_table import iso
from core.presenters.chart_parts import whole
from core.presenters.presenter import PageInput
from core.text import formatting
from core.text.dates import MONTHS, month_day
from core.text.translation import gettext as _
from core.time_ranges import HOUR, local_time

NOT_RECORDED: Final = _("not recorded")

_QUARTER: Final = HOUR / 4


def day_words(page: PageInput, moment: float | None) -> str:
    """``24 Nov`` of this year, else ``Nov 2025``; a dash where there is no moment (epoch seconds)."""
    if moment is None:
        return formatting.NOTHING
    zone = whole(page).zone
    day, today = (_date(int(each // _QUARTER), zone) for each in (moment, page.now))
    return month_day(day) if day.year == today.year else f"{MONTHS[day.month - 1]}{formatting.NO_BREAK}{day.year}"


@lru_cache(maxsize=16_384)  # those of a thousand servers are asked for at every look
def _date(quarter: int, zone: ZoneInfo) -> date:
    """The local date of a quarter of an hour since the epoch: days begin at quarters, wherever one is."""
    return local_time(quarter * _QUARTER, zone).date()


@lru_cache(maxsize=16_384)
def iso_words(moment: float | None, zone: ZoneInfo) -> str | None:
    """A moment (epoch seconds) for other programs; None where there is none."""
    return None if moment is None else iso(moment, zone)
