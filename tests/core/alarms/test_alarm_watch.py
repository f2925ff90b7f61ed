"""Watching a real file: what it learns, what it tells, and when it must learn again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from itertools import takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import psutil
import pytest

from core.alarms.anomaly import AlarmKind
from core.alarms.episodes import AlarmsSeen
from core.alarms.standing import keep_watching
from core.alarms.told import read_told, told_path, write_told
from core.alarms.trial import LEARNING, try_on_past
from core.alarms.watch import AlarmWatch
from core.simulation.history import insert_rows
from core.simulation.incidents import Incident, IncidentKind, inject, simulated_year
from core.simulation.traffic import moment
from core.storage.database import writing
from core.storage.location import locate
from core.tasks import finish
from core.time_ranges import DAY, HOUR
from core.tracking.records import EventRow
from tests.core.stored import change

BERLIN = ZoneInfo("Europe/Berlin")
NOW = 1_764_608_400.0  # 1 December 2025, 18:00 in Berlin
DAYS = 44.0


@pytest.fixture(scope="module")
def ordinary() -> list[EventRow]:
    """Six weeks of a bot with few users, up to now; nothing goes wrong in the first 45 days of a simulated year."""
    rows, incidents = simulated_year(5, start=NOW - DAYS * DAY, commands_a_day=120, days=DAYS, zone=BERLIN)
    assert not incidents
    return [row for row in rows if moment(row) < NOW]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "analytics.db"


def filled(path: Path, rows: list[EventRow]) -> Path:
    with writing(path) as database, database.atomic():
        insert_rows(database, rows)
    return path


@pytest.fixture
def watching(store: Path, ordinary: list[EventRow], request: pytest.FixtureRequest) -> Iterator[AlarmWatch]:
    filled(store, ordinary)
    given = {"lets_go": request.param} if hasattr(request, "param") else {}
    with closing(AlarmWatch(store, BERLIN, {AlarmKind.DISK: None}, **given)) as watch:
        finish(watch.learn(NOW))
        yield watch


def broken(rows: list[EventRow], start: float) -> list[EventRow]:
    """The rows from a moment on, as they would be if nearly everything failed."""
    later = [EventRow(row.model, (*row.values[:-1], moment(row) - rows[0].values[-1] + start)) for row in rows]  # type: ignore[operator]
    incident = Incident(IncidentKind.BURST, start, start + DAY, 0.9)
    return inject(np.random.default_rng(3), later, incident)[0]


def test_ordinary_weeks_are_learned_without_an_alarm(watching: AlarmWatch) -> None:
    assert watching.open == () and watching.look(NOW).begun == ()


LETTING_GO = pytest.mark.parametrize("watching", [False, True], indirect=True)
"""As on other systems, and as on Windows."""


@pytest.mark.parametrize("watching", [True], indirect=True)
def test_between_looks_nobody_is_kept_from_the_file(watching: AlarmWatch, store: Path) -> None:
    opened = [Path(each.path) for each in psutil.Process().open_files()]
    watching.look(NOW)
    assert store not in opened and store not in [Path(each.path) for each in psutil.Process().open_files()]


@LETTING_GO
def test_a_burst_of_new_rows_is_told_once_and_its_end_once(
    watching: AlarmWatch, store: Path, ordinary: list[EventRow]
) -> None:
    evening = [row for row in ordinary if NOW - 7 * DAY < moment(row) < NOW - 7 * DAY + 2 * HOUR]
    filled(store, broken(evening, NOW))
    begun = watching.look(NOW + 2 * HOUR).begun
    assert {each.kind for each in begun} <= {AlarmKind.FAILURES, AlarmKind.NEW_ERROR} and len(begun) == 1
    assert watching.look(NOW + 2 * HOUR + 1).begun == ()
    ended = [each for n in range(30) for each in watching.look(NOW + 3 * HOUR + n * HOUR).ended]
    assert begun[0].key in {each.key for each in ended if each.kind is not AlarmKind.SILENCE}
    assert len([each for each in ended if each.key == begun[0].key]) == 1


def test_a_shutdown_is_told_after_a_minute_and_ends_with_the_start(watching: AlarmWatch, store: Path) -> None:
    def life(action: str, when: float) -> None:
        values = f"'1', '{action}', NULL, NULL, {when}"
        change(
            store, f"INSERT INTO user_activity (user_id, action_type, guild_id, details, timestamp) VALUES ({values})"
        )

    life("bot_shutdown", NOW + 1)
    change(store, "DELETE FROM user_activity WHERE action_type = 'bot_start'")
    watching.look(NOW + 2)  # rows are gone: it is to learn again
    finish(watching.learn(NOW + 2))
    assert watching.look(NOW + 5).begun == ()
    assert [each.kind for each in watching.look(NOW + 90).begun] == [AlarmKind.SILENCE]
    life("bot_start", NOW + 100)
    assert watching.look(NOW + 101).begun == ()
    assert [each.kind for each in watching.look(NOW + 400).ended] == [AlarmKind.SILENCE]


@LETTING_GO
def test_a_reset_makes_it_learn_again(watching: AlarmWatch, store: Path) -> None:
    change(store, "DELETE FROM command_usage", "DELETE FROM image_stats", "DELETE FROM user_activity")
    assert watching.look(NOW + 1).afresh
    finish(watching.learn(NOW + 1))
    assert watching.open == ()


def test_a_file_that_is_moved_away_is_told_and_survived(watching: AlarmWatch, store: Path) -> None:
    away = store.rename(store.with_name("moved.db"))
    first = watching.look(NOW + 1)
    assert first.fault is not None and first.begun == ()
    assert [each.kind for each in watching.look(NOW + 90).begun] == [AlarmKind.SILENCE]
    away.rename(store)
    assert watching.look(NOW + 91).afresh


def test_a_full_disk_is_told(store: Path, ordinary: list[EventRow], monkeypatch: pytest.MonkeyPatch) -> None:
    filled(store, ordinary[-50:])
    usage = type("Usage", (), {"free": 100_000_000})
    monkeypatch.setattr("core.alarms.watch.shutil.disk_usage", lambda _: usage)
    with closing(AlarmWatch(store, BERLIN)) as watch:
        finish(watch.learn(NOW))
        assert AlarmKind.DISK in {each.kind for each in watch.look(NOW).begun}


def test_a_trial_says_what_would_have_been_told(store: Path, ordinary: list[EventRow]) -> None:
    burst = Incident(IncidentKind.BURST, NOW - 5 * DAY, NOW - 5 * DAY + 4 * HOUR, 0.9)
    rows, known = inject(np.random.default_rng(1), list(ordinary), burst)
    filled(store, rows)
    trial = finish(try_on_past(store, NOW, BERLIN))
    (alarm,) = trial.alarms({})
    assert known.start <= alarm.given <= known.affected[9] + 120 and alarm.ended is not None
    assert trial.alarms({kind: None for kind in AlarmKind}) == ()
    assert len(trial.alarms({kind: 0.4 for kind in AlarmKind})) > 1


def test_what_was_told_is_remembered_and_damage_is_not_believed(tmp_path: Path) -> None:
    path = told_path(locate(tmp_path / "analytics.db"))
    write_told(path, [(AlarmKind.SLOW, "lora:x"), (AlarmKind.DISK, "")])
    assert read_told(path) == {(AlarmKind.SLOW, "lora:x"), (AlarmKind.DISK, "")}
    for damaged in ("", "[]", '{"told": [["no such kind", ""]]}', '{"told": 7}', "[" * 100_000):
        path.write_text(damaged)
        assert read_told(path) == frozenset()


def test_a_clock_that_ran_ahead_stops_nothing(watching: AlarmWatch, store: Path) -> None:
    ahead = time.time() + 400 * DAY
    change(
        store, f"INSERT INTO command_usage (command_name, user_id, success, timestamp) VALUES ('x', '1', 0, {ahead})"
    )
    assert watching.look(NOW + 1).begun == ()


def test_what_was_over_before_it_began_is_known(store: Path, ordinary: list[EventRow]) -> None:
    """Two bursts of one day are two: what ended in between is seen while the past is read, too."""
    evening = [row for row in ordinary if NOW - 7 * DAY < moment(row) < NOW - 7 * DAY + 3 * HOUR]
    filled(store, [*ordinary, *broken(evening, NOW - 5 * DAY), *broken(evening, NOW - 5 * DAY + 9 * HOUR)])
    with closing(AlarmWatch(store, BERLIN, {AlarmKind.DISK: None, AlarmKind.NEW_ERROR: None})) as watch:
        finish(watch.learn(NOW))
        bursts = [each for each in watch.past if each.kind is AlarmKind.FAILURES]
        assert len(bursts) == 2 and all(each.ended is not None and each.ended < NOW - 4 * DAY for each in bursts)
        assert watch.look(NOW).ended == ()


def test_watching_as_a_task_says_how_things_stand_until_it_is_stopped(store: Path, ordinary: list[EventRow]) -> None:
    filled(store, ordinary)
    task = keep_watching(locate(store), BERLIN, {kind: None for kind in AlarmKind})
    seen = list(takewhile(lambda each: not getattr(each, "learned", True), task))
    assert all(isinstance(each, AlarmsSeen) for each in seen) and [each.share for each in seen][-1] == 1.0
    standing = next(task)
    assert isinstance(standing, AlarmsSeen) and standing.learned and standing.open == ()
    task.close()


def test_a_database_that_is_not_there_yet_is_tried_again(store: Path) -> None:
    task = keep_watching(locate(store), BERLIN, {})
    first = next(task)
    assert isinstance(first, AlarmsSeen) and not first.learned
    task.close()


def test_what_too_few_rows_tell_of_is_not_said_to_have_been_quiet(store: Path, ordinary: list[EventRow]) -> None:
    filled(store, [row for row in ordinary if moment(row) > NOW - DAY / 2])
    assert finish(try_on_past(store, NOW, BERLIN)).known <= {AlarmKind.RESTARTS}
    filled(store, [row for row in ordinary if moment(row) <= NOW - DAY / 2])
    assert finish(try_on_past(store, NOW, BERLIN)).known == set(LEARNING)
