"""What takes the keys is seen to do so: a ring of the accent, two pixels wide, in both themes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui.style.focus_ring import WIDTH, FocusRing
from gui.style.theme import ThemeChoice, contrast, tokens
from gui.widgets.stat_tile import StatTile
from gui.window.main_window import MainWindow
from resources import design
from resources.design import Theme
from tests.gui.boards import history, settle
from tests.gui.windows import shown_after, tab
from tests.parameters import slow_after


def picture(window: QWidget) -> QImage:
    """The window as it is seen, once its layouts have come to rest."""
    QApplication.sendPostedEvents()
    return window.grab().toImage()


def seen(widget: QWidget) -> QRect:
    """Where a widget lies in its window."""
    return QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())


def edges(image: QImage, box: QRect) -> set[str]:
    """The colours of the outermost pixels in the middle of each of a box's edges, as deep as the ring is wide."""
    x, y = box.center().x(), box.center().y()
    deep = range(WIDTH)
    at = [(x, box.top() + d) for d in deep] + [(x, box.bottom() - d) for d in deep]
    at += [(box.left() + d, y) for d in deep] + [(box.right() - d, y) for d in deep]
    return {image.pixelColor(*place).name() for place in at}


def round_trip(window: MainWindow) -> list[QWidget]:
    """Everything that Tab leads to from the rail on; each is looked at on the way by whoever asks for the next."""
    window.live.rail.button(window.live.page).setFocus()
    met: list[QWidget] = []
    while (focused := tab(window)) is not None and focused not in met:
        met.append(focused)
        assert len(met) < 200
    return met


@pytest.mark.parametrize("theme", slow_after(1, [ThemeChoice.DARK, ThemeChoice.LIGHT]))
@pytest.mark.parametrize("key", ["overview", "commands", "health"])
def test_whatever_tab_leads_to_is_ringed(
    key: str, theme: ThemeChoice, qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.preferences.choose_theme(theme)
    window.live.show_page(key)
    shown_after(qtbot, window, lambda: window.watch(history(tmp_path)), page=key, complete=True)
    table = window.live.current.table
    if table is not None:
        settle(qtbot, table)
    accent = design.palette(Theme(theme.value)).accent
    bare = []
    for widget in round_trip(window):
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        around = edges(picture(window), seen(widget))
        if around != {accent}:
            bare.append(f"{type(widget).__name__} {widget.accessibleName()}: {around}")
    assert bare == []


@pytest.mark.parametrize("theme", Theme)
def test_the_ring_stands_out_from_every_ground(theme: Theme) -> None:
    named = tokens(design.palette(theme))
    grounds = (
        "background",
        "surface",
        "raised",
        "hover",
        "pressed",
        "accent_soft",
        "good_soft",
        "warn_soft",
        "bad_soft",
    )
    assert {ground for ground in grounds if contrast(named["accent"], named[ground]) < 3} == set()
    assert contrast(named["on_accent"], named["accent"]) >= 3  # what is filled with the accent has a second ring


@pytest.mark.parametrize("kind", ["primary", "danger"])
@pytest.mark.parametrize("theme", [ThemeChoice.DARK, ThemeChoice.LIGHT])
def test_on_a_filled_button_a_second_ring_is_seen(
    kind: str, theme: ThemeChoice, qtbot: QtBot, window: MainWindow
) -> None:
    window.preferences.choose_theme(theme)
    button = QPushButton("Reset now", window)
    button.setProperty(kind, True)
    button.setGeometry(100, 100, 160, 40)
    button.show()
    tab(window)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    image, box = picture(window), seen(button)
    palette = design.palette(Theme(theme.value))
    fill = image.pixelColor(box.left() + 12, box.center().y()).name()
    inner = image.pixelColor(box.center().x(), box.top() + WIDTH).name()
    assert fill in (palette.accent, palette.bad)
    assert max(contrast(inner, fill), contrast(palette.accent, fill)) >= 3


def test_a_click_does_not_ring_a_button_but_a_key_does(qtbot: QtBot, window: MainWindow) -> None:
    button = QPushButton("Once more", window)
    button.setGeometry(100, 100, 160, 40)
    button.show()
    qtbot.mousePress(button, Qt.MouseButton.LeftButton)
    assert QApplication.focusWidget() is button
    ring = button.findChild(FocusRing)
    assert not ring.isVisible()
    qtbot.mouseRelease(button, Qt.MouseButton.LeftButton)
    QTest.keyClick(button, Qt.Key.Key_Shift)
    assert ring.isVisible()


def test_what_is_typed_into_is_ringed_however_it_was_reached(qtbot: QtBot, window: MainWindow) -> None:
    field = QLineEdit(window)
    field.setGeometry(100, 100, 160, 40)
    field.show()
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
    ring = field.findChild(FocusRing)
    assert ring.isVisible()
    field.resize(300, 60)
    assert ring.size() == field.size()


def test_there_is_one_ring_and_it_goes_with_the_focus(qtbot: QtBot, window: MainWindow) -> None:
    for _ in range(5):
        tab(window)
        qtbot.waitUntil(lambda: len(window.findChildren(FocusRing)) == 1)
    focused = QApplication.focusWidget()
    assert focused is not None and focused.findChild(FocusRing) is not None


def test_a_ringed_widget_may_be_deleted(qtbot: QtBot, window: MainWindow) -> None:
    doomed = QPushButton("Gone soon", window)
    doomed.show()
    doomed.setFocus()
    with qtbot.waitSignal(doomed.destroyed):
        doomed.deleteLater()
    tab(window)
    assert len(window.findChildren(FocusRing)) == 1


def test_the_tiles_are_among_what_is_ringed(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    shown_after(qtbot, window, lambda: window.watch(history(tmp_path)), page="overview", complete=True)
    met = round_trip(window)
    assert len([widget for widget in met if isinstance(widget, StatTile)]) >= 5
