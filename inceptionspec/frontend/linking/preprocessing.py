"""The section ``preprocessing`` of an input to its steps, and where it contradicts the input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.frontend.reading.document import Map
from inceptionspec.ir.preprocessing import Preprocessing

RGB_CHANNELS = 3


def preprocessing(section: Map) -> Preprocessing | None:
    """The steps that the input states; None if it states none.

    Args:
        section: of the input, without contradictions.
    """
    given = section.get("preprocessing")
    if given is None:
        return None
    channels = _channels(section)
    return Preprocessing(
        resize=given.get("resize", "bilinear"),
        crop=float(given.get("crop", 1)),
        channel_order=given.get("channel_order", "RGB"),
        scale=_factor(given.get("scale", 1)),
        mean=_each(given.get("mean", 0), channels),
        std=_each(given.get("std", 1), channels),
        source=given.get("source", ""),
        aspect=given.get("aspect", "stretch"),
    )


def contradictions(section: Map) -> Iterator[Diagnostic]:
    """E0210 where the preprocessing is that of another number of channels than the input has."""
    channels = _channels(section)
    given = section.get("preprocessing", Map(section.span))
    place = section.value_spans.get("channels", section.span)
    channels_here = Label(place, f"{channels} here")
    for key in ("mean", "std"):
        numbers = given.get(key, 0)
        if isinstance(numbers, list) and len(numbers) != channels:
            yield Diagnostic(
                "E0210",
                f"`{key}` has another length than the input has channels",
                Label(given.value_spans[key], f"{len(numbers)} here"),
                (channels_here,),
                helps=(f"write one number for all channels, such as `{key}: {numbers[0]}`",),
            )
    if given.get("channel_order") == "BGR" and channels != RGB_CHANNELS:
        yield Diagnostic(
            "E0210",
            "`BGR` is an order of 3 channels",
            Label(given.value_spans["channel_order"], "an order of 3"),
            (channels_here,),
            helps=("write `channel_order: RGB`, which fewer channels leave alone",),
        )


def _channels(section: Map) -> int:
    return int(section.get("channels", RGB_CHANNELS))


def _factor(value: Any) -> float:
    if isinstance(value, str):
        above, below = value.split("/")
        return float(above) / float(below)
    return float(value)


def _each(value: Any, channels: int) -> tuple[float, ...]:
    numbers = value if isinstance(value, list) else [value] * channels
    return tuple(float(number) for number in numbers)
