"""All that is watched for in a bot's rows, in one pass: observations go in, anomalies come out."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from core.alarms.anomaly import Anomaly
from core.alarms.failures import FailureBurst, NewErrors
from core.alarms.generations import QueueWait, Slowdown
from core.alarms.observations import Observation, ObservedCommand, ObservedFailure
from core.alarms.silences import Restarts, Silences
from core.statistics.lives import LifeEvent
from core.statistics.usage_pattern import Rhythm


class Detection:
    """Learns what is usual while it watches. It reads no clock: times are those of the observations."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._silences, self._restarts = Silences(zone), Restarts()
        self._burst, self._new_errors = FailureBurst(), NewErrors()
        self._slowdown, self._queue = Slowdown(), QueueWait()

    @property
    def rhythm(self) -> Rhythm:
        """How often commands come at each hour of the week, as of the last midnight that was seen (UTC)."""
        return self._silences.rhythm

    def observe(self, observation: Observation) -> Iterator[Anomaly]:
        """Take in one observation; they come in the order in which they happened."""
        if isinstance(observation, LifeEvent):
            yield from self._silences.lived(observation)
            yield from self._restarts.observe(observation)
            return
        if isinstance(observation, ObservedFailure):
            yield from self._new_errors.observe(observation)
            yield from self._burst.observe(observation)
            return
        if isinstance(observation, ObservedCommand):
            yield from self._silences.observe(observation.moment)
            yield from self._burst.observe(observation)
        else:
            yield from self._slowdown.observe(observation)
            yield from self._queue.observe(observation)
