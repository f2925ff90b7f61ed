"""Simulated events as they would come in, through the public tracking API."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from math import pi
from typing import TYPE_CHECKING, Final

import numpy as np

from core.simulation.catalogue import expected_rows_per_command, lora_sets
from core.simulation.names import NewNames
from core.simulation.population import Population
from core.simulation.rhythm import DAY, live_incidents
from core.simulation.traffic import bot_started, bot_stopped, draw_traffic, moment, reconnects, rows_of
from core.tracking.records import EventRow

if TYPE_CHECKING:
    from core.manager import AnalyticsManager

_COMMANDS_A_BLOCK: Final = 64
_HORIZON: Final = 30 * DAY
_WARM_UP: Final = 300.0
_WAVE: Final = 420.0
_WAVE_HEIGHT: Final = 0.35
_LONGEST_WAIT: Final = 0.1
_SHORTEST_WAIT: Final = 0.002
_TOO_LATE: Final = 2.0


def simulate_live(
    manager: AnalyticsManager,
    *,
    rate: float,
    stop: threading.Event,
    seed: int = 1,
    clock: Callable[[], float] = time.time,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Track made-up events in real time until ``stop`` is set; return how many.

    Commands come at random (Poisson) moments in gentle waves; their images follow when they would be done.
    The bot starts first, and shuts down in good order at the end.

    Args:
        manager: what a bot would use. It is neither flushed nor closed here.
        rate: mean events per second, images and clicks included.
        stop: ends it at once; within 0.1 s where it is set by a signal that can't interrupt a wait (Windows).
        seed: the same seed gives the same users and events.
        clock: epoch seconds, asked once at the start.
        progress: called after each event with the number so far.

    Raises:
        ValueError: ``rate`` is not above 0.
    """
    if not rate > 0:
        raise ValueError("the rate must be above 0 events per second")
    population, now = Population.from_seed(seed), clock()
    _track(manager, bot_started(population, now))
    sent = 1
    names = NewNames()
    for row in _paced(_events(population, seed, rate, now), now, stop):
        for name in names.rows((row,), moment(row)):
            _track(manager, name)
        _track(manager, row)
        sent += 1
        if progress is not None:
            progress(sent)
    _track(manager, bot_stopped(population, now))
    return sent + 1


def _paced(rows: Iterator[EventRow], now: float, stop: threading.Event) -> Iterator[EventRow]:
    """Each row at its moment. After a long hold-up (a laptop asleep) it goes on from there rather than in a rush."""
    started = time.monotonic()
    for row in rows:
        late = time.monotonic() - started - (moment(row) - now)
        if late > _TOO_LATE:
            started += late
        while -late > _SHORTEST_WAIT and not stop.wait(min(-late, _LONGEST_WAIT)):
            late = time.monotonic() - started - (moment(row) - now)
        if stop.is_set():
            return
        yield row


def _events(population: Population, seed: int, rate: float, now: float) -> Iterator[EventRow]:
    """Endless rows from ``now`` on, in time order; images of commands from before ``now`` are on their way already."""
    rng, number = np.random.default_rng([seed, 2]), itertools.count()
    waiting: list[tuple[float, int, EventRow]] = []

    def wait(rows: Iterable[EventRow]) -> None:
        for row in rows:
            heapq.heappush(waiting, (moment(row), next(number), row))  # the number: rows of one moment keep their order

    wait(reconnects(rng, population, now, now + _HORIZON, every=1500.0))
    incidents, loras = live_incidents(rng, now, now + _HORIZON), lora_sets(rng)
    reached = now - _WARM_UP
    while True:
        wave = 1.0 + _WAVE_HEIGHT * np.sin(2 * pi * (reached - now) / _WAVE)
        gaps = rng.exponential(expected_rows_per_command() / (rate * wave), size=_COMMANDS_A_BLOCK)
        times = reached + np.cumsum(gaps)
        reached = float(times[-1])
        wait(rows_of(rng, draw_traffic(rng, population, times, incidents), loras))
        while waiting and waiting[0][0] < reached:
            when, _, row = heapq.heappop(waiting)
            if when >= now:
                yield row


def _track(manager: AnalyticsManager, row: EventRow) -> None:
    """Have a row tracked as the bot would: it happened just now."""
    manager.track(EventRow(row.model, (*row.values[:-1], time.time())))
