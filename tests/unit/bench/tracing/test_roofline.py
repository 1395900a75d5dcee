"""The roofline's formulae, compared with counts by hand."""

from __future__ import annotations

import pytest
from support import loaded as load

from inceptionspec.bench.tracing.roofline import Demand, demands, memory_bound, predicted_seconds
from inceptionspec.frontend.load import LoadedSpec


def test_the_larger_of_two_times() -> None:
    demand = Demand(macs=40, flops=100, bytes=50)
    assert predicted_seconds(demand, 10.0, 10.0) == 10.0
    assert not memory_bound(demand, 10.0, 10.0)
    assert predicted_seconds(demand, 10.0, 2.0) == 25.0
    assert memory_bound(demand, 10.0, 2.0)
    assert demand.intensity == 2.0
    assert Demand(0, 0, 0).intensity is None


def test_demands(network: LoadedSpec) -> None:
    by_path = dict(
        zip((node.path for node in network.graph.nodes), demands(network.graph, 3), strict=True)
    )
    # Stem: 8x8x3 to 8x8x4 by 3x3, bias and relu; weights once, images three times.
    macs = 8 * 8 * 4 * 3 * 3 * 3
    assert by_path["Stem"] == Demand(
        3 * macs,
        3 * (2 * macs + 2 * 8 * 8 * 4),
        4 * (3 * (8 * 8 * 3 + 8 * 8 * 4) + 3 * 3 * 3 * 4 + 4),
    )
    assert by_path["Logits/Dense"] == Demand(3 * 6, 3 * (12 + 3), 4 * (3 * (2 + 3) + 6 + 3))
    assert by_path["input"] == Demand(0, 0, 0)


def test_a_merge_reads_all_its_branches_and_dropout_is_no_work() -> None:
    network = load(
        "spec: 1\nname: T\ninput: {size: 4x4}\nnetwork:\n"
        "  - name: Two\n    branches:\n"
        "      - [{op: max_pool, name: A, kernel: 1x1}]\n"
        "      - [{op: max_pool, name: B, kernel: 1x1}]\n"
        "  - {op: dropout, name: Drop, rate: 0.5}\n"
    )
    by_path = dict(
        zip((node.path for node in network.graph.nodes), demands(network.graph, 2), strict=True)
    )
    assert by_path["Two/concat"] == Demand(0, 0, 4 * 2 * (2 * 48 + 96))
    assert by_path["Drop"] == Demand(0, 0, 0)


def test_a_prediction_grows_with_the_batch(network: LoadedSpec) -> None:
    one, many = demands(network.graph, 1)[1], demands(network.graph, 10)[1]
    assert many.flops == 10 * one.flops
    assert one.bytes < many.bytes < 10 * one.bytes
    assert many.intensity == pytest.approx(many.flops / many.bytes)
