"""Networks below float32: the file that runs, what it costs, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support import do_without, loaded

import inceptionspec
from inceptionspec import SpecError
from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench.workers.data import random_weights
from inceptionspec.diagnostics.source import external
from inceptionspec.engines.available import lacking
from inceptionspec.engines.compile import compile_network
from inceptionspec.engines.compiled import Values
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.pictures.calibration import calibration_inputs
from inceptionspec.quantization import lowered as module
from inceptionspec.quantization.deviation import deviation
from inceptionspec.quantization.lowered import Lowered
from inceptionspec.quantization.lowering import Lowering
from inceptionspec.quantization.quantize import noise

PLACE = external("--precision int8")
SPEC = """
spec: 1
name: Halves
input:
  size: 8x8
  range: [-1, 1]
  preprocessing: {crop: 1, scale: 1/127.5, mean: 1}
network:
  - {op: conv, name: First, kernel: 1x1, filters: 4}
  - name: Both
    branches:
      loud: [{op: conv, name: c, kernel: 1x1, filters: 4}]
      quiet: [{op: conv, name: c, kernel: 1x1, filters: 4}]
heads:
  Logits:
    from: Both
    predictions: softmax
    layers: [{op: global_avg_pool}, {op: dense, name: fc, units: 5}]
"""


@pytest.fixture
def network() -> LoadedSpec:
    return loaded(SPEC)


def values_of(network: LoadedSpec, loud: float = 1.0) -> Values:
    """Weights by which the logits depend on the quiet branch alone, next to a loud one."""
    drawn = random_weights(network.graph)
    values = {key: array * (key[1] != "bias") for key, array in drawn.items()}
    values["Both/loud/c", "kernel"] = values["Both/loud/c", "kernel"] * np.float32(loud)
    kernel = values["Logits/fc", "kernel"].copy()
    kernel[:4] = 0
    kernel[:, 0] = 0  # the class that stands for logits without a difference is a rare one
    values["Logits/fc", "kernel"] = kernel
    return values


def pictures(count: int) -> list[Any]:
    """Each of one color, so that they are of several classes."""
    colors = np.random.default_rng(5).integers(0, 256, (count, 3)).astype(np.uint8)
    return [np.broadcast_to(color, (8, 8, 3)) for color in colors]


def need(engine: str) -> None:
    for name in ("onnxruntime", engine):
        if lacking(ENGINES[name]):
            do_without(name)


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_the_file_computes_what_the_cost_says(network: LoadedSpec, engine: str) -> None:
    need(engine)
    values, predictions = values_of(network), network.graph.nodes[-1].path
    shown = pictures(6)
    asked = Lowering("int8", shown)
    lowered = Lowered(network, values, (predictions,), asked, PLACE)
    cost = lowered.cost(engine)
    assert (cost.precision, cost.engine, cost.images, cost.folder) == ("int8", engine, 6, "memory")
    # The same from the file: logits lie in it under the predictions.
    inputs = calibration_inputs(network, shown, PLACE)
    path = network.graph.nodes[network.graph.head("Logits").output].path

    def computed(output: str, batch: int, file: bytes | None) -> Any:
        infer = compile_network(
            network.graph,
            values,
            [output],
            engine,
            batch=batch,
            precision="int8" if file else "float32",
            quantized=file,
        )
        assert ("int8" if file else "float32") in infer.products
        parts = [infer(inputs[at : at + batch])[output] for at in range(0, 6, batch)]
        return np.concatenate(parts)

    logits = computed(path, 1, lowered.quantized(1))
    expected = deviation(computed(path, 1, None), logits)
    assert (cost.largest, cost.mean) == pytest.approx((expected.largest, expected.mean), rel=1e-3)
    assert 1e-4 < cost.largest < 0.1
    predicted = computed(predictions, 6, lowered.quantized(6))
    assert predicted.sum(-1) == pytest.approx(np.ones(6), abs=1e-2)
    assert predicted.argmax(-1).tolist() == logits.argmax(-1).tolist()


def test_a_network_that_is_destroyed_is_refused_unless_told(network: LoadedSpec) -> None:
    need("onnxruntime")
    values, shown = values_of(network, loud=1e6), pictures(12)
    lowered = Lowered(network, values, None, Lowering("int8", shown), PLACE)
    with pytest.raises(SpecError) as caught:
        lowered.cost("onnxruntime")
    [finding] = caught.value.findings
    assert finding.code == "E0826"
    assert finding.message.startswith("`Halves` in int8 gives ")
    assert "--keep-float " in finding.helps[0]
    told = Lowering("int8", shown, any_deviation=True)
    assert Lowered(network, values, None, told, PLACE).cost("onnxruntime").agreement < 0.5
    # With random weights answers mean nothing.
    assert lowered.cost("onnxruntime", trained=False).agreement < 0.5
    # What stays in float32 keeps small numbers next to large ones.
    kept = Lowering("int8", shown, ("Both*", "Logits*"))
    cost = Lowered(network, values, None, kept, PLACE).cost("onnxruntime")
    assert cost.agreement > 0.5
    assert set(cost.kept) >= {"Both/loud/c", "Both/quiet/c"}


def test_a_pattern_that_matches_nothing_and_one_that_keeps_all(network: LoadedSpec) -> None:
    need("onnxruntime")
    values = values_of(network)

    def code_of(pattern: str) -> str:
        lowered = Lowered(network, values, None, Lowering("int8", None, (pattern,)), PLACE)
        with pytest.raises(SpecError) as caught:
            lowered.cost("onnxruntime")
        return caught.value.findings[0].code

    assert code_of("Mixed") == "E0825"
    assert code_of("*") == "E0827"


def test_layers_that_stay_in_float32_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not all layers, and enough that the deviation is within a bound that int8 alone is not."""
    need("onnxruntime")
    network = inceptionspec.load("inception_v1", width=0.1, input=64, head="Logits").loaded
    values = random_weights(network.graph)
    plain = Lowered(network, values, None, Lowering("int8"), PLACE).cost("onnxruntime")
    bound = 0.7 * plain.largest
    monkeypatch.setattr(module, "MOST_DEVIATION", bound)
    lowered = Lowered(network, values, None, Lowering("int8", None, ("auto",)), PLACE)
    found = lowered.cost("onnxruntime")
    assert found.largest <= bound
    assert len(plain.kept) < len(found.kept) < 58
    # What is written for others stays so, too.
    images = noise(network.graph)
    exact, file = (
        compile_network(
            network.graph, values, None, "onnxruntime", precision=precision, quantized=content
        )(images)["Logits"]
        for precision, content in (("float32", None), ("int8", lowered.exported(None)))
    )
    assert deviation(exact, file).largest <= 1.05 * bound


def test_an_end_point_without_logits() -> None:
    """Weights of what lies behind it are not there; the layer that is yielded stays in float32."""
    need("onnxruntime")
    network = loaded(
        SPEC.replace(
            "heads:", "  - {op: conv, name: end, kernel: 1x1, filters: 3}\nheads:"
        ).replace("from: Both", "from: end")
    )
    drawn = random_weights(network.graph)
    values = {key: array for key, array in drawn.items() if key[0] != "Logits/fc"}
    cost = Lowered(network, values, "end", Lowering("int8"), PLACE).cost("onnxruntime")
    assert 1e-4 < cost.largest < 0.1
    assert (cost.folder, cost.kept) == ("", ("end",))
    assert "Logits/fc" not in cost.layers


@pytest.mark.parametrize(
    ("network_text", "kept", "first_help"),
    [
        (SPEC, ("*", "*/*", "*/*/*"), "keep fewer layers in float32"),
        (
            "spec: 1\nname: Pools\ninput: {size: 8x8}\nnetwork: [{op: max_pool, kernel: 2}]\n",
            (),
            "compute in float32",
        ),
    ],
)
def test_a_network_without_a_layer_for_integers_is_refused(
    network_text: str, kept: tuple[str, ...], first_help: str
) -> None:
    network = loaded(network_text)
    asked = Lowering("int8", None, kept, False)
    lowered = Lowered(network, random_weights(network.graph), None, asked, PLACE)
    with pytest.raises(SpecError) as caught:
        lowered.quantized(1)
    (finding,) = caught.value.findings
    assert finding.code == "E0827"
    assert "has no layer that can compute in int8" in finding.message
    assert finding.helps[0] == first_help
