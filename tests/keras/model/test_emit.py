"""Each operator alone, against plain NumPy or TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import inceptionspec
from inceptionspec.backends.keras import build, tables
from inceptionspec.backends.keras.emit import EMITTERS
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.ops import OPS
from inceptionspec.ops.attribute_types import INITIALIZERS
from inceptionspec.ops.functions import ACTIVATIONS, NUMBERS

PADDINGS: dict[str, tuple[int, int, int, int] | str] = {
    "same": "same",
    "valid": "valid",
    "1": (1, 1, 1, 1),
    '"0x2"': (0, 0, 2, 2),
    "{top: 0, bottom: 1, left: 2, right: 1}": (0, 1, 2, 1),
}
#: kernel and stride, as height and width: odd and even windows, square and not.
WINDOWS = [
    ((3, 3), (1, 1)),
    ((3, 3), (2, 2)),
    ((2, 2), (2, 2)),
    ((1, 7), (1, 1)),
    ((3, 2), (2, 1)),
    ((2, 3), (3, 2)),
]


def has_padding_alone(kernel: tuple[int, int], padding: str) -> bool:
    """Whether a window of this kernel fits into the padding of one side."""
    sides = PADDINGS[padding]
    return not isinstance(sides, str) and (
        max(sides[:2]) >= kernel[0] or max(sides[2:]) >= kernel[1]
    )


#: Windows and paddings of pools, but for windows of padding alone, which are refused.
POOLS = [
    (kernel, stride, padding)
    for kernel, stride in WINDOWS
    for padding in PADDINGS
    if not has_padding_alone(kernel, padding)
]


def network(*layers: str, size: str = "8x9", channels: int = 4) -> Any:
    """The graph of layers that follow one another."""
    lines = "".join(f"  - {layer}\n" for layer in layers)
    return inceptionspec.load(
        f"spec: 1\nname: t\ninput: {{size: {size}, channels: {channels}}}\nnetwork:\n{lines}"
    ).graph


def images(*shape: int, seed: int = 3) -> Any:
    """Images of both signs."""
    return np.random.default_rng(seed).normal(size=(2, *shape)).astype("float32")


def scattered(model: Any, seed: int = 5) -> None:
    """Give every weight of a model a random value, variances positive ones."""
    generator = np.random.default_rng(seed)
    for variable in model.weights:
        if variable.dtype == "float32":
            value = generator.normal(size=variable.shape)
            variable.assign(np.abs(value) + 0.5 if "variance" in variable.name else value)


def values(model: Any, layer: str) -> dict[str, Any]:
    """The weights of a layer by name."""
    return {one.name: one.numpy() for one in model.get_layer(layer).weights}


def pads(
    padding: Any, size: tuple[int, int], kernel: Any, stride: Any, dilation: Any = (1, 1)
) -> list[tuple[int, int]]:
    """Pixels before and after, per axis, from TensorFlow's definition."""
    if padding == "valid":
        return [(0, 0), (0, 0)]
    if padding != "same":
        return [tuple(padding[:2]), tuple(padding[2:])]
    result = []
    for n, k, s, d in zip(size, kernel, stride, dilation, strict=True):
        reach = d * (k - 1) + 1
        whole = max((int(np.ceil(n / s)) - 1) * s + reach - n, 0)
        result.append((whole // 2, whole - whole // 2))
    return result


def windows(
    x: Any, fill: float, padding: Any, kernel: Any, stride: Any, dilation: Any = (1, 1)
) -> Any:
    """Every window of a batch of maps: batch, rows, columns, height, width, channels."""
    padded = np.pad(
        x,
        [(0, 0), *pads(padding, x.shape[1:3], kernel, stride, dilation), (0, 0)],
        constant_values=fill,
    )
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    seen = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=(1, 2))
    seen = seen[:, :: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]]
    return np.moveaxis(seen, 3, 5)


def pair(sides: tuple[int, int]) -> str:
    """Height and width as a spec writes them."""
    return f"{sides[0]}x{sides[1]}"


def close(got: Any, expected: Any, tolerance: float = 1e-5) -> None:
    """Equal up to rounding, shapes included."""
    got = np.asarray(got)
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance * 10)


def test_every_operator_has_an_emitter() -> None:
    assert set(EMITTERS) == set(OPS)


def test_every_function_and_initializer_has_its_keras_counterpart() -> None:
    assert set(tables.ACTIVATIONS) == set(ACTIVATIONS)
    assert set(tables.NUMBERS) == set(NUMBERS)
    assert set(tables.INITIALIZERS) == set(INITIALIZERS)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize(("kernel", "stride"), WINDOWS)
def test_conv(kernel: tuple[int, int], stride: tuple[int, int], padding: str) -> None:
    graph = network(
        f"{{op: conv, name: c, kernel: {pair(kernel)}, filters: 5, "
        f"stride: {pair(stride)}, padding: {padding}}}"
    )
    model = build(graph)
    scattered(model)
    x, weights = images(8, 9, 4), values(model, "c")
    seen = windows(x, 0, PADDINGS[padding], kernel, stride)
    expected = np.einsum("byxhwc,hwcf->byxf", seen, weights["kernel"]) + weights["bias"]
    close(model(x), expected)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize(
    ("dilation", "stride"), [((2, 2), (1, 1)), ((2, 1), (1, 1)), ((2, 2), (2, 2)), ((1, 3), (2, 1))]
)
def test_conv_with_dilation(
    dilation: tuple[int, int], stride: tuple[int, int], padding: str
) -> None:
    graph = network(
        f"{{op: conv, name: c, kernel: 3x3, filters: 5, stride: {pair(stride)}, "
        f"dilation: {pair(dilation)}, padding: {padding}, bias: false}}",
        size="11x12",
    )
    model = build(graph)
    x = images(11, 12, 4)
    seen = windows(x, 0, PADDINGS[padding], (3, 3), stride, dilation)
    expected = np.einsum("byxhwc,hwcf->byxf", seen, values(model, "c")["kernel"])
    close(model(x), expected)
    assert graph.nodes[-1].shape == expected.shape[1:]


def test_conv_in_groups() -> None:
    model = build(network("{op: conv, name: c, kernel: 3x3, filters: 6, groups: 2}"))
    scattered(model)
    x, weights = images(8, 9, 4), values(model, "c")
    seen = windows(x, 0, "same", (3, 3), (1, 1))
    halves = [
        np.einsum(
            "byxhwc,hwcf->byxf",
            seen[..., 2 * half : 2 * half + 2],
            weights["kernel"][..., 3 * half : 3 * half + 3],
        )
        for half in (0, 1)
    ]
    close(model(x), np.concatenate(halves, -1) + weights["bias"])


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("scale", [False, True])
def test_conv_then_bias_then_norm_then_activation(bias: bool, center: bool, scale: bool) -> None:
    model = build(
        network(
            f"{{op: conv, name: c, kernel: 1x1, filters: 5, activation: relu, "
            f"bias: {str(bias).lower()}, norm: {{op: batch_norm, epsilon: 0.1, "
            f"center: {str(center).lower()}, scale: {str(scale).lower()}}}}}"
        )
    )
    scattered(model)
    x, weights, norm = images(8, 9, 4), values(model, "c"), values(model, "c.BatchNorm")
    assert ("bias" in weights, "beta" in norm, "gamma" in norm) == (bias, center, scale)
    product = x @ weights["kernel"][0, 0] + weights.get("bias", 0)
    normal = (product - norm["moving_mean"]) / np.sqrt(norm["moving_variance"] + 0.1)
    close(model(x), np.maximum(normal * norm.get("gamma", 1) + norm.get("beta", 0), 0), 1e-4)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize(
    ("stride", "dilation"), [((1, 1), (1, 1)), ((2, 2), (1, 1)), ((1, 2), (1, 1)), ((2, 2), (2, 2))]
)
def test_depthwise_conv(stride: tuple[int, int], dilation: tuple[int, int], padding: str) -> None:
    graph = network(
        f"{{op: depthwise_conv, name: d, kernel: 3x2, depth_multiplier: 2, "
        f"stride: {pair(stride)}, dilation: {pair(dilation)}, padding: {padding}, "
        "activation: relu}"
    )
    model = build(graph)
    scattered(model)
    x, weights = images(8, 9, 4), values(model, "d")
    seen = windows(x, 0, PADDINGS[padding], (3, 2), stride, dilation)
    channels = np.einsum("byxhwc,hwcm->byxcm", seen, weights["kernel"])
    expected = channels.reshape(*channels.shape[:3], 8) + weights["bias"]
    close(model(x), np.maximum(expected, 0))
    assert graph.nodes[-1].shape == expected.shape[1:]


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize(
    ("stride", "dilation"), [((1, 1), (1, 1)), ((2, 2), (1, 1)), ((2, 1), (1, 1)), ((2, 2), (2, 2))]
)
def test_separable_conv(stride: tuple[int, int], dilation: tuple[int, int], padding: str) -> None:
    model = build(
        network(
            f"{{op: separable_conv, name: s, kernel: 3x3, filters: 5, depth_multiplier: 3, "
            f"stride: {pair(stride)}, dilation: {pair(dilation)}, padding: {padding}}}"
        )
    )
    scattered(model)
    x, weights = images(8, 9, 4), values(model, "s")
    seen = windows(x, 0, PADDINGS[padding], (3, 3), stride, dilation)
    channels = np.einsum("byxhwc,hwcm->byxcm", seen, weights["depthwise_kernel"])
    between = channels.reshape(*channels.shape[:3], 12)
    close(model(x), between @ weights["pointwise_kernel"][0, 0] + weights["bias"], 1e-4)


def test_a_padding_that_hangs_on_an_open_size_is_a_finding() -> None:
    graph = network("{op: conv, kernel: 3x3, filters: 5, stride: 2, dilation: 2}", size="any")
    with pytest.raises(SpecError) as raised:
        build(graph)
    assert [one.code for one in raised.value.findings] == ["E0407"]


def test_dense() -> None:
    model = build(network("{op: flatten}", "{op: dense, name: d, units: 3, activation: tanh}"))
    scattered(model)
    x, weights = images(8, 9, 4), values(model, "d")
    close(model(x), np.tanh(x.reshape(2, -1) @ weights["kernel"] + weights["bias"]), 1e-4)


@pytest.mark.parametrize("size", ["8x9", "any"])
@pytest.mark.parametrize(("kernel", "stride", "padding"), POOLS)
def test_max_pool(
    kernel: tuple[int, int], stride: tuple[int, int], padding: str, size: str
) -> None:
    model = build(
        network(
            f"{{op: max_pool, kernel: {pair(kernel)}, stride: {pair(stride)}, padding: {padding}}}",
            size=size,
        )
    )
    x = images(8, 9, 4) - 10  # below zero, so that a zero of the padding would win
    expected = windows(x, -np.inf, PADDINGS[padding], kernel, stride).max((3, 4))
    close(model(x), expected)


@pytest.mark.parametrize("size", ["8x9", "any"])
@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize(("kernel", "stride", "padding"), POOLS)
def test_avg_pool(
    kernel: tuple[int, int], stride: tuple[int, int], padding: str, counted: bool, size: str
) -> None:
    model = build(
        network(
            f"{{op: avg_pool, kernel: {pair(kernel)}, stride: {pair(stride)}, padding: {padding}, "
            f"count_padding: {str(counted).lower()}}}",
            size=size,
        )
    )
    x = images(8, 9, 4)
    total = windows(x, 0, PADDINGS[padding], kernel, stride).sum((3, 4))
    pixels = windows(np.ones_like(x), 0, PADDINGS[padding], kernel, stride).sum((3, 4))
    close(model(x), total / (kernel[0] * kernel[1] if counted else np.maximum(pixels, 1)))


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize(
    ("op", "function"), [("global_avg_pool", np.mean), ("global_max_pool", np.max)]
)
@pytest.mark.parametrize("size", ["8x9", "any"])
def test_global_pools(op: str, function: Any, keep: bool, size: str) -> None:
    model = build(network(f"{{op: {op}, keep_dims: {str(keep).lower()}}}", size=size))
    x = images(8, 9, 4)
    close(model(x), function(x, axis=(1, 2), keepdims=keep))


def test_kernels_that_cover_or_fit_the_map() -> None:
    x = images(8, 9, 4)
    whole = build(network("{op: avg_pool, kernel: map, padding: valid}"))
    close(whole(x), x.mean((1, 2), keepdims=True))
    cut = build(network("{op: max_pool, kernel: 20x2, clip: true, padding: valid}"))
    close(cut(x), windows(x, 0, "valid", (8, 2), (1, 1)).max((3, 4)))


@pytest.mark.parametrize("size", ["8x9", "any"])
@pytest.mark.parametrize(
    "numbers", ["", ", radius: 2, bias: 2, alpha: 1e-1, beta: 0.75", ", radius: 1, alpha: 0.5"]
)
def test_lrn(numbers: str, size: str) -> None:
    graph = network(f"{{op: lrn{numbers}}}", size=size, channels=9)
    attributes = graph.nodes[-1].attributes
    x = images(8, 9, 9)
    expected = tf.nn.local_response_normalization(
        x, attributes["radius"], attributes["bias"], attributes["alpha"], attributes["beta"]
    )
    close(build(graph)(x), expected.numpy())


def _elu(x: Any) -> Any:
    return np.where(x > 0, x, np.expm1(x))


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _softmax(x: Any) -> Any:
    power = np.exp(x - x.max(-1, keepdims=True))
    return power / power.sum(-1, keepdims=True)


FUNCTIONS = {
    "elu": _elu,
    "gelu": lambda x: tf.nn.gelu(x, approximate=False).numpy(),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "gelu_tanh": lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "hard_swish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x)),
    "sigmoid": _sigmoid,
    "silu": lambda x: x * _sigmoid(x),
    "softmax": _softmax,
    "softplus": lambda x: np.log1p(np.exp(x)),
    "tanh": np.tanh,
}


@pytest.mark.parametrize("function", ACTIVATIONS)
def test_every_activation_in_every_place(function: str) -> None:
    x = 4 * images(8, 9, 4)
    expected = FUNCTIONS[function](x)
    close(build(network(f"{{op: activation, function: {function}}}"))(x), expected)
    identity = "kernel: 1x1, filters: 4, bias: false"
    for layer in (
        f"{{op: conv, name: c, {identity}, activation: {function}}}",
        f"{{op: conv, name: c, {identity}, activation: {function}, "
        "norm: {op: batch_norm, epsilon: 1e-20}}",
    ):
        model = build(network(layer))
        model.get_layer("c").kernel.assign(np.eye(4, dtype="float32")[None, None])
        close(model(x), expected, 1e-4)


def test_softmax() -> None:
    x = images(8, 9, 4)
    close(build(network("{op: softmax}"))(x), _softmax(x))


def test_batch_norm() -> None:
    model = build(network("{op: batch_norm, name: b, epsilon: 0.25, momentum: 0.5}"))
    scattered(model)
    assert model.get_layer("b").momentum == 0.5
    x, norm = images(8, 9, 4), values(model, "b")
    normal = (x - norm["moving_mean"]) / np.sqrt(norm["moving_variance"] + 0.25)
    close(model(x), normal * norm["gamma"] + norm["beta"], 1e-4)


def test_reshapes() -> None:
    x = images(8, 9, 4)
    close(build(network("{op: flatten}"))(x), x.reshape(2, -1))
    close(
        build(network("{op: pad, padding: {top: 1, bottom: 0, left: 2, right: 3}}"))(x),
        np.pad(x, ((0, 0), (1, 0), (2, 3), (0, 0))),
    )
    for size in ("1x1", "any"):
        close(build(network("{op: squeeze}", size=size))(x[:, :1, :1]), x[:, 0, 0])


def test_squeeze_of_an_open_map_that_turns_out_large_fails() -> None:
    model = build(network("{op: squeeze}", size="any"))
    with pytest.raises(ValueError, match="total size"):
        model(images(8, 9, 4))


def merged(merge: str, *branches: str, size: str = "8x9") -> Any:
    """A model of one block whose branches meet in a merge."""
    paths = "".join(f"      - [{branch}]\n" for branch in branches)
    return build(
        inceptionspec.load(
            f"spec: 1\nname: t\ninput: {{size: {size}, channels: 4}}\nnetwork:\n"
            f"  - name: m\n    merge: {merge}\n    branches:\n{paths}"
        ).graph
    )


RELU = "{op: activation, function: relu}"
TANH = "{op: activation, function: tanh}"


def test_concat_keeps_the_order_of_branches() -> None:
    x = images(8, 9, 4)
    close(
        merged("concat", RELU, "", TANH)(x), np.concatenate([np.maximum(x, 0), x, np.tanh(x)], -1)
    )


def test_add_scales_every_branch_but_the_first() -> None:
    x = images(8, 9, 4)
    plain = merged("add", "", RELU, TANH)
    close(plain(x), x + np.maximum(x, 0) + np.tanh(x))
    scaled = merged("{op: add, scale: 0.25, activation: relu}", "", RELU, TANH)
    close(scaled(x), np.maximum(x + 0.25 * np.maximum(x, 0) + 0.25 * np.tanh(x), 0))


@pytest.mark.parametrize("size", ["8x9", "any"])
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("keep", ["true", "false"])
def test_multiply_spreads_vectors_and_single_pixels(keep: str, first: bool, size: str) -> None:
    x = images(8, 9, 4)
    factor = f"{{op: global_avg_pool, keep_dims: {keep}}}"
    branches = (factor, TANH) if first else (TANH, factor)
    model = merged("{op: multiply, activation: relu}", *branches, size=size)
    close(model(x), np.maximum(np.tanh(x) * x.mean((1, 2), keepdims=True), 0))


def test_multiply_of_vectors_and_of_vectors_with_single_pixels() -> None:
    x = images(8, 9, 4)
    mean, top = "{op: global_avg_pool}", "{op: global_max_pool}"
    kept = "{op: global_max_pool, keep_dims: true}"
    expected = x.mean((1, 2)) * x.max((1, 2))
    close(merged("multiply", mean, top)(x), expected)
    close(merged("multiply", mean, kept)(x), expected[:, None, None])


def test_dropout_acts_in_training_only() -> None:
    model = build(network("{op: dropout, rate: 0.5}"))
    x = np.ones((2, 8, 9, 4), "float32")
    close(model(x), x)
    assert set(np.unique(model(x, training=True))) == {0.0, 2.0}


INITIAL = {
    "{constant: 3}": lambda w: np.all(w == 3),
    "{normal: 0.5}": lambda w: abs(w.std() - 0.5) < 0.02,
    "{truncated_normal: 0.5}": lambda w: np.abs(w).max() <= 1.0 and abs(w.std() - 0.44) < 0.02,
    "{uniform: 0.5}": lambda w: 0.49 < np.abs(w).max() <= 0.5,
    "{variance_scaling: {scale: 2}}": lambda w: abs(w.std() - np.sqrt(2 / 36)) < 0.01,
    "{variance_scaling: {scale: 2, mode: fan_out, distribution: uniform}}": lambda w: (
        np.abs(w).max() <= np.sqrt(6 / (9 * 500)) * (1 + 1e-6)  # as float32 rounds it
    ),
    "ones": lambda w: np.all(w == 1),
    "zeros": lambda w: not w.any(),
    "he_normal": lambda w: abs(w.std() - np.sqrt(2 / 36)) < 0.01,
    "he_uniform": lambda w: abs(w.std() - np.sqrt(2 / 36)) < 0.01,
    "lecun_normal": lambda w: abs(w.std() - np.sqrt(1 / 36)) < 0.01,
    "lecun_uniform": lambda w: abs(w.std() - np.sqrt(1 / 36)) < 0.01,
    "glorot_normal": lambda w: abs(w.std() - np.sqrt(2 / (9 * 504))) < 0.005,
    "glorot_uniform": lambda w: abs(w.std() - np.sqrt(2 / (9 * 504))) < 0.005,
}


@pytest.mark.parametrize("init", INITIAL)
def test_initializers(init: str) -> None:
    model = build(
        network(f"{{op: conv, name: a, kernel: 3x3, filters: 500, init: {init}, bias_init: ones}}")
    )
    weights = values(model, "a")
    assert INITIAL[init](weights["kernel"])
    assert np.all(weights["bias"] == 1)


def test_layers_do_not_start_alike() -> None:
    model = build(
        network(
            "{op: conv, name: a, kernel: 1x1, filters: 4}",
            "{op: conv, name: b, kernel: 1x1, filters: 4}",
        )
    )
    assert np.any(values(model, "a")["kernel"] != values(model, "b")["kernel"])


def test_weight_decay_is_the_factor_times_the_sum_of_squares() -> None:
    model = build(
        network(
            "{op: conv, name: c, kernel: 1x1, filters: 4, l2: 0.1, bias_l2: 0.2}",
            "{op: separable_conv, name: s, kernel: 3x3, filters: 4, l2: 0.3, depthwise_l2: 0.4}",
            "{op: depthwise_conv, name: d, kernel: 3x3, l2: 0.5}",
            "{op: conv, name: free, kernel: 1x1, filters: 4}",
        )
    )
    scattered(model)
    c, s, d = (values(model, name) for name in "csd")
    expected = sum(
        factor * np.square(weight).sum()
        for factor, weight in (
            (0.1, c["kernel"]),
            (0.2, c["bias"]),
            (0.3, s["pointwise_kernel"]),
            (0.4, s["depthwise_kernel"]),
            (0.5, d["kernel"]),
        )
    )
    np.testing.assert_allclose(sum(model.losses), expected, rtol=1e-5)
