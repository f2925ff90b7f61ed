"""How often a bot is used at each hour of the week, and how long it was quiet before: what silence is measured by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import peewee
from numpy.typing import NDArray

from core.models import CommandUsage, EventModel, ImageStats, UserActivity
from core.statistics.lives import LONGEST_DETAILS, LifeEvent, life_event
from core.storage.chunked_reads import Row, RowQuery, chunks
from core.storage.location import Location
from core.storage.reader import Reader, reading
from core.storage.seeks import IdSpan, last_id
from core.storage.values import text_of
from core.tasks import Progress, Task
from core.text.translation import gettext as _
from core.time_ranges import DAY, HOUR, TimeRange, offset_changes

HOURS: Final = 168
WEEKS: Final = 4
"""So many weeks back are looked at: habits change."""

MOST_ROWS: Final = 100_000
"""At most so many of the newest rows of each table are read; a bot that has more in four weeks is soon known."""

THURSDAY: Final = 72
"""The hour of the week at which epoch seconds begin."""

_BATCH: Final = 4_000
"""Gaps that are looked at between two reports of progress."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Commands and images by local hour of the week; hour 0 is Monday 00:00 to 01:00.

    Attributes:
        zone: whose hours they are.
        events: how many came in each of the 168 hours.
        watched: how often each hour was seen while the bot was not known to be away, in hours.
        longest: the longest gap between two events that touched each hour, in seconds; 0 where none did.
        lives: the starts and shutdowns of the bots in that time.
    """

    zone: ZoneInfo
    events: tuple[int, ...]
    watched: tuple[float, ...]
    longest: tuple[float, ...]
    lives: tuple[LifeEvent, ...] = ()

    @property
    def total(self) -> int:
        """How many events it is made of."""
        return sum(self.events)

    @property
    def days(self) -> float:
        """How many days were watched."""
        return sum(self.watched) / 24

    def rate(self, hour: int) -> float:
        """Events an hour at this hour of the week, smoothed with the hours beside it: four weeks are few samples."""
        near = [(hour + step) % HOURS for step in (-1, 0, 1)]
        watched = sum(self.watched[each] for each in near)
        return sum(self.events[each] for each in near) / watched if watched else 0.0

    def expected(self, span: TimeRange) -> float:
        """How many events usually come in such a span."""
        return sum(self.rate(hour) * seconds / HOUR for hour, seconds in hours_of_week(span, self.zone))

    def longest_quiet(self, span: TimeRange) -> float:
        """The longest gap that any hour of such a span has seen, in seconds."""
        return max((self.longest[hour] for hour, _n in hours_of_week(span, self.zone)), default=0.0)


def hours_of_week(span: TimeRange, zone: ZoneInfo) -> Iterator[tuple[int, float]]:
    """The local hours that a span touches, one after another: (hour of the week, seconds of it)."""
    changes = offset_changes(span, zone)
    ends = [start for start, _n in changes[1:]] + [span.end]
    for (start, offset), end in zip(changes, ends, strict=True):
        low = start
        while low < end:
            number = (low + offset) // HOUR
            high = min((number + 1) * HOUR - offset, end)
            yield int(number + THURSDAY) % HOURS, high - low
            low = high


def rhythm_of(moments: Sequence[float], zone: ZoneInfo, starts: Sequence[float] = ()) -> Task[Rhythm]:
    """Learn the rhythm of events (epoch seconds, ascending); a gap in which the bot started says nothing of its users.

    ``starts`` are the moments at which the bot started, ascending.
    """
    times = np.array(moments, dtype=float)
    begins, ends = times[:-1], times[1:]
    lengths = ends - begins
    begun = np.searchsorted(starts, ends, "right") > np.searchsorted(starts, begins, "left")
    hours = _hours_within(begins, ends, zone)
    short = (hours >= 0) & ~begun
    events = np.bincount(hours[short], minlength=HOURS).tolist()
    watched = np.bincount(hours[short], lengths[short] / HOUR, HOURS).astype(float).tolist()
    most = np.zeros(HOURS)
    np.maximum.at(most, hours[short], lengths[short])
    longest = most.tolist()
    for done, place in enumerate(np.flatnonzero(~short & ~begun).tolist()):
        if done % _BATCH == 0:
            yield Progress(place / len(moments), _("Learning when the bot is used"))
        earlier, later = moments[place], moments[place + 1]
        for step, (hour, seconds) in enumerate(hours_of_week(TimeRange(earlier, later), zone)):
            events[hour] += step == 0
            watched[hour] += seconds / HOUR
            longest[hour] = max(longest[hour], later - earlier)
    return Rhythm(zone, tuple(events), tuple(watched), tuple(longest))


def _hours_within(begins: NDArray[np.float64], ends: NDArray[np.float64], zone: ZoneInfo) -> NDArray[np.int64]:
    """The local hour of the week that holds the whole of each span; -1 where none does."""
    if not len(begins):
        return np.zeros(0, dtype=np.int64)
    changes = offset_changes(TimeRange(float(begins[0]), float(ends[-1])), zone)
    when, offsets = np.array([start for start, _n in changes]), np.array([offset for _n, offset in changes])
    place = np.maximum(np.searchsorted(when, begins, "right") - 1, 0)
    number = (begins + offsets[place]) // HOUR
    inside = (ends > begins) & (ends <= (number + 1) * HOUR - offsets[place])
    inside &= np.searchsorted(when[1:], begins, "right") == np.searchsorted(when[1:], ends, "left")
    return np.where(inside, (number.astype(np.int64) + THURSDAY) % HOURS, -1)


def learn_rhythm(address: str | Path | Location, now: float, zone: ZoneInfo) -> Task[Rhythm]:
    """Open a database, read its last weeks, and close it again: a task for a thread of its own.

    Raises:
        BotpulseError: the database can't be read.
    """
    with reading(address) as reader:
        return (yield from read_rhythm(reader, now, zone))


def read_rhythm(reader: Reader, now: float, zone: ZoneInfo) -> Task[Rhythm]:
    """Read the last :data:`WEEKS` weeks in short chunks and learn their rhythm.

    Raises:
        BotpulseError: through the ``faults`` block that the caller stands in, as the driver's exception.
    """
    span = TimeRange(now - WEEKS * 7 * DAY, now)
    found: list[list[float]] = []
    for share, model in enumerate((CommandUsage, ImageStats)):
        moments = yield from _moments(reader, model, span, Progress(share / 4, _("Reading when the bot was used")))
        found.append(moments)
    begin = max((moments[0] for moments in found if len(moments) >= MOST_ROWS), default=span.start)
    whole = sorted(moment for moments in found for moment in moments if moment >= begin)
    lives = yield from _lives(reader, span)
    rhythm = yield from rhythm_of(whole, zone, sorted(each.at for each in lives if each.is_start))
    return replace(rhythm, lives=tuple(lives))


def _moments(reader: Reader, model: type[EventModel], span: TimeRange, told: Progress) -> Task[list[float]]:
    moments: list[float] = []
    for rows in _newest(reader, model, (model.timestamp,), span):
        moments += [float(moment) for (moment,) in rows]
        yield told
    return sorted(moments)


def _lives(reader: Reader, span: TimeRange) -> Task[list[LifeEvent]]:
    details = peewee.fn.SUBSTR(UserActivity.details, 1, LONGEST_DETAILS)
    fields = (UserActivity.timestamp, UserActivity.action_type, UserActivity.user_id, details)
    lives: list[LifeEvent] = []
    for rows in _newest(reader, UserActivity, fields, span):
        found = (life_event(float(at), str(action), text_of(bot) or "", told) for at, action, bot, told in rows)
        lives += [each for each in found if each is not None]
        yield Progress(0.5, _("Reading when the bot started"))
    return sorted(lives, key=lambda each: each.at)


def _newest(
    reader: Reader, model: type[EventModel], fields: tuple[peewee.Field | peewee.Function, ...], span: TimeRange
) -> Iterator[list[Row]]:
    upto = last_id(reader, model)
    return chunks(reader, RowQuery(model, fields, IdSpan(max(upto - MOST_ROWS, 0), upto), span))
