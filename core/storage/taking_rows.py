"""Which columns of a table can be written."""

from __future__ import annotations

import peewee

from core.storage import postgres
from core.storage.structure import folded, structure_of


def taken_columns(database: peewee.Database, table: str) -> frozenset[str]:
    """The columns of a table that a row can be written with: the database works out generated ones by itself."""
    if not isinstance(database, peewee.SqliteDatabase):
        return postgres.taken_columns(database, table)
    found = structure_of(database.execute_sql, table)
    return frozenset(map(folded, found.writable)) if found is not None else frozenset()
