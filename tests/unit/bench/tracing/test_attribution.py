"""Operations that were noted to layers of a profile."""

from __future__ import annotations

import pytest

from inceptionspec.bench.tracing.attribution import layer_profiles, layer_times
from inceptionspec.bench.tracing.shares import Op
from inceptionspec.bench.tracing.trace import TracedStep
from inceptionspec.frontend.load import LoadedSpec

ALONE = {path: ((path, 1.0),) for path in ("Stem", "Last", "Logits/Pool")}


def _step(scale: float) -> TracedStep:
    return TracedStep(
        10 * scale,
        (
            Op("Tiny_1/Stem_1/convolution", "Conv2D", 0, 3 * scale),
            Op("Tiny_1/Stem_1/Relu", "Relu", 3 * scale, 4 * scale),
            Op("Tiny_1/Last_1/convolution", "Conv2D", 4 * scale, 8 * scale),
            Op("Tiny_1/Logits.Pool_1/Mean", "Mean", 6 * scale, 8 * scale),
            Op("strided_slice", "StridedSlice", 8 * scale, 9 * scale),
        ),
    )


def test_the_median_over_steps() -> None:
    found = layer_times([_step(1), _step(100), _step(2)], ALONE)
    assert found.layers == pytest.approx({"Stem": 8, "Last": 6, "Logits/Pool": 2})
    assert (found.outside, found.idle, found.overlapped) == pytest.approx((2, 2, 4))
    whole = sum(found.layers.values()) + found.outside + found.idle
    assert whole == pytest.approx(20)


def test_a_merged_layer_is_its_parts() -> None:
    step = TracedStep(4, (Op("Mix.merged/BiasAdd", "_FusedConv2D", 0, 4),))
    found = layer_times([step], {"Mix.merged": (("Mix/A", 0.25), ("Mix/B", 0.75))})
    assert found.layers == {"Mix/A": 1, "Mix/B": 3}


def test_a_step_in_which_a_layer_did_not_run_counts_as_none() -> None:
    one = TracedStep(1, (Op("Stem/a", "Conv2D", 0, 1),))
    assert layer_times([one, TracedStep(1, ())], {"Stem": (("Stem", 1.0),)}).layers == {"Stem": 0.5}


def test_layers(network: LoadedSpec) -> None:
    merged = {"Stem.merged": (("Stem", 0.5), ("Last", 0.5)), "Stem": (("Stem", 1.0),)}
    graph = network.graph
    run = [0, *(graph.names[path] for path in ("Stem", "Last", "Logits/Pool"))]
    stem, last, pool = layer_profiles(graph, run, 3, {"Stem": 2.0}, merged)
    assert (stem.path, stem.op, stem.seconds, stem.shared_with) == ("Stem", "conv", 2.0, ("Last",))
    assert (last.seconds, last.shared_with, last.shape) == (0.0, ("Stem",), (8, 8, 2))
    assert (pool.head, pool.group, pool.block) == ("Logits", "Logits", "")
    assert last.demand.macs == 3 * 8 * 8 * 4 * 2
