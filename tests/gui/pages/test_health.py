"""The Health page through real files, clicks and keys."""

from __future__ import annotations

import logging
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from core.feed.snapshot import Snapshot
from core.presenters.health import HEALTH
from core.storage.location import Location, locate
from core.time_ranges import CHOICES
from gui.pages.health import HealthPage
from gui.pages.page import Tools
from gui.settings import Settings
from gui.status.log_buffer import MOST_LINES
from gui.status.masking import Masking
from gui.style.theme import apply_theme
from gui.threads.monitor import Monitor
from gui.widgets import source_line
from gui.widgets.fact_list import ValueLabel
from gui.widgets.integrity_check import IntegrityCheck
from resources.design import Theme
from tests.core import deployed
from tests.gui.windows import BERLIN, words

_COST = "look {look} ms · refresh {refresh} ms"


class Watched:
    """The page as the window drives it: a monitor that watches a file, its snapshots handed on."""

    def __init__(self, qtbot: QtBot, page: HealthPage, monitor: Monitor) -> None:
        self.qtbot, self.page, self.monitor = qtbot, page, monitor
        self.shown: list[Snapshot] = []
        self.location = ""
        monitor.snapshot_taken.connect(self._show)
        monitor.show(HEALTH)

    def _show(self, snapshot: Snapshot) -> None:
        if snapshot.page == "health" and snapshot.source.location == self.location:
            self.page.show_snapshot(snapshot)
            self.shown.append(snapshot)

    def watch(self, path: Path) -> None:
        location = locate(path)
        self.location = str(location)
        self.shown.clear()
        self.page.begin(location)
        self.monitor.watch(location, CHOICES["24h"])
        self.settle(lambda: True)

    def settle(self, holds: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(lambda: bool(self.shown) and self.shown[-1].complete and holds(), timeout=10_000)

    def titles(self) -> list[str]:
        return [words(row.finding.title) for row in self.page.findings.rows]

    def fact(self, label: str) -> str:
        labels = self.page.facts.findChildren(ValueLabel)
        return next(words(each.text()) for each in labels if each.accessibleName().startswith(f"{label}: "))


@pytest.fixture
def watched(qtbot: QtBot, qapp: QApplication, memory: Settings) -> Iterator[Watched]:
    apply_theme(qapp, Theme.DARK)
    page = HealthPage(Tools(BERLIN, Masking(), memory))
    page.resize(1100, 700)
    qtbot.addWidget(page)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is page)
    monitor = Monitor(BERLIN, 20)
    yield Watched(qtbot, page, monitor)
    page.end()
    monitor.stop()


def copied() -> str:
    return words(QGuiApplication.clipboard().text())


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def test_what_a_look_costs_is_told_in_a_language_with_other_words_for_it(
    watched: Watched, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        source_line, "_", {_COST: "the last look {look} ms · the last refresh {refresh} ms"}.__getitem__
    )
    watched.watch(database)
    for label in ("Last look", "Last refresh"):
        assert re.fullmatch(r"[\d.]+ ms", words(watched.fact(label)))


def test_findings_and_facts_of_a_deployed_file(watched: Watched, database: Path) -> None:
    watched.watch(database)
    watched.settle(lambda: watched.fact("Rows in command_usage") == "300")  # "about 300", before it is counted
    titles = watched.titles()
    assert "No activities are recorded" in titles
    assert "There is no index on the time" in titles
    assert watched.page.state.text() == f"{len(titles) - 1} notes"  # beside the good one
    assert watched.fact("Journal") == "rollback journal"
    assert watched.fact("Location") == str(database)
    row = next(row for row in watched.page.findings.rows if "activities" in row.finding.title)
    assert row.accessibleName() == "Note: No activities are recorded"
    assert "track_user_activity" in row.accessibleDescription()


def test_health_follows_what_the_bot_writes(watched: Watched, database: Path) -> None:
    watched.watch(database)
    assert "1 of 301" not in watched.fact("Execution time")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('comfy', '1', ?, 1)",
            (time.time(),),
        )
        connection.execute(
            "INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'bot_start', ?)", (time.time(),)
        )
    watched.settle(lambda: "No activities are recorded" not in watched.titles())
    assert "0.3 % of the commands have no known execution time" in watched.titles()
    watched.settle(lambda: watched.fact("Execution time") == "0.3 % of 301 rows")
    assert watched.fact("Starts on record") == "1"
    watched.page.tick(time.time() + 300)
    assert watched.fact("Last seen") in ("5 min ago", "4 min 59 s ago", "5 min 1 s ago")


def test_an_empty_file_has_its_own_words(watched: Watched, tmp_path: Path) -> None:
    watched.watch(deployed.create(tmp_path / "analytics.db"))
    assert watched.titles()[0] == "Nothing is recorded yet"
    assert watched.fact("Last seen") == "never"


def test_another_database_leaves_nothing_of_the_last_one(watched: Watched, database: Path, tmp_path: Path) -> None:
    watched.watch(database)
    watched.page.begin(None)
    assert watched.titles() == []
    assert watched.page.facts.text == ""
    assert not watched.page.check.button.isEnabled()
    watched.watch(deployed.create(tmp_path / "other.db"))
    assert watched.fact("Rows in command_usage") == "0"


def test_findings_by_keyboard(watched: Watched, database: Path) -> None:
    watched.watch(database)
    page, rows = watched.page, watched.page.findings.rows
    page.first_focus.setFocus()
    QTest.keyClick(page.first_focus, Qt.Key.Key_Down)
    assert rows[0].hasFocus()
    for row in rows[1:]:
        QTest.keyClick(focused(), Qt.Key.Key_Down)
        assert row.hasFocus()
    last = rows[-1]
    QTest.keyClick(last, Qt.Key.Key_Down)
    assert last.hasFocus()
    top = last.mapTo(page.findings.viewport(), QPoint(0, 0)).y()
    assert 0 <= top < page.findings.viewport().height()
    QTest.keyClick(last, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert copied() == words(last.finding.text)
    QTest.keyClick(last, Qt.Key.Key_Up)
    assert rows[-2].hasFocus()


def test_tab_reaches_every_control(watched: Watched, database: Path) -> None:
    watched.watch(database)
    page, reached = watched.page, set()
    page.first_focus.setFocus()
    for _ in range(60):
        reached.add(focused())
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
    wanted = (page.copy_findings, page.copy_facts, page.check.button, page.log.copy_button, page.log.text)
    assert reached >= {*wanted, *page.findings.rows}


def test_copies(watched: Watched, database: Path) -> None:
    watched.watch(database)
    click(watched.page.copy_findings)
    assert all(title in copied() for title in watched.titles())
    click(watched.page.copy_facts)
    assert "Journal: rollback journal" in copied()
    assert copied().startswith("Database\n")


def test_marked_text_is_what_is_copied_and_stays_marked(watched: Watched, database: Path) -> None:
    watched.watch(database)
    row = next(row for row in watched.page.findings.rows if "activities" in row.finding.title)
    title = next(label for label in row.findChildren(QLabel) if words(label.text()) == words(row.finding.title))
    QTest.mouseDClick(title, Qt.MouseButton.LeftButton, pos=QPoint(4, title.height() // 2))
    assert title.hasSelectedText()
    marked = title.selectedText()
    row.show_finding(row.finding)
    assert title.selectedText() == marked
    row.copy()
    assert copied() == words(marked)


def test_the_check_says_that_a_file_is_sound(watched: Watched, database: Path, qtbot: QtBot) -> None:
    watched.watch(database)
    check = watched.page.check
    before = database.read_bytes()
    with qtbot.waitSignal(check.ended, timeout=10_000):
        click(check.button)
        assert check.cancel.isVisible()
        assert not check.button.isVisible()
    assert check.words.text().startswith("The database is sound.")
    assert check.button.isVisible()
    assert database.read_bytes() == before
    assert sorted(path.name for path in database.parent.iterdir()) == ["analytics.db"]


def test_the_check_lists_what_is_damaged(watched: Watched, database: Path, qtbot: QtBot) -> None:
    deployed.fill(database, commands=5_000)
    watched.watch(database)
    data = bytearray(database.read_bytes())
    data[20 * 4096 : 21 * 4096] = b"\xab" * 4096
    database.write_bytes(data)
    check = watched.page.check
    with qtbot.waitSignal(check.ended, timeout=10_000):
        click(check.button)
    assert "damaged" in check.words.text()
    assert check.problems.isVisible()
    assert check.problems.toPlainText()


@pytest.mark.slow
def test_the_check_can_be_stopped(watched: Watched, database: Path, qtbot: QtBot) -> None:
    deployed.fill(database, commands=400_000)
    watched.watch(database)
    check = watched.page.check
    with qtbot.waitSignal(check.ended, timeout=10_000):
        QTest.keyClick(check.button, Qt.Key.Key_Space)
        assert check.cancel.hasFocus()
        QTest.keyClick(check.cancel, Qt.Key.Key_Space)
    assert check.words.text().startswith("Stopped ")
    assert check.button.hasFocus()


def test_findings_of_another_database_are_not_said_of_this_one(qtbot: QtBot, database: Path) -> None:
    deployed.fill(database, commands=300_000)
    check = IntegrityCheck()
    qtbot.addWidget(check)
    check.show()
    check.begin(locate(database))
    with qtbot.waitSignal(check.ended, timeout=10_000):
        click(check.button)
        check.begin(locate(database.parent / "other.db"))
    assert "sound" not in check.words.text()
    with qtbot.waitSignal(check.ended, timeout=10_000):
        click(check.button)
    assert "sound" not in check.words.text()
    assert "The database is not there" in check.words.text()


def test_a_server_is_not_checked(qtbot: QtBot) -> None:
    check = IntegrityCheck()
    qtbot.addWidget(check)
    check.begin(Location(url="postgresql://me@host/bot"))
    assert not check.button.isEnabled()
    assert "server" in check.words.text()


@pytest.mark.expect_log
def test_the_log_of_this_session(watched: Watched, database: Path) -> None:
    watched.watch(database)
    page, log = watched.page, logging.getLogger("core.feed.change_feed")
    log.warning("<b>odd</b> & unheard-of")
    log.error("worse")
    page.tick(time.time())
    lines = page.log.text.toPlainText().splitlines()
    assert lines[-2].endswith("warning  core.feed.change_feed  <b>odd</b> & unheard-of")
    assert lines[-1].endswith("error  core.feed.change_feed  worse")
    click(segment(page, "Errors"))
    assert page.log.text.toPlainText().splitlines()[-1] == lines[-1]
    assert "unheard-of" not in page.log.text.toPlainText()
    click(page.log.copy_button)
    assert copied() == words(page.log.text.toPlainText())
    log.warning("not an error")
    page.tick(time.time())
    assert "not an error" not in page.log.text.toPlainText()
    click(segment(page, "Warnings"))
    assert "not an error" in page.log.text.toPlainText()


@pytest.mark.expect_log
@pytest.mark.parametrize("lines", [60, MOST_LINES + 60], ids=["short", "full"])
def test_the_log_stays_where_it_was_scrolled_to(watched: Watched, database: Path, lines: int) -> None:
    watched.watch(database)
    page, log = watched.page, logging.getLogger("core.feed.change_feed")
    for number in range(lines):
        log.warning("line %d", number)
    page.tick(time.time())
    bar = page.log.text.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    bar.setValue(30)
    top = top_line(page)
    log.warning("one more")
    page.tick(time.time())
    assert top_line(page) == top
    bar.setValue(bar.maximum())
    log.warning("and one")
    page.tick(time.time())
    assert bar.value() == bar.maximum()


def top_line(page: HealthPage) -> str:
    """The first line that is seen, however it is wrapped."""
    return page.log.text.cursorForPosition(QPoint(4, 4)).block().text()


@pytest.mark.expect_log
@pytest.mark.parametrize("theme", list(Theme))
def test_the_log_takes_on_the_colours_of_another_theme(watched: Watched, qapp: QApplication, theme: Theme) -> None:
    logging.getLogger("core.feed.change_feed").error("odd")
    watched.page.tick(time.time())
    palette = apply_theme(qapp, theme)
    last = watched.page.log.text.document().lastBlock().begin().fragment()
    assert last.charFormat().foreground().color().name() == palette.bad


def segment(page: HealthPage, title: str) -> QWidget:
    return next(each for each in page.log.levels.findChildren(QWidget) if getattr(each, "text", str)() == title)


@pytest.mark.parametrize("size", [(740, 480), (1100, 700), (1760, 960)])
@pytest.mark.parametrize("theme", list(Theme))
def test_every_size_and_theme(
    watched: Watched, qapp: QApplication, database: Path, size: tuple[int, int], theme: Theme
) -> None:
    page = watched.page
    apply_theme(qapp, theme)
    page.resize(*size)
    watched.watch(database)
    right = page.facts.window().rect().right()
    for part in (page.findings, page.facts, page.check, page.log.text, page.log.copy_button, page.copy_facts):
        corner = part.mapTo(page, QPoint(part.width(), 0)).x()
        assert corner <= right, part
        assert part.width() > 20
