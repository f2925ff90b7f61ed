"""Alarms of a database on a server: learned, told once, and tried on the past."""

from __future__ import annotations

import time
from contextlib import closing
from zoneinfo import ZoneInfo

from core.alarms.anomaly import AlarmKind
from core.alarms.trial import try_on_past
from core.alarms.watch import AlarmWatch
from core.manager import AnalyticsManager
from core.simulation.history import write_history
from core.tasks import finish
from tests.core.postgres.conftest import Database

UTC = ZoneInfo("UTC")


def test_a_burst_on_a_server_is_told_and_the_past_can_be_tried(database: Database) -> None:
    now = time.time()
    write_history(database.url, days=20, rows=4_000, now=now - 60)
    assert {AlarmKind.FAILURES, AlarmKind.NEW_ERROR, AlarmKind.SLOW} <= finish(
        try_on_past(database.url, now, UTC)
    ).known
    with closing(AlarmWatch(database.url, UTC, {AlarmKind.SILENCE: None})) as watch:
        finish(watch.learn(now))
        with AnalyticsManager(database.url) as manager:
            for number in range(30):
                manager.track_failure("command", "comfy", 1000 + number, error=KeyError("no such key"))
                manager.track_command("comfy", 1000 + number, success=False, outcome="error")
            assert manager.flush(20)
        begun = {each.kind for each in watch.look(time.time()).begun}
        assert begun & {AlarmKind.FAILURES, AlarmKind.NEW_ERROR}
        assert watch.look(time.time()).begun == ()
