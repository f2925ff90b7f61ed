"""What of a database can be trusted: how many rows lack what, over all of history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from time import perf_counter
from typing import Any, Final
from zoneinfo import ZoneInfo

import peewee

from core.feed import IdSpan
from core.models import DISCORD_EPOCH, LONGEST_DURATION, CommandUsage, EventModel, ImageStats, UserActivity
from core.periods import HOUR
from core.reading import Reader
from core.scan import END_OF_TIME, PIECE_SECONDS

ROWS: Final = "rows"
NO_TIME: Final = "no time"
NO_DURATION: Final = "no duration"
NO_USER: Final = "no user"
NO_SERVER: Final = "no server"
FAILED: Final = "failed"
NO_PROMPT: Final = "no prompt"
NO_RESOLUTION: Final = "no resolution"
STANDARD: Final = "standard"

_FEWEST, _FIRST, _MOST = 500, 5_000, 100_000


class Quality:
    """Counts what rows lack; a study (see ``core.studies``).

    Attributes:
        counts: by table, then by what is counted (:data:`ROWS`, :data:`NO_TIME`, …).
        commands: the names of all commands that were ever recorded.
        hours: full hours since the epoch in which anything was recorded.
        tables: which of our tables the database has; missing_columns: (table, column) pairs that it lacks.
        indexed: tables with an index on their timestamp.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.counts: dict[str, Counter[str]] = {}
        self.commands: set[str] = set()
        self.hours: set[int] = set()
        self.tables: frozenset[str] = frozenset()
        self.missing_columns: frozenset[tuple[str, str]] = frozenset()
        self.indexed: frozenset[str] = frozenset()

    def load(self, reader: Reader, upto: Mapping[type[EventModel], int]) -> Iterator[float]:
        """Read all of history in short pieces; yields the share that is done."""
        self.tables, self.missing_columns, self.indexed = reader.tables, reader.added_columns, reader.indexed
        total = sum(upto.values()) or 1
        before = 0
        for model, last in upto.items():
            for done in self._read(reader, model, IdSpan(0, last)):
                yield (before + done) / total
            before += last

    def add(self, reader: Reader, added: Mapping[type[EventModel], IdSpan]) -> None:
        """Take new rows in."""
        for model, span in added.items():
            for _ in self._read(reader, model, span):
                pass

    def findings(self) -> Quality:
        """Itself: it is read in the thread that it belongs to."""
        return self

    def of(self, table: str) -> Counter[str]:
        """The counts of a table; all zero where it has no rows."""
        return self.counts.get(table, Counter())

    def _read(self, reader: Reader, model: type[EventModel], span: IdSpan) -> Iterator[int]:
        """Pieces of ids, each about as long as one read should hold its lock; yields how far it is."""
        size, after = _FIRST, span.after
        while after < span.upto:
            upto = min(after + size, span.upto)
            began = perf_counter()
            self._count(reader, model, IdSpan(after, upto))
            fitting = size * PIECE_SECONDS / max(perf_counter() - began, 1e-6)
            size = int(max(_FEWEST, min(_MOST, 2 * size, fitting)))
            after = upto
            yield after

    def _count(self, reader: Reader, model: type[EventModel], span: IdSpan) -> None:
        inside = (model.id > span.after) & (model.id <= span.upto)
        names, terms = zip(*_COUNTED[model].items(), strict=True)
        sums = [peewee.fn.SUM(peewee.Case(None, ((term, 1),), 0)) for term in terms]
        ((rows, *values),) = reader.rows(model.select(peewee.fn.COUNT(model.id), *sums).where(inside))
        counts = self.counts.setdefault(str(model._meta.table_name), Counter())
        counts[ROWS] += rows
        for name, value in zip(names, values, strict=True):
            counts[name] += int(value or 0)
        self._note_hours(reader, model, inside)
        if model is CommandUsage:
            found = reader.rows(CommandUsage.select(CommandUsage.command_name).where(inside).distinct())
            self.commands.update(str(name) for (name,) in found)

    def _note_hours(self, reader: Reader, model: type[EventModel], inside: Any) -> None:
        usable = ~_unusable_time(model)
        hour = (
            peewee.fn.FLOOR(model.timestamp / HOUR) if _on_server(reader) else (model.timestamp / HOUR).cast("INTEGER")
        )
        found = reader.rows(model.select(hour).where(inside & usable).distinct())
        self.hours.update(int(value) for (value,) in found)


def _on_server(reader: Reader) -> bool:
    return not isinstance(reader.database, peewee.SqliteDatabase)


def _unusable_time(model: type[EventModel]) -> Any:
    moment = peewee.fn.COALESCE(model.timestamp, -1)
    return (moment < DISCORD_EPOCH) | (moment >= END_OF_TIME)


def _unusable(field: Any, least: float) -> Any:
    """NULL, below ``least``, longer than a day, or a text (which SQLite takes for greater than any number)."""
    value = peewee.fn.COALESCE(field, -1)
    return (value < least) | (value > LONGEST_DURATION)


def _blank(*fields: Any) -> Any:
    return reduce(or_, [peewee.fn.COALESCE(field, "") == "" for field in fields])


_COUNTED: Final[dict[type[EventModel], dict[str, Any]]] = {
    CommandUsage: {
        NO_TIME: _unusable_time(CommandUsage),
        NO_DURATION: _unusable(CommandUsage.execution_time, 0),
        NO_USER: _blank(CommandUsage.user_id),
        NO_SERVER: _blank(CommandUsage.guild_id),
        FAILED: peewee.fn.COALESCE(CommandUsage.success, 1) == 0,
    },
    ImageStats: {
        NO_TIME: _unusable_time(ImageStats),
        NO_DURATION: _unusable(ImageStats.generation_time, 1e-9),
        NO_USER: _blank(ImageStats.user_id),
        NO_PROMPT: _blank(ImageStats.prompt),
        NO_RESOLUTION: _blank(ImageStats.resolution),
        STANDARD: peewee.fn.COALESCE(ImageStats.generation_type, "standard") == "standard",
    },
    UserActivity: {NO_TIME: _unusable_time(UserActivity), NO_USER: _blank(UserActivity.user_id)},
}
