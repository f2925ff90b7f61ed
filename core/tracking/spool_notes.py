"""What a store notes of spools, and of batches, so that no event is written twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import peewee

from core.tracking.records import EventRow
from core.tracking.spool import Doubt, SpoolBatch

_NO_TABLE: Final = ""
"""In the place of a table's name, in notes of batches and of doubts."""


class SpoolMark(peewee.Model):
    """Up to which of its events a spool was replayed into this store; up to which batch a writer wrote on a server.

    The table is made when it is first needed.
    """

    spool = peewee.TextField()
    table = peewee.TextField()
    replayed = peewee.BigIntegerField()

    class Meta:
        table_name = "botpulse_spool"
        primary_key = peewee.CompositeKey("spool", "table")


def make_notes(database: peewee.Database) -> None:
    """Make the table of notes where it is not there."""
    with database.bind_ctx([SpoolMark]):
        if not database.table_exists(str(SpoolMark._meta.table_name)):
            SpoolMark.create_table(safe=True)


def claim(database: peewee.Database, note: str, number: int) -> bool:
    """Note on a server, in the transaction of a batch, that it is being written; False where it was before.

    A transaction of before that has not ended yet is waited for: one of the two has the batch.
    """
    key, mark = '(spool, "table")', SpoolMark._meta.table_name
    statement = (
        f'INSERT INTO {mark} (spool, "table", replayed) VALUES (%s, %s, %s) ON CONFLICT {key}'
        f" DO UPDATE SET replayed = excluded.replayed WHERE {mark}.replayed < excluded.replayed"
    )
    return bool(database.execute_sql(statement, (note, _NO_TABLE, number)).rowcount)


def unwritten(database: peewee.Database, batch: SpoolBatch) -> tuple[list[EventRow], Mapping[str, int]]:
    """Which of a spool's events the store has not got, and what is to be noted with them, in one transaction.

    It may have some although it never said so: the answer to a commit may be lost.
    """
    if isinstance(database, peewee.PostgresqlDatabase):
        for name in sorted(batch.replayed):  # a transaction of before, not ended yet, is waited for
            claim_row(database, batch.spool, name)
    done, notes, first = noted(database, batch.spool), dict(batch.replayed), 0
    if batch.doubt is not None and not done.get(_NO_TABLE):
        if _is_new(database, batch.doubt):
            notes[_NO_TABLE] = 1  # it has none of them
        else:
            first = batch.doubt.upto
    pairs = zip(batch.numbers, batch.records, strict=True)
    return [each for n, each in pairs if n > max(first, done.get(str(each.model._meta.table_name), 0))], notes


def _is_new(database: peewee.Database, doubt: Doubt) -> bool:
    return claim(database, doubt.note, doubt.number) if doubt.number else not has_row(database, doubt)


def has_row(database: peewee.Database, doubt: Doubt) -> bool:
    """Whether a file has the row that decides a doubt, and with it the batch."""
    table, number, timestamp = json.loads(doubt.note)
    asked = f'SELECT 1 FROM "{table}" WHERE rowid = ? AND timestamp = ?'
    return bool(database.execute_sql(asked, (number, timestamp)).fetchall())


def claim_row(database: peewee.Database, spool: str, table: str) -> None:
    """Hold the note of a spool and a table to the end of the transaction."""
    mark = SpoolMark._meta.table_name
    statement = (
        f'INSERT INTO {mark} (spool, "table", replayed) VALUES (%s, %s, 0) ON CONFLICT (spool, "table")'
        f" DO UPDATE SET replayed = {mark}.replayed"
    )
    database.execute_sql(statement, (spool, table))


def note(database: peewee.Database, spool: str, replayed: Mapping[str, int]) -> None:
    """Note in a store what it has of a spool; to be called in the transaction that stores it."""
    rows = [{"spool": spool, "table": name, "replayed": number} for name, number in replayed.items()]
    key = [SpoolMark.spool, SpoolMark.table]
    with database.bind_ctx([SpoolMark]):
        SpoolMark.insert_many(rows).on_conflict(conflict_target=key, preserve=[SpoolMark.replayed]).execute()


def noted(database: peewee.Database, spool: str) -> dict[str, int]:
    """What a store has of a spool: by table, the number of the last event."""
    if not database.table_exists(SpoolMark._meta.table_name):
        return {}
    with database.bind_ctx([SpoolMark]):
        query = SpoolMark.select(SpoolMark.table, SpoolMark.replayed).where(SpoolMark.spool == spool)
        return {str(table): int(number) for table, number in database.execute(query).fetchall()}


def drop_note(database: peewee.Database, spool: str) -> None:
    """Forget a spool whose file is gone."""
    with database.bind_ctx([SpoolMark]):
        SpoolMark.delete().where(SpoolMark.spool == spool).execute()
