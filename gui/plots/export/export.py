"""A chart as a file or on the clipboard: PNG, SVG and PDF as it is drawn, CSV of its numbers.

A copy of the plot is drawn, never the plot itself: what the host sees does not move, and the picture has no crosshair,
no focus ring and no hover. What must happen in the window's thread (drawing) is done by :func:`prepare`; encoding and
writing are left to whoever drives the task.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeAlias

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QEvent,
    QIODevice,
    QMarginsF,
    QPoint,
    QRect,
    QSize,
    QSizeF,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QGuiApplication, QImage, QImageWriter, QPageSize, QPainter, QPdfWriter, QRegion
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.charts.data_table import as_csv, as_text, data_table
from core.charts.specs import AnyChart
from core.charts.user_ids import without_user_ids
from core.export.faults import ExportFailed, check_target, target_faults
from core.presenters.caption import Origin, footer
from core.storage.files import replacing
from core.storage.location import Location
from core.tasks import Progress, Task
from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.plots.export.footer import Footer
from gui.plots.export.pdf_text import with_readable_texts
from gui.plots.export.svg import as_svg
from gui.plots.shared.base import AnyPlot
from gui.plots.shared.drawing import ALTERNATES
from gui.style.theme import qt_palette, style_sheet
from resources import design
from resources.design import Palette, Theme

MARGIN: Final = 16
"""Pixels between a chart and the edge of its picture."""

FOR_DISCORD: Final = QSize(600, 340)
DISCORD_ZOOM: Final = 1.25
"""A picture that Discord shows 400 pixels wide on a phone: so large that its texts are still read."""

_MARGINS: Final = QSize(2 * MARGIN, 2 * MARGIN)
SCALES: Final = range(1, 5)
SMALLEST: Final = QSize(240, 160)
LARGEST: Final = QSize(8_000, 8_000)
_MOST_PIXELS: Final = 100_000_000
_DPI: Final = 96
_CHUNK: Final = 1 << 20
_UNFIT: Final = re.compile(r"[^\w-]+")

LEFT_OUT: Final = "Comment"
"""Which of a picture's texts says what it had no room for."""

Make: TypeAlias = Callable[[], bytes]
"""Makes a file's content, in any thread."""


class ChartFormat(StrEnum):
    """A kind of file, by the end of its name."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"
    CSV = "csv"


class AlreadyThere(ExportFailed):
    """The target is a file already, and nobody said that it may go."""

    title = _("There is a file of this name already")
    what_happened = _("It would be replaced.")
    what_to_do = _("Replace it, or choose another name.")


@dataclass(frozen=True, slots=True)
class ChartLook:
    """How a chart is to be drawn.

    Attributes:
        theme: its colours.
        size: of the whole picture, in pixels; None: as the chart stands in the window.
        scale: device pixels to a pixel, 1 to 4; PNG only.
        zoom: how many times as large as usual lines and texts are.
        origin: what the footer tells; None: there is none.
        ids_shown: whether the ids of users may be read.
    """

    theme: Theme
    size: QSize | None = None
    scale: int = 1
    zoom: float = 1.0
    origin: Origin | None = None
    ids_shown: bool = False


def theme_shown() -> Theme:
    """The theme that the application wears."""
    dark = QGuiApplication.palette().window().color().lightness() < 128
    return Theme.DARK if dark else Theme.LIGHT


def chart_drawn(plot: AnyPlot, look: ChartLook) -> AnyChart:
    """What a plot's picture shows: the chart, without the ids of users unless they are asked for."""
    chart = chart_of(plot)
    return chart if look.ids_shown else without_user_ids(chart)


def chart_of(plot: AnyPlot) -> AnyChart:
    """What a plot draws.

    Raises:
        LookupError: it was never given a chart.
    """
    chart: AnyChart | None = plot.chart
    if chart is None:
        raise LookupError("no chart was shown yet")
    return chart


def file_name(plot: AnyPlot, kind: ChartFormat, day: date | None = None) -> str:
    """What a chart's file may be called: its title in letters that suit every file system, and the day (today)."""
    words = _UNFIT.sub("-", one_line(chart_of(plot).title, 60)).strip("-").lower()
    return f"{words or 'chart'}-{(day or date.today()).isoformat()}.{kind.value}"


def picture_size(plot: AnyPlot, look: ChartLook) -> QSize:
    """How large the picture is, in pixels, before it is scaled."""
    if look.size is not None:
        return look.size.expandedTo(SMALLEST).boundedTo(LARGEST)
    size = plot.size() + _MARGINS
    return QSize(size.width(), size.height() + _footer_height(plot, look)).expandedTo(SMALLEST).boundedTo(LARGEST)


def size_of_all(plot: AnyPlot, look: ChartLook) -> QSize | None:
    """How large a picture of all the rows of a list is; None where they are all shown anyway, or are too many."""
    height = plot.height_of_all
    size = QSize(plot.width(), height + _footer_height(plot, look)) + _MARGINS
    return size if plot.height() < height <= LARGEST.height() - _MARGINS.height() else None


def largest_scale(size: QSize) -> int:
    """The largest of :data:`SCALES` at which a picture of this size still fits in memory."""
    return max(scale for scale in SCALES if scale == 1 or size.width() * size.height() * scale**2 <= _MOST_PIXELS)


def prepare(plot: AnyPlot, kind: ChartFormat, look: ChartLook) -> Make:
    """Draw a chart in the window's thread, and return what makes the file's content of it in any thread."""
    chart = chart_of(plot)
    if kind is ChartFormat.CSV:
        return lambda: as_csv(data_table(chart)).encode()
    if kind is ChartFormat.PNG:
        image = render_image(plot, look)
        return lambda: _encoded(image)
    if kind is ChartFormat.SVG:
        svg = render_svg(plot, look)
        return lambda: svg
    pdf = render_pdf(plot, look)
    return lambda: with_readable_texts(pdf)


def written(make: Make, target: Path, *, location: Location | None = None, may_replace: bool = True) -> Task[Path]:
    """Make a file's content and put it in place, whole or not at all; the result is the target.

    ``location`` is the database, which is never written over; without ``may_replace`` no other file is, either.

    Raises:
        ExportFailed: the target can't be written, or may not; a file that was there is untouched.
    """
    yield Progress(0.0, _("Drawing…"))
    check_target(target, location)
    if not may_replace and target.exists():
        raise AlreadyThere(str(target))
    content = make()
    yield Progress(0.5, _("Writing…"))
    with target_faults(target), replacing(target) as file:
        for start in range(0, len(content), _CHUNK):
            file.write(content[start : start + _CHUNK])
            yield Progress(0.5 + 0.5 * start / len(content), _("Writing…"))
    return target


def copy_picture(plot: AnyPlot, look: ChartLook | None = None, *, origin: Origin | None = None) -> None:
    """Put the chart's picture on the clipboard, at twice its size: sharp wherever it is pasted.

    ``origin`` is what its footer tells, where ``look`` does not say how it is to be drawn.
    """
    QGuiApplication.clipboard().setImage(render_image(plot, look or ChartLook(theme_shown(), scale=2, origin=origin)))


def copy_data(plot: AnyPlot) -> None:
    """Put the chart's numbers on the clipboard, as lines with tabs between the columns: what spreadsheets take."""
    # no QMimeData: the clipboard may outlive Python, and what was made here would then end the process with a crash
    QGuiApplication.clipboard().setText(as_text(data_table(chart_of(plot))))


def render_image(plot: AnyPlot, look: ChartLook) -> QImage:
    """The chart as pixels, with its title, its summary and what it leaves out as the picture's texts."""
    with _drawn(plot, look) as (sheet, copy):
        size = picture_size(plot, look)
        scale = min(look.scale, largest_scale(size))
        image = QImage(size * scale, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale * look.zoom)
        _paint(sheet, image, look)
        image.setText(LEFT_OUT, copy.left_out)
    chart = chart_drawn(plot, look)
    image.setDevicePixelRatio(1.0)
    image.setText("Title", one_line(chart.title))
    image.setText("Description", one_line(chart.summary, 1_000))
    image.setText("Software", "Botpulse")
    return image


def render_svg(plot: AnyPlot, look: ChartLook, *, outlined: bool = True) -> bytes:
    """The chart as SVG, its letters as outlines and its texts unseen upon them; or texts only."""
    chart = chart_drawn(plot, look)
    with _drawn(plot, look) as (sheet, _n):
        ground = design.palette(look.theme).surface
        return as_svg(
            sheet, ground, one_line(chart.title), one_line(chart.summary, 1_000), look.zoom, outlined=outlined
        )


def render_pdf(plot: AnyPlot, look: ChartLook) -> bytes:
    """The chart as one page of PDF as large as the chart, its texts as texts, their font embedded."""
    chart, buffer = chart_of(plot), _buffer()
    with _drawn(plot, look, plain_letters=True) as (sheet, _n):
        writer = QPdfWriter(buffer)
        writer.setResolution(_DPI)
        points = QSizeF(sheet.size()) * look.zoom * 72 / _DPI
        writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
        writer.setPageMargins(QMarginsF())
        writer.setTitle(one_line(chart.title))
        writer.setCreator("Botpulse")
        _paint(sheet, writer, look)
    return bytes(buffer.data().data())


def _paint(sheet: QWidget, device: Any, look: ChartLook) -> None:
    painter = QPainter(device)
    if isinstance(device, QPdfWriter):
        painter.scale(look.zoom, look.zoom)
    painter.fillRect(QRect(QPoint(), sheet.size() + QSize(1, 1)), QColor(design.palette(look.theme).surface))
    sheet.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    painter.end()


@contextmanager
def _drawn(plot: AnyPlot, look: ChartLook, *, plain_letters: bool = False) -> Iterator[tuple[QWidget, AnyPlot]]:
    """A sheet with a copy of a plot on it, laid out but never seen; and the copy.

    ``plain_letters``: without the font's alternates, which have no code by which a reader could know them.
    """
    sheet = QWidget()
    sheet.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    sheet.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    sheet.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
    palette = design.palette(look.theme)
    sheet.setPalette(qt_palette(palette))
    sheet.setStyleSheet(style_sheet(palette))
    try:
        copy = _copy(plot, look, palette, plain_letters)
        column = QVBoxLayout(sheet)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)  # the picture's size is what is asked for
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(0)
        column.addWidget(copy, 1)
        sheet.resize(picture_size(plot, look) / look.zoom)
        if parts := _footer_parts(plot, look):
            foot = Footer(parts, palette)
            if plain_letters:
                _simplify(foot)
            foot.setFixedHeight(foot.height_at(sheet.width() - _MARGINS.width()))
            column.addWidget(foot)
        sheet.show()
        if plot.zoom is not None and plot.zoom.zoomed and copy.zoom is not None:
            copy.zoom.show(plot.zoom.view)
        _settle(sheet)
        copy.settle_picture()
        yield sheet, copy
    finally:
        sheet.close()
        sheet.deleteLater()


def _footer_height(plot: AnyPlot, look: ChartLook) -> int:
    return Footer(_footer_parts(plot, look), design.palette(look.theme)).height_at(plot.width())


def _footer_parts(plot: AnyPlot, look: ChartLook) -> tuple[str, ...]:
    if look.origin is None:
        return ()
    view = plot.zoom.view if plot.zoom is not None and plot.zoom.zoomed else None
    return footer(chart_of(plot), look.origin, time.time(), ids_shown=look.ids_shown, view=view)


def _copy(plot: AnyPlot, look: ChartLook, palette: Palette, plain_letters: bool) -> AnyPlot:
    """Another plot of the same kind that shows the same."""
    copy: AnyPlot = type(plot)()  # type: ignore[call-arg]  # each kind makes the surface that it draws on
    copy.set_palette(palette)
    if plain_letters:
        _simplify(copy)
    copy.resemble(plot)
    copy.show_chart(chart_drawn(plot, look))
    if plain_letters:
        _simplify(copy)
    return copy


def _simplify(copy: QWidget) -> None:
    """Switch the alternates off in every font: a style sheet keeps a widget from passing them on."""
    for widget in (copy, *copy.findChildren(QWidget)):
        font = QFont(widget.font())
        font.setFeature(ALTERNATES, 0)
        widget.setFont(font)


def _settle(sheet: QWidget) -> None:
    """Lay out now what waits for the window's loop: the picture is drawn before that goes on."""
    for widget in (*reversed(sheet.findChildren(QWidget)), sheet):
        QCoreApplication.sendPostedEvents(widget, QEvent.Type.LayoutRequest)


def _buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def _encoded(image: QImage) -> bytes:
    buffer = _buffer()
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())
