"""What a layer lacks is folded exactly: both networks put out the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from held_arrays import HeldArrays, read_into
from numpy_network import outputs_of
from support import loaded, spec

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.weights.matching.conversion import converted
from inceptionspec.weights.matching.held_names import HeldNames
from inceptionspec.weights.matching.plan import Request, plan_by_names
from inceptionspec.weights.naming import builtin_schemes

FULL = "{op: batch_norm, epsilon: 1e-3}"
OTHER = "{op: batch_norm, epsilon: 1e-5}"
LAYERS = {
    "conv": "{op: conv, name: l, kernel: 3x3, filters: 4, bias: %s, norm: %s}",
    "depthwise": "{op: depthwise_conv, name: l, kernel: 3x3, depth_multiplier: 2, bias: %s, "
    "norm: %s}",
    "separable": "{op: separable_conv, name: l, kernel: 3x3, filters: 5, bias: %s, norm: %s}",
}
NORMS = {
    "gamma": "{op: batch_norm, epsilon: 1e-3, scale: false}",
    "beta": "{op: batch_norm, epsilon: 1e-3, center: false}",
    "both": "{op: batch_norm, epsilon: 1e-3, scale: false, center: false}",
}


def network(kind: str, bias: bool, norm: str) -> LoadedSpec:
    return loaded(spec(f"- {LAYERS[kind] % (str(bias).lower(), norm)}"))


def arrays_of(graph: Any, seed: int = 1) -> dict[str, Any]:
    draw = np.random.default_rng(seed)
    arrays = {}
    for node in graph.nodes:
        for weight in node.weights:
            values = draw.normal(size=weight.shape)
            if weight.name == "moving_variance":
                values = draw.uniform(0.5, 1.5, weight.shape)
            arrays[f"{node.path}/{weight.name}"] = values.astype("float32")
    return arrays


def outputs(one: LoadedSpec, weights: Any) -> Any:
    pictures = np.random.default_rng(2).normal(size=(2, 16, 16, 3))
    return outputs_of(one.graph, {"": len(one.graph.nodes) - 1}, weights, pictures)[""]


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("lacking", NORMS)
@pytest.mark.parametrize("bias", [False, True])
def test_what_a_norm_lacks_moves_elsewhere(kind: str, lacking: str, bias: bool) -> None:
    """A gamma below 0, of 0, a tiny one, and a large one, which leaves no variance."""
    source, target = network(kind, True, FULL), network(kind, bias, NORMS[lacking])
    arrays = arrays_of(source.graph)
    arrays["l/gamma"][:4] = [-0.7, 0, 1e-20, 300]
    expected = outputs(source, read_into(source, arrays).arrays)
    found = read_into(target, arrays)
    assert found.warnings == ()
    np.testing.assert_allclose(outputs(target, found.arrays), expected, rtol=2e-5, atol=1e-4)


@pytest.mark.parametrize("kind", LAYERS)
def test_a_gamma_above_0_changes_the_variance_alone(kind: str) -> None:
    source, target = network(kind, False, FULL), network(kind, False, NORMS["gamma"])
    arrays = arrays_of(source.graph)
    arrays["l/gamma"] = np.abs(arrays["l/gamma"]) + 0.1
    found = read_into(target, arrays)
    assert found.report.conversions == {"gamma folded": 1}
    variance = (arrays["l/moving_variance"].astype("float64") + 1e-3) / arrays["l/gamma"].astype(
        "float64"
    ) ** 2 - 1e-3
    np.testing.assert_allclose(found.arrays["l", "moving_variance"], variance, rtol=1e-6)
    for name in ("beta", "moving_mean", *(name for name in arrays if "kernel" in name)):
        key = name.removeprefix("l/")
        np.testing.assert_array_equal(found.arrays["l", key], arrays[f"l/{key}"])


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("norm", [FULL, *NORMS.values()])
def test_a_norm_that_the_file_has_folded_is_one_that_changes_nothing(kind: str, norm: str) -> None:
    source, target = network(kind, True, "none"), network(kind, False, norm)
    arrays = arrays_of(source.graph)
    found = read_into(target, arrays)
    np.testing.assert_allclose(
        outputs(target, found.arrays), outputs(source, read_into(source, arrays).arrays), rtol=1e-5,
        atol=1e-5,
    )  # fmt: skip
    assert "norm folded in the file" in found.report.conversions
    bias = [match for match in found.report.matched if match.sources == ("l/bias",)]
    assert [match.weight for match in bias] == (["beta"] if "center" not in norm else [])


def test_what_no_layer_of_the_file_has_does_nothing_here() -> None:
    source = network("conv", False, NORMS["both"])
    target = network("conv", True, FULL)
    arrays = arrays_of(source.graph)
    found = read_into(target, arrays)
    np.testing.assert_allclose(
        outputs(target, found.arrays), outputs(source, read_into(source, arrays).arrays), rtol=1e-6
    )
    assert found.report.conversions == {
        "bias of 0 added": 1, "beta of 0 added": 1, "gamma of 1 added": 1,
    }  # fmt: skip


def test_what_one_layer_of_the_file_has_and_another_lacks_is_missing() -> None:
    two = loaded(
        spec("- {op: conv, name: a, kernel: 1x1, filters: 3, norm: batch_norm}\n"
             "- {op: conv, name: b, kernel: 1x1, filters: 3, norm: batch_norm}")
    )  # fmt: skip
    arrays = arrays_of(two.graph)
    del arrays["b/gamma"]
    with pytest.raises(SpecError, match="the file lacks the weight `b/gamma`"):
        read_into(two, arrays)


def test_what_does_nothing_is_left_out_and_told() -> None:
    target = network("conv", False, NORMS["both"])
    arrays = arrays_of(network("conv", True, FULL).graph)
    arrays |= {"l/gamma": np.ones(4), "l/beta": np.zeros(4), "l/bias": np.zeros(4)}
    found = read_into(target, arrays)
    assert found.report.conversions == {}
    assert set(found.report.left_out) == {"l/gamma", "l/beta", "l/bias"}
    np.testing.assert_array_equal(found.arrays["l", "moving_mean"], arrays["l/moving_mean"])


def test_a_norm_of_its_own_cannot_take_a_gamma_of_0() -> None:
    target = loaded(spec("- {op: batch_norm, name: l, scale: false}"))
    arrays = arrays_of(loaded(spec("- {op: batch_norm, name: l}")).graph)
    arrays["l/gamma"] = np.float32([1, 0, 2])
    with pytest.raises(SpecError) as raised:
        read_into(target, arrays)
    (finding,) = raised.value.findings
    assert (finding.code, finding.helps) == ("E0702", ("give `l` a gamma: set `scale: true`",))


TYPES = {"float16": "widened from float16", "float64": "rounded from float64"}


@pytest.mark.parametrize("kind", TYPES)
def test_other_types_become_float32_and_are_told(kind: str) -> None:
    target = network("conv", True, "none")
    arrays = {name: array.astype(kind) for name, array in arrays_of(target.graph).items()}
    found = read_into(target, arrays)
    assert {str(array.dtype) for array in found.arrays.values()} == {"float32"}
    assert found.report.conversions == {TYPES[kind]: 2}


def test_numbers_that_are_not_finite_are_a_warning_with_names() -> None:
    target = network("conv", True, "none")
    arrays = {name: array.astype("float64") for name, array in arrays_of(target.graph).items()}
    arrays["l/kernel"][0, 0, 0, 0] = np.nan
    arrays["l/bias"][0] = 1e300
    (warning,) = read_into(target, arrays).warnings
    assert (warning.code, warning.message) == (
        "W0201", "2 arrays hold numbers that are not finite: `l/kernel` and `l/bias`",
    )  # fmt: skip


@pytest.mark.parametrize(("has", "lacks"), [(FULL, OTHER), (OTHER, FULL)])
def test_the_epsilon_of_a_scheme_is_settled_in_the_variance(has: str, lacks: str) -> None:
    """timm's Xception has 1e-5 where the spec has 1e-3, and variances below the difference."""
    text = "- {op: conv, name: %s, kernel: 3x3, filters: 4, norm: %s}"
    source = loaded(spec(text % ("conv1", has), rest="", size="16x16"))
    target = loaded(spec(text % ("block1_conv1", lacks)))
    assert source.graph.nodes[1].weights == target.graph.nodes[1].weights
    arrays = arrays_of(source.graph)
    arrays["conv1/moving_variance"][:2] = [1e-4, 1e-6]
    renamed = {name.replace("conv1", "block1_conv1"): value for name, value in arrays.items()}
    paths = next(scheme for scheme in builtin_schemes() if scheme.name == "paths")
    held = HeldNames(HeldArrays(renamed).tensors, average=False)
    (plan,) = plan_by_names(paths, target.graph, held, Request(frozenset({1})))
    values = {weight: renamed[f"block1_conv1/{weight}"] for weight in plan.layers[1].sources}
    epsilon = source.graph.nodes[1].attributes["norm"]["epsilon"]
    found = converted(plan.layers[1], values, epsilon)
    weights = {("block1_conv1", name): array for name, array in found.arrays.items()}
    expected = outputs(source, {("conv1", name[6:]): array for name, array in arrays.items()})
    np.testing.assert_allclose(outputs(target, weights), expected, rtol=2e-5, atol=1e-4)
