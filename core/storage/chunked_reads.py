"""Reading many rows without standing in anybody's way.

In rollback-journal mode a reader stops the writer's commit, so history is read in chunks of a few
milliseconds, each its own transaction, with the counter of one chunk as the rest before the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

import peewee

from core.filters import EVERYTHING, Filter, condition
from core.models import DISCORD_EPOCH, END_OF_TIME, EventModel
from core.storage.reader import Reader
from core.time_ranges import HOUR, TimeRange

Row = tuple[Any, ...]

CHUNK_SECONDS: Final = 0.015
"""How long one read should hold its lock."""

LOOK_BACK: Final = 6 * HOUR
"""How far clocks may have stepped back where a range is searched by id."""

_FEWEST, _FIRST, _MOST = 200, 2_000, 10_000

_ENOUGH: Final = 5
"""So many timestamps show where in time a row is, though one or two of them be wrong."""

_FEW: Final = 2_000
"""Ids that are read straight away, without looking for a shorter way."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is read of one table: these fields of the rows with ``after < id <= upto`` in a span."""

    model: type[EventModel]
    fields: tuple[peewee.Field, ...]
    span: TimeRange
    after: int
    upto: int
    chosen: Filter = EVERYTHING


def chunks(reader: Reader, question: Question) -> Iterator[list[Row]]:
    """The rows that answer a question, a list a read; rows without a usable timestamp never match.

    Rows come by id, or by time where an index on the timestamp narrows the span down.

    Raises:
        BotpulseError: through the ``faults`` block that the caller stands in, as the driver's exception.
    """
    if question.upto - question.after <= _FEW:
        return _by_id(reader, question)
    narrow = question.span.start > DISCORD_EPOCH
    if narrow and is_indexed(reader, question.model):
        return _by_time(reader, question)
    if narrow:
        question = _from(question, first_id(reader, question.model, question.span.start - LOOK_BACK, question.upto))
    return _by_id(reader, question)


def last_id(reader: Reader, model: type[EventModel]) -> int:
    """The highest id in a table; 0 where it is empty. Never asked together with :func:`lowest_id`: each is a seek."""
    return _scalar(reader, model.select(peewee.fn.MAX(model.id))) or 0


def lowest_id(reader: Reader, model: type[EventModel]) -> int:
    """The lowest id in a table; 0 where it is empty."""
    return _scalar(reader, model.select(peewee.fn.MIN(model.id))) or 0


def first_id(reader: Reader, model: type[EventModel], start: float, upto: int) -> int:
    """The lowest id whose row, and those around it, lie at or after ``start``, found by bisection.

    Ids are handed out in time order, so this takes some twenty seeks whatever the size, and no index.
    """
    low, high = lowest_id(reader, model), upto
    while high - low > 100:
        middle = (low + high) // 2
        moment = moment_near(reader, model, middle)
        if moment is None or moment >= start:
            high = middle
        else:
            low = middle
    return low


def earliest(reader: Reader, model: type[EventModel]) -> float | None:
    """The first usable timestamp of a table in epoch seconds; None where there is none."""
    usable = (model.timestamp >= DISCORD_EPOCH) & (model.timestamp < END_OF_TIME)
    if is_indexed(reader, model):
        first: float | None = _scalar(
            reader, model.select(model.timestamp).where(usable).order_by(model.timestamp).limit(1)
        )
        return first
    found: list[float] = []
    top, low = last_id(reader, model), lowest_id(reader, model)
    for start in range(low, top + 1, 50_000):
        part = usable & (model.id >= start) & (model.id < start + 50_000)
        moment = _scalar(reader, model.select(peewee.fn.MIN(model.timestamp)).where(part))
        if moment is not None:
            found.append(moment)
    return min(found, default=None)


def _by_id(reader: Reader, question: Question) -> Iterator[list[Row]]:
    model = question.model
    size, last = _FIRST, question.after
    while last < question.upto:
        top = min(last + size, question.upto)
        began = perf_counter()
        rows = _fetch(reader, _select(question, question.span).where((model.id > last) & (model.id <= top)))
        size = _resized(size, perf_counter() - began)
        last = top
        if rows:
            yield rows
        elif size > _FEWEST:
            last = _skip_gap(reader, model, last, question.upto)


def _skip_gap(reader: Reader, model: type[EventModel], last: int, upto: int) -> int:
    """Ids go on after a reset: a gap of millions is stepped over by one seek."""
    following = _scalar(reader, model.select(model.id).where(model.id > last).order_by(model.id).limit(1))
    return upto if following is None else max(last, following - 1)


def _by_time(reader: Reader, question: Question) -> Iterator[list[Row]]:
    """Slices of time that hold about as many rows as one read should see, however few of them are chosen."""
    model = question.model
    wanted = (model.id + 0 > question.after) & (model.id + 0 <= question.upto)  # + 0: not by the primary key
    size, low, end = _FIRST, max(question.span.start, DISCORD_EPOCH), min(question.span.end, END_OF_TIME)
    while low < end:
        high = moment_after(reader, model, TimeRange(low, end), size)
        began = perf_counter()
        rows = _fetch(reader, _select(question, TimeRange(low, high)).where(wanted))
        size = _resized(size, perf_counter() - began)
        low = high
        if rows:
            yield rows


def moment_after(reader: Reader, model: type[EventModel], span: TimeRange, size: int) -> float:
    """By the index: the timestamp of the row ``size`` rows after the start of a span, but later than it; or its end."""
    ahead = model.select(model.timestamp).where((model.timestamp >= span.start) & (model.timestamp < span.end))
    moment = _scalar(reader, ahead.order_by(model.timestamp).limit(1).offset(size))
    if moment == span.start:
        later = model.select(peewee.fn.MIN(model.timestamp)).where(model.timestamp > span.start)
        moment = _scalar(reader, later)
    return span.end if moment is None else min(float(moment), span.end)


def _select(question: Question, span: TimeRange) -> Any:
    model = question.model
    low, high = max(span.start, DISCORD_EPOCH), min(span.end, END_OF_TIME)
    query = model.select(*question.fields).where((model.timestamp >= low) & (model.timestamp < high))
    chosen = condition(model, question.chosen)
    return query if chosen is None else query.where(chosen)


def _from(question: Question, first: int) -> Question:
    after = max(question.after, first - 1)
    return Question(question.model, question.fields, question.span, after, question.upto, question.chosen)


def _resized(size: int, elapsed: float) -> int:
    fitting = size * CHUNK_SECONDS / max(elapsed, 1e-6)
    return int(max(_FEWEST, min(_MOST, 2 * size, fitting)))


def moment_near(reader: Reader, model: type[EventModel], row_id: int) -> float | None:
    """The middle one of the next few usable timestamps: one absurd row must not lead the search astray.

    None where there are too few for that.
    """
    query = model.select(model.timestamp).where(model.id >= row_id).order_by(model.id).limit(2 * _ENOUGH - 1)
    usable = sorted(
        moment
        for (moment,) in _fetch(reader, query)
        if isinstance(moment, int | float) and DISCORD_EPOCH <= moment < END_OF_TIME
    )
    return usable[len(usable) // 2] if len(usable) >= _ENOUGH else None


def is_indexed(reader: Reader, model: type[EventModel]) -> bool:
    """Whether the table has an index on its timestamp: then a span's rows are found wherever they are."""
    return str(model._meta.table_name) in reader.indexed


def _fetch(reader: Reader, query: peewee.Query) -> list[Row]:
    return reader.rows(query)


def _scalar(reader: Reader, query: peewee.Query) -> Any:
    rows = _fetch(reader, query)
    return rows[0][0] if rows else None


@dataclass(frozen=True, slots=True)
class IdSpan:
    """Rows with ``after < id <= upto``."""

    after: int
    upto: int
