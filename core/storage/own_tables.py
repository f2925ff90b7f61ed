"""Whether a table is one of ours, where a host's own may have the same name."""

from __future__ import annotations

import peewee

from core.models import TOLD_BY, Failure, table_name
from core.storage import postgres
from core.storage.structure import Execute, structure_of


def is_own(database: peewee.Database, model: type[peewee.Model]) -> bool:
    """Whether nothing else has the name of a model's table; one that is not there is ours to make.

    On a server one that this user may not read counts as somebody else's: what came later must not take the rest away
    from a reader who was given rights to the seed's tables alone.
    """
    if model not in TOLD_BY:
        return True
    if isinstance(database, peewee.SqliteDatabase):
        found = structure_of(database.execute_sql, table_name(model))
        present = None if found is None else found.columns.keys()
    else:
        present = postgres.columns(database, table_name(model)).keys() or None
        if present is not None and not postgres.may_read(database, table_name(model)):
            return False
    return present is None or TOLD_BY[model] <= present


def has_failures(execute: Execute, schema: str = "main") -> bool:
    """Whether a file has our table of failures."""
    found = structure_of(execute, table_name(Failure), schema)
    return found is not None and not found.is_view and TOLD_BY[Failure] <= found.columns.keys()
