"""The place of a picture in the details: the picture, or in words why there is none, and the way to its message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QImage, QPainter, QPainterPath, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from core.text.translation import gettext as _
from gui.style.icons import icon
from gui.style.severity import Severity
from gui.style.theme import ink
from gui.widgets.parts import Glyph, column, row
from gui.widgets.text import PlainLabel, set_severity, set_tip

if TYPE_CHECKING:
    from gui.threads.pictures.decoding import NotShown

_SHAPE: Final = 0.75
"""The place's height by its width."""

_OF_WINDOW: Final = 0.22
"""Its height at most by the window's: what stands below is to be seen, too."""

_LOWEST: Final = 140
_HIGHEST: Final = 480
_HINT: Final = 72
_ROUND: Final = 6
_SQUARE: Final = 8
"""Pixels of a square of the ground that shines through a picture."""

_BADGE: Final = 28


class PicturePlace(QWidget):
    """Shows one picture, as large as it may be in the width that there is.

    Attributes:
        words: what is said in its place; empty while there is a picture.
        retry, discord: the buttons.

    Signals:
        retried(): the picture that was not to be had is asked for again.
        message_requested(): the message that brought it is wanted.
    """

    retried = Signal()
    message_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_low = False
        self._canvas = _Canvas()
        self._words, self._glyph = PlainLabel(), Glyph("images", "muted", 24)
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_severity(self._words, Severity.MUTED)
        self.retry = QPushButton(_("Try again"))
        self.retry.setProperty("pill", True)
        self.discord = QPushButton(_("Open in Discord"))
        self.discord.setIcon(icon("message"))
        self.retry.clicked.connect(self.retried)
        self.discord.clicked.connect(self.message_requested)
        centre = Qt.AlignmentFlag.AlignHCenter
        parts = ((self._glyph, 0, centre), self._words, (self.retry, 0, centre))
        column(1, *parts, 1, on=self._canvas, gap=8, margins=(16, 8, 16, 8))
        column(self._canvas, row(self.discord, 1), on=self, gap=8, margins=(0, 0, 0, 8))
        self.show_nothing()

    @property
    def words(self) -> str:
        """What stands in the picture's place."""
        return self._words.text()

    @property
    def image(self) -> QImage | None:
        """The picture that is seen."""
        return self._canvas.image

    def show_nothing(self) -> None:
        """Take no room: there is nothing to say of a picture."""
        self._set(None, "", "")
        self._canvas.hide()

    def show_words(self, words: str, glyph: str = "images") -> None:
        """Say quietly why there is no picture, or that it is on its way."""
        self._set(None, words, glyph)

    def show_hint(self, words: str) -> None:
        """Say in little room how pictures come here."""
        self._set(None, words, "", low=True)

    def show_fault(self, fault: NotShown, name: str, *, video: bool) -> None:
        """Say what it is called and why there is no picture, and offer another try where that may help."""
        words = f"{name}\n{fault.words}" if video else fault.words
        self._set(None, words, "resume" if video else "images", retry=fault.passing or fault.server)

    def show_picture(self, image: QImage, name: str, *, video: bool) -> None:
        """Show a picture; ``name`` is what a screen reader calls it."""
        self._set(image, "", "", video=video)
        self._canvas.setAccessibleName(name)

    def allow_message(self, why_not: str) -> None:
        """Let the message be opened, unless there is a reason why it can't be."""
        self.discord.setEnabled(not why_not)
        set_tip(self.discord, why_not or _("Show the message that brought this image"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as the width asks for, as far as the window has the room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        height = min(self.width() * _SHAPE, self.window().height() * _OF_WINDOW)
        self._canvas.setFixedHeight(_HINT if self._is_low else round(min(max(height, _LOWEST), _HIGHEST)))

    def _set(
        self,
        image: QImage | None,
        words: str,
        glyph: str,
        *,
        retry: bool = False,
        video: bool = False,
        low: bool = False,
    ) -> None:
        self._is_low = low
        self._fit()
        self._canvas.show()
        self._canvas.set_image(image, video=video)
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self._glyph.setVisible(bool(glyph))
        if glyph:
            self._glyph.show_icon(glyph, "muted")
        self.retry.setVisible(retry)
        self._canvas.setAccessibleName(words)


class _Canvas(QWidget):
    """Draws a picture on a quiet ground."""

    accessible_role = QAccessible.Role.Graphic

    def __init__(self) -> None:
        super().__init__()
        self.image: QImage | None = None
        self._is_video = False

    def set_image(self, image: QImage | None, *, video: bool) -> None:
        self.image, self._is_video = image, video
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _ROUND, _ROUND)
        painter.fillPath(shape, ink("background"))
        if self.image is not None:
            painter.setClipPath(shape)
            paint_picture(painter, self.rect(), self.image, self.devicePixelRatioF())
            painter.setClipping(False)
            if self._is_video:
                paint_badge(painter, QPoint(self.width() - _BADGE - 6, self.height() - _BADGE - 6))
        painter.setPen(ink("border"))
        painter.drawPath(shape)
        painter.end()


def paint_picture(painter: QPainter, box: QRect, image: QImage, ratio: float) -> None:
    """Draw a picture into the middle of a box: smaller where it must be, never larger than its own pixels twice."""
    most = box.size().boundedTo(QSize(round(2 * image.width() / ratio) or 1, round(2 * image.height() / ratio) or 1))
    size = image.size().scaled(most, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))
    place = QRect(QPoint(0, 0), size)
    place.moveCenter(box.center())
    if image.hasAlphaChannel():
        _paint_squares(painter, place)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(place, image)


def paint_badge(painter: QPainter, corner: QPoint) -> None:
    """Draw the sign of a video onto its picture."""
    box = QRect(corner, QSize(_BADGE, _BADGE))
    ground = QColor(ink("background"))
    ground.setAlphaF(0.8)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawEllipse(box)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    icon("resume", "text").paint(painter, box.adjusted(5, 5, -5, -5))


def _paint_squares(painter: QPainter, place: QRect) -> None:
    """What shines through a picture is seen to do so."""
    painter.fillRect(place, ink("surface"))
    for top in range(0, place.height(), _SQUARE):
        for left in range((top // _SQUARE) % 2 * _SQUARE, place.width(), 2 * _SQUARE):
            square = QRect(place.x() + left, place.y() + top, _SQUARE, _SQUARE)
            painter.fillRect(square.intersected(place), ink("border"))
