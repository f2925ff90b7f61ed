"""The real window on a real file, with writers in other processes: it follows, it survives, it never stands still."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QObject, Qt, QTimer
from PySide6.QtGui import QTextDocument, QTextFormat
from PySide6.QtWidgets import QLabel, QListView, QTableView, QWidget
from pytestqt.qtbot import QtBot

from core.errors import DatabaseLocked, DatabaseMissing
from core.feed.snapshot import Condition, Snapshot
from core.storage.database import open_for_writing
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.database_calls import database_calls
from tests.gui.windows import (
    LOCKER,
    ROOT,
    beside,
    do_beside,
    events,
    light,
    notice,
    place,
    press,
    shown_after,
    texts,
    tile,
    watch,
    words,
)
from tests.parameters import slow_after
from tests.platforms import allowed, moves_open_files

RESET = "import sys; from pathlib import Path; from tests.core.deployed import Bot; Bot(Path(sys.argv[1])).reset()"
TRACK = (
    "import sys; from pathlib import Path; from tests.core.deployed import Bot;"
    " sys.exit(not Bot(Path(sys.argv[1])).track_command(sys.argv[2], 'late'))"
)


class Heartbeat(QObject):
    """Beats every 5 ms in the UI thread, unless that is held up."""

    def __init__(self) -> None:
        super().__init__()
        self.beats = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(5)

    def _beat(self) -> None:
        self.beats += 1


@pytest.fixture
def heartbeat(window: MainWindow) -> Heartbeat:
    """Beats once the window stands."""
    return Heartbeat()


def test_the_detector_sees_a_database_call(tmp_path: Path) -> None:
    with database_calls() as found, closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("SELECT 1")
    assert {"connect", "Connection.execute"} <= set(found)


def ours(path: Path) -> tuple[str | Path, ...]:
    """The command that lets our own simulated bot write to a file."""
    return "-m", "core.cli.main", "simulate", path, "--days", "0", "--rate", "40", "--until-stdin-ends"


def theirs(path: Path) -> tuple[str | Path, ...]:
    """The command that lets the deployed bot write to a file."""
    return ROOT / "tests" / "core" / "deployed.py", path, "--rows-per-second", "20", "--seconds", "60"


def made_by_us(path: Path) -> Path:
    open_for_writing(path).close()
    return path


@pytest.mark.parametrize(
    ("make", "writer"), slow_after(1, [(deployed.create, theirs), (made_by_us, ours)]), ids=["deployed", "ours"]
)
def test_new_rows_appear_while_another_process_writes(
    qtbot: QtBot,
    window: MainWindow,
    tmp_path: Path,
    make: Callable[[Path], Path],
    writer: Callable[[Path], tuple[str | Path, ...]],
) -> None:
    path = make(tmp_path / "live.db")
    watch(qtbot, window, path)
    assert (events(window), tile(window, "Commands")) == ([], "0")
    assert light(window) == "waiting for the first event"
    with database_calls() as calls, beside(*writer(path)):
        qtbot.waitUntil(lambda: len(events(window)) >= 10, timeout=20_000)
        first = events(window)[0]
        press(window, "Ctrl+2")
        press(window, "F5")
        qtbot.waitUntil(lambda: len(events(window)) >= 25 and events(window)[0] != first)
        moments = [event.timestamp for event in events(window)]
        assert moments == sorted(moments, reverse=True)  # type: ignore[type-var]
        assert int(tile(window, "Commands")) >= 5
        qtbot.waitUntil(lambda: light(window).startswith("live · "))
    assert calls == []


def test_single_row_of_another_process_comes_to_the_page(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    with beside("-c", "import sys; sys.stdin.readline(); " + TRACK, database, "newcomer") as process:
        assert process.stdin is not None
        process.stdin.write("now\n")
        process.stdin.flush()
        qtbot.waitUntil(lambda: process.poll() is not None, timeout=10_000)
        qtbot.waitUntil(lambda: events(window)[0].title == "newcomer", timeout=5_000)
    assert tile(window, "Commands") == "301"


def test_a_reset_from_outside_empties_the_pages_and_marks_the_moment(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    watch(qtbot, window, database)
    assert (tile(window, "Commands"), tile(window, "Images"), len(events(window))) == ("300", "100", 200)
    before = events(window)
    with database_calls() as calls:
        snapshot = shown_after(qtbot, window, lambda: do_beside(qtbot, RESET, database))
        qtbot.waitUntil(lambda: events(window) == [])
    assert calls == []
    qtbot.waitUntil(lambda: (tile(window, "Commands"), tile(window, "Images")) == ("0", "0"))
    assert len(snapshot.resets) == 1
    assert "No events yet. Run a command in Discord: it appears here within a second." in texts(window)
    do_beside(qtbot, TRACK, database, "afterwards")
    qtbot.waitUntil(lambda: [event.title for event in events(window)] == ["afterwards"])
    assert events(window)[0] not in before
    assert tile(window, "Commands") == "1"


@moves_open_files
def test_a_file_that_vanishes_leaves_its_numbers_and_returns(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    away = database.with_name("away.db")
    snapshot = shown_after(qtbot, window, lambda: database.rename(away), condition=Condition.GONE)
    assert isinstance(snapshot.fault, DatabaseMissing)
    assert DatabaseMissing.title in notice(window)
    assert light(window) == "database gone"
    assert (place(window), tile(window, "Commands"), len(events(window))) == ("pages", "300", 200)
    do_beside(qtbot, TRACK, away, "meanwhile")
    shown_after(qtbot, window, lambda: away.rename(database), condition=Condition.LIVE)
    assert (notice(window), tile(window, "Commands"), events(window)[0].title) == ("", "301", "meanwhile")
    assert light(window).startswith("live · ")


@moves_open_files
def test_another_range_of_a_file_that_is_gone_is_not_passed_off_as_shown(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    """The numbers of 24 h must not stand under the choice of an hour."""
    watch(qtbot, window, database)
    away = database.with_name("away.db")
    shown_after(qtbot, window, lambda: database.rename(away), condition=Condition.GONE)
    press(window, "Ctrl+2")
    qtbot.waitUntil(lambda: place(window) == "problem")
    shown_after(qtbot, window, lambda: away.rename(database), condition=Condition.LIVE)
    assert (place(window), window.findChild(type(window.live.top)).picker.current) == ("pages", "1h")


@moves_open_files
def test_a_file_that_is_replaced_is_shown_instead(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    other = deployed.create(database.with_name("other.db"), "seed")
    deployed.fill(other, commands=7, images=3)
    with database_calls() as calls:
        other.replace(database)
        qtbot.waitUntil(lambda: (tile(window, "Commands"), tile(window, "Images")) == ("7", "3"))
        qtbot.waitUntil(lambda: len(events(window)) == 10)
    assert calls == []


@pytest.mark.slow
def test_a_lock_is_told_and_holds_nothing_up(
    qtbot: QtBot, window: MainWindow, heartbeat: Heartbeat, database: Path
) -> None:
    watch(qtbot, window, database)
    shown: list[Snapshot] = []
    window.snapshot_shown.connect(shown.append)
    with database_calls() as calls, beside("-c", LOCKER, database) as process:
        qtbot.waitUntil(lambda: light(window) == "database locked", timeout=10_000)
        assert isinstance(shown[-1].fault, DatabaseLocked)
        assert DatabaseLocked.title in notice(window)
        assert (place(window), tile(window, "Commands"), len(events(window))) == ("pages", "300", 200)
        before = heartbeat.beats
        qtbot.waitUntil(lambda: heartbeat.beats - before > 50)
        assert process.poll() is None  # it is still locked
        process.communicate("now\n")
        qtbot.waitUntil(lambda: notice(window) == "", timeout=5_000)
    assert shown[-1].condition is Condition.LIVE
    assert calls == []
    do_beside(qtbot, TRACK, database, "after the lock")
    qtbot.waitUntil(lambda: events(window)[0].title == "after the lock")


def test_the_window_closes_while_the_database_is_locked(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    with beside("-c", LOCKER, database) as process:
        qtbot.waitUntil(lambda: light(window) == "database locked", timeout=10_000)
        window.close()
        assert process.poll() is None  # it is still locked


def as_wal(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def as_it_is(path: Path) -> None:
    """The deployed bot's rollback journal."""


@pytest.mark.parametrize("prepare", [as_it_is, as_wal], ids=["rollback", "WAL"])
def test_looking_changes_nothing(
    qtbot: QtBot, window: MainWindow, database: Path, prepare: Callable[[Path], None]
) -> None:
    prepare(database)

    def state() -> tuple[bytes, int, list[str]]:
        names = sorted(path.name for path in database.parent.iterdir())
        return database.read_bytes(), database.stat().st_mtime_ns, names

    before = state()
    watch(qtbot, window, database)
    for keys in ("Ctrl+7", "Ctrl+4", "Ctrl+3", "F5"):
        shown_after(qtbot, window, lambda keys=keys: press(window, keys))  # type: ignore[misc]
    press(window, "Ctrl+P")
    press(window, "Ctrl+P")
    press(window, "Ctrl+W")
    qtbot.waitUntil(lambda: place(window) == "welcome")
    watch(qtbot, window, database)
    window.close()
    assert state() == before


_WEIGHT = QTextFormat.Property.FontWeight.value
HOSTILE = (
    "<img src='file:///etc/hostname'> <b>bold</b> <script>alert(1)</script>",
    "\u202etfel ot thgir\u202c rtl \u2066isolated",
    "line one\nline two\r\n\tand a tab\x1b[31m\x07",
    "before\0after",
    "prompt " * 30_000,
    "😀" * 500 + "́" * 500,
)


def test_hostile_text_is_plain_everywhere(
    qtbot: QtBot, window: MainWindow, heartbeat: Heartbeat, tmp_path: Path
) -> None:
    path = deployed.create(tmp_path / allowed("<img src=x>&amp;.db"))
    bot = deployed.Bot(path)
    for number, text in enumerate(HOSTILE):
        assert bot.track_command(text, text)
        assert bot.track_image(f"<u>{number}</u>", text)
    watch(qtbot, window, path)
    qtbot.waitUntil(lambda: len(events(window)) == 2 * len(HOSTILE))
    page = window.live.pages["overview"]
    shown = [*texts(page), *cells(window)]
    assert any("<img src='file:///etc/hostname'>" in text for text in shown)
    assert max(map(len, shown)) <= 500
    forbidden = {chr(code) for code in (*range(32), 127, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
    assert not [text for text in shown if forbidden & set(text)]
    assert not window.grab().isNull()
    before = heartbeat.beats
    qtbot.waitUntil(lambda: heartbeat.beats > before + 10)


def cells(window: MainWindow, role: Qt.ItemDataRole = Qt.ItemDataRole.DisplayRole) -> list[str]:
    """What every cell of every list says."""
    found: list[str] = []
    for view in window.findChildren(QTableView) + window.findChildren(QListView):
        model: QAbstractItemModel = view.model()
        columns = model.columnCount() if isinstance(view, QTableView) else 1
        places = [model.index(row, column) for row in range(model.rowCount()) for column in range(columns)]
        found += [words(str(place.data(role))) for place in places if place.data(role) is not None]
    return found


def test_hostile_text_is_escaped_in_every_tool_tip(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = deployed.create(tmp_path / allowed("<img src=x>&amp;.db"))
    bot = deployed.Bot(path)
    for text in HOSTILE:
        bot.track_command(text, text)
        bot.track_image(text, text)
    watch(qtbot, window, path)
    tips = [widget.toolTip() for widget in window.findChildren(QWidget)]
    tips += cells(window, Qt.ItemDataRole.ToolTipRole)
    said = []
    for tip in filter(None, tips):
        document = QTextDocument()
        document.setHtml(tip)
        assert not any(kind.isImageFormat() or kind.property(_WEIGHT) for kind in document.allFormats()), tip[:80]
        said.append(document.toPlainText())
    assert any("<img src='file:///etc/hostname'>" in text for text in said)
    assert any(text.endswith(path.name) for text in said)
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in window.findChildren(QLabel))
