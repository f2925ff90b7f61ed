"""What stands in for a table that is not as the models have it: a temporary view of our own, on a server a query.

Beside what is missing, it brings values into the form that the models declare: a column of texts gives texts, compared
byte by byte, one of numbers gives numbers wherever SQLite itself would take the text for one, and the row's id is what
SQLite finds rows by. So all that reads compares alike, whatever the file declares.
"""

from __future__ import annotations

from typing import Any, Final

import peewee

from core.errors import SchemaFault
from core.models import EventModel, Name, OptOut
from core.storage import postgres
from core.storage.own_tables import is_own
from core.storage.structure import Structure, as_number, as_text, check_readable, folded, quoted, structure_of

_TYPES: Final = {"AUTO": "INTEGER", "INT": "INTEGER", "DOUBLE": "DOUBLE PRECISION", "TEXT": "TEXT"}
"""What a column that a view supplies is, in the words of every database."""


def stand_in(database: peewee.Database, model: type[peewee.Model]) -> tuple[str, ...]:
    """Let a view stand in for a model's table where that is needed; return the columns that the database lacks.

    Raises:
        SchemaFault: its rows can't be told apart, or not found without reading all of them.
    """
    if isinstance(database, postgres.ServerDatabase):
        return _on_server(database, model)
    table = str(model._meta.table_name)
    found = structure_of(database.execute_sql, table) if is_own(database, model) else None
    fields = model._meta.sorted_fields
    missing = tuple(field.column_name for field in fields if found is None or field.column_name not in found.columns)
    shown = [_in_file(field, found) for field in fields]
    if found is None or any(what != quoted(field.column_name) for what, field in zip(shown, fields, strict=True)):
        columns = ", ".join(f"{what} AS {quoted(field.column_name)}" for what, field in zip(shown, fields, strict=True))
        source = f"FROM main.{quoted(table)}" if found is not None else "WHERE 1 = 0"
        database.execute_sql(f"CREATE TEMP VIEW {quoted(table)} AS SELECT {columns} {source}")
    if found is not None and model not in (Name, OptOut):  # those are found by their key
        check_readable(database.execute_sql, found, by_id=issubclass(model, EventModel))
    return missing


def _in_file(field: peewee.Field, found: Structure | None) -> str:
    """A field of a model as SQL over the file's own table."""
    name = str(field.column_name)
    if found is not None and field.field_type == "AUTO":
        return _row_id(found, name)
    if found is None or name not in found.columns:
        return _default(field)
    return as_text(found, name) if field.field_type == "TEXT" else as_number(found, name)


def _row_id(found: Structure, name: str) -> str:
    if found.id_column is not None and folded(found.id_column) == name:
        return quoted(name)
    if found.row_id is not None:
        return found.row_id
    if name not in found.columns:
        raise SchemaFault(found.name, f"{found.name} has neither row ids nor a column {name}")
    return quoted(name)


def _default(field: peewee.Field) -> str:
    default = "NULL" if field.default is None else f"'{field.default}'" if field.default != 0 else "0"
    return f"CAST({default} AS {_TYPES[field.field_type]})"


def _on_server(database: postgres.ServerDatabase, model: type[peewee.Model]) -> tuple[str, ...]:
    table, fields = str(model._meta.table_name), model._meta.sorted_fields
    present = postgres.columns(database, table) if is_own(database, model) else {}
    missing = tuple(field.column_name for field in fields if field.column_name not in present)
    shown = [_of_server(field, present) for field in fields]
    if any(what != quoted(field.column_name) for what, field in zip(shown, fields, strict=True)):
        columns = ", ".join(f"{what} AS {quoted(field.column_name)}" for what, field in zip(shown, fields, strict=True))
        source = f'FROM {_schema(database)}."{table}"' if present else "WHERE 1 = 0"
        database.stand_in(table, f"SELECT {columns} {source}")
    return missing


def _of_server(field: peewee.Field, present: dict[str, str]) -> str:
    name, category = quoted(field.column_name), present.get(field.column_name)
    if category is None:
        if present and field.primary_key:
            raise SchemaFault(str(field.model._meta.table_name), f"it has no column {field.column_name}")
        return _default(field)
    if field.field_type == "TEXT":
        return name if category == "S" else f"CAST({name} AS TEXT)"
    return f"CAST({name} AS INTEGER)" if category == "B" else name


def _schema(database: peewee.Database) -> Any:
    """The quoted name of the schema that the database's own tables are in."""
    return database.execute_sql("SELECT quote_ident(current_schema())").fetchone()[0]
