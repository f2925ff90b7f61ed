"""An index on each timestamp: a time range is found without reading the table."""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the indexes that are missing."""
    for table in ("command_usage", "image_stats", "user_activity"):
        if not any(index.columns[:1] == ["timestamp"] for index in db.get_indexes(table)):
            migrator.migrate(migrator.add_index(table, ("timestamp",)))
