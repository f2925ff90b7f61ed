"""What a database holds and what was done to it, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from core.models import METRIC_PREFIX
from core.tables.definitions import TABLES
from core.text.dates import clock, dated
from core.text.formatting import (
    NOTHING,
    commands_words,
    count,
    counted,
    images_words,
    one_line,
    rows_words,
    seconds,
    within,
)
from core.text.translation import gettext as _
from core.time_ranges import local_time

TITLES: Final[Mapping[str, str]] = {str(table.model._meta.table_name): table.title for table in TABLES.values()}
"""The tables of the database as the window calls them."""

_COUNTED: Final[Mapping[str, Callable[[int], str]]] = {
    "command_usage": lambda number: commands_words(number),
    "image_stats": lambda number: images_words(number),
    "user_activity": lambda number: counted(number, "{count} activity", "{count} activities"),
    "daily_stats": lambda number: counted(number, "{count} day", "{count} days"),
}


def title_of(table: str) -> str:
    """A table as the window calls it: one of a metric whose extension is not here, by its key."""
    titles = {str(each.model._meta.table_name): each.title for each in TABLES.values()}
    return titles.get(table) or one_line(table.removeprefix(METRIC_PREFIX), 40).capitalize()


def tables_words(rows: Mapping[str, int]) -> str:
    """``36,204 commands, 1 image``; tables without rows are left out."""
    return ", ".join(_table_words(name, number) for name, number in rows.items() if number) or _("no rows")


def _table_words(table: str, number: int) -> str:
    """A metric's title is all that is known of it: ``6 votes``, but ``1 row of votes``, ``6 rows of latency``."""
    if table in _COUNTED:
        return _COUNTED[table](number)
    title = within(title_of(table))
    return (
        f"{count(number)} {title}"
        if number != 1 and title.endswith("s")
        else _("{rows} of {title}").format(rows=rows_words(number), title=title)
    )


def moment_words(moment: datetime, zone: ZoneInfo) -> str:
    """``24 Nov 2026, 10:15``."""
    local = moment.astimezone(zone)
    return f"{dated(local)}, {clock(local)}"


def exact_moment(moment: datetime, zone: ZoneInfo) -> str:
    """``24 Nov 2026, 10:15:03``: two backups may be of one minute."""
    local = moment.astimezone(zone)
    return f"{dated(local)}, {clock(local, seconds=True)}"


def since_words(earliest: float | str | None, zone: ZoneInfo) -> str:
    """The day of a table's first row: ``3 Mar 2026``. A date that is none is shown as it stands there."""
    if earliest is None:
        return NOTHING
    try:
        day = date.fromisoformat(earliest) if isinstance(earliest, str) else local_time(earliest, zone).date()
    except ValueError:
        return one_line(str(earliest), 24)
    return dated(day)


def waited_words(held: float) -> str:
    """How long other writers had to wait."""
    return (
        _("The bot had to wait {held} for its turn.").format(held=seconds(held))
        if held >= 0.1
        else _("The bot noticed nothing.")
    )
