"""ONNX graphs as imported networks: what each operator becomes, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx_graphs import array, described, model, node
from onnx_writer import tensor

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.importers.imported_network import ImportedLayer, ImportedNetwork
from inceptionspec.importers.onnx import model as onnx_model
from inceptionspec.importers.onnx.files import is_onnx, read_onnx
from inceptionspec.importers.onnx.functions import KNOWN, recognized
from inceptionspec.importers.onnx.tensors import GRID
from inceptionspec.ops.functions import ACTIVATIONS
from inceptionspec.weights.files.glance import glance
from inceptionspec.weights.writers.messages import message

KERNEL = np.arange(4 * 3 * 3 * 3, dtype="f4").reshape(4, 3, 3, 3)


def imported(tmp_path: Path, content: bytes) -> ImportedNetwork:
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    seen = glance(str(path))
    assert is_onnx(seen)
    return read_onnx(seen, external("import net.onnx"))


def layers(tmp_path: Path, *nodes: bytes, **rest: Any) -> list[ImportedLayer]:
    return list(imported(tmp_path, model(*nodes, **rest)).layers)


def refusals(tmp_path: Path, content: bytes) -> list[str]:
    with pytest.raises(SpecError) as caught:
        imported(tmp_path, content)
    assert all(one.primary.span.line == 0 or one.primary for one in caught.value.findings)
    return [f"{one.code}: {one.message}" for one in caught.value.findings]


def conv(**attributes: Any) -> bytes:
    return node("Conv", ["x", "k"], ["y"], **attributes)


# Windows


@pytest.mark.parametrize(
    ("attributes", "padding"),
    [
        ({}, "valid"),
        ({"pads": (1, 1, 1, 1)}, None),  # what `same` gives
        ({"auto_pad": "SAME_UPPER", "strides": (2, 2)}, None),
        ({"auto_pad": "SAME_LOWER", "strides": (2, 2)},
         {"top": 1, "bottom": 0, "left": 1, "right": 0}),
        ({"auto_pad": "VALID"}, "valid"),
        ({"pads": (2, 0, 2, 0)}, "2x0"),
        ({"pads": (1, 1, 1, 1), "strides": (2, 2)}, 1),
    ],
)  # fmt: skip
def test_padding_is_that_of_the_file(tmp_path: Path, attributes: Any, padding: Any) -> None:
    (layer,) = layers(tmp_path, conv(**attributes), arrays={"k": KERNEL})
    assert layer.attributes.get("padding") == padding
    np.testing.assert_array_equal(layer.weights["kernel"](), KERNEL.transpose(2, 3, 1, 0))


def test_a_convolution_of_each_channel_is_depthwise(tmp_path: Path) -> None:
    kernel = np.arange(6 * 9, dtype="f4").reshape(6, 1, 3, 3)
    (layer,) = layers(tmp_path, conv(group=3, pads=(1, 1, 1, 1)), arrays={"k": kernel})
    assert (layer.op, layer.attributes["depth_multiplier"]) == ("depthwise_conv", 2)
    held = layer.weights["depthwise_kernel"]()
    assert held.shape == (3, 3, 3, 2)
    np.testing.assert_array_equal(held[:, :, 1, 0], kernel[2, 0])


def test_a_bias_and_a_norm_may_follow(tmp_path: Path) -> None:
    norm = {name: np.full(4, at, "f4") for at, name in enumerate("gbmv", start=2)}
    found = layers(
        tmp_path,
        node("Conv", ["x", "k"], ["c"], pads=(1, 1, 1, 1)),
        node("Add", ["c", "bias"], ["b"]),
        node("BatchNormalization", ["b", "g", "b_", "m", "v"], ["n"], epsilon=0.25),
        node("Clip", ["n", "low", "high"], ["y"]),
        arrays={"k": KERNEL, "bias": np.ones((4, 1, 1), "f4"), "g": norm["g"], "b_": norm["b"],
                "m": norm["m"], "v": norm["v"], "low": np.float32(0), "high": np.float32(6)},
    )  # fmt: skip
    assert [one.op for one in found] == ["conv", "batch_norm", "activation"]
    assert found[0].weights.keys() == {"kernel", "bias"}
    assert found[1].attributes == {"epsilon": 0.25}
    assert found[2].attributes == {"function": "relu6"}


@pytest.mark.parametrize(
    ("kind", "attributes", "expected"),
    [
        ("MaxPool", {"kernel_shape": (3, 3), "strides": (2, 2), "ceil_mode": 1},
         ("max_pool", {"kernel": "3x3", "stride": 2, "padding": "valid", "ceil": True})),
        ("AveragePool", {"kernel_shape": (3, 3), "pads": (1, 1, 1, 1), "count_include_pad": 1},
         ("avg_pool", {"kernel": "3x3", "count_padding": True})),
        ("MaxPool", {"kernel_shape": (2, 2), "dilations": (2, 2)},
         ("max_pool", {"kernel": "2x2", "dilation": 2, "padding": "valid"})),
        ("GlobalMaxPool", {}, ("global_max_pool", {})),
        ("ReduceMean", {"axes": (2, 3), "keepdims": 0}, ("global_avg_pool", {})),
        ("LRN", {"size": 5, "alpha": 0.5}, ("lrn", {"radius": 2, "alpha": 0.1, "beta": 0.75})),
        ("LeakyRelu", {"alpha": 0.3}, ("activation", {"function": {"leaky_relu": 0.3}})),
        ("HardSwish", {}, ("activation", {"function": "hard_swish"})),
        ("Softmax", {"axis": 1}, ("softmax", {})),
        ("SpaceToDepth", {"blocksize": 2}, ("space_to_depth", {"block_size": 2})),
    ],
)  # fmt: skip
def test_an_operator_alone(
    tmp_path: Path, kind: str, attributes: Any, expected: tuple[str, Any]
) -> None:
    opset = 19 if kind == "AveragePool" else 17
    (layer,) = layers(tmp_path, node(kind, ["x"], ["y"], **attributes), opset=opset)
    assert (layer.op, dict(layer.attributes)) == expected


def test_minus_infinity_around_a_pool_is_its_padding(tmp_path: Path) -> None:
    (layer,) = layers(
        tmp_path,
        node("Pad", ["x", "p", "low"], ["f"]),
        node("MaxPool", ["f"], ["y"], kernel_shape=(3, 3), strides=(2, 2)),
        arrays={"p": [0, 0, 1, 1, 0, 0, 1, 1], "low": np.float32(-np.inf)},
    )
    assert layer.attributes == {"kernel": "3x3", "stride": 2, "padding": 1}


# Layouts


def test_transposes_cancel_and_channels_may_be_last(tmp_path: Path) -> None:
    content = model(
        node("Transpose", ["x"], ["first"], perm=(0, 3, 1, 2)),
        node("Conv", ["first", "k"], ["c"], pads=(1, 1, 1, 1)),
        node("Transpose", ["c"], ["last"], perm=(0, 2, 3, 1)),
        node("Add", ["last", "bias"], ["b"]),
        node("Relu", ["b"], ["r"]),
        node("MatMul", ["r", "w"], ["y"]),
        arrays={"k": KERNEL, "bias": np.ones(4, "f4"), "w": np.ones((4, 7), "f4")},
        inputs={"x": ("N", 9, 8, 3)},
    )
    network = imported(tmp_path, content)
    assert (network.size, network.channels) == ((9, 8), 3)
    assert [one.op for one in network.layers] == ["conv", "activation", "conv"]
    assert network.layers[2].attributes["filters"] == 7


@pytest.mark.parametrize("channels_first", [True, False])
def test_a_dense_layer_behind_a_flattened_map_reads_our_order(
    tmp_path: Path, channels_first: bool
) -> None:
    matrix = np.arange(2 * 3 * 4 * 5, dtype="f4").reshape(24, 5)
    turn = () if channels_first else (node("Transpose", ["x"], ["t"], perm=(0, 2, 3, 1)),)
    found = layers(
        tmp_path,
        *turn,
        node("Flatten", ["x" if channels_first else "t"], ["f"]),
        node("Gemm", ["f", "w", "b"], ["y"]),
        arrays={"w": matrix, "b": np.zeros(5, "f4")},
        inputs={"x": ("N", 2, 3, 4)},
    )
    assert [one.op for one in found] == ["flatten", "dense"]
    image = np.random.default_rng(1).normal(size=(2, 3, 4))
    file_order = image if channels_first else image.transpose(1, 2, 0)
    ours = image.transpose(1, 2, 0).ravel() @ found[1].weights["kernel"]()
    np.testing.assert_allclose(ours, file_order.ravel() @ matrix)


def test_a_vector_from_a_pool_needs_no_reshaping(tmp_path: Path) -> None:
    found = layers(
        tmp_path,
        node("GlobalAveragePool", ["x"], ["p"]),
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "zero"], ["n"], axis=0),
        node("Unsqueeze", ["n", "axes"], ["n1"]),
        node("Concat", ["n1", "rest"], ["to"], axis=0),
        node("Reshape", ["p", "to"], ["v"]),
        node("Gemm", ["v", "w"], ["y"], transB=1),
        arrays={"zero": np.int64(0), "axes": [0], "rest": [-1], "w": np.ones((5, 3), "f4")},
    )
    assert [one.op for one in found] == ["global_avg_pool", "dense"]


def test_a_gate_reads_its_pool_as_a_map(tmp_path: Path) -> None:
    found = layers(
        tmp_path,
        node("GlobalAveragePool", ["x"], ["p"]),
        node("Conv", ["p", "k"], ["c"]),
        node("Sigmoid", ["c"], ["s"]),
        node("Mul", ["x", "s"], ["y"]),
        arrays={"k": np.ones((3, 3, 1, 1), "f4")},
    )
    assert [one.op for one in found] == ["global_avg_pool", "conv", "activation", "multiply"]
    assert found[0].attributes == {"keep_dims": True}
    assert found[3].inputs == ("", "s")


@pytest.mark.parametrize("inner_first", [True, False])
def test_a_shuffle_that_is_spelled_out(tmp_path: Path, inner_first: bool) -> None:
    found = layers(
        tmp_path,
        node("Reshape", ["x", "apart"], ["a"]),
        node("Transpose", ["a"], ["t"], perm=(0, 2, 1, 3, 4) if inner_first else (0, 1, 2, 3, 4)),
        node("Reshape", ["t", "together"], ["z"]),
        node("Relu", ["z"], ["y"]),
        arrays={"apart": [0, 2, 3, 8, 8], "together": [0, 6, 8, 8]},
        inputs={"x": (1, 6, 8, 8)},
    )
    ops = ["channel_shuffle", "activation"]
    assert [one.op for one in found] == (ops if inner_first else ops[1:])


def test_pixels_that_are_innermost_are_shuffled_first(tmp_path: Path) -> None:
    found = layers(
        tmp_path,
        node("DepthToSpace", ["x"], ["y"], blocksize=2, mode="CRD"),
        inputs={"x": (1, 12, 4, 4)},
    )
    assert [(one.op, dict(one.attributes)) for one in found] == [
        ("channel_shuffle", {"groups": 3}), ("depth_to_space", {"block_size": 2})
    ]  # fmt: skip


# Functions that are spelled out


def test_every_function_that_is_recognized_is_one_of_a_spec() -> None:
    assert set(KNOWN) <= set(ACTIVATIONS)
    for name, of in KNOWN.items():
        assert recognized(of(GRID)) == name


def _scalar(name: str, value: float) -> tuple[str, Any]:
    return name, np.float32(value)


GELU = (
    node("Div", ["x", "root"], ["d"]), node("Erf", ["d"], ["e"]), node("Add", ["e", "one"], ["p"]),
    node("Mul", ["x", "p"], ["m"]), node("Mul", ["m", "half"], ["y"]),
)  # fmt: skip
GELU_TANH = (
    node("Pow", ["x", "three"], ["c"]), node("Mul", ["c", "cubed"], ["k"]),
    node("Add", ["x", "k"], ["s"]), node("Mul", ["s", "bend"], ["b"]), node("Tanh", ["b"], ["t"]),
    node("Add", ["t", "one"], ["p"]), node("Mul", ["x", "half"], ["h"]),
    node("Mul", ["h", "p"], ["y"]),
)  # fmt: skip
MISH = (
    node("Softplus", ["x"], ["s"]), node("Tanh", ["s"], ["t"]), node("Mul", ["x", "t"], ["y"])
)  # fmt: skip
SWISH = (node("Sigmoid", ["x"], ["s"]), node("Mul", ["s", "x"], ["y"]))
HARD = (
    node("Add", ["x", "three"], ["a"]), node("Clip", ["a", "zero", "six"], ["c"]),
    node("Div", ["c", "six"], ["y"]),
)  # fmt: skip


@pytest.mark.parametrize(
    ("nodes", "name"),
    [(GELU, "gelu"), (GELU_TANH, "gelu_tanh"), (MISH, "mish"), (SWISH, "silu"),
     (HARD, "hard_sigmoid")],
)  # fmt: skip
def test_a_function_is_recognized_by_its_values(tmp_path: Path, nodes: Any, name: str) -> None:
    numbers = dict(
        _scalar(*pair)
        for pair in (("root", 2**0.5), ("one", 1), ("half", 0.5), ("three", 3), ("six", 6),
                     ("zero", 0), ("cubed", 0.044715), ("bend", (2 / np.pi) ** 0.5))
    )  # fmt: skip
    (layer,) = layers(tmp_path, *nodes, arrays=numbers)
    assert (layer.op, layer.attributes) == ("activation", {"function": name})
    assert layer.inputs == ("",)


SPELLED = (
    node("Transpose", ["x"], ["t"], perm=(0, 2, 3, 1)),
    node("ReduceMean", ["t"], ["mean"], axes=(-1,)),
    node("Sub", ["t", "mean"], ["centered"]),
    node("Pow", ["centered", "two"], ["squared"]),
    node("ReduceMean", ["squared"], ["variance"], axes=(3,)),
    node("Add", ["variance", "epsilon"], ["more"]),
    node("Sqrt", ["more"], ["deviation"]),
    node("Div", ["centered", "deviation"], ["norm"]),
    node("Mul", ["norm", "gamma"], ["scaled"]),
    node("Add", ["scaled", "beta"], ["y"]),
)
NUMBERS = {"two": np.float32(2), "epsilon": np.float32(1e-6),
           "gamma": np.arange(3.0), "beta": np.ones(3)}  # fmt: skip


@pytest.mark.parametrize("squared", [SPELLED[3], node("Mul", ["centered"] * 2, ["squared"])])
def test_a_layer_norm_that_is_spelled_out(tmp_path: Path, squared: bytes) -> None:
    nodes = (*SPELLED[:3], squared, *SPELLED[4:])
    (layer,) = layers(tmp_path, *nodes, arrays=NUMBERS)
    assert (layer.op, dict(layer.attributes)) == ("layer_norm", {"epsilon": 1e-6})
    np.testing.assert_array_equal(layer.weights["gamma"](), np.arange(3.0))
    np.testing.assert_array_equal(layer.weights["beta"](), np.ones(3))


def test_a_layer_norm_may_follow_a_function(tmp_path: Path) -> None:
    nodes = (SPELLED[0], node("Relu", ["t"], ["r"]), *SPELLED[1:])
    renamed = [one.replace(b"\n\x01t", b"\n\x01r") for one in nodes[2:4]]
    found = layers(tmp_path, *nodes[:2], *renamed, *nodes[4:], arrays=NUMBERS)
    assert [one.op for one in found] == ["activation", "layer_norm"]


@pytest.mark.parametrize(
    ("at", "other"),
    [
        (2, node("Sub", ["mean", "t"], ["centered"])),
        (3, node("Pow", ["centered", "three"], ["squared"])),
        (3, node("Relu", ["centered"], ["squared"])),
        (5, node("Mul", ["variance", "epsilon"], ["more"])),
        (6, node("Identity", ["more"], ["deviation"])),
        (7, node("Div", ["deviation", "centered"], ["norm"])),
        (7, node("Mul", ["centered", "deviation"], ["norm"])),
        (7, node("Div", ["t", "deviation"], ["norm"])),
        (9, node("Add", ["scaled", "variance"], ["y"])),
    ],
)
def test_other_steps_are_no_layer_norm(tmp_path: Path, at: int, other: bytes) -> None:
    nodes = [*SPELLED[:at], other, *SPELLED[at + 1 :]]
    assert refusals(tmp_path, model(*nodes, arrays={**NUMBERS, "three": np.float32(3)}))


def test_numbers_before_a_network_are_one_layer(tmp_path: Path) -> None:
    (layer,) = layers(
        tmp_path,
        node("Div", ["x", "most"], ["d"]),
        node("Sub", ["d", "mean"], ["s"]),
        node("Div", ["s", "std"], ["y"]),
        arrays={"most": np.float32(255), "mean": np.float32([[[0.5]], [[0.25]], [[0]]]),
                "std": np.float32([[[0.5]], [[0.5]], [[0.25]]])},
    )  # fmt: skip
    assert layer.op == "rescale"
    assert layer.attributes["offset"] == [-1, -0.5, 0]
    assert layer.attributes["scale"] == pytest.approx([2 / 255, 2 / 255, 4 / 255])


# Refusals


def test_all_that_has_no_counterpart_is_told_at_once(tmp_path: Path) -> None:
    content = model(
        node("Einsum", ["x"], ["a"], equation="nchw->nc"),
        node("Relu", ["x"], ["r"]),
        node("NonZero", ["r"], ["b"]),
        node("Fancy", ["r"], ["f"], domain="com.example"),
        node("If", ["r"], ["i"], then_branch=message((2, b"t"))),
        node("Add", ["a", "b"], ["y"]),
    )
    assert sorted(refusals(tmp_path, content)) == [
        "E0721: the operator `Einsum` has no counterpart: `a`",
        "E0721: the operator `If` is control flow: `i`",
        "E0721: the operator `NonZero` has no counterpart: `b`",
        "E0721: the operator `com.example.Fancy` is not ONNX's own: `f`",
    ]


RELU = node("Relu", ["x"], ["y"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (model(RELU, inputs={"x": (1, 3, 8, 8), "z": (1, 3, 8, 8)}), "has 2 inputs (`x`, `z`)"),
        (model(RELU, inputs={"x": (1, 3)}), "`x` is no batch of images"),
        (model(RELU, inputs={"x": (1, "c", 8, 8)}), "channels of its input `x` is open"),
        (model(RELU, inputs={"x": (1, 3, "h", 8)}), "one is open"),
        (model(RELU, opset=40), "of version 40; 7 to 24 are read"),
        (model(RELU, outputs=("x",)), "puts out what comes in"),
        (model(RELU, outputs=()), "puts nothing out"),
        (model(node("Relu", ["z"], ["y"]), node("Relu", ["y"], ["z"])), "`z`, before it is made"),
        (model(node("Relu", ["q"], ["y"])), "`q`, which nothing yields"),
        (model(RELU, RELU), "two operators yield `y`"),
        (model(conv(group=2), arrays={"k": KERNEL}), "2 groups, which its kernel does not fit"),
        (model(conv(pads=(-1, 0, 0, 0)), arrays={"k": KERNEL}), "`pads` that cut"),
        (model(conv(surprise=3), arrays={"k": KERNEL}), "an attribute `surprise`"),
        (model(conv(strides=(0, 1)), arrays={"k": KERNEL}), "a window that is malformed"),
        (model(node("Softmax", ["x"], ["y"], axis=3)), "another axis than that of the channels"),
        (model(node("Transpose", ["x"], ["y"], perm=(0, 0, 1, 2))), "an order of axes"),
        (model(node("Reshape", ["x", "s"], ["y"]), arrays={"s": [0, 5, 7]}), "`Reshape` has"),
        (model(node("Erf", ["x"], ["y"])), "no operator here is"),
        *(
            (
                model(node("Resize", ["x", "", "s"], ["y"]), arrays={"s": np.float32(scales)}),
                "a factor that is no whole",
            )
            for scales in ([1, 1, 1e9, 1], [1, 1, 1, np.inf], [1, 1, np.nan, 1], [1, 1, 1.5, 1.5])
        ),
        (
            model(
                node("Expand", ["o", "s"], ["e"]),
                node("Add", ["x", "e"], ["y"]),
                arrays={"o": np.float32([1]), "s": [1 << 40, 1 << 40]},
            ),
            "spread over a shape",
        ),
        (
            model(
                node("ConstantOfShape", ["s"], ["e"]),
                node("Add", ["x", "e"], ["y"]),
                arrays={"s": [1 << 40, 1 << 20]},
            ),
            "`ConstantOfShape` has",
        ),
    ],
)
def test_what_a_spec_cannot_hold(tmp_path: Path, content: bytes, said: str) -> None:
    found = refusals(tmp_path, content)
    assert any(said in one for one in found), found


@pytest.mark.parametrize(("shape", "helps"), [((1, 1, 1, 3), 1), ((3,), 1), ((1, 3, 8, 8), 0)])
def test_constants_that_are_inputs_are_told_from_images(
    tmp_path: Path, shape: tuple[int, ...], helps: int
) -> None:
    content = model(node("Sub", ["x", "mean"], ["y"]), inputs={"x": (1, 8, 8, 3), "mean": shape})
    with pytest.raises(SpecError) as caught:
        imported(tmp_path, content)
    (found,) = caught.value.findings
    assert len(found.helps) == helps
    assert all("--saved-model" in one for one in found.helps)


def test_inputs_with_arrays_are_constants(tmp_path: Path) -> None:
    content = model(
        node("Conv", ["x", "k"], ["y"]),
        inputs={"x": (1, 3, 8, 8), "k": KERNEL.shape},
        arrays={"k": KERNEL},
    )
    (layer,) = imported(tmp_path, content).layers
    assert layer.op == "conv"


def test_a_million_operators_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_model, "MOST_NODES", 3)
    chain = [node("Relu", [f"t{at}" if at else "x"], [f"t{at + 1}"]) for at in range(4)]
    assert refusals(tmp_path, model(*chain, outputs=("t4",))) == [
        "E0723: the model has more than 3 operators"
    ]


@pytest.mark.parametrize("location", ["../k.bin", "/etc/hostname", "a/../../k.bin", "link", "pipe"])
def test_arrays_in_other_files_stay_in_the_folder(tmp_path: Path, location: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "k.bin").write_bytes(bytes(4 * 4 * 3 * 9))
    (folder / "link").symlink_to(tmp_path / "k.bin")
    os.mkfifo(folder / "pipe")
    held = (13, message((1, b"location"), (2, location.encode())))
    outside = tensor("k", 1, (4, 3, 3, 3), held, (14, 1))
    graph = message((1, conv()), (5, outside), (11, described("x", (1, 3, 8, 8))),
                    (12, described("y", ())))  # fmt: skip
    content = message((1, 8), (7, graph), (8, message((2, 17))))
    (found,) = refusals(folder, content)
    assert found.startswith("E0703")


def test_a_cut_or_changed_file_is_a_finding(tmp_path: Path) -> None:
    """Cut at every byte, and with every byte changed: a network or findings, nothing else."""
    content = model(
        conv(pads=(1, 1, 1, 1)), node("Relu", ["y"], ["z"]), arrays={"k": KERNEL[:2, :, :1, :1]},
        outputs=("z",),
    )  # fmt: skip
    damaged = [content[:at] for at in range(1, len(content))]
    damaged += [content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]
                for at in range(len(content))]  # fmt: skip
    path = tmp_path / "net.onnx"
    read = 0
    for data in damaged:
        path.write_bytes(data)
        try:
            read_onnx(glance(str(path)), external("import net.onnx"))
            read += 1
        except SpecError as error:
            assert {one.code[:3] for one in error.findings} <= {"E07", "E04", "E02"}
    assert read < len(damaged) / 2


def test_arrays_hold_what_the_writer_wrote() -> None:
    assert array("k", [1, 2]).count(b"\x01\x00\x00\x00\x00\x00\x00\x00") == 1
