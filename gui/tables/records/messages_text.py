"""What a table says about itself: how many rows, how far a search has come, why there is nothing to see."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from core.filters import Field, answers
from core.tables.definitions import RecordTable
from core.text.dates import month_day
from core.text.formatting import NOTHING, count, counted, one_line, percent

_SAID_OTHERWISE: Final = frozenset({None, Field.ID, Field.OUTCOME, Field.KIND})
_MOST_HINTS: Final = 3


def filter_hint(table: RecordTable) -> str:
    """What stands in an empty filter box, of the table's own: ``Words, command:, user:, guild:, failed, slow>30 …``."""
    fields = [column.filter_by for column in table.columns]
    hints = [f"{field}:" for field in fields if field not in _SAID_OTHERWISE][:_MOST_HINTS]
    if Field.OUTCOME in fields:
        hints.append("failed")
    if answers(table.model, Field.SLOWER):
        hints.append(f"{Field.SLOWER}30")
    return ", ".join(("Words", *hints)) + " …"


def day_words(moment: float | None, zone: ZoneInfo, now: float) -> str:
    """A moment as a search says it: ``14:05`` of today, ``3 Mar``, ``3 Mar 2024``."""
    if moment is None:
        return NOTHING
    try:
        local, today = datetime.fromtimestamp(moment, zone), datetime.fromtimestamp(now, zone)
    except (OverflowError, OSError, ValueError):
        return NOTHING
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return month_day(local) if local.year == today.year else f"{month_day(local)} {local.year}"


def bubble_words(moment: float | None, zone: ZoneInfo) -> str:
    """A moment as the position bar names it: ``24 Nov 2026 14:05``."""
    if moment is None:
        return ""
    try:
        local = datetime.fromtimestamp(moment, zone)
    except (OverflowError, OSError, ValueError):
        return ""
    return f"{month_day(local)} {local.year} {local:%H:%M}"


def rows_words(found: int, total: int, *, exact: bool, filtered: bool, all_seen: bool) -> str:
    """``48,211 rows``, ``About 48,000 rows``, ``1,204 rows match, of 48,211``; ``exact``: the total was counted."""
    rows, of = counted(found, "row"), f"of {count(total)}" if exact else f"of about {count(total)}"
    if not filtered:
        return rows if all_seen else counted(total, "row") if exact else f"About {counted(total, 'row')}"
    return f"{rows} {'matches' if found == 1 else 'match'}, {of}" if all_seen else f"{rows} {of}"


def search_words(share: float, moment: float | None, zone: ZoneInfo, now: float, *, stopped: bool) -> str:
    """``searched back to 3 Mar, 12 %``, ``stopped at 3 Mar, 12 %``."""
    until = "" if moment is None else f" {'at' if stopped else 'back to'} {day_words(moment, zone, now)},"
    return f"{'stopped' if stopped else 'searched'}{until} {percent(share, 0)}"


_FILLED_BY: Final = {"days": "The bot writes one a day where it calls generate_daily_stats()."}
"""Tables that stay empty though events come in, by their keys, with what puts rows into them."""


def empty_words(table: RecordTable, *, filtered: bool, boxed: bool, ranged: bool, stopped: bool) -> tuple[str, str]:
    """Why there is nothing to see, and the words of a button that may help.

    ``boxed``: some of the filter is in the table's own box; what the page is filtered by is taken away at its top.
    """
    things, filled_by = table.name, _FILLED_BY.get(table.key, "")
    if stopped:
        return "No rows found so far: the search was stopped.", "Search on"
    if filtered:
        words = f"The filter matches no {things}{' in this range' if ranged else ''}."
        return words, "Clear the filter" if boxed else ""
    if ranged:
        return f"No {things} in this range. {filled_by}".strip(), ""
    there_are = "There are" if things.endswith("s") else "There is"
    return f"{there_are} no {things} in this database yet. {filled_by}".strip(), ""


def fault_words(title: str) -> str:
    """What the state line says while the database can't be read."""
    return f"{one_line(title, 120)}; trying again"
