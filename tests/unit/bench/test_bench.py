"""The benchmark with a worker that takes no time, and what it refuses before there is one."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from fakes import FakeProcess, fake
from support import loaded as load

from inceptionspec import SpecError
from inceptionspec.bench import bench as module
from inceptionspec.bench.bench import bench
from inceptionspec.bench.request.identity import RunIdentity
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.bench.scaling import scaling
from inceptionspec.frontend.load import LoadedSpec


def steady(job: Job) -> Iterator[float]:
    """A first step of 3 s, then steps of 1 s for each image."""
    return itertools.chain([3.0], itertools.repeat(float(job.batch)))


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> type[FakeProcess]:
    made = fake(steady)
    monkeypatch.setattr(module, "Process", made)
    return made


def test_bench(network: LoadedSpec, worker: type[FakeProcess]) -> None:
    told: list[str] = []
    run = bench(
        network,
        BenchRequest(batch=2, steps=5, burn_in=1),
        progress=lambda phase, done, whole: told.append(phase),
    )
    assert (run.mode, run.head, run.batch, run.steps, run.burn_in) == ("forward", "Logits", 2, 5, 1)
    assert run.spec == RunIdentity(
        "Tiny", "<text>", network.digests["network"], network.digests["document"]
    )
    assert told == ["preparing"] * 2 + ["first step"] * 2 + ["burn-in"] + ["steps"] * 5
    assert run.durations == (2.0,) * 5
    assert (run.times.prepare, run.times.trace, run.times.first_step) == (1.0, 0.5, 3.0)
    assert run.times.compilation(run.seconds.median) == 1.0
    assert not run.interrupted
    assert run.macs == 8 * 8 * 3 * 3 * 3 * 4 + 8 * 8 * 4 * 2 + 2 * 3
    assert run.started.tzinfo is not None
    assert worker.live == 0


def test_a_warm_up_ends_when_steps_are_steady(network: LoadedSpec, worker: Any) -> None:
    assert bench(network, BenchRequest(batch=1, steps=1)).burn_in == 10
    assert bench(network, BenchRequest(batch=1, steps=1, burn_in=0)).burn_in == 0


def test_all_heads_and_no_heads(network: LoadedSpec, worker: Any) -> None:
    assert bench(network, BenchRequest(head="all", batch=1, steps=1, burn_in=0)).head == "all"
    bare = load(
        "spec: 1\nname: T\ninput: {size: 8x8}\nnetwork:\n  - {op: max_pool, name: A, kernel: 2x2}\n"
    )
    run = bench(bare, BenchRequest(batch=1, steps=1, burn_in=0))
    assert (run.head, run.macs) == (None, 0)
    assert run.flops == 8 * 8 * 3 * 4


@pytest.mark.parametrize(
    ("mode", "rates", "engine", "batch"),
    [
        ("forward", True, "keras", 4),
        ("predict", True, "keras", 4),
        ("train-step", False, "keras", 4),
        ("build", False, None, None),
        ("analyze", False, None, None),
    ],
)
def test_what_a_mode_counts(
    network: LoadedSpec, worker: Any, mode: str, rates: bool, engine: str | None, batch: int | None
) -> None:
    run = bench(network, BenchRequest(mode=mode, batch=4, steps=2, burn_in=0))
    assert (run.engine, run.batch) == (engine, batch)
    assert (run.gflops_per_second is not None) == rates
    assert (run.images_per_second is not None) == (batch is not None)
    assert run.head == ("all" if mode == "train-step" else "Logits")


def test_ctrl_c_keeps_what_was_measured(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(fake(steady)):  # type: ignore[misc]
        def run(self, steps: int, heard: Any, seconds: float = 0.0) -> None:
            super().run(2, heard)
            raise KeyboardInterrupt

    monkeypatch.setattr(module, "Process", Interrupted)
    run = bench(network, BenchRequest(batch=1, steps=100, burn_in=0))
    assert run.interrupted
    assert run.steps == 2
    assert Interrupted.live == 0


def test_ctrl_c_before_a_step_counts_goes_on(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = fake(steady, interrupt_after=0)
    monkeypatch.setattr(module, "Process", worker)
    with pytest.raises(KeyboardInterrupt):
        bench(network, BenchRequest(batch=1, steps=5, burn_in=0))
    assert worker.live == 0


def test_scaling(network: LoadedSpec, worker: Any) -> None:
    phases: list[str] = []
    request = BenchRequest(steps=3, burn_in=0)
    runs, cut = scaling(
        network,
        request,
        (1, 2),
        (1, None),
        progress=lambda phase, done, whole: phases.append(phase),
    )
    assert [(run.threads, run.batch) for run in runs] == [(1, 1), (1, 2), (None, 1), (None, 2)]
    assert [run.seconds.median for run in runs] == [1, 2, 1, 2]
    assert not cut
    assert phases[0] == "1/4 preparing"
    assert phases[-1] == "4/4 steps"


def test_scaling_that_is_interrupted(network: LoadedSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Process", fake(steady, interrupt_after=1))
    runs, cut = scaling(network, BenchRequest(steps=3, burn_in=0), (1, 2, 3), (None,))
    assert [run.batch for run in runs] == [1]
    assert cut


@pytest.mark.parametrize(
    ("option", "name", "message"),
    [
        ({"steps": 0}, "--steps 0", "the number of steps must be at least 1, not 0"),
        ({"batch": -2}, "--batch -2", "the batch must be at least 1, not -2"),
        ({"burn_in": -1}, "--burn-in -1", "the number of burn-in steps must be at least 0, not -1"),
        ({"threads": 0}, "--threads 0", "the number of threads must be at least 1, not 0"),
        (
            {"min_seconds": float("nan")},
            "--min-seconds nan",
            "the shortest time must be at least 0, not nan",
        ),
        ({"mode": "forwards"}, "--mode forwards", "there is no mode `forwards`"),
        ({"engine": "graf"}, "--engine graf", "there is no engine `graf`"),
        (
            {"mode": "train-step", "engine": "optimized"},
            "--engine optimized",
            "the engine `optimized` holds weights as constants and cannot train them",
        ),
    ],
)
def test_values_that_cannot_be_used(
    network: LoadedSpec, option: dict[str, Any], name: str, message: str
) -> None:
    with pytest.raises(SpecError) as caught:
        bench(network, BenchRequest(**option))
    [finding] = caught.value.findings
    assert (finding.code, finding.message) == ("E0805", message)
    assert finding.primary.span.source.name == name
    assert caught.value.exit_code == 2


def test_all_small_numbers_are_told_at_once(network: LoadedSpec) -> None:
    with pytest.raises(SpecError) as caught:
        bench(network, BenchRequest(steps=0, batch=0, burn_in=-1))
    assert [one.code for one in caught.value.findings] == ["E0805"] * 3


def test_open_size() -> None:
    with pytest.raises(SpecError) as caught:
        bench(load("inception_v3", input="any"), BenchRequest())
    [finding] = caught.value.findings
    assert finding.code == "E0805"
    assert finding.message == (
        "a benchmark needs a known input size, and that of `InceptionV3` is ?x?"
    )
    assert finding.helps == ("give it a size: add `--input 299x299`",)
    assert finding.primary.span.source.name == "input='any'"


def test_a_plan_is_data() -> None:
    assert dataclasses.replace(BenchRequest(), batch=4) == BenchRequest(batch=4)
