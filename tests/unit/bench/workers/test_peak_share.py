"""The share of the matrix peak: when it is taken, and what a run says of it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from fakes import FakeProcess, fake

from inceptionspec.bench import bench as bench_module
from inceptionspec.bench import compare as compare_module
from inceptionspec.bench.bench import bench
from inceptionspec.bench.compare import compare
from inceptionspec.bench.machine.peaks import Peaks, Rate
from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.request.opponent import opponent, opponent_request
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.bench.workers import peak_share
from inceptionspec.bench.workers.peak_share import SHARE, PeakWatch, with_share
from inceptionspec.frontend.load import LoadedSpec

PLAN = BenchRequest(batch=1, burn_in=0, steps=4)


def _peaks(rate: float) -> Peaks:
    return Peaks(Rate(rate, "NumPy 2, a BLAS", "4096 x 4096"), Rate(1e9, "NumPy 2", "Copy"), 2)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The rates that measurements gave; each is better than the one before."""
    rates: list[float] = []

    def peaks(product: Rate, threads: int | None) -> Peaks:
        assert product.kernel == "TensorFlow"
        rates.append(4e9 + len(rates) * 1e9)
        return _peaks(rates[-1])

    monkeypatch.setattr(peak_share, "peaks", peaks)
    return rates


def _worker() -> type[FakeProcess]:
    class Multiplies(fake(lambda job: itertools.repeat(0.5))):  # type: ignore[misc]
        def product(self) -> Rate:
            self.log.append(("product", 1))
            return Rate(1e9, "TensorFlow", "2048 x 2048")

    return Multiplies


def test_of_a_run(run: Run) -> None:
    # 51 images of 2 GFLOPs in a median step of 2.55 s.
    told = with_share(run, _peaks(50e9)).facts[SHARE]
    assert told == (
        "80.0 % of the machine's float32 matrix peak, 50.0 GFLOP/s: NumPy 2, a BLAS, "
        "4096 x 4096; measured between steps"
    )
    assert with_share(run, None) is run


def test_the_best_is_kept(taken: list[float]) -> None:
    watch = PeakWatch(_worker()(), 2)  # type: ignore[arg-type]
    assert watch.best is None
    watch.measure()
    taken += [0.0] * 5
    watch.measure()
    assert watch.best is not None
    assert watch.best.matrix.per_second == 10e9
    assert watch.seconds >= 0


def test_before_and_after_the_steps(
    network: LoadedSpec, taken: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_module, "Process", _worker())
    run = bench(network, PLAN, peak=True)
    assert taken == [4e9, 5e9]
    assert "5.0 GFLOP/s" in run.facts[SHARE]
    assert SHARE not in bench(network, PLAN).facts


def test_between_pairs(
    network: LoadedSpec, taken: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = _worker()
    monkeypatch.setattr(compare_module, "Process", worker)
    theirs = opponent_request("graph", PLAN, None)
    other = opponent("graph", network, theirs, lambda reference: network)
    found: Any = compare(network, PLAN, other, pairs=6, peak=True)
    assert taken == [4e9, 5e9, 6e9]
    assert "6.0 GFLOP/s" in found.ours.facts[SHARE]
    assert "6.0 GFLOP/s" in found.theirs.facts[SHARE]
    names = [name for name, _ in worker.log]
    first, middle, last = [number for number, name in enumerate(names) if name == "product"]
    assert "spec:graph" in names[first:middle]
    assert "spec:graph" in names[middle:last]
    assert last == len(names) - 1
