"""image_stats learns what was made: videos apart from images, and by which kind of request."""

from __future__ import annotations

from peewee import SQL, Database, IntegerField, SqliteDatabase, TextField
from playhouse.migrate import SchemaMigrator

from core.storage.structure import structure_of


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Add the two columns, with the defaults that the deployed bot gives them, unless it has added them.

    A view in the table's place stays as somebody made it.
    """
    columns = {
        "is_video": IntegerField(null=True, constraints=[SQL("DEFAULT 0")]),
        "generation_type": TextField(null=True, constraints=[SQL("DEFAULT 'standard'")]),
    }
    if isinstance(db, SqliteDatabase):
        found = structure_of(db.execute_sql, "image_stats")
        present = set(found.columns if found is not None and not found.is_view else columns)
    else:
        present = {column.name for column in db.get_columns("image_stats")}
    for name, field in columns.items():
        if name not in present:
            migrator.migrate(migrator.add_column("image_stats", name, field))
