"""A picture of bytes to inputs of a network: cropped, resized, ordered and scaled.

The order of steps and their words are those of ``ir.preprocessing``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from inceptionspec.ir.preprocessing import BYTE, Preprocessing

#: A NumPy array.
Array = Any


class Box(NamedTuple):
    """A part of a picture, in pixels, with fractions."""

    left: float
    top: float
    right: float
    bottom: float


def central_box(width: int, height: int, steps: Preprocessing, size: tuple[int, int]) -> Box:
    """The central crop of a picture.

    Args:
        width: of the picture.
        height: of the picture.
        steps: whose ``crop`` and ``aspect`` count.
        size: height and width of the input, for its proportions.
    """
    if steps.aspect == "keep":
        wide, high = largest_box(width, height, size)
    else:
        wide, high = float(width), float(height)
    wide, high = wide * steps.crop, high * steps.crop
    left, top = (width - wide) / 2, (height - high) / 2
    return Box(left, top, left + wide, top + high)


def largest_box(width: int, height: int, size: tuple[int, int]) -> tuple[float, float]:
    """Width and height of the largest part of a picture with the proportions of an input."""
    input_height, input_width = size
    if width * input_height >= height * input_width:
        return height * input_width / input_height, float(height)
    return float(width), width * input_height / input_width


def resized(picture: Any, box: Box, size: tuple[int, int], method: str) -> Array:
    """A part of a picture in another size.

    Args:
        picture: a Pillow image, ``RGB`` or ``L``.
        box: the part.
        size: height and width.
        method: a word of ``resize``.

    Returns:
        an array, height x width x channels: uint8, or float32 where the method does not round.
    """
    found = _RESIZERS[method](picture, box, size)
    return found if found.ndim == 3 else found[..., None]


def _pillow(name: str) -> Callable[[Any, Box, tuple[int, int]], Array]:
    def resize(picture: Any, box: Box, size: tuple[int, int]) -> Array:
        from PIL import Image

        return np.asarray(picture.resize(size[::-1], getattr(Image.Resampling, name), tuple(box)))

    return resize


def _sampled(offset: float) -> Callable[[Any, Box, tuple[int, int]], Array]:
    """Linear interpolation between four pixels.

    Args:
        offset: where in a pixel its value holds: 0 at its top left corner, 0.5 at its center.
    """

    def resize(picture: Any, box: Box, size: tuple[int, int]) -> Array:
        # TensorFlow crops whole pixels first, and takes none from outside of the crop.
        left, top, right, bottom = _whole(box)
        pixels = np.asarray(picture)[top:bottom, left:right]
        upper, lower, down = _neighbors(pixels.shape[0], size[0], offset)
        before, after, across = _neighbors(pixels.shape[1], size[1], offset)
        # Only rows that are read, and bytes as long as nothing is multiplied: it takes a tenth
        # of the time of interpolating whole arrays of numbers.
        rows, places = np.unique(np.concatenate([upper, lower]), return_inverse=True)
        depth = pixels.shape[2] if pixels.ndim == 3 else 1
        read = pixels[rows].reshape(len(rows), -1)
        first, second = (_of_columns(read, columns, depth) for columns in (before, after))
        wide = first + (second - first) * np.repeat(across, depth)
        above, below = wide[places[: len(upper)]], wide[places[len(upper) :]]
        below -= above
        below *= down[:, None]
        below += above
        return below.reshape(*size, depth)

    return resize


def _of_columns(rows: Array, columns: Array, depth: int) -> Array:
    """Some columns of rows in which channels lie side by side, as float32."""
    places = (columns[:, None] * depth + np.arange(depth)).ravel()
    return rows.take(places, axis=1).astype(np.float32)


def _whole(box: Box) -> tuple[int, int, int, int]:
    """A box of whole pixels, at least one each way, as ``tf.image.central_crop`` cuts it."""
    left, top = int(box.left + 1e-6), int(box.top + 1e-6)
    right, bottom = int(np.ceil(box.right - 1e-6)), int(np.ceil(box.bottom - 1e-6))
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _neighbors(old: int, new: int, offset: float) -> tuple[Array, Array, Array]:
    """For each new pixel the old ones on both sides, and how far it is from the first."""
    scale = np.float32(old / new)
    places = (np.arange(new, dtype=np.float32) + np.float32(offset)) * scale - np.float32(offset)
    floors = np.floor(places)
    first = np.clip(floors.astype(np.intp), 0, old - 1)
    second = np.clip(floors.astype(np.intp) + 1, 0, old - 1)
    return first, second, places - floors


_RESIZERS: Mapping[str, Callable[[Any, Box, tuple[int, int]], Array]] = MappingProxyType(
    {
        "nearest": _pillow("NEAREST"),
        "bilinear": _pillow("BILINEAR"),
        "bicubic": _pillow("BICUBIC"),
        "bilinear_tf1": _sampled(0.0),
        "bilinear_tf2": _sampled(0.5),
    }
)


def scaled(pixels: Array, steps: Preprocessing) -> Array:
    """Pixels as what the network reads.

    Args:
        pixels: height x width x channels, RGB or grey: bytes, or float32 of 0 to 255.
        steps: whose channel order, scale, mean and std count.

    Returns:
        float32, of the same shape, in the input's order of channels.
    """
    ordered = pixels[..., ::-1] if steps.channel_order == "BGR" else pixels
    if pixels.dtype == np.uint8:
        table = values_of_bytes(steps)
        return np.stack([table[i][ordered[..., i]] for i in range(len(table))], axis=-1)
    mean, std = (np.array(values, np.float32) for values in (steps.mean, steps.std))
    return (ordered * np.float32(steps.scale) - mean) / std


def values_of_bytes(steps: Preprocessing) -> Array:
    """What each byte becomes: channels x 256, float32, each rounded once."""
    values = np.arange(BYTE + 1) * steps.scale - np.array(steps.mean)[:, None]
    return (values / np.array(steps.std)[:, None]).astype(np.float32)


def as_bytes(pixels: Array) -> Array:
    """Pixels rounded to bytes, for a model that scales them itself."""
    return pixels if pixels.dtype == np.uint8 else np.rint(pixels).astype(np.uint8)
