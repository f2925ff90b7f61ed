"""image_stats learns what was made: videos apart from images, and by which kind of request."""

from __future__ import annotations

from peewee import SQL, Database, IntegerField, TextField
from playhouse.migrate import SchemaMigrator


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Add the two columns, with the defaults that the deployed bot gives them, unless it has added them."""
    columns = {
        "is_video": IntegerField(null=True, constraints=[SQL("DEFAULT 0")]),
        "generation_type": TextField(null=True, constraints=[SQL("DEFAULT 'standard'")]),
    }
    present = {column.name for column in db.get_columns("image_stats")}
    for name, field in columns.items():
        if name not in present:
            migrator.migrate(migrator.add_column("image_stats", name, field))
