"""Has the caches that are in use brought up to date, in a process of its own: whoever asked waits for nothing."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from core.errors import BotpulseError, SchemaFault
from core.models import EventModel
from core.statistics.rollups.cache_file import CacheUnusable, Progress, reading_cache
from core.statistics.rollups.calendar import calendar_of
from core.statistics.rollups.packing import FIELDS
from core.statistics.rollups.trust import is_believable, is_doubted, settle, signature_of
from core.statistics.rollups.upkeep import bring_up_to_date
from core.storage.location import Location
from core.storage.reader import Reader
from core.storage.rollup_files import cache_path
from core.storage.seeks import last_id
from core.worker.process import WorkerProcess

log = logging.getLogger(__name__)

MANY_ROWS: Final = 20_000
"""Where a table has fewer ids, reading them is as quick as looking for a cache."""

MOST_BEHIND: Final = 2_000
"""Ids behind the bound that are read at each question before they are counted into cells."""

_COMPARED_EVERY: Final = 600.0
_SHARE: Final = 200.0
"""Seconds after which all rows are compared again, and so many times as long as it took, where that is more."""

_LOOKS_AGAIN: Final = 5.0
"""Seconds for which it is not asked again what a cache needs."""

_AGAIN: Final = 20.0
"""Seconds between two starts for the same database."""

_Key = tuple[Location, str]


@dataclass(frozen=True, slots=True)
class Need:
    """What a cache lacks.

    Attributes:
        rows: whether there are many rows that are in no cell.
        comparison: whether it is time to compare all rows, or a sample has shown that some are not as they were.
    """

    rows: bool
    comparison: bool


class _Upkeep:
    """The databases that are being worked on. One process at a time, which ends when it is done."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads: dict[_Key, threading.Thread] = {}
        self._begun: dict[_Key, float] = {}
        self._looked: dict[_Key, float] = {}
        self._worker: WorkerProcess | None = None
        self.corrections: Counter[_Key] = Counter()

    def is_due(self, location: Location, zone: ZoneInfo) -> bool:
        """Whether nothing is being worked on, and nobody has asked for some seconds."""
        key, now = (location, zone.key), time.monotonic()
        with self._lock:
            if now - self._looked.get(key, -_LOOKS_AGAIN) < _LOOKS_AGAIN:
                return False
            self._looked[key] = now
            return not any(thread.is_alive() for thread in self._threads.values())

    def begin(self, location: Location, zone: ZoneInfo, need: Need) -> None:
        key, now = (location, zone.key), time.monotonic()
        with self._lock:
            if any(thread.is_alive() for thread in self._threads.values()):
                return
            if now - self._begun.get(key, -_AGAIN) < _AGAIN:
                return
            self._begun[key] = now
            thread = threading.Thread(
                target=self._run, args=(location, zone, need), name="botpulse-rollups", daemon=True
            )
            try:
                thread.start()
            except RuntimeError as error:  # no thread is to be had, or the interpreter is just ending
                log.debug("%s: rollups have to wait: %s", location, error)
            else:
                self._threads = {key: thread}

    def wait(self, timeout: float) -> bool:
        with self._lock:
            threads = tuple(self._threads.values())
        for thread in threads:
            thread.join(timeout)
        return not any(thread.is_alive() for thread in threads)

    def end(self) -> None:
        """End what is being worked on: what was written so far stays."""
        worker = self._worker
        if worker is not None:
            worker.close(timeout=0.0)

    def _run(self, location: Location, zone: ZoneInfo, need: Need) -> None:
        worker = self._worker = WorkerProcess()
        try:
            done = worker.call_once(bring_up_to_date, location, zone, compare=need.comparison)
        except BotpulseError as fault:
            log.info("%s: what was counted is not kept up to date: %s", location, fault)
        except Exception:
            log.warning("%s: what was counted is not kept up to date", location, exc_info=True)
        else:
            if need.comparison:
                settle(location, zone)
            self.corrections[location, zone.key] += bool(done.corrected)
        finally:
            self._worker = None
            worker.close()


_upkeep: Final = _Upkeep()
atexit.register(_upkeep.end)


def remind(reader: Reader, zone: ZoneInfo, *, believed: bool = False) -> None:
    """Begin to bring the cache of a database up to date, where it is time; returns at once.

    ``believed`` tells that its cells were just found to be those of the rows that are there.
    """
    if not _upkeep.is_due(reader.location, zone):
        return
    try:
        need = need_of(reader, zone, believed=believed)
    except SchemaFault:  # ids that no bot hands out
        return
    if need.rows or need.comparison:
        _upkeep.begin(reader.location, zone, need)


def need_of(reader: Reader, zone: ZoneInfo, *, believed: bool = False) -> Need:
    """What the cache of a database lacks; nothing where no table has many rows."""
    last = {model: last_id(reader, model) for model in FIELDS}
    if calendar_of(zone) is None or max(last.values()) < MANY_ROWS:
        return Need(rows=False, comparison=False)
    try:
        with reading_cache(cache_path(reader.location, zone), signature_of(reader, zone)) as cache:
            known = {model: cache.progress(model) for model in FIELDS}
    except CacheUnusable:
        return Need(rows=True, comparison=is_doubted(reader.location, zone))
    now = time.time()
    due = any(
        not 0 <= now - each.verified < max(_COMPARED_EVERY, _SHARE * each.took) for each in known.values() if each.bound
    )
    doubtful = not believed and _is_doubtful(reader, zone, known)
    behind = max(last[model] - each.bound for model, each in known.items())
    return Need(rows=behind > MOST_BEHIND, comparison=due or doubtful)


def _is_doubtful(reader: Reader, zone: ZoneInfo, known: Mapping[type[EventModel], Progress]) -> bool:
    return is_doubted(reader.location, zone) or any(
        each.bound and not is_believable(reader, model, each) for model, each in known.items()
    )


def corrections(location: Location, zone: ZoneInfo) -> int:
    """How often something was corrected that may have been shown already."""
    return _upkeep.corrections[location, zone.key]


def wait(timeout: float) -> bool:
    """Wait until nothing is being worked on; False where ``timeout`` seconds did not suffice."""
    return _upkeep.wait(timeout)
