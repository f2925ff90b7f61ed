"""Exporting a chart: as what, how large, in which colours, and where to; with a preview."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QSize, QStandardPaths, Qt, QTimer, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.charts.data_table import as_text, data_table
from core.errors import BotpulseError
from core.storage.location import Location
from core.text.formatting import count, one_line
from gui.dialogs.chart_preview import ChartPreview
from gui.dialogs.controls import Choice
from gui.plots.export.export import (
    LARGEST,
    LEFT_OUT,
    SCALES,
    SMALLEST,
    AlreadyThere,
    ChartFormat,
    ChartLook,
    chart_of,
    copy_data,
    copy_picture,
    file_name,
    largest_scale,
    picture_size,
    prepare,
    render_image,
    size_of_all,
    theme_shown,
    written,
)
from gui.plots.shared.base import AnyPlot
from gui.settings import Option, Setting, Settings
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font, tabular
from gui.threads.jobs import Job
from gui.widgets.text import PlainLabel, set_severity
from resources.design import Theme

_PREVIEW_MS: Final = 60
_LABEL_WIDTH: Final = 64
_FIELD: Final = 30
_LINES: Final = 14
_SIZES: Final = (QSize(640, 360), QSize(960, 540), QSize(1280, 720))
_AS_SHOWN: Final = "shown"
_OWN: Final = "own"


def _options(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"allowed": tuple(value for value, _ in pairs), "options": tuple(Option(*pair) for pair in pairs)}


FORMAT: Final = Setting(
    "export_chart_format",
    ChartFormat.PNG.value,
    "what a chart was last exported as",
    title="Format",
    **_options(*((kind.value, kind.value.upper()) for kind in ChartFormat)),
)
SCALE: Final = Setting(
    "export_chart_scale",
    "2",
    "how many pixels a picture has for one of the window's",
    title="Scale",
    **_options(*((str(scale), f"{scale}×") for scale in SCALES)),
)
THEME: Final = Setting(
    "export_chart_theme",
    _AS_SHOWN,
    "the colours of exported charts",
    title="Theme",
    **_options((_AS_SHOWN, "As shown"), (Theme.LIGHT.value, "Light"), (Theme.DARK.value, "Dark")),
)
FOLDER: Final = Setting("export_chart_folder", "", "where a chart was last exported to")

EXPORT_SETTINGS: Final = (FORMAT, SCALE, THEME, FOLDER)
"""What the dialog remembers."""


class ExportChartDialog(QDialog):
    """Draws a chart into a file, or onto the clipboard. The plot is only looked at: it may go on changing meanwhile.

    Signals:
        exported(object): the file (Path) is written; the dialog closes itself.
    """

    exported = Signal(object)

    def __init__(
        self, plot: AnyPlot, memory: Settings, location: Location | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._plot, self._memory, self._location = plot, memory, location
        self._job = Job(self)
        self._replace: Path | None = None
        self._close_after = False
        self._left_out = ""
        self._rows: list[tuple[QWidget, ...]] = []
        self.setWindowTitle("Export chart")
        self.preview = ChartPreview()
        self.format, self.scale, self.theme = Choice(FORMAT), Choice(SCALE), Choice(THEME)
        self.size_choice, self.width_box, self.height_box = QComboBox(), _pixels("Width"), _pixels("Height")
        self.file, self.browse = QLineEdit(), QPushButton("&Browse…")
        self.copy_picture, self.copy_data = QPushButton("Copy &picture"), QPushButton("Copy &data")
        self.cancel, self.export = QPushButton("Cancel"), QPushButton("&Export")
        self.note = PlainLabel()
        self._drawing = QTimer(self)
        self._arrange()
        self._fill()
        self._connect()
        self._follow_format()
        self.export.setFocus()

    @property
    def kind(self) -> ChartFormat:
        """What is to be made."""
        return ChartFormat(self._chosen(self.format))

    @property
    def look(self) -> ChartLook:
        """How the chart is to be drawn."""
        theme = self._chosen(self.theme)
        size = (
            None
            if self.size_choice.currentData() == _AS_SHOWN
            else QSize(self.width_box.value(), self.height_box.value())
        )
        return ChartLook(theme_shown() if theme == _AS_SHOWN else Theme(theme), size, int(self._chosen(self.scale)))

    @property
    def target(self) -> Path:
        """The file that is to be written, in full."""
        typed = Path(self.file.text().strip() or file_name(self._plot, self.kind)).expanduser()
        return typed if typed.is_absolute() else self._folder() / typed

    def reject(self) -> None:
        """Escape and Cancel stop a write that runs; the dialog goes once that has tidied up."""
        if self._job.running:
            self._close_after = True
            self._job.cancel()
        else:
            super().reject()

    def done(self, result: int) -> None:
        """Stop what runs, whichever way the dialog is closed."""
        self._drawing.stop()
        self._job.stop()
        super().done(result)

    def _arrange(self) -> None:
        title = PlainLabel(one_line(chart_of(self._plot).title, 80))
        title.setFont(base_font(15, QFont.Weight.DemiBold))
        self.note.setWordWrap(True)
        self.note.setFont(base_font(SMALL_PIXELS))
        self.note.setMinimumHeight(36)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 20, 24, 16)
        whole.setSpacing(12)
        whole.addWidget(title)
        whole.addWidget(self.preview, 1)
        whole.addLayout(self._fields())
        whole.addWidget(self.note)
        whole.addLayout(self._buttons())
        self.resize(760, 640)

    def _fields(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        size = (self.size_choice, self.width_box, PlainLabel("×"), self.height_box)
        rows: tuple[tuple[str, tuple[QWidget, ...]], ...] = (
            ("&Format", (self.format,)),
            ("&Size", size),
            ("S&cale", (self.scale,)),
            ("&Theme", (self.theme,)),
            ("F&ile", (self.file, self.browse)),
        )
        for number, (words, parts) in enumerate(rows):
            label = PlainLabel(words)
            label.setBuddy(parts[0])
            label.setMinimumWidth(_LABEL_WIDTH)
            line = QHBoxLayout()
            line.setSpacing(8)
            self._rows.append((label, *parts))
            for part in parts:
                line.addWidget(part, 1 if part is self.file else 0)
            if self.file not in parts:
                line.addStretch(1)
            grid.addWidget(label, number, 0)
            grid.addLayout(line, number, 1)
        return grid

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.copy_picture, self.copy_data):
            row.addWidget(button)
        row.addStretch(1)
        for button in (self.cancel, self.export):
            row.addWidget(button)
        for button in (self.browse, self.copy_picture, self.copy_data, self.cancel):
            button.setAutoDefault(False)
        self.export.setDefault(True)
        self.export.setProperty("primary", "true")
        return row

    def _fill(self) -> None:
        """What was chosen last time."""
        for control, setting in ((self.format, FORMAT), (self.scale, SCALE), (self.theme, THEME)):
            control.set_value(self._memory.text(setting))
            control.setFocusProxy(control.buttons[self._memory.text(setting)])
        shown = picture_size(self._plot, ChartLook(theme_shown()))
        self.size_choice.addItem(f"As shown ({shown.width()} × {shown.height()})", _AS_SHOWN)
        if (everything := size_of_all(self._plot)) is not None:
            self.size_choice.addItem(f"All rows ({everything.width()} × {everything.height()})", everything)
        for size in _SIZES:
            self.size_choice.addItem(f"{size.width()} × {size.height()}", size)
        self.size_choice.addItem("Other…", _OWN)
        self.size_choice.setAccessibleName("Size")
        self.size_choice.setMinimumSize(190, _FIELD)
        self._set_size(shown)
        self.file.setMinimumHeight(_FIELD)
        self.file.setAccessibleName("File")
        self.file.setText(str(self._folder() / file_name(self._plot, self.kind)))
        self.preview.setAccessibleName("ChartPreview")

    def _connect(self) -> None:
        self._drawing.setSingleShot(True)
        self._drawing.setInterval(_PREVIEW_MS)
        self._drawing.timeout.connect(self._draw)
        self.format.value_chosen.connect(lambda _value: self._follow_format())
        for control in (self.scale, self.theme):
            control.value_chosen.connect(lambda _value: self._changed())
        self.size_choice.currentIndexChanged.connect(lambda _index: self._follow_size())
        for box in (self.width_box, self.height_box):
            box.valueChanged.connect(lambda _value: self._changed())
        self.file.textEdited.connect(lambda _text: self._forget_fault())
        self.browse.clicked.connect(self._ask_where)
        self.copy_picture.clicked.connect(self._copy_picture)
        self.copy_data.clicked.connect(self._copy_data)
        self.cancel.clicked.connect(self.reject)
        self.export.clicked.connect(self._start)
        self._job.finished.connect(self._finish)
        self._job.failed.connect(self._fail)
        self._job.ended.connect(self._end)

    def _follow_format(self) -> None:
        """The name's ending, and what there is to choose, go with the format."""
        typed = Path(self.file.text())
        if typed.suffix.lower().removeprefix(".") in tuple(ChartFormat):
            self.file.setText(str(typed.with_suffix(f".{self.kind.value}")))
        for row in self._rows:
            wanted = self.kind is ChartFormat.PNG if self.scale in row else self.kind is not ChartFormat.CSV
            always = self.format in row or self.file in row
            for part in row:
                part.setVisible(wanted or always)
        self._follow_size()

    def _follow_size(self) -> None:
        chosen = self.size_choice.currentData()
        if chosen == _AS_SHOWN:
            self._set_size(picture_size(self._plot, ChartLook(theme_shown())))
        elif isinstance(chosen, QSize):
            self._set_size(chosen)
        own = chosen == _OWN
        for box in (self.width_box, self.height_box):
            box.setEnabled(own)
        self._changed()

    def _set_size(self, size: QSize) -> None:
        for box, value in ((self.width_box, size.width()), (self.height_box, size.height())):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)

    def _changed(self) -> None:
        self._forget_fault()
        self._drawing.start()

    def _forget_fault(self) -> None:
        self._replace = None
        self.export.setText("&Export")
        self._say(Severity.MUTED, self._words())

    def _words(self) -> str:
        """What will be written."""
        if self.kind is ChartFormat.CSV:
            return "The chart's numbers, comma-separated, for a spreadsheet. What looks like a formula is neutralised."
        left_out = f" {self._left_out}; CSV has them all." if self._left_out else ""
        if self.kind is not ChartFormat.PNG:
            return f"Lines and texts stay sharp at every size; the texts can be searched.{left_out}"
        look = self.look
        size = picture_size(self._plot, look)
        scale = min(look.scale, largest_scale(size))
        lowered = "" if scale == look.scale else f" At this size {scale}× is the most."
        return f"A picture of {count(size.width() * scale)} × {count(size.height() * scale)} pixels.{lowered}{left_out}"

    def _draw(self) -> None:
        if self.kind is ChartFormat.CSV:
            table = data_table(chart_of(self._plot))
            head = replace(table, rows=table.rows[: _LINES - 1])
            self.preview.show_lines(as_text(head).split("\n"), len(table.rows))
        else:
            before, image = self._words(), render_image(self._plot, replace(self.look, scale=1))
            self._left_out = image.text(LEFT_OUT)
            self.preview.show_image(image)
            if self.note.text() == before:
                self._say(Severity.MUTED, self._words())

    def _copy_picture(self) -> None:
        copy_picture(self._plot, replace(self.look, scale=max(2, self.look.scale)))
        self._say(Severity.GOOD, "The picture is on the clipboard.")

    def _copy_data(self) -> None:
        copy_data(self._plot)
        self._say(Severity.GOOD, "The numbers are on the clipboard.")

    def _ask_where(self) -> None:
        ending = self.kind.value
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Export chart", str(self.target), f"{ending.upper()} (*.{ending})"
        )
        if chosen:
            path = Path(chosen)
            self.file.setText(str(path if path.suffix else path.with_suffix(f".{ending}")))
            self._forget_fault()
            self._replace = self.target if path.suffix else None  # the system's dialog has asked

    def _start(self) -> None:
        if self._job.running:
            return
        target, make = self.target, prepare(self._plot, self.kind, self.look)
        may_replace, location = self._replace == target, self._location
        self._say(Severity.MUTED, "Writing…")
        self.export.setEnabled(False)
        self._job.start(lambda: written(make, target, location=location, may_replace=may_replace))

    def _finish(self, target: Path) -> None:
        for control, setting in ((self.format, FORMAT), (self.scale, SCALE), (self.theme, THEME)):
            self._memory.remember(setting, self._chosen(control))
        self._memory.remember(FOLDER, str(target.parent))
        self.exported.emit(target)
        QTimer.singleShot(0, self.accept)

    def _fail(self, fault: BotpulseError) -> None:
        self._replace = self.target if isinstance(fault, AlreadyThere) else None
        self.export.setText("&Replace" if self._replace is not None else "&Export")
        self._say(Severity.BAD, f"{fault.title}. {fault.what_happened} {fault.what_to_do}")
        self.note.setToolTip("")

    def _end(self) -> None:
        self.export.setEnabled(True)
        if self._close_after:
            self._close_after = False
            super().reject()

    def _say(self, severity: Severity, words: str) -> None:
        self.note.setText(words)
        set_severity(self.note, severity)
        self.export.setAccessibleDescription(words)

    def _folder(self) -> Path:
        remembered = self._memory.text(FOLDER)
        pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        return Path(remembered or pictures or Path.home())

    @staticmethod
    def _chosen(control: Choice) -> str:
        return next(value for value, button in control.buttons.items() if button.isChecked())


def _pixels(name: str) -> QSpinBox:
    box = QSpinBox()
    least, most = (SMALLEST.width(), LARGEST.width()) if name == "Width" else (SMALLEST.height(), LARGEST.height())
    box.setRange(least, most)
    box.setSuffix(" px")
    box.setKeyboardTracking(False)
    box.setFont(tabular(base_font()))
    box.setMinimumSize(96, _FIELD)
    box.setAccessibleName(name)
    return box
