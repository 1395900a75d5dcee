"""Functions that a module defines before the network: layers that always come together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from inceptionspec.backends.keras_source import map_texts
from inceptionspec.backends.keras_source.call import Call, Code
from inceptionspec.backends.keras_source.layout import (
    call_lines,
    called,
    docstring,
    value_text,
)

#: Arguments that differ from layer to layer, and the value that a helper has for each.
_OWN: Mapping[str, Any] = MappingProxyType(
    {
        "filters": None,
        "units": None,
        "kernel_size": None,
        "strides": (1, 1),
        "padding": "same",
        "dilation_rate": (1, 1),
        "groups": 1,
        "depth_multiplier": 1,
    }
)
_STEMS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "layers.Conv2D": ("conv", "Convolution"),
        "layers.DepthwiseConv2D": ("depthwise_conv", "Depthwise convolution"),
        "layers.SeparableConv2D": ("separable_conv", "Separable convolution"),
        "layers.Conv2DTranspose": ("conv_transpose", "Transposed convolution"),
        "layers.Dense": ("dense", "Dense layer"),
    }
)


class Style(NamedTuple):
    """What layers have in common that become calls of one helper.

    Fields:
        function: the layer.
        fixed: its arguments but for those that differ.
        rest: the calls after it: its norm, its activation.
    """

    function: str
    fixed: tuple[tuple[str, Any], ...]
    rest: tuple[tuple[str, str, tuple[tuple[str, Any], ...]], ...]


class Helper(NamedTuple):
    """A function of the module: its name, its text, and how it is called."""

    name: str
    lines: list[str]
    defaults: Mapping[str, Any]
    taken: tuple[str, ...]


def style_of(calls: Sequence[Call]) -> Style | None:
    """The style of a layer's calls; None where no helper can stand for them."""
    first, *rest = calls
    if first.function not in _STEMS or any(
        call.function not in ("layers.BatchNormalization", "layers.Activation") for call in rest
    ):
        return None
    fixed = tuple((key, value) for key, value in first.args.items() if key not in _OWN)
    return Style(
        first.function,
        fixed,
        tuple((call.function, call.part, tuple(call.args.items())) for call in rest),
    )


def helpers(layers: Iterable[Sequence[Call]]) -> Mapping[Style, Helper]:
    """A helper for each style that several layers have, the most frequent first.

    Args:
        layers: the calls of each layer that has a style.
    """
    found: dict[Style, list[Sequence[Call]]] = {}
    for calls in layers:
        style = style_of(calls)
        if style is not None:
            found.setdefault(style, []).append(calls)
    frequent = sorted(found.items(), key=lambda one: -len(one[1]))
    made: dict[Style, Helper] = {}
    names: Counter[str] = Counter()
    for style, calls_of_style in frequent:
        if len(calls_of_style) > 1:
            stem = _stem(style)
            names[stem] += 1
            name = stem if names[stem] == 1 else f"{stem}_{names[stem]}"
            made[style] = _helper(name, style, calls_of_style)
    return made


def helper_call(helper: Helper, call: Call) -> Call:
    """The call of a helper that stands for a layer."""
    args = {key: call.args[key] for key in helper.taken}
    return Call(helper.name, "", args, None, helper.defaults, helper.taken)


def _stem(style: Style) -> str:
    function = dict(style.fixed)["activation"]
    parts = [_STEMS[style.function][0]]
    for kind, _, args in style.rest:
        parts.append("bn" if kind == "layers.BatchNormalization" else dict(args)["function"])
    return "_".join([*parts, *([function] if function else [])])


def _helper(name: str, style: Style, layers: Sequence[Sequence[Call]]) -> Helper:
    first = layers[0][0]
    values = {key: [calls[0].args[key] for calls in layers] for key in first.args if key in _OWN}
    taken, defaults, args = [], {}, {}
    for key, given in first.args.items():
        if key not in values:
            args[key] = given
        elif _OWN[key] is None or len(set(values[key])) > 1:
            taken.append(key)
            args[key] = Code(key)
            if _OWN[key] is not None:
                defaults[key] = Counter(values[key]).most_common(1)[0][0]
        else:
            args[key] = given
    signature = ["x"]
    signature += [
        f"{key}={value_text(key, defaults[key])}" if key in defaults else key for key in taken
    ]
    lines = called("def ", name, [*signature, "name=None"], ":", 0)
    lines += docstring([_title(style)], 1)
    calls = [
        Call(first.function, "", args, None, first.defaults, first.positional),
        *layers[0][1:],
    ]
    for number, call in enumerate(calls):
        target = "return " if number == len(calls) - 1 else "x = "
        expression = f'f"{{name}}.{call.part}"' if call.part else "name"
        lines += call_lines(target, call, ["x"], expression, 1)
    return Helper(name, lines, defaults, tuple(taken))


def _title(style: Style) -> str:
    words = [_STEMS[style.function][1]]
    for kind, _, args in style.rest:
        words.append(
            "batch norm" if kind.endswith("BatchNormalization") else dict(args)["function"]
        )
    function = dict(style.fixed)["activation"]
    return ", ".join([*words, *([function] if function else [])]) + "."


#: Functions whose text is always the same, by name: computations that no stock layer has.
TEXTS: Mapping[str, str] = MappingProxyType(
    {
        **map_texts.TEXTS,
        "lrn": '''
def lrn(x, radius, bias, alpha, beta, name=None):
    """Local response normalization over 2 * radius + 1 neighboring channels."""
    window = 2 * radius + 1
    inside = keras.Input(batch_shape=x.shape, dtype=x.dtype, name="map")
    squares = ops.transpose(ops.square(inside), (0, 1, 3, 2))
    padded = ops.pad(squares, ((0, 0), (0, 0), (radius, radius), (0, 0)))
    mean = ops.average_pool(padded, (1, window), 1, "valid")
    total = ops.transpose(mean, (0, 1, 3, 2)) * (alpha * window)
    return keras.Model(inside, inside / ops.power(total + bias, beta), name=name)(x)
''',
        "gelu_tanh": '''
def gelu_tanh(x, name=None):
    """GELU by a hyperbolic tangent."""
    inside = keras.Input(batch_shape=x.shape, dtype=x.dtype, name="map")
    return keras.Model(inside, ops.gelu(inside, approximate=True), name=name)(x)
''',
        "padded_max_pool": '''
def padded_max_pool(x, pool_size, strides, pads, name=None):
    """Largest value of each window; padding never wins."""
    inside = keras.Input(batch_shape=x.shape, dtype=x.dtype, name="map")
    padded = ops.pad(inside, ((0, 0), *pads, (0, 0)), constant_values=-math.inf)
    pooled = ops.max_pool(padded, pool_size, strides, "valid")
    return keras.Model(inside, pooled, name=name)(x)
''',
        "padded_avg_pool": '''
def padded_avg_pool(x, pool_size, strides, pads, name=None):
    """Mean of each window without its padding."""
    inside = keras.Input(batch_shape=x.shape, dtype=x.dtype, name="map")

    def mean(tensor):
        padded = ops.pad(tensor, ((0, 0), *pads, (0, 0)))
        return ops.average_pool(padded, pool_size, strides, "valid")

    ones = ops.ones_like(inside[..., :1])
    pooled = ops.divide_no_nan(mean(inside), mean(ones))
    return keras.Model(inside, pooled, name=name)(x)
''',
        "same_avg_pool": '''
def same_avg_pool(x, pool_size, strides, name=None):
    """Mean of each window with the zeros of `same` padding counted."""
    inside = keras.Input(batch_shape=x.shape, dtype=x.dtype, name="map")
    height, width = pool_size
    window = np.full((height, width, 1, 1), 1 / (height * width), "float32")
    mean = ops.average_pool(inside, (height, width), strides, "same")
    share = ops.conv(ops.ones_like(inside[..., :1]), window, strides, "same")
    return keras.Model(inside, ops.multiply(mean, share), name=name)(x)
''',
    }
)
