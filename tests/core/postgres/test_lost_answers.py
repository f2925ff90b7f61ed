"""A commit whose answer is lost: nothing is written twice, and nothing is lost."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import ExitStack, closing

import pytest

from core.storage.database import open_for_writing
from core.storage.location import locate
from core.tracking.batches import BatchWriter
from core.tracking.event_queue import EventQueue
from core.tracking.records import command_record
from core.tracking.spool_places import spool_files
from core.tracking.spool_replay import Spooling
from core.tracking.tracker import Tracker
from tests.core.postgres.conftest import Database
from tests.core.postgres.proxies import cutting
from tests.core.tracked import track, until

LEFT = "SELECT count(*) FROM botpulse_spool"


def names(database: Database) -> list[str]:
    return [name for (name,) in database.rows("SELECT command_name FROM command_usage ORDER BY id")]


@pytest.mark.expect_log
def test_a_batch_is_written_once(database: Database) -> None:
    with cutting(database, 1, 3, 4) as proxy, Tracker(proxy.url) as tracker:
        for number in range(6):
            track(tracker, 50, f"c{number}")
            assert tracker.flush(20)
        counters = tracker.counters()
        assert proxy.committed >= 6
    assert names(database) == [f"c{number}" for number in range(6) for _ in range(50)]
    assert (counters.written, counters.failed) == (300, 0)
    assert database.rows(LEFT) == [(0,)]


@pytest.mark.expect_log
@pytest.mark.parametrize("answered", [True, False])
def test_events_are_on_disk_while_an_answer_is_waited_for(
    database: Database, answered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the batch that is being written, and those behind it; in the end each is there once."""
    monkeypatch.setattr("core.tracking.batches._LONGEST_ANSWER", 600.0)
    answer = threading.Event()
    with cutting(database, 2, answer=answer) as proxy, ExitStack() as stack:
        tracker = stack.enter_context(Tracker(proxy.url))
        stack.callback(answer.set)
        track(tracker, 1, "before")
        assert tracker.flush(20)
        track(tracker, 50, "asked")
        until(lambda: proxy.committed == 2)
        track(tracker, 50, "behind")
        until(lambda: len(spool_files(locate(proxy.url))) == 1)
        until(lambda: len(tracker._writer._queue) == 0)
        assert tracker.counters().pending == 100
        if answered:
            answer.set()
        else:
            sessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'botpulse'"
            database.run(sessions)
            answer.set()
        assert tracker.flush(20)
    assert Counter(names(database)) == {"before": 1, "asked": 50, "behind": 50}
    assert (tracker.counters().written, spool_files(locate(proxy.url))) == (101, [])


@pytest.mark.slow
@pytest.mark.expect_log
@pytest.mark.parametrize("moment", [0.0, 0.001])
def test_each_event_is_there_once_however_long_every_answer_takes(
    database: Database, moment: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is answered at the first try: neither the connection, nor a batch, nor how far a spool came."""
    monkeypatch.setattr("core.tracking.server_store._MOMENT", moment)
    open_for_writing(database.url).close()
    database.run("ALTER TABLE command_usage ADD CHECK (command_name <> 'c7')")
    with Tracker(database.url) as tracker:
        for number in range(40):
            track(tracker, 100, f"c{number}")
            if number % 10 == 9:
                assert tracker.flush(20)
        counters = tracker.counters()
    assert Counter(names(database)) == {f"c{number}": 100 for number in range(40) if number != 7}
    assert (counters.written, counters.failed, counters.pending) == (3900, 100, 0)
    assert spool_files(locate(database.url)) == []


@pytest.mark.expect_log
def test_a_batch_in_doubt_that_went_into_a_spool_is_written_once(database: Database) -> None:
    with cutting(database, 1) as proxy:
        queue, spools = EventQueue("store", 10_000), Spooling(locate(proxy.url))
        with closing(BatchWriter(locate(proxy.url), busy_timeout=1.0)) as store, closing(spools):
            for number in range(60):
                queue.add(command_record(f"c{number}", "1", "2", "3", 0.1, True))
            with pytest.raises(Exception, match="server"):
                store.write(queue.oldest(40))
            assert store.doubt is not None
            assert spools.set_aside(queue, store)
            assert store.doubt is None
            batch = spools.next_batch(store, queue)
            assert batch is not None
            store.write(batch.records, batch)
            spools.forget(batch)
            assert spools.next_batch(store, queue) is None
    assert names(database) == [f"c{number}" for number in range(60)]
    assert database.rows(LEFT) == [(0,)]


@pytest.mark.expect_log
def test_a_spools_batch_is_written_once(database: Database) -> None:
    with cutting(database, 1) as proxy:
        queue, spools = EventQueue("store", 10_000), Spooling(locate(proxy.url))
        with closing(BatchWriter(locate(proxy.url), busy_timeout=1.0)) as store, closing(spools):
            for number in range(60):
                queue.add(command_record(f"c{number}", "1", "2", "3", 0.1, True))
            assert spools.set_aside(queue, store)
            first = spools.next_batch(store, queue)
            assert first is not None
            with pytest.raises(Exception, match="server"):
                store.write(first.records, first)
            queue.add(command_record("later", "1", "2", "3", 0.1, True))
            assert spools.set_aside(queue, store)
            again = spools.next_batch(store, queue)
            assert again is not None and len(again.records) == 61
            assert store.write(again.records, again) == 0
            spools.forget(again)
            assert spools.next_batch(store, queue) is None
    assert names(database) == [*(f"c{number}" for number in range(60)), "later"]
    assert spool_files(locate(proxy.url)) == []


@pytest.mark.expect_log
def test_a_user_who_may_not_write_notes_still_writes_events(database: Database) -> None:
    open_for_writing(database.url).close()
    name = f"bot_{database.name}"
    database.run(
        f"CREATE ROLE {name} LOGIN PASSWORD 'bot'",
        f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}",
    )
    try:
        with closing(BatchWriter(locate(database.server.url(database.name, name, "bot")), busy_timeout=1.0)) as store:
            store.write([command_record("c", "1", "2", "3", 0.1, True)])
            assert store.doubt is None
    finally:
        database.run(f"DROP OWNED BY {name}", f"DROP ROLE {name}")
    assert names(database) == ["c"]
