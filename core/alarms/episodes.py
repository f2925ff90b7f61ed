"""From anomalies to alarms: one for each cause, from the first that is strange enough until it has been calm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from core.alarms.anomaly import AlarmKind, Anomaly
from core.tasks import Progress
from core.time_ranges import DAY, HOUR

CALM: Final[Mapping[AlarmKind, float]] = {
    AlarmKind.SILENCE: 120.0,
    AlarmKind.RESTARTS: HOUR,
    AlarmKind.FAILURES: HOUR / 2,
    AlarmKind.NEW_ERROR: DAY,
    AlarmKind.SLOW: DAY / 2,
    AlarmKind.QUEUE: HOUR / 2,
    AlarmKind.DISK: 120.0,
    AlarmKind.CANNOT_WRITE: 120.0,
}
"""Seconds without anything strange after which an alarm of a kind has ended."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that somebody should look at.

    Attributes:
        anomaly: what it was given for.
        last: the newest anomaly of its cause, so how it stands now.
        worst: the highest score so far.
        ended: when it was calm again, in epoch seconds; None while it goes on.
    """

    anomaly: Anomaly
    last: Anomaly
    worst: float
    ended: float | None = None

    @property
    def kind(self) -> AlarmKind:
        """What it is."""
        return self.anomaly.kind

    @property
    def given(self) -> float:
        """When it was given, in epoch seconds."""
        return self.anomaly.moment

    @property
    def key(self) -> tuple[AlarmKind, str]:
        """What tells it from other alarms that go on at the same time."""
        return self.anomaly.kind, self.anomaly.cause


@dataclass(frozen=True, slots=True)
class AlarmsSeen(Progress):
    """How things stand. Each tells all, so that none but the newest is needed.

    Attributes:
        learned: whether it is known what is usual; before that nothing is seen.
        open: the alarms that go on, the first given first.
        past: those that are over; the newest of them.
    """

    learned: bool = False
    open: tuple[Alarm, ...] = ()
    past: tuple[Alarm, ...] = ()


@dataclass(slots=True)
class Episodes:
    """Keeps the alarms that go on.

    A cause that goes on is told once; an error's burst and its being new are one cause.

    Attributes:
        thresholds: the score at which an alarm of a kind is given, 1 where none is set; a kind of None is off.
        open: the alarms that go on, by key.
    """

    thresholds: Mapping[AlarmKind, float | None] = field(default_factory=dict)
    open: dict[tuple[AlarmKind, str], Alarm] = field(default_factory=dict)
    _over: list[Alarm] = field(default_factory=list)

    def add(self, anomaly: Anomaly) -> Alarm | None:
        """Take an anomaly in, in order; gives an alarm where one begins."""
        if anomaly.score == 0.0:
            known = self.open.pop((anomaly.kind, anomaly.cause), None)
            self._over += [] if known is None else [replace(known, ended=anomaly.moment)]
            return None
        threshold = self.thresholds.get(anomaly.kind, 1.0)
        if threshold is None or anomaly.score < threshold:
            return None
        known = self.open.get((anomaly.kind, anomaly.cause)) or self._related(anomaly)
        if known is not None:
            self.open[known.key] = replace(known, last=anomaly, worst=max(known.worst, anomaly.score))
            return None
        alarm = Alarm(anomaly, anomaly, anomaly.score)
        self.open[alarm.key] = alarm
        return alarm

    def calm(self, now: float) -> Iterator[Alarm]:
        """The alarms that have ended by ``now``, in epoch seconds; each is told once."""
        yield from self._over
        self._over.clear()
        for key, alarm in list(self.open.items()):
            if now - alarm.last.moment > CALM[alarm.kind]:
                del self.open[key]
                yield replace(alarm, ended=alarm.last.moment)

    def _related(self, anomaly: Anomaly) -> Alarm | None:
        if not anomaly.fingerprint:
            return None
        return next((each for each in self.open.values() if each.last.fingerprint == anomaly.fingerprint), None)
