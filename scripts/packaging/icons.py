"""Draw Botpulse's icon as Windows and macOS want it, each size from the SVG itself: botpulse.ico and botpulse.icns.

python scripts/packaging/icons.py FOLDER
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SVG = Path(__file__).resolve().parents[2] / "resources" / "icons" / "botpulse.svg"
SIZES = {"ico": (16, 20, 24, 32, 40, 48, 64, 256), "icns": (16, 32, 64, 128, 256, 512, 1024)}
"""Pixels."""


def drawn(size: int) -> Image.Image:
    """The icon, so many pixels wide and high."""
    picture = QImage(size, size, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(str(SVG)).render(painter)
    painter.end()
    data = QBuffer()
    data.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(data, "PNG")  # type: ignore[call-overload]  # PySide takes no bytes, whatever it says
    return Image.open(io.BytesIO(data.data().data()))


def main() -> None:
    """Write both files."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    app = QGuiApplication([])
    ico = [drawn(size) for size in SIZES["ico"]]
    ico[-1].save(folder / "botpulse.ico", append_images=ico[:-1], sizes=[each.size for each in ico])
    icns = [drawn(size) for size in SIZES["icns"]]
    icns[-1].save(folder / "botpulse.icns", append_images=icns[:-1])
    del app


if __name__ == "__main__":
    main()
