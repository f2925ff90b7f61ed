"""Reset and undo, on real files of the deployed bot and of ours."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import (
    DatabaseLocked,
    RefusedByTable,
)
from core.maintenance import plain_reset
from core.manager import AnalyticsManager
from core.storage.database import faults, open_for_writing
from tests.core import deployed
from tests.core.storage.test_database import ask
from tests.core.stored import change

# The bot's own reset


def test_reset_deletes_everything_and_says_how_much(path: Path) -> None:
    database = open_for_writing(path)
    assert plain_reset.reset(database) == 101
    assert plain_reset.reset(database) == 0
    database.close()
    for table in deployed.TABLES:
        assert ask(path, f"SELECT COUNT(*) FROM {table}") == [(0,)]


def test_ids_go_on_after_a_reset(path: Path) -> None:
    database = open_for_writing(path)
    plain_reset.reset(database)
    database.close()
    assert deployed.Bot(path).track_command()
    assert ask(path, "SELECT id FROM command_usage") == [(41,)]


def test_a_reset_that_fails_deletes_nothing(path: Path) -> None:
    database = open_for_writing(path, timeout=0.05)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked), faults(path):
            plain_reset.reset(database)
    database.close()
    assert ask(path, "SELECT COUNT(*) FROM command_usage") == [(40,)]


def test_a_reset_that_fails_half_way_deletes_nothing(path: Path) -> None:
    change(path, "CREATE TRIGGER no_more BEFORE DELETE ON daily_stats BEGIN SELECT RAISE(ABORT, 'not this one'); END")
    database = open_for_writing(path)
    with pytest.raises(Exception, match="not this one"):
        plain_reset.reset(database)
    database.close()
    assert ask(path, "SELECT COUNT(*) FROM command_usage") == [(40,)]


@pytest.mark.expect_log
def test_a_reset_from_which_a_trigger_keeps_rows_deletes_nothing(path: Path) -> None:
    """A trigger may do so without a word: then the reset must not say that all is gone."""
    change(path, "CREATE TRIGGER hold BEFORE DELETE ON image_stats WHEN old.id = 30 BEGIN SELECT RAISE(IGNORE); END")
    database = open_for_writing(path)
    with pytest.raises(RefusedByTable):
        plain_reset.reset(database)
    database.close()
    assert ask(path, "SELECT COUNT(*) FROM command_usage") == [(40,)]
    with AnalyticsManager(path) as manager:
        assert not manager.reset_stats()
