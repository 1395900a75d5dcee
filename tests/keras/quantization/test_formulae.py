"""A quantized file against the formulae of quantization, and what a wrong number in it does."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from quantized import QuantizedFile
from rewriting import graph_of, random_values

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.quantization import quantize as quantizing
from inceptionspec.quantization.calibration import TAIL, image_of, layers_of, ranges_of, runner
from inceptionspec.quantization.deviation import layer_shares
from inceptionspec.quantization.grid import Range, grid_of
from inceptionspec.quantization.layers import owners, with_layers
from inceptionspec.quantization.quantize import calibrate, noise, quantize

NETWORK = """
- {op: conv, name: First, kernel: 3x3, filters: 8, stride: 2}
- name: Block
  branches:
    - [{op: conv, name: A, kernel: 1x1, filters: 6}]
    - - {op: conv, name: B, kernel: 1x1, filters: 4}
      - {op: conv, name: C, kernel: 3x3, filters: 6}
    - [{op: max_pool, name: P, kernel: 3x3, stride: 1}]
    - - {op: avg_pool, name: Q, kernel: 3x3}
      - {op: conv, name: D, kernel: 1x1, filters: 5, activation: relu6}
- name: Residual
  residual: {activation: relu}
  layers: [{op: conv, name: E, kernel: 3x3, filters: 25, activation: none}]
- {op: depthwise_conv, name: F, kernel: 3x3}
- {op: global_avg_pool, name: G}
- {op: dense, name: Logits, units: 7}
"""
MORE = "defaults:\n  conv: {padding: same, norm: batch_norm, activation: relu}\n"
"""Convolutions with norms; the dense layer has none."""


@pytest.fixture(scope="module")
def network() -> Any:
    """A network of all that is fused, its weights, its pictures and its calibration."""
    graph = graph_of(NETWORK, size="15x17", channels=3, more=MORE)
    values = {key: np.float32(array) for key, array in random_values(graph, 7).items()}
    images = noise(graph, 6)
    return graph, values, images, calibrate(graph, values, None, images)


def given(images: Any) -> Any:
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def answers(content: bytes, images: Any, name: str = "Logits") -> Any:
    """What ONNX Runtime computes of a model."""
    return runner(content, [name])(given(images))[0]


def test_the_file_computes_what_the_formulae_say(network: Any) -> None:
    _, _, images, calibration = network
    model = quantize(calibration)
    paths = ["First", "Block/A", "Block/C", "Block/D", "Residual/E", "F", "Logits"]
    wide, names = with_layers(model.onnx, paths)
    expected = QuantizedFile(model.onnx).computed(given(images))
    assert set(names) == set(paths)
    file = QuantizedFile(wide)
    for path in paths:
        found, wanted = answers(wide, images, names[path]), expected[names[path]]
        if path == "Logits":
            assert np.abs(found - wanted).max() <= 0.01 * np.abs(wanted).max()
            continue
        # Kernels multiply sums by factors in float32: what lies between two steps may fall to
        # either of them, and what reads it follows.
        scale, _ = file.grid(names[path])
        steps = np.rint(np.abs(found - wanted) / scale)
        assert (steps > 1).mean() < 0.01, path
        assert (steps > 0).mean() < 0.1, path
        assert np.abs(wanted).max() > 20 * scale, f"{path} shows nothing"


def test_the_first_layer_is_exact_but_for_ties(network: Any) -> None:
    _, _, images, calibration = network
    wide, names = with_layers(quantize(calibration).onnx, ["First"])
    file = QuantizedFile(wide)
    found = answers(wide, images, names["First"])
    wanted = file.computed(given(images))[names["First"]]
    scale, _ = file.grid(names["First"])
    assert np.abs(found - wanted).max() <= scale * 1.01
    assert (np.abs(found - wanted) > scale / 2).mean() < 1e-3


def test_weights_are_those_of_the_folded_network(network: Any) -> None:
    graph, values, _, calibration = network
    file = QuantizedFile(quantize(calibration, weight_bits=8).onnx)
    beta, gamma, mean, variance = (
        values["First", name].astype(np.float64)
        for name in ("beta", "gamma", "moving_mean", "moving_variance")
    )
    first = next(node for node in graph.nodes if node.path == "First")
    factor = gamma / np.sqrt(variance + first.attributes["norm"]["epsilon"])
    folded = (values["First", "kernel"] * factor).transpose(3, 2, 0, 1)
    scales = np.abs(folded).max((1, 2, 3)) / 127
    integers = file.arrays["First/kernel/integers"]
    assert integers.dtype == np.int8
    assert file.arrays["First/kernel/scale"] == pytest.approx(scales, rel=1e-5)
    assert np.abs(integers - folded / scales[:, None, None, None]).max() < 0.501
    assert np.abs(integers).max((1, 2, 3)).tolist() == [127] * 8
    read, _ = file.grid("images/read")
    shift = beta - mean * factor
    bias = file.arrays["First/bias/integers"]
    assert bias.dtype == np.int32
    assert bias * (read * scales) == pytest.approx(shift, abs=2 * read * scales.max())


def test_everything_between_the_input_and_the_logits_is_in_integers(network: Any) -> None:
    _, _, _, calibration = network
    model = quantize(calibration)
    assert model.int8 == ("First", "Block/A", "Block/B", "Block/C", "Block/D", "Residual/E", "F",
                          "Logits")  # fmt: skip
    assert model.kept == ()
    onnx.checker.check_model(onnx.load_model_from_string(model.onnx), full_check=True)
    assert QuantizedFile(model.onnx).kinds() == {
        "QuantizeLinear", "DequantizeLinear", "Conv", "MaxPool", "AveragePool", "Concat", "Add",
        "GlobalAveragePool", "Squeeze", "Gemm",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("features", "bits"),
    [(("avx2",), 7), (("avx2", "avx_vnni"), 8), (("avx512f", "avx512_vnni"), 8), (None, 8)],
)
def test_weights_have_as_many_bits_as_kernels_are_exact_with(
    network: Any, monkeypatch: pytest.MonkeyPatch, features: Any, bits: int
) -> None:
    found = None if features is None else frozenset(features)
    monkeypatch.setattr(quantizing, "processor_features", lambda: found)
    model = quantize(network[-1])
    assert model.weight_bits == bits
    file = QuantizedFile(model.onnx)
    assert np.abs(file.arrays["First/kernel/integers"]).max() == 2 ** (bits - 1) - 1


def test_a_concat_and_all_that_it_reads_share_one_grid(network: Any) -> None:
    _, _, _, calibration = network
    file = QuantizedFile(quantize(calibration).onnx)
    (concat,) = (node for node in file.nodes if node.op_type == "Concat")
    assert len(concat.input) == 4
    output = concat.output[0].removesuffix("/raw")
    assert len({file.grid(name) for name in (*concat.input, output)}) == 1
    (pool,) = (node for node in file.nodes if node.op_type == "MaxPool")
    assert file.grid(pool.input[0]) == file.grid(output)


def test_the_grids_of_the_file_are_those_of_the_ranges(network: Any) -> None:
    _, _, _, calibration = network
    file = QuantizedFile(quantize(calibration).onnx)
    first = with_layers(calibration.model, ["First"])[1]["First"]
    for tensor, read in (("images", "images/read"), (first, first)):
        wanted = grid_of(calibration.ranges[tensor])
        assert file.grid(read) == (wanted.scale, wanted.zero_point)
    assert file.grid("images/read")[1] > 0


def test_a_relu_stays_where_its_grid_holds_numbers_below_0() -> None:
    graph = graph_of(
        """
- name: M
  branches:
    - [{op: conv, name: A, kernel: 1x1, filters: 4, activation: relu}]
    - [{op: conv, name: B, kernel: 1x1, filters: 4, activation: none}]
- {op: conv, name: C, kernel: 1x1, filters: 4, activation: none}
- {op: global_avg_pool}
"""
    )
    values = {key: np.float32(array) for key, array in random_values(graph).items()}
    images = noise(graph, 3)
    calibration = calibrate(graph, values, None, images)
    model = quantize(calibration).onnx
    file = QuantizedFile(model)
    (relu,) = (node for node in file.nodes if node.op_type == "Relu")
    assert file.grid(relu.input[0]) == file.grid("M/B:0")
    (reference,) = layers_of(calibration.model, ["M/A", "M/concat"], images[:1])
    (found,) = layers_of(model, ["M/A", "M/concat"], images[:1])
    scale, zero_point = file.grid("M/B:0")
    assert zero_point > 10
    assert found["M/A"].min() == 0
    for path, wanted in reference.items():
        assert np.abs(found[path] - wanted).max() <= 3 * scale


def test_layers_that_are_told_to_stay_are_in_float(network: Any) -> None:
    _, _, images, calibration = network
    model = quantize(calibration, keep_float=["Block", "Resid*/E"])
    assert model.kept == ("Block/A", "Block/B", "Block/C", "Block/D", "Residual/E")
    assert model.int8 == ("First", "F", "Logits")
    file = QuantizedFile(model.onnx)
    for path in model.kept:
        assert f"{path}/kernel" in file.arrays
        assert f"{path}/kernel/integers" not in file.arrays
    fewer = np.abs(answers(model.onnx, images) - answers(calibration.model, images)).max()
    more = np.abs(
        answers(quantize(calibration).onnx, images) - answers(calibration.model, images)
    ).max()
    assert fewer < more


def test_a_network_all_of_float_is_the_float_network(network: Any) -> None:
    _, _, images, calibration = network
    model = quantize(calibration, keep_float=["*"])
    assert model.int8 == ()
    assert answers(model.onnx, images) == pytest.approx(
        answers(calibration.model, images), abs=1e-5
    )


def test_a_pattern_without_a_layer_is_a_finding(network: Any) -> None:
    _, _, _, calibration = network
    with pytest.raises(SpecError) as caught:
        quantize(calibration, keep_float=["Blok"])
    (finding,) = caught.value.findings
    assert finding.code == "E0825"
    assert "`Block`" in finding.helps[0]


def test_numbers_without_end_are_a_finding(network: Any) -> None:
    graph, values, images, _ = network
    broken = {**values, ("Block/B", "beta"): np.full(4, np.inf, np.float32)}
    with pytest.raises(SpecError) as caught:
        quantize(calibrate(graph, broken, None, images))
    (finding,) = caught.value.findings
    assert finding.code == "E0832"
    assert "`Block/B`" in finding.message


def test_a_range_leaves_few_numbers_out() -> None:
    graph = graph_of("- {op: max_pool, kernel: 2x2}", size="200x200", channels=3)
    calibration = calibrate(graph, {}, None, noise(graph, 1))
    images = np.zeros((2, 200, 200, 3), np.float32)
    images[0, 0, :5] = 7  # 15 of 120,000: more than the tail
    images[1, 0, 0] = -9  # 3: fewer
    found = ranges_of(calibration.model, images)["images"]
    assert 3 <= images[0].size * TAIL < 15
    assert found == Range(0, 7)


@pytest.mark.parametrize("batch", [None, 3])
def test_the_batch_is_fixed_or_open(network: Any, batch: int | None) -> None:
    _, _, images, calibration = network
    model = quantize(calibration, batch=batch).onnx
    assert answers(model, images[:3]).shape == (3, 7)
    if batch is None:
        assert answers(model, images[:2]).shape == (2, 7)
    else:
        with pytest.raises(Exception, match="Got: 2 Expected: 3"):
            answers(model, images[:2])


def changed(content: bytes, name: str, factor: float) -> bytes:
    """The file with one of its constants multiplied."""
    model = onnx.load_model_from_string(content)
    (tensor,) = (one for one in model.graph.initializer if one.name == name)
    array = numpy_helper.to_array(tensor)
    tensor.CopyFrom(numpy_helper.from_array((array * factor).astype(array.dtype), name))
    return model.SerializeToString()


@pytest.mark.parametrize("path", ["First", "Block/C", "Residual/E", "F"])
def test_the_layer_with_a_wrong_scale_is_found(network: Any, path: str) -> None:
    """By the formulae, so that the bits of this processor's kernels do not count."""
    graph, _, images, calibration = network
    right = quantize(calibration, weight_bits=8).onnx
    wrong = changed(right, f"{path}/kernel/scale", 1.3)
    paths = [node.path for node in graph.nodes if node.index]

    def layers(content: bytes) -> Any:
        wide, names = with_layers(content, paths)
        yielded = QuantizedFile(wide).computed(given(images[:1]))
        return {each: yielded[name] for each, name in names.items()}

    (reference,) = layers_of(calibration.model, paths, images[:1])
    shares = layer_shares(graph, reference, layers(wrong))
    assert shares[0].path == path
    assert shares[0].share > 0.5
    (before, *_) = layer_shares(graph, reference, layers(right))
    assert before.share < 0.5


def test_every_operator_belongs_to_a_layer(network: Any) -> None:
    graph, _, _, calibration = network
    paths = {node.path for node in graph.nodes}
    for content in (calibration.model, quantize(calibration).onnx):
        found = owners(onnx.load_model_from_string(content))
        assert set(found.values()) <= paths
        assert {"First", "Block/D", "Residual/E", "Logits"} <= set(found.values())


def test_a_picture_is_a_batch_of_one() -> None:
    images = np.arange(24, dtype=np.float32).reshape(2, 2, 2, 3)
    assert image_of(images, 1).shape == (1, 3, 2, 2)
    assert image_of(images, 1)[0, :, 0, 0].tolist() == [12, 13, 14]
