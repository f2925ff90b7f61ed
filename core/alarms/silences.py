"""Silences of the past, judged as they would have been at the time; and starts that follow one another too fast."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core.alarms.anomaly import AlarmKind, Anomaly
from core.alarms.verdict import EARLIEST_ALARM, ENOUGH_DAYS, ENOUGH_EVENTS, strangeness
from core.statistics.lives import LifeEvent
from core.statistics.usage_pattern import HOURS, THURSDAY, WEEKS, Rhythm, hours_of_week
from core.time_ranges import DAY, HOUR, TimeRange, local_time

STARTS: Final = 3
"""So many starts in :data:`STARTS_WITHIN` are a bot that can't stay up."""

STARTS_WITHIN: Final = 900.0

_STEP: Final = 60.0
_LONGEST_LOOK: Final = 2 * DAY
_NOTEWORTHY: Final = 0.4
_OFTEN: Final = 2.0
_ENOUGH: Final = 10
_LATELY: Final = (1, 3, 24)


@dataclass(slots=True)
class _DayOfRhythm:
    """What one day adds to a rhythm; each list has a value an hour of the week, by its number."""

    events: dict[int, int] = field(default_factory=dict)
    watched: dict[int, float] = field(default_factory=dict)
    longest: dict[int, float] = field(default_factory=dict)


class Silences:
    """Follows events one by one, and says of each gap between two of them how strange it was, minute by minute.

    Attributes:
        rhythm: how often events come, as of the last midnight (UTC).
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._days: deque[tuple[int, _DayOfRhythm]] = deque()
        self.rhythm = Rhythm(zone, (0,) * HOURS, (0.0,) * HOURS, (0.0,) * HOURS)
        self._rates = [0.0] * HOURS
        self._offset = 0.0
        self._recent: deque[float] = deque()
        self._last: float | None = None
        self._lived = self._shut_down = False

    def observe(self, moment: float) -> Iterator[Anomaly]:
        """An event of users came; gives what the gap before it would have been taken for."""
        last, self._last = self._last, moment
        if last is None:
            return
        if moment - last >= EARLIEST_ALARM:
            yield from self.until(last, moment)
        if not self._lived:
            self._learn(last, moment)
        self._lived = self._shut_down = False
        self._recent.append(moment)

    def lived(self, event: LifeEvent) -> Iterator[Anomaly]:
        """The bot started, which ends a silence, or shut down; the gap around it says nothing of its users."""
        self._lived = True
        self._shut_down = not event.is_start
        if event.is_start and self._last is not None:
            last, self._last = self._last, event.at
            yield from self.until(last, event.at)

    def until(self, last: float, moment: float) -> Iterator[Anomaly]:
        """How strange the silence since ``last`` has become, minute by minute up to ``moment``."""
        if self.rhythm.total < ENOUGH_EVENTS or self.rhythm.days < ENOUGH_DAYS:
            return
        at, expected, longest = last, 0.0, 0.0
        lately, end = self._lately(last), min(moment, last + _LONGEST_LOOK)
        while at < end:
            hour = int((at + self._offset) // HOUR + THURSDAY) % HOURS
            step = min(_STEP, end - at)
            expected += self._rates[hour] * step * lately
            longest = max(longest, self.rhythm.longest[hour])
            at += step
            score = strangeness(expected, at - last, longest)
            if score >= _NOTEWORTHY:
                yield Anomaly(
                    AlarmKind.SILENCE, "", at, last, score, 0.0, expected, at - last, 0,
                    "shut down" if self._shut_down else "",
                )  # fmt: skip

    def _lately(self, last: float) -> float:
        """How much of the usual there was in the last hours, and in the last day; 1 at most: holidays are quiet."""
        while self._recent and self._recent[0] < last - DAY:
            self._recent.popleft()
        found = 1.0
        for span in _LATELY:
            usual = sum(
                self._rates[int((last - each * HOUR + self._offset) // HOUR + THURSDAY) % HOURS] * HOUR
                for each in range(span)
            )
            came = sum(1 for each in self._recent if each >= last - span * HOUR)
            found = min(found, (came + 1.0) / (usual + 1.0))
        return found

    def _learn(self, earlier: float, later: float) -> None:
        day = int(later // DAY)
        if not self._days or self._days[-1][0] != day:
            self._turn_to(day)
        kept = self._days[-1][1]
        gap = later - earlier
        if (earlier + self._offset) // HOUR == (later + self._offset) // HOUR:  # nearly all: no look at the zone
            hour = int((later + self._offset) // HOUR + THURSDAY) % HOURS
            kept.events[hour] = kept.events.get(hour, 0) + 1
            kept.watched[hour] = kept.watched.get(hour, 0.0) + gap / HOUR
            kept.longest[hour] = max(kept.longest.get(hour, 0.0), gap)
            return
        for place, (hour, seconds) in enumerate(hours_of_week(TimeRange(earlier, later), self._zone)):
            kept.events[hour] = kept.events.get(hour, 0) + (place == 0)
            kept.watched[hour] = kept.watched.get(hour, 0.0) + seconds / HOUR
            kept.longest[hour] = max(kept.longest.get(hour, 0.0), gap)

    def _turn_to(self, day: int) -> None:
        """A new day: what was seen before is the rhythm from now on."""
        while self._days and self._days[0][0] < day - WEEKS * 7:
            self._days.popleft()
        events, watched, longest = [0] * HOURS, [0.0] * HOURS, [0.0] * HOURS
        for _, each in self._days:
            for hour, number in each.events.items():
                events[hour] += number
            for hour, seconds in each.watched.items():
                watched[hour] += seconds
            for hour, gap in each.longest.items():
                longest[hour] = max(longest[hour], gap)
        self.rhythm = Rhythm(self._zone, tuple(events), tuple(watched), tuple(longest))
        self._rates = [_rate(self.rhythm, hour) / HOUR for hour in range(HOURS)]
        self._offset = (local_time(day * DAY, self._zone).utcoffset() or timedelta()).total_seconds()
        self._days.append((day, _DayOfRhythm()))


def _rate(rhythm: Rhythm, hour: int) -> float:
    """Events an hour at an hour of the week: its own where it was seen often enough, else that of the hour of all days.

    Taken together with the hours beside it, the end of an evening would make a silence of every night.
    """
    if rhythm.watched[hour] >= _OFTEN and rhythm.events[hour] >= _ENOUGH:
        return rhythm.events[hour] / rhythm.watched[hour]
    same = range(hour % 24, HOURS, 24)
    watched = sum(rhythm.watched[each] for each in same)
    return sum(rhythm.events[each] for each in same) / watched if watched >= _OFTEN else rhythm.rate(hour)


class Restarts:
    """Counts the starts of each process of each bot: one that crashes again and again is started again and again."""

    def __init__(self) -> None:
        self._starts: dict[tuple[str, str], deque[float]] = {}

    def observe(self, event: LifeEvent) -> Iterator[Anomaly]:
        """Take in a start or a shutdown, in order."""
        if not event.is_start:
            return
        starts = self._starts.setdefault((event.bot, event.shards), deque())
        starts.append(event.at)
        while starts[0] <= event.at - STARTS_WITHIN:
            starts.popleft()
        yield Anomaly(
            AlarmKind.RESTARTS, ":".join((event.bot, event.shards)), event.at, starts[0], len(starts) / STARTS,
            len(starts), 0.0, event.at - starts[0], len(starts),
        )  # fmt: skip
