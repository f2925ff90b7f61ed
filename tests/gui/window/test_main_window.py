"""The window as a whole: databases, ranges, themes, what it remembers."""

from __future__ import annotations

import shutil
import time
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QPushButton,
)
from pytestqt.qtbot import QtBot

from core.errors import DatabaseMissing, NotADatabase
from core.time_ranges import CALENDAR, CHOICES, HOUR, TimeRange
from gui import settings
from gui.dialogs.custom_range import CustomRangeDialog
from gui.pages.problem import ProblemPage
from gui.pages.welcome import WelcomePage
from gui.plots.time_series.plot import TimeSeriesPlot
from gui.settings import Settings
from gui.style.theme import ThemeChoice
from gui.widgets.range_picker import RangePicker
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.gui.window_controls import button, click, in_dialog
from tests.gui.windows import (
    entries,
    light,
    menu,
    notice,
    open_window,
    place,
    plain,
    press,
    shown_after,
    texts,
    tile,
    watch,
)
from tests.platforms import allowed, moves_open_files, once_free

KEYS = {key: f"Ctrl+{n}" for n, key in enumerate(CHOICES, 1) if key not in ("custom", *CALENDAR)}


def chosen(window: MainWindow) -> str:
    """The range that the picker shows, which is the one that the menu ticks."""
    current = window.findChild(RangePicker).current
    ticked = [plain(each.text()) for each in entries(window, "View", "Range") if each.isChecked()]
    assert ticked == [CHOICES[current].title]
    return current


def background(window: MainWindow) -> str:
    return window.palette().window().color().name()


# The database


def test_window_starts_with_the_welcome_page(window: MainWindow) -> None:
    assert (place(window), window.windowTitle()) == ("welcome", "Botpulse")


def test_a_database_is_chosen_from_the_menu(
    qtbot: QtBot, window: MainWindow, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_arguments: (str(database), ""))
    snapshot = shown_after(qtbot, window, lambda: press(window, "Ctrl+O"))
    assert snapshot.source.location == str(database)
    assert window.windowTitle() == "analytics.db – Botpulse"
    assert (place(window), tile(window, "Commands")) == ("pages", "300")


def test_a_dialog_that_is_left_changes_nothing(
    qtbot: QtBot, window: MainWindow, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch(qtbot, window, database)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_arguments: ("", ""))
    menu(window, "File", "Open…").trigger()
    assert (place(window), tile(window, "Commands")) == ("pages", "300")


def test_closing_the_database_leads_back_to_the_welcome_page(
    qtbot: QtBot, window: MainWindow, database: Path, memory: Settings
) -> None:
    watch(qtbot, window, database)
    press(window, "Ctrl+W")
    assert (place(window), window.windowTitle()) == ("welcome", "Botpulse")
    assert memory.text(settings.DATABASE) == ""
    assert memory.texts(settings.RECENT) == (str(database),)
    deployed.Bot(database).track_command()
    with qtbot.assertNotEmitted(window.snapshot_shown, wait=300):
        pass
    click(qtbot, button(window.findChild(WelcomePage), "analytics.db"))
    qtbot.waitUntil(lambda: place(window) == "pages" and tile(window, "Commands") == "301")


def test_recent_databases_are_offered_whatever_they_are_called(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, database: Path
) -> None:
    odd = shutil.copy(database, tmp_path / allowed("R&D && <b>x.db"))
    for path in (odd, database):
        watch(qtbot, window, Path(path))
    offered = entries(window, "File", "Open recent")
    assert [plain(each.text()) for each in offered] == [str(database), str(odd), "", "Clear this list"]
    entry = next(each for each in offered if plain(each.text()) == str(odd))
    snapshot = shown_after(qtbot, window, entry.trigger)
    assert snapshot.source.location == str(odd)


@moves_open_files
def test_a_recent_database_that_has_vanished_gets_its_page(
    qtbot: QtBot, window: MainWindow, database: Path, memory: Settings
) -> None:
    watch(qtbot, window, database)
    database.unlink()
    qtbot.waitUntil(lambda: light(window) == "database gone")
    press(window, "Ctrl+W")
    with qtbot.waitSignal(window.fault_shown) as caught:
        menu(window, "File", "Open recent", str(database)).trigger()
    assert isinstance(caught.args[0], DatabaseMissing)
    assert place(window) == "problem"
    menu(window, "File", "Open recent", "Clear this list").trigger()
    assert memory.texts(settings.RECENT) == ()
    assert not menu(window, "File", "Open recent", "Clear this list").isEnabled()


def test_an_unreadable_file_gets_its_page_and_opens_by_itself_once_it_is_good(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "analytics.db"
    path.write_text("a shopping list: milk, bread, a fox in a forest\n" * 50)
    with qtbot.waitSignal(window.fault_shown):
        window.watch(path)
    page = window.findChild(ProblemPage)
    assert place(window) == "problem"
    for expected in (NotADatabase.title, NotADatabase.what_happened, NotADatabase.what_to_do, str(path)):
        assert expected in texts(page)
    made = deployed.create(tmp_path / "made.db")
    deployed.fill(made, commands=3)
    shown_after(qtbot, window, lambda: qtbot.waitUntil(once_free(partial(made.replace, path))))
    assert (place(window), tile(window, "Commands"), notice(window)) == ("pages", "3", "")


@moves_open_files
def test_a_database_that_was_shown_and_is_missing_the_next_time_opens_once_it_is_there(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    watch(qtbot, window, database)
    away = database.rename(database.with_name("away.db"))
    with qtbot.waitSignal(window.fault_shown):
        window.watch(database)
    assert place(window) == "problem"
    press(window, "Ctrl+P")
    shown_after(qtbot, window, lambda: away.rename(database))
    assert place(window) == "pages"


def test_the_problem_page_leads_on(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with qtbot.waitSignal(window.fault_shown):
        window.watch(tmp_path / "nothing.db")
    with qtbot.waitSignal(window.fault_shown):
        click(qtbot, button(window.findChild(ProblemPage), "Try again"))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_arguments: (str(database), ""))
    shown_after(qtbot, window, lambda: click(qtbot, button(window.findChild(ProblemPage), "Open another…")))
    assert place(window) == "pages"


def test_the_demo_is_asked_for_from_page_and_menu(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.demo_requested):
        click(qtbot, button(window.findChild(WelcomePage), "Try the demo"))
    with qtbot.waitSignal(window.demo_requested):
        menu(window, "File", "Try the demo").trigger()


def test_reload_reads_afresh(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    snapshot = shown_after(qtbot, window, lambda: press(window, "F5"))
    assert snapshot.content.extra.totals.commands == 300


# The range


@pytest.mark.parametrize("key", KEYS)
def test_a_range_is_chosen_by_shortcut(
    qtbot: QtBot, window: MainWindow, database: Path, memory: Settings, key: str
) -> None:
    memory.remember(settings.RANGE, "24h")
    watch(qtbot, window, database)
    shown_after(qtbot, window, lambda: press(window, KEYS[key]))
    assert (chosen(window), memory.text(settings.RANGE)) == (key, key)


def test_a_range_is_chosen_by_mouse_and_by_arrow_keys(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    picker = window.findChild(RangePicker)
    shown_after(qtbot, window, lambda: click(qtbot, button(picker, "1 h")))
    assert (chosen(window), tile(window, "Commands")) == ("1h", "300")
    button(picker, "1 h").setFocus()
    shown_after(qtbot, window, lambda: QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Left))
    assert chosen(window) == "15min"
    assert int(tile(window, "Commands")) < 150
    shown_after(qtbot, window, lambda: QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right))
    assert QApplication.focusWidget() is button(picker, "1 h")


def test_a_custom_range_is_chosen_in_the_dialog(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)

    def choose(dialog: CustomRangeDialog) -> None:
        dialog.end.setDateTime(dialog.start.dateTime().addDays(2))
        dialog.accept()

    def ask() -> None:
        in_dialog(qtbot, lambda: press(window, "Ctrl+8"), choose)

    snapshot = shown_after(qtbot, window, ask, choice="custom")
    assert chosen_custom(window).startswith(tuple("123456789"))
    span = snapshot.buckets.range
    assert span.end - span.start == pytest.approx(48 * HOUR, abs=HOUR)


def chosen_custom(window: MainWindow) -> str:
    """The words on the custom segment, which is the one that is chosen."""
    picker = window.findChild(RangePicker)
    assert picker.current == "custom"
    return next(each.text() for each in picker.findChildren(QPushButton) if each.isChecked())


def test_a_custom_range_that_is_given_up_leaves_the_old_one(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    in_dialog(qtbot, lambda: press(window, "Ctrl+8"), QDialog.reject)
    assert chosen(window) == "24h"
    in_dialog(qtbot, lambda: click(qtbot, button(window.findChild(RangePicker), "Custom…")), QDialog.reject)
    assert chosen(window) == "24h"


def test_a_span_dragged_in_a_plot_becomes_the_range(
    qtbot: QtBot, window: MainWindow, database: Path, memory: Settings
) -> None:
    watch(qtbot, window, database)
    surface = window.findChild(TimeSeriesPlot).canvas.viewport()
    left, middle, right = (QPoint(surface.width() * share // 10, surface.height() // 2) for share in (3, 4, 6))
    shift, mouse = Qt.KeyboardModifier.ShiftModifier, Qt.MouseButton.LeftButton

    def drag() -> None:
        qtbot.mousePress(surface, mouse, shift, left)
        qtbot.mouseMove(surface, middle)
        qtbot.mouseMove(surface, right)
        qtbot.mouseRelease(surface, mouse, shift, right)

    snapshot = shown_after(qtbot, window, drag, choice="custom")
    span = snapshot.buckets.range
    assert 5 * HOUR < span.end - span.start < 10 * HOUR
    assert "–" in chosen_custom(window)
    assert memory.text(settings.RANGE) == "24h"
    shown_after(qtbot, window, lambda: press(window, "Ctrl+3"))
    assert chosen(window) == "24h"
    assert button(window.findChild(RangePicker), "Custom…")


# Memory and looks


def test_a_theme_is_chosen_and_remembered(qtbot: QtBot, window: MainWindow, memory: Settings) -> None:
    grounds = []
    for entry, value in (("Dark", "dark"), ("Light", "light")):
        menu(window, "View", "Theme", entry).trigger()
        assert memory.text(settings.THEME) == value
        assert menu(window, "View", "Theme", entry).isChecked()
        grounds.append(background(window))
    assert grounds == ["#0f1318", "#f4f6f9"]
    other = open_window(qtbot, memory)
    assert background(other) == "#f4f6f9"
    assert menu(other, "View", "Theme", "Light").isChecked()


def test_following_the_system_is_a_choice(window: MainWindow, memory: Settings) -> None:
    window.preferences.choose_theme(ThemeChoice.DARK)
    menu(window, "View", "Theme", "Follow the system").trigger()
    assert memory.text(settings.THEME) == "system"
    dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    assert background(window) == ("#0f1318" if dark else "#f4f6f9")


def test_size_range_and_database_are_there_the_next_time(
    qtbot: QtBot, window: MainWindow, database: Path, memory: Settings
) -> None:
    watch(qtbot, window, database)
    shown_after(qtbot, window, lambda: press(window, "Ctrl+4"))
    window.resize(700, 666)  # the offscreen screen is 800 wide, and no window is wider than that
    window.close()
    other = open_window(qtbot, memory)
    assert (other.width(), other.height()) == (700, 666)
    assert chosen(other) == "7d"
    assert memory.text(settings.DATABASE) == str(database)
    assert memory.texts(settings.RECENT) == (str(database),)


def test_the_demo_is_not_remembered(qtbot: QtBot, window: MainWindow, database: Path, memory: Settings) -> None:
    shown_after(qtbot, window, lambda: window.watch(database, title="Demo", remember=False))
    assert window.windowTitle() == "Demo – Botpulse"
    assert (memory.text(settings.DATABASE), memory.texts(settings.RECENT)) == ("", ())


def test_full_screen_is_ticked_while_it_lasts_and_the_next_time_too(
    qtbot: QtBot, window: MainWindow, memory: Settings
) -> None:
    press(window, "F11")
    qtbot.waitUntil(window.isFullScreen)
    assert menu(window, "View", "Full screen").isChecked()
    window.close()
    other = open_window(qtbot, memory)
    assert other.isFullScreen() == menu(other, "View", "Full screen").isChecked()
    other.showNormal()
    qtbot.waitUntil(lambda: not menu(other, "View", "Full screen").isChecked())


def test_window_may_be_closed_at_any_moment(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    window.watch(database)
    with qtbot.waitSignal(window.closed):
        press(window, "Ctrl+Q")
    assert not window.isVisible()
    window.close()


def test_a_recent_address_that_was_edited_by_hand_gets_its_page(window: MainWindow, memory: Settings) -> None:
    memory.remember_database("mysql://somewhere/else")
    menu(window, "File", "Open recent", "mysql://somewhere/else").trigger()
    assert window.screens.problem.isVisible()


def test_choosing_a_range_forgets_a_zoom_into_the_one_before(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    plot = window.findChild(TimeSeriesPlot)
    QTest.keyClick(plot.canvas, Qt.Key.Key_Plus)
    assert plot.zoom.zoomed
    now = time.time()
    window.ranges.choose("custom", TimeRange(now - 20 * 3600, now))
    assert not plot.zoom.zoomed
