"""What is chosen for a chart's export: its format, size, scale and colours, and the file."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QSize, QStandardPaths, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QSpinBox, QWidget

from gui.dialogs.controls import Choice
from gui.dialogs.data.parts import FIELD, chosen
from gui.dialogs.file_field import FileField
from gui.plots.export.export import (
    LARGEST,
    SCALES,
    SMALLEST,
    ChartFormat,
    ChartLook,
    file_name,
    picture_size,
    size_of_all,
    theme_shown,
)
from gui.plots.shared.base import AnyPlot
from gui.settings import Option, Setting, Settings
from gui.style.theme import base_font, tabular
from gui.widgets.parts import row
from gui.widgets.text import PlainLabel
from resources.design import Theme

_LABEL_WIDTH: Final = 64
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
"""What is remembered."""


class SizeField(QWidget):
    """How large a picture is to be: as the plot is shown, with all its rows, a usual size, or the host's own.

    Attributes:
        choice, width_box, height_box: the list of sizes, and the pixels.

    Signals:
        changed(): another size is chosen.
    """

    changed = Signal()

    def __init__(self, plot: AnyPlot) -> None:
        super().__init__()
        self._plot = plot
        self.choice, self.width_box, self.height_box = QComboBox(), _pixels("Width"), _pixels("Height")
        row(self.choice, self.width_box, PlainLabel("×"), self.height_box, on=self, gap=8)
        self._fill()
        self.choice.currentIndexChanged.connect(lambda _index: self.follow())
        for box in (self.width_box, self.height_box):
            box.valueChanged.connect(lambda _value: self.changed.emit())

    @property
    def size_chosen(self) -> QSize | None:
        """The picture's size in pixels; None: as the plot is shown."""
        if self.choice.currentData() == _AS_SHOWN:
            return None
        return QSize(self.width_box.value(), self.height_box.value())

    def follow(self) -> None:
        """Show the pixels of the chosen size, as the plot is by now."""
        data = self.choice.currentData()
        shown = picture_size(self._plot, ChartLook(theme_shown())) if data == _AS_SHOWN else data
        if isinstance(shown, QSize):
            self._show_size(shown)
        for box in (self.width_box, self.height_box):
            box.setEnabled(data == _OWN)
        self.changed.emit()

    def _fill(self) -> None:
        shown = picture_size(self._plot, ChartLook(theme_shown()))
        self.choice.addItem(f"As shown ({shown.width()} × {shown.height()})", _AS_SHOWN)
        if (everything := size_of_all(self._plot)) is not None:
            self.choice.addItem(f"All rows ({everything.width()} × {everything.height()})", everything)
        for size in _SIZES:
            self.choice.addItem(f"{size.width()} × {size.height()}", size)
        self.choice.addItem("Other…", _OWN)
        self.choice.setAccessibleName("Size")
        self.choice.setMinimumSize(190, FIELD)
        self._show_size(shown)

    def _show_size(self, size: QSize) -> None:
        for box, value in ((self.width_box, size.width()), (self.height_box, size.height())):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)


def _pixels(name: str) -> QSpinBox:
    box = QSpinBox()
    least, most = (SMALLEST.width(), LARGEST.width()) if name == "Width" else (SMALLEST.height(), LARGEST.height())
    box.setRange(least, most)
    box.setSuffix(" px")
    box.setKeyboardTracking(False)
    box.setFont(tabular(base_font()))
    box.setMinimumSize(96, FIELD)
    box.setAccessibleName(name)
    return box


class ChartFields(QWidget):
    """The rows of choices, as they were made last time; those that a format has no use for are hidden.

    Attributes:
        format, scale, theme: rows of buttons.
        extent: how large; file: where to.

    Signals:
        changed(): another picture is wanted.
    """

    changed = Signal()

    def __init__(self, plot: AnyPlot, memory: Settings) -> None:
        super().__init__()
        self._plot, self._memory = plot, memory
        self.format, self.scale, self.theme = Choice(FORMAT), Choice(SCALE), Choice(THEME)
        for control, setting in self._remembered():
            control.set_value(memory.text(setting))
            control.setFocusProxy(control.buttons[memory.text(setting)])
        self.extent = SizeField(plot)
        pictures = QStandardPaths.StandardLocation.PicturesLocation
        name, endings = lambda: file_name(plot, self.kind), tuple(ChartFormat)
        self.file = FileField("Export chart", name, endings, (memory, FOLDER), pictures)
        self._pictured: list[tuple[QWidget, ...]] = []
        self._arrange()
        self.format.value_chosen.connect(lambda _value: self.follow_format())
        for choice in (self.scale, self.theme):
            choice.value_chosen.connect(lambda _value: self.changed.emit())
        self.extent.changed.connect(self.changed)

    @property
    def kind(self) -> ChartFormat:
        """What is to be made."""
        return ChartFormat(chosen(self.format))

    @property
    def look(self) -> ChartLook:
        """How the chart is to be drawn."""
        theme = chosen(self.theme)
        shown = theme_shown() if theme == _AS_SHOWN else Theme(theme)
        return ChartLook(shown, self.extent.size_chosen, int(chosen(self.scale)))

    def follow_format(self) -> None:
        """The name's ending, and what there is to choose, go with the format."""
        self.file.follow_ending()
        for parts in self._pictured:
            wanted = self.kind is ChartFormat.PNG if self.scale in parts else self.kind is not ChartFormat.CSV
            for part in parts:
                part.setVisible(wanted)
        self.extent.follow()

    def remember(self) -> None:
        """Begin with these choices next time."""
        for control, setting in self._remembered():
            self._memory.remember(setting, chosen(control))

    def _remembered(self) -> tuple[tuple[Choice, Setting], ...]:
        return (self.format, FORMAT), (self.scale, SCALE), (self.theme, THEME)

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        rows: tuple[tuple[str, QWidget, QWidget], ...] = (
            ("&Format", self.format, self.format),
            ("&Size", self.extent, self.extent.choice),
            ("S&cale", self.scale, self.scale),
            ("&Theme", self.theme, self.theme),
            ("F&ile", self.file, self.file.line),
        )
        for number, (words, part, buddy) in enumerate(rows):
            label = PlainLabel(words)
            label.setBuddy(buddy)
            label.setMinimumWidth(_LABEL_WIDTH)
            grid.addWidget(label, number, 0)
            grid.addLayout(row((part, 1)) if part is self.file else row(part, 1), number, 1)
            if part not in (self.format, self.file):
                self._pictured.append((label, part))
