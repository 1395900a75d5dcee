"""One small layer for every operator and every value of its attributes that changes what it does.

Each is a line of YAML as it stands in ``network:``, read on a map of ``SIZE`` pixels and
``CHANNELS`` channels. What matters in training alone is not among them.
"""

from __future__ import annotations

from collections.abc import Mapping

from inceptionspec.ops.functions import ACTIVATIONS

SIZE = (8, 10)
CHANNELS = 12
_OWN = "padding: {top: 1, bottom: 0, left: 2, right: 1}"
#: Windows that every operator with one takes.
_WINDOWS = (
    "", "kernel: 1x3", "kernel: map, padding: valid", "stride: 2", "stride: 2x1", "padding: valid",
    "padding: 1", "padding: 0x1", _OWN, f"{_OWN}, stride: 2",
    "kernel: 2, padding: valid, stride: 3",
)  # fmt: skip
_DILATED = (
    "dilation: 2", "dilation: 2x3, padding: valid", "dilation: 2, padding: 2",
    "dilation: 2, padding: 1",
    "dilation: 3x1, kernel: 2, padding: {top: 1, bottom: 2, left: 0, right: 0}",
)  # fmt: skip
_STRIDED_AND_DILATED = (
    "dilation: 2, stride: 2", "dilation: 2x3, stride: 1x2, padding: valid",
    "dilation: 2, stride: 3, padding: 1", "dilation: 2, stride: 2, ceil: true, padding: 1",
    "dilation: 3, kernel: 2, stride: 3, ceil: true, "
    "padding: {top: 2, bottom: 0, left: 0, right: 2}",
)  # fmt: skip
_CEIL = (
    "stride: 2, ceil: true, padding: valid", "stride: 2, ceil: true, padding: 1",
    "kernel: 2, stride: 3, ceil: true, padding: valid",
    "kernel: 4x2, stride: 3x2, ceil: true, padding: {top: 2, bottom: 0, left: 1, right: 0}",
)  # fmt: skip
_POOLED = (*_WINDOWS, *_DILATED, *_STRIDED_AND_DILATED, *_CEIL)
_AFTER = (
    "bias: true", "bias: false", "norm: batch_norm", "norm: {op: batch_norm, scale: false}",
    "norm: {op: batch_norm, center: false, epsilon: 0.01}", "norm: batch_norm, activation: relu",
    "activation: {leaky_relu: 0.1}", "bias: true, norm: batch_norm, activation: silu",
)  # fmt: skip
_FUNCTIONS = (*ACTIVATIONS, "{leaky_relu: 0.1}", "{elu: 0.7}")
_NORMS = ("", "epsilon: 0.01", "center: false", "scale: false", "center: false, scale: false")
_EDGES = (
    "1",
    "1x2",
    "{top: 1, bottom: 0, left: 2, right: 3}",
    "{top: 0, bottom: 2, left: 0, right: 0}",
)

#: By operator the attributes of each of its layers, its own where they are left out.
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "conv": (
        *_WINDOWS, *_DILATED, *_AFTER, "groups: 2", "groups: 4, norm: batch_norm, dilation: 2",
    ),
    "depthwise_conv": (*_WINDOWS, *_DILATED, *_AFTER, "depth_multiplier: 2"),
    "separable_conv": (*_WINDOWS, *_DILATED, *_AFTER, "depth_multiplier: 2"),
    "conv_transpose": (
        *_AFTER, "", "kernel: 4", "stride: 2", "kernel: 4, stride: 2", "kernel: 1x3, stride: 3x2",
        "stride: 2, padding: valid", "kernel: 2, stride: 3, padding: valid",
        "kernel: 4, stride: 2, padding: 1",
        "stride: 2, padding: {top: 1, bottom: 0, left: 1, right: 0}",
    ),
    "dense": _AFTER,
    "max_pool": _POOLED,
    "avg_pool": (*_POOLED, *(f"{one}, count_padding: true".lstrip(", ") for one in _POOLED)),
    "global_avg_pool": ("", "keep_dims: true"),
    "global_max_pool": ("", "keep_dims: true"),
    "adaptive_avg_pool": (
        "size: 1", "size: 4x5", "size: 3", "size: 5x10", "size: 8x3", "size: 4x3",
    ),
    "batch_norm": _NORMS,
    "layer_norm": _NORMS,
    "group_norm": tuple(f"groups: 4, {one}".rstrip(", ") for one in _NORMS),
    "lrn": ("", "radius: 2, alpha: 0.0001, beta: 0.75, bias: 2"),
    "activation": tuple(f"function: {one}" for one in _FUNCTIONS),
    "prelu": ("",),
    "softmax": ("",),
    "dropout": ("rate: 0.3",),
    "drop_path": ("rate: 0.3",),
    "layer_scale": ("",),
    "rescale": (
        "scale: 0.5", "offset: -1", "scale: 2, offset: 3",
        f"scale: {[0.5 + n for n in range(CHANNELS)]}",
        f"offset: {[n - 3 for n in range(CHANNELS)]}",
    ),
    "normalize": ("",),
    "flatten": ("",),
    "squeeze": ("",),
    "pad": tuple(f"padding: {one}{mode}" for one in _EDGES for mode in ("", ", mode: reflect")),
    "crop": tuple(f"pixels: {one}" for one in _EDGES),
    "upsample": tuple(
        f"factor: {one}{method}"
        for one in (2, "3x1", "3x4")
        for method in ("", ", method: bilinear")
    ),
    "space_to_depth": ("block_size: 2",),
    "depth_to_space": ("block_size: 2",),
    "channel_shuffle": ("groups: 3", "groups: 4", "groups: 2"),
    "slice": ("stop: 5", "start: 3, stop: 7", "start: 5, stop: 12"),
    "concat": ("",),
    "add": ("", "scale: 0.3", "activation: relu", "scale: 2, activation: {leaky_relu: 0.1}"),
    "multiply": ("", "activation: sigmoid"),
}  # fmt: skip
#: What a layer has unless its attributes say something else.
_USUAL: Mapping[str, str] = {
    "conv": "kernel: 3, filters: 8", "depthwise_conv": "kernel: 3",
    "separable_conv": "kernel: 3, filters: 8", "conv_transpose": "kernel: 3, filters: 8",
    "dense": "units: 8", "max_pool": "kernel: 3", "avg_pool": "kernel: 3",
}  # fmt: skip
_BEFORE: Mapping[str, str] = {
    "dense": "{op: global_avg_pool}, ", "squeeze": "{op: global_avg_pool, keep_dims: true}, ",
    "dropout": "{op: conv, kernel: 1, filters: 8}, ",
    "drop_path": "{op: conv, kernel: 1, filters: 8}, ",
}  # fmt: skip
_MERGES = ("concat", "add", "multiply")
_POOLS = ("global_avg_pool", "global_max_pool")
_YIELDS_A_VECTOR = ("dense", "squeeze", "flatten")


def layers(op: str) -> dict[str, str]:
    """By its attributes, each layer of an operator and what else a branch needs for a vector."""
    return {given: _branch(op, given) for given in ATTRIBUTES[op]}


def network(op: str) -> str:
    """All of them on one map, their outputs side by side."""
    return f"- {{branches: [{', '.join(layers(op).values())}]}}"


def _branch(op: str, given: str) -> str:
    if op in _MERGES:
        inside = "[{op: conv, kernel: 1, filters: 12}], [{op: max_pool, kernel: 3}]"
        merge = ", ".join(filter(None, [f"op: {op}", given]))
        return f"[{{branches: [{inside}], merge: {{{merge}}}}}, {{op: flatten}}]"
    keys = {pair.partition(":")[0].strip() for pair in given.split(",")}
    usual = [pair for pair in _USUAL.get(op, "").split(", ") if pair.partition(":")[0] not in keys]
    layer = f"{{op: {', '.join(filter(None, [op, *usual, given]))}}}"
    after = "" if op in _YIELDS_A_VECTOR or (op in _POOLS and not given) else ", {op: flatten}"
    return f"[{_BEFORE.get(op, '')}{layer}{after}]"
