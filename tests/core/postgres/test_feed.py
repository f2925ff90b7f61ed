from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from core.feed.change_feed import Feed, Happening
from core.live_view import LiveView
from core.manager import AnalyticsManager
from core.models import CommandUsage
from core.storage import horizon, postgres
from core.storage.database import open_for_writing
from core.storage.seeks import IdSpan
from core.time_ranges import CHOICES
from tests.core.postgres.conftest import Database

INSERT = (
    "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('comfy', '1', %s, 1) RETURNING id"
)


def insert(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(INSERT, (time.time(),)).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def feed(database: Database) -> Iterator[Feed]:
    open_for_writing(database.url).close()
    with closing(database.connect()) as bot:
        assert [insert(bot) for _ in range(4)] == [1, 2, 3, 4]
        bot.commit()
    feed = Feed(database.url)
    assert feed.look().happenings == (Happening.OPENED,)
    assert feed.ends[CommandUsage].last == 4
    yield feed
    feed.close()


@pytest.fixture
def bots(database: Database) -> Iterator[tuple[psycopg.Connection[Any], psycopg.Connection[Any]]]:
    with closing(database.connect()) as one, closing(database.connect()) as other:
        yield one, other


Bots = tuple[psycopg.Connection[Any], psycopg.Connection[Any]]


def test_look_at_nothing_new_costs_one_query(feed: Feed) -> None:
    assert feed.reader is not None
    said: list[str] = []
    execute = feed.reader.database.execute_sql
    feed.reader.database.execute_sql = lambda sql, *rest: said.append(sql) or execute(sql, *rest)
    assert feed.look().happenings == ()
    assert said == [postgres._VERSION]


def test_new_rows(feed: Feed, bots: Bots) -> None:
    insert(bots[0])
    assert feed.look().happenings == ()
    bots[0].commit()
    look = feed.look()
    assert (look.happenings, look.added) == ((Happening.ROWS_ADDED,), {CommandUsage: IdSpan(4, 5)})
    assert feed.look().happenings == ()


def test_an_id_that_is_committed_after_a_later_one_is_not_missed(feed: Feed, bots: Bots) -> None:
    slow, fast = bots
    assert (insert(slow), insert(fast), insert(slow), insert(fast)) == (5, 6, 7, 8)
    fast.commit()
    assert feed.look().added == {}
    slow.commit()
    assert feed.look().added == {CommandUsage: IdSpan(4, 8)}


def test_rows_before_the_gap_are_not_held_back(feed: Feed, bots: Bots) -> None:
    slow, fast = bots
    assert (insert(fast), insert(slow), insert(fast)) == (5, 6, 7)
    fast.commit()
    assert feed.look().added == {CommandUsage: IdSpan(4, 5)}
    slow.commit()
    assert feed.look().added == {CommandUsage: IdSpan(5, 7)}


def test_an_insert_that_was_taken_back_holds_nothing_up(feed: Feed, bots: Bots) -> None:
    slow, fast = bots
    insert(slow), insert(fast)
    fast.commit()
    assert feed.look().added == {}
    slow.rollback()
    assert feed.look().added == {CommandUsage: IdSpan(4, 6)}


def test_a_gap_from_the_past_holds_nothing_up(feed: Feed, bots: Bots) -> None:
    slow, fast = bots
    insert(slow), slow.rollback()
    insert(fast), fast.commit()
    assert feed.look().added == {CommandUsage: IdSpan(4, 6)}


def test_a_transaction_that_stays_open_holds_nothing_up_for_ever(
    feed: Feed, bots: Bots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(horizon, "_HELD_SECONDS", 0.0)
    slow, fast = bots
    insert(slow), insert(fast)
    fast.commit()
    assert feed.look().added == {CommandUsage: IdSpan(4, 6)}
    slow.commit()
    look = feed.look()
    assert look.happenings == (Happening.ROWS_CAME_LATE,)
    assert look.afresh
    assert feed.look().happenings == ()


def test_time_alone_lets_held_rows_go(feed: Feed, bots: Bots, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, fast = bots
    insert(slow), insert(fast)
    fast.commit()
    assert feed.look().added == {}
    monkeypatch.setattr(horizon, "_HELD_SECONDS", 0.0)
    assert feed.look().added == {CommandUsage: IdSpan(4, 6)}
    slow.rollback()
    assert feed.look().happenings == ()


def test_a_gap_at_the_first_look_is_watched(feed: Feed, bots: Bots, database: Database) -> None:
    slow, fast = bots
    insert(slow), insert(fast)
    fast.commit()
    with closing(Feed(database.url)) as second:
        second.look()
        assert second.ends[CommandUsage].last == 6
        slow.commit()
        assert second.look().happenings == (Happening.ROWS_CAME_LATE,)


@pytest.mark.parametrize(
    ("statement", "happening"),
    [
        ("DELETE FROM command_usage", Happening.RESET),
        ("TRUNCATE command_usage RESTART IDENTITY", Happening.RESET),
        ("DELETE FROM command_usage WHERE id < 3", Happening.ROWS_REMOVED),
        ("DELETE FROM command_usage WHERE id > 3", Happening.RESTORED),
    ],
)
def test_rows_that_go(feed: Feed, database: Database, statement: str, happening: Happening) -> None:
    database.run(statement)
    assert feed.look().happenings == (happening,)
    assert feed.look().happenings == ()


def test_a_reset_and_what_follows(feed: Feed, database: Database) -> None:
    with AnalyticsManager(database.url) as manager:
        assert manager.reset_stats()
        assert feed.look().happenings == (Happening.RESET,)
        manager.track_command("comfy", 1)
        assert manager.flush(10)
        assert feed.look().added == {CommandUsage: IdSpan(0, 5)}


def test_tables_that_come_later_are_seen(database: Database) -> None:
    with closing(Feed(database.url)) as feed:
        assert feed.look().happenings == (Happening.OPENED,)
        with AnalyticsManager(database.url) as manager:
            manager.track_command("comfy", 1)
        look = feed.look()
        assert Happening.MIGRATED in look.happenings
        assert look.added == {CommandUsage: IdSpan(0, 1)}


def test_a_connection_that_the_server_ends_is_made_anew(feed: Feed, database: Database) -> None:
    database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'botpulse'")
    assert feed.look().fault is not None
    assert feed.look().happenings == (Happening.RETURNED,)


@pytest.mark.slow
def test_feed_misses_and_doubles_nothing_while_many_write(database: Database) -> None:
    open_for_writing(database.url).close()
    stop = threading.Event()

    def write(seed: int) -> None:
        rng = random.Random(seed)
        with closing(database.connect()) as bot:
            while not stop.is_set():
                for _ in range(rng.randint(1, 5)):
                    insert(bot)
                    stop.wait(rng.random() * 0.003)
                bot.rollback() if rng.random() < 0.1 else bot.commit()

    view = LiveView(database.url, ZoneInfo("UTC"), CHOICES["1h"])
    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(4)]
    with ExitStack() as stack:
        stack.callback(view.close)
        for each in writers:
            each.start()
            stack.callback(each.join)
        stack.callback(stop.set)
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            view.advance()
        stop.set()
        for each in writers:
            each.join()
        ((wanted,),) = database.rows("SELECT count(*) FROM command_usage")
        shown = 0
        until = time.monotonic() + 2
        while shown != wanted and time.monotonic() < until:
            snapshot = view.advance()
            shown = snapshot.content.extra.totals.commands if snapshot else shown
        assert shown == wanted > 100
