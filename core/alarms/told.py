"""Which alarms have been told, so that a program that is started again does not tell them twice."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from core.alarms.anomaly import AlarmKind
from core.storage.location import Location
from core.storage.own_folders import data_folder

log = logging.getLogger(__name__)

Key = tuple[AlarmKind, str]

_FOLDER: Final = "alarms"
_MOST: Final = 1_000


def told_path(location: Location) -> Path:
    """Where it is kept which alarms of a database were told: in the user's own data, by a digest of its address."""
    digest = hashlib.sha256(str(location).encode()).hexdigest()[:24]
    return data_folder() / _FOLDER / f"{digest}.json"


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


def write_told(path: Path, keys: Iterable[Key]) -> None:
    """Keep them; where that can't be, the next start may tell one again, which the log says."""
    beside = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps({"told": sorted(map(list, keys))[:_MOST]}), "utf-8")
        beside.replace(path)
    except OSError as error:
        log.warning("which alarms were told could not be kept: %s", error)
        with suppress(OSError):
            beside.unlink(missing_ok=True)
