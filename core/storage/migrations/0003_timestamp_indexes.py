"""An index on each timestamp: a time range is found without reading the table."""

from __future__ import annotations

from peewee import Database, SqliteDatabase
from playhouse.migrate import SchemaMigrator

from core.storage.structure import indexed_by, structure_of


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the indexes that are missing."""
    for table in ("command_usage", "image_stats", "user_activity"):
        if not _is_indexed(db, table):
            migrator.migrate(migrator.add_index(table, ("timestamp",)))


def _is_indexed(db: Database, table: str) -> bool:
    """Whether there is nothing to do: a view in the table's place has the indexes of what it shows.

    SQLite would take the quoted name of a column that is not there for a text, and index that.
    """
    if not isinstance(db, SqliteDatabase):
        return any(index.columns[:1] == ["timestamp"] for index in db.get_indexes(table))
    found = structure_of(db.execute_sql, table)
    return (
        found is None
        or found.is_view
        or "timestamp" not in found.columns
        or indexed_by(db.execute_sql, table, "timestamp")
    )
