"""Export table…, and what the window is told of exports, on real files."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.export.formats import Format
from core.storage.location import locate
from core.tasks import Progress, Task
from core.text.masking import MASK
from gui.dialogs.data.parts import chosen
from gui.dialogs.export_chart import ExportChartDialog
from gui.dialogs.export_table import FOLDER, FORMAT, ExportTableDialog
from gui.plots.bars.plot import BarChartPlot
from gui.settings import Settings
from gui.status.masking import Masking
from gui.style.severity import Severity
from gui.tables.records.table import TablePanel
from gui.window.export_menu import ExportMenu
from tests.core import deployed
from tests.gui.table_windows import open_table, settle
from tests.gui.windows import BERLIN, press, texts

Notice = tuple[Severity, str, str, Callable[[], object] | None]


@pytest.fixture
def masking() -> Masking:
    return Masking()


@pytest.fixture
def target(tmp_path: Path, memory: Settings) -> Path:
    """Where exports go: the folder that is remembered."""
    folder = tmp_path / "exports"
    folder.mkdir()
    memory.remember(FOLDER, str(folder))
    return folder


@pytest.fixture
def table(qtbot: QtBot, qapp: QApplication, database: Path) -> Iterator[TablePanel]:
    shown = open_table(qtbot, qapp, "images", database)
    yield shown
    shown.source.close()


@pytest.fixture
def exports(table: TablePanel, memory: Settings, masking: Masking, database: Path) -> ExportMenu:
    menu = ExportMenu(table, memory, masking, BERLIN)
    menu.set_location(locate(database))
    return menu


@pytest.fixture
def notices(exports: ExportMenu) -> list[Notice]:
    heard: list[Notice] = []
    exports.notice_requested.connect(lambda *notice: heard.append(notice))  # type: ignore[arg-type]
    return heard


def opened(qtbot: QtBot, exports: ExportMenu, table: TablePanel) -> ExportTableDialog:
    exports.export_table(table)
    dialog = exports.dialog
    assert isinstance(dialog, ExportTableDialog)
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog and not dialog.looking.busy)
    return dialog


def proposed(folder: Path, ending: str) -> Path:
    """The file that is proposed, named as a chart's is: by what it holds, and the day."""
    return folder / f"images-{date.today().isoformat()}.{ending}"


def click(qtbot: QtBot, dialog: QWidget, words: str) -> None:
    found = [each for each in dialog.findChildren(QPushButton) if each.text().replace("&", "") == words]
    qtbot.mouseClick(next(each for each in found if each.isVisible()), Qt.MouseButton.LeftButton)


def exported(qtbot: QtBot, exports: ExportMenu) -> None:
    qtbot.waitUntil(lambda: exports.dialog is None, timeout=20_000)


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_that_are_shown_are_written_and_told(
    qtbot: QtBot,
    exports: ExportMenu,
    table: TablePanel,
    target: Path,
    notices: list[Notice],
    memory: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table.frame.filter_box.set_text("user:7")
    settle(qtbot, table)
    dialog = opened(qtbot, exports, table)
    assert "As filtered" in dialog.rows.buttons["filtered"].text()
    qtbot.waitUntil(lambda: "1 row" in texts(dialog))
    click(qtbot, dialog, "CSV")
    assert dialog.file.line.text() == str(proposed(target, "csv"))
    click(qtbot, dialog, "Export")
    exported(qtbot, exports)
    (row,) = lines(proposed(target, "csv"))
    assert row["User"] == "7"
    assert row["Prompt"] == "a prompt 7"
    shown = ["User", "Prompt", "Resolution", "LoRAs", "Upscale", "Type", "Generation time (s)"]
    assert [title for title in row if not title.startswith(("Time", "UTC"))] == shown
    severity, words, action, show = notices[-1]
    assert (severity, words, action) == (
        Severity.GOOD,
        f"Exported 1 row to {proposed(target, 'csv')}",
        "Show in folder",
    )
    opened_urls: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened_urls.append)
    assert show is not None
    show()
    assert opened_urls == [QUrl.fromLocalFile(str(target))]
    assert memory.text(FORMAT) == Format.CSV


def test_all_rows_and_all_columns_by_keyboard(
    qtbot: QtBot, exports: ExportMenu, table: TablePanel, target: Path
) -> None:
    table.frame.filter_box.set_text("user:7")
    settle(qtbot, table)
    dialog = opened(qtbot, exports, table)
    assert QApplication.focusWidget() is dialog.go
    for mnemonic, steps in (("Alt+F", 3), ("Alt+R", 1), ("Alt+C", 1)):
        press(dialog, mnemonic)
        for _ in range(steps):
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert (dialog.kind, chosen(dialog.rows), chosen(dialog.columns)) == (Format.JSON_LINES, "all", "all")
    qtbot.waitUntil(lambda: "100 rows" in texts(dialog))
    dialog.file.line.setFocus()
    qtbot.keyClick(dialog.file.line, Qt.Key.Key_Return)
    exported(qtbot, exports)
    records = [json.loads(line) for line in (proposed(target, "jsonl")).read_text().splitlines()]
    assert len(records) == 100
    assert "id" in records[0]
    assert records[0]["id"] == 100  # the newest first


@pytest.mark.parametrize("reveal", [False, True])
def test_prompts_are_masked_as_the_window_masks_them(
    qtbot: QtBot, exports: ExportMenu, table: TablePanel, target: Path, masking: Masking, reveal: bool
) -> None:
    masking.choose(True)
    dialog = opened(qtbot, exports, table)
    assert dialog.masks.on
    if reveal:
        qtbot.mouseClick(dialog.masks.switch, Qt.MouseButton.LeftButton)
    click(qtbot, dialog, "CSV")
    click(qtbot, dialog, "Export")
    exported(qtbot, exports)
    prompts = {row["Prompt"] for row in lines(proposed(target, "csv"))}
    assert prompts == {f"a prompt {i}" for i in range(100)} if reveal else prompts == {MASK}


def test_a_table_without_prompts_has_nothing_to_mask(
    qtbot: QtBot, qapp: QApplication, exports: ExportMenu, database: Path
) -> None:
    commands = open_table(qtbot, qapp, "commands", database)
    dialog = opened(qtbot, exports, commands)
    assert not dialog.masks.isVisible()
    assert "As shown" in dialog.rows.buttons["filtered"].text()
    assert "300 rows" in texts(dialog)


def test_a_file_that_is_there_is_replaced_only_when_told_so(
    qtbot: QtBot, exports: ExportMenu, table: TablePanel, target: Path
) -> None:
    old = proposed(target, "xlsx")
    old.write_text("mine")
    dialog = opened(qtbot, exports, table)
    click(qtbot, dialog, "Export")
    qtbot.waitUntil(lambda: dialog.go.isVisible() and dialog.go.text() == "&Replace")
    assert any(f"There is a file of this name already: {old.name}." in words for words in texts(dialog))
    assert old.read_text() == "mine"
    dialog.file.line.selectAll()
    qtbot.keyClicks(dialog.file.line, "other.xlsx")
    assert dialog.go.text() == "&Export"
    dialog.file.line.selectAll()
    qtbot.keyClicks(dialog.file.line, old.name)
    click(qtbot, dialog, "Export")
    qtbot.waitUntil(lambda: dialog.go.isVisible() and dialog.go.text() == "&Replace")
    click(qtbot, dialog, "Replace")
    exported(qtbot, exports)
    with zipfile.ZipFile(old) as book:
        assert "xl/worksheets/sheet1.xml" in book.namelist()


def test_the_systems_dialog_chooses_the_file(
    qtbot: QtBot, exports: ExportMenu, table: TablePanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "there.xlsx"
    place.write_text("old: the system's dialog has asked")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_arguments: (str(place), ""))
    dialog = opened(qtbot, exports, table)
    click(qtbot, dialog, "Browse…")
    assert dialog.file.target == place
    click(qtbot, dialog, "Export")
    exported(qtbot, exports)
    assert zipfile.is_zipfile(place)


def test_a_long_export_is_stopped_and_leaves_nothing(
    qtbot: QtBot, exports: ExportMenu, table: TablePanel, target: Path, database: Path
) -> None:
    deployed.fill(database, images=30_000)
    dialog = opened(qtbot, exports, table)
    click(qtbot, dialog, "Export")
    qtbot.waitUntil(lambda: any("rows written…" in words for words in texts(dialog)))
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: "Stopped. No file was written." in texts(dialog))
    assert list(target.iterdir()) == []
    assert exports.dialog is dialog


@pytest.mark.parametrize(
    ("place", "title"),
    [("nowhere/images.csv", "The folder is not there"), ("", "There is something else of this name")],
)
def test_obstacles_are_said_in_words(
    qtbot: QtBot, exports: ExportMenu, table: TablePanel, target: Path, place: str, title: str
) -> None:
    (target / "folder.csv").mkdir()
    dialog = opened(qtbot, exports, table)
    dialog.file.line.setText(str(target / (place or "folder.csv")))
    click(qtbot, dialog, "Export")
    if not place:  # a folder is there, so it is asked first
        qtbot.waitUntil(lambda: dialog.go.isVisible() and dialog.go.text() == "&Replace")
        click(qtbot, dialog, "Replace")
    qtbot.waitUntil(lambda: title in texts(dialog))
    click(qtbot, dialog, "Back")
    assert dialog.go.isVisible()


def test_the_database_itself_is_never_written_over(
    qtbot: QtBot, exports: ExportMenu, table: TablePanel, database: Path
) -> None:
    dialog = opened(qtbot, exports, table)
    dialog.file.line.setText(str(database))
    click(qtbot, dialog, "Export")
    qtbot.waitUntil(lambda: dialog.go.isVisible() and dialog.go.text() == "&Replace")
    click(qtbot, dialog, "Replace")
    qtbot.waitUntil(lambda: "This is the database itself" in texts(dialog))
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM image_stats").fetchall() == [(100,)]


@pytest.mark.skipif(os.name != "posix", reason="POSIX's limits")
def test_a_full_disk_is_told_and_the_old_file_stays(
    qtbot: QtBot, exports: ExportMenu, table: TablePanel, target: Path, database: Path
) -> None:
    import resource

    deployed.fill(database, images=5_000)
    old = proposed(target, "csv")
    old.write_text("mine")
    dialog = opened(qtbot, exports, table)
    click(qtbot, dialog, "CSV")
    click(qtbot, dialog, "Export")
    qtbot.waitUntil(lambda: dialog.go.isVisible() and dialog.go.text() == "&Replace")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        click(qtbot, dialog, "Replace")
        qtbot.waitUntil(lambda: "The disk is full" in texts(dialog))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert old.read_text() == "mine"
    assert list(target.iterdir()) == [old]


def test_without_a_database_there_is_nothing_to_export(exports: ExportMenu, table: TablePanel) -> None:
    exports.set_location(None)
    exports.export_table(table)
    assert exports.dialog is None


def test_charts_are_exported_and_copied(
    qtbot: QtBot, exports: ExportMenu, notices: list[Notice], target: Path, table: TablePanel
) -> None:
    from tests.gui.plot_samples import bars

    plot = BarChartPlot()
    qtbot.addWidget(plot)
    exports.export_chart(plot)
    exports.copy_chart(plot)
    assert exports.dialog is None
    assert notices == []
    plot.show_chart(bars())
    exports.copy_chart(plot)
    assert not QGuiApplication.clipboard().image().isNull()
    assert notices[-1][:2] == (Severity.GOOD, "The chart is on the clipboard.")
    exports.export_chart(plot)
    dialog = exports.dialog
    assert isinstance(dialog, ExportChartDialog)
    exports.export_table(table)
    assert exports.dialog is dialog
    dialog.fields.file.line.setText(str(target / "chart.png"))
    qtbot.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
    exported(qtbot, exports)
    assert notices[-1][1] == f"Exported the chart to {target / 'chart.png'}"
    assert (target / "chart.png").read_bytes().startswith(b"\x89PNG")


def test_a_window_that_closes_stops_the_export(
    qtbot: QtBot, exports: ExportMenu, table: TablePanel, target: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tidied_up: list[bool] = []

    def endless(*_arguments: object, **_options: object) -> Task[None]:
        try:
            while True:
                yield Progress(0.5, "1 row written")
        finally:
            tidied_up.append(True)

    monkeypatch.setattr("gui.dialogs.export_table.export_rows", endless)
    dialog = opened(qtbot, exports, table)
    click(qtbot, dialog, "Export")
    qtbot.waitUntil(lambda: "1 row written…" in texts(dialog))
    exports.end()
    assert tidied_up == [True]
    assert exports.dialog is None
