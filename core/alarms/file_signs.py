"""What the files of a database themselves say of the bot, without being opened."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.storage.location import Location, wal_path
from core.tasks import Task
from core.tracking.spool_places import spool_files


@dataclass(frozen=True, slots=True)
class FileSigns:
    """When files were last written, in epoch seconds; None where there is none.

    Attributes:
        modified: the database, or its write-ahead log.
        spooled: a spool, in which the bot's events wait while they can't be written.
    """

    modified: float | None
    spooled: float | None


def file_signs(location: Location) -> Task[FileSigns]:
    """Ask the disk; nothing is opened."""
    yield from ()
    path = location.path
    own = [] if path is None else [path, wal_path(path)]
    return FileSigns(_last_written(own), _last_written(spool_files(location)))


def _last_written(paths: Iterable[Path]) -> float | None:
    moments = []
    for path in paths:
        with suppress(OSError):  # it went away just now
            moments.append(path.stat().st_mtime)
    return max(moments, default=None)
