"""Looking at a hot standby while its primary is written to: nothing is missed, and conflicts pass."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from typing import Any

import psycopg
import pytest
from peewee import SQL, fn

from core import errors
from core.feed.change_feed import Feed, Happening
from core.models import CommandUsage, ImageStats
from core.storage.database import faults, open_for_writing
from core.storage.reader import reading
from core.storage.seeks import IdSpan
from core.tracking.tracker import Tracker
from tests.core.postgres.standby import Node, Pair, pair
from tests.core.postgres.test_feed import insert
from tests.core.tracked import track, until

IMAGE = "INSERT INTO image_stats (user_id, timestamp) VALUES ('1', 1.8e9)"


@pytest.fixture(scope="module")
def servers() -> Iterator[Pair]:
    """A standby that ends a query at once where it is in the way of the primary's changes."""
    with pair({"max_standby_streaming_delay": "0"}) as both:
        both.primary.run("postgres", "CREATE TABLE busy (value integer)")
        yield both


@pytest.fixture
def fresh(servers: Pair) -> Iterator[Pair]:
    """With a database of the test's own on both."""
    name = "looked_at"
    servers.primary.run("postgres", f"CREATE DATABASE {name}")
    open_for_writing(servers.primary.url(name)).close()
    both = Pair(servers.primary, servers.standby, name)
    with closing(psycopg.connect(servers.primary.url(name))) as bot:
        assert [insert(bot) for _ in range(4)] == [1, 2, 3, 4]
        bot.commit()
    both.catch_up()
    yield both
    servers.primary.run("postgres", f"DROP DATABASE {name} WITH (FORCE)")
    servers.catch_up()


@pytest.fixture
def feed(fresh: Pair) -> Iterator[Feed]:
    feed = Feed(fresh.standby.url(fresh.database))
    assert feed.look().happenings == (Happening.OPENED,)
    assert feed.ends[CommandUsage].last == 4
    yield feed
    feed.close()


Bots = list[psycopg.Connection[Any]]


@pytest.fixture
def bots(fresh: Pair) -> Iterator[Bots]:
    connections = [psycopg.connect(fresh.primary.url(fresh.database)) for _ in range(3)]
    yield connections
    for each in connections:
        each.close()


def commit(servers: Pair, bot: psycopg.Connection[Any]) -> None:
    """Commit on the primary, and wait until the standby has it."""
    bot.commit()
    servers.catch_up()


def test_what_the_bot_writes_to_the_primary_is_seen_at_the_standby(feed: Feed, fresh: Pair) -> None:
    with Tracker(fresh.primary.url(fresh.database)) as tracker:
        track(tracker, 3)
        assert tracker.flush(20)
    fresh.catch_up()
    look = feed.look()
    assert (look.happenings, look.added) == ((Happening.ROWS_ADDED,), {CommandUsage: IdSpan(4, 7)})
    fresh.catch_up()
    until(lambda: feed.look().happenings == ())


def test_a_commit_beside_a_transaction_that_stays_open_is_noticed(feed: Feed, fresh: Pair, bots: Bots) -> None:
    """A standby's snapshot is the same text before and after it: it names no open transaction."""
    oldest, middle, youngest = bots
    oldest.execute("CREATE TABLE other (value integer)")
    middle.execute(IMAGE)
    insert(youngest)
    commit(fresh, youngest)
    assert CommandUsage in feed.look().added
    commit(fresh, middle)
    assert feed.look().added == {ImageStats: IdSpan(0, 1)}
    oldest.rollback()


def test_an_id_that_is_committed_after_a_later_one_is_not_missed(feed: Feed, fresh: Pair, bots: Bots) -> None:
    """The locks of the primary's transactions are not known on a standby."""
    slow, fast, _ = bots
    assert (insert(slow), insert(fast)) == (5, 6)
    commit(fresh, fast)
    assert feed.look().added == {}
    commit(fresh, slow)
    assert feed.look().added == {CommandUsage: IdSpan(4, 6)}


def test_an_id_of_a_transaction_that_had_not_written_yet_comes_late(feed: Feed, fresh: Pair, bots: Bots) -> None:
    slow, fast, _ = bots
    number = slow.execute("SELECT nextval('command_usage_id_seq')").fetchone()
    assert (number, insert(fast)) == ((5,), 6)
    commit(fresh, fast)
    assert feed.look().added == {CommandUsage: IdSpan(4, 6)}
    slow.execute("INSERT INTO command_usage VALUES (5, 'late', '1', NULL, NULL, 1.8e9, NULL, 1)")
    commit(fresh, slow)
    look = feed.look()
    assert (look.happenings, look.afresh) == ((Happening.ROWS_CAME_LATE,), True)


ASLEEP = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"


def clean_up(servers: Pair) -> None:
    """Remove rows for good that a query which began before may still need."""
    row = "INSERT INTO command_usage VALUES (999, 'gone', '1', NULL, NULL, 1.8e9, NULL, 1)"
    servers.primary.run(servers.database, row, "DELETE FROM command_usage WHERE id = 999", "VACUUM command_usage")


def asleep(servers: Pair, query: Any) -> tuple[threading.Thread, Future[list[Any]]]:
    """A thread that reads on the standby, once its query sleeps there."""
    outcome: Future[list[Any]] = Future()

    def read() -> None:
        try:
            with reading(servers.standby.url(servers.database)) as reader:
                outcome.set_result(reader.rows(query))
        except BaseException as error:
            outcome.set_exception(error)

    thread = threading.Thread(target=read)
    thread.start()
    until(lambda: bool(servers.standby.value(ASLEEP)))
    return thread, outcome


def test_a_query_that_stays_in_the_standbys_way_is_told_in_words_of_its_own(fresh: Pair) -> None:
    sleeping = CommandUsage.select(CommandUsage.id, fn.pg_sleep(60)).where(CommandUsage.id == 1)
    thread, outcome = asleep(fresh, sleeping)
    while thread.is_alive():
        clean_up(fresh)
        thread.join(0.05)
        until(lambda: not thread.is_alive() or bool(fresh.standby.value(ASLEEP)))
    fault = outcome.exception()
    assert type(fault) is errors.StandbyConflict
    assert "conflict with recovery" in fault.detail
    assert "disk" not in f"{fault.what_happened} {fault.what_is_safe} {fault.what_to_do}"


def test_a_conflict_that_passes_is_not_told_at_all(fresh: Pair) -> None:
    """The second time the query does not sleep: the row that it waits for is there."""
    seconds = SQL("60 - 60 * (SELECT count(*) FROM command_usage WHERE id = 5)")
    query = CommandUsage.select(CommandUsage.id, fn.pg_sleep(seconds)).where(CommandUsage.id == 1)
    thread, outcome = asleep(fresh, query)
    with closing(fresh.connect()) as bot:
        insert(bot), bot.commit()
    clean_up(fresh)
    thread.join(20)
    assert [row[0] for row in outcome.result(0)] == [1]


def test_a_time_limit_of_the_server_is_told_in_words_of_its_own(fresh: Pair) -> None:
    with (
        pytest.raises(errors.QueryCancelled) as caught,
        reading(fresh.standby.url(fresh.database) + "?options=-c%20statement_timeout%3D50") as reader,
    ):
        reader.rows(CommandUsage.select(fn.pg_sleep(60)))
    assert "disk" not in f"{caught.value.what_happened} {caught.value.what_to_do}"


def test_writing_to_a_standby_is_told_as_such(fresh: Pair) -> None:
    opened = open_for_writing(fresh.standby.url(fresh.database))
    with closing(opened), pytest.raises(errors.ServerReadOnly) as caught, faults("it"):
        opened.execute_sql("DELETE FROM command_usage")
    assert "standby" in caught.value.what_happened


@pytest.mark.parametrize("asked", ["", "?target_session_attrs=any", "?target_session_attrs=prefer-standby"])
@pytest.mark.parametrize("turned", [False, True])
def test_of_several_hosts_the_bot_finds_the_one_that_takes_writes(fresh: Pair, asked: str, turned: bool) -> None:
    with closing(open_for_writing(fresh.url(asked, turned=turned))) as opened:
        assert opened.execute_sql("SELECT pg_is_in_recovery()").fetchone() == (False,)


def where(url: str) -> bool:
    """Whether a reader at this address ends up at a standby."""
    with reading(url) as reader:
        (found,) = reader.database.execute_sql("SELECT pg_is_in_recovery()").fetchone()
    return bool(found)


def test_of_several_hosts_a_reader_takes_what_was_asked_for_or_any(fresh: Pair) -> None:
    assert (where(fresh.url()), where(fresh.url(turned=True))) == (False, True)
    for turned in (False, True):
        assert where(fresh.url("?target_session_attrs=prefer-standby", turned=turned))
        assert where(fresh.url("?target_session_attrs=standby", turned=turned))
        assert not where(fresh.url("?target_session_attrs=read-write", turned=turned))


def test_a_reader_that_shares_the_bots_address_is_content_with_the_standby_alone(fresh: Pair) -> None:
    alone = Node(1)
    assert where(Pair(alone, fresh.standby, fresh.database).url("?target_session_attrs=read-write"))
    with pytest.raises(errors.ServerReadOnly) as caught:
        open_for_writing(Pair(alone, fresh.standby, fresh.database).url())
    assert "s3cr" not in f"{caught.value} {caught.value.detail}"
