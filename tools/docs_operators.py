"""The page of the operators, from their records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from docs_markdown import NOTICE, anchor, prose, table

from inceptionspec.ir.slim_names import SLIM_NAMES
from inceptionspec.ops import OPS
from inceptionspec.ops.epilogue import EPILOGUE_ATTRIBUTES
from inceptionspec.ops.record import Attribute, Op, Shape


class Words(NamedTuple):
    """What an operator's functions compute, in words, and a line that shows it in use."""

    example: str
    output: str
    macs: str = ""
    other: str = ""


_SLID = "height and width by [stride and padding](language.md#windows-and-padding)"
_TAIL = "bias 1, batch norm 2, activation 1 (softmax 5) for each output element"
_KEPT = "that of the input"

#: One entry for each operator of the table; the page cannot be made without it.
WORDS: Mapping[str, Words] = {
    "input": Words("input: {size: 299x299, channels: 3, range: [-1, 1]}",
                   "height x width x channels, as the section says"),
    "conv": Words("{op: conv, kernel: 3x3, filters: 64, stride: 2}", f"{_SLID}; `filters` channels",
                  "output elements x kernel height x kernel width x channels / groups", _TAIL),
    "depthwise_conv": Words("{op: depthwise_conv, kernel: 3x3}",
                            f"{_SLID}; channels x `depth_multiplier`",
                            "output elements x kernel height x kernel width", _TAIL),
    "separable_conv": Words(
        "{op: separable_conv, kernel: 3x3, filters: 64}", f"{_SLID}; `filters` channels",
        "output pixels x channels x depth_multiplier x "
        "(kernel height x kernel width + filters)", _TAIL),
    "conv_transpose": Words(
        "{op: conv_transpose, kernel: 4x4, filters: 32, stride: 2}",
        "`same`: size x stride; `valid`: (size - 1) x stride + kernel, and at least size x stride; "
        "pixels: (size - 1) x stride + kernel - pixels; `filters` channels",
        "input elements x kernel height x kernel width x filters, cropped ones included", _TAIL),
    "dense": Words("{op: dense, units: 1000}", "a vector of `units` features; it reads a vector",
                   "features x units", _TAIL),
    "max_pool": Words("{op: max_pool, kernel: 3x3, stride: 2}", f"{_SLID}; channels as they come",
                      other="output elements x kernel height x kernel width"),
    "avg_pool": Words("{op: avg_pool, kernel: 3x3}", f"{_SLID}; channels as they come",
                      other="output elements x kernel height x kernel width"),
    "global_avg_pool": Words("{op: global_avg_pool}",
                             "a vector of the channels; a map of 1x1 with `keep_dims: true`",
                             other="input elements"),
    "global_max_pool": Words("{op: global_max_pool}",
                             "a vector of the channels; a map of 1x1 with `keep_dims: true`",
                             other="input elements"),
    "adaptive_avg_pool": Words("{op: adaptive_avg_pool, size: 7x7}",
                               "`size`; channels as they come",
                               other="1 for each pixel that a window reads"),
    "batch_norm": Words("{op: batch_norm, scale: false}", _KEPT, other="2 for each element"),
    "layer_norm": Words("{op: layer_norm, epsilon: 1e-6}", _KEPT,
                        other="for each element 5, 1 with `center`, 1 with `scale`"),
    "group_norm": Words("{op: group_norm, groups: 32}", _KEPT,
                        other="for each element 5, 1 with `center`, 1 with `scale`"),
    "normalize": Words("{op: normalize}", _KEPT, other="2 for each element"),
    "rescale": Words("{op: rescale, scale: 0.00392156862745098}", _KEPT,
                     other="for each element 1 where the scale is not 1, 1 where the offset is "
                     "not 0"),
    "layer_scale": Words("{op: layer_scale, init: {constant: 1e-6}}", _KEPT,
                         other="1 for each element"),
    "prelu": Words("{op: prelu}", _KEPT, other="1 for each element"),
    "drop_path": Words("{op: drop_path, rate: 0.2}", _KEPT),
    "lrn": Words("{op: lrn, radius: 2, alpha: 2e-5, beta: 0.75}", _KEPT,
                 other="2 x (2 x radius + 1) + 3 for each element"),
    "activation": Words("{op: activation, function: relu}", _KEPT,
                        other="1 for each element (softmax 5)"),
    "softmax": Words("{op: softmax}", _KEPT, other="5 for each element"),
    "dropout": Words("{op: dropout, rate: 0.2}", _KEPT),
    "flatten": Words("{op: flatten}", "a vector of height x width x channels features"),
    "squeeze": Words("{op: squeeze}", "a vector of the channels; it reads a map of 1x1"),
    "pad": Words("{op: pad, padding: 1}", "the map and its frame"),
    "crop": Words("{op: crop, pixels: 1}", "the map without its edges"),
    "upsample": Words("{op: upsample, factor: 2, method: bilinear}",
                      "height and width times `factor`; channels as they come",
                      other="`bilinear` 7 for each output element: four products, three sums"),
    "space_to_depth": Words(
        "{op: space_to_depth, block_size: 2}",
        "height and width by `block_size`, which divides them; channels x `block_size` squared"),
    "depth_to_space": Words(
        "{op: depth_to_space, block_size: 2}",
        "height and width times `block_size`; channels by `block_size` squared, which divides "
        "them"),
    "channel_shuffle": Words("{op: channel_shuffle, groups: 3}", _KEPT),
    "slice": Words("{op: slice, start: 16, stop: 32}",
                   "`stop` less `start` channels; it reads a map or a vector"),
    "concat": Words("merge: concat", "channels of all branches; they share height and width"),
    "add": Words("merge: {op: add, scale: 0.17, activation: relu}",
                 "that of the branches, which is one",
                 other="for each element and branch but the first 1, and 1 where it is scaled; "
                 "activation 1"),
    "multiply": Words("merge: multiply", "that of the map among the branches",
                      other="1 for each element and branch but the first; activation 1"),
}  # fmt: skip

#: Categories of the records in the order of the page, and their headings.
CATEGORIES: Mapping[str, str] = {
    "input": "Input",
    "convolution": "Convolutions",
    "dense": "Dense layers",
    "pooling": "Pools",
    "normalization": "Norms",
    "activation": "Activations",
    "regularization": "Regularization",
    "reshape": "Reshaping",
    "merge": "Merges",
}
SHARED = "What convolutions and dense layers share"
_SHARED_NAMES = frozenset(attribute.name for attribute in EPILOGUE_ATTRIBUTES)

# A sample from whose sizes the meaning of each side of a weight can be told.
_SAMPLE: Mapping[str, Any] = {
    "kernel": (5, 11), "stride": (1, 1), "padding": "same", "dilation": (1, 1), "clip": False,
    "filters": 26, "groups": 2, "units": 17, "depth_multiplier": 3, "bias": True,
    "norm": {"momentum": 0.99, "epsilon": 1e-3, "center": True, "scale": True},
    "activation": None, "momentum": 0.99, "epsilon": 1e-3, "center": True, "scale": True,
}  # fmt: skip
_CHANNELS, _FEATURES = 14, 19
_SIDES: Mapping[int, str] = {
    5: "kernel height", 11: "kernel width", 26: "filters", 17: "units",
    _CHANNELS: "channels", _CHANNELS // 2: "channels / groups",
    3: "depth_multiplier", 3 * _CHANNELS: "channels x depth_multiplier",
    _FEATURES: "features", 1: "1",
}  # fmt: skip
_WHEN = {
    "bias": "where there is a bias",
    "beta": "of a norm with `center`",
    "gamma": "of a norm with `scale`",
    "moving_mean": "of a norm; not trained",
    "moving_variance": "of a norm; not trained",
    "mean": "not trained",
    "variance": "not trained",
    "count": "not trained",
}


def operators() -> str:
    """The page of all operators, each from its record."""
    lines = [
        "# Operators",
        "",
        NOTICE,
        "",
        "These are all operators that a spec can use. [The language](language.md) says how to",
        "combine them. A shape is height x width x channels, or the number of features of a",
        "vector; it leaves out the batch, and counts are for one image. A merge is written under",
        "`merge`, every other operator under `op`. Only attributes marked as required must be",
        "given, and `defaults` can give any of them.",
        "",
        *table(
            ("operator", "what it does"),
            (
                (f"[`{op.name}`](#{op.name})", prose(op.doc))
                for category in CATEGORIES
                for op in _of(category)
            ),
        ),
    ]
    for category, heading in CATEGORIES.items():
        lines += ["", f"## {heading}"]
        for op in _of(category):
            lines += ["", *_operator(op)]
        if category == "dense":
            lines += ["", *_shared()]
    return "\n".join(lines) + "\n"


def _of(category: str) -> Iterator[Op]:
    return (op for op in OPS.values() if op.category == category)


def _operator(op: Op) -> Iterator[str]:
    words = WORDS[op.name]
    yield from (f"### {op.name}", "", prose(op.doc), "", "```text", words.example, "```", "")
    yield f"- Output: {words.output}."
    if words.macs:
        yield f"- MACs: {words.macs}."
    if words.other:
        yield f"- Other operations: {words.other}."
    if op.in_place:
        yield "- It works in place where nobody reads its input later."
    weights = list(_weights(op))
    if weights:
        yield from ("", *table(("weight", "shape", "", "in a TF-Slim checkpoint"), weights))
    own = [one for one in op.attributes if one.name not in _SHARED_NAMES or not _has_tail(op)]
    if own:
        yield from ("", *_attributes(own))
    if _has_tail(op):
        yield from ("", f"It also has [the attributes](#{anchor(SHARED)}) of its bias, norm,")
        yield "activation, initializers and weight decay."


def _has_tail(op: Op) -> bool:
    return any(one is EPILOGUE_ATTRIBUTES[0] for one in op.attributes)


def _shared() -> Iterator[str]:
    yield from (f"### {SHARED}", "", "After the product comes the bias, then the norm, then the")
    yield "activation. [The language](language.md#bias-norm-and-activation) has examples of each."
    yield from ("", *_attributes(EPILOGUE_ATTRIBUTES))


def _attributes(attributes: Iterable[Attribute]) -> Iterator[str]:
    rows = (
        (
            f"`{one.name}`",
            "required" if one.required else f"`{_yaml(one.default)}`",
            prose(one.doc),
            prose(one.kind.expected),
        )
        for one in attributes
    )
    return table(("attribute", "default", "what it is", "it must be"), rows)


def _yaml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_yaml(one)}" for key, one in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _weights(op: Op) -> Iterator[tuple[str, str, str, str]]:
    """The arrays of an operator, their sides told from those of a sample."""
    shape: Shape = (_FEATURES,) if op.name == "dense" else (9, 9, _CHANNELS)
    for weight in op.weights(_SAMPLE, [shape]):
        own = not _has_tail(op)  # then the layer's path is the scope of its weights
        slim = weight.name if own else SLIM_NAMES[weight.name]
        when = _WHEN.get(weight.name, "").replace("of a norm", "", own)
        when = "" if op.name == "layer_scale" else when
        sides = " x ".join(_SIDES[side] for side in weight.shape) or "one number"
        yield f"`{weight.name}`", sides, when.removeprefix("; ").strip(), f"`{slim}`"
