"""How a picture becomes an input of the network."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """The steps from a picture of bytes to an input, in this order.

    A value of the input is ``(byte * scale - mean) / std``.

    Attributes:
        resize: how pixels are interpolated: ``nearest``, ``bilinear`` or ``bicubic``.
        crop: the share of the picture's sides that its central crop keeps, from 0 to 1.
        channel_order: ``RGB`` or ``BGR``.
        scale: what each byte, 0 to 255, is multiplied by.
        mean: what is subtracted, for each channel in the input's order.
        std: what is divided by, for each channel in the input's order.
        source: where the convention is from.
    """

    resize: str
    crop: float
    channel_order: str
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]
    source: str
