"""What is refused before a profile, and what Ctrl-C keeps of one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from inceptionspec import SpecError
from inceptionspec.bench.profile import alternate, check_no_gpu, profile
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.bench.tracing.trace import TracedStep
from inceptionspec.frontend.load import LoadedSpec


def test_ctrl_c_keeps_what_was_measured() -> None:
    def pairs() -> Iterator[tuple[float, TracedStep]]:
        yield 1.0, TracedStep(2.0, ())
        yield 3.0, TracedStep(4.0, ())
        raise KeyboardInterrupt

    given = pairs()
    found = alternate(lambda: next(given), 5, lambda *_: None)
    assert (found.untraced, [one.seconds for one in found.traced]) == ((1.0, 3.0), [2.0, 4.0])
    assert found.interrupted
    with pytest.raises(KeyboardInterrupt):
        alternate(_interrupted, 5, lambda *_: None)


def _interrupted() -> tuple[float, TracedStep]:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("asked", "place", "message", "label"),
    [
        (
            BenchRequest(engine="xla"),
            "--engine xla",
            "the engine `xla` cannot be profiled",
            "XLA compiles the network to one operation, in which no layer can be told apart",
        ),
        (
            BenchRequest(mode="train-step"),
            "--mode train-step",
            "the mode `train-step` cannot be profiled",
            "a profile is made of forward passes",
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
    check_no_gpu([])
    with pytest.raises(SpecError) as caught:
        check_no_gpu(["/physical_device:GPU:0"])
    [finding] = caught.value.findings
    assert finding.message == "a profile times operations on the CPU alone"
    assert finding.primary.text == "TensorFlow uses /physical_device:GPU:0"


def test_a_request_is_refused_as_in_a_benchmark(network: LoadedSpec) -> None:
    with pytest.raises(SpecError) as caught:
        profile(network, BenchRequest(steps=0))
    assert caught.value.findings[0].message == "the number of steps must be at least 1, not 0"
