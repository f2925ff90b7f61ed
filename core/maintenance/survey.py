"""What is in a database, and what state it is in: what the dialogs show before anything is done."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from core.maintenance.backups import TABLES, our_tables
from core.maintenance.chunks import Table, ends, in_chunks, table_of
from core.maintenance.locking import connect, existing_file, looking, retrying
from core.maintenance.strangers import strangers
from core.maintenance.triggers import triggers_of
from core.maintenance.writing import check_version, faults_of
from core.models import ALL_MODELS, DISCORD_EPOCH, END_OF_TIME, EVENT_MODELS, DailyStats
from core.storage.database import RESTING
from core.storage.location import Location, locate, real_path, size, wal_path
from core.storage.reader import refuse_foreign
from core.storage.rights import may_write
from core.storage.seeks import IdSpan
from core.storage.structure import as_number, as_text, check_readable, indexed_by
from core.storage.structure import names as names_in
from core.tasks import Task, in_turn
from core.text.formatting import one_line
from core.text.translation import gettext as _

_EVENTS: Final = tuple(str(model._meta.table_name) for model in EVENT_MODELS)
_LONGEST_NAME: Final = 80
_AMONG: Final = "rowid >= ?2 AND rowid <= ?3"
_DAYS: Final = str(DailyStats._meta.table_name)


@dataclass(frozen=True, slots=True)
class TableSurvey:
    """One table's rows.

    Attributes:
        table: its name.
        rows: how many.
        older: how many of them a reset of what is older than the asked moment would delete; all where none was asked,
            none of a view's.
        earliest: the first usable timestamp, in epoch seconds, or the first date; None where there is none.
        latest: likewise the last.
    """

    table: str
    rows: int
    older: int
    earliest: float | str | None
    latest: float | str | None


@dataclass(frozen=True, slots=True)
class Survey:
    """A database as a whole.

    Attributes:
        location: what was looked at.
        tables: those of our tables that it has.
        byte_size: the file's size; log_bytes: the write-ahead log's.
        unused_bytes: how much of the file holds nothing (VACUUM would give it back).
        free_bytes: room on the disk.
        journal_mode: "WAL" or "rollback".
        writable: whether we may write the file and its folder.
        missing_columns: (table, column) pairs; missing_tables and missing_indexes: names of tables.
        analysed: whether SQLite has its statistics of what is in the tables.
        triggers: the host's own triggers on the tables, by name and table. They run as rows go; where they refuse rows
            that come back, undo and restore do without them.
        strangers: the names of other programs' tables and indexes that only those programs can write.
    """

    location: Location
    tables: tuple[TableSurvey, ...]
    byte_size: int
    log_bytes: int
    unused_bytes: int
    free_bytes: int
    journal_mode: str
    writable: bool
    missing_tables: tuple[str, ...]
    missing_columns: tuple[tuple[str, str], ...]
    missing_indexes: tuple[str, ...]
    analysed: bool
    triggers: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows of all our tables."""
        return sum(each.rows for each in self.tables)

    @property
    def older(self) -> int:
        """Rows that a reset would delete."""
        return sum(each.older for each in self.tables)

    @property
    def trigger_words(self) -> str:
        """What a reset should know of the triggers, in sentences; empty where there are none."""
        if not self.triggers:
            return ""
        names = ", ".join(one_line(name, _LONGEST_NAME) for name in self.triggers)
        return _(
            "Somebody's own triggers are on these tables: {names}. They run as rows are deleted and "
            "come back; rows that a trigger refuses on the way back come back without it."
        ).format(names=names)


def survey(location: Location | str | Path, older_than: datetime | None = None) -> Task[Survey]:
    """Look at a database, in chunks; ``older_than`` (aware) is a reset's.

    Raises:
        BotpulseError: on a server, missing, no access, not a database, locked, corrupt, newer schema.
    """
    path = existing_file(location)
    with faults_of(path):
        return (yield from looking(path, lambda query: _survey(path, query, older_than)))


def _survey(path: Path, query: str, older_than: datetime | None) -> Task[Survey]:
    with closing(connect(path, query)) as connection:
        yield from check_version(connection, path)
        refuse_foreign(locate(path), (yield from retrying(lambda: names_in(connection.execute))))
        names = yield from retrying(lambda: our_tables(connection, "main"))
        every = tuple(dict.fromkeys((*TABLES, *names)))
        found = yield from retrying(lambda: {name: table_of(connection, "main", name) for name in every})
        present = [table for table in found.values() if table is not None]
        for table in present:
            yield from retrying(lambda table=table: _check(connection, table))  # type: ignore[misc]
        tables = yield from in_turn(lambda table: _look(connection, table, older_than), present)
        return (yield from retrying(lambda: _whole(connection, path, tuple(tables), found, rests=query == RESTING)))


def _check(connection: sqlite3.Connection, table: Table) -> None:
    """A view has to be one that can be read; a table always can."""
    if table.structure.is_view:
        check_readable(connection.execute, table.structure, by_id=table.name != _DAYS)


def _look(connection: sqlite3.Connection, table: Table, older_than: datetime | None) -> Task[TableSurvey]:
    if table.name == _DAYS:
        limit = older_than.date().isoformat() if older_than else None
        return (yield from retrying(lambda: _days(connection, table, limit)))
    found: list[tuple[int, int, float | None, float | None]] = []
    when = as_number(table.structure, "timestamp")
    usable = f"{when} >= {DISCORD_EPOCH!r} AND {when} < {END_OF_TIME!r}"
    moments = f"min({when}) FILTER (WHERE {usable}), max({when}) FILTER (WHERE {usable})"
    moment = older_than.timestamp() if older_than else None
    statement = f"SELECT count(*), count(*) FILTER (WHERE ?1 IS NULL OR {when} < ?1), {moments} FROM {table.source}"

    def work(chunk: IdSpan) -> int:
        found.extend(connection.execute(f"{statement} WHERE {_AMONG}", (moment, chunk.first, chunk.upto)).fetchall())
        return found[-1][0]

    if table.has_id:
        ids = yield from retrying(lambda: ends(connection, table))
        yield from in_chunks(connection, table, ids, work, _("looking at {name}").format(name=table.name))
    else:
        found += yield from retrying(lambda: connection.execute(statement, (moment,)).fetchall())
    earliest = min((first for _rows, _older, first, _last in found if first is not None), default=None)
    latest = max((last for _rows, _older, _first, last in found if last is not None), default=None)
    older = 0 if table.structure.is_view else sum(row[1] for row in found)
    return TableSurvey(table.name, sum(row[0] for row in found), older, earliest, latest)


def _days(connection: sqlite3.Connection, table: Table, limit: str | None) -> TableSurvey:
    date = as_text(table.structure, "date")
    ((rows, older, *dates),) = connection.execute(
        f"SELECT count(*), count(*) FILTER (WHERE ?1 IS NULL OR {date} < ?1), min({date}), max({date})"
        f" FROM {table.source}",
        (limit,),
    ).fetchall()
    return TableSurvey(table.name, rows, 0 if table.structure.is_view else older, *dates)


def _whole(
    connection: sqlite3.Connection,
    path: Path,
    tables: tuple[TableSurvey, ...],
    found: dict[str, Table | None],
    *,
    rests: bool,
) -> Survey:
    page, unused, mode = (_pragma(connection, name) for name in ("page_size", "freelist_count", "journal_mode"))
    wanted = {str(model._meta.table_name): model._meta.sorted_field_names for model in ALL_MODELS}
    tables_found = [(name, table) for name in wanted if (table := found[name]) and not table.structure.is_view]
    lacking = ((name, c) for name, table in tables_found for c in wanted[name] if c not in table.structure.columns)
    timed = (name for name, table in tables_found if name in _EVENTS and "timestamp" in table.structure.columns)
    return Survey(
        locate(path),
        tables,
        size(path),
        size(wal_path(path)),
        page * unused,
        shutil.disk_usage(real_path(path).parent).free,
        "WAL" if mode == "wal" or (rests and size(path)) else "rollback",
        may_write(path) and may_write(real_path(path).parent),
        tuple(name for name, table in found.items() if table is None),
        tuple(lacking),
        tuple(name for name in timed if not indexed_by(connection.execute, name, "timestamp")),
        bool(connection.execute("SELECT 1 FROM main.sqlite_master WHERE name = 'sqlite_stat1'").fetchall()),
        tuple(map(str, triggers_of(connection, found))),
        strangers(connection),
    )


def _pragma(connection: sqlite3.Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchall()[0][0]
