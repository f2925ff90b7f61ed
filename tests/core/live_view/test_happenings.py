"""Resets, locks, damage, files that go and come back under a live view."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core import errors, live_view
from core.feed.snapshot import Condition
from core.live_view import LiveView
from tests.core import deployed
from tests.core.deployed import Bot
from tests.core.feed.test_change_feed import run
from tests.core.live_views import ALL, ZONE, settle, take_snapshot, totals
from tests.platforms import moves_open_files


def test_reset_is_seen_and_remembered(path: Path, open_view: Callable[..., LiveView]) -> None:
    deployed.fill(path, commands=10, images=10)
    view = open_view(path)
    settle(view)
    before = time.time()
    Bot(path).reset()
    Bot(path).track_command("first")
    snapshot = settle(view)
    assert totals(snapshot) == (1, 0)
    assert snapshot is not None
    assert [event.title for event in snapshot.events] == ["first"]
    assert len(snapshot.resets) == 1
    assert before <= snapshot.resets[0] <= time.time()


@moves_open_files
def test_gone_and_back(path: Path, open_view: Callable[..., LiveView], tmp_path: Path) -> None:
    deployed.fill(path, commands=10)
    view = open_view(path)
    settle(view)
    path.rename(tmp_path / "elsewhere.db")
    snapshot = settle(view)
    assert snapshot is not None
    assert snapshot.condition is Condition.GONE
    assert isinstance(snapshot.fault, errors.DatabaseMissing)
    assert totals(snapshot) == (10, 0)
    (tmp_path / "elsewhere.db").rename(path)
    snapshot = settle(view)
    assert snapshot is not None
    assert (snapshot.condition, snapshot.fault) == (Condition.LIVE, None)


def test_locked_and_unlocked(path: Path, open_view: Callable[..., LiveView]) -> None:
    deployed.fill(path, commands=10)
    view = open_view(path)
    settle(view)
    with closing(sqlite3.connect(path)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        snapshot = view.advance()
        assert snapshot is not None
        assert snapshot.condition is Condition.LOCKED
        assert totals(snapshot) == (10, 0)
    snapshot = settle(view)
    assert snapshot is not None
    assert snapshot.condition is Condition.LIVE


def test_damaged_while_it_loads(path: Path, open_view: Callable[..., LiveView]) -> None:
    deployed.fill(path, commands=5_000)
    with path.open("r+b") as file:
        file.seek(4096 * 8)
        file.write(b"\xa5" * 4096 * 20)
    view = open_view(path)
    view.advance()
    assert isinstance(view.fault, errors.DatabaseCorrupt)
    with pytest.raises(errors.DatabaseCorrupt):
        take_snapshot(path, ZONE, ALL)


@pytest.mark.slow
@pytest.mark.parametrize("happening", ["migrated", "vacuumed", "a log appears"])
def test_history_goes_on_loading_over_a_connection_that_is_opened_again(
    path: Path, open_view: Callable[..., LiveView], happening: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_view, "LOADING_SECONDS", 0.0)
    deployed.fill(path, commands=20_000, images=20_000)
    if happening == "a log appears":
        run(path, "PRAGMA journal_mode = wal")
    view = open_view(path)
    view.advance()
    assert view.loading
    connection = sqlite3.connect(path)
    if happening == "migrated":
        for statement in deployed.APPENDED:
            connection.execute(statement)
    elif happening == "vacuumed":
        connection.execute("VACUUM")
    else:
        connection.execute("UPDATE image_stats SET generation_time = 1 WHERE id = 20000")
    connection.commit()
    snapshot = settle(view)
    connection.close()
    assert view.fault is None
    assert totals(snapshot) == (20_000, 20_000)
    assert snapshot is not None
    assert snapshot.source.journal_mode == ("WAL" if happening == "a log appears" else "rollback")


def test_reload_reads_what_no_look_can_find_out(path: Path, open_view: Callable[..., LiveView]) -> None:
    """A row removed from the middle leaves the ends of its table as they were."""
    deployed.fill(path, commands=10)
    view = open_view(path)
    settle(view)
    run(path, "DELETE FROM command_usage WHERE id = 5")
    view.reload()
    assert totals(settle(view)) == (9, 0)


def test_take_snapshot_of_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(errors.DatabaseMissing):
        take_snapshot(tmp_path / "none.db", ZONE)


def test_a_lock_that_comes_in_the_middle_of_a_read_leaves_the_numbers_standing(
    path: Path, open_view: Callable[..., LiveView], monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = Bot(path)
    bot.track_command("comfy", "1")
    view = open_view(path)
    settle(view)
    bot.track_command("comfy", "1")
    read = live_view.newest_events
    with closing(sqlite3.connect(path, isolation_level=None)) as other:

        def interrupted(*arguments: object) -> object:
            other.execute("BEGIN EXCLUSIVE")
            return read(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(live_view, "newest_events", interrupted)
        locked = view.advance()
        monkeypatch.setattr(live_view, "newest_events", read)
        other.execute("ROLLBACK")
    assert locked is not None and locked.condition is Condition.LOCKED
    assert isinstance(view.fault, errors.DatabaseLocked)
    assert view.has_data
    again = settle(view)
    assert again is not None and again.condition is Condition.LIVE
    assert again.content.extra.totals.commands == 2
    assert len(again.events) == 2
