"""Simulated years with incidents: ordinary but for what is told."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from core.models import CommandUsage, Failure, ImageStats, UserActivity
from core.simulation.incidents import Incident, IncidentKind, inject, simulated_year
from core.simulation.traffic import moment
from core.time_ranges import DAY, HOUR
from core.tracking.records import FIELDS, EventRow

START = 1_700_000_000.0


@pytest.fixture(scope="module")
def rows() -> list[EventRow]:
    return simulated_year(3, start=START, commands_a_day=300, days=6)[0]


def column(rows: list[EventRow], model: type, name: str) -> list[object]:
    return [row.values[FIELDS[model].index(name)] for row in rows if row.model is model]


def test_a_year_comes_in_order_and_again_the_same(rows: list[EventRow]) -> None:
    assert [moment(row) for row in rows] == sorted(moment(row) for row in rows)
    assert rows == simulated_year(3, start=START, commands_a_day=300, days=6)[0]


def test_a_whole_year_has_every_kind_of_incident() -> None:
    _, incidents = simulated_year(4, start=START, commands_a_day=20)
    assert {each.kind for each in incidents} == set(IncidentKind)
    assert all(START + 45 * DAY <= each.start < each.end for each in incidents)


@pytest.mark.parametrize("kind", list(IncidentKind))
def test_an_incident_touches_only_its_own_time(kind: IncidentKind, rows: list[EventRow]) -> None:
    start, end = START + 2 * DAY, START + 3 * DAY
    subject = "film_grain_35mm.safetensors" if kind is IncidentKind.SLOW_LORA else ""
    changed, known = inject(np.random.default_rng(1), list(rows), Incident(kind, start, end, 2.0, subject))
    outside = [[row for row in each if not start <= moment(row) < end] for each in (rows, changed)]
    assert outside[0] == outside[1] and changed != rows
    assert known.affected == tuple(sorted(known.affected)) and len(known.affected) > 10
    assert [moment(row) for row in changed] == sorted(moment(row) for row in changed)


def test_what_fails_has_a_reason_and_no_image(rows: list[EventRow]) -> None:
    incident = Incident(IncidentKind.BURST, START + 2 * DAY, START + 2 * DAY + 6 * HOUR, 1.0)
    changed, known = inject(np.random.default_rng(1), list(rows), incident)
    within = [row for row in changed if incident.start <= moment(row) < incident.end]
    assert set(column(within, CommandUsage, "success")) == {0}
    assert not [row for row in within if row.model is ImageStats]
    reasons = Counter(column(within, Failure, "error_type"))
    assert reasons.most_common(1)[0][1] >= len(known.affected)


def test_a_crash_loop_starts_and_starts(rows: list[EventRow]) -> None:
    incident = Incident(IncidentKind.CRASH_LOOP, START + 2 * DAY, START + 2 * DAY + HOUR, 60.0)
    changed, known = inject(np.random.default_rng(1), list(rows), incident)
    within = [row for row in changed if incident.start <= moment(row) < incident.end]
    starts = column(within, UserActivity, "action_type").count("bot_start")
    assert starts >= len(known.affected) > 30
