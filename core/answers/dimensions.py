"""What numbers can be broken down by: times, and the columns by which the pages compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import peewee

from core.filters import FAILED, SUCCEEDED
from core.models import CommandUsage, Failure, ImageStats, UserActivity
from core.statistics.counting import sizes, texts, types
from core.statistics.image_counting import factor_text, lora_names
from core.storage.values import Kind, media_of, text_of
from core.tables.definitions import TABLES
from core.tables.extensions import metrics
from core.text.formatting import one_line
from core.text.masking import PRIVATE_COLUMNS
from core.text.translation import gettext as _
from core.text.translation import pgettext
from core.tracking.failure_text import cause_words

Read = Callable[[Sequence[Any]], Sequence[Any]]
"""From a stored column to a value a row; of a list of LoRAs, to a tuple of values a row."""

NONE: Final = _("(none)")
NOT_RECORDED: Final = _("(not recorded)")
DIRECT: Final = "direct messages"
"""As a server: programs read it so, whatever the language. What is not recorded is no direct message."""
HOUR_OF_WEEK: Final = "hour-of-week"


@dataclass(frozen=True, slots=True)
class DimensionSource:
    """Where a table has a dimension: the stored field, and what its values mean; of ``many`` a row has a tuple."""

    field: peewee.Field | peewee.Node
    read: Read
    many: bool = False


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something that numbers can be broken down by.

    Attributes:
        key: its name on the command line; title: its heading.
        width: the buckets' width, where it is a time ("1 day"); empty for the hour of the week and for what is no time.
        sources: by a table's key, where that has it; a time is in every table.
        blank: what stands for no value; words: what people read in the place of others.
        of_users: whether its values are users' ids.
        together: whether times of images and videos are taken together, as the pages do that compare what images
            are made of.
    """

    key: str
    title: str
    width: str = ""
    sources: Mapping[str, DimensionSource] = field(default_factory=dict)
    blank: str = NONE
    words: Mapping[str, str] = field(default_factory=dict)
    of_users: bool = False
    together: bool = False

    @property
    def is_time(self) -> bool:
        """Whether every table has it."""
        return not self.sources

    @property
    def name(self) -> str:
        """The name that programs know it by."""
        return self.key.replace("-", "_")


class NoSuchDimension(Exception):
    """What was asked for can't be broken down so; the text says what can."""


def dimension_named(text: str, table: str | None = None) -> Dimension:
    """The dimension of a name as people type it: "day", "hour of the week", "LoRA", "votes.vote".

    ``table`` is the key of the table that is looked at, where one was named: its own columns need no ``votes.``.

    Raises:
        NoSuchDimension: there is none of this name.
    """
    key = "-".join(text.casefold().replace("_", " ").replace("-", " ").split())
    known = dimensions()
    found = known.get(_ALIASES.get(key, key)) or known.get(text.strip()) or known.get(f"{table}.{text.strip()}")
    if found is None:
        raise NoSuchDimension(
            _("{name} is nothing to break down by. There are: {known}.").format(
                name=f"{one_line(text, 40)!r}", known=", ".join(known)
            )
        )
    return found


def dimensions() -> dict[str, Dimension]:
    """Every dimension by its key, those of extensions included."""
    own = {each.key: each for each in _DIMENSIONS}
    for metric in metrics():
        fields = metric.model._meta.fields
        for column in metric.columns:
            if column.is_number or column.key in PRIVATE_COLUMNS:
                continue
            source = {metric.key: DimensionSource(fields[column.key], _words)}
            shared = _SHARED.get(column.kind)
            if shared is not None and metric.key not in own[shared].sources:
                read = _servers if column.kind is Kind.GUILD else _words
                own[shared] = _with(own[shared], {metric.key: DimensionSource(fields[column.key], read)})
            key = f"{metric.key}.{column.key}"
            own[key] = Dimension(key, column.title.lower(), sources=source, of_users=column.kind is Kind.USER)
    return own


def tables_for(chosen: Sequence[Dimension], table: str | None = None) -> tuple[str, ...]:
    """The keys of the tables whose rows are counted: the one that is named, or commands and images, if they have all.

    Raises:
        NoSuchDimension: that one, or any, lacks some of it.
    """
    sources = [set(each.sources) for each in chosen if not each.is_time]
    common = set.intersection(*sources) if sources else set(TABLES)
    wanted = ("commands", "images") if table is None else (table,)
    leading = tuple(key for key in wanted if key in common)
    others = tuple(key for key in TABLES if key in common) if table is None else ()
    if leading or others:
        return leading or others[:1]
    titles = ", ".join(each.title for each in chosen if not each.is_time)
    if table is None:
        raise NoSuchDimension(_("No table records all of this: {titles}.").format(titles=titles))
    raise NoSuchDimension(
        _("The table {table} does not record all of this: {titles}.").format(table=table, titles=titles)
    )


def _with(dimension: Dimension, source: Mapping[str, DimensionSource]) -> Dimension:
    return replace(dimension, sources={**dimension.sources, **source})


def _words(column: Sequence[Any]) -> Sequence[str]:
    return texts(["" if value is None else value for value in column])


def _servers(column: Sequence[Any]) -> Sequence[str]:
    """Servers of a table that has none for direct messages alone."""
    return [name or DIRECT for name in _words(column)]


def _outcomes(column: Sequence[Any]) -> Sequence[str]:
    return [FAILED if value == 0 else SUCCEEDED for value in column]


def _each(read: Callable[[Any], Any]) -> Read:
    return lambda column: [read(value) for value in column]


def _causes(column: Sequence[Any]) -> Sequence[str]:
    known = {value: cause_words(text_of(value, None) or "") for value in set(column)}
    return [known[value] for value in column]


_COMMAND, _IMAGE, _FAILURE, _ACTIVITY = "commands", "images", "failures", "activity"


def _of_images(column: peewee.Field, read: Read) -> dict[str, DimensionSource]:
    return {_IMAGE: DimensionSource(column, read)}


def _of_failures(column: peewee.Field) -> dict[str, DimensionSource]:
    return {_FAILURE: DimensionSource(column, _words)}


_CAUSE: Final = peewee.fn.COALESCE(Failure.error_type, "").concat(": ").concat(peewee.fn.COALESCE(Failure.message, ""))
"""What a failure was: its type and its message."""


def _where(model: Any) -> peewee.Node:
    """The server of a table that may not record it: a direct message has a channel at least."""
    has_server, has_channel = (peewee.fn.COALESCE(each, "") != "" for each in (model.guild_id, model.channel_id))
    return peewee.Case(None, [(has_server, model.guild_id), (has_channel, peewee.Value(DIRECT, converter=False))], None)


_LORAS: Final = DimensionSource(ImageStats.loras, _each(lora_names), many=True)


def _times() -> Iterator[Dimension]:
    yield Dimension("hour", pgettext("stats", "hour"), "1 h")
    yield Dimension("day", pgettext("stats", "day"), "1 day")
    yield Dimension("week", pgettext("stats", "week"), "1 week")
    yield Dimension("month", pgettext("stats", "month"), "1 month")
    yield Dimension(HOUR_OF_WEEK, pgettext("stats", "hour of the week"))


_DIMENSIONS: Final = (
    *_times(),
    Dimension(
        "command",
        pgettext("stats", "command"),
        sources={
            _COMMAND: DimensionSource(CommandUsage.command_name, texts),
            _FAILURE: DimensionSource(Failure.name, _words),
        },
    ),
    Dimension(
        "user",
        pgettext("stats", "user"),
        sources={
            _COMMAND: DimensionSource(CommandUsage.user_id, texts),
            _IMAGE: DimensionSource(ImageStats.user_id, texts),
            _FAILURE: DimensionSource(Failure.user_id, _words),
            _ACTIVITY: DimensionSource(UserActivity.user_id, texts),
        },
        of_users=True,
    ),
    Dimension(
        "server",
        pgettext("stats", "server"),
        sources={
            _COMMAND: DimensionSource(CommandUsage.guild_id, _servers),
            _IMAGE: DimensionSource(_where(ImageStats), _words),
            _FAILURE: DimensionSource(_where(Failure), _words),
            _ACTIVITY: DimensionSource(UserActivity.guild_id, _words),
        },
        blank=NOT_RECORDED,
        words={DIRECT: _("(direct messages)")},
    ),
    Dimension(
        "channel",
        pgettext("stats", "channel"),
        sources={
            _COMMAND: DimensionSource(CommandUsage.channel_id, _words),
            _IMAGE: DimensionSource(ImageStats.channel_id, _words),
            _FAILURE: DimensionSource(Failure.channel_id, _words),
        },
    ),
    Dimension(
        "outcome", pgettext("stats", "outcome"), sources={_COMMAND: DimensionSource(CommandUsage.success, _outcomes)}
    ),
    Dimension(
        "resolution", pgettext("stats", "resolution"), sources=_of_images(ImageStats.resolution, sizes), together=True
    ),
    Dimension("type", pgettext("stats", "type"), sources=_of_images(ImageStats.generation_type, types), together=True),
    Dimension("lora", "LoRA", sources={_IMAGE: _LORAS}, together=True),
    Dimension(
        "upscale",
        pgettext("stats", "upscale"),
        sources=_of_images(ImageStats.upscale_factor, _each(factor_text)),
        together=True,
    ),
    Dimension("media", pgettext("stats", "media"), sources=_of_images(ImageStats.is_video, _each(media_of))),
    Dimension("error", pgettext("stats", "error"), sources={_FAILURE: DimensionSource(_CAUSE, _causes)}),
    Dimension("error-type", pgettext("stats", "error type"), sources=_of_failures(Failure.error_type)),
    Dimension("reason", pgettext("stats", "reason"), sources=_of_failures(Failure.kind)),
    Dimension("source", pgettext("stats", "source"), sources=_of_failures(Failure.source)),
    Dimension("node", pgettext("stats", "node"), sources=_of_failures(Failure.node)),
    Dimension(
        "model",
        pgettext("stats", "model"),
        sources={**_of_images(ImageStats.model, _words), **_of_failures(Failure.model)},
        together=True,
    ),
    Dimension("sampler", pgettext("stats", "sampler"), sources=_of_images(ImageStats.sampler, _words), together=True),
    Dimension("steps", pgettext("stats", "steps"), sources=_of_images(ImageStats.steps, _words), together=True),
    Dimension(
        "action", pgettext("stats", "action"), sources={_ACTIVITY: DimensionSource(UserActivity.action_type, texts)}
    ),
)

_SHARED: Final = {Kind.USER: "user", Kind.GUILD: "server", Kind.CHANNEL: "channel"}
"""A column of an extension that is of one of these kinds is asked for by the same name as ours."""

_ALIASES: Final = {
    "hour-of-the-week": HOUR_OF_WEEK,
    "weekhour": HOUR_OF_WEEK,
    "guild": "server",
    "loras": "lora",
    "res": "resolution",
    "kind": "media",
}
"""Other words for them, those of the filter box among them."""
