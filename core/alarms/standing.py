"""Watching as a task: it goes on until it is stopped, and says again and again what it has seen."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from time import monotonic
from typing import Final
from zoneinfo import ZoneInfo

from core.alarms.anomaly import AlarmKind
from core.alarms.episodes import AlarmsSeen
from core.alarms.watch import AlarmWatch
from core.errors import BotpulseError
from core.storage.location import Location
from core.tasks import Task
from core.text.translation import gettext as _

log = logging.getLogger(__name__)

_EVERY: Final = 2.0
_AGAIN: Final = 30.0
"""Seconds until a database that could not be read is tried again."""

_STEP: Final = 0.25
"""Seconds after which it gives progress, so that it can be stopped."""


def keep_watching(address: Location, zone: ZoneInfo, thresholds: Mapping[AlarmKind, float | None]) -> Task[None]:
    """Watch a database until it is stopped; all progress is an :class:`AlarmsSeen`.

    A database that can't be read is tried again later: whoever shows it says so anyway.
    """
    watching = AlarmWatch(address, zone, thresholds)
    try:
        while True:
            try:
                for progress in watching.learn(time.time()):
                    yield AlarmsSeen(progress.share, progress.words)
                yield from _looking(watching)
            except BotpulseError as fault:
                log.info("alarms are not watched for at the moment: %s", fault)
                yield from _waiting(AlarmsSeen(0.0, _("Learning what is usual")), _AGAIN)
    finally:
        watching.close()


def _looking(watching: AlarmWatch) -> Task[None]:
    """Look until it is to be learned afresh."""
    said = AlarmsSeen(0.0)
    while not watching.look(time.time()).afresh:
        seen = AlarmsSeen(1.0, learned=True, open=watching.open, past=watching.past)
        said = said if seen == said else seen  # what is the same is told once, and costs nothing afterwards
        yield from _waiting(said, _EVERY)


def _waiting(seen: AlarmsSeen, seconds: float) -> Task[None]:
    until = monotonic() + seconds
    while True:
        yield seen
        left = until - monotonic()
        if left <= 0.0:
            return
        time.sleep(min(_STEP, left))
