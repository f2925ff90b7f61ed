"""Who opted out, as keyed digests: a table of its own."""

from __future__ import annotations

from peewee import Database, Model, SqliteDatabase, TextField
from playhouse.migrate import SchemaMigrator

from core.storage.structure import structure_of


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create it; a table or view of the host's own under this name stays as it is."""

    class KeyedDigest(Model):
        digest = TextField(primary_key=True)
        salt = TextField()

        class Meta:
            table_name = "opt_outs"

    on_file = isinstance(db, SqliteDatabase)
    if structure_of(db.execute_sql, "opt_outs") is None if on_file else not db.table_exists("opt_outs"):
        with db.bind_ctx([KeyedDigest]):
            KeyedDigest.create_table(safe=False)
