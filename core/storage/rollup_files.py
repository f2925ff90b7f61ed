"""Where the caches of what was counted lie (:mod:`core.statistics.rollups`), and how they go."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from core.storage.location import Location, address_digest
from core.storage.own_folders import caches_folder
from core.time_ranges import DAY

_UNUSED_DAYS: Final = 90


def cache_folder() -> Path:
    """The folder of all caches."""
    return caches_folder() / "rollups"


def cache_path(location: Location, zone: ZoneInfo) -> Path:
    """The cache of a database and a zone, whether it is there or not."""
    return cache_folder() / f"{address_digest(location)}-{_hashed(zone.key, 8)}.db"


def forget(location: Location) -> None:
    """Delete the caches of a database, of all zones: what was counted of deleted rows names their users, too."""
    with suppress(OSError):
        for path in cache_folder().glob(f"{address_digest(location)}-*.db"):
            throw_away(path)


def files(location: Location) -> list[Path]:
    """The caches of a database that are there, of all zones, with their logs."""
    return sorted(cache_folder().glob(f"{address_digest(location)}-*"))


def remove_unused(now: float) -> None:
    """Delete the caches that nobody has used for a long time; ``now`` in epoch seconds."""
    with suppress(OSError):
        for path in cache_folder().glob("*.db"):
            if path.stat().st_mtime < now - _UNUSED_DAYS * DAY:
                throw_away(path)


def throw_away(path: Path) -> None:
    """Delete a cache and its log. What another program holds open on Windows stays, to be compared and corrected."""
    for suffix in ("", "-wal", "-shm"):
        with suppress(OSError):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def _hashed(name: str, length: int) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:length]
