"""How a picture becomes an input of the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inceptionspec.ops.attribute_types import write_real

#: The greatest value of a byte.
BYTE = 255


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """The steps from a picture of bytes to an input, in this order.

    A value of the input is ``(byte * scale - mean) / std``.

    Attributes:
        resize: how pixels are interpolated: ``nearest``, ``bilinear``, ``bicubic``,
            ``bilinear_tf1`` or ``bilinear_tf2``.
        crop: the share of the picture's sides that its central crop keeps, above 0, at most 1.
        channel_order: ``RGB`` or ``BGR``.
        scale: what each byte, 0 to 255, is multiplied by.
        mean: what is subtracted, for each channel in the input's order.
        std: what is divided by, for each channel in the input's order.
        source: where the convention is from.
        aspect: ``stretch``, where the crop has the picture's proportions, or ``keep``, where it
            has the input's.
    """

    resize: str
    crop: float
    channel_order: str
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]
    source: str
    aspect: str = "stretch"


def value_range(steps: Preprocessing) -> tuple[float, float]:
    """The least and the greatest value that bytes become."""
    ends = [
        (byte * steps.scale - mean) / std
        for byte in (0, BYTE)
        for mean, std in zip(steps.mean, steps.std, strict=True)
    ]
    return min(ends), max(ends)


def preprocessing_data(steps: Preprocessing) -> dict[str, Any]:
    """The section as a spec writes it, with every key but an empty ``source``."""
    data = {
        "resize": steps.resize,
        "crop": write_real(steps.crop),
        "aspect": steps.aspect,
        "channel_order": steps.channel_order,
        "scale": scale_value(steps.scale),
        "mean": _numbers(steps.mean),
        "std": _numbers(steps.std),
    }
    return {**data, "source": steps.source} if steps.source else data


def in_words(steps: Preprocessing) -> str:
    """The steps on one line: ``bilinear, crop 0.875, RGB, byte / 127.5 - 1``."""
    crop = f"crop {write_real(steps.crop)}" if steps.crop != 1 else ""
    keep = "aspect kept" if steps.aspect == "keep" else ""
    formula = _formula(preprocessing_data(steps))
    return ", ".join(filter(None, (steps.resize, crop, keep, steps.channel_order, formula)))


def _formula(data: dict[str, Any]) -> str:
    scale, mean, std = data["scale"], data["mean"], data["std"]
    text = "byte"
    if isinstance(scale, str):
        text += f" {scale.removeprefix('1').replace('/', '/ ')}"
    elif scale != 1:
        text += f" * {scale}"
    if mean != 0:
        text += f" - {_in_parentheses(mean)}"
    if std != 1:
        text = f"({text})" if mean != 0 else text
        text = f"{text} / {_in_parentheses(std)}"
    return text


def _in_parentheses(numbers: Any) -> str:
    several = isinstance(numbers, list) or numbers < 0
    whole = ", ".join(map(str, numbers)) if isinstance(numbers, list) else str(numbers)
    return f"({whole})" if several else whole


def scale_value(scale: float) -> int | float | str:
    """A factor as a spec writes it: ``1/127.5`` where that is shorter and the same number."""
    inverse = 1 / scale
    shorter = len(repr(inverse)) < len(repr(scale)) and 1 / inverse == scale
    return f"1/{write_real(inverse)}" if shorter else write_real(scale)


def _numbers(values: tuple[float, ...]) -> Any:
    """One number where all channels have the same."""
    return (
        write_real(values[0]) if len(set(values)) == 1 else [write_real(value) for value in values]
    )
