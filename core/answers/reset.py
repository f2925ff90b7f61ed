"""``/reset_stats``: what it asks first, and what it does: a backup, then the reset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import peewee

from core.maintenance import plain_reset, resetting, survey
from core.models import ALL_MODELS, METRIC_PREFIX, Failure, table_name
from core.storage import rollup_files
from core.storage.database import faults, writing
from core.storage.location import Location
from core.storage.reader import Reader, bots_own
from core.tables.definitions import TABLES
from core.tasks import finish
from core.text.formatting import rows_words
from core.text.translation import gettext as _


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What is stored.

    Attributes:
        tables: the title of each table and its rows: ``(("Commands", 48211), …)``; those of extensions come last.
        saved: whether a reset makes a backup first; on a server it does not.
        remark: what else there is to know before, in sentences; mostly nothing.
    """

    tables: tuple[tuple[str, int], ...]
    saved: bool
    remark: str = ""

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(rows for _n, rows in self.tables)


def stored_answer(location: Location) -> StoredAnswer:
    """Count what a reset would delete.

    Raises:
        BotpulseError: the database can't be read.
    """
    with bots_own(location) as reader:
        counts, remark = _stored_on_server(reader) if location.path is None else {}, ""
    if location.path is not None:
        found = finish(survey.survey(location))
        counts, remark = {each.table: each.rows for each in found.tables}, found.trigger_words
    known = {str(table.model._meta.table_name): table.title for table in TABLES.values()}
    order = [name for name in known if name in counts] + sorted(counts.keys() - known.keys())
    return StoredAnswer(
        tuple((known.get(name) or _title(name), counts[name]) for name in order), location.path is not None, remark
    )


def _stored_on_server(reader: Reader) -> dict[str, int]:
    with faults(reader.location):
        names = [table_name(model) for model in ALL_MODELS]
        names += [table_name(Failure)] if table_name(Failure) in reader.tables else []
        names += [name for name in reader.database.get_tables() if name.startswith(METRIC_PREFIX)]
        return {name: int(reader.rows(_count(name))[0][0]) for name in names}


def _count(table: str) -> peewee.Select:
    return peewee.Table(table).select(peewee.fn.COUNT(peewee.SQL("*")))


def _title(table: str) -> str:
    """Of an extension's table, whose own words only the monitor knows: "Image votes"."""
    if table == table_name(Failure):
        return _("Failures")
    return table.removeprefix(METRIC_PREFIX).replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class ResetAnswer:
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


def reset_answer(location: Location, now: float) -> ResetAnswer:
    """Delete all statistics, after a verified backup. On a server there is no backup of ours, and the words say so.

    What the bot has accepted but not written yet is not deleted: flush it first. ``now`` in epoch seconds.

    Raises:
        BotpulseError: the backup or the reset failed; then nothing was deleted.
    """
    if location.path is None:
        return _reset_on_server(location, now)
    with bots_own(location):
        pass
    done = finish(resetting.reset_with_backup(location))
    place, rows = done.backup.path, sum(done.rows.values())
    words = _("Deleted {rows}. Before that, all of it was saved and checked: {name}").format(
        rows=rows_words(rows), name=place.name
    )
    words += _(" in the folder {name} on the bot's machine. The monitor can bring it back.").format(
        name=place.parent.name
    )
    if not done.overwritten:
        words += _(" What was deleted may still be readable in unused room of the file: optimise it in the monitor.")
    return ResetAnswer(rows, dict(done.rows), place.name, place.parent.name, now, words)


def _reset_on_server(location: Location, now: float) -> ResetAnswer:
    """All tables in one transaction; it is all or nothing there too."""
    with writing(location) as database:
        rows = plain_reset.reset(database)
    rollup_files.forget(location)
    words = _("Deleted {rows}. The database is on a server, of which Botpulse makes no backups:").format(
        rows=rows_words(rows)
    )
    words += _(" what was there before is only in the backups of the server, if it has any.")
    return ResetAnswer(rows, {}, None, None, now, words)
