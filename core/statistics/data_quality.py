"""What of a database can be trusted: how many rows lack what, and why, over all of history."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import reduce
from itertools import pairwise
from math import inf
from operator import or_
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import peewee

from core.coverage import WHOLE, Coverage
from core.models import (
    DISCORD_EPOCH,
    END_OF_TIME,
    LONGEST_DURATION,
    ActionType,
    CommandUsage,
    DailyStats,
    EventModel,
    ImageStats,
    UserActivity,
)
from core.statistics.lives import LONGEST_DETAILS, LifeEvent, life_event
from core.storage.chunked_reads import ChunkSize, id_chunks, shares
from core.storage.database import applied_migrations
from core.storage.network_drives import share_of
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, ids_upto
from core.storage.values import text_of
from core.time_ranges import HOUR

ROWS: Final = "rows"
NO_USER: Final = "no user"
FAILED: Final = "failed"
NO_PROMPT: Final = "no prompt"
NO_RESOLUTION: Final = "no resolution"
STANDARD: Final = "standard"

MOST_STARTS: Final = 1_000
"""So many of the bot's last starts and shutdowns are remembered."""

_MOST_COMMANDS: Final = 500
_LONGEST_NAME: Final = 100


class Measure(StrEnum):
    """A value that rows should have, and may lack."""

    COMMAND_TIME = "command_usage.timestamp"
    EXECUTION = "command_usage.execution_time"
    IMAGE_TIME = "image_stats.timestamp"
    GENERATION = "image_stats.generation_time"
    ACTIVITY_TIME = "user_activity.timestamp"

    @property
    def table(self) -> str:
        """The table that it is in."""
        return self.partition(".")[0]


class Reason(StrEnum):
    """Why a value is not used. Of one value, exactly one of them holds."""

    MISSING = "missing"
    ZERO = "zero"
    NEGATIVE = "negative"
    TOO_LONG = "longer than a day"
    MILLISECONDS = "in milliseconds"
    TOO_EARLY = "before 2015"
    TOO_LATE = "after 2099"
    NOT_A_NUMBER = "not a number"


_Key: TypeAlias = str | tuple[Measure, Reason]
"""What is counted: one of the names above, or why a measure is not used."""


class Quality:
    """Counts what rows lack; a scan (see ``core.feed.loading``).

    Attributes:
        progress: the share of history that has been read, 0 to 1. Nothing is certain before it is 1.
        counts: by table, then by what is counted (:data:`ROWS`, :data:`FAILED`, …).
        left_out: by measure, how many rows have no usable value, and why.
        commands: the names of the commands that were ever recorded; the first 500, cut at 100 characters.
        hours: full hours since the epoch in which anything was recorded.
        starts: the last starts and shutdowns of the bots, in the order of their ids.
        has_days: whether daily_stats has rows.
        tables: which of our tables the database has; missing_columns: (table, column) pairs that it lacks.
        indexed: tables with an index on their timestamp.
        migrations: the names of the migrations that it has had; empty for a file that the bot itself made.
        share: the kind of network share that the file lies on ("NFS"), or "".
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.progress = 0.0
        self.counts: dict[str, Counter[str]] = {}
        self.left_out: dict[Measure, Counter[Reason]] = {measure: Counter() for measure in Measure}
        self.commands: set[str] = set()
        self.hours: set[int] = set()
        self.starts: deque[LifeEvent] = deque(maxlen=MOST_STARTS)
        self.has_days = False
        self.tables: frozenset[str] = frozenset()
        self.missing_columns: frozenset[tuple[str, str]] = frozenset()
        self.indexed: frozenset[str] = frozenset()
        self.migrations: tuple[str, ...] = ()
        self.share = ""
        self._reader: Reader | None = None
        self._gaps: tuple[int, list[tuple[int, int]]] = (0, [])

    def load(self, reader: Reader, upto: Mapping[type[EventModel], int]) -> Iterator[Coverage]:
        """Read all of history in short chunks; of what rows lack nothing is certain before the end."""
        self._note_structure(reader)
        for share in shares(
            (last, self._read(reader, model, ids_upto(reader, model, last))) for model, last in upto.items()
        ):
            self.progress = min(share, 0.999)
            yield Coverage(inf, self.progress)
        self.progress = 1.0
        yield WHOLE

    def add(self, reader: Reader, added: Mapping[type[EventModel], IdSpan]) -> None:
        """Take new rows in."""
        if reader is not self._reader:
            self._note_structure(reader)
        self.has_days = self.has_days or _has_days(reader)
        for model, span in added.items():
            deque(self._read(reader, model, span), maxlen=0)

    def of(self, table: str) -> Counter[str]:
        """The counts of a table; all zero where it has no rows."""
        return self.counts.get(table, Counter())

    def gaps(self, upto: float, longer_than: int) -> list[tuple[int, int]]:
        """(last hour before, first hour after) of spells without any event of more than so many hours, in order.

        Hours that lie behind ``upto`` (epoch seconds) are left out. Costs nothing while no hour is new.
        """
        if self._gaps[0] != len(self.hours):
            pairs = pairwise(sorted(self.hours))
            self._gaps = len(self.hours), [(a, b) for a, b in pairs if b - a > longer_than]
        return [(a, b) for a, b in self._gaps[1] if b * HOUR <= upto]

    def _note_structure(self, reader: Reader) -> None:
        self._reader = reader
        self.tables, self.missing_columns, self.indexed = reader.tables, reader.added_columns, reader.indexed
        self.has_days = _has_days(reader)
        self.migrations = applied_migrations(reader.database)
        path = reader.location.path
        self.share = share_of(path) if path is not None else ""

    def _read(self, reader: Reader, model: type[EventModel], span: IdSpan) -> Iterator[int]:
        """Count chunk by chunk; yields how many ids each had."""
        counted = id_chunks(
            reader, model, span, ChunkSize(5_000, 500, 100_000), lambda ids: self._count(reader, model, ids)
        )
        return (ids.size for ids, _ in counted)

    def _count(self, reader: Reader, model: type[EventModel], span: IdSpan) -> int:
        inside = span.within(model)
        wanted = _COUNTED.get(model, {})
        sums = [peewee.fn.SUM(peewee.Case(None, ((term, 1),), 0)) for term in wanted.values()]
        ((rows, *values),) = reader.rows(model.select(peewee.fn.COUNT(model.id), *sums).where(inside))
        if not rows:
            return 0
        counts = self.counts.setdefault(str(model._meta.table_name), Counter())
        counts[ROWS] += rows
        for key, value in zip(wanted, values, strict=True):
            if isinstance(key, str):
                counts[key] += int(value)
            elif value:
                self.left_out[key[0]][key[1]] += int(value)
        self._note_hours(reader, model, inside)
        self._note_names(reader, model, inside)
        return int(rows)

    def _note_hours(self, reader: Reader, model: type[EventModel], inside: Any) -> None:
        hours = model.timestamp / HOUR
        hour = peewee.fn.FLOOR(hours) if _on_server(reader) else hours.cast("INTEGER")
        found = reader.rows(model.select(hour).where(inside & _usable_time(model)).distinct())
        self.hours.update(int(value) for (value,) in found)

    def _note_names(self, reader: Reader, model: type[EventModel], inside: Any) -> None:
        """Which commands there are, and when the bot started and ended."""
        if model is CommandUsage and len(self.commands) < _MOST_COMMANDS:
            name = peewee.fn.SUBSTR(CommandUsage.command_name, 1, _LONGEST_NAME)
            names = CommandUsage.select(name).where(inside).distinct().limit(_MOST_COMMANDS)
            self.commands.update(text_of(found) or "" for (found,) in reader.rows(names))
        elif model is UserActivity:
            life = UserActivity.action_type.in_((ActionType.BOT_START.value, ActionType.BOT_SHUTDOWN.value))
            details = peewee.fn.SUBSTR(UserActivity.details, 1, LONGEST_DETAILS)
            rows = UserActivity.select(UserActivity.timestamp, UserActivity.action_type, UserActivity.user_id, details)
            chosen = rows.where(inside & life & _usable_time(UserActivity)).order_by(UserActivity.id)
            found = (
                life_event(float(row[0]), str(row[1]), text_of(row[2]) or "", row[3]) for row in reader.rows(chosen)
            )
            self.starts.extend(each for each in found if each is not None)


def _has_days(reader: Reader) -> bool:
    return bool(reader.rows(DailyStats.select(DailyStats.date).limit(1)))


def _on_server(reader: Reader) -> bool:
    return not isinstance(reader.database, peewee.SqliteDatabase)


def _usable_time(model: type[EventModel]) -> Any:
    moment = peewee.fn.COALESCE(model.timestamp, -1)
    return (moment >= DISCORD_EPOCH) & (moment < END_OF_TIME)


def _why_no_time(measure: Measure, model: type[EventModel]) -> dict[_Key, Any]:
    """Terms that exclude each other. SQLite takes any text, PostgreSQL "NaN", for greater than infinity."""
    moment = peewee.fn.COALESCE(model.timestamp, DISCORD_EPOCH)
    in_milliseconds = (moment >= DISCORD_EPOCH * 1000) & (moment < END_OF_TIME * 1000)
    too_late = (moment >= END_OF_TIME) & (moment <= inf)
    return {
        (measure, Reason.MISSING): model.timestamp.is_null(),
        (measure, Reason.NOT_A_NUMBER): moment > inf,
        (measure, Reason.TOO_EARLY): moment < DISCORD_EPOCH,
        (measure, Reason.MILLISECONDS): in_milliseconds,
        (measure, Reason.TOO_LATE): too_late & ~in_milliseconds,
    }


def _why_no_duration(measure: Measure, field: Any) -> dict[_Key, Any]:
    value = peewee.fn.COALESCE(field, 1)  # not the bare column: its affinity would compare numbers as texts
    return {
        (measure, Reason.MISSING): field.is_null(),
        (measure, Reason.NOT_A_NUMBER): value > inf,
        (measure, Reason.TOO_LONG): (value > LONGEST_DURATION) & (value <= inf),
        (measure, Reason.NEGATIVE): value < 0,
    }


def _blank(*fields: Any) -> Any:
    return reduce(or_, [peewee.fn.COALESCE(field, "") == "" for field in fields])


_COUNTED: Final[dict[type[EventModel], dict[_Key, Any]]] = {
    CommandUsage: {
        NO_USER: _blank(CommandUsage.user_id),
        FAILED: peewee.fn.COALESCE(CommandUsage.success, 1) == 0,
        **_why_no_time(Measure.COMMAND_TIME, CommandUsage),
        **_why_no_duration(Measure.EXECUTION, CommandUsage.execution_time),
    },
    ImageStats: {
        NO_USER: _blank(ImageStats.user_id),
        NO_PROMPT: _blank(ImageStats.prompt),
        NO_RESOLUTION: _blank(ImageStats.resolution),
        STANDARD: peewee.fn.COALESCE(peewee.fn.NULLIF(ImageStats.generation_type.cast("TEXT"), ""), "standard")
        == "standard",
        **_why_no_time(Measure.IMAGE_TIME, ImageStats),
        **_why_no_duration(Measure.GENERATION, ImageStats.generation_time),
        (Measure.GENERATION, Reason.ZERO): peewee.fn.COALESCE(ImageStats.generation_time, 1) == 0,
    },
    UserActivity: {NO_USER: _blank(UserActivity.user_id), **_why_no_time(Measure.ACTIVITY_TIME, UserActivity)},
}
