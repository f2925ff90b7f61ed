"""The primary ends, its standby is promoted, and the bot goes on there by the address of both."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import closing
from itertools import count

import psycopg
import pytest

from core.feed.change_feed import Feed, Happening
from core.models import CommandUsage
from core.storage.location import locate
from core.tracking.spool_places import spool_files
from core.tracking.tracker import Tracker
from tests.core.postgres.standby import Node, Pair, pair
from tests.core.postgres.test_frozen import frozen
from tests.core.tracked import event, track, until

pytestmark = [pytest.mark.slow, pytest.mark.expect_log]


def stored(node: Node) -> Counter[str]:
    """How often each event is there, by its name."""
    with closing(psycopg.connect(node.url("postgres"))) as connection:
        return Counter(name for (name,) in connection.execute("SELECT command_name FROM command_usage").fetchall())


def fail_over(both: Pair) -> None:
    """End the primary as a power cut would, and let the standby take its place."""
    both.primary.end()
    both.promote()


def test_what_was_accepted_beside_a_synchronous_standby_is_there_once() -> None:
    with pair(synchronous_standby_names="*") as both, Tracker(both.url()) as tracker, closing(Feed(both.url())) as feed:
        track(tracker, 1, "first")
        assert tracker.flush(20)
        assert feed.look().happenings == (Happening.OPENED,)
        names: list[str] = []
        enough = threading.Event()

        def go_on() -> None:
            for number in count():
                if tracker.track(event(f"c{number}")):
                    names.append(f"c{number}")
                if enough.wait(0.0005):
                    return

        thread = threading.Thread(target=go_on)
        thread.start()
        until(lambda: tracker.counters().written > 300)
        fail_over(both)
        before = tracker.counters().written
        until(lambda: tracker.counters().written > before + 300)
        enough.set()
        thread.join()
        assert tracker.flush(20)
        counters = tracker.counters()
        assert (counters.accepted, counters.written, counters.failed) == (len(names) + 1, len(names) + 1, 0)
        assert stored(both.standby) == Counter(["first", *names])
        until(lambda: feed.look().happenings == (Happening.RETURNED,))
        until(lambda: feed.look().fault is None and feed.ends[CommandUsage].last >= len(names))
    assert spool_files(locate(both.url())) == []


def test_a_primary_that_is_frozen_is_left_for_the_one_that_was_promoted() -> None:
    with pair(synchronous_standby_names="*") as both, Tracker(both.url()) as tracker:
        track(tracker, 50, "before")
        assert tracker.flush(20)
        with frozen(both.primary.process.pid):
            both.promote()
            track(tracker, 50, "after")
            assert tracker.flush(20)
            assert stored(both.standby) == Counter({"before": 50, "after": 50})
            both.primary.process.kill()  # whoever promotes a standby sees to it that the old primary is gone


def test_events_are_on_disk_in_time_although_every_host_is_frozen() -> None:
    """Each host that does not answer takes its share of the time for one answer, and the end cuts all of them short."""
    with pair() as both, frozen(both.primary.process.pid), frozen(both.standby.process.pid):
        tracker = Tracker(both.url())
        track(tracker, 500)
        tracker.close(0.2)
        counters = tracker.counters()
        assert (counters.spooled, counters.pending, counters.failed) == (500, 0, 0)


def test_a_monitor_of_the_standby_stays_while_it_is_promoted() -> None:
    with pair() as both, Tracker(both.url()) as tracker:
        track(tracker, 5)
        assert tracker.flush(20)
        both.catch_up()
        with closing(Feed(both.standby.url("postgres"))) as feed:
            assert feed.look().happenings == (Happening.OPENED,)
            fail_over(both)
            assert feed.look().fault is None
            track(tracker, 5)
            assert tracker.flush(20)
            assert feed.look().happenings == (Happening.ROWS_ADDED,)


def test_an_asynchronous_standby_lacks_what_had_not_come_over_and_nothing_else() -> None:
    """This is the server's promise, not ours: docs/postgresql.md says so."""
    with pair() as both, Tracker(both.url()) as tracker:
        track(tracker, 50, "over")
        assert tracker.flush(20)
        both.catch_up()
        both.standby.run("postgres", "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
        until(lambda: both.standby.value("SELECT count(*) FROM pg_stat_wal_receiver") == 0)
        track(tracker, 50, "not over")
        assert tracker.flush(20)
        fail_over(both)
        track(tracker, 50, "after")
        assert tracker.flush(20)
        assert stored(both.standby) == Counter({"over": 50, "after": 50})
