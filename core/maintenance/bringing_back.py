"""The rows of a backup that are not in the database any more come back: all at once, or in short chunks."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from core.maintenance.backups import Backup
from core.maintenance.chunks import AMONG, Table, ends, executing, in_chunks, table_of
from core.maintenance.copying import Holding
from core.maintenance.locking import Hold, retrying, transact
from core.maintenance.triggers import Trigger, past_triggers, refusals, refuse, triggers_of, without
from core.models import DailyStats
from core.storage.seeks import IdSpan
from core.storage.structure import quoted
from core.tasks import Progress, Task, in_turn, scaled
from core.text.translation import gettext as _

_DAYS: Final = str(DailyStats._meta.table_name)

_AT_ONCE: Final = 10_000
"""Rows of a backup that come back in one transaction: a moment's work."""


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """What came back, by table; ``left``: what could not; ``past_triggers``: the names of triggers that refused it."""

    rows: dict[str, int]
    left: dict[str, int]
    past_triggers: tuple[str, ...] = ()


def is_at_once(backup: Backup, triggers: Sequence[Trigger]) -> bool:
    """Whether all rows come back in one transaction, or none: few of them, or any number beside a host's triggers."""
    return bool(triggers) or backup.rows <= _AT_ONCE


def bring_back_at_once(
    connection: sqlite3.Connection, backup: Backup, triggers: Sequence[Trigger], longest: float | None, subject: str
) -> Task[BroughtBack]:
    """All missing rows in one transaction; past the triggers of a table that refuses them.

    Raises:
        BotpulseError, sqlite3.Error: nothing was changed.
    """
    hold, told = Hold(), Progress(0.5, _("bringing back"))

    def body(aside: Sequence[Trigger]) -> list[tuple[int, int]]:
        free = {trigger.table for trigger in triggers} - {trigger.table for trigger in aside}
        with without(connection, aside):
            return [_table_at_once(connection, held, strict=held.table.lower() in free) for held in backup.holdings]

    work = lambda aside: transact(connection, partial(body, aside), told, hold, longest=longest)  # noqa: E731
    counts, aside = yield from past_triggers(work, triggers, subject)
    return _result(backup, counts, aside)


def bring_back_in_chunks(connection: sqlite3.Connection, backup: Backup) -> Task[BroughtBack]:
    """The same in short transactions, where nobody's triggers are in the way. Done again, it doubles nothing.

    Raises:
        BotpulseError, sqlite3.Error: what has come back so far stays.
    """
    return _result(backup, (yield from in_turn(lambda held: _bring_back(connection, held), backup.holdings)))


def triggers_beside(connection: sqlite3.Connection, backup: Backup) -> tuple[Trigger, ...]:
    """The triggers on those tables of the database that a backup holds."""
    return triggers_of(connection, [held.table for held in backup.holdings])


def _result(backup: Backup, counts: Sequence[tuple[int, int]], aside: Sequence[Trigger] = ()) -> BroughtBack:
    tables = [held.table for held in backup.holdings]
    rows = {table: back for table, (back, _n) in zip(tables, counts, strict=True)}
    left = {table: others for table, (_n, others) in zip(tables, counts, strict=True)}
    return BroughtBack(rows, left, tuple(map(str, aside)))


def _table_at_once(connection: sqlite3.Connection, held: Holding, *, strict: bool) -> tuple[int, int]:
    """Within the transaction: one table. ``strict``: its triggers are to see every row, and to let it in."""
    source, table = table_of(connection, "backup", held.table), table_of(connection, "main", held.table)
    if source is None or table is None:
        return 0, held.rows
    with refusals(held.table):
        if held.table == _DAYS:
            return _days(connection, source, table), 0
        ids = ends(connection, source)
        if ids.upto <= ids.after:
            return 0, 0
        back = executing(connection, _insertion(source, table, "INSERT" if strict else "INSERT OR IGNORE"))(ids)
        if strict and executing(connection, _missing(source, table))(ids):
            refuse(held.table)
        return back, executing(connection, _others(source, table))(ids)


def _bring_back(connection: sqlite3.Connection, held: Holding) -> Task[tuple[int, int]]:
    """The missing rows of one table, and how many could not come back.

    The first row comes last: whoever watches the ends of the tables sees by it that the others are there.
    """
    source = yield from retrying(lambda: table_of(connection, "backup", held.table))
    table = yield from retrying(lambda: table_of(connection, "main", held.table))
    if source is None or table is None:
        return 0, held.rows
    if held.table == _DAYS:
        return (yield from retrying(lambda: _days(connection, source, table))), 0
    work, ids = executing(connection, _insertion(source, table, "INSERT OR IGNORE")), ends(connection, source)
    words = _("bringing back {table}").format(table=held.table)
    first = min(ids.after + 1, ids.upto)
    back = yield from scaled(in_chunks(connection, source, IdSpan(first, ids.upto), work, words), 0.0, 0.8)
    back += yield from scaled(in_chunks(connection, source, IdSpan(ids.after, first), work, words), 0.8, 0.8)
    comparing = executing(connection, _others(source, table))
    left = yield from scaled(
        in_chunks(connection, source, ids, comparing, _("comparing {name}").format(name=table.name)), 0.8, 1.0
    )
    return back, left


def _insertion(source: Table, table: Table, insert: str) -> str:
    shared = source.shared(table)
    return (
        f"{insert} INTO {table.source} ({table.listed(shared)}) SELECT {source.listed(shared)}"
        f" FROM {source.source} AS old WHERE {AMONG}"
        f" AND NOT EXISTS (SELECT 1 FROM {table.source} AS new WHERE new.rowid = old.rowid)"
    )


def _days(connection: sqlite3.Connection, source: Table, table: Table) -> int:
    """A day that is there again was counted after the reset: the fuller of the two rows stays."""
    columns = ", ".join(quoted(name) for name in source.shared(table))
    return connection.execute(
        f"INSERT OR REPLACE INTO {table.source} ({columns}) SELECT {columns} FROM {source.source} AS old"
        f" WHERE NOT EXISTS (SELECT 1 FROM {table.source} AS new WHERE new.date = old.date"
        " AND new.total_commands + new.total_images >= old.total_commands + old.total_images)"
    ).rowcount


def _missing(source: Table, table: Table) -> str:
    return (
        f"SELECT count(*) FROM {source.source} AS old WHERE {AMONG}"
        f" AND NOT EXISTS (SELECT 1 FROM {table.source} AS new WHERE new.rowid = old.rowid)"
    )


def _others(source: Table, table: Table) -> str:
    """How many ids belong to another row here than in the backup, or to none: something unique is taken, say."""
    both = source.structure.columns.keys() & table.structure.columns.keys()
    shared = [name for name in ("timestamp", "user_id") if name in both]
    other = " OR ".join(("new.rowid IS NULL", *(f"old.{name} IS NOT new.{name}" for name in shared)))
    return (
        f"SELECT count(*) FROM {source.source} AS old LEFT JOIN {table.source} AS new ON new.rowid = old.rowid"
        f" WHERE old.rowid >= ? AND old.rowid <= ? AND ({other})"
    )
