"""Walks through a whole window in another language and writes down what can be read in it: pages, menus, dialogs.

Run as a program: the language is known before anything of the window is imported. It prints JSON, a list of
``Seen``; :mod:`tests.gui.test_translated` asks questions of it.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtCore import QEventLoop, QPoint, QSettings, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QGroupBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QTableView,
    QToolTip,
    QWidget,
)

from gui.app.startup import make_application
from gui.plots.export.export import chart_of
from gui.plots.shared.base import Plot
from gui.settings import Settings
from gui.style.appearance import Direction
from gui.style.theme import apply_theme
from gui.threads.monitor import Monitor
from gui.widgets.text import ElidedLabel
from gui.window.main_window import MainWindow
from resources.design import Theme

ZONE = ZoneInfo("Europe/Berlin")
SIZE = (1280, 800)
PAGES = ("overview", "commands", "images", "users", "servers", "failures", "activity", "calendar", "health")
DIALOGS = (
    "preferences", "shortcuts", "about", "range_custom", "export_chart", "export_table", "reset", "undo_reset",
    "back_up", "restore", "optimise", "check", "forget",
)  # fmt: skip
"""The actions that open a dialog of ours."""

_LONGEST_SECONDS = 60.0


same_letters: list[str] = []
"""Entries of a menu, or labels and buttons of a dialog, that are reached by the same letter."""


def note_letters(where: str, texts: Iterable[str]) -> None:
    """Keep what has the same mnemonic as another one beside it."""
    met: dict[str, str] = {}
    for text in texts:
        found = re.search(r"&(\w)", text.replace("&&", ""))
        if found is not None:
            letter = found[1].lower()
            if met.setdefault(letter, text) != text:
                same_letters.append(f"{where}: {met[letter]} and {text}")


@dataclass(frozen=True)
class Seen:
    """Something that can be read: where, the kind of widget, the text, and whether there is room for all of it."""

    where: str
    widget: str
    text: str
    is_cut: bool = False


def main(path: Path) -> None:
    """Walk through the window on a database, and print what is seen."""
    app = make_application(direction=Direction.SYSTEM)
    with tempfile.TemporaryDirectory() as folder:
        memory = Settings(QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat))
        window = MainWindow(memory, Monitor(ZONE, 40), ZONE)
        apply_theme(app, Theme.LIGHT)
        window.resize(*SIZE)
        window.show()
        seen, outside = list(read(window, "welcome")), list[str]()
        window.watch(str(path))
        for key in PAGES:
            window.live.show_page(key)
            wait(lambda key=key: is_whole(window, key))  # type: ignore[misc]
            seen += read(window, key)
            seen += charts(window.live.pages[key], key)
            outside += beyond(window)
        seen += menus(window)
        seen += [each for key in DIALOGS for each in dialog(window, key)]
        direction = "right to left" if window.isRightToLeft() else "left to right"
        found = {"direction": direction, "beyond": outside, "same_letters": same_letters}
        print(json.dumps({"seen": [asdict(each) for each in seen], **found}))
        window.close()


def is_whole(window: MainWindow, key: str) -> bool:
    """Whether a page shows all that it is going to show."""
    snapshot = window.live.shown
    return snapshot is not None and snapshot.page == key and snapshot.complete


def wait(fits: Callable[[], bool]) -> None:
    """Run the event loop until something holds.

    Raises:
        TimeoutError: it did not within a minute.
    """
    until = time.monotonic() + _LONGEST_SECONDS
    while not fits():
        if time.monotonic() > until:
            raise TimeoutError("the window does not come to rest")
        turn(20)
    turn(150)


def turn(milliseconds: int) -> None:
    """Run the event loop for so long."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def read(top: QWidget, where: str) -> Iterator[Seen]:
    """All that is written on a window's widgets, and what they say to a pointer and to a screen reader."""
    yield Seen(where, "title", top.windowTitle())
    for widget in (top, *top.findChildren(QWidget)):
        if widget.isVisible():
            name = type(widget).__name__
            for text in written(widget):
                yield Seen(where, name, text, is_cut(widget))
            for text in (plain(widget.toolTip()), widget.accessibleName(), widget.accessibleDescription()):
                yield Seen(where, f"{name}'s tip", text)


def written(widget: QWidget) -> Iterator[str]:
    """The texts of a widget itself."""
    if isinstance(widget, QLabel | QAbstractButton):
        yield plain(widget.text())
    elif isinstance(widget, QGroupBox):
        yield widget.title()
    elif isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(place) for place in range(widget.count()) if widget.count() < 50)
    elif isinstance(widget, QTableView):
        model = widget.model()
        if model is not None:
            for column in range(model.columnCount()):
                yield str(model.headerData(column, Qt.Orientation.Horizontal) or "")


def plain(text: str) -> str:
    """Without markup and mnemonics."""
    return re.sub(r"<[^>]+>", " ", text).replace("&&", "\0").replace("&", "").replace("\0", "&").strip()


def is_cut(widget: QWidget) -> bool:
    """Whether there is less room than the text takes."""
    if isinstance(widget, ElidedLabel):
        return widget.is_cut()
    if isinstance(widget, QLabel) and not widget.wordWrap() and widget.text():
        return widget.width() < widget.sizeHint().width() - 1
    if isinstance(widget, QAbstractButton) and widget.text():
        return widget.width() < widget.sizeHint().width() - 1
    return False


def charts(page: QWidget, where: str) -> Iterator[Seen]:
    """What charts are called, and what stands in them where there is nothing."""
    for plot in page.findChildren(Plot):
        if plot.isVisible():
            chart = chart_of(plot)
            texts = [chart.title, chart.subtitle, chart.summary, chart.empty or "", getattr(chart, "value", "")]
            texts += [*getattr(chart, "columns", ())] if type(chart).__name__ == "BarChart" else []
            texts += [marker.label for marker in getattr(chart, "markers", ()) if hasattr(marker, "label")]
            yield from (Seen(where, type(chart).__name__, text) for text in texts)


def menus(window: MainWindow) -> Iterator[Seen]:
    """The entries of the menu bar and of all menus below, with what they say to the pointer."""

    def entries(actions: list[QAction], where: str) -> Iterator[Seen]:
        note_letters(where, (action.text() for action in actions))
        for action in actions:
            yield Seen(where, "entry", plain(action.text()))
            yield Seen(where, "entry's tip", plain(action.toolTip()))
            if (menu := action.menu()) is not None:
                menu.aboutToShow.emit()
                yield from entries(menu.actions(), f"{where} {plain(action.text())}")

    yield from entries(window.menuBar().actions(), "menu")


def dialog(window: MainWindow, key: str) -> Iterator[Seen]:
    """Open a dialog, read it and close it; one that waits for an answer is read meanwhile."""
    seen: list[Seen] = []

    def look() -> None:
        for each in QApplication.topLevelWidgets():
            if isinstance(each, QDialog) and each.isVisible():
                seen.extend(read(each, f"dialog {key}"))
                parts = [*each.findChildren(QLabel), *each.findChildren(QAbstractButton)]
                note_letters(key, (part.text() for part in parts if part.isVisible()))
                each.reject()

    window.live.show_page("commands")
    wait(lambda: is_whole(window, "commands"))
    QTimer.singleShot(700, look)
    window.actions_[key].trigger()
    turn(900)
    QToolTip.hideText()
    if not seen:
        raise LookupError(f"{key} opened no dialog")
    return iter(seen)


def beyond(window: MainWindow) -> list[str]:
    """The widgets that reach out of the window or of what scrolls up and down, or lie over one another at the top."""
    found = []
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and not widget.isWindow() and isinstance(widget, QLabel | QAbstractButton):
            left = widget.mapTo(window, QPoint(0, 0)).x()
            if left < -1 or left + widget.width() > window.width() + 1:
                found.append(f"{type(widget).__name__} {left} {widget.width()}")
    for area in window.findChildren(QScrollArea):
        inside, off = area.widget(), Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        fixed = area.isVisible() and inside is not None and area.horizontalScrollBarPolicy() is off
        if fixed and inside.width() > area.viewport().width():
            found.append(f"{type(area).__name__} holds {inside.width()} in {area.viewport().width()}")
    bar = [each for each in window.live.top.findChildren(QAbstractButton) if each.isVisible()]
    boxes = [each.geometry().translated(each.parentWidget().mapTo(window, QPoint(0, 0))) for each in bar]
    for place, box in enumerate(boxes):
        for other in boxes[place + 1 :]:
            if box.adjusted(1, 1, -1, -1).intersects(other.adjusted(1, 1, -1, -1)):
                found.append(f"{box} over {other}")
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
