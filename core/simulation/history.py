"""A simulated past, written in bulk."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import tzinfo
from math import ceil
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import numpy as np
import peewee

from core.models import EVENT_MODELS, Failure, Name, table_name
from core.simulation.catalogue import expected_rows_per_command, lora_sets
from core.simulation.names import NewNames
from core.simulation.population import EARLIEST, Population
from core.simulation.rhythm import DAY, Incidents, arrival_times, history_incidents
from core.simulation.traffic import draw_traffic, history_life, moment, rows_of
from core.storage.database import writing
from core.storage.location import Location
from core.tracking.records import FIELDS, EventRow

log = logging.getLogger(__name__)

HISTORY_RATE: Final = 0.05
"""Events per second of a bot on a few dozen servers, over day and night: about 4,300 a day."""

_EVENTS_A_STEP: Final = 50_000
_MARGIN: Final = 1.03
_JUST_BEFORE: Final = 1.0
_MODELS: Final[tuple[type[peewee.Model], ...]] = (*EVENT_MODELS, Failure)

ProgressListener = Callable[[int, int], None]
"""Called after each step with the rows written so far and the rows there will be."""


def write_history(
    address: str | Path | Location,
    *,
    days: float,
    rows: int | None = None,
    rate: float | None = None,
    seed: int = 1,
    now: float | None = None,
    zone: tzinfo | None = None,
    progress: ProgressListener | None = None,
) -> int:
    """Write a believable past that ends just before ``now``; return the number of rows.

    Where the database holds events already, the past begins after the last of them, for ids are handed out
    in time order; nothing is written where that leaves no room.

    Args:
        address: a path or a ``postgresql://`` URL; the database is made where there is none.
        days: the length of the past.
        rows: how many events in all (commands, images and activity together), exactly. The reasons of what failed, and
            the names of those who are met, come besides.
        rate: or the mean events per second. :data:`HISTORY_RATE` where neither is given.
        seed: the same seed, ``now`` and ``zone`` give the same rows in an empty database.
        now: epoch seconds; this moment by default.
        zone: whose days and nights it follows; the host's by default.
        progress: told after each transaction; what it raises stops the writing at a whole step.

    Raises:
        BotpulseError: the database can't be written.
        ValueError: the past would begin before :data:`core.simulation.population.EARLIEST`.
    """
    end = (time.time() if now is None else now) - _JUST_BEFORE
    if end - days * DAY < EARLIEST:
        raise ValueError(f"a past of {days:g} days begins before the simulated users have accounts")
    with writing(address) as database:
        start = max(end - days * DAY, _last_event(database) + _JUST_BEFORE)
        wanted = ceil((end - start) * (rate or HISTORY_RATE)) if rows is None else rows
        steps = _steps(seed, wanted, start, end, zone) if start < end else ()
        return _store_all(database, steps, wanted, progress)


def _store_all(
    database: peewee.Database, steps: Iterable[list[EventRow]], wanted: int, progress: ProgressListener | None
) -> int:
    written, names = 0, NewNames()
    for rows in steps:
        with database.atomic():
            insert_rows(database, rows)
            written += sum(row.model is not Failure for row in rows)
            _insert(database, Name, [row.values for row in names.rows(rows, max(map(moment, rows), default=0.0))])
        log.info("simulated history: %d of %d rows", written, wanted)
        if progress is not None:
            progress(written, wanted)
    return written


def insert_rows(database: peewee.Database, rows: Sequence[EventRow]) -> None:
    """Insert rows of any of the tables, each table's by time."""
    for model in _MODELS:
        values = [row.values for row in rows if row.model is model]
        _insert(database, model, sorted(values, key=itemgetter(-1)))


def _insert(database: peewee.Database, model: type[peewee.Model], rows: list[tuple[Any, ...]]) -> None:
    """Insert rows of one table with the driver's own bulk insert: peewee's takes ten times as long."""
    columns = ", ".join(f'"{name}"' for name in FIELDS[model])
    values = ", ".join([database.param] * len(FIELDS[model]))
    known = " ON CONFLICT DO NOTHING" if model is Name else ""
    with peewee.__exception_wrapper__:  # type: ignore[attr-defined]
        database.cursor().executemany(f'INSERT INTO "{table_name(model)}" ({columns}) VALUES ({values}){known}', rows)


def _steps(seed: int, wanted: int, start: float, end: float, zone: tzinfo | None) -> Iterator[list[EventRow]]:
    """The whole past, in chunks of a transaction each, one after the other in time."""
    rng = np.random.default_rng([seed, 1])
    population = Population.from_seed(seed)
    incidents = history_incidents(rng, start, end, zone)
    life = history_life(rng, population, incidents, start, end)
    life = life[:1] + life[max(1, len(life) - wanted + 1) :]
    events = _traffic(rng, population, incidents, max(0, wanted - len(life)), (start, end), zone)
    loras, times = lora_sets(rng), events["time"]
    for low, high in itertools.pairwise([-np.inf, *times[_EVENTS_A_STEP::_EVENTS_A_STEP].tolist(), np.inf]):
        rows = rows_of(rng, events[slice(*np.searchsorted(times, [low, high]))], loras)
        yield [*rows, *(row for row in life if low <= moment(row) < high)]


def _traffic(
    rng: np.random.Generator,
    population: Population,
    incidents: Incidents,
    wanted: int,
    span: tuple[float, float],
    zone: tzinfo | None,
) -> np.ndarray:
    """Exactly ``wanted`` events: a few more are drawn, and some taken out again at random."""
    count = wanted / expected_rows_per_command() * _MARGIN
    while True:
        times = arrival_times(rng, ceil(count), *span, zone)
        events = draw_traffic(rng, population, times, incidents)
        events = events[: np.searchsorted(events["time"], span[1])]
        if len(events) >= wanted:
            return np.asarray(events[np.sort(rng.choice(len(events), size=wanted, replace=False))])
        count = count * _MARGIN + 10


def _last_event(database: peewee.Database) -> float:
    """The greatest timestamp in the three tables; minus infinity where there is none."""
    greatest = peewee.fn.MAX(peewee.SQL("timestamp"))
    latest = [database.execute(model.select(greatest)).fetchone()[0] for model in EVENT_MODELS]
    return max((value for value in latest if isinstance(value, float)), default=-np.inf)
