"""Deletes all rows at once, as the seed's ``reset_stats`` does: the bot's own manager uses it."""

from __future__ import annotations

import logging

import peewee

from core.errors import RefusedByTable
from core.models import ALL_MODELS, METRIC_PREFIX, Failure, table_name
from core.storage.database import writing_at_once
from core.storage.own_tables import is_own
from core.storage.structure import folded, names, quoted

log = logging.getLogger(__name__)


def reset(database: peewee.Database) -> int:
    """Delete every row of the statistics and of metrics in one transaction, and overwrite what they held; ids go on.

    Names stay: they are no statistics.

    Returns how many rows went. Raises what the driver raises, and RefusedByTable where a trigger of the host's own
    keeps rows; then every row is still there.
    """
    if isinstance(database, peewee.SqliteDatabase):
        database.execute_sql("PRAGMA secure_delete = on").fetchall()
    with writing_at_once(database):
        gone = sum(model.delete().execute(database) for model in _statistics(database))
        for table in _tables(database):
            if folded(table).startswith(METRIC_PREFIX):
                gone += database.execute_sql(f"DELETE FROM {quoted(table)}").rowcount
        if isinstance(database, peewee.SqliteDatabase):  # on a server rows of others may have come meanwhile
            _refuse_remaining(database)
    log.info("statistics reset: %d rows deleted", gone)
    return int(gone)


def _statistics(database: peewee.Database) -> list[type[peewee.Model]]:
    """The seed's tables, and that of failures where it is there, and ours."""
    failures = folded(table_name(Failure)) in map(folded, _tables(database)) and is_own(database, Failure)
    return [*ALL_MODELS, *([Failure] if failures else [])]


def _refuse_remaining(database: peewee.Database) -> None:
    for model in _statistics(database):
        if model.select().exists(database):
            raise RefusedByTable(str(model._meta.table_name), "rows of it were kept by a trigger")


def _tables(database: peewee.Database) -> tuple[str, ...]:
    if isinstance(database, peewee.SqliteDatabase):
        return names(database.execute_sql, kinds=("table",))
    return tuple(database.get_tables())
