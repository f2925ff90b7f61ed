"""What happened on each local day of all history, counted from the events, and what daily_stats has stored of it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import peewee

from core.coverage import Coverage
from core.models import DISCORD_EPOCH, CommandUsage, DailyStats, EventModel, ImageStats
from core.storage.chunked_reads import Row, RowQuery, chunks
from core.storage.newest_first import newest_first, together
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, ids_upto
from core.storage.values import seconds_or_none, text_of
from core.text.zone_offsets import days_of

_FIRST: Final = days_of(ZoneInfo("UTC"))(DISCORD_EPOCH)


@dataclass(slots=True)
class Day:
    """One day's numbers; ``seconds`` is the sum of the ``timed`` known generation times."""

    commands: int = 0
    failures: int = 0
    images: int = 0
    timed: int = 0
    seconds: float = 0.0
    users: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class StoredDay:
    """A row of daily_stats; None where it holds no usable value."""

    commands: int | None
    images: int | None
    users: int | None
    generation: float | None


def differs(day: Day, stored: StoredDay) -> bool:
    """Whether daily_stats says another number of a day than its events do; what it does not know differs in nothing."""
    pairs = ((stored.commands, day.commands), (stored.images, day.images), (stored.users, len(day.users)))
    return any(told is not None and told != counted for told, counted in pairs)


class CalendarDays:
    """Follows events and daily_stats; a scan (see ``core.feed.loading``).

    Attributes:
        days: counted from the events, by local date.
        stored: what daily_stats has, by its date.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._day = days_of(zone)
        self.days: dict[date, Day] = defaultdict(Day)
        self.stored: dict[date, StoredDay] = {}

    def load(self, reader: Reader, upto: Mapping[type[EventModel], int]) -> Iterator[Coverage]:
        """Read all of history in short chunks, the newest first; yields what is known after each."""
        self._read_stored(reader)
        known = [(model, upto.get(model, 0)) for model in _TAKERS]
        yield from together((last, self._read_back(reader, model, last)) for model, last in known)

    def add(self, reader: Reader, added: Mapping[type[EventModel], IdSpan]) -> None:
        """Take new rows in."""
        self._read_stored(reader)
        for model in _TAKERS:
            if model in added:
                deque(self._read(reader, model, added[model]), maxlen=0)

    @property
    def begun(self) -> date | None:
        """The first day of which anything is known: of those before nobody knows whether nothing happened."""
        return min((day for day in (*self.days, *self.stored) if day >= _FIRST), default=None)

    def _read(self, reader: Reader, model: type[EventModel], ids: IdSpan) -> Iterator[int]:
        for rows in chunks(reader, RowQuery(model, _TAKERS[model][0], ids)):
            self._take(model, rows)
            yield len(rows)

    def _read_back(self, reader: Reader, model: type[EventModel], upto: int) -> Iterator[Coverage]:
        for chunk in newest_first(reader, RowQuery(model, _TAKERS[model][0], ids_upto(reader, model, upto))):
            self._take(model, chunk.rows)
            yield chunk.coverage

    def _take(self, model: type[EventModel], rows: Iterable[Row]) -> None:
        take = _TAKERS[model][1]
        for row in rows:
            take(self.days[self._day(row[0])], row)

    def _read_stored(self, reader: Reader) -> None:
        query = DailyStats.select(
            DailyStats.date,
            DailyStats.total_commands,
            DailyStats.total_images,
            DailyStats.unique_users,
            DailyStats.avg_generation_time,
        )
        self.stored = {day: stored for row in reader.rows(query) for day, stored in _stored(row)}


def _stored(row: Row) -> Iterator[tuple[date, StoredDay]]:
    """A row of daily_stats by its date; none where that is no date."""
    name, commands, images, users, generation = row
    try:
        day = date.fromisoformat(name)
    except (TypeError, ValueError):
        return
    seconds = seconds_or_none(generation, zero_is_unknown=True)
    yield day, StoredDay(_whole(commands), _whole(images), _whole(users), seconds)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _note_user(day: Day, stored: object) -> None:
    """Nobody is no user."""
    if name := text_of(stored, None):
        day.users.add(name)


def _take_command(day: Day, row: Row) -> None:
    day.commands += 1
    day.failures += row[2] == 0
    _note_user(day, row[1])


def _take_image(day: Day, row: Row) -> None:
    day.images += 1
    _note_user(day, row[1])
    seconds = seconds_or_none(row[2], zero_is_unknown=True)
    if seconds is not None:
        day.timed += 1
        day.seconds += seconds


_TAKERS: Final[dict[type[EventModel], tuple[tuple[peewee.Field, ...], Callable[[Day, Row], None]]]] = {
    CommandUsage: ((CommandUsage.timestamp, CommandUsage.user_id, CommandUsage.success), _take_command),
    ImageStats: ((ImageStats.timestamp, ImageStats.user_id, ImageStats.generation_time), _take_image),
}
