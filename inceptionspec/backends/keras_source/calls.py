"""What the text of a module calls for each operator: it mirrors the emitters of `backends.keras`.

A layer of the graph becomes one call or several, which follow each other. Each is data here; how
it is written stands in ``layout``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from inceptionspec.backends.keras_source.call import Call, Code
from inceptionspec.backends.keras_source.channel_calls import (
    drop_path_call,
    function_call,
    group_norm_call,
    layer_norm_call,
    layer_scale_call,
    prelu_call,
    rescale_call,
)
from inceptionspec.backends.keras_source.initializers import initializer, regularizer
from inceptionspec.backends.keras_source.map_calls import (
    channel_shuffle_call,
    crop_call,
    depth_to_space_call,
    pad_call,
    slice_call,
    space_to_depth_call,
    upsample_call,
    zeros_call,
)
from inceptionspec.backends.keras_source.pool_calls import (
    adaptive_pool_call,
    avg_pool_calls,
    max_pool_calls,
    pool_call,
)
from inceptionspec.backends.names import NORM
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops.functions import is_stock
from inceptionspec.ops.transposed import crop_of_valid
from inceptionspec.ops.window import padding_pixels

#: Functions of the module's own that no stock layer is: they take sides and pads in full.
COMPUTED = (
    "lrn", "gelu_tanh", "padded_max_pool", "padded_avg_pool", "same_avg_pool", "dilated_max_pool",
    "dilated_avg_pool", "adaptive_avg_pool", "reflect_pad", "space_to_depth", "depth_to_space",
    "depth_to_space_at_any_size", "channel_shuffle", "slice_channels",
)  # fmt: skip


class Calls:
    """The calls of one node; `NODES` has how each operator fills it."""

    def __init__(self, graph: Graph, node: Node) -> None:
        self.node = node
        self.attributes = node.attributes
        self.shapes = tuple(graph.nodes[index].shape for index in node.inputs)
        self.found: list[Call] = []

    def add(self, call: Call) -> None:
        """One more call, which reads what the last one yields."""
        self.found.append(call)


def calls_of(graph: Graph, node: Node) -> list[Call]:
    """The calls that a node becomes.

    Raises:
        SpecError: it needs a known size (E0407).
    """
    calls = Calls(graph, node)
    NODES[node.op](calls)
    return calls.found


# Convolutions and dense layers


def _conv(calls: Calls) -> None:
    given = calls.attributes
    _windowed(
        calls,
        "layers.Conv2D",
        {"filters": given["filters"]},
        {"groups": given["groups"], **_kernel("kernel", given["init"], given["l2"])},
        ("filters", "kernel_size"),
    )


def _depthwise_conv(calls: Calls) -> None:
    given = calls.attributes
    rest = {"depth_multiplier": given["depth_multiplier"]}
    rest |= _kernel("depthwise", given["init"], given["l2"])
    _windowed(calls, "layers.DepthwiseConv2D", {}, rest, ("kernel_size",), square=True)


def _separable_conv(calls: Calls) -> None:
    given = calls.attributes
    rest = {"depth_multiplier": given["depth_multiplier"]}
    rest |= _kernel("depthwise", given["depthwise_init"], given["depthwise_l2"])
    rest |= _kernel("pointwise", given["init"], given["l2"])
    _windowed(
        calls,
        "layers.SeparableConv2D",
        {"filters": given["filters"]},
        rest,
        ("filters", "kernel_size"),
        square=True,
    )


def _conv_transpose(calls: Calls) -> None:
    given = calls.attributes
    padding = given["padding"] if isinstance(given["padding"], str) else "valid"
    args = {
        "filters": given["filters"],
        "kernel_size": given["kernel"],
        "strides": given["stride"],
        "padding": padding,
        **_own_epilogue(given),
        **_kernel("kernel", given["init"], given["l2"]),
    }
    positional = ("filters", "kernel_size")
    calls.add(Call("layers.Conv2DTranspose", "", args, None, LAYER_DEFAULTS, positional))
    crop = crop_of_valid(given)
    if not isinstance(given["padding"], str) and any(crop):
        calls.add(crop_call(crop, "crop"))
    _epilogue(calls)


def _dense(calls: Calls) -> None:
    given = calls.attributes
    args = {"units": given["units"], **_own_epilogue(given)}
    args |= _kernel("kernel", given["init"], given["l2"])
    calls.add(Call("layers.Dense", "", args, None, LAYER_DEFAULTS, ("units",)))
    _epilogue(calls)


def _batch_norm(calls: Calls) -> None:
    calls.add(_norm("", calls.attributes))


def _windowed(
    calls: Calls,
    layer: str,
    first: Mapping[str, Any],
    rest: Mapping[str, Any],
    positional: tuple[str, ...],
    *,
    square: bool = False,
) -> None:
    """A convolution, with padding and stride in the forms that TensorFlow's kernels have."""
    given = calls.attributes
    stride, padding = given["stride"], given["padding"]
    dilated = given["dilation"] != (1, 1)
    subsampled = stride != (1, 1) and (dilated or (square and stride[0] != stride[1]))
    if not isinstance(padding, str) or (subsampled and padding == "same"):
        calls.add(zeros_call(_pixels(calls), "pad"))
        padding = "valid"
    args = {
        **first,
        "kernel_size": given["kernel"],
        "strides": (1, 1) if subsampled else stride,
        "padding": padding,
        "dilation_rate": given["dilation"],
        **rest,
        **_own_epilogue(given),
    }
    calls.add(Call(layer, "", args, None, LAYER_DEFAULTS, positional))
    if subsampled:
        calls.add(pool_call("MaxPooling2D", (1, 1), stride, "valid", "stride"))
    _epilogue(calls)


def _pixels(calls: Calls) -> tuple[int, int, int, int]:
    pixels = padding_pixels(calls.attributes, calls.shapes[0])
    if pixels is None:
        raise spec_error(
            "E0407",
            f"`{calls.node.path}`: its padding depends on the input size, which is open",
            calls.node.origin.span,
            "give the input a size, or write the padding in pixels",
        )
    return pixels


def _own_epilogue(given: Mapping[str, Any]) -> dict[str, Any]:
    function = given["activation"] if _is_within(given) else None
    return {
        "activation": function,
        "use_bias": given["bias"],
        "bias_initializer": initializer(given["bias_init"]),
        "bias_regularizer": regularizer(given["bias_l2"]),
    }


def _epilogue(calls: Calls) -> None:
    given = calls.attributes
    if given["norm"] is not None:
        calls.add(_norm(NORM, given["norm"]))
    if given["activation"] is not None and not _is_within(given):
        calls.add(function_call(given["activation"]))


def _is_within(given: Mapping[str, Any]) -> bool:
    """Whether the layer with the product applies the activation itself."""
    return given["norm"] is None and is_stock(given["activation"])


def _norm(part: str, given: Mapping[str, Any]) -> Call:
    args = {key: given[key] for key in ("momentum", "epsilon", "center", "scale")}
    defaults = {"momentum": 0.99, "epsilon": 1e-3, "center": True, "scale": True}
    return Call("layers.BatchNormalization", part, args, None, defaults)


def _kernel(name: str, init: Any, l2: float) -> dict[str, Any]:
    return {f"{name}_initializer": initializer(init), f"{name}_regularizer": regularizer(l2)}


# Pools


def _max_pool(calls: Calls) -> None:
    for call in max_pool_calls(calls.node, calls.shapes[0]):
        calls.add(call)


def _avg_pool(calls: Calls) -> None:
    for call in avg_pool_calls(calls.node, calls.shapes[0]):
        calls.add(call)


def _global_avg_pool(calls: Calls) -> None:
    calls.add(_global_pool("layers.GlobalAveragePooling2D", calls))


def _global_max_pool(calls: Calls) -> None:
    calls.add(_global_pool("layers.GlobalMaxPooling2D", calls))


def _global_pool(layer: str, calls: Calls) -> Call:
    kept = {"keepdims": calls.attributes["keep_dims"]}
    return Call(layer, "", kept, defaults={"keepdims": False})


# Operators without weights


def _lrn(calls: Calls) -> None:
    args = {key: calls.attributes[key] for key in ("radius", "bias", "alpha", "beta")}
    calls.add(Call("lrn", "", args))


def _activated(calls: Calls) -> None:
    calls.add(function_call(calls.attributes["function"], own=True))


def _softmax(calls: Calls) -> None:
    calls.add(function_call("softmax", own=True))


def _dropout(calls: Calls) -> None:
    args = {"rate": calls.attributes["rate"]}
    calls.add(Call("layers.Dropout", "", args, positional=("rate",)))


def _flatten(calls: Calls) -> None:
    calls.add(Call("layers.Flatten"))


def _squeeze(calls: Calls) -> None:
    calls.add(_reshape(calls.node.shape, ""))


def _reshape(shape: Any, part: str, inputs: tuple[int, ...] | None = None) -> Call:
    args = {"target_shape": Code(repr(tuple(shape)))}
    return Call("layers.Reshape", part, args, inputs, positional=("target_shape",))


def _concat(calls: Calls) -> None:
    calls.add(Call("layers.concatenate", inputs=tuple(range(len(calls.node.inputs)))))


def _add(calls: Calls) -> None:
    scale = calls.attributes["scale"]
    count = len(calls.node.inputs)
    if scale != 1:
        for number in range(1, count):
            args = {"scale": scale}
            part = f"scale_{number}"
            calls.add(Call("layers.Rescaling", part, args, (number,), positional=("scale",)))
        sources = (0, *range(-count + 1, 0))
    else:
        sources = tuple(range(count))
    calls.add(Call("layers.add", inputs=sources))
    _own_activation(calls)


def _multiply(calls: Calls) -> None:
    sources = list(range(len(calls.node.inputs)))
    if len(calls.node.shape) == 3:
        vectors = [number for number in sources if len(calls.shapes[number]) != 3]
        for place, number in enumerate(vectors):
            shape = (1, 1, calls.shapes[number][-1])
            calls.add(_reshape(shape, f"map_{number}", (number,)))
            sources[number] = place - len(vectors)
    calls.add(Call("layers.multiply", inputs=tuple(sources)))
    _own_activation(calls)


def _own_activation(calls: Calls) -> None:
    function = calls.attributes["activation"]
    if function is not None:
        calls.add(function_call(function))


#: By operator; negative numbers among a call's inputs count back from the call: -1 is the result
#: of the one before it.
NODES: Mapping[str, Callable[[Calls], None]] = MappingProxyType(
    {
        "conv": _conv,
        "depthwise_conv": _depthwise_conv,
        "separable_conv": _separable_conv,
        "conv_transpose": _conv_transpose,
        "dense": _dense,
        "max_pool": _max_pool,
        "avg_pool": _avg_pool,
        "global_avg_pool": _global_avg_pool,
        "global_max_pool": _global_max_pool,
        "adaptive_avg_pool": lambda calls: calls.add(
            adaptive_pool_call(calls.node, calls.shapes[0])
        ),
        "batch_norm": _batch_norm,
        "layer_norm": lambda calls: calls.add(layer_norm_call(calls.attributes)),
        "group_norm": lambda calls: calls.add(group_norm_call(calls.attributes)),
        "normalize": lambda calls: calls.add(Call("layers.Normalization")),
        "rescale": lambda calls: calls.add(rescale_call(calls.attributes)),
        "layer_scale": lambda calls: calls.add(
            layer_scale_call(calls.attributes, calls.node.shape)
        ),
        "prelu": lambda calls: calls.add(prelu_call(calls.attributes, calls.node.shape)),
        "drop_path": lambda calls: calls.add(drop_path_call(calls.attributes, calls.node.shape)),
        "lrn": _lrn,
        "activation": _activated,
        "softmax": _softmax,
        "dropout": _dropout,
        "flatten": _flatten,
        "squeeze": _squeeze,
        "pad": lambda calls: calls.add(pad_call(calls.attributes)),
        "crop": lambda calls: calls.add(crop_call(calls.attributes["pixels"])),
        "upsample": lambda calls: calls.add(upsample_call(calls.attributes)),
        "space_to_depth": lambda calls: calls.add(space_to_depth_call(calls.attributes)),
        "depth_to_space": lambda calls: calls.add(
            depth_to_space_call(calls.attributes, calls.node.shape)
        ),
        "channel_shuffle": lambda calls: calls.add(channel_shuffle_call(calls.attributes)),
        "slice": lambda calls: calls.add(slice_call(calls.attributes)),
        "concat": _concat,
        "add": _add,
        "multiply": _multiply,
    }
)

#: What Keras takes where a convolution or a dense layer does not say.
LAYER_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "strides": (1, 1),
        "padding": "valid",
        "dilation_rate": (1, 1),
        "groups": 1,
        "depth_multiplier": 1,
        "activation": None,
        "use_bias": True,
        "kernel_initializer": Code('"glorot_uniform"'),
        "depthwise_initializer": Code('"glorot_uniform"'),
        "pointwise_initializer": Code('"glorot_uniform"'),
        "kernel_regularizer": None,
        "depthwise_regularizer": None,
        "pointwise_regularizer": None,
        "bias_initializer": Code('"zeros"'),
        "bias_regularizer": None,
    }
)
