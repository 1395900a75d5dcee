"""Functions without a layer, of Keras 3 and of TensorFlow as Keras 2 keeps them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from keras_models import (
    Written,
    function,
    functional,
    image,
    layer,
    layers_of,
    nested,
    operation,
    read,
    write_json,
)

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.importers.keras.table import FUNCTIONS, OPERATIONS

#: Functions that several of make one operator: `test_cutting.py` tests them.
STEPS = {
    "AveragePool", "DivideNoNan", "Einsum", "GetItem", "MaxPool", "Maximum", "OnesLike", "Pad",
    "Take", "Transpose",
}  # fmt: skip
FIRST = layer("Activation", "a", "in", activation="relu")
POOL = layer("GlobalAveragePooling2D", "p", "in", keepdims=True)


def became(folder: Path, one: Written, keras: int = 3) -> tuple[str, dict[str, Any], Any]:
    layers = [image(), FIRST, POOL, one]
    model = functional(*layers, keras=keras)
    _, op, attributes, inputs = layers_of(read(write_json(folder, model)))[-1]
    return op, attributes, inputs


def own(kind: str, *args: Any, **config: Any) -> Written:
    return operation(kind, "x", *args, **config)


CASES: list[tuple[Written, str, dict[str, Any], tuple[str, ...]]] = [
    (own("Add", "a", 3.0), "rescale", {"offset": 3.0}, ("a",)),
    (own("Add", 3.0, "a"), "rescale", {"offset": 3.0}, ("a",)),
    (own("Add", "in", "a"), "add", {}, ("", "a")),
    (own("Subtract", "a", 3.0), "rescale", {"offset": -3.0}, ("a",)),
    (own("Subtract", 3.0, "a"), "rescale", {"scale": -1, "offset": 3.0}, ("a",)),
    (own("Subtract", "in", "a"), "add", {"scale": -1}, ("", "a")),
    (own("Multiply", "a", 0.5), "rescale", {"scale": 0.5}, ("a",)),
    (own("Multiply", [1.0, 2.0, 3.0], "a"), "rescale", {"scale": [1.0, 2.0, 3.0]}, ("a",)),
    (own("Multiply", "a", "p"), "multiply", {}, ("a", "p")),
    (own("Divide", "a", 4.0), "rescale", {"scale": 0.25}, ("a",)),
    (own("TrueDivide", "a", [1.0, 2.0, 4.0]), "rescale", {"scale": [1.0, 0.5, 0.25]}, ("a",)),
    (own("Negative", "a"), "rescale", {"scale": -1}, ("a",)),
    (own("Relu", "a"), "activation", {"function": "relu"}, ("a",)),
    (own("Relu6", "a"), "activation", {"function": "relu6"}, ("a",)),
    (own("Sigmoid", "a"), "activation", {"function": "sigmoid"}, ("a",)),
    (own("HardSigmoid", "a"), "activation", {"function": "hard_sigmoid"}, ("a",)),
    (own("Silu", "a"), "activation", {"function": "silu"}, ("a",)),
    (own("HardSilu", "a"), "activation", {"function": "hard_swish"}, ("a",)),
    (own("Tanh", "a"), "activation", {"function": "tanh"}, ("a",)),
    (own("Selu", "a"), "activation", {"function": "selu"}, ("a",)),
    (own("Softplus", "a"), "activation", {"function": "softplus"}, ("a",)),
    (own("Gelu", "a"), "activation", {"function": "gelu_tanh"}, ("a",)),
    (own("Gelu", "a", approximate=False), "activation", {"function": "gelu"}, ("a",)),
    (own("LeakyRelu", "a", negative_slope=0.1), "activation",
     {"function": {"leaky_relu": 0.1}}, ("a",)),
    (own("Elu", "a", alpha=0.5), "activation", {"function": {"elu": 0.5}}, ("a",)),
    (own("Softmax", "a", axis=-1), "softmax", {}, ("a",)),
    (own("Concatenate", ["in", "a"], axis=-1), "concat", {}, ("", "a")),
    (own("Concatenate", ["in", "a"], axis=3), "concat", {}, ("", "a")),
    (own("Mean", "a", axis=[1, 2], keepdims=True), "global_avg_pool", {"keep_dims": True}, ("a",)),
    (own("Mean", "a", axis=[-2, -3], keepdims=False), "global_avg_pool", {}, ("a",)),
    (own("Max", "a", axis=[1, 2], keepdims=False, initial=None), "global_max_pool", {}, ("a",)),
    (own("Reshape", "a", newshape=[-1, 192]), "flatten", {}, ("a",)),
    (own("Squeeze", "p", axis=[1, 2]), "squeeze", {}, ("p",)),
]  # fmt: skip


@pytest.mark.parametrize(("one", "op", "attributes", "inputs"), CASES)
def test_a_function_of_keras_3_becomes_an_operator(
    one: Written, op: str, attributes: dict[str, Any], inputs: tuple[str, ...], tmp_path: Path
) -> None:
    assert became(tmp_path, one) == (op, attributes, inputs)


def test_identity_hands_on(tmp_path: Path) -> None:
    model = functional(image(), FIRST, own("Identity", "a"))
    assert read(write_json(tmp_path, model)).outputs == ("a",)


def test_every_function_of_keras_3_is_tested() -> None:
    assert {case[0].kind for case in CASES} | {"Identity"} | STEPS == set(OPERATIONS)


def called(called: str, /, *args: Any, **kwargs: Any) -> Written:
    return function("x", called, *args, **kwargs)


OLD: list[tuple[Written, str, dict[str, Any], tuple[str, ...]]] = [
    (called("__operators__.add", "a", y=3.0, name=None), "rescale", {"offset": 3.0}, ("a",)),
    (called("math.add", "in", y="a"), "add", {}, ("", "a")),
    (called("math.subtract", "a", y=[1.0, 2.0, 3.0]), "rescale",
     {"offset": [-1.0, -2.0, -3.0]}, ("a",)),
    (called("math.subtract", [1.0], y="a"), "rescale", {"scale": -1, "offset": 1.0}, ("a",)),
    (called("math.multiply", "a", y=0.5), "rescale", {"scale": 0.5}, ("a",)),
    (called("math.divide", "a", y=2.0), "rescale", {"scale": 0.5}, ("a",)),
    (called("math.truediv", "a", y=2.0), "rescale", {"scale": 0.5}, ("a",)),
    (called("math.negative", "a"), "rescale", {"scale": -1}, ("a",)),
    (called("nn.relu", "a"), "activation", {"function": "relu"}, ("a",)),
    (called("nn.relu6", "a"), "activation", {"function": "relu6"}, ("a",)),
    (called("math.sigmoid", "a"), "activation", {"function": "sigmoid"}, ("a",)),
    (called("nn.silu", "a"), "activation", {"function": "silu"}, ("a",)),
    (called("math.tanh", "a"), "activation", {"function": "tanh"}, ("a",)),
    (called("nn.selu", "a"), "activation", {"function": "selu"}, ("a",)),
    (called("math.softplus", "a"), "activation", {"function": "softplus"}, ("a",)),
    (called("nn.gelu", "a"), "activation", {"function": "gelu"}, ("a",)),
    (called("nn.gelu", "a", approximate=True), "activation", {"function": "gelu_tanh"}, ("a",)),
    (called("nn.leaky_relu", "a", alpha=0.1), "activation",
     {"function": {"leaky_relu": 0.1}}, ("a",)),
    (called("nn.elu", "a"), "activation", {"function": {"elu": 1.0}}, ("a",)),
    (called("nn.softmax", "a", axis=-1), "softmax", {}, ("a",)),
    (called("nn.local_response_normalization", "a", depth_radius=2, alpha=1e-4, beta=0.75), "lrn",
     {"radius": 2, "alpha": 1e-4, "beta": 0.75}, ("a",)),
    (called("concat", ["in", "a"], axis=-1), "concat", {}, ("", "a")),
    (called("math.reduce_mean", "a", axis=[1, 2], keepdims=True), "global_avg_pool",
     {"keep_dims": True}, ("a",)),
    (called("math.reduce_max", "a", axis=[1, 2]), "global_max_pool", {}, ("a",)),
    (called("reshape", "a", shape=[-1, 192]), "flatten", {}, ("a",)),
]  # fmt: skip


@pytest.mark.parametrize(("one", "op", "attributes", "inputs"), OLD)
def test_a_function_of_keras_2_becomes_an_operator(
    one: Written, op: str, attributes: dict[str, Any], inputs: tuple[str, ...], tmp_path: Path
) -> None:
    assert became(tmp_path, one, keras=2) == (op, attributes, inputs)


def test_every_function_of_keras_2_is_tested() -> None:
    assert {case[0].config["function"] for case in OLD} | {"identity"} == set(FUNCTIONS)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (own("Divide", 1.0, "a"), "a division by what a layer puts out"),
        (own("Divide", "a", 0.0), "a division by zero"),
        (own("Softmax", "a", axis=1), "a softmax over the axis 1"),
        (own("Concatenate", ["in", "a"], axis=1), "along the axis 1"),
        (own("Mean", "a", axis=[1], keepdims=False), "over other axes than height and width"),
        (own("Mean", "a", axis=None, keepdims=False), "over other axes than height and width"),
        (own("Squeeze", "p", axis=[1]), "a squeeze of other axes"),
        (own("Reshape", "a", newshape=[1, 192]), "a reshape that mixes images"),
        (own("Multiply", 2.0, 3.0), "of numbers alone"),
        (own("Multiply", "a", [[1.0], [2.0]]), "is malformed"),
        (own("Add", "a", 3.0, brand_new=True), "`brand_new: True`"),
        (own("Cumsum", "a"), "the function `Cumsum` has no operator"),
    ],
)
def test_other_functions_are_refused(one: Written, words: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as raised:
        became(tmp_path, one)
    (finding,) = raised.value.findings
    assert words in finding.message
    assert finding.message.endswith(": `x`")


def test_a_layer_that_always_trains_is_refused(tmp_path: Path) -> None:
    model = functional(image(), layer("Dropout", "x", "in", rate=0.1)._replace(
        kwargs={"training": True}))  # fmt: skip
    with pytest.raises(SpecError) as raised:
        read(write_json(tmp_path, model))
    assert "called with `training=True`" in raised.value.findings[0].message


# Local response normalization


def normalization(**changed: Any) -> list[Written]:
    """What our own models compute it by."""
    one = {
        "axes": [0, 1, 3, 2], "pads": [[0, 0], [0, 0], [2, 2], [0, 0]], "size": [1, 5],
        "strides": 1, "mode": "constant", "source": "a", "divided": "a", **changed,
    }  # fmt: skip
    return [
        operation("Square", "square", one["source"]),
        operation("Transpose", "transpose", "square", axes=one["axes"]),
        operation("Pad", "pad", "transpose", pad_width=one["pads"], mode=one["mode"]),
        operation("AveragePool", "mean", "pad", pool_size=one["size"], strides=one["strides"],
                  padding="valid", data_format="channels_last"),
        operation("Transpose", "back", "mean", axes=[0, 1, 3, 2]),
        operation("Multiply", "times", "back", 5e-4),
        operation("Add", "plus", "times", 2.0),
        operation("Power", "power", "plus", 0.75),
        operation("TrueDivide", "x", one["divided"], "power"),
    ]  # fmt: skip


def test_local_response_normalization_is_recognized(tmp_path: Path) -> None:
    inner = functional(image(name="a"), *normalization())
    model = functional(image(), FIRST._replace(config={"name": "b", "activation": "relu"}),
                       nested(inner, "norm", "b"), outputs=["norm"])  # fmt: skip
    network = read(write_json(tmp_path, model))
    assert layers_of(network)[1:] == [
        ("norm", "lrn", {"radius": 2, "bias": 2, "alpha": 1e-4, "beta": 0.75}, ("b",))
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"axes": [0, 2, 1, 3]},
        {"pads": [[0, 0], [0, 0], [1, 3], [0, 0]]},
        {"size": [1, 4]},
        {"size": [5, 5]},
        {"strides": 2},
        {"mode": "reflect"},
        {"divided": "in"},
    ],
)
def test_what_only_looks_like_it_is_refused(changed: dict[str, Any], tmp_path: Path) -> None:
    model = functional(image(), FIRST, *normalization(**changed))
    with pytest.raises(SpecError) as raised:
        read(write_json(tmp_path, model))
    assert {one.code for one in raised.value.findings} == {"E0721", "E0722"}
