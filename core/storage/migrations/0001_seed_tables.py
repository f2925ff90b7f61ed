"""The seed's four tables, column for column. Where the deployed bot has made them already, they stay as they are."""

from __future__ import annotations

from peewee import AutoField, Database, DoubleField, IntegerField, Model, PostgresqlDatabase, TextField
from playhouse.migrate import SchemaMigrator
from playhouse.sqlite_ext import AutoIncrementField


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create what is missing."""
    serial = AutoField if isinstance(db, PostgresqlDatabase) else AutoIncrementField

    class CommandUsage(Model):
        id = serial()
        command_name = TextField()
        user_id = TextField()
        guild_id = TextField(null=True)
        channel_id = TextField(null=True)
        timestamp = DoubleField()
        execution_time = DoubleField(null=True)
        success = IntegerField()

        class Meta:
            table_name = "command_usage"

    class ImageStats(Model):
        id = serial()
        user_id = TextField()
        prompt = TextField(null=True)
        resolution = TextField(null=True)
        loras = TextField(null=True)
        upscale_factor = IntegerField(null=True)
        generation_time = DoubleField(null=True)
        timestamp = DoubleField()

        class Meta:
            table_name = "image_stats"

    class UserActivity(Model):
        id = serial()
        user_id = TextField()
        guild_id = TextField(null=True)
        action_type = TextField()
        timestamp = DoubleField()
        details = TextField(null=True)

        class Meta:
            table_name = "user_activity"

    class DailyStats(Model):
        date = TextField(primary_key=True)
        total_commands = IntegerField()
        total_images = IntegerField()
        unique_users = IntegerField()
        avg_generation_time = DoubleField(null=True)
        popular_commands = TextField(null=True)
        popular_resolutions = TextField(null=True)

        class Meta:
            table_name = "daily_stats"

    models = [CommandUsage, ImageStats, UserActivity, DailyStats]
    with db.bind_ctx(models):
        db.create_tables(models, safe=True)
