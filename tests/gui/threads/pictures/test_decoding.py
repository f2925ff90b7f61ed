"""Bytes of strangers as pictures: bounded in size, of a few formats, and never a warning."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QByteArray, QLoggingCategory
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from gui.threads.pictures.decoding import DAMAGED, NOT_A_PICTURE, NotShown, decode, encode, shrunk
from tests.gui.picture_files import animation, picture


@pytest.fixture(autouse=True)
def _as_in_the_program(qapp: QApplication) -> Iterator[None]:
    QLoggingCategory.setFilterRules("qt.gui.imageio*=false")
    yield
    QLoggingCategory.setFilterRules("")


def decoded(data: bytes, edge: int = 1024) -> QImage:
    image = decode(QByteArray(data), edge)
    assert isinstance(image, QImage)
    return image


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_each_format_is_read(kind: str) -> None:
    image = decoded(picture(kind, (64, 48)))
    assert (image.width(), image.height()) == (64, 48)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_of_an_animation_the_first_frame_is_read(kind: str) -> None:
    assert QColor(decoded(animation(kind)).pixel(5, 5)).name() == "#ff0000"


def test_a_large_picture_is_made_smaller_and_keeps_its_shape() -> None:
    image = decoded(picture(size=(4_000, 1_000)), 256)
    assert (image.width(), image.height()) == (256, 64)
    thin = decoded(picture(size=(20_000, 20)))
    assert (thin.width(), thin.height()) == (1024, 1)


@pytest.mark.parametrize("data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"\0" * 100, b"BM" * 50,
                                  b"P6 1 1 255 abc", picture("BMP"), picture("TIFF"), picture("ICO")])  # fmt: skip
def test_other_files_are_no_pictures(data: bytes) -> None:
    assert decode(QByteArray(data)) == NOT_A_PICTURE


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A few hundred bytes that say they are a huge picture."""
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (2**31 - 1, 1), (1_000_000, 1_000), (7_000, 6_000)])
def test_a_bomb_is_not_decoded(width: int, height: int) -> None:
    outcome = decode(QByteArray(bomb(width, height)))
    assert isinstance(outcome, NotShown)
    assert outcome == DAMAGED or "too large" in outcome.words


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_damaged_picture_is_said_to_be(kind: str) -> None:
    whole = picture(kind, (300, 200))
    for data in (whole[:40], whole[:24] + b"\xff" * 200):
        outcome = decode(QByteArray(data))
        assert isinstance(outcome, QImage) or outcome in (DAMAGED, NOT_A_PICTURE)
    assert decode(QByteArray(whole[:40])) in (DAMAGED, NOT_A_PICTURE)


def test_what_is_kept_is_small_and_lets_shine_through_what_did() -> None:
    clear = decoded(picture(size=(300, 300), colour=(0, 0, 255, 40)))
    again = decoded(bytes(encode(clear).data()))
    assert again.hasAlphaChannel()
    assert not decoded(bytes(encode(decoded(picture("JPEG"))).data())).hasAlphaChannel()
    assert shrunk(clear, 30).width() == 30
    assert shrunk(clear, 1000) is clear


def test_the_workflow_in_a_file_is_not_kept() -> None:
    from io import BytesIO

    from PIL import Image, PngImagePlugin

    text = PngImagePlugin.PngInfo()
    text.add_text("prompt", "a secret prompt")
    buffer = BytesIO()
    Image.new("RGBA", (8, 8), (1, 2, 3, 4)).save(buffer, "PNG", pnginfo=text)
    image = decoded(buffer.getvalue())
    assert b"secret" not in bytes(encode(image).data())
