"""Cropping, resizing and scaling against formulas written out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from predicting import steps

from inceptionspec.frontend.language.forms import RESIZE
from inceptionspec.pictures.preprocess import (
    Box,
    as_bytes,
    central_box,
    largest_box,
    resized,
    scaled,
)

Image = pytest.importorskip("PIL.Image")

DRAW = np.random.default_rng(7)
NOISE = DRAW.integers(0, 256, (37, 53, 3), dtype=np.uint8)
PICTURE = Image.fromarray(NOISE)
WHOLE = Box(0, 0, 53, 37)


# Cropping


def test_the_central_crop_keeps_the_pictures_proportions_or_the_inputs() -> None:
    assert central_box(400, 300, steps(crop=0.5), (10, 10)) == Box(100, 75, 300, 225)
    assert central_box(400, 300, steps(crop=0.5, aspect="keep"), (10, 10)) == Box(125, 75, 275, 225)
    assert central_box(300, 400, steps(aspect="keep"), (10, 10)) == Box(0, 50, 300, 350)
    assert central_box(400, 400, steps(aspect="keep"), (10, 40)) == Box(0, 150, 400, 250)


def test_the_largest_box_with_the_inputs_proportions() -> None:
    assert largest_box(400, 300, (10, 10)) == (300, 300)
    assert largest_box(300, 400, (10, 10)) == (300, 300)
    assert largest_box(400, 300, (20, 10)) == (150, 300)
    assert largest_box(400, 300, (10, 30)) == (400, 400 / 3)


# Resizing


def linear(pixels: Any, height: int, width: int, offset: float) -> Any:
    """Linear interpolation, pixel by pixel, as TensorFlow's documentation describes it."""
    result = np.zeros((height, width, pixels.shape[2]))
    for row in range(height):
        for column in range(width):
            y = (row + offset) * pixels.shape[0] / height - offset
            x = (column + offset) * pixels.shape[1] / width - offset
            for top, share_down in ((np.floor(y), 1 - y % 1), (np.floor(y) + 1, y % 1)):
                for left, share in ((np.floor(x), 1 - x % 1), (np.floor(x) + 1, x % 1)):
                    at = int(np.clip(top, 0, len(pixels) - 1))
                    beside = int(np.clip(left, 0, pixels.shape[1] - 1))
                    result[row, column] += share_down * share * pixels[at, beside]
    return result


@pytest.mark.parametrize(("method", "offset"), [("bilinear_tf1", 0.0), ("bilinear_tf2", 0.5)])
@pytest.mark.parametrize("size", [(11, 13), (74, 53), (37, 53), (1, 1), (80, 200)])
def test_interpolation_between_four_pixels(
    method: str, offset: float, size: tuple[int, int]
) -> None:
    found = resized(PICTURE, WHOLE, size, method)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, linear(NOISE, *size, offset), atol=2e-3)


def test_interpolation_takes_no_pixel_from_outside_of_the_crop() -> None:
    framed = np.zeros((37, 53, 3), np.uint8)
    framed[10:20, 20:40] = 100
    for method in ("bilinear_tf1", "bilinear_tf2"):
        found = resized(Image.fromarray(framed), Box(20, 10, 40, 20), (33, 33), method)
        assert found.min() == found.max() == 100


def test_pillows_bilinear_covers_all_pixels() -> None:
    """A shrunken checkerboard is grey; between four pixels it would be black and white."""
    board = np.indices((64, 64)).sum(0) % 2 * 255
    picture = Image.fromarray(np.repeat(board[..., None], 3, 2).astype(np.uint8))
    smooth = resized(picture, Box(0, 0, 64, 64), (8, 8), "bilinear").astype(int)
    assert np.abs(smooth - 127.5).max() < 20
    assert set(np.unique(resized(picture, Box(0, 0, 64, 64), (8, 8), "nearest"))) <= {0, 255}


@pytest.mark.parametrize("method", ["nearest", "bilinear", "bicubic"])
def test_pillows_methods_are_pillows(method: str) -> None:
    found = resized(PICTURE, Box(3.25, 1.5, 50, 30.75), (16, 24), method)
    kind = getattr(Image.Resampling, method.upper())
    np.testing.assert_array_equal(found, PICTURE.resize((24, 16), kind, (3.25, 1.5, 50, 30.75)))


def test_a_grey_picture_keeps_its_one_channel() -> None:
    grey = PICTURE.convert("L")
    for method in ("nearest", "bilinear", "bicubic", "bilinear_tf1", "bilinear_tf2"):
        assert resized(grey, WHOLE, (5, 6), method).shape == (5, 6, 1)
        np.testing.assert_array_equal(
            resized(grey, WHOLE, (37, 53), method)[..., 0], np.asarray(grey)
        )


# Scaling


@pytest.mark.parametrize(
    "changes",
    [
        {"scale": 1 / 127.5, "mean": (1.0,) * 3},
        {"mean": (128.0,) * 3, "std": (128.0,) * 3},
        {"scale": 1 / 255, "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)},
        {"channel_order": "BGR", "mean": (103.939, 116.779, 123.68)},
        {"channel_order": "BGR", "scale": 1 / 255, "mean": (0.1, 0.2, 0.3), "std": (1.0, 2.0, 3.0)},
    ],
)
def test_values_are_those_of_the_formula(changes: Any) -> None:
    chosen = steps(**changes)
    pixels = NOISE.astype(np.float64)[..., :: -1 if chosen.channel_order == "BGR" else 1]
    expected = (pixels * chosen.scale - chosen.mean) / chosen.std
    from_bytes = scaled(NOISE, chosen)
    assert from_bytes.dtype == np.float32
    np.testing.assert_array_equal(from_bytes, expected.astype(np.float32))
    from_floats = scaled(NOISE.astype(np.float32), chosen)
    assert from_floats.dtype == np.float32
    np.testing.assert_allclose(from_floats, expected, rtol=1e-6, atol=2e-6 * np.abs(expected).max())


def test_one_channel() -> None:
    chosen = steps(mean=(127.5,), std=(127.5,))
    found = scaled(NOISE[..., :1], chosen)
    np.testing.assert_array_equal(found, ((NOISE[..., :1] - 127.5) / 127.5).astype(np.float32))


def test_bytes_for_a_model_that_scales_itself_are_rounded() -> None:
    assert as_bytes(NOISE) is NOISE
    np.testing.assert_array_equal(as_bytes(np.float32([[[0.4, 0.6, 254.7]]])), [[[0, 1, 255]]])


def test_every_word_has_a_function() -> None:
    words = RESIZE.schema["enum"]
    for word in words:
        assert resized(PICTURE, WHOLE, (4, 4), word).shape == (4, 4, 3)
    with pytest.raises(KeyError):
        resized(PICTURE, WHOLE, (4, 4), "lanczos")
