"""Names in place of ids, in the window: shown, followed, masked, given by the host, looked for, and exported."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.filters import Filter
from core.manager import AnalyticsManager
from core.storage.labels import labels_path
from core.text.formatting import short_id
from core.text.names import NAMES
from core.worker.live.process import LiveProcess
from gui.dialogs.naming import NamingDialog
from gui.dialogs.settings_file import export_settings, import_settings
from gui.plots.bars.plot import BarChartPlot
from gui.settings import MASK_NAMES, Settings
from gui.tables.events.list import EventList
from gui.tables.events.model import EventColumn
from gui.tables.records.table import TablePanel
from gui.widgets.text import plain_tip
from gui.window.main_window import MainWindow
from tests.gui.table_actions_tools import copied, menu_at
from tests.gui.table_windows import cell, settle, trigger
from tests.gui.windows import menu, open_window, press, watch

ANNA, ANNIKA, BERT = "273849283749281111", "273849283749282222", "273849283749283333"
SERVER, CHANNEL = "911849283749287777", "922849283749288888"
RUNS = {ANNA: 5, ANNIKA: 3, BERT: 2}


@pytest.fixture
def named(tmp_path: Path) -> Path:
    """A file of this version's bot: three users, the last of whom has no name."""
    path = tmp_path / "named.db"
    with AnalyticsManager(path) as manager:
        for user, runs in RUNS.items():
            for _ in range(runs):
                manager.track_command("comfy", user, SERVER, CHANNEL, 1.0)
        for kind, snowflake, name in (
            ("user", ANNA, "Anna"), ("user", ANNIKA, "Annika Lee"), ("guild", SERVER, "Ateliers"),
            ("channel", CHANNEL, "general"),
        ):  # fmt: skip
            manager.note_name(kind, snowflake, name)
        manager.flush()
    return path


@pytest.fixture
def process() -> Iterator[LiveProcess]:
    serving = LiveProcess()
    yield serving
    serving.stop()


def rename(path: Path, snowflake: str, name: str) -> None:
    connection = sqlite3.connect(path, timeout=5)
    with connection:
        connection.execute("UPDATE names SET name = ?, updated = ? WHERE id = ?", (name, time.time(), snowflake))
    connection.close()


def table_of(qtbot: QtBot, window: MainWindow, page: str = "commands") -> TablePanel:
    window.live.show_page(page)
    table = window.live.pages[page].table
    assert table is not None
    settle(qtbot, table)
    qtbot.waitUntil(lambda: len(table.model.rows) > 0)
    return table


def leaders(window: MainWindow) -> list[str]:
    plot = window.live.pages["users"].plots["leaders"]  # type: ignore[attr-defined]
    assert isinstance(plot, BarChartPlot)
    return [bar.name for bar in plot.chart.bars] if plot.chart is not None else []


def who(window: MainWindow) -> list[str]:
    shown = window.findChild(EventList).model
    return [shown.text(event, EventColumn.WHO) for event in shown.rows]


def test_names_stand_wherever_ids_stood(qtbot: QtBot, window: MainWindow, named: Path) -> None:
    watch(qtbot, window, named)
    assert set(who(window)) == {"Anna · Ateliers", "Annika Lee · Ateliers", "…3333 · Ateliers"}
    table = table_of(qtbot, window)
    last = len(table.model.rows) - 1
    assert [cell(table, last, key) for key in ("user", "server", "channel")] == ["Anna", "Ateliers", "general"]
    place = [column.key for column in table.model.columns].index("user")
    assert "by the ids" in str(table.model.headerData(place, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole))
    assert table.model.tip(table.model.rows[last], place) == plain_tip(f"Anna · {ANNA}")
    window.live.show_page("users")
    qtbot.waitUntil(lambda: leaders(window) == ["Anna", "Annika Lee", BERT])
    window.filter_by(Filter.of(user=ANNA))
    assert [chip.text() for chip in window.live.strip.chips] == ["user Anna"]


def test_a_file_without_names_looks_as_it_did(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    shown = window.findChild(EventList).model.rows
    assert [each.partition(" · ")[0] for each in who(window)] == [short_id(event.user_id) for event in shown]
    assert not labels_path().exists()


@pytest.mark.slow
def test_a_rename_is_seen_within_a_second_everywhere(
    qtbot: QtBot, memory: Settings, named: Path, process: LiveProcess
) -> None:
    window = open_window(qtbot, memory, process=process)
    watch(qtbot, window, named)
    table = table_of(qtbot, window)
    rename(named, ANNA, "Joanna")
    last = len(table.model.rows) - 1
    qtbot.waitUntil(lambda: cell(table, last, "user") == "Joanna", timeout=5_000)
    window.live.show_page("overview")
    qtbot.waitUntil(lambda: "Joanna · Ateliers" in who(window), timeout=5_000)


def test_names_are_masked_by_the_menu_and_it_is_remembered(
    qtbot: QtBot, window: MainWindow, memory: Settings, named: Path
) -> None:
    watch(qtbot, window, named)
    table = table_of(qtbot, window)
    menu(window, "View", "Mask names").trigger()
    last = len(table.model.rows) - 1
    assert cell(table, last, "user") == "…1111"
    assert memory.switch(MASK_NAMES)
    window.live.show_page("users")
    qtbot.waitUntil(lambda: leaders(window) == ["…1111", "…2222", "…3333"])
    menu(window, "View", "Mask names").trigger()
    assert leaders(window)[0] == "Anna"


def test_the_host_names_a_user_with_the_keys_and_takes_it_back(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    watch(qtbot, window, database)
    table = table_of(qtbot, window)
    before = cell(table, 0, "user")
    trigger(menu_at(qtbot, table, 0, "user"), "Name this…")
    dialog = window.findChild(NamingDialog)
    assert not dialog.go.isEnabled()
    QTest.keyClicks(dialog.name, "Mia <b>x</b>")
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.errands.naming.dialog is None)
    qtbot.waitUntil(lambda: cell(table, 0, "user") == "Mia <b>x</b>")
    assert labels_path().exists()
    trigger(menu_at(qtbot, table, 0, "user"), "Name this…")
    dialog = window.errands.naming.dialog
    assert isinstance(dialog, NamingDialog)
    assert dialog.name.text() == "Mia <b>x</b>"
    qtbot.waitUntil(dialog.remove.isEnabled)
    QTest.mouseClick(dialog.remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: cell(table, 0, "user") == before)


def test_a_name_that_cannot_be_kept_is_said(qtbot: QtBot, window: MainWindow, database: Path, tmp_path: Path) -> None:
    labels_path().mkdir(parents=True)  # a folder where the file would be
    watch(qtbot, window, database)
    table = table_of(qtbot, window)
    trigger(menu_at(qtbot, table, 0, "server"), "Name this…")
    dialog = window.findChild(NamingDialog)
    QTest.keyClicks(dialog.name, "Home")
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.state.startswith("The name could not be kept"))
    assert dialog.isVisible()
    assert dialog.go.isEnabled()


def test_a_name_is_typed_into_the_filter_and_means_the_ids(qtbot: QtBot, window: MainWindow, named: Path) -> None:
    watch(qtbot, window, named)
    table = table_of(qtbot, window)
    box = table.frame.filter_box
    QTest.keyClicks(box.edit, "user:ANN")
    QTest.keyClick(box.edit, Qt.Key.Key_Escape)  # the list of completions
    box.apply()
    qtbot.waitUntil(lambda: {term.value for term in box.filter.terms} == {ANNA, ANNIKA})
    settle(qtbot, table)
    assert len(table.model.rows) == RUNS[ANNA] + RUNS[ANNIKA]
    assert box.problems == "“user:ANN”: stands for 2 names: Anna, Annika Lee"
    assert window.live.current.rows_text == f"user:{ANNA} user:{ANNIKA}"
    box.set_text('user:"annika l" server:atel')
    qtbot.waitUntil(lambda: {term.value for term in box.filter.terms} == {ANNIKA, SERVER})
    assert box.problems == ""
    box.set_text("user:zoe")
    qtbot.waitUntil(lambda: box.problems != "")
    assert box.problems == "“user:zoe”: no name begins so, so it is looked for as an id"


def test_back_leads_to_the_same_rows_though_a_name_has_changed(qtbot: QtBot, window: MainWindow, named: Path) -> None:
    watch(qtbot, window, named)
    table = table_of(qtbot, window)
    box = table.frame.filter_box
    box.set_text("user:anna")
    qtbot.waitUntil(lambda: [term.value for term in box.filter.terms] == [ANNA])
    QApplication.processEvents()
    window.live.show_page("overview")
    QApplication.processEvents()
    box.set_text("")
    QApplication.processEvents()
    rename(named, ANNA, "Zoe")
    press(window, "Alt+Left")
    qtbot.waitUntil(lambda: [term.value for term in box.filter.terms] == [ANNA])


def test_completion_offers_names_with_the_ends_of_their_ids(qtbot: QtBot, window: MainWindow, named: Path) -> None:
    watch(qtbot, window, named)
    box = table_of(qtbot, window).frame.filter_box
    box.edit.setFocus()
    QTest.keyClicks(box.edit, "user:annik")
    offered = box.choices.offered.choices
    assert [(each.shown, each.about, each.text) for each in offered] == [("Annika Lee", "user …2222", ANNIKA)]
    QTest.keyClick(box.choices.popup(), Qt.Key.Key_Down)
    QTest.keyClick(box.choices.popup(), Qt.Key.Key_Return)
    assert box.text == f"user:{ANNIKA} "


def test_copies_have_the_names_beside_the_ids(qtbot: QtBot, window: MainWindow, named: Path) -> None:
    watch(qtbot, window, named)
    table = table_of(qtbot, window)
    last = len(table.model.rows) - 1
    assert copied(qtbot, table, menu_at(qtbot, table, last, "user"), "Copy user") == ANNA
    (row,) = json.loads(copied(qtbot, table, menu_at(qtbot, table, last, "user"), "Copy selected as", "JSON"))
    assert (row["user"], row["user_name"], row["server_name"]) == (ANNA, "Anna", "Ateliers")
    menu(window, "View", "Mask names").trigger()
    assert "Anna" not in copied(qtbot, table, menu_at(qtbot, table, last, "user"), "Copy row")


def test_settings_take_the_names_that_the_host_gave_along(memory: Settings, tmp_path: Path) -> None:
    from core.storage.labels import Label, all_labels, fetched_label, host_label, write_labels

    write_labels([host_label("user", ANNA, "Boss"), fetched_label("user", BERT, "Bert")])
    export_settings(memory, tmp_path / "s.json")
    content = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert content["names"] == [["user", ANNA, "Boss"]]
    content["names"] += [["planet", "1", "x"], ["user", "", "x"], ["user", 1, "x"], "x", ["user", "2", "\ud800"]]
    (tmp_path / "s.json").write_text(json.dumps(content), encoding="utf-8")
    labels_path().unlink()
    import_settings(memory, tmp_path / "s.json")
    assert [(each.id, each.name, each.source) for each in all_labels()] == [(ANNA, "Boss", "host")]
    assert isinstance(all_labels()[0], Label)


def test_another_database_begins_without_the_names_of_the_last(
    qtbot: QtBot, window: MainWindow, named: Path, database: Path
) -> None:
    watch(qtbot, window, named)
    assert NAMES.name("user", ANNA) == "Anna"
    watch(qtbot, window, database)
    assert NAMES.name("user", ANNA) == ""


def test_the_details_lead_to_a_name_by_the_keys(qtbot: QtBot, window: MainWindow, named: Path) -> None:
    watch(qtbot, window, named)
    table = table_of(qtbot, window)
    table.view.setFocus()
    QTest.keyClick(table.view, Qt.Key.Key_End)
    settle(qtbot, table)
    QTest.keyClick(table.view, Qt.Key.Key_Return)
    field = table.frame.details.fields["user"]
    qtbot.waitUntil(lambda: field.text == f"Anna · {ANNA}")
    assert field.naming is not None
    field.naming.setFocus()
    QTest.keyClick(field.naming, Qt.Key.Key_Space)
    dialog = window.errands.naming.dialog
    assert isinstance(dialog, NamingDialog)
    assert dialog.name.text() == "Anna"
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    menu(window, "View", "Mask names").trigger()
    qtbot.waitUntil(lambda: not field.naming.isEnabled())  # type: ignore[union-attr]
    assert field.text == "…1111"


def test_columns_of_names_leave_a_small_window_without_a_bar_to_scroll_by(
    qtbot: QtBot, window: MainWindow, named: Path
) -> None:
    with AnalyticsManager(named) as manager:
        manager.track_image_generation(ANNA, "a fox", "16:9 [1344x768 landscape]", ["ink.safetensors"], 2, 12.5)
    watch(qtbot, window, named)
    table = table_of(qtbot, window, "images")
    for width in range(1_280, 1_340, 4):
        window.resize(width, 800)
        settle(qtbot, table)
        assert table.view.horizontalScrollBar().maximum() == 0, width
