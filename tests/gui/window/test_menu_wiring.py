"""What the window wires together: pages, Data menu, exports, masking, preferences, tray, one window a database."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.alarms.verdict import Cause, Verdict
from core.text.masking import MASK
from gui import settings
from gui.dialogs.export_chart import ExportChartDialog
from gui.pages.board import Board
from gui.settings import Settings
from gui.style.severity import Severity
from gui.threads.monitor import Monitor
from gui.widgets.stat_tile import StatTile
from gui.window.main_window import MainWindow
from gui.window.single_instance import SingleInstance
from tests.core import deployed
from tests.core.deployed import Bot
from tests.gui.table_windows import alter
from tests.gui.windows import (
    BERLIN,
    INTERVAL_MS,
    entries,
    events,
    light,
    menu,
    notice,
    open_window,
    plain,
    press,
    shown_after,
    watch,
    words,
)
from tests.platforms import moves_open_files


def board(window: MainWindow, key: str) -> Board:
    page = window.live.pages[key]
    assert isinstance(page, Board)
    return page


def tile(window: MainWindow, label: str) -> StatTile:
    return next(each for each in window.findChildren(StatTile) if each.tile.label == label)


def test_a_tiles_number_opens_its_rows(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    shown_after(qtbot, window, lambda: QTest.mouseClick(tile(window, "Success rate"), Qt.MouseButton.LeftButton))
    assert window.live.page == "commands"
    table = board(window, "commands").table
    assert table is not None
    assert table.frame.filter_box.text == "failed"
    qtbot.waitUntil(lambda: len(table.model.rows) == 30, timeout=5_000)


def test_a_tile_is_pressed_by_keyboard(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    images = tile(window, "Images")
    images.setFocus()
    shown_after(qtbot, window, lambda: QTest.keyClick(images, Qt.Key.Key_Return))
    assert window.live.page == "images"


def test_a_filter_holds_on_every_page_until_another_database(
    qtbot: QtBot, window: MainWindow, database: Path, tmp_path: Path
) -> None:
    watch(qtbot, window, database)
    commands = shown_after(qtbot, window, lambda: press(window, "Alt+2"), page="commands")
    assert commands.page == "commands"
    plot = board(window, "commands").plots["by_command"]
    filtered = shown_after(qtbot, window, lambda: plot.filter_requested.emit(plot.chart.bars[0].opens.chosen))
    name = plot.chart.bars[0].name
    assert len(window.live.strip.chips) == 1
    assert [bar.name for bar in filtered.content.charts["by_command"].bars] == [name]
    users = shown_after(qtbot, window, lambda: press(window, "Alt+4"))
    assert users.chosen == filtered.chosen
    everything = shown_after(qtbot, window, lambda: press(window, "Ctrl+Shift+F"))
    assert not everything.chosen
    assert not window.live.strip.isVisible()
    shown_after(qtbot, window, lambda: window.live.filter_requested.emit(filtered.chosen))
    other = tmp_path / "other.db"
    other.write_bytes(database.read_bytes())
    assert not watch(qtbot, window, other).chosen


def test_masking_hides_prompts_in_list_and_table(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    Bot(database).track_image(prompt="a secret fox")
    watch(qtbot, window, database)
    assert events(window)[0].detail == "a secret fox"
    press(window, "Ctrl+M")
    qtbot.waitUntil(lambda: events(window)[0].detail == MASK)
    press(window, "Ctrl+Shift+M")
    qtbot.waitUntil(lambda: events(window)[0].detail == "a secret fox")
    press(window, "Ctrl+M")
    press(window, "Ctrl+M")
    assert menu(window, "View", "Mask prompts").isChecked()


def dialog() -> QDialog | None:
    shown = [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]
    return shown[0] if shown else None


def test_the_top_bar_says_whether_prompts_are_masked_and_switches_that(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    watch(qtbot, window, database)
    bar, masking = window.live.top, window.preferences.masking
    assert bar.masking.isVisible() and bar.masking.text() == "Prompts shown"
    qtbot.mouseClick(bar.masking, Qt.MouseButton.LeftButton)
    assert (bar.masking.text(), masking.masked, window.actions_["mask"].isChecked()) == ("Prompts masked", True, True)
    press(window, "Ctrl+Shift+M")
    assert (bar.masking.text(), masking.chosen) == ("Prompts shown", True), "for a while"
    qtbot.mouseClick(bar.masking, Qt.MouseButton.LeftButton)
    assert (bar.masking.text(), masking.masked) == ("Prompts masked", True)
    press(window, "Ctrl+M")
    assert (bar.masking.text(), bar.masking.isChecked(), masking.chosen) == ("Prompts shown", False, False)


def test_exports_tell_where_the_numbers_come_from(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    press(window, "Ctrl+E")
    dialog = window.errands.exports.dialog
    assert isinstance(dialog, ExportChartDialog)
    origin = dialog.fields.look.origin
    assert origin is not None and (origin.name, origin.zone.key) == (database.name, BERLIN.key)
    dialog.reject()


def test_exports_open_for_the_page_that_is_shown(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    press(window, "Ctrl+Shift+E")
    assert "no table" in notice(window)
    shown_after(qtbot, window, lambda: press(window, "Alt+2"))
    for keys in ("Ctrl+E", "Ctrl+Shift+E"):
        press(window, keys)
        qtbot.waitUntil(lambda: dialog() is not None)
        opened = dialog()
        assert opened is not None
        QTest.keyClick(opened, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: dialog() is None)


def test_the_data_menu_is_for_files_that_are_open(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    assert not menu(window, "Data", "Back up now…").isEnabled()
    watch(qtbot, window, database)
    assert menu(window, "Data", "Back up now…").isEnabled()
    press(window, "Ctrl+B")
    qtbot.waitUntil(lambda: dialog() is not None)
    opened = dialog()
    assert opened is not None
    opened.reject()
    qtbot.waitUntil(lambda: dialog() is None)
    press(window, "Ctrl+W")
    assert not menu(window, "Data", "Back up now…").isEnabled()


def test_density_is_followed_at_once(qtbot: QtBot, window: MainWindow, database: Path, memory: Settings) -> None:
    watch(qtbot, window, database)
    shown_after(qtbot, window, lambda: press(window, "Alt+2"))
    table = board(window, "commands").table
    assert table is not None
    before = table.view.row_height
    memory.remember(settings.DENSITY, settings.Density.COMPACT.value)
    window.preferences.apply(settings.DENSITY, settings.Density.COMPACT.value)
    assert table.view.row_height < before


@pytest.mark.slow
def test_database_is_watched_by_a_single_window(
    qtbot: QtBot, qapp: QApplication, memory: Settings, database: Path
) -> None:
    first = open_window(qtbot, memory)
    first._instance = SingleInstance(first)
    watch(qtbot, first, database)
    second = MainWindow(memory, Monitor(BERLIN, INTERVAL_MS), BERLIN, instance=SingleInstance(qapp))
    qtbot.addWidget(second)
    second.show()
    second.watch(database)
    assert second.live.shown is None
    assert second._location is None


def test_the_picture_of_a_page_is_copied(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    QApplication.clipboard().clear()
    press(window, "Ctrl+Shift+C")
    qtbot.waitUntil(lambda: not QApplication.clipboard().image().isNull(), timeout=5_000)


def test_notice_stays_while_rows_come_in(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    """An offer such as Undo must not vanish with the next look."""
    watch(qtbot, window, database)
    undone: list[bool] = []
    window.errands.say(Severity.GOOD, "400 rows deleted.", "Undo", lambda: undone.append(True))
    shown_after(qtbot, window, lambda: Bot(database).track_command())
    assert notice(window) == "400 rows deleted."
    QTest.mouseClick(button(window.live.notice, "Undo"), Qt.MouseButton.LeftButton)
    assert undone == [True]
    assert notice(window) == ""


@moves_open_files
def test_an_old_offer_does_not_answer_a_faults_notice(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    undone: list[bool] = []
    window.errands.say(Severity.GOOD, "400 rows deleted.", "Undo", lambda: undone.append(True))
    away = database.rename(database.with_name("away.db"))
    qtbot.waitUntil(lambda: "400 rows" not in notice(window))
    away.rename(database)
    QTest.mouseClick(button(window.live.notice, "Try again"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: notice(window) == "")
    assert not undone


def button(bar: QWidget, words: str) -> QPushButton:
    return next(each for each in bar.findChildren(QPushButton) if each.text() == words)


@pytest.mark.parametrize("key", [None, Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_the_tile_of_users_leads_to_them(qtbot: QtBot, window: MainWindow, database: Path, key: Qt.Key | None) -> None:
    watch(qtbot, window, database)
    users = tile(window, "Active users")
    assert "Users page" in users.toolTip()
    snapshot = shown_after(qtbot, window, lambda: press_tile(users, key), page="users")
    assert (snapshot.page, window.live.page) == ("users", "users")
    assert window.live.current.isAncestorOf(QApplication.focusWidget()), "the keys go with it"


def press_tile(pressed: StatTile, key: Qt.Key | None) -> None:
    """By a key, or without one by the mouse."""
    if key is None:
        QTest.mouseClick(pressed, Qt.MouseButton.LeftButton)
    else:
        pressed.setFocus()
        QTest.keyClick(pressed, key)


@pytest.mark.parametrize("key", [None, Qt.Key.Key_Return])
@pytest.mark.parametrize("newest", ["commands", "images"])
def test_the_tile_of_the_bots_last_sign_leads_to_the_newest_row(
    qtbot: QtBot, window: MainWindow, database: Path, newest: str, key: Qt.Key | None
) -> None:
    bot = Bot(database)
    assert bot.track_command("last") if newest == "commands" else bot.track_image(prompt="the last fox")
    watch(qtbot, window, database)
    seen = tile(window, "Bot last seen")
    assert "newest rows" in seen.toolTip()
    shown_after(qtbot, window, lambda: press_tile(seen, key), page=newest)
    table = board(window, newest).table
    assert table is not None
    qtbot.waitUntil(lambda: len(table.model.rows) > 0 and not table.browser.requests.loading)
    first = [str(table.model.index(0, column).data()) for column in range(table.model.columnCount())]
    assert ("last" if newest == "commands" else "the last fox") in first
    table.sort_by(1)
    press(window, "Alt+1")
    shown_after(qtbot, window, lambda: press_tile(tile(window, "Bot last seen"), None), page=newest)
    assert table.query().order.column == "time", "the newest first again"


def test_a_last_sign_before_the_range_is_shown_in_its_hour(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "silent.db")
    last = time.time() - 40 * 86_400
    deployed.fill(path, commands=10, images=0, start=last - 9)
    watch(qtbot, window, path)
    snapshot = shown_after(
        qtbot, window, lambda: press_tile(tile(window, "Bot last seen"), None), page="commands", choice="custom"
    )
    assert snapshot.buckets.range.start <= last < snapshot.buckets.range.end
    table = board(window, "commands").table
    assert table is not None
    qtbot.waitUntil(lambda: len(table.model.rows) == 10)


def test_without_any_row_there_is_nothing_to_be_led_to(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    watch(qtbot, window, deployed.create(tmp_path / "empty.db"))
    seen = tile(window, "Bot last seen")
    assert seen.focusPolicy() is Qt.FocusPolicy.NoFocus
    press_tile(seen, None)
    assert window.live.page == "overview"


def test_actions_that_need_a_database_can_not_be_chosen_without_one(
    window: MainWindow, qtbot: QtBot, database: Path
) -> None:
    def enabled() -> set[str]:
        titles = [plain(each.text()) for each in window.menuBar().actions()]
        return {plain(each.text()) for title in titles for each in entries(window, title) if each.isEnabled()}

    needed = {"Close database", "Export chart…", "Copy chart", "Export table…", "Pause", "Reload", "Clear filter"}
    assert not needed & enabled()
    assert "Open…" in enabled()
    watch(qtbot, window, database)
    assert needed <= enabled()
    menu(window, "File", "Close database").trigger()
    assert not needed & enabled()


def test_a_paused_window_follows_the_next_database(window: MainWindow, qtbot: QtBot, database: Path) -> None:
    watch(qtbot, window, database)
    press(window, "Ctrl+P")
    assert window.live.top.pause.isChecked()
    watch(qtbot, window, deployed.create(database.with_name("next.db")))
    assert not window.live.top.pause.isChecked()


def test_full_screen_ends_as_it_began(window: MainWindow, qtbot: QtBot) -> None:
    window.showMaximized()
    press(window, "F11")
    qtbot.waitUntil(window.isFullScreen)
    press(window, "F11")
    qtbot.waitUntil(lambda: window.isMaximized() and not window.isFullScreen())


def test_the_tile_says_of_a_silence_what_the_light_says(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=5, images=0, step=10)
    watch(qtbot, window, path)
    shut_down = f"('1', 'bot_shutdown', {time.time()})"
    alter(path, f"INSERT INTO user_activity (user_id, action_type, timestamp) VALUES {shut_down}")
    qtbot.waitUntil(lambda: light(window).startswith("The bot shut down"))
    last = next(each.tile for each in window.findChildren(StatTile) if each.tile.label == "Bot last seen")
    assert (words(last.change), last.severity) == ("shut down", Severity.WARN)
    assert notice(window).endswith("What it writes then shows up here by itself.")


@pytest.mark.parametrize("entry", ["shortcuts", "about", "preferences", "custom range"])
def test_a_dialog_is_gone_once_it_is_closed(qtbot: QtBot, window: MainWindow, entry: str) -> None:
    def close() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog):
            closed.append(type(dialog).__name__)
            dialog.reject()

    closed: list[str] = []
    closing = QTimer(interval=5)
    closing.timeout.connect(close)
    closing.start()
    for _ in range(3):
        if entry == "custom range":
            window.ranges.ask()
        else:
            window.actions_[entry].trigger()
    closing.stop()
    assert len(closed) == 3
    qtbot.waitUntil(lambda: window.findChildren(QDialog) == [])


def test_ctrl_f_leads_to_the_filter_of_the_page(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    press(window, "Ctrl+F")
    assert "no rows to filter" in notice(window)
    shown_after(qtbot, window, lambda: press(window, "Alt+2"))
    assert notice(window) == "", "what was said of a page goes with it"
    table = board(window, "commands").table
    assert table is not None
    table.frame.filter_box.set_text("failed")
    table.view.setFocus()
    press(window, "Ctrl+F")
    assert QApplication.focusWidget() is table.frame.filter_box.edit
    assert table.frame.filter_box.edit.selectedText() == "failed"


def test_the_notice_of_a_silence_goes_when_the_bot_writes_again(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    watch(qtbot, window, database)
    silent = Verdict(Cause.STOPPED, "No event for 40 min", "Usually one comes every 2 min.", "Look at the bot.")
    window.live.show_verdict(silent)
    assert "No event for 40 min" in notice(window)
    window.live.show_verdict(None)
    assert notice(window) == ""
