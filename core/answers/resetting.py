"""What ``/reset_stats`` does: a backup, then the reset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core import maintenance
from core.answers.collecting import bots_own
from core.storage.database import faults, open_for_writing
from core.storage.location import Location
from core.tasks import finish
from core.text.formatting import counted


@dataclass(frozen=True, slots=True)
class ResetDone:
    """What a reset did.

    Attributes:
        rows: how many rows went; tables: the same by table, where it is known.
        backup: the name of the backup's file; None where there is none: on a server.
        folder: the name of the folder that it is in.
        made: epoch seconds.
        words: what happened, for whoever asked for it.
    """

    rows: int
    tables: Mapping[str, int]
    backup: str | None
    folder: str | None
    made: float
    words: str


def reset_answer(location: Location, now: float) -> ResetDone:
    """Delete all statistics, after a verified backup. On a server there is no backup of ours, and the words say so.

    What the bot has accepted but not written yet is not deleted: flush it first. ``now`` in epoch seconds.

    Raises:
        BotpulseError: the backup or the reset failed; then nothing was deleted.
    """
    if location.path is None:
        return _on_server(location, now)
    with bots_own(location):
        pass
    done = finish(maintenance.reset_with_backup(location))
    place, rows = done.backup.path, sum(done.rows.values())
    words = f"Deleted {counted(rows, 'row')}. Before that, all of it was saved and checked: {place.name}"
    words += f" in the folder {place.parent.name} on the bot's machine. The monitor can bring it back."
    if not done.overwritten:
        words += " What was deleted may still be readable in unused room of the file: optimise it in the monitor."
    return ResetDone(rows, dict(done.rows), place.name, place.parent.name, now, words)


def _on_server(location: Location, now: float) -> ResetDone:
    """All four tables in one transaction; it is all or nothing there too."""
    database = open_for_writing(location)
    try:
        with faults(location):
            rows = maintenance.reset(database)
    finally:
        database.close()
    words = f"Deleted {counted(rows, 'row')}. The database is on a server, of which Botpulse makes no backups:"
    words += " what was there before is only in the backups of the server, if it has any."
    return ResetDone(rows, {}, None, None, now, words)
