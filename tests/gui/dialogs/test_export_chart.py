"""The dialog of a chart's export, by mouse and by keyboard, on real files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from core.charts.specs import Bar, BarChart, Opens
from core.filters import Filter
from core.presenters.caption import Origin
from core.time_ranges import DAY, TimeRange
from gui.dialogs.chart_fields import FOLDER
from gui.dialogs.export_chart import ExportChartDialog
from gui.plots.bars.plot import BarChartPlot
from gui.plots.time_series.plot import TimeSeriesPlot
from gui.settings import Settings
from gui.style.theme import apply_theme
from resources.design import Theme, palette
from tests.gui.plot_samples import bars, over_time
from tests.gui.windows import settings_in


@pytest.fixture
def memory(tmp_path: Path) -> Settings:
    (tmp_path / "charts").mkdir()
    remembered = settings_in(tmp_path)
    remembered.remember(FOLDER, str(tmp_path / "charts"))
    return remembered


@pytest.fixture
def plot(qtbot: QtBot, qapp: QApplication) -> TimeSeriesPlot:
    apply_theme(qapp, Theme.DARK)
    widget = TimeSeriesPlot()
    qtbot.addWidget(widget)
    widget.set_palette(palette(Theme.DARK))
    widget.show_chart(over_time())
    widget.resize(600, 260)
    widget.show()
    return widget


@pytest.fixture
def dialog(qtbot: QtBot, plot: TimeSeriesPlot, memory: Settings) -> Iterator[ExportChartDialog]:
    made = ExportChartDialog(plot, memory)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    qtbot.waitUntil(lambda: made.preview.image is not None)
    yield made
    made.close()


def named(ending: str) -> str:
    """What a chart's file is called today."""
    return f"commands-{date.today().isoformat()}.{ending}"


def press(button: QPushButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def export(qtbot: QtBot, dialog: ExportChartDialog) -> Path:
    with qtbot.waitSignal(dialog.exported) as done:
        press(dialog.export)
    qtbot.waitUntil(lambda: not dialog.isVisible())
    written = done.args[0]
    assert isinstance(written, Path)
    return written


@pytest.mark.parametrize(
    ("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF"), ("csv", b'"from","to"')]
)
def test_each_format_is_written(
    qtbot: QtBot, dialog: ExportChartDialog, tmp_path: Path, ending: str, start: bytes
) -> None:
    press(dialog.fields.format.buttons[ending])
    target = export(qtbot, dialog)
    assert target == tmp_path / "charts" / named(ending)
    assert target.read_bytes().startswith(start)


def test_scale_size_and_theme_are_what_is_written(qtbot: QtBot, dialog: ExportChartDialog) -> None:
    press(dialog.fields.scale.buttons["3"])
    press(dialog.fields.theme.buttons["light"])
    dialog.fields.extent.choice.setCurrentIndex(2)
    assert "1,920 × 1,080" in dialog.note.text()
    picture = QImage(str(export(qtbot, dialog)))
    assert picture.size() == QSize(1920, 1080)
    assert picture.pixelColor(2, 2).name() == palette(Theme.LIGHT).surface


def test_the_preview_follows(qtbot: QtBot, dialog: ExportChartDialog) -> None:
    assert dialog.preview.image is not None
    assert dialog.preview.image.size() == QSize(632, 292)
    press(dialog.fields.theme.buttons["light"])
    light = palette(Theme.LIGHT).surface
    qtbot.waitUntil(lambda: dialog.preview.image is not None and dialog.preview.image.pixelColor(1, 1).name() == light)
    press(dialog.fields.format.buttons["csv"])
    qtbot.waitUntil(lambda: bool(dialog.preview.lines))
    assert dialog.preview.lines[0] == "from\tto\tcomfy\tfailed\tp50 (s)"
    assert (
        not dialog.fields.scale.isVisible()
        and not dialog.fields.theme.isVisible()
        and dialog.fields.file.line.isVisible()
    )


def test_chart_export_can_be_done_by_keyboard(qtbot: QtBot, dialog: ExportChartDialog, tmp_path: Path) -> None:
    dialog.fields.format.buttons["png"].setFocus()
    QTest.keyClick(dialog.fields.format.buttons["png"], Qt.Key.Key_Right)
    assert dialog.fields.format.buttons["svg"].isChecked() and dialog.fields.file.line.text().endswith(named("svg"))
    dialog.fields.file.line.setFocus()
    QTest.keySequence(dialog.fields.file.line, "Ctrl+A")
    QTest.keyClicks(dialog.fields.file.line, "mine.svg")
    with qtbot.waitSignal(dialog.exported):
        QTest.keyClick(dialog.fields.file.line, Qt.Key.Key_Return)
    assert (tmp_path / "charts" / "mine.svg").exists()


def test_tab_reaches_every_control_and_each_has_a_name(dialog: ExportChartDialog) -> None:
    seen: list[QWidget] = []
    dialog.export.setFocus()
    for _ in range(20):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        seen.append(focused)
    wanted = {
        dialog.fields.extent.choice,
        dialog.fields.file.line,
        dialog.fields.file.browse,
        dialog.copy_picture,
        dialog.copy_data,
        dialog.cancel,
        dialog.export,
    }
    assert wanted <= set(seen)
    for kind in (QPushButton, QComboBox, QLineEdit, QSpinBox):
        for part in (each for each in dialog.findChildren(kind) if each.isVisible() and each.parent() is dialog):
            assert part.accessibleName() or (isinstance(part, QPushButton) and part.text())


def test_a_file_that_is_there_is_only_replaced_on_request(
    qtbot: QtBot, dialog: ExportChartDialog, tmp_path: Path
) -> None:
    there = tmp_path / "charts" / named("png")
    there.write_text("mine")
    press(dialog.export)
    qtbot.waitUntil(lambda: dialog.export.text() == "&Replace")
    assert there.read_text() == "mine" and dialog.note.text().startswith("There is a file of this name")
    assert export(qtbot, dialog) == there
    assert there.read_bytes().startswith(b"\x89PNG")


def test_a_fault_is_told_and_the_dialog_stays(qtbot: QtBot, dialog: ExportChartDialog, tmp_path: Path) -> None:
    dialog.fields.file.line.setText(str(tmp_path / "nowhere" / "x.png"))
    press(dialog.export)
    qtbot.waitUntil(lambda: dialog.note.text().startswith("The folder is not there"))
    assert dialog.isVisible() and dialog.export.isEnabled()
    QTest.keyClicks(dialog.fields.file.line, "g")
    assert not dialog.note.text().startswith("The folder")


def test_choices_are_remembered(
    qtbot: QtBot, plot: TimeSeriesPlot, memory: Settings, dialog: ExportChartDialog, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    press(dialog.fields.format.buttons["pdf"])
    press(dialog.fields.theme.buttons["light"])
    dialog.fields.file.line.setText(str(tmp_path / "other" / "x.pdf"))
    export(qtbot, dialog)
    again = ExportChartDialog(plot, memory)
    qtbot.addWidget(again)
    assert again.fields.file.target == tmp_path / "other" / named("pdf")
    assert again.fields.look.theme is Theme.LIGHT


def test_copies(dialog: ExportChartDialog) -> None:
    press(dialog.copy_picture)
    assert QGuiApplication.clipboard().image().size() == QSize(1264, 584)
    press(dialog.copy_data)
    assert QGuiApplication.clipboard().text().startswith("from\tto\tcomfy")
    assert "clipboard" in dialog.note.text()


def test_escape_leaves_nothing_behind(dialog: ExportChartDialog, tmp_path: Path) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible() and not list((tmp_path / "charts").iterdir())


@pytest.mark.parametrize(("letter", "name"), [("F", "format"), ("C", "scale"), ("T", "theme")])
def test_a_letter_leads_to_a_row_of_buttons(qtbot: QtBot, dialog: ExportChartDialog, letter: str, name: str) -> None:
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    control = getattr(dialog.fields, name)
    QTest.keySequence(QApplication.focusWidget() or dialog, f"Alt+{letter}")
    pressed = next(button for button in control.buttons.values() if button.isChecked())
    assert QApplication.focusWidget() is pressed
    QTest.keyClick(pressed, Qt.Key.Key_Right)
    moved = next(button for button in control.buttons.values() if button.isChecked())
    assert moved is not pressed or name == "scale"


@pytest.fixture
def list_dialog(qtbot: QtBot, plot: TimeSeriesPlot, memory: Settings) -> Iterator[ExportChartDialog]:
    """Of a list of thirty rows that is too low for them."""
    listed = BarChartPlot()
    qtbot.addWidget(listed)
    listed.set_palette(palette(Theme.DARK))
    listed.show_chart(bars())
    listed.resize(600, 260)
    listed.show()
    made = ExportChartDialog(listed, memory)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made.preview.image is not None)
    yield made
    made.close()


def test_a_list_is_as_large_as_the_dialog_says_with_the_rows_that_fit(
    qtbot: QtBot, list_dialog: ExportChartDialog
) -> None:
    preview = list_dialog.preview.image
    assert preview is not None and preview.size() == QSize(632, 292)
    said = list_dialog.note.text()
    assert said.startswith("A picture of 1,264 × 584 pixels. The first ") and said.endswith(" of 30; CSV has them all.")
    picture = QImage(str(export(qtbot, list_dialog)))
    assert picture.size() == QSize(1264, 584)
    assert f"{picture.text('Comment')}; CSV has them all." in said


def test_a_list_is_written_with_all_of_its_rows_where_that_is_wanted(
    qtbot: QtBot, list_dialog: ExportChartDialog
) -> None:
    QTest.keyClick(list_dialog.fields.extent.choice, Qt.Key.Key_Down)
    assert list_dialog.fields.extent.choice.currentText().startswith("All rows (632 × ")
    qtbot.waitUntil(lambda: "The first" not in list_dialog.note.text())
    size = QSize(list_dialog.fields.extent.width_box.value(), list_dialog.fields.extent.height_box.value())
    assert size.height() > 30 * 28
    assert f"{size.width() * 2:,} × {size.height() * 2:,} pixels" in list_dialog.note.text()
    picture = QImage(str(export(qtbot, list_dialog)))
    assert picture.size() == size * 2 and picture.text("Comment") == ""


BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 18, tzinfo=BERLIN).timestamp()
ORIGIN = Origin("mybot.db", TimeRange(START, START + 7 * DAY), BERLIN)
USER = "123456789012344821"
LEADERS = BarChart("Leaderboard", "", (Bar(USER, 5.0, opens=Opens("commands", Filter.of(user=USER))),), "in all")


@pytest.fixture
def ask(qtbot: QtBot, plot: TimeSeriesPlot, memory: Settings) -> Iterator[Callable[..., ExportChartDialog]]:
    """Opens the dialog for a chart whose origin is known."""
    dialogs: list[ExportChartDialog] = []

    def opened(chart: BarChart | None = None, origin: Origin = ORIGIN) -> ExportChartDialog:
        shown: TimeSeriesPlot | BarChartPlot = plot
        if chart is not None:
            shown = BarChartPlot()
            qtbot.addWidget(shown)
            shown.show_chart(chart)
            shown.resize(600, 260)
            shown.show()
        dialogs.append(ExportChartDialog(shown, memory, origin=origin))
        qtbot.addWidget(dialogs[-1])
        dialogs[-1].show()
        qtbot.waitUntil(lambda: dialogs[-1].preview.image is not None)
        return dialogs[-1]

    yield opened
    for each in dialogs:
        each.close()


def test_the_footer_has_a_switch_that_is_remembered_and_makes_room(
    qtbot: QtBot, ask: Callable[..., ExportChartDialog]
) -> None:
    dialog = ask()
    preview = dialog.preview.image
    assert preview is not None and preview.height() > 292 and preview.width() == 632
    assert dialog.fields.footer.isVisible() and dialog.fields.footer.isChecked()
    press(dialog.fields.footer)
    qtbot.waitUntil(lambda: dialog.preview.image is not None and dialog.preview.image.height() == 292)
    assert dialog.fields.look.origin is None
    export(qtbot, dialog)
    assert not ask().fields.footer.isChecked()


def test_ids_are_masked_until_they_are_asked_for_and_the_next_time_again(
    qtbot: QtBot, ask: Callable[..., ExportChartDialog]
) -> None:
    dialog = ask(LEADERS)
    assert dialog.fields.ids.isVisible() and not dialog.fields.look.ids_shown
    press(dialog.fields.ids)
    assert dialog.fields.look.ids_shown
    export(qtbot, dialog)
    assert not ask(LEADERS).fields.ids.isChecked()


def test_ids_have_no_switch_where_none_could_be_read(ask: Callable[..., ExportChartDialog]) -> None:
    assert not ask().fields.ids.isVisible()
    of_one = Origin("mybot.db", ORIGIN.span, BERLIN, Filter.of(user=USER))
    assert ask(origin=of_one).fields.ids.isVisible(), "the filter stands in the footer"


def test_a_picture_for_discord_is_600_wide_with_larger_texts(
    qtbot: QtBot, ask: Callable[..., ExportChartDialog]
) -> None:
    dialog = ask()
    place = [dialog.fields.extent.choice.itemText(i) for i in range(dialog.fields.extent.choice.count())]
    dialog.fields.extent.choice.setCurrentIndex(next(i for i, words in enumerate(place) if "Discord" in words))
    assert dialog.fields.look.zoom > 1.2
    assert "1,200 × 680" in dialog.note.text()
    assert QImage(str(export(qtbot, dialog))).size() == QSize(1200, 680)


def test_a_folder_that_is_there_is_proposed(
    qtbot: QtBot, plot: TimeSeriesPlot, memory: Settings, tmp_path: Path
) -> None:
    memory.remember(FOLDER, str(tmp_path / "gone"))
    dialog = ExportChartDialog(plot, memory)
    qtbot.addWidget(dialog)
    assert dialog.fields.file.target.parent.is_dir(), "what is proposed is not refused"
    with qtbot.waitSignal(dialog.exported) as done:
        press(dialog.export)
    Path(done.args[0]).unlink()
