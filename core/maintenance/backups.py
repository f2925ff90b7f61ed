"""Backups: copies under their own name, made beside the bot's work, verified before they get the name."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Final

from core.errors import NoAccess
from core.maintenance.copying import Holding, copy, holding, integrity
from core.maintenance.faults import BackupFault, NoBackupFolder, NotABackup, PlaceTaken
from core.maintenance.locking import check_room, connect, existing_file, file_of, in_thread, looking
from core.maintenance.strangers import is_ours
from core.models import ALL_MODELS, Failure, table_name
from core.storage.database import faults
from core.storage.files import keep_name, name_new, share_like
from core.storage.location import Location, byte_size, real_path, require_name
from core.storage.own_folders import data_folder
from core.storage.own_tables import has_failures
from core.storage.rights import may_write
from core.storage.structure import folded, names
from core.tasks import Progress, Task, followed, scaled
from core.text.translation import gettext as _
from core.time_ranges import utc_time

FOLDER: Final = "botpulse-backups"
TABLES: Final[tuple[str, ...]] = tuple(str(model._meta.table_name) for model in ALL_MODELS)
"""The seed's four tables."""

_PART: Final = ".botpulse-part"
_PART_OF_NAME: Final = 100
"""Characters of a backup's name that its part shows: a name that just fits is not to be too long while it is made."""

_STAMP: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2}")
_BY_HAND: Final = re.compile(rf"{_STAMP.pattern}(\.[^.]*?|-plain)?(?:-[0-9]+)?\.db", re.DOTALL)
_SCHEDULED: Final = re.compile(r"-scheduled(?:-[0-9a-f]{8})?(.*)\.db$", re.DOTALL)

_COPY: Final = "mode=ro"
_DEAD_AFTER: Final = 900.0


@dataclass(frozen=True, slots=True)
class Backup:
    """A verified backup.

    Attributes:
        path: the file.
        made: when, in UTC.
        byte_size: its size.
        holdings: which rows of each of our tables it holds; tables that it lacks are left out.
        left_out: the names of other programs' tables, indexes, views and triggers that are not in it: only those
            programs can make them.
    """

    path: Path
    made: datetime
    byte_size: int
    holdings: tuple[Holding, ...]
    left_out: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows of our tables it holds."""
        return sum(each.rows for each in self.holdings)

    def held(self, table: str) -> Holding | None:
        """What it holds of a table; None where it lacks the table."""
        return next((each for each in self.holdings if each.table == table), None)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in one of the folders for backups, not looked into.

    Attributes:
        path: the file; made: when it was last written, in UTC; byte_size: its size.
    """

    path: Path
    made: datetime
    byte_size: int


def folders(path: Path) -> tuple[Path, Path]:
    """Where backups of a database go: beside it, or in the user's own data where that can't be written."""
    place = real_path(path)
    own = hashlib.sha256(os.fsencode(place)).hexdigest()[:12]  # there may be several databases of one name
    return place.parent / FOLDER, data_folder() / "backups" / own


def default_folder(path: Path) -> Path:
    """The first of :func:`folders` that can be written; it is not made here."""
    beside, own = folders(path)
    return beside if may_write(beside if beside.exists() else beside.parent) else own


def made_folder(folder: Path) -> None:
    """Make a folder for backups, if it is not there, that nobody else may look into.

    Raises:
        NoBackupFolder: it can't be made, or is none.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise NoBackupFolder(str(folder), str(error)) from error


def backups(location: Location | str | Path) -> tuple[Stored, ...]:
    """The backups of a database in the usual places, the newest first.

    Raises:
        OnServer: the database is on a server.
    """
    path = file_of(location)
    shared = path.suffix != ".db" and path.with_suffix(".db").exists()
    named = (each for folder in folders(path) for each in folder.glob(f"{_escaped(path.stem)}-[0-9]*.db"))
    found: list[Stored] = []
    for each in named:
        with suppress(FileNotFoundError):  # removed since, or a link to nowhere
            if _is_of(path, each.name, shared=shared):
                found.append(_stored(each))
    return tuple(sorted(found, key=lambda each: (each.made, each.path), reverse=True))


def kind_of(path: Path) -> str:
    """What tells backups of databases apart whose names differ in their ends only: ``bot.db``, ``bot``."""
    return "" if path.suffix == ".db" else path.suffix or "-plain"


def _is_of(path: Path, name: str, *, shared: bool) -> bool:
    """Whether a backup is this database's: others may be called ``bot-2.db`` or ``bot.sqlite`` and lie beside it.

    Older releases left the end of the database's name out of a backup's that was made by hand. Such a one may be of any
    of them; where there is a ``bot.db`` (``shared``) it is taken for that one's.
    """
    rest = name.removeprefix(f"{path.stem}-")
    found = _SCHEDULED.search(rest) or _BY_HAND.fullmatch(rest)
    if found is not None:
        kind, mine = found[1] or "", kind_of(path)
        if kind != mine and (kind or shared or found.re is _SCHEDULED):
            return False
    return all(stamp.start() == 0 for stamp in _STAMP.finditer(rest))


def back_up(location: Location | str | Path, target: Path | None = None) -> Task[Backup]:
    """Copy a database while the bot goes on writing, verify the copy, and give it its name.

    Args:
        location: the database.
        target: the file to make, or a folder for it; by default it is named by the time, in :func:`default_folder`.

    Raises:
        BotpulseError: on a server, missing, locked, corrupt, no access, too little room, disk full, the name is
            taken, not verified. Nothing is left behind then, nor where the task is closed.
    """
    path = existing_file(location)
    with faults(target or path):
        place = _place(path, target)
    return (yield from copied(path, place, numbered=place != target))


def copied(path: Path, place: Path, *, numbered: bool = False) -> Task[Backup]:
    """A verified copy of a database under a new name, with a number where that was taken; see :func:`back_up`."""
    with faults(place):
        check_room(place.parent, byte_size(path))
        with _part_of(place) as part, faults(path):
            made = yield from scaled(copy(path, part), 0.0, 0.6)
            checked = yield from scaled(followed(integrity(part), partial(_touched, part)), 0.6, 0.95)
            if checked.problems:
                raise BackupFault(str(place), checked.problems[0])
            share_like(path, part)
            place = _named(part, place, numbered=numbered)
        with closing(connect(place, _COPY)) as connection:
            known = our_tables(connection, "main")
        ours = tuple(replace(each, table=folded(each.table)) for each in made.holdings if folded(each.table) in known)
        yield from _verified(place, ours)
    stored = _stored(place)
    return Backup(place, stored.made, stored.byte_size, ours, made.left_out)


def look_at(file: Path, database: Path | None = None) -> Task[Backup]:
    """What a backup holds. ``database`` is refused as its own backup.

    Raises:
        BotpulseError: missing, no access, not a database, none of our tables in it.
    """
    existing_file(file)
    if database is not None and database.exists() and file.samefile(database):
        raise NotABackup(str(file), "it is the database itself")
    with faults(file):
        held = yield from looking(file, lambda query: _holdings(file, query))
    if not held:
        raise NotABackup(str(file), "none of the tables is in it")
    stored = _stored(file)
    return Backup(file, stored.made, stored.byte_size, held)


def _touched(part: Path, progress: Progress) -> Progress:
    """A part that nobody writes for long would be taken for one of a process that was killed."""
    os.utime(part)
    return progress


def _verified(place: Path, held: tuple[Holding, ...]) -> Task[None]:
    """Look at a backup once more under its name: that is what others will find."""
    named = place.stat()
    try:
        found = yield from scaled(_holdings(place, _COPY), 0.95, 1.0)
        if sorted(found, key=attrgetter("table")) != sorted(held, key=attrgetter("table")):
            raise BackupFault(str(place), "the file of this name does not hold what was copied")
    except BaseException:
        with suppress(OSError):
            if os.path.samestat(named, place.stat()):
                place.unlink()
        raise


def _holdings(file: Path, query: str) -> Task[tuple[Holding, ...]]:
    with closing(connect(file, query)) as connection:

        def work() -> tuple[Holding, ...]:
            return tuple(holding(connection, name) for name in our_tables(connection, "main"))

        return (yield from in_thread(connection.interrupt, work, lambda: Progress(0.0, _("looking into the backup"))))


def our_tables(connection: sqlite3.Connection, schema: str) -> tuple[str, ...]:
    """Those of our tables that a file has: the seed's, failures, and metrics', be their extensions here or not.

    Names are no statistics: they are neither reset nor brought back.
    ``schema`` is the name under which the file is attached: "main".
    """
    present = [folded(name) for name in names(connection.execute, schema, ("table",))]
    metrics = (name for name in present if name not in TABLES and is_ours(name))
    failures = (table_name(Failure),) if has_failures(connection.execute, schema) else ()
    return (*(name for name in TABLES if name in present), *failures, *metrics)


def opened(backup: Backup | Path, database: Path) -> Task[Backup]:
    """A backup that is known, or one that has to be looked into first."""
    if isinstance(backup, Backup) and backup.path.exists():
        return backup
    return (yield from look_at(backup.path if isinstance(backup, Backup) else backup, database))


def _place(path: Path, target: Path | None) -> Path:
    if target is not None:
        require_name(target)
    if target is None or target.is_dir():
        folder = target or default_folder(path)
        made_folder(folder)
        return _free(folder / f"{path.stem}-{datetime.now():%Y-%m-%dT%H-%M-%S}{kind_of(path)}.db")
    if not target.parent.is_dir():
        raise NoAccess(str(target), f"there is no folder {target.parent}")
    if target.exists():
        raise PlaceTaken(str(target))
    return target


def _free(place: Path) -> Path:
    found, number = place, 1
    while found.exists():
        number += 1
        found = place.with_stem(f"{place.stem}-{number}")
    return found


@contextmanager
def _part_of(place: Path) -> Iterator[Path]:
    """The name that a copy has until it is whole; whatever happens, nothing stays under it."""
    for old in place.parent.glob(f".*{_PART}"):
        with suppress(FileNotFoundError):
            if time.time() - old.stat().st_mtime > _DEAD_AFTER:
                _remove(old)  # of a process that was killed
    part = place.with_name(f".{place.name[:_PART_OF_NAME]}.{secrets.token_hex(6)}{_PART}")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield part
    finally:
        _remove(part)


def _remove(part: Path) -> None:
    for each in (part, part.with_name(part.name + "-journal")):
        with suppress(OSError):
            each.unlink(missing_ok=True)


def _named(part: Path, place: Path, *, numbered: bool) -> Path:
    """Give a whole copy its name. A file that has come to be there meanwhile is not overwritten."""
    name = place
    while True:
        try:
            name_new(part, name)
        except FileExistsError as error:
            if not numbered:
                raise PlaceTaken(str(place)) from error
            name = _free(place)
        else:
            keep_name(name.parent)
            return name


def _stored(path: Path) -> Stored:
    status = path.stat()
    return Stored(path, utc_time(status.st_mtime), status.st_size)


def _escaped(text: str) -> str:
    return "".join(f"[{each}]" if each in "*?[" else each for each in text)
