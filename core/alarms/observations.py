"""What alarms look at: rows of any of the tables as small frozen values, in the order in which they happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import peewee

from core.models import ActionType, CommandUsage, EventModel, Failure, ImageStats, Outcome, UserActivity
from core.statistics.lives import LONGEST_DETAILS, LifeEvent, life_event
from core.storage.chunked_reads import Row, RowQuery, chunks
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, all_ids, ids_upto
from core.storage.values import text_of
from core.time_ranges import DAY, TimeRange

LONGEST_TEXT: Final = 200
"""Characters of a text that are kept: it is from strangers, and stays in memory for weeks."""

LONGEST_LIST: Final = 2_000
"""Characters of a list of LoRAs that are kept."""


@dataclass(frozen=True, slots=True)
class ObservedCommand:
    """A command that ended: when, in epoch seconds; by whom; whether it failed (refused and cancelled have not)."""

    moment: float
    user: str
    failed: bool


@dataclass(frozen=True, slots=True)
class ObservedFailure:
    """An error with its reason. ``command`` is empty where none is known; all of it is untrusted text."""

    moment: float
    user: str
    fingerprint: str
    error_type: str
    message: str
    command: str


@dataclass(frozen=True, slots=True)
class ObservedGeneration:
    """A finished image or video.

    Attributes:
        moment: epoch seconds.
        seconds: ComfyUI's own time where it is recorded, else from request to result; 0 where neither is.
        waited: seconds in ComfyUI's queue; None where not recorded.
        kind: "standard", "video" …; model, loras, resolution: as recorded, empty where not.
        settings: what else lengthens it: upscale factor and steps, as recorded.
    """

    moment: float
    seconds: float
    waited: float | None
    kind: str
    model: str
    loras: str
    resolution: str
    settings: str = ""


Observation: TypeAlias = ObservedCommand | ObservedFailure | ObservedGeneration | LifeEvent

_ACTIVITY_DETAILS: Final = peewee.fn.SUBSTR(UserActivity.details, 1, LONGEST_DETAILS)
_FIELDS: Final[Mapping[type[EventModel], tuple[peewee.Field | peewee.Function, ...]]] = {
    CommandUsage: (CommandUsage.timestamp, CommandUsage.user_id, CommandUsage.success, CommandUsage.outcome),
    Failure: (
        Failure.timestamp,
        Failure.user_id,
        Failure.fingerprint,
        Failure.error_type,
        Failure.message,
        Failure.name,
        Failure.kind,
    ),
    ImageStats: (
        ImageStats.timestamp,
        ImageStats.generation_time,
        ImageStats.execution_time,
        ImageStats.queue_time,
        ImageStats.is_video,
        ImageStats.generation_type,
        ImageStats.model,
        ImageStats.loras,
        ImageStats.resolution,
        ImageStats.upscale_factor,
        ImageStats.steps,
    ),
    UserActivity: (UserActivity.timestamp, UserActivity.action_type, UserActivity.user_id, _ACTIVITY_DETAILS),
}

_LIFE: Final = frozenset({ActionType.BOT_START.value, ActionType.BOT_SHUTDOWN.value})


def moment_of(observation: Observation) -> float:
    """When it happened, in epoch seconds."""
    return observation.at if isinstance(observation, LifeEvent) else observation.moment


def days(
    reader: Reader, span: TimeRange, upto: Mapping[type[EventModel], int] | None = None
) -> Iterator[tuple[float, list[Observation]]]:
    """The observations of a span, a day at a time in order, each with the share of the span that is read then.

    Args:
        reader: an open database; read in short chunks.
        span: from when to when.
        upto: the last id of each table that is read; all rows where it is not given.

    Raises:
        BotpulseError: through the ``faults`` block that the caller stands in, as the driver's exception.
    """
    ids = {
        model: all_ids(reader, model) if upto is None else ids_upto(reader, model, upto.get(model, 0))
        for model in _FIELDS
    }
    low = span.start
    while low < span.end:
        high = min(low + DAY, span.end)
        rows = [
            each
            for model, fields in _FIELDS.items()
            for chunk in chunks(reader, RowQuery(model, fields, ids[model], TimeRange(low, high)))
            for each in _observed(model, chunk)
        ]
        low = high
        yield (high - span.start) / (span.end - span.start), sorted(rows, key=moment_of)


def new_ones(reader: Reader, added: Mapping[type[EventModel], IdSpan]) -> list[Observation]:
    """The observations of rows that came in, in order."""
    rows = [
        each
        for model, ids in added.items()
        if model in _FIELDS
        for chunk in chunks(reader, RowQuery(model, _FIELDS[model], ids))
        for each in _observed(model, chunk)
    ]
    return sorted(rows, key=moment_of)


def observed(model: type[EventModel], row: Row) -> Observation | None:
    """A row, with the fields that are read of its table, as what it says; None where that is nothing for an alarm."""
    return _MAKERS[model](row)


def fields_of(model: type[EventModel]) -> tuple[str, ...]:
    """The columns that are read of a table, in their order."""
    return tuple(field.name if isinstance(field, peewee.Field) else "details" for field in _FIELDS[model])


def _observed(model: type[EventModel], rows: list[Row]) -> Iterator[Observation]:
    make = _MAKERS[model]
    for row in rows:
        found = make(row)
        if found is not None:
            yield found


def _command(row: Row) -> ObservedCommand:
    moment, user, success, outcome = row
    failed = outcome == Outcome.ERROR.value if outcome is not None else success == 0
    return ObservedCommand(float(moment), _short(user), failed)


def _failure(row: Row) -> ObservedFailure | None:
    moment, user, fingerprint, error_type, message, name, kind = row
    if kind != Outcome.ERROR.value:
        return None
    return ObservedFailure(
        float(moment), _short(user), _short(fingerprint), _short(error_type), _short(message), _short(name)
    )


def _generation(row: Row) -> ObservedGeneration:
    moment, whole, worked, waited, is_video, kind, model, loras, resolution, upscale, steps = row
    seconds = _seconds(worked) or _seconds(whole) or 0.0
    told = _short(kind) or "standard"
    return ObservedGeneration(
        float(moment),
        seconds,
        _seconds(waited),
        "video" if is_video == 1 and told == "standard" else told,
        _short(model),
        "" if loras == "[]" else text_of(loras, LONGEST_LIST) or "",
        _short(resolution),
        f"{_short(upscale)}/{_short(steps)}",
    )


def _life(row: Row) -> LifeEvent | None:
    moment, action, user, details = row
    return life_event(float(moment), str(action), _short(user), details) if action in _LIFE else None


def _seconds(value: Any) -> float | None:
    """A duration as it is stored; None for what is none."""
    if isinstance(value, (int, float)) and 0.0 <= value < 10 * DAY:
        return float(value)
    return None


def _short(value: Any) -> str:
    return (text_of(value, LONGEST_TEXT) or "") if value is not None else ""


_MAKERS: Final[Mapping[type[EventModel], Callable[[Row], Observation | None]]] = {
    CommandUsage: _command,
    Failure: _failure,
    ImageStats: _generation,
    UserActivity: _life,
}
