"""What is chosen for a chart's export: its format, size, scale and colours, and the file."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QSize, QStandardPaths, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QSpinBox, QWidget

from core.charts.user_ids import has_user_ids
from core.filters import Field
from core.presenters.caption import Origin
from core.text.translation import gettext as _
from gui.dialogs.controls import Choice, Switch
from gui.dialogs.data.parts import FIELD, chosen
from gui.dialogs.file_field import FileField
from gui.plots.export.export import (
    DISCORD_ZOOM,
    FOR_DISCORD,
    LARGEST,
    SCALES,
    SMALLEST,
    ChartFormat,
    ChartLook,
    chart_of,
    file_name,
    picture_size,
    size_of_all,
    theme_shown,
)
from gui.plots.shared.base import AnyPlot
from gui.settings import Option, Setting, Settings
from gui.style.severity import Severity
from gui.style.theme import base_font, tabular
from gui.widgets.parts import row
from gui.widgets.text import PlainLabel, set_severity
from resources.design import Theme

_LABEL_WIDTH: Final = 64
_SIZES: Final = (QSize(640, 360), QSize(960, 540), QSize(1280, 720))
_AS_SHOWN: Final = "shown"
_OWN: Final = "own"
_DISCORD: Final = "discord"
_EVERY_ROW: Final = "rows"
_FOOTER_WORDS: Final = _("Under the picture: database, range, filter, when it was made")
_IDS_WORDS: Final = _("Show users' ids in full")


def _options(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"allowed": tuple(value for value, _n in pairs), "options": tuple(Option(*pair) for pair in pairs)}


FORMAT: Final = Setting(
    "export_chart_format",
    ChartFormat.PNG.value,
    "what a chart was last exported as",
    title=_("Format"),
    **_options(*((kind.value, kind.value.upper()) for kind in ChartFormat)),
)
SCALE: Final = Setting(
    "export_chart_scale",
    "2",
    "how many pixels a picture has for one of the window's",
    title=_("Scale"),
    **_options(*((str(scale), f"{scale}×") for scale in SCALES)),
)
THEME: Final = Setting(
    "export_chart_theme",
    _AS_SHOWN,
    "the colours of exported charts",
    title=_("Theme"),
    **_options((_AS_SHOWN, _("As shown")), (Theme.LIGHT.value, _("Light")), (Theme.DARK.value, _("Dark"))),
)
FOLDER: Final = Setting("export_chart_folder", "", "where a chart was last exported to")

FOOTER: Final = Setting("export_chart_footer", True, "whether a chart's picture has a footer", title=_("Footer"))
IDS: Final = Setting("", False, "whether the ids of users can be read in the picture", title=_("User ids"))

EXPORT_SETTINGS: Final = (FORMAT, SCALE, THEME, FOOTER, FOLDER)
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
        self.choice, self.width_box, self.height_box = QComboBox(), _pixels(_("Width")), _pixels(_("Height"))
        row(self.choice, self.width_box, PlainLabel("×"), self.height_box, on=self, gap=8)
        for key in self._sizes(None):
            self.choice.addItem("", key)
        self.choice.setAccessibleName(_("Size"))
        self.choice.setMinimumSize(190, FIELD)
        self.follow(None)
        self.choice.currentIndexChanged.connect(lambda _index: self.changed.emit())
        for box in (self.width_box, self.height_box):
            box.valueChanged.connect(lambda _value: self.changed.emit())

    @property
    def size_chosen(self) -> QSize | None:
        """The picture's size in pixels; None: as the plot is shown."""
        if self.choice.currentData() == _AS_SHOWN:
            return None
        return QSize(self.width_box.value(), self.height_box.value())

    @property
    def zoom(self) -> float:
        """How many times as large as usual texts are."""
        return DISCORD_ZOOM if self.choice.currentData() == _DISCORD else 1.0

    def follow(self, origin: Origin | None) -> None:
        """Show the pixels of the chosen size, as the plot is by now, with room for a footer where there is one."""
        chosen_key, sizes = self.choice.currentData(), self._sizes(origin)
        for place in range(self.choice.count()):
            if (key := self.choice.itemData(place)) in sizes:
                self.choice.setItemText(place, sizes[key][0])
        size = sizes.get(chosen_key, ("", None))[1]
        if size is not None:
            self._show_size(size)
        for box in (self.width_box, self.height_box):
            box.setEnabled(chosen_key == _OWN)

    def _sizes(self, origin: Origin | None) -> dict[str, tuple[str, QSize | None]]:
        """The sizes by their keys: what the list says, and how many pixels they are; None: what the host types."""
        look = ChartLook(theme_shown(), origin=origin)
        every = size_of_all(self._plot, look)
        return {
            _AS_SHOWN: (_sized(_("As shown"), shown := picture_size(self._plot, look)), shown),
            **({} if every is None else {_EVERY_ROW: (_sized(_("All rows"), every), every)}),
            _DISCORD: (
                _("For Discord ({pixels}, larger text)").format(pixels=_pixels_of(FOR_DISCORD)),
                FOR_DISCORD,
            ),
            **{_pixels_of(size): (_pixels_of(size), size) for size in _SIZES},
            _OWN: (_("Other…"), None),
        }

    def _show_size(self, size: QSize) -> None:
        for box, value in ((self.width_box, size.width()), (self.height_box, size.height())):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)


def _sized(words: str, size: QSize) -> str:
    return f"{words} ({_pixels_of(size)})"


def _pixels_of(size: QSize) -> str:
    return f"{size.width()} × {size.height()}"


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

    def __init__(self, plot: AnyPlot, memory: Settings, origin: Origin | None = None) -> None:
        """Choose for a plot; ``origin`` is what a footer would tell, None where nothing is known of that."""
        super().__init__()
        self._plot, self._memory, self._origin = plot, memory, origin
        self.format, self.scale, self.theme = Choice(FORMAT), Choice(SCALE), Choice(THEME)
        for control, setting in self._remembered():
            control.set_value(memory.text(setting))
            control.setFocusProxy(control.buttons[memory.text(setting)])
        self.extent, self.footer, self.ids = SizeField(plot), Switch(FOOTER), Switch(IDS)
        self.footer.set_value(memory.switch(FOOTER))
        pictures = QStandardPaths.StandardLocation.PicturesLocation
        name, endings = lambda: file_name(plot, self.kind), tuple(ChartFormat)
        self.file = FileField(_("Export chart"), name, endings, (memory, FOLDER), pictures)
        self._pictured: list[tuple[QWidget, ...]] = []
        self._arrange()
        self.format.value_chosen.connect(lambda _value: self.follow_format())
        for choice in (self.scale, self.theme, self.footer, self.ids):
            choice.value_chosen.connect(lambda _value: self._follow_choice())
        self.extent.changed.connect(self._follow_choice)

    @property
    def kind(self) -> ChartFormat:
        """What is to be made."""
        return ChartFormat(chosen(self.format))

    @property
    def look(self) -> ChartLook:
        """How the chart is to be drawn."""
        theme = chosen(self.theme)
        shown = theme_shown() if theme == _AS_SHOWN else Theme(theme)
        size, zoom, scale = self.extent.size_chosen, self.extent.zoom, int(chosen(self.scale))
        return ChartLook(shown, size, scale, zoom, self._footer_origin, self.ids.isChecked())

    def follow_format(self) -> None:
        """The name's ending, and what there is to choose, go with the format."""
        self.file.follow_ending()
        for parts in self._pictured:
            wanted = self.kind is ChartFormat.PNG if self.scale in parts else self.kind is not ChartFormat.CSV
            for part in parts:
                part.setVisible(wanted)
        self._follow_choice()

    def _follow_choice(self) -> None:
        self.extent.follow(self._footer_origin)
        self.changed.emit()

    @property
    def _footer_origin(self) -> Origin | None:
        return self._origin if self.footer.isChecked() else None

    def remember(self) -> None:
        """Begin with these choices next time."""
        for control, setting in self._remembered():
            self._memory.remember(setting, chosen(control))
        self._memory.remember(FOOTER, self.footer.isChecked())

    def _remembered(self) -> tuple[tuple[Choice, Setting], ...]:
        return (self.format, FORMAT), (self.scale, SCALE), (self.theme, THEME)

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        rows: tuple[tuple[str, QWidget, QWidget], ...] = (
            (_("&Format"), self.format, self.format),
            (_("&Size"), self.extent, self.extent.choice),
            (_("S&cale"), self.scale, self.scale),
            (_("&Theme"), self.theme, self.theme),
            (_("F&ooter"), _switched(self.footer, _FOOTER_WORDS), self.footer),
            (_("&User ids"), _switched(self.ids, _IDS_WORDS), self.ids),
            (_("F&ile"), self.file, self.file.line),
        )
        for number, (words, part, buddy) in enumerate(rows):
            if self._has_nothing_to_switch(buddy):
                part.setParent(self)
                part.hide()
                continue
            label = PlainLabel(words)
            label.setBuddy(buddy)
            label.setMinimumWidth(_LABEL_WIDTH)
            grid.addWidget(label, number, 0)
            grid.addLayout(row((part, 1)) if part is self.file else row(part, 1), number, 1)
            if part not in (self.format, self.file):
                self._pictured.append((label, part))

    def _has_nothing_to_switch(self, buddy: QWidget) -> bool:
        """Whether nothing is known for a footer, or no user's id could be read in the picture."""
        if buddy is self.footer:
            return self._origin is None
        return buddy is self.ids and not (has_user_ids(chart_of(self._plot)) or self._filters_user)

    @property
    def _filters_user(self) -> bool:
        terms = self._origin.chosen.terms if self._origin is not None else ()
        return any(term.field is Field.USER for term in terms)


def _switched(switch: Switch, words: str) -> QWidget:
    holder = QWidget()
    label = PlainLabel(words)
    set_severity(label, Severity.MUTED)
    row(switch, (label, 1), on=holder, gap=10)
    return holder
