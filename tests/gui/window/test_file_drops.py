from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.window.main_window import MainWindow
from tests.gui.boards import history, open_on
from tests.gui.windows import place, shown_after

COPY, LEFT, NONE = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def dragged(*paths: Path | str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) if isinstance(path, Path) else QUrl(path) for path in paths])
    return data


def entered(widget: QWidget, data: QMimeData) -> bool:
    """Whether a widget takes what is dragged onto it."""
    event = QDragEnterEvent(QPoint(5, 5), COPY, data, LEFT, NONE)
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def drop(widget: QWidget, data: QMimeData) -> None:
    assert entered(widget, data)  # Qt drops nothing where it did not enter
    QApplication.sendEvent(widget, QDropEvent(QPointF(5, 5), COPY, data, LEFT, NONE))


def test_a_database_that_is_dropped_is_opened(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = history(tmp_path)
    shown_after(qtbot, window, lambda: drop(window, dragged(path)))
    assert window.windowTitle().startswith("history.db")


def test_another_file_gets_the_page_that_says_so(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    other = tmp_path / "picture.png"
    other.write_bytes(b"\x89PNG" * 100)
    with qtbot.waitSignal(window.fault_shown):
        drop(window, dragged(other))
    assert place(window) == "problem"


def test_what_is_no_single_file_is_not_taken(window: MainWindow, tmp_path: Path) -> None:
    one, two = tmp_path / "a.db", tmp_path / "b.db"
    for path in (one, two):
        path.touch()
    assert not entered(window, dragged(one, two))
    assert not entered(window, dragged(tmp_path))
    assert not entered(window, dragged("https://example.org/a.db"))
    assert not entered(window, QMimeData())


def test_a_file_over_the_filter_box_is_the_windows(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = history(tmp_path)
    board, _ = open_on(qtbot, window, path, "commands")
    assert board.table is not None
    edit = board.table.frame.filter_box.edit
    text = QMimeData()
    text.setText("command:comfy")
    assert entered(edit, text)
    assert not entered(edit, dragged(path)) or edit.text() == ""
