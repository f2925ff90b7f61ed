"""How many incidents of simulated years are found, how soon, and how often nothing was the matter."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.alarms.anomaly import AlarmKind, Anomaly
from core.alarms.detection import Detection
from core.alarms.episodes import Alarm
from core.alarms.observations import Observation, fields_of, moment_of, observed
from core.alarms.trial import alarms_of, thinned
from core.simulation.incidents import Incident, IncidentKind, simulated_year
from core.time_ranges import DAY, HOUR, TimeRange
from core.tracking.records import FIELDS, EventRow
from tests.benchmarks.report import Row

ZONE: Final = ZoneInfo("Europe/Berlin")
START: Final = 1_700_000_000.0
HELD_APART: Final = tuple(range(900, 910))
"""Seeds on which nothing was tuned."""

TUNED_ON: Final = tuple(range(100, 104))
SIZES: Final = (300.0, 800.0, 2_000.0)
"""Commands a day of the bots, in turn."""

AFTERMATH: Final = 6 * HOUR
"""An alarm so soon after an incident is one of its consequences."""

TELLS: Final[Mapping[IncidentKind, frozenset[AlarmKind]]] = {
    IncidentKind.SILENCE: frozenset({AlarmKind.SILENCE}),
    IncidentKind.CRASH_LOOP: frozenset({AlarmKind.RESTARTS}),
    IncidentKind.BURST: frozenset({AlarmKind.FAILURES, AlarmKind.NEW_ERROR}),
    IncidentKind.NEW_ERROR: frozenset({AlarmKind.NEW_ERROR, AlarmKind.FAILURES}),
    IncidentKind.SLOW_LORA: frozenset({AlarmKind.SLOW}),
    IncidentKind.SLOW_ALL: frozenset({AlarmKind.SLOW}),
    IncidentKind.QUEUE_JAM: frozenset({AlarmKind.QUEUE}),
}


@dataclass(frozen=True)
class Outcome:
    """A simulated year: its incidents, the alarms, and how long the watching took for each row, in seconds."""

    incidents: tuple[Incident, ...]
    alarms: tuple[Alarm, ...]
    seconds: float
    rows: int


def run(quick: bool = False) -> list[Row]:
    """Measure on the seeds that were held apart; ``quick`` takes two of them."""
    years = [watched_year(seed) for seed in (HELD_APART[:2] if quick else HELD_APART)]
    return list(_rows(years))


def watched_year(seed: int) -> Outcome:
    """Simulate a year and watch it go by."""
    rows, incidents = simulated_year(seed, start=START, commands_a_day=SIZES[seed % len(SIZES)], zone=ZONE)
    observations = [each for row in rows if (each := _observation(row)) is not None]
    observations.sort(key=moment_of)
    detection = Detection(ZONE)
    began = time.perf_counter()
    anomalies: list[Anomaly] = []
    for each in observations:
        anomalies += detection.observe(each)
    seconds = time.perf_counter() - began
    span = TimeRange(START + 40 * DAY, START + 366 * DAY)
    return Outcome(incidents, alarms_of(thinned(anomalies), {}, span), seconds, len(observations))


def found(incident: Incident, alarms: Sequence[Alarm]) -> Alarm | None:
    """The first alarm that tells of an incident."""
    kinds = TELLS[incident.kind]
    return next((a for a in alarms if a.kind in kinds and incident.start <= a.given <= incident.end + HOUR), None)


def false_ones(outcome: Outcome) -> Iterator[Alarm]:
    """The alarms that no incident explains."""
    for alarm in outcome.alarms:
        if not any(each.start <= alarm.given <= each.end + AFTERMATH for each in outcome.incidents):
            yield alarm


def _rows(years: Sequence[Outcome]) -> Iterator[Row]:
    counted = [(each, year) for year in years for each in year.incidents if len(each.affected) >= 10]
    too_small = sum(len(year.incidents) for year in years) - len(counted)
    hits = [(each, alarm) for each, year in counted if (alarm := found(each, year.alarms)) is not None]
    delays = [(alarm.given - each.affected[9]) / 60 for each, alarm in hits]
    months = len(years) * (366 - 40) / 30.4
    false = [alarm for year in years for alarm in false_ones(year)]
    kinds = ", ".join(f"{kind}: {n}" for kind, n in Counter(each.kind for each in false).most_common())
    yield Row(
        "incidents found",
        "%",
        100 * len(hits) / len(counted),
        95.0,
        higher_is_better=True,
        note=f"of {len(counted)}; {too_small} with fewer than ten events are not counted",
    )
    for kind in IncidentKind:
        those = [each for each, _ in counted if each.kind is kind]
        told = [each for each, _ in hits if each.kind is kind]
        when = [(a.given - each.affected[9]) / 60 for each, a in hits if each.kind is kind]
        yield Row(
            f"  {kind} found",
            "%",
            100 * len(told) / len(those) if those else 0.0,
            higher_is_better=True,
            note=f"of {len(those)}; median {statistics.median(when):.1f} min" if when else f"of {len(those)}",
        )
    yield Row("after the tenth affected event, median", "min", statistics.median(delays), 2.0)
    named = [a.anomaly.subject == each.subject for each, a in hits if each.kind is IncidentKind.SLOW_LORA]
    yield Row("the slow LoRA is named", "%", 100 * sum(named) / len(named) if named else 0.0, higher_is_better=True)
    yield Row("false alarms a month", "", len(false) / months, 1.0, note=kinds)
    spent = sum(year.seconds for year in years) / sum(year.rows for year in years)
    yield Row("watching, each row", "µs", spent * 1e6, note=f"{sum(year.rows for year in years):,} rows")


def _observation(row: EventRow) -> Observation | None:
    model: Any = row.model
    names = FIELDS[model]
    return observed(model, tuple(row.values[names.index(name)] for name in fields_of(model)))
