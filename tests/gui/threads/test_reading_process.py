"""A process reads the database for the window: it is killed, stopped and hung, and the window goes on."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.errors import DatabaseMissing, NotADatabase
from core.feed.snapshot import Snapshot
from core.simulation.history import write_history
from core.storage.location import Location
from core.tables import extensions
from core.tables.metric import Metric
from core.time_ranges import CHOICES
from core.worker.live.process import Limits, LiveProcess
from core.worker.live.starting import started
from core.worker.process import Link
from gui.app import head_start
from gui.settings import Settings
from gui.threads.monitor import Monitor
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.core.votes import votes
from tests.gui.boards import newest_value, open_on, rows_in
from tests.gui.windows import BERLIN, INTERVAL_MS, events, notice, open_window, place, shown_after, tile, watch
from tests.platforms import KILL, KILLED, moves_open_files, once_free

pytestmark = pytest.mark.slow  # a process starts, and imports, for each of them

ALL, DAY, WEEK = CHOICES["all"], CHOICES["24h"], CHOICES["7d"]
QUICK = Limits(seconds=0.1, silent=5, look=10)


@pytest.fixture
def reader() -> Iterator[LiveProcess]:
    process = LiveProcess(limits=QUICK)
    yield process
    process.stop()


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, memory: Settings, reader: LiveProcess) -> MainWindow:
    """A window whose database is read by a process."""
    return open_window(qtbot, memory, process=reader)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough rows for a process to be killed while it reads them."""
    path = tmp_path_factory.mktemp("history") / "analytics.db"
    write_history(path, days=365, rows=120_000)
    return path


def children() -> set[int]:
    return {each.pid for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE}


def await_other(qtbot: QtBot, reader: LiveProcess, pid: int | None) -> None:
    qtbot.waitUntil(lambda: reader.pid not in (None, pid))


def test_another_process_reads_and_what_is_new_comes_by_itself(
    qtbot: QtBot, window: MainWindow, reader: LiveProcess, database: Path
) -> None:
    shown = watch(qtbot, window, database)
    assert shown.content.extra.totals.commands == 300
    assert reader.pid in children()
    assert str(database) in {file.path for file in psutil.Process(reader.pid).open_files()}
    assert str(database) not in {file.path for file in psutil.Process().open_files()}
    deployed.Bot(database).track_command("new")
    qtbot.waitUntil(lambda: events(window)[0].title == "new")


def test_of_several_ranges_in_quick_succession_the_last_is_shown(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    watch(qtbot, window, database)

    def change_often() -> None:
        for _ in range(10):
            for key in ("15min", "all", "7d", "30d", "1h"):
                window.ranges.choose(key)

    shown_after(qtbot, window, change_often, choice="1h")
    with qtbot.assertNotEmitted(window.snapshot_shown, wait=10 * INTERVAL_MS):
        pass


def test_pages_are_followed(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    for key in ("commands", "images", "users", "servers", "failures", "activity", "calendar", "health"):
        shown_after(qtbot, window, partial(window.live.show_page, key), page=key, complete=True)


def test_killed_while_it_loads_it_is_replaced_and_the_picture_stays(
    qtbot: QtBot, window: MainWindow, reader: LiveProcess, history: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watch(qtbot, window, history)
    first = reader.pid
    assert first is not None
    window.snapshot_shown.connect(partial(kill_while_loading, reader, [first]))
    shown = shown_after(qtbot, window, lambda: window.ranges.choose("all"), choice="all")
    assert reader.pid != first
    assert not psutil.pid_exists(first)
    assert place(window) == "pages"
    assert "had to be started again" in notice(window)
    assert f"is replaced: exit code {KILLED}" in caplog.text
    assert shown.content.extra.totals.commands + shown.content.extra.totals.images > 50_000


def kill_while_loading(reader: LiveProcess, victims: list[int], snapshot: Snapshot) -> None:
    if snapshot.choice == "all" and snapshot.progress < 1 and victims:
        os.kill(victims.pop(), KILL)


def test_one_that_hangs_is_replaced(
    qtbot: QtBot, window: MainWindow, reader: LiveProcess, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watch(qtbot, window, database)
    first = reader.pid
    assert first is not None
    psutil.Process(first).suspend()
    deployed.Bot(database).track_command("meanwhile")
    window.ranges.choose("7d")
    qtbot.waitUntil(lambda: events(window)[0].title == "meanwhile")
    assert reader.pid != first
    assert not psutil.pid_exists(first)
    assert "it did not answer for 0.5 s" in caplog.text


def test_one_whose_look_does_not_end_is_replaced(
    qtbot: QtBot, qapp: QApplication, reader: LiveProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that takes the connection, and never says a word."""
    monitor = Monitor(BERLIN, INTERVAL_MS, process=reader)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"postgresql://bot@127.0.0.1:{mute.getsockname()[1]}/bot?connect_timeout=60"
        with qtbot.waitSignal(monitor.reader_replaced) as told:
            monitor.watch(Location(url=address), DAY)
        assert told.args[0].startswith("one look took longer than")
        monitor.stop()


def test_one_that_grows_and_grows_is_replaced_and_the_next_may_have_more(
    qtbot: QtBot, qapp: QApplication, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    process = LiveProcess(byte_size=lambda _pid: 1_500_000, limits=Limits(seconds=0.05, byte_size=1_000_000))
    monitor = Monitor(BERLIN, INTERVAL_MS, process=process)
    with qtbot.waitSignal(monitor.reader_replaced) as told:
        monitor.watch(Location(path=database), DAY)
    assert told.args == ["it has grown to 2 MB"]
    with qtbot.waitSignal(monitor.snapshot_taken), qtbot.assertNotEmitted(monitor.reader_replaced):
        pass
    monitor.stop()


def test_rows_of_tables_are_read_by_it_and_come_by_themselves(
    qtbot: QtBot, window: MainWindow, reader: LiveProcess, database: Path
) -> None:
    board, _ = open_on(qtbot, window, database, "commands")
    assert board.table is not None
    table = board.table
    assert rows_in(table) > 50
    assert str(database) not in {file.path for file in psutil.Process().open_files()}
    deployed.Bot(database).track_command("fresh")
    qtbot.waitUntil(lambda: newest_value(table, "command") == "fresh")


def test_rows_are_asked_for_again_where_it_was_killed_before_they_came(
    qtbot: QtBot, window: MainWindow, reader: LiveProcess, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    board, _ = open_on(qtbot, window, database, "commands")
    table, pid = board.table, reader.pid
    assert table is not None
    assert pid is not None
    psutil.Process(pid).suspend()
    table.frame.filter_box.set_text("command:redux")
    qtbot.waitUntil(lambda: table.browser.requests.loading)
    os.kill(pid, KILL)
    qtbot.waitUntil(lambda: table.frame.state.text.startswith("75 "))  # of four names in turn
    assert newest_value(table, "command") == "redux"


def test_window_closes_while_the_process_hangs_and_nothing_is_left(
    qtbot: QtBot, window: MainWindow, reader: LiveProcess, database: Path
) -> None:
    watch(qtbot, window, database)
    pid = reader.pid
    assert pid is not None
    psutil.Process(pid).suspend()
    window.close()
    assert pid not in children()


def test_an_idle_process_ends_with_its_window(window: MainWindow, reader: LiveProcess, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: reader.pid is not None)
    pid = reader.pid
    window.close()
    assert pid not in children()


@moves_open_files
def test_another_file_in_its_place_is_seen(
    qtbot: QtBot, window: MainWindow, reader: LiveProcess, database: Path, tmp_path: Path
) -> None:
    watch(qtbot, window, database)
    other = deployed.create(tmp_path / "other.db")
    deployed.fill(other, commands=7)
    other.replace(database)
    qtbot.waitUntil(lambda: tile(window, "Commands") == "7")


def test_faults_come_whole(qtbot: QtBot, qapp: QApplication, reader: LiveProcess, tmp_path: Path) -> None:
    monitor = Monitor(BERLIN, INTERVAL_MS, process=reader)
    faults: list[Exception] = []
    monitor.fault_found.connect(faults.append)
    path = tmp_path / "later.db"
    monitor.watch(Location(path=path), DAY)
    qtbot.waitUntil(lambda: bool(faults))
    path.write_text("no database, certainly not, it is a text about something else\n" * 30)
    qtbot.waitUntil(lambda: len(faults) == 2)
    missing, other = faults
    assert isinstance(missing, DatabaseMissing)
    assert (missing.subject, str(missing)) == (str(path), str(DatabaseMissing(str(path), missing.detail)))
    assert isinstance(other, NotADatabase)
    qtbot.waitUntil(once_free(path.unlink))
    with qtbot.waitSignal(monitor.snapshot_taken):
        deployed.create(path)
    monitor.stop()


def test_log_of_the_process_is_in_ours(
    qtbot: QtBot, window: MainWindow, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "core")
    watch(qtbot, window, database)
    assert ("core.feed.change_feed", "INFO", f"{database}: opened") in {
        (each.name, each.levelname, each.getMessage()) for each in caplog.records
    }


@pytest.fixture
def metric() -> Iterator[Metric]:
    declared = votes()
    extensions.register(declared)
    yield declared
    extensions.unregister(declared)


def test_metric_of_an_extension_is_known_there(
    qtbot: QtBot, metric: Metric, window: MainWindow, database: Path
) -> None:
    watch(qtbot, window, database)
    shown_after(qtbot, window, partial(window.live.show_page, metric.key), page=metric.key, complete=True)


def test_where_there_is_no_process_a_thread_reads(
    qtbot: QtBot,
    qapp: QApplication,
    memory: Settings,
    database: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    window = open_window(qtbot, memory, process=LiveProcess())
    assert watch(qtbot, window, database).content.extra.totals.commands == 300
    assert "no process reads the database" in caplog.text


def test_what_will_be_asked_for_is_read_before_there_is_a_window(
    qtbot: QtBot, qapp: QApplication, memory: Settings, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is opened once, though the window asks for it again; and the charts, which were not guessed, come with it."""
    caplog.set_level("INFO", "core")
    process = head_start.begin(started(), [str(database), "--range", "7d", "--page", "commands"])
    qtbot.waitUntil(lambda: "opened" in caplog.text)
    window = open_window(qtbot, memory, zone=Settings().zone(), process=process)
    window.ranges.choose("7d", remember=False)
    window.live.show_page("commands")
    shown = watch(qtbot, window, database)
    assert shown.content.charts
    assert caplog.text.count("opened") == 1


@pytest.mark.parametrize(
    "given", [["mysql://host/bot"], ["--bogus"], ["x.db", "--range", "fortnight"], ["a\0b"], ["--demo"]]
)
def test_arguments_that_tell_nothing_do_no_harm(given: list[str]) -> None:
    first = started()
    assert isinstance(first, Link)
    process = head_start.begin(first, given)
    process.stop()
    assert first.pid not in children()
