"""Retention by age: rows that are older than so many days go, or only their prompts, in short transactions.

No backup is made: what goes is to be gone. Older backups hold the rows until they go themselves. It may be stopped, or
cut off, anywhere, and goes on with the next run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from core.errors import BotpulseError
from core.maintenance.backups import our_tables
from core.maintenance.chunks import Table, alter_rows, count_where, table_of
from core.maintenance.locking import connect, existing_file, looking, retrying
from core.maintenance.writing import check_version, checkpoint, faults_of, file_to_write, longest_hold, prepare
from core.models import CommandUsage, Failure, ImageStats, UserActivity, table_name
from core.storage import rollup_files
from core.storage.location import Location
from core.storage.structure import as_number, quoted
from core.tasks import Task
from core.text.ages import LONGEST_DAYS, Aged, AgeLimits
from core.text.translation import gettext as _
from core.time_ranges import utc_time

_TABLES: Final = {
    Aged.COMMANDS: table_name(CommandUsage),
    Aged.IMAGES: table_name(ImageStats),
    Aged.ACTIVITY: table_name(UserActivity),
    Aged.FAILURES: table_name(Failure),
}
_PROMPT: Final = "prompt"
_LATEST: Final = 50
"""Rows among which the newest is looked for: the very last may have waited in a file of events."""


@dataclass(frozen=True, slots=True)
class AgeSurvey:
    """What is older than its limit.

    Attributes:
        rows: how many rows, or prompts, by what they are; what has none is left out.
        newest: the moment of the newest row of any table; None where there is none.
    """

    rows: Mapping[Aged, int]
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class AgeResult:
    """What went.

    Attributes:
        when: at which moment ages were taken, in UTC.
        rows: how many rows, or prompts, by what they are; what had none is left out.
    """

    when: datetime
    rows: Mapping[Aged, int]


def check_limits(limits: AgeLimits) -> None:
    """Refuse what has no meaning.

    Raises:
        ValueError: in words: nothing is limited, or not to 1 to 36,500 days.
    """
    if not limits or not all(1 <= days <= LONGEST_DAYS for days in limits.values()):
        raise ValueError(_("an age is a whole number of days, from 1 to 36500"))


def survey_age(location: Location | str | Path, limits: AgeLimits, now: datetime) -> Task[AgeSurvey]:
    """Count what is older at ``now`` (aware) than its limit; nothing is altered.

    Raises:
        ValueError: as :func:`check_limits`.
        BotpulseError: on a server, missing, locked, corrupt.
    """
    check_limits(limits)
    path = existing_file(location)
    with faults_of(path):
        return (yield from looking(path, lambda query: _survey(path, query, limits, now)))


def retain(
    location: Location | str | Path, limits: AgeLimits, now: datetime, *, bot_stopped: bool = False
) -> Task[AgeResult]:
    """Remove what is older at ``now`` (aware) than its limit.

    Raises:
        ValueError: as :func:`check_limits`.
        BotpulseError: on a server, missing, read-only, locked, corrupt, refused by a trigger. What had gone by then
            stays gone.
    """
    check_limits(limits)
    path, rows = file_to_write(location), dict.fromkeys(limits, 0)
    with _what_went_is_gone(path), closing(connect(path)) as connection:
        yield from prepare(connection, path)
        for what, table in (yield from retrying(lambda: _tables(connection, limits))):
            statement, where = _statement(what, table), _condition(what, table, limits, now)
            words = _("removing what is old from {name}").format(name=table.name)
            longest = longest_hold(bot_stopped)
            rows[what] += yield from alter_rows(connection, table, statement, where, words, longest)
        yield from checkpoint(connection)
    if any(number for what, number in rows.items() if what is not Aged.PROMPTS):
        rollup_files.forget(Location(path=path))
    return AgeResult(now.astimezone(UTC), _without_none(rows))


@contextmanager
def _what_went_is_gone(path: Path) -> Iterator[None]:
    """Where it fails, a fault does not say that nothing was changed."""
    try:
        with faults_of(path):
            yield
    except BotpulseError as fault:
        fault.what_is_safe = _("What was older and has gone by now stays gone; all newer rows are as they were.")
        raise


def _survey(path: Path, query: str, limits: AgeLimits, now: datetime) -> Task[AgeSurvey]:
    rows = dict.fromkeys(limits, 0)
    with closing(connect(path, query)) as connection:
        yield from check_version(connection, path)
        for what, table in (yield from retrying(lambda: _tables(connection, limits))):
            rows[what] += yield from count_where(connection, table, _condition(what, table, limits, now))
        newest = yield from retrying(lambda: _newest(connection, now))
    return AgeSurvey(_without_none(rows), newest)


def _tables(connection: sqlite3.Connection, limits: AgeLimits) -> list[tuple[Aged, Table]]:
    """The tables that limits are about, rows before prompts; one without a moment, or a view, has nothing old."""
    found = [table_of(connection, "main", name) for name in our_tables(connection, "main")]
    timed = [each for each in found if each and not each.structure.is_view and "timestamp" in each.structure.columns]
    rows = [(what, table) for what in limits for table in timed if table.name == _TABLES.get(what)]
    return rows + [(Aged.PROMPTS, table) for table in timed if Aged.PROMPTS in limits and _PROMPT in table.columns]


def _statement(what: Aged, table: Table) -> str:
    """What is done with the rows, up to its WHERE."""
    return f"UPDATE {table.source} SET {_PROMPT} = NULL" if what is Aged.PROMPTS else f"DELETE FROM {table.source}"


def _condition(what: Aged, table: Table, limits: AgeLimits, now: datetime) -> str:
    """Which rows are too old; of the prompts those whose rows stay."""
    when = f"({as_number(table.structure, 'timestamp')})"
    moments = {each: (now - timedelta(days=days)).timestamp() for each, days in limits.items()}
    old = f"{when} < {moments[what]!r}"
    if what is not Aged.PROMPTS:
        return old
    rows_go = [moments[each] for each, name in _TABLES.items() if name == table.name and each in moments]
    return " AND ".join((old, f"{quoted(_PROMPT)} IS NOT NULL", *(f"{when} >= {moment!r}" for moment in rows_go)))


def _newest(connection: sqlite3.Connection, now: datetime) -> datetime | None:
    """When the newest row was recorded, by the last rows of each table; what claims to be of the future is of now."""
    moments: list[float] = []
    for _what, table in _tables(connection, dict.fromkeys(_TABLES, LONGEST_DAYS)):
        when = as_number(table.structure, "timestamp")
        order = "rowid" if table.has_id else when
        last = f"SELECT {when} FROM {table.source} ORDER BY {order} DESC LIMIT {_LATEST}"
        moments += (value for (value,) in connection.execute(last).fetchall() if isinstance(value, int | float))
    return utc_time(min(max(moments), now.timestamp())) if moments else None


def _without_none(rows: Mapping[Aged, int]) -> dict[Aged, int]:
    return {what: number for what, number in rows.items() if number}
