"""The newest rows of all three tables as one stream of events."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from typing import Any, Final

import peewee

from core.feed.snapshot import Event, EventKind
from core.filters import EVERYTHING, Filter, condition
from core.models import CommandUsage, EventModel, ImageStats, UserActivity
from core.storage.reader import Reader
from core.storage.seeks import IdSpan
from core.storage.values import media_of, moment_or_none, seconds_or_none, text_of

MOST_EVENTS: Final = 200
"""So many are kept."""

LOOKED_THROUGH: Final = 20_000
"""Ids of each table among which events that match a filter are looked for: a look must not take long."""

_LONGEST_DETAIL: Final = 500

_NOTHING: Final = peewee.SQL("NULL")
_PROMPT: Final = peewee.fn.SUBSTR(ImageStats.prompt, 1, _LONGEST_DETAIL)
_DETAILS: Final = peewee.fn.SUBSTR(UserActivity.details, 1, _LONGEST_DETAIL)

_KINDS: Final[dict[type[EventModel], tuple[EventKind, tuple[Any, ...]]]] = {
    CommandUsage: (
        EventKind.COMMAND,
        (CommandUsage.command_name, CommandUsage.guild_id, _NOTHING, CommandUsage.execution_time, CommandUsage.success),
    ),
    ImageStats: (
        EventKind.IMAGE,
        (ImageStats.is_video, _NOTHING, _PROMPT, ImageStats.generation_time, _NOTHING),
    ),
    UserActivity: (
        EventKind.ACTIVITY,
        (UserActivity.action_type, UserActivity.guild_id, _DETAILS, _NOTHING, _NOTHING),
    ),
}
"""What a table's events are, and where it has their titles, servers, details, durations and success."""


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

    def note(self, events: tuple[Event, ...], now: float, chosen: tuple[Event, ...] | None = None) -> None:
        """Take new events in, at ``now`` in epoch seconds; ``chosen`` are those to be kept, if not all."""
        self.events = merged(events if chosen is None else chosen, self.events)
        moments = [event.timestamp for event in events if event.timestamp is not None and event.timestamp <= now + 60]
        self.last_seen = max((*moments, self.last_seen or 0.0)) or None


def newest_events(
    reader: Reader, spans: Mapping[type[EventModel], IdSpan] | None = None, chosen: Filter = EVERYTHING
) -> tuple[Event, ...]:
    """The newest events, newest first, at most :data:`MOST_EVENTS`; of these spans of ids only, if given.

    With a filter, those of the last :data:`LOOKED_THROUGH` ids of each table that match it.
    """
    if chosen and spans is not None:
        spans = {model: IdSpan(max(ids.after, ids.upto - LOOKED_THROUGH), ids.upto) for model, ids in spans.items()}
    events = [event for model in _KINDS for event in _of_table(reader, model, spans, chosen)]
    return merged(events, ())


def merged(new: Iterable[Event], old: Iterable[Event]) -> tuple[Event, ...]:
    """Two lots of events as one, newest first, at most :data:`MOST_EVENTS`. Events without a time go last."""
    return tuple(heapq.nsmallest(MOST_EVENTS, (*new, *old), key=_newest_first))


def _newest_first(event: Event) -> tuple[float, int]:
    return (-(event.timestamp or 0.0), -event.id)


def _of_table(
    reader: Reader, model: type[EventModel], spans: Mapping[type[EventModel], IdSpan] | None, chosen: Filter
) -> list[Event]:
    kind, fields = _KINDS[model]
    own: Any = model
    query = model.select(model.id, model.timestamp, own.user_id, *fields).order_by(model.id.desc()).limit(MOST_EVENTS)
    if spans is not None:
        if model not in spans:
            return []
        query = query.where(spans[model].within(model))
    matching = condition(model, chosen)
    if matching is not None:
        query = query.where(matching)
    return [_event(kind, *row) for row in reader.rows(query)]


def _event(
    kind: EventKind, row_id: int, moment: Any, user: Any, title: Any, guild: Any, detail: Any, took: Any, success: Any
) -> Event:
    is_image = kind is EventKind.IMAGE
    return Event(
        kind,
        row_id,
        moment_or_none(moment),
        media_of(title) if is_image else _text(title),
        _text(user),
        None if guild is None else _text(guild),
        _text(detail),
        seconds_or_none(took, zero_is_unknown=is_image),
        success != 0,
    )


def _text(value: Any) -> str:
    return text_of(value, _LONGEST_DETAIL) or ""
