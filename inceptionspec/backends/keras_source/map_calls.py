"""Calls of what resamples, crops or frames a map, or picks and reorders its channels."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.backends.keras_source.call import Call
from inceptionspec.ops.record import Attributes, Shape


def zeros_call(pads: Sequence[int], part: str = "") -> Call:
    """Zeros around a map."""
    args = {"padding": pairs(pads)}
    return Call("layers.ZeroPadding2D", part, args, positional=("padding",))


def crop_call(pixels: Sequence[int], part: str = "") -> Call:
    """A map without the pixels at its edges."""
    args = {"cropping": pairs(pixels)}
    return Call("layers.Cropping2D", part, args, positional=("cropping",))


def pad_call(given: Attributes) -> Call:
    """A frame around a map: zeros, or the map reflected."""
    if given["mode"] == "zeros":
        return zeros_call(given["padding"])
    return Call("reflect_pad", "", {"pads": pairs(given["padding"])}, positional=("pads",))


def upsample_call(given: Attributes) -> Call:
    """A map made larger by copies of pixels or between them."""
    args = {"size": given["factor"], "interpolation": given["method"]}
    defaults = {"interpolation": "nearest"}
    return Call("layers.UpSampling2D", "", args, None, defaults, ("size",))


def space_to_depth_call(given: Attributes) -> Call:
    """Blocks of pixels as channels."""
    args = {"block": given["block_size"]}
    return Call("space_to_depth", "", args, positional=("block",))


def depth_to_space_call(given: Attributes, shape: Shape) -> Call:
    """Channels as blocks of pixels."""
    function = "depth_to_space_at_any_size" if None in shape else "depth_to_space"
    return Call(function, "", {"block": given["block_size"]}, positional=("block",))


def channel_shuffle_call(given: Attributes) -> Call:
    """Groups of channels mixed."""
    return Call("channel_shuffle", "", {"groups": given["groups"]}, positional=("groups",))


def slice_call(given: Attributes) -> Call:
    """Some of the channels."""
    args = {"start": given["start"], "stop": given["stop"]}
    return Call("slice_channels", "", args, positional=("start", "stop"))


def pairs(pads: Sequence[int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Pixels before and after, for height and for width."""
    top, bottom, left, right = pads
    return (top, bottom), (left, right)
