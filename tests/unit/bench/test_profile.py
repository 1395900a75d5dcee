"""The profile of a tiny network in a worker process, and what is refused before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from profiles import LIMITS

from inceptionspec import SpecError
from inceptionspec.bench.profile import ENGINES, profile, refuse_gpu, turns
from inceptionspec.bench.request import BenchRequest
from inceptionspec.bench.trace import Traced
from inceptionspec.frontend.load import LoadedSpec


def test_engines(network: LoadedSpec) -> None:
    pytest.importorskip("tensorflow")
    assert ENGINES == ("keras", "graph", "optimized")
    for engine in ("keras", "optimized"):  # `graph` differs from the last in its graph alone
        told: list[tuple[str, int, int]] = []
        request = BenchRequest(batch=2, steps=2, burn_in=1, engine=engine)
        found = profile(
            network, request, limits=LIMITS, progress=lambda *one, told=told: told.append(one)
        )
        paths = [layer.path for layer in found.layers]
        assert paths == ["Stem", "Last", "Logits/Pool", "Logits/Dense", "Predictions"]
        assert all(layer.seconds > 0 for layer in found.layers), engine
        assert (found.head, found.batch, found.engine) == ("Logits", 2, engine)
        assert (found.steps, found.interrupted, found.peaks) == (2, False, LIMITS)
        assert found.spec.network == network.digests["network"]
        assert found.layer_seconds + found.outside_seconds < 2 * found.traced_seconds
        assert told[-1] == ("traced steps", 2, 2)
        assert [phase for phase, done, _ in told if done == 0] == [
            "preparing",
            "first step",
            "traced steps",
        ]


def test_ctrl_c_keeps_what_was_measured() -> None:
    def pairs() -> Iterator[tuple[float, Traced]]:
        yield 1.0, Traced(2.0, ())
        yield 3.0, Traced(4.0, ())
        raise KeyboardInterrupt

    given = pairs()
    found = turns(lambda: next(given), 5, lambda *_: None)
    assert (found.untraced, [one.seconds for one in found.traced]) == ((1.0, 3.0), [2.0, 4.0])
    assert found.interrupted
    with pytest.raises(KeyboardInterrupt):
        turns(_interrupted, 5, lambda *_: None)


def _interrupted() -> tuple[float, Traced]:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("asked", "place", "message", "label"),
    [
        (
            BenchRequest(engine="xla"),
            "--engine xla",
            "the engine `xla` cannot be profiled",
            "XLA compiles the network to one operation, in which no layer is told apart",
        ),
        (
            BenchRequest(mode="train-step"),
            "--mode train-step",
            "the mode `train-step` cannot be profiled",
            "a profile is one of forward passes",
        ),
    ],
)
def test_what_cannot_be_profiled(
    network: LoadedSpec, asked: BenchRequest, place: str, message: str, label: str
) -> None:
    with pytest.raises(SpecError) as caught:
        profile(network, asked)
    [finding] = caught.value.findings
    assert (finding.code, finding.message) == ("E0805", message)
    assert (finding.primary.span.source.name, finding.primary.text) == (place, label)
    assert finding.helps
    assert caught.value.exit_code == 2


def test_a_gpu() -> None:
    refuse_gpu([])
    with pytest.raises(SpecError) as caught:
        refuse_gpu(["/physical_device:GPU:0"])
    [finding] = caught.value.findings
    assert finding.message == "a profile times operations on the CPU alone"
    assert finding.primary.text == "TensorFlow uses /physical_device:GPU:0"


def test_a_request_is_refused_as_in_a_benchmark(network: LoadedSpec) -> None:
    with pytest.raises(SpecError) as caught:
        profile(network, BenchRequest(steps=0))
    assert caught.value.findings[0].message == "the number of steps must be at least 1, not 0"
