"""A server that is frozen (a paused machine, a disk that hangs) answers nothing, and keeps its connections open."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from core.errors import ServerAway
from core.models import CommandUsage
from core.storage.location import locate
from core.storage.reader import open_for_reading
from core.tracking.spool_places import spool_files
from core.tracking.tracker import Tracker
from tests.core.postgres.conftest import Server, await_start, end, free_port, make, programs_of_server, start
from tests.core.tracked import track, until


@pytest.fixture
def own(private: Path) -> Iterator[tuple[Server, int]]:
    """A server of the test's own, and its process."""
    programs = programs_of_server()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt install postgresql)")
    make(programs, private)
    port = free_port()
    process = start(programs, private, port)
    try:
        await_start(programs, port, process, private)
        yield Server(port), process.pid
    finally:
        end(process)


@contextmanager
def frozen(process: int) -> Iterator[None]:
    """The server and all its processes stand still."""
    children = [
        int(pid) for task in Path(f"/proc/{process}/task").iterdir() for pid in (task / "children").read_text().split()
    ]
    _send(signal.SIGSTOP, process, *children)
    try:
        yield
    finally:
        _send(signal.SIGCONT, process, *children)


def _send(number: signal.Signals, *processes: int) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):  # one of the server's own that had done its work
            os.kill(pid, number)


@pytest.mark.slow
@pytest.mark.expect_log
def test_events_that_a_frozen_server_does_not_take_wait_in_a_spool(own: tuple[Server, int]) -> None:
    server, process = own
    url = server.url("postgres")
    tracker = Tracker(url)
    track(tracker, 5)
    assert tracker.flush(20)
    with frozen(process):
        track(tracker, 500)
        tracker.close(1.0)
        counters = tracker.counters()
        assert (counters.spooled, counters.pending, counters.failed) == (500, 0, 0)
        assert len(spool_files(locate(url))) == 1
    with Tracker(url) as after:
        track(after, 1)
        assert after.flush(20)
        until(lambda: not spool_files(locate(url)))
    with closing(psycopg.connect(url)) as connection:
        assert connection.execute("SELECT count(*) FROM command_usage").fetchone() == (506,)


@pytest.mark.expect_log
def test_events_are_on_disk_while_the_server_is_still_being_connected_to() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"postgresql://bot@127.0.0.1:{mute.getsockname()[1]}/stats?connect_timeout=60"
        tracker = Tracker(url)
        track(tracker, 5)
        until(lambda: len(spool_files(locate(url))) == 1)
        track(tracker, 5)
        until(lambda: not tracker._writer._queue)
        tracker.close(0.0)
        counters = tracker.counters()
    assert (counters.spooled, counters.pending, counters.failed) == (10, 0, 0)


@pytest.mark.slow
def test_a_look_at_a_frozen_server_comes_to_an_end(own: tuple[Server, int], monkeypatch: pytest.MonkeyPatch) -> None:
    server, process = own
    url = server.url("postgres")
    Tracker(url).close()
    monkeypatch.setattr("core.storage.database._LONGEST_ANSWER", 0.2)
    with closing(open_for_reading(url)) as reader:
        with frozen(process), pytest.raises(Exception, match="no answer in time"):
            reader.rows(CommandUsage.select())
        with frozen(process), pytest.raises(ServerAway):
            open_for_reading(url)
