"""The tables that a host can page through: their columns, and how a stored row becomes a record that can be shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import peewee

from core.events import moment_or_none, seconds_or_none
from core.filters import FAILED, IMAGE, SUCCEEDED, VIDEO, Field, Filter
from core.image_folding import lora_names
from core.models import CommandUsage, DailyStats, GenerationType, ImageStats, UserActivity
from core.periods import TimeRange

LONGEST_TEXT: Final = 500
"""Characters of a text in a list of records; :func:`core.paging.whole_record` has all of them."""

_LONGEST_LIST: Final = 20_000


class Kind(StrEnum):
    """What a column holds, and so how it is written and sorted."""

    TIME = "time"
    TEXT = "text"
    ID = "id"
    COMMAND = "command"
    USER = "user"
    GUILD = "guild"
    CHANNEL = "channel"
    SECONDS = "seconds"
    COUNT = "count"
    OUTCOME = "outcome"
    PROMPT = "prompt"
    RESOLUTION = "resolution"
    LORAS = "loras"
    TYPE = "type"
    MEDIA = "media"
    ACTION = "action"
    DATE = "date"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in the code and in settings, its title, what it holds, and where that is stored.

    Attributes:
        filter_by: what a filter by one of its values is about, or None.
        clean: makes a stored value one that can be shown; None where it is not usable.
    """

    key: str
    title: str
    kind: Kind
    field: peewee.Field
    filter_by: Field | None = None
    clean: Callable[[Any], Any] = lambda value: value

    @property
    def selected(self) -> Any:
        """What is read for a list: long texts are cut by the database."""
        if self.kind in (Kind.TIME, Kind.SECONDS, Kind.COUNT, Kind.OUTCOME, Kind.MEDIA, Kind.NUMBER, Kind.ID):
            return self.field
        return peewee.fn.SUBSTR(self.field, 1, _LONGEST_LIST if self.kind is Kind.LORAS else LONGEST_TEXT)


@dataclass(frozen=True, slots=True)
class RecordTable:
    """A table: its key, its title, and its columns.

    Attributes:
        default: the keys of the columns that are shown until the host says otherwise.
        key_field: its primary key.
    """

    key: str
    title: str
    model: type[peewee.Model]
    columns: tuple[Column, ...]
    default: tuple[str, ...]
    key_field: peewee.Field

    def column(self, key: str) -> Column:
        """The column with a key; an unknown one is a KeyError."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)

    def record(self, row: Sequence[Any]) -> Record:
        """A row (its primary key, then a value a column) as a record."""
        return Record(row[0], tuple(column.clean(value) for column, value in zip(self.columns, row[1:], strict=True)))


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its primary key, and a value a column, None where there is no usable one. All text is untrusted."""

    id: int | str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """By which column (its key), and whether the greatest or latest come first."""

    column: str = "time"
    descending: bool = True


@dataclass(frozen=True, slots=True)
class TableQuery:
    """Which rows of a table, and in which order.

    Attributes:
        table: its key.
        span: rows of this time only; None: all, those without a usable time too.
        filters: all of them must hold.
    """

    table: str
    span: TimeRange | None = None
    filters: tuple[Filter, ...] = ()
    order: Order = Order()


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int) else None


def _outcome(value: Any) -> str:
    return FAILED if value == 0 else SUCCEEDED


def _media(value: Any) -> str:
    return IMAGE if value in (0, None, "0") else VIDEO


def _type(value: Any) -> str:
    return GenerationType.STANDARD.value if value is None else str(value)


def _generation(value: Any) -> float | None:
    return seconds_or_none(value, zero_is_unknown=True)


def _time(field: peewee.Field) -> Column:
    return Column("time", "Time", Kind.TIME, field, None, moment_or_none)


def _user(field: peewee.Field) -> Column:
    return Column("user", "User", Kind.USER, field, Field.USER, _text)


def _server(field: peewee.Field) -> Column:
    return Column("server", "Server", Kind.GUILD, field, Field.GUILD, _text)


def _id(field: peewee.Field) -> Column:
    return Column("id", "Id", Kind.ID, field, Field.ID)


COMMANDS: Final = RecordTable(
    "commands",
    "Commands",
    CommandUsage,
    (
        _time(CommandUsage.timestamp),
        Column("command", "Command", Kind.COMMAND, CommandUsage.command_name, Field.COMMAND, _text),
        _user(CommandUsage.user_id),
        _server(CommandUsage.guild_id),
        Column("channel", "Channel", Kind.CHANNEL, CommandUsage.channel_id, Field.CHANNEL, _text),
        Column("duration", "Duration", Kind.SECONDS, CommandUsage.execution_time, None, seconds_or_none),
        Column("outcome", "Outcome", Kind.OUTCOME, CommandUsage.success, Field.OUTCOME, _outcome),
        _id(CommandUsage.id),
    ),
    ("time", "command", "user", "server", "channel", "duration", "outcome"),
    CommandUsage.id,
)
IMAGES: Final = RecordTable(
    "images",
    "Images",
    ImageStats,
    (
        _time(ImageStats.timestamp),
        _user(ImageStats.user_id),
        Column("prompt", "Prompt", Kind.PROMPT, ImageStats.prompt, None, _text),
        Column("resolution", "Resolution", Kind.RESOLUTION, ImageStats.resolution, Field.RESOLUTION, _text),
        Column("loras", "LoRAs", Kind.LORAS, ImageStats.loras, Field.LORA, lora_names),
        Column("upscale", "Upscale", Kind.NUMBER, ImageStats.upscale_factor, Field.UPSCALE, _count),
        Column("type", "Type", Kind.TYPE, ImageStats.generation_type, Field.TYPE, _type),
        Column("seconds", "Generation", Kind.SECONDS, ImageStats.generation_time, None, _generation),
        Column("media", "Kind", Kind.MEDIA, ImageStats.is_video, Field.KIND, _media),
        _id(ImageStats.id),
    ),
    ("time", "user", "prompt", "resolution", "loras", "upscale", "type", "seconds"),
    ImageStats.id,
)
ACTIVITY: Final = RecordTable(
    "activity",
    "Activity",
    UserActivity,
    (
        _time(UserActivity.timestamp),
        Column("action", "Action", Kind.ACTION, UserActivity.action_type, Field.ACTION, _text),
        _user(UserActivity.user_id),
        _server(UserActivity.guild_id),
        Column("details", "Details", Kind.TEXT, UserActivity.details, None, _text),
        _id(UserActivity.id),
    ),
    ("time", "action", "user", "server", "details"),
    UserActivity.id,
)
DAYS: Final = RecordTable(
    "days",
    "Days",
    DailyStats,
    (
        Column("date", "Date", Kind.DATE, DailyStats.date, None, _text),
        Column("commands", "Commands", Kind.COUNT, DailyStats.total_commands, None, _count),
        Column("images", "Images", Kind.COUNT, DailyStats.total_images, None, _count),
        Column("users", "Users", Kind.COUNT, DailyStats.unique_users, None, _count),
        Column("generation", "Mean generation", Kind.SECONDS, DailyStats.avg_generation_time, None, _generation),
        Column("popular_commands", "Popular commands", Kind.TEXT, DailyStats.popular_commands, None, _text),
        Column("popular_resolutions", "Popular resolutions", Kind.TEXT, DailyStats.popular_resolutions, None, _text),
    ),
    ("date", "commands", "images", "users", "generation", "popular_commands"),
    DailyStats.date,
)
TABLES: Final = {table.key: table for table in (COMMANDS, IMAGES, ACTIVITY, DAYS)}
"""Every table by its key."""
