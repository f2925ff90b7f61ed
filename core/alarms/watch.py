"""Watching one database: learn what is usual from its last weeks, then look again and again for what is not."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.alarms.anomaly import AlarmKind, Anomaly
from core.alarms.detection import Detection
from core.alarms.episodes import Alarm, Episodes
from core.alarms.file_signs import file_signs
from core.alarms.observations import Observation, days, moment_of, new_ones
from core.alarms.verdict import Cause, SilenceWatch, Verdict
from core.errors import BotpulseError
from core.feed.change_feed import Feed, LookResult
from core.models import EventModel
from core.statistics.lives import LifeEvent
from core.storage.database import faults
from core.storage.location import Location
from core.storage.seeks import IdSpan
from core.tasks import Progress, Task, finish
from core.text.translation import gettext as _
from core.time_ranges import DAY, HOUR, TimeRange

log = logging.getLogger(__name__)

LEARNED: Final = 30.0
"""Days of the past from which is learned what is usual."""

LEAST_ROOM: Final = 500_000_000
"""Bytes; with less than this on its disk a database may soon not be written."""

_SETTLED: Final = 60.0
"""Seconds for which the bot must be away before anybody is called: a restart takes some."""

MOST_PAST: Final = 200
"""Alarms that are over and remembered."""

_LOOK_AROUND: Final = 60.0
_AHEAD: Final = HOUR
_SURE: Final = frozenset({Cause.SHUT_DOWN, Cause.HELD_UP, Cause.REPLACED, Cause.MOVED, Cause.AWAY})


@dataclass(frozen=True, slots=True)
class AlarmNews:
    """What a look has changed.

    Attributes:
        begun: alarms that are given now.
        ended: alarms that are over; each is told once.
        afresh: what was learned does not hold any more (a reset, another file): learn again.
        fault: what stood in the way of looking; it is an alarm by itself once it has lasted.
    """

    begun: tuple[Alarm, ...] = ()
    ended: tuple[Alarm, ...] = ()
    afresh: bool = False
    fault: BotpulseError | None = None


class AlarmWatch:
    """Watches one database. It belongs to the thread that looks, and waits for nobody.

    Args:
        address: a path or a ``postgresql://`` URL.
        zone: whose hours are told and compared.
        thresholds: see :class:`core.alarms.episodes.Episodes`.
        lets_go: whether a file is let go of between looks: on Windows nobody else can rename, replace or delete one
            that is open.

    Attributes:
        open: the alarms that go on, the first given first.
        past: those that are over, as they ended, of the days that were learned from too; silences only of those that
            were watched.
    """

    def __init__(
        self,
        address: str | Path | Location,
        zone: ZoneInfo,
        thresholds: Mapping[AlarmKind, float | None] | None = None,
        *,
        lets_go: bool = sys.platform == "win32",
    ) -> None:
        self._feed, self._lets_go = Feed(address), lets_go
        self._zone, self._thresholds = zone, dict(thresholds or {})
        self._begin_afresh()

    @property
    def open(self) -> tuple[Alarm, ...]:
        """The alarms that go on, the first given first."""
        return tuple(sorted(self._episodes.open.values(), key=lambda each: each.given))

    @property
    def past(self) -> tuple[Alarm, ...]:
        """Those that are over, as they ended; the newest :data:`MOST_PAST`."""
        return self._past

    def learn(self, now: float) -> Task[None]:
        """Read the last weeks in short chunks; ``now`` in epoch seconds. What goes on by then is in :attr:`open`.

        Raises:
            BotpulseError: the database can't be read now.
        """
        self._begin_afresh()
        looked = self._feed.look()
        if looked.fault is not None or self._feed.reader is None:
            raise looked.fault or BotpulseError(_("The database can't be read now."))
        upto = {model: ends.last for model, ends in self._feed.ends.items()}
        with faults(self._feed.location):
            for share, day in days(self._feed.reader, TimeRange(now - LEARNED * DAY, now + _AHEAD), upto):
                self._observe(day, now)
                yield Progress(share, _("Learning what is usual"))
        self._ended_by(now)
        self._silence.learn(self._detection.rhythm)
        self._rest()

    def look(self, now: float) -> AlarmNews:
        """Look once, at ``now`` in epoch seconds. Never raises what is the environment's fault."""
        looked = self._feed.look()
        if looked.afresh:
            return AlarmNews(afresh=True)
        begun = self._take_in(looked, now) if looked.fault is None else []
        self._rest()
        self._silence.note(now, self._last_seen(), (), looked.fault)
        begun += self._alarms(self._amiss(now))
        return AlarmNews(tuple(begun), self._ended_by(now), fault=looked.fault)

    def close(self) -> None:
        """Let go of the database."""
        self._feed.close()

    def _rest(self) -> None:
        if self._lets_go:
            self._feed.rest()

    def _begin_afresh(self) -> None:
        self._detection = Detection(self._zone)
        self._episodes = Episodes(self._thresholds)
        self._ended: list[Alarm] = []
        self._past: tuple[Alarm, ...] = ()
        self._silence = SilenceWatch(self._zone, on_server=self._feed.location.path is None)
        self._amiss_since: tuple[Cause, float] | None = None
        self._looked_around = 0.0
        self._room: Anomaly | None = None
        self._learned_day = 0

    def _take_in(self, looked: LookResult, now: float) -> list[Alarm]:
        if not looked.added or self._feed.reader is None:
            return []
        try:
            with faults(self._feed.location):
                rows = new_ones(self._feed.reader, _only_events(looked.added))
        except BotpulseError as fault:
            log.warning("new rows could not be read: %s", fault)
            return []
        return self._observe(rows, now)

    def _observe(self, rows: list[Observation], now: float) -> list[Alarm]:
        begun: list[Alarm] = []
        for row in rows:
            moment = moment_of(row)
            if moment > now + _AHEAD:  # a clock that is wrong says nothing of what is usual
                continue
            if isinstance(row, LifeEvent):
                self._silence.note_lives((row,))
            anomalies = [each for each in self._detection.observe(row) if each.kind is not AlarmKind.SILENCE]
            begun += self._alarms(iter(anomalies))
            if moment // DAY != self._learned_day:
                self._learned_day = int(moment // DAY)
                self._silence.learn(self._detection.rhythm)
                self._ended += self._episodes.calm(moment)
        return begun

    def _alarms(self, anomalies: Iterator[Anomaly]) -> list[Alarm]:
        begun = []
        for each in anomalies:
            self._ended += self._episodes.calm(each.moment)
            alarm = self._episodes.add(each)
            begun += [] if alarm is None else [alarm]
        return begun

    def _ended_by(self, now: float) -> tuple[Alarm, ...]:
        """What has ended since this was asked last."""
        ended, self._ended = (*self._ended, *self._episodes.calm(now)), []
        self._past = (*self._past, *ended)[-MOST_PAST:]
        return ended

    def _last_seen(self) -> float | None:
        moments = [ends.moment for ends in self._feed.ends.values() if isinstance(ends.moment, (int, float))]
        return max(map(float, moments), default=None)

    def _amiss(self, now: float) -> Iterator[Anomaly]:
        """What the bot's silence, its spool and the disk say."""
        if now - self._looked_around >= _LOOK_AROUND or now < self._looked_around:
            self._looked_around = now
            self._silence.note_files(finish(file_signs(self._feed.location)))
            self._room = _room(self._feed.location.path, now)
        if self._room is not None:
            yield replace(self._room, moment=now)
        verdict = self._silence.verdict(now)
        if not verdict.alarming:
            self._amiss_since = None
        elif self._amiss_since is None or self._amiss_since[0] is not verdict.cause:
            self._amiss_since = verdict.cause, now
        elif verdict.cause is Cause.STOPPED or now - self._amiss_since[1] >= _SETTLED:
            yield _said(verdict, self._last_seen() or self._amiss_since[1], now)


def _said(verdict: Verdict, since: float, now: float) -> Anomaly:
    kind = AlarmKind.CANNOT_WRITE if verdict.cause is Cause.HELD_UP else AlarmKind.SILENCE
    score = 2.0 if verdict.cause in _SURE else 1.0
    return Anomaly(kind, verdict.cause, now, since, score, 0.0, 0.0, now - since, 0, verdict.headline, verdict.evidence)


def _room(path: Path | None, now: float) -> Anomaly | None:
    if path is None:
        return None
    try:
        free = shutil.disk_usage(path.parent).free
    except OSError:  # a share that is away: the look says so
        return None
    return Anomaly(AlarmKind.DISK, "", now, now, LEAST_ROOM / max(free, 1), float(free), float(LEAST_ROOM))


def _only_events(added: Mapping[Any, IdSpan]) -> Mapping[type[EventModel], IdSpan]:
    return {model: ids for model, ids in added.items() if ids}
