"""The newest rows of all three tables as one stream of events."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import peewee

from core.feed.snapshot import Event, EventKind
from core.models import CommandUsage, EventModel, ImageStats, UserActivity
from core.storage.chunked_reads import Row
from core.storage.reader import Reader
from core.storage.seeks import IdSpan
from core.storage.values import media_of, moment_or_none, seconds_or_none

MOST_EVENTS: Final = 200
"""So many are kept."""

_LONGEST_DETAIL: Final = 500

_FIELDS: Final[dict[type[EventModel], tuple[Any, ...]]] = {
    CommandUsage: (
        CommandUsage.id,
        CommandUsage.timestamp,
        CommandUsage.user_id,
        CommandUsage.guild_id,
        CommandUsage.command_name,
        CommandUsage.execution_time,
        CommandUsage.success,
    ),
    ImageStats: (
        ImageStats.id,
        ImageStats.timestamp,
        ImageStats.user_id,
        peewee.fn.SUBSTR(ImageStats.prompt, 1, _LONGEST_DETAIL),
        ImageStats.generation_time,
        ImageStats.is_video,
    ),
    UserActivity: (
        UserActivity.id,
        UserActivity.timestamp,
        UserActivity.user_id,
        UserActivity.guild_id,
        UserActivity.action_type,
        peewee.fn.SUBSTR(UserActivity.details, 1, _LONGEST_DETAIL),
    ),
}


class NewestEvents:
    """Keeps the newest events of a database, and when it was last written to.

    Attributes:
        events: newest first, at most :data:`MOST_EVENTS`.
        last_seen: epoch seconds of the newest row; None where there is none. A bot's clock may run ahead of ours by a
            minute; what lies further ahead does not count.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget them: they are to be read afresh."""
        self.events: tuple[Event, ...] = ()
        self.last_seen: float | None = None

    def note(self, events: tuple[Event, ...], now: float) -> None:
        """Take new events in, at ``now`` in epoch seconds."""
        self.events = merged(events, self.events)
        moments = [event.timestamp for event in events if event.timestamp is not None and event.timestamp <= now + 60]
        self.last_seen = max((*moments, self.last_seen or 0.0)) or None


def newest_events(reader: Reader, spans: Mapping[type[EventModel], IdSpan] | None = None) -> tuple[Event, ...]:
    """The newest events, newest first, at most :data:`MOST_EVENTS`; of these spans of ids only, if given."""
    events = [event for model in _FIELDS for event in _of_table(reader, model, spans)]
    return merged(events, ())


def merged(new: Iterable[Event], old: Iterable[Event]) -> tuple[Event, ...]:
    """Two lots of events as one, newest first, at most :data:`MOST_EVENTS`. Events without a time go last."""
    return tuple(heapq.nsmallest(MOST_EVENTS, (*new, *old), key=_newest_first))


def _newest_first(event: Event) -> tuple[float, int]:
    return (-(event.timestamp or 0.0), -event.id)


def _of_table(reader: Reader, model: type[EventModel], spans: Mapping[type[EventModel], IdSpan] | None) -> list[Event]:
    query = model.select(*_FIELDS[model]).order_by(model.id.desc()).limit(MOST_EVENTS)
    if spans is not None:
        if model not in spans:
            return []
        query = query.where(spans[model].within(model))
    return [_MAKERS[model](row) for row in reader.rows(query)]


def _command(row: Row) -> Event:
    row_id, moment, user, guild, name, execution, success = row
    return Event(
        EventKind.COMMAND,
        row_id,
        moment_or_none(moment),
        _text(name),
        _text(user),
        _text_or_none(guild),
        "",
        seconds_or_none(execution),
        success != 0,
    )


def _image(row: Row) -> Event:
    row_id, moment, user, prompt, generation, is_video = row
    title, seconds = media_of(is_video), seconds_or_none(generation, zero_is_unknown=True)
    return Event(
        EventKind.IMAGE, row_id, moment_or_none(moment), title, _text(user), None, _text(prompt), seconds, True
    )


def _activity(row: Row) -> Event:
    row_id, moment, user, guild, action, details = row
    return Event(
        EventKind.ACTIVITY,
        row_id,
        moment_or_none(moment),
        _text(action),
        _text(user),
        _text_or_none(guild),
        _text(details),
        None,
        True,
    )


_MAKERS: Final[dict[type[EventModel], Callable[[Row], Event]]] = {
    CommandUsage: _command,
    ImageStats: _image,
    UserActivity: _activity,
}


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:_LONGEST_DETAIL]


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)
