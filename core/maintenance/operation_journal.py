"""Notes of what is being done to a database, so that it can be taken back after a crash, or on another day.

A note is a small file in the folder for backups. It is there before the database is touched.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from core.maintenance.backups import default_folder, folders
from core.maintenance.locking import file_of
from core.storage.files import replacing
from core.storage.location import Location, real_path

log = logging.getLogger(__name__)

_SUFFIX: Final = ".note.json"


class Action(StrEnum):
    """What is done to a database."""

    RESET = "reset"
    UNDO = "undo"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class JournalNote:
    """Something that is being done, or was done, and can be taken back.

    Attributes:
        action: what.
        database: to which file.
        backup: the verified backup of what was there before. To take a reset back, :func:`core.maintenance.undo` it;
            to take a restore back, :func:`core.maintenance.restore` it; an undo is simply done again.
        since: when it was begun, in UTC.
        finished: False where it was cut off, or is going on at this moment.
        path: the note itself.
    """

    action: Action
    database: Path
    backup: Path
    since: datetime
    finished: bool
    path: Path


def begin(action: Action, database: Path, backup: Path) -> JournalNote:
    """Write down what is about to be done, durably. An older note about the same backup is replaced."""
    note = _note(action, database, backup)
    _write(note)
    return note


def _note(action: Action, database: Path, backup: Path) -> JournalNote:
    folder = default_folder(database)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder / (backup.name + _SUFFIX)
    return JournalNote(action, real_path(database), real_path(backup), datetime.now(UTC), False, place)


@contextmanager
def undoing(database: Path, backup: Path, *, at_once: bool) -> Iterator[None]:
    """JournalNote an undo while the block lasts; then there is nothing more to take back.

    Where it fails, the note says that it is not finished: some rows may be back. One that is done ``at_once`` changed
    nothing then, so what the note of before said still holds, and stands there again.
    """
    note = _note(Action.UNDO, database, backup)
    before = _read(note.path)
    _write(note)
    try:
        yield
    except BaseException:
        if at_once:
            _put_back(note, before)
        raise
    forget(note)


def _put_back(note: JournalNote, before: JournalNote | None) -> None:
    if before is None:
        forget(note)
        return
    try:
        _write(before)
    except OSError as error:
        log.warning("%s: nothing was undone, but that could not be noted: %s", note.database, error)


def settle(note: JournalNote, *, done: bool) -> None:
    """It was done, and can still be taken back; or nothing was done at all.

    What was done stays done where that can't be noted (on a full disk, say): the note of its beginning is left then.
    """
    if not done:
        forget(note)
        return
    try:
        _write(replace(note, finished=True))
    except OSError as error:
        log.warning("%s: its %s was done, but could not be noted: %s", note.database, note.action, error)


def forget(note: JournalNote) -> None:
    """Offer it no more. The backup itself stays."""
    with suppress(FileNotFoundError):
        note.path.unlink()


def unfinished(location: Location | str | Path) -> tuple[JournalNote, ...]:
    """What was begun on a database and cut off by a crash; the newest first.

    Each step of ours is all or nothing, or can be repeated, so the database is whole: all that is open is whether its
    rows are to be brought back. Work that another process is doing at this moment is listed too.

    Raises:
        OnServer: the database is on a server.
    """
    return tuple(note for note in _notes(file_of(location)) if not note.finished)


def undoable(location: Location | str | Path) -> tuple[JournalNote, ...]:
    """What was done to a database and can be taken back, the newest first.

    Raises:
        OnServer: the database is on a server.
    """
    return tuple(note for note in _notes(file_of(location)) if note.finished)


def _notes(path: Path) -> list[JournalNote]:
    read = (_read(file) for folder in folders(path) for file in folder.glob("*" + _SUFFIX))
    wanted = real_path(path)
    found = [note for note in read if note is not None and note.database == wanted and note.backup.exists()]
    return sorted(found, key=lambda note: (note.since, note.path), reverse=True)


def _write(note: JournalNote) -> None:
    text = json.dumps(
        {
            "action": note.action,
            "database": str(note.database),
            "backup": str(note.backup),
            "since": note.since.isoformat(),
            "finished": note.finished,
        }
    )
    with replacing(note.path) as file:
        file.write(text.encode())


def _read(file: Path) -> JournalNote | None:
    """A note that somebody has spoilt is no note."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(found["since"])
        action, places = Action(found["action"]), (Path(found["database"]), Path(found["backup"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return JournalNote(action, *places, since, bool(found.get("finished")), file)
