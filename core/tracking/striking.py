"""An event of somebody who opted out, as it is kept: without the person, and what tells of a person by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import peewee

from core.models import ALL_MODELS, PRIVATE_COLUMNS, Failure, Name, NameKind
from core.tracking.records import FIELDS, EventRow

NOBODY: Final = ""
"""In the place of an id in a column that may not be NULL. Everywhere it counts as "not recorded", not as a person."""

_TIMES: Final = ("timestamp", "updated")


@dataclass(frozen=True, slots=True)
class _ModelPlaces:
    """What of a model's values is what.

    Attributes:
        people: the places that may hold a user's id, each with what takes its place.
        private: the places that become None.
        time: the place of the event's moment.
    """

    people: tuple[tuple[int, str | int | None], ...]
    private: tuple[int, ...]
    time: int | None


@lru_cache(maxsize=256)
def _plan(model: type[peewee.Model], names: tuple[str, ...]) -> _ModelPlaces:
    """In a table of a metric of one's own an id may be in any column."""
    fields, known = model._meta.fields, {*ALL_MODELS, Failure}
    people = [name for name in names if name == "user_id" or (model not in known and name not in _TIMES)]
    private = [name for name in names if name in PRIVATE_COLUMNS and fields[name].null]
    time = next((names.index(name) for name in _TIMES if name in names), None)
    return _ModelPlaces(
        tuple((names.index(name), _nobody(fields[name])) for name in people),
        tuple(names.index(name) for name in private),
        time,
    )


def _nobody(field: Any) -> str | int | None:
    if field.null:
        return None
    return 0 if field.field_type in ("INT", "BIGINT", "DOUBLE", "FLOAT") else NOBODY


def users_of(record: EventRow) -> tuple[str, ...]:
    """The ids in an event that may be a user's."""
    if record.model is Name:
        kind, number = record.values[:2]
        return (str(number),) if kind == NameKind.USER else ()
    values = record.values
    places = _plan(record.model, FIELDS[record.model]).people
    return tuple(str(values[place]) for place, _n in places if place < len(values) and _may_be_id(values[place]))


def moment_of(record: EventRow) -> float:
    """When it was, in epoch seconds; 0 where it does not say."""
    place = _plan(record.model, FIELDS[record.model]).time
    moment = record.values[place] if place is not None and place < len(record.values) else 0
    return float(moment) if isinstance(moment, int | float) else 0.0


def struck(record: EventRow, is_out: Callable[[str], bool]) -> EventRow | None:
    """The event without whoever opted out; itself where nobody in it did; None for a name: it is not noted."""
    if not any(map(is_out, users_of(record))):
        return record
    if record.model is Name:
        return None
    plan, values = _plan(record.model, FIELDS[record.model]), list(record.values)
    for place, nobody in plan.people:
        if _may_be_id(values[place]) and is_out(str(values[place])):
            values[place] = nobody
    for place in plan.private:
        values[place] = None
    return EventRow(record.model, tuple(values))


def _may_be_id(value: Any) -> bool:
    return type(value) in (str, int) and value != NOBODY
