"""Saved views in the rail and links to them: by mouse and keyboard, kept, and opened from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from core.filters import Filter
from core.presenters.view_links import View, link_of, view_of
from core.simulation.history import write_history
from core.statistics.comparison import OtherTime
from core.storage.location import locate
from core.time_ranges import CHOICES
from gui.dialogs.view_name import ViewNameDialog
from gui.settings import SAVED_VIEWS, Settings
from gui.threads.monitor import Monitor
from gui.widgets.view_list import ViewButton
from gui.window.main_window import MainWindow
from gui.window.single_instance import SingleInstance
from gui.window.views import MOST, SavedViews
from tests.gui.windows import BERLIN, beside, menu, notice, open_window, plain, press, watch

VIEW = View("commands", CHOICES["7d"], None, Filter.of(command="comfy"), OtherTime.from_text("week"))


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("views") / "history.db"
    write_history(path, days=30, rows=3_000, zone=BERLIN)
    return path


@pytest.fixture
def views(qtbot: QtBot, window: MainWindow, history: Path) -> SavedViews:
    watch(qtbot, window, history)
    (found,) = window.findChildren(SavedViews)
    return found


def answer(act: Callable[[ViewNameDialog], None]) -> None:
    """Do something in the dialog that is about to open."""

    def do() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ViewNameDialog)
        act(dialog)

    QTimer.singleShot(50, do)


def name_it(name: str, dialog: ViewNameDialog) -> None:
    """Type a name, or take the one that is proposed, and press Enter."""
    if name:
        dialog.field.setText(name)
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)


def give_keys(qtbot: QtBot, window: MainWindow) -> None:
    """After a dialog, as a window manager does."""
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)


def save(qtbot: QtBot, window: MainWindow, name: str = "") -> None:
    """Ctrl+D, a name, Enter."""
    give_keys(qtbot, window)
    answer(partial(name_it, name))
    press(window, "Ctrl+D")
    give_keys(qtbot, window)


def look_at(qtbot: QtBot, window: MainWindow, views: SavedViews, view: View) -> None:
    views.show(view)
    qtbot.waitUntil(lambda: views.current == view)


def buttons(window: MainWindow) -> list[ViewButton]:
    return [each for each in window.findChildren(ViewButton) if each.isVisible()]


def names(window: MainWindow) -> list[str]:
    return [each.accessibleName().removeprefix("View ") for each in buttons(window)]


def test_what_is_looked_at_is_kept_and_comes_back(
    qtbot: QtBot, window: MainWindow, views: SavedViews, memory: Settings
) -> None:
    assert not views.list.isVisible(), "nothing is in the way before there is a view"
    look_at(qtbot, window, views, VIEW)
    save(qtbot, window, "Comfy, a week")
    assert names(window) == ["Comfy, a week"]
    qtbot.waitUntil(lambda: buttons(window)[0].isChecked() and buttons(window)[0].hasFocus())
    assert memory.texts(SAVED_VIEWS) == (f"{link_of(VIEW)} Comfy, a week",)
    press(window, "Alt+4")
    press(window, "Ctrl+2")
    press(window, "Ctrl+Shift+F")
    qtbot.waitUntil(lambda: not buttons(window)[0].isChecked())
    QTest.mouseClick(buttons(window)[0], Qt.MouseButton.LeftButton, pos=QPoint(9, 9))
    qtbot.waitUntil(lambda: views.current == VIEW)
    qtbot.waitUntil(lambda: window.live.shown.page == "commands" and window.live.shown.chosen == VIEW.chosen)
    qtbot.waitUntil(lambda: buttons(window)[0].isChecked())


def test_a_name_is_proposed_and_none_is_there_twice(qtbot: QtBot, window: MainWindow, views: SavedViews) -> None:
    look_at(qtbot, window, views, VIEW)
    save(qtbot, window)
    save(qtbot, window)
    assert names(window) == [
        "Commands, 7 d, command comfy, beside a week before",
        "Commands, 7 d, command comfy, beside a week before (2)",
    ]
    seen: list[bool] = []

    def try_taken(dialog: ViewNameDialog) -> None:
        dialog.field.setText(names(window)[0].upper())
        seen.append(dialog.go.isEnabled())
        dialog.field.setText("  ")
        seen.append(dialog.go.isEnabled())
        dialog.reject()

    answer(try_taken)
    menu(window, "View", "Save view…").trigger()
    assert seen == [False, False] and len(names(window)) == 2


def test_by_keyboard_alone(qtbot: QtBot, window: MainWindow, views: SavedViews) -> None:
    for name in ("one", "two", "three"):
        save(qtbot, window, name)
    QTest.keyClick(buttons(window)[2], Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert names(window) == ["one", "three", "two"] and buttons(window)[1].hasFocus()
    answer(partial(name_it, "drei"))
    QTest.keyClick(buttons(window)[1], Qt.Key.Key_F2)
    give_keys(qtbot, window)
    assert names(window) == ["one", "drei", "two"]
    QTest.keyClick(buttons(window)[0], Qt.Key.Key_Delete)
    assert names(window) == ["drei", "two"] and "“one” is removed" in notice(window)
    window.live.notice.action_requested.emit()
    assert names(window) == ["one", "drei", "two"], "Undo"
    press(window, "Alt+3")
    buttons(window)[2].setFocus()
    QTest.keyClick(buttons(window)[2], Qt.Key.Key_Up)
    QTest.keyClick(buttons(window)[1], Qt.Key.Key_Up)
    QTest.keyClick(buttons(window)[0], Qt.Key.Key_Up)
    assert buttons(window)[0].hasFocus(), "there is nothing above it"
    reached = [each for each in buttons(window) if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert reached == [buttons(window)[0]], "Tab leads past the others"
    QTest.keyClick(buttons(window)[0], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.live.page == "overview")


def test_its_menu(qtbot: QtBot, window: MainWindow, views: SavedViews) -> None:
    save(qtbot, window, "mine")
    look_at(qtbot, window, views, VIEW)
    button = buttons(window)[0]
    place = button.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, place, button.mapToGlobal(place))
    QApplication.sendEvent(button, event)
    opened = next(each for each in views.list.findChildren(QMenu) if each.isVisible())
    entries = {plain(each.text()).partition("\t")[0]: each for each in opened.actions()}
    assert list(entries) == [
        "Open", "", "Rename…", "Replace with what is shown", "Copy link", "Move up", "Move down", "Remove",
    ]  # fmt: skip
    assert not entries["Move up"].isEnabled() and not entries["Move down"].isEnabled()
    entries["Replace with what is shown"].trigger()
    assert views.views[0].view == VIEW and buttons(window)[0].isChecked()
    entries["Copy link"].trigger()
    assert view_of(QGuiApplication.clipboard().text()) == VIEW
    opened.close()


def test_a_link_is_copied_and_pasted_into_the_palette(qtbot: QtBot, window: MainWindow, views: SavedViews) -> None:
    look_at(qtbot, window, views, VIEW)
    menu(window, "View", "Copy link").trigger()
    link = QGuiApplication.clipboard().text()
    assert view_of(link) == VIEW and "copied" in notice(window)
    press(window, "Alt+6")
    press(window, "Ctrl+Shift+V")
    press(window, "Ctrl+K")
    palette = window.finder.palette
    qtbot.waitUntil(palette.isVisible)
    QTest.keyClicks(QApplication.focusWidget(), link)
    qtbot.waitUntil(lambda: window.finder.looked_through)
    QTest.qWait(200)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: views.current == VIEW)


@pytest.mark.parametrize(
    ("link", "because"),
    [
        ("botpulse://view?page=nowhere", "There is no page “nowhere” here."),
        ("botpulse://view?page=users&range=3y", "“3y” is no time range."),
        ("botpulse://reset", "is no link to a view"),
        ("botpulse://view?page=users&filter=%22\u202e", "no link to a view"),
    ],
)
def test_a_link_of_something_else_says_so_and_changes_nothing(
    window: MainWindow, views: SavedViews, link: str, because: str
) -> None:
    before = views.current
    window.link_asked.emit(link)
    assert because in notice(window) or "quotation mark" in notice(window)
    assert views.current == before


def test_a_link_that_comes_before_a_database_waits_for_it(qtbot: QtBot, memory: Settings, history: Path) -> None:
    window = open_window(qtbot, memory)
    window.link_asked.emit(link_of(VIEW))
    watch(qtbot, window, history)
    (views,) = window.findChildren(SavedViews)
    qtbot.waitUntil(lambda: views.current == VIEW)
    qtbot.waitUntil(lambda: window.live.shown.page == "commands" and window.live.shown.chosen == VIEW.chosen)


def test_a_wrong_link_that_comes_before_a_database_is_said_then(qtbot: QtBot, memory: Settings, history: Path) -> None:
    window = open_window(qtbot, memory)
    window.link_asked.emit("botpulse://view?page=users&range=3y")
    watch(qtbot, window, history)
    qtbot.waitUntil(lambda: "“3y” is no time range." in notice(window))


def test_settings_that_a_hand_has_changed(qtbot: QtBot, memory: Settings, history: Path) -> None:
    hostile = "<b>bold</b> & \u202eevil\n" + "x" * 300
    good = f"{link_of(VIEW)} {hostile}"
    memory.remember(SAVED_VIEWS, ("", "nonsense", "botpulse://view?page=users", "botpulse://run?x=1 run", good))
    window = open_window(qtbot, memory)
    watch(qtbot, window, history)
    (button,) = buttons(window)
    assert "\u202e" not in button.text() + button.toolTip() + button.accessibleName()
    assert "<b>" not in button.toolTip() or "&lt;b" in button.toolTip() or not Qt.mightBeRichText(button.toolTip())
    assert button.width() <= window.live.rail.width()
    (views,) = window.findChildren(SavedViews)
    assert len(views.views[0].name) <= 60 and "\u202e" not in views.views[0].name
    views.remove(0)
    left = ("", "nonsense", "botpulse://view?page=users", "botpulse://run?x=1 run")
    assert memory.texts(SAVED_VIEWS) == left, "of another version, maybe: it stays"


def test_many_of_them_scroll_and_there_is_an_end(qtbot: QtBot, memory: Settings, history: Path) -> None:
    memory.remember(SAVED_VIEWS, tuple(f"{link_of(VIEW)} view {number}" for number in range(MOST)))
    window = open_window(qtbot, memory)
    watch(qtbot, window, history)
    (views,) = window.findChildren(SavedViews)
    assert len(views.views) == MOST
    assert window.height() == 800 and views.list.geometry().bottom() <= window.live.rail.height()
    views.list.focus_on(MOST - 1)
    last = views.list.buttons[-1]
    assert last.visibleRegion().boundingRect().height() == last.height(), "it was scrolled to"
    press(window, "Ctrl+D")
    assert f"There are {MOST} views already" in notice(window)


def test_a_filter_that_is_too_long_for_a_link_is_said(qtbot: QtBot, window: MainWindow, views: SavedViews) -> None:
    window.filter_by(Filter.of().plus(*(term for n in range(300) for term in Filter.of(user=str(10**17 + n)).terms)))
    press(window, "Ctrl+D")
    assert "too long for a view" in notice(window) and views.views == []


STARTS_AGAIN = """
import sys
from PySide6.QtCore import QCoreApplication
from core.storage.location import locate
from gui.window.single_instance import SingleInstance
app = QCoreApplication([])
print(SingleInstance().claim(locate(sys.argv[1]), sys.argv[2]))
"""


def test_a_second_start_hands_its_link_to_the_window_that_is_open(
    qtbot: QtBot, memory: Settings, history: Path
) -> None:
    instance = SingleInstance()
    assert instance.claim(locate(history))
    window = MainWindow(memory, Monitor(BERLIN), BERLIN, None, instance)
    qtbot.addWidget(window)
    window.show()
    watch(qtbot, window, history)
    (views,) = window.findChildren(SavedViews)
    with beside("-c", STARTS_AGAIN, history, link_of(VIEW)) as process:
        qtbot.waitUntil(lambda: views.current == VIEW)
        assert process.stdout is not None and process.stdout.readline().strip() == "False"
    instance.release()
