"""Each layer of the closed table: what it becomes, and with which arguments it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from keras_models import Written, functional, image, layer, layers_of, read, write_json

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.importers.keras.table import LAYERS

L2 = {"class_name": "L2", "config": {"l2": 0.01}}
HE = {"class_name": "HeNormal", "config": {"seed": None}}
CONV = {"filters": 4, "kernel_size": [3, 3]}


def imported(
    folder: Path, *layers: Written, shape: tuple[int | None, ...] = (8, 8, 3), keras: int = 3
) -> list[tuple[str, str, dict[str, Any], tuple[str, ...]]]:
    return layers_of(read(write_json(folder, functional(image(*shape), *layers, keras=keras))))


def became(folder: Path, one: Written, shape: tuple[int | None, ...] = (8, 8, 3)) -> Any:
    """The operators and attributes that a layer becomes."""
    return [(op, attributes) for _, op, attributes, _ in imported(folder, one, shape=shape)]


#: A class, its arguments, what it becomes; of a map of 8x8x3.
MAPPED: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("Conv2D", CONV, "conv", {"kernel": "3x3", "filters": 4, "padding": "valid", "bias": True}),
    (
        "Conv2D",
        {**CONV, "kernel_size": [1, 7], "strides": [2, 1], "padding": "same", "use_bias": False,
         "bias_initializer": HE, "activation": "relu", "kernel_initializer": HE,
         "kernel_regularizer": L2},
        "conv",
        {"kernel": "1x7", "filters": 4, "stride": "2x1", "bias": False, "activation": "relu",
         "init": "he_normal", "l2": 0.01},
    ),
    (
        "Conv2D",
        {**CONV, "filters": 6, "groups": 3, "dilation_rate": [2, 2], "bias_regularizer": L2,
         "bias_initializer": {"class_name": "Constant", "config": {"value": 0.5}}},
        "conv",
        {"kernel": "3x3", "filters": 6, "groups": 3, "dilation": 2, "padding": "valid",
         "bias": True, "bias_l2": 0.01, "bias_init": {"constant": 0.5}},
    ),
    ("Convolution2D", {**CONV, "padding": "same"}, "conv",
     {"kernel": "3x3", "filters": 4, "bias": True}),
    (
        "DepthwiseConv2D",
        {"kernel_size": [3, 3], "depth_multiplier": 2, "padding": "same", "groups": 1,
         "depthwise_initializer": HE, "depthwise_regularizer": L2, "kernel_initializer": HE},
        "depthwise_conv",
        {"kernel": "3x3", "depth_multiplier": 2, "bias": True, "init": "he_normal", "l2": 0.01},
    ),
    (
        "SeparableConv2D",
        {**CONV, "padding": "same", "use_bias": False, "depthwise_regularizer": L2,
         "pointwise_initializer": HE, "depthwise_initializer": "he_uniform"},
        "separable_conv",
        {"kernel": "3x3", "filters": 4, "bias": False, "init": "he_normal",
         "depthwise_init": "he_uniform", "depthwise_l2": 0.01},
    ),
    ("SeparableConvolution2D", {**CONV, "padding": "same"}, "separable_conv",
     {"kernel": "3x3", "filters": 4, "bias": True}),
    ("Conv2DTranspose", {**CONV, "strides": [2, 2], "padding": "same", "output_padding": None},
     "conv_transpose", {"kernel": "3x3", "filters": 4, "stride": 2, "bias": True}),
    ("Dense", {"units": 5, "activation": "gelu"}, "conv",
     {"kernel": "1x1", "filters": 5, "bias": True, "activation": "gelu"}),
    ("BatchNormalization", {"axis": [3], "momentum": 0.9, "epsilon": 1e-5, "scale": False},
     "batch_norm", {"momentum": 0.9, "epsilon": 1e-5, "scale": False}),
    ("BatchNormalizationV1", {"axis": -1}, "batch_norm", {}),
    ("BatchNormalizationV2", {"axis": 3, "center": False, "fused": True}, "batch_norm",
     {"center": False}),
    ("SyncBatchNormalization", {"axis": -1}, "batch_norm", {}),
    ("LayerNormalization", {"axis": [-1], "epsilon": 1e-6, "center": False}, "layer_norm",
     {"epsilon": 1e-6, "center": False}),
    ("GroupNormalization", {"groups": 3, "axis": -1}, "group_norm", {"groups": 3}),
    ("GroupNormalization", {"groups": -1, "axis": 3, "scale": False}, "group_norm",
     {"groups": 3, "scale": False}),
    ("LocalResponseNormalization", {"radius": 2, "alpha": 1e-4, "bias": 1, "beta": 0.75}, "lrn",
     {"radius": 2, "alpha": 1e-4, "beta": 0.75}),
    ("LayerScale", {"init_values": 0.1, "projection_dim": 3}, "layer_scale",
     {"init": {"constant": 0.1}}),
    ("EinsumDense", {"equation": "bhwc,c->bhwc", "output_shape": [8, 8, 3], "bias_axes": None,
                     "kernel_initializer": "ones"}, "layer_scale", {"init": "ones"}),
    ("Rescaling", {"scale": 1 / 255, "offset": 0.0}, "rescale", {"scale": 1 / 255}),
    ("Rescaling", {"scale": [1.0, 2.0, 3.0], "offset": -1}, "rescale",
     {"scale": [1.0, 2.0, 3.0], "offset": -1}),
    ("Normalization", {"axis": [-1], "mean": None, "variance": None}, "normalize", {}),
    ("Normalization", {"axis": -1, "mean": [1.0, 2.0, 3.0], "variance": [4.0, 4.0, 4.0]},
     "rescale", {"scale": 0.5, "offset": [-0.5, -1.0, -1.5]}),
    ("Activation", {"activation": "swish"}, "activation", {"function": "silu"}),
    ("Activation", {"activation": "softmax"}, "softmax", {}),
    ("Activation",
     {"activation": {"module": "builtins", "class_name": "function", "config": "hard_silu"}},
     "activation", {"function": "hard_swish"}),
    ("ReLU", {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}, "activation",
     {"function": "relu"}),
    ("ReLU", {"max_value": 6.0}, "activation", {"function": "relu6"}),
    ("ReLU", {"negative_slope": [0.25]}, "activation", {"function": {"leaky_relu": 0.25}}),
    ("LeakyReLU", {"alpha": 0.30000001192092896}, "activation",
     {"function": {"leaky_relu": 0.3}}),
    ("LeakyReLU", {"negative_slope": 0.1}, "activation", {"function": {"leaky_relu": 0.1}}),
    ("ELU", {"alpha": 1.0}, "activation", {"function": "elu"}),
    ("ELU", {"alpha": 0.5}, "activation", {"function": {"elu": 0.5}}),
    ("Softmax", {"axis": -1}, "softmax", {}),
    ("PReLU", {"shared_axes": [1, 2], "alpha_initializer": {"class_name": "Zeros", "config": {}}},
     "prelu", {}),
    ("MaxPooling2D", {"pool_size": [3, 3], "strides": [2, 2], "padding": "same"}, "max_pool",
     {"kernel": "3x3", "stride": 2}),
    ("AveragePooling2D", {"pool_size": [2, 2], "strides": None, "padding": "valid"}, "avg_pool",
     {"kernel": "2x2", "stride": 2, "padding": "valid"}),
    ("GlobalAveragePooling2D", {"keepdims": True}, "global_avg_pool", {"keep_dims": True}),
    ("GlobalMaxPooling2D", {"keepdims": False}, "global_max_pool", {}),
    ("ZeroPadding2D", {"padding": [[0, 1], [2, 3]]}, "pad",
     {"padding": {"top": 0, "bottom": 1, "left": 2, "right": 3}}),
    ("ZeroPadding2D", {"padding": [3, 3]}, "pad", {"padding": 3}),
    ("Cropping2D", {"cropping": [[1, 0], [1, 0]]}, "crop",
     {"pixels": {"top": 1, "bottom": 0, "left": 1, "right": 0}}),
    ("UpSampling2D", {"size": [2, 2], "interpolation": "bilinear"}, "upsample",
     {"factor": 2, "method": "bilinear"}),
    ("Flatten", {}, "flatten", {}),
    ("Reshape", {"target_shape": [-1]}, "flatten", {}),
    ("Reshape", {"target_shape": [192]}, "flatten", {}),
    ("Dropout", {"rate": 0.2, "noise_shape": None, "seed": 3}, "dropout", {"rate": 0.2}),
    ("Dropout", {"rate": 0.2, "noise_shape": [None, 1, 1, 1]}, "drop_path", {"rate": 0.2}),
    ("SpatialDropout2D", {"rate": 0.2, "data_format": "channels_last"}, "dropout", {"rate": 0.2}),
    ("StochasticDepth", {"rate": 0.1}, "drop_path", {"rate": 0.1}),
    ("StochasticDepth", {"drop_path_rate": 0.1}, "drop_path", {"rate": 0.1}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "config", "op", "attributes"),
    MAPPED,
    ids=[f"{m[0]}-{i}" for i, m in enumerate(MAPPED)],
)
def test_a_layer_becomes_an_operator(
    kind: str, config: dict[str, Any], op: str, attributes: dict[str, Any], tmp_path: Path
) -> None:
    assert became(tmp_path, layer(kind, "x", "in", **config)) == [(op, attributes)]


MERGES: dict[str, tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]] = {
    "Add": ({}, [("add", {})]),
    "Subtract": ({}, [("add", {"scale": -1})]),
    "Multiply": ({}, [("multiply", {})]),
    "Average": ({}, [("add", {}), ("rescale", {"scale": 0.5})]),
    "Concatenate": ({"axis": -1}, [("concat", {})]),
    "CustomScaleLayer": ({"scale": 0.17}, [("add", {"scale": 0.17})]),
}


@pytest.mark.parametrize("kind", MERGES)
def test_a_merge_becomes_an_operator(kind: str, tmp_path: Path) -> None:
    config, expected = MERGES[kind]
    first = layer("Activation", "a", "in", activation="relu")
    found = imported(tmp_path, first, layer(kind, "x", ["in", "a"], **config))
    assert [(op, attributes) for _, op, attributes, _ in found[1:]] == expected
    assert found[1][3] == ("", "a")


NOTHING = {"Identity"} | {
    kind for kind in LAYERS if kind.startswith(("Random", "Gaussian", "Alpha", "ActivityReg"))
}


@pytest.mark.parametrize("kind", sorted(NOTHING))
def test_layers_of_training_alone_are_left_out_with_a_note(kind: str, tmp_path: Path) -> None:
    model = functional(
        image(),
        layer(kind, "aside", "in", factor=0.3, mode="horizontal", height_factor=[0.1, 0.2]),
        layer("Flatten", "end", "aside"),
    ) if kind != "Identity" else functional(
        image(), layer(kind, "aside", "in"), layer("Flatten", "end", "aside")
    )  # fmt: skip
    network = read(write_json(tmp_path, model))
    assert layers_of(network) == [("end", "flatten", {}, ("",))]
    noted = f"`aside`: `{kind}` works in training alone, and is left out"
    assert network.notes == (() if kind == "Identity" else (noted,))


def test_every_layer_of_the_table_is_tested() -> None:
    elsewhere = {"Permute"}  # `test_cutting.py`
    assert {m[0] for m in MAPPED} | set(MERGES) | NOTHING | elsewhere == set(LAYERS)


#: A class, its arguments, what is said of it.
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("Conv2D", {**CONV, "data_format": "channels_first"}, "`data_format: channels_first`"),
    ("Conv2D", {**CONV, "kernel_constraint": {"class_name": "MaxNorm"}}, "`kernel_constraint"),
    ("Conv2D", {**CONV, "kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.1}}},
     "`kernel_regularizer: L1L2`"),
    ("Conv2D", {**CONV, "activation": "my>wave"}, "`activation: wave` of `Conv2D`"),
    ("Conv2D", {**CONV, "filters": 0}, "`filters` of `Conv2D` is malformed"),
    ("Conv2D", {**CONV, "filters": True}, "`filters` of `Conv2D` is malformed"),
    ("Conv2D", {**CONV, "filters": 1e300}, "`filters` of `Conv2D` is malformed"),
    ("Conv2D", {**CONV, "kernel_size": [3]}, "`kernel_size` of `Conv2D` is malformed"),
    ("Conv2D", {**CONV, "padding": "causal"}, "`padding` of `Conv2D` is malformed"),
    ("Conv2D", {**CONV, "kernel_size": [9, 9]}, "its 9x9 window is larger than its 8x8 input"),
    ("Conv2D", {**CONV, "groups": 2}, "its 3 input channels do not divide into 2 groups"),
    ("Conv2D", {**CONV, "brand_new": "on"}, "`brand_new: on` of `Conv2D`"),
    ("Conv2D", {**CONV, "dtype": {"class_name": "QuantizedDTypePolicy"}}, "`dtype: Quantized"),
    ("Conv2DTranspose", {**CONV, "output_padding": [1, 1]}, "`output_padding: [1, 1]`"),
    ("Dense", {"units": 3, "lora_rank": 4}, "`lora_rank: 4`"),
    ("BatchNormalization", {"axis": 1}, "`axis: [1]`"),
    ("BatchNormalization", {"axis": -1, "renorm": True}, "`renorm: True`"),
    ("BatchNormalization", {"axis": -1, "epsilon": 0}, "`epsilon: 0` of `batch_norm` must be"),
    ("LayerNormalization", {"axis": [1, 2, 3]}, "`axis: [1, 2, 3]`"),
    ("LayerNormalization", {"axis": -1, "rms_scaling": True}, "`rms_scaling: True`"),
    ("GroupNormalization", {"groups": 2, "axis": -1}, "do not divide into 2 groups"),
    ("EinsumDense", {"equation": "abcd,de->abce", "output_shape": [8, 8, 3]}, "`equation: abcd"),
    ("Rescaling", {"scale": [1.0, 2.0]}, "has 2 numbers, the channels that come in are 3"),
    ("Rescaling", {"scale": [[1.0], [2.0]]}, "`scale` of `Rescaling` is malformed"),
    ("Normalization", {"axis": -1, "invert": True}, "`invert: True`"),
    ("Normalization", {"axis": -1, "mean": 1.0, "variance": -1.0}, "`variance`"),
    ("ReLU", {"max_value": 5.0}, "`max_value: 5.0`"),
    ("ReLU", {"threshold": 1.0}, "`threshold: 1.0`"),
    ("ReLU", {"max_value": 6.0, "negative_slope": 0.1}, "`max_value: 6.0`"),
    ("Softmax", {"axis": 1}, "`axis: 1`"),
    ("PReLU", {"shared_axes": None}, "`shared_axes: None`"),
    ("UpSampling2D", {"interpolation": "bicubic"}, "`interpolation: bicubic`"),
    ("Reshape", {"target_shape": [4, 4, 12]}, "`Reshape` to 4x4x12 has no operator"),
    ("Reshape", {"target_shape": [-1, -1, 3]}, "`Reshape` to -1x-1x3 has no operator"),
    ("Reshape", {"target_shape": "8"}, "`target_shape` of `Reshape` is malformed"),
    ("Dropout", {"rate": 1.0}, "`rate: 1.0` of `dropout` must be"),
    ("Dropout", {"rate": 0.1, "noise_shape": [None, 1, 1, 3]}, "`noise_shape"),
    ("Concatenate", {"axis": 1}, "`axis: 1`"),
    ("Lambda", {"function": ["4wEAAAA="]}, "the layer `Lambda` holds code of Python"),
    ("Permute", {"dims": [3, 1, 2]}, "`Permute` exchanges the axes of a map"),
    ("Resizing", {"height": 9, "width": 9}, "resizes pictures"),
    ("CenterCrop", {"height": 9, "width": 9}, "crops pictures"),
    ("Pkg>Attention", {}, "the layer `Attention` has no operator"),
    ("MultiHeadAttention", {}, "the layer `MultiHeadAttention` has no operator"),
    ("TFOpLambda", {"function": "image.resize"}, "the function `tf.image.resize` has no operator"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "config", "words"), REFUSED)
def test_what_has_no_counterpart_is_refused_by_name(
    kind: str, config: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(SpecError) as raised:
        became(tmp_path, layer(kind, "here", "in", **config))
    (finding,) = raised.value.findings
    assert finding.code in {"E0401", "E0408", "E0412", "E0721", "E0722"}
    assert words in finding.message
    assert finding.message.endswith(": `here`")


def test_all_is_refused_at_once_each_reason_with_the_first_names(tmp_path: Path) -> None:
    layers = [layer("LSTM", f"lstm_{number}", "in") for number in range(7)]
    layers.append(layer("GRU", "gru", "lstm_6"))
    layers.append(layer("Conv2D", "conv", "gru", **CONV, bias_constraint="NonNeg"))
    layers.append(layer("Add", "sum", [*(one.config["name"] for one in layers[:6]), "conv"]))
    with pytest.raises(SpecError) as raised:
        imported(tmp_path, *layers)
    assert [one.message for one in raised.value.findings] == [
        "the layer `GRU` has no operator: `gru`",
        "the layer `LSTM` has no operator: `lstm_0`, `lstm_1`, `lstm_2` and 4 more",
        "`bias_constraint: NonNeg` of `Conv2D` has no counterpart in a spec: `conv`",
    ]


def test_a_class_that_is_misspelled_gets_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as raised:
        became(tmp_path, layer("Conv2d", "x", "in"))
    assert raised.value.findings[0].helps == ("did you mean `Conv2D`?",)


# Vectors, and maps of 1x1


GATE = (
    layer("GlobalAveragePooling2D", "pool", "in"),
    layer("Reshape", "as_map", "pool", target_shape=[1, 1, 3]),
)


def test_a_gate_keeps_the_axes_of_its_pool(tmp_path: Path) -> None:
    conv = layer("Conv2D", "gate", "as_map", filters=3, kernel_size=[1, 1])
    found = imported(tmp_path, *GATE, conv, layer("Multiply", "times", ["in", "gate"]))
    assert [(name, op) for name, op, _, _ in found] == [
        ("pool", "global_avg_pool"), ("gate", "conv"), ("times", "multiply"),
    ]  # fmt: skip
    assert found[0][2] == {"keep_dims": True}


def test_a_pool_that_is_read_as_a_vector_too_is_made_twice(tmp_path: Path) -> None:
    conv = layer("Conv2D", "gate", "as_map", filters=3, kernel_size=[1, 1])
    flat = layer("Flatten", "flat", "gate")
    found = imported(tmp_path, *GATE, conv, flat, layer("Add", "sum", ["flat", "pool"]))
    assert [(name, inputs) for name, _, _, inputs in found] == [
        ("pool", ("",)), ("pool/map", ("",)), ("gate", ("pool/map",)), ("flat", ("gate",)),
        ("sum", ("flat", "pool")),
    ]  # fmt: skip


def test_a_vector_as_a_map_stays_a_vector(tmp_path: Path) -> None:
    found = imported(
        tmp_path,
        layer("GlobalAveragePooling2D", "pool", "in"),
        layer("Dense", "less", "pool", units=3),
        layer("Reshape", "as_map", "less", target_shape=[1, 1, -1]),
        layer("BatchNormalization", "norm", "as_map", axis=3),
        layer("Conv2D", "more", "norm", filters=3, kernel_size=[1, 1], activation="sigmoid"),
        layer("Multiply", "times", ["in", "more"]),
    )
    assert [op for _, op, _, _ in found] == [
        "global_avg_pool", "dense", "batch_norm", "dense", "multiply",
    ]  # fmt: skip


def test_a_vector_is_spread_over_a_map_by_the_layer_alone(tmp_path: Path) -> None:
    pool = layer("GlobalAveragePooling2D", "pool", "in")
    found = imported(tmp_path, pool, layer("Multiply", "times", ["in", "pool"]))
    assert found[1][1] == "multiply"
    with pytest.raises(SpecError) as raised:
        imported(tmp_path, pool, layer("Add", "plus", ["in", "pool"]))
    assert "`Add` of a vector and a map has no operator" in raised.value.findings[0].message


def test_a_map_of_1x1_becomes_a_vector_by_squeeze(tmp_path: Path) -> None:
    pool = layer("GlobalMaxPooling2D", "pool", "in", keepdims=True)
    found = imported(tmp_path, pool, layer("Reshape", "flat", "pool", target_shape=[3]))
    assert found[1][:2] == ("flat", "squeeze")
    found = imported(tmp_path, pool, layer("Flatten", "flat", "pool"))
    assert found[1][:2] == ("flat", "flatten")


def test_dense_layers_of_vectors_stay_dense(tmp_path: Path) -> None:
    flat = layer("Flatten", "flat", "in")
    found = imported(tmp_path, flat, layer("Dense", "out", "flat", units=2, activation="softmax"))
    assert found[1] == (
        "out", "dense", {"units": 2, "bias": True, "activation": "softmax"}, ("flat",),
    )  # fmt: skip


def test_open_sides_stay_open(tmp_path: Path) -> None:
    conv = layer("Conv2D", "conv", "in", **CONV)
    network = read(write_json(tmp_path, functional(image(None, None, 3), conv)))
    assert network.size == (None, None)


# What Keras 2 means by a name


def test_the_hard_sigmoid_of_keras_2_keeps_its_slope(tmp_path: Path) -> None:
    own = layer("Activation", "own", "in", activation="hard_sigmoid")
    conv = layer("Conv2D", "conv", "own", **CONV, activation="hard_sigmoid")
    new = imported(tmp_path, own, conv)
    assert [op for _, op, _, _ in new] == ["activation", "conv"]
    assert new[1][2]["activation"] == "hard_sigmoid"
    old = imported(tmp_path, own, conv, keras=2)
    assert [(name, op) for name, op, _, _ in old] == [
        ("own/slope", "rescale"), ("own", "activation"), ("conv", "conv"),
        ("conv/hard_sigmoid/slope", "rescale"), ("conv/hard_sigmoid", "activation"),
    ]  # fmt: skip
    assert [old[0][2], old[3][2]] == [{"scale": 1.2}] * 2
    assert "activation" not in old[2][2]


INITIALIZERS: list[tuple[Any, Any]] = [
    ("glorot_uniform", None),
    ("he_normal", "he_normal"),
    ({"class_name": "RandomNormal", "config": {"mean": 0.0, "stddev": 0.05}}, {"normal": 0.05}),
    ({"class_name": "TruncatedNormal", "config": {"stddev": 0.1}}, {"truncated_normal": 0.1}),
    ({"class_name": "RandomUniform", "config": {"minval": -0.2, "maxval": 0.2}}, {"uniform": 0.2}),
    (
        {"class_name": "VarianceScaling",
         "config": {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"}},
        {"variance_scaling":
         {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"}},
    ),
    (
        {"class_name": "VarianceScaling",
         "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform"}},
        None,
    ),
    ({"class_name": "Ones", "config": {}}, "ones"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), INITIALIZERS)
def test_initializers(given: Any, expected: Any, tmp_path: Path) -> None:
    ((_, attributes),) = became(
        tmp_path, layer("Conv2D", "x", "in", **CONV, kernel_initializer=given)
    )
    assert attributes.get("init") == expected


@pytest.mark.parametrize(
    "given",
    [
        {"class_name": "Orthogonal", "config": {"gain": 1.0}},
        {"class_name": "mine>Odd", "config": {}},
        {"class_name": "RandomUniform", "config": {"minval": 0.0, "maxval": 0.2}},
        {"class_name": "RandomNormal", "config": {"mean": 1.0}},
    ],
)
def test_initializers_without_counterpart_are_noted(given: Any, tmp_path: Path) -> None:
    model = functional(image(), layer("Conv2D", "x", "in", **CONV, kernel_initializer=given))
    (note,) = read(write_json(tmp_path, model)).notes
    assert note.startswith("`x`: ")
    assert note.endswith("has no counterpart, so that training afresh starts otherwise")
