"""The prediction of memory, and what the system says that there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import loaded as load

from inceptionspec import SpecError
from inceptionspec.bench.machine.memory import available_bytes, peak_bytes
from inceptionspec.bench.request.memory_estimate import (
    MemoryEstimate,
    backward_bytes,
    check_memory,
    estimate_memory,
)
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.frontend.load import LoadedSpec

GIB = 1 << 30


def test_the_largest_batch() -> None:
    wanted = MemoryEstimate(fixed=100, per_image=10)
    assert wanted.of(3) == 130
    assert wanted.largest(139) == 3
    assert wanted.largest(99) == 0
    assert wanted + wanted == MemoryEstimate(200, 20)


def test_what_a_backward_pass_keeps(network: LoadedSpec) -> None:
    graph = network.graph
    # Stem 8x8x4, last 8x8x2, the pool's 2, the dense layer's 3, float32; no norms.
    nodes = tuple(graph.names[path] for path in ("Stem", "Last", "Logits/Pool", "Logits/Dense"))
    assert backward_bytes(graph, nodes) == 4 * (8 * 8 * 4 + 8 * 8 * 2 + 2 + 3)


def test_a_norm_keeps_what_it_reads() -> None:
    text = (
        "spec: 1\nname: T\ninput: {size: 8x8}\nnetwork:\n"
        "  - {op: conv, name: A, kernel: 1x1, filters: 2, norm: batch_norm}\n"
    )
    graph = load(text).graph
    assert backward_bytes(graph, (1,)) == 2 * 4 * 8 * 8 * 2


@pytest.mark.parametrize("mode", ["forward", "predict"])
def test_training_needs_more(mode: str) -> None:
    network = load("inception_v3")
    forward, training = (
        estimate_memory(network, request, request.target(network))
        for request in (BenchRequest(mode=mode), BenchRequest(mode="train-step"))
    )
    assert training.per_image > 10 * forward.per_image
    assert training.fixed > forward.fixed


def test_a_batch_that_does_not_fit_is_refused_with_the_largest_that_does() -> None:
    network = load("vgg16")
    request = BenchRequest(mode="train-step", batch=4096)
    wanted = estimate_memory(network, request, request.target(network))
    largest = wanted.largest(8 * GIB)
    with pytest.raises(SpecError) as caught:
        check_memory(network, request, available=8 * GIB)
    [finding] = caught.value.findings
    assert finding.code == "E0708"
    assert finding.message.startswith("a batch of 4,096 needs about ")
    assert finding.message.endswith(" of memory, and 8,192 MiB are available")
    assert finding.helps == (
        f"the largest batch that fits is about {largest}: `--batch {largest}`",
    )
    assert finding.primary.span.source.name == "--batch 4096"
    assert largest > 1
    check_memory(network, BenchRequest(mode="train-step", batch=largest), available=8 * GIB)
    with pytest.raises(SpecError):
        check_memory(network, BenchRequest(mode="train-step", batch=largest + 1), available=8 * GIB)


def test_not_even_one_image() -> None:
    with pytest.raises(SpecError) as caught:
        check_memory(load("vgg16"), BenchRequest(batch=1), available=1 << 20)
    assert caught.value.findings[0].helps == (
        "not even one image fits: use a smaller `--input`, or a machine with more memory",
    )


def test_two_sides_share_the_memory() -> None:
    network = load("inception_v3")
    request = BenchRequest(batch=32)
    one = estimate_memory(network, request, request.target(network))
    check_memory(network, request, available=one.of(32))
    check_memory(network, request, other=one, available=2 * one.of(32))
    with pytest.raises(SpecError) as caught:
        check_memory(network, request, other=one, available=2 * one.of(32) - 1)
    assert caught.value.findings[0].notes[0].endswith("both processes together")


def test_engines_need_what_was_measured() -> None:
    network = load("inception_v3")
    plans = [
        BenchRequest(engine=engine, onednn=False) for engine in ("keras", "graph", "optimized")
    ]
    keras, constants, outside = (
        estimate_memory(network, request, request.target(network)) for request in plans
    )
    assert constants.fixed > keras.fixed + 10 * 4 * plans[0].target(network).cost.params
    assert keras.fixed < outside.fixed < keras.fixed + 3 * 4 * plans[0].target(network).cost.params
    assert constants.per_image == outside.per_image == keras.per_image
    onednn = estimate_memory(network, BenchRequest(onednn=True), plans[0].target(network))
    assert onednn.per_image > 1.5 * keras.per_image


def test_modes_without_a_batch_need_none(network: LoadedSpec) -> None:
    check_memory(network, BenchRequest(mode="analyze", batch=10**9), available=1)


def test_what_the_system_has(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  9 kB\nMemAvailable:       2048 kB\n")
    limit, current = tmp_path / "max", tmp_path / "current"
    none = tmp_path / "none"
    assert available_bytes(meminfo, [(none, none)]) == 2048 * 1024
    limit.write_text("max\n")
    current.write_text("5000\n")
    assert available_bytes(meminfo, [(limit, current)]) == 2048 * 1024
    limit.write_text("105000\n")
    assert available_bytes(meminfo, [(limit, current)]) == 100_000
    assert available_bytes(none, [(limit, current)]) == 100_000
    assert available_bytes(none, [(none, none)]) is None


def test_the_peak_of_a_process(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tx\nVmHWM:\t    1234 kB\n")
    assert peak_bytes(status) == 1234 * 1024
    mine = peak_bytes()
    assert mine is None or mine > 1 << 20
