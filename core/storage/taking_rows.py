"""What of a database takes rows: which columns can be written, and what stands where a table should."""

from __future__ import annotations

from typing import Final

import peewee

from core.errors import SchemaFault
from core.models import all_models, table_name
from core.storage import postgres
from core.storage.structure import folded, names, structure_of

_TAKES_ROWS: Final = "INSTEAD OF INSERT"
_TRIGGERS: Final = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE"


def taken_columns(database: peewee.Database, table: str) -> frozenset[str]:
    """The columns of a table that a row can be written with: the database works out generated ones by itself."""
    if not isinstance(database, peewee.SqliteDatabase):
        return postgres.taken_columns(database, table)
    found = structure_of(database.execute_sql, table)
    return frozenset(map(folded, found.writable)) if found is not None else frozenset()


def refuse_views(database: peewee.Database) -> None:
    """A view in a table's place takes rows only by a trigger of its own.

    Raises:
        SchemaFault: it has none. Nothing was altered.
    """
    if not isinstance(database, peewee.SqliteDatabase):
        return
    ours = {table_name(model) for model in all_models()}
    views = [view for view in names(database.execute_sql, kinds=("view",)) if folded(view) in ours]
    for view in views:
        triggers = database.execute_sql(_TRIGGERS, (view,)).fetchall()
        if not any(_TAKES_ROWS in " ".join(str(sql).upper().split()) for (sql,) in triggers):
            raise SchemaFault(view, f"{view} is a view without a trigger INSTEAD OF INSERT, so it takes no rows")
