"""What the text of a module calls for each operator: it mirrors the emitters of `backends.keras`.

A layer of the graph becomes one call or several, which follow each other. Each is data here; how
it is written stands in ``layout``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from inceptionspec.backends.names import NORM
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops.window import padding_pixels

#: Functions of the module's own that no stock layer is: they take sides and pads in full.
COMPUTED = ("lrn", "padded_max_pool", "padded_avg_pool", "same_avg_pool")


@dataclass(frozen=True, slots=True)
class Code:
    """A value that is written as it stands: an expression."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call: a stock layer, a function of Keras, or a helper of the module.

    Attributes:
        function: what is called, as ``layers.Conv2D``.
        part: the layer's own name after that of the node; empty for the node's name itself.
        args: values by argument, in the order in which they are written.
        inputs: what is read: the result of the call before it, unless these numbers say which
            of the node's inputs are.
        defaults: values that need not be written.
        positional: the arguments that are written without their names.
    """

    function: str
    part: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[int, ...] | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    positional: tuple[str, ...] = ()


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
        calls.add(_zeros(_pixels(calls), "pad"))
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
        calls.add(_pool("MaxPooling2D", (1, 1), stride, "valid", "stride"))
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
    function = None if given["norm"] is not None else given["activation"]
    return {
        "activation": function,
        "use_bias": given["bias"],
        "bias_initializer": _initializer(given["bias_init"]),
        "bias_regularizer": _regularizer(given["bias_l2"]),
    }


def _epilogue(calls: Calls) -> None:
    given = calls.attributes
    if given["norm"] is None:
        return
    calls.add(_norm(NORM, given["norm"]))
    if given["activation"] is not None:
        calls.add(_activation(given["activation"], given["activation"]))


def _norm(part: str, given: Mapping[str, Any]) -> Call:
    args = {key: given[key] for key in ("momentum", "epsilon", "center", "scale")}
    defaults = {"momentum": 0.99, "epsilon": 1e-3, "center": True, "scale": True}
    return Call("layers.BatchNormalization", part, args, None, defaults)


def _activation(function: str, part: str = "") -> Call:
    return Call("layers.Activation", part, {"function": function}, positional=("function",))


def _kernel(name: str, init: Any, l2: float) -> dict[str, Any]:
    return {f"{name}_initializer": _initializer(init), f"{name}_regularizer": _regularizer(l2)}


# Pools


def _max_pool(calls: Calls) -> None:
    given = calls.attributes
    kernel, stride, padding = given["kernel"], given["stride"], given["padding"]
    if isinstance(padding, str):
        calls.add(_pool("MaxPooling2D", kernel, stride, padding))
    elif _fits_same(kernel, padding):
        calls.add(_pool("MaxPooling2D", kernel, (1, 1), "same"))
        _subsampled(calls)
    else:
        args = {"pool_size": kernel, "strides": stride, "pads": _pairs(padding)}
        calls.add(Call("padded_max_pool", "", args, positional=tuple(args)))


def _avg_pool(calls: Calls) -> None:
    given = calls.attributes
    kernel, stride, padding = given["kernel"], given["stride"], given["padding"]
    counted = given["count_padding"]
    pads = padding_pixels(given, calls.shapes[0])
    if pads is not None and not any(pads):
        padding = "valid"
    args: dict[str, Any] = {"pool_size": kernel, "strides": stride}
    if padding == "valid" or (padding == "same" and not counted):
        calls.add(_pool("AveragePooling2D", kernel, stride, padding))
    elif counted and pads is None:
        calls.add(Call("same_avg_pool", "", args, positional=tuple(args)))
    elif counted and pads is not None:
        calls.add(_zeros(pads, "pad"))
        calls.add(_pool("AveragePooling2D", kernel, stride, "valid"))
    elif _fits_same(kernel, padding):
        calls.add(_pool("AveragePooling2D", kernel, (1, 1), "same"))
        _subsampled(calls)
    else:
        args["pads"] = _pairs(padding)
        calls.add(Call("padded_avg_pool", "", args, positional=tuple(args)))


def _global_avg_pool(calls: Calls) -> None:
    calls.add(_global_pool("layers.GlobalAveragePooling2D", calls))


def _global_max_pool(calls: Calls) -> None:
    calls.add(_global_pool("layers.GlobalMaxPooling2D", calls))


def _global_pool(layer: str, calls: Calls) -> Call:
    kept = {"keepdims": calls.attributes["keep_dims"]}
    return Call(layer, "", kept, defaults={"keepdims": False})


def _pool(layer: str, kernel: Any, stride: Any, padding: str, part: str = "") -> Call:
    args = {"pool_size": kernel, "strides": stride, "padding": padding}
    return Call(f"layers.{layer}", part, args, None, {"padding": "valid"}, tuple(args))


def _fits_same(kernel: tuple[int, int], padding: Any) -> bool:
    (height, width), (top, bottom, left, right) = kernel, padding
    return bool(
        top <= (height - 1) // 2
        and bottom <= height // 2
        and left <= (width - 1) // 2
        and right <= width // 2
    )


def _subsampled(calls: Calls) -> None:
    (height, width), (top, bottom, left, right) = (
        calls.attributes["kernel"],
        calls.attributes["padding"],
    )
    crop = (
        ((height - 1) // 2 - top, height // 2 - bottom),
        ((width - 1) // 2 - left, width // 2 - right),
    )
    if crop != ((0, 0), (0, 0)):
        args = {"cropping": crop}
        calls.add(Call("layers.Cropping2D", "crop", args, positional=("cropping",)))
    if calls.attributes["stride"] != (1, 1):
        calls.add(_pool("MaxPooling2D", (1, 1), calls.attributes["stride"], "valid", "stride"))


def _zeros(pads: Sequence[int], part: str = "") -> Call:
    args = {"padding": _pairs(pads)}
    return Call("layers.ZeroPadding2D", part, args, positional=("padding",))


def _pairs(pads: Sequence[int]) -> tuple[tuple[int, int], tuple[int, int]]:
    top, bottom, left, right = pads
    return (top, bottom), (left, right)


# Operators without weights


def _lrn(calls: Calls) -> None:
    args = {key: calls.attributes[key] for key in ("radius", "bias", "alpha", "beta")}
    calls.add(Call("lrn", "", args))


def _activated(calls: Calls) -> None:
    calls.add(_activation(calls.attributes["function"]))


def _softmax(calls: Calls) -> None:
    calls.add(_activation("softmax"))


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


def _pad(calls: Calls) -> None:
    calls.add(_zeros(calls.attributes["padding"]))


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
        calls.add(_activation(function, function))


#: By operator; negative numbers among a call's inputs count back from the call: -1 is the result
#: of the one before it.
NODES: Mapping[str, Callable[[Calls], None]] = MappingProxyType(
    {
        "conv": _conv,
        "depthwise_conv": _depthwise_conv,
        "separable_conv": _separable_conv,
        "dense": _dense,
        "max_pool": _max_pool,
        "avg_pool": _avg_pool,
        "global_avg_pool": _global_avg_pool,
        "global_max_pool": _global_max_pool,
        "batch_norm": _batch_norm,
        "lrn": _lrn,
        "activation": _activated,
        "softmax": _softmax,
        "dropout": _dropout,
        "flatten": _flatten,
        "squeeze": _squeeze,
        "pad": _pad,
        "concat": _concat,
        "add": _add,
        "multiply": _multiply,
    }
)

# Initializers and regularizers

_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "constant": "Constant",
        "glorot_normal": "GlorotNormal",
        "glorot_uniform": "GlorotUniform",
        "he_normal": "HeNormal",
        "he_uniform": "HeUniform",
        "lecun_normal": "LecunNormal",
        "lecun_uniform": "LecunUniform",
        "ones": "Ones",
        "variance_scaling": "VarianceScaling",
        "zeros": "Zeros",
    }
)
_BY_NUMBER: Mapping[str, str] = MappingProxyType(
    {
        "normal": "RandomNormal(0.0, {stddev})",
        "truncated_normal": "TruncatedNormal(0.0, {stddev})",
        "uniform": "RandomUniform(-{limit}, {limit})",
    }
)


def _initializer(value: tuple[str, tuple[tuple[str, Any], ...]]) -> Code | None:
    """The expression of an initializer; None for those that Keras takes by itself."""
    name, arguments = value
    if name in ("glorot_uniform", "zeros"):
        return Code(f'"{name}"')
    if name in _BY_NUMBER:
        return Code(f"initializers.{_BY_NUMBER[name].format(**dict(arguments))}")
    given = ", ".join(f"{key}={literal(value)}" for key, value in arguments)
    return Code(f"initializers.{_CLASSES[name]}({given})")


def _regularizer(l2: float) -> Code | None:
    return Code(f"regularizers.L2({l2!r})") if l2 else None


def literal(value: Any) -> str:
    """A value as Python writes it, with double quotes."""
    if isinstance(value, Code):
        return value.text
    return f'"{value}"' if isinstance(value, str) else repr(value)


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
