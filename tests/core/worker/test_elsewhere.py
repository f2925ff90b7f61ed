"""A task in a process of its own: the same result, progress and faults; it stops when it is to, and is gone then."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest

from core.errors import DatabaseMissing
from core.export.beforehand import extent_of
from core.export.formats import Format
from core.export.rows import export_rows
from core.maintenance.checking import check
from core.statistics.usage_pattern import learn_rhythm
from core.storage.location import Location
from core.tables.definitions import TableQuery
from core.tasks import finish
from core.worker.live.elsewhere import TaskCutOff, elsewhere, standing_elsewhere
from tests.core import deployed, worker_tasks
from tests.platforms import KILL, KILLED

pytestmark = pytest.mark.slow  # a process starts, and imports, for each of them


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=300, step=600)
    return path


BEFORE: set[int] = set()


@pytest.fixture(autouse=True)
def _those_of_before() -> None:
    """A server of other tests, or a worker that serves until the process ends, may be there already."""
    BEFORE.clear()
    BEFORE.update(each.pid for each in psutil.Process().children())


def children() -> list[psutil.Process]:
    """The processes that this test has begun."""
    living = [each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE]
    return [each for each in living if each.pid not in BEFORE]


def test_what_the_window_asks_for_comes_as_if_it_were_read_here(database: Path, tmp_path: Path) -> None:
    location, zone, query = Location(path=database), ZoneInfo("Europe/Berlin"), TableQuery("commands")
    now = database.stat().st_mtime
    assert finish(elsewhere(learn_rhythm, location, now, zone)) == finish(learn_rhythm(location, now, zone))
    assert finish(elsewhere(extent_of, location, query)) == finish(extent_of(location, query))
    assert finish(elsewhere(check, location)).words == finish(check(location)).words
    targets = [tmp_path / "there.csv", tmp_path / "here.csv"]
    finish(elsewhere(export_rows, location, query, targets[0], Format.CSV, zone=zone))
    assert finish(export_rows(location, query, targets[1], Format.CSV, zone=zone)).rows == 300
    assert targets[0].read_bytes() == targets[1].read_bytes()
    assert children() == []


def test_it_runs_in_another_process_and_tells_how_far_it_is() -> None:
    task = elsewhere(worker_tasks.count_up, 1e9)
    pids = {int(progress.words) for progress, _ in zip(task, range(30), strict=False) if progress.words}
    assert pids == {each.pid for each in children()}
    task.close()
    assert children() == []


def test_one_that_is_stopped_tidies_up(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    task = elsewhere(worker_tasks.leave_mark, mark)
    while not mark.exists():
        next(task)
    task.close()
    assert not mark.exists()
    assert children() == []


def test_one_that_stands_lets_others_go_first_and_is_gone_once_it_is_stopped() -> None:
    task = standing_elsewhere(worker_tasks.count_up, 1e9)
    while not next(task).words:
        pass
    (child,) = children()
    assert child.nice() > psutil.Process().nice()
    task.close()
    assert children() == []


def test_faults_come_whole(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.db"
    with pytest.raises(DatabaseMissing) as raised:
        finish(elsewhere(extent_of, Location(path=path), TableQuery("commands")))
    assert raised.value.subject == str(path)


@pytest.mark.parametrize("hangs", [False, True], ids=["killed", "hangs"])
def test_one_that_is_killed_says_so_and_one_that_hangs_is_ended(hangs: bool) -> None:
    task = elsewhere(worker_tasks.count_up, 1e9)
    while not next(task).words:
        pass
    (child,) = children()
    if hangs:
        child.suspend()
    else:
        os.kill(child.pid, KILL)
        with pytest.raises(TaskCutOff, match=f"exit code {KILLED}"):
            finish(task)
    task.close()
    assert children() == []


def test_without_a_process_it_runs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert finish(elsewhere(worker_tasks.count_up, 3)) == os.getpid()
