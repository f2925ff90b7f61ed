"""Counting in SQL: the database groups whole ranges by day and value, and Python goes on with other work meanwhile."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any, Final

import peewee

from core.models import END_OF_TIME, LONGEST_DURATION, CommandUsage, EventModel, ImageStats
from core.storage.chunked_reads import Row
from core.storage.reader import Reader
from core.storage.seeks import IdSpan
from core.storage.values import NOT_A_VIDEO, text_of
from core.time_ranges import Buckets

EVER: Final = 0
"""The day's number where days are not told apart."""


@dataclass(frozen=True, slots=True)
class Generations:
    """Images, or videos: how many, of how many the generation time is known, and the sum of those in seconds."""

    rows: int = 0
    known: int = 0
    seconds: float = 0.0

    def __add__(self, other: Generations) -> Generations:
        """Both together."""
        return Generations(self.rows + other.rows, self.known + other.known, self.seconds + other.seconds)

    @property
    def mean(self) -> float:
        """The mean of the known generation times in seconds; 0.0 where none is known."""
        return self.seconds / self.known if self.known else 0.0


@dataclass(frozen=True, slots=True)
class Kinds:
    """Images and videos apart."""

    image: Generations = Generations()
    video: Generations = Generations()

    @property
    def both(self) -> Generations:
        """Images and videos together."""
        return self.image + self.video

    def __add__(self, other: Kinds) -> Kinds:
        """Those of two lots of rows together."""
        return Kinds(self.image + other.image, self.video + other.video)


def whole_text(stored: Any) -> str | None:
    """A stored value as text, uncut."""
    return text_of(stored, None)


def counts(
    reader: Reader,
    field: peewee.Field,
    days: Buckets | None = None,
    read: Callable[[Any], str | None] = whole_text,
    upto: float = inf,
    ids: IdSpan | None = None,
) -> dict[int, Counter[str]]:
    """How many rows have each value of a field, by the number of the day (:data:`EVER` without ``days``).

    ``read`` makes a text of a stored value; rows where it makes none are left out, and those from ``upto`` (epoch
    seconds) on. Days without rows are missing. ``ids`` are the rows that are read; None: all of them.
    """
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for day, value, n in _rows(reader, field.model, days, upto, ids, field):
        name = read(value)
        if name is not None:
            found[day][name] += n
    return found


def kinds(
    reader: Reader, days: Buckets | None = None, upto: float = inf, ids: IdSpan | None = None
) -> dict[int, Kinds]:
    """Images and videos with their generation times, by the number of the day; days without any are missing."""
    time = ImageStats.generation_time
    known = peewee.Case(None, [((time > 0) & (time <= LONGEST_DURATION), time)])
    sums = peewee.fn.COUNT(known), peewee.fn.SUM(known)
    found: dict[int, Kinds] = defaultdict(Kinds)
    for day, is_video, rows, known_rows, seconds in _rows(
        reader, ImageStats, days, upto, ids, ImageStats.is_video, *sums
    ):
        more = Generations(rows, known_rows, seconds or 0.0)
        before = found[day]
        is_image = is_video in NOT_A_VIDEO
        found[day] = Kinds(before.image + more, before.video) if is_image else Kinds(before.image, before.video + more)
    return found


def failures(reader: Reader, upto: float = inf, ids: IdSpan | None = None) -> int:
    """How many commands failed, but those from ``upto`` on."""
    found = _rows(reader, CommandUsage, None, upto, ids, CommandUsage.success)
    return sum(count for _, success, count in found if success == 0)


def not_yet(model: type[EventModel], moment: float) -> Any:
    """That a row's time lies at or behind a moment: it has not happened. A row without a possible time has."""
    return (model.timestamp >= moment) & (model.timestamp < END_OF_TIME)


def _rows(
    reader: Reader, model: type[EventModel], days: Buckets | None, upto: float, ids: IdSpan | None, *fields: Any
) -> list[Row]:
    if ids is not None and not ids:
        return []
    number = _looked_up if reader.journal_mode == "server" else _halved
    query = _grouped(model, days, upto, number, *fields)
    return reader.rows(query if ids is None else query.where(ids.within(model)))


def _grouped(
    model: type[EventModel],
    days: Buckets | None,
    upto: float,
    number: Callable[[Any, tuple[float, ...]], Any],
    field: peewee.Field,
    *more: Any,
) -> Any:
    """Rows of (day, value, how many, …more), one for each day and value."""
    day = peewee.SQL(str(EVER)) if days is None else number(model.timestamp, days.edges)
    query = model.select(day.alias("day"), field, peewee.fn.COUNT(model.id), *more)
    query = query.group_by(peewee.SQL("day"), field)
    if days is None:
        return query if upto == inf else query.where(peewee.Case(None, [(not_yet(model, upto), 0)], 1) == 1)
    return query.where((model.timestamp >= days.edges[0]) & (model.timestamp < days.edges[-1]))


def _looked_up(moment: Any, edges: tuple[float, ...]) -> Any:
    """The number of the bucket that holds a moment: a server looks it up in a list, in a fifth of the time."""
    if len(edges) == 2:
        return peewee.SQL("0")
    inner = peewee.Value(list(edges[1:-1]), converter=False, unpack=False).cast("DOUBLE PRECISION[]")
    return peewee.fn.WIDTH_BUCKET(moment.cast("DOUBLE PRECISION"), inner)


def _halved(moment: Any, edges: tuple[float, ...], low: int = 0, high: int | None = None) -> Any:
    """The same, found by halving: a calendar of any shape in few comparisons."""
    high = len(edges) - 1 if high is None else high
    if high - low == 1:
        return peewee.SQL(str(low))
    middle = (low + high) // 2
    before, after = _halved(moment, edges, low, middle), _halved(moment, edges, middle, high)
    return peewee.Case(None, [(moment < edges[middle], before)], after)
