"""Bytes of strangers as a picture of bounded size, or why they are none.

Only a few formats are read, and a picture's size is known before any of it is decoded. Of an animation the first frame
is read. PySide lets go of the interpreter's lock meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from core.text.formatting import count
from core.text.translation import gettext as _

MOST_BYTES: Final = 64 * 2**20
"""A file that is larger is not read."""

MOST_PIXELS: Final = 40_000_000
"""A larger picture is not decoded: it would take 160 MB for a moment."""

LONGEST_EDGE: Final = 1024
"""Pixels. No picture is kept larger."""

_FORMATS: Final = frozenset({b"png", b"jpeg", b"webp", b"gif"})
_QUALITY: Final = 90


@dataclass(frozen=True, slots=True)
class NotShown:
    """Why there is no picture.

    Attributes:
        words: a sentence or two for its place.
        passing: whether it may be there at another try.
        missing: whether the file is not there, so that another may be.
        server: whether the server itself is away, so that nothing else is had from it either.
    """

    words: str
    passing: bool = False
    missing: bool = False
    server: bool = False


NOT_A_PICTURE: Final = NotShown(_("What came is no picture (PNG, JPEG, WebP or GIF)."))
DAMAGED: Final = NotShown(_("The picture is damaged, or was cut off."), passing=True)


def decode(data: QByteArray, edge: int = LONGEST_EDGE) -> QImage | NotShown:
    """The picture in these bytes, no longer than ``edge`` pixels on either side."""
    device = QBuffer(data)
    device.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(device)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    if reader.format().data() not in _FORMATS:
        return NOT_A_PICTURE
    size = reader.size()
    if size.isEmpty():
        return DAMAGED
    if size.width() * size.height() > MOST_PIXELS:
        words = _("The picture is too large to be shown: {width} × {height} pixels.")
        return NotShown(words.format(width=count(size.width()), height=count(size.height())))
    if max(size.width(), size.height()) > edge:
        reader.setScaledSize(_within(size, edge))
    image = reader.read()
    return DAMAGED if image.isNull() else _plain(image)


def encode(image: QImage) -> QByteArray:
    """A picture as it is kept: JPEG, or PNG where something shines through; empty where that can't be done."""
    data = QByteArray()
    device = QBuffer(data)
    device.open(QIODevice.OpenModeFlag.WriteOnly)
    kind, quality = ("PNG", -1) if image.hasAlphaChannel() else ("JPG", _QUALITY)
    done = image.save(device, kind, quality)  # type: ignore[call-overload]
    device.close()
    return data if done else QByteArray()


def shrunk(image: QImage, edge: int) -> QImage:
    """A picture no longer than ``edge`` pixels on either side."""
    if max(image.width(), image.height()) <= edge:
        return image
    return image.scaled(
        _within(image.size(), edge), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def too_large(size: int) -> NotShown:
    """A file of so many bytes is not read."""
    words = _("The file is too large to be shown: {size} MB, where {most} MB are read at most.")
    return NotShown(words.format(size=count(-(-size // 2**20)), most=count(MOST_BYTES // 2**20)))


def _within(size: QSize, edge: int) -> QSize:
    """A size of the same shape; a very thin picture keeps a pixel."""
    return size.scaled(edge, edge, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))


def _plain(image: QImage) -> QImage:
    """The same in the form that is drawn fastest, without the texts that a file may bring."""
    alpha = image.hasAlphaChannel()
    form = QImage.Format.Format_ARGB32_Premultiplied if alpha else QImage.Format.Format_RGB32
    plain = image.convertToFormat(form)
    for key in plain.textKeys():  # the workflow, in ComfyUI's
        plain.setText(key, "")
    return plain
