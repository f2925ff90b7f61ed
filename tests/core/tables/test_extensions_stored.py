"""Metrics of one's own in the database: how they are written, backed up, reset and restored."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from core.maintenance import backups, checking, resetting, restoring, survey
from core.manager import AnalyticsManager
from core.storage.database import open_for_writing
from core.storage.reader import reading
from core.storage.seeks import last_id
from core.tables import extensions
from core.tables.metric import Metric, MetricColumn
from core.tasks import finish
from tests.core.votes import COLUMNS, TABLE, fill, registered, rows, votes

metric = pytest.fixture(registered)


def test_the_table_comes_with_the_first_row_and_ids_go_on(tmp_path: Path, metric: Metric) -> None:
    path = tmp_path / "a.db"
    fill(path, metric, 3)
    assert [row[0] for row in rows(path)] == [1, 2, 3]
    with AnalyticsManager(path) as manager:
        assert manager.reset_stats()
        manager.track(metric.record(vote="up"))
    assert [row[0] for row in rows(path)] == [4]


def test_a_bot_that_has_loaded_nothing_can_write(tmp_path: Path) -> None:
    fill(tmp_path / "a.db", votes(), 2)
    assert len(rows(tmp_path / "a.db")) == 2
    assert extensions.metrics() == ()


def test_columns_that_are_declared_later_are_added(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    fill(path, votes(), 2)
    wider = votes(columns=(*COLUMNS, MetricColumn("reason", "Reason")))
    with AnalyticsManager(path) as manager:
        manager.track(wider.record(vote="up", reason="good light"))
    fill(path, votes(), 1)
    assert rows(path, "vote, reason") == [("down", None), ("up", None), ("up", "good light"), ("down", None)]


CREATE = """
import sys
from core.manager import AnalyticsManager
from tests.core.votes import votes
with AnalyticsManager(sys.argv[1]) as manager:
    sys.stdin.readline()
    for _ in range(50):
        manager.track(votes().record(vote="up"))
"""


@pytest.mark.slow
def test_processes_that_begin_together_make_one_table_and_lose_no_row(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-c", CREATE, str(path)]
    started = [
        subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(root)})
        for _ in range(4)
    ]
    for process in started:
        process.communicate(b"go\n", timeout=60)
    assert [process.returncode for process in started] == [0] * 4
    assert len(rows(path)) == 200


def test_backup_reset_undo_restore_and_check_know_it_without_the_extension(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    fill(path, votes(), 12)
    before = rows(path)
    backup = finish(backups.back_up(path))
    assert isinstance(backup, backups.Backup) and backup.held(TABLE) is not None
    seen = finish(survey.survey(path))
    assert isinstance(seen, survey.Survey)
    assert {each.table: each.rows for each in seen.tables}[TABLE] == 12 and not seen.missing_tables
    reset = finish(resetting.reset_with_backup(path))
    assert isinstance(reset, resetting.ResetResult) and reset.rows[TABLE] == 12 and rows(path) == []
    undone = finish(resetting.undo(path, reset.backup))
    assert isinstance(undone, resetting.UndoResult) and undone.rows[TABLE] == 12 and rows(path) == before
    fill(path, votes(), 3)
    difference = finish(restoring.compare(path, backup))
    assert isinstance(difference, restoring.Difference) and difference.newer[TABLE] == 3
    restored = finish(restoring.restore(path, backup))
    assert isinstance(restored, restoring.RestoreResult) and restored.rows[TABLE] == 12 and rows(path) == before
    checked = finish(checking.check(path))
    assert isinstance(checked, checking.CheckResult) and not checked.problems


def test_a_restore_makes_the_table_that_is_gone_and_leaves_strangers_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    fill(path, votes(), 2)
    backup = finish(backups.back_up(path))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"DROP TABLE {TABLE}")
        connection.execute("CREATE TABLE metric_mine (id INTEGER)")
        connection.execute("INSERT INTO metric_mine VALUES (1)")
    assert isinstance(backup, backups.Backup)
    finish(restoring.restore(path, backup))
    assert len(rows(path)) == 2
    with AnalyticsManager(path) as manager:
        assert manager.reset_stats() and rows(path) == []
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM metric_mine").fetchone() == (1,)


def test_history_of_migrations_stays_one_that_older_versions_know(tmp_path: Path, metric: Metric) -> None:
    path = tmp_path / "a.db"
    open_for_writing(path).close()
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM botpulse_migration")]
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (TABLE,)).fetchone() == (1,)
    assert all(name[:4].isdigit() for name in names)
    with reading(path) as reader:
        assert last_id(reader, metric.model) == 0 and TABLE in reader.tables and TABLE in reader.indexed
