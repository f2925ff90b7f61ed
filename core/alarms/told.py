"""Which alarms have been told: each cause once and its end once, by whichever program of ours comes first."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from core.alarms.anomaly import AlarmKind
from core.alarms.episodes import Alarm
from core.storage.location import Location, address_digest
from core.storage.own_folders import data_folder

log = logging.getLogger(__name__)

Key = tuple[AlarmKind, str]

_FOLDER: Final = "alarms"
_MOST: Final = 1_000


def told_path(location: Location) -> Path:
    """Where it is kept which alarms of a database were told: in the user's own data, by a digest of its address."""
    return data_folder() / _FOLDER / f"{address_digest(location)}.json"


def read_told(path: Path) -> frozenset[Key]:
    """The alarms that go on and were told; none where the file is missing, damaged or another's."""
    try:
        kept = json.loads(path.read_text("utf-8"))
        return frozenset((AlarmKind(kind), str(cause)) for kind, cause in kept["told"][:_MOST])
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        log.info("%s is not what it should be: %s", path, error)
        return frozenset()


def write_told(path: Path, keys: Iterable[Key]) -> bool:
    """Keep them, and return whether that could be; else the next start may tell one again, which the log says."""
    beside = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps({"told": sorted(map(list, keys))[:_MOST]}), "utf-8")
        beside.replace(path)
        return True
    except OSError as error:
        log.warning("which alarms were told could not be kept: %s", error)
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        return False


class ToldAlarms:
    """Which alarms of one database were told. ``botpulse-db watch`` and the window keep it in one file.

    Where the file can't be written, it is known for as long as the program runs.
    """

    def __init__(self, location: Location) -> None:
        self._path = told_path(location)
        self._told: set[Key] = set(read_told(self._path))
        self._kept = True

    def begun(self, alarms: Iterable[Alarm]) -> tuple[Alarm, ...]:
        """Those of some that go on which nobody has told yet."""
        new = [each for each in alarms if each.key not in self._told]
        if new:
            self._told |= read_told(self._path)
        return tuple(each for each in new if each.key not in self._told)

    def ended(self, alarms: Iterable[Alarm]) -> tuple[Alarm, ...]:
        """Those of some that have ended which were told, and their end was not."""
        ours = [each for each in alarms if each.key in self._told]
        if ours and self._kept:
            told = read_told(self._path)
            self._told -= {each.key for each in ours if each.key not in told}
        return tuple(each for each in ours if each.key in self._told)

    def note_begun(self, alarm: Alarm) -> None:
        """It is told."""
        self._told |= {alarm.key, *read_told(self._path)}
        self._kept = write_told(self._path, self._told)

    def note_ended(self, alarm: Alarm) -> None:
        """Its end is told."""
        self._told = (self._told | read_told(self._path)) - {alarm.key}
        self._kept = write_told(self._path, self._told)

    def forget_all_but(self, alarms: Iterable[Alarm]) -> None:
        """What goes on no more is forgotten: nobody saw its end."""
        left = self._told & {alarm.key for alarm in alarms}
        if left != self._told:
            self._told = left
            self._kept = write_told(self._path, self._told)
