"""A user's rows in one SQLite file: counted, and removed or made nobody's so that no byte of the id stays."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import HoldsUpBot, RefusedByTable
from core.maintenance.backups import TABLES, our_tables
from core.maintenance.chunks import Table, alter_rows, count_where, table_of
from core.maintenance.locking import connect, retrying
from core.maintenance.strangers import is_ours
from core.maintenance.writing import alone, checkpoint, prepare
from core.models import PRIVATE_COLUMNS, TOLD_BY, DailyStats, Name, NameKind, table_name
from core.storage.mentions import struck_in_sql, teach
from core.storage.structure import quoted
from core.tasks import Phase, Progress, Task
from core.text.translation import gettext as _

log = logging.getLogger(__name__)

NOBODY: Final = "forgotten"
"""What stands in the place of the id where the counts are kept."""

_DAYS: Final = table_name(DailyStats)
_NAMES: Final = table_name(Name)


@dataclass(frozen=True, slots=True)
class RowsForgotten:
    """What went from one file.

    Attributes:
        rows: how many rows were removed or made nobody's, by table.
        mentions: how many rows of others named the id in a text, in which a 0 stands for it now.
        overwritten: False where the file could not be rewritten: what the rows held may still be readable in it.
    """

    rows: Mapping[str, int]
    mentions: int
    overwritten: bool


def count_user(path: Path, user: str, query: str) -> Task[dict[str, int]]:
    """How many rows of each table are a user's; tables without any are left out. ``query`` is how to open the file.

    Raises:
        sqlite3.Error: the file can't be read.
    """
    with closing(connect(path, query)) as connection:
        found = {}
        for table in (yield from retrying(lambda: _tables(connection))):
            found[table.name] = yield from count_where(connection, table, _theirs(table, user))
    return {name: number for name, number in found.items() if number}


def forget_rows(path: Path, user: str, *, keep_counts: bool, longest: float | None) -> Task[RowsForgotten]:
    """Remove a user's rows in short transactions, then rewrite the file and empty its log.

    What was removed before a fault, or before the task was closed, stays removed; it can be done again.

    Raises:
        RefusedByTable: a trigger kept rows.
        HoldsUpBot, sqlite3.Error: the bot would have had to wait, or the file can't be written.
    """
    rows, mentions = {}, 0
    with closing(connect(path)) as connection:
        yield from prepare(connection, path)
        yield from retrying(lambda: teach(connection))
        for table in (yield from retrying(lambda: _tables(connection))):
            theirs = _theirs(table, user)
            statement, words = _statement(table, user, keep=keep_counts), _words(table)
            done = yield from alter_rows(connection, table, statement, theirs, words, longest)
            if done:
                rows[table.name] = done
            if (yield from count_where(connection, table, theirs)):
                raise RefusedByTable(table.name, f"a trigger kept rows of {table.name}")
            mentions += yield from _strike(connection, table, user, longest)
        overwritten = yield from _rewritten(connection, longest)
        yield from checkpoint(connection)
    return RowsForgotten(rows, mentions, overwritten)


def _tables(connection: sqlite3.Connection) -> list[Table]:
    """Our tables that may name a user: a day's summary has counts only."""
    found = [table_of(connection, "main", name) for name in our_tables(connection, "main") if name != _DAYS]
    names = table_of(connection, "main", _NAMES)
    if names is not None and not names.structure.is_view and set(names.columns) >= TOLD_BY[Name]:
        found.append(names)
    return [table for table in found if table is not None and _people(table)]


def _people(table: Table) -> tuple[str, ...]:
    """The columns that may hold a user's id; in an extension's table it may be any, be the extension here or not."""
    if table.name == _NAMES:
        return ("id",)
    if table.name not in TABLES and is_ours(table.name):
        return tuple(name for name in table.columns if name not in (table.id_column, "timestamp"))
    return tuple(name for name in table.columns if name == "user_id")


def _theirs(table: Table, user: str) -> str:
    """The condition, which is true of an id that is stored as a number or in bytes, too."""
    theirs = " OR ".join(f"CAST({quoted(name)} AS TEXT) = '{user}'" for name in _people(table))
    return f"({theirs}) AND kind = '{NameKind.USER}'" if table.name == _NAMES else f"({theirs})"


def _statement(table: Table, user: str, *, keep: bool) -> str:
    """What is done with the user's rows, up to its WHERE."""
    if not keep or table.name == _NAMES:
        return f"DELETE FROM {table.source}"
    people = _people(table)
    changes = [
        f"{quoted(name)} = CASE WHEN CAST({quoted(name)} AS TEXT) = '{user}' THEN '{NOBODY}' ELSE {quoted(name)} END"
        for name in people
    ]
    changes += [f"{quoted(name)} = NULL" for name in table.columns if name in PRIVATE_COLUMNS and name not in people]
    return f"UPDATE {table.source} SET {', '.join(changes)}"


def _strike(connection: sqlite3.Connection, table: Table, user: str, longest: float | None) -> Task[int]:
    """Put a 0 in the place of the id where a text names it: a mention. JSON stays JSON."""
    columns = [quoted(name) for name in table.columns if name not in (table.id_column, "timestamp")]
    struck = {name: struck_in_sql(name, f"'{user}'") for name in columns}
    changes = ", ".join(f"{name} = coalesce({without}, {name})" for name, without in struck.items())
    where = f"({' OR '.join(f'({without}) IS NOT NULL' for without in struck.values())})"
    statement = f"UPDATE {table.source} SET {changes}"
    return (yield from alter_rows(connection, table, statement, where, _words(table), longest))


def _words(table: Table) -> str:
    return _("forgetting in {name}").format(name=table.name)


def _rewritten(connection: sqlite3.Connection, longest: float | None) -> Task[bool]:
    """Rewrite the file: pages that were moved before keep copies of rows, which no deletion overwrites."""
    try:
        told = Progress(0.9, _("overwriting what was deleted"), Phase.COMMITTED)
        yield from alone(connection, "VACUUM", told, longest)
    except (sqlite3.OperationalError, HoldsUpBot) as error:
        log.warning("what was forgotten could not be overwritten yet: %s", error)
        return False
    return True
