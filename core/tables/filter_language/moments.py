"""Times and durations as they are typed into a filter box, and written so that they are read as the same number."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core.tables.filter_language.tokens import NotUnderstood
from core.text.conventions import CONVENTIONS
from core.text.dates import happens_twice, with_iso_dates
from core.text.translation import gettext as _
from core.time_ranges import DAY, HOUR, MINUTE, day_start, local_time

_NUMBER: Final = r"[0-9]+(?:\.[0-9]+)?"
_UNITS: Final = {"s": 1.0, "sec": 1.0, "m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_DURATION: Final = re.compile(rf"([+-]?{_NUMBER}(?:e[+-]?[0-9]+)?)\s*(ms|s|sec|m|min|h)?", re.IGNORECASE)
_ROUND_THOUSANDS: Final = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{2}0(?![0-9])")
"""``1.000`` or ``2.500``: whoever means one second writes no zeros after it, nor does :func:`duration_in_words`."""

_AGO: Final = re.compile(rf"({_NUMBER})\s*(s|sec|m|min|h|d|w)", re.IGNORECASE)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK: Final = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
_TIME: Final = re.compile(_CLOCK)
_DATE_AND_TIME: Final = re.compile(rf"{_DATE.pattern}[t ]{_CLOCK}(?:z|[+-]{_CLOCK})?", re.IGNORECASE)
_EPOCH: Final = re.compile(rf"@(-?{_NUMBER}(?:e[+-]?[0-9]+)?)")


def duration(text: str) -> float:
    """Seconds: ``30``, ``30s``, ``2min``, ``500ms``.

    Raises:
        NotUnderstood: it is none of these, or may be thousands: 1.000 in a language that writes them so.
    """
    match = _DURATION.fullmatch(text if CONVENTIONS.decimal == "." else text.replace(CONVENTIONS.decimal, "."))
    number, unit = (float(match[1]), (match[2] or "s").lower()) if match else (math.inf, "s")
    seconds = number / 1000 if unit == "ms" else number * _UNITS[unit]
    if not math.isfinite(seconds) or (CONVENTIONS.group == "." and _ROUND_THOUSANDS.match(text)):
        raise NotUnderstood(_("a number of seconds is expected, as in slow>30, slow>500ms or slow>2min"))
    return seconds


def duration_in_words(seconds: float) -> str:
    """The shortest text that is read as exactly so many seconds."""
    return repr(seconds).removesuffix(".0")


def moment(text: str, zone: ZoneInfo, now: float) -> float:
    """Epoch seconds of a date, a local time, a time of today, or so long ago.

    A local time that happens twice is the first; one with an offset (``+01:00``) or epoch seconds (``@1764000000``)
    are exact.

    Raises:
        NotUnderstood: it is none of these, or there is no such day.
    """
    try:
        found = _moment(with_iso_dates(text.casefold(), local_time(now, zone).year), zone, now)
    except (ValueError, OverflowError) as error:
        raise NotUnderstood(_("there is no such day or time")) from error
    if found is None or not math.isfinite(found):
        raise NotUnderstood(_("a time is expected, as in 2026-11-24, 2026-11-24T14:30, 14:30, yesterday, 2h or 3d"))
    return found


def _moment(text: str, zone: ZoneInfo, now: float) -> float | None:
    today = local_time(now, zone).date()
    days = {"today": today, "yesterday": today - timedelta(days=1)}
    if text in days or _DATE.fullmatch(text):
        return _start(days[text] if text in days else date.fromisoformat(text), zone)
    if _DATE_AND_TIME.fullmatch(text):
        return _local(text, zone)
    if _TIME.fullmatch(text):
        return _local(f"{today.isoformat()}t{text}", zone)
    if ago := _AGO.fullmatch(text):
        return now - float(ago[1]) * _UNITS[ago[2]]
    if exact := _EPOCH.fullmatch(text):
        return float(exact[1])
    return now if text == "now" else None


def _start(day: date, zone: ZoneInfo) -> float:
    start = day_start(day, zone)
    if start is None:
        raise NotUnderstood(_("this day was left out of the calendar of {key}").format(key=zone.key))
    return start


def _local(text: str, zone: ZoneInfo) -> float:
    local = datetime.fromisoformat(text.upper())
    return (local if local.tzinfo else local.replace(tzinfo=zone)).timestamp()


def moment_in_words(when: float, zone: ZoneInfo) -> str:
    """A local date or time that is read as exactly this moment; epoch seconds where no calendar has it."""
    for text in _forms(when, zone):
        try:
            if moment(text, zone, 0.0) == when:
                return text
        except NotUnderstood:
            continue
    return f"@{when!r}"


def _forms(when: float, zone: ZoneInfo) -> Iterator[str]:
    try:
        local = local_time(when, zone)
    except (ValueError, OverflowError):
        return
    yield local.date().isoformat()
    for shown in (local,) if happens_twice(local) else (local.replace(tzinfo=None), local):
        yield shown.isoformat(timespec="minutes")
        yield shown.isoformat(timespec="seconds")
        yield shown.isoformat(timespec="microseconds")
