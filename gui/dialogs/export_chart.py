"""Exporting a chart: as what, how large, in which colours, and where to; with a preview."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from core.charts.data_table import as_text, data_table
from core.errors import BotpulseError
from core.presenters.caption import Origin
from core.storage.location import Location
from core.text.formatting import count, one_line
from core.text.translation import gettext as _
from gui.dialogs.chart_fields import ChartFields
from gui.dialogs.chart_preview import ChartPreview
from gui.plots.export.export import (
    LEFT_OUT,
    AlreadyThere,
    ChartFormat,
    chart_of,
    copy_data,
    copy_picture,
    largest_scale,
    picture_size,
    prepare,
    render_image,
    written,
)
from gui.plots.shared.base import AnyPlot
from gui.settings import Settings
from gui.style.accessibility import announce
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font
from gui.threads.jobs import Job
from gui.widgets.parts import column, row
from gui.widgets.room import resize_within
from gui.widgets.text import PlainLabel, set_severity

_PREVIEW_MS: Final = 60
_LINES: Final = 14


class ExportChartDialog(QDialog):
    """Draws a chart into a file, or onto the clipboard. The plot is only looked at: it may go on changing meanwhile.

    Attributes:
        fields: what is chosen; preview: what will be written.
        note: what is said about it.

    Signals:
        exported(object): the file (Path) is written; the dialog closes itself.
    """

    exported = Signal(object)

    def __init__(
        self,
        plot: AnyPlot,
        memory: Settings,
        location: Location | None = None,
        parent: QWidget | None = None,
        *,
        origin: Origin | None = None,
    ) -> None:
        """Offer to export ``plot``, which shows what ``origin`` tells; ``location`` is never written over."""
        super().__init__(parent)
        self._plot, self._location = plot, location
        self._job = Job(self)
        self._close_after = False
        self._left_out = ""
        self.setWindowTitle(_("Export chart"))
        self.preview, self.fields, self.note = ChartPreview(), ChartFields(plot, memory, origin), PlainLabel()
        self.copy_picture, self.copy_data = QPushButton(_("Copy &picture")), QPushButton(_("Copy &data"))
        self.cancel, self.export = QPushButton(_("Cancel")), QPushButton(_("&Export"))
        self._drawing = QTimer(self)
        self._arrange()
        self._connect()
        self.fields.follow_format()
        self.export.setFocus()

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
        self.preview.setAccessibleName(_("Preview"))
        self.note.setWordWrap(True)
        self.note.setFont(base_font(SMALL_PIXELS))
        self.note.setMinimumHeight(36)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        buttons = row(self.copy_picture, self.copy_data, 1, self.cancel, self.export, gap=8)
        parts = (title, (self.preview, 1), self.fields, self.note, buttons)
        column(*parts, on=self, gap=12, margins=(24, 20, 24, 16))
        resize_within(self, 760, 640)
        for button in (self.copy_picture, self.copy_data, self.cancel):
            button.setAutoDefault(False)
        self.export.setDefault(True)
        self.export.setProperty("primary", "true")

    def _connect(self) -> None:
        self._drawing.setSingleShot(True)
        self._drawing.setInterval(_PREVIEW_MS)
        self._drawing.timeout.connect(self._draw)
        self.fields.changed.connect(self._changed)
        self.fields.file.edited.connect(self._forget_fault)
        self.copy_picture.clicked.connect(self._copy_picture)
        self.copy_data.clicked.connect(self._copy_data)
        self.cancel.clicked.connect(self.reject)
        self.export.clicked.connect(self._start)
        self._job.finished.connect(self._finish)
        self._job.failed.connect(self._fail)
        self._job.ended.connect(self._end)

    def _changed(self) -> None:
        self._forget_fault()
        self._drawing.start()

    def _forget_fault(self) -> None:
        self.fields.file.replaced = None
        self.export.setText(_("&Export"))
        self._say(Severity.MUTED, self._words())

    def _words(self) -> str:
        """What will be written."""
        if self.fields.kind is ChartFormat.CSV:
            return _("The chart's numbers, with commas, for a spreadsheet. What looks like a formula is made harmless.")
        left_out = _(" {left_out}; CSV has them all.").format(left_out=self._left_out) if self._left_out else ""
        if self.fields.kind is not ChartFormat.PNG:
            return _("Lines and texts stay sharp at every size; the texts can be searched.{left_out}").format(
                left_out=left_out
            )
        look = self.fields.look
        size = picture_size(self._plot, look)
        scale = min(look.scale, largest_scale(size))
        lowered = "" if scale == look.scale else _(" At this size {scale}× is the most.").format(scale=scale)
        return _("A picture of {width} × {height} pixels.{lowered}{left_out}").format(
            width=count(size.width() * scale), height=count(size.height() * scale), lowered=lowered, left_out=left_out
        )

    def _draw(self) -> None:
        if self.fields.kind is ChartFormat.CSV:
            table = data_table(chart_of(self._plot))
            head = replace(table, rows=table.rows[: _LINES - 1])
            self.preview.show_lines(as_text(head).split("\n"), len(table.rows))
        else:
            before, image = self._words(), render_image(self._plot, replace(self.fields.look, scale=1))
            self._left_out = image.text(LEFT_OUT)
            self.preview.show_image(image)
            if self.note.text() == before:
                self._say(Severity.MUTED, self._words())

    def _copy_picture(self) -> None:
        copy_picture(self._plot, replace(self.fields.look, scale=max(2, self.fields.look.scale)))
        self._say(Severity.GOOD, _("The picture is on the clipboard."))

    def _copy_data(self) -> None:
        copy_data(self._plot)
        self._say(Severity.GOOD, _("The numbers are on the clipboard."))

    def _start(self) -> None:
        if self._job.running:
            return
        target, may_replace, location = self.fields.file.target, self.fields.file.may_replace, self._location
        make = prepare(self._plot, self.fields.kind, self.fields.look)
        self._say(Severity.MUTED, _("Writing…"))
        self.export.setEnabled(False)
        self._job.start(lambda: written(make, target, location=location, may_replace=may_replace))

    def _finish(self, target: Path) -> None:
        self.fields.remember()
        self.fields.file.remember(target)
        self.exported.emit(target)
        QTimer.singleShot(0, self.accept)

    def _fail(self, fault: BotpulseError) -> None:
        there = isinstance(fault, AlreadyThere)
        self.fields.file.replaced = self.fields.file.target if there else None
        self.export.setText(_("&Replace") if there else _("&Export"))
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
        if severity is not Severity.MUTED:  # that only describes what the fields say
            announce(self, words, urgent=severity is Severity.BAD)
