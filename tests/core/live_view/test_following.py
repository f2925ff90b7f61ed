"""A live view follows a database that others write to."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core import errors, live_view
from core.feed.snapshot import Condition
from core.filters import Filter
from core.live_view import LiveView
from core.presenters.users import USERS
from core.time_ranges import CHOICES, HOUR, TimeRange
from tests.core import deployed
from tests.core.deployed import Bot
from tests.core.feed.test_change_feed import run
from tests.core.live_views import ALL, ZONE, settle, take_snapshot, totals


def test_from_missing_to_live(tmp_path: Path, open_view: Callable[..., LiveView]) -> None:
    path = tmp_path / "analytics.db"
    view = open_view(path)
    assert view.advance() is None
    assert isinstance(view.fault, errors.DatabaseMissing)
    deployed.create(path)
    deployed.fill(path, commands=5, images=7)
    snapshot = settle(view)
    assert totals(snapshot) == (5, 7)
    assert snapshot is not None
    assert snapshot.condition is Condition.LIVE
    assert snapshot.fault is None
    assert len(snapshot.events) == 12
    assert snapshot.source.rows == {"command_usage": 5, "image_stats": 7, "user_activity": 0}
    assert snapshot.source.journal_mode == "rollback"
    assert snapshot.source.byte_size == path.stat().st_size


def test_live_view_shows_nothing_where_nothing_is_new(path: Path, open_view: Callable[..., LiveView]) -> None:
    view = open_view(path)
    settle(view)
    assert view.advance() is None


def test_rows_events_and_the_bot_last_seen(path: Path, open_view: Callable[..., LiveView]) -> None:
    deployed.fill(path, commands=3, start=time.time() - 3600)
    view = open_view(path)
    settle(view)
    moment = time.time()
    Bot(path).track_command("redux", at=moment)
    Bot(path).track_image(prompt="two foxes", at=moment - 1)
    snapshot = settle(view)
    assert totals(snapshot) == (4, 1)
    assert snapshot is not None
    assert [(e.title, e.detail) for e in snapshot.events[:2]] == [("redux", ""), ("image", "two foxes")]
    assert snapshot.last_seen == moment


def test_rows_that_come_late_change_what_the_range_is_compared_with(
    path: Path, open_view: Callable[..., LiveView]
) -> None:
    """In the bucket that is cut finely, and in those before it; and none that is later than as long ago as now."""
    now = time.time()
    bot = Bot(path)
    for moment in (*(now - 50 * HOUR + second for second in range(20)), now - 47 * HOUR, now - 60):
        bot.track_command("comfy", at=moment)
    view = open_view(path, choice=CHOICES["24h"], clock=lambda: now)
    told = [settle(view).content.extra.change.previous.commands]
    for moment in (now - 40 * HOUR, now - 24 * HOUR - 120, now - 23 * HOUR - 3000):
        bot.track_command("comfy", at=moment)
        told.append(settle(view).content.extra.change.previous.commands)
    assert told == [1, 2, 3, 3]


@pytest.mark.slow
def test_every_event_is_listed_once(path: Path, open_view: Callable[..., LiveView]) -> None:
    """Whatever comes in between measuring the file, choosing a range and loading."""
    view = open_view(path)
    bot = Bot(path)
    for i in range(40):
        bot.track_command(str(i))
        if i % 7 == 0:
            view.choose(CHOICES["24h"] if i % 2 else ALL)
        view.advance()
    snapshot = settle(view)
    view.choose(CHOICES["24h"])
    bot.track_command("40")
    snapshot = settle(view)
    assert snapshot is not None
    assert sorted(int(event.title) for event in snapshot.events) == list(range(41))
    assert totals(snapshot) == (41, 0)


def test_rows_that_come_while_it_opens_are_listed_once(
    path: Path, open_view: Callable[..., LiveView], monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed.fill(path, commands=3)
    measured = live_view.Feed.look

    def look_and_be_late(feed: live_view.Feed) -> live_view.Look:
        look = measured(feed)
        Bot(path).track_command()
        return look

    view = open_view(path)
    monkeypatch.setattr(live_view.Feed, "look", look_and_be_late)
    view.advance()
    monkeypatch.setattr(live_view.Feed, "look", measured)
    snapshot = settle(view)
    assert snapshot is not None
    assert sorted(event.id for event in snapshot.events) == [1, 2, 3, 4]
    assert totals(snapshot) == (4, 0)


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_following_a_writer_in_another_process(path: Path, open_view: Callable[..., LiveView], mode: str) -> None:
    run(path, f"PRAGMA journal_mode = {mode}")
    deployed.fill(path, commands=2_000, images=2_000)
    view = open_view(path)
    seen = []
    with writing(path, rows_per_second=100, seconds=1) as process:
        while process.poll() is None:
            snapshot = view.advance()
            if snapshot is not None and not view.loading:
                seen.append(totals(snapshot)[0])
        lines = process.stdout.read().splitlines() if process.stdout else []
    settle(view)
    last = take_snapshot(path, ZONE, ALL)
    written = sum(line.startswith("ok") for line in lines)
    assert written == 100
    assert totals(last) == (2_100, 2_000)
    assert seen == sorted(seen)
    assert len(set(seen)) > 2
    view.choose(CHOICES["24h"])
    assert totals(settle(view))[0] == 2_100


def writing(path: Path, rows_per_second: float, seconds: float) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        deployed.__file__,
        str(path),
        "--rows-per-second",
        str(rows_per_second),
        "--seconds",
        str(seconds),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_beside_the_deployed_bot_in_rollback_mode(path: Path, open_view: Callable[..., LiveView]) -> None:
    """It knows nothing of us, waits five seconds for a lock, and then forgets the event."""
    deployed.fill(path, commands=60_000, images=40_000, step=60)
    with writing(path, rows_per_second=200, seconds=60) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        view = open_view(path)
        began = time.monotonic()
        loads = 0
        while loads < 1 or time.monotonic() < began + 2:
            view.advance()
            if not view.loading:
                loads += 1
                view.choose(ALL if loads % 2 else CHOICES["90d"])
        process.terminate()
        lines = [first, *process.stdout.read().splitlines()]
    written = [float(line.split()[1]) for line in lines if line.startswith("ok")]
    assert len(written) == len(lines), [line for line in lines if not line.startswith("ok")]
    print(f"{len(written)} commits beside {loads} loads, the slowest took {max(written):.0f} ms")
    assert max(written) < 2_000
    view.choose(ALL)
    assert totals(settle(view)) == (60_000 + len(written), 40_000)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_live_view_holds_nothing_between_calls(
    path: Path, open_view: Callable[..., LiveView], mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_view, "LOADING_SECONDS", 0.0)
    run(path, f"PRAGMA journal_mode = {mode}")
    deployed.fill(path, commands=30_000, images=30_000)
    view = open_view(path)
    calls = 0
    with closing(sqlite3.connect(path, timeout=0)) as other:
        other.execute("UPDATE daily_stats SET total_images = 0")
        other.commit()
        while calls < 3 or view.loading:
            view.advance()
            calls += 1
            other.execute("BEGIN EXCLUSIVE")
            other.execute("INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'x', 1.8e9)")
            other.commit()
            if mode == "wal":
                assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
    assert calls > 3


def test_another_range(path: Path, open_view: Callable[..., LiveView]) -> None:
    now = time.time()
    deployed.fill(path, commands=1, start=now - 86_400 * 40)
    deployed.fill(path, commands=2, start=now - 86_400 * 3)
    deployed.fill(path, commands=4, start=now - 120)
    view = open_view(path)
    assert totals(settle(view)) == (7, 0)
    for key, expected in (("1h", 4), ("7d", 6), ("90d", 7), ("all", 7)):
        view.choose(CHOICES[key])
        assert totals(settle(view)) == (expected, 0), key
    view.choose(CHOICES["custom"], TimeRange(now - 86_400 * 41, now - 86_400))
    assert totals(settle(view)) == (3, 0)


def test_some_rows_only(path: Path, open_view: Callable[..., LiveView]) -> None:
    deployed.fill(path, commands=40, images=40)
    view = open_view(path)
    settle(view)
    view.filter_by(Filter.of(command="redux"))
    assert totals(settle(view)) == (10, 0)
    Bot(path).track_command("redux")
    Bot(path).track_command("comfy")
    assert totals(settle(view)) == (11, 0)


def test_another_calendar_is_followed(path: Path, open_view: Callable[..., LiveView]) -> None:
    deployed.fill(path, commands=50, images=50, step=3_600)
    view = open_view(path, choice=CHOICES["7d"], presenter=USERS)
    before = settle(view)
    view.follow_calendar(ZoneInfo("Asia/Kathmandu"), 6)
    after = settle(view)
    assert before is not None and after is not None
    assert (after.choice, after.buckets.zone.key) == ("7d", "Asia/Kathmandu")
    assert {datetime.fromtimestamp(edge, after.buckets.zone).minute for edge in after.buckets.edges} == {0}
    assert [before.content.charts["when"].rows[0], after.content.charts["when"].rows[0]] == ["Mon", "Sun"]
    week = after.content.charts["per_week"]
    assert {datetime.fromtimestamp(edge, week.zone).strftime("%a %H") for edge in week.edges} == {"Sun 00"}
    other = take_snapshot(path, ZoneInfo("Asia/Kathmandu"), CHOICES["7d"], presenter=USERS)
    assert after.content.figures == other.content.figures


def test_latest_events_are_filtered_like_the_page(path: Path, open_view: Callable[..., LiveView]) -> None:
    deployed.fill(path, commands=400, images=400)
    view = open_view(path)
    view.filter_by(Filter.of(command="redux"))
    snapshot = settle(view)
    assert snapshot is not None
    assert {event.title for event in snapshot.events} == {"redux"} and len(snapshot.events) == 100
    assert snapshot.last_seen is not None and snapshot.last_seen > snapshot.events[0].timestamp  # type: ignore[operator]
    Bot(path).track_command("comfy")
    Bot(path).track_command("redux")
    followed = settle(view)
    assert followed is not None
    assert [event.title for event in followed.events[:2]] == ["redux", "redux"] and len(followed.events) == 101
    view.filter_by(Filter())
    assert len(settle(view).events) == 200  # type: ignore[union-attr]


def test_success_is_not_told_where_failures_are_not_recorded(path: Path, open_view: Callable[..., LiveView]) -> None:
    deployed.fill(path, commands=100)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE command_usage SET success = 1")
    view = open_view(path)
    tile = settle(view).content.tiles["success"]  # type: ignore[union-attr]
    assert (tile.value, tile.change) == ("—", "none recorded")
    Bot(path).track_command("comfy", success=False)
    assert settle(view).content.tiles["success"].value.startswith("99.0")  # type: ignore[union-attr]
