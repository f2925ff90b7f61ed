"""The monitor opens a range by cells, and follows what their comparison with the rows finds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.filters import EVERYTHING, Filter
from core.live_view import LiveView
from core.presenters.health import HEALTH
from core.simulation.history import write_history
from core.statistics.rollups import reminder
from core.statistics.rollups.upkeep import bring_up_to_date
from core.storage.location import Location, locate
from core.storage.rollup_files import cache_path
from tests.core.live_views import ALL, ZONE, settle, totals


@pytest.fixture
def rolled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Location:
    monkeypatch.setattr(reminder, "MANY_ROWS", 100)
    path = tmp_path / "analytics.db"
    write_history(path, days=30, rows=2_000, zone=ZONE)
    bring_up_to_date(locate(path), ZONE)
    return locate(path)


_UNNOTICED = f"UPDATE command_usage SET timestamp = timestamp + {2**32} WHERE id = 501"
"""After the year 2100, so that the row does not count; the sum of times, of 31 bits each, is the same."""


def alter(location: Location, statement: str) -> None:
    with closing(sqlite3.connect(str(location.path))) as connection, connection:
        connection.execute(statement)


@pytest.mark.slow
def test_what_was_altered_by_hand_is_shown_once_it_is_found(rolled: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminder, "_COMPARED_EVERY", -1.0)
    monkeypatch.setattr(reminder, "_SHARE", -1.0)
    with closing(LiveView(rolled, ZONE, ALL)) as view:
        before, _ = totals(settle(view))
    assert reminder.wait(60)
    alter(rolled, _UNNOTICED)
    monkeypatch.setattr(reminder, "_LOOKS_AGAIN", 0.0)
    monkeypatch.setattr(reminder, "_AGAIN", 0.0)
    with closing(LiveView(rolled, ZONE, ALL)) as view:
        settle(view)
        assert reminder.wait(60)
        after, _ = totals(settle(view))
    assert after == before - 1


def test_new_rows_are_added_to_what_cells_told(rolled: Location) -> None:
    with closing(LiveView(rolled, ZONE, ALL)) as view:
        before, _ = totals(settle(view))
        alter(
            rolled,
            "INSERT INTO command_usage (command_name, user_id, timestamp, success) "
            "SELECT command_name, user_id, timestamp, success FROM command_usage LIMIT 7",
        )
        after, _ = totals(settle(view))
    assert after == before + 7


def told(location: Location, chosen: Filter) -> str:
    with closing(LiveView(location, ZONE, ALL, presenter=HEALTH)) as view:
        view.filter_by(chosen)
        snapshot = settle(view)
    assert snapshot is not None
    return next(fact.value for group in snapshot.content.extra.groups for fact in group.facts if fact.label == "Range")


def test_the_health_page_says_whether_rows_were_read(rolled: Location) -> None:
    assert told(rolled, EVERYTHING) == "counted before, but for the latest rows"
    assert told(rolled, Filter.of(outcome="failed")) == "every row of it is read"


def test_f5_reads_every_row(rolled: Location) -> None:
    alter(rolled, _UNNOTICED)
    with closing(LiveView(rolled, ZONE, ALL)) as view:
        before, _ = totals(settle(view))
        view.reload()
        after, _ = totals(settle(view))
    assert after == before - 1


def test_a_reset_takes_the_cache_along(rolled: Location) -> None:
    with closing(LiveView(rolled, ZONE, ALL)) as view:
        settle(view)
        assert cache_path(rolled, ZONE).exists()
        for table in ("command_usage", "image_stats", "user_activity"):
            alter(rolled, f"DELETE FROM {table}")
        settle(view)
        assert not cache_path(rolled, ZONE).exists()
