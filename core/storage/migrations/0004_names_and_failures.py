"""Names, failures, and more of each image: two tables, and columns that may be NULL."""

from __future__ import annotations

from peewee import (
    AutoField,
    CompositeKey,
    Database,
    DoubleField,
    Field,
    IntegerField,
    Model,
    PostgresqlDatabase,
    SqliteDatabase,
    TextField,
)
from playhouse.migrate import SchemaMigrator
from playhouse.sqlite_ext import AutoIncrementField

from core.storage.structure import structure_of

_COMMAND: dict[str, type[Field]] = {"outcome": TextField}
_IMAGE: dict[str, type[Field]] = {
    "guild_id": TextField,
    "channel_id": TextField,
    "message_id": TextField,
    "queue_time": DoubleField,
    "execution_time": DoubleField,
    "model": TextField,
    "sampler": TextField,
    "steps": IntegerField,
    "seed": TextField,
    "outputs": TextField,
}


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create and add what is missing; a table of the host's own under one of the names stays as it is."""
    serial = AutoField if isinstance(db, PostgresqlDatabase) else AutoIncrementField

    class Failure(Model):
        id = serial()
        timestamp = DoubleField()
        source = TextField()
        name = TextField(null=True)
        user_id = TextField(null=True)
        guild_id = TextField(null=True)
        channel_id = TextField(null=True)
        error_type = TextField(null=True)
        message = TextField(null=True)
        fingerprint = TextField()
        kind = TextField()
        node = TextField(null=True)
        model = TextField(null=True)
        loras = TextField(null=True)
        resolution = TextField(null=True)

        class Meta:
            table_name = "failures"

    class Name(Model):
        kind = TextField()
        id = TextField()
        name = TextField()
        icon = TextField(null=True)
        updated = DoubleField()

        class Meta:
            table_name = "names"
            primary_key = CompositeKey("kind", "id")

    for model in (Failure, Name):
        if not _columns(db, model._meta.table_name):
            with db.bind_ctx([model]):
                model.create_table(safe=False)
            if model is Failure:
                migrator.migrate(migrator.add_index("failures", ("timestamp",)))
    for table, added in (("command_usage", _COMMAND), ("image_stats", _IMAGE)):
        _widen(migrator, db, table, added)


def _widen(migrator: SchemaMigrator, db: Database, table: str, added: dict[str, type[Field]]) -> None:
    """A view in a table's place stays as somebody made it."""
    present = _columns(db, table)
    for name, make in added.items():
        if present and name not in present:
            migrator.migrate(migrator.add_column(table, name, make(null=True)))


def _columns(db: Database, table: str) -> set[str]:
    """The columns of a table; of a view all that there could be."""
    if not isinstance(db, SqliteDatabase):
        return {column.name for column in db.get_columns(table)} if db.table_exists(table) else set()
    found = structure_of(db.execute_sql, table)
    if found is None:
        return set()
    return set(found.columns) | (set(_COMMAND) | set(_IMAGE) if found.is_view else set())
