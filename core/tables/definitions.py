"""The record tables: what their columns are, and a stored row as values that can be shown.

Five tables: commands, images, activity, days, failures. Values come cleaned: what is unusable (text for a number, a
time in milliseconds, NULL) is None, never a wrong number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

import peewee

from core.filters import Field, Filter
from core.models import CommandUsage, DailyStats, Failure, ImageStats, UserActivity
from core.storage.values import LONGEST_TEXT, MOST_JSON, Kind, text_of
from core.storage.values import clean as cleaned
from core.text.formatting import within
from core.text.translation import gettext as _
from core.text.translation import pgettext
from core.time_ranges import TimeRange

TIME_ORDER: Final = "time"
"""The key of the order by time, in every table: in that of days it stands for the date."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        key: its name in settings, orders and exports.
        title: its heading.
        kind: what its values are.
        field: where they are stored.
        filter_by: the field of a filter's term that chooses rows by such a value; None where there is none.
        zero_is_unknown: whether a stored 0 means that nobody knows.
        came_later: whether files of bots from before do not have it: where nothing is stored, details say nothing.
    """

    key: str
    title: str
    kind: Kind
    field: Any
    filter_by: Field | None = None
    zero_is_unknown: bool = False
    came_later: bool = False


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """A kind of record.

    Attributes:
        key: "commands", "images", "activity", "days" or "failures".
        title: for people.
        model: where its rows are stored.
        columns: all of them, in the order of a record's values.
        default: the keys of the columns that are shown at first, in that order.
    """

    key: str
    title: str
    model: type[peewee.Model]
    columns: tuple[Column, ...]
    default: tuple[str, ...]

    def column(self, key: str) -> Column:
        """The column with this key; "time" stands for the date in a table that has no times.

        Raises:
            KeyError: the table has no such column.
        """
        found = {column.key: column for column in self.columns}
        return self.columns[0] if key == TIME_ORDER and key not in found else found[key]

    @property
    def name(self) -> str:
        """Its title in the middle of a sentence: "images"; one in capitals of its own stays as it is."""
        return within(self.title) if self.title[1:].islower() else self.title

    @property
    def identity(self) -> Any:
        """The stored field that tells its rows apart."""
        return self.model._meta.primary_key

    @property
    def has_time(self) -> bool:
        """Whether its rows are events: with a time, and ids that are handed out in the order of time."""
        return self.columns[0].kind is Kind.TIME


@dataclass(frozen=True, slots=True)
class TableRecord:
    """A row, cleaned.

    Attributes:
        id: the row's; a day's is its date.
        values: in the order of the table's columns; None where there is no usable one. Long text is cut at
            :data:`core.storage.values.LONGEST_TEXT` characters, unless the record was asked for as a whole.
    """

    id: int | str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """How rows are ordered: by a column's key. Ties are in the order of time, the newest first."""

    column: str = TIME_ORDER
    descending: bool = True


@dataclass(frozen=True, slots=True)
class TableQuery:
    """Which rows of which table, in which order.

    Attributes:
        table: the table's key.
        span: rows of this time only; rows without a usable time are only in the whole table (None).
        filters: all of them must hold.
        order: see :class:`Order`.
        zone: whose days a span's ends belong to, where the table is of days; None: the days of UTC.
    """

    table: str
    span: TimeRange | None = None
    filters: tuple[Filter, ...] = ()
    order: Order = field(default_factory=Order)
    zone: ZoneInfo | None = None


def stored_fields(table: TableDefinition, *, whole: bool = False) -> list[Any]:
    """What has to be selected for :func:`record_of`: the row's identity, then its columns; long texts cut."""
    return [table.identity, *(column.field if whole else _cut(column) for column in table.columns)]


def record_of(table: TableDefinition, row: Sequence[Any], *, whole: bool = False) -> TableRecord:
    """A record of a row of :func:`stored_fields`."""
    values = tuple(clean(column, value, whole=whole) for column, value in zip(table.columns, row[1:], strict=True))
    return TableRecord(row[0] if isinstance(row[0], int) else text_of(row[0], None) or "", values)


def clean(column: Column, stored: Any, *, whole: bool = False) -> Any:
    """What a stored value means; None where it can mean nothing."""
    if column.zero_is_unknown and stored == 0:
        return None
    return cleaned(column.kind, stored, None if whole else LONGEST_TEXT)


def _cut(column: Column) -> Any:
    if column.kind in (Kind.LORAS, Kind.STRENGTHS):
        return peewee.fn.SUBSTR(column.field, 1, MOST_JSON)
    return peewee.fn.SUBSTR(column.field, 1, LONGEST_TEXT) if column.kind in _LONG else column.field


_LONG: Final = frozenset({Kind.TEXT, Kind.PROMPT})

_COMMANDS: Final = TableDefinition(
    "commands",
    _("Commands"),
    CommandUsage,
    (
        Column("time", _("Time"), Kind.TIME, CommandUsage.timestamp),
        Column("command", _("Command"), Kind.COMMAND, CommandUsage.command_name, Field.COMMAND),
        Column("user", _("User"), Kind.USER, CommandUsage.user_id, Field.USER),
        Column("server", _("Server"), Kind.GUILD, CommandUsage.guild_id, Field.GUILD),
        Column("channel", _("Channel"), Kind.CHANNEL, CommandUsage.channel_id, Field.CHANNEL),
        Column("duration", _("Duration"), Kind.SECONDS, CommandUsage.execution_time),
        Column("outcome", _("Outcome"), Kind.OUTCOME, CommandUsage.success, Field.OUTCOME),
        Column("id", _("Id"), Kind.ID, CommandUsage.id, Field.ID),
    ),
    ("time", "command", "user", "server", "channel", "duration", "outcome"),
)

_IMAGES: Final = TableDefinition(
    "images",
    _("Images"),
    ImageStats,
    (
        Column("time", _("Time"), Kind.TIME, ImageStats.timestamp),
        Column("user", _("User"), Kind.USER, ImageStats.user_id, Field.USER),
        Column("prompt", _("Prompt"), Kind.PROMPT, ImageStats.prompt),
        Column("resolution", _("Resolution"), Kind.RESOLUTION, ImageStats.resolution, Field.RESOLUTION),
        Column("loras", "LoRAs", Kind.LORAS, ImageStats.loras, Field.LORA),
        Column("strengths", _("LoRA strengths"), Kind.STRENGTHS, ImageStats.loras),
        Column("upscale", _("Upscale"), Kind.NUMBER, ImageStats.upscale_factor, Field.UPSCALE),
        Column("type", _("Type"), Kind.TYPE, ImageStats.generation_type, Field.TYPE),
        Column(
            "seconds",
            pgettext("column", "Generation time"),
            Kind.SECONDS,
            ImageStats.generation_time,
            zero_is_unknown=True,
        ),
        Column("media", _("Media"), Kind.MEDIA, ImageStats.is_video, Field.KIND),
        Column("queue", _("Queue time"), Kind.SECONDS, ImageStats.queue_time, came_later=True),
        Column("execution", _("Execution time"), Kind.SECONDS, ImageStats.execution_time, came_later=True),
        Column("model", _("Model"), Kind.ACTION, ImageStats.model, Field.MODEL, came_later=True),
        Column("sampler", _("Sampler"), Kind.ACTION, ImageStats.sampler, Field.SAMPLER, came_later=True),
        Column("steps", pgettext("sampling", "Steps"), Kind.NUMBER, ImageStats.steps, Field.STEPS, came_later=True),
        Column("seed", _("Seed"), Kind.ACTION, ImageStats.seed, came_later=True),
        Column("server", _("Server"), Kind.GUILD, ImageStats.guild_id, Field.GUILD, came_later=True),
        Column("channel", _("Channel"), Kind.CHANNEL, ImageStats.channel_id, Field.CHANNEL, came_later=True),
        Column("id", _("Id"), Kind.ID, ImageStats.id, Field.ID),
    ),
    ("time", "user", "prompt", "resolution", "loras", "upscale", "type", "seconds"),
)

_FAILURES: Final = TableDefinition(
    "failures",
    _("Failures"),
    Failure,
    (
        Column("time", _("Time"), Kind.TIME, Failure.timestamp),
        Column("reason", _("Kind"), Kind.ACTION, Failure.kind, Field.REASON),
        Column("source", _("Source"), Kind.ACTION, Failure.source, Field.SOURCE),
        Column("command", _("Command"), Kind.COMMAND, Failure.name, Field.COMMAND),
        Column("user", _("User"), Kind.USER, Failure.user_id, Field.USER),
        Column("server", _("Server"), Kind.GUILD, Failure.guild_id, Field.GUILD),
        Column("channel", _("Channel"), Kind.CHANNEL, Failure.channel_id, Field.CHANNEL),
        Column("error_type", _("Error"), Kind.ACTION, Failure.error_type),
        Column("message", _("Message"), Kind.TEXT, Failure.message),
        Column("node", _("Node"), Kind.ACTION, Failure.node, Field.NODE),
        Column("model", _("Model"), Kind.ACTION, Failure.model, Field.MODEL),
        Column("loras", "LoRAs", Kind.LORAS, Failure.loras, Field.LORA),
        Column("resolution", _("Resolution"), Kind.RESOLUTION, Failure.resolution, Field.RESOLUTION),
        Column("error", _("Cause"), Kind.ACTION, Failure.fingerprint, Field.ERROR),
        Column("id", _("Id"), Kind.ID, Failure.id, Field.ID),
    ),
    ("time", "reason", "command", "user", "server", "node", "message"),
)

_ACTIVITY: Final = TableDefinition(
    "activity",
    _("Activity"),
    UserActivity,
    (
        Column("time", _("Time"), Kind.TIME, UserActivity.timestamp),
        Column("action", _("Action"), Kind.ACTION, UserActivity.action_type, Field.ACTION),
        Column("user", _("User"), Kind.USER, UserActivity.user_id, Field.USER),
        Column("server", _("Server"), Kind.GUILD, UserActivity.guild_id, Field.GUILD),
        Column("details", _("Details"), Kind.TEXT, UserActivity.details),
        Column("id", _("Id"), Kind.ID, UserActivity.id, Field.ID),
    ),
    ("time", "action", "user", "server", "details"),
)

_DAYS: Final = TableDefinition(
    "days",
    _("Days"),
    DailyStats,
    (
        Column("date", _("Date"), Kind.DATE, DailyStats.date),
        Column("commands", _("Commands"), Kind.COUNT, DailyStats.total_commands),
        Column("images", _("Images"), Kind.COUNT, DailyStats.total_images),
        Column("users", _("Users"), Kind.COUNT, DailyStats.unique_users),
        Column(
            "seconds", _("Average generation time"), Kind.SECONDS, DailyStats.avg_generation_time, zero_is_unknown=True
        ),
        Column("popular_commands", _("Popular commands"), Kind.TEXT, DailyStats.popular_commands),
        Column("popular_resolutions", _("Popular resolutions"), Kind.TEXT, DailyStats.popular_resolutions),
    ),
    ("date", "commands", "images", "users", "seconds", "popular_commands", "popular_resolutions"),
)

TABLES: Final[dict[str, TableDefinition]] = {
    table.key: table for table in (_COMMANDS, _IMAGES, _ACTIVITY, _DAYS, _FAILURES)
}
"""Every record table by its key."""
