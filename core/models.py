"""The schema: one peewee model a table: the seed's four, column for column, what came to them since, and three more.

The seed's section "Database Schema" has the four. Columns that came later are NULL where nobody recorded them, so
whoever inserts by name goes on; a file that was written before reads as one in which they are not recorded.

The models are bound to no database: a query is run with ``database.execute(query)`` (raw tuples, as the
file holds them) or ``query.execute(database)``, so that several files can be open in several threads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any, Final

from peewee import (
    OP,
    SQL,
    AutoField,
    CompositeKey,
    DoubleField,
    Expression,
    IntegerField,
    Model,
    Node,
    NodeList,
    TextField,
    Value,
)

DISCORD_EPOCH: Final = 1_420_070_400.0
"""Epoch seconds of 2015-01-01 UTC, the start of Discord's own time: no event can be older."""

END_OF_TIME: Final = 4_102_444_800.0
"""Epoch seconds of the year 2100: later timestamps are milliseconds, or nonsense."""

USER_ID: Final = re.compile(r"[1-9][0-9]{14,19}")
"""A user's id: so long that nothing else in a file reads like it."""

LONGEST_DURATION: Final = 86_400.0
"""Seconds. A longer execution or generation is taken for a mistake (milliseconds, say) and left out of averages."""


class ActionType(StrEnum):
    """The ``action_type`` of user_activity rows that the bot's side writes by itself."""

    BOT_START = "bot_start"
    BOT_SHUTDOWN = "bot_shutdown"
    BOT_RECONNECT = "bot_reconnect"
    GUILD_JOIN = "guild_join"
    GUILD_LEAVE = "guild_leave"
    COMMAND_REFUSED = "command_refused"


class GenerationType(StrEnum):
    """The known values of ``image_stats.generation_type``."""

    STANDARD = "standard"
    VIDEO = "video"
    REDUX = "redux"
    REDUXPROMPT = "reduxprompt"
    PULID = "pulid"


class Outcome(StrEnum):
    """How something ended: the values of ``command_usage.outcome``, and, but for the first, of ``failures.kind``."""

    COMPLETED = "completed"
    ERROR = "error"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class FailureSource(StrEnum):
    """Where something failed: the values of ``failures.source``."""

    COMMAND = "command"
    GENERATION = "generation"
    DELIVERY = "delivery"


class NameKind(StrEnum):
    """Whose name it is: the values of ``names.kind``. A guild is a server."""

    USER = "user"
    GUILD = "guild"
    CHANNEL = "channel"


class EventModel(Model):
    """A table that grows by a row an event. It only tells the type checker what such tables have in common."""

    id: Any
    timestamp: Any


class CommandUsage(EventModel):
    """A slash command that somebody ran (the seed's table ``command_usage``).

    ``timestamp`` is epoch seconds, ``execution_time`` seconds or NULL, ``success`` 1 or 0; ``guild_id`` is
    NULL in direct messages. Ids are Discord snowflakes as text. ``outcome`` is an :class:`Outcome`, or NULL.
    """

    id = AutoField()
    command_name = TextField()
    user_id = TextField()
    guild_id = TextField(null=True)
    channel_id = TextField(null=True)
    timestamp = DoubleField(index=True)
    execution_time = DoubleField(null=True)
    success = IntegerField()
    outcome = TextField(null=True)

    class Meta:
        table_name = "command_usage"


class ImageStats(EventModel):
    """A finished image or video (the seed's table ``image_stats`` and the deployed bot's two columns).

    ``generation_time`` is seconds from request to result; NULL or 0.0 where it is not known. ``loras`` is a
    JSON list of file names. ``is_video`` and ``generation_type`` may be NULL: read them as 0 and 'standard'.

    What came later, each NULL where it is not recorded: ``guild_id``, ``channel_id`` and ``message_id`` of the message
    that shows it; ``queue_time`` and ``execution_time``, seconds before ComfyUI began and in which it worked;
    ``model``, the file of the checkpoint or diffusion model; ``sampler``, ``steps``, ``seed`` (text: it may be above
    2**63); and ``outputs``, a JSON list of files in ComfyUI's output folder, in ComfyUI's way of annotating them
    ("a/b.png", "c.png [temp]").
    """

    id = AutoField()
    user_id = TextField()
    prompt = TextField(null=True)
    resolution = TextField(null=True)
    loras = TextField(null=True)
    upscale_factor = IntegerField(null=True)
    generation_time = DoubleField(null=True)
    timestamp = DoubleField(index=True)
    is_video = IntegerField(null=True, default=0)
    generation_type = TextField(null=True, default=GenerationType.STANDARD.value)
    guild_id = TextField(null=True)
    channel_id = TextField(null=True)
    message_id = TextField(null=True)
    queue_time = DoubleField(null=True)
    execution_time = DoubleField(null=True)
    model = TextField(null=True)
    sampler = TextField(null=True)
    steps = IntegerField(null=True)
    seed = TextField(null=True)
    outputs = TextField(null=True)

    class Meta:
        table_name = "image_stats"


class UserActivity(EventModel):
    """Anything else worth remembering of a user or of the bot itself (the seed's table ``user_activity``)."""

    id = AutoField()
    user_id = TextField()
    guild_id = TextField(null=True)
    action_type = TextField()
    timestamp = DoubleField(index=True)
    details = TextField(null=True)

    class Meta:
        table_name = "user_activity"


class DailyStats(Model):
    """A day's summary (the seed's table ``daily_stats``). The deployed bot inserts by position: never add a column."""

    date = TextField(primary_key=True)
    total_commands = IntegerField()
    total_images = IntegerField()
    unique_users = IntegerField()
    avg_generation_time = DoubleField(null=True)
    popular_commands = TextField(null=True)
    popular_resolutions = TextField(null=True)

    class Meta:
        table_name = "daily_stats"


class Failure(EventModel):
    """Something that failed, was refused or cancelled, and why.

    ``source`` is a :class:`FailureSource`, ``name`` the command's, or of what was generated or delivered; ``kind`` an
    :class:`Outcome`. ``message`` is one line without secrets and prompts; ``fingerprint`` is the same for failures of
    one cause (:mod:`core.tracking.failure_text`). ``node``, ``model``, ``loras`` (a JSON list) and ``resolution`` tell
    of the generation, where there was one.
    """

    id = AutoField()
    timestamp = DoubleField(index=True)
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
    """What a user, a server or a channel is called: one row an id, with the name that was met last.

    ``icon`` is the hash of the picture that Discord shows for it, ``updated`` epoch seconds.
    """

    kind = TextField()
    id = TextField()
    name = TextField()
    icon = TextField(null=True)
    updated = DoubleField()

    class Meta:
        table_name = "names"
        primary_key = CompositeKey("kind", "id")


class OptOut(Model):
    """Somebody of whom nothing is to be recorded: a digest, keyed with the salt beside it, in the id's place.

    Who has the file can ask it about an id, and read none in it (:mod:`core.storage.opt_outs`).
    """

    digest = TextField(primary_key=True)
    salt = TextField()

    class Meta:
        table_name = "opt_outs"


EVENT_MODELS: Final[tuple[type[EventModel], ...]] = (CommandUsage, ImageStats, UserActivity)
"""The seed's three tables that grow by a row an event, each with ``id`` and ``timestamp``."""

ALL_MODELS: Final[tuple[type[Model], ...]] = (*EVENT_MODELS, DailyStats)
"""The seed's four tables."""

METRIC_PREFIX: Final = "botpulse_metric_"
"""How the names of the tables begin that extensions add: they are told from a stranger's by it."""

ADDED_MODELS: Final[list[type[EventModel]]] = []
"""The tables of the registered metrics (:mod:`core.tables.extensions`)."""


LATER_COLUMNS: Final[dict[type[Model], frozenset[str]]] = {
    CommandUsage: frozenset({"outcome"}),
    ImageStats: frozenset(
        {"guild_id", "channel_id", "message_id", "queue_time", "execution_time", "model", "sampler", "steps", "seed"}
        | {"outputs"}
    ),
}
"""What came to the seed's tables: a file without it is in order, it only does not record it."""

TOLD_BY: Final[dict[type[Model], frozenset[str]]] = {
    Failure: frozenset({"timestamp", "fingerprint", "kind"}),
    Name: frozenset({"kind", "id", "name", "updated"}),
    OptOut: frozenset({"digest", "salt"}),
}
"""The tables that have names which a host's own table may have, too: one without these columns is none of ours."""


PRIVATE_COLUMNS: Final = frozenset({"prompt", "details", "message", "channel_id", "message_id", "seed", "outputs"})
"""Columns that tell of a person by themselves: they become NULL where a row is kept without its person."""


def event_models() -> tuple[type[EventModel], ...]:
    """Every table that grows by a row an event, those of extensions included."""
    return (*EVENT_MODELS, Failure, *ADDED_MODELS)


def all_models() -> tuple[type[Model], ...]:
    """Every table, those of extensions included."""
    return (*ALL_MODELS, Failure, Name, OptOut, *ADDED_MODELS)


def is_required(table: str, column: str) -> bool:
    """Whether a file that lacks a column, by the names of its table and itself, is not in order."""
    lacking = [LATER_COLUMNS.get(model, frozenset()) for model in ALL_MODELS if table_name(model) == table]
    return bool(lacking) and column not in lacking[0]


def table_name(model: type[Model]) -> str:
    """The name of a model's table."""
    return str(model._meta.table_name)


def is_unicode(value: str) -> bool:
    """Whether a database can be asked for it: half a surrogate pair has no UTF-8 form."""
    return not any("\ud800" <= sign <= "\udfff" for sign in value)


class TextParameter(Node):
    """A parameter. PostgreSQL refuses text with a NUL in it even in a question; it holds no such text."""

    def __init__(self, value: str) -> None:
        self.value = value

    def __sql__(self, ctx: Any) -> Any:
        is_server = ctx.state.param == "%s"
        return ctx.value(None if is_server and "\0" in self.value else self.value, converter=False)


class BytesParameter(Node):
    """The same text as a file may hold it in bytes: SQLite shows both alike, and takes neither for the other."""

    def __init__(self, value: str) -> None:
        self.value = value

    def __sql__(self, ctx: Any) -> Any:
        is_server = ctx.state.param == "%s"
        return ctx.value(None if is_server else self.value.encode(), converter=False)


NEVER: Final = Value(1) == 0

_LONGEST_PATTERN: Final = 10_000
"""Characters. SQLite refuses patterns of more than 50,000 bytes; of a longer word the beginning is looked for."""

_REPLACED: Final = "\N{REPLACEMENT CHARACTER}"


def is_stored(column: Any, value: str) -> Any:
    """Equality. What is no UTF-8 in a file was read with replacement characters: anything may be in their place."""
    return reduce(or_, stored_forms(column, value))


def stored_forms(column: Any, value: str) -> tuple[Any, ...]:
    """The ways in which a value may be stored, each as a condition that an index of the column answers."""
    return (
        (like(column, value, ""),)
        if _REPLACED in value
        else (column == TextParameter(value), column == BytesParameter(value))
    )


def like(column: Any, word: str, around: str, after: str | None = None) -> Any:
    """With ``%`` around it the word is a part of what is stored; ``after`` is what follows it, if something else."""
    if "\0" in word and around:
        return NEVER
    word = word.partition("\0")[0]  # SQLite's LIKE ends there, in what is stored, too
    pattern = re.sub(r"[\\%_]", r"\\\g<0>", word[:_LONGEST_PATTERN]).replace(_REPLACED, "_")
    whole = f"{around}{pattern}{around if after is None else after}"
    escaped = NodeList((TextParameter(whole), SQL("ESCAPE"), TextParameter("\\")))
    return Expression(column.cast("TEXT"), OP.ILIKE, escaped)  # not every SQLite matches bytes


def balanced(join: Callable[[Any, Any], Any], parts: Sequence[Any]) -> Any:
    """Conditions, one at least, joined by pairs of halves: SQLite's parser knows few brackets in each other."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return join(balanced(join, parts[:middle]), balanced(join, parts[middle:]))
