"""Years of a bot's ordinary life, with peaks and holidays, and what goes wrong in them: for measuring alarms."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from enum import StrEnum
from itertools import chain
from math import ceil
from typing import Any, Final

import numpy as np

from core.models import CommandUsage, Failure, FailureSource, ImageStats, Outcome
from core.simulation.catalogue import LORAS, lora_sets
from core.simulation.population import Population
from core.simulation.rhythm import DAY, Incidents, arrival_times, random_spans
from core.simulation.traffic import bot_started, draw_traffic, history_life, moment, rows_of
from core.simulation.troubles import TROUBLES
from core.time_ranges import HOUR
from core.tracking.failure_text import fingerprint_of
from core.tracking.records import FIELDS, EventRow

Changed = tuple[list[EventRow], list[float]]
"""The rows as an incident leaves them, and the moments of those that it touched."""


class IncidentKind(StrEnum):
    """What goes wrong."""

    SILENCE = "silence"
    CRASH_LOOP = "crash loop"
    BURST = "burst of failures"
    NEW_ERROR = "one new error"
    SLOW_LORA = "one LoRA slower"
    SLOW_ALL = "all slower"
    QUEUE_JAM = "queue jam"


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that went wrong in a simulated year.

    Attributes:
        kind: what; start, end: from when to when, in epoch seconds.
        strength: how bad: a share of the commands, or a factor, or seconds; see the injectors.
        subject: the LoRA's file, or the new error's fingerprint; else empty.
        affected: the moments of the events that it touched (of a silence, of those that are missing), ascending.
    """

    kind: IncidentKind
    start: float
    end: float
    strength: float
    subject: str = ""
    affected: tuple[float, ...] = ()


_EVERY: Final = 12 * DAY
_SETTLING: Final = 45 * DAY
"""The first weeks are ordinary: what is usual has to be seen before it is known."""

_PEAK_FACTOR: Final = 3.0
_HOLIDAY: Final = (0.35, 2.0)
_MISHAPS_A_MONTH: Final = 3.0

_STRENGTHS: Final[Mapping[IncidentKind, tuple[float, float]]] = {
    IncidentKind.SILENCE: (1.0, 1.0),
    IncidentKind.CRASH_LOOP: (25.0, 150.0),
    IncidentKind.BURST: (0.35, 0.95),
    IncidentKind.NEW_ERROR: (0.05, 0.3),
    IncidentKind.SLOW_LORA: (2.0, 3.5),
    IncidentKind.SLOW_ALL: (1.8, 3.5),
    IncidentKind.QUEUE_JAM: (90.0, 400.0),
}

_HOURS: Final[Mapping[IncidentKind, tuple[float, float]]] = {
    IncidentKind.SLOW_LORA: (20.0, 48.0),
    IncidentKind.NEW_ERROR: (8.0, 36.0),
}
"""How long it lasts, where that is not three to ten hours."""

_RARE: Final = tuple(each for each in TROUBLES if each.cycle > 30.0)
_USUAL: Final = next(each for each in TROUBLES if each.error_type == "TimeoutError")


def simulated_year(
    seed: int, *, start: float, commands_a_day: float, days: float = 365.0, zone: tzinfo | None = None
) -> tuple[list[EventRow], tuple[Incident, ...]]:
    """A year's rows, in order, and what went wrong in it; the same seed gives the same year.

    What the demo calls troubles (outages, hot afternoons) is left out: nothing goes wrong but what is told.
    """
    rng = np.random.default_rng([seed, 15])
    planned = list(_plan(rng, start + _SETTLING, start + days * DAY))
    rows = list(_ordinary(rng, seed, (start, start + days * DAY), commands_a_day, zone))
    found: list[Incident] = []
    for incident in planned:
        rows, known = inject(rng, rows, incident)
        found.append(known)
    return rows, tuple(found)


def inject(rng: np.random.Generator, rows: list[EventRow], incident: Incident) -> tuple[list[EventRow], Incident]:
    """Let something go wrong in ordinary rows (in order); gives the rows, and the incident with what it touched."""
    low, high = (bisect_left(rows, when, key=moment) for when in (incident.start, incident.end))
    changed, affected = _INJECTORS[incident.kind](rng, rows[low:high], incident)
    rows[low:high] = sorted(changed, key=moment)
    return rows, replace(incident, affected=tuple(sorted(affected)))


def _plan(rng: np.random.Generator, start: float, end: float) -> Iterator[Incident]:
    kinds = list(IncidentKind)
    for place, (begins, _) in enumerate(
        random_spans(rng, start, end - 3 * DAY, every=_EVERY, lasts=(1.0, 2.0)).tolist()
    ):
        if place % len(kinds) == 0:
            rng.shuffle(kinds)
        kind = kinds[place % len(kinds)]
        lasts = {IncidentKind.SLOW_LORA: (20.0, 48.0), IncidentKind.NEW_ERROR: (8.0, 36.0)}.get(kind, (3.0, 10.0))
        yield Incident(
            kind, begins, begins + 3600 * rng.uniform(*lasts), rng.uniform(*_STRENGTHS[kind]), _subject(rng, kind)
        )


def _subject(rng: np.random.Generator, kind: IncidentKind) -> str:
    return str(rng.choice(LORAS)) if kind is IncidentKind.SLOW_LORA else ""


def _ordinary(
    rng: np.random.Generator, seed: int, span: tuple[float, float], commands_a_day: float, zone: tzinfo | None
) -> Iterator[EventRow]:
    start, end = span
    population, loras = Population.from_seed(seed), lora_sets(rng)
    incidents = replace(_NOTHING, down=random_spans(rng, start, end, every=5 * DAY, lasts=(15, 240)))
    count = ceil((end - start) / DAY * commands_a_day * _PEAK_FACTOR)
    times = arrival_times(rng, count, start, end, zone)
    times = times[rng.random(len(times)) < _busy(rng, times, start, end) / _PEAK_FACTOR]
    rows = rows_of(rng, draw_traffic(rng, population, times, incidents), loras)
    kept = (_without_rare(row) if row.model is Failure else row for row in rows)
    life = history_life(rng, population, incidents, start, end)
    yield from sorted(chain(kept, life, _mishaps(rng, start, end)), key=moment)


def _busy(rng: np.random.Generator, times: np.ndarray, start: float, end: float) -> np.ndarray:
    """How busy it is beside an ordinary time, 0 to 3: holidays of some days, and evenings of which all were told."""
    busy = np.ones(len(times))
    for low, high in random_spans(rng, start, end, every=45 * DAY, lasts=(DAY, 8 * DAY)).tolist():
        busy[slice(*np.searchsorted(times, [low, high]))] = rng.uniform(*_HOLIDAY)
    for low, _ in random_spans(rng, start, end, every=9 * DAY, lasts=(1.0, 2.0)).tolist():
        busy[slice(*np.searchsorted(times, [low, low + rng.uniform(900.0, 10_800.0)]))] *= rng.uniform(1.3, 3.0)
    return np.minimum(busy, _PEAK_FACTOR)


def _without_rare(row: EventRow) -> EventRow:
    """An error that comes back after more than thirty days is a new one by any rule; here it is an ordinary one."""
    if not any(_value(row, "fingerprint") == each.fingerprint for each in _RARE):
        return row
    return _with(
        row, error_type=_USUAL.error_type, message=_USUAL.message.format(n=120), fingerprint=_USUAL.fingerprint
    )


def _mishaps(rng: np.random.Generator, start: float, end: float) -> Iterator[EventRow]:
    """Errors that come once, or twice, and never again."""
    for _ in range(rng.poisson(_MISHAPS_A_MONTH * (end - start) / (30 * DAY))):
        when, words, user = rng.uniform(start, end - HOUR), _new_words(rng), str(rng.integers(1 << 40))
        for again in range(rng.integers(1, 3)):
            yield _failure(when + again * rng.uniform(1.0, 600.0), words, user)


def _new_words(rng: np.random.Generator) -> str:
    """An error's message that nobody has met; letters, as numbers don't tell one cause from another."""
    return f"no such key: {''.join(map(chr, rng.integers(97, 123, size=12).tolist()))}"


def _silence(rng: np.random.Generator, rows: list[EventRow], incident: Incident) -> Changed:
    return [], [moment(row) for row in rows if row.model is CommandUsage]


def _crash_loop(rng: np.random.Generator, rows: list[EventRow], incident: Incident) -> Changed:
    """A start every ``strength`` seconds or so; of what users ask for, a third is answered."""
    population = Population.from_seed(0)
    starts = np.cumsum(rng.gamma(4.0, incident.strength / 4.0, size=int(600_000 / incident.strength))) + incident.start
    starts = starts[starts < incident.end]
    kept = [row for row in rows if rng.random() < 0.33]
    return [*kept, *(bot_started(population, when) for when in starts.tolist())], starts.tolist()


def _burst(rng: np.random.Generator, rows: list[EventRow], incident: Incident) -> Changed:
    trouble = TROUBLES[int(rng.integers(0, 3))]
    return _failing(rng, rows, incident, trouble.error_type, trouble.message.format(n=512), trouble.fingerprint)


def _new_error(rng: np.random.Generator, rows: list[EventRow], incident: Incident) -> Changed:
    words = _new_words(rng)
    return _failing(rng, rows, incident, "KeyError", words, fingerprint_of("KeyError", words))


def _failing(
    rng: np.random.Generator, rows: list[EventRow], incident: Incident, error_type: str, message: str, fingerprint: str
) -> Changed:
    """A share of the commands fails, and as many of the images never come."""
    found: list[EventRow] = []
    affected: list[float] = []
    for row in rows:
        hit = rng.random() < incident.strength
        if row.model is CommandUsage and hit and _value(row, "success"):
            when = moment(row)
            affected.append(when)
            found.append(_with(row, success=0, outcome=Outcome.ERROR.value))
            user = str(_value(row, "user_id"))
            found.append(_failure(when, message, user, error_type, fingerprint, str(_value(row, "command_name"))))
        elif not (row.model is ImageStats and hit):
            found.append(row)
    return found, affected


def _slow_lora(rng: np.random.Generator, rows: list[EventRow], incident: Incident) -> Changed:
    return _slowed(rows, incident.strength, lambda row: incident.subject in json.loads(str(_value(row, "loras"))))


def _slow_all(rng: np.random.Generator, rows: list[EventRow], incident: Incident) -> Changed:
    return _slowed(rows, incident.strength, lambda row: True)


def _slowed(rows: list[EventRow], factor: float, is_meant: Callable[[EventRow], bool]) -> Changed:
    found, affected = [], []
    for row in rows:
        seconds = _value(row, "generation_time") if row.model is ImageStats else None
        if not seconds or not is_meant(row):
            found.append(row)
            continue
        worked = _value(row, "execution_time") or 0.0
        found.append(_with(row, generation_time=seconds + worked * (factor - 1.0), execution_time=worked * factor))
        affected.append(moment(row))
    return found, affected


def _queue_jam(rng: np.random.Generator, rows: list[EventRow], incident: Incident) -> Changed:
    found, affected = [], []
    for row in rows:
        waited = _value(row, "queue_time") if row.model is ImageStats else None
        if waited is None:
            found.append(row)
            continue
        more = incident.strength * rng.uniform(0.5, 1.5)
        found.append(_with(row, queue_time=waited + more, generation_time=_value(row, "generation_time") + more))
        affected.append(moment(row))
    return found, affected


_NOTHING: Final = Incidents(*(np.empty((0, 2)) for _ in range(3)))
_INJECTORS: Final = {
    IncidentKind.SILENCE: _silence,
    IncidentKind.CRASH_LOOP: _crash_loop,
    IncidentKind.BURST: _burst,
    IncidentKind.NEW_ERROR: _new_error,
    IncidentKind.SLOW_LORA: _slow_lora,
    IncidentKind.SLOW_ALL: _slow_all,
    IncidentKind.QUEUE_JAM: _queue_jam,
}


def _value(row: EventRow, name: str) -> Any:
    return row.values[FIELDS[row.model].index(name)]


def _with(row: EventRow, **changed: Any) -> EventRow:
    values = list(row.values)
    for name, value in changed.items():
        values[FIELDS[row.model].index(name)] = value
    return EventRow(row.model, tuple(values))


def _failure(
    when: float,
    message: str,
    user: str,
    error_type: str = "RuntimeError",
    fingerprint: str = "",
    command: str = "comfy",
) -> EventRow:
    values = dict.fromkeys(FIELDS[Failure])
    about: dict[str, Any] = {
        "source": FailureSource.GENERATION.value,
        "name": command,
        "user_id": user,
        "error_type": error_type,
        "message": message,
        "fingerprint": fingerprint or fingerprint_of(error_type, message),
        "kind": Outcome.ERROR.value,
        "timestamp": when,
    }
    return EventRow(Failure, tuple((values | about).values()))
