"""Scheduled backups: when the next one is due, and which of the older ones are kept.

A scheduled backup carries the moment at which it was made in its name, in UTC: a folder that is copied elsewhere loses
its files' times, and what is kept must not hang on those. In a folder that several databases may share, it carries
which database it is of, too. Backups that were made by hand are never touched.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Final

from core.maintenance.backups import Backup, copied, default_folder, folders, kind_of, made_folder
from core.maintenance.locking import existing_file, file_of
from core.storage.database import faults
from core.storage.location import Location, real_path
from core.tasks import Progress, Task
from core.time_ranges import host_zone

SOONEST: Final = timedelta(hours=6)
"""The next backup is not due sooner than this after the last one, though another day has begun."""

_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP: Final = "%Y-%m-%dT%H-%M-%SZ"
_DIGITS: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2}Z"


@dataclass(frozen=True, slots=True)
class Retention:
    """How many scheduled backups are kept: the newest of each of so many days, ISO weeks and months that have one.

    Raises:
        ValueError: a number below 0, or all of them 0, which would keep nothing.
    """

    daily: int = 7
    weekly: int = 4
    monthly: int = 12

    def __post_init__(self) -> None:
        numbers = (self.daily, self.weekly, self.monthly)
        if min(numbers) < 0 or not any(numbers):
            raise ValueError("at least one backup has to be kept, and none of the numbers may be below 0")


DEFAULT_RETENTION: Final = Retention()


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A scheduled backup in its folder, not looked into: the file, and when it was made, in UTC."""

    path: Path
    made: datetime


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a scheduled backup has done.

    Attributes:
        backup: the one that was made and verified.
        removed: older ones that were not to be kept, and are gone.
        left: those that could not be removed: another program has them open, say.
    """

    backup: Backup
    removed: tuple[Path, ...]
    left: tuple[Path, ...]


def scheduled_backups(location: Location | str | Path, folder: Path | None = None) -> tuple[Scheduled, ...]:
    """The scheduled backups of a database in ``folder`` (by default the usual ones), the newest first.

    Raises:
        OnServer: the database is on a server.
        NoAccess: a folder can't be looked into.
    """
    path = file_of(location)
    found: list[Scheduled] = []
    for each in (folder,) if folder is not None else folders(path):
        with faults(each):
            found += _in_folder(path, each)
    return tuple(sorted(found, key=lambda backup: (backup.made, backup.path), reverse=True))


def is_due(found: Iterable[Scheduled], now: datetime, zone: tzinfo) -> bool:
    """Whether there is none of this day yet, in the zone's days. ``now`` is aware.

    What bears a moment after ``now`` was made under a clock that was wrong, and says nothing about today.
    """
    last = max((each.made for each in found if each.made <= now), default=None)
    if last is None:
        return True
    return now - last >= SOONEST and last.astimezone(zone).date() < now.astimezone(zone).date()


def kept(found: Iterable[Scheduled], retention: Retention, now: datetime, zone: tzinfo) -> frozenset[Path]:
    """The files that are kept at ``now``: see :class:`Retention`; days, weeks and months are the zone's.

    One that bears a moment after ``now`` is kept beside them: which day it is of is not known.
    """
    later = {each.path for each in found if each.made > now}
    past = sorted((each for each in found if each.made <= now), key=lambda each: (each.made, each.path), reverse=True)
    rules: tuple[tuple[int, Callable[[datetime], Hashable]], ...] = (
        (retention.daily, lambda moment: moment.date()),
        (retention.weekly, lambda moment: moment.isocalendar()[:2]),
        (retention.monthly, lambda moment: (moment.year, moment.month)),
    )
    stay = {path for most, period in rules for path in _newest(past, most, period, zone)}
    return frozenset(later | stay)


def back_up_scheduled(
    location: Location | str | Path,
    folder: Path | None = None,
    retention: Retention = DEFAULT_RETENTION,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Task[Rotation]:
    """Make a verified backup, as :func:`core.maintenance.backups.back_up` does; then remove what is not to be kept.

    Nothing is removed where the backup fails, and of the folder nothing but scheduled backups of this database.

    Raises:
        BotpulseError: as for ``back_up``.
    """
    path = existing_file(location)
    place = folder if folder is not None else default_folder(path)
    with faults(place):
        made_folder(place)
    made = yield from copied(path, place / scheduled_name(path, clock(), place))
    found = scheduled_backups(path, place)
    stay = kept(found, retention, clock(), host_zone())
    old = [each.path for each in found if each.path not in stay and each.path != made.path]
    removed = tuple(each for each in old if _removed(each))
    return Rotation(made, removed, tuple(each for each in old if each not in removed))


def back_up_if_due(location: Location | str | Path, clock: Callable[[], datetime]) -> Task[Rotation | None]:
    """Make a scheduled backup in the usual folder if there is none of this machine's day; None where there is one.

    ``clock`` tells the time, aware. Raises as :func:`back_up_scheduled` does.
    """
    yield Progress(0.0)
    if not is_due(scheduled_backups(location), clock(), host_zone()):
        return None
    return (yield from back_up_scheduled(location, clock=clock))


def scheduled_name(path: Path, moment: datetime, folder: Path | None = None) -> str:
    """How a scheduled backup of a database is called that is made at this moment (aware), in one of the usual folders.

    In any other ``folder`` the name says which database it is of: those of two bots are often called alike.
    """
    return f"{path.stem}-{moment.astimezone(UTC).strftime(_STAMP)}{_ending(path, folder)}"


def _ending(path: Path, folder: Path | None) -> str:
    """Databases that differ in their last name only (``bot.db``, ``bot.sqlite``, ``bot``) share a folder."""
    return f"-scheduled{_mark(path, folder)}{kind_of(path)}.db"


def _mark(path: Path, folder: Path | None) -> str:
    """Which database it is, by its place; nothing in the folders that only databases of one folder use."""
    if folder is None or real_path(folder) in map(real_path, folders(path)):
        return ""
    return f"-{hashlib.sha256(os.fsencode(real_path(path))).hexdigest()[:8]}"


def _in_folder(path: Path, folder: Path) -> list[Scheduled]:
    if not folder.is_dir():
        return []
    form = re.compile(f"{re.escape(path.stem)}-({_DIGITS}){re.escape(_ending(path, folder))}")
    found = ((each, form.fullmatch(each.name)) for each in folder.iterdir())
    return [Scheduled(each, made) for each, match in found if match and (made := _moment(match[1])) and each.is_file()]


def _moment(stamp: str) -> datetime | None:
    """The moment in a name; None where the digits are none, or before any clock begins: the file is not ours."""
    try:
        moment = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if moment >= _FIRST else None


def _newest(
    past: Iterable[Scheduled], most: int, period: Callable[[datetime], Hashable], zone: tzinfo
) -> Iterable[Path]:
    """The first of each of the first ``most`` periods that these lie in; they come newest first."""
    firsts: dict[Hashable, Path] = {}
    for each in past:
        firsts.setdefault(period(each.made.astimezone(zone)), each.path)
    return list(firsts.values())[:most]  # there may be fewer, and the number beyond what islice takes


def _removed(old: Path) -> bool:
    try:
        old.unlink(missing_ok=True)
    except OSError:
        return False
    return True
