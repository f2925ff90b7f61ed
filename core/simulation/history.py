"""A simulated past, written in bulk."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import tzinfo
from math import ceil
from pathlib import Path
from typing import Final

import numpy as np
import peewee

from core.models import EVENT_MODELS
from core.simulation.catalogue import expected_rows_per_command, lora_sets
from core.simulation.lifecycle import history_life
from core.simulation.population import EARLIEST, Population
from core.simulation.rhythm import DAY, Incidents, arrival_times, history_incidents
from core.simulation.traffic import ActivityRow, CommandRow, ImageRow, Row, Traffic, draw_traffic
from core.storage.database import writing
from core.storage.location import Location

log = logging.getLogger(__name__)

HISTORY_RATE: Final = 0.05
"""Events per second of a bot on a few dozen servers, over day and night: about 4,300 a day."""

_COMMANDS_A_STEP: Final = 25_000
_MARGIN: Final = 1.03
_JUST_BEFORE: Final = 1.0

_TABLES: Final[dict[type, str]] = {CommandRow: "command_usage", ImageRow: "image_stats", ActivityRow: "user_activity"}
_FIELDS: Final[dict[type, tuple[str, ...]]] = {kind: kind._fields for kind in (CommandRow, ImageRow, ActivityRow)}

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
        rows: how many events in all (commands, images and activity together), exactly.
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
    database: peewee.Database, steps: Iterable[list[Row]], wanted: int, progress: ProgressListener | None
) -> int:
    written = 0
    for step in steps:
        written += _store(database, step)
        log.info("simulated history: %d of %d rows", written, wanted)
        if progress is not None:
            progress(written, wanted)
    return written


def _steps(seed: int, wanted: int, start: float, end: float, zone: tzinfo | None) -> Iterator[list[Row]]:
    """The whole past, in chunks of a transaction each, one after the other in time."""
    rng = np.random.default_rng([seed, 1])
    population = Population.from_seed(seed)
    incidents = history_incidents(rng, start, end, zone)
    life = history_life(rng, population, incidents, start, end)
    life = life[:1] + life[max(1, len(life) - wanted + 1) :]
    traffic = _traffic(rng, population, incidents, max(0, wanted - len(life)), (start, end), zone)
    loras = lora_sets(rng)
    limits = [*traffic.commands.times[_COMMANDS_A_STEP::_COMMANDS_A_STEP].tolist(), np.inf]
    for low, high in itertools.pairwise([-np.inf, *limits]):
        yield _rows(rng, traffic.between(low, high), loras, [row for row in life if low <= row.timestamp < high])


def _rows(rng: np.random.Generator, chunk: Traffic, loras: list[str], life: list[ActivityRow]) -> list[Row]:
    """One list, so that a step is one value; each table's rows in time order."""
    activity = sorted([*life, *chunk.clicks.rows()], key=lambda row: row.timestamp)
    return [*chunk.commands.rows(), *chunk.images.rows(rng, loras), *activity]


def _traffic(
    rng: np.random.Generator,
    population: Population,
    incidents: Incidents,
    wanted: int,
    span: tuple[float, float],
    zone: tzinfo | None,
) -> Traffic:
    """Exactly ``wanted`` events: a few more are drawn, and some taken out again at random."""
    count = wanted / expected_rows_per_command() * _MARGIN
    while True:
        times = arrival_times(rng, ceil(count), *span, zone)
        traffic = draw_traffic(rng, population, times, incidents).between(*span)
        if traffic.size >= wanted:
            return _thinned(rng, traffic, wanted)
        count = count * _MARGIN + 10


def _thinned(rng: np.random.Generator, traffic: Traffic, wanted: int) -> Traffic:
    keep = np.ones(traffic.size, dtype=bool)
    keep[rng.choice(traffic.size, size=traffic.size - wanted, replace=False)] = False
    first, second = len(traffic.commands), len(traffic.commands) + len(traffic.images)
    return traffic.where(keep[:first], keep[first:second], keep[second:])


def _last_event(database: peewee.Database) -> float:
    """The greatest timestamp in the three tables; minus infinity where there is none."""
    greatest = peewee.fn.MAX(peewee.SQL("timestamp"))
    latest = [database.execute(model.select(greatest)).fetchone()[0] for model in EVENT_MODELS]
    return max((value for value in latest if isinstance(value, float)), default=-np.inf)


def _store(database: peewee.Database, rows: Sequence[Row]) -> int:
    """Insert a step in one transaction. peewee's own bulk insert takes ten times as long as the driver's."""
    with database.atomic():
        for kind, group in itertools.groupby(rows, key=type):
            fields = _FIELDS[kind]
            columns = ", ".join(f'"{name}"' for name in fields)
            values = ", ".join([database.param] * len(fields))
            statement = f'INSERT INTO "{_TABLES[kind]}" ({columns}) VALUES ({values})'
            with peewee.__exception_wrapper__:  # type: ignore[attr-defined]
                database.cursor().executemany(statement, list(group))
    return len(rows)
