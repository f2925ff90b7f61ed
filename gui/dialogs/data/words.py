"""What a database holds and what was done to it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from core.formatting import NOTHING, count, one_line, seconds
from core.models import METRIC_PREFIX
from core.periods import local_time
from core.spans import clock, month_day
from core.tables import TABLES

TITLES: Final[Mapping[str, str]] = {str(table.model._meta.table_name): table.title for table in TABLES.values()}
"""The tables of the database as the window calls them."""


def title_of(table: str) -> str:
    """A table as the window calls it: one of a metric whose extension is not here, by its key."""
    titles = {str(each.model._meta.table_name): each.title for each in TABLES.values()}
    return titles.get(table) or one_line(table.removeprefix(METRIC_PREFIX), 40).capitalize()


def rows_words(number: int) -> str:
    """``1 row``, ``48,211 rows``."""
    return "1 row" if number == 1 else f"{count(number)} rows"


def tables_words(rows: Mapping[str, int]) -> str:
    """``36,204 commands, 12,004 images``; tables without rows are left out."""
    parts = [f"{count(number)} {title_of(name).lower()}" for name, number in rows.items() if number]
    return ", ".join(parts) or "no rows"


def moment_words(moment: datetime, zone: ZoneInfo) -> str:
    """``24 Nov 2026, 10:15``."""
    local = moment.astimezone(zone)
    return f"{month_day(local)} {local.year}, {clock(local)}"


def since_words(earliest: float | str | None, zone: ZoneInfo) -> str:
    """The day of a table's first row: ``3 Mar 2026``. A date that is none is shown as it stands there."""
    if earliest is None:
        return NOTHING
    try:
        day = date.fromisoformat(earliest) if isinstance(earliest, str) else local_time(earliest, zone).date()
    except ValueError:
        return one_line(str(earliest), 24)
    return f"{month_day(day)} {day.year}"


def waited_words(held: float) -> str:
    """How long other writers had to wait."""
    return f"The bot had to wait {seconds(held)} for its turn." if held >= 0.1 else "The bot noticed nothing."
