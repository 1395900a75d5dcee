"""A file that says which layer reads which is matched by that: right, or as a tie, never wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from held_arrays import drawn
from held_models import HeldModel, keras_model, model_into
from numpy_network import outputs_of
from random_networks import networks
from support import loaded, spec

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.weights.files.weight_file import StoredLayer

CONV = "{{op: conv, name: {}, kernel: {}, filters: {}, padding: same, bias: true}}"


def conv(name: str, filters: int = 4, kernel: str = "3x3", **more: Any) -> str:
    added = "".join(f", {key}: {value}" for key, value in more.items())
    return CONV.format(name, kernel, filters)[:-1] + added + "}"


def branches(merge: str, *inside: str, name: str = "block") -> str:
    rows = "\n".join(f"    {key}: [{text}]" for key, text in zip("pqrs", inside, strict=False))
    return f"- name: {name}\n  merge: {merge}\n  branches:\n{rows}"


@pytest.mark.parametrize(
    ("network", "settings"),
    [
        ("inception_v1", {"width": 0.0625, "min_filters": 2}),
        ("inception_v3", {"width": 0.03125, "min_filters": 2}),
        ("inception_v4", {"width": 0.03125, "min_filters": 2}),
        ("inception_resnet_v2", {"width": 0.03125, "min_filters": 2}),
        ("mobilenet_v2", {"classes": 3}),
        ("xception", {"width": 0.03125, "min_filters": 2}),
        ("resnet50", {"width": 0.03125, "min_filters": 2}),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_layer_is_found_under_any_name(network: str, settings: Any, seed: int) -> None:
    """Few filters make many shapes equal, so that place alone tells most layers apart."""
    one = loaded(network, **settings)
    weights = drawn(one.graph)
    found = model_into(one, keras_model(one.graph, weights, seed))
    assert found.report.scheme == "the graph of the file"
    assert {match.rule for match in found.report.matched} == {"topology"}
    assert (found.warnings, found.report.fresh) == ((), ())
    for key, array in weights.items():
        np.testing.assert_array_equal(found.arrays[key], array)


def test_branches_of_one_shape_are_told_by_their_place_in_a_concatenation() -> None:
    text = f"- {conv('stem')}\n" + branches("concat", *(
        f"{conv('a')}, {conv('b')}" for _ in "pqrs")) + f"\n- {conv('last')}"  # fmt: skip
    one = loaded(spec(text))
    weights = drawn(one.graph)
    for seed in range(5):
        found = model_into(one, keras_model(one.graph, weights, seed))
        for key, array in weights.items():
            np.testing.assert_array_equal(found.arrays[key], array)


def test_branches_that_may_be_exchanged_are_taken_in_order() -> None:
    """The sum is the same whichever branch is which."""
    text = f"- {conv('stem')}\n" + branches(
        "add", *(f"{conv('a')}, {conv('b')}" for _ in "pqr")) + f"\n- {conv('last')}"  # fmt: skip
    one = loaded(spec(text))
    weights = drawn(one.graph)
    images = np.random.default_rng(3).normal(size=(1, *one.graph.nodes[0].shape))
    end = {"": len(one.graph.nodes) - 1}
    expected = outputs_of(one.graph, end, weights, images)[""]
    for seed in range(5):
        found = model_into(one, keras_model(one.graph, weights, seed))
        got = outputs_of(one.graph, end, found.arrays, images)[""]
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def refused(one: Any, model: HeldModel, **options: Any) -> Any:
    with pytest.raises(SpecError) as raised:
        model_into(one, model, **options)
    (finding,) = raised.value.findings
    return finding


def test_branches_that_only_activations_tell_apart_are_a_tie() -> None:
    inside = (conv("a", activation="relu"), conv("b", activation="none"))
    text = f"- {conv('stem')}\n{branches('add', *inside)}\n- {conv('c')}"
    one = loaded(spec(text))
    model = keras_model(one.graph, drawn(one.graph))
    names = sorted(layer.name for layer in model.layers if layer.kind == "Conv2D")
    finding = refused(one, model)
    assert finding.code == "E0711"
    assert finding.message.startswith("for 2 layers of `t` the file holds several")
    (note,) = finding.notes
    assert note.startswith("`block/p/a` and `block/q/b`: `layer_")
    assert sum(name in note for name in names) == 2
    assert finding.helps == ("call the layers of the file by the paths of the network",)


def test_two_heads_of_one_shape_are_a_tie() -> None:
    head = (
        "  {}: {{from: stem, layers: [{{op: global_avg_pool}}, {{op: dense, name: d, units: 5}}]}}"
    )
    text = (
        spec(f"- {conv('stem')}") + "main: A\nheads:\n" + head.format("A") + "\n" + head.format("B")
    )
    one = loaded(text)
    finding = refused(one, keras_model(one.graph, drawn(one.graph)))
    assert (finding.code, finding.notes[0][:18]) == ("E0711", "`A/d` and `B/d`: `")


def test_a_file_with_more_heads_than_the_network_is_a_tie() -> None:
    one = loaded(spec(f"- {conv('a')}\n- {conv('b')}"))
    model = keras_model(one.graph, drawn(one.graph))
    last = next(layer for layer in model.layers if layer.kind == "Conv2D"
                and not any(layer.name in other.inputs for other in model.layers))  # fmt: skip
    arrays = {name: np.zeros(stored.shape, "float32") for name, stored in model.tensors.items()}
    arrays |= {name.replace(last.name, "more"): array for name, array in arrays.items()
               if last.name in name}  # fmt: skip
    more = HeldModel(arrays, [*model.layers, replace(last, name="more")])
    finding = refused(one, more)
    assert finding.code == "E0711"
    assert finding.message.startswith("for a layer of `t`")
    assert "`more`" in finding.notes[0]


@pytest.mark.parametrize("change", ["kernel", "place", "stride"])
def test_what_is_behind_a_layer_that_differs_is_missing(change: str) -> None:
    """The network has a, b, c in a row; the file another b, or c and b exchanged."""
    rows = {
        name: conv(name, 4, kernel)
        for name, kernel in zip("abc", ("3x3", "1x1", "5x5"), strict=True)
    }
    one = loaded(spec("\n".join(f"- {row}" for row in rows.values())))
    other = dict(rows)
    if change == "kernel":
        other["b"] = conv("b", 4, "3x1")
    elif change == "stride":
        other["b"] = conv("b", 4, "1x1", stride=2)
    else:
        other = {"a": rows["a"], "c": rows["c"], "b": rows["b"]}
    theirs = loaded(spec("\n".join(f"- {row}" for row in other.values())))
    finding = refused(one, keras_model(theirs.graph, drawn(theirs.graph)))
    assert finding.code == "E0701"
    assert finding.message == (
        "the file lacks 4 weights: `b/kernel`, `b/bias`, `c/kernel` and `c/bias`"
    )


def test_another_head_says_nothing_of_the_trunk() -> None:
    """And classes are told by the shape of the last layer."""
    trunk = f"- {conv('a')}\n- {conv('b')}\n"
    end = "- {{op: global_avg_pool}}\n{}- {{op: dense, name: d, units: {}}}"
    one = loaded(spec(trunk + end.format("", 5)))
    hidden = loaded(spec(trunk + end.format("- {op: dense, name: h, units: 9}\n", 5)))
    weights = drawn(hidden.graph)
    model = keras_model(hidden.graph, weights)
    found = model_into(one, model, fresh=("d",))
    np.testing.assert_array_equal(found.arrays["b", "kernel"], weights["b", "kernel"])
    assert refused(one, model).message == "the file lacks 2 weights: `d/kernel` and `d/bias`"


def layer(name: str, kind: str, *inputs: str, model: str = "", **config: Any) -> StoredLayer:
    return StoredLayer(name, kind, config, model, inputs)


NETWORK = (
    f"- {conv('a')}\n- {conv('b')}\n- {{op: global_avg_pool}}\n- {{op: dense, name: d, units: 5}}"
)


@pytest.mark.parametrize(
    "layers",
    [
        [layer("i", "InputLayer"), layer("t", "Functional", "i"),
         layer("n", "InputLayer", model="t"), layer("p", "Conv2D", "n", model="t"),
         layer("q", "Conv2D", "p", model="t"), layer("y", "GlobalAveragePooling2D", "t"),
         layer("z", "Dense", "y")],
        [layer("t", "Sequential"), layer("p", "Conv2D", model="t"), layer("q", "Conv2D", model="t"),
         layer("y", "GlobalAveragePooling2D"), layer("f", "Flatten"), layer("z", "Dense")],
        [layer("i", "InputLayer"), layer("r", "Rescaling"), layer("t", "Functional"),
         layer("t/u", "Functional", model="t"), layer("n", "InputLayer", model="t/u"),
         layer("p", "Conv2D", "n", model="t/u"), layer("q", "Conv2D", "p", model="t/u"),
         layer("y", "GlobalAveragePooling2D"), layer("dropout", "Dropout"), layer("z", "Dense")],
    ],
    ids=["functional", "sequential", "nested twice"],
)  # fmt: skip
def test_a_nested_model_is_read_through(layers: list[StoredLayer]) -> None:
    one = loaded(spec(NETWORK))
    weights = drawn(one.graph)
    names = {"a": "p", "b": "q", "d": "z"}
    arrays = {f"{names[path]}/{weight}": array for (path, weight), array in weights.items()}
    found = model_into(one, HeldModel(dict(reversed(arrays.items())), layers))
    assert found.report.scheme == "the graph of the file"
    for key, array in weights.items():
        np.testing.assert_array_equal(found.arrays[key], array)


@pytest.mark.parametrize(
    "layers",
    [
        [layer("p", "Conv2D", "q"), layer("q", "Conv2D", "p"), layer("z", "Dense", "q")],
        [layer("p", "Conv2D", "nowhere"), layer("q", "Conv2D", "p"), layer("z", "Dense", "q")],
        [layer("i", "InputLayer"), layer("t", "Functional", "t"), layer("p", "Conv2D", model="t")],
        [layer("t", "Functional"), layer("t/u", "Functional", "t/u", model="t"),
         layer("p", "Conv2D", "t", model="t/u")],
        [layer("p", "LSTM", "i"), layer("i", "InputLayer"), layer("q", "Conv2D", "p")],
        [layer("p", "Conv2D", strides="x", dilation_rate={}), layer("q", "Conv2D", "p")],
        [layer("p", "Conv2D", groups=[1], strides=[[1], {}]), layer("q", "Conv2D", "p")],
        [layer("p", "Conv2D", "p"), layer("q", "Concatenate", "p", "p", "p")],
    ],
)  # fmt: skip
def test_a_list_of_layers_that_makes_no_graph_is_no_match(layers: list[StoredLayer]) -> None:
    one = loaded(spec(NETWORK))
    arrays = {f"{name}/kernel": np.zeros((3, 3, 2, 2), "float32") for name in "pqz"}
    assert refused(one, HeldModel(arrays, layers)).code == "E0701"


def operator(kind: str, inputs: str, output: str, **config: Any) -> StoredLayer:
    given = {**config, "inputs": tuple(inputs.split()), "outputs": (output,)}
    return StoredLayer(output, kind, given)


def test_an_onnx_model_with_folded_norms_is_read_by_its_operators() -> None:
    """PyTorch's export folds norms and gives kernels numbers for names."""
    rows = (conv("a", norm="batch_norm", activation="relu"),
            "{op: separable_conv, name: s, kernel: 3x3, filters: 4, bias: true}",
            "{op: global_avg_pool}", "{op: dense, name: d, units: 5}")  # fmt: skip
    one = loaded(spec("\n".join(f"- {row}" for row in rows).replace(", bias: true", "", 1)))
    weights = drawn(one.graph)
    depthwise = weights["s", "depthwise_kernel"]
    bias = np.arange(4, dtype="float32")
    held = {
        "onnx::MatMul_9": weights["d", "kernel"],
        "onnx::Conv_4": weights["s", "pointwise_kernel"].transpose(3, 2, 0, 1),
        "bias": weights["d", "bias"],
        "onnx::Conv_1": weights["a", "kernel"].transpose(3, 2, 0, 1),
        "onnx::Conv_5": weights["s", "bias"],
        "onnx::Conv_3": depthwise.transpose(2, 3, 0, 1),
        "onnx::Conv_2": bias,
    }
    layers = [
        operator("Conv", "images onnx::Conv_1 onnx::Conv_2", "x1", strides=(1, 1), group=1),
        operator("Relu", "x1", "x2"),
        operator("Conv", "x2 onnx::Conv_3", "x3", group=4),
        operator("Conv", "x3 onnx::Conv_4 onnx::Conv_5", "x4"),
        operator("GlobalAveragePool", "x4", "x5"),
        operator("Flatten", "x5", "x6"),
        operator("MatMul", "x6 onnx::MatMul_9", "x7"),
        operator("Add", "x7 bias", "logits"),
    ]
    found = model_into(one, HeldModel(held, layers, "ONNX model"))
    for key in weights:
        if key[0] != "a":
            np.testing.assert_array_equal(found.arrays[key], weights[key])
    np.testing.assert_array_equal(found.arrays["a", "kernel"], weights["a", "kernel"])
    np.testing.assert_array_equal(found.arrays["a", "beta"], bias)
    assert found.report.conversions["norm folded in the file"] >= 3


@pytest.mark.parametrize(
    "config", [{"group": "x"}, {"group": 0}, {"strides": (1, "y")}, {"group": 7}]
)
def test_an_onnx_model_with_odd_attributes_is_no_match(config: Any) -> None:
    one = loaded(spec(NETWORK))
    held = {"w": np.zeros((4, 1, 3, 3), "float32")}
    layers = [operator("Conv", "x w", "y", **config), operator("Concat", "y y w", "z")]
    assert refused(one, HeldModel(held, layers, "ONNX model")).code == "E0701"


def test_concatenations_that_double_do_not_grow_without_bound() -> None:
    layers = [layer("i", "InputLayer"), layer("c0", "Conv2D", "i"), layer("c1", "Conv2D", "c0")]
    layers += [layer(f"c{n}", "Concatenate", f"c{n - 1}", f"c{n - 2}") for n in range(2, 200)]
    arrays = {f"c{n}/kernel": np.zeros((3, 3, 2, 2), "float32") for n in (0, 1)}
    assert refused(loaded(spec(NETWORK)), HeldModel(arrays, layers)).code == "E0701"


def test_many_equal_branches_take_no_longer_than_their_number() -> None:
    """More choices than are made: a tie, and in a moment."""
    layers = [layer("i", "InputLayer"), *(layer(f"c{n}", "Conv2D", "i") for n in range(3000)),
              layer("s", "Add", *(f"c{n}" for n in range(3000)))]  # fmt: skip
    arrays = {f"c{n}/kernel": np.zeros((1, 1, 3, 3), "float32") for n in range(3000)}
    one = loaded(spec("- {op: conv, name: a, kernel: 1x1, filters: 3, bias: false}"))
    finding = refused(one, HeldModel(arrays, layers))
    assert finding.code == "E0711"
    assert "and 2,995 more" in finding.notes[0]


@pytest.mark.parametrize("seed", range(3))
def test_a_random_network_is_right_or_a_tie(seed: int) -> None:
    """Whatever was taken for what: the outputs are those of the file's network."""
    exact = 0
    for network in networks(seed, 20):
        one = loaded(network.text)
        weights = drawn(one.graph)
        try:
            found = model_into(one, keras_model(one.graph, weights, seed))
        except SpecError as error:
            assert {finding.code for finding in error.findings} <= {"E0701", "E0711"}
            continue
        exact += all(np.array_equal(found.arrays[key], weights[key]) for key in weights)
        end = {"": len(one.graph.nodes) - 1}
        expected = outputs_of(one.graph, end, weights, network.images)[""]
        got = outputs_of(one.graph, end, found.arrays, network.images)[""]
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-9)
    assert exact >= 16
