"""Who was seen when: everybody's first and last visit, and how many came each day, week and month, over all history."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf
from zoneinfo import ZoneInfo

from core.coverage import Coverage
from core.models import CommandUsage, EventModel, ImageStats
from core.storage.chunked_reads import Row, RowQuery, chunks
from core.storage.newest_first import newest_first, together
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, ids_upto
from core.storage.values import text_of
from core.text.zone_offsets import days_of
from core.time_ranges import day_start

_MODELS: tuple[type[EventModel], ...] = (CommandUsage, ImageStats)


@dataclass(frozen=True, slots=True)
class Reach:
    """How many different people came in a span of days, and how many of them for the first time."""

    start: float
    end: float
    users: int
    new: int


class Visits:
    """Follows command_usage and image_stats; a scan (see ``core.feed.loading``). Days are those of a zone.

    Attributes:
        first: each user's first visit, in epoch seconds; last: the last one.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._day = days_of(zone)
        self.first: dict[str, float] = {}
        self.last: dict[str, float] = {}
        self._days: dict[date, set[str]] = defaultdict(set)
        self._new: Counter[date] = Counter()
        self._known: dict[tuple[date, date], Reach] = {}

    def load(self, reader: Reader, upto: Mapping[type[EventModel], int]) -> Iterator[Coverage]:
        """Read all of history in short chunks, the newest first; yields what is known after each."""
        known = [(model, upto.get(model, 0)) for model in _MODELS]
        return together((last, self._read_back(reader, model, last)) for model, last in known)

    def add(self, reader: Reader, added: Mapping[type[EventModel], IdSpan]) -> None:
        """Take new rows in."""
        for model in _MODELS:
            if model in added:
                deque(self._read(reader, model, added[model]), maxlen=0)

    def per_day(self, today: date, days: int) -> tuple[Reach, ...]:
        """The last days up to and with today; the last of them is not over."""
        starts = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
        return self._reach([(start, start + timedelta(days=1)) for start in starts])

    def per_week(self, today: date, weeks: int, first_weekday: int = 0) -> tuple[Reach, ...]:
        """The last weeks; ``first_weekday`` is 0 for Monday."""
        this = today - timedelta(days=(today.weekday() - first_weekday) % 7)
        starts = [this - timedelta(weeks=back) for back in range(weeks - 1, -1, -1)]
        return self._reach([(start, start + timedelta(weeks=1)) for start in starts])

    def per_month(self, today: date, months: int) -> tuple[Reach, ...]:
        """The last calendar months."""
        numbers = range(today.year * 12 + today.month - months, today.year * 12 + today.month)
        return self._reach([(_month(number), _month(number + 1)) for number in numbers])

    def _reach(self, spans: Sequence[tuple[date, date]]) -> tuple[Reach, ...]:
        """Counted anew only where somebody else has come since."""
        for span in spans:
            if span not in self._known:
                self._known[span] = self._one(*span)
        return tuple(self._known[span] for span in spans)

    def _one(self, start: date, end: date) -> Reach:
        days = [start + timedelta(days=i) for i in range((end - start).days)]
        users: set[str] = set().union(*(self._days.get(day, ()) for day in days))
        ends = self._moment(start), self._moment(end)
        return Reach(*ends, len(users), sum(self._new.get(day, 0) for day in days))

    def _moment(self, day: date) -> float:
        """A day that the zone skipped begins with the next one."""
        return next(moment for i in range(3) if (moment := day_start(day + timedelta(days=i), self._zone)) is not None)

    def _read(self, reader: Reader, model: type[EventModel], ids: IdSpan) -> Iterator[int]:
        for rows in chunks(reader, RowQuery(model, (model.timestamp, model.user_id), ids)):  # type: ignore[attr-defined]
            self._note(rows)
            yield len(rows)

    def _read_back(self, reader: Reader, model: type[EventModel], upto: int) -> Iterator[Coverage]:
        fields = (model.timestamp, model.user_id)  # type: ignore[attr-defined]
        for chunk in newest_first(reader, RowQuery(model, fields, ids_upto(reader, model, upto))):
            self._note(chunk.rows)
            yield chunk.coverage

    def _note(self, rows: Sequence[Row]) -> None:
        changed: set[date] = set()
        for moment, user in rows:
            name, day = user if isinstance(user, str) else text_of(user, None), self._day(moment)
            if not name:
                continue
            if name not in self._days[day]:
                self._days[day].add(name)
                changed.add(day)
            if moment < self.first.get(name, inf):
                changed.update(self._begin_with(name, moment, day))
            if moment > self.last.get(name, -inf):
                self.last[name] = moment
        self._known = {
            span: reach for span, reach in self._known.items() if not any(span[0] <= day < span[1] for day in changed)
        }

    def _begin_with(self, name: str, moment: float, day: date) -> tuple[date, ...]:
        """A user's first visit, or one that was earlier than what was known; the days of which this changes numbers."""
        before = self._day(self.first[name]) if name in self.first else None
        self.first[name] = moment
        self._new[day] += 1
        if before is None:
            return (day,)
        self._new[before] -= 1
        return day, before


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
