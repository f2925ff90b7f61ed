"""The PNG encoder, read back by another program's decoder."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from core.charts.png.canvas import encode_png


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (33, 65)])
def test_pixels_come_back_as_they_were(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (*shape, 4), np.uint8)
    image = Image.open(io.BytesIO(encode_png(pixels, {})))
    assert (image.format, image.mode) == ("PNG", "RGB")
    assert np.array_equal(np.asarray(image), pixels[:, :, :3])


def test_texts_are_kept_in_any_script_and_empty_ones_left_out() -> None:
    pixels = np.zeros((2, 2, 4), np.uint8)
    image = Image.open(io.BytesIO(encode_png(pixels, {"Title": "Befehle 日本 \ud800", "Description": ""})))
    assert isinstance(image, PngImagePlugin.PngImageFile)
    image.load()
    assert image.text == {"Title": "Befehle 日本 ?"}
