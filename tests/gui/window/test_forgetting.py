"""Forget a user, from where they are shown; and every window that looks at the file shows it by itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from core.maintenance.forgetting import forget_user
from core.tasks import finish
from core.text.names import NAMES
from gui.dialogs.data.forget import ForgetDialog
from gui.plots.bars.plot import BarChartPlot
from gui.plots.shared.context_menu import MenuEntry
from gui.window.main_window import MainWindow
from tests.core.maintenance.test_forgetting import USER
from tests.gui.table_actions_tools import menu_at
from tests.gui.table_windows import trigger
from tests.gui.window.test_names import table_of
from tests.gui.windows import menu, press, watch


@pytest.fixture(autouse=True)
def unmasked() -> Iterator[None]:
    yield
    NAMES.mask(False)


@pytest.fixture
def theirs(database: Path) -> Path:
    """Some rows in the middle of the tables are of the user."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE command_usage SET user_id = ? WHERE id BETWEEN 290 AND 295", (USER,))
        connection.execute("UPDATE image_stats SET user_id = ? WHERE id BETWEEN 40 AND 45", (USER,))
    return database


def dialog_of(window: MainWindow) -> ForgetDialog:
    dialog = window.errands.data.dialog
    assert isinstance(dialog, ForgetDialog)
    return dialog


def test_the_row_and_the_bar_of_a_user_lead_there(qtbot: QtBot, window: MainWindow, theirs: Path) -> None:
    watch(qtbot, window, theirs)
    table = table_of(qtbot, window)
    place = next(n for n, row in enumerate(table.model.rows) if USER in row.record.values)
    trigger(menu_at(qtbot, table, place, "user"), "Forget this user…")
    dialog = dialog_of(window)
    assert dialog.who.user == USER
    dialog.reject()
    others = next(n for n, row in enumerate(table.model.rows) if USER not in row.record.values)
    assert "Forget this user…" not in words(menu_at(qtbot, table, others, "user")), "an id of three digits is none"
    assert "Forget this user…" not in words(menu_at(qtbot, table, place, "command"))
    press(window, "Ctrl+Shift+N")
    assert "Forget this user…" not in words(menu_at(qtbot, table, place, "user"))

    press(window, "Ctrl+Shift+N")
    window.live.show_page("users")
    plot = window.live.pages["users"].plots["leaders"]  # type: ignore[attr-defined]
    assert isinstance(plot, BarChartPlot)
    qtbot.waitUntil(lambda: plot.chart is not None and any((bar.id or bar.name) == USER for bar in plot.chart.bars))
    assert plot.chart is not None
    bar = next(bar for bar in plot.chart.bars if (bar.id or bar.name) == USER)
    entries: dict[str, MenuEntry] = {entry.words: entry for entry in plot._entries_of(bar)}
    entries["Forget this user…"].act()
    assert dialog_of(window).who.user == USER
    dialog_of(window).reject()
    menu(window, "Data", "Forget a user…").trigger()
    assert dialog_of(window).who.user == ""


def words(opened: QMenu) -> list[str]:
    opened.close()
    return [action.text() for action in opened.actions()]


def test_other_windows_show_it_by_themselves(qtbot: QtBot, window: MainWindow, theirs: Path) -> None:
    """The rows went from the middle of the tables, by another process as far as this window knows."""
    snapshot = watch(qtbot, window, theirs)
    assert any(USER in str(event) for event in snapshot.events)
    table = table_of(qtbot, window)
    finish(forget_user(theirs, USER, []))
    qtbot.waitUntil(lambda: not any(USER in row.record.values for row in table.model.rows), timeout=5_000)
    qtbot.waitUntil(lambda: window.live.shown is not None and not any(
        USER in str(event) for event in window.live.shown.events
    ))  # fmt: skip
