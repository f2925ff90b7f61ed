"""A chart's twin in its window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from core.charts.data_table import DataTable
from gui.plots.shared.data_table_window import DataTableDialog

TABLE = DataTable(
    "By command",
    ("name", "count", "p50"),
    (("comfy", 12_000, "12.8 s"), ("=1+1", 0.123456, None), ("<b>" + "x" * 200_000, None, "0.4 s")),
)
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def dialog(qtbot: QtBot, qapp: QApplication) -> DataTableDialog:
    made = DataTableDialog(TABLE, "comfy is run most.")
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def shown(dialog: DataTableDialog, row: int) -> list[str]:
    model = dialog.view.model()
    return [model.index(row, column).data() for column in range(model.columnCount())]


def test_cells_are_readable(dialog: DataTableDialog) -> None:
    QAbstractItemModelTester(dialog.view.model(), QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert shown(dialog, 0) == ["comfy", "12,000", "12.8 s"]
    assert shown(dialog, 1) == ["=1+1", "0.1235", "—"]
    assert len(shown(dialog, 2)[0]) == 300


def test_numbers_and_figures_stand_at_the_right_with_their_headings(dialog: DataTableDialog) -> None:
    model, role = dialog.view.model(), Qt.ItemDataRole.TextAlignmentRole
    sides = [bool(model.index(0, at).data(role) & int(Qt.AlignmentFlag.AlignRight)) for at in range(3)]
    heads = [
        bool(model.headerData(at, Qt.Orientation.Horizontal, role) & int(Qt.AlignmentFlag.AlignRight))
        for at in range(3)
    ]
    assert sides == heads == [False, True, True]


def test_a_long_name_does_not_make_the_window_wide(dialog: DataTableDialog) -> None:
    assert dialog.sizeHint().width() <= 960
    assert dialog.view.columnWidth(0) <= 320


def test_table_can_be_copied_whole_by_button(dialog: DataTableDialog) -> None:
    buttons = {button.text().replace("&", ""): button for button in dialog.findChildren(QPushButton)}
    buttons["Copy as text"].click()
    assert QApplication.clipboard().text().startswith("name\tcount\tp50\ncomfy\t12000\t12.8 s\n'=1+1\t0.123456\t\n")
    buttons["Copy as CSV"].click()
    assert QApplication.clipboard().text().startswith('"name","count","p50"\r\n"comfy",12000,"12.8 s"\r\n"\'=1+1",')


def test_a_selection_is_copied_with_its_headings_if_it_has_rows(dialog: DataTableDialog, qtbot: QtBot) -> None:
    view = dialog.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_C, CTRL)
    assert QApplication.clipboard().text() == "comfy"
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(view, Qt.Key.Key_C, CTRL)
    assert QApplication.clipboard().text() == "count\n12000\n0.123456"


def test_table_is_described_and_left_by_keyboard(dialog: DataTableDialog, qtbot: QtBot) -> None:
    assert dialog.view.accessibleName() == "By command"
    assert dialog.view.accessibleDescription() == "comfy is run most."
    dialog.view.setFocus()
    QTest.keyClick(dialog.view, Qt.Key.Key_Tab)
    assert isinstance(QApplication.focusWidget(), QPushButton)
    with qtbot.waitSignal(dialog.finished):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_a_table_without_rows_is_shown(qtbot: QtBot) -> None:
    made = DataTableDialog(DataTable("", ("name",), ()))
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.copy_text()
    assert QApplication.clipboard().text() == "name"
    assert made.windowTitle() == "Chart"
